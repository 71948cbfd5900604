/* Freezing a month: from now on the statement is what the provider invoices, to the cent.
 *
 * VAT is computed once on the statement's net, as on the invoice (FatturaPA), and allotted to the
 * lines by largest remainder, ties by ISTAT code of the comune, fund, title. The difference between
 * what a line's records had taken and what it comes to now is its ROUNDING_ADJ: F140 <-> F150
 * (SCENARIOS S00: 278,82 by record, 278,83 on the invoice; S13; S14).
 *
 * Where a line needs a cent that its F140 has not, it is promised first (F110 -> F140, C120 ->
 * C140); where fund, ceiling or commitment are short, the cent is taken from the next line that can
 * bear it. SOURCE DOMAIN section 8. */
#include "engine/domain/statement_round.h"

#include "engine/domain/cell.h"
#include "engine/domain/deadline.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/payer.h"

#include "engine/base/sort.h"

#include <string.h>

/* Room that one line may need in the effects. */
#define LINE_POSTINGS_MAX (CEILINGS_ON_PATH_MAX + 4u)
#define LINE_WRITES_MAX   (2u * CEILINGS_ON_PATH_MAX + 16u)

/* One line in the order of its claim to a left-over cent. */
struct ranked_line {
	char istat_code[8];
	uint32_t fund;
	uint32_t voucher;
	struct statement_line_id id;
};

struct freeze {
	struct statement_id id;
	struct statement *statement;
	struct ranked_line *lines;
	uint64_t *weights;  /* nets */
	struct cents *vats; /* allotted */
	uint32_t count;
	bool is_full; /* the effects of one command hold no more */
};

static int compare_numbers(uint32_t left, uint32_t right)
{
	return (left > right) - (left < right);
}

static int compare_lines(const void *left_item, const void *right_item, const void *context)
{
	const struct ranked_line *left = left_item;
	const struct ranked_line *right = right_item;
	(void)context;
	int order = memcmp(left->istat_code, right->istat_code, sizeof(left->istat_code));
	if (order == 0)
		order = compare_numbers(left->fund, right->fund);
	if (order == 0)
		order = compare_numbers(left->voucher, right->voucher);
	return order != 0 ? order : compare_numbers(left->id.raw, right->id.raw);
}

/* Scratch that lives as long as the command's effects. */
static void *scratch(struct decision *decision, size_t count, size_t size)
{
	void *memory = arena_alloc_zeroed(&decision->effects->arena, count, size);
	ASSERT(memory != NULL);
	return memory;
}

/* Lines that lost their last record leave the chain. */
static void drop_empty_lines(struct decision *decision, struct freeze *freeze)
{
	struct effects *effects = decision->effects;
	struct statement_line_id kept = {0};
	struct statement_line_id id = freeze->statement->first_line;
	while (id.raw != 0) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		ASSERT(line != NULL);
		struct statement_line_id next = line->next_in_statement;
		if (line->redemption_count > 0) {
			kept = id;
		} else {
			ASSERT(freeze->statement->line_count > 0);
			freeze->statement->line_count--;
			if (line->attested != 0)
				freeze->statement->attested_count--;
			if (kept.raw == 0)
				freeze->statement->first_line = next;
			else
				effects_edit_statement_line(effects, kept)->next_in_statement =
				    next;
		}
		id = next;
	}
}

static void rank_lines(struct decision *decision, struct freeze *freeze)
{
	struct effects *effects = decision->effects;
	uint32_t most = freeze->statement->line_count;
	ASSERT(most > 0 && most <= STATEMENT_LINES_MAX);
	freeze->lines = scratch(decision, most, sizeof(struct ranked_line));
	freeze->weights = scratch(decision, most, sizeof(uint64_t));
	freeze->vats = scratch(decision, most, sizeof(struct cents));
	for (struct statement_line_id id = freeze->statement->first_line; id.raw != 0;) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		const struct comune *comune = effects_read_comune(effects, line->comune);
		const struct fund_year *year = effects_read_fund_year(effects, line->fund_year);
		ASSERT(comune != NULL && year != NULL && freeze->count < most);
		struct ranked_line *ranked = &freeze->lines[freeze->count];
		*ranked = (struct ranked_line){
		    .fund = year->fund.raw, .voucher = line->voucher.raw, .id = id};
		memcpy(ranked->istat_code, comune->istat_code, sizeof(ranked->istat_code));
		freeze->count++;
		id = line->next_in_statement;
	}
	ASSERT(freeze->count == most);
	struct sort_items items = {.items = freeze->lines,
				   .scratch = scratch(decision, most, sizeof(struct ranked_line)),
				   .count = most,
				   .item_size = sizeof(struct ranked_line)};
	sort_stable(items, compare_lines, NULL);
}

