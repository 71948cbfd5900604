/* Roles, scopes, ownership: see authorise.h.
 *
 * Two exceptions to "at least one thing named belongs to the scope", both judged by the duty:
 *  - a provider names a title that is bound to another provider or to none: submitting and booking
 *    answer PROVIDER_NOT_CHOSEN, choosing asks for the secret code;
 *  - a comune attests or contests a statement, which lists many comuni: it touches its own lines
 *    only. */
#include "engine/domain/authorise.h"

#include "engine/domain/delegation.h"
#include "engine/domain/references.h"

/* Sets of record kinds have 128 bits. */
#define KINDS	   unsigned __int128
#define BIT(kind)  ((KINDS)1 << (kind))
#define BITS(kind) BIT(RECORD_KIND_##kind)
static_assert(RECORD_KIND_MAX < 128, "a role's readable kinds fit in 128 bits");

/* Which scopes of the principal were met by what the command names. */
struct scopes_met {
	bool ambito;
	bool sub_ambito;
	bool comune;
	bool provider;
	bool beneficiary;
};

/* The scope without which a role means nothing. */
enum needed {
	NEEDED_NONE,
	NEEDED_PROVIDER,
	NEEDED_BENEFICIARY,
	NEEDED_COMUNE,
	NEEDED_SUB_AMBITO,
};

static enum needed needed_scope(uint8_t role)
{
	switch ((enum role)role) {
	case ROLE_PROVIDER:
	case ROLE_OPERATOR:
		return NEEDED_PROVIDER;
	case ROLE_BENEFICIARY:
		return NEEDED_BENEFICIARY;
	case ROLE_COMUNE_ADMIN:
	case ROLE_COMUNE_SOCIAL:
		return NEEDED_COMUNE;
	case ROLE_SUBAMBITO_COORD:
		return NEEDED_SUB_AMBITO;
	case ROLE_ADMINISTRATOR:
	case ROLE_ASSEMBLY:
	case ROLE_POLITICAL_BOARD:
	case ROLE_CAPOFILA:
	case ROLE_CONSORTIUM:
	case ROLE_UDP_OFFICER:
	case ROLE_UDP_MANAGER:
	case ROLE_SOCIAL_WORKER:
	case ROLE_FINANCE:
	case ROLE_ACCREDITOR:
	case ROLE_AUDITOR:
	case ROLE_REGION_ATS:
	case ROLE_SYSTEM:
	case ROLE_TREASURER:
	case ROLE_COURIER:
		break;
	}
	return NEEDED_NONE;
}

const char *authorise_missing_scope(const struct principal *principal)
{
	ASSERT(principal != NULL);
	switch (needed_scope(principal->role)) {
	case NEEDED_PROVIDER:
		return principal->provider.raw == 0 ? "provider" : NULL;
	case NEEDED_BENEFICIARY:
		return principal->beneficiary.raw == 0 ? "beneficiary" : NULL;
	case NEEDED_COMUNE:
		return principal->comune.raw == 0 ? "comune" : NULL;
	case NEEDED_SUB_AMBITO:
		return principal->sub_ambito.raw == 0 ? "sub_ambito" : NULL;
	case NEEDED_NONE:
		break;
	}
	return NULL;
}

/* One dimension: false when the owner is another than the scope. */
static bool scope_allows(uint32_t scope, uint32_t owner, bool *met)
{
	if (scope == 0 || owner == 0)
		return true;
	if (owner != scope)
		return false;
	*met = true;
	return true;
}

/* Who delivered, or who is paid for it. */
static bool provider_allows(const struct principal *principal, const struct place *place,
			    struct scopes_met *met)
{
	bool is_payee = place->payee.raw != 0 && place->payee.raw == principal->provider.raw;
	uint32_t owner = is_payee ? place->payee.raw : place->provider.raw;
	return scope_allows(principal->provider.raw, owner, &met->provider);
}

static bool place_allows(const struct principal *principal, const struct place *place,
			 struct scopes_met *met)
{
	return scope_allows(principal->ambito.raw, place->ambito.raw, &met->ambito) &&
	       scope_allows(principal->sub_ambito.raw, place->sub_ambito.raw, &met->sub_ambito) &&
	       scope_allows(principal->comune.raw, place->comune.raw, &met->comune) &&
	       provider_allows(principal, place, met) &&
	       scope_allows(principal->beneficiary.raw, place->beneficiary.raw, &met->beneficiary);
}

