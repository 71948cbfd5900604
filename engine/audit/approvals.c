/* Four eyes: what one person asks stands as asked until another one, of a role that may, decides;
 * acts that take two persons do nothing without. Whether an office lies in a second person's scope,
 * and the hash of what the act changes, are not judged. */
#include "engine/audit/audit.h"

#include <string.h>

#define INPUT_PLACE 24u /* of `input` in an approval's bytes: behind two instants and a hash */
#define INPUT_BYTES 320u
#define INPUT_WORDS (INPUT_BYTES / sizeof(int64_t))

enum approval_state { APPROVAL_PENDING = 1, APPROVAL_GRANTED, APPROVAL_DENIED };
enum role { ROLE_CONSORTIUM = 5, ROLE_SUBAMBITO_COORD = 9, ROLE_END = 32 };

static void wrong(struct audit *audit, uint32_t id, const char *what)
{
	report_fault(audit->report, FAULT_APPROVAL, audit->entry.sequence, "approval %u: %s", id,
		     what);
}

/* Has this entry done anything beside asking a second person, telling so, and its answer? */
static bool does_more_than_ask(const struct entry *entry)
{
	if (entry->posting_count != 0)
		return true;
	for (uint32_t i = 0; i < entry->write_count; i++) {
		uint32_t kind = entry->writes[i].kind;
		if (kind != KIND_APPROVAL && kind != KIND_EVENT && kind != KIND_RECEIPT)
			return true;
	}
	return false;
}

static bool is_of_paid(const struct entry *entry)
{
	for (uint32_t i = 0; i < entry->posting_count; i++) {
		const struct posting *posting = &entry->postings[i];
		if (posting->book == BOOK_FUND &&
		    (posting->from == F170 || posting->from == F175))
			return true;
	}
	return false;
}

static bool takes_two(const struct entry *entry)
{
	switch (entry->command) {
	case COMMAND_FUND_YEAR_CLOSE:
	case COMMAND_FUND_YEAR_REOPEN:
	case COMMAND_OPENING_POST:
	case COMMAND_RECOVERY_WRITE_OFF:
	case COMMAND_CASH_GRANT_PAYMENT_WRITE_OFF:
	case COMMAND_CEILING_LOWER_BELOW_USED:
	case COMMAND_CEILING_AUTHORISE_OVERRIDE:
		return true;
	case COMMAND_REDEMPTION_REVERSE:
		return is_of_paid(entry);
	default:
		return false;
	}
}

/* ---- What waits ---- */

static void judge_request(struct audit *audit, const struct write *write)
{
	const struct entry *entry = &audit->entry;
	const int64_t *row = write->after;
	const uint8_t *input = write->bytes + INPUT_PLACE;
	size_t base = (size_t)write->id * INPUT_WORDS;
	if (numbers_at(&audit->asked, base + INPUT_WORDS - 1) != NULL)
		memcpy(&audit->asked.values[base], input, INPUT_BYTES);
	if (row[APPROVAL_COMMAND] != entry->command || row[APPROVAL_INPUT_SIZE] > INPUT_BYTES ||
	    row[APPROVAL_INPUT_SIZE] != entry->input_size ||
	    memcmp(input, entry->input_bytes, entry->input_size) != 0)
		wrong(audit, write->id, "it does not hold the act that was asked");
	if (row[APPROVAL_STATE] != APPROVAL_PENDING || row[APPROVAL_SECOND] != 0 ||
	    row[APPROVAL_FIRST] != entry->principal ||
	    row[APPROVAL_REQUESTED_AT] != entry->instant)
		wrong(audit, write->id, "it does not wait for a second person");
	if (does_more_than_ask(entry))
		wrong(audit, write->id, "the act waits, and yet something was done");
}

/* ---- What was decided ---- */

static bool is_delegate(const int64_t *delegation, const int64_t *principal)
{
	int64_t role = principal[PRINCIPAL_ROLE];
	int64_t ambito = principal[PRINCIPAL_AMBITO];
	if (delegation[DELEGATION_TO_CONSORTIUM] != 0)
		return role == ROLE_CONSORTIUM &&
		       (ambito == 0 || ambito == delegation[DELEGATION_AMBITO]);
	if (delegation[DELEGATION_TO_SUB_AMBITO] != 0)
		return role == ROLE_SUBAMBITO_COORD &&
		       principal[PRINCIPAL_SUB_AMBITO] == delegation[DELEGATION_TO_SUB_AMBITO];
	return role == delegation[DELEGATION_ROLE] &&
	       principal[PRINCIPAL_COMUNE] == delegation[DELEGATION_TO_COMUNE];
}

static bool has_role(int64_t roles, int64_t role)
{
	return role > 0 && role < ROLE_END && (roles >> role & 1) != 0;
}

