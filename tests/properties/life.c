/* Random months: see life.h. */
#include "tests/properties/life.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_US	   (INT64_C(3600) * TIME_US_PER_SECOND)
#define TITLES_MAX 14u

struct life_hits life_hits;

void life_fail(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	printf("FAILED: ");
	vprintf(format, arguments);
	printf("\n0 passed, 1 failed\n");
	va_end(arguments);
	(void)fflush(stdout);
	exit(1);
}

uint32_t life_below(struct life *life, uint32_t bound)
{
	return bound == 0 ? 0 : (uint32_t)test_random_below(life->random, bound);
}

bool life_chance(struct life *life, uint32_t percent)
{
	return life_below(life, 100) < percent;
}

/* ---- Words ---- */

void life_hard_text(struct test_random *random, char *member, size_t size)
{
	static const char *const pieces[] = {
	    "Cooperativa ", "Sociale ", "Sant'Agàta", "\"Bontà\"", ";",	   ",",	 "=1+1",  "@x",
	    "+39 ",	    "-",	"'",	      "&",	   "&amp;", "<b>", "]]>",   "漢字",
	    "€",	    "ł",	"ß",	      "|",	   "\\",    "%s",  "–",	    "“È”",
	    "😀",	    "007",	"3-4",	      "1,23E+10",  "/",	    "//",  "sep=;", "ONLUS",
	    "\"",	    ". ",	"(a)",	      "#",	   "Õ",	    "z",   "Ü",	    "_"};
	size_t most = 1 + test_random_below(random, size);
	size_t used = 0;
	memset(member, 0, size);
	for (;;) {
		const char *piece =
		    pieces[test_random_below(random, sizeof(pieces) / sizeof(pieces[0]))];
		if (used + strlen(piece) > most)
			break;
		memcpy(member + used, piece, strlen(piece));
		used += strlen(piece);
	}
	while (used > 0 && member[used - 1] == ' ')
		member[--used] = '\0';
	if (used == 0)
		member[0] = 'X';
}
#define HARD_TEXT(life, member) life_hard_text((life)->random, (member), sizeof(member))

/* Text of the form that fits a record whatever its length. */
#define WORD(member, ...) word(member, sizeof(member), __VA_ARGS__)
__attribute__((format(printf, 3, 4))) static void word(char *member, size_t size,
						       const char *format, ...)
{
	char text[256];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fixture_text(member, size, text);
}

static struct command command_of(struct life *life, enum command_kind kind, enum role role)
{
	return fixture_command(kind, life->fixture.role[role]);
}

static uint32_t must(struct life *life, const struct command *command)
{
	return fixture_must(&life->fixture, command);
}

static enum result attempt(struct life *life, const struct command *command)
{
	return fixture_result(&life->fixture, command);
}

/* ---- The world ---- */

static void add_services(struct life *life)
{
	static const char *const codes[LIFE_SERVICES] = {"DOM", "PASTI", "VIAGGI"};
	static const char *const siope[LIFE_SERVICES] = {"1030215009", "1030215008",
							   "1030215003"};
	static const uint16_t rates[] = {500, 0, 400, 1000, 2200};
	for (uint32_t i = 0; i < LIFE_SERVICES; i++) {
		struct command command =
		    command_of(life, COMMAND_KIND_SERVICE_CREATE, ROLE_UDP_MANAGER);
		struct command_service_create *service = &command.input.service_create;
		service->ambito = life->fixture.ambito;
		WORD(service->code, "%s", codes[i]);
		HARD_TEXT(life, service->name);
		service->unit = (uint8_t)(i == 0 ? UNIT_MINUTE : i == 1 ? UNIT_PIECE : UNIT_TRIP);
		service->vat_social_coop_bp = rates[life_below(life, 2)];
		service->vat_non_commercial_ets_bp = 0;
		service->vat_other_bp = rates[life_below(life, 5)];
		WORD(service->siope_code, "%s", siope[i]);
		life->services[i].raw = must(life, &command);
		for (uint32_t j = 0; j < 2; j++) {
			command = command_of(life, COMMAND_KIND_TARIFF_CREATE, ROLE_ASSEMBLY);
			command.input.tariff_create.service = life->services[i];
			command.input.tariff_create.valid_from =
			    fixture_day(j == 0 ? "2024-01-01" : "2026-02-11");
			command.input.tariff_create.net_cents =
			    cents_from(1 + (int64_t)life_below(life, i == 0 ? 4000 : 1500));
			WORD(command.input.tariff_create.act, "DEL-%u", j);
			(void)must(life, &command);
		}
	}
}

