/* The vault from outside: what is written is read by who says why, nothing of it lies in its files,
 * nothing that was moved or cut is believed, and who was erased stays erased. */
#include "tests/unit/vault/vault_world.h"

#include "engine/system/file.h"
#include "engine/vault/key_file.h"
#include "engine/vault/tables.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TAX_CODE "RSSMRA80A01H501U"
#define OTHER	 "BNCLRA85T50F205A"
#define IBAN	 "IT60X0542811101000000123456"
#define PERSONS	 80u

static struct vault_world world;

static int make_vault(void **state)
{
	(void)state;
	vault_world_make(&world, "vault");
	return vault_world_open(&world) == RESULT_OK ? 0 : -1;
}

static int close_vault(void **state)
{
	(void)state;
	(void)file_ops_replace(NULL);
	vault_world_close(&world);
	return 0;
}

static void write_well(uint32_t person, uint8_t field, const char *text)
{
	assert_int_equal(vault_world_write(&world, person, field, text), RESULT_OK);
}

static void reopen(void)
{
	vault_world_close(&world);
	assert_int_equal(vault_world_open(&world), RESULT_OK);
}

static void what_is_written_is_read_and_found(void **state)
{
	(void)state;
	write_well(1, VAULT_FIELD_TAX_CODE, "rssmra 80a01 h501u");
	write_well(1, VAULT_FIELD_SURNAME, "Rossi");
	write_well(3, VAULT_FIELD_TAX_CODE, OTHER);
	for (uint32_t round = 0; round < 2; round++) {
		assert_true(vault_world_has(&world, 1, VAULT_FIELD_TAX_CODE, TAX_CODE));
		assert_true(vault_world_has(&world, 1, VAULT_FIELD_SURNAME, "Rossi"));
		assert_true(vault_world_has(&world, 1, VAULT_FIELD_NAME, ""));
		assert_true(vault_world_has(&world, 3, VAULT_FIELD_TAX_CODE, OTHER));
		assert_int_equal(vault_world_read(&world, 2), RESULT_NOT_FOUND);
		assert_int_equal(vault_world_read(&world, 4000), RESULT_NOT_FOUND);
		assert_int_equal(vault_world_find(&world, VAULT_FIELD_TAX_CODE, TAX_CODE), 1);
		assert_int_equal(vault_world_find(&world, VAULT_FIELD_TAX_CODE, OTHER), 3);
		assert_int_equal(vault_world_find(&world, VAULT_FIELD_IBAN, IBAN), 0);
		reopen();
	}
	/* Another text takes the place of the first, in the index too; an empty one leaves none. */
	write_well(1, VAULT_FIELD_TAX_CODE, "RSSMRA80A01H50MM");
	assert_int_equal(vault_world_find(&world, VAULT_FIELD_TAX_CODE, TAX_CODE), 0);
	assert_int_equal(vault_world_find(&world, VAULT_FIELD_TAX_CODE, "RSSMRA80A01H50MM"), 1);
	write_well(1, VAULT_FIELD_TAX_CODE, "");
	assert_int_equal(vault_world_find(&world, VAULT_FIELD_TAX_CODE, "RSSMRA80A01H50MM"), 0);
	assert_true(vault_world_has(&world, 1, VAULT_FIELD_TAX_CODE, ""));
}

static void all_fields_at_once(void **state)
{
	struct vault_access access = vault_world_access(9);
	struct vault_value values[VAULT_FIELD_END];
	struct vault_values found;
	static char text[VAULT_VALUE_SIZE_MAX];

	(void)state;
	memset(text, 'A', sizeof(text));
	for (uint32_t i = 1; i < VAULT_FIELD_END; i++)
		values[i - 1] =
		    (struct vault_value){(uint8_t)i, {text, person_field(i)->size_max}};
	assert_int_equal(vault_write(world.vault, &access, values, VAULT_FIELD_END - 1),
			 RESULT_OK);
	assert_int_equal(
	    vault_read(world.vault, &access, VAULT_ACT_EXPORT, VAULT_FIELDS_ALL, &found),
	    RESULT_OK);
	assert_int_equal(found.count, VAULT_FIELD_END - 1);
	for (uint32_t i = 0; i < found.count; i++) {
		assert_int_equal(found.values[i].field, i + 1);
		assert_true(slice_equals(found.values[i].text, values[i].text));
	}
	vault_values_wipe(&found);
	assert_int_equal(found.memory[0], 0);
}

