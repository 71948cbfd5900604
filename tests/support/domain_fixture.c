/* The scenarios' world in memory: see domain_fixture.h. */
#include "tests/support/domain_fixture.h"

#include "tests/support/rome_zone.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define START "2026-01-01T08:00"

static void *map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT(memory != MAP_FAILED);
	return memory;
}

/* ---- Words ---- */

struct day fixture_day(const char *text)
{
	struct day day;
	bool parsed = day_parse(slice_from_text(text), &day);
	ASSERT(parsed);
	return day;
}

struct month fixture_month(const char *text)
{
	struct month month;
	bool parsed = month_parse(slice_from_text(text), &month);
	ASSERT(parsed);
	return month;
}

struct instant fixture_instant(const char *text)
{
	struct instant_text written;
	struct instant instant;
	bool parsed = instant_parse(slice_from_text(text), &written);
	ASSERT(parsed);
	enum result result = instant_resolve(rome_zone(), written, &instant);
	ASSERT(result == RESULT_OK);
	return instant;
}

void fixture_text(char *member, size_t size, const char *text)
{
	size_t length = strlen(text);
	ASSERT(length <= size);
	memset(member, 0, size);
	memcpy(member, text, length);
}

/* ---- Commands ---- */

struct command fixture_command(enum command_kind kind, struct principal_id principal)
{
	struct command command;
	memset(&command, 0, sizeof(command));
	command.kind = (uint8_t)kind;
	command.principal = principal;
	return command;
}

static void check_state(struct fixture *fixture)
{
	struct invariant_fault fault;
	if (apply_check_all(&fixture->state, &fault))
		return;
	(void)fprintf(stderr, "invariant broken: %s, %s %u\n", fault.rule,
		      record_info(fault.kind)->name, fault.id);
	ASSERT(false);
}

static void check_transitions(struct fixture *fixture, const struct command *command)
{
	if (fixture->transitions == NULL)
		return;
	const char *illegal = transitions_check(fixture->transitions, &fixture->effects, command);
	if (illegal != NULL)
		(void)fprintf(stderr, "not in tests/tables/transitions.csv: %s\n", illegal);
	ASSERT(illegal == NULL || fixture->transitions->is_lenient);
}

struct outcome fixture_do(struct fixture *fixture, const struct command *command)
{
	struct outcome outcome;
	decide(&fixture->effects, command, fixture->now, fixture->sequence, &outcome);
	bool has_effects = decide_has_effects(&fixture->effects);
	if (has_effects) {
		ASSERT(!outcome.replayed);
		ASSERT(outcome.sequence == fixture->sequence);
		fixture->sequence++;
		check_transitions(fixture, command);
		apply_effects(&fixture->state, &fixture->effects);
	} else if (outcome.replayed) {
		ASSERT(outcome.sequence < fixture->sequence);
	} else {
		ASSERT(outcome.sequence == 0);
		ASSERT(!result_is_success(outcome.result));
	}
	if (fixture->check_all)
		check_state(fixture);
	fixture->last = outcome;
	return outcome;
}

struct outcome fixture_do_keyed(struct fixture *fixture, struct command *command)
{
	uint32_t key = ++fixture->next_key;
	command->has_key = 1;
	memset(command->key_hash, 0, sizeof(command->key_hash));
	memcpy(command->key_hash, &key, sizeof(key));
	memset(command->request_hash, command->kind, sizeof(command->request_hash));
	return fixture_do(fixture, command);
}

uint32_t fixture_must(struct fixture *fixture, const struct command *command)
{
	struct outcome outcome = fixture_do(fixture, command);
	if (!result_is_success(outcome.result))
		(void)fprintf(stderr, "%s refused: %s %s\n", command_info(command->kind)->name,
			      result_code(outcome.result),
			      outcome.field == NULL ? "" : outcome.field->name);
	ASSERT(result_is_success(outcome.result));
	return outcome.object;
}

enum result fixture_result(struct fixture *fixture, const struct command *command)
{
	return fixture_do(fixture, command).result;
}

/* ---- Time ---- */

void fixture_advance(struct fixture *fixture, struct instant to)
{
	struct command tick;
	struct instant due;
	while (decide_tick_due(&fixture->state, to, &tick, &due)) {
		if (instant_less(fixture->now, due))
			fixture->now = due;
		(void)fixture_must(fixture, &tick);
	}
	struct command command =
	    fixture_command(COMMAND_KIND_CLOCK_ADVANCE, fixture->role[ROLE_ADMINISTRATOR]);
	command.input.clock_advance.to = to;
	(void)fixture_must(fixture, &command);
	fixture->now = to;
}

