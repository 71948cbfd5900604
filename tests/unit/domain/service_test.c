/* Services and dated tariffs. */
#include "tests/unit/domain/expect.h"

#include <stdio.h>

static struct command service(struct fixture *fixture, const char *code)
{
	struct command command =
	    fixture_command(COMMAND_KIND_SERVICE_CREATE, fixture->role[ROLE_UDP_OFFICER]);
	struct command_service_create *input = &command.input.service_create;
	input->ambito = fixture->ambito;
	FIXTURE_TEXT(input->code, code);
	FIXTURE_TEXT(input->name, "Pasto a domicilio");
	input->unit = UNIT_PIECE;
	input->vat_social_coop_bp = 1000;
	return command;
}

static void codes_and_rates(void **state)
{
	struct fixture *fixture = *state;
	struct command command = service(fixture, "SAD_OSS");
	EXPECT(fixture, &command, ALREADY_EXISTS);
	assert_int_equal(fixture->last.object, fixture->service.raw);
	command = service(fixture, "PASTO");
	command.input.service_create.vat_social_coop_bp = 10001;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "vat_social_coop_bp");
	command = service(fixture, "PASTO");
	command.input.service_create.vat_non_commercial_ets_bp = 10001;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "vat_non_commercial_ets_bp");
	command = service(fixture, "PASTO");
	command.input.service_create.vat_other_bp = 65535;
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "vat_other_bp");
	command = service(fixture, "PA STO");
	EXPECT_FIELD(fixture, &command, FIELD_INVALID, "code");
	command = service(fixture, "PASTO");
	EXPECT(fixture, &command, OK);
}

static void a_ledger_has_64_services(void **state)
{
	struct fixture *fixture = *state;
	for (uint32_t i = 2; i <= 64; i++) {
		char code[16];
		(void)snprintf(code, sizeof(code), "S%u", i);
		struct command command = service(fixture, code);
		EXPECT(fixture, &command, OK);
	}
	struct command command = service(fixture, "S65");
	EXPECT(fixture, &command, CAPACITY_OF_LEDGER_REACHED);
}

static struct command tariff(struct fixture *fixture, const char *from, int64_t cents)
{
	struct command command =
	    fixture_command(COMMAND_KIND_TARIFF_CREATE, fixture->role[ROLE_ASSEMBLY]);
	struct command_tariff_create *input = &command.input.tariff_create;
	input->service = fixture->service;
	input->valid_from = fixture_day(from);
	input->net_cents = cents_from(cents);
	FIXTURE_TEXT(input->act, "DEL-4");
	return command;
}

static void tariffs_follow_each_other(void **state)
{
	struct fixture *fixture = *state;
	struct command command = tariff(fixture, "2024-01-01", 2300);
	EXPECT_FIELD(fixture, &command, ALREADY_EXISTS, "valid_from");
	assert_int_equal(fixture->last.object, fixture->tariff.raw);
	command = tariff(fixture, "2023-06-01", 2300);
	EXPECT_FIELD(fixture, &command, ALREADY_EXISTS, "valid_from");
	command = tariff(fixture, "2026-07-01", 0);
	EXPECT_FIELD(fixture, &command, FIELD_OUT_OF_RANGE, "net_cents");
	command = tariff(fixture, "2026-07-01", 2300);
	uint32_t second = fixture_must(fixture, &command);
	const struct state *ledger = &fixture->state;
	assert_int_equal(
	    state_find_tariff(ledger, fixture->service, fixture_day("2023-12-31")).raw, 0);
	assert_int_equal(
	    state_find_tariff(ledger, fixture->service, fixture_day("2024-01-01")).raw,
	    fixture->tariff.raw);
	assert_int_equal(
	    state_find_tariff(ledger, fixture->service, fixture_day("2026-06-30")).raw,
	    fixture->tariff.raw);
	assert_int_equal(
	    state_find_tariff(ledger, fixture->service, fixture_day("2026-07-01")).raw, second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(codes_and_rates),
	    EXPECT_TEST(a_ledger_has_64_services),
	    EXPECT_TEST(tariffs_follow_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