static void many_of_one_value(void **state)
{
	struct vault_access access = vault_world_access(0);
	const struct vault_value value = {VAULT_FIELD_PHONE, slice_from_text("0373123456")};
	struct vault_found found;

	(void)state;
	for (uint32_t person = 1; person <= VAULT_FOUND_MAX + 1; person++)
		write_well(person, VAULT_FIELD_PHONE, "0373 123456");
	assert_int_equal(vault_search(world.vault, &access, &value, &found), RESULT_OK);
	assert_int_equal(found.count, VAULT_FOUND_MAX);
	assert_true(found.more);
	for (uint32_t i = 0; i < found.count; i++)
		assert_int_equal(found.persons[i], i + 1);
}

static void every_look_is_noted(void **state)
{
	struct vault_access access = {.person = 1, .principal = 40,
				      .purpose = VAULT_PURPOSE_SUPERVISION, .at = {5000}};
	static const uint8_t acts[] = {VAULT_ACT_SEARCH, VAULT_ACT_READ, VAULT_ACT_WRITE};
	struct row_log rows[8];
	uint32_t count = 0;

	(void)state;
	write_well(1, VAULT_FIELD_TAX_CODE, TAX_CODE);
	assert_true(vault_world_has(&world, 1, VAULT_FIELD_TAX_CODE, TAX_CODE));
	assert_int_equal(vault_world_find(&world, VAULT_FIELD_TAX_CODE, TAX_CODE), 1);
	assert_int_equal(vault_world_find(&world, VAULT_FIELD_TAX_CODE, OTHER), 0);
	assert_int_equal(vault_log(world.vault, &access, 0, rows, 8, &count), RESULT_OK);
	assert_int_equal(count, 3);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(rows[i].act, acts[i]);
		assert_int_equal(rows[i].person, 1);
		assert_int_equal(rows[i].principal, 7);
		assert_int_equal(rows[i].at.us, 1000);
		assert_int_equal(rows[i].fields, VAULT_FIELD_BIT(VAULT_FIELD_TAX_CODE));
	}
	/* By pages; the look at the log itself; and all, the search that found nobody too. */
	assert_int_equal(vault_log(world.vault, &access, rows[1].number, rows, 8, &count),
			 RESULT_OK);
	assert_int_equal(count, 1);
	reopen();
	assert_int_equal(vault_log(world.vault, &access, 0, rows, 1, &count), RESULT_OK);
	assert_int_equal(rows[0].act, VAULT_ACT_READ_LOG);
	assert_int_equal(rows[0].principal, 40);
	access.person = 0;
	assert_int_equal(vault_log(world.vault, &access, 0, rows, 8, &count), RESULT_OK);
	assert_int_equal(count, 7);
	assert_int_equal(rows[3].person, 0);
	assert_int_equal(rows[3].act, VAULT_ACT_SEARCH);
	for (uint32_t i = 1; i < count; i++)
		assert_int_equal(rows[i].number, rows[i - 1].number - 1);
}

/* What an insider might do to the log; checksums are made right again. */
enum meddling {
	MEDDLING_NONE,
	MEDDLING_PURPOSE,
	MEDDLING_PRINCIPAL,
	MEDDLING_INSTANT,
	MEDDLING_LINK,
	MEDDLING_SWAP,
	MEDDLING_DROP,
	MEDDLING_FORGE, /* one more at the end */
	MEDDLING_KINDS,
};

static void put_log_row(struct tables_change *change, uint64_t number, const struct row_log *row)
{
	struct row_log placed = *row;
	uint8_t key[ROW_LOG_KEY_SIZE];
	uint8_t bytes[ROW_LOG_SIZE];

	placed.number = number;
	row_log_key(number, key);
	row_log_encode(&placed, bytes);
	tables_put(change, TABLES_LOG, (struct tables_span){key, sizeof(key)},
		   (struct tables_span){bytes, sizeof(bytes)});
}

