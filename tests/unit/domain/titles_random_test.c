/* Random lives of titles: whatever is asked, in whatever order, the books agree. Every sum is made
 * anew from redemptions, lines and cells and compared with what the engine keeps: cells, lines,
 * statements, commitments, and ceilings of every shape, those of providers included. */
#include "tests/support/random.h"
#include "tests/unit/domain/acts.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTS_MAX    12000u
#define CHECK_EVERY 20u
#define CELLS_MAX   20000u

/* What records say of a cell. */
struct cell_sums {
	int64_t lines_gross;
	int64_t net; /* accepted and disputed */
	int64_t disputed;
	uint32_t used_units;
	uint32_t disputed_units;
	uint32_t booked_units;
	uint32_t waiting;
	int64_t by_provider[8]; /* delivered, disputed, and held by bookings of not chosen ones */
	int64_t kept;           /* F140 held by bookings of not chosen providers */
};

struct line_sums {
	int64_t net;
	int64_t gross;
	uint32_t units;
	uint32_t count;
};

struct books {
	struct cell_sums cells[CELLS_MAX];
	struct line_sums lines[CELLS_MAX];
};

static int64_t raw(struct cents amount)
{
	return amount.raw; /* raw: tests count by themselves */
}

static void add_redemption(struct books *books, const struct state *state, uint32_t id)
{
	const struct redemption *redemption = state_redemption(state, (struct redemption_id){id});
	struct cell_sums *cell = &books->cells[redemption->cell.raw];
	const struct voucher *voucher = state_voucher(state, redemption->voucher);
	uint32_t provider = redemption->provider.raw;
	assert_true(provider < 8);
	switch ((enum redemption_state)redemption->state) {
	case REDEMPTION_STATE_MISSED:
		if (redemption->units == 0) {
			assert_int_equal(redemption->statement_line.raw, 0);
			break;
		}
		__attribute__((fallthrough));
	case REDEMPTION_STATE_ACCEPTED: {
		assert_int_not_equal(redemption->statement_line.raw, 0);
		struct line_sums *line = &books->lines[redemption->statement_line.raw];
		line->net += raw(redemption->net_cents);
		line->gross += raw(redemption->gross_cents);
		line->units += redemption->units;
		line->count++;
		cell->net += raw(redemption->net_cents);
		cell->used_units += redemption->units;
		break;
	}
	case REDEMPTION_STATE_DISPUTED:
		assert_int_equal(redemption->statement_line.raw, 0);
		cell->net += raw(redemption->net_cents);
		cell->disputed += raw(redemption->gross_cents);
		cell->disputed_units += redemption->units;
		cell->by_provider[provider] += raw(redemption->gross_cents);
		break;
	case REDEMPTION_STATE_BOOKED:
		cell->booked_units += redemption->units;
		if (voucher->provider.raw != provider) {
			cell->by_provider[provider] += raw(redemption->gross_cents);
			cell->kept += raw(redemption->gross_cents);
		}
		break;
	case REDEMPTION_STATE_REVERSED:
	case REDEMPTION_STATE_REJECTED:
	case REDEMPTION_STATE_CANCELLED:
	case REDEMPTION_STATE_SUPERSEDED:
		assert_int_equal(redemption->statement_line.raw, 0);
		break;
	case REDEMPTION_STATE_SUBMITTED:
		assert_int_equal(redemption->statement_line.raw, 0);
		cell->waiting++;
		break;
	case REDEMPTION_STATE_IN_STATEMENT:
	case REDEMPTION_STATE_SETTLED:
	case REDEMPTION_STATE_PAID:
		fail_msg("record %u in state %u", id, redemption->state);
	}
}

static uint32_t chain_length(const struct state *state, const struct statement_line *line,
			     struct statement_line_id id)
{
	uint32_t length = 0;
	struct redemption_id at = line->last_redemption;
	while (at.raw != 0 && length <= line->redemption_count) {
		const struct redemption *redemption = state_redemption(state, at);
		assert_int_equal(redemption->statement_line.raw, id.raw);
		at = redemption->previous_in_line;
		length++;
	}
	return length;
}

