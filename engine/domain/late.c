/* Late records: see late.h. */
#include "engine/domain/late.h"

#include "engine/domain/accreditation.h"
#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/voucher.h"

/* ---- Keeping ---- */

static uint32_t units_of_booking(const struct decision *decision,
				 const struct submission *submission, struct cell_id cell)
{
	const struct redemption *booking =
	    state_redemption(decision->state, submission->booking);
	return booking != NULL && booking->cell.raw == cell.raw ? booking->units : 0;
}

static enum result keep_part(struct decision *decision, struct submission *submission,
			     struct part *part)
{
	struct effects *effects = decision->effects;
	struct cell *cell = effects_edit_cell(effects, part->cell);
	uint32_t units = submission->is_earlier_provider ? 0 : cell->free_units;
	units += units_of_booking(decision, submission, part->cell);
	if (part->units > units)
		return claim_refuse_units(decision, part->cell, submission->claim.provider,
					  part->units - units);
	if (cell->waiting >= LATE_WAITING_MAX)
		return RESULT_TOO_MANY_EFFECTS;
	struct worth worth;
	enum result result = submission_price_part(decision, submission, part, &worth);
	if (result != RESULT_OK)
		return result;
	cell->waiting++;
	const struct accreditation *accreditation =
	    state_accreditation(decision->state, part->accreditation);
	struct redemption *redemption = effects_create_redemption(effects, &part->made);
	*redemption = (struct redemption){
	    .net_cents = worth.net,
	    .gross_cents = worth.gross,
	    .start = part->start,
	    .submitted_at = decision->now,
	    .operator = submission->operator,
	    .voucher = submission->claim.voucher_id,
	    .beneficiary = submission->claim.voucher->beneficiary,
	    .cell = part->cell,
	    .provider = submission->claim.provider,
	    .accreditation = part->accreditation,
	    .minutes = part->minutes,
	    .units = part->units,
	    .accreditation_version = accreditation->version,
	    .cause = (uint16_t)RESULT_LATE_SUBMISSION,
	    .state = REDEMPTION_STATE_SUBMITTED,
	    .proof = submission->proof};
	submission_keep_facts(decision, submission, part);
	if (part->period == 0)
		decision->outcome->units = cell->free_units;
	if (!cents_add(decision->outcome->net, worth.net, &decision->outcome->net) ||
	    !cents_add(decision->outcome->gross, worth.gross, &decision->outcome->gross))
		return RESULT_FIELD_OUT_OF_RANGE;
	return RESULT_OK;
}

enum result late_keep(struct decision *decision, struct submission *submission)
{
	const struct provider *provider =
	    state_provider(decision->state, submission->judged);
	ASSERT(provider != NULL);
	submission->vat_bp = accreditation_provider_vat(submission->claim.service, provider);
	part_list_join(&submission->parts);
	for (uint32_t i = 0; i < submission->parts.count; i++) {
		enum result result =
		    keep_part(decision, submission, &submission->parts.items[i]);
		if (result != RESULT_OK)
			return result;
	}
	submission_join(decision, submission);
	return judge_object(decision, RESULT_LATE_SUBMISSION, RECORD_KIND_REDEMPTION,
			    submission->parts.items[0].made.raw);
}

void late_leave(struct effects *effects, struct redemption_id id)
{
	const struct redemption *redemption = effects_read_redemption(effects, id);
	ASSERT(redemption != NULL && redemption->state == REDEMPTION_STATE_SUBMITTED);
	struct cell *cell = effects_edit_cell(effects, redemption->cell);
	ASSERT(cell->waiting > 0);
	cell->waiting--;
}

/* ---- Deciding ---- */