static bool scopes_are_met(const struct principal *principal, const struct scopes_met *met)
{
	return (principal->ambito.raw == 0 || met->ambito) &&
	       (principal->sub_ambito.raw == 0 || met->sub_ambito) &&
	       (principal->comune.raw == 0 || met->comune) &&
	       (principal->provider.raw == 0 || met->provider) &&
	       (principal->beneficiary.raw == 0 || met->beneficiary);
}

static bool has_scope(const struct principal *principal)
{
	return (principal->ambito.raw | principal->sub_ambito.raw | principal->comune.raw |
		principal->provider.raw | principal->beneficiary.raw) != 0;
}

/* A consortium names the member that delivered: the rules judge whether it is one. */
static bool names_performer(const struct decision *decision)
{
	return decision->command->kind == COMMAND_KIND_REDEMPTION_SUBMIT ||
	       decision->command->kind == COMMAND_KIND_REDEMPTION_CORRECT;
}

/* Is this an act that the role itself may do? The second person of an approval was judged there. */
static bool is_of_role(const struct decision *decision)
{
	uint32_t roles = decision->info->roles;
	return decision->first_principal.raw != 0 ||
	       (roles & (1u << decision->principal->role)) != 0;
}

/* What a comune lent to the principal is as its own. False: the act needs a lent role, and this
 * comune did not lend it. */
static bool look_at_lent(const struct decision *decision, struct place *place, bool *met_lent)
{
	uint32_t roles = decision->info->roles;
	uint32_t lent = delegation_roles(decision->state, decision->principal, place->comune,
					 decision->today);
	if ((lent & roles) == 0)
		return is_of_role(decision) || place->comune.raw == 0;
	*met_lent = true;
	place->comune = decision->principal->comune;
	place->sub_ambito = decision->principal->sub_ambito;
	return true;
}

/* The delegate's own place is no matter for who lends. */
static bool is_delegate_field(const struct decision *decision, const struct reference *reference)
{
	return decision->command->kind == COMMAND_KIND_DELEGATION_CREATE &&
	       !slice_equals_text(slice_from_text(reference->field->name), "comune");
}

/* Does what the command names lie inside the principal's scopes? */
static bool owns_references(const struct decision *decision)
{
	const struct principal *principal = decision->principal;
	struct scopes_met met = {false, false, false, false, false};
	if (decision->command->kind == COMMAND_KIND_STATEMENT_ATTEST_MONTH &&
	    principal->role == ROLE_COMUNE_SOCIAL)
		met.comune = met.ambito = met.sub_ambito = true; /* it need not name itself */
	bool met_lent = false;
	struct references references;
	struct reference reference;
	references_of(&references, decision);
	while (references_next(&references, &reference)) {
		const void *record = state_record(decision->state, reference.kind, reference.id);
		if (record == NULL)
			return true; /* refused by the check of references */
		struct place place =
		    place_of_record(decision->state, reference.kind, reference.id, record);
		if (reference.kind == RECORD_KIND_VOUCHER && principal->role == ROLE_PROVIDER) {
			met.provider = true;
			place.provider.raw = 0;
		}
		if (reference.kind == RECORD_KIND_PROVIDER && names_performer(decision))
			place.provider.raw = 0;
		if (reference.kind == RECORD_KIND_STATEMENT &&
		    (decision->command->kind == COMMAND_KIND_STATEMENT_ATTEST ||
		     decision->command->kind == COMMAND_KIND_STATEMENT_ATTEST_MONTH ||
		     decision->command->kind == COMMAND_KIND_STATEMENT_CONTEST)) {
			met.comune = true;
			met.sub_ambito = true;
		}
		if (is_delegate_field(decision, &reference))
			continue;
		if (!look_at_lent(decision, &place, &met_lent) ||
		    !place_allows(principal, &place, &met))
			return false;
	}
	met.comune |= met_lent;
	met.sub_ambito |= met_lent;
	return (is_of_role(decision) || met_lent) && scopes_are_met(principal, &met);
}

