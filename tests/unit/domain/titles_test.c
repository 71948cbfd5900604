/* Every answer that titles, services and statements get: the rows of tests/tables/titles.txt; of
 * redemptions.txt: machine REDEMPTION, every state under every act; of refusals.txt: every refusal
 * from 310 on. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_SIZE	 1024u
#define ACTS_MAX_SIZE	 2048u
#define NAMES_MAX	 32u
#define REFUSALS_FIRST	 310u
#define REFUSALS_END	 370u

struct row {
	char text[LINE_MAX_SIZE];
	char *before; /* acts that must succeed */
	char *act;
	char *result;
	char *field; /* empty: none is named */
};

/* `$NAME = acts` of a table: what a name stands for. */
static struct {
	char text[LINE_MAX_SIZE];
	char *name;
	char *acts;
} names[NAMES_MAX];
static uint32_t name_count;

/* How often the rows met each refusal from REFUSALS_FIRST on. */
static uint32_t met[REFUSALS_END - REFUSALS_FIRST];

static char *trim(char *text)
{
	while (*text == ' ')
		text++;
	size_t length = strlen(text);
	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\n'))
		text[--length] = '\0';
	return text;
}

static void define(const char *text)
{
	assert_true(name_count < NAMES_MAX);
	(void)snprintf(names[name_count].text, LINE_MAX_SIZE, "%s", text + 1);
	char *sign = strchr(names[name_count].text, '=');
	assert_non_null(sign);
	*sign = '\0';
	names[name_count].name = trim(names[name_count].text);
	names[name_count++].acts = trim(sign + 1);
}

/* The acts with every name replaced by what it stands for. */
static void expand(const char *text, char ret_acts[ACTS_MAX_SIZE])
{
	size_t used = 0;
	while (*text != '\0') {
		size_t size = strspn(text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		const char *acts = NULL;
		for (uint32_t i = 0; i < name_count && *text == '$'; i++)
			if (strlen(names[i].name) == size &&
			    memcmp(names[i].name, text + 1, size) == 0)
				acts = names[i].acts;
		assert_true(*text != '$' || acts != NULL);
		if (acts == NULL) {
			ret_acts[used++] = *text++;
		} else {
			used += (size_t)snprintf(ret_acts + used, ACTS_MAX_SIZE - used, "%s", acts);
			text += size + 1;
		}
		assert_true(used < ACTS_MAX_SIZE);
	}
	ret_acts[used] = '\0';
}

/* False: a comment, a name's acts or an empty line. */
static bool read_row(struct row *row)
{
	char *text = trim(row->text);
	if (text[0] == '#' || text[0] == '\0')
		return false;
	if (text[0] == '$' && strchr(text, '|') == NULL) {
		define(text);
		return false;
	}
	char *parts[4] = {text, NULL, NULL, NULL};
	for (uint32_t i = 1; i < 4; i++) {
		char *bar = strchr(parts[i - 1], '|');
		if (bar == NULL)
			fail_msg("not four parts: %s", text);
		*bar = '\0';
		parts[i] = bar + 1;
	}
	row->before = trim(parts[0]);
	row->act = trim(parts[1]);
	row->result = trim(parts[2]);
	row->field = trim(parts[3]);
	return true;
}

static void run_row(const struct row *row, uint32_t number)
{
	struct fixture fixture;
	fixture_init(&fixture);
	struct acts acts = acts_begin(&fixture);
	char before[ACTS_MAX_SIZE];
	expand(row->before, before);
	if (before[0] != '\0')
		acts_must(&acts, before);
	uint32_t redemptions = state_count(&fixture.state, RECORD_KIND_REDEMPTION);
	enum result result = acts_do(&acts, row->act);
	if (result >= REFUSALS_FIRST && result < REFUSALS_END)
		met[result - REFUSALS_FIRST]++;
	if (strcmp(result_code(result), row->result) != 0)
		fail_msg("row %u: %s; %s: %s", number, row->before, row->act, result_code(result));
	const struct field *field = fixture.last.field;
	if (strcmp(field == NULL ? "" : field->name, row->field) != 0)
		fail_msg("row %u: %s names %s", number, row->act, field == NULL ? "" : field->name);
	if (!result_is_success(result)) {
		assert_int_equal(redemptions,
				 state_count(&fixture.state, RECORD_KIND_REDEMPTION));
		assert_int_equal(fixture.effects.posting_count, 0);
		assert_int_equal(fixture.effects.write_count, 0);
	}
	fixture_deinit(&fixture);
}

static void run_rows(const char *path, uint32_t least)
{
	FILE *table = fopen(path, "r");
	assert_non_null(table);
	struct row row;
	uint32_t number = 0;
	uint32_t run = 0;
	while (fgets(row.text, sizeof(row.text), table) != NULL) {
		number++;
		if (!read_row(&row))
			continue;
		run_row(&row, number);
		run++;
	}
	assert_int_equal(fclose(table), 0);
	assert_true(run >= least);
	print_message("%s: %u rows\n", path, run);
}

static void rows_of_titles(void **state)
{
	(void)state;
	run_rows("tests/tables/titles.txt", 100);
}

static void rows_of_redemptions(void **state)
{
	(void)state;
	run_rows("tests/tables/redemptions.txt", 100);
}

/* Each of them has its row, but those that the table names as having tests of their own. */
static void rows_of_refusals(void **state)
{
	(void)state;
	memset(met, 0, sizeof(met));
	run_rows("tests/tables/refusals.txt", 30);
	for (uint32_t i = 0; i < RESULT_COUNT; i++) {
		const struct result_info *info = result_at(i);
		if (info->kind != RESULT_KIND_REFUSAL || info->number < REFUSALS_FIRST ||
		    info->number >= REFUSALS_END || info->result == RESULT_SHARE_UNFUNDED ||
		    info->result == RESULT_EXPORT_FULL ||
		    info->result == RESULT_PERSON_ERASED) /* the vault's: decide knows no erasure */
			continue;
		if (met[info->number - REFUSALS_FIRST] == 0)
			fail_msg("no row is refused with %s", info->code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows_of_titles),
					   cmocka_unit_test(rows_of_redemptions),
					   cmocka_unit_test(rows_of_refusals)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