static void get_log_row(struct tables_change *change, uint64_t number, struct row_log *ret_row)
{
	uint8_t key[ROW_LOG_KEY_SIZE];
	struct tables_span value;

	row_log_key(number, key);
	assert_true(
	    tables_get(change, TABLES_LOG, (struct tables_span){key, sizeof(key)}, &value));
	assert_true(row_log_decode(number, value.data, value.size, ret_row));
}

static void meddle(enum meddling meddling, uint64_t number, uint64_t end)
{
	uint8_t key[ROW_LOG_KEY_SIZE];
	struct tables_change change;
	struct tables *tables;
	struct row_log rows[2];

	vault_world_close(&world);
	assert_int_equal(tables_open(world.folder, UINT64_C(64) << 20, &tables), RESULT_OK);
	tables_begin(tables, true, &change);
	get_log_row(&change, number, &rows[0]);
	get_log_row(&change, number % end + 1, &rows[1]);
	if (meddling == MEDDLING_PURPOSE)
		rows[0].purpose = VAULT_PURPOSE_PAYMENT;
	if (meddling == MEDDLING_PRINCIPAL)
		rows[0].principal ^= 1;
	if (meddling == MEDDLING_INSTANT)
		rows[0].at.us++;
	if (meddling == MEDDLING_LINK)
		rows[0].link[31] ^= 1;
	put_log_row(&change, number, meddling == MEDDLING_SWAP ? &rows[1] : &rows[0]);
	if (meddling == MEDDLING_SWAP)
		put_log_row(&change, number % end + 1, &rows[0]);
	if (meddling == MEDDLING_FORGE)
		put_log_row(&change, end + 1, &rows[0]);
	row_log_key(number, key);
	if (meddling == MEDDLING_DROP)
		tables_delete(&change, TABLES_LOG, (struct tables_span){key, sizeof(key)});
	assert_int_equal(tables_commit(&change), RESULT_OK);
	tables_close(tables);
}

static void a_changed_log_is_found(void **state)
{
	const uint64_t end = 4;

	(void)state;
	for (int meddling = MEDDLING_NONE; meddling < MEDDLING_KINDS; meddling++)
		for (uint64_t number = 1; number <= end; number++) {
			struct vault_status before;
			struct vault_status after;
			bool is_cut = meddling == MEDDLING_DROP && number == end;

			vault_world_close(&world);
			(void)make_vault(NULL);
			for (uint32_t i = 0; i < end; i++)
				write_well(i + 1, VAULT_FIELD_CITY, "Crema");
			vault_status(world.vault, &before);
			assert_int_equal(before.log_rows, end);
			meddle((enum meddling)meddling, number, end);
			assert_int_equal(vault_world_open(&world),
					 meddling == MEDDLING_NONE || is_cut
					     ? RESULT_OK
					     : RESULT_STORE_CORRUPT);
			if (world.vault == NULL)
				continue;
			/* A log without its end is right by itself: the link that was noted tells. */
			vault_status(world.vault, &after);
			assert_int_equal(memcmp(before.log_link, after.log_link,
						sizeof(after.log_link)) != 0,
					 is_cut);
		}
}

static void nothing_lies_in_its_files(void **state)
{
	static const char *const canaries[] = {TAX_CODE, "Canarino", "canarino@example.org", IBAN,
					       "Via del Canarino 1", "Cuneo"};
	static const uint8_t fields[] = {VAULT_FIELD_TAX_CODE, VAULT_FIELD_SURNAME,
					 VAULT_FIELD_EMAIL,    VAULT_FIELD_IBAN,
					 VAULT_FIELD_ADDRESS,  VAULT_FIELD_CITY};
	char kept[TEST_FOLDER_SIZE];
	char keys[TEST_FOLDER_SIZE];

	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		write_well(1, fields[i], canaries[i]);
		assert_true(vault_world_has(&world, 1, fields[i], canaries[i]));
	}
	test_folder_make("vault_data_copy", kept);
	test_folder_make("vault_keys_copy", keys);
	assert_int_equal(vault_copy(world.vault, kept, keys), RESULT_OK);
	vault_world_close(&world);
	for (uint32_t i = 0; i < 6; i++) {
		size_t size = strlen(canaries[i]);

		assert_false(vault_world_grep(world.folder, canaries[i], size));
		assert_false(vault_world_grep(world.copies, canaries[i], size));
		assert_false(vault_world_grep(kept, canaries[i], size));
		assert_false(vault_world_grep(keys, canaries[i], size));
	}
	assert_false(vault_world_grep(world.folder, world.master.bytes, 16));
	/* The search itself does find what is there. */
	assert_true(vault_world_grep(world.folder, "TITOLIVK", 8));
}

