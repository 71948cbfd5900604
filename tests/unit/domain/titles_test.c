/* Every answer that titles, services and statements get: the rows of tests/tables/titles.txt, and of
 * redemptions.txt: machine REDEMPTION, every state under every act. */
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_SIZE 1024u

struct row {
	char text[LINE_MAX_SIZE];
	char *before; /* acts that must succeed */
	char *act;
	char *result;
	char *field; /* empty: none is named */
};

static char *trim(char *text)
{
	while (*text == ' ')
		text++;
	size_t length = strlen(text);
	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\n'))
		text[--length] = '\0';
	return text;
}

/* False: a comment or an empty line. */
static bool read_row(struct row *row)
{
	char *text = trim(row->text);
	if (text[0] == '#' || text[0] == '\0')
		return false;
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
	if (row->before[0] != '\0')
		acts_must(&acts, row->before);
	uint32_t redemptions = state_count(&fixture.state, RECORD_KIND_REDEMPTION);
	enum result result = acts_do(&acts, row->act);
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

static void run_rows(const char *path)
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
	assert_true(run > 100);
	print_message("%s: %u rows\n", path, run);
}

static void rows_of_titles(void **state)
{
	(void)state;
	run_rows("tests/tables/titles.txt");
}

static void rows_of_redemptions(void **state)
{
	(void)state;
	run_rows("tests/tables/redemptions.txt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows_of_titles),
					   cmocka_unit_test(rows_of_redemptions)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
