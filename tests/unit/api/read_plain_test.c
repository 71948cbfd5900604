/* The short ways through a line against the parsers: what is read in place, and what yajl or libcsv
 * say of the same line, must be one: result, place, field, id and every byte of the command.
 *
 * Both parsers can be had for a line: an escape in the first name sends a JSON line to yajl, and
 * quotes around the first cell send a CSV line to libcsv. */
#include "engine/api/batch.h"
#include "engine/api/read_json.h"

#include "engine/base/text.h"
#include "tests/support/edge_fixture.h"
#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LINE_MAX 4000u
#define ROUNDS	 60000u

struct maker {
	struct test_random random;
	char text[LINE_MAX + 64];
	uint32_t size;
};

/* What one way says of a line. */
struct said {
	enum result result;
	char id[BATCH_ID_SIZE_MAX];
	uint32_t id_size;
	struct command command;
	struct api_problem problem;
};

static uint32_t below(struct maker *maker, uint32_t bound)
{
	return (uint32_t)test_random_below(&maker->random, bound);
}

static void put(struct maker *maker, const char *text)
{
	uint32_t size = (uint32_t)strlen(text);
	if (size > LINE_MAX - maker->size)
		return;
	memcpy(maker->text + maker->size, text, size);
	maker->size += size;
}

#define ONE_OF(maker, texts) (texts)[below(maker, sizeof(texts) / sizeof((texts)[0]))]

static const char *any_number(struct maker *maker)
{
	static const char *const good[] = {"0", "7", "30", "4294967295", "9007199254740991"};
	static const char *const odd[] = {"007", "-1",  "-0", "1.5",
					  "1e3", "1E2", "+1", "99999999999999999999"};
	return below(maker, 6) ? ONE_OF(maker, good) : ONE_OF(maker, odd);
}

static const char *any_instant(struct maker *maker)
{
	static const char *const good[] = {
	    "2026-03-05T09:00:00+01:00", "2026-03-05T09:00",	       "2026-03-05T09:00:00Z",
	    "2026-03-05T23:59:59-11:30", "2026-03-05T09:00:00.5+01:00"};
	static const char *const odd[] = {
	    "2026-02-30T09:00:00+01:00", "2026-03-05T24:00:00+01:00", "2026-03-05t09:00:00z",
	    "2026-03-05T09:00:00+19:00", "2026-03-05T09:60:00+01:00", "2026-03-29T02:30",
	    "2026-10-25T02:30",		 "1999-12-31T09:00:00+01:00", "2026-03-05 09:00:00+01:00",
	    "2026-03-05T09:00:00+01:60", "2026-13-05T09:00:00+01:00", "0000-00-00T00:00:00+00:00"};
	return below(maker, 6) ? ONE_OF(maker, good) : ONE_OF(maker, odd);
}

static const char *any_text(struct maker *maker)
{
	static const char *const texts[] = {"OP-1",   "a",	"città", "x y",	 "0000001W",
					    "1w",     "FNPS",	"rdm_17", "cell_4", "2026-03",
					    "2026-03-05", "MINUTE", "",	 "0123456789abcdef",
					    "a/b",    "€ 𝄞"};
	static const char *const odd[] = {"\\u0041", "\\\"", "\xff",	     "\xc3",
					  "\x7f",    "\t",   "\xed\xa0\x80"};
	return below(maker, 12) ? ONE_OF(maker, texts) : ONE_OF(maker, odd);
}

/* A value that suits the field more often than not; quoted as JSON wants it. */
static void put_value(struct maker *maker, const struct field *field, bool is_json)
{
	static const char *const others[] = {"null", "tru", "[]", "{}", "[\"a\"]", "true"};
	const char *quote = is_json ? "\"" : "";
	bool suits = below(maker, 10) != 0;
	const char *text = NULL;
	if (suits && field->type == FIELD_FLAG)
		text = below(maker, 2) ? "true" : "false";
	else if (suits && field->type >= FIELD_U8 && field->type <= FIELD_CENTS)
		text = any_number(maker);
	else if (!suits && below(maker, 2))
		text = ONE_OF(maker, others);
	if (text != NULL) {
		put(maker, text);
		return;
	}
	if (field->type == FIELD_INSTANT)
		text = any_instant(maker);
	else if (field->type == FIELD_ENUM)
		text = field->enumeration->values[below(maker, field->enumeration->count)].name;
	else if (field->type == FIELD_ID && field->kind == RECORD_KIND_VOUCHER)
		text = below(maker, 4) ? "0000001W" : any_text(maker);
	else
		text = any_text(maker);
	put(maker, quote);
	put(maker, text);
	put(maker, quote);
}