static void add_comuni(struct life *life)
{
	for (uint32_t i = 0; i < LIFE_COMUNI; i++) {
		struct command command =
		    command_of(life, COMMAND_KIND_COMUNE_CREATE, ROLE_UDP_MANAGER);
		struct command_comune_create *input = &command.input.comune_create;
		WORD(input->istat_code, "0190%02u", 70 + i);
		WORD(input->cadastral_code, "A%03u", 1 + i);
		HARD_TEXT(life, input->name);
		input->sub_ambito = life->fixture.group[i];
		input->population = 1000;
		life->comuni[i].raw = must(life, &command);
	}
}

static struct commitment_id add_commitment(struct life *life, struct fund_id fund,
					   uint32_t number, int64_t cents)
{
	static const char *const numbers[] = {"=412", "0097", "3-4", "2026/1", "+5"};
	static const char *const chapters[] = {"1200", "CAP/12", "0350", "à 7"};
	static const char *const acts[] = {"DT 321/2026", "DET-7", "Delibera «n° 7»", "-1"};
	struct command command =
	    command_of(life, COMMAND_KIND_COMMITMENT_CREATE, ROLE_FINANCE);
	struct command_commitment_create *input = &command.input.commitment_create;
	input->fund = fund;
	input->year = 2026;
	WORD(input->number, "%s", numbers[number % 5]);
	WORD(input->chapter, "%s", chapters[life_below(life, 4)]);
	if (life_chance(life, 50))
		WORD(input->article, "%u", life_below(life, 9));
	input->amount_cents = cents_from(cents);
	WORD(input->act, "%s", acts[life_below(life, 4)]);
	return (struct commitment_id){must(life, &command)};
}

/* A second fund whose money two impegni promise. */
static void add_fund(struct life *life)
{
	struct command command = command_of(life, COMMAND_KIND_FUND_CREATE, ROLE_UDP_MANAGER);
	command.input.fund_create.ambito = life->fixture.ambito;
	WORD(command.input.fund_create.code, "FSR");
	HARD_TEXT(life, command.input.fund_create.name);
	life->second_fund.raw = must(life, &command);
	command = command_of(life, COMMAND_KIND_FUND_YEAR_PROPOSE, ROLE_UDP_MANAGER);
	command.input.fund_year_propose.fund = life->second_fund;
	command.input.fund_year_propose.year = 2026;
	command.input.fund_year_propose.stated_cents = cents_from(9000000);
	WORD(command.input.fund_year_propose.act, "DGR-1");
	(void)must(life, &command);
	command = command_of(life, COMMAND_KIND_FUND_YEAR_APPROVE, ROLE_ASSEMBLY);
	command.input.fund_year_approve.fund = life->second_fund;
	command.input.fund_year_approve.year = 2026;
	command.input.fund_year_approve.ascertained_cents = cents_from(9000000);
	WORD(command.input.fund_year_approve.act, "DEL-3");
	(void)must(life, &command);
	command = command_of(life, COMMAND_KIND_FUND_YEAR_OPEN, ROLE_FINANCE);
	command.input.fund_year_open.fund = life->second_fund;
	command.input.fund_year_open.year = 2026;
	(void)must(life, &command);
	uint32_t number = life_below(life, 5);
	(void)add_commitment(life, life->second_fund, number,
			     1000 + (int64_t)life_below(life, 200000));
	(void)add_commitment(life, life->second_fund, number + 1, 8000000);
}

