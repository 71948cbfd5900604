/* The log of who looked, and why. See vault.h.
 *
 * Each row holds a link over itself and the row before, under a key that lies in no file in the
 * clear: who changes, moves or takes out a row cannot make the links right again. Taking away the
 * end leaves a shorter log that is right; so the last link is told (vault_status), to be noted
 * elsewhere. */
#include "engine/vault/vault_inside.h"

#include <string.h>

static void link_row(const struct vault *vault, const uint8_t before[CIPHER_CHAIN_SIZE],
		     const struct row_log *row, uint8_t ret_link[CIPHER_CHAIN_SIZE])
{
	uint8_t linked[ROW_LINKED_SIZE];

	row_log_linked(row, linked);
	cipher_chain(&vault->secrets->log, before, linked, sizeof(linked), ret_link);
}

void vault_note(struct vault *vault, struct tables_change *change, const struct row_log *row)
{
	struct row_log noted = *row;
	uint8_t key[ROW_LOG_KEY_SIZE];
	uint8_t about[ROW_ABOUT_KEY_SIZE];
	uint8_t bytes[ROW_LOG_SIZE];

	noted.number = ++vault->log_number;
	link_row(vault, vault->link, &noted, noted.link);
	memcpy(vault->link, noted.link, sizeof(vault->link));
	row_log_key(noted.number, key);
	row_log_encode(&noted, bytes);
	tables_put(change, TABLES_LOG, vault_span(key, sizeof(key)),
		   vault_span(bytes, sizeof(bytes)));
	if (row->person == 0)
		return;
	row_about_key(row->person, noted.number, about);
	tables_put(change, TABLES_ABOUT, vault_span(about, sizeof(about)), vault_span("", 0));
}

/* ---- At the opening ---- */

/* False: the row is damaged, or its link is not the one after the last. */
static bool check_row(struct vault *vault, const struct tables_key *key,
		      const struct tables_span *value)
{
	uint8_t link[CIPHER_CHAIN_SIZE];
	struct row_log row;

	if (key->size != ROW_LOG_KEY_SIZE || row_number_of(key->bytes) != vault->log_number + 1 ||
	    !row_log_decode(vault->log_number + 1, value->data, value->size, &row))
		return false;
	link_row(vault, vault->link, &row, link);
	if (memcmp(link, row.link, sizeof(link)) != 0)
		return false;
	memcpy(vault->link, link, sizeof(link));
	vault->log_number++;
	return true;
}

enum result vault_open_log(struct vault *vault)
{
	struct tables_key key = {.size = 0};
	struct tables_change change;
	struct tables_span value;
	bool is_good = true;
	enum result result = cipher_derive(&vault->secrets->index, "titoli vault log",
					   vault->secrets->log.bytes, CIPHER_KEY_SIZE);

	if (result != RESULT_OK)
		return result;
	tables_begin(vault->tables, false, &change);
	while (is_good && tables_next(&change, TABLES_LOG, &key, &value))
		is_good = check_row(vault, &key, &value);
	result = tables_end(&change);
	return result == RESULT_OK && !is_good ? RESULT_STORE_CORRUPT : result;
}

/* ---- Reading ---- */

/* The number of the next row to tell, below `number`; 0: there is none. */
static uint64_t number_before(struct tables_change *change, uint32_t person, uint64_t number)
{
	struct tables_key key = {.size = ROW_LOG_KEY_SIZE};
	struct tables_span value;

	if (person == 0) {
		row_log_key(number, key.bytes);
		return tables_previous(change, TABLES_LOG, &key, &value) &&
			       key.size == ROW_LOG_KEY_SIZE
			   ? row_number_of(key.bytes)
			   : 0;
	}
	key.size = ROW_ABOUT_KEY_SIZE;
	row_about_key(person, number, key.bytes);
	return tables_previous(change, TABLES_ABOUT, &key, &value) &&
		       key.size == ROW_ABOUT_KEY_SIZE && row_person_of(key.bytes) == person
		   ? row_number_of(key.bytes + sizeof(uint32_t))
		   : 0;
}

static bool read_log_row(struct tables_change *change, uint64_t number, struct row_log *ret_row)
{
	uint8_t key[ROW_LOG_KEY_SIZE];
	struct tables_span value;

	row_log_key(number, key);
	return tables_get(change, TABLES_LOG, vault_span(key, sizeof(key)), &value) &&
	       row_log_decode(number, value.data, value.size, ret_row);
}

static enum result read_log(struct vault *vault, const struct vault_access *access,
			    uint64_t before, struct row_log *ret_rows, uint32_t rows_max,
			    uint32_t *ret_count)
{
	struct tables_change change;
	uint64_t number = before == 0 ? UINT64_MAX : before;

	*ret_count = 0;
	tables_begin(vault->tables, true, &change);
	while (*ret_count < rows_max) {
		number = number_before(&change, access->person, number);
		if (number == 0)
			break;
		if (!read_log_row(&change, number, &ret_rows[*ret_count])) {
			tables_abort(&change);
			return RESULT_STORE_CORRUPT;
		}
		(*ret_count)++;
	}
	vault_note_access(vault, &change, access, VAULT_ACT_READ_LOG, 0);
	return tables_commit(&change);
}

enum result vault_log(struct vault *vault, const struct vault_access *access, uint64_t before,
		      struct row_log *ret_rows, uint32_t rows_max, uint32_t *ret_count)
{
	enum result result = vault_enter(vault);

	if (result != RESULT_OK)
		return result;
	return vault_leave(vault,
			   read_log(vault, access, before, ret_rows, rows_max, ret_count));
}