static void put_blanks(struct maker *maker)
{
	static const char *const blanks[] = {" ", "\t", "\n", "\r", "  ", "\f"};
	if (below(maker, 12) == 0)
		put(maker, ONE_OF(maker, blanks));
}

/* Bytes changed, put in or left out anywhere. */
static void spoil(struct maker *maker)
{
	static const char bytes[] = "\"\\{}[]:,; \t09azA-.\x01\x7f\x80\xc3";
	for (uint32_t i = below(maker, 3); i > 0 && maker->size > 0; i--) {
		uint32_t at = below(maker, maker->size);
		char byte = bytes[below(maker, sizeof(bytes))];
		switch (below(maker, 3)) {
		case 0:
			maker->text[at] = byte;
			break;
		case 1:
			memmove(maker->text + at + 1, maker->text + at, maker->size - at);
			maker->text[at] = byte;
			maker->size++;
			break;
		default:
			maker->size--;
			memmove(maker->text + at, maker->text + at + 1, maker->size - at);
		}
	}
}

static bool is_wanted(struct maker *maker, const struct field *field)
{
	bool must = (field->flags & (FIELD_REQ | FIELD_PATH)) != 0;
	bool may = (field->flags & FIELD_EDGE) == 0;
	return must ? below(maker, 20) != 0 : below(maker, may ? 4 : 60) == 0;
}

static void make_json(struct maker *maker, const struct field_set *set)
{
	bool is_first = true;
	maker->size = 0;
	put(maker, "{");
	if (below(maker, 20)) {
		put(maker, below(maker, 20) ? "\"id\":\"l-1\"" : "\"id\" : \"\\u0031\"");
		is_first = false;
	}
	uint32_t turn = below(maker, 3) ? 0 : below(maker, set->count);
	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[(i + turn) % set->count];
		for (bool more = is_wanted(maker, field); more; more = below(maker, 100) == 0) {
			put(maker, is_first ? "" : ",");
			is_first = false;
			put_blanks(maker);
			put(maker, "\"");
			put(maker, below(maker, 100) ? field->name : "nothing");
			put(maker, "\"");
			put_blanks(maker);
			put(maker, ":");
			put_blanks(maker);
			put_value(maker, field, true);
			put_blanks(maker);
		}
	}
	put(maker, "}");
	put_blanks(maker);
	if (below(maker, 3) == 0)
		spoil(maker);
}

static struct said say_json(struct fixture *fixture, uint8_t kind, struct slice text)
{
	struct said said;
	struct slice id = {NULL, 0};
	memset(&said, 0, sizeof(said));
	memset(&said.command, 0x5a, sizeof(said.command));
	arena_reset(&fixture->arena);
	said.result = read_json_line(&fixture->request, kind, text, 3, &id, &said.command,
				     &said.problem);
	said.id_size = id.size;
	if (id.size > 0)
		memcpy(said.id, id.data, id.size);
	return said;
}

static void must_agree(const struct said *one, const struct said *other, struct slice line)
{
	const struct command_info *info = command_info(one->command.kind);
	bool agree = one->result == other->result && one->id_size == other->id_size &&
		     memcmp(one->id, other->id, one->id_size) == 0;
	if (agree && one->result == RESULT_OK)
		agree = memcmp(&one->command, &other->command,
			       offsetof(struct command, input) + info->set.struct_size) == 0;
	if (agree && one->result != RESULT_OK)
		agree = one->problem.expected == other->problem.expected &&
			one->problem.field == other->problem.field &&
			one->problem.minimum == other->problem.minimum &&
			one->problem.maximum == other->problem.maximum &&
			one->problem.line == other->problem.line &&
			strcmp(one->problem.pointer, other->problem.pointer) == 0;
	if (!agree)
		fail_msg("%s, not %s: %.*s", result_code(one->result), result_code(other->result),
			 (int)line.size, line.data);
}

static const uint8_t kinds[] = {COMMAND_KIND_REDEMPTION_SUBMIT, COMMAND_KIND_VOUCHER_ISSUE,
				COMMAND_KIND_PROVIDER_CREATE, COMMAND_KIND_REDEMPTION_SUBMIT,
				COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER};

