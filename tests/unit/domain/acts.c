/* Acts in words: see acts.h. */
#include "tests/unit/domain/acts.h"

#include "tests/unit/domain/acts_any.h"
#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 16u
#define TEXT_MAX  512u

struct words {
	char text[TEXT_MAX];
	const char *word[WORDS_MAX]; /* without options; word[0] is the act */
	const char *option[WORDS_MAX];
	uint32_t words;
	uint32_t options;
};

static void split(struct words *words, const char *act)
{
	memset(words, 0, sizeof(*words));
	(void)snprintf(words->text, sizeof(words->text), "%s", act);
	char *rest = NULL;
	for (char *word = strtok_r(words->text, " \t\n", &rest); word != NULL; /* banned: a test */
	     word = strtok_r(NULL, " \t\n", &rest)) {                          /* banned: a test */
		assert_true(words->words < WORDS_MAX && words->options < WORDS_MAX);
		if (strchr(word, '=') != NULL)
			words->option[words->options++] = word;
		else
			words->word[words->words++] = word;
	}
	assert_true(words->words > 0);
}

static const char *option(const struct words *words, const char *key)
{
	size_t length = strlen(key);
	for (uint32_t i = 0; i < words->options; i++)
		if (strncmp(words->option[i], key, length) == 0 && words->option[i][length] == '=')
			return words->option[i] + length + 1;
	return NULL;
}

static int64_t number(const char *text)
{
	char *end = NULL;
	long long value = strtoll(text, &end, 10); /* banned: a test */
	if (end == text || *end != '\0')
		fail_msg("not a number: %s", text);
	return value;
}

static int64_t number_or(const struct words *words, const char *key, int64_t otherwise)
{
	const char *text = option(words, key);
	return text == NULL ? otherwise : number(text);
}

static uint32_t code_id(const struct acts *acts, enum record_kind kind, const char *code)
{
	char upper[33] = {0};
	for (uint32_t i = 0; i < 32 && code[i] != '\0'; i++)
		upper[i] = (char)(code[i] >= 'a' && code[i] <= 'z' ? code[i] - 32 : code[i]);
	uint32_t id = state_find_code(&acts->fixture->state, kind, slice_from_text(upper));
	if (id == 0)
		fail_msg("no %s %s", record_info(kind)->name, upper);
	return id;
}

static struct provider_id provider_named(const struct acts *acts, const char *code)
{
	return (struct provider_id){code_id(acts, RECORD_KIND_PROVIDER, code)};
}

static struct comune_id comune_named(const struct acts *acts, const char *name)
{
	const struct fixture *fixture = acts->fixture;
	const struct {
		const char *name;
		struct comune_id id;
	} comuni[] = {{"crema", fixture->crema},
		      {"pandino", fixture->pandino},
		      {"offanengo", fixture->offanengo},
		      {"izano", fixture->izano},
		      {"castelleone", fixture->castelleone}};
	for (uint32_t i = 0; i < sizeof(comuni) / sizeof(comuni[0]); i++)
		if (strcmp(comuni[i].name, name) == 0)
			return comuni[i].id;
	fail_msg("no comune %s", name);
	return (struct comune_id){0};
}

static struct principal_id caller(const struct acts *acts, const struct words *words,
				  enum role usual)
{
	const struct fixture *fixture = acts->fixture;
	const char *name = option(words, "by");
	if (name == NULL)
		return fixture->role[usual];
	const struct {
		const char *name;
		struct principal_id id;
	} callers[] = {{"alfa", fixture->alfa_principal},
		       {"beta", fixture->beta_principal},
		       {"gamma", fixture->gamma_principal},
		       {"officer", fixture->role[ROLE_UDP_OFFICER]},
		       {"manager", fixture->role[ROLE_UDP_MANAGER]},
		       {"deputy", fixture->deputy},
		       {"worker", fixture->role[ROLE_SOCIAL_WORKER]},
		       {"finance", fixture->role[ROLE_FINANCE]},
		       {"treasurer", fixture->role[ROLE_TREASURER]},
		       {"comune", fixture->role[ROLE_COMUNE_SOCIAL]},
		       {"beneficiary", fixture->role[ROLE_BENEFICIARY]}};
	for (uint32_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++)
		if (strcmp(callers[i].name, name) == 0)
			return callers[i].id;
	return (struct principal_id){code_id(acts, RECORD_KIND_PRINCIPAL, name)};
}

/* ---- Titles ---- */

static void add_lines(const struct acts *acts, const struct words *words,
		      struct command_voucher_propose *input, const char *services, uint32_t units)
{
	char list[64] = {0};
	(void)snprintf(list, sizeof(list), "%s", services == NULL ? "SAD_OSS" : services);
	char *rest = NULL;
	for (char *code = strtok_r(list, ",", &rest); code != NULL; /* banned: a test */
	     code = strtok_r(NULL, ",", &rest)) {                   /* banned: a test */
		struct line_input *line = &input->lines.items[input->lines.count++];
		line->service.raw = code_id(acts, RECORD_KIND_SERVICE, code);
		line->units_per_month = units;
		line->two_operators = (uint8_t)number_or(words, "two", 0);
		line->group_visits = (uint8_t)number_or(words, "group", 0);
		line->weekly = (uint8_t)number_or(words, "weekly", 0);
	}
}