/* Has the second person one of the roles, its own or one that the comune has lent today? */
static bool may_decide(const struct audit *audit, const int64_t *row, int64_t today)
{
	const struct ledger *ledger = &audit->ledger;
	const int64_t *principal = ledger_row(ledger, KIND_PRINCIPAL, row[APPROVAL_SECOND]);
	if (has_role(row[APPROVAL_SECOND_ROLES], principal[PRINCIPAL_ROLE]))
		return true;
	for (uint32_t id = 1; id <= ledger->counts[KIND_DELEGATION]; id++) {
		const int64_t *delegation = ledger_row(ledger, KIND_DELEGATION, id);
		if (row[APPROVAL_COMUNE] != 0 &&
		    delegation[DELEGATION_COMUNE] == row[APPROVAL_COMUNE] &&
		    delegation[DELEGATION_VALID_FROM] <= today &&
		    today <= delegation[DELEGATION_VALID_TO] &&
		    has_role(row[APPROVAL_SECOND_ROLES], delegation[DELEGATION_ROLE]) &&
		    is_delegate(delegation, principal))
			return true;
	}
	return false;
}

/* Nothing but who decided, when and how is other than it was asked. */
static bool is_as_asked(const struct audit *audit, const struct write *write)
{
	size_t base = (size_t)write->id * INPUT_WORDS;
	if (base + INPUT_WORDS > audit->asked.count ||
	    memcmp(&audit->asked.values[base], write->bytes + INPUT_PLACE, INPUT_BYTES) != 0)
		return false;
	for (uint32_t i = 0; i < layout_field_count(KIND_APPROVAL); i++)
		if (i != APPROVAL_DECIDED_AT && i != APPROVAL_SECOND && i != APPROVAL_STATE &&
		    write->before[i] != write->after[i])
			return false;
	return true;
}

static void judge_decision(struct audit *audit, const struct write *write)
{
	const struct entry *entry = &audit->entry;
	const int64_t *row = write->after;
	bool is_grant = entry->command == COMMAND_APPROVAL_GRANT;
	bool is_denial = entry->command == COMMAND_APPROVAL_DENY;
	int64_t today = calendar_day(&audit->ledger, entry->instant);
	if ((!is_grant && !is_denial) || entry->input[IN_APPROVAL_GRANT_APPROVAL] != write->id ||
	    write->before[APPROVAL_STATE] != APPROVAL_PENDING ||
	    row[APPROVAL_STATE] != (is_grant ? APPROVAL_GRANTED : APPROVAL_DENIED) ||
	    !is_as_asked(audit, write)) {
		wrong(audit, write->id, "what waited was changed otherwise than by a decision");
		return;
	}
	if (row[APPROVAL_SECOND] != entry->principal || row[APPROVAL_DECIDED_AT] != entry->instant)
		wrong(audit, write->id, "it names another second person or instant");
	if (row[APPROVAL_FIRST] == entry->principal)
		wrong(audit, write->id, "who asked decided too");
	else if (!may_decide(audit, row, today))
		wrong(audit, write->id, "the second person has none of the roles it takes");
	if (is_grant && today > row[APPROVAL_EXPIRES])
		wrong(audit, write->id, "it was granted after its last day");
}

/* The act that was granted takes the place of the command that granted it, for acts.c. */
static void take_granted(struct audit *audit, const struct write *write)
{
	const int64_t *row = write->after;
	if (row[APPROVAL_INPUT_SIZE] > INPUT_BYTES)
		return;
	audit->act.command = (uint8_t)row[APPROVAL_COMMAND];
	bool is_known = false;
	const char *bad = layout_read_input(audit->act.command, write->bytes + INPUT_PLACE,
					    (size_t)row[APPROVAL_INPUT_SIZE], audit->act.input,
					    &is_known);
	audit->act.is_known = bad == NULL && is_known;
	if (bad != NULL)
		wrong(audit, write->id, "it does not hold an act");
}

void approvals_judge(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	audit->act.command = entry->command;
	audit->act.is_known = entry->has_input;
	if (entry->has_input)
		memcpy(audit->act.input, entry->input, sizeof(entry->input));
	for (uint32_t i = 0; i < entry->write_count; i++) {
		const struct write *write = &entry->writes[i];
		if (write->kind != KIND_APPROVAL)
			continue;
		if (write->before[APPROVAL_STATE] == 0)
			judge_request(audit, write);
		else
			judge_decision(audit, write);
	}
	if (takes_two(entry) && does_more_than_ask(entry))
		report_fault(audit->report, FAULT_APPROVAL, entry->sequence,
			     "an act of two persons was done by one");
	if (entry->command != COMMAND_APPROVAL_GRANT || !does_more_than_ask(entry))
		return;
	int64_t id = entry->input[IN_APPROVAL_GRANT_APPROVAL];
	const struct write *granted = entry_write(entry, KIND_APPROVAL, id);
	if (granted == NULL)
		wrong(audit, (uint32_t)id, "something was done, and it still waits");
	else
		take_granted(audit, granted);
}