/* ---- Short ways ---- */

struct sub_ambito_id fixture_sub_ambito(struct fixture *fixture, struct ambito_id ambito,
					const char *code)
{
	struct command command =
	    fixture_command(COMMAND_KIND_SUB_AMBITO_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.sub_ambito_create.ambito = ambito;
	FIXTURE_TEXT(command.input.sub_ambito_create.code, code);
	FIXTURE_TEXT(command.input.sub_ambito_create.name, code);
	return (struct sub_ambito_id){fixture_must(fixture, &command)};
}

struct comune_id fixture_comune(struct fixture *fixture, struct sub_ambito_id sub_ambito,
				const char *istat_code, const char *cadastral_code,
				uint32_t population)
{
	struct command command =
	    fixture_command(COMMAND_KIND_COMUNE_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	struct command_comune_create *input = &command.input.comune_create;
	FIXTURE_TEXT(input->istat_code, istat_code);
	FIXTURE_TEXT(input->cadastral_code, cadastral_code);
	FIXTURE_TEXT(input->name, istat_code);
	input->sub_ambito = sub_ambito;
	input->population = population;
	return (struct comune_id){fixture_must(fixture, &command)};
}

struct provider_id fixture_provider(struct fixture *fixture, const char *code,
				    enum provider_kind kind, const char *vat_number,
				    const char *iban)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PROVIDER_CREATE, fixture->role[ROLE_ACCREDITOR]);
	struct command_provider_create *input = &command.input.provider_create;
	input->ambito = fixture->ambito;
	FIXTURE_TEXT(input->code, code);
	FIXTURE_TEXT(input->legal_name, code);
	input->kind = (uint8_t)kind;
	FIXTURE_TEXT(input->vat_number, vat_number);
	FIXTURE_TEXT(input->iban, iban);
	return (struct provider_id){fixture_must(fixture, &command)};
}

struct accreditation_id fixture_accredit(struct fixture *fixture, struct provider_id provider,
					 struct service_id service)
{
	struct command apply =
	    fixture_command(COMMAND_KIND_ACCREDITATION_APPLY, fixture->role[ROLE_ACCREDITOR]);
	struct command_accreditation_apply *input = &apply.input.accreditation_apply;
	input->provider = provider;
	input->services.count = 1;
	input->services.items[0].service = service;
	input->sub_ambiti.count = 6;
	for (uint32_t i = 0; i < 6; i++)
		input->sub_ambiti.items[i].sub_ambito = fixture->group[i];
	struct accreditation_id id = {fixture_must(fixture, &apply)};
	struct command approve =
	    fixture_command(COMMAND_KIND_ACCREDITATION_APPROVE, fixture->role[ROLE_ACCREDITOR]);
	approve.input.accreditation_approve.accreditation = id;
	FIXTURE_TEXT(approve.input.accreditation_approve.act, "DET-1/2024");
	approve.input.accreditation_approve.durc_valid_to = fixture_day("2099-12-31");
	(void)fixture_must(fixture, &approve);
	struct command activate =
	    fixture_command(COMMAND_KIND_ACCREDITATION_ACTIVATE, fixture->role[ROLE_CAPOFILA]);
	struct command_accreditation_activate *pact = &activate.input.accreditation_activate;
	pact->accreditation = id;
	pact->valid_from = fixture_day("2024-01-01");
	pact->valid_to = fixture_day("2028-12-31");
	FIXTURE_TEXT(pact->cig, "B0A1C2D3E4");
	FIXTURE_TEXT(pact->act, "PATTO-1/2024");
	(void)fixture_must(fixture, &activate);
	return id;
}

struct ceiling_id fixture_ceiling(struct fixture *fixture, struct comune_id comune, uint16_t year,
				  int64_t cents)
{
	struct command command =
	    fixture_command(COMMAND_KIND_CEILING_SET, fixture->role[ROLE_UDP_MANAGER]);
	struct command_ceiling_set *input = &command.input.ceiling_set;
	input->ambito = fixture->ambito;
	input->amount_cents = cents_from(cents);
	FIXTURE_TEXT(input->act, "DEL-2/2026");
	input->fund = fixture->fund;
	input->year = year;
	input->comune = comune;
	return (struct ceiling_id){fixture_must(fixture, &command)};
}

struct beneficiary_id fixture_beneficiary(struct fixture *fixture, struct comune_id comune)
{
	struct command command =
	    fixture_command(COMMAND_KIND_BENEFICIARY_CREATE, fixture->role[ROLE_SOCIAL_WORKER]);
	command.input.beneficiary_create.comune = comune;
	return (struct beneficiary_id){fixture_must(fixture, &command)};
}