/* "FNPS:c100000,FSR" or "FNPS:6000,FSR:4000": caps in cents, shares in basis points. */
static void add_funds(const struct acts *acts, struct command_voucher_propose *input,
		      const char *text)
{
	while (text != NULL && *text != '\0') {
		assert_true(input->funds.count < 4);
		struct share_input *item = &input->funds.items[input->funds.count++];
		size_t size = strcspn(text, ",");
		char one[TEXT_MAX];
		(void)snprintf(one, sizeof(one), "%.*s", (int)size, text);
		char *value = strchr(one, ':');
		if (value != NULL)
			*value++ = '\0';
		if (value != NULL && *value == 'c')
			item->cap_cents = cents_from(number(value + 1));
		else if (value != NULL)
			item->share_bp = (uint16_t)number(value);
		item->fund.raw = code_id(acts, RECORD_KIND_FUND, one);
		text += size;
		text += *text == ',' ? 1 : 0;
	}
}

static enum result propose(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_VOUCHER_PROPOSE,
						 caller(acts, words, ROLE_SOCIAL_WORKER));
	struct command_voucher_propose *input = &command.input.voucher_propose;
	input->beneficiary.raw = (uint32_t)number_or(words, "person", acts->person.raw);
	add_funds(acts, input, option(words, "funds"));
	if (input->funds.count == 0)
		input->fund = acts->fund;
	input->first_month = fixture_month(words->word[1]);
	input->last_month = fixture_month(words->word[2]);
	add_lines(acts, words, input, option(words, "service"), (uint32_t)number(words->word[3]));
	if (option(words, "from") != NULL)
		input->valid_from = fixture_day(option(words, "from"));
	if (option(words, "to") != NULL)
		input->valid_to = fixture_day(option(words, "to"));
	enum result result = fixture_result(acts->fixture, &command);
	if (result_is_success(result))
		acts->voucher.raw = acts->fixture->last.object;
	return result;
}

static struct voucher_id title_of(const struct acts *acts, const struct words *words)
{
	return (struct voucher_id){(uint32_t)number_or(words, "title", acts->voucher.raw)};
}

static enum result issue(struct acts *acts, const struct words *words)
{
	struct command command = fixture_issue(acts->fixture, title_of(acts, words));
	command.principal = caller(acts, words, ROLE_UDP_OFFICER);
	return fixture_result(acts->fixture, &command);
}

static enum result choose(struct acts *acts, const struct words *words, const char *provider)
{
	struct command command = fixture_command(COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER,
						 caller(acts, words, ROLE_SOCIAL_WORKER));
	struct command_voucher_choose_provider *input = &command.input.voucher_choose_provider;
	input->voucher = title_of(acts, words);
	input->provider = provider_named(acts, provider);
	const char *code = option(words, "code");
	if (code != NULL)
		input->voucher_code =
		    UINT64_C(0xC0DE000000000000) + input->voucher.raw +
		    (strcmp(code, "right") == 0 ? 0 : 1);
	return fixture_result(acts->fixture, &command);
}

static enum result title(struct acts *acts, const struct words *words)
{
	enum result result = propose(acts, words);
	if (result == RESULT_OK)
		result = issue(acts, words);
	if (result == RESULT_OK)
		result = choose(acts, words, words->word[4]);
	return result;
}

static enum result revoke(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_VOUCHER_REVOKE,
						 caller(acts, words, ROLE_UDP_OFFICER));
	command.input.voucher_revoke.voucher = title_of(acts, words);
	command.input.voucher_revoke.effective_from = fixture_day(words->word[1]);
	command.input.voucher_revoke.reason = REASON_REQUIREMENTS_LOST;
	return fixture_result(acts->fixture, &command);
}

static enum result cancel(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_VOUCHER_CANCEL,
						 caller(acts, words, ROLE_UDP_OFFICER));
	command.input.voucher_cancel.voucher = title_of(acts, words);
	command.input.voucher_cancel.reason = REASON_BENEFICIARY_REQUEST;
	return fixture_result(acts->fixture, &command);
}

/* ---- Services ---- */

static uint8_t enum_option(const struct words *words, const char *key,
			   const struct enum_info *values)
{
	const char *name = option(words, key);
	if (name == NULL)
		return 0;
	uint8_t value = enum_number(values, slice_from_text(name));
	if (value == 0)
		fail_msg("no %s %s", key, name);
	return value;
}

static struct instant instant_option(const struct words *words, const char *key)
{
	const char *text = option(words, key);
	return text == NULL ? (struct instant){0} : fixture_instant(text);
}

/* Facts of a visit, in the inputs that have them. */
#define READ_FACTS(acts, words, input)                                                             \
	do {                                                                                       \
		(input)->proof = enum_option(words, "proof", &enum_proof);                         \
		(input)->proof_at = instant_option(words, "proof_at");                             \
		(input)->evv_start = instant_option(words, "from");                                \
		(input)->evv_end = instant_option(words, "to");                                    \
		(input)->confirmed_minutes = (uint32_t)number_or(words, "confirmed", 0);           \
		(input)->qualification =                                                           \
		    enum_option(words, "qualification", &enum_qualification);                      \
		(input)->edit_reason = enum_option(words, "edit", &enum_reason);                   \
		(input)->indirect = (uint8_t)number_or(words, "indirect", 0);                      \
		(input)->located = (uint8_t)number_or(words, "located", 0);                        \
		(input)->tariff.raw = (uint32_t)number_or(words, "tariff", 0);                     \
		if (option(words, "performer") != NULL)                                            \
			(input)->performer = provider_named(acts, option(words, "performer"));     \
	} while (false)

static struct redemption_id record_of(const struct acts *acts, const struct words *words)
{
	return (struct redemption_id){(uint32_t)number_or(words, "record", acts->record.raw)};
}

/* The record that an act made or touched is the one spoken of next, and so is its statement. */
static enum result speak_of(struct acts *acts, enum result result)
{
	if (!result_is_success(result))
		return result;
	acts->record.raw = acts->fixture->last.object;
	const struct redemption *made = state_redemption(&acts->fixture->state, acts->record);
	const struct statement_line *line =
	    state_statement_line(&acts->fixture->state, made->statement_line);
	if (line != NULL)
		acts->statement = line->statement;
	return result;
}

