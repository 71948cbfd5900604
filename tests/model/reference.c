/* The door of the reference: identity, roles, fields, scopes, references. See reference.h. */
#include "tests/model/reference.h"

#include "tests/model/reference_inside.h"

#include <string.h>

#define MAY(role) (1u << ROLE_##role)
#define OFFICE    (MAY(UDP_OFFICER) | MAY(UDP_MANAGER))

/* Who may, told a third time: from roles.csv, by hand. */
static uint32_t roles_of(uint8_t kind)
{
	switch (kind) {
	case COMMAND_KIND_CLOCK_ADVANCE:
	case COMMAND_KIND_PRINCIPAL_CREATE:
		return MAY(ADMINISTRATOR);
	case COMMAND_KIND_AMBITO_CREATE:
		return MAY(ADMINISTRATOR) | MAY(UDP_MANAGER);
	case COMMAND_KIND_SUB_AMBITO_CREATE:
	case COMMAND_KIND_COMUNE_CREATE:
	case COMMAND_KIND_SERVICE_CREATE:
	case COMMAND_KIND_FUND_CREATE:
		return OFFICE;
	case COMMAND_KIND_TARIFF_CREATE:
		return MAY(UDP_MANAGER) | MAY(ASSEMBLY);
	case COMMAND_KIND_FUND_YEAR_PROPOSE:
	case COMMAND_KIND_CEILING_ALLOCATE:
	case COMMAND_KIND_REDEMPTION_REVERSE:
	case COMMAND_KIND_STATEMENT_APPROVE:
		return MAY(UDP_MANAGER);
	case COMMAND_KIND_FUND_YEAR_APPROVE:
		return MAY(ASSEMBLY);
	case COMMAND_KIND_FUND_YEAR_OPEN:
	case COMMAND_KIND_COMMITMENT_CREATE:
	case COMMAND_KIND_STATEMENT_MATCH_INVOICE:
	case COMMAND_KIND_STATEMENT_EXPORT:
	case COMMAND_KIND_STATEMENT_ORDER:
		return MAY(FINANCE);
	case COMMAND_KIND_FUND_YEAR_VARY:
		return MAY(ASSEMBLY) | MAY(FINANCE);
	case COMMAND_KIND_CEILING_SET:
	case COMMAND_KIND_CEILING_RAISE:
	case COMMAND_KIND_CEILING_LOWER:
		return MAY(UDP_MANAGER) | MAY(COMUNE_ADMIN);
	case COMMAND_KIND_PROVIDER_CREATE:
		return OFFICE | MAY(ACCREDITOR);
	case COMMAND_KIND_ACCREDITATION_APPLY:
		return MAY(PROVIDER) | MAY(ACCREDITOR);
	case COMMAND_KIND_ACCREDITATION_APPROVE:
	case COMMAND_KIND_ACCREDITATION_SUSPEND:
	case COMMAND_KIND_ACCREDITATION_REINSTATE:
	case COMMAND_KIND_ACCREDITATION_REVOKE:
		return MAY(ACCREDITOR);
	case COMMAND_KIND_ACCREDITATION_ACTIVATE:
		return MAY(CAPOFILA);
	case COMMAND_KIND_BENEFICIARY_CREATE:
		return MAY(SOCIAL_WORKER) | OFFICE;
	case COMMAND_KIND_VOUCHER_PROPOSE:
		return MAY(SOCIAL_WORKER);
	case COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER:
		return MAY(BENEFICIARY) | MAY(SOCIAL_WORKER) | MAY(UDP_OFFICER) | MAY(PROVIDER);
	case COMMAND_KIND_VOUCHER_ISSUE:
	case COMMAND_KIND_VOUCHER_REVOKE:
	case COMMAND_KIND_VOUCHER_CANCEL:
	case COMMAND_KIND_REDEMPTION_RESOLVE:
	case COMMAND_KIND_REDEMPTION_AUTHORISE_LATE:
	case COMMAND_KIND_REDEMPTION_REJECT:
	case COMMAND_KIND_STATEMENT_FREEZE:
		return MAY(UDP_OFFICER);
	case COMMAND_KIND_REDEMPTION_SUBMIT:
	case COMMAND_KIND_REDEMPTION_BOOK:
	case COMMAND_KIND_STATEMENT_CONFIRM:
		return MAY(PROVIDER);
	case COMMAND_KIND_BOOKING_CANCEL:
		return MAY(PROVIDER) | MAY(BENEFICIARY);
	case COMMAND_KIND_REDEMPTION_DISPUTE:
		return OFFICE | MAY(COMUNE_SOCIAL) | MAY(PROVIDER);
	case COMMAND_KIND_STATEMENT_ATTEST:
		return MAY(COMUNE_SOCIAL) | MAY(UDP_MANAGER);
	case COMMAND_KIND_STATEMENT_PAY:
		return MAY(FINANCE) | MAY(TREASURER);
	default:
		return 0;
	}
}

