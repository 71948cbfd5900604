/* Files of treasurers and banks into the ledger: see outcome.h. */
#include "connectors/intake/outcome.h"

#include "connectors/format/outcome_table.h"
#include "connectors/pages/pages.h"
#include "connectors/profiles/profile_file.h"
#include "connectors/xml/xml.h"
#include "engine/base/text.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE	256u
#define HASH_TEXT_SIZE	65u
#define REFERENCE_SIZE	35u
#define ROW_KEY_SIZE	64u
#define RETURN_DAYS	60 /* after its payment, as the ledger sees it (outcome_match.h) */
#define XML_ARENA_RATIO 24u /* bytes of tree for a byte of XML, with room */
#define XML_ARENA_LEAST (1u << 20)

/* A file on its way. */
struct work {
	struct outcome_intake *intake;
	struct outcome_file file;
	struct arena arena;
	void *memory;
	char hash[HASH_TEXT_SIZE];
	json_t *amounts;  /* cents as text -> true: what some payment waits for */
	json_t *statements; /* that wait for payment, or may come back: ids */
	json_t *services;   /* code -> SIOPE code */
	json_t *rows;	    /* line of one statement -> key of its row */
	json_t *due;	    /* key -> cents, as transfers do not change them */
	json_t *left;	    /* key -> cents, less what was transferred */
	json_t *recorded; /* line -> record of the ledger */
	json_t *refused;  /* line -> answer of the batch */
	json_t *items;	  /* of a flow that was rejected whole: its payments */
	char flow[24];	  /* number of its export */
	char ambito[24];
	char file_in[40];
	char kind[24];
	bool is_again;
	bool is_unread; /* a service could not be read */
};

static const char *said(const struct work *work, const char *english, const char *italian)
{
	return work->intake->is_italian ? italian : english;
}

static enum result fail(struct work *work, enum result result, const char *text)
{
	snprintf(work->intake->fault, sizeof(work->intake->fault), "%s", text);
	return result;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

static int64_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* Calls for each item of a list; false: a page could not be read. */
static bool each_item(struct work *work, const char *list,
		      void (*take)(struct work *work, const json_t *item))
{
	struct pages pages = {
	    .fetch = work->intake->fetch, .context = work->intake->context, .list = list};
	const json_t *item;
	while ((item = pages_next(&pages)) != NULL)
		take(work, item);
	return pages_close(&pages);
}

/* ---- Reading ---- */

static bool hash_bytes(struct work *work, struct slice bytes)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int size = 0;
	if (EVP_Digest(bytes.data, bytes.size, digest, &size, EVP_sha256(), NULL) != 1)
		return false;
	text_hex_encode(digest, size, work->hash);
	work->hash[2 * size] = '\0';
	return true;
}

/* A figure as people read it; a count is a plain number. */
static void write_figure(char text[32], int64_t value, bool is_count, char point)
{
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	if (is_count)
		snprintf(text, 32, "%" PRIu64, magnitude);
	else
		snprintf(text, 32, "%s%" PRIu64 "%c%02u", value < 0 ? "-" : "", magnitude / 100,
			 point, (unsigned)(magnitude % 100));
}

/* What does not hold together, with place and figures. */
static enum result fail_file(struct work *work)
{
	const struct outcome_file *file = &work->file;
	bool is_italian = work->intake->is_italian;
	bool is_count = file->fault == OUTCOME_COUNT;
	char figures[96] = "";
	char stated[32], found[32];
	write_figure(stated, file->stated, is_count, is_italian ? ',' : '.');
	write_figure(found, file->found, is_count, is_italian ? ',' : '.');
	if (is_count || file->fault == OUTCOME_SUM || file->fault == OUTCOME_BALANCE)
		snprintf(figures, sizeof(figures), " (%s %s, %s %s)",
			 said(work, "stated", "dichiarato"), stated,
			 said(work, "found", "trovato"), found);
	snprintf(work->intake->fault, INTAKE_FAULT_SIZE, "%s %u, %.60s: %s%s; %s",
		 said(work, "line", "riga"), file->fault_place,
		 file->about == NULL ? "" : file->about,
		 outcome_fault_text((enum outcome_fault)file->fault, is_italian), figures,
		 said(work, "the file is refused whole, nothing was recorded",
		      "il file è rifiutato per intero, non è stato registrato nulla"));
	return RESULT_FIELD_INVALID;
}

