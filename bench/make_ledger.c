/* Fills a fresh ledger with issued titles through the real pipeline, without HTTP: for benchmarks.
 *
 * usage: make_ledger CONFIG VOUCHERS PROVIDERS TOKENS
 *
 * CONFIG is the configuration of a ledger made by `titolid init --clock manual=…` in September 2026.
 * Titles are of 24 half-hours in October 2026, four to a person, all on one fund year; title v is
 * served by provider v mod PROVIDERS, whose bearer tokens go to the file TOKENS, one a line. The clock ends on 1
 * November, so that October can be redeemed. The store is left to the daemon's checkpoint: its
 * first start replays all of the journal. */
#include "engine/auth/token.h"
#include "engine/daemon/ask.h"
#include "engine/daemon/ledger.h"
#include "engine/domain/command.h"
#include "engine/domain/outcome.h"
#include "engine/ledger/shared_log.h"
#include "engine/pipeline/completion.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/work.h"
#include "engine/system/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKS             4u
#define TITLES_PER_PERSON 4u /* load.c keeps their visits apart by the hour */

struct maker {
	struct pipeline *pipeline;
	struct completion_queue queue;
	struct work works[WORKS];
	struct command *commands[WORKS];
	struct outcome *outcomes[WORKS];
	struct work *idle;
	uint32_t busy;
	struct principal_id who[ROLE_TREASURER + 1];
};

static void die(const char *what, enum result result)
{
	fprintf(stderr, "make_ledger: %s: %s\n", what, result_code(result));
	exit(1);
}

/* One command, waited for; the id of what it made. */
static uint32_t ask(struct maker *maker, struct command *command, enum role role)
{
	struct outcome outcome;
	command->principal = maker->who[role];
	enum result result = ask_command(maker->pipeline, command, &outcome);
	if (result != RESULT_OK)
		die(command_info(command->kind)->name, result);
	if (!result_is_success(outcome.result))
		die(command_info(command->kind)->name, outcome.result);
	return outcome.object;
}

static void text(char *to, size_t size, const char *from)
{
	memset(to, 0, size);
	memcpy(to, from, strnlen(from, size));
}
#define TEXT(to, from) text(to, sizeof(to), from)

static void make_people(struct maker *maker)
{
	static const enum role roles[] = {ROLE_UDP_MANAGER, ROLE_UDP_OFFICER, ROLE_SOCIAL_WORKER,
					  ROLE_ASSEMBLY,    ROLE_FINANCE,     ROLE_ACCREDITOR,
					  ROLE_CAPOFILA};
	maker->who[ROLE_ADMINISTRATOR].raw = 1;
	struct command ambito = {.kind = COMMAND_KIND_AMBITO_CREATE};
	TEXT(ambito.input.ambito_create.code, "CREMA");
	TEXT(ambito.input.ambito_create.name, "Ambito (synthetic)");
	ask(maker, &ambito, ROLE_ADMINISTRATOR);
	for (uint32_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		struct command command = {.kind = COMMAND_KIND_PRINCIPAL_CREATE};
		struct command_principal_create *input = &command.input.principal_create;
		snprintf(input->code, sizeof(input->code), "role-%u", roles[i]);
		input->role = (uint8_t)roles[i];
		input->ambito.raw = 1;
		maker->who[roles[i]].raw = ask(maker, &command, ROLE_ADMINISTRATOR);
	}
}

static void make_masters(struct maker *maker)
{
	struct command sub = {.kind = COMMAND_KIND_SUB_AMBITO_CREATE};
	sub.input.sub_ambito_create.ambito.raw = 1;
	TEXT(sub.input.sub_ambito_create.code, "SUB1");
	TEXT(sub.input.sub_ambito_create.name, "Sub-ambito");
	ask(maker, &sub, ROLE_UDP_MANAGER);
	struct command comune = {.kind = COMMAND_KIND_COMUNE_CREATE};
	TEXT(comune.input.comune_create.istat_code, "019035");
	TEXT(comune.input.comune_create.cadastral_code, "D142");
	TEXT(comune.input.comune_create.name, "Crema");
	comune.input.comune_create.sub_ambito.raw = 1;
	comune.input.comune_create.population = 34242;
	ask(maker, &comune, ROLE_UDP_MANAGER);
	struct command service = {.kind = COMMAND_KIND_SERVICE_CREATE};
	service.input.service_create.ambito.raw = 1;
	TEXT(service.input.service_create.code, "SAD_OSS");
	TEXT(service.input.service_create.name, "Assistenza domiciliare");
	service.input.service_create.unit = UNIT_MINUTE;
	service.input.service_create.vat_social_coop_bp = 500;
	service.input.service_create.vat_other_bp = 2200;
	ask(maker, &service, ROLE_UDP_MANAGER);
	struct command tariff = {.kind = COMMAND_KIND_TARIFF_CREATE};
	tariff.input.tariff_create.service.raw = 1;
	tariff.input.tariff_create.net_cents = cents_from(2260);
	tariff.input.tariff_create.valid_from =
	    month_first_day((struct month){2026 * 12}); /* January 2026 */
	TEXT(tariff.input.tariff_create.act, "SYNTHETIC");
	ask(maker, &tariff, ROLE_UDP_MANAGER);
}