static void accredit(struct life *life, const struct life_provider *provider)
{
	struct command apply =
	    command_of(life, COMMAND_KIND_ACCREDITATION_APPLY, ROLE_ACCREDITOR);
	struct command_accreditation_apply *input = &apply.input.accreditation_apply;
	input->provider = provider->id;
	input->services.count = LIFE_SERVICES;
	for (uint32_t i = 0; i < LIFE_SERVICES; i++)
		input->services.items[i].service = life->services[i];
	input->sub_ambiti.count = 6;
	for (uint32_t i = 0; i < 6; i++)
		input->sub_ambiti.items[i].sub_ambito = life->fixture.group[i];
	struct accreditation_id id = {must(life, &apply)};
	struct command approve =
	    command_of(life, COMMAND_KIND_ACCREDITATION_APPROVE, ROLE_ACCREDITOR);
	approve.input.accreditation_approve.accreditation = id;
	WORD(approve.input.accreditation_approve.act, "DET-1");
	approve.input.accreditation_approve.durc_valid_to = fixture_day("2099-12-31");
	(void)must(life, &approve);
	struct command activate =
	    command_of(life, COMMAND_KIND_ACCREDITATION_ACTIVATE, ROLE_CAPOFILA);
	struct command_accreditation_activate *pact = &activate.input.accreditation_activate;
	pact->accreditation = id;
	pact->valid_from = fixture_day("2024-01-01");
	pact->valid_to = fixture_day("2028-12-31");
	WORD(pact->cig, "%s", provider->cig);
	WORD(pact->act, "PATTO-1");
	(void)must(life, &activate);
}

static void add_providers(struct life *life)
{
	static const char *const vat[] = {"01234567897", "12345678903", "00743110157"};
	static const char *const cigs[] = {"1234567CE7", "Z5600000A1", "B0A1C2D3E4"};
	static const char *const accounts[] = {"IT60X0542811101000000123456",
					       "IT82B0306911100100000ABC123",
					       "SM86U0322509800000000270100"};
	static const enum provider_kind kinds[] = {PROVIDER_KIND_SOCIAL_COOP,
						   PROVIDER_KIND_NON_COMMERCIAL_ETS,
						   PROVIDER_KIND_OTHER};
	for (uint32_t i = 0; i < LIFE_PROVIDERS; i++) {
		struct life_provider *provider = &life->providers[i];
		struct command command =
		    command_of(life, COMMAND_KIND_PROVIDER_CREATE, ROLE_ACCREDITOR);
		struct command_provider_create *input = &command.input.provider_create;
		input->ambito = life->fixture.ambito;
		WORD(input->code, "P-%u", i);
		HARD_TEXT(life, input->legal_name);
		input->kind = (uint8_t)kinds[life_below(life, 3)];
		WORD(input->vat_number, "%s", vat[i]);
		WORD(input->iban, "%s", accounts[life_below(life, 3)]);
		provider->id.raw = must(life, &command);
		WORD(provider->cig, "%s", cigs[i]);
		accredit(life, provider);
		command =
		    command_of(life, COMMAND_KIND_PRINCIPAL_CREATE, ROLE_ADMINISTRATOR);
		command.input.principal_create.role = ROLE_PROVIDER;
		command.input.principal_create.ambito = life->fixture.ambito;
		command.input.principal_create.provider = provider->id;
		WORD(command.input.principal_create.code, "P-%u", i);
		provider->speaker.raw = must(life, &command);
	}
}

static void add_payer(struct life *life)
{
	struct command command =
	    command_of(life, COMMAND_KIND_PAYING_BODY_CREATE, ROLE_FINANCE);
	struct command_paying_body_create *input = &command.input.paying_body_create;
	input->ambito = life->fixture.ambito;
	WORD(input->code, "CAPO");
	HARD_TEXT(life, input->name);
	WORD(input->tax_code, "80012340164");
	WORD(input->iban, "IT60X0542811101000000123456");
	WORD(input->ipa_code, "UFABC1");
	WORD(input->istat_code, "000123456");
	WORD(input->treasury_abi, "05428");
	WORD(input->treasury_code, "0001234");
	if (life_chance(life, 50))
		WORD(input->bic, "BLOPIT22");
	if (life_chance(life, 50))
		WORD(input->cuc, "1234567A");
	input->format = EXPORT_FORMAT_TABLE;
	WORD(input->act, "DET-8");
	life->payer.raw = must(life, &command);
}