static bool reserve(struct work *work, size_t size)
{
	work->memory = aligned_alloc(ARENA_ALIGNMENT,
				     (size + ARENA_ALIGNMENT) / ARENA_ALIGNMENT * ARENA_ALIGNMENT);
	if (work->memory == NULL)
		return false;
	arena_init(&work->arena, work->memory, size);
	return true;
}

static enum result read_xml(struct work *work, struct slice bytes)
{
	char fault[XML_FAULT_SIZE];
	const struct tree_node *root = NULL;
	size_t size = (size_t)bytes.size * XML_ARENA_RATIO + XML_ARENA_LEAST;
	if (bytes.size > xml_limits_default.size)
		return fail(work, RESULT_BODY_TOO_LARGE,
			    said(work, "the file is larger than what is read",
				 "il file supera la dimensione ammessa"));
	if (!reserve(work, size))
		return fail(work, RESULT_OUT_OF_MEMORY, "out of memory");
	enum result result = xml_read(bytes, &xml_limits_default, &work->arena, &root, fault);
	if (result != RESULT_OK)
		return fail(work, result == RESULT_BODY_TOO_LARGE ? result : RESULT_FIELD_INVALID,
			    fault);
	bool is_read =
	    outcome_read(&work->file, &work->arena, outcome_kind_of(root), root);
	return is_read ? RESULT_OK : fail_file(work);
}

/* The profile that was named, or the first of ours whose headings fit. */
static enum result find_profile(struct work *work, struct slice bytes, struct profile *profile)
{
	static const char *const names[] = {"outcome", "outcome-excel-it", "outcome-cents"};
	struct outcome_intake *intake = work->intake;
	struct profile_file_fault fault = {.text = ""};
	char folder[FILE_PATH_SIZE_MAX];
	uint32_t count = intake->format != NULL ? 1 : (uint32_t)(sizeof(names) / sizeof(names[0]));
	if (!profile_file_folder(intake->profiles == NULL ? "" : intake->profiles, folder))
		return fail(work, RESULT_NOT_FOUND,
			    said(work, "the folder of profiles is missing",
				 "manca la cartella dei profili"));
	for (uint32_t i = 0; i < count; i++) {
		const char *name = intake->format != NULL ? intake->format : names[i];
		enum result result =
		    profile_file_load(folder, name, &outcome_row_set, profile, &fault);
		if (result != RESULT_OK)
			return fail(work, result, fault.text);
		if (intake->format != NULL || outcome_table_fits(profile, bytes))
			return RESULT_OK;
	}
	return fail(work, RESULT_FIELD_INVALID,
		    said(work,
			 "neither XML nor a table whose headings a profile knows; name a profile "
			 "with --format",
			 "né XML né una tabella con intestazioni note; indicare un profilo con "
			 "--format"));
}

static enum result read_table(struct work *work, struct slice bytes)
{
	struct profile *profile = malloc(sizeof(*profile));
	enum result result = profile == NULL || !reserve(work, outcome_table_memory(bytes))
				 ? fail(work, RESULT_OUT_OF_MEMORY, "out of memory")
				 : find_profile(work, bytes, profile);
	if (result == RESULT_OK &&
	    !outcome_table_read(&work->file, &work->arena, profile, bytes))
		result = fail_file(work);
	free(profile);
	return result;
}

static enum result read_file(struct work *work, struct slice bytes)
{
	struct slice begin = bytes;
	if (begin.size >= 3 && memcmp(begin.data, "\xef\xbb\xbf", 3) == 0)
		begin = (struct slice){begin.data + 3, begin.size - 3};
	begin = text_trim(begin);
	bool is_xml = begin.size > 0 && begin.data[0] == '<' && work->intake->format == NULL;
	enum result result = is_xml ? read_xml(work, begin) : read_table(work, bytes);
	if (result == RESULT_OK)
		snprintf(work->kind, sizeof(work->kind), "%s",
			 enum_name(&enum_outcome_file_kind, work->file.kind));
	return result;
}