static void make_money(struct maker *maker)
{
	struct cents plenty = cents_from(INT64_C(90000000000000));
	struct command fund = {.kind = COMMAND_KIND_FUND_CREATE};
	fund.input.fund_create.ambito.raw = 1;
	TEXT(fund.input.fund_create.code, "FNPS");
	TEXT(fund.input.fund_create.name, "Fondo (synthetic)");
	ask(maker, &fund, ROLE_UDP_MANAGER);
	struct command propose = {.kind = COMMAND_KIND_FUND_YEAR_PROPOSE};
	propose.input.fund_year_propose.fund.raw = 1;
	propose.input.fund_year_propose.year = 2026;
	propose.input.fund_year_propose.stated_cents = plenty;
	TEXT(propose.input.fund_year_propose.act, "SYNTHETIC");
	ask(maker, &propose, ROLE_UDP_MANAGER);
	struct command approve = {.kind = COMMAND_KIND_FUND_YEAR_APPROVE};
	approve.input.fund_year_approve.fund.raw = 1;
	approve.input.fund_year_approve.year = 2026;
	approve.input.fund_year_approve.ascertained_cents = plenty;
	TEXT(approve.input.fund_year_approve.act, "SYNTHETIC");
	ask(maker, &approve, ROLE_ASSEMBLY);
	struct command open = {.kind = COMMAND_KIND_FUND_YEAR_OPEN};
	open.input.fund_year_open.fund.raw = 1;
	open.input.fund_year_open.year = 2026;
	ask(maker, &open, ROLE_FINANCE);
	struct command commitment = {.kind = COMMAND_KIND_COMMITMENT_CREATE};
	commitment.input.commitment_create.fund.raw = 1;
	commitment.input.commitment_create.year = 2026;
	commitment.input.commitment_create.amount_cents = plenty;
	TEXT(commitment.input.commitment_create.number, "1");
	TEXT(commitment.input.commitment_create.chapter, "1");
	TEXT(commitment.input.commitment_create.act, "SYNTHETIC");
	ask(maker, &commitment, ROLE_FINANCE);
	struct command ceiling = {.kind = COMMAND_KIND_CEILING_SET};
	ceiling.input.ceiling_set.ambito.raw = 1;
	ceiling.input.ceiling_set.fund.raw = 1;
	ceiling.input.ceiling_set.year = 2026;
	ceiling.input.ceiling_set.comune.raw = 1;
	ceiling.input.ceiling_set.amount_cents = plenty;
	TEXT(ceiling.input.ceiling_set.act, "SYNTHETIC");
	ask(maker, &ceiling, ROLE_UDP_MANAGER);
}

/* Check digits of a partita IVA and of an Italian IBAN, so that the register takes them. */
static void provider_numbers(uint32_t number, char vat[16], char iban[36])
{
	char digits[12];
	snprintf(digits, sizeof(digits), "%010u", 100000000u + number);
	uint32_t sum = 0;
	for (uint32_t i = 0; i < 10; i++) {
		uint32_t digit = (uint32_t)(digits[i] - '0') * (i % 2 == 1 ? 2 : 1);
		sum += digit > 9 ? digit - 9 : digit;
	}
	snprintf(vat, 16, "%s%u", digits, (10 - sum % 10) % 10);
	snprintf(iban, 36, "IT60X0542811101000000123456");
}

