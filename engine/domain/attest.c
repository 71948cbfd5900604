/* Attestation: a comune says that its lines of a statement were delivered as they should.
 *
 *   PROVIDER_CONFIRMED ──attest, the last line──> ATTESTED
 *   PROVIDER_CONFIRMED ──attest_month, with exceptions──> CONTESTED   the other lines stay attested
 *
 * One statement at a time, or all of a month in one act: first what is excepted is contested, then
 * every other line of the comune is attested, statement by statement, as much as one command holds;
 * the answer names the statement after which the next call goes on. Lines of a statement that is
 * contested are attested as well, once its provider confirmed it: two comuni do not wait for each
 * other. SOURCE DOMAIN section 6, rule 9; section 14, comuni 3: "attest only own lines, fast, in
 * bulk with exceptions first". */
#include "engine/domain/attest.h"

#include "engine/domain/deadline.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/settlement.h"
#include "engine/domain/statement_contest.h"

/* What one command does at the most: lines marked (after a statement is begun it is finished), and
 * lines looked at. */
#define ATTEST_LINES_MAX  4096u
#define ATTEST_LOOKED_MAX 65536u

static_assert(ATTEST_LINES_MAX + 2 * STATEMENT_LINES_MAX < EFFECT_WRITES_MAX,
	      "a full command holds one statement more");

struct day attest_by(struct effects *effects, const struct statement *statement)
{
	struct day last = statement->confirmed_on;
	struct comune_id before = {0};
	for (struct statement_line_id id = statement->first_line; id.raw != 0;) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		ASSERT(line != NULL);
		id = line->next_in_statement;
		if (line->attested != 0 || line->comune.raw == before.raw)
			continue;
		before = line->comune;
		struct day own = deadline_working(effects->state, PARAMETER_COMUNE_ATTEST_DAYS,
						  statement->ambito, line->comune,
						  statement->confirmed_on);
		last = day_less(last, own) ? own : last;
	}
	return last;
}

void attest_all(struct statement *statement)
{
	ASSERT(statement->attested_count == statement->line_count);
	statement->state = STATEMENT_STATE_ATTESTED;
	statement->due_on.number = 0;
}

/* What was marked, for the answer. */
struct marked {
	struct principal_id substitute; /* who acts in the comune's stead; 0: the comune itself */
	uint32_t own;	/* lines of the comune, marked now or before */
	uint32_t lines; /* marked now … */
	struct cents net;
	struct cents gross; /* … and what they come to */
};

static void mark(struct effects *effects, struct statement *statement, struct statement_line_id id,
		 struct marked *marked)
{
	struct statement_line *line = effects_edit_statement_line(effects, id);
	line->attested = 1;
	line->substitute = marked->substitute;
	statement->attested_count++;
	marked->lines++;
	bool fits = cents_add(marked->net, line->net_cents, &marked->net) &&
		    cents_add(marked->gross, line->gross_cents, &marked->gross);
	ASSERT(fits);
}

/* Marks the lines of a comune (none: all) that hold records. */
static void attest_lines(struct effects *effects, struct statement *statement,
			 struct comune_id comune, struct marked *marked)
{
	for (struct statement_line_id id = statement->first_line; id.raw != 0;) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		ASSERT(line != NULL);
		struct statement_line_id next = line->next_in_statement;
		bool is_own = (comune.raw == 0 || line->comune.raw == comune.raw) &&
			      line->redemption_count > 0;
		marked->own += is_own ? 1 : 0;
		if (is_own && line->attested == 0)
			mark(effects, statement, id, marked);
		id = next;
	}
	ASSERT(statement->attested_count <= statement->line_count);
}

static void attest_statement(struct effects *effects, struct statement_id id,
			     struct comune_id comune, struct marked *marked)
{
	struct statement *statement = effects_edit_statement(effects, id);
	attest_lines(effects, statement, comune, marked);
	if (statement->state != STATEMENT_STATE_PROVIDER_CONFIRMED)
		return;
	if (statement->attested_count == statement->line_count)
		attest_all(statement);
	else
		statement->due_on = attest_by(effects, statement);
}

/* Who attests for a comune that did not: written on the line, because the same person does not
 * approve the statement. */