/* ---- A flow rejected whole ---- */

/* The export whose files bear the flow's name: TIT-202601-CREMA-3. */
static void take_export(struct work *work, const json_t *item)
{
	char name[80];
	const char *month = text_of(item, "month");
	const char *number = strchr(text_of(item, "id"), '_');
	snprintf(name, sizeof(name), "TIT-%.4s%.2s-%.16s-%" PRId64, month,
		 strlen(month) < 7 ? "" : month + 5, text_of(item, "paying_body"),
		 number_of(item, "ordinal"));
	if (number != NULL && slice_equals_text(work->file.flow, name))
		snprintf(work->flow, sizeof(work->flow), "%.20s", number + 1);
}

static void take_item(struct work *work, const json_t *item)
{
	const char *state = text_of(item, "state");
	if (strcmp(state, "INCLUDED") == 0 || strcmp(state, "ACCEPTED") == 0 ||
	    strcmp(state, "REJECTED") == 0)
		json_array_append(work->items, (json_t *)item);
}

/* One line for each payment of the flow: its lines are those of its export. */
static bool make_lines(struct work *work)
{
	struct outcome_file *file = &work->file;
	size_t count = json_array_size(work->items);
	struct outcome_line *lines =
	    arena_alloc_zeroed(&work->arena, count, sizeof(struct outcome_line));
	if (lines == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(work->items, i);
		char text[REFERENCE_SIZE + 1];
		int size = snprintf(text, sizeof(text), "TIT-%.12s-%.12s-1", work->flow,
				    strchr(text_of(item, "id"), '_') + 1);
		struct slice reference = {text, (uint32_t)size};
		lines[i] = (struct outcome_line){.amount = cents_from(number_of(item, "net_cents")),
						 .reason_code = file->reason,
						 .day = file->day,
						 .place = 1,
						 .kind = OUTCOME_KIND_REJECTED};
		if (!arena_copy(&work->arena, reference, &lines[i].reference) ||
		    !cents_add(file->total, lines[i].amount, &file->total))
			return false;
	}
	file->lines = lines;
	file->count = (uint32_t)count;
	return true;
}

static enum result expand_flow(struct work *work)
{
	struct slice flow = work->file.flow;
	char path[PATH_SIZE];
	if (!work->file.is_rejected || work->file.count > 0 || flow.size < 10 ||
	    memcmp(flow.data, "TIT-", 4) != 0)
		return RESULT_OK;
	snprintf(path, sizeof(path), "/v1/exports?month=%.4s-%.2s", flow.data + 4, flow.data + 8);
	if (!each_item(work, path, take_export))
		return RESULT_UNREACHABLE;
	if (work->flow[0] == '\0')
		return RESULT_OK;
	snprintf(path, sizeof(path), "/v1/export-items?export=exp_%s", work->flow);
	if (!each_item(work, path, take_item))
		return RESULT_UNREACHABLE;
	return make_lines(work) ? RESULT_OK : fail(work, RESULT_OUT_OF_MEMORY, "out of memory");
}

/* ---- Which lines are ours ---- */

static bool is_ours(struct slice reference)
{
	static const char *const prefixes[] = {"TIT-", "VCH-", "CPY-"};
	bool is_known = false;
	for (uint32_t i = 0; i < 3; i++)
		is_known = is_known || (reference.size > 4 && reference.size <= REFERENCE_SIZE &&
					memcmp(reference.data, prefixes[i], 4) == 0);
	for (uint32_t i = 0; is_known && i < reference.size; i++) {
		char c = reference.data[i];
		is_known = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
	}
	return is_known;
}

static void wait_for(struct work *work, int64_t cents)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRId64, cents);
	json_object_set_new(work->amounts, text, json_true());
}

/* ---- The single transfers of a statement ----
 *
 * A file that leaves has a row for each impegno and SIOPE code of its lines, which a bank pays
 * apart. Whatever a row's net was at any time is waited for: the ledger knows which of them left.
 */