static void make_provider(struct maker *maker, uint32_t number, FILE *tokens)
{
	struct command provider = {.kind = COMMAND_KIND_PROVIDER_CREATE};
	struct command_provider_create *input = &provider.input.provider_create;
	char vat[16];
	char iban[36];
	provider_numbers(number, vat, iban);
	input->ambito.raw = 1;
	snprintf(input->code, sizeof(input->code), "P%u", number);
	TEXT(input->legal_name, "Ente (synthetic)");
	TEXT(input->vat_number, vat);
	TEXT(input->iban, iban);
	input->kind = PROVIDER_KIND_SOCIAL_COOP;
	uint32_t id = ask(maker, &provider, ROLE_UDP_MANAGER);
	struct command apply = {.kind = COMMAND_KIND_ACCREDITATION_APPLY};
	apply.input.accreditation_apply.provider.raw = id;
	apply.input.accreditation_apply.services.count = 1;
	apply.input.accreditation_apply.services.items[0].service.raw = 1;
	apply.input.accreditation_apply.sub_ambiti.count = 1;
	apply.input.accreditation_apply.sub_ambiti.items[0].sub_ambito.raw = 1;
	uint32_t accreditation = ask(maker, &apply, ROLE_ACCREDITOR);
	struct command approve = {.kind = COMMAND_KIND_ACCREDITATION_APPROVE};
	approve.input.accreditation_approve.accreditation.raw = accreditation;
	TEXT(approve.input.accreditation_approve.act, "SYNTHETIC");
	approve.input.accreditation_approve.durc_valid_to =
	    month_last_day((struct month){2099 * 12 + 11});
	ask(maker, &approve, ROLE_ACCREDITOR);
	struct command activate = {.kind = COMMAND_KIND_ACCREDITATION_ACTIVATE};
	activate.input.accreditation_activate.accreditation.raw = accreditation;
	activate.input.accreditation_activate.valid_from =
	    month_first_day((struct month){2026 * 12});
	activate.input.accreditation_activate.valid_to =
	    month_last_day((struct month){2028 * 12 + 11});
	TEXT(activate.input.accreditation_activate.cig, "1234567CE7");
	TEXT(activate.input.accreditation_activate.act, "SYNTHETIC");
	ask(maker, &activate, ROLE_CAPOFILA);
	struct command principal = {.kind = COMMAND_KIND_PRINCIPAL_CREATE};
	snprintf(principal.input.principal_create.code,
		 sizeof(principal.input.principal_create.code), "P%u", number);
	principal.input.principal_create.role = ROLE_PROVIDER;
	principal.input.principal_create.ambito.raw = 1;
	principal.input.principal_create.provider.raw = id;
	uint32_t who = ask(maker, &principal, ROLE_ADMINISTRATOR);
	struct command credential = {.kind = COMMAND_KIND_CREDENTIAL_CREATE};
	struct token token;
	char written[TOKEN_TEXT_SIZE];
	credential.input.credential_create.principal.raw = who;
	token_draw(&token);
	token_format(&token, written);
	token_hash(&token, credential.input.credential_create.token_hash);
	ask(maker, &credential, ROLE_ADMINISTRATOR);
	fprintf(tokens, "%.*s\n", (int)sizeof(written), written);
}

/* Takes back what is done; a refusal ends the program. */
static void collect(struct maker *maker)
{
	struct work *work = completion_wait(&maker->queue, -1);
	while (work != NULL) {
		struct work *next = work->next;
		if (work->result != RESULT_OK)
			die("work", work->result);
		for (uint32_t i = 0; i < work->count; i++)
			if (!result_is_success(work->outcomes[i].result))
				die(command_info(work->commands[i].kind)->name,
				    work->outcomes[i].result);
		work->next = maker->idle;
		maker->idle = work;
		maker->busy--;
		work = next;
	}
}

static struct work *take(struct maker *maker)
{
	while (maker->idle == NULL)
		collect(maker);
	struct work *work = maker->idle;
	maker->idle = work->next;
	work->next = NULL;
	return work;
}

static void give(struct maker *maker, struct work *work, uint32_t count)
{
	work->count = count;
	maker->busy++;
	enum result result = pipeline_submit(maker->pipeline, work);
	if (result != RESULT_OK)
		die("submit", result);
}

/* One kind of command for every title. */
static void fill(struct command *command, enum command_kind kind, uint32_t voucher,
		 uint32_t providers)
{
	memset(command, 0, sizeof(*command));
	command->kind = (uint8_t)kind;
	if (kind == COMMAND_KIND_BENEFICIARY_CREATE) {
		command->input.beneficiary_create.comune.raw = 1;
	} else if (kind == COMMAND_KIND_VOUCHER_PROPOSE) {
		struct command_voucher_propose *input = &command->input.voucher_propose;
		input->beneficiary.raw = (voucher - 1) / TITLES_PER_PERSON + 1;
		input->fund.raw = 1;
		input->lines.count = 1;
		input->lines.items[0].service.raw = 1;
		input->lines.items[0].units_per_month = 720;
		input->first_month.number = 2026 * 12 + 9;
		input->last_month.number = 2026 * 12 + 9;
	} else if (kind == COMMAND_KIND_VOUCHER_ISSUE) {
		command->input.voucher_issue.voucher.raw = voucher;
		command->input.voucher_issue.code_hash = voucher * UINT64_C(0x9E3779B97F4A7C15);
	} else {
		command->input.voucher_choose_provider.voucher.raw = voucher;
		command->input.voucher_choose_provider.provider.raw = (voucher - 1) % providers + 1;
	}
}

