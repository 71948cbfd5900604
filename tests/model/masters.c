/* The masters of a random world: two ambiti, their places, services, funds, providers, offices. */
#include "tests/model/world.h"

#include <stdio.h>
#include <string.h>

static const enum role offices[] = {
    ROLE_ASSEMBLY,	ROLE_CAPOFILA,	 ROLE_UDP_OFFICER, ROLE_UDP_MANAGER, ROLE_FINANCE,
    ROLE_SOCIAL_WORKER, ROLE_ACCREDITOR, ROLE_TREASURER};

static uint32_t made(struct world *world, const struct command *command)
{
	struct outcome outcome = world_do(world, command);
	ASSERT(outcome.result == RESULT_OK);
	return outcome.object;
}

/* The first principal of a role in an ambito (0: of all). */
static struct principal_id office(const struct world *world, enum role role, uint32_t ambito)
{
	const struct reference *ref = world->ref;
	for (uint32_t i = 1; i <= ref->principals; i++)
		if (ref->principal[i].role == (uint32_t)role && ref->principal[i].ambito == ambito)
			return (struct principal_id){i};
	ASSERT(false);
	return (struct principal_id){0};
}

static void add_principal(struct world *world, enum role role, struct ref_principal scope)
{
	struct command command = fixture_command(COMMAND_KIND_PRINCIPAL_CREATE,
						 (struct principal_id){1});
	struct command_principal_create *input = &command.input.principal_create;
	char code[32];
	(void)snprintf(code, sizeof(code), "p%u", world->ref->principals + 1);
	FIXTURE_TEXT(input->code, code);
	input->role = (uint8_t)role;
	input->ambito.raw = scope.ambito;
	input->comune.raw = scope.comune;
	input->provider.raw = scope.provider;
	input->beneficiary.raw = scope.beneficiary;
	(void)made(world, &command);
}

static void add_ambito(struct world *world, const char *code)
{
	struct command command =
	    fixture_command(COMMAND_KIND_AMBITO_CREATE, (struct principal_id){1});
	FIXTURE_TEXT(command.input.ambito_create.code, code);
	FIXTURE_TEXT(command.input.ambito_create.name, code);
	uint32_t ambito = made(world, &command);
	for (uint32_t i = 0; i < sizeof(offices) / sizeof(offices[0]); i++)
		add_principal(world, offices[i], (struct ref_principal){.ambito = ambito});
}

static void add_place(struct world *world, uint32_t ambito, uint32_t sub_ambiti, uint32_t comuni)
{
	uint32_t before = world->ref->sub_ambiti;
	bool has_users = world_chance(world, 85);
	struct principal_id who = office(world, ROLE_UDP_MANAGER, ambito);
	for (uint32_t i = 0; i < sub_ambiti; i++) {
		struct command command = fixture_command(COMMAND_KIND_SUB_AMBITO_CREATE, who);
		char code[16];
		(void)snprintf(code, sizeof(code), "S%u", i);
		command.input.sub_ambito_create.ambito.raw = ambito;
		FIXTURE_TEXT(command.input.sub_ambito_create.code, code);
		FIXTURE_TEXT(command.input.sub_ambito_create.name, code);
		(void)made(world, &command);
	}
	for (uint32_t i = 0; i < comuni; i++) {
		struct command command = fixture_command(COMMAND_KIND_COMUNE_CREATE, who);
		struct command_comune_create *input = &command.input.comune_create;
		char code[8];
		/* ISTAT codes in another order than ids. */
		(void)snprintf(code, sizeof(code), "01%u9%02u", ambito, 90 - 7 * i);
		FIXTURE_TEXT(input->istat_code, code);
		FIXTURE_TEXT(input->cadastral_code, "D142");
		FIXTURE_TEXT(input->name, code);
		input->sub_ambito.raw = before + 1 + i % sub_ambiti;
		input->population = 500 + world_below(world, 30000);
		input->potential_users = 10 + world_below(world, 900);
		input->actual_users = has_users ? 1 + world_below(world, 40) : 0;
		(void)made(world, &command);
	}
}

static void add_service(struct world *world, uint32_t ambito, enum unit unit, const char *from)
{
	struct command command = fixture_command(COMMAND_KIND_SERVICE_CREATE,
						 office(world, ROLE_UDP_MANAGER, ambito));
	struct command_service_create *input = &command.input.service_create;
	char code[16];
	(void)snprintf(code, sizeof(code), "SRV%u", world->ref->services + 1);
	input->ambito.raw = ambito;
	FIXTURE_TEXT(input->code, code);
	FIXTURE_TEXT(input->name, code);
	input->unit = (uint8_t)unit;
	input->vat_social_coop_bp = world_chance(world, 80) ? 500 : 1000;
	input->vat_non_commercial_ets_bp = 0;
	input->vat_other_bp = 2200;
	uint32_t service = made(world, &command);
	if (unit == UNIT_EURO)
		return;
	command = fixture_command(COMMAND_KIND_TARIFF_CREATE,
				  office(world, ROLE_ASSEMBLY, ambito));
	command.input.tariff_create.service.raw = service;
	command.input.tariff_create.valid_from = fixture_day(from);
	command.input.tariff_create.net_cents = cents_from(1200 + world_below(world, 2500));
	FIXTURE_TEXT(command.input.tariff_create.act, "DEL-1");
	(void)made(world, &command);
}