/* Who pays how much: nothing up to an ISEE of 3,000. */
static void add_copay(struct life *life)
{
	struct command command =
	    command_of(life, COMMAND_KIND_COPAY_SCHEME_CREATE, ROLE_UDP_MANAGER);
	struct command_copay_scheme_create *scheme = &command.input.copay_scheme_create;
	scheme->ambito = life->fixture.ambito;
	WORD(scheme->code, "LINEARE");
	WORD(scheme->act, "DEL-10");
	scheme->rules.count = 1;
	scheme->rules.items[0] =
	    (struct copay_rule_input){.kind = COPAY_RULE_LINEAR,
				      .isee_from_cents = cents_from(300000),
				      .isee_to_cents = cents_from(3000000),
				      .tariff_min_cents = cents_zero(),
				      .tariff_max_cents = cents_from(500)};
	struct copay_scheme_id id = {must(life, &command)};
	command = command_of(life, COMMAND_KIND_COPAY_ADOPTION_CREATE, ROLE_UDP_MANAGER);
	command.input.copay_adoption_create.ambito = life->fixture.ambito;
	command.input.copay_adoption_create.scheme = id;
	command.input.copay_adoption_create.valid_from = fixture_day("2026-01-01");
	WORD(command.input.copay_adoption_create.act, "DEL-11");
	(void)must(life, &command);
	command = command_of(life, COMMAND_KIND_PARAMETER_SET, ROLE_UDP_MANAGER);
	command.input.parameter_set.ambito = life->fixture.ambito;
	command.input.parameter_set.name = PARAMETER_COPAY_COLLECTION_MODEL;
	command.input.parameter_set.valid_from = fixture_day("2026-01-01");
	WORD(command.input.parameter_set.value, "%s", life_chance(life, 25) ? "A" : "B");
	WORD(command.input.parameter_set.act, "DEL-12");
	(void)must(life, &command);
	command = command_of(life, COMMAND_KIND_MEASURE_CREATE, ROLE_UDP_MANAGER);
	command.input.measure_create.ambito = life->fixture.ambito;
	command.input.measure_create.kind = TITLE_KIND_BUONO;
	WORD(command.input.measure_create.code, "B2");
	HARD_TEXT(life, command.input.measure_create.name);
	WORD(command.input.measure_create.act, "DGR-4");
	life->grants.raw = must(life, &command);
}

void life_init(struct life *life, struct test_random *random)
{
	memset(life, 0, sizeof(*life));
	life->random = random;
	fixture_init(&life->fixture);
	life->fixture.check_all = false;
	add_services(life);
	add_comuni(life);
	add_fund(life);
	add_providers(life);
	add_payer(life);
	add_copay(life);
}

void life_deinit(struct life *life)
{
	fixture_deinit(&life->fixture);
}

/* ---- Titles ---- */

static struct beneficiary_id add_person(struct life *life)
{
	struct beneficiary_id person = fixture_beneficiary(
	    &life->fixture, life->comuni[life_below(life, LIFE_COMUNI)]);
	static const int64_t isee[] = {0, 299999, 300001, 1234567, 2999999, 9000000};
	if (life_chance(life, 20))
		return person;
	struct command command =
	    command_of(life, COMMAND_KIND_ISEE_REGISTER, ROLE_SOCIAL_WORKER);
	command.input.isee_register.beneficiary = person;
	command.input.isee_register.type = ISEE_TYPE_ORDINARIO;
	command.input.isee_register.amount_cents = cents_from(isee[life_below(life, 6)]);
	command.input.isee_register.valid_from = fixture_day("2026-01-01");
	(void)must(life, &command);
	return person;
}

static struct fund_id any_fund(struct life *life)
{
	return life_chance(life, 50) ? life->fixture.fund : life->second_fund;
}

static void add_title(struct life *life, struct month month)
{
	struct command command =
	    command_of(life, COMMAND_KIND_VOUCHER_PROPOSE, ROLE_SOCIAL_WORKER);
	struct command_voucher_propose *input = &command.input.voucher_propose;
	uint32_t first = life_below(life, LIFE_SERVICES);
	input->beneficiary = add_person(life);
	if (life_chance(life, 25)) {
		uint16_t share = (uint16_t)(1 + life_below(life, 9998));
		input->funds.count = 2;
		input->funds.items[0] =
		    (struct share_input){.fund = life->fixture.fund, .share_bp = share};
		input->funds.items[1] = (struct share_input){
		    .fund = life->second_fund, .share_bp = (uint16_t)(10000 - share)};
	} else {
		input->fund = any_fund(life);
	}
	input->lines.count = 1 + life_below(life, 2);
	for (uint32_t i = 0; i < input->lines.count; i++) {
		struct line_input *line = &input->lines.items[i];
		line->service = life->services[(first + i) % LIFE_SERVICES];
		line->units_per_month = 1 + life_below(life, (first + i) % 3 == 0 ? 900 : 20);
	}
	input->first_month = month;
	input->last_month.number = month.number + (int32_t)life_below(life, 2);
	struct voucher_id voucher = {must(life, &command)};
	command = fixture_issue(&life->fixture, voucher);
	if (attempt(life, &command) != RESULT_OK)
		return;
	command =
	    command_of(life, COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER, ROLE_SOCIAL_WORKER);
	command.input.voucher_choose_provider.voucher = voucher;
	command.input.voucher_choose_provider.provider =
	    life->providers[life_below(life, LIFE_PROVIDERS)].id;
	(void)attempt(life, &command);
}