/* Model A: the invoice is the public share, VAT included, and nothing of it moves. Its net is
 * separated from the whole (so that VAT equals net x rate within a cent, as the SdI checks), and
 * its VAT shared out; a line's net is its gross less that. SOURCE DOMAIN section 8; decision
 * 0011. */
static enum result separate_vat(struct decision *decision, struct freeze *freeze)
{
	struct statement *statement = freeze->statement;
	struct cents net;
	for (uint32_t i = 0; i < freeze->count; i++) {
		const struct statement_line *line =
		    effects_read_statement_line(decision->effects, freeze->lines[i].id);
		freeze->weights[i] = (uint64_t)line->gross_cents.raw; /* raw: a weight */
	}
	if (!cents_net_of_gross(statement->gross_cents, statement->vat_bp, &net) ||
	    !cents_sub(statement->gross_cents, net, &statement->vat_cents) ||
	    !cents_allocate_largest_remainder(statement->vat_cents, freeze->weights, freeze->count,
					      freeze->vats))
		return RESULT_FIELD_OUT_OF_RANGE;
	statement->net_cents = net;
	for (uint32_t i = 0; i < freeze->count; i++) {
		struct statement_line *line =
		    effects_edit_statement_line(decision->effects, freeze->lines[i].id);
		bool fits = cents_sub(line->gross_cents, freeze->vats[i], &line->net_cents);
		ASSERT(fits);
	}
	return RESULT_OK;
}

/* VAT on the total, shared out. */
static enum result allot_vat(struct decision *decision, struct freeze *freeze)
{
	struct statement *statement = freeze->statement;
	if (statement->net_of_copay != 0)
		return separate_vat(decision, freeze);
	for (uint32_t i = 0; i < freeze->count; i++) {
		const struct statement_line *line =
		    effects_read_statement_line(decision->effects, freeze->lines[i].id);
		freeze->weights[i] = (uint64_t)line->net_cents.raw; /* raw: a weight */
	}
	if (!cents_vat(statement->net_cents, statement->vat_bp, &statement->vat_cents) ||
	    !cents_add(statement->net_cents, statement->vat_cents, &statement->gross_cents))
		return RESULT_FIELD_OUT_OF_RANGE;
	bool is_allotted = cents_allocate_largest_remainder(statement->vat_cents, freeze->weights,
							    freeze->count, freeze->vats);
	ASSERT(is_allotted);
	return RESULT_OK;
}

static bool has_room(const struct effects *effects)
{
	return effects->posting_count + LINE_POSTINGS_MAX <= EFFECT_POSTINGS_MAX &&
	       effects->write_count + LINE_WRITES_MAX <= EFFECT_WRITES_MAX;
}

static struct cell_act act_of(const struct freeze *freeze, const struct statement_line *line)
{
	return (struct cell_act){.cell = line->cell,
				 .provider = freeze->statement->provider,
				 .statement = freeze->id,
				 .kind = POSTING_KIND_ROUNDING_ADJ};
}

/* Promises what the line's F140 lacks; false where it cannot be. */
static bool promise(struct decision *decision, const struct cell_act *act, struct cents amount)
{
	struct outcome before = *decision->outcome;
	bool is_funded =
	    cell_check_rounding(decision, act->cell, act->provider, amount) == RESULT_OK;
	*decision->outcome = before;
	if (is_funded)
		cell_promise(decision->effects, act, amount);
	return is_funded;
}

