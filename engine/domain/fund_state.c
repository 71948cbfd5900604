/* Fund years between opening and closing: suspend, resume, the end of a provisional budget, the
 * start of closing. SOURCE state_transitions.csv, machine FUND_YEAR; fund.h for the picture. */
#include "engine/domain/duties.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"
#include "engine/domain/share.h"
#include "engine/domain/share.h"

/* Moves a year from one of `states` to another; keeps the act where there is one. */
static enum result move_year(struct decision *decision, struct fund_year_id id,
			     enum fund_year_state to, struct slice act)
{
	struct fund_year *fund_year = effects_edit_fund_year(decision->effects, id);
	fund_year->state = (uint8_t)to;
	if (act.size > 0)
		judge_copy_text(fund_year->act, (uint32_t)sizeof(fund_year->act), act.data,
				act.size);
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, id.raw);
}

/* Stops new promises; redemptions go on. RESULT_OK; RESULT_NOT_FOUND (year);
 * RESULT_ILLEGAL_TRANSITION: not open; RESULT_OPENING_IN_PROGRESS. */
enum result fund_year_suspend(struct decision *decision)
{
	const struct command_fund_year_suspend *input =
	    &decision->command->input.fund_year_suspend;
	struct fund_year_id id;
	enum result result =
	    fund_find_year_in(decision, input->fund, input->year, FUND_IN(OPEN), &id);
	if (result != RESULT_OK)
		return result;
	share_fund_ended(decision, id);
	return move_year(decision, id, FUND_YEAR_STATE_SUSPENDED, JUDGE_TEXT(input->act));
}

/* Lets a suspended year promise again. Results: see suspend. */
enum result fund_year_resume(struct decision *decision)
{
	const struct command_fund_year_resume *input = &decision->command->input.fund_year_resume;
	struct fund_year_id id;
	enum result result =
	    fund_find_year_in(decision, input->fund, input->year, FUND_IN(SUSPENDED), &id);
	if (result != RESULT_OK)
		return result;
	return move_year(decision, id, FUND_YEAR_STATE_OPEN, JUDGE_TEXT(input->act));
}

/* Starts closing by hand what the midnight job does at the year's end (job_closing.c); before that
 * only by an act. RESULT_FIELD_MISSING: the act; the others as suspend. */
enum result fund_year_start_closing(struct decision *decision)
{
	const struct command_fund_year_start_closing *input =
	    &decision->command->input.fund_year_start_closing;
	struct fund_year_id id;
	enum result result =
	    fund_find_year_in(decision, input->fund, input->year, FUND_IN(OPEN), &id);
	if (result != RESULT_OK)
		return result;
	bool is_early = day_fiscal_year(decision->today) <= input->year;
	if (is_early && JUDGE_TEXT(input->act).size == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "act");
	if (is_early) /* titles that several funds pay lose one before their months are over */
		share_fund_ended(decision, id);
	if (day_fiscal_year(decision->today) <= input->year)
		share_fund_ended(decision, id);
	return move_year(decision, id, FUND_YEAR_STATE_CLOSING, JUDGE_TEXT(input->act));
}

/* The budget was approved: twelfths bind no more. RESULT_ILLEGAL_TRANSITION: not open or suspended
 * in a provisional budget; the others as suspend. */
enum result fund_year_end_provisional(struct decision *decision)
{
	const struct command_fund_year_end_provisional *input =
	    &decision->command->input.fund_year_end_provisional;
	struct fund_year_id id;
	enum result result = fund_find_year_in(decision, input->fund, input->year,
					       FUND_IN(OPEN) | FUND_IN(SUSPENDED), &id);
	if (result != RESULT_OK)
		return result;
	struct fund_year *fund_year = effects_edit_fund_year(decision->effects, id);
	if (fund_year->provisional == 0)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_FUND_YEAR,
				    id.raw);
	fund_year->provisional = 0;
	JUDGE_COPY_TEXT(fund_year->act, input->act);
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, id.raw);
}