static void add_year(struct world *world, uint32_t ambito, uint32_t fund, uint16_t year,
		     bool is_opened)
{
	struct command command = fixture_command(COMMAND_KIND_FUND_YEAR_PROPOSE,
						 office(world, ROLE_UDP_MANAGER, ambito));
	struct cents amount =
	    cents_from(world->wealth + world_below(world, (uint32_t)world->wealth / 4 + 1));
	command.input.fund_year_propose.fund.raw = fund;
	command.input.fund_year_propose.year = year;
	command.input.fund_year_propose.stated_cents = amount;
	FIXTURE_TEXT(command.input.fund_year_propose.act, "DGR-1");
	(void)made(world, &command);
	command = fixture_command(COMMAND_KIND_FUND_YEAR_APPROVE,
				  office(world, ROLE_ASSEMBLY, ambito));
	command.input.fund_year_approve.fund.raw = fund;
	command.input.fund_year_approve.year = year;
	command.input.fund_year_approve.ascertained_cents = amount;
	FIXTURE_TEXT(command.input.fund_year_approve.act, "DEL-3");
	(void)made(world, &command);
	command = fixture_command(COMMAND_KIND_COMMITMENT_CREATE,
				  office(world, ROLE_FINANCE, ambito));
	command.input.commitment_create.fund.raw = fund;
	command.input.commitment_create.year = year;
	command.input.commitment_create.amount_cents =
	    cents_from(world->wealth / (world_chance(world, 30) ? 20 : 2) +
		       world_below(world, (uint32_t)world->wealth / 2 + 1));
	FIXTURE_TEXT(command.input.commitment_create.number, "1");
	FIXTURE_TEXT(command.input.commitment_create.chapter, "1200");
	FIXTURE_TEXT(command.input.commitment_create.act, "DET-1");
	(void)made(world, &command);
	if (!is_opened)
		return;
	command = fixture_command(COMMAND_KIND_FUND_YEAR_OPEN,
				  office(world, ROLE_FINANCE, ambito));
	command.input.fund_year_open.fund.raw = fund;
	command.input.fund_year_open.year = year;
	(void)made(world, &command);
}

static void add_fund(struct world *world, uint32_t ambito)
{
	struct command command = fixture_command(COMMAND_KIND_FUND_CREATE,
						 office(world, ROLE_UDP_MANAGER, ambito));
	char code[16];
	(void)snprintf(code, sizeof(code), "FND%u", world->ref->funds + 1);
	command.input.fund_create.ambito.raw = ambito;
	FIXTURE_TEXT(command.input.fund_create.code, code);
	FIXTURE_TEXT(command.input.fund_create.name, code);
	uint32_t fund = made(world, &command);
	int32_t now = ref_year_of(ref_day(world->ref->now));
	for (int32_t year = now - 1; year <= now + 2; year++)
		if (ambito == 1 && world_chance(world, 90))
			add_year(world, ambito, fund, (uint16_t)year,
				 year <= now || world_chance(world, 50));
}

static void accredit(struct world *world, uint32_t ambito, uint32_t provider)
{
	struct command command = fixture_command(COMMAND_KIND_ACCREDITATION_APPLY,
						 office(world, ROLE_ACCREDITOR, ambito));
	struct command_accreditation_apply *input = &command.input.accreditation_apply;
	input->provider.raw = provider;
	for (uint32_t i = 1; i <= world->ref->services; i++)
		if (world->ref->service[i].ambito == ambito &&
		    (i == 1 || world_chance(world, 85)))
			input->services.items[input->services.count++].service.raw = i;
	for (uint32_t i = 1; i <= world->ref->sub_ambiti; i++)
		if (world->ref->sub_ambito_of[i] == ambito &&
		    (input->sub_ambiti.count == 0 || world_chance(world, 80)))
			input->sub_ambiti.items[input->sub_ambiti.count++].sub_ambito.raw = i;
	if (input->services.count == 0)
		input->services.items[input->services.count++].service.raw = 5;
	struct accreditation_id id = {made(world, &command)};
	command = fixture_command(COMMAND_KIND_ACCREDITATION_APPROVE,
				  office(world, ROLE_ACCREDITOR, ambito));
	command.input.accreditation_approve.accreditation = id;
	FIXTURE_TEXT(command.input.accreditation_approve.act, "DET-1");
	command.input.accreditation_approve.durc_valid_to.number = ref_day(world->ref->now) + 1;
	(void)made(world, &command);
	command = fixture_command(COMMAND_KIND_ACCREDITATION_ACTIVATE,
				  office(world, ROLE_CAPOFILA, ambito));
	struct command_accreditation_activate *pact = &command.input.accreditation_activate;
	pact->accreditation = id;
	pact->valid_from.number = ref_day(world->ref->now) - 200;
	pact->valid_to.number =
	    ref_day(world->ref->now) + 150 + (int32_t)world_below(world, 900);
	FIXTURE_TEXT(pact->cig, "B0A1C2D3E4");
	FIXTURE_TEXT(pact->act, "PATTO-1");
	(void)made(world, &command);
}