static struct principal_id substitute(const struct decision *decision)
{
	if (decision->principal->role == ROLE_COMUNE_SOCIAL)
		return (struct principal_id){0};
	return decision->command->principal;
}

/* Whose lines the caller attests: a comune its own; the plan office another's, by an act. */
static enum result whose(struct decision *decision, struct slice act,
			 struct comune_id *inout_comune)
{
	const struct principal *principal = decision->principal;
	ASSERT(principal != NULL);
	if (principal->role != ROLE_COMUNE_SOCIAL)
		return act.size == 0 ? judge_field(decision, RESULT_FIELD_MISSING, "act")
				     : RESULT_OK;
	ASSERT(principal->comune.raw != 0);
	if (inout_comune->raw != 0 && inout_comune->raw != principal->comune.raw)
		return RESULT_FORBIDDEN;
	*inout_comune = principal->comune;
	return RESULT_OK;
}

/* A comune attests regular execution of its own lines; the plan office's manager may do it in its
 * stead by an act, for one comune or for all (DOMAIN section 6, principle 9). The statement is
 * ATTESTED when every line is. RESULT_FORBIDDEN: another comune's lines; RESULT_FIELD_MISSING: the
 * act of a substitution; RESULT_STATEMENT_EMPTY: the comune has no line in it. */
enum result statement_attest(struct decision *decision)
{
	const struct command_statement_attest *input = &decision->command->input.statement_attest;
	struct comune_id comune = input->comune;
	enum result result = whose(decision, JUDGE_TEXT(input->act), &comune);
	if (result != RESULT_OK)
		return result;
	if (settlement_edit_in_state(decision, input->statement,
				     STATEMENT_STATE_PROVIDER_CONFIRMED) == NULL)
		return RESULT_STATEMENT_NOT_OPEN;
	struct marked marked = {.substitute = substitute(decision)};
	attest_statement(decision->effects, input->statement, comune, &marked);
	if (marked.own == 0)
		return RESULT_STATEMENT_EMPTY;
	decision->outcome->units = marked.own;
	return settlement_done(decision, input->statement);
}

/* ---- A month ---- */

static bool is_in_question(const struct statement *statement, struct ambito_id ambito)
{
	bool is_confirmed = statement->state == STATEMENT_STATE_PROVIDER_CONFIRMED ||
			    (statement->state == STATEMENT_STATE_CONTESTED &&
			     statement->confirmed_on.number != 0);
	return is_confirmed && statement->ambito.raw == ambito.raw &&
	       statement->attested_count < statement->line_count;
}

/* An exception is one of the comune's lines of the month, with records, in a statement that may be
 * contested or is already; and is named once. */
static enum result check_exceptions(struct decision *decision, struct comune_id comune)
{
	const struct command_statement_attest_month *input =
	    &decision->command->input.statement_attest_month;
	struct effects *effects = decision->effects;
	for (uint32_t i = 0; i < input->exceptions.count; i++) {
		struct statement_line_id id = input->exceptions.items[i].line;
		const struct statement_line *line = effects_read_statement_line(effects, id);
		ASSERT(line != NULL);
		const struct statement *statement =
		    effects_read_statement(effects, line->statement);
		if (line->comune.raw != comune.raw || line->redemption_count == 0 ||
		    statement->month.number != input->month.number)
			return judge_field(decision, RESULT_UNKNOWN_REFERENCE, "exceptions");
		if (statement->state != STATEMENT_STATE_FROZEN &&
		    statement->state != STATEMENT_STATE_PROVIDER_CONFIRMED &&
		    statement->state != STATEMENT_STATE_CONTESTED)
			return judge_object(decision, RESULT_STATEMENT_NOT_OPEN,
					    RECORD_KIND_STATEMENT, line->statement.raw);
		for (uint32_t j = 0; j < i; j++)
			if (input->exceptions.items[j].line.raw == id.raw)
				return judge_field(decision, RESULT_FIELD_INVALID, "exceptions");
	}
	return RESULT_OK;
}