static enum result redeem(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_REDEMPTION_SUBMIT,
						 caller(acts, words, ROLE_PROVIDER));
	struct command_redemption_submit *input = &command.input.redemption_submit;
	input->voucher = title_of(acts, words);
	input->start = fixture_instant(words->word[1]);
	if (words->words > 2)
		input->minutes = (uint32_t)number(words->word[2]);
	if (option(words, "end") != NULL)
		input->end = fixture_instant(option(words, "end"));
	input->units = (uint32_t)number_or(words, "units", 0);
	input->operator = (uint64_t)number_or(words, "operator", 11);
	input->booking.raw = (uint32_t)number_or(words, "booking", 0);
	if (option(words, "service") != NULL)
		input->service.raw = code_id(acts, RECORD_KIND_SERVICE, option(words, "service"));
	READ_FACTS(acts, words, input);
	return speak_of(acts, fixture_result(acts->fixture, &command));
}

static enum result correct(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_REDEMPTION_CORRECT,
						 caller(acts, words, ROLE_PROVIDER));
	struct command_redemption_correct *input = &command.input.redemption_correct;
	input->redemption = record_of(acts, words);
	input->start = instant_option(words, "start");
	input->end = instant_option(words, "end");
	input->minutes = (uint32_t)number_or(words, "minutes", 0);
	input->units = (uint32_t)number_or(words, "units", 0);
	input->operator = (uint64_t)number_or(words, "operator", 0);
	READ_FACTS(acts, words, input);
	return speak_of(acts, fixture_result(acts->fixture, &command));
}

static enum result authorise(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_REDEMPTION_AUTHORISE_LATE,
						 caller(acts, words, ROLE_UDP_OFFICER));
	command.input.redemption_authorise_late.redemption = record_of(acts, words);
	FIXTURE_TEXT(command.input.redemption_authorise_late.act, "AUT-1/26");
	return speak_of(acts, fixture_result(acts->fixture, &command));
}

static enum result partial(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_REDEMPTION_ACCEPT_PARTIAL,
						 caller(acts, words, ROLE_UDP_OFFICER));
	command.input.redemption_accept_partial.redemption = record_of(acts, words);
	command.input.redemption_accept_partial.units = (uint32_t)number(words->word[1]);
	FIXTURE_TEXT(command.input.redemption_accept_partial.act, "AUT-1/26");
	return speak_of(acts, fixture_result(acts->fixture, &command));
}

static enum result reject(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_REDEMPTION_REJECT,
						 caller(acts, words, ROLE_UDP_OFFICER));
	command.input.redemption_reject.redemption = record_of(acts, words);
	command.input.redemption_reject.reason = REASON_NOT_PROVEN;
	return fixture_result(acts->fixture, &command);
}

static enum result prove(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_REDEMPTION_PROVE,
						 caller(acts, words, ROLE_PROVIDER));
	struct command_redemption_prove *input = &command.input.redemption_prove;
	input->redemption = record_of(acts, words);
	input->proof = enum_number(&enum_proof, slice_from_text(words->word[1]));
	input->proof_at = instant_option(words, "proof_at");
	input->edit_reason = enum_option(words, "edit", &enum_reason);
	input->located = (uint8_t)number_or(words, "located", 0);
	return fixture_result(acts->fixture, &command);
}

static enum result missed(struct acts *acts, const struct words *words)
{
	struct command command =
	    fixture_command(COMMAND_KIND_MISSED_ACCESS, caller(acts, words, ROLE_PROVIDER));
	struct command_missed_access *input = &command.input.missed_access;
	input->voucher = title_of(acts, words);
	input->start = fixture_instant(words->word[1]);
	input->operator = (uint64_t)number_or(words, "operator", 11);
	input->booking.raw = (uint32_t)number_or(words, "booking", 0);
	if (option(words, "service") != NULL)
		input->service.raw = code_id(acts, RECORD_KIND_SERVICE, option(words, "service"));
	return speak_of(acts, fixture_result(acts->fixture, &command));
}

static enum result set(struct acts *acts, const struct words *words)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PARAMETER_SET, acts->fixture->role[ROLE_UDP_MANAGER]);
	struct command_parameter_set *input = &command.input.parameter_set;
	input->ambito = acts->fixture->ambito;
	input->name = enum_number(&enum_parameter_name, slice_from_text(words->word[1]));
	if (input->name == 0)
		fail_msg("no parameter %s", words->word[1]);
	FIXTURE_TEXT(input->value, words->word[2]);
	FIXTURE_TEXT(input->act, "DEL-9/26");
	input->valid_from = fixture_day(option(words, "day") == NULL ? "2020-01-01"
								     : option(words, "day"));
	if (option(words, "service") != NULL)
		input->service.raw = code_id(acts, RECORD_KIND_SERVICE, option(words, "service"));
	return fixture_result(acts->fixture, &command);
}

static enum result book(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_REDEMPTION_BOOK,
						 caller(acts, words, ROLE_PROVIDER));
	struct command_redemption_book *input = &command.input.redemption_book;
	input->voucher = title_of(acts, words);
	input->start = fixture_instant(words->word[1]);
	if (words->words > 2)
		input->minutes = (uint32_t)number(words->word[2]);
	input->units = (uint32_t)number_or(words, "units", 0);
	input->operator = (uint64_t)number_or(words, "operator", 0);
	if (option(words, "service") != NULL)
		input->service.raw = code_id(acts, RECORD_KIND_SERVICE, option(words, "service"));
	enum result result = fixture_result(acts->fixture, &command);
	if (result_is_success(result))
		acts->booking.raw = acts->fixture->last.object;
	return result;
}