/* ---- Fields that must be given ---- */

#define TEXT(member) ((member)[0] != '\0')

static bool money_is_sane(struct cents amount)
{
	return amount.raw >= 0 && amount.raw <= INT64_C(100000000000000); /* raw: a bound */
}

static bool plan_is_given(const struct command *command)
{
	switch (command->kind) {
	case COMMAND_KIND_CLOCK_ADVANCE:
		return command->input.clock_advance.to.us != 0;
	case COMMAND_KIND_TARIFF_CREATE:
		return command->input.tariff_create.service.raw != 0 &&
		       command->input.tariff_create.valid_from.number != 0 &&
		       TEXT(command->input.tariff_create.act);
	case COMMAND_KIND_FUND_YEAR_PROPOSE:
		return command->input.fund_year_propose.fund.raw != 0 &&
		       command->input.fund_year_propose.year != 0 &&
		       TEXT(command->input.fund_year_propose.act);
	case COMMAND_KIND_FUND_YEAR_APPROVE:
		return command->input.fund_year_approve.fund.raw != 0 &&
		       command->input.fund_year_approve.year != 0 &&
		       TEXT(command->input.fund_year_approve.act);
	case COMMAND_KIND_FUND_YEAR_OPEN:
		return command->input.fund_year_open.fund.raw != 0 &&
		       command->input.fund_year_open.year != 0;
	case COMMAND_KIND_FUND_YEAR_VARY:
		return command->input.fund_year_vary.fund.raw != 0 &&
		       command->input.fund_year_vary.year != 0 &&
		       TEXT(command->input.fund_year_vary.act);
	case COMMAND_KIND_CEILING_SET:
		return command->input.ceiling_set.ambito.raw != 0 &&
		       TEXT(command->input.ceiling_set.act);
	case COMMAND_KIND_CEILING_RAISE:
		return command->input.ceiling_raise.ceiling.raw != 0 &&
		       TEXT(command->input.ceiling_raise.act);
	case COMMAND_KIND_CEILING_LOWER:
		return command->input.ceiling_lower.ceiling.raw != 0 &&
		       TEXT(command->input.ceiling_lower.act);
	case COMMAND_KIND_CEILING_ALLOCATE:
		return command->input.ceiling_allocate.fund.raw != 0 &&
		       command->input.ceiling_allocate.year != 0 &&
		       TEXT(command->input.ceiling_allocate.act);
	case COMMAND_KIND_COMMITMENT_CREATE:
		return command->input.commitment_create.fund.raw != 0 &&
		       command->input.commitment_create.year != 0 &&
		       TEXT(command->input.commitment_create.number) &&
		       TEXT(command->input.commitment_create.chapter) &&
		       TEXT(command->input.commitment_create.act);
	case COMMAND_KIND_BENEFICIARY_CREATE:
		return command->input.beneficiary_create.comune.raw != 0;
	default:
		return true;
	}
}

