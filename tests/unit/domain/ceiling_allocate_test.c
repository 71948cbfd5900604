/* The solidarity formula: golden cents computed apart with exact fractions, the published example
 * of 48 comuni, random territories against the definition of the largest remainder, and
 * refusals. */
#include "tests/unit/domain/expect.h"

#include "engine/base/text.h"
#include "tests/support/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 wide;

enum { COMUNI_MAX = 600 };

/* One comune as the test knows it. */
struct row {
	char istat_code[8];
	uint32_t population;
	uint32_t potential_users;
	uint32_t actual_users;
	int64_t expected; /* cents */
	struct comune_id id;
};

struct world {
	struct fixture fixture;
	struct row rows[COMUNI_MAX];
	uint32_t count;
};

static struct principal_id office(struct fixture *fixture, const char *code, enum role role)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PRINCIPAL_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(command.input.principal_create.code, code);
	command.input.principal_create.role = (uint8_t)role;
	return (struct principal_id){fixture_must(fixture, &command)};
}

/* An ambito with one group, one fund, its year 2026 proposed, and no comune yet. */
static struct world *world_make(void)
{
	struct world *world = malloc(sizeof(*world));
	assert_non_null(world);
	world->count = 0;
	struct fixture *fixture = &world->fixture;
	fixture_init_empty(fixture, 10, 10);
	fixture->check_all = false;
	fixture->role[ROLE_UDP_MANAGER] = office(fixture, "manager", ROLE_UDP_MANAGER);
	struct command command =
	    fixture_command(COMMAND_KIND_AMBITO_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(command.input.ambito_create.code, "CREMA");
	FIXTURE_TEXT(command.input.ambito_create.name, "Crema");
	fixture->ambito.raw = fixture_must(fixture, &command);
	fixture->group[0] = fixture_sub_ambito(fixture, fixture->ambito, "SUB1");
	command = fixture_command(COMMAND_KIND_FUND_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.fund_create.ambito = fixture->ambito;
	FIXTURE_TEXT(command.input.fund_create.code, "SOLIDARIETA");
	FIXTURE_TEXT(command.input.fund_create.name, "Fondo di solidarietà");
	fixture->fund.raw = fixture_must(fixture, &command);
	command = fixture_command(COMMAND_KIND_FUND_YEAR_PROPOSE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.fund_year_propose.fund = fixture->fund;
	command.input.fund_year_propose.year = 2026;
	FIXTURE_TEXT(command.input.fund_year_propose.act, "DEL-1");
	fixture->year_2026.raw = fixture_must(fixture, &command);
	return world;
}

static void world_free(struct world *world)
{
	fixture_deinit(&world->fixture);
	free(world);
}

static void add(struct world *world, const char *istat_code, uint32_t population,
		uint32_t potential_users, uint32_t actual_users)
{
	struct fixture *fixture = &world->fixture;
	struct row *row = &world->rows[world->count++];
	*row = (struct row){.population = population,
			    .potential_users = potential_users,
			    .actual_users = actual_users};
	memcpy(row->istat_code, istat_code, 7);
	struct command command =
	    fixture_command(COMMAND_KIND_COMUNE_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	struct command_comune_create *input = &command.input.comune_create;
	FIXTURE_TEXT(input->istat_code, istat_code);
	FIXTURE_TEXT(input->cadastral_code, "A001");
	FIXTURE_TEXT(input->name, istat_code);
	input->sub_ambito = fixture->group[0];
	input->population = population;
	input->potential_users = potential_users;
	input->actual_users = actual_users;
	row->id.raw = fixture_must(fixture, &command);
}

/* Six comuni, not in the order of their codes. */
static void add_six(struct world *world)
{
	add(world, "019035", 34242, 2100, 310);
	add(world, "019002", 3854, 300, 20);
	add(world, "019067", 8852, 700, 55);
	add(world, "019054", 1945, 140, 0);
	add(world, "019025", 9278, 900, 61);
	add(world, "019062", 5874, 0, 33);
}

static struct command allocate(struct world *world, int64_t total, uint16_t population_bp,
			       uint16_t potential_bp, uint16_t actual_bp)
{
	struct command command = fixture_command(COMMAND_KIND_CEILING_ALLOCATE,
						 world->fixture.role[ROLE_UDP_MANAGER]);
	struct command_ceiling_allocate *input = &command.input.ceiling_allocate;
	input->fund = world->fixture.fund;
	input->year = 2026;
	input->amount_cents = cents_from(total);
	input->population_bp = population_bp;
	input->potential_users_bp = potential_bp;
	input->actual_users_bp = actual_bp;
	FIXTURE_TEXT(command.input.ceiling_allocate.act, "DEL-7");
	return command;
}

/* What one comune got; -1 when it has no ceiling. */
static int64_t granted(const struct world *world, struct comune_id comune)
{
	const struct state *ledger = &world->fixture.state;
	int64_t found = -1;
	for (uint32_t i = 1; i <= state_count(ledger, RECORD_KIND_CEILING); i++) {
		struct ceiling_id id = {i};
		const struct ceiling *ceiling = state_ceiling(ledger, id);
		if (ceiling->comune.raw != comune.raw)
			continue;
		assert_int_equal(found, -1);
		assert_int_equal(ceiling->fund.raw, world->fixture.fund.raw);
		assert_int_equal(ceiling->year, 2026);
		found = state_ceiling_balance(ledger, id, CEILING_FREE).raw; /* raw: test */
	}
	return found;
}

static int64_t number(const char *text)
{
	uint64_t value = 0;
	assert_true(text_parse_u64(slice_from_text(text), INT64_MAX, &value));
	return (int64_t)value;
}

static void expect_golden(int64_t total, const uint16_t shares[3],
			  const char *const codes_and_cents[6][2])
{
	struct world *world = world_make();
	add_six(world);
	struct command command = allocate(world, total, shares[0], shares[1], shares[2]);
	EXPECT(&world->fixture, &command, OK);
	EXPECT_CENTS(world->fixture.last.gross, total);
	assert_int_equal(world->fixture.last.object_kind, RECORD_KIND_FUND_YEAR);
	assert_int_equal(world->fixture.last.object, world->fixture.year_2026.raw);
	int64_t sum = 0;
	for (uint32_t i = 0; i < 6; i++) {
		uint32_t j = 0;
		while (strcmp(world->rows[j].istat_code, codes_and_cents[i][0]) != 0)
			j++;
		int64_t got = granted(world, world->rows[j].id);
		assert_int_equal(got, number(codes_and_cents[i][1]));
		sum += got;
	}
	assert_int_equal(sum, total);
	EXPECT(&world->fixture, &command, ALREADY_EXISTS);
	world_free(world);
}

static void golden_cents(void **state)
{
	(void)state;
	static const uint16_t shares_0[3] = {10000, 0, 0};
	static const char *const cents_0[6][2] = {
	    {"019002", "1511933"}, {"019025", "3639780"}, {"019035", "13433215"},
	    {"019054", "763028"}, {"019062", "2304384"}, {"019067", "3472660"}};
	expect_golden(25125000, shares_0, cents_0);
	static const uint16_t shares_1[3] = {5000, 3000, 2000};
	static const char *const cents_1[6][2] = {
	    {"019002", "1511974"}, {"019025", "4098404"}, {"019035", "13792065"},
	    {"019054", "636405"}, {"019062", "1498382"}, {"019067", "3587770"}};
	expect_golden(25125000, shares_1, cents_1);
	static const uint16_t shares_2[3] = {3333, 3333, 3334};
	static const char *const cents_2[6][2] = {
	    {"019002", "1460508"}, {"019025", "4100367"}, {"019035", "14146285"},
	    {"019054", "537501"}, {"019062", "1345150"}, {"019067", "3535190"}};
	expect_golden(25125001, shares_2, cents_2);
	static const uint16_t shares_3[3] = {0, 0, 10000};
	static const char *const cents_3[6][2] = {
	    {"019002", "0"}, {"019025", "1"}, {"019035", "5"},
	    {"019054", "0"}, {"019062", "0"}, {"019067", "1"}};
	expect_golden(7, shares_3, cents_3);
	static const uint16_t shares_4[3] = {10000, 0, 0};
	static const char *const cents_4[6][2] = {
	    {"019002", "0"}, {"019025", "0"}, {"019035", "0"},
	    {"019054", "0"}, {"019062", "0"}, {"019067", "0"}};
	expect_golden(0, shares_4, cents_4);
}

/* Equal weights: the cents left over go by ISTAT code. */
static void ties_go_by_istat_code(void **state)
{
	(void)state;
	struct world *world = world_make();
	add(world, "019003", 10, 0, 0);
	add(world, "019001", 10, 0, 0);
	add(world, "019002", 10, 0, 0);
	struct command command = allocate(world, 101, 10000, 0, 0);
	EXPECT(&world->fixture, &command, OK);
	assert_int_equal(granted(world, world->rows[1].id), 34);
	assert_int_equal(granted(world, world->rows[2].id), 34);
	assert_int_equal(granted(world, world->rows[0].id), 33);
	world_free(world);
}

/* The published example: 251.250,00 over 48 comuni, by inhabitants alone. */
static void example_of_48_comuni(void **state)
{
	(void)state;
	FILE *file = fopen("../shared/domain/data/solidarity_fund_per_capita_example.csv", "r");
	if (file == NULL) {
		(void)printf("SKIP: solidarity_fund_per_capita_example.csv is not there\n");
		skip();
	}
	struct world *world = world_make();
	char line[512];
	assert_non_null(fgets(line, sizeof(line), file));
	while (fgets(line, sizeof(line), file) != NULL) {
		char *cursor = line;
		const char *fields[5];
		for (uint32_t i = 0; i < 5; i++)
			fields[i] = strsep(&cursor, ",");
		add(world, fields[0], (uint32_t)number(fields[3]), 0, 0);
		world->rows[world->count - 1].expected = number(fields[4]);
	}
	(void)fclose(file);
	assert_int_equal(world->count, 48);
	struct command command = allocate(world, 25125000, 10000, 0, 0);
	EXPECT(&world->fixture, &command, OK);
	for (uint32_t i = 0; i < world->count; i++)
		assert_int_equal(granted(world, world->rows[i].id), world->rows[i].expected);
	world_free(world);
}

struct totals {
	uint64_t population;
	uint64_t potential_users;
	uint64_t actual_users;
};

static wide weight_of(const struct row *row, const struct command_ceiling_allocate *input,
		      const struct totals *totals)
{
	return (wide)input->population_bp * row->population * totals->potential_users *
		   totals->actual_users +
	       (wide)input->potential_users_bp * row->potential_users * totals->population *
		   totals->actual_users +
	       (wide)input->actual_users_bp * row->actual_users * totals->population *
		   totals->potential_users;
}

/* The definition: each part is its exact share rounded down or up, and nobody who was rounded down
 * has a larger rest than one who was rounded up (equal: the lower code was served first). */
static void check_largest_remainder(const struct world *world,
				    const struct command_ceiling_allocate *input)
{
	struct totals totals = {0, 0, 0};
	for (uint32_t i = 0; i < world->count; i++) {
		totals.population += world->rows[i].population;
		totals.potential_users += world->rows[i].potential_users;
		totals.actual_users += world->rows[i].actual_users;
	}
	wide divisor = (wide)10000 * totals.population * totals.potential_users *
		       totals.actual_users;
	wide total = (wide)input->amount_cents.raw; /* raw: test */
	static wide rests[COMUNI_MAX];
	static bool is_up[COMUNI_MAX];
	int64_t sum = 0;
	for (uint32_t i = 0; i < world->count; i++) {
		wide exact = total * weight_of(&world->rows[i], input, &totals);
		int64_t got = granted(world, world->rows[i].id);
		int64_t down = (int64_t)(exact / divisor);
		rests[i] = exact % divisor;
		assert_true(got == down || got == down + 1);
		is_up[i] = got == down + 1;
		sum += got;
	}
	assert_true(sum == input->amount_cents.raw); /* raw: test */
	for (uint32_t i = 0; i < world->count; i++)
		for (uint32_t j = 0; j < world->count; j++) {
			if (!is_up[i] || is_up[j])
				continue;
			assert_true(rests[i] >= rests[j]);
			if (rests[i] == rests[j])
				assert_true(strcmp(world->rows[i].istat_code,
						   world->rows[j].istat_code) < 0);
		}
}

static void random_territories(void **state)
{
	(void)state;
	struct test_random random = test_random_make("territories");
	for (uint32_t round = 0; round < 40; round++) {
		struct world *world = world_make();
		uint32_t comuni = 1 + (uint32_t)test_random_below(&random, 60);
		uint32_t most = 1 + (uint32_t)test_random_below(&random, 50000);
		for (uint32_t i = 0; i < comuni; i++) {
			char code[8];
			(void)snprintf(code, sizeof(code), "%06u", 900000 - 7 * i);
			add(world, code, 1 + (uint32_t)test_random_below(&random, most),
			    1 + (uint32_t)test_random_below(&random, most / 10 + 1),
			    1 + (uint32_t)test_random_below(&random, most / 50 + 1));
		}
		uint16_t first = (uint16_t)test_random_below(&random, 10001);
		uint16_t second = (uint16_t)test_random_below(&random, 10001u - first);
		struct command command =
		    allocate(world, (int64_t)test_random_below(&random, 1000000000), first,
			     second, (uint16_t)(10000 - first - second));
		EXPECT(&world->fixture, &command, OK);
		check_largest_remainder(world, &command.input.ceiling_allocate);
		world_free(world);
	}
}

static void refusals(void **state)
{
	(void)state;
	struct world *world = world_make();
	struct fixture *fixture = &world->fixture;
	struct command command = allocate(world, 100, 10000, 0, 0);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "population_bp"); /* no comune yet */
	add(world, "019001", 10, 0, 0);
	command = allocate(world, 100, 9999, 0, 0);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "population_bp");
	command = allocate(world, 100, 10000, 1, 0);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "population_bp");
	command = allocate(world, 100, 9000, 1000, 0);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "potential_users_bp");
	command = allocate(world, 100, 9000, 0, 1000);
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "actual_users_bp");
	command = allocate(world, 100, 10000, 0, 0);
	command.input.ceiling_allocate.year = 2027;
	EXPECT_FIELD(fixture, &command, UNKNOWN_REFERENCE, "year");
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_CEILING), 0);
	add(world, "019002", 5, 0, 0);
	(void)fixture_ceiling(fixture, world->rows[1].id, 2026, 10);
	command = allocate(world, 100, 10000, 0, 0);
	EXPECT(fixture, &command, ALREADY_EXISTS); /* and nothing for the first comune either */
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_CEILING), 1);
	world_free(world);
}

