/* The control of a provider's file: each cause planted once, each with its line and its cents; and
 * the causes add up to the whole for any two sides. */
#include "connectors/format/difference.h"

#include "engine/base/check.h"
#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE (4u << 20)
#define SET(member, text) set_text(member, sizeof(member), text)
#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static _Alignas(16) unsigned char memory[ARENA_SIZE];

static void set_text(char *member, size_t size, const char *text)
{
	assert_true(strlen(text) <= size);
	memset(member, 0, size);
	memcpy(member, text, strlen(text));
}

static struct day day_of(const char *text)
{
	struct day day;
	assert_true(day_parse(slice_from_text(text), &day));
	return day;
}

static void number_of(uint32_t id, char ret_text[24])
{
	memset(ret_text, 0, 24);
	(void)check_number_format(id, ret_text);
}

/* An hour of SAD_OSS costs 22,60 since 2024, 24,00 from February 2026; VAT 5 %. */
static const struct difference_tariff *tariffs(void)
{
	static struct difference_tariff rows[2];
	SET(rows[0].service, "SAD_OSS");
	rows[0].from = day_of("2024-01-01");
	rows[0].rate = cents_from(2260);
	SET(rows[1].service, "SAD_OSS");
	rows[1].from = day_of("2026-02-01");
	rows[1].rate = cents_from(2400);
	return rows;
}

static struct difference_ours record(uint32_t title, const char *day, const char *time,
				     uint32_t minutes)
{
	struct difference_ours ours = {.day = day_of(day), .units = minutes, .per = 60};
	number_of(title, ours.voucher);
	SET(ours.service, "SAD_OSS");
	SET(ours.id, "rdm_1");
	SET(ours.time, time);
	SET(ours.state, "IN_STATEMENT");
	ours.counts = true;
	assert_true(cents_net(minutes, cents_from(2260), 60, &ours.net));
	assert_true(cents_vat(ours.net, 500, &ours.vat));
	return ours;
}

static struct difference_theirs same(const struct difference_ours *ours, uint32_t line)
{
	struct difference_theirs theirs = {.day = ours->day,
					   .units = ours->units,
					   .net_cents = ours->net,
					   .vat_cents = ours->vat,
					   .line = line};
	memcpy(theirs.voucher, ours->voucher, sizeof(theirs.voucher));
	memcpy(theirs.service, ours->service, sizeof(theirs.service));
	memcpy(theirs.time, ours->time, sizeof(theirs.time));
	return theirs;
}

#define RECORD_COUNT 4u

/* Three visits of one title, one of another; lines that tell the same. */
struct month_of {
	struct difference_ours records[RECORD_COUNT];
	struct difference_ours lines[2];
	struct difference_theirs theirs[RECORD_COUNT + 2];
	struct difference_case input;
};

static void make_month(struct month_of *month)
{
	memset(month, 0, sizeof(*month));
	month->records[0] = record(12, "2026-01-01", "09:00", 60);
	month->records[1] = record(12, "2026-01-01", "15:00", 60);
	month->records[2] = record(12, "2026-01-02", "09:00", 75);
	month->records[3] = record(40, "2026-01-02", "10:00", 60);
	for (uint32_t i = 0; i < RECORD_COUNT; i++)
		month->theirs[i] = same(&month->records[i], i + 2);
	for (uint32_t i = 0; i < 2; i++) {
		struct difference_ours *line = &month->lines[i];
		*line = month->records[i == 0 ? 0 : 3];
		line->day = (struct day){0};
		memset(line->time, 0, sizeof(line->time));
		SET(line->id, i == 0 ? "stl_1" : "stl_2");
	}
	for (uint32_t i = 1; i < 3; i++) {
		struct difference_ours *line = &month->lines[0];
		line->units += month->records[i].units;
		assert_true(cents_add(line->net, month->records[i].net, &line->net));
		assert_true(cents_add(line->vat, month->records[i].vat, &line->vat));
	}
	month->input = (struct difference_case){.theirs = month->theirs,
						.theirs_count = RECORD_COUNT,
						.records = month->records,
						.record_count = RECORD_COUNT,
						.lines = month->lines,
						.line_count = 2,
						.tariffs = tariffs(),
						.tariff_count = 2,
						.month = month_of_day(day_of("2026-01-01")),
						.vat_bp = 500,
						.has_vat = true};
}