static bool pact_is_given(const struct command *command)
{
	switch (command->kind) {
	case COMMAND_KIND_ACCREDITATION_APPLY:
		return command->input.accreditation_apply.provider.raw != 0 &&
		       command->input.accreditation_apply.services.count != 0 &&
		       command->input.accreditation_apply.sub_ambiti.count != 0;
	case COMMAND_KIND_ACCREDITATION_APPROVE:
		return command->input.accreditation_approve.accreditation.raw != 0 &&
		       TEXT(command->input.accreditation_approve.act);
	case COMMAND_KIND_ACCREDITATION_ACTIVATE:
		return command->input.accreditation_activate.accreditation.raw != 0 &&
		       command->input.accreditation_activate.valid_from.number != 0 &&
		       TEXT(command->input.accreditation_activate.act);
	case COMMAND_KIND_ACCREDITATION_SUSPEND:
		return command->input.accreditation_suspend.accreditation.raw != 0 &&
		       command->input.accreditation_suspend.effective_from.number != 0 &&
		       TEXT(command->input.accreditation_suspend.act);
	case COMMAND_KIND_ACCREDITATION_REINSTATE:
		return command->input.accreditation_reinstate.accreditation.raw != 0 &&
		       command->input.accreditation_reinstate.effective_from.number != 0 &&
		       TEXT(command->input.accreditation_reinstate.act);
	case COMMAND_KIND_ACCREDITATION_REVOKE:
		return command->input.accreditation_revoke.accreditation.raw != 0 &&
		       command->input.accreditation_revoke.effective_from.number != 0 &&
		       TEXT(command->input.accreditation_revoke.act);
	default:
		return true;
	}
}

static bool title_is_given(const struct command *command)
{
	const struct command_voucher_propose *propose = &command->input.voucher_propose;
	const struct command_redemption_submit *submit = &command->input.redemption_submit;
	switch (command->kind) {
	case COMMAND_KIND_VOUCHER_PROPOSE:
		return propose->beneficiary.raw != 0 && propose->fund.raw != 0 &&
		       propose->lines.count != 0 && propose->lines.items[0].service.raw != 0 &&
		       propose->first_month.number != 0 && propose->last_month.number != 0;
	case COMMAND_KIND_VOUCHER_ISSUE:
		return command->input.voucher_issue.voucher.raw != 0;
	case COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER:
		return command->input.voucher_choose_provider.voucher.raw != 0 &&
		       command->input.voucher_choose_provider.provider.raw != 0;
	case COMMAND_KIND_VOUCHER_REVOKE:
		return command->input.voucher_revoke.voucher.raw != 0 &&
		       command->input.voucher_revoke.effective_from.number != 0 &&
		       command->input.voucher_revoke.reason != 0;
	case COMMAND_KIND_VOUCHER_CANCEL:
		return command->input.voucher_cancel.voucher.raw != 0 &&
		       command->input.voucher_cancel.reason != 0;
	case COMMAND_KIND_REDEMPTION_SUBMIT:
		return submit->voucher.raw != 0 && submit->start.us != 0 && submit->operator != 0;
	case COMMAND_KIND_REDEMPTION_BOOK:
		return command->input.redemption_book.voucher.raw != 0 &&
		       command->input.redemption_book.start.us != 0;
	case COMMAND_KIND_BOOKING_CANCEL:
		return command->input.booking_cancel.redemption.raw != 0;
	case COMMAND_KIND_REDEMPTION_REVERSE:
		return command->input.redemption_reverse.redemption.raw != 0 &&
		       command->input.redemption_reverse.reason != 0;
	case COMMAND_KIND_REDEMPTION_DISPUTE:
		return command->input.redemption_dispute.redemption.raw != 0 &&
		       command->input.redemption_dispute.reason != 0;
	case COMMAND_KIND_REDEMPTION_RESOLVE:
		return command->input.redemption_resolve.redemption.raw != 0 &&
		       command->input.redemption_resolve.decision != 0;
	case COMMAND_KIND_REDEMPTION_AUTHORISE_LATE:
		return command->input.redemption_authorise_late.redemption.raw != 0 &&
		       TEXT(command->input.redemption_authorise_late.act);
	case COMMAND_KIND_REDEMPTION_REJECT:
		return command->input.redemption_reject.redemption.raw != 0 &&
		       command->input.redemption_reject.reason != 0;
	default:
		return true;
	}
}