static void plain_objects_are_read_as_yajl_reads_them(void **state)
{
	struct fixture *fixture = *state;
	struct maker maker = {.random = test_random_make(__func__)};
	uint32_t accepted = 0;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint8_t kind = ONE_OF(&maker, kinds);
		make_json(&maker, &command_info(kind)->set);
		struct slice line = {maker.text, maker.size};
		struct said one = say_json(fixture, kind, line);
		char escaped[sizeof(maker.text) + FIXTURE_ESCAPE_SIZE];
		uint32_t at = fixture_escape(line, escaped);
		if (at == line.size)
			continue;
		struct said other = say_json(
		    fixture, kind, (struct slice){escaped, line.size + FIXTURE_ESCAPE_SIZE});
		must_agree(&one, &other, line);
		uint32_t more = one.problem.column > at + 1 ? FIXTURE_ESCAPE_SIZE : 0;
		if (one.result != RESULT_OK && memchr(line.data, '\n', line.size) == NULL)
			assert_int_equal(one.problem.column + more, other.problem.column);
		accepted += one.result == RESULT_OK;
	}
	assert_true(accepted > ROUNDS / 100);
}

/* ---- CSV ---- */

static void make_row(struct maker *maker, const struct field_set *set, const struct read_csv *csv)
{
	const char separator[2] = {csv->separator, '\0'};
	maker->size = 0;
	put(maker, below(maker, 20) ? "l-1" : any_text(maker));
	for (uint32_t i = 1; i < csv->column_count; i++) {
		const struct field *field = &set->fields[csv->columns[i]];
		put(maker, separator);
		put_blanks(maker);
		if (is_wanted(maker, field) && field->type != FIELD_LIST)
			put_value(maker, field, false);
		put_blanks(maker);
	}
	if (below(maker, 3) == 0)
		spoil(maker);
}

static struct said say_row(struct fixture *fixture, const struct read_csv *csv, uint8_t kind,
			   struct slice text)
{
	struct said said;
	struct slice id = {NULL, 0};
	memset(&said, 0, sizeof(said));
	memset(&said.command, 0x5a, sizeof(said.command));
	arena_reset(&fixture->arena);
	said.result = read_csv_line(csv, &fixture->request, kind, text, 3, &id, &said.command,
				    &said.problem);
	said.id_size = id.size;
	if (id.size > 0)
		memcpy(said.id, id.data, id.size);
	return said;
}

/* The header of all fields that a line may give, after the id. */
static void make_header(struct fixture *fixture, uint8_t kind, char separator,
			struct read_csv *ret_csv)
{
	char text[1024];
	struct api_problem problem;
	const struct field_set *set = &command_info(kind)->set;
	int size = snprintf(text, sizeof(text), "id");
	for (uint32_t i = 0; i < set->count; i++)
		if ((set->fields[i].flags & FIELD_EDGE) == 0)
			size += snprintf(text + size, sizeof(text) - (size_t)size, "%c%s",
					 separator, set->fields[i].name);
	arena_reset(&fixture->arena);
	assert_int_equal(read_csv_header(ret_csv, &fixture->request, kind,
					 (struct slice){text, (uint32_t)size}, &problem),
			 RESULT_OK);
}

static void plain_rows_are_cut_as_libcsv_cuts_them(void **state)
{
	struct fixture *fixture = *state;
	struct maker maker = {.random = test_random_make(__func__)};
	uint32_t accepted = 0;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		static const char separators[] = {';', ',', '\t'};
		uint8_t kind = ONE_OF(&maker, kinds);
		struct read_csv csv;
		make_header(fixture, kind, ONE_OF(&maker, separators), &csv);
		make_row(&maker, &command_info(kind)->set, &csv);
		struct slice line = {maker.text, maker.size};
		const char *cut = memchr(maker.text, csv.separator, maker.size);
		/* Quotes around a cell change what it holds only where it holds such bytes. */
		if (cut == NULL || memchr(maker.text, '"', maker.size) != NULL ||
		    text_json_end((struct slice){maker.text, (uint32_t)(cut - maker.text)}, 0) <
			(uint32_t)(cut - maker.text))
			continue;
		struct said one = say_row(fixture, &csv, kind, line);
		char quoted[sizeof(maker.text) + 2];
		uint32_t first = (uint32_t)(cut - maker.text);
		quoted[0] = '"';
		memcpy(quoted + 1, maker.text, first);
		quoted[1 + first] = '"';
		memcpy(quoted + 2 + first, cut, maker.size - first);
		struct said other =
		    say_row(fixture, &csv, kind, (struct slice){quoted, maker.size + 2});
		must_agree(&one, &other, line);
		assert_int_equal(one.problem.column, other.problem.column);
		accepted += one.result == RESULT_OK;
	}
	assert_true(accepted > ROUNDS / 100);
}

static int set_up(void **state)
{
	*state = fixture_make();
	return 0;
}

static int tear_down(void **state)
{
	fixture_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_objects_are_read_as_yajl_reads_them),
	    cmocka_unit_test(plain_rows_are_cut_as_libcsv_cuts_them),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