/* Numbers beyond what can be exact are refused, the largest real ones are not. */
static void large_numbers(void **state)
{
	(void)state;
	struct world *world = world_make();
	for (uint32_t i = 0; i < 100; i++) {
		char code[8];
		(void)snprintf(code, sizeof(code), "%06u", i);
		add(world, code, UINT32_MAX, UINT32_MAX, UINT32_MAX);
	}
	struct command command = allocate(world, 1000, 3000, 3000, 4000);
	EXPECT_FIELD(&world->fixture, &command, FIELD_OUT_OF_RANGE, "population_bp");
	command = allocate(world, 1000, 5000, 5000, 0);
	EXPECT(&world->fixture, &command, OK);
	assert_int_equal(granted(world, world->rows[99].id), 10);
	world_free(world);
	world = world_make(); /* Lombardia in one ambito, and a whole national fund */
	for (uint32_t i = 0; i < 500; i++) {
		char code[8];
		(void)snprintf(code, sizeof(code), "%06u", i);
		add(world, code, 20000 + i, 5000 + i, 300 + i);
	}
	command = allocate(world, INT64_C(100000000000000), 3000, 3000, 4000);
	EXPECT(&world->fixture, &command, OK);
	int64_t sum = 0;
	for (uint32_t i = 0; i < 500; i++)
		sum += granted(world, world->rows[i].id);
	assert_true(sum == INT64_C(100000000000000));
	world_free(world);
}