static bool statement_is_given(const struct command *command)
{
	const struct command_statement_match_invoice *match =
	    &command->input.statement_match_invoice;
	if (command->kind < COMMAND_KIND_STATEMENT_FREEZE)
		return true;
	if (command->input.statement_freeze.statement.raw == 0) /* the first field of all of them */
		return false;
	switch (command->kind) {
	case COMMAND_KIND_STATEMENT_MATCH_INVOICE:
		return TEXT(match->invoice_number) && match->invoice_date.number != 0 &&
		       TEXT(match->cig);
	case COMMAND_KIND_STATEMENT_APPROVE:
		return TEXT(command->input.statement_approve.act) &&
		       command->input.statement_approve.durc_valid_to.number != 0;
	case COMMAND_KIND_STATEMENT_ORDER:
		return TEXT(command->input.statement_order.order_number) &&
		       command->input.statement_order.order_date.number != 0;
	case COMMAND_KIND_STATEMENT_PAY:
		return TEXT(command->input.statement_pay.receipt_number) &&
		       command->input.statement_pay.paid_on.number != 0;
	default:
		return true;
	}
}

static bool amounts_are_sane(const struct command *command)
{
	switch (command->kind) {
	case COMMAND_KIND_TARIFF_CREATE:
		return money_is_sane(command->input.tariff_create.net_cents);
	case COMMAND_KIND_FUND_YEAR_PROPOSE:
		return money_is_sane(command->input.fund_year_propose.stated_cents);
	case COMMAND_KIND_FUND_YEAR_APPROVE:
		return money_is_sane(command->input.fund_year_approve.ascertained_cents);
	case COMMAND_KIND_FUND_YEAR_VARY:
		return money_is_sane(command->input.fund_year_vary.increase_cents) &&
		       money_is_sane(command->input.fund_year_vary.decrease_cents);
	case COMMAND_KIND_CEILING_SET:
		return money_is_sane(command->input.ceiling_set.amount_cents);
	case COMMAND_KIND_CEILING_RAISE:
		return money_is_sane(command->input.ceiling_raise.amount_cents);
	case COMMAND_KIND_CEILING_LOWER:
		return money_is_sane(command->input.ceiling_lower.amount_cents);
	case COMMAND_KIND_CEILING_ALLOCATE:
		return money_is_sane(command->input.ceiling_allocate.amount_cents);
	case COMMAND_KIND_VOUCHER_PROPOSE:
		return money_is_sane(command->input.voucher_propose.real_cost_cents);
	case COMMAND_KIND_COMMITMENT_CREATE:
		return money_is_sane(command->input.commitment_create.amount_cents);
	case COMMAND_KIND_STATEMENT_MATCH_INVOICE:
		return money_is_sane(command->input.statement_match_invoice.net_cents) &&
		       money_is_sane(command->input.statement_match_invoice.vat_cents);
	default:
		return true;
	}
}

static enum result check_fields(const struct command *command)
{
	if (!plan_is_given(command) || !pact_is_given(command) || !title_is_given(command) ||
	    !statement_is_given(command))
		return RESULT_FIELD_MISSING;
	return amounts_are_sane(command) ? RESULT_OK : RESULT_FIELD_OUT_OF_RANGE;
}

/* ---- What a command names ---- */

#define NAMES_MAX 80u

struct named {
	uint32_t kind, id;
	bool by_path;
};

struct names {
	uint32_t count;
	struct named list[NAMES_MAX];
};

static void add_name(struct names *names, uint32_t kind, uint32_t id, bool by_path)
{
	if (id != 0)
		names->list[names->count++] = (struct named){kind, id, by_path};
}
#define GIVEN(KIND, reference) add_name(names, RECORD_KIND_##KIND, (reference).raw, false)
#define PATH(KIND, reference)  add_name(names, RECORD_KIND_##KIND, (reference).raw, true)

