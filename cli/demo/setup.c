/* The first acts: who may act, places, money, providers. */
#include "cli/commands.h"
#include "cli/demo/steps.h"
#include "engine/base/assert.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define AMBITO "CREMA"

/* What is allotted among the comuni, cents: tuned so that each fund in turn runs out somewhere. */
static const int64_t allotted[DEMO_FUNDS] = {52000000, 20000000, 27000000};

void setup_clock(struct demo *demo, const char *instant)
{
	call_as(demo, demo->tokens[DEMO_ADMINISTRATOR]);
	call_do(demo, "/v1/clock:advance", json_pack("{s:s}", "to", instant), RESULT_OK);
}

/* ---- Principals ---- */

/* A principal and its token; the caller is the administrator. */
static void make_principal(struct demo *demo, json_t *body, char ret_token[DEMO_TOKEN_SIZE])
{
	json_t *principal = call_post(demo, "/v1/principals", body, RESULT_OK);
	const char *id = call_text(principal, "principal");
	json_t *credential =
	    call_post(demo, "/v1/credentials", json_pack("{s:s}", "principal", id), RESULT_OK);
	snprintf(ret_token, DEMO_TOKEN_SIZE, "%s", call_text(credential, "token"));
	json_decref(principal);
	json_decref(credential);
}

static void keep_auditor_token(struct demo *demo)
{
	char path[SETTING_SIZE_MAX];
	snprintf(path, sizeof(path), "%.900s/auditor.token", demo->folder);
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); /* a secret */
	FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
	bool good = file != NULL && fprintf(file, "%s\n", demo->tokens[DEMO_AUDITOR]) > 0;
	if (file != NULL)
		good = fclose(file) == 0 && good;
	call_expect(demo, good, "cannot write %s", path);
}

void setup_principals(struct demo *demo)
{
	static const struct {
		enum demo_actor actor;
		const char *code;
		const char *role;
	} actors[] = {
	    {DEMO_MANAGER, "udp-manager", "UDP_MANAGER"},
	    {DEMO_OFFICER, "udp-office", "UDP_OFFICER"},
	    {DEMO_ASSEMBLY, "assembly", "ASSEMBLY"},
	    {DEMO_FINANCE, "accounts", "FINANCE"},
	    {DEMO_SOCIAL, "social-service", "SOCIAL_WORKER"},
	    {DEMO_ACCREDITOR, "register-office", "ACCREDITOR"},
	    {DEMO_CAPOFILA, "lead-comune", "CAPOFILA"},
	    {DEMO_AUDITOR, "auditor", "AUDITOR"},
	    {DEMO_TREASURER, "treasurer", "TREASURER"},
	};
	call_as(demo, demo->tokens[DEMO_ADMINISTRATOR]);
	for (uint32_t i = 0; i < sizeof(actors) / sizeof(actors[0]); i++)
		make_principal(
		    demo, json_pack("{s:s, s:s}", "code", actors[i].code, "role", actors[i].role),
		    demo->tokens[actors[i].actor]);
	keep_auditor_token(demo);
}

/* ---- Masters ---- */

static void import_file(struct demo *demo, uint8_t command, const char *name)
{
	char path[SETTING_SIZE_MAX];
	struct buffer text = {NULL, 0, 0};
	snprintf(path, sizeof(path), "%.900s/%s", demo->data, name);
	struct call_batch batch = {.command = command, .label = name, .is_csv = true};
	if (call_expect(demo, buffer_read_file(&text, path), "cannot read %s", path))
		call_batch_ok(demo, &batch, &text);
	buffer_free(&text);
}

static uint32_t sub_of(struct demo_world *world, const char *code)
{
	uint32_t i = 0;
	while (i < world->sub_count && strcmp(world->subs[i], code) != 0)
		i++;
	ASSERT(i < sizeof(world->subs) / sizeof(world->subs[0]));
	if (i == world->sub_count)
		snprintf(world->subs[world->sub_count++], DEMO_ID_SIZE, "%s", code);
	return i;
}