static void add_grant(struct life *life, struct month month)
{
	struct command command =
	    command_of(life, COMMAND_KIND_CASH_GRANT_PROPOSE, ROLE_SOCIAL_WORKER);
	struct command_cash_grant_propose *input = &command.input.cash_grant_propose;
	input->monthly_cents = cents_from(1 + (int64_t)life_below(life, 60000));
	input->beneficiary = add_person(life);
	input->measure = life->grants;
	input->fund = any_fund(life);
	input->first_month = month;
	input->last_month.number = month.number + (int32_t)life_below(life, 2);
	struct cash_grant_id grant = {must(life, &command)};
	command = command_of(life, COMMAND_KIND_CASH_GRANT_ISSUE, ROLE_UDP_OFFICER);
	command.input.cash_grant_issue.cash_grant = grant;
	WORD(command.input.cash_grant_issue.act, "DET-10");
	if (attempt(life, &command) != RESULT_OK)
		return;
	command = command_of(life, COMMAND_KIND_CASH_GRANT_ACTIVATE, ROLE_UDP_OFFICER);
	command.input.cash_grant_activate.cash_grant = grant;
	command.input.cash_grant_activate.account_reference = 99 + grant.raw;
	(void)attempt(life, &command);
}

/* ---- Visits ---- */

static void visit(struct life *life, struct voucher_id id, const struct voucher *voucher,
		  struct instant midnight, uint32_t hour)
{
	const struct life_provider *speaker = NULL;
	for (uint32_t i = 0; i < LIFE_PROVIDERS; i++)
		if (life->providers[i].id.raw == voucher->provider.raw)
			speaker = &life->providers[i];
	if (speaker == NULL)
		return;
	struct command command =
	    fixture_command(COMMAND_KIND_REDEMPTION_SUBMIT, speaker->speaker);
	struct command_redemption_submit *input = &command.input.redemption_submit;
	const struct voucher_line *line = state_voucher_line(
	    &life->fixture.state,
	    (struct voucher_line_id){voucher->first_line.raw +
				     life_below(life, voucher->line_count)});
	input->voucher = id;
	input->service = line->service;
	input->start.us = midnight.us + hour * HOUR_US;
	input->operator= ++life->operators;
	if (line->service.raw == life->services[0].raw)
		input->minutes = 1 + life_below(life, 100);
	else
		input->units = 1 + life_below(life, 3);
	life_hits.visits += result_is_success(attempt(life, &command)) ? 1 : 0;
}

static void visits(struct life *life, struct month month)
{
	const struct state *state = &life->fixture.state;
	struct day first = month_first_day(month);
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_VOUCHER); i++) {
		struct voucher_id id = {i};
		uint32_t count = life_below(life, 7);
		for (uint32_t j = 0; j < count; j++) {
			char text[32];
			char day[DAY_TEXT_SIZE];
			struct day at;
			const struct voucher *voucher = state_voucher(state, id);
			if (!day_plus(first, (int32_t)life_below(life, 27), &at))
				life_fail("no such day");
			day_format(at, day);
			(void)snprintf(text, sizeof(text), "%.*sT00:00", (int)sizeof(day), day);
			visit(life, id, voucher, fixture_instant(text), 6 + 2 * j);
		}
	}
}

/* ---- Settlement ---- */

static void attest_all(struct life *life, struct statement_id id)
{
	for (uint32_t i = 0; i < LIFE_COMUNI; i++) {
		struct command command =
		    fixture_command(COMMAND_KIND_STATEMENT_ATTEST, life->fixture.deputy);
		command.input.statement_attest.statement = id;
		command.input.statement_attest.comune = life->comuni[i];
		WORD(command.input.statement_attest.act, "SOST-1");
		(void)attempt(life, &command); /* a comune without lines is refused */
	}
}

static const char *cig_of(const struct life *life, const struct statement *statement)
{
	return state_accreditation(&life->fixture.state, statement->accreditation)->cig;
}

