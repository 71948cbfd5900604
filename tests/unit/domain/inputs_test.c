/* The rules of the field tables: every required field of every command, ranges, values,
 * references. */
#include "tests/support/random.h"
#include "tests/unit/domain/inputs_walk.h"

#include "engine/domain/inputs.h"

#include <string.h>

/* Gives one field a value that any rule accepts. */
static void fill(unsigned char *bytes, const struct field *field)
{
	static const uint32_t one = 1;
	static const uint16_t year = 2026;
	struct day day = fixture_day("2026-01-01");
	struct month month = fixture_month("2026-01");
	struct instant instant = fixture_instant("2026-01-01T09:00");
	switch (field->type) {
	case FIELD_DAY:
		memcpy(bytes, &day, sizeof(day));
		break;
	case FIELD_MONTH:
		memcpy(bytes, &month, sizeof(month));
		break;
	case FIELD_INSTANT:
		memcpy(bytes, &instant, sizeof(instant));
		break;
	case FIELD_U16:
		memcpy(bytes, &year, sizeof(year));
		break;
	case FIELD_TEXT:
		bytes[0] = 'A';
		break;
	case FIELD_LIST:
		memcpy(bytes, &one, sizeof(one));
		for (uint32_t i = 0; i < field->items->count; i++)
			fill(bytes + field->size + field->items->fields[i].offset,
			     &field->items->fields[i]);
		break;
	default:
		bytes[0] = 1;
		break;
	}
}

static bool zero_is_a_value(const struct field *field)
{
	switch (field->type) {
	case FIELD_FLAG:
	case FIELD_U8:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_CENTS:
	case FIELD_BYTES:
		return true;
	case FIELD_U16:
		return strcmp(field->name, "year") != 0;
	default:
		return false;
	}
}

/* Runs the two checks on a command outside the door. */
static enum result check(struct fixture *fixture, const struct command *command,
			 const struct field **ret_field)
{
	struct outcome outcome = {.result = RESULT_OK};
	struct decision decision = {.effects = &fixture->effects,
				    .state = &fixture->state,
				    .command = command,
				    .info = command_info(command->kind),
				    .outcome = &outcome,
				    .now = fixture->now};
	enum result result = inputs_check_fields(&decision);
	*ret_field = outcome.field;
	return result;
}

static void every_required_field_of_every_command(void **state)
{
	struct fixture *fixture = *state;
	uint32_t required = 0;
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		if (info == NULL)
			continue;
		struct command full = fixture_command((enum command_kind)kind,
						      (struct principal_id){0});
		unsigned char *input = (unsigned char *)&full.input;
		for (uint32_t i = 0; i < info->set.count; i++)
			if ((info->set.fields[i].flags & (FIELD_REQ | FIELD_PATH)) != 0)
				fill(input + info->set.fields[i].offset, &info->set.fields[i]);
		const struct field *at_fault = NULL;
		assert_int_equal(check(fixture, &full, &at_fault), RESULT_OK);
		for (uint32_t i = 0; i < info->set.count; i++) {
			const struct field *field = &info->set.fields[i];
			if ((field->flags & (FIELD_REQ | FIELD_PATH)) == 0 ||
			    zero_is_a_value(field))
				continue;
			struct command holed = full;
			unsigned char *bytes = (unsigned char *)&holed.input + field->offset;
			size_t size = field->type == FIELD_LIST ? sizeof(uint32_t) : field->size;
			memset(bytes, 0, size);
			assert_int_equal(check(fixture, &holed, &at_fault), RESULT_FIELD_MISSING);
			assert_ptr_equal(at_fault, field);
			required++;
		}
	}
	assert_true(required > 100);
}

static struct command ceiling_set_command(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_CEILING_SET, fixture->role[ROLE_UDP_MANAGER]);
	command.input.ceiling_set.ambito = fixture->ambito;
	command.input.ceiling_set.amount_cents = cents_from(100);
	FIXTURE_TEXT(command.input.ceiling_set.act, "DEL-1");
	return command;
}