/* Those to whom a role of another name may be lent: which comune's is judged with what they
 * name. */
static bool may_have_lent_roles(const struct state *state, const struct principal *principal)
{
	return state_count(state, RECORD_KIND_DELEGATION) > 0 &&
	       (principal->role == ROLE_CONSORTIUM || principal->role == ROLE_SUBAMBITO_COORD);
}

enum result authorise_role(const struct decision *decision)
{
	ASSERT(decision != NULL && decision->command != NULL);
	const struct command_info *info = decision->info;
	ASSERT(info != NULL);
	if (info->roles == ROLES_NONE) {
		bool is_own = decision->command->principal.raw == 0;
		return is_own ? RESULT_OK : RESULT_FORBIDDEN;
	}
	const struct principal *principal = decision->principal;
	if (principal == NULL || principal->active == 0)
		return RESULT_FORBIDDEN;
	if ((info->roles & (1u << principal->role)) == 0 &&
	    !may_have_lent_roles(decision->state, principal))
		return RESULT_FORBIDDEN;
	if (authorise_missing_scope(principal) != NULL)
		return RESULT_FORBIDDEN;
	return RESULT_OK;
}

enum result authorise_owner(const struct decision *decision)
{
	ASSERT(decision != NULL && decision->command != NULL);
	const struct principal *principal = decision->principal;
	if (principal == NULL)
		return RESULT_OK;
	bool is_own = is_of_role(decision);
	if (is_own && !has_scope(principal))
		return RESULT_OK;
	if (owns_references(decision))
		return RESULT_OK;
	return is_own ? RESULT_NOT_OWNER : RESULT_FORBIDDEN;
}

/* ---- Reading ----
 * Kinds that each role may see at all; scopes narrow them below. Nobody reads titles' secrets. */

#define READ_PLACES                                                                                \
	(BITS(LEDGER) | BITS(AMBITO) | BITS(SUB_AMBITO) | BITS(COMUNE) | BITS(SERVICE) |           \
	 BITS(TARIFF) | BITS(MEASURE) | BITS(PARAMETER) | BITS(COPAY_SCHEME) |                    \
	 BITS(COPAY_RULE) | BITS(COPAY_ADOPTION) | BITS(ACCREDITATION_CALL) |                     \
	 BITS(MEASURE_MEMBERSHIP) | BITS(SUPPLEMENT) | BITS(COMPATIBILITY))
#define READ_MONEY                                                                                 \
	(BITS(FUND) | BITS(FUND_YEAR) | BITS(FUND_ACCOUNT) | BITS(CEILING) |                       \
	 BITS(CEILING_ACCOUNT) | BITS(CEILING_OVERRIDE) | BITS(COMMITMENT) | BITS(DELEGATION) |    \
	 BITS(BUDGET_LINE) | BITS(FUND_RESTRICTION) | BITS(OPENING))
#define READ_REGISTER                                                                              \
	(BITS(PROVIDER) | BITS(ACCREDITATION) | BITS(ACCREDITATION_ACT) | BITS(CAPACITY_USE) |     \
	 BITS(DOCUMENT) | BITS(CREDIT_ASSIGNMENT))
#define READ_PERSONS  (BITS(BENEFICIARY) | BITS(RESIDENCE))
#define READ_GRANTS   (BITS(CASH_GRANT) | BITS(CASH_GRANT_PAYMENT))
#define READ_VISITS   (BITS(REDEMPTION) | BITS(VISIT_DETAIL))
#define READ_ACCOUNTS                                                                              \
	(BITS(STATEMENT) | BITS(STATEMENT_LINE) | BITS(RECOVERY) | BITS(OPENING_ROW) |             \
	 BITS(LINE_ADJUSTMENT) | BITS(REFUSED_INVOICE) | BITS(CREDIT_NOTE) | BITS(PAYER_CHARGE) |  \
	 BITS(INVOICE) | BITS(PAYMENT_OUTCOME))