static void only_its_key_opens_it(void **state)
{
	(void)state;
	write_well(1, VAULT_FIELD_SURNAME, "Rossi");
	vault_world_close(&world);
	world.master.bytes[0] ^= 1;
	assert_int_equal(vault_world_open(&world), RESULT_VAULT_KEY_WRONG);
	world.has_former = true;
	assert_int_equal(vault_world_open(&world), RESULT_VAULT_KEY_WRONG);
	world.former = world.master;
	world.former.bytes[0] ^= 1;
	assert_int_equal(vault_world_open(&world), RESULT_OK);
	assert_true(vault_world_has(&world, 1, VAULT_FIELD_SURNAME, "Rossi"));
}

static void one_at_a_time(void **state)
{
	struct vault_world second = world;

	(void)state;
	second.vault = NULL;
	assert_int_equal(vault_world_open(&second), RESULT_LEDGER_LOCKED);
	assert_null(second.vault);
}

static void parts_belong_together(void **state)
{
	char name[TEST_FOLDER_SIZE + 16];

	(void)state;
	write_well(1, VAULT_FIELD_SURNAME, "Rossi");
	vault_world_close(&world);
	(void)snprintf(name, sizeof(name), "%s/data.mdb", world.folder);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(vault_world_open(&world), RESULT_STORE_CORRUPT);
	(void)make_vault(NULL);
	vault_world_close(&world);
	(void)snprintf(name, sizeof(name), "%s/keys", world.folder);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(vault_world_open(&world), RESULT_STORE_CORRUPT);
}

/* ---- What a hand on the disk can do ---- */

/* Puts what stands at one field under another; or cuts it by `cut` bytes. */
static void move_row(uint32_t from, uint8_t from_field, uint32_t to, uint8_t to_field, size_t cut)
{
	struct tables *tables = NULL;
	struct tables_change change;
	struct tables_span value;
	uint8_t bytes[ROW_FIELD_SIZE_MAX];
	uint8_t key[ROW_FIELD_KEY_SIZE];

	vault_world_close(&world);
	assert_int_equal(tables_open(world.folder, UINT64_C(64) << 20, &tables), RESULT_OK);
	tables_begin(tables, true, &change);
	row_field_key(from, from_field, key);
	assert_true(tables_get(&change, TABLES_FIELDS,
			       (struct tables_span){key, sizeof(key)}, &value));
	memcpy(bytes, value.data, value.size);
	row_field_key(to, to_field, key);
	tables_put(&change, TABLES_FIELDS, (struct tables_span){key, sizeof(key)},
		   (struct tables_span){bytes, value.size - cut});
	assert_int_equal(tables_commit(&change), RESULT_OK);
	tables_close(tables);
	assert_int_equal(vault_world_open(&world), RESULT_OK);
}

static void moved_rows_are_refused(void **state)
{
	(void)state;
	write_well(1, VAULT_FIELD_SURNAME, "Rossi");
	write_well(1, VAULT_FIELD_NAME, "Maria");
	write_well(2, VAULT_FIELD_SURNAME, "Bianchi");
	move_row(2, VAULT_FIELD_SURNAME, 1, VAULT_FIELD_SURNAME, 0);
	assert_int_equal(vault_world_read(&world, 1), RESULT_STORE_CORRUPT);
	assert_true(vault_world_has(&world, 2, VAULT_FIELD_SURNAME, "Bianchi"));
	write_well(1, VAULT_FIELD_SURNAME, "Rossi");
	assert_true(vault_world_has(&world, 1, VAULT_FIELD_SURNAME, "Rossi"));
	move_row(1, VAULT_FIELD_NAME, 1, VAULT_FIELD_SURNAME, 0);
	assert_false(vault_world_has(&world, 1, VAULT_FIELD_SURNAME, "Maria"));
	assert_int_equal(vault_world_read(&world, 1), RESULT_STORE_CORRUPT);
}