static void ranges(void **state)
{
	struct fixture *fixture = *state;
	struct command command = ceiling_set_command(fixture);
	struct command_ceiling_set *input = &command.input.ceiling_set;
	input->amount_cents = cents_from(-1);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "amount_cents");
	input->amount_cents = cents_from(INPUT_CENTS_MAX + 1);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "amount_cents");
	input->amount_cents = cents_from(INPUT_CENTS_MAX);
	EXPECT(fixture, &command, OK);
	command = ceiling_set_command(fixture);
	input->year = 1999;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "year");
	input->year = 2101;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "year");
	input->year = 2100;
	EXPECT(fixture, &command, OK);
	command = ceiling_set_command(fixture);
	input->month = fixture_month("1999-12");
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "month");
	input->month = fixture_month("2101-01");
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "month");
	input->month.number = INT32_MAX;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "month");
	input->month.number = -5;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "month");
	input->month = fixture_month("2000-01");
	EXPECT(fixture, &command, OK);
}

static void days_and_instants(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    fixture_command(COMMAND_KIND_TARIFF_CREATE, fixture->role[ROLE_ASSEMBLY]);
	struct command_tariff_create *tariff = &command.input.tariff_create;
	tariff->service = fixture->service;
	tariff->net_cents = cents_from(1);
	FIXTURE_TEXT(tariff->act, "D");
	static const int32_t bad_days[] = {INT32_MIN, -1, 10956, 47847, INT32_MAX};
	for (uint32_t i = 0; i < sizeof(bad_days) / sizeof(bad_days[0]); i++) {
		tariff->valid_from.number = bad_days[i];
		EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "valid_from");
	}
	tariff->valid_from = fixture_day("2100-12-31");
	EXPECT(fixture, &command, OK);
	command = fixture_command(COMMAND_KIND_CLOCK_ADVANCE, fixture->role[ROLE_ADMINISTRATOR]);
	static const int64_t bad_instants[] = {INT64_MIN, -1, 1, INT64_C(946684799999999),
					       INT64_C(4133980800000000), INT64_MAX};
	for (uint32_t i = 0; i < sizeof(bad_instants) / sizeof(bad_instants[0]); i++) {
		command.input.clock_advance.to.us = bad_instants[i];
		EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "to");
	}
}

static void values_that_a_type_does_not_have(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    fixture_command(COMMAND_KIND_SERVICE_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	struct command_service_create *service = &command.input.service_create;
	service->ambito = fixture->ambito;
	FIXTURE_TEXT(service->code, "PASTO");
	FIXTURE_TEXT(service->name, "Pasto");
	service->unit = 7;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "unit");
	service->unit = UNIT_EURO;
	FIXTURE_TEXT(service->name, "Past\x01o");
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "name");
	FIXTURE_TEXT(service->name, "Past\xC3");
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "name");
	memset(service->name, 'x', sizeof(service->name)); /* full, without a NUL */
	EXPECT(fixture, &command, OK);
	command = fixture_command(COMMAND_KIND_ACCREDITATION_SUSPEND,
				  fixture->role[ROLE_ACCREDITOR]);
	command.input.accreditation_suspend.accreditation = fixture->alfa_accreditation;
	command.input.accreditation_suspend.effective_from = fixture_day("2026-02-01");
	FIXTURE_TEXT(command.input.accreditation_suspend.act, "DET-1");
	command.input.accreditation_suspend.safety = 2;
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "safety");
}

static void references(void **state)
{
	struct fixture *fixture = *state;
	struct command command = ceiling_set_command(fixture);
	command.input.ceiling_set.provider.raw = 77;
	EXPECT_FIELD(fixture, &command, UNKNOWN_REFERENCE, "provider");
	command = fixture_command(COMMAND_KIND_CEILING_RAISE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.ceiling_raise.ceiling.raw = 1;
	command.input.ceiling_raise.amount_cents = cents_from(1);
	FIXTURE_TEXT(command.input.ceiling_raise.act, "DEL-1");
	EXPECT_FIELD(fixture, &command, NOT_FOUND, "ceiling");
	command = fixture_command(COMMAND_KIND_ACCREDITATION_APPLY, fixture->role[ROLE_ACCREDITOR]);
	struct command_accreditation_apply *apply = &command.input.accreditation_apply;
	apply->provider = fixture->alfa;
	apply->services.count = 2;
	apply->services.items[0].service = fixture->service;
	apply->sub_ambiti.count = 1;
	apply->sub_ambiti.items[0].sub_ambito = fixture->group[0];
	EXPECT_FIELD(fixture, &command, FIELD_MISSING, "services");
	apply->services.items[1].service.raw = 64;
	EXPECT_FIELD(fixture, &command, UNKNOWN_REFERENCE, "services");
	apply->services.count = 33;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "services");
	apply->services.count = 1;
	EXPECT(fixture, &command, OK);
}