/* The row of a line; false: it draws on no impegno. */
static bool find_key(struct work *work, const json_t *line, char ret_key[ROW_KEY_SIZE])
{
	char path[PATH_SIZE];
	const char *service = text_of(line, "service");
	const json_t *known = json_object_get(work->services, service);
	if (known == NULL) {
		snprintf(path, sizeof(path), "/v1/services/%.40s", service);
		json_t *record = work->intake->fetch(work->intake->context, path);
		work->is_unread = work->is_unread || record == NULL;
		json_object_set_new(work->services, service,
				    json_string(text_of(record, "siope_code")));
		json_decref(record);
		known = json_object_get(work->services, service);
	}
	snprintf(ret_key, ROW_KEY_SIZE, "%.24s %.24s", text_of(line, "commitment"),
		 json_string_value(known));
	return text_of(line, "commitment")[0] != '\0';
}

static int64_t add_to(json_t *sums, const char *key, int64_t cents)
{
	int64_t sum = 0;
	if (__builtin_add_overflow(number_of(sums, key), cents, &sum))
		return 0;
	json_object_set_new(sums, key, json_integer(sum));
	return sum;
}

static void take_line(struct work *work, const json_t *line)
{
	char key[ROW_KEY_SIZE];
	if (!find_key(work, line, key))
		return;
	json_object_set_new(work->rows, text_of(line, "id"), json_string(key));
	add_to(work->due, key, number_of(line, "net_cents"));
	add_to(work->left, key, number_of(line, "net_cents"));
}

/* Credit notes, set-off and what was paid to another; transfers change only what is left. */
static void take_adjustment(struct work *work, const json_t *item)
{
	static const char *const taken[] = {"CREDITED", "SET_OFF", "SUBSTITUTED"};
	const char *kind = text_of(item, "kind");
	const char *key = json_string_value(json_object_get(work->rows, text_of(item, "line")));
	int64_t cents = number_of(item, "net_cents");
	bool is_taken = false;
	for (uint32_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		is_taken = is_taken || strcmp(kind, taken[i]) == 0;
	if (key == NULL)
		return;
	if (is_taken)
		wait_for(work, add_to(work->due, key, -cents));
	if (is_taken || strcmp(kind, "PAID") == 0)
		wait_for(work, add_to(work->left, key, -cents));
	else if (strcmp(kind, "RETURNED") == 0)
		wait_for(work, add_to(work->left, key, cents));
}

static bool read_transfers(struct work *work, const char *statement)
{
	char path[PATH_SIZE];
	const char *key;
	json_t *sum;
	json_object_clear(work->rows);
	json_object_clear(work->due);
	json_object_clear(work->left);
	snprintf(path, sizeof(path), "/v1/statements/%.40s/lines", statement);
	if (!each_item(work, path, take_line))
		return false;
	json_object_foreach(work->due, key, sum) wait_for(work, json_integer_value(sum));
	snprintf(path, sizeof(path), "/v1/line-adjustments?statement=%.40s", statement);
	return each_item(work, path, take_adjustment) && !work->is_unread;
}

/* Was it paid shortly before the day of some return? */
static bool may_come_back(const struct work *work, const json_t *item)
{
	struct day paid_on;
	bool may = false;
	if (!day_parse(slice_from_text(text_of(item, "paid_on")), &paid_on))
		return false;
	for (uint32_t i = 0; i < work->file.count; i++) {
		const struct outcome_line *line = &work->file.lines[i];
		int64_t days = (int64_t)line->day.number - paid_on.number;
		may = may || (line->kind == OUTCOME_KIND_RETURNED && days >= 0 &&
			      days <= RETURN_DAYS);
	}
	return may;
}

/* What is left to pay, and all of it with VAT, as an order may state it. */
static void take_statement(struct work *work, const json_t *item)
{
	int64_t net = number_of(item, "payable_net_cents");
	int64_t paid = number_of(item, "paid_net_cents");
	wait_for(work, net - paid);
	wait_for(work, net + number_of(item, "payable_vat_cents"));
	wait_for(work, paid);
	if (strcmp(text_of(item, "state"), "PAID") != 0 || may_come_back(work, item))
		json_array_append_new(work->statements, json_string(text_of(item, "id")));
}

static void take_payment(struct work *work, const json_t *item)
{
	wait_for(work, number_of(item, "amount_cents"));
}

/* Of all statements that were taken. */
static bool read_all_transfers(struct work *work)
{
	size_t at;
	json_t *statement;
	bool is_read = true;
	json_array_foreach(work->statements, at, statement)
	{
		is_read = is_read && read_transfers(work, json_string_value(statement));
	}
	return is_read;
}

/* What payments wait for, and for returns what was paid: only where some line has no reference. */
static bool read_amounts(struct work *work)
{
	static const char *const waiting[] = {"/v1/statements?state=EXPORTED",
					      "/v1/statements?state=ORDERED"};
	bool has_any = false;
	bool has_return = false;
	for (uint32_t i = 0; i < work->file.count; i++) {
		const struct outcome_line *line = &work->file.lines[i];
		bool is_open = line->kind != 0 && line->kind != OUTCOME_KIND_COLLECTED &&
			       !is_ours(line->reference);
		has_any = has_any || is_open;
		has_return = has_return || (is_open && line->kind == OUTCOME_KIND_RETURNED);
	}
	bool is_read = true;
	for (uint32_t i = 0; has_any && is_read && i < 2; i++)
		is_read = each_item(work, waiting[i], take_statement);
	if (has_any && is_read)
		is_read = each_item(work, "/v1/cash-grant-payments?state=APPROVED", take_payment);
	if (has_return && is_read)
		is_read = each_item(work, "/v1/statements?state=PAID", take_statement) &&
			  each_item(work, "/v1/cash-grant-payments?state=PAID", take_payment);
	return is_read && read_all_transfers(work);
}

static bool is_waited_for(const struct work *work, const struct outcome_line *line)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRId64,
		 line->amount.raw); /* raw: the key of an amount */
	return json_object_get(work->amounts, text) != NULL;
}