struct voucher_id fixture_propose(struct fixture *fixture, struct beneficiary_id beneficiary,
				  const char *first_month, const char *last_month,
				  uint32_t units_per_month)
{
	struct command command =
	    fixture_command(COMMAND_KIND_VOUCHER_PROPOSE, fixture->role[ROLE_SOCIAL_WORKER]);
	struct command_voucher_propose *input = &command.input.voucher_propose;
	input->beneficiary = beneficiary;
	input->fund = fixture->fund;
	input->lines.count = 1;
	input->lines.items[0].service = fixture->service;
	input->lines.items[0].units_per_month = units_per_month;
	input->first_month = fixture_month(first_month);
	input->last_month = fixture_month(last_month);
	return (struct voucher_id){fixture_must(fixture, &command)};
}

struct command fixture_issue(struct fixture *fixture, struct voucher_id voucher)
{
	struct command command =
	    fixture_command(COMMAND_KIND_VOUCHER_ISSUE, fixture->role[ROLE_UDP_OFFICER]);
	command.input.voucher_issue.voucher = voucher;
	command.input.voucher_issue.code_hash = UINT64_C(0xC0DE000000000000) + voucher.raw;
	return command;
}

struct command fixture_submit(struct principal_id principal, struct voucher_id voucher,
			      const char *start, uint32_t minutes, uint64_t operator)
{
	struct command command = fixture_command(COMMAND_KIND_REDEMPTION_SUBMIT, principal);
	struct command_redemption_submit *input = &command.input.redemption_submit;
	input->voucher = voucher;
	input->start = fixture_instant(start);
	input->minutes = minutes;
	input->operator = operator;
	return command;
}

struct voucher_id fixture_title(struct fixture *fixture, struct comune_id comune,
				const char *first_month, const char *last_month,
				uint32_t units_per_month, struct provider_id provider)
{
	struct beneficiary_id beneficiary = fixture_beneficiary(fixture, comune);
	struct voucher_id voucher =
	    fixture_propose(fixture, beneficiary, first_month, last_month, units_per_month);
	struct command issue = fixture_issue(fixture, voucher);
	(void)fixture_must(fixture, &issue);
	ASSERT(fixture->last.result != RESULT_WAITLISTED);
	struct command choose = fixture_command(COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER,
						fixture->role[ROLE_SOCIAL_WORKER]);
	choose.input.voucher_choose_provider.voucher = voucher;
	choose.input.voucher_choose_provider.provider = provider;
	(void)fixture_must(fixture, &choose);
	return voucher;
}

/* ---- The world ---- */

static void set_zone(struct fixture *fixture)
{
	const struct zone_table *zone = rome_zone();
	for (uint32_t first = 0; first < zone->count;) {
		struct command command =
		    fixture_command(COMMAND_KIND_ZONE_SET, (struct principal_id){0});
		struct command_zone_set *input = &command.input.zone_set;
		input->first = (uint16_t)first;
		while (input->transitions.count < LIST_MAX_zone_input && first < zone->count) {
			struct zone_input *row =
			    &input->transitions.items[input->transitions.count++];
			row->at.us = zone->transitions[first].at_us;
			row->offset_s_plus_day =
			    (uint32_t)(zone->transitions[first].offset_s + TIME_SECONDS_PER_DAY);
			first++;
		}
		input->last = first == zone->count;
		(void)fixture_must(fixture, &command);
	}
}

void fixture_init_empty(struct fixture *fixture, uint32_t vouchers, uint32_t redemptions)
{
	memset(fixture, 0, sizeof(*fixture));
	struct state_limits limits = state_limits_for(vouchers, redemptions);
	fixture->state_memory_size = state_size_bytes(&limits);
	fixture->state_memory = map(fixture->state_memory_size);
	fixture->effects_memory = map(EFFECTS_MEMORY_SIZE);
	state_init(&fixture->state, &limits, fixture->state_memory);
	effects_init(&fixture->effects, &fixture->state, fixture->effects_memory);
	fixture->sequence = 1;
	fixture->check_all = true;
	fixture->now = fixture_instant(START);
	struct command genesis = fixture_command(COMMAND_KIND_GENESIS, (struct principal_id){0});
	genesis.input.genesis.clock_mode = CLOCK_MODE_MANUAL;
	genesis.input.genesis.clock = fixture->now;
	(void)fixture_must(fixture, &genesis);
	fixture->role[ROLE_ADMINISTRATOR].raw = 1;
	set_zone(fixture);
}