static void cut_rows_are_refused(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < ROW_FIELD_HEAD + 64; cut++) {
		vault_world_close(&world);
		(void)make_vault(NULL);
		write_well(1, VAULT_FIELD_SURNAME, "of thirty-one letters and more than");
		move_row(1, VAULT_FIELD_SURNAME, 1, VAULT_FIELD_SURNAME, cut);
		assert_int_equal(vault_world_read(&world, 1), RESULT_STORE_CORRUPT);
		cut += 6;
	}
}

static void moved_keys_are_refused(void **state)
{
	uint8_t slot[KEY_FILE_SLOT_SIZE];
	char name[TEST_FOLDER_SIZE + 16];
	int file;

	(void)state;
	write_well(1, VAULT_FIELD_SURNAME, "Rossi");
	write_well(2, VAULT_FIELD_SURNAME, "Bianchi");
	write_well(3, VAULT_FIELD_SURNAME, "Verdi"); /* the file holds slot 2 whole */
	(void)snprintf(name, sizeof(name), "%s/keys", world.folder);
	file = open(name, O_RDWR | O_CLOEXEC);
	assert_true(file >= 0);
	assert_int_equal(pread(file, slot, sizeof(slot), KEY_FILE_HEAD + 2 * KEY_FILE_SLOT_SIZE),
			 sizeof(slot));
	assert_int_equal(pwrite(file, slot, sizeof(slot), KEY_FILE_HEAD + KEY_FILE_SLOT_SIZE),
			 sizeof(slot));
	assert_int_equal(close(file), 0);
	assert_int_equal(vault_world_read(&world, 1), RESULT_STORE_CORRUPT);
	assert_true(vault_world_has(&world, 2, VAULT_FIELD_SURNAME, "Bianchi"));
}

/* ---- Erasure ---- */

/* The wrapped key of a person, as it stands in the file. */
static void wrapped_key(uint32_t person, uint8_t ret_wrapped[CIPHER_KEY_SIZE])
{
	struct key_file keys;
	struct key_slot slot;
	int live;

	assert_int_equal(key_file_open(world.folder, &keys), RESULT_OK);
	assert_int_equal(key_file_read(&keys, person, &slot), RESULT_OK);
	live = key_slot_live(&slot);
	assert_true(live >= 0);
	memcpy(ret_wrapped, slot.halves[live].wrapped, CIPHER_KEY_SIZE);
	key_file_close(&keys);
}

static void who_is_erased_stays_erased(void **state)
{
	struct vault_access access = vault_world_access(1);
	uint8_t wrapped[CIPHER_KEY_SIZE];
	struct vault_status status;

	(void)state;
	write_well(1, VAULT_FIELD_TAX_CODE, TAX_CODE);
	write_well(2, VAULT_FIELD_TAX_CODE, OTHER);
	wrapped_key(1, wrapped);
	assert_true(vault_world_grep(world.folder, wrapped, sizeof(wrapped)));
	assert_int_equal(vault_erase(world.vault, &access), RESULT_OK);
	for (uint32_t round = 0; round < 2; round++) {
		assert_int_equal(vault_erase(world.vault, &access), RESULT_OK);
		assert_int_equal(vault_world_read(&world, 1), RESULT_PERSON_ERASED);
		assert_int_equal(vault_world_write(&world, 1, VAULT_FIELD_NAME, "Maria"),
				 RESULT_PERSON_ERASED);
		assert_int_equal(vault_world_find(&world, VAULT_FIELD_TAX_CODE, TAX_CODE), 0);
		assert_true(vault_world_has(&world, 2, VAULT_FIELD_TAX_CODE, OTHER));
		assert_false(vault_world_grep(world.folder, wrapped, sizeof(wrapped)));
		vault_status(world.vault, &status);
		assert_int_equal(status.erased, 1);
		assert_int_equal(status.persons, 1);
		reopen();
	}
	/* Nobody need be known to be erased: a restored row would be refused all the same. */
	access.person = 3000;
	assert_int_equal(vault_erase(world.vault, &access), RESULT_OK);
	assert_int_equal(vault_world_write(&world, 3000, VAULT_FIELD_NAME, "Maria"),
			 RESULT_PERSON_ERASED);
}