static enum result unbook(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_BOOKING_CANCEL,
						 caller(acts, words, ROLE_PROVIDER));
	command.input.booking_cancel.redemption.raw =
	    (uint32_t)number_or(words, "record", acts->booking.raw);
	return fixture_result(acts->fixture, &command);
}

static enum result reverse(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_REDEMPTION_REVERSE,
						 caller(acts, words, ROLE_UDP_MANAGER));
	command.input.redemption_reverse.redemption.raw =
	    (uint32_t)number_or(words, "record", acts->record.raw);
	command.input.redemption_reverse.reason = REASON_TYPING_ERROR;
	if (option(words, "note") != NULL) {
		FIXTURE_TEXT(command.input.redemption_reverse.credit_note_number,
			     option(words, "note"));
		command.input.redemption_reverse.credit_note_date = fixture_day("2026-03-02");
	}
	return fixture_result(acts->fixture, &command);
}

static enum result dispute(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_REDEMPTION_DISPUTE,
						 caller(acts, words, ROLE_UDP_OFFICER));
	command.input.redemption_dispute.redemption.raw =
	    (uint32_t)number_or(words, "record", acts->record.raw);
	command.input.redemption_dispute.reason = REASON_OFFICE_CHECK;
	return fixture_result(acts->fixture, &command);
}

static enum result resolve(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_REDEMPTION_RESOLVE,
						 caller(acts, words, ROLE_UDP_OFFICER));
	command.input.redemption_resolve.redemption.raw =
	    (uint32_t)number_or(words, "record", acts->record.raw);
	command.input.redemption_resolve.decision =
	    strcmp(words->word[1], "accept") == 0   ? DECISION_ACCEPT
	    : strcmp(words->word[1], "reject") == 0 ? DECISION_REJECT
						    : DECISION_PARTIAL;
	if (command.input.redemption_resolve.decision == DECISION_PARTIAL)
		command.input.redemption_resolve.units = (uint32_t)number(words->word[1]);
	enum result result = fixture_result(acts->fixture, &command);
	const struct redemption *made = state_redemption(
	    &acts->fixture->state, command.input.redemption_resolve.redemption);
	const struct statement_line *line =
	    made == NULL ? NULL : state_statement_line(&acts->fixture->state, made->statement_line);
	if (line != NULL)
		acts->statement = line->statement;
	return result;
}

/* ---- Settlement ---- */

static struct statement_id statement_named(const struct acts *acts, const struct words *words)
{
	return (struct statement_id){
	    (uint32_t)number_or(words, "statement", acts->statement.raw)};
}

static enum result freeze(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_FREEZE,
						 caller(acts, words, ROLE_UDP_OFFICER));
	command.input.statement_freeze.statement = statement_named(acts, words);
	return fixture_result(acts->fixture, &command);
}

static enum result confirm(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_CONFIRM,
						 caller(acts, words, ROLE_PROVIDER));
	command.input.statement_confirm.statement = statement_named(acts, words);
	return fixture_result(acts->fixture, &command);
}

static enum result attest(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_ATTEST,
						 caller(acts, words, ROLE_COMUNE_SOCIAL));
	struct command_statement_attest *input = &command.input.statement_attest;
	input->statement = statement_named(acts, words);
	if (option(words, "comune") != NULL)
		input->comune = comune_named(acts, option(words, "comune"));
	if (option(words, "act") != NULL)
		FIXTURE_TEXT(input->act, option(words, "act"));
	return fixture_result(acts->fixture, &command);
}

/* attest-month MONTH [except=LINE,…] [comune=] [act=] [after=] */
static enum result attest_month(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_ATTEST_MONTH,
						 caller(acts, words, ROLE_COMUNE_SOCIAL));
	struct command_statement_attest_month *input = &command.input.statement_attest_month;
	input->month = fixture_month(words->word[1]);
	input->after.raw = (uint32_t)number_or(words, "after", 0);
	if (option(words, "comune") != NULL)
		input->comune = comune_named(acts, option(words, "comune"));
	if (option(words, "act") != NULL)
		FIXTURE_TEXT(input->act, option(words, "act"));
	char list[64] = {0};
	if (option(words, "except") != NULL)
		(void)snprintf(list, sizeof(list), "%s", option(words, "except"));
	char *rest = NULL;
	for (char *id = strtok_r(list, ",", &rest); id != NULL; /* banned: a test */
	     id = strtok_r(NULL, ",", &rest)) {                 /* banned: a test */
		struct contest_input *one = &input->exceptions.items[input->exceptions.count++];
		one->line.raw = (uint32_t)number(id);
		one->reason = REASON_TYPING_ERROR;
	}
	return fixture_result(acts->fixture, &command);
}

static enum result invoice(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_MATCH_INVOICE,
						 caller(acts, words, ROLE_FINANCE));
	struct command_statement_match_invoice *input = &command.input.statement_match_invoice;
	input->statement = statement_named(acts, words);
	const struct statement *statement =
	    state_statement(&acts->fixture->state, input->statement);
	assert_non_null(statement);
	int64_t net = statement->net_cents.raw; /* raw: an invoice in words */
	int64_t vat = statement->vat_cents.raw; /* raw: the same */
	input->net_cents = cents_from(number_or(words, "net", net));
	input->vat_cents = cents_from(number_or(words, "vat", vat));
	input->split_payment = (uint8_t)number_or(words, "split", 1);
	input->invoice_date = fixture_day("2026-02-20");
	FIXTURE_TEXT(input->invoice_number, "FPA-1/26");
	const char *cig = option(words, "cig");
	const char *issuer = option(words, "issuer");
	FIXTURE_TEXT(input->cig, cig == NULL ? "B0A1C2D3E4" : cig);
	if (issuer != NULL)
		input->issuer = provider_named(acts, issuer);
	return fixture_result(acts->fixture, &command);
}