/* A principal of a role with the scopes that the role needs in this world. */
static struct principal_id add_principal(struct fixture *fixture, const char *code, enum role role,
					 struct provider_id provider)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PRINCIPAL_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	struct command_principal_create *input = &command.input.principal_create;
	FIXTURE_TEXT(input->code, code);
	input->role = (uint8_t)role;
	input->ambito = fixture->ambito;
	if (role == ROLE_PROVIDER || role == ROLE_OPERATOR)
		input->provider = provider;
	if (role == ROLE_COMUNE_ADMIN || role == ROLE_COMUNE_SOCIAL)
		input->comune = fixture->pandino;
	if (role == ROLE_SUBAMBITO_COORD)
		input->sub_ambito = fixture->group[1];
	if (role == ROLE_BENEFICIARY)
		input->beneficiary = fixture->person;
	return (struct principal_id){fixture_must(fixture, &command)};
}

static void add_offices(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_AMBITO_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(command.input.ambito_create.code, "CREMA");
	FIXTURE_TEXT(command.input.ambito_create.name, "Ambito di Crema");
	fixture->ambito.raw = fixture_must(fixture, &command);
	static const enum role offices[] = {
	    ROLE_ASSEMBLY,	ROLE_POLITICAL_BOARD, ROLE_CAPOFILA, ROLE_CONSORTIUM,
	    ROLE_UDP_OFFICER,	ROLE_UDP_MANAGER,     ROLE_FINANCE,  ROLE_SOCIAL_WORKER,
	    ROLE_ACCREDITOR,	ROLE_AUDITOR,	      ROLE_REGION_ATS, ROLE_TREASURER,
	    ROLE_COURIER};
	for (uint32_t i = 0; i < sizeof(offices) / sizeof(offices[0]); i++)
		fixture->role[offices[i]] =
		    add_principal(fixture, enum_name(&enum_role, (uint8_t)offices[i]), offices[i],
				  (struct provider_id){0});
}

static void add_territory(struct fixture *fixture)
{
	static const char *const codes[] = {"CREMA", "SUB1", "SUB2", "SUB3", "SUB4", "SUB5"};
	for (uint32_t i = 0; i < 6; i++)
		fixture->group[i] = fixture_sub_ambito(fixture, fixture->ambito, codes[i]);
	fixture->crema = fixture_comune(fixture, fixture->group[0], "019035", "D142", 34242);
	fixture->pandino = fixture_comune(fixture, fixture->group[1], "019067", "G306", 8852);
	fixture->offanengo = fixture_comune(fixture, fixture->group[4], "019062", "G004", 5874);
	fixture->izano = fixture_comune(fixture, fixture->group[4], "019054", "E380", 1945);
	fixture->castelleone = fixture_comune(fixture, fixture->group[5], "019025", "C153", 9278);
}

static void add_service(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_SERVICE_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	struct command_service_create *service = &command.input.service_create;
	service->ambito = fixture->ambito;
	FIXTURE_TEXT(service->code, "SAD_OSS");
	FIXTURE_TEXT(service->name, "Assistenza domiciliare - OSS");
	service->unit = UNIT_MINUTE;
	service->vat_social_coop_bp = 500;
	service->vat_non_commercial_ets_bp = 0;
	service->vat_other_bp = 2200;
	fixture->service.raw = fixture_must(fixture, &command);
	command = fixture_command(COMMAND_KIND_TARIFF_CREATE, fixture->role[ROLE_ASSEMBLY]);
	struct command_tariff_create *tariff = &command.input.tariff_create;
	tariff->service = fixture->service;
	tariff->valid_from = fixture_day("2024-01-01");
	tariff->net_cents = cents_from(2260);
	FIXTURE_TEXT(tariff->act, "DEL-1/2024");
	fixture->tariff.raw = fixture_must(fixture, &command);
}