static void name_plan(const struct command *command, struct names *names)
{
	const struct command_ceiling_set *ceiling = &command->input.ceiling_set;
	switch (command->kind) {
	case COMMAND_KIND_SUB_AMBITO_CREATE:
		GIVEN(AMBITO, command->input.sub_ambito_create.ambito);
		break;
	case COMMAND_KIND_COMUNE_CREATE:
		GIVEN(SUB_AMBITO, command->input.comune_create.sub_ambito);
		break;
	case COMMAND_KIND_SERVICE_CREATE:
		GIVEN(AMBITO, command->input.service_create.ambito);
		break;
	case COMMAND_KIND_FUND_CREATE:
		GIVEN(AMBITO, command->input.fund_create.ambito);
		break;
	case COMMAND_KIND_PROVIDER_CREATE:
		GIVEN(AMBITO, command->input.provider_create.ambito);
		break;
	case COMMAND_KIND_TARIFF_CREATE:
		GIVEN(SERVICE, command->input.tariff_create.service);
		break;
	case COMMAND_KIND_FUND_YEAR_PROPOSE:
		PATH(FUND, command->input.fund_year_propose.fund);
		break;
	case COMMAND_KIND_FUND_YEAR_APPROVE:
		PATH(FUND, command->input.fund_year_approve.fund);
		break;
	case COMMAND_KIND_FUND_YEAR_OPEN:
		PATH(FUND, command->input.fund_year_open.fund);
		break;
	case COMMAND_KIND_FUND_YEAR_VARY:
		PATH(FUND, command->input.fund_year_vary.fund);
		break;
	case COMMAND_KIND_CEILING_SET:
		GIVEN(AMBITO, ceiling->ambito);
		GIVEN(FUND, ceiling->fund);
		GIVEN(COMUNE, ceiling->comune);
		GIVEN(SUB_AMBITO, ceiling->sub_ambito);
		GIVEN(SERVICE, ceiling->service);
		GIVEN(PROVIDER, ceiling->provider);
		GIVEN(BENEFICIARY, ceiling->beneficiary);
		break;
	case COMMAND_KIND_CEILING_RAISE:
		PATH(CEILING, command->input.ceiling_raise.ceiling);
		break;
	case COMMAND_KIND_CEILING_LOWER:
		PATH(CEILING, command->input.ceiling_lower.ceiling);
		break;
	case COMMAND_KIND_CEILING_ALLOCATE:
		GIVEN(FUND, command->input.ceiling_allocate.fund);
		break;
	case COMMAND_KIND_COMMITMENT_CREATE:
		GIVEN(FUND, command->input.commitment_create.fund);
		break;
	case COMMAND_KIND_BENEFICIARY_CREATE:
		GIVEN(COMUNE, command->input.beneficiary_create.comune);
		break;
	default:
		break;
	}
}

static void name_pacts(const struct command *command, struct names *names)
{
	const struct command_accreditation_apply *apply = &command->input.accreditation_apply;
	switch (command->kind) {
	case COMMAND_KIND_ACCREDITATION_APPLY:
		GIVEN(PROVIDER, apply->provider);
		for (uint32_t i = 0; i < apply->services.count; i++)
			GIVEN(SERVICE, apply->services.items[i].service);
		for (uint32_t i = 0; i < apply->sub_ambiti.count; i++)
			GIVEN(SUB_AMBITO, apply->sub_ambiti.items[i].sub_ambito);
		break;
	case COMMAND_KIND_ACCREDITATION_APPROVE:
		PATH(ACCREDITATION, command->input.accreditation_approve.accreditation);
		break;
	case COMMAND_KIND_ACCREDITATION_ACTIVATE:
		PATH(ACCREDITATION, command->input.accreditation_activate.accreditation);
		break;
	case COMMAND_KIND_ACCREDITATION_SUSPEND:
		PATH(ACCREDITATION, command->input.accreditation_suspend.accreditation);
		break;
	case COMMAND_KIND_ACCREDITATION_REINSTATE:
		PATH(ACCREDITATION, command->input.accreditation_reinstate.accreditation);
		break;
	case COMMAND_KIND_ACCREDITATION_REVOKE:
		PATH(ACCREDITATION, command->input.accreditation_revoke.accreditation);
		break;
	default:
		break;
	}
}