static enum result approve(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_APPROVE,
						 caller(acts, words, ROLE_UDP_MANAGER));
	struct command_statement_approve *input = &command.input.statement_approve;
	const char *durc = option(words, "durc");
	input->statement = statement_named(acts, words);
	input->durc_valid_to = fixture_day(durc == NULL ? "2030-12-31" : durc);
	const char *block_cause = option(words, "block");
	if (block_cause != NULL)
		input->block_cause = enum_number(&enum_block_cause, slice_from_text(block_cause));
	FIXTURE_TEXT(input->act, "LIQ-1/26");
	return fixture_result(acts->fixture, &command);
}

static enum result export(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_EXPORT,
						 caller(acts, words, ROLE_FINANCE));
	command.input.statement_export.statement = statement_named(acts, words);
	memset(command.input.statement_export.manifest_hash, (int)number_or(words, "hash", 7), 32);
	return fixture_result(acts->fixture, &command);
}

static enum result order(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_ORDER,
						 caller(acts, words, ROLE_FINANCE));
	command.input.statement_order.statement = statement_named(acts, words);
	command.input.statement_order.order_date = fixture_day("2026-03-20");
	command.input.statement_order.tax_debt_checked = (uint8_t)number_or(words, "tax", 0);
	command.input.statement_order.antimafia_checked = (uint8_t)number_or(words, "antimafia", 0);
	FIXTURE_TEXT(command.input.statement_order.order_number, "M-100");
	return fixture_result(acts->fixture, &command);
}

static enum result pay(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_PAY,
						 caller(acts, words, ROLE_TREASURER));
	command.input.statement_pay.statement = statement_named(acts, words);
	command.input.statement_pay.paid_on = fixture_day("2026-03-20");
	FIXTURE_TEXT(command.input.statement_pay.receipt_number, "Q-100");
	return fixture_result(acts->fixture, &command);
}

static enum result on_statement(struct acts *acts, const struct words *words,
				enum command_kind kind, enum role usual)
{
	struct command command = fixture_command(kind, caller(acts, words, usual));
	/* every command of this sort begins with the statement */
	command.input.statement_cancel.statement = statement_named(acts, words);
	if (kind == COMMAND_KIND_STATEMENT_CANCEL)
		FIXTURE_TEXT(command.input.statement_cancel.act, "DET-9");
	enum result result = fixture_result(acts->fixture, &command);
	if (kind == COMMAND_KIND_STATEMENT_CANCEL && result == RESULT_OK)
		acts->statement.raw = acts->fixture->last.object;
	return result;
}

static enum result annul(struct acts *acts, const struct words *words)
{
	return on_statement(acts, words, COMMAND_KIND_STATEMENT_CANCEL, ROLE_UDP_MANAGER);
}

static enum result refreeze(struct acts *acts, const struct words *words)
{
	return on_statement(acts, words, COMMAND_KIND_STATEMENT_REFREEZE, ROLE_UDP_OFFICER);
}

static enum result split_act(struct acts *acts, const struct words *words)
{
	return on_statement(acts, words, COMMAND_KIND_STATEMENT_SPLIT, ROLE_UDP_OFFICER);
}

static enum result contest(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_CONTEST,
						 caller(acts, words, ROLE_PROVIDER));
	struct command_statement_contest *input = &command.input.statement_contest;
	input->statement = statement_named(acts, words);
	for (uint32_t i = 1; i < words->words; i++) {
		input->lines.items[input->lines.count].line.raw = (uint32_t)number(words->word[i]);
		input->lines.items[input->lines.count++].reason = REASON_OFFICE_CHECK;
	}
	return fixture_result(acts->fixture, &command);
}

static enum result refuse(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_REFUSE_INVOICE,
						 caller(acts, words, ROLE_FINANCE));
	struct command_statement_refuse_invoice *input = &command.input.statement_refuse_invoice;
	input->statement = statement_named(acts, words);
	const struct statement *statement =
	    state_statement(&acts->fixture->state, input->statement);
	int64_t net = statement->net_cents.raw; /* raw: an invoice in words */
	int64_t vat = statement->vat_cents.raw; /* raw: the same */
	const char *on = option(words, "on");
	const char *cig = option(words, "cig");
	const char *issuer = option(words, "issuer");
	input->net_cents = cents_from(number_or(words, "net", net));
	input->vat_cents = cents_from(number_or(words, "vat", vat));
	input->split_payment = (uint8_t)number_or(words, "split", 1);
	input->invoice_date = fixture_day("2026-02-12");
	input->received_on = fixture_day(on == NULL ? "2026-02-12" : on);
	if (issuer != NULL)
		input->issuer = provider_named(acts, issuer);
	FIXTURE_TEXT(input->invoice_number, "FPA-1/26");
	FIXTURE_TEXT(input->cig, cig == NULL ? "B0A1C2D3E4" : cig);
	return fixture_result(acts->fixture, &command);
}

static enum result block(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_BLOCK,
						 caller(acts, words, ROLE_FINANCE));
	command.input.statement_block.statement = statement_named(acts, words);
	command.input.statement_block.cause =
	    words->words > 1 ? enum_number(&enum_block_cause, slice_from_text(words->word[1]))
			     : BLOCK_CAUSE_SEIZURE;
	FIXTURE_TEXT(command.input.statement_block.act, "PIGN-1");
	return fixture_result(acts->fixture, &command);
}