static void check_line(struct books *books, const struct state *state, uint32_t id)
{
	struct statement_line_id line_id = {id};
	const struct statement_line *line = state_statement_line(state, line_id);
	const struct statement *statement = state_statement(state, line->statement);
	const struct line_sums *sums = &books->lines[id];
	assert_int_equal(raw(line->net_cents), sums->net);
	assert_int_equal(line->units, sums->units);
	assert_int_equal(line->redemption_count, sums->count);
	assert_int_equal(chain_length(state, line, line_id), sums->count);
	if (statement->state == STATEMENT_STATE_OPEN)
		assert_int_equal(raw(line->gross_cents), sums->gross);
	else
		assert_int_equal(raw(line->gross_cents),
				 raw(line->net_cents) + raw(line->vat_cents));
	books->cells[line->cell.raw].lines_gross += raw(line->gross_cents);
	books->cells[line->cell.raw].by_provider[statement->provider.raw] += raw(line->gross_cents);
}

static void check_statement(const struct state *state, uint32_t id)
{
	const struct statement *statement = state_statement(state, (struct statement_id){id});
	int64_t net = 0;
	int64_t gross = 0;
	uint32_t lines = 0;
	uint32_t records = 0;
	for (struct statement_line_id at = statement->first_line; at.raw != 0;) {
		const struct statement_line *line = state_statement_line(state, at);
		assert_int_equal(line->statement.raw, id);
		net += raw(line->net_cents);
		gross += raw(line->gross_cents);
		lines++;
		records += line->redemption_count;
		at = line->next_in_statement;
	}
	assert_int_equal(raw(statement->net_cents), net);
	assert_int_equal(raw(statement->gross_cents), gross);
	assert_int_equal(statement->line_count, lines);
	assert_int_equal(statement->redemption_count, records);
}

static void check_cell(struct books *books, const struct state *state, uint32_t id)
{
	const struct cell *cell = state_cell(state, (struct cell_id){id});
	struct cell_sums *sums = &books->cells[id];
	assert_int_equal(cell->used_units, sums->used_units);
	assert_int_equal(cell->disputed_units, sums->disputed_units);
	assert_int_equal(cell->booked_units, sums->disputed_units + sums->booked_units);
	assert_int_equal(cell->waiting, sums->waiting);
	assert_int_equal(raw(cell->disputed_cents), sums->disputed);
	assert_int_equal(raw(cell->used_net_cents), sums->net);
	assert_int_equal(raw(cell->held_cents),
			 raw(cell->committed_cents) + sums->disputed + sums->lines_gross);
	assert_true(raw(cell->committed_cents) >= sums->kept);
	if (cell->released != 0) {
		assert_int_equal(cell->free_units, 0);
		assert_int_equal(sums->booked_units, 0);
		assert_int_equal(raw(cell->committed_cents), 0);
	}
	const struct voucher *voucher = state_voucher(state, cell->voucher);
	sums->by_provider[voucher->provider.raw] += raw(cell->committed_cents) - sums->kept;
	if (voucher->state == VOUCHER_STATE_CLOSED)
		assert_int_not_equal(cell->released, 0);
	if (voucher->state == VOUCHER_STATE_EXHAUSTED) {
		assert_int_equal(cell->free_units, 0);
		assert_int_equal(cell->booked_units, 0);
	}
}

static bool matches(const struct state *state, const struct ceiling *ceiling,
		    const struct cell *cell)
{
	const struct voucher *voucher = state_voucher(state, cell->voucher);
	const struct fund_year *year = state_fund_year(state, cell->fund_year);
	return (ceiling->fund.raw == 0 || ceiling->fund.raw == year->fund.raw) &&
	       (ceiling->year == 0 || ceiling->year == year->year) &&
	       (ceiling->comune.raw == 0 || ceiling->comune.raw == voucher->comune.raw) &&
	       (ceiling->month.number == 0 || ceiling->month.number == cell->month.number);
}

static void check_ceilings(const struct books *books, const struct state *state)
{
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_CEILING); i++) {
		const struct ceiling *ceiling = state_ceiling(state, (struct ceiling_id){i});
		int64_t used = 0;
		for (uint32_t n = 1; n <= state_count(state, RECORD_KIND_CELL); n++) {
			const struct cell *cell = state_cell(state, (struct cell_id){n});
			if (!matches(state, ceiling, cell))
				continue;
			used += ceiling->provider.raw == 0
				    ? raw(cell->held_cents)
				    : books->cells[n].by_provider[ceiling->provider.raw];
		}
		int64_t kept = raw(
		    state_ceiling_balance(state, (struct ceiling_id){i}, CEILING_USED));
		if (used != kept)
			fail_msg("ceiling %u (provider %u): C140 is %lld, the cells say %lld", i,
				 ceiling->provider.raw, (long long)kept, (long long)used);
	}
}