static void add_provider(struct world *world, uint32_t ambito, enum provider_kind kind)
{
	struct command command = fixture_command(COMMAND_KIND_PROVIDER_CREATE,
						 office(world, ROLE_ACCREDITOR, ambito));
	struct command_provider_create *input = &command.input.provider_create;
	char code[16];
	(void)snprintf(code, sizeof(code), "PRV%u", world->ref->providers + 1);
	input->ambito.raw = ambito;
	FIXTURE_TEXT(input->code, code);
	FIXTURE_TEXT(input->legal_name, code);
	FIXTURE_TEXT(input->vat_number, "01234567897");
	FIXTURE_TEXT(input->iban, "IT60X0542811101000000123456");
	input->kind = (uint8_t)kind;
	uint32_t provider = made(world, &command);
	add_principal(world, ROLE_PROVIDER,
		      (struct ref_principal){.ambito = ambito, .provider = provider});
	accredit(world, ambito, provider);
}

static void add_persons(struct world *world)
{
	for (uint32_t i = 0; i < 14; i++) {
		uint32_t comune = 1 + world_below(world, world->ref->comuni);
		uint32_t ambito = world->ref->comune[comune].ambito;
		struct command command =
		    fixture_command(COMMAND_KIND_BENEFICIARY_CREATE,
				    office(world, ROLE_SOCIAL_WORKER, ambito));
		command.input.beneficiary_create.comune.raw = comune;
		uint32_t person = made(world, &command);
		if (i < 3)
			add_principal(world, ROLE_BENEFICIARY,
				      (struct ref_principal){.ambito = ambito,
							     .beneficiary = person});
	}
}

static void add_masters(struct world *world)
{
	static const enum unit units[] = {UNIT_MINUTE, UNIT_MINUTE, UNIT_ACCESS, UNIT_EURO};
	static const enum provider_kind kinds[] = {
	    PROVIDER_KIND_SOCIAL_COOP, PROVIDER_KIND_NON_COMMERCIAL_ETS, PROVIDER_KIND_OTHER,
	    PROVIDER_KIND_SOCIAL_COOP, PROVIDER_KIND_NON_COMMERCIAL_ETS};
	add_ambito(world, "UNO");
	add_ambito(world, "DUE");
	add_principal(world, ROLE_SOCIAL_WORKER, (struct ref_principal){0});
	add_principal(world, ROLE_UDP_OFFICER, (struct ref_principal){0});
	add_principal(world, ROLE_UDP_MANAGER, (struct ref_principal){0});
	add_principal(world, ROLE_ACCREDITOR, (struct ref_principal){0});
	add_place(world, 1, 3, 5);
	add_place(world, 2, 1, 1);
	for (uint32_t i = 0; i < 4; i++)
		add_service(world, 1, units[i],
			    i == 1 && world_chance(world, 40) ? "2027-03-01" : "2024-01-01");
	add_service(world, 2, UNIT_MINUTE, "2026-01-01");
	for (uint32_t i = 0; i < 3; i++)
		add_fund(world, 1);
	add_fund(world, 2);
	for (uint32_t i = 0; i < 5; i++)
		add_provider(world, 1, kinds[i]);
	add_provider(world, 2, PROVIDER_KIND_SOCIAL_COOP);
	for (uint32_t i = 1; i <= world->ref->comuni; i++) {
		struct ref_principal scope = {.ambito = world->ref->comune[i].ambito, .comune = i};
		add_principal(world, ROLE_COMUNE_SOCIAL, scope);
		if (i < 3)
			add_principal(world, ROLE_COMUNE_ADMIN, scope);
	}
	add_persons(world);
}