/* One year of the fund up to APPROVED, with a commitment for all of it. */
static void add_year(struct fixture *fixture, uint16_t year, struct fund_year_id *ret_year,
		     struct commitment_id *ret_commitment)
{
	struct command propose =
	    fixture_command(COMMAND_KIND_FUND_YEAR_PROPOSE, fixture->role[ROLE_UDP_MANAGER]);
	propose.input.fund_year_propose.fund = fixture->fund;
	propose.input.fund_year_propose.year = year;
	propose.input.fund_year_propose.stated_cents = cents_from(14035000);
	FIXTURE_TEXT(propose.input.fund_year_propose.act, "DGR-1");
	ret_year->raw = fixture_must(fixture, &propose);
	struct command approve =
	    fixture_command(COMMAND_KIND_FUND_YEAR_APPROVE, fixture->role[ROLE_ASSEMBLY]);
	approve.input.fund_year_approve.fund = fixture->fund;
	approve.input.fund_year_approve.year = year;
	approve.input.fund_year_approve.ascertained_cents = cents_from(14035000);
	FIXTURE_TEXT(approve.input.fund_year_approve.act, "DEL-3");
	(void)fixture_must(fixture, &approve);
	struct command commit =
	    fixture_command(COMMAND_KIND_COMMITMENT_CREATE, fixture->role[ROLE_FINANCE]);
	struct command_commitment_create *input = &commit.input.commitment_create;
	input->fund = fixture->fund;
	input->year = year;
	FIXTURE_TEXT(input->number, "101");
	FIXTURE_TEXT(input->chapter, "1200");
	input->amount_cents = cents_from(14035000);
	FIXTURE_TEXT(input->act, "DET-7");
	ret_commitment->raw = fixture_must(fixture, &commit);
}

static void add_fund(struct fixture *fixture)
{
	struct command command =
	    fixture_command(COMMAND_KIND_FUND_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.fund_create.ambito = fixture->ambito;
	FIXTURE_TEXT(command.input.fund_create.code, "FNPS");
	FIXTURE_TEXT(command.input.fund_create.name, "Fondo nazionale politiche sociali");
	fixture->fund.raw = fixture_must(fixture, &command);
	add_year(fixture, 2026, &fixture->year_2026, &fixture->commitment_2026);
	add_year(fixture, 2027, &fixture->year_2027, &fixture->commitment_2027);
	command = fixture_command(COMMAND_KIND_FUND_YEAR_OPEN, fixture->role[ROLE_FINANCE]);
	command.input.fund_year_open.fund = fixture->fund;
	command.input.fund_year_open.year = 2026;
	(void)fixture_must(fixture, &command);
}

static void add_providers(struct fixture *fixture)
{
	fixture->alfa = fixture_provider(fixture, "ALFA", PROVIDER_KIND_SOCIAL_COOP, "01234567897",
					 "IT60X0542811101000000123456");
	fixture->beta = fixture_provider(fixture, "BETA", PROVIDER_KIND_SOCIAL_COOP, "98765432103",
					 "IT25O0306909606100000012345");
	fixture->gamma = fixture_provider(fixture, "GAMMA", PROVIDER_KIND_NON_COMMERCIAL_ETS,
					  "11122233346", "IT67B0200801600000101234567");
	fixture->alfa_accreditation = fixture_accredit(fixture, fixture->alfa, fixture->service);
	fixture->beta_accreditation = fixture_accredit(fixture, fixture->beta, fixture->service);
	fixture->gamma_accreditation = fixture_accredit(fixture, fixture->gamma, fixture->service);
	fixture->alfa_principal = add_principal(fixture, "alfa", ROLE_PROVIDER, fixture->alfa);
	fixture->beta_principal = add_principal(fixture, "beta", ROLE_PROVIDER, fixture->beta);
	fixture->gamma_principal = add_principal(fixture, "gamma", ROLE_PROVIDER, fixture->gamma);
	fixture->role[ROLE_PROVIDER] = fixture->alfa_principal;
}

void fixture_init(struct fixture *fixture)
{
	fixture_init_empty(fixture, 20000, 200000);
	add_offices(fixture);
	add_territory(fixture);
	add_service(fixture);
	add_fund(fixture);
	add_providers(fixture);
	fixture->person = fixture_beneficiary(fixture, fixture->pandino);
	static const enum role scoped[] = {ROLE_COMUNE_ADMIN, ROLE_COMUNE_SOCIAL,
					   ROLE_SUBAMBITO_COORD, ROLE_OPERATOR, ROLE_BENEFICIARY};
	for (uint32_t i = 0; i < sizeof(scoped) / sizeof(scoped[0]); i++)
		fixture->role[scoped[i]] =
		    add_principal(fixture, enum_name(&enum_role, (uint8_t)scoped[i]), scoped[i],
				  fixture->alfa);
	fixture->deputy = add_principal(fixture, "deputy", ROLE_UDP_MANAGER, fixture->alfa);
}

void fixture_deinit(struct fixture *fixture)
{
	int unmapped = munmap(fixture->state_memory, fixture->state_memory_size);
	ASSERT(unmapped == 0);
	unmapped = munmap(fixture->effects_memory, EFFECTS_MEMORY_SIZE);
	ASSERT(unmapped == 0);
	memset(fixture, 0, sizeof(*fixture));
}