void statement_adjust_line(struct decision *decision, const struct line_adjustment *given)
{
	struct statement_line *line = effects_edit_statement_line(decision->effects, given->line);
	struct line_adjustment_id id;
	struct line_adjustment *adjustment =
	    effects_create_line_adjustment(decision->effects, &id);
	*adjustment = *given;
	adjustment->at = decision->now;
	adjustment->statement = line->statement;
	adjustment->previous = line->last_adjustment;
	line->last_adjustment = id;
}

/* Keeps what a rounding took from the fund or gave back to it. */
static void note(struct decision *decision, const struct freeze *freeze,
		 struct statement_line_id line, enum adjustment kind, struct cents amount)
{
	if (cents_is_zero(amount))
		return;
	struct line_adjustment adjustment = {.vat_cents = amount,
					     .statement = freeze->id,
					     .line = line,
					     .kind = (uint8_t)kind};
	statement_adjust_line(decision, &adjustment);
}

/* Takes up to `amount` more for a line: first from its F140, then by a promise. Returns what could
 * not be had. */
static struct cents raise_line(struct decision *decision, const struct freeze *freeze,
			       struct statement_line_id id, struct cents amount)
{
	struct statement_line *line = effects_edit_statement_line(decision->effects, id);
	struct cell_act act = act_of(freeze, line);
	struct cents own = cents_min(
	    amount, cell_spendable(decision->effects, line->cell, act.provider));
	struct cents missing;
	bool fits = cents_sub(amount, own, &missing);
	ASSERT(fits);
	if (!cents_is_zero(missing) && promise(decision, &act, missing)) {
		note(decision, freeze, id, ADJUSTMENT_ROUNDING_PROMISED, missing);
		own = amount;
		missing = cents_zero();
	}
	cell_move_money(decision->effects, &act, FUND_COMMITTED, FUND_REDEEMED, own);
	fits = cents_add(line->gross_cents, own, &line->gross_cents);
	ASSERT(fits);
	return missing;
}

/* Gives cents back: to F140, and on to the fund where the month may not keep them. */
static void lower_line(struct decision *decision, const struct freeze *freeze,
		       struct statement_line_id id, struct cents amount)
{
	struct statement_line *line = effects_edit_statement_line(decision->effects, id);
	struct cell_act act = act_of(freeze, line);
	struct cents before = effects_read_cell(decision->effects, line->cell)->committed_cents;
	cell_move_money(decision->effects, &act, FUND_REDEEMED, FUND_COMMITTED, amount);
	cell_return(decision, &act, 0, amount);
	struct cents after = effects_read_cell(decision->effects, line->cell)->committed_cents;
	struct cents kept;
	bool fits = cents_sub(after, before, &kept) && cents_sub(amount, kept, &kept);
	ASSERT(fits);
	note(decision, freeze, id, ADJUSTMENT_ROUNDING_RETURNED, kept);
	fits = cents_sub(line->gross_cents, amount, &line->gross_cents);
	ASSERT(fits);
}

/* Brings every line to net + allotted VAT. What a line cannot bear is carried to the next; the
 * lines are gone through once more for what the last ones left. Returns what none could bear: a
 * line bears its own net at the least. */
static struct cents adjust_lines(struct decision *decision, struct freeze *freeze)
{
	struct cents carry = cents_zero();
	for (uint32_t i = 0; i < 2 * freeze->count; i++) {
		bool is_second_pass = i >= freeze->count;
		if (is_second_pass && cents_is_zero(carry))
			break;
		if (!has_room(decision->effects)) {
			freeze->is_full = true;
			break;
		}
		uint32_t n = i % freeze->count;
		struct statement_line *line =
		    effects_edit_statement_line(decision->effects, freeze->lines[n].id);
		struct cents target = line->gross_cents;
		bool fits = is_second_pass || cents_add(line->net_cents, freeze->vats[n], &target);
		ASSERT(fits);
		fits = cents_add(target, carry, &target);
		ASSERT(fits);
		struct cents change;
		carry = cents_zero();
		if (cents_sub(target, line->gross_cents, &change))
			carry = raise_line(decision, freeze, freeze->lines[n].id, change);
		else if (cents_sub(line->gross_cents, target, &change))
			lower_line(decision, freeze, freeze->lines[n].id, change);
		if (cents_sub(line->net_cents, line->gross_cents, &change) &&
		    !cents_is_zero(change))
			return change;
		fits = cents_sub(line->gross_cents, line->net_cents, &line->vat_cents);
		ASSERT(fits);
	}
	return carry;
}