static void learn_comuni(struct demo *demo)
{
	struct demo_world *world = demo->world;
	json_t *items = call_list(demo, "/v1/comuni");
	size_t at;
	json_t *item;
	json_array_foreach(items, at, item)
	{
		if (world->comune_count == DEMO_COMUNI_MAX)
			break;
		struct demo_comune *comune = &world->comuni[world->comune_count++];
		snprintf(comune->istat, DEMO_ID_SIZE, "%s", call_text(item, "istat_code"));
		snprintf(comune->name, sizeof(comune->name), "%s", call_text(item, "name"));
		comune->users = (uint32_t)call_number(item, "actual_users");
		comune->sub = sub_of(world, call_text(item, "sub_ambito"));
	}
	call_expect(demo, world->comune_count == 48, "%u comuni instead of 48",
		    world->comune_count);
	json_decref(items);
}

static void learn_services(struct demo *demo)
{
	struct demo_world *world = demo->world;
	json_t *services = call_list(demo, "/v1/services");
	json_t *tariffs = call_list(demo, "/v1/tariffs");
	size_t at;
	json_t *item;
	json_array_foreach(services, at, item)
	{
		if (world->service_count == DEMO_SERVICES_MAX)
			break;
		struct demo_service *service = &world->services[world->service_count++];
		snprintf(service->code, DEMO_ID_SIZE, "%s", call_text(item, "code"));
		service->has_copay = strncmp(service->code, "SAD_", 4) == 0;
		service->unit = enum_number(&enum_unit, slice_from_text(call_text(item, "unit")));
		service->vat[PROVIDER_KIND_SOCIAL_COOP] =
		    (uint16_t)call_number(item, "vat_social_coop_bp");
		service->vat[PROVIDER_KIND_NON_COMMERCIAL_ETS] =
		    (uint16_t)call_number(item, "vat_non_commercial_ets_bp");
		service->vat[PROVIDER_KIND_OTHER] = (uint16_t)call_number(item, "vat_other_bp");
	}
	json_array_foreach(tariffs, at, item)
	{
		for (uint32_t i = 0; i < world->service_count; i++)
			if (strcmp(world->services[i].code, call_text(item, "service")) == 0)
				world->services[i].rate =
				    cents_from(call_number(item, "net_cents"));
	}
	json_decref(services);
	json_decref(tariffs);
}

/* The comuni's social offices, each with its own token. */
static void make_comuni_offices(struct demo *demo)
{
	call_as(demo, demo->tokens[DEMO_ADMINISTRATOR]);
	for (uint32_t i = 0; i < demo->world->comune_count; i++) {
		struct demo_comune *comune = &demo->world->comuni[i];
		char code[DEMO_ID_SIZE + 8];
		snprintf(code, sizeof(code), "social-%s", comune->istat);
		make_principal(demo,
			       json_pack("{s:s, s:s, s:s}", "code", code, "role", "COMUNE_SOCIAL",
					 "comune", comune->istat),
			       comune->token);
	}
}

/* Parameters, each by an act: at most two accesses a day of the one service; no payment without its
 * checks. */
static void set_parameters(struct demo *demo)
{
	call_as(demo, demo->tokens[DEMO_MANAGER]);
	call_do(demo, "/v1/parameters",
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "ambito", AMBITO, "name",
			  "MAX_ACCESSES_PER_DAY", "value", "2", "valid_from", "2026-01-01", "act",
			  "DA 9/2026", "service", "EDU_ACCESSO"),
		RESULT_OK);
	call_do(demo, "/v1/parameters",
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "ambito", AMBITO, "name", "PAYMENT_CHECKS",
			  "value", "true", "valid_from", "2026-01-01", "act", "DA 9/2026"),
		RESULT_OK);
	call_do(demo, "/v1/parameters",
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "ambito", AMBITO, "comune",
			  DEMO_OWN_PAYER, "name", "PAYMENT_MODEL", "value", "P2", "valid_from",
			  "2026-01-01", "act", "DA 9/2026"),
		RESULT_OK);
}