static struct difference_report compare(const struct difference_case *input)
{
	struct difference_report report;
	struct arena arena;
	uint32_t line = 0;
	assert_true(difference_memory(input) <= sizeof(memory));
	arena_init(&arena, memory, difference_memory(input));
	assert_int_equal(difference_compare(input, &arena, &report, &line), DIFFERENCE_NO_FAULT);
	return report;
}

static void expect_row(const struct difference_row *row, enum difference_cause cause, uint32_t line,
		       int64_t net, int64_t vat)
{
	if (strncmp(row->cause, difference_cause_name(cause), sizeof(row->cause)) != 0 ||
	    row->file_line != line || !cents_equal(row->net_difference_cents, cents_from(net)) ||
	    !cents_equal(row->vat_difference_cents, cents_from(vat)))
		fail_msg("%.16s line %u net %lld vat %lld: %.120s", row->cause, row->file_line,
			 (long long)row->net_difference_cents.raw,
			 (long long)row->vat_difference_cents.raw, row->explanation);
}

static void equal_files_have_no_difference(void **state)
{
	struct month_of month;
	(void)state;
	make_month(&month);
	struct difference_report report = compare(&month.input);
	assert_int_equal(report.row_count, 0);
	assert_int_equal(report.equal_count, 4);
	assert_true(report.by_visit);
	assert_true(cents_is_zero(report.net));
}

/* One cause is planted, one row tells it. */
static void expect_one(struct month_of *month, enum difference_cause cause, uint32_t line,
		       int64_t net, int64_t vat)
{
	struct difference_report report = compare(&month->input);
	if (report.row_count != 1)
		fail_msg("%s: %u rows", difference_cause_name(cause), report.row_count);
	expect_row(&report.rows[0], cause, line, net, vat);
	assert_int_equal(report.causes[cause].count, 1);
	assert_true(cents_equal(report.net, cents_from(net)));
	assert_true(cents_equal(report.vat, cents_from(vat)));
	assert_true(report.rows[0].explanation[0] != '\0');
}

static void each_cause_is_found(void **state)
{
	struct month_of month;
	(void)state;
	make_month(&month);
	month.theirs[2].net_cents = cents_from(2826); /* 28,25 is ours */
	expect_one(&month, DIFFERENCE_ROUNDING, 4, 1, 0);

	make_month(&month);
	month.theirs[0].net_cents = cents_from(2400);
	month.theirs[0].vat_cents = cents_from(120);
	expect_one(&month, DIFFERENCE_TARIFF_VERSION, 2, 140, 7);

	make_month(&month);
	month.theirs[0].vat_cents = cents_from(497); /* 22 % */
	expect_one(&month, DIFFERENCE_VAT_REGIME, 2, 0, 384);

	make_month(&month);
	month.theirs[0].net_cents = cents_from(2373); /* ours with its VAT */
	month.theirs[0].vat_cents = cents_zero();
	expect_one(&month, DIFFERENCE_VAT_REGIME, 2, 113, -113);

	make_month(&month);
	month.theirs[0].units = 90;
	month.theirs[0].net_cents = cents_from(3390);
	month.theirs[0].vat_cents = cents_from(170);
	expect_one(&month, DIFFERENCE_UNITS, 2, 1130, 57);

	make_month(&month);
	month.theirs[3].net_cents = cents_from(3000);
	month.theirs[3].vat_cents = cents_from(150);
	expect_one(&month, DIFFERENCE_PRICE, 5, 740, 37);

	make_month(&month);
	month.theirs[4] = month.theirs[3];
	month.theirs[4].day = day_of("2026-01-09");
	month.theirs[4].line = 6;
	month.input.theirs_count = 5;
	expect_one(&month, DIFFERENCE_MISSING_OURS, 6, 2260, 113);

	make_month(&month);
	month.input.theirs_count = 3;
	expect_one(&month, DIFFERENCE_MISSING_THEIRS, 0, -2260, -113);

	make_month(&month);
	month.theirs[4] = month.theirs[1];
	month.theirs[4].line = 6;
	month.input.theirs_count = 5;
	expect_one(&month, DIFFERENCE_DUPLICATE, 6, 2260, 113);

	make_month(&month);
	month.theirs[4] = month.theirs[1];
	month.theirs[4].day = day_of("2025-12-31");
	month.theirs[4].line = 6;
	month.input.theirs_count = 5;
	expect_one(&month, DIFFERENCE_OTHER_MONTH, 6, 2260, 113);

	make_month(&month);
	SET(month.theirs[3].voucher, "40"); /* the zeros were lost, the check letter is another */
	struct difference_report report = compare(&month.input);
	assert_int_equal(report.row_count, 2);
	expect_row(&report.rows[0], DIFFERENCE_MISSING_OURS, 5, 2260, 113);
	expect_row(&report.rows[1], DIFFERENCE_MISSING_THEIRS, 0, -2260, -113);
}