/* What leaves in files, and for whom: offices and treasurer, no provider. */
#define READ_EXPORTS (BITS(PAYING_BODY) | BITS(EXPORT) | BITS(EXPORT_ITEM))
#define READ_FILES_IN BITS(FILE_IN)
#define READ_TITLES                                                                                \
	(BITS(VOUCHER) | BITS(VOUCHER_SHARE) | BITS(VOUCHER_LINE) | BITS(CELL) |                   \
	 BITS(VOUCHER_CHANGE) | BITS(VOUCHER_DEADLINE) | BITS(TITLE_TERM) |              \
	 BITS(COUNTED_CELL))
#define READ_EVENTS   BITS(EVENT)
#define READ_COURIER  (BITS(DESTINATION) | BITS(DELIVERY))
/* Means are read by who decides on titles, by the person and by the auditor: decision 0010. */
#define READ_MEANS    BITS(ISEE)
#define READ_BILLS    BITS(RECEIVABLE)
#define READ_ACCESS   (BITS(PRINCIPAL) | BITS(CREDENTIAL) | BITS(RECEIPT))
#define READ_OFFICE                                                                                \
	(READ_PLACES | READ_MONEY | READ_REGISTER | READ_PERSONS | READ_TITLES | READ_VISITS |     \
	 READ_ACCOUNTS | READ_EXPORTS | READ_GRANTS | READ_EVENTS | READ_FILES_IN |                \
	 BITS(APPROVAL))

/* Kinds that belong to nobody in particular: seen whatever the scope (but within the ambito). */
#define SHARED_KINDS                                                                               \
	(READ_PLACES | BITS(FUND) | BITS(FUND_YEAR) | BITS(FUND_ACCOUNT) | BITS(COMMITMENT) |      \
	 BITS(BUDGET_LINE) | BITS(FUND_RESTRICTION) | BITS(OPENING) |                              \
	 BITS(ZONE_ROW) | BITS(SCHEDULE))

static KINDS readable_kinds(uint8_t role)
{
	switch ((enum role)role) {
	case ROLE_ADMINISTRATOR:
		return READ_PLACES | READ_REGISTER | READ_ACCESS | READ_COURIER | BITS(ZONE_ROW) |
		       BITS(SCHEDULE);
	case ROLE_ASSEMBLY:
	case ROLE_POLITICAL_BOARD:
		return READ_PLACES | READ_MONEY | READ_REGISTER | BITS(APPROVAL);
	case ROLE_UDP_OFFICER:
	case ROLE_UDP_MANAGER:
		return READ_OFFICE | READ_MEANS | READ_BILLS | READ_COURIER;
	case ROLE_CAPOFILA:
		return READ_OFFICE | READ_BILLS | READ_COURIER;
	case ROLE_CONSORTIUM:
	case ROLE_COMUNE_ADMIN:
		return READ_OFFICE | READ_BILLS;
	case ROLE_SUBAMBITO_COORD:
	case ROLE_COMUNE_SOCIAL:
		return READ_OFFICE;
	case ROLE_SOCIAL_WORKER:
		return READ_PLACES | READ_REGISTER | READ_PERSONS | READ_TITLES | READ_VISITS |
		       READ_GRANTS | READ_EVENTS | READ_MEANS;
	case ROLE_FINANCE:
		return READ_PLACES | READ_MONEY | READ_REGISTER | READ_TITLES | READ_VISITS |
		       READ_ACCOUNTS | READ_EXPORTS | READ_GRANTS | READ_EVENTS | READ_BILLS |
		       READ_COURIER | READ_FILES_IN | BITS(APPROVAL);
	case ROLE_PROVIDER:
		return READ_PLACES | READ_REGISTER | (READ_TITLES & ~BITS(VOUCHER_CHANGE)) |
		       READ_VISITS | READ_ACCOUNTS | READ_EVENTS;
	case ROLE_BENEFICIARY:
		return READ_PLACES | BITS(ACCREDITATION) | READ_PERSONS | READ_TITLES |
		       READ_VISITS | READ_GRANTS | READ_MEANS | READ_BILLS;
	case ROLE_ACCREDITOR:
		return READ_PLACES | READ_REGISTER | READ_EVENTS | BITS(APPROVAL);
	case ROLE_AUDITOR:
		return READ_OFFICE | READ_ACCESS | READ_MEANS | READ_BILLS | READ_COURIER |
		       BITS(ZONE_ROW) | BITS(SCHEDULE);
	case ROLE_REGION_ATS:
		return READ_PLACES | BITS(FUND) | BITS(FUND_YEAR) | BITS(FUND_ACCOUNT);
	case ROLE_TREASURER:
		return READ_PLACES | READ_ACCOUNTS | READ_EXPORTS | READ_FILES_IN |
		       BITS(CASH_GRANT_PAYMENT);
	case ROLE_OPERATOR:
		return READ_PLACES;
	case ROLE_COURIER:
		return READ_PLACES | READ_EVENTS | READ_COURIER;
	case ROLE_SYSTEM:
		return 0;
	}
	return 0;
}