static void name_titles(const struct command *command, struct names *names)
{
	const struct command_voucher_propose *propose = &command->input.voucher_propose;
	switch (command->kind) {
	case COMMAND_KIND_VOUCHER_PROPOSE:
		GIVEN(BENEFICIARY, propose->beneficiary);
		GIVEN(FUND, propose->fund);
		GIVEN(MEASURE, propose->measure);
		for (uint32_t i = 0; i < propose->lines.count; i++)
			GIVEN(SERVICE, propose->lines.items[i].service);
		break;
	case COMMAND_KIND_VOUCHER_ISSUE:
		PATH(VOUCHER, command->input.voucher_issue.voucher);
		GIVEN(FUND, command->input.voucher_issue.fund);
		break;
	case COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER:
		PATH(VOUCHER, command->input.voucher_choose_provider.voucher);
		GIVEN(PROVIDER, command->input.voucher_choose_provider.provider);
		break;
	case COMMAND_KIND_VOUCHER_REVOKE:
		PATH(VOUCHER, command->input.voucher_revoke.voucher);
		break;
	case COMMAND_KIND_VOUCHER_CANCEL:
		PATH(VOUCHER, command->input.voucher_cancel.voucher);
		break;
	case COMMAND_KIND_REDEMPTION_SUBMIT:
		GIVEN(VOUCHER, command->input.redemption_submit.voucher);
		GIVEN(SERVICE, command->input.redemption_submit.service);
		GIVEN(REDEMPTION, command->input.redemption_submit.booking);
		break;
	case COMMAND_KIND_REDEMPTION_BOOK:
		GIVEN(VOUCHER, command->input.redemption_book.voucher);
		GIVEN(SERVICE, command->input.redemption_book.service);
		break;
	case COMMAND_KIND_BOOKING_CANCEL:
	case COMMAND_KIND_REDEMPTION_REVERSE:
	case COMMAND_KIND_REDEMPTION_DISPUTE:
	case COMMAND_KIND_REDEMPTION_RESOLVE:
	case COMMAND_KIND_REDEMPTION_AUTHORISE_LATE:
	case COMMAND_KIND_REDEMPTION_REJECT:
		PATH(REDEMPTION, command->input.booking_cancel.redemption);
		break;
	default:
		break;
	}
	if (command->kind >= COMMAND_KIND_STATEMENT_FREEZE)
		PATH(STATEMENT, command->input.statement_freeze.statement);
	if (command->kind == COMMAND_KIND_STATEMENT_ATTEST)
		GIVEN(COMUNE, command->input.statement_attest.comune);
}

/* Masters that stand in no comune; false when there is none. */
static bool owner_of_master(const struct reference *ref, const struct named *named,
			    struct ref_principal *owner)
{
	uint32_t id = named->id;
	switch (named->kind) {
	case RECORD_KIND_AMBITO:
		owner->ambito = id;
		return id <= ref->ambiti;
	case RECORD_KIND_SUB_AMBITO:
		owner->sub_ambito = id;
		owner->ambito = id <= ref->sub_ambiti ? ref->sub_ambito_of[id] : 0;
		return id <= ref->sub_ambiti;
	case RECORD_KIND_SERVICE:
		owner->ambito = id <= ref->services ? ref->service[id].ambito : 0;
		return id <= ref->services;
	case RECORD_KIND_FUND:
		owner->ambito = id <= ref->funds ? ref->fund_of[id] : 0;
		return id <= ref->funds;
	case RECORD_KIND_PROVIDER:
		owner->provider = id;
		owner->ambito = id <= ref->providers ? ref->provider[id].ambito : 0;
		return id <= ref->providers;
	default:
		return false;
	}
}