static void check_commitments(const struct state *state)
{
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_COMMITMENT); i++) {
		int64_t drawn = 0;
		for (uint32_t n = 1; n <= state_count(state, RECORD_KIND_CELL); n++) {
			const struct cell *cell = state_cell(state, (struct cell_id){n});
			if (cell->commitment.raw == i)
				drawn += raw(cell->held_cents);
		}
		assert_int_equal(
		    raw(state_commitment(state, (struct commitment_id){i})->drawn_cents), drawn);
	}
}

static void check_books(struct books *books, const struct state *state)
{
	assert_true(state_count(state, RECORD_KIND_CELL) < CELLS_MAX);
	assert_true(state_count(state, RECORD_KIND_STATEMENT_LINE) < CELLS_MAX);
	memset(books, 0, sizeof(*books));
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_REDEMPTION); i++)
		add_redemption(books, state, i);
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_STATEMENT_LINE); i++)
		check_line(books, state, i);
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_STATEMENT); i++)
		check_statement(state, i);
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_CELL); i++)
		check_cell(books, state, i);
	check_ceilings(books, state);
	check_commitments(state);
}

/* ---- Random acts ---- */

static const char *const providers[] = {"alfa", "beta", "gamma"};
static const char *const comuni[] = {"pandino", "crema", "izano"};

static uint32_t below(struct test_random *random, uint32_t bound)
{
	return (uint32_t)test_random_below(random, bound);
}

/* One of the last few, mostly: interesting things happen to what is young. */
static uint32_t some_id(struct test_random *random, const struct state *state,
			enum record_kind kind)
{
	uint32_t count = state_count(state, kind);
	if (count == 0)
		return 1;
	uint32_t young = count < 12 || below(random, 5) == 0 ? count : 12;
	return count - below(random, young);
}

struct random_life {
	struct test_random random;
	struct acts acts;
	uint32_t day; /* days since 2026-01-01 */
};

/* A day about `back` days before the present one, as text. */
static void some_day(struct random_life *life, uint32_t back, uint32_t ahead, char *text)
{
	uint32_t earliest = life->day > back ? life->day - back : 0;
	uint32_t day = earliest + below(&life->random, life->day - earliest + ahead + 1);
	struct day first = fixture_day("2026-01-01");
	struct day chosen;
	assert_true(day_plus(first, (int32_t)day, &chosen));
	memset(text, 0, DAY_TEXT_SIZE + 1);
	day_format(chosen, text);
}

static void title_act(struct random_life *life, char *act, size_t size)
{
	struct test_random *random = &life->random;
	const struct state *state = &life->acts.fixture->state;
	char day[DAY_TEXT_SIZE + 1];
	char later[DAY_TEXT_SIZE + 1];
	some_day(life, 10, 10, day);
	some_day(life, 0, 70, later);
	uint32_t title = some_id(random, state, RECORD_KIND_VOUCHER);
	uint32_t units = 30 * (1 + below(random, 20));
	switch (below(random, 12)) {
	case 0:
		(void)snprintf(act, size, "live %s", comuni[below(random, 3)]);
		break;
	case 1:
		(void)snprintf(act, size, "propose %.7s %.7s %u", day, later, units);
		break;
	case 2:
		(void)snprintf(act, size, "issue title=%u", title);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		(void)snprintf(act, size, "title %.7s %.7s %u %s", day, later, units,
			       providers[below(random, 3)]);
		break;
	case 7:
	case 8:
	case 9:
		(void)snprintf(act, size, "choose %s title=%u", providers[below(random, 3)],
			       title);
		break;
	default:
		if (below(random, 3) == 0)
			(void)snprintf(act, size, "cancel title=%u", title);
		else
			(void)snprintf(act, size, "revoke %s title=%u", day, title);
	}
}

/* A record in this state among the young ones, or any. */
static uint32_t some_record(struct random_life *life, enum redemption_state state)
{
	const struct state *ledger = &life->acts.fixture->state;
	uint32_t count = state_count(ledger, RECORD_KIND_REDEMPTION);
	for (uint32_t i = 0; i < 60 && i < count; i++)
		if (state_redemption(ledger, (struct redemption_id){count - i})->state == state &&
		    below(&life->random, 3) != 0)
			return count - i;
	return some_id(&life->random, ledger, RECORD_KIND_REDEMPTION);
}

