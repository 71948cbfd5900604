/* Reservations: see voucher_reserve.h. */
#include "engine/domain/voucher_reserve.h"

#include "engine/domain/cell.h"
#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/title_term.h"
#include "engine/domain/voucher.h"

struct cents voucher_reserve_release(struct effects *effects, struct voucher_id id)
{
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL && voucher->first_cell.raw != 0);
	struct cents released = cents_zero();
	for (uint32_t n = 0; n < voucher_cell_count(voucher); n++) {
		struct cell_act act = {.cell = {voucher->first_cell.raw + n},
				       .kind = POSTING_KIND_RELEASE};
		struct cents held = effects_read_cell(effects, act.cell)->reserved_cents;
		cell_unreserve(effects, &act, held);
		bool fits = cents_add(released, held, &released);
		ASSERT(fits);
	}
	return released;
}

void voucher_reserve_expire(struct decision *decision, struct voucher_id id)
{
	struct effects *effects = decision->effects;
	ASSERT(effects_read_voucher(effects, id)->state == VOUCHER_STATE_RESERVED);
	struct cents released = voucher_reserve_release(effects, id);
	title_term_close(effects, id, TITLE_TERM_KIND_RESERVATION);
	effects_edit_voucher(effects, id)->state = VOUCHER_STATE_PROPOSED;
	event_emit(decision, &(struct event){.kind = EVENT_KIND_RESERVATION_EXPIRED,
					     .voucher = id,
					     .amount_cents = released});
}

static struct day last_day(struct decision *decision, const struct voucher *voucher)
{
	struct parameter_scope scope = {.ambito = voucher->ambito};
	int64_t days = parameter_at(decision->state, PARAMETER_RESERVE_TTL_DAYS, &scope,
				    decision->today);
	struct day last = decision->today;
	bool exists = day_plus(decision->today, (int32_t)days, &last);
	ASSERT(exists);
	return last;
}

/* Holds the money of a PROPOSED title until the commitment act: F110 -> F120, C120 -> C130, for
 * the days of the parameter reserve_ttl_days. RESULT_OK (outcome: gross reserved),
 * RESULT_WAITLISTED and every refusal of voucher_issue but those of the commitment. */
enum result voucher_reserve(struct decision *decision)
{
	const struct command_voucher_reserve *input = &decision->command->input.voucher_reserve;
	const struct voucher *voucher = effects_read_voucher(decision->effects, input->voucher);
	ASSERT(voucher != NULL);
	if (voucher->state != VOUCHER_STATE_PROPOSED)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_VOUCHER,
				    input->voucher.raw);
	struct voucher_promise asked = {.voucher = input->voucher,
					.fund = input->fund,
					.is_reservation = true,
					.may_wait = input->refuse == 0,
					.is_first_fit = input->first_fit != 0,
					.is_strict = input->strict != 0};
	enum result result = voucher_issue_promise(decision, &asked);
	if (result == RESULT_MEASURE_INCOMPATIBLE)
		return result; /* names the other title */
	if (result == RESULT_OK) {
		struct day due = last_day(decision, voucher);
		title_term_open(decision, input->voucher, TITLE_TERM_KIND_RESERVATION)->due = due;
	}
	return judge_object(decision, result, RECORD_KIND_VOUCHER, input->voucher.raw);
}