static void an_older_copy_brings_nobody_back(void **state)
{
	struct vault_access access = vault_world_access(1);
	char kept[TEST_FOLDER_SIZE];
	char keys[TEST_FOLDER_SIZE];

	(void)state;
	test_folder_make("vault_data_copy", kept);
	test_folder_make("vault_keys_copy", keys);
	access.person = 5;
	assert_int_equal(vault_erase(world.vault, &access), RESULT_OK);
	access.person = 1;
	write_well(1, VAULT_FIELD_TAX_CODE, TAX_CODE);
	write_well(2, VAULT_FIELD_TAX_CODE, OTHER);
	assert_int_equal(vault_copy(world.vault, kept, keys), RESULT_OK);
	write_well(3, VAULT_FIELD_SURNAME, "Verdi");
	assert_int_equal(vault_erase(world.vault, &access), RESULT_OK);
	vault_world_close(&world);
	assert_int_equal(vault_restore(kept, keys, world.folder), RESULT_FOLDER_NOT_EMPTY);
	test_folder_empty(world.folder);
	assert_int_equal(vault_restore(kept, keys, world.folder), RESULT_OK);
	for (uint32_t round = 0; round < 2; round++) {
		assert_int_equal(vault_world_open(&world), RESULT_OK);
		assert_int_equal(vault_world_read(&world, 1), RESULT_PERSON_ERASED);
		assert_int_equal(vault_world_read(&world, 5), RESULT_PERSON_ERASED);
		assert_int_equal(vault_world_find(&world, VAULT_FIELD_TAX_CODE, TAX_CODE), 0);
		assert_true(vault_world_has(&world, 2, VAULT_FIELD_TAX_CODE, OTHER));
		assert_int_equal(vault_world_read(&world, 3), RESULT_NOT_FOUND);
		vault_world_close(&world);
	}
	/* The list of another vault is no list of this one. */
	test_folder_empty(world.folder);
	assert_int_equal(vault_world_open(&world), RESULT_STORE_CORRUPT);
}

/* ---- Rotation ---- */

static void fill(void)
{
	char text[32];

	for (uint32_t person = 1; person <= PERSONS; person++) {
		(void)snprintf(text, sizeof(text), "Cognome %u", person);
		write_well(person, VAULT_FIELD_SURNAME, text);
		(void)snprintf(text, sizeof(text), "p%u@example.org", person);
		write_well(person, VAULT_FIELD_EMAIL, text);
	}
}

static void check_filled(void)
{
	char text[32];

	for (uint32_t person = 1; person <= PERSONS; person++) {
		(void)snprintf(text, sizeof(text), "Cognome %u", person);
		assert_true(vault_world_has(&world, person, VAULT_FIELD_SURNAME, text));
		(void)snprintf(text, sizeof(text), "p%u@example.org", person);
		assert_int_equal(vault_world_find(&world, VAULT_FIELD_EMAIL, text), person);
	}
}

#define A_DAY INT64_C(86400000000)

static bool has_copy(const char *day)
{
	char path[TEST_FOLDER_SIZE + 32];

	(void)snprintf(path, sizeof(path), "%s/keys-%s", world.copies, day);
	return access(path, F_OK) == 0;
}