static void make_paying_bodies(struct demo *demo)
{
	call_as(demo, demo->tokens[DEMO_FINANCE]);
	call_do(demo, "/v1/paying-bodies",
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "ambito", AMBITO, "code",
			  DEMO_LEAD_BODY, "name", "Azienda capofila (sintetica)", "tax_code",
			  DEMO_LEAD_TAX_CODE, "iban", DEMO_LEAD_IBAN, "bic", "BPCVIT2SXXX", "cuc",
			  "1234567X", "format", "PAIN001_09", "act", "DT 12/2026"),
		RESULT_OK);
	call_do(demo, "/v1/paying-bodies",
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "ambito",
			  AMBITO, "code", DEMO_OWN_BODY, "comune", DEMO_OWN_PAYER, "name",
			  "Comune di Crema (dati sintetici)", "tax_code", DEMO_OWN_TAX_CODE, "iban",
			  "IT60X0542811101000000123456", "ipa_code", "UFDEM2", "istat_code",
			  "000123456", "treasury_abi", "05428", "treasury_code", "0001234",
			  "format", "OPI", "act", "DT 13/2026"),
		RESULT_OK);
}

void setup_masters(struct demo *demo)
{
	call_as(demo, demo->tokens[DEMO_MANAGER]);
	call_do(demo, "/v1/ambiti",
		json_pack("{s:s, s:s, s:s, s:s}", "code", AMBITO, "name", "Ambito di Crema",
			  "lead_tax_code", DEMO_LEAD_TAX_CODE, "lead_ipa_code", "UFDEMO"),
		RESULT_OK);
	import_file(demo, COMMAND_KIND_SUB_AMBITO_CREATE, "sub_ambiti.csv");
	import_file(demo, COMMAND_KIND_COMUNE_CREATE, "comuni.csv");
	import_file(demo, COMMAND_KIND_SERVICE_CREATE, "services.csv");
	import_file(demo, COMMAND_KIND_TARIFF_CREATE, "tariffs.csv");
	call_as(demo, demo->tokens[DEMO_AUDITOR]);
	learn_comuni(demo);
	learn_services(demo);
	set_parameters(demo);
	make_comuni_offices(demo);
	make_paying_bodies(demo);
}

/* ---- Money ---- */

static void approve_and_open(struct demo *demo, const json_t *years)
{
	struct buffer approvals = {NULL, 0, 0};
	struct buffer openings = {NULL, 0, 0};
	size_t at;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)years, at, item)
	{
		const char *fund = call_text(item, "fund");
		json_int_t year = call_number(item, "year");
		call_line(&approvals, json_pack("{s:s, s:s, s:I, s:I, s:s}", "id", fund, "fund",
						fund, "year", year, "ascertained_cents",
						(json_int_t)call_number(item, "stated_cents"),
						"act", "DA 7/2026"));
		call_line(&openings, json_pack("{s:s, s:s, s:I, s:s}", "id", fund, "fund", fund,
					       "year", year, "act", "DT 2/2026"));
	}
	struct call_batch batch = {.command = COMMAND_KIND_FUND_YEAR_APPROVE};
	call_as(demo, demo->tokens[DEMO_ASSEMBLY]);
	call_batch_ok(demo, &batch, &approvals);
	batch.command = COMMAND_KIND_FUND_YEAR_OPEN;
	call_as(demo, demo->tokens[DEMO_FINANCE]);
	call_batch_ok(demo, &batch, &openings);
	buffer_free(&approvals);
	buffer_free(&openings);
}

