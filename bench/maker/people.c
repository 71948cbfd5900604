/* Principals, masters and providers: see maker.h. */
#include "bench/maker/maker.h"

#include "engine/auth/token.h"

#include <string.h>

void maker_people(struct maker *maker)
{
	static const enum role roles[] = {ROLE_UDP_MANAGER, ROLE_UDP_OFFICER, ROLE_SOCIAL_WORKER,
					  ROLE_ASSEMBLY,    ROLE_FINANCE,     ROLE_ACCREDITOR,
					  ROLE_CAPOFILA};
	maker->who[ROLE_ADMINISTRATOR].raw = 1;
	struct command ambito = {.kind = COMMAND_KIND_AMBITO_CREATE};
	MAKER_TEXT(ambito.input.ambito_create.code, "CREMA");
	MAKER_TEXT(ambito.input.ambito_create.name, "Ambito (synthetic)");
	maker_ask(maker, &ambito, ROLE_ADMINISTRATOR);
	for (uint32_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		struct command command = {.kind = COMMAND_KIND_PRINCIPAL_CREATE};
		struct command_principal_create *input = &command.input.principal_create;
		snprintf(input->code, sizeof(input->code), "role-%u", roles[i]);
		input->role = (uint8_t)roles[i];
		input->ambito.raw = 1;
		maker->who[roles[i]].raw = maker_ask(maker, &command, ROLE_ADMINISTRATOR);
	}
}

/* Codes of comuni that do not exist, after Crema's own. */
static void fill_comune(struct maker *maker, uint64_t number, struct command *ret_command)
{
	struct command_comune_create *input = &ret_command->input.comune_create;
	unsigned place = (unsigned)number % 100000;
	char istat[16];
	char cadastral[16];
	snprintf(istat, sizeof(istat), "%06u", 100000 + place);
	snprintf(cadastral, sizeof(cadastral), "%c%03u", (char)('A' + place / 1000 % 26),
		 place % 1000);
	ret_command->kind = COMMAND_KIND_COMUNE_CREATE;
	ret_command->principal = maker->who[ROLE_UDP_MANAGER];
	MAKER_TEXT(input->istat_code, number == 0 ? "019035" : istat);
	MAKER_TEXT(input->cadastral_code, number == 0 ? "D142" : cadastral);
	MAKER_TEXT(input->name, number == 0 ? "Crema" : "Comune (synthetic)");
	input->sub_ambito.raw = 1;
	input->population = 34242;
}

void maker_masters(struct maker *maker)
{
	struct command sub = {.kind = COMMAND_KIND_SUB_AMBITO_CREATE};
	sub.input.sub_ambito_create.ambito.raw = 1;
	MAKER_TEXT(sub.input.sub_ambito_create.code, "SUB1");
	MAKER_TEXT(sub.input.sub_ambito_create.name, "Sub-ambito");
	maker_ask(maker, &sub, ROLE_UDP_MANAGER);
	maker_do(maker, fill_comune, maker->plan.comuni);
	struct command service = {.kind = COMMAND_KIND_SERVICE_CREATE};
	service.input.service_create.ambito.raw = 1;
	MAKER_TEXT(service.input.service_create.code, "SAD_OSS");
	MAKER_TEXT(service.input.service_create.name, "Assistenza domiciliare");
	service.input.service_create.unit = UNIT_MINUTE;
	service.input.service_create.vat_social_coop_bp = 500;
	service.input.service_create.vat_other_bp = 2200;
	maker_ask(maker, &service, ROLE_UDP_MANAGER);
	struct command tariff = {.kind = COMMAND_KIND_TARIFF_CREATE};
	tariff.input.tariff_create.service.raw = 1;
	tariff.input.tariff_create.net_cents = cents_from(2260);
	tariff.input.tariff_create.valid_from =
	    month_first_day((struct month){2026 * 12}); /* January 2026 */
	MAKER_TEXT(tariff.input.tariff_create.act, "SYNTHETIC");
	maker_ask(maker, &tariff, ROLE_UDP_MANAGER);
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

static void accredit(struct maker *maker, uint32_t id)
{
	struct command apply = {.kind = COMMAND_KIND_ACCREDITATION_APPLY};
	apply.input.accreditation_apply.provider.raw = id;
	apply.input.accreditation_apply.services.count = 1;
	apply.input.accreditation_apply.services.items[0].service.raw = 1;
	apply.input.accreditation_apply.sub_ambiti.count = 1;
	apply.input.accreditation_apply.sub_ambiti.items[0].sub_ambito.raw = 1;
	uint32_t accreditation = maker_ask(maker, &apply, ROLE_ACCREDITOR);
	struct command approve = {.kind = COMMAND_KIND_ACCREDITATION_APPROVE};
	approve.input.accreditation_approve.accreditation.raw = accreditation;
	MAKER_TEXT(approve.input.accreditation_approve.act, "SYNTHETIC");
	approve.input.accreditation_approve.durc_valid_to =
	    month_last_day((struct month){2099 * 12 + 11});
	maker_ask(maker, &approve, ROLE_ACCREDITOR);
	struct command activate = {.kind = COMMAND_KIND_ACCREDITATION_ACTIVATE};
	activate.input.accreditation_activate.accreditation.raw = accreditation;
	activate.input.accreditation_activate.valid_from =
	    month_first_day((struct month){2026 * 12});
	activate.input.accreditation_activate.valid_to =
	    month_last_day((struct month){2028 * 12 + 11});
	MAKER_TEXT(activate.input.accreditation_activate.cig, "1234567CE7");
	MAKER_TEXT(activate.input.accreditation_activate.act, "SYNTHETIC");
	maker_ask(maker, &activate, ROLE_CAPOFILA);
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
	MAKER_TEXT(input->legal_name, "Ente (synthetic)");
	MAKER_TEXT(input->vat_number, vat);
	MAKER_TEXT(input->iban, iban);
	input->kind = PROVIDER_KIND_SOCIAL_COOP;
	uint32_t id = maker_ask(maker, &provider, ROLE_UDP_MANAGER);
	accredit(maker, id);
	struct command principal = {.kind = COMMAND_KIND_PRINCIPAL_CREATE};
	snprintf(principal.input.principal_create.code,
		 sizeof(principal.input.principal_create.code), "P%u", number);
	principal.input.principal_create.role = ROLE_PROVIDER;
	principal.input.principal_create.ambito.raw = 1;
	principal.input.principal_create.provider.raw = id;
	uint32_t who = maker_ask(maker, &principal, ROLE_ADMINISTRATOR);
	maker->providers[id].raw = who;
	struct command credential = {.kind = COMMAND_KIND_CREDENTIAL_CREATE};
	struct token token;
	char written[TOKEN_TEXT_SIZE];
	credential.input.credential_create.principal.raw = who;
	token_draw(&token);
	token_format(&token, written);
	token_hash(&token, credential.input.credential_create.token_hash);
	maker_ask(maker, &credential, ROLE_ADMINISTRATOR);
	fprintf(tokens, "%.*s\n", (int)sizeof(written), written);
}

void maker_providers(struct maker *maker, FILE *tokens)
{
	for (uint32_t i = 1; i <= maker->plan.providers; i++)
		make_provider(maker, i, tokens);
}