static enum result unblock(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_STATEMENT_UNBLOCK,
						 caller(acts, words, ROLE_FINANCE));
	struct command_statement_unblock *input = &command.input.statement_unblock;
	input->statement = statement_named(acts, words);
	input->substituted_cents = cents_from(number_or(words, "substituted", 0));
	if (option(words, "durc") != NULL)
		input->durc_valid_to = fixture_day(option(words, "durc"));
	FIXTURE_TEXT(input->act, "SBLO-1");
	return fixture_result(acts->fixture, &command);
}

static enum result bill(struct acts *acts, const struct words *words)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PAYER_CHARGE_BILL, caller(acts, words, ROLE_FINANCE));
	struct command_payer_charge_bill *input = &command.input.payer_charge_bill;
	input->payer_charge.raw = (uint32_t)number(words->word[1]);
	input->billed_on = fixture_day("2026-02-20");
	FIXTURE_TEXT(input->bill_number, "AMB-1");
	return fixture_result(acts->fixture, &command);
}

static enum result bill_paid(struct acts *acts, const struct words *words)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PAYER_CHARGE_PAY, caller(acts, words, ROLE_FINANCE));
	struct command_payer_charge_pay *input = &command.input.payer_charge_pay;
	const char *on = option(words, "on");
	input->payer_charge.raw = (uint32_t)number(words->word[1]);
	input->paid_on = fixture_day(on == NULL ? "2026-02-25" : on);
	FIXTURE_TEXT(input->receipt_number, "R-1");
	return fixture_result(acts->fixture, &command);
}

/* The latest approval, granted by another person. */
static enum result grant(struct acts *acts, const struct words *words)
{
	struct command command =
	    fixture_command(COMMAND_KIND_APPROVAL_GRANT, caller(acts, words, ROLE_FINANCE));
	command.input.approval_grant.approval.raw =
	    state_count(&acts->fixture->state, RECORD_KIND_APPROVAL);
	return fixture_result(acts->fixture, &command);
}

static enum result credit(struct acts *acts, const struct words *words)
{
	struct command command =
	    fixture_command(COMMAND_KIND_CREDIT_NOTE_RECORD, caller(acts, words, ROLE_FINANCE));
	struct command_credit_note_record *input = &command.input.credit_note_record;
	input->recovery.raw = (uint32_t)number(words->word[1]);
	input->net_cents = cents_from(number(words->word[2]));
	input->vat_cents = cents_from(number(words->word[3]));
	input->date = fixture_day("2026-04-10");
	FIXTURE_TEXT(input->number, "TD04-1");
	return fixture_result(acts->fixture, &command);
}

static enum result parameter(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_PARAMETER_SET,
						 acts->fixture->role[ROLE_UDP_MANAGER]);
	struct command_parameter_set *input = &command.input.parameter_set;
	const char *from = option(words, "from");
	input->ambito = acts->fixture->ambito;
	input->name = enum_number(&enum_parameter_name, slice_from_text(words->word[1]));
	input->valid_from = fixture_day(from == NULL ? "2026-01-01" : from);
	if (option(words, "comune") != NULL)
		input->comune = comune_named(acts, option(words, "comune"));
	FIXTURE_TEXT(input->value, words->word[2]);
	FIXTURE_TEXT(input->act, "DEL-9/2026");
	return fixture_result(acts->fixture, &command);
}

/* ---- The world around ---- */

static struct accreditation_id accreditation_named(const struct acts *acts, const char *provider)
{
	const struct state *state = &acts->fixture->state;
	struct provider_id id = provider_named(acts, provider);
	for (uint32_t i = state_count(state, RECORD_KIND_ACCREDITATION); i > 0; i--)
		if (state_accreditation(state, (struct accreditation_id){i})->provider.raw ==
		    id.raw)
			return (struct accreditation_id){i};
	fail_msg("%s has no accreditation", provider);
	return (struct accreditation_id){0};
}

static enum result suspend(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_ACCREDITATION_SUSPEND,
						 acts->fixture->role[ROLE_ACCREDITOR]);
	struct command_accreditation_suspend *input = &command.input.accreditation_suspend;
	input->accreditation = accreditation_named(acts, words->word[1]);
	input->effective_from = fixture_day(words->word[2]);
	input->safety = (uint8_t)number_or(words, "safety", 0);
	FIXTURE_TEXT(input->act, "SOSP-1");
	return fixture_result(acts->fixture, &command);
}

static enum result reinstate(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_ACCREDITATION_REINSTATE,
						 acts->fixture->role[ROLE_ACCREDITOR]);
	struct command_accreditation_reinstate *input = &command.input.accreditation_reinstate;
	input->accreditation = accreditation_named(acts, words->word[1]);
	input->effective_from = fixture_day(words->word[2]);
	FIXTURE_TEXT(input->act, "RIAM-1");
	return fixture_result(acts->fixture, &command);
}

static enum result strike(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_ACCREDITATION_REVOKE,
						 acts->fixture->role[ROLE_ACCREDITOR]);
	struct command_accreditation_revoke *input = &command.input.accreditation_revoke;
	input->accreditation = accreditation_named(acts, words->word[1]);
	input->effective_from = fixture_day(words->word[2]);
	FIXTURE_TEXT(input->act, "REV-1");
	return fixture_result(acts->fixture, &command);
}

static enum result ceiling(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_CEILING_SET,
						 acts->fixture->role[ROLE_UDP_MANAGER]);
	struct command_ceiling_set *input = &command.input.ceiling_set;
	input->ambito = acts->fixture->ambito;
	input->fund = acts->fund;
	input->comune = comune_named(acts, words->word[1]);
	input->year = (uint16_t)number(words->word[2]);
	input->amount_cents = cents_from(number(words->word[3]));
	if (option(words, "provider") != NULL)
		input->provider = provider_named(acts, option(words, "provider"));
	FIXTURE_TEXT(input->act, "DEL-2/2026");
	return fixture_result(acts->fixture, &command);
}