static void allot(struct demo *demo, uint32_t fund)
{
	char number[16];
	snprintf(number, sizeof(number), "%u", 410 + fund);
	call_as(demo, demo->tokens[DEMO_FINANCE]);
	call_do(demo, "/v1/commitments",
		json_pack("{s:s, s:i, s:s, s:s, s:s, s:I, s:s}", "fund", demo_funds[fund], "year",
			  2026, "number", number, "chapter", "3550", "article", "1", "amount_cents",
			  (json_int_t)allotted[fund], "act", "DT 321/2026"),
		RESULT_OK);
	call_as(demo, demo->tokens[DEMO_MANAGER]);
	call_do(demo, "/v1/ceilings:allocate",
		json_pack("{s:s, s:i, s:I, s:i, s:i, s:i, s:s}", "fund", demo_funds[fund], "year",
			  2026, "amount_cents", (json_int_t)allotted[fund], "population_bp", 5000,
			  "potential_users_bp", 2000, "actual_users_bp", 3000, "act", "DA 8/2026"),
		RESULT_OK);
}

/* The places of a comune and a fund, the second also of a fund year ("FNPS-2026"). */
static bool find_ceiling(const struct demo_world *world, const char *istat, const char *fund,
			 uint32_t *ret_comune, uint32_t *ret_fund)
{
	uint32_t i = 0;
	uint32_t j = 0;
	while (i < world->comune_count && strcmp(world->comuni[i].istat, istat) != 0)
		i++;
	while (j < DEMO_FUNDS && (strncmp(fund, demo_funds[j], strlen(demo_funds[j])) != 0 ||
				  isalpha((unsigned char)fund[strlen(demo_funds[j])])))
		j++;
	*ret_comune = i;
	*ret_fund = j;
	return i < world->comune_count && j < DEMO_FUNDS;
}

/* Which ceiling each comune has of each fund, and how much; together what was allotted. */
static void learn_ceilings(struct demo *demo)
{
	int64_t sums[DEMO_FUNDS] = {0};
	uint32_t comune;
	uint32_t fund;
	size_t at;
	json_t *item;
	call_as(demo, demo->tokens[DEMO_AUDITOR]);
	json_t *ceilings = call_list(demo, "/v1/ceilings");
	json_t *report = call_list(demo, "/v1/reports/comuni");
	json_array_foreach(ceilings, at, item)
	{
		if (find_ceiling(demo->world, call_text(item, "comune"), call_text(item, "fund"),
				 &comune, &fund))
			snprintf(demo->world->comuni[comune].ceilings[fund], DEMO_ID_SIZE, "%s",
				 call_text(item, "id"));
	}
	json_array_foreach(report, at, item)
	{
		if (!find_ceiling(demo->world, call_text(item, "comune"),
				  call_text(item, "fund_year"), &comune, &fund))
			continue;
		int64_t granted = call_number(item, "ceiling_granted_cents");
		demo->world->comuni[comune].granted[fund] = granted;
		sums[fund] += granted;
	}
	for (uint32_t j = 0; j < DEMO_FUNDS; j++)
		call_expect(demo, sums[j] == allotted[j], "ceilings of %s: %lld of %lld cents",
			    demo_funds[j], (long long)sums[j], (long long)allotted[j]);
	json_decref(ceilings);
	json_decref(report);
}

void setup_money(struct demo *demo)
{
	call_as(demo, demo->tokens[DEMO_MANAGER]);
	import_file(demo, COMMAND_KIND_FUND_CREATE, "funds.csv");
	import_file(demo, COMMAND_KIND_FUND_YEAR_PROPOSE, "fund_years.csv");
	call_as(demo, demo->tokens[DEMO_AUDITOR]);
	json_t *years = call_list(demo, "/v1/fund-years");
	approve_and_open(demo, years);
	json_decref(years);
	for (uint32_t i = 0; i < DEMO_FUNDS; i++)
		allot(demo, i);
	learn_ceilings(demo);
}

/* ---- Providers ---- */