/* Late records, corrections, missed accesses. */
static void decision_act(struct random_life *life, char *act, size_t size, uint32_t title,
			 const char *by)
{
	struct test_random *random = &life->random;
	char day[DAY_TEXT_SIZE + 1];
	uint32_t late = some_record(life, REDEMPTION_STATE_SUBMITTED);
	switch (below(random, 8)) {
	case 0:
	case 1:
		(void)snprintf(act, size, "authorise record=%u", late);
		break;
	case 2:
		(void)snprintf(act, size, "partial %u record=%u", 1 + below(random, 40), late);
		break;
	case 3:
		(void)snprintf(act, size, "%s record=%u",
			       below(random, 2) == 0 ? "reject" : "dispute", late);
		break;
	case 4:
	case 5: {
		uint32_t old = some_record(life, REDEMPTION_STATE_ACCEPTED);
		const struct redemption *record = state_redemption(
		    &life->acts.fixture->state, (struct redemption_id){old});
		if (record != NULL)
			by = providers[record->provider.raw - 1];
		(void)snprintf(act, size, "correct record=%u minutes=%u by=%s", old,
			       1 + below(random, 120), by);
		break;
	}
	case 6:
		some_day(life, 25, 0, day);
		(void)snprintf(act, size, "missed %sT%02u:30+01:00 title=%u by=%s", day,
			       below(random, 24), title, by);
		break;
	default:
		(void)snprintf(act, size, "prove QR record=%u by=%s edit=NO_CONNECTION", late, by);
	}
}

static void service_act(struct random_life *life, char *act, size_t size)
{
	struct test_random *random = &life->random;
	const struct state *state = &life->acts.fixture->state;
	char day[DAY_TEXT_SIZE + 1];
	uint32_t title = some_id(random, state, RECORD_KIND_VOUCHER);
	uint32_t record = some_id(random, state, RECORD_KIND_REDEMPTION);
	const struct voucher *voucher = state_voucher(state, (struct voucher_id){title});
	uint32_t provider = below(random, 3);
	if (voucher != NULL && voucher->provider.raw != 0 && below(random, 8) != 0)
		provider = voucher->provider.raw - 1;
	const char *by = providers[provider];
	uint32_t minutes = below(random, 6) == 0 ? 1 + below(random, 500) : 1 + below(random, 90);
	uint32_t kind = below(random, 28);
	if (kind >= 20) {
		decision_act(life, act, size, title, by);
	} else if (kind < 10) {
		some_day(life, 25, 0, day);
		(void)snprintf(act, size,
			       "redeem %sT%02u:%02u+01:00 %u title=%u by=%s operator=%u %s=%u", day,
			       below(random, 24), below(random, 60), minutes, title, by,
			       1 + below(random, 30), below(random, 4) == 0 ? "confirmed" : "x",
			       below(random, minutes + 3));
	} else if (kind < 13) {
		some_day(life, 0, 20, day);
		(void)snprintf(act, size, "book %sT%02u:30+01:00 %u title=%u by=%s", day,
			       below(random, 24), minutes, title, by);
	} else if (kind == 13) {
		(void)snprintf(act, size, "unbook record=%u by=%s", record, by);
	} else if (kind == 14) {
		(void)snprintf(act, size, "reverse record=%u", record);
	} else if (kind < 17) {
		(void)snprintf(act, size, "dispute record=%u", record);
	} else {
		static const char *const decisions[] = {"accept", "reject", "7", "40"};
		(void)snprintf(act, size, "resolve %s record=%u", decisions[below(random, 4)],
			       record);
	}
}

/* Delivers a booking that stands, often after its provider was left. */
static bool booked_act(struct random_life *life, char *act, size_t size)
{
	const struct state *state = &life->acts.fixture->state;
	uint32_t id = some_id(&life->random, state, RECORD_KIND_REDEMPTION);
	const struct redemption *booking = state_redemption(state, (struct redemption_id){id});
	if (booking == NULL || booking->state != REDEMPTION_STATE_BOOKED)
		return false;
	char start[INSTANT_TEXT_SIZE_MAX + 1] = {0};
	(void)instant_format(&state->zone, booking->start, start);
	uint32_t minutes = 1 + below(&life->random, booking->units + 3);
	if (below(&life->random, 6) == 0) {
		(void)snprintf(act, size, "missed %s title=%u by=%s booking=%u", start,
			       booking->voucher.raw, providers[booking->provider.raw - 1],
			       below(&life->random, 2) * id);
		return true;
	}
	(void)snprintf(act, size, "redeem %s %u title=%u by=%s booking=%u", start, minutes,
		       booking->voucher.raw, providers[booking->provider.raw - 1],
		       below(&life->random, 2) * id);
	return true;
}