enum result statement_round(struct decision *decision, struct statement_id id)
{
	struct freeze freeze = {.id = id,
				.statement = effects_edit_statement(decision->effects, id)};
	if (freeze.statement->redemption_count == 0)
		return RESULT_STATEMENT_EMPTY;
	drop_empty_lines(decision, &freeze);
	rank_lines(decision, &freeze);
	enum result result = allot_vat(decision, &freeze);
	if (result != RESULT_OK)
		return result;
	struct cents missing = adjust_lines(decision, &freeze);
	if (freeze.is_full)
		return RESULT_TOO_MANY_EFFECTS;
	if (!cents_is_zero(missing))
		return judge_short(decision, RESULT_FUND_EXHAUSTED, missing, cents_zero());
	freeze.statement->payable_net_cents = freeze.statement->net_cents;
	freeze.statement->payable_vat_cents = freeze.statement->vat_cents;
	return RESULT_OK;
}

/* ---- May it be frozen? ---- */

/* Whether a line can have `amount` promised where its own F140 does not cover its raise. */
static bool can_raise(struct decision *decision, const struct freeze *freeze, uint32_t n,
		      struct cents amount, uint32_t *ret_promises)
{
	struct effects *effects = decision->effects;
	const struct statement_line *line = effects_read_statement_line(effects,
									freeze->lines[n].id);
	struct cents target;
	struct cents raise;
	if (!cents_add(line->net_cents, freeze->vats[n], &target))
		return false;
	if (!cents_sub(target, line->gross_cents, &raise))
		return true;
	struct provider_id provider = freeze->statement->provider;
	if (!cents_less(cell_spendable(effects, line->cell, provider), raise))
		return true;
	struct outcome before = *decision->outcome;
	bool is_funded = cell_check_promise(decision, line->cell, provider, amount) == RESULT_OK;
	*decision->outcome = before;
	(*ret_promises)++;
	return is_funded;
}

/* Told on a copy: every line must be able to bear the raises of all. */
bool statement_can_round(struct decision *decision, struct statement_id id)
{
	const struct statement *present = effects_read_statement(decision->effects, id);
	ASSERT(present != NULL);
	struct statement copy = *present;
	struct freeze freeze = {.id = id, .statement = &copy};
	if (copy.redemption_count == 0)
		return false;
	if (copy.net_of_copay != 0)
		return true; /* nothing is raised */
	rank_lines(decision, &freeze);
	if (allot_vat(decision, &freeze) != RESULT_OK)
		return false;
	struct cents most = cents_from((int64_t)freeze.count); /* a cent for each line */
	uint32_t promises = 0;
	for (uint32_t i = 0; i < freeze.count; i++)
		if (!can_raise(decision, &freeze, i, most, &promises))
			return false;
	uint32_t postings = freeze.count + promises * LINE_POSTINGS_MAX;
	uint32_t writes = 3 * freeze.count + promises * LINE_WRITES_MAX;
	return decision->effects->posting_count + postings + LINE_POSTINGS_MAX <=
		   EFFECT_POSTINGS_MAX &&
	       decision->effects->write_count + writes + LINE_WRITES_MAX <= EFFECT_WRITES_MAX;
}

/* Whether a line could have that many cents, whatever it is asked for. */
static bool can_bear(struct decision *decision, const struct statement *statement,
		     const struct statement_line *line, struct cents amount)
{
	if (!cents_less(cell_spendable(decision->effects, line->cell, statement->provider), amount))
		return true;
	struct outcome before = *decision->outcome;
	bool is_funded = cell_check_promise(decision, line->cell, statement->provider, amount) ==
			 RESULT_OK;
	*decision->outcome = before;
	return is_funded;
}