/* Where the amount stands of what our reference names: a statement (VCH-…-S7-…), or a payment in an
 * export (TIT-export-item-row). Empty: nowhere. */
static void place_of_amount(struct slice reference, char ret_path[PATH_SIZE])
{
	bool is_item = reference.size > 4 && memcmp(reference.data, "TIT-", 4) == 0;
	const char *end = reference.data + reference.size;
	const char *mark = reference.size < 4 ? NULL
			   : is_item	      ? memchr(reference.data + 4, '-', reference.size - 4)
					      : memchr(reference.data, 'S', reference.size);
	struct slice digits = {mark == NULL ? end : mark + 1, 0};
	uint32_t number = 0;
	while (digits.data + digits.size < end && digits.data[digits.size] != '-')
		digits.size++;
	ret_path[0] = '\0';
	if (text_parse_u32(digits, UINT32_MAX, &number))
		snprintf(ret_path, PATH_SIZE, "/v1/%s_%u",
			 is_item ? "export-items/exi" : "statements/stm", number);
}

/* A rejection may leave its amount out: then it is what is left to pay of its statement. */
static int64_t amount_of(struct work *work, const struct outcome_line *line)
{
	int64_t cents = line->amount.raw; /* raw: goes into JSON */
	char path[PATH_SIZE];
	if (cents != 0)
		return cents;
	place_of_amount(line->reference, path);
	json_t *found =
	    path[0] == '\0' ? NULL : work->intake->fetch(work->intake->context, path);
	if (json_object_get(found, "payable_net_cents") != NULL)
		cents = number_of(found, "payable_net_cents") - number_of(found, "paid_net_cents");
	else if (json_object_get(found, "net_cents") != NULL)
		cents = number_of(found, "net_cents");
	json_decref(found);
	return cents;
}

static void set_text(json_t *object, const char *name, struct slice text, size_t most)
{
	if (text.size == 0 || text.size > most || !text_is_printable(text))
		return;
	json_object_set_new(object, name, json_stringn(text.data, text.size));
}

static void set_day(json_t *object, const char *name, struct day day)
{
	char text[16] = "";
	if (day.number == 0)
		return;
	day_format(day, text);
	json_object_set_new(object, name, json_string(text));
}