/* Whether one line of the statement is of the comune; a statement has at most STATEMENT_LINES_MAX.
 */
static bool statement_touches(const struct record_source *source, const struct statement *statement,
			      const struct principal *principal)
{
	struct statement_line_id id = statement->first_line;
	for (uint32_t i = 0; i < STATEMENT_LINES_MAX && id.raw != 0; i++) {
		const struct statement_line *line =
		    source->find(source->context, RECORD_KIND_STATEMENT_LINE, id.raw);
		if (line == NULL)
			return false;
		struct place place = place_from(source, RECORD_KIND_STATEMENT_LINE, id.raw, line);
		if (principal->comune.raw != 0 && place.comune.raw == principal->comune.raw)
			return true;
		if (principal->comune.raw == 0 && place.sub_ambito.raw == principal->sub_ambito.raw)
			return true;
		id = line->next_in_statement;
	}
	return false;
}

/* Ceilings without a comune bind everybody of the ambito, and the register of providers is open to
 * its offices: comuni and sub-ambiti may see both. */
static bool open_to_territory(enum record_kind kind, const struct place *place)
{
	if ((READ_REGISTER & BIT(kind)) != 0)
		return true;
	if (kind == RECORD_KIND_CEILING || kind == RECORD_KIND_CEILING_ACCOUNT)
		return place->comune.raw == 0 && place->beneficiary.raw == 0;
	return false;
}

static bool scope_sees(const struct record_source *source, const struct principal *principal,
		       enum record_kind kind, const struct place *place, const void *record)
{
	struct scopes_met met = {false, false, false, false, false};
	bool is_territorial = principal->comune.raw != 0 || principal->sub_ambito.raw != 0;
	if (kind == RECORD_KIND_LEDGER)
		return true;
	if ((SHARED_KINDS & BIT(kind)) != 0)
		return scope_allows(principal->ambito.raw, place->ambito.raw, &met.ambito);
	if (!place_allows(principal, place, &met))
		return false;
	if (kind == RECORD_KIND_STATEMENT && is_territorial) {
		met.comune = met.sub_ambito = statement_touches(source, record, principal);
	} else if (is_territorial && open_to_territory(kind, place)) {
		met.comune = true;
		met.sub_ambito = true;
	}
	if (kind == RECORD_KIND_ACCREDITATION && principal->role == ROLE_BENEFICIARY)
		met.beneficiary = true;
	return scopes_are_met(principal, &met);
}

bool authorise_read_from(const struct record_source *source, const struct principal *principal,
			 enum record_kind kind, uint32_t id, const void *record)
{
	ASSERT(source != NULL && principal != NULL && record != NULL);
	ASSERT(kind >= 1 && kind <= RECORD_KIND_MAX);
	if (principal->active == 0 || authorise_missing_scope(principal) != NULL)
		return false;
	if ((readable_kinds(principal->role) & BIT(kind)) == 0)
		return false;
	struct place place = place_from(source, kind, id, record);
	if ((principal->role == ROLE_ASSEMBLY || principal->role == ROLE_POLITICAL_BOARD) &&
	    place.beneficiary.raw != 0)
		return false;
	return scope_sees(source, principal, kind, &place, record);
}

bool authorise_read(const struct state *state, const struct principal *principal,
		    enum record_kind kind, uint32_t id, const void *record)
{
	struct record_source source = record_source_of_state(state);
	return authorise_read_from(&source, principal, kind, id, record);
}