/* Whose a record is; false when there is none. */
static bool owner_of(const struct reference *ref, const struct named *named,
		     struct ref_principal *owner)
{
	uint32_t id = named->id;
	uint32_t comune = 0;
	*owner = (struct ref_principal){0};
	switch (named->kind) {
	case RECORD_KIND_COMUNE:
		comune = id;
		break;
	case RECORD_KIND_ACCREDITATION:
		if (id > ref->accreditations)
			return false;
		owner->provider = ref->accreditation[id].provider;
		owner->ambito = ref->provider[owner->provider].ambito;
		return true;
	case RECORD_KIND_BENEFICIARY:
		if (id > ref->beneficiaries)
			return false;
		owner->beneficiary = id;
		comune = ref->beneficiary[id].comune;
		break;
	case RECORD_KIND_CEILING:
		if (id > ref->ceilings)
			return false;
		owner->ambito = ref->ceiling[id].ambito;
		owner->provider = ref->ceiling[id].provider;
		owner->beneficiary = ref->ceiling[id].beneficiary;
		owner->sub_ambito = ref->ceiling[id].sub_ambito;
		comune = ref->ceiling[id].comune;
		break;
	case RECORD_KIND_REDEMPTION:
		if (id > ref->records)
			return false;
		owner->provider = ref->record[id].provider;
		owner->beneficiary = ref->voucher[ref->record[id].voucher].beneficiary;
		comune = ref->voucher[ref->record[id].voucher].comune;
		break;
	case RECORD_KIND_VOUCHER:
		if (id > ref->vouchers)
			return false;
		owner->provider = ref->voucher[id].provider;
		owner->beneficiary = ref->voucher[id].beneficiary;
		comune = ref->voucher[id].comune;
		break;
	case RECORD_KIND_STATEMENT:
		if (id > ref->statements)
			return false;
		owner->ambito = ref->statement[id].ambito;
		owner->provider = ref->statement[id].provider;
		return true;
	default:
		return owner_of_master(ref, named, owner);
	}
	if (comune == 0)
		return named->kind == RECORD_KIND_CEILING;
	if (comune > ref->comuni)
		return false;
	owner->comune = comune;
	owner->sub_ambito = ref->comune[comune].sub_ambito;
	owner->ambito = ref->comune[comune].ambito;
	return true;
}

static bool is_foreign(uint32_t scope, uint32_t owner)
{
	return scope != 0 && owner != 0 && scope != owner;
}

static bool is_met(uint32_t scope, uint32_t owner)
{
	return scope != 0 && scope == owner;
}

/* The act must lie inside every scope of the one who asks: nothing named is another's, and at least
 * one thing is its own. A title may be bound to another provider, a statement lists many comuni. */
static bool owns(const struct reference *ref, const struct command *command,
		 const struct ref_principal *who, const struct names *names)
{
	bool ambito = who->ambito == 0;
	bool comune = who->comune == 0;
	bool sub_ambito = who->sub_ambito == 0;
	bool provider = who->provider == 0;
	bool beneficiary = who->beneficiary == 0;
	for (uint32_t i = 0; i < names->count; i++) {
		struct ref_principal owner;
		if (!owner_of(ref, &names->list[i], &owner))
			return true; /* an unknown thing is another refusal */
		if (names->list[i].kind == RECORD_KIND_VOUCHER && who->role == ROLE_PROVIDER) {
			provider = true;
			owner.provider = 0;
		}
		if (command->kind == COMMAND_KIND_STATEMENT_ATTEST &&
		    names->list[i].kind == RECORD_KIND_STATEMENT) {
			comune = true;
			sub_ambito = true;
		}
		if (is_foreign(who->ambito, owner.ambito) ||
		    is_foreign(who->comune, owner.comune) ||
		    is_foreign(who->sub_ambito, owner.sub_ambito) ||
		    is_foreign(who->provider, owner.provider) ||
		    is_foreign(who->beneficiary, owner.beneficiary))
			return false;
		ambito = ambito || is_met(who->ambito, owner.ambito);
		comune = comune || is_met(who->comune, owner.comune);
		sub_ambito = sub_ambito || is_met(who->sub_ambito, owner.sub_ambito);
		provider = provider || is_met(who->provider, owner.provider);
		beneficiary = beneficiary || is_met(who->beneficiary, owner.beneficiary);
	}
	return ambito && comune && sub_ambito && provider && beneficiary;
}

/* All that is named exists, in one ambito. */
static enum result check_names(const struct reference *ref, const struct names *names)
{
	uint32_t ambito = 0;
	for (uint32_t i = 0; i < names->count; i++) {
		struct ref_principal owner;
		if (!owner_of(ref, &names->list[i], &owner))
			return names->list[i].by_path ? RESULT_NOT_FOUND
						      : RESULT_UNKNOWN_REFERENCE;
		if (is_foreign(ambito, owner.ambito))
			return RESULT_UNKNOWN_REFERENCE;
		if (owner.ambito != 0)
			ambito = owner.ambito;
	}
	return RESULT_OK;
}

