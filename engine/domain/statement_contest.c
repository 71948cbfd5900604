/* A statement that does not hold as it was frozen: cancelled whole, contested line by line, or
 * split because comuni were silent.
 *
 *   FROZEN, CONTESTED ──cancel──> CANCELLED        its lines go to a new OPEN statement
 *   FROZEN, PROVIDER_CONFIRMED ──contest──> CONTESTED ──refreeze──> FROZEN
 *   PROVIDER_CONFIRMED ──split──> ATTESTED         the lines not attested go to a new OPEN one
 *
 * All three first undo the rounding, exactly: what the freeze promised anew or gave back to the
 * fund goes the way back. Contested records are DISPUTED (F150 -> F155, U130 -> U120); once
 * decided they enter the next open statement of their month. SOURCE state_transitions.csv
 * STATEMENT, REDEMPTION contest and uninclude; DOMAIN section 6, rule 9. */
#include "engine/domain/statement_contest.h"

#include "engine/domain/cell.h"
#include "engine/domain/dispute.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/statement.h"
#include "engine/domain/statement_round.h"

/* Room that one record may need in the effects. */
#define RECORD_POSTINGS_MAX 2u
#define RECORD_WRITES_MAX   4u

static enum result done(struct decision *decision, struct statement_id id)
{
	const struct statement *statement = effects_read_statement(decision->effects, id);
	decision->outcome->net = statement->net_cents;
	decision->outcome->gross = statement->gross_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_STATEMENT, id.raw);
}

static void tell(struct decision *decision, struct statement_id id, enum event_kind kind,
		 uint32_t value, bool is_task)
{
	const struct statement *statement = effects_read_statement(decision->effects, id);
	struct event event = {.amount_cents = statement->gross_cents,
			      .ambito = statement->ambito,
			      .provider = statement->provider,
			      .statement = id,
			      .value = value,
			      .kind = (uint8_t)kind,
			      .task = is_task ? 1 : 0};
	event_emit(decision, &event);
}

/* Moves lines to another statement: all, or those not attested. Returns how many. */
static uint32_t move_lines(struct effects *effects, struct statement_id from,
			   struct statement_id to, bool only_not_attested)
{
	struct statement_line_id kept = {0};
	struct statement_line_id id = effects_read_statement(effects, from)->first_line;
	uint32_t moved = 0;
	while (id.raw != 0) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		ASSERT(line != NULL);
		struct statement_line_id next = line->next_in_statement;
		if (line->redemption_count > 0 && !(only_not_attested && line->attested != 0)) {
			statement_move_line(effects, id, kept, to);
			moved++;
		} else {
			kept = id;
		}
		id = next;
	}
	struct statement *made = effects_edit_statement(effects, to);
	if (!cents_sub(made->gross_cents, made->net_cents, &made->vat_cents))
		made->vat_cents = cents_zero();
	made->payable_net_cents = made->net_cents;
	made->payable_vat_cents = made->vat_cents;
	return moved;
}

/* ---- Cancelling ---- */

/* A wrong run: every record is ACCEPTED again, in a new open statement that names this one; this
 * one keeps the figures it had. The outcome names the new one; of a statement without records,
 * itself.
 *   RESULT_OK
 *   RESULT_STATEMENT_NOT_OPEN   neither FROZEN nor CONTESTED
 *   RESULT_FUND_EXHAUSTED       the rounding cannot be undone: its cents were spent
 *   RESULT_TOO_MANY_EFFECTS
 * SOURCE state_transitions.csv STATEMENT cancel. */