/* The e-invoice whose file came in. */
static void take_invoice(struct life *life, struct statement_id id,
			 const struct statement *statement)
{
	struct command command =
	    command_of(life, COMMAND_KIND_INVOICE_REGISTER, ROLE_FINANCE);
	struct command_invoice_register *input = &command.input.invoice_register;
	uint32_t number = ++life->invoices;
	input->provider = statement->provider;
	WORD(input->invoice_number, life_chance(life, 50) ? "%u/PA" : "=%u-4", number);
	input->invoice_date = month_last_day(statement->month);
	input->received_on = month_last_day(statement->month);
	input->document = INVOICE_DOCUMENT_TD01;
	input->net_cents = statement->net_cents;
	input->vat_cents = statement->vat_cents;
	input->vat_regime = cents_is_zero(statement->vat_cents) && statement->vat_bp == 0
				? VAT_REGIME_EXEMPT
				: VAT_REGIME_SPLIT;
	WORD(input->cig, "%.10s", cig_of(life, statement));
	WORD(input->sdi_id, "%u", 1000000 + number);
	memcpy(input->file_hash, &number, sizeof(number));
	struct invoice_id invoice = {must(life, &command)};
	command = command_of(life, COMMAND_KIND_INVOICE_MATCH, ROLE_FINANCE);
	command.input.invoice_match.invoice = invoice;
	command.input.invoice_match.statement = id;
	(void)must(life, &command);
}

/* What a person reads off the invoice: no number of the SdI. */
static void type_invoice(struct life *life, struct statement_id id,
			 const struct statement *statement)
{
	struct command command =
	    command_of(life, COMMAND_KIND_STATEMENT_MATCH_INVOICE, ROLE_FINANCE);
	struct command_statement_match_invoice *input = &command.input.statement_match_invoice;
	input->statement = id;
	life_hard_text(life->random, input->invoice_number, 20);
	input->invoice_date = month_last_day(statement->month);
	input->net_cents = statement->net_cents;
	input->vat_cents = statement->vat_cents;
	input->split_payment = statement->vat_bp != 0;
	WORD(input->cig, "%.10s", cig_of(life, statement));
	(void)must(life, &command);
}

/* Held back for a creditor who gets a part of it. */
static void substitute(struct life *life, struct statement_id id)
{
	struct command command =
	    command_of(life, COMMAND_KIND_STATEMENT_BLOCK, ROLE_FINANCE);
	command.input.statement_block.statement = id;
	command.input.statement_block.cause = BLOCK_CAUSE_SEIZURE;
	WORD(command.input.statement_block.act, "PIGN-1");
	(void)must(life, &command);
	const struct statement *statement = state_statement(&life->fixture.state, id);
	uint64_t most = (uint64_t)statement->payable_net_cents.raw; /* raw: a random part */
	command = command_of(life, COMMAND_KIND_STATEMENT_UNBLOCK, ROLE_FINANCE);
	command.input.statement_unblock.statement = id;
	command.input.statement_unblock.substituted_cents =
	    cents_from((int64_t)test_random_below(life->random, most / 2 + 1));
	WORD(command.input.statement_unblock.act, "SBLO-1");
	if (attempt(life, &command) == RESULT_OK)
		life_hits.substituted++;
}

static void settle(struct life *life, struct statement_id id)
{
	const struct state *state = &life->fixture.state;
	struct command command =
	    command_of(life, COMMAND_KIND_STATEMENT_FREEZE, ROLE_UDP_OFFICER);
	command.input.statement_freeze.statement = id;
	if (attempt(life, &command) != RESULT_OK || life_chance(life, 3))
		return;
	for (uint32_t i = 0; i < LIFE_PROVIDERS; i++)
		if (life->providers[i].id.raw == state_statement(state, id)->provider.raw) {
			command = fixture_command(COMMAND_KIND_STATEMENT_CONFIRM,
						  life->providers[i].speaker);
			command.input.statement_confirm.statement = id;
			(void)must(life, &command);
		}
	attest_all(life, id);
	if (life_chance(life, 85))
		take_invoice(life, id, state_statement(state, id));
	else
		type_invoice(life, id, state_statement(state, id));
	command = command_of(life, COMMAND_KIND_STATEMENT_APPROVE, ROLE_UDP_MANAGER);
	command.input.statement_approve.statement = id;
	command.input.statement_approve.durc_valid_to = fixture_day("2030-12-31");
	WORD(command.input.statement_approve.act, "LIQ-1");
	(void)must(life, &command);
	if (life_chance(life, 15))
		substitute(life, id);
}