static void too_many_comuni(void **state)
{
	(void)state;
	struct world *world = world_make();
	for (uint32_t i = 0; i < 513; i++) {
		char code[8];
		(void)snprintf(code, sizeof(code), "%06u", i);
		add(world, code, 1, 0, 0);
	}
	struct command command = allocate(world, 1000, 10000, 0, 0);
	EXPECT(&world->fixture, &command, TOO_MANY_EFFECTS);
	world_free(world);
}

/* Titles that already hold money of the year count on the new ceilings. */
static void what_is_held_counts(void **state)
{
	struct fixture *fixture = *state;
	(void)fixture_title(fixture, fixture->izano, "2026-01", "2026-01", 720, fixture->alfa);
	struct command command =
	    fixture_command(COMMAND_KIND_CEILING_ALLOCATE, fixture->role[ROLE_UDP_MANAGER]);
	struct command_ceiling_allocate *input = &command.input.ceiling_allocate;
	input->fund = fixture->fund;
	input->year = 2026;
	input->population_bp = 10000;
	FIXTURE_TEXT(input->act, "DEL-7");
	input->amount_cents = cents_from(100000); /* Izano: 1945 of 60191, 3.231 cents */
	EXPECT(fixture, &command, CEILING_BELOW_USED);
	EXPECT_CENTS(fixture->last.short_by, 28476 - 3231);
	assert_int_equal(state_count(&fixture->state, RECORD_KIND_CEILING), 0);
	input->amount_cents = cents_from(10000000);
	EXPECT(fixture, &command, OK);
	for (uint32_t i = 1; i <= 5; i++) {
		const struct ceiling *ceiling =
		    state_ceiling(&fixture->state, (struct ceiling_id){i});
		EXPECT_CENTS(
		    state_ceiling_balance(&fixture->state, (struct ceiling_id){i}, CEILING_USED),
		    ceiling->comune.raw == fixture->izano.raw ? 28476 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(golden_cents),
	    cmocka_unit_test(ties_go_by_istat_code),
	    cmocka_unit_test(example_of_48_comuni),
	    cmocka_unit_test(random_territories),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(large_numbers),
	    cmocka_unit_test(too_many_comuni),
	    EXPECT_TEST(what_is_held_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