bool statement_can_split(struct decision *decision, struct statement_id id)
{
	struct effects *effects = decision->effects;
	const struct statement *statement = effects_read_statement(effects, id);
	struct cents most = cents_from(2 * (int64_t)statement->redemption_count);
	struct statement_line_id line_id = statement->first_line;
	while (line_id.raw != 0) {
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		if (!can_bear(decision, statement, line, most))
			return false;
		line_id = line->next_in_statement;
	}
	uint32_t room = (uint32_t)statement->line_count * 6 + LINE_POSTINGS_MAX;
	return effects->posting_count + room <= EFFECT_POSTINGS_MAX / 2 &&
	       effects->write_count + room <= EFFECT_WRITES_MAX;
}

/* ---- Undoing ---- */

/* What the line's records come to by themselves. */
static struct worth sum_of_records(struct effects *effects, const struct statement_line *line)
{
	struct worth sum = {cents_zero(), cents_zero()};
	struct redemption_id id = line->last_redemption;
	for (uint32_t i = 0; i < line->redemption_count; i++) {
		const struct redemption *record = effects_read_redemption(effects, id);
		ASSERT(record != NULL);
		bool fits = cents_add(sum.net, record->net_cents, &sum.net) &&
			    cents_add(sum.gross, record->gross_cents, &sum.gross);
		ASSERT(fits);
		id = record->previous_in_line;
	}
	return sum;
}

/* What the roundings promised anew for the line, less what they gave back to the fund. */
static struct cents promised_net(struct effects *effects, const struct statement_line *line)
{
	struct cents sum = cents_zero();
	struct line_adjustment_id id = line->last_adjustment;
	while (id.raw != 0) {
		const struct line_adjustment *one = effects_read_line_adjustment(effects, id);
		ASSERT(one != NULL);
		bool fits = one->kind == ADJUSTMENT_ROUNDING_PROMISED
				? cents_add(sum, one->vat_cents, &sum)
				: cents_delta(sum, one->vat_cents, &sum);
		ASSERT(fits);
		id = one->previous;
	}
	return cents_max(sum, cents_zero());
}

/* Brings one line back; false: cents that cannot be had again. */
static bool unround_line(struct decision *decision, const struct freeze *freeze,
			 struct statement_line_id id)
{
	struct effects *effects = decision->effects;
	struct statement_line *line = effects_edit_statement_line(effects, id);
	struct worth records = sum_of_records(effects, line);
	struct cents target = records.gross;
	if (freeze->statement->net_of_copay != 0)
		line->net_cents = records.net; /* it was separated anew */
	struct cents change;
	bool is_done = true;
	if (cents_sub(line->gross_cents, target, &change) && !cents_is_zero(change)) {
		struct cell_act act = act_of(freeze, line);
		struct cents promised = cents_min(change, promised_net(effects, line));
		cell_move_money(effects, &act, FUND_REDEEMED, FUND_COMMITTED, change);
		cell_release(effects, &act, promised);
		bool fits = cents_sub(change, promised, &change);
		ASSERT(fits);
		cell_return(decision, &act, 0, change);
		line->gross_cents = target;
	} else if (cents_sub(target, line->gross_cents, &change)) {
		is_done = cents_is_zero(raise_line(decision, freeze, id, change));
	}
	line->last_adjustment.raw = 0;
	if (!cents_sub(line->gross_cents, line->net_cents, &line->vat_cents))
		line->vat_cents = cents_zero();
	return is_done;
}

enum result statement_unround(struct decision *decision, struct statement_id id)
{
	struct effects *effects = decision->effects;
	struct freeze freeze = {.id = id, .statement = effects_edit_statement(effects, id)};
	struct statement *statement = freeze.statement;
	statement->gross_cents = cents_zero();
	statement->net_cents = cents_zero();
	for (struct statement_line_id line_id = statement->first_line; line_id.raw != 0;) {
		if (!has_room(effects))
			return RESULT_TOO_MANY_EFFECTS;
		if (!unround_line(decision, &freeze, line_id))
			return judge_short(decision, RESULT_FUND_EXHAUSTED, cents_from(1),
					   cents_zero());
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		bool fits = cents_add(statement->gross_cents, line->gross_cents,
				      &statement->gross_cents) &&
			    cents_add(statement->net_cents, line->net_cents,
				      &statement->net_cents);
		ASSERT(fits);
		line_id = line->next_in_statement;
	}
	if (!cents_sub(statement->gross_cents, statement->net_cents, &statement->vat_cents))
		statement->vat_cents = cents_zero();
	statement->payable_net_cents = statement->net_cents;
	statement->payable_vat_cents = statement->vat_cents;
	statement->stamp_cents = cents_zero();
	return RESULT_OK;
}