/* ---- Services taken back ---- */

/* Of a service that is settled: on a credit note; of one that is paid: by two persons, and its
 * recovery is set off against the next month. */
static void reverse(struct life *life, struct redemption_id id)
{
	const struct state *state = &life->fixture.state;
	struct command command =
	    command_of(life, COMMAND_KIND_REDEMPTION_REVERSE, ROLE_UDP_MANAGER);
	command.input.redemption_reverse.redemption = id;
	command.input.redemption_reverse.reason = REASON_TYPING_ERROR;
	if (attempt(life, &command) == RESULT_FIELD_MISSING) {
		WORD(command.input.redemption_reverse.credit_note_number, "TD04-%u", id.raw);
		command.input.redemption_reverse.credit_note_date =
		    state_day(state, life->fixture.now);
		if (attempt(life, &command) == RESULT_OK)
			life_hits.reversals++;
		return;
	}
	if (life->fixture.last.result != RESULT_APPROVAL_PENDING)
		return;
	uint32_t before = state_count(state, RECORD_KIND_RECOVERY);
	command = command_of(life, COMMAND_KIND_APPROVAL_GRANT, ROLE_FINANCE);
	command.input.approval_grant.approval.raw = state_count(state, RECORD_KIND_APPROVAL);
	if (attempt(life, &command) != RESULT_OK)
		return;
	for (uint32_t i = before + 1; i <= state_count(state, RECORD_KIND_RECOVERY); i++) {
		const struct recovery *recovery = state_recovery(state, (struct recovery_id){i});
		command =
		    command_of(life, COMMAND_KIND_CREDIT_NOTE_RECORD, ROLE_FINANCE);
		command.input.credit_note_record.recovery.raw = i;
		command.input.credit_note_record.net_cents = recovery->net_cents;
		command.input.credit_note_record.vat_cents = recovery->vat_cents;
		command.input.credit_note_record.date = state_day(state, life->fixture.now);
		WORD(command.input.credit_note_record.number, "TD04-R%u", i);
		if (attempt(life, &command) == RESULT_OK)
			life_hits.credit_notes++;
	}
}

static void take_back(struct life *life, uint32_t percent)
{
	uint32_t count = state_count(&life->fixture.state, RECORD_KIND_REDEMPTION);
	for (uint32_t i = 0; i < count; i++)
		if (life_chance(life, percent))
			reverse(life, (struct redemption_id){i + 1});
}

/* ---- Co-pay ---- */

static void change_bill(struct life *life, struct receivable_id id)
{
	const struct receivable *bill = state_receivable(&life->fixture.state, id);
	uint64_t due = (uint64_t)bill->due_cents.raw; /* raw: a random part of it */
	if (due == 0)
		return;
	struct cents part = life_chance(life, 40)
				? bill->due_cents
				: cents_from(1 + (int64_t)test_random_below(life->random, due));
	struct command command =
	    command_of(life, COMMAND_KIND_RECEIVABLE_COLLECT, ROLE_FINANCE);
	command.input.receivable_collect.receivable = id;
	command.input.receivable_collect.amount_cents = part;
	command.input.receivable_collect.collected_on =
	    state_day(&life->fixture.state, life->fixture.now);
	WORD(command.input.receivable_collect.receipt_number, "IUV-%u", id.raw);
	if (life_chance(life, 50)) {
		command = command_of(life, COMMAND_KIND_RECEIVABLE_WAIVE, ROLE_UDP_MANAGER);
		command.input.receivable_waive.receivable = id;
		command.input.receivable_waive.amount_cents = part;
		command.input.receivable_waive.reason = REASON_OFFICE_CHECK;
		WORD(command.input.receivable_waive.act, "DET-10");
	}
	(void)attempt(life, &command);
}