/* The command of one line. */
static json_t *command_of(struct work *work, uint32_t place)
{
	const struct outcome_line *line = &work->file.lines[place];
	bool is_own = is_ours(line->reference);
	int64_t cents = is_own ? amount_of(work, line)
			       : line->amount.raw; /* raw: goes into JSON */
	if (cents == 0)
		return NULL;
	json_t *command = json_pack("{s:s, s:s, s:i, s:I}", "file_in", work->file_in, "kind",
				    enum_name(&enum_outcome_kind, line->kind), "line",
				    (int)(place + 1), "amount_cents", (json_int_t)cents);
	set_day(command, "day", line->day);
	set_day(command, "order_date", line->order_date);
	if (is_own)
		set_text(command, "end_to_end", line->reference, REFERENCE_SIZE);
	set_text(command, "order_number", line->order_number, 16);
	set_text(command, "receipt_number", line->receipt_number, 24);
	set_text(command, "reason_code", line->reason_code, 8);
	return command;
}

static bool is_candidate(const struct work *work, uint32_t place)
{
	const struct outcome_line *line = &work->file.lines[place];
	if (line->kind == 0)
		return false;
	return is_ours(line->reference) ||
	       (line->kind != OUTCOME_KIND_COLLECTED && is_waited_for(work, line));
}

/* ---- The file ---- */

static void take_recorded(struct work *work, const json_t *item)
{
	char key[16];
	snprintf(key, sizeof(key), "%" PRId64, number_of(item, "line"));
	json_object_set(work->recorded, key, (json_t *)item);
}

static bool read_recorded(struct work *work)
{
	char path[PATH_SIZE];
	json_object_clear(work->recorded);
	snprintf(path, sizeof(path), "/v1/payment-outcomes?file_in=%s", work->file_in);
	return each_item(work, path, take_recorded);
}

/* Amounts tie to the file's total only where it tells them all. */
static bool tells_all(const struct work *work)
{
	for (uint32_t i = 0; i < work->file.count; i++)
		if (cents_is_zero(work->file.lines[i].amount))
			return false;
	return true;
}

static uint32_t line_count(const struct work *work)
{
	return work->file.count == 0 ? 1 : work->file.count;
}

/* The ambito, read from the live ledger: whatever is read after it is at least as new. */
static enum result find_ambito(struct work *work)
{
	char path[PATH_SIZE];
	size_t count = 1;
	if (work->intake->ambito != NULL) {
		snprintf(work->ambito, sizeof(work->ambito), "%.20s", work->intake->ambito);
	} else {
		json_t *page = work->intake->fetch(work->intake->context, "/v1/ambiti?limit=2");
		const json_t *items = json_object_get(page, "items");
		count = json_array_size(items);
		snprintf(work->ambito, sizeof(work->ambito), "%.20s",
			 text_of(json_array_get(items, 0), "code"));
		json_decref(page);
		if (items == NULL)
			return RESULT_UNREACHABLE;
	}
	if (count != 1)
		return fail(work, RESULT_UNKNOWN_REFERENCE,
			    said(work, "name the ambito with --ambito",
				 "indicare l'ambito con --ambito"));
	snprintf(path, sizeof(path), "/v1/ambiti/%s", work->ambito);
	json_t *ambito = work->intake->fetch(work->intake->context, path);
	json_decref(ambito);
	return ambito != NULL ? RESULT_OK : RESULT_UNREACHABLE;
}

static enum result open_file(struct work *work)
{
	int64_t total = tells_all(work) ? work->file.total.raw : 0; /* raw: goes into JSON */
	json_t *body = json_pack("{s:s, s:s, s:s, s:i, s:I}", "ambito", work->ambito, "kind",
				 work->kind, "content_hash", work->hash, "line_count",
				 (int)line_count(work), "total_cents", (json_int_t)total);
	set_text(body, "message", work->file.message, 72);
	json_t *answer = NULL;
	bool is_done = work->intake->post(work->intake->context, "/v1/files-in", body, &answer);
	snprintf(work->file_in, sizeof(work->file_in), "%.30s", text_of(answer, "file_in"));
	json_decref(answer);
	json_decref(body);
	if (!is_done || work->file_in[0] == '\0')
		return RESULT_UNREACHABLE;
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "/v1/files-in/%s", work->file_in);
	json_t *known = work->intake->fetch(work->intake->context, path);
	work->is_again = strcmp(text_of(known, "state"), "CLOSED") == 0;
	bool is_read = known != NULL;
	json_decref(known);
	return is_read && read_recorded(work) ? RESULT_OK : RESULT_UNREACHABLE;
}