/* How often each command comes, in thousandths before each world's own taste. */
static void set_pulls(struct world *world)
{
	static const struct {
		uint8_t kind;
		uint8_t weight;
	} pulls[] = {{COMMAND_KIND_CLOCK_ADVANCE, 32},
		     {COMMAND_KIND_TARIFF_CREATE, 10},
		     {COMMAND_KIND_FUND_YEAR_PROPOSE, 12},
		     {COMMAND_KIND_FUND_YEAR_APPROVE, 14},
		     {COMMAND_KIND_FUND_YEAR_OPEN, 14},
		     {COMMAND_KIND_FUND_YEAR_VARY, 18},
		     {COMMAND_KIND_CEILING_SET, 14},
		     {COMMAND_KIND_CEILING_RAISE, 12},
		     {COMMAND_KIND_CEILING_LOWER, 20},
		     {COMMAND_KIND_CEILING_ALLOCATE, 10},
		     {COMMAND_KIND_ACCREDITATION_APPLY, 12},
		     {COMMAND_KIND_ACCREDITATION_APPROVE, 12},
		     {COMMAND_KIND_ACCREDITATION_ACTIVATE, 14},
		     {COMMAND_KIND_ACCREDITATION_SUSPEND, 11},
		     {COMMAND_KIND_ACCREDITATION_REINSTATE, 22},
		     {COMMAND_KIND_ACCREDITATION_REVOKE, 7},
		     {COMMAND_KIND_COMMITMENT_CREATE, 16},
		     {COMMAND_KIND_BENEFICIARY_CREATE, 10},
		     {COMMAND_KIND_VOUCHER_PROPOSE, 44},
		     {COMMAND_KIND_VOUCHER_ISSUE, 58},
		     {COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER, 56},
		     {COMMAND_KIND_VOUCHER_REVOKE, 11},
		     {COMMAND_KIND_VOUCHER_CANCEL, 13},
		     {COMMAND_KIND_REDEMPTION_SUBMIT, 250},
		     {COMMAND_KIND_REDEMPTION_BOOK, 64},
		     {COMMAND_KIND_BOOKING_CANCEL, 24},
		     {COMMAND_KIND_REDEMPTION_REVERSE, 24},
		     {COMMAND_KIND_REDEMPTION_DISPUTE, 32},
		     {COMMAND_KIND_REDEMPTION_RESOLVE, 34},
		     {COMMAND_KIND_REDEMPTION_AUTHORISE_LATE, 22},
		     {COMMAND_KIND_REDEMPTION_REJECT, 9},
		     {COMMAND_KIND_STATEMENT_FREEZE, 46},
		     {COMMAND_KIND_STATEMENT_CONFIRM, 24},
		     {COMMAND_KIND_STATEMENT_ATTEST, 46},
		     {COMMAND_KIND_STATEMENT_MATCH_INVOICE, 24},
		     {COMMAND_KIND_STATEMENT_APPROVE, 20},
		     {COMMAND_KIND_STATEMENT_EXPORT, 20},
		     {COMMAND_KIND_STATEMENT_ORDER, 16},
		     {COMMAND_KIND_STATEMENT_PAY, 16}};
	for (uint32_t i = 0; i < sizeof(pulls) / sizeof(pulls[0]); i++)
		world->pull[pulls[i].kind] =
		    pulls[i].weight * (75 + world_below(world, 50)) / 100 + 1;
	if (!world->is_miserly)
		return;
	world->pull[COMMAND_KIND_CEILING_LOWER] *= 3;
	world->pull[COMMAND_KIND_FUND_YEAR_VARY] *= 3;
}

void world_init(struct world *world, struct reference *ref, struct test_random random,
		struct hits *hits)
{
	static const int64_t wealth[] = {700000, 3000000, 30000000};
	static const uint32_t workers[] = {2, 5, 40};
	memset(world, 0, sizeof(*world));
	world->ref = ref;
	world->random = random;
	world->hits = hits;
	hits->worlds++;
	fixture_init_empty(&world->fixture, REF_VOUCHERS, REF_RECORDS);
	world->fixture.check_all = false;
	reference_init(ref, world->fixture.now.us);
	world->wealth = wealth[world_below(world, 3)];
	world->workers = workers[world_below(world, 3)];
	world->patience = 1 + world_below(world, 3);
	world->next_code = UINT64_C(0xC0DE000000000001);
	world->is_miserly = world_chance(world, 40);
	set_pulls(world);
	struct command command =
	    fixture_command(COMMAND_KIND_CLOCK_ADVANCE, (struct principal_id){1});
	int32_t days = (int32_t)world_below(world, 640);
	if (world_chance(world, 40)) /* before a New Year */
		days = 260 + (int32_t)world_below(world, 90);
	command.input.clock_advance.to.us = ref->now + days * 1440 * REF_US_PER_MINUTE;
	(void)world_do(world, &command);
	add_masters(world);
	world->is_counting = true;
}

void world_deinit(struct world *world)
{
	fixture_deinit(&world->fixture);
}