enum result statement_cancel(struct decision *decision)
{
	struct statement_id id = decision->command->input.statement_cancel.statement;
	struct effects *effects = decision->effects;
	const struct statement *present = effects_read_statement(effects, id);
	ASSERT(present != NULL);
	if (present->state != STATEMENT_STATE_FROZEN && present->state != STATEMENT_STATE_CONTESTED)
		return RESULT_STATEMENT_NOT_OPEN;
	struct statement before = *present;
	if (present->state == STATEMENT_STATE_FROZEN) {
		enum result result = statement_unround(decision, id);
		if (result != RESULT_OK)
			return result;
	}
	struct statement *statement = effects_edit_statement(effects, id);
	tell(decision, id, EVENT_KIND_STATEMENT_CANCELLED, before.redemption_count, false);
	statement->state = STATEMENT_STATE_CANCELLED;
	if (before.redemption_count == 0)
		return done(decision, id);
	struct statement_id made =
	    statement_continue(effects, id, (enum statement_kind)before.kind);
	uint32_t moved = move_lines(effects, id, made, false);
	ASSERT(moved > 0);
	statement = effects_edit_statement(effects, id);
	statement->net_cents = before.net_cents;
	statement->vat_cents = before.vat_cents;
	statement->gross_cents = before.gross_cents;
	statement->payable_net_cents = cents_zero();
	statement->payable_vat_cents = cents_zero();
	return done(decision, made);
}

/* ---- Contesting ---- */

/* What is contested must be of this statement, hold records, and be named once. */
static enum result check_lines(struct decision *decision, struct statement_id id)
{
	const struct command_statement_contest *input =
	    &decision->command->input.statement_contest;
	const struct principal *principal = decision->principal;
	ASSERT(principal != NULL);
	if (input->lines.count == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "lines");
	for (uint32_t i = 0; i < input->lines.count; i++) {
		const struct statement_line *line = effects_read_statement_line(
		    decision->effects, input->lines.items[i].line);
		ASSERT(line != NULL);
		if (line->statement.raw != id.raw || line->redemption_count == 0)
			return judge_field(decision, RESULT_UNKNOWN_REFERENCE, "lines");
		if (principal->role == ROLE_COMUNE_SOCIAL &&
		    principal->comune.raw != line->comune.raw)
			return RESULT_FORBIDDEN;
		for (uint32_t j = 0; j < i; j++)
			if (input->lines.items[j].line.raw == input->lines.items[i].line.raw)
				return judge_field(decision, RESULT_FIELD_INVALID, "lines");
	}
	return RESULT_OK;
}

/* Every record of the line is held, newest first. False: the effects are full. */
static bool hold_records(struct decision *decision, struct statement_line_id id,
			 enum reason reason, uint32_t *held)
{
	struct effects *effects = decision->effects;
	for (;;) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		struct redemption_id record = line->last_redemption;
		if (record.raw == 0)
			return true;
		if (effects->posting_count + RECORD_POSTINGS_MAX > EFFECT_POSTINGS_MAX ||
		    effects->write_count + RECORD_WRITES_MAX > EFFECT_WRITES_MAX)
			return false;
		bool is_taken = dispute_withdraw(decision, record, RESULT_OK);
		ASSERT(is_taken);
		effects_edit_redemption(effects, record)->reason = (uint8_t)reason;
		(*held)++;
	}
}

enum result statement_contest_lines(struct decision *decision, struct statement_id id,
				    const struct contest_input *lines, uint32_t count,
				    uint32_t *ret_held)
{
	struct effects *effects = decision->effects;
	if (effects_read_statement(effects, id)->state != STATEMENT_STATE_CONTESTED) {
		enum result result = statement_unround(decision, id);
		if (result != RESULT_OK)
			return result;
		effects_edit_statement(effects, id)->state = STATEMENT_STATE_CONTESTED;
	}
	uint32_t held = 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct statement_line *line =
		    effects_read_statement_line(effects, lines[i].line);
		if (line->statement.raw == id.raw &&
		    !hold_records(decision, lines[i].line, (enum reason)lines[i].reason, &held))
			return RESULT_TOO_MANY_EFFECTS;
	}
	tell(decision, id, EVENT_KIND_LINES_CONTESTED, held, true);
	*ret_held = held;
	return RESULT_OK;
}