/* Contests what is excepted, each statement once, at its first line. */
static enum result contest_exceptions(struct decision *decision)
{
	const struct command_statement_attest_month *input =
	    &decision->command->input.statement_attest_month;
	struct effects *effects = decision->effects;
	for (uint32_t i = 0; i < input->exceptions.count; i++) {
		const struct statement_line *line =
		    effects_read_statement_line(effects, input->exceptions.items[i].line);
		if (line->last_redemption.raw == 0)
			continue; /* held with an earlier line of its statement */
		uint32_t held = 0;
		enum result result =
		    statement_contest_lines(decision, line->statement, input->exceptions.items,
					    input->exceptions.count, &held);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* Goes through the month's statements of the ambito from one on. Returns where it must end for now;
 * 0: all were seen. */
static uint32_t attest_from(struct decision *decision, uint32_t id, struct comune_id comune,
			    struct marked *marked)
{
	struct effects *effects = decision->effects;
	const struct calendar *calendar = &effects->state->statements_by_month;
	struct ambito_id ambito = effects_read_comune(effects, comune)->ambito;
	uint32_t looked = 0;
	uint32_t last = 0;
	for (; id != 0; id = calendar_next(calendar, id)) {
		const struct statement *statement =
		    effects_read_statement(effects, (struct statement_id){id});
		if (!is_in_question(statement, ambito))
			continue;
		if (marked->lines >= ATTEST_LINES_MAX || looked >= ATTEST_LOOKED_MAX ||
		    effects->write_count + STATEMENT_LINES_MAX + 1 > EFFECT_WRITES_MAX)
			return last;
		looked += statement->line_count;
		attest_statement(effects, (struct statement_id){id}, comune, marked);
		last = id;
	}
	return 0;
}

/* A comune attests all its lines of a month but those that it excepts, which are contested first;
 * the plan office does so for one comune by an act.
 *   RESULT_OK                    outcome: net, gross and number (units) of the lines marked; the
 *                                statement after which to go on, where more are left
 *   RESULT_FORBIDDEN             another comune's lines
 *   RESULT_FIELD_MISSING         comune or act of a substitution
 *   RESULT_FIELD_INVALID         a line excepted twice (exceptions); a statement of another month
 *                                (after)
 *   RESULT_UNKNOWN_REFERENCE     exceptions: not the comune's, not of the month, or without records
 *   RESULT_STATEMENT_NOT_OPEN    an excepted line is attested and invoiced already, or not frozen
 *   RESULT_STATEMENT_EMPTY       the comune has nothing to attest in the month
 *   RESULT_FUND_EXHAUSTED, RESULT_TOO_MANY_EFFECTS   as statement_contest: nothing is attested
 * SOURCE state_transitions.csv STATEMENT attest, contest. */
enum result statement_attest_month(struct decision *decision)
{
	const struct command_statement_attest_month *input =
	    &decision->command->input.statement_attest_month;
	struct effects *effects = decision->effects;
	struct comune_id comune = input->comune;
	enum result result = whose(decision, JUDGE_TEXT(input->act), &comune);
	if (result != RESULT_OK)
		return result;
	if (comune.raw == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "comune");
	const struct calendar *calendar = &effects->state->statements_by_month;
	uint32_t id = calendar_first_of_month(calendar, input->month);
	const struct statement *after = effects_read_statement(effects, input->after);
	if (after != NULL && after->month.number != input->month.number)
		return judge_field(decision, RESULT_FIELD_INVALID, "after");
	if (after != NULL) {
		(void)effects_edit_statement(effects, input->after); /* it was asked */
		id = calendar_next(calendar, input->after.raw);
	}
	result = check_exceptions(decision, comune);
	if (result == RESULT_OK)
		result = contest_exceptions(decision);
	if (result != RESULT_OK)
		return result;
	struct marked marked = {.substitute = substitute(decision)};
	uint32_t last = attest_from(decision, id, comune, &marked);
	if (marked.own == 0 && input->exceptions.count == 0 && last == 0 && after == NULL)
		return RESULT_STATEMENT_EMPTY;
	decision->outcome->units = marked.lines;
	decision->outcome->net = marked.net;
	decision->outcome->gross = marked.gross;
	return last == 0 ? RESULT_OK
			 : judge_object(decision, RESULT_OK, RECORD_KIND_STATEMENT, last);
}