/* The submission that a record which waits came from. */
static void read_waiting(struct decision *decision, struct redemption_id id,
			 struct submission *submission)
{
	struct ring ring = submission_ring(decision->effects, id);
	submission_sort_ring(decision->effects, &ring);
	const struct redemption *first = state_redemption(decision->state, ring.ids[0]);
	const struct cell *cell = state_cell(decision->state, first->cell);
	const struct voucher *voucher = state_voucher(decision->state, first->voucher);
	ASSERT(cell != NULL && voucher != NULL);
	submission_begin(submission, SUBMISSION_WAITING);
	submission->operator = first->operator;
	submission->proof = first->proof;
	submission->replaced = id;
	const struct visit_detail *detail = visit_detail_of(decision->state, ring.ids[0]);
	submission->facts.indirect = detail != NULL && detail->indirect != 0;
	struct voucher_line_id line_id = {voucher->first_line.raw + cell->line};
	const struct voucher_line *line = state_voucher_line(decision->state, line_id);
	ASSERT(line != NULL);
	struct claim *claim = &submission->claim;
	*claim = (struct claim){.voucher = voucher,
				.plan = line,
				.service = state_service(decision->state, line->service),
				.voucher_id = first->voucher,
				.service_id = line->service,
				.provider = first->provider,
				.start = first->start,
				.day = state_day(decision->state, first->start),
				.scope = claim_scope(voucher, line->service),
				.line = cell->line};
	claim->month = month_of_day(claim->day);
	for (uint32_t i = 0; i < ring.count; i++) {
		const struct redemption *redemption =
		    state_redemption(decision->state, ring.ids[i]);
		struct day day = state_day(decision->state, redemption->start);
		bool is_first = month_of_day(day).number == claim->month.number;
		submission->parts.items[submission->parts.count++] =
		    (struct part){.start = redemption->start,
				  .day = day,
				  .period = is_first ? 0 : 1,
				  .cell = redemption->cell,
				  .made = ring.ids[i],
				  .minutes = redemption->minutes,
				  .units = redemption->units};
		claim->minutes += redemption->minutes;
		claim->units += redemption->units;
	}
}

static bool waits(const struct decision *decision, struct redemption_id id)
{
	return state_redemption(decision->state, id)->state == REDEMPTION_STATE_SUBMITTED;
}

/* Accepts a late record; it goes into a supplementary statement where the month's is frozen.
 *   RESULT_ACCEPTED, RESULT_DISPUTED (cause)   judged anew at the service date
 *   RESULT_ILLEGAL_TRANSITION                  it does not wait
 *   the refusals of redemption_submit, the static ones apart: it goes on waiting
 * SOURCE state_transitions.csv REDEMPTION authorise_late; SCENARIOS S08. */
enum result redemption_authorise_late(struct decision *decision)
{
	const struct command_redemption_authorise_late *input =
	    &decision->command->input.redemption_authorise_late;
	if (!waits(decision, input->redemption))
		return RESULT_ILLEGAL_TRANSITION;
	struct submission submission;
	read_waiting(decision, input->redemption, &submission);
	submission.act = input->act;
	return submission_enter(decision, &submission, (struct redemption_id){0});
}

/* Accepts the first units of a late record; a record of its own holds the rest.
 *   RESULT_ACCEPTED_PARTIAL     outcome: what was accepted
 *   RESULT_FIELD_OUT_OF_RANGE   none of its units, or all
 *   as redemption_authorise_late
 * SOURCE state_transitions.csv REDEMPTION accept_partial. */
enum result redemption_accept_partial(struct decision *decision)
{
	const struct command_redemption_accept_partial *input =
	    &decision->command->input.redemption_accept_partial;
	if (!waits(decision, input->redemption))
		return RESULT_ILLEGAL_TRANSITION;
	struct submission submission;
	read_waiting(decision, input->redemption, &submission);
	if (input->units == 0 || input->units >= submission.claim.units)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "units");
	submission.act = input->act;
	part_list_contest(&submission.parts, input->units);
	return submission_enter(decision, &submission, (struct redemption_id){0});
}

enum result late_hold(struct decision *decision, struct redemption_id id, enum reason reason)
{
	ASSERT(waits(decision, id));
	struct submission submission;
	read_waiting(decision, id, &submission);
	submission.is_held = true;
	enum result result = submission_enter(decision, &submission, (struct redemption_id){0});
	if (!result_is_success(result))
		return result;
	for (uint32_t i = 0; i < submission.parts.count; i++)
		effects_edit_redemption(decision->effects, submission.parts.items[i].made)
		    ->reason = (uint8_t)reason;
	decision->outcome->cause = RESULT_OK; /* held by a person, whatever else speaks against */
	return judge_object(decision, RESULT_OK, RECORD_KIND_REDEMPTION, id.raw);
}

/* Rejects a late record: nothing had moved. RESULT_ILLEGAL_TRANSITION: it does not wait.
 * SOURCE state_transitions.csv REDEMPTION reject. */