/* Gives one scalar a value at the edge of what its type accepts, or a random one. */
static void trouble(struct test_random *random, const struct field *field, unsigned char *bytes)
{
	static const int32_t days[] = {0, 1, -1, 10956, 10957, 47846, 47847, INT32_MIN, INT32_MAX};
	static const int32_t months[] = {0, 1, -1, 23999, 24000, 25211, 25212, INT32_MIN, INT32_MAX};
	static const int64_t instants[] = {
	    0, 1, -1, INT64_C(946684799999999), INT64_C(946684800000000),
	    INT64_C(4133980799999999), INT64_C(4133980800000000), INT64_MIN, INT64_MAX};
	static const int64_t cents[] = {0, 1, -1, INPUT_CENTS_MAX - 1, INPUT_CENTS_MAX,
					INPUT_CENTS_MAX + 1, 2, INT64_MIN, INT64_MAX};
	static const uint16_t years[] = {0, 1, 1999, 2000, 2026, 2100, 2101, 9, UINT16_MAX};
	uint64_t pick = test_random_below(random, 9);
	memset(bytes, 0, field->size);
	if (field->type == FIELD_DAY)
		memcpy(bytes, &days[pick], sizeof(days[pick]));
	else if (field->type == FIELD_MONTH)
		memcpy(bytes, &months[pick], sizeof(months[pick]));
	else if (field->type == FIELD_INSTANT)
		memcpy(bytes, &instants[pick], sizeof(instants[pick]));
	else if (field->type == FIELD_CENTS)
		memcpy(bytes, &cents[pick], sizeof(cents[pick]));
	else if (field->type == FIELD_U16)
		memcpy(bytes, &years[pick], sizeof(years[pick]));
	else if (pick > 2)
		test_random_bytes(random, bytes, 1 + test_random_below(random, field->size));
}

/* Changes one field of a command, or the length of one of its lists. */
static void spoil(struct test_random *random, const struct field_set *set, unsigned char *owner)
{
	const struct field *field = &set->fields[test_random_below(random, set->count)];
	unsigned char *bytes = owner + field->offset;
	if (field->type != FIELD_LIST) {
		trouble(random, field, bytes);
		return;
	}
	uint32_t count = (uint32_t)test_random_below(random, field->items_max + 2u);
	memcpy(bytes, &count, sizeof(count));
	if (count == 0 || count > field->items_max)
		return;
	const struct field *inner =
	    &field->items->fields[test_random_below(random, field->items->count)];
	trouble(random, inner,
		bytes + field->size +
		    test_random_below(random, count) * field->items->struct_size + inner->offset);
}

static void assert_same_references(const struct command *command)
{
	static struct reference expected[INPUTS_WALK_REFERENCES_MAX];
	uint32_t count = inputs_walk_references(command, expected);
	struct references references;
	struct reference reference;
	uint32_t found = 0;
	references_begin(&references, command);
	while (references_next(&references, &reference)) {
		assert_true(found < count);
		assert_ptr_equal(reference.field, expected[found].field);
		assert_int_equal(reference.kind, expected[found].kind);
		assert_int_equal(reference.id, expected[found].id);
		found++;
	}
	assert_int_equal(found, count);
}

/* For every kind of command: inputs that are right but for some fields. The straight code finds the
 * fault and the identifiers that a walk over the field tables finds. */