/* A title's number with a letter at its end. */
static void other_letters_are_told(void **state)
{
	struct month_of month;
	uint32_t title = 1;
	char number[24];
	(void)state;
	for (number_of(title, number); number[7] < 'A'; number_of(++title, number))
		continue;
	make_month(&month);
	month.records[3] = record(title, "2026-01-02", "10:00", 60);
	memcpy(month.lines[1].voucher, number, sizeof(number));
	month.theirs[3] = same(&month.records[3], 5);
	month.theirs[3].voucher[7] = (char)(number[7] | 0x20);
	expect_one(&month, DIFFERENCE_CODE_CASE, 5, 0, 0);
}

/* What the statement took back or rounded on a title is a difference too: theirs are visits. */
static void what_the_statement_added_is_told(void **state)
{
	struct month_of month;
	(void)state;
	make_month(&month);
	assert_true(cents_add(month.lines[0].vat, cents_from(1), &month.lines[0].vat));
	expect_one(&month, DIFFERENCE_ROUNDING, 0, 0, -1);
	make_month(&month);
	assert_true(cents_delta(month.lines[0].net, cents_from(500), &month.lines[0].net));
	expect_one(&month, DIFFERENCE_ADJUSTMENT, 0, 500, 0);
}

/* A record that is disputed: theirs is there, ours does not count. */
static void what_does_not_count_says_its_state(void **state)
{
	struct month_of month;
	(void)state;
	make_month(&month);
	month.records[3].counts = false;
	SET(month.records[3].state, "DISPUTED");
	month.input.line_count = 1;
	struct difference_report report = compare(&month.input);
	assert_int_equal(report.row_count, 1);
	expect_row(&report.rows[0], DIFFERENCE_MISSING_OURS, 5, 2260, 113);
	assert_string_equal(report.rows[0].explanation, "da noi non conta: DISPUTED");
	assert_string_equal(report.rows[0].ours, "rdm_1");
}

/* Two causes in one pair: other units at another version's price, at another rate of VAT. */
static void a_pair_may_have_several(void **state)
{
	struct month_of month;
	(void)state;
	make_month(&month);
	month.theirs[0].units = 90;
	month.theirs[0].net_cents = cents_from(3600); /* 90' at 24,00 */
	month.theirs[0].vat_cents = cents_from(792);  /* 22 % */
	struct difference_report report = compare(&month.input);
	assert_int_equal(report.row_count, 3);
	expect_row(&report.rows[0], DIFFERENCE_VAT_REGIME, 2, 0, 612);
	expect_row(&report.rows[1], DIFFERENCE_UNITS, 2, 1130, 0);
	expect_row(&report.rows[2], DIFFERENCE_TARIFF_VERSION, 2, 210, 67);
	assert_true(cents_equal(report.vat, cents_from(679)));
}

static void titles_without_visits_are_compared_as_totals(void **state)
{
	struct month_of month;
	(void)state;
	make_month(&month);
	for (uint32_t i = 0; i < 2; i++)
		month.theirs[i] = same(&month.lines[i], i + 2);
	month.input.theirs_count = 2;
	struct difference_report report = compare(&month.input);
	assert_int_equal(report.row_count, 0);
	assert_false(report.by_visit);
	/* Two rows for one title add up. */
	month.theirs[2] = month.theirs[0];
	month.theirs[2].line = 4;
	month.theirs[0].net_cents = cents_from(2260);
	month.theirs[0].vat_cents = cents_from(113);
	month.theirs[0].units = 60;
	month.theirs[2].net_cents = cents_from(5085);
	month.theirs[2].vat_cents = cents_from(254);
	month.theirs[2].units = 135;
	month.input.theirs_count = 3;
	report = compare(&month.input);
	assert_int_equal(report.row_count, 0);
	month.theirs[3] = month.theirs[1];
	month.theirs[3].line = 5;
	month.input.theirs_count = 4;
	expect_one(&month, DIFFERENCE_DUPLICATE, 5, 2260, 113);
	month.theirs[3] = month.theirs[1];
	month.theirs[3].line = 5;
	month.theirs[3].month = month_of_day(day_of("2025-12-01"));
	expect_one(&month, DIFFERENCE_OTHER_MONTH, 5, 2260, 113);
}