static json_t *provider_line(const struct demo_provider *provider)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", provider->code, "ambito",
			 AMBITO, "code", provider->code, "legal_name", provider->name, "kind",
			 enum_name(&enum_provider_kind, provider->kind), "vat_number",
			 provider->vat_number, "iban", provider->iban);
}

static json_t *apply_line(const struct demo_world *world, const struct demo_provider *provider)
{
	json_t *services = json_array();
	json_t *subs = json_array();
	for (uint32_t i = 0; i < world->service_count; i++)
		if ((provider->services >> i & 1) != 0)
			json_array_append_new(services, json_string(world->services[i].code));
	for (uint32_t i = 0; i < world->sub_count; i++)
		if ((provider->subs >> i & 1) != 0)
			json_array_append_new(subs, json_string(world->subs[i]));
	return json_pack("{s:s, s:s, s:o, s:o}", "id", provider->code, "provider", provider->code,
			 "services", services, "sub_ambiti", subs);
}

static void take_accreditation(void *context, const json_t *answer, struct slice text)
{
	struct demo *demo = context;
	(void)text;
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++)
		if (strcmp(demo->world->providers[i].code, call_text(answer, "id")) == 0)
			snprintf(demo->world->providers[i].accreditation, DEMO_ID_SIZE, "%s",
				 call_text(answer, "accreditation"));
}

static void make_provider_tokens(struct demo *demo)
{
	call_as(demo, demo->tokens[DEMO_ADMINISTRATOR]);
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++) {
		struct demo_provider *provider = &demo->world->providers[i];
		char code[DEMO_ID_SIZE + 12];
		snprintf(code, sizeof(code), "provider-%s", provider->code);
		make_principal(demo,
			       json_pack("{s:s, s:s, s:s}", "code", code, "role", "PROVIDER",
					 "provider", provider->code),
			       provider->token);
	}
}

static void make_pacts(struct demo *demo)
{
	struct buffer approvals = {NULL, 0, 0};
	struct buffer pacts = {NULL, 0, 0};
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++) {
		const struct demo_provider *provider = &demo->world->providers[i];
		call_line(&approvals,
			  json_pack("{s:s, s:s, s:s, s:s}", "id", provider->code, "accreditation",
				    provider->accreditation, "act", "DT 40/2026", "durc_valid_to",
				    "2027-03-31"));
		call_line(&pacts, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", provider->code,
					    "accreditation", provider->accreditation, "valid_from",
					    "2026-09-01", "valid_to", "2028-12-31", "cig",
					    provider->cig, "act", "PATTO 2026"));
	}
	struct call_batch batch = {.command = COMMAND_KIND_ACCREDITATION_APPROVE};
	call_as(demo, demo->tokens[DEMO_ACCREDITOR]);
	call_batch_ok(demo, &batch, &approvals);
	batch.command = COMMAND_KIND_ACCREDITATION_ACTIVATE;
	call_as(demo, demo->tokens[DEMO_CAPOFILA]);
	call_batch_ok(demo, &batch, &pacts);
	buffer_free(&approvals);
	buffer_free(&pacts);
}

void setup_providers(struct demo *demo)
{
	struct buffer lines = {NULL, 0, 0};
	struct call_batch batch = {.command = COMMAND_KIND_PROVIDER_CREATE};
	world_make_providers(demo->world);
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++)
		call_line(&lines, provider_line(&demo->world->providers[i]));
	call_as(demo, demo->tokens[DEMO_ACCREDITOR]);
	call_batch_ok(demo, &batch, &lines);
	buffer_clear(&lines);
	make_provider_tokens(demo);
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++)
		call_line(&lines, apply_line(demo->world, &demo->world->providers[i]));
	batch = (struct call_batch){.command = COMMAND_KIND_ACCREDITATION_APPLY,
				    .label = "accreditations",
				    .line = take_accreditation,
				    .context = demo};
	call_as(demo, demo->tokens[DEMO_ACCREDITOR]);
	call_batch_ok(demo, &batch, &lines);
	buffer_free(&lines);
	make_pacts(demo);
}