static bool has_scopes(const struct ref_principal *who)
{
	return (who->ambito | who->sub_ambito | who->comune | who->provider |
		who->beneficiary) != 0;
}

/* ---- The door ---- */

static enum result judge(struct reference *ref, const struct command *command,
			 struct ref_outcome *out)
{
	const struct ref_principal *who = &ref->principal[command->principal.raw];
	if ((roles_of(command->kind) & 1u << who->role) == 0)
		return RESULT_FORBIDDEN;
	enum result result = check_fields(command);
	if (result != RESULT_OK)
		return result;
	struct names names = {.count = 0};
	name_plan(command, &names);
	name_pacts(command, &names);
	name_titles(command, &names);
	if (has_scopes(who) && !owns(ref, command, who, &names))
		return RESULT_NOT_OWNER;
	result = check_names(ref, &names);
	if (result != RESULT_OK)
		return result;
	if (command->kind < COMMAND_KIND_VOUCHER_PROPOSE)
		return ref_plan(ref, command, out);
	if (command->kind < COMMAND_KIND_REDEMPTION_SUBMIT)
		return ref_titles(ref, command, out);
	if (command->kind < COMMAND_KIND_STATEMENT_FREEZE)
		return ref_services(ref, command, out);
	return ref_settlement(ref, command, out);
}

static bool is_replay(const struct reference *ref, const struct command *command,
		      struct ref_outcome *out)
{
	if (command->has_key == 0)
		return false;
	for (uint32_t i = 1; i <= ref->receipts; i++) {
		const struct ref_receipt *receipt = &ref->receipt[i];
		if (memcmp(receipt->key, command->key_hash, sizeof(receipt->key)) != 0)
			continue;
		bool is_same = receipt->command == command->kind &&
			       memcmp(receipt->request, command->request_hash,
				      sizeof(receipt->request)) == 0;
		*out = receipt->outcome;
		out->replayed = true;
		if (!is_same)
			*out = (struct ref_outcome){.result = RESULT_IDEMPOTENCY_KEY_REUSED};
		return true;
	}
	return false;
}

void reference_do(struct reference *ref, const struct command *command, struct ref_outcome *ret)
{
	*ret = (struct ref_outcome){0};
	if (is_replay(ref, command, ret))
		return;
	ret->result = judge(ref, command, ret);
	bool is_success = ret->result < 100 || ret->result == RESULT_LATE_SUBMISSION;
	bool is_refusal = ret->result >= 200 && ret->result < 300;
	if (!is_success) {
		ret->net = 0;
		ret->gross = 0;
		ret->cause = RESULT_OK;
	}
	if (command->has_key == 0 || (!is_success && !is_refusal))
		return;
	struct ref_receipt *receipt = &ref->receipt[++ref->receipts];
	memcpy(receipt->key, command->key_hash, sizeof(receipt->key));
	memcpy(receipt->request, command->request_hash, sizeof(receipt->request));
	receipt->command = command->kind;
	receipt->outcome = *ret;
}

void reference_init(struct reference *ref, int64_t now)
{
	memset(ref, 0, sizeof(*ref));
	ref->now = now;
	ref->next_day = ref_day(now) + 1;
	ref->principals = 1;
	ref->principal[1].role = ROLE_ADMINISTRATOR;
}

bool reference_is_full(const struct reference *ref)
{
	return ref->vouchers + 8 > REF_VOUCHERS || ref->cells + 128 > REF_CELLS ||
	       ref->records + 8 > REF_RECORDS || ref->statements + 8 > REF_STATEMENTS ||
	       ref->lines + 8 > REF_LINES || ref->receipts + 8 > REF_RECEIPTS ||
	       ref->promised.count + 512 > REF_EVENTS || ref->expired.count + 512 > REF_EVENTS ||
	       ref->ceilings + 40 > REF_MASTERS || ref->beneficiaries + 8 > REF_MASTERS ||
	       ref->accreditations + 8 > REF_ACCREDITED || ref->commitments + 8 > REF_MASTERS ||
	       ref->years + 8 > REF_MASTERS || ref->tariffs + 8 > REF_MASTERS;
}
