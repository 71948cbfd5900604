/* Every role against every command, from tests/tables/roles.csv; scopes and owners; who sees
 * what. */
#include "tests/unit/domain/expect.h"

#include "engine/domain/authorise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether a blank-separated list holds a word. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = list; (at = strstr(at, word)) != NULL; at += length) {
		bool starts = at == list || at[-1] == ' ';
		bool ends = at[length] == '\0' || at[length] == ' ';
		if (starts && ends)
			return true;
	}
	return false;
}

static uint8_t command_by_name(const char *name)
{
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		if (info != NULL && strcmp(info->name, name) == 0)
			return (uint8_t)kind;
	}
	return 0;
}

/* SYSTEM cannot be registered by a command: it is written here. */
static void add_system_principal(struct fixture *fixture)
{
	struct principal principal;
	memset(&principal, 0, sizeof(principal));
	principal.role = ROLE_SYSTEM;
	principal.active = 1;
	uint32_t id = state_count(&fixture->state, RECORD_KIND_PRINCIPAL) + 1;
	assert_true(apply_record(&fixture->state, RECORD_KIND_PRINCIPAL, id, &principal));
	fixture->role[ROLE_SYSTEM].raw = id;
}

static void check_row(struct fixture *fixture, uint8_t kind, const char *roles)
{
	for (uint32_t role = 1; role < FIXTURE_ROLES; role++) {
		const char *name = enum_name(&enum_role, (uint8_t)role);
		assert_non_null(name);
		assert_int_not_equal(fixture->role[role].raw, 0);
		struct command command =
		    fixture_command((enum command_kind)kind, fixture->role[role]);
		bool is_allowed = fixture_result(fixture, &command) != RESULT_FORBIDDEN;
		if (is_allowed != has_word(roles, name))
			fail_msg("%s by %s: %s", command_info(kind)->name, name,
				 is_allowed ? "allowed" : "forbidden");
	}
	struct command nobody = fixture_command((enum command_kind)kind, (struct principal_id){0});
	if (command_info(kind)->roles != ROLES_NONE)
		EXPECT(fixture, &nobody, FORBIDDEN);
	nobody.principal.raw = 9999;
	EXPECT(fixture, &nobody, FORBIDDEN);
}

static void every_role_against_every_command(void **state)
{
	struct fixture *fixture = *state;
	add_system_principal(fixture);
	FILE *table = fopen("tests/tables/roles.csv", "r");
	assert_non_null(table);
	bool seen[COMMAND_KIND_MAX + 1] = {false};
	char line[512];
	assert_non_null(fgets(line, sizeof(line), table)); /* header */
	while (fgets(line, sizeof(line), table) != NULL) {
		char *roles = strchr(line, ',');
		assert_non_null(roles);
		*roles++ = '\0';
		char *source = strchr(roles, ',');
		assert_non_null(source);
		*source = '\0';
		uint8_t kind = command_by_name(line);
		assert_int_not_equal(kind, 0);
		assert_false(seen[kind]);
		seen[kind] = true;
		check_row(fixture, kind, roles);
	}
	(void)fclose(table);
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++)
		if (command_info((uint8_t)kind) != NULL && !seen[kind])
			fail_msg("%s is not in the table", command_info((uint8_t)kind)->name);
}

static void inactive_principals_may_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct principal_id id = fixture->role[ROLE_SOCIAL_WORKER];
	struct principal principal = *state_principal(&fixture->state, id);
	principal.active = 0;
	assert_true(apply_record(&fixture->state, RECORD_KIND_PRINCIPAL, id.raw, &principal));
	struct command command = fixture_command(COMMAND_KIND_BENEFICIARY_CREATE, id);
	command.input.beneficiary_create.comune = fixture->pandino;
	EXPECT(fixture, &command, FORBIDDEN);
	assert_false(decide_may_read(&fixture->state, &principal, RECORD_KIND_AMBITO, 1,
				     state_ambito(&fixture->state, fixture->ambito)));
}