/* What was not recorded is other people's. */
static bool close_file(struct work *work)
{
	char path[PATH_SIZE];
	int64_t others = work->file.total.raw; /* raw: goes into JSON */
	const char *key;
	json_t *item;
	json_object_foreach(work->recorded, key, item) others -= number_of(item, "amount_cents");
	bool is_summed = tells_all(work);
	json_t *body = json_pack("{s:i, s:I}", "other_count",
				 (int)(line_count(work) - json_object_size(work->recorded)),
				 "other_cents", (json_int_t)(is_summed ? others : 0));
	json_t *answer = NULL;
	snprintf(path, sizeof(path), "/v1/files-in/%s:close", work->file_in);
	bool is_done = work->intake->post(work->intake->context, path, body, &answer);
	json_decref(answer);
	json_decref(body);
	return is_done;
}

/* ---- Lines ---- */

static void take_answer(void *taker, const json_t *answer)
{
	struct work *work = taker;
	if (json_object_get(answer, "code") != NULL &&
	    strcmp(text_of(answer, "code"), "outcome_unmatched") != 0)
		json_object_set(work->refused, text_of(answer, "id"), (json_t *)answer);
}

/* Those that were not recorded by an earlier run. */
static bool send_lines(struct work *work)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	bool is_made = stream != NULL;
	for (uint32_t i = 0; is_made && i < work->file.count; i++) {
		char key[16];
		snprintf(key, sizeof(key), "%u", i + 1);
		if (!is_candidate(work, i) || json_object_get(work->recorded, key) != NULL)
			continue;
		json_t *command = command_of(work, i);
		if (command == NULL)
			continue;
		json_object_set_new(command, "id", json_string(key));
		char *line = json_dumps(command, JSON_COMPACT);
		is_made = line != NULL && fprintf(stream, "%s\n", line) > 0;
		free(line);
		json_decref(command);
	}
	is_made = stream != NULL && fclose(stream) == 0 && is_made;
	if (is_made && size > 0)
		is_made = work->intake->batch(work->intake->context, "/v1/payment-outcomes:batch",
					      (struct slice){text, (uint32_t)size}, take_answer,
					      work);
	free(text);
	return is_made;
}

/* ---- Telling ---- */

static const char *remedy_of(const struct work *work, const char *cause)
{
	static const char *const remedies[][3] = {
	    {"NO_REFERENCE", "look at it and confirm it", "controllare e confermare"},
	    {"AMBIGUOUS", "several payments fit: confirm it naming the statement",
	     "più pagamenti corrispondono: confermare indicando il prospetto"},
	    {"UNKNOWN_REFERENCE", "no payment has this reference: confirm it naming the statement, "
				  "or discard it",
	     "nessun pagamento ha questo riferimento: confermare indicando il prospetto, o "
	     "scartare"},
	    {"NOT_OPEN", "the statement is not on its way: see its state, then confirm",
	     "il prospetto non è in pagamento: vederne lo stato, poi confermare"},
	    {"AMOUNT_EXCEEDED", "more than is due: ask the bank, then confirm or discard",
	     "più del dovuto: chiedere alla banca, poi confermare o scartare"},
	    {"CHECK_MISSING", "make the check that the threshold asks for, then confirm with it",
	     "fare la verifica richiesta dalla soglia, poi confermare dichiarandola"},
	    {"FOUR_EYES", "another person confirms it", "confermare con un'altra persona"},
	    {"KNOWN", "", ""},
	};
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (strcmp(remedies[i][0], cause) == 0)
			return said(work, remedies[i][1], remedies[i][2]);
	return "";
}

static void count_state(json_t *counts, const char *state)
{
	json_object_set_new(counts, state,
			    json_integer(json_integer_value(json_object_get(counts, state)) + 1));
}