static void what_cannot_be_compared_is_told(void **state)
{
	struct difference_report report;
	struct month_of month;
	struct arena arena;
	uint32_t line = 0;
	(void)state;
	make_month(&month);
	month.theirs[2].day = (struct day){0};
	arena_init(&arena, memory, sizeof(memory));
	assert_int_equal(difference_compare(&month.input, &arena, &report, &line),
			 DIFFERENCE_MIXED);
	assert_int_equal(line, 4);
	make_month(&month);
	month.theirs[2].net_cents = cents_from(DIFFERENCE_AMOUNT_MAX + 1);
	assert_int_equal(difference_compare(&month.input, &arena, &report, &line),
			 DIFFERENCE_TOO_MANY);
	make_month(&month);
	arena_init(&arena, memory, 64);
	assert_int_equal(difference_compare(&month.input, &arena, &report, &line),
			 DIFFERENCE_MEMORY);
}

/* ---- Any two sides ---- */

enum { MOST = 60 };

static void random_row(struct test_random *random, struct difference_ours *ours)
{
	static const char *const times[] = {"09:00", "9:00", "15:30", ""};
	static const char *const days[] = {"2026-01-01", "2026-01-02", "2026-01-31"};
	*ours = record((uint32_t)test_random_below(random, 4) + 1, days[test_random_below(random, 3)],
		       times[test_random_below(random, 4)],
		       (uint32_t)test_random_below(random, 3) * 30);
	ours->counts = test_random_below(random, 6) > 0;
	if (test_random_below(random, 4) == 0)
		ours->net = cents_from((int64_t)test_random_below(random, 5000));
	if (test_random_below(random, 4) == 0)
		ours->vat = cents_from((int64_t)test_random_below(random, 500));
}

static void any_two_sides_add_up(void **state)
{
	static struct difference_theirs theirs[MOST];
	static struct difference_ours records[MOST];
	static struct difference_ours lines[MOST];
	struct test_random random = test_random_make("any_two_sides_add_up");
	(void)state;
	for (uint32_t run = 0; run < 3000; run++) {
		struct difference_case input = {
		    .theirs = theirs,
		    .theirs_count = (uint32_t)test_random_below(&random, MOST + 1),
		    .records = records,
		    .record_count = (uint32_t)test_random_below(&random, MOST + 1),
		    .lines = lines,
		    .line_count = (uint32_t)test_random_below(&random, 6),
		    .tariffs = tariffs(),
		    .tariff_count = 2,
		    .month = month_of_day(day_of("2026-01-01")),
		    .vat_bp = (uint32_t)test_random_below(&random, 3) * 500,
		    .has_vat = test_random_below(&random, 2) == 0};
		bool by_visit = test_random_below(&random, 2) == 0;
		for (uint32_t i = 0; i < MOST; i++)
			random_row(&random, &records[i]);
		for (uint32_t i = 0; i < 6; i++) {
			random_row(&random, &lines[i]);
			lines[i].day = (struct day){0};
			lines[i].counts = true;
		}
		for (uint32_t i = 0; i < MOST; i++) {
			struct difference_ours like;
			random_row(&random, &like);
			theirs[i] = same(test_random_below(&random, 2) == 0 ? &like : &records[i],
					 i + 2);
			if (!by_visit)
				theirs[i].day = (struct day){0};
			if (test_random_below(&random, 20) == 0)
				theirs[i].net_cents = cents_from(-100);
		}
		struct difference_report report = compare(&input);
		struct cents sum = cents_zero();
		struct cents whole = cents_zero();
		for (uint32_t i = 0; i < report.row_count; i++)
			assert_true(cents_add(sum, report.rows[i].difference_cents, &sum));
		assert_true(cents_add(report.net, report.vat, &whole));
		assert_true(cents_equal(sum, whole));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(equal_files_have_no_difference),
	    cmocka_unit_test(each_cause_is_found),
	    cmocka_unit_test(other_letters_are_told),
	    cmocka_unit_test(what_the_statement_added_is_told),
	    cmocka_unit_test(what_does_not_count_says_its_state),
	    cmocka_unit_test(a_pair_may_have_several),
	    cmocka_unit_test(titles_without_visits_are_compared_as_totals),
	    cmocka_unit_test(what_cannot_be_compared_is_told),
	    cmocka_unit_test(any_two_sides_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