static void bill(struct life *life, struct month month)
{
	const struct state *state = &life->fixture.state;
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_VOUCHER); i++) {
		struct command command =
		    command_of(life, COMMAND_KIND_RECEIVABLE_BILL, ROLE_FINANCE);
		command.input.receivable_bill.voucher.raw = i;
		command.input.receivable_bill.month = month;
		if (attempt(life, &command) == RESULT_OK)
			life_hits.bills++;
	}
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_RECEIVABLE); i++) {
		if (life_chance(life, 20))
			change_bill(life, (struct receivable_id){i});
		const struct receivable *made = state_receivable(state, (struct receivable_id){i});
		life_hits.zero_bills += cents_is_zero(made->due_cents) ? 1 : 0;
	}
}

/* ---- The month ---- */

static void advance(struct life *life, struct day day, const char *time)
{
	char text[32];
	char written[DAY_TEXT_SIZE];
	day_format(day, written);
	(void)snprintf(text, sizeof(text), "%.*sT%s", (int)sizeof(written), written, time);
	struct instant to = fixture_instant(text);
	if (instant_less(life->fixture.now, to))
		fixture_advance(&life->fixture, to);
}

void life_live_month(struct life *life, struct month month)
{
	const struct state *state = &life->fixture.state;
	uint32_t titles = 1 + life_below(life, TITLES_MAX);
	uint32_t grants = life_below(life, 3);
	struct day freezing;
	for (uint32_t i = 0; i < titles; i++)
		add_title(life, month);
	for (uint32_t i = 0; i < grants; i++)
		add_grant(life, month);
	advance(life, month_last_day(month), "20:00");
	visits(life, month);
	if (!day_plus(month_last_day(month), 12, &freezing))
		life_fail("no such day");
	advance(life, freezing, "09:00");
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_STATEMENT); i++) {
		struct statement_id id = {i};
		const struct statement *statement = state_statement(state, id);
		if (statement->month.number == month.number &&
		    statement->state == STATEMENT_STATE_OPEN)
			settle(life, id);
	}
	bill(life, month);
	take_back(life, 3);
	struct command command = command_of(life, COMMAND_KIND_CASH_GRANT_PAYMENT_APPROVE,
					    ROLE_UDP_MANAGER);
	command.input.cash_grant_payment_approve.measure = life->grants;
	command.input.cash_grant_payment_approve.month = month;
	WORD(command.input.cash_grant_payment_approve.act, "DET-11");
	(void)attempt(life, &command);
}

/* ---- After the files ---- */

static void pay_statement(struct life *life, struct statement_id id)
{
	struct day today = state_day(&life->fixture.state, life->fixture.now);
	struct command command =
	    command_of(life, COMMAND_KIND_STATEMENT_ORDER, ROLE_FINANCE);
	command.input.statement_order.statement = id;
	command.input.statement_order.order_date = today;
	command.input.statement_order.tax_debt_checked = 1;
	command.input.statement_order.antimafia_checked = 1;
	WORD(command.input.statement_order.order_number, "M-%u", id.raw);
	if (attempt(life, &command) != RESULT_OK)
		return;
	command = command_of(life, COMMAND_KIND_STATEMENT_PAY, ROLE_TREASURER);
	command.input.statement_pay.statement = id;
	command.input.statement_pay.paid_on = today;
	WORD(command.input.statement_pay.receipt_number, "Q-%u", id.raw);
	(void)must(life, &command);
}

static void pay_grant(struct life *life, struct cash_grant_payment_id id)
{
	struct command command =
	    command_of(life, COMMAND_KIND_CASH_GRANT_PAYMENT_PAY, ROLE_TREASURER);
	command.input.cash_grant_payment_pay.cash_grant_payment = id;
	command.input.cash_grant_payment_pay.paid_on =
	    state_day(&life->fixture.state, life->fixture.now);
	WORD(command.input.cash_grant_payment_pay.receipt_number, "Q-B%u", id.raw);
	if (attempt(life, &command) == RESULT_OK)
		life_hits.grants++;
}

void life_after_export(struct life *life, struct export_id export)
{
	const struct state *state = &life->fixture.state;
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_EXPORT_ITEM); i++) {
		const struct export_item *item =
		    state_export_item(state, (struct export_item_id){i});
		if (item->export.raw != export.raw || life_chance(life, 15))
			continue;
		if (item->statement.raw != 0)
			pay_statement(life, item->statement);
		else
			pay_grant(life, item->cash_grant_payment);
	}
	take_back(life, 4);
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_LINE_ADJUSTMENT); i++)
		life_hits.set_off +=
		    state_line_adjustment(state, (struct line_adjustment_id){i})->kind ==
		    ADJUSTMENT_SET_OFF;
}
