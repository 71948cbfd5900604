/* Budget lines of a fund year: the total and its detail, as the source states them.
 *
 * A total (the year's, or a line's) may differ from the sum of the lines below it: published
 * budgets do (the Lodi data of 2006 by 263, 336, 813 and 422 euro). Nothing is ever corrected. The
 * difference is kept and shown; a person decides by an act which of the two the year goes by, and
 * until every difference of a year is decided it cannot be approved. A line added later asks again.
 *
 * Invariants: lines_cents and line_count of a total are sums over the lines right below it;
 * fund_year.undecided_count counts the year's totals that differ and are not decided.
 * SOURCE DOMAIN section 1.1: "imported budgets must accept a stated total that differs from its
 * lines, show the difference and ask for a decision". */
#include "engine/base/text.h"
#include "engine/domain/duties.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"

/* One total with what stands below it: of the year itself or of a line. */
struct total {
	struct cents *stated;
	struct cents *lines;
	uint16_t *count;
	uint8_t *difference;
	char *act;
};

static struct total edit_total(struct effects *effects, struct fund_year_id year,
			       struct budget_line_id line)
{
	if (line.raw == 0) {
		struct fund_year *record = effects_edit_fund_year(effects, year);
		return (struct total){&record->stated_cents, &record->lines_cents,
				      &record->line_count, &record->difference,
				      record->difference_act};
	}
	struct budget_line *record = effects_edit_budget_line(effects, line);
	return (struct total){&record->amount_cents, &record->lines_cents, &record->line_count,
			      &record->difference, record->difference_act};
}

static bool differs(const struct total *total)
{
	return *total->count > 0 && !cents_equal(*total->stated, *total->lines);
}

static uint16_t undecided(const struct total *total)
{
	return differs(total) && *total->difference == 0 ? 1 : 0;
}

static uint32_t find_line(struct effects *effects, struct fund_year_id year, struct slice code)
{
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_BUDGET_LINE); i++) {
		const struct budget_line *line =
		    effects_read_budget_line(effects, (struct budget_line_id){i});
		if (line->fund_year.raw == year.raw && slice_equals(JUDGE_TEXT(line->code), code))
			return i;
	}
	return 0;
}

/* A line named must be of this fund year. */
static bool is_of_year(struct effects *effects, struct budget_line_id line,
		       struct fund_year_id year)
{
	const struct budget_line *record = effects_read_budget_line(effects, line);
	return record == NULL || record->fund_year.raw == year.raw;
}

/* Adds a line to a DRAFT year, under its total or under a line.
 *   RESULT_OK; RESULT_NOT_FOUND (year); RESULT_ILLEGAL_TRANSITION: the year is no draft any more
 *   RESULT_FIELD_INVALID        the code is no token
 *   RESULT_ALREADY_EXISTS       the year has a line of this code
 *   RESULT_UNKNOWN_REFERENCE    the parent is a line of another year
 *   RESULT_FIELD_OUT_OF_RANGE   too many lines, or sums beyond 64 bits */
enum result budget_line_add(struct decision *decision)
{
	const struct command_budget_line_add *input = &decision->command->input.budget_line_add;
	struct effects *effects = decision->effects;
	struct fund_year_id year;
	enum result result =
	    fund_find_year_in(decision, input->fund, input->year, FUND_IN(DRAFT), &year);
	if (result != RESULT_OK)
		return result;
	struct slice code = JUDGE_TEXT(input->code);
	if (!text_is_token(code))
		return judge_field(decision, RESULT_FIELD_INVALID, "code");
	if (!is_of_year(effects, input->parent, year))
		return judge_field(decision, RESULT_UNKNOWN_REFERENCE, "parent");
	uint32_t twin = find_line(effects, year, code);
	if (twin != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_BUDGET_LINE, twin);
	struct total total = edit_total(effects, year, input->parent);
	uint16_t before = undecided(&total);
	if (*total.count == UINT16_MAX ||
	    !cents_add(*total.lines, input->amount_cents, total.lines))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "amount_cents");
	(*total.count)++;
	*total.difference = 0;
	struct fund_year *fund_year = effects_edit_fund_year(effects, year);
	fund_year->undecided_count =
	    (uint16_t)(fund_year->undecided_count - before + undecided(&total));
	struct budget_line_id id;
	struct budget_line *line = effects_create_budget_line(effects, &id);
	line->amount_cents = input->amount_cents;
	line->fund_year = year;
	line->parent = input->parent;
	JUDGE_COPY_TEXT(line->code, input->code);
	JUDGE_COPY_TEXT(line->name, input->name);
	decision->outcome->gross = input->amount_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_BUDGET_LINE, id.raw);
}

/* Decides between a total and its lines, while the year is a draft; both stay as they are.
 *   RESULT_OK                   outcome: gross = what the year goes by, net = the other figure
 *   RESULT_NOT_FOUND (year)
 *   RESULT_UNKNOWN_REFERENCE    the line is another year's
 *   RESULT_ILLEGAL_TRANSITION   no draft; total and lines agree, or there are no lines */
enum result fund_year_decide_difference(struct decision *decision)
{
	const struct command_fund_year_decide_difference *input =
	    &decision->command->input.fund_year_decide_difference;
	struct effects *effects = decision->effects;
	struct fund_year_id year;
	enum result result =
	    fund_find_year_in(decision, input->fund, input->year, FUND_IN(DRAFT), &year);
	if (result != RESULT_OK)
		return result;
	if (!is_of_year(effects, input->line, year))
		return judge_field(decision, RESULT_UNKNOWN_REFERENCE, "line");
	struct total total = edit_total(effects, year, input->line);
	if (!differs(&total))
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_FUND_YEAR,
				    year.raw);
	struct fund_year *fund_year = effects_edit_fund_year(effects, year);
	ASSERT(fund_year->undecided_count >= undecided(&total));
	fund_year->undecided_count = (uint16_t)(fund_year->undecided_count - undecided(&total));
	*total.difference = input->decision;
	judge_copy_text(total.act, (uint32_t)sizeof(fund_year->difference_act), input->act,
			(uint32_t)sizeof(input->act));
	bool keeps_total = input->decision == DIFFERENCE_KEEP_TOTAL;
	decision->outcome->gross = keeps_total ? *total.stated : *total.lines;
	decision->outcome->net = keeps_total ? *total.lines : *total.stated;
	return judge_object(decision, RESULT_OK, RECORD_KIND_FUND_YEAR, year.raw);
}