/* What became of one line; NULL: another's. */
static json_t *told_line(const struct work *work, uint32_t place)
{
	char key[16];
	snprintf(key, sizeof(key), "%u", place + 1);
	const struct outcome_line *line = &work->file.lines[place];
	const json_t *record = json_object_get(work->recorded, key);
	const json_t *refused = json_object_get(work->refused, key);
	bool is_only_read = work->intake->is_dry && is_candidate(work, place);
	if (record == NULL && refused == NULL && !is_only_read)
		return NULL;
	json_t *told = json_object();
	if (record != NULL)
		json_object_update(told, (json_t *)record);
	json_object_set_new(told, "line", json_integer(place + 1));
	json_object_set_new(told, "place", json_integer(line->place));
	if (record != NULL) {
		json_object_set_new(told, "remedy",
				    json_string(remedy_of(work, text_of(record, "cause"))));
		return told;
	}
	json_object_set_new(told, "kind", json_string(enum_name(&enum_outcome_kind, line->kind)));
	json_object_set_new(told, "amount_cents",
			    json_integer(line->amount.raw)); /* raw: goes into JSON */
	if (is_ours(line->reference))
		set_text(told, "end_to_end", line->reference, REFERENCE_SIZE);
	set_day(told, "day", line->day);
	json_object_set_new(told, "state",
			    json_string(refused != NULL ? "NOT_RECORDED" : "WOULD_RECORD"));
	json_object_set_new(told, "cause", json_string(text_of(refused, "code")));
	json_object_set_new(told, "remedy", json_string(text_of(refused, "remedy")));
	return told;
}

static json_t *tell(const struct work *work)
{
	json_t *lines = json_array();
	json_t *counts = json_object();
	for (uint32_t i = 0; i < work->file.count; i++) {
		json_t *line = told_line(work, i);
		if (line == NULL)
			continue;
		count_state(counts, text_of(line, "state"));
		json_array_append_new(lines, line);
	}
	json_t *report = json_pack(
	    "{s:s, s:s, s:I, s:I, s:b, s:I, s:b, s:o, s:o}", "kind", work->kind, "content_hash",
	    work->hash, "line_count", (json_int_t)line_count(work), "total_cents",
	    (json_int_t)work->file.total.raw, /* raw: goes into JSON */
	    "again", work->is_again, "others",
	    (json_int_t)(line_count(work) - json_array_size(lines)), "is_rejected",
	    work->file.is_rejected, "lines", lines, "counts", counts);
	if (work->file_in[0] != '\0')
		json_object_set_new(report, "file_in", json_string(work->file_in));
	set_text(report, "message", work->file.message, 72);
	set_text(report, "flow", work->file.flow, 72);
	set_text(report, "reason", work->file.reason, 8);
	return report;
}

static enum result run(struct work *work, struct slice bytes)
{
	enum result result = hash_bytes(work, bytes) ? read_file(work, bytes)
						     : fail(work, RESULT_OUT_OF_MEMORY, "SHA-256");
	if (result == RESULT_OK)
		result = find_ambito(work);
	if (result == RESULT_OK)
		result = expand_flow(work);
	if (result != RESULT_OK)
		return result;
	if (work->intake->is_dry)
		return read_amounts(work) ? RESULT_OK : RESULT_UNREACHABLE;
	result = open_file(work);
	if (result != RESULT_OK || work->is_again)
		return result;
	if (!read_amounts(work) || !send_lines(work) || !read_recorded(work))
		return RESULT_UNREACHABLE;
	if (json_object_size(work->refused) == 0 && !close_file(work))
		return RESULT_UNREACHABLE;
	return RESULT_OK;
}

enum result outcome_intake(struct outcome_intake *intake, struct slice bytes, json_t **ret_report)
{
	struct work work = {.intake = intake,
			    .amounts = json_object(),
			    .statements = json_array(),
			    .services = json_object(),
			    .rows = json_object(),
			    .due = json_object(),
			    .left = json_object(),
			    .recorded = json_object(),
			    .refused = json_object(),
			    .items = json_array()};
	intake->fault[0] = '\0';
	*ret_report = NULL;
	enum result result = run(&work, bytes);
	if (result == RESULT_OK)
		*ret_report = tell(&work);
	json_decref(work.amounts);
	json_decref(work.statements);
	json_decref(work.services);
	json_decref(work.rows);
	json_decref(work.due);
	json_decref(work.left);
	json_decref(work.recorded);
	json_decref(work.refused);
	json_decref(work.items);
	free(work.memory);
	return result;
}