enum result redemption_reject(struct decision *decision)
{
	const struct command_redemption_reject *input = &decision->command->input.redemption_reject;
	struct effects *effects = decision->effects;
	if (!waits(decision, input->redemption))
		return RESULT_ILLEGAL_TRANSITION;
	struct ring ring = submission_ring(effects, input->redemption);
	for (uint32_t i = 0; i < ring.count; i++) {
		late_leave(effects, ring.ids[i]);
		struct redemption *redemption = effects_edit_redemption(effects, ring.ids[i]);
		redemption->state = REDEMPTION_STATE_REJECTED;
		redemption->reason = input->reason;
		voucher_close_if_done(effects, redemption->voucher, decision->today);
	}
	return judge_object(decision, RESULT_OK, RECORD_KIND_REDEMPTION, input->redemption.raw);
}

/* ---- The end of the window ---- */

static struct cents least(struct cents amount, struct cents whole, struct cents used)
{
	struct cents rest;
	return cents_sub(whole, used, &rest) ? cents_min(amount, rest) : cents_zero();
}

/* What the record may still have of its cell: what it was worth when it came, at most. Funds that
 * share a title release one by one, so that nothing whole is left to hold. */
static bool price_waiting(struct effects *effects, const struct redemption *redemption,
			  struct worth *ret_worth)
{
	const struct cell *cell = effects_read_cell(effects, redemption->cell);
	const struct voucher *voucher = effects_read_voucher(effects, redemption->voucher);
	struct price price = cell_price(effects, cell, redemption->provider);
	struct cents allotted;
	if (voucher->share_count != 0 || voucher->provider.raw != redemption->provider.raw ||
	    cell->free_units < redemption->units ||
	    !price_net(&price, cell->granted_units, &allotted))
		return false;
	ret_worth->net = least(redemption->net_cents, allotted, cell->used_net_cents);
	ret_worth->gross = cents_min(redemption->gross_cents, cell->committed_cents);
	return true;
}

static void end_waiting(struct effects *effects, struct redemption_id id)
{
	late_leave(effects, id);
	struct redemption *redemption = effects_edit_redemption(effects, id);
	struct worth worth;
	if (!price_waiting(effects, redemption, &worth)) {
		redemption->state = REDEMPTION_STATE_REJECTED;
		redemption->cause = (uint16_t)RESULT_SUBMISSION_WINDOW_CLOSED;
		return;
	}
	redemption->state = REDEMPTION_STATE_DISPUTED;
	redemption->net_cents = worth.net;
	redemption->gross_cents = worth.gross;
	struct cell *cell = effects_edit_cell(effects, redemption->cell);
	bool fits = cents_add(cell->used_net_cents, worth.net, &cell->used_net_cents);
	ASSERT(fits);
	struct cell_act act = {.cell = redemption->cell,
			       .provider = redemption->provider,
			       .kind = POSTING_KIND_HOLD};
	cell_move_money(effects, &act, FUND_COMMITTED, FUND_DISPUTED, worth.gross);
	cell_move_units(effects, &act, UNITS_FREE, UNITS_BOOKED, redemption->units);
}

/* The records that wait in a cell, first come first. Returns how many. */
static uint32_t gather(struct effects *effects, struct cell_id id,
		       struct redemption_id ret_waiting[LATE_WAITING_MAX])
{
	uint32_t count = 0;
	struct cell_walk walk;
	cell_walk_begin(&walk, effects, id, REDEMPTION_STATE_SUBMITTED);
	for (struct redemption_id record = cell_walk_next(&walk); record.raw != 0;
	     record = cell_walk_next(&walk)) {
		ASSERT(count < LATE_WAITING_MAX);
		uint32_t place = count++;
		for (; place > 0 && record.raw < ret_waiting[place - 1].raw; place--)
			ret_waiting[place] = ret_waiting[place - 1];
		ret_waiting[place] = record;
	}
	return count;
}

void late_end(struct effects *effects, struct cell_id id)
{
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL && cell->waiting <= LATE_WAITING_MAX);
	if (cell->waiting == 0)
		return;
	struct redemption_id waiting[LATE_WAITING_MAX];
	uint32_t count = gather(effects, id, waiting);
	ASSERT(count == cell->waiting);
	for (uint32_t i = 0; i < count; i++)
		end_waiting(effects, waiting[i]);
	ASSERT(effects_read_cell(effects, id)->waiting == 0);
}