/* ---- The acts ---- */

static enum result check(struct decision *decision, const struct statement *statement)
{
	if (statement->state != STATEMENT_STATE_OPEN)
		return RESULT_STATEMENT_NOT_OPEN;
	if (statement->redemption_count == 0)
		return RESULT_STATEMENT_EMPTY;
	struct deadlines dates =
	    deadlines_of(decision->state, statement->ambito, statement->month);
	if (day_less(decision->today, dates.freeze))
		return RESULT_STATEMENT_TOO_EARLY;
	return RESULT_OK;
}

/* The stamp that an exempt invoice of this amount bears: a figure, borne by who invoices.
 * SOURCE parameters.csv stamp_duty_threshold_cents, stamp_duty_cents. */
static struct cents stamp_of(const struct decision *decision, const struct statement *statement)
{
	struct parameter_scope scope = {.ambito = statement->ambito};
	int64_t threshold = parameter_at(decision->state, PARAMETER_STAMP_DUTY_THRESHOLD_CENTS,
					 &scope, decision->today);
	if (statement->vat_bp != 0 || !cents_less(cents_from(threshold), statement->net_cents))
		return cents_zero();
	return cents_from(parameter_at(decision->state, PARAMETER_STAMP_DUTY_CENTS, &scope,
				       decision->today));
}

enum result statement_become_frozen(struct decision *decision, struct statement_id id)
{
	enum result result = statement_round(decision, id);
	if (result != RESULT_OK)
		return result;
	struct statement *statement = effects_edit_statement(decision->effects, id);
	statement->state = STATEMENT_STATE_FROZEN;
	statement->frozen_at = decision->now;
	statement->frozen_by = decision->command->principal;
	payer_set_payee(decision->effects, id, decision->today);
	statement->stamp_cents = stamp_of(decision, statement);
	statement->due_on = deadline_working(decision->state, PARAMETER_PROVIDER_CONFIRM_DAYS,
					     statement->ambito, statement->payer, decision->today);
	statement->confirmed_on.number = 0;
	decision->outcome->net = statement->net_cents;
	decision->outcome->gross = statement->gross_cents;
	return judge_object(decision, RESULT_OK, RECORD_KIND_STATEMENT, id.raw);
}

/* Freezes an OPEN statement.
 *   RESULT_OK                    outcome: net and gross of the statement
 *   RESULT_STATEMENT_NOT_OPEN, RESULT_STATEMENT_EMPTY
 *   RESULT_STATEMENT_TOO_EARLY   before the cut-off day of the month that follows
 *   RESULT_FUND_EXHAUSTED        the rounding of the whole statement needs cents that none of its
 *                                lines can bear; short
 *   RESULT_TOO_MANY_EFFECTS      too many ceilings on the path of too many released months
 * SOURCE state_transitions.csv STATEMENT freeze. */
enum result statement_freeze(struct decision *decision)
{
	struct statement_id id = decision->command->input.statement_freeze.statement;
	const struct statement *present = effects_read_statement(decision->effects, id);
	ASSERT(present != NULL);
	enum result result = check(decision, present);
	return result == RESULT_OK ? statement_become_frozen(decision, id) : result;
}

/* Freezes a CONTESTED statement again: lines without records leave, VAT is computed anew. Results
 * as statement_freeze, RESULT_STATEMENT_TOO_EARLY apart; all contested: RESULT_STATEMENT_EMPTY.
 * SOURCE state_transitions.csv STATEMENT refreeze. */
enum result statement_refreeze(struct decision *decision)
{
	struct statement_id id = decision->command->input.statement_refreeze.statement;
	const struct statement *present = effects_read_statement(decision->effects, id);
	ASSERT(present != NULL);
	if (present->state != STATEMENT_STATE_CONTESTED)
		return RESULT_STATEMENT_NOT_OPEN;
	return statement_become_frozen(decision, id);
}