/* The keys of a day in the place of the vault's. */
static void take_back(const char *day)
{
	char from[TEST_FOLDER_SIZE + 32];
	char to[TEST_FOLDER_SIZE + 32];
	char bytes[65536];
	FILE *file;
	size_t size;

	(void)snprintf(from, sizeof(from), "%s/keys-%s", world.copies, day);
	(void)snprintf(to, sizeof(to), "%s/keys", world.folder);
	file = fopen(from, "rb");
	assert_non_null(file);
	size = fread(bytes, 1, sizeof(bytes), file);
	assert_true(size > KEY_FILE_HEAD && size < sizeof(bytes));
	assert_int_equal(fclose(file), 0);
	file = fopen(to, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void keys_are_copied_for_thirty_days(void **state)
{
	uint8_t wrapped[CIPHER_KEY_SIZE];
	struct vault_access erase = vault_world_access(2);
	struct vault_status status;

	(void)state;
	write_well(1, VAULT_FIELD_SURNAME, "Rossi");
	write_well(2, VAULT_FIELD_SURNAME, "Bianchi");
	wrapped_key(2, wrapped);
	assert_int_equal(vault_keep_keys(world.vault, (struct instant){20000 * A_DAY + 5}),
			 RESULT_OK);
	assert_true(has_copy("2024-10-04"));
	vault_status(world.vault, &status);
	assert_int_equal(status.key_copy.number, 20000);
	write_well(3, VAULT_FIELD_SURNAME, "Verdi");
	assert_int_equal(vault_keep_keys(world.vault, (struct instant){20001 * A_DAY - 1}),
			 RESULT_OK);
	assert_false(has_copy("2024-10-05"));
	assert_int_equal(vault_erase(world.vault, &erase), RESULT_OK);
	assert_true(vault_world_grep(world.copies, wrapped, sizeof(wrapped)));
	/* The keys are lost; those of the day bring back who was there, but not who was erased. */
	vault_world_close(&world);
	take_back("2024-10-04");
	assert_true(vault_world_grep(world.folder, wrapped, sizeof(wrapped)));
	assert_int_equal(vault_world_open(&world), RESULT_OK);
	assert_false(vault_world_grep(world.folder, wrapped, sizeof(wrapped)));
	assert_true(vault_world_has(&world, 1, VAULT_FIELD_SURNAME, "Rossi"));
	assert_int_equal(vault_world_read(&world, 2), RESULT_PERSON_ERASED);
	/* Who came later has no key in it, and is written anew. */
	assert_int_equal(vault_world_read(&world, 3), RESULT_NOT_FOUND);
	write_well(3, VAULT_FIELD_CITY, "Crema");
	assert_true(vault_world_has(&world, 3, VAULT_FIELD_CITY, "Crema"));
	assert_true(vault_world_has(&world, 3, VAULT_FIELD_SURNAME, ""));
	assert_int_equal(vault_keep_keys(world.vault, (struct instant){20030 * A_DAY}), RESULT_OK);
	assert_true(has_copy("2024-10-04") && has_copy("2024-11-03"));
	assert_int_equal(vault_keep_keys(world.vault, (struct instant){20031 * A_DAY}), RESULT_OK);
	assert_false(has_copy("2024-10-04"));
	assert_true(has_copy("2024-11-03") && has_copy("2024-11-04"));
	assert_false(vault_world_grep(world.copies, wrapped, sizeof(wrapped)));
}

static void keys_change_while_it_is_used(void **state)
{
	struct vault_access access = vault_world_access(PERSONS + 1);
	uint8_t wrapped[CIPHER_KEY_SIZE];
	struct vault_status status;
	bool done = false;
	uint32_t steps = 0;

	(void)state;
	fill();
	assert_int_equal(vault_erase(world.vault, &access), RESULT_OK);
	wrapped_key(50, wrapped);
	vault_world_close(&world);
	world.has_former = true;
	world.former = world.master;
	world.master.bytes[5] ^= 0xff;
	assert_int_equal(vault_world_open(&world), RESULT_OK);
	vault_status(world.vault, &status);
	assert_int_equal(status.former, PERSONS + 1); /* and the index's */
	assert_int_equal(vault_rotate(world.vault, (struct instant){77}), RESULT_OK);
	while (!done) {
		assert_int_equal(vault_rotate_step(world.vault, &done), RESULT_OK);
		assert_int_equal(vault_rotate(world.vault, (struct instant){88}),
				 RESULT_OK);
		write_well(1 + steps, VAULT_FIELD_NAME, "Meanwhile");
		if (steps == 0)
			reopen(); /* it goes on where it was */
		vault_status(world.vault, &status);
		assert_true(status.is_rotating);
		assert_int_equal(status.rotation_at.us, done ? 88 : 77);
		if (++steps > 10)
			break;
	}
	assert_true(done && steps >= 3);
	check_filled();
	assert_false(vault_world_grep(world.folder, wrapped, sizeof(wrapped)));
}

static void the_former_key_is_needed_no_more(void **state)
{
	struct vault_status status;
	bool done = false;

	(void)state;
	fill();
	vault_world_close(&world);
	world.has_former = true;
	world.former = world.master;
	world.master.bytes[5] ^= 0xff;
	assert_int_equal(vault_world_open(&world), RESULT_OK);
	assert_int_equal(vault_rotate(world.vault, (struct instant){77}), RESULT_OK);
	while (!done)
		assert_int_equal(vault_rotate_step(world.vault, &done), RESULT_OK);
	vault_status(world.vault, &status);
	assert_false(status.is_rotating);
	assert_int_equal(status.former, 0);
	world.has_former = false;
	reopen();
	check_filled();
	world.has_former = true;
	vault_world_close(&world);
	world.master = world.former;
	world.has_former = false;
	assert_int_equal(vault_world_open(&world), RESULT_VAULT_KEY_WRONG);
}

/* ---- Faults, threads ---- */

static int fail_sync(int descriptor)
{
	(void)descriptor;
	errno = EIO;
	return -1;
}

static void nothing_after_a_fault_of_the_disk(void **state)
{
	struct file_ops failing = *file_ops_kernel();

	(void)state;
	write_well(1, VAULT_FIELD_SURNAME, "Rossi");
	failing.fdatasync = fail_sync;
	(void)file_ops_replace(&failing);
	assert_int_equal(vault_world_write(&world, 2, VAULT_FIELD_SURNAME, "Bianchi"),
			 RESULT_IO_FAILED);
	(void)file_ops_replace(NULL);
	assert_int_equal(vault_world_read(&world, 1), RESULT_IO_FAILED);
	reopen();
	assert_true(vault_world_has(&world, 1, VAULT_FIELD_SURNAME, "Rossi"));
}

static void a_fault_of_the_copies_closes_nothing(void **state)
{
	struct file_ops failing = *file_ops_kernel();

	(void)state;
	write_well(1, VAULT_FIELD_SURNAME, "Rossi");
	failing.fdatasync = fail_sync;
	(void)file_ops_replace(&failing);
	assert_int_equal(vault_keep_keys(world.vault, (struct instant){20000 * A_DAY}),
			 RESULT_IO_FAILED);
	(void)file_ops_replace(NULL);
	assert_false(has_copy("2024-10-04"));
	assert_true(vault_world_has(&world, 1, VAULT_FIELD_SURNAME, "Rossi"));
	assert_int_equal(vault_keep_keys(world.vault, (struct instant){20000 * A_DAY}), RESULT_OK);
	assert_true(has_copy("2024-10-04"));
}

static void *use_it(void *context)
{
	uint32_t person = 1 + *(const uint32_t *)context;

	for (uint32_t i = 0; i < 20; i++) {
		bool good = vault_world_write(&world, person, VAULT_FIELD_SURNAME, "Rossi") ==
				RESULT_OK &&
			    vault_world_has(&world, person, VAULT_FIELD_SURNAME, "Rossi");

		if (!good)
			return context;
	}
	return NULL;
}

static void by_several_threads(void **state)
{
	uint32_t numbers[4] = {0, 1, 2, 3};
	pthread_t threads[4];
	struct vault_status status;

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use_it, &numbers[i]), 0);
	for (uint32_t i = 0; i < 4; i++) {
		void *failed = &world;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	vault_status(world.vault, &status);
	assert_int_equal(status.log_rows, 4 * 40);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_vault, close_vault)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_written_is_read_and_found),
	    TEST(all_fields_at_once),
	    TEST(many_of_one_value),
	    TEST(every_look_is_noted),
	    TEST(a_changed_log_is_found),
	    TEST(nothing_lies_in_its_files),
	    TEST(only_its_key_opens_it),
	    TEST(one_at_a_time),
	    TEST(parts_belong_together),
	    TEST(moved_rows_are_refused),
	    TEST(cut_rows_are_refused),
	    TEST(moved_keys_are_refused),
	    TEST(who_is_erased_stays_erased),
	    TEST(an_older_copy_brings_nobody_back),
	    TEST(keys_are_copied_for_thirty_days),
	    TEST(keys_change_while_it_is_used),
	    TEST(the_former_key_is_needed_no_more),
	    TEST(nothing_after_a_fault_of_the_disk),
	    TEST(a_fault_of_the_copies_closes_nothing),
	    TEST(by_several_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