static enum result vary(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_FUND_YEAR_VARY,
						 acts->fixture->role[ROLE_FINANCE]);
	struct command_fund_year_vary *input = &command.input.fund_year_vary;
	int64_t amount = number(words->word[2]);
	input->fund = acts->fund;
	input->year = (uint16_t)number(words->word[1]);
	input->increase_cents = cents_from(amount > 0 ? amount : 0);
	input->decrease_cents = cents_from(amount < 0 ? -amount : 0);
	FIXTURE_TEXT(input->act, "VAR-1");
	return fixture_result(acts->fixture, &command);
}

static enum result commitment(struct acts *acts, const struct words *words)
{
	struct command command = fixture_command(COMMAND_KIND_COMMITMENT_CREATE,
						 acts->fixture->role[ROLE_FINANCE]);
	struct command_commitment_create *input = &command.input.commitment_create;
	input->fund = acts->fund;
	input->year = (uint16_t)number(words->word[1]);
	input->amount_cents = cents_from(number(words->word[2]));
	FIXTURE_TEXT(input->number, words->word[2]); /* any number that is free */
	FIXTURE_TEXT(input->chapter, "1200");
	FIXTURE_TEXT(input->act, "DET-8");
	return fixture_result(acts->fixture, &command);
}

static enum result use(struct acts *acts, const struct words *words)
{
	acts->fund.raw = code_id(acts, RECORD_KIND_FUND, words->word[1]);
	return RESULT_OK;
}