static struct command set_ceiling(struct fixture *fixture, struct principal_id principal,
				  struct comune_id comune)
{
	struct command command = fixture_command(COMMAND_KIND_CEILING_SET, principal);
	command.input.ceiling_set.ambito = fixture->ambito;
	command.input.ceiling_set.amount_cents = cents_from(1);
	command.input.ceiling_set.fund = fixture->fund;
	command.input.ceiling_set.year = 2026;
	command.input.ceiling_set.comune = comune;
	FIXTURE_TEXT(command.input.ceiling_set.act, "DEL-1");
	return command;
}

static void comune_sets_its_own_ceilings_only(void **state)
{
	struct fixture *fixture = *state;
	struct principal_id pandino = fixture->role[ROLE_COMUNE_ADMIN];
	struct command command = set_ceiling(fixture, pandino, fixture->crema);
	EXPECT(fixture, &command, NOT_OWNER);
	command = set_ceiling(fixture, pandino, (struct comune_id){0});
	EXPECT(fixture, &command, NOT_OWNER);
	command = set_ceiling(fixture, pandino, fixture->pandino);
	EXPECT(fixture, &command, OK);
	struct ceiling_id foreign = fixture_ceiling(fixture, fixture->crema, 2026, 100);
	struct command lower = fixture_command(COMMAND_KIND_CEILING_LOWER, pandino);
	lower.input.ceiling_lower.ceiling = foreign;
	lower.input.ceiling_lower.amount_cents = cents_from(1);
	FIXTURE_TEXT(lower.input.ceiling_lower.act, "DEL-1");
	EXPECT(fixture, &lower, NOT_OWNER);
}

static void provider_acts_for_itself_only(void **state)
{
	struct fixture *fixture = *state;
	struct command apply =
	    fixture_command(COMMAND_KIND_ACCREDITATION_APPLY, fixture->alfa_principal);
	struct command_accreditation_apply *input = &apply.input.accreditation_apply;
	input->provider = fixture->beta;
	input->services.count = 1;
	input->services.items[0].service = fixture->service;
	input->sub_ambiti.count = 1;
	input->sub_ambiti.items[0].sub_ambito = fixture->group[0];
	EXPECT(fixture, &apply, NOT_OWNER);
	input->provider = fixture->alfa;
	EXPECT(fixture, &apply, OK);
}

/* A second ambito in the same ledger: offices of the first do not touch it, and no act spans
 * both. */