/* Provider or comune says, line by line, what is wrong. The whole statement goes back to its
 * provisional figures until it is frozen again; what the comuni attested stays attested.
 *   RESULT_OK                    outcome: what is left of the statement; units: records held
 *   RESULT_STATEMENT_NOT_OPEN    neither FROZEN nor PROVIDER_CONFIRMED
 *   RESULT_NOT_OWNER             another provider's; RESULT_FORBIDDEN: another comune's line
 *   RESULT_FIELD_MISSING, RESULT_FIELD_INVALID, RESULT_UNKNOWN_REFERENCE   lines: none, one twice,
 *                                one of another statement or without records
 *   RESULT_FUND_EXHAUSTED, RESULT_TOO_MANY_EFFECTS   as statement_cancel
 * SOURCE state_transitions.csv STATEMENT contest, REDEMPTION contest. */
enum result statement_contest(struct decision *decision)
{
	const struct command_statement_contest *input =
	    &decision->command->input.statement_contest;
	struct effects *effects = decision->effects;
	const struct statement *present = effects_read_statement(effects, input->statement);
	ASSERT(present != NULL && decision->principal != NULL);
	if (decision->principal->role == ROLE_PROVIDER &&
	    !statement_is_of(present, decision->principal->provider))
		return RESULT_NOT_OWNER;
	if (present->state != STATEMENT_STATE_FROZEN &&
	    present->state != STATEMENT_STATE_PROVIDER_CONFIRMED)
		return RESULT_STATEMENT_NOT_OPEN;
	enum result result = check_lines(decision, input->statement);
	if (result == RESULT_OK)
		result = statement_contest_lines(decision, input->statement, input->lines.items,
						 input->lines.count, &decision->outcome->units);
	if (result != RESULT_OK)
		return result;
	return done(decision, input->statement);
}

/* ---- Splitting ---- */

bool statement_split_is_due(const struct statement *statement, struct day today)
{
	return statement->state == STATEMENT_STATE_PROVIDER_CONFIRMED &&
	       statement->due_on.number != 0 && day_less(statement->due_on, today);
}

enum result statement_split_off(struct decision *decision, struct statement_id id)
{
	struct effects *effects = decision->effects;
	const struct statement *present = effects_read_statement(effects, id);
	if (present->attested_count == 0)
		return RESULT_STATEMENT_EMPTY;
	enum result result = statement_unround(decision, id);
	if (result != RESULT_OK)
		return result;
	struct statement_id made =
	    statement_continue(effects, id, STATEMENT_KIND_SUPPLEMENTARY);
	uint32_t moved = move_lines(effects, id, made, true);
	result = statement_round(decision, id);
	if (result != RESULT_OK)
		return result;
	struct statement *statement = effects_edit_statement(effects, id);
	ASSERT(moved > 0 && statement->attested_count == statement->line_count);
	statement->state = STATEMENT_STATE_ATTESTED;
	statement->due_on.number = 0;
	tell(decision, made, EVENT_KIND_STATEMENT_SPLIT, moved, true);
	decision->outcome->units = moved;
	return done(decision, id);
}

/* Lines that no comune attested within its days leave for a supplementary statement, so that the
 * others are invoiced and paid.
 *   RESULT_OK                    outcome: what is left; units: lines moved
 *   RESULT_STATEMENT_NOT_OPEN    not PROVIDER_CONFIRMED: nothing is missing, or nothing was asked
 *   RESULT_STATEMENT_TOO_EARLY   the comuni still have time
 *   RESULT_STATEMENT_EMPTY       nobody attested anything: the plan office attests in substitution
 *   RESULT_FUND_EXHAUSTED, RESULT_TOO_MANY_EFFECTS   as statement_cancel
 * SOURCE DOMAIN section 6, rule 9. */
enum result statement_split(struct decision *decision)
{
	struct statement_id id = decision->command->input.statement_split.statement;
	const struct statement *present = effects_read_statement(decision->effects, id);
	ASSERT(present != NULL);
	if (present->state != STATEMENT_STATE_PROVIDER_CONFIRMED)
		return RESULT_STATEMENT_NOT_OPEN;
	if (!statement_split_is_due(present, decision->today))
		return RESULT_STATEMENT_TOO_EARLY;
	return statement_split_off(decision, id);
}