static enum result fund_year(struct acts *acts, const struct words *words)
{
	struct fixture *fixture = acts->fixture;
	uint16_t year = (uint16_t)number(words->word[2]);
	uint32_t known = state_find_code(&fixture->state, RECORD_KIND_FUND,
					 slice_from_text(words->word[1]));
	struct command command =
	    fixture_command(COMMAND_KIND_FUND_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.fund_create.ambito = fixture->ambito;
	FIXTURE_TEXT(command.input.fund_create.code, words->word[1]);
	FIXTURE_TEXT(command.input.fund_create.name, words->word[1]);
	acts->fund.raw = known != 0 ? known : fixture_must(fixture, &command);
	command = fixture_command(COMMAND_KIND_FUND_YEAR_PROPOSE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.fund_year_propose.fund = acts->fund;
	command.input.fund_year_propose.year = year;
	command.input.fund_year_propose.stated_cents = cents_from(number(words->word[3]));
	FIXTURE_TEXT(command.input.fund_year_propose.act, "DGR-1");
	(void)fixture_must(fixture, &command);
	command = fixture_command(COMMAND_KIND_FUND_YEAR_APPROVE, fixture->role[ROLE_ASSEMBLY]);
	command.input.fund_year_approve.fund = acts->fund;
	command.input.fund_year_approve.year = year;
	command.input.fund_year_approve.ascertained_cents = cents_from(number(words->word[3]));
	FIXTURE_TEXT(command.input.fund_year_approve.act, "DEL-3");
	(void)fixture_must(fixture, &command);
	command = fixture_command(COMMAND_KIND_FUND_YEAR_OPEN, fixture->role[ROLE_FINANCE]);
	command.input.fund_year_open.fund = acts->fund;
	command.input.fund_year_open.year = year;
	(void)fixture_must(fixture, &command);
	char text[TEXT_MAX];
	(void)snprintf(text, sizeof(text), "commitment %u %s", year, words->word[3]);
	return acts_do(acts, text);
}

static enum result service(struct acts *acts, const struct words *words)
{
	struct fixture *fixture = acts->fixture;
	struct command command =
	    fixture_command(COMMAND_KIND_SERVICE_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	struct command_service_create *input = &command.input.service_create;
	input->ambito = fixture->ambito;
	FIXTURE_TEXT(input->code, words->word[1]);
	FIXTURE_TEXT(input->name, words->word[1]);
	input->unit = enum_number(&enum_unit, slice_from_text(words->word[2]));
	input->vat_social_coop_bp = (uint16_t)number_or(words, "social", 500);
	input->vat_other_bp = 2200;
	input->qualification = enum_option(words, "qualification", &enum_qualification);
	bool is_in_euro = input->unit == UNIT_EURO;
	struct service_id id = {fixture_must(fixture, &command)};
	if (is_in_euro)
		return RESULT_OK;
	command = fixture_command(COMMAND_KIND_TARIFF_CREATE, fixture->role[ROLE_ASSEMBLY]);
	command.input.tariff_create.service = id;
	command.input.tariff_create.valid_from = fixture_day("2024-01-01");
	command.input.tariff_create.net_cents = cents_from(number(words->word[3]));
	FIXTURE_TEXT(command.input.tariff_create.act, "DEL-1/2024");
	return fixture_result(fixture, &command);
}

static enum result enrol(struct acts *acts, const struct words *words)
{
	struct fixture *fixture = acts->fixture;
	static const char *const vat_numbers[] = {"01114601006", "00743110157", "00488410010"};
	uint32_t known =
	    state_find_code(&fixture->state, RECORD_KIND_PROVIDER, slice_from_text(words->word[1]));
	uint32_t count = state_count(&fixture->state, RECORD_KIND_PROVIDER);
	struct provider_id provider = {known};
	const char *code = option(words, "service");
	struct service_id id = {
	    code_id(acts, RECORD_KIND_SERVICE, code == NULL ? "SAD_OSS" : code)};
	if (known == 0) {
		provider = fixture_provider(
		    fixture, words->word[1],
		    (enum provider_kind)enum_number(&enum_provider_kind,
						    slice_from_text(words->word[2])),
		    vat_numbers[count % 3], "IT60X0542811101000000123456");
		struct command command = fixture_command(COMMAND_KIND_PRINCIPAL_CREATE,
							 fixture->role[ROLE_ADMINISTRATOR]);
		command.input.principal_create.role = ROLE_PROVIDER;
		command.input.principal_create.ambito = fixture->ambito;
		command.input.principal_create.provider = provider;
		FIXTURE_TEXT(command.input.principal_create.code, words->word[1]);
		(void)fixture_must(fixture, &command);
	}
	(void)fixture_accredit(fixture, provider, id);
	return RESULT_OK;
}

static enum result now(struct acts *acts, const struct words *words)
{
	if (instant_less(fixture_instant(words->word[1]), acts->fixture->now))
		return RESULT_CLOCK_BACKWARDS;
	fixture_advance(acts->fixture, fixture_instant(words->word[1]));
	return RESULT_OK;
}

static enum result live(struct acts *acts, const struct words *words)
{
	acts->person =
	    fixture_beneficiary(acts->fixture, comune_named(acts, words->word[1]));
	return RESULT_OK;
}

static enum result choose_act(struct acts *acts, const struct words *words)
{
	return choose(acts, words, words->word[1]);
}

static const struct {
	const char *name;
	enum result (*run)(struct acts *acts, const struct words *words);
	uint32_t words; /* at least, the act's name included */
} act_table[] = {{"annul", annul, 1},	  {"contest", contest, 2},  {"refreeze", refreeze, 1},
		 {"split", split_act, 1}, {"refuse", refuse, 1},    {"block", block, 1},
		 {"unblock", unblock, 1}, {"parameter", parameter, 3}, {"grant", grant, 1},
		 {"credit", credit, 4},	  {"charge-bill", bill, 2}, {"charge-pay", bill_paid, 2},
		 {"now", now, 2},	  {"live", live, 2},	    {"propose", propose, 4},
		 {"issue", issue, 1},	  {"choose", choose_act, 2}, {"title", title, 5},
		 {"revoke", revoke, 2},	  {"cancel", cancel, 1},    {"redeem", redeem, 2},
		 {"book", book, 2},	  {"unbook", unbook, 1},    {"reverse", reverse, 1},
		 {"dispute", dispute, 1}, {"resolve", resolve, 2},  {"freeze", freeze, 1},
		 {"confirm", confirm, 1}, {"attest", attest, 1},    {"invoice", invoice, 1},
		 {"attest-month", attest_month, 2},
		 {"approve", approve, 1}, {"export", export, 1},    {"order", order, 1},
		 {"pay", pay, 1},	  {"suspend", suspend, 3},  {"strike", strike, 3},
		 {"reinstate", reinstate, 3}, {"correct", correct, 1}, {"partial", partial, 2},
		 {"authorise", authorise, 1}, {"reject", reject, 1}, {"prove", prove, 2},
		 {"missed", missed, 2},	  {"set", set, 3},
		 {"ceiling", ceiling, 4}, {"vary", vary, 3},	    {"commitment", commitment, 3},
		 {"use", use, 2},	 {"fund", fund_year, 4},
		 {"service", service, 4}, {"enrol", enrol, 3}};

struct acts acts_begin(struct fixture *fixture)
{
	return (struct acts){
	    .fixture = fixture, .person = fixture->person, .fund = fixture->fund};
}

enum result acts_do(struct acts *acts, const char *act)
{
	struct words words;
	split(&words, act);
	if (strcmp(words.word[0], "do") == 0)
		return acts_any(acts, act + strspn(act, " \t\n"));
	for (uint32_t i = 0; i < sizeof(act_table) / sizeof(act_table[0]); i++) {
		if (strcmp(act_table[i].name, words.word[0]) != 0)
			continue;
		if (words.words < act_table[i].words)
			fail_msg("too few words: %s", act);
		return act_table[i].run(acts, &words);
	}
	fail_msg("unknown act: %s", act);
	return RESULT_OK;
}

void acts_must(struct acts *acts, const char *text)
{
	char copy[4096];
	(void)snprintf(copy, sizeof(copy), "%s", text);
	char *rest = NULL;
	for (char *act = strtok_r(copy, ";", &rest); act != NULL; /* banned: a test */
	     act = strtok_r(NULL, ";", &rest)) {                  /* banned: a test */
		char whole[TEXT_MAX];
		(void)snprintf(whole, sizeof(whole), "%s", act);
		enum result result = acts_do(acts, whole);
		if (!result_is_success(result))
			fail_msg("%s: %s", act, result_code(result));
	}
}

const struct cell *acts_cell(const struct acts *acts, uint32_t n)
{
	const struct state *state = &acts->fixture->state;
	const struct voucher *voucher = state_voucher(state, acts->voucher);
	assert_non_null(voucher);
	const struct cell *cell = state_cell(state, (struct cell_id){voucher->first_cell.raw + n});
	assert_non_null(cell);
	return cell;
}

int64_t acts_fund(const struct acts *acts, uint16_t year, enum fund_account_slot slot)
{
	struct fund_year_id id = state_find_fund_year(&acts->fixture->state, acts->fund, year);
	return state_fund_balance(&acts->fixture->state, id, slot).raw; // raw: tests compare
}

int64_t acts_ceiling(const struct acts *acts, uint32_t ceiling_id, enum ceiling_account_slot slot)
{
	struct ceiling_id id = {ceiling_id};
	return state_ceiling_balance(&acts->fixture->state, id, slot).raw; // raw: tests compare
}