static void ambiti_stay_apart(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    fixture_command(COMMAND_KIND_AMBITO_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	FIXTURE_TEXT(command.input.ambito_create.code, "LODI");
	FIXTURE_TEXT(command.input.ambito_create.name, "Ambito di Lodi");
	EXPECT(fixture, &command, NOT_OWNER); /* its scope is CREMA */
	command.principal = fixture->role[ROLE_ADMINISTRATOR];
	struct ambito_id lodi = {fixture_must(fixture, &command)};
	command = fixture_command(COMMAND_KIND_FUND_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.fund_create.ambito = lodi;
	FIXTURE_TEXT(command.input.fund_create.code, "FNPS-LODI");
	FIXTURE_TEXT(command.input.fund_create.name, "FNPS");
	EXPECT(fixture, &command, NOT_OWNER);
	struct command principal =
	    fixture_command(COMMAND_KIND_PRINCIPAL_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	FIXTURE_TEXT(principal.input.principal_create.code, "region-manager");
	principal.input.principal_create.role = ROLE_UDP_MANAGER;
	struct principal_id unscoped = {fixture_must(fixture, &principal)};
	command.principal = unscoped;
	struct fund_id fund = {fixture_must(fixture, &command)};
	struct command ceiling = set_ceiling(fixture, unscoped, fixture->pandino);
	ceiling.input.ceiling_set.fund = fund;
	EXPECT_FIELD(fixture, &ceiling, UNKNOWN_REFERENCE, "fund");
	const struct fund *record = state_fund(&fixture->state, fund);
	const struct state *ledger = &fixture->state;
	assert_false(decide_may_read(
	    ledger, state_principal(ledger, fixture->role[ROLE_UDP_MANAGER]), RECORD_KIND_FUND,
	    fund.raw, record));
	assert_true(decide_may_read(ledger, state_principal(ledger, unscoped), RECORD_KIND_FUND,
				    fund.raw, record));
}

static void administrator_with_a_scope_stays_inside(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    fixture_command(COMMAND_KIND_PRINCIPAL_CREATE, fixture->role[ROLE_ADMINISTRATOR]);
	struct command_principal_create *input = &command.input.principal_create;
	FIXTURE_TEXT(input->code, "crema-admin");
	input->role = ROLE_ADMINISTRATOR;
	input->ambito = fixture->ambito;
	struct principal_id local = {fixture_must(fixture, &command)};
	struct command credential = fixture_command(COMMAND_KIND_CREDENTIAL_CREATE, local);
	credential.input.credential_create.principal = fixture->role[ROLE_ADMINISTRATOR];
	EXPECT(fixture, &credential, NOT_OWNER);
	credential.input.credential_create.principal = fixture->alfa_principal;
	EXPECT(fixture, &credential, OK);
	command.principal = local;
	FIXTURE_TEXT(input->code, "root2");
	input->ambito.raw = 0;
	EXPECT(fixture, &command, NOT_OWNER);
}

/* Titles, services and statements: whose they are decides who may act on them. */
static void titles_services_and_statements_have_owners(void **state)
{
	struct fixture *fixture = *state;
	struct voucher_id title = fixture_title(fixture, fixture->castelleone, "2026-01",
						"2026-03", 720, fixture->alfa);
	fixture->now = fixture_instant("2026-01-20T12:00");
	struct command submit = fixture_submit(fixture->beta_principal, title,
					       "2026-01-10T09:00", 60, 11);
	EXPECT(fixture, &submit, PROVIDER_NOT_CHOSEN);
	submit.principal = fixture->alfa_principal;
	struct redemption_id service = {fixture_must(fixture, &submit)};
	struct command dispute = fixture_command(COMMAND_KIND_REDEMPTION_DISPUTE,
						 fixture->role[ROLE_COMUNE_SOCIAL]);
	dispute.input.redemption_dispute.redemption = service;
	dispute.input.redemption_dispute.reason = REASON_QUALITY;
	EXPECT(fixture, &dispute, NOT_OWNER); /* Pandino's, of a person of Castelleone */
	struct command cancel =
	    fixture_command(COMMAND_KIND_BOOKING_CANCEL, fixture->beta_principal);
	cancel.input.booking_cancel.redemption = service;
	EXPECT(fixture, &cancel, NOT_OWNER);
	struct command confirm =
	    fixture_command(COMMAND_KIND_STATEMENT_CONFIRM, fixture->beta_principal);
	confirm.input.statement_confirm.statement.raw = 1;
	EXPECT(fixture, &confirm, NOT_OWNER);
	struct command attest = fixture_command(COMMAND_KIND_STATEMENT_ATTEST,
						fixture->role[ROLE_COMUNE_SOCIAL]);
	attest.input.statement_attest.statement.raw = 1;
	attest.input.statement_attest.comune = fixture->castelleone;
	EXPECT(fixture, &attest, NOT_OWNER);
	attest.input.statement_attest.comune.raw = 0; /* its own lines: the duty judges */
	assert_int_not_equal(fixture_result(fixture, &attest), RESULT_NOT_OWNER);
}

static void a_person_chooses_for_itself(void **state)
{
	struct fixture *fixture = *state;
	struct voucher_id own =
	    fixture_propose(fixture, fixture->person, "2026-01", "2026-01", 60);
	struct voucher_id foreign =
	    fixture_propose(fixture, fixture_beneficiary(fixture, fixture->pandino), "2026-01",
			    "2026-01", 60);
	struct command issue = fixture_issue(fixture, own);
	EXPECT(fixture, &issue, OK);
	issue = fixture_issue(fixture, foreign);
	EXPECT(fixture, &issue, OK);
	struct command choose = fixture_command(COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER,
						fixture->role[ROLE_BENEFICIARY]);
	choose.input.voucher_choose_provider.voucher = foreign;
	choose.input.voucher_choose_provider.provider = fixture->gamma;
	EXPECT(fixture, &choose, NOT_OWNER);
	choose.input.voucher_choose_provider.voucher = own;
	EXPECT(fixture, &choose, OK);
	choose.principal = fixture->alfa_principal; /* binds another than itself */
	EXPECT(fixture, &choose, NOT_OWNER);
}

/* ---- Reading ---- */

static bool reads(struct fixture *fixture, struct principal_id principal, enum record_kind kind,
		  uint32_t id)
{
	const void *record = state_record(&fixture->state, kind, id);
	assert_non_null(record);
	return decide_may_read(&fixture->state, state_principal(&fixture->state, principal), kind,
			       id, record);
}

static void titles_are_seen_by_their_own(void **state)
{
	struct fixture *fixture = *state;
	uint32_t title = fixture_title(fixture, fixture->pandino, "2026-01", "2026-01", 720,
				       fixture->alfa)
			     .raw;
	const struct voucher *voucher = state_voucher(&fixture->state, (struct voucher_id){title});
	uint32_t cell = voucher->first_cell.raw;
	uint32_t line = voucher->first_line.raw;
	uint32_t person = voucher->beneficiary.raw;
	struct principal_id *role = fixture->role;
	assert_true(reads(fixture, fixture->alfa_principal, RECORD_KIND_VOUCHER, title));
	assert_true(reads(fixture, fixture->alfa_principal, RECORD_KIND_CELL, cell));
	assert_true(reads(fixture, fixture->alfa_principal, RECORD_KIND_VOUCHER_LINE, line));
	assert_false(reads(fixture, fixture->beta_principal, RECORD_KIND_VOUCHER, title));
	assert_false(reads(fixture, fixture->beta_principal, RECORD_KIND_CELL, cell));
	assert_false(reads(fixture, fixture->alfa_principal, RECORD_KIND_BENEFICIARY, person));
	assert_true(reads(fixture, role[ROLE_COMUNE_SOCIAL], RECORD_KIND_VOUCHER, title));
	assert_true(reads(fixture, role[ROLE_COMUNE_SOCIAL], RECORD_KIND_BENEFICIARY, person));
	assert_true(reads(fixture, role[ROLE_SUBAMBITO_COORD], RECORD_KIND_VOUCHER, title));
	assert_true(reads(fixture, role[ROLE_FINANCE], RECORD_KIND_VOUCHER, title));
	assert_false(reads(fixture, role[ROLE_FINANCE], RECORD_KIND_BENEFICIARY, person));
	assert_true(reads(fixture, role[ROLE_AUDITOR], RECORD_KIND_CELL, cell));
	static const enum role blind[] = {ROLE_ASSEMBLY,   ROLE_POLITICAL_BOARD, ROLE_OPERATOR,
					  ROLE_ACCREDITOR, ROLE_REGION_ATS,	 ROLE_TREASURER,
					  ROLE_BENEFICIARY, ROLE_ADMINISTRATOR};
	for (uint32_t i = 0; i < sizeof(blind) / sizeof(blind[0]); i++) {
		assert_false(reads(fixture, role[blind[i]], RECORD_KIND_VOUCHER, title));
		assert_false(reads(fixture, role[blind[i]], RECORD_KIND_CELL, cell));
	}
	uint32_t other = fixture_title(fixture, fixture->castelleone, "2026-01", "2026-01", 60,
				       fixture->beta)
			     .raw;
	assert_false(reads(fixture, role[ROLE_COMUNE_SOCIAL], RECORD_KIND_VOUCHER, other));
	assert_false(reads(fixture, role[ROLE_SUBAMBITO_COORD], RECORD_KIND_VOUCHER, other));
}

static void secrets_are_seen_by_nobody(void **state)
{
	struct fixture *fixture = *state;
	uint32_t title = fixture_title(fixture, fixture->pandino, "2026-01", "2026-01", 720,
				       fixture->alfa)
			     .raw;
	add_system_principal(fixture);
	for (uint32_t role = 1; role < FIXTURE_ROLES; role++)
		assert_false(
		    reads(fixture, fixture->role[role], RECORD_KIND_VOUCHER_SECRET, title));
}

static void beneficiary_sees_itself(void **state)
{
	struct fixture *fixture = *state;
	struct principal_id self = fixture->role[ROLE_BENEFICIARY];
	struct beneficiary_id other = fixture_beneficiary(fixture, fixture->pandino);
	assert_true(reads(fixture, self, RECORD_KIND_BENEFICIARY, fixture->person.raw));
	assert_false(reads(fixture, self, RECORD_KIND_BENEFICIARY, other.raw));
	uint32_t own =
	    fixture_propose(fixture, fixture->person, "2026-02", "2026-02", 60).raw;
	uint32_t foreign = fixture_propose(fixture, other, "2026-02", "2026-02", 60).raw;
	assert_true(reads(fixture, self, RECORD_KIND_VOUCHER, own));
	assert_false(reads(fixture, self, RECORD_KIND_VOUCHER, foreign));
	assert_true(reads(fixture, self, RECORD_KIND_ACCREDITATION,
			  fixture->alfa_accreditation.raw));
	assert_false(reads(fixture, self, RECORD_KIND_PROVIDER, fixture->alfa.raw));
}

static void registers_and_money_by_role(void **state)
{
	struct fixture *fixture = *state;
	struct principal_id *role = fixture->role;
	uint32_t own = fixture_ceiling(fixture, fixture->pandino, 2026, 100).raw;
	uint32_t foreign = fixture_ceiling(fixture, fixture->crema, 2026, 100).raw;
	uint32_t general = fixture_ceiling(fixture, (struct comune_id){0}, 2026, 100).raw;
	assert_true(reads(fixture, role[ROLE_COMUNE_ADMIN], RECORD_KIND_CEILING, own));
	assert_false(reads(fixture, role[ROLE_COMUNE_ADMIN], RECORD_KIND_CEILING, foreign));
	assert_true(reads(fixture, role[ROLE_COMUNE_ADMIN], RECORD_KIND_CEILING, general));
	assert_true(reads(fixture, role[ROLE_COMUNE_ADMIN], RECORD_KIND_FUND_YEAR, 1));
	assert_true(reads(fixture, role[ROLE_ASSEMBLY], RECORD_KIND_CEILING, foreign));
	assert_false(reads(fixture, fixture->alfa_principal, RECORD_KIND_CEILING, own));
	assert_false(reads(fixture, fixture->alfa_principal, RECORD_KIND_FUND_YEAR, 1));
	assert_true(reads(fixture, fixture->alfa_principal, RECORD_KIND_PROVIDER,
			  fixture->alfa.raw));
	assert_false(reads(fixture, fixture->alfa_principal, RECORD_KIND_PROVIDER,
			   fixture->beta.raw));
	assert_false(reads(fixture, fixture->alfa_principal, RECORD_KIND_ACCREDITATION,
			   fixture->beta_accreditation.raw));
	assert_true(reads(fixture, role[ROLE_COMUNE_SOCIAL], RECORD_KIND_PROVIDER,
			  fixture->beta.raw));
	assert_true(reads(fixture, fixture->alfa_principal, RECORD_KIND_TARIFF, 1));
	assert_true(reads(fixture, role[ROLE_OPERATOR], RECORD_KIND_COMUNE, 1));
	assert_false(reads(fixture, role[ROLE_OPERATOR], RECORD_KIND_PROVIDER, fixture->alfa.raw));
	assert_true(reads(fixture, role[ROLE_ADMINISTRATOR], RECORD_KIND_PRINCIPAL, 2));
	assert_false(reads(fixture, role[ROLE_UDP_MANAGER], RECORD_KIND_PRINCIPAL, 2));
	assert_true(reads(fixture, role[ROLE_AUDITOR], RECORD_KIND_PRINCIPAL, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXPECT_TEST(every_role_against_every_command),
	    EXPECT_TEST(inactive_principals_may_nothing),
	    EXPECT_TEST(comune_sets_its_own_ceilings_only),
	    EXPECT_TEST(provider_acts_for_itself_only),
	    EXPECT_TEST(ambiti_stay_apart),
	    EXPECT_TEST(administrator_with_a_scope_stays_inside),
	    EXPECT_TEST(titles_services_and_statements_have_owners),
	    EXPECT_TEST(a_person_chooses_for_itself),
	    EXPECT_TEST(titles_are_seen_by_their_own),
	    EXPECT_TEST(secrets_are_seen_by_nobody),
	    EXPECT_TEST(beneficiary_sees_itself),
	    EXPECT_TEST(registers_and_money_by_role),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