static void the_walk_over_the_tables_agrees(void **state)
{
	struct fixture *fixture = *state;
	struct test_random random = test_random_make("the_walk_over_the_tables_agrees");
	uint32_t accepted = 0;
	uint32_t refused = 0;
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		for (uint32_t round = 0; info != NULL && round < 400; round++) {
			struct command command = fixture_command((enum command_kind)kind,
								 (struct principal_id){0});
			unsigned char *input = (unsigned char *)&command.input;
			for (uint32_t i = 0; i < info->set.count; i++)
				fill(input + info->set.fields[i].offset, &info->set.fields[i]);
			for (uint32_t i = 0; i < round % 4 && info->set.count > 0; i++)
				spoil(&random, &info->set, input);
			const struct field *expected = NULL;
			const struct field *at_fault = NULL;
			enum result result = inputs_walk_fields(&command, &expected);
			assert_int_equal(check(fixture, &command, &at_fault), result);
			assert_ptr_equal(at_fault, expected);
			if (result == RESULT_OK)
				assert_same_references(&command);
			accepted += result == RESULT_OK;
			refused += result != RESULT_OK;
		}
	}
	assert_true(accepted > 5000 && refused > 5000);
}

/* An ambito beside the fixture's, with a sub-ambito of its own. */
static void make_lodi(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_AMBITO_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(command.input.ambito_create.code, "LODI");
	FIXTURE_TEXT(command.input.ambito_create.name, "Lodi");
	struct ambito_id lodi = {fixture_must(fixture, &command)};
	command =
	    fixture_command(COMMAND_KIND_PRINCIPAL_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(command.input.principal_create.code, "lodi");
	command.input.principal_create.role = ROLE_UDP_OFFICER;
	command.input.principal_create.ambito = lodi;
	command = fixture_command(COMMAND_KIND_SUB_AMBITO_CREATE,
				  (struct principal_id){fixture_must(fixture, &command)});
	command.input.sub_ambito_create.ambito = lodi;
	FIXTURE_TEXT(command.input.sub_ambito_create.code, "SUB1");
	FIXTURE_TEXT(command.input.sub_ambito_create.name, "Uno");
	assert_true(fixture_must(fixture, &command) != 0);
	assert_true(state_count(&fixture->state, RECORD_KIND_AMBITO) == 2);
}

/* One identifier: none, one of the first or last records of its kind, or one that is too high. */
static void name_something(struct test_random *random, const struct state *state,
			   const struct field *field, unsigned char *bytes)
{
	if (field->type != FIELD_ID)
		return;
	uint32_t count = state_count(state, (enum record_kind)field->kind);
	const uint32_t choices[] = {0, 0, 1, 1, 2, count, count, count, count + 1};
	uint32_t id = choices[test_random_below(random, sizeof(choices) / sizeof(choices[0]))];
	memcpy(bytes, &id, sizeof(id));
}

/* Things of one ambito, of two, of none and things that do not exist are told apart as a walk tells
 * them. */
static void things_named_lie_in_one_ambito(void **state)
{
	struct fixture *fixture = *state;
	struct test_random random = test_random_make("things_named_lie_in_one_ambito");
	uint32_t found[3] = {0, 0, 0};
	make_lodi(fixture);
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		for (uint32_t round = 0; info != NULL && round < 300; round++) {
			struct command command = fixture_command((enum command_kind)kind,
								 (struct principal_id){0});
			unsigned char *input = (unsigned char *)&command.input;
			for (uint32_t i = 0; i < info->set.count; i++)
				name_something(&random, &fixture->state, &info->set.fields[i],
					       input + info->set.fields[i].offset);
			struct outcome outcome = {.result = RESULT_OK};
			struct decision decision = {.state = &fixture->state,
						    .command = &command,
						    .info = info,
						    .given = references_given(info, &command),
						    .outcome = &outcome};
			const struct field *expected = NULL;
			enum result result =
			    inputs_walk_places(&fixture->state, &command, &expected);
			assert_int_equal(inputs_check_references(&decision), result);
			assert_ptr_equal(outcome.field, expected);
			found[result == RESULT_OK ? 0 : result == RESULT_NOT_FOUND ? 1 : 2]++;
		}
	}
	assert_true(found[0] > 1000 && found[1] > 100 && found[2] > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(every_required_field_of_every_command),
	    EXPECT_TEST(ranges),
	    EXPECT_TEST(days_and_instants),
	    EXPECT_TEST(values_that_a_type_does_not_have),
	    EXPECT_TEST(references),
	    EXPECT_TEST(the_walk_over_the_tables_agrees),
	    EXPECT_TEST(things_named_lie_in_one_ambito),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