static void office_act(struct random_life *life, char *act, size_t size)
{
	struct test_random *random = &life->random;
	const struct state *state = &life->acts.fixture->state;
	uint32_t id = some_id(random, state, RECORD_KIND_STATEMENT);
	const struct statement *statement = state_statement(state, (struct statement_id){id});
	const char *by = statement == NULL ? "alfa" : providers[statement->provider.raw - 1];
	static const char *const steps[] = {"freeze", "freeze",	 "confirm", "attest",
					    "invoice", "approve", "export",  "order",
					    "pay"};
	uint32_t step = below(random, 12);
	if (statement != NULL && step < 9) {
		(void)snprintf(act, size, "%s statement=%u %s%s", steps[step], id,
			       step == 2 ? "by=" : step == 3 ? "by=deputy act=" : "x=",
			       step == 2 ? by : "X");
	} else if (step == 9) {
		(void)snprintf(act, size, "ceiling %s %u %u%s%s", comuni[below(random, 3)],
			       below(random, 2) * 2026, 100000 + below(random, 400000),
			       below(random, 2) == 0 ? " x=" : " provider=",
			       providers[below(random, 3)]);
	} else {
		(void)snprintf(act, size, "vary 2026 %d", (int)below(random, 40000) - 20000);
	}
}

static void world_act(struct random_life *life, char *act, size_t size)
{
	struct test_random *random = &life->random;
	char day[DAY_TEXT_SIZE + 1];
	uint32_t turn = below(random, 30);
	if (turn < 2) {
		some_day(life, 3, 0, day);
		(void)snprintf(act, size, "%s %s %s", turn == 0 ? "suspend" : "reinstate",
			       providers[below(random, 3)], day);
		return;
	}
	life->day += below(random, 8) == 0 ? below(random, 6) : below(random, 2);
	some_day(life, 0, 0, day);
	(void)snprintf(act, size, "now %sT09:00", day);
}

static enum result random_act(struct random_life *life)
{
	char act[256];
	uint32_t kind = below(&life->random, 100);
	if (kind < 20)
		title_act(life, act, sizeof(act));
	else if (kind < 32 && booked_act(life, act, sizeof(act)))
		kind = 0;
	else if (kind < 86)
		service_act(life, act, sizeof(act));
	else if (kind < 96)
		office_act(life, act, sizeof(act));
	else
		world_act(life, act, sizeof(act));
	if (getenv("TITLES_TRACE") != NULL)
		print_message("%s\n", act);
	return acts_do(&life->acts, act);
}

static void run_life(void **state)
{
	struct fixture *fixture = *state;
	struct random_life life = {.random = test_random_make("titles"),
				   .acts = acts_begin(fixture)};
	struct books *books = malloc(sizeof(*books));
	assert_non_null(books);
	uint32_t counts[1000] = {0};
	acts_must(&life.acts, "fund F 2026 6000000; vary 2026 3000000;"
			      "set MISSED_ACCESS_PAYABLE_MINUTES 20");
	fixture->check_all = false;
	for (uint32_t i = 0; i < ACTS_MAX; i++) {
		counts[random_act(&life) % 1000]++;
		if (life.day > 350)
			break;
		if (i % CHECK_EVERY == 0) {
			struct invariant_fault fault;
			if (!apply_check_all(&fixture->state, &fault))
				fail_msg("%s %u: %s", record_info(fault.kind)->name, fault.id,
					 fault.rule);
			check_books(books, &fixture->state);
		}
	}
	check_books(books, &fixture->state);
	for (uint32_t i = 0; i < 1000; i++)
		if (counts[i] > 0)
			print_message("%u %s\n", counts[i], result_code((enum result)i));
	free(books);
}

int main(void)
{
	const struct CMUnitTest tests[] = {EXPECT_TEST(run_life), EXPECT_TEST(run_life),
					   EXPECT_TEST(run_life)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