static void make_titles(struct maker *maker, uint32_t vouchers, uint32_t providers)
{
	static const struct {
		enum command_kind kind;
		enum role role;
	} steps[] = {{COMMAND_KIND_BENEFICIARY_CREATE, ROLE_SOCIAL_WORKER},
		     {COMMAND_KIND_VOUCHER_PROPOSE, ROLE_SOCIAL_WORKER},
		     {COMMAND_KIND_VOUCHER_ISSUE, ROLE_UDP_OFFICER},
		     {COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER, ROLE_UDP_OFFICER}};
	for (uint32_t step = 0; step < sizeof(steps) / sizeof(steps[0]); step++) {
		uint32_t most = step == 0 ? (vouchers + TITLES_PER_PERSON - 1) / TITLES_PER_PERSON
					  : vouchers;
		for (uint32_t done = 0; done < most;) {
			struct work *work = take(maker);
			struct command *commands = maker->commands[(size_t)(work - maker->works)];
			uint32_t count =
			    most - done < WORK_COMMANDS_MAX ? most - done : WORK_COMMANDS_MAX;
			for (uint32_t i = 0; i < count; i++) {
				fill(&commands[i], steps[step].kind, done + i + 1, providers);
				commands[i].principal = maker->who[steps[step].role];
			}
			give(maker, work, count);
			done += count;
		}
	}
	while (maker->busy > 0)
		collect(maker);
}

static void advance(struct maker *maker, const char *to)
{
	struct command command = {.kind = COMMAND_KIND_CLOCK_ADVANCE};
	struct instant_text parsed;
	if (!instant_parse(slice_from_text(to), &parsed))
		exit(2);
	command.input.clock_advance.to.us =
	    (int64_t)parsed.day.number * TIME_US_PER_DAY + parsed.us_of_day -
	    parsed.offset_s * TIME_US_PER_SECOND;
	ask(maker, &command, ROLE_ADMINISTRATOR);
}

static void failed(enum result result, void *context)
{
	(void)context;
	die("pipeline", result);
}

/* Asked, but of no account: the ledger's clock is manual. */
static struct instant no_clock(void *context)
{
	(void)context;
	return (struct instant){0};
}

int main(int argc, char **argv)
{
	static struct config config;
	static struct ledger_files files;
	static struct maker maker;
	struct config_fault fault;
	if (argc != 5)
		return 2;
	uint32_t vouchers = (uint32_t)strtoul(argv[2], NULL, 10);
	uint32_t providers = (uint32_t)strtoul(argv[3], NULL, 10);
	config_init(&config);
	if (config_read(&config, argv[1], &fault) != RESULT_OK)
		die(fault.key, RESULT_CONFIG_INVALID);
	enum result result = ledger_open(&config, true, &files);
	if (result != RESULT_OK)
		die("open", result);
	struct pipeline_config settings = {.state = files.state,
					   .log = files.log,
					   .sequence = files.recovered.sequence,
					   .last_instant = files.recovered.last_instant,
					   .clock = no_clock,
					   .failed = failed};
	if ((result = pipeline_start(&settings, &maker.pipeline)) != RESULT_OK ||
	    (result = completion_open(&maker.queue)) != RESULT_OK)
		die("start", result);
	for (uint32_t i = 0; i < WORKS; i++) {
		maker.commands[i] = calloc(WORK_COMMANDS_MAX, sizeof(struct command));
		maker.outcomes[i] = calloc(WORK_COMMANDS_MAX, sizeof(struct outcome));
		maker.works[i] = (struct work){.kind = WORK_COMMANDS,
					       .commands = maker.commands[i],
					       .outcomes = maker.outcomes[i],
					       .queue = &maker.queue,
					       .next = maker.idle};
		maker.idle = &maker.works[i];
	}
	FILE *tokens = fopen(argv[4], "w");
	if (tokens == NULL)
		die(argv[4], RESULT_IO_FAILED);
	make_people(&maker);
	make_masters(&maker);
	make_money(&maker);
	for (uint32_t i = 1; i <= providers; i++)
		make_provider(&maker, i, tokens);
	fclose(tokens);
	make_titles(&maker, vouchers, providers);
	advance(&maker, "2026-11-01T09:00:00+01:00");
	if ((result = pipeline_stop(maker.pipeline)) != RESULT_OK)
		die("stop", result);
	ledger_close(&files);
	return 0;
}
