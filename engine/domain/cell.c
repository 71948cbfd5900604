/* Cells: see cell.h. */
#include "engine/domain/cell.h"

#include "engine/domain/accreditation.h"
#include "engine/domain/ceiling.h"
#include "engine/domain/commitment.h"
#include "engine/domain/copay.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"
#include "engine/domain/late.h"
#include "engine/domain/share.h"
#include "engine/domain/residence.h"
#include "engine/domain/statement.h"
#include "engine/domain/visit.h"

/* Fund balances whose part a cell keeps itself; lines of statements keep the others. */
static bool is_kept_by_cell(enum fund_account_slot slot)
{
	return slot == FUND_RESERVED || slot == FUND_COMMITTED || slot == FUND_DISPUTED;
}

static struct cents *part_of_cell(struct cell *cell, enum fund_account_slot slot)
{
	ASSERT(is_kept_by_cell(slot));
	if (slot == FUND_RESERVED)
		return &cell->reserved_cents;
	return slot == FUND_COMMITTED ? &cell->committed_cents : &cell->disputed_cents;
}

static struct posting posting_of(struct effects *effects, const struct cell_act *act)
{
	const struct cell *cell = effects_read_cell(effects, act->cell);
	ASSERT(cell != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	return (struct posting){.fund_year = cell->fund_year,
				.cell = act->cell,
				.comune = residence_comune(effects, voucher, cell->month),
				.voucher = cell->voucher,
				.provider = act->provider,
				.statement = act->statement,
				.kind = (uint8_t)act->kind};
}

/* Money of services that were accepted: what ceilings on the redeemed basis count. */
static bool is_delivered(enum fund_account_slot slot)
{
	return slot == FUND_REDEEMED || slot == FUND_SETTLED || slot == FUND_VAT_PAYABLE ||
	       slot == FUND_WITHHELD || slot == FUND_PAID || slot == FUND_VAT_PAID ||
	       slot == FUND_RECOVERABLE || slot == FUND_WRITTEN_OFF;
}

static void follow_delivery(struct effects *effects, const struct cell_act *act,
			    enum fund_account_slot from, enum fund_account_slot to,
			    struct cents amount)
{
	if (is_delivered(from) == is_delivered(to))
		return;
	if (is_delivered(to))
		ceiling_redeem(effects, act->cell, act->provider, amount);
	else
		ceiling_unredeem(effects, act->cell, act->provider, amount);
}

/* The posting says all but book, accounts and amount. */
static void post_money(struct effects *effects, const struct cell_act *act,
		       struct posting *posting, enum fund_account_slot from,
		       enum fund_account_slot to, struct cents amount)
{
	ASSERT(from != to);
	if (cents_is_zero(amount))
		return;
	posting->book = BOOK_FUND;
	posting->from = (uint8_t)from;
	posting->to = (uint8_t)to;
	posting->amount = amount.raw; /* raw: a posting carries the plain number */
	effects_post(effects, posting);
	follow_delivery(effects, act, from, to, amount);
	if (!is_kept_by_cell(from) && !is_kept_by_cell(to))
		return;
	struct cell *cell = effects_edit_cell(effects, act->cell);
	if (is_kept_by_cell(from))
		cents_decrease(part_of_cell(cell, from), amount);
	if (is_kept_by_cell(to))
		cents_increase(part_of_cell(cell, to), amount);
}

static void post_units(struct effects *effects, const struct cell_act *act,
		       struct posting *posting, enum units_account_slot from,
		       enum units_account_slot to, uint32_t units)
{
	ASSERT(from != to);
	if (units == 0)
		return;
	posting->book = BOOK_UNITS;
	posting->from = (uint8_t)from;
	posting->to = (uint8_t)to;
	posting->amount = (int64_t)units;
	effects_post(effects, posting);
	if (act->kind != POSTING_KIND_HOLD && act->kind != POSTING_KIND_ACCEPT_AFTER_DISPUTE &&
	    act->kind != POSTING_KIND_DISPUTE_REJECTED)
		return;
	struct cell *cell = effects_edit_cell(effects, act->cell);
	if (to == UNITS_BOOKED) {
		cell->disputed_units += units;
	} else if (from == UNITS_BOOKED) {
		ASSERT(cell->disputed_units >= units);
		cell->disputed_units -= units;
	}
	ASSERT(cell->disputed_units <= cell->booked_units);
}

void cell_move_money(struct effects *effects, const struct cell_act *act,
		     enum fund_account_slot from, enum fund_account_slot to, struct cents amount)
{
	if (cents_is_zero(amount))
		return;
	struct posting posting = posting_of(effects, act);
	post_money(effects, act, &posting, from, to, amount);
}

void cell_move_units(struct effects *effects, const struct cell_act *act,
		     enum units_account_slot from, enum units_account_slot to, uint32_t units)
{
	if (units == 0)
		return;
	struct posting posting = posting_of(effects, act);
	post_units(effects, act, &posting, from, to, units);
}

void cell_take(struct effects *effects, const struct cell_act *act, struct cents amount,
	       uint32_t units)
{
	bool is_held = act->kind == POSTING_KIND_HOLD;
	struct posting posting = posting_of(effects, act);
	post_money(effects, act, &posting, FUND_COMMITTED, is_held ? FUND_DISPUTED : FUND_REDEEMED,
		   amount);
	post_units(effects, act, &posting, UNITS_FREE, is_held ? UNITS_BOOKED : UNITS_USED, units);
}

static struct provider_id counted_for(const struct cell_act *act)
{
	return act->performer.raw != 0 ? act->performer : act->provider;
}

static struct ceiling_scope scope_of(struct effects *effects, struct cell_id cell,
				     struct provider_id provider)
{
	struct ceiling_scope scope = ceiling_scope_of_cell(effects, cell);
	scope.provider = provider;
	return scope;
}

static void move_ceilings(struct effects *effects, const struct cell_act *act,
			  enum ceiling_account_slot from, enum ceiling_account_slot to,
			  struct cents amount)
{
	struct ceiling_scope scope = scope_of(effects, act->cell, counted_for(act));
	struct posting posting = posting_of(effects, act);
	struct ceiling_dimensions dimensions = {.fund_year = posting.fund_year,
						.cell = posting.cell,
						.comune = posting.comune,
						.voucher = posting.voucher,
						.provider = posting.provider,
						.statement = posting.statement};
	ceiling_move(effects, &scope, act->kind, from, to, amount, &dimensions);
}

void cell_promise(struct effects *effects, const struct cell_act *act, struct cents amount)
{
	ASSERT(!cents_is_negative(amount));
	if (cents_is_zero(amount))
		return;
	cell_move_money(effects, act, FUND_AVAILABLE, FUND_COMMITTED, amount);
	move_ceilings(effects, act, CEILING_FREE, CEILING_USED, amount);
	struct cell *cell = effects_edit_cell(effects, act->cell);
	cents_increase(&cell->held_cents, amount);
	commitment_draw(effects, cell->commitment, amount);
	if (act->kind != POSTING_KIND_OPENING)
		fund_note_entry(effects, cell->fund_year);
}

void cell_free(struct effects *effects, const struct cell_act *act, enum fund_account_slot from,
	       struct cents amount)
{
	ASSERT(!cents_is_negative(amount));
	if (cents_is_zero(amount))
		return;
	struct cell *cell = effects_edit_cell(effects, act->cell);
	cell_move_money(effects, act, from, fund_freed_slot(effects, cell->fund_year), amount);
	move_ceilings(effects, act, CEILING_USED, CEILING_FREE, amount);
	cents_decrease(&cell->held_cents, amount);
	commitment_release(effects, cell->commitment, amount);
}

void cell_release(struct effects *effects, const struct cell_act *act, struct cents amount)
{
	const struct cell *cell = effects_read_cell(effects, act->cell);
	ASSERT(cell != NULL);
	struct cell_act release = *act;
	if (fund_freed_slot(effects, cell->fund_year) == FUND_LAPSED)
		release.kind = POSTING_KIND_YEAR_END_LAPSE;
	cell_free(effects, &release, FUND_COMMITTED, amount);
}

void cell_reserve(struct effects *effects, const struct cell_act *act, struct cents amount)
{
	ASSERT(!cents_is_negative(amount));
	if (cents_is_zero(amount))
		return;
	cell_move_money(effects, act, FUND_AVAILABLE, FUND_RESERVED, amount);
	move_ceilings(effects, act, CEILING_FREE, CEILING_RESERVED, amount);
	struct cell *cell = effects_edit_cell(effects, act->cell);
	cents_increase(&cell->held_cents, amount);
	fund_note_entry(effects, cell->fund_year);
}

void cell_unreserve(struct effects *effects, const struct cell_act *act, struct cents amount)
{
	ASSERT(!cents_is_negative(amount));
	if (cents_is_zero(amount))
		return;
	struct cell *cell = effects_edit_cell(effects, act->cell);
	cell_move_money(effects, act, FUND_RESERVED, fund_freed_slot(effects, cell->fund_year),
			amount);
	move_ceilings(effects, act, CEILING_RESERVED, CEILING_FREE, amount);
	cents_decrease(&cell->held_cents, amount);
}

void cell_promise_reserved(struct effects *effects, const struct cell_act *act)
{
	const struct cell *cell = effects_read_cell(effects, act->cell);
	ASSERT(cell != NULL);
	struct cents amount = cell->reserved_cents;
	if (cents_is_zero(amount))
		return;
	cell_move_money(effects, act, FUND_RESERVED, FUND_COMMITTED, amount);
	move_ceilings(effects, act, CEILING_RESERVED, CEILING_USED, amount);
	commitment_draw(effects, cell->commitment, amount);
}

/* Ceilings and commitment. */
static enum result check_limits(struct decision *decision, struct cell_id cell_id,
				struct provider_id provider, struct cents amount)
{
	const struct cell *cell = effects_read_cell(decision->effects, cell_id);
	struct ceiling_scope scope = scope_of(decision->effects, cell_id, provider);
	enum result result = ceiling_check(decision, &scope, amount);
	if (result != RESULT_OK)
		return result;
	struct cents balance = commitment_balance(decision->effects, cell->commitment);
	if (cents_less(balance, amount))
		return judge_short(decision, RESULT_COMMITMENT_EXCEEDED, amount, balance);
	return RESULT_OK;
}

enum result cell_check_promise(struct decision *decision, struct cell_id cell_id,
			       struct provider_id provider, struct cents amount)
{
	const struct cell *cell = effects_read_cell(decision->effects, cell_id);
	ASSERT(cell != NULL);
	enum result result = share_check_cap(decision, cell_id, amount);
	if (result == RESULT_OK)
		result = fund_check_available(decision, cell->fund_year, amount);
	return result == RESULT_OK ? check_limits(decision, cell_id, provider, amount) : result;
}

enum result cell_check_rounding(struct decision *decision, struct cell_id cell_id,
				struct provider_id provider, struct cents amount)
{
	const struct cell *cell = effects_read_cell(decision->effects, cell_id);
	ASSERT(cell != NULL);
	enum result result = share_check_cap(decision, cell_id, amount);
	if (result == RESULT_OK)
		result = fund_check_rounding(decision, cell->fund_year, amount);
	return result == RESULT_OK ? check_limits(decision, cell_id, provider, amount) : result;
}

struct price cell_price(struct effects *effects, const struct cell *cell,
			struct provider_id provider_id)
{
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL && cell->line < voucher->line_count);
	struct voucher_line_id line_id = {voucher->first_line.raw + cell->line};
	const struct voucher_line *line = effects_read_voucher_line(effects, line_id);
	ASSERT(line != NULL);
	const struct service *service = effects_read_service(effects, line->service);
	const struct provider *provider = effects_read_provider(effects, provider_id);
	uint16_t vat_bp = provider == NULL ? cell->vat_bp
					   : accreditation_provider_vat(service, provider);
	return price_of_tariff(service, effects_read_tariff(effects, cell->tariff), vat_bp);
}

/* ---- Records of a cell that are in no statement: found through the days of the person ---- */

/* Instants are stored in UTC and months are local: the month is widened by a day on both sides.
 * Units carried over are used in later months. */
void cell_walk_begin(struct cell_walk *walk, struct effects *effects, struct cell_id id,
		     enum redemption_state state)
{
	const struct cell *cell = effects_read_cell(effects, id);
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	int64_t first = (int64_t)month_first_day(cell->month).number - 1;
	int64_t last = (int64_t)month_last_day(cell->month).number + 1;
	if (state != REDEMPTION_STATE_BOOKED && last < (int64_t)voucher->valid_to.number + 2)
		last = (int64_t)voucher->valid_to.number + 2;
	struct instant from = {first * TIME_US_PER_DAY};
	struct instant to = {last * TIME_US_PER_DAY};
	visit_walk_begin(&walk->visits, effects->state, voucher->beneficiary, from, to);
	walk->effects = effects;
	walk->cell = id;
	walk->state = state;
}

struct redemption_id cell_walk_next(struct cell_walk *walk)
{
	struct redemption_id id = visit_walk_next(&walk->visits);
	while (id.raw != 0) {
		const struct redemption *record = effects_read_redemption(walk->effects, id);
		if (record->cell.raw == walk->cell.raw && record->state == walk->state)
			break;
		id = visit_walk_next(&walk->visits);
	}
	return id;
}

static bool has_bookings(const struct cell *cell)
{
	ASSERT(cell->booked_units >= cell->disputed_units);
	return cell->booked_units > cell->disputed_units;
}

uint32_t cell_booking_count(struct effects *effects, struct cell_id id)
{
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL);
	uint32_t count = 0;
	if (!has_bookings(cell))
		return count;
	struct cell_walk walk;
	cell_walk_begin(&walk, effects, id, REDEMPTION_STATE_BOOKED);
	while (cell_walk_next(&walk).raw != 0)
		count++;
	return count;
}

static struct provider_id chosen_provider(struct effects *effects, const struct cell *cell)
{
	const struct voucher *voucher = effects_read_voucher(effects, cell->voucher);
	ASSERT(voucher != NULL);
	return voucher->provider;
}

/* What bookings of earlier providers hold is not the chosen one's. */
static struct cents without_kept(struct effects *effects, struct cell_id id,
				 struct provider_id provider, struct cents spendable)
{
	struct cell_walk walk;
	cell_walk_begin(&walk, effects, id, REDEMPTION_STATE_BOOKED);
	for (struct redemption_id booking_id = cell_walk_next(&walk); booking_id.raw != 0;
	     booking_id = cell_walk_next(&walk)) {
		const struct redemption *booking = effects_read_redemption(effects, booking_id);
		if (booking->provider.raw != provider.raw)
			cents_decrease(&spendable, booking->gross_cents);
	}
	return spendable;
}

struct cents cell_spendable(struct effects *effects, struct cell_id id, struct provider_id provider)
{
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL);
	if (provider.raw != chosen_provider(effects, cell).raw)
		return cents_zero();
	if (cell->kept == 0)
		return cell->committed_cents;
	return without_kept(effects, id, provider, cell->committed_cents);
}

/* What the provider's records in this state hold: disputed money, or that of kept bookings. */
static struct cents sum_of_records(struct effects *effects, struct cell_id id,
				   struct provider_id provider, enum redemption_state state)
{
	struct cents sum = cents_zero();
	struct cell_walk walk;
	cell_walk_begin(&walk, effects, id, state);
	for (struct redemption_id record_id = cell_walk_next(&walk); record_id.raw != 0;
	     record_id = cell_walk_next(&walk)) {
		const struct redemption *record = effects_read_redemption(effects, record_id);
		if (record->provider.raw == provider.raw)
			cents_increase(&sum, record->gross_cents);
	}
	return sum;
}

struct cents cell_counted_for(struct effects *effects, struct cell_id id,
			      struct provider_id provider)
{
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL && provider.raw != 0);
	struct cents sum = cell_spendable(effects, id, provider);
	if (cell->kept != 0 && provider.raw != chosen_provider(effects, cell).raw)
		cents_increase(&sum, sum_of_records(effects, id, provider,
						    REDEMPTION_STATE_BOOKED));
	if (!cents_is_zero(cell->disputed_cents))
		cents_increase(&sum, sum_of_records(effects, id, provider,
						    REDEMPTION_STATE_DISPUTED));
	struct statement_line_id line_id = cell->statement_line;
	while (line_id.raw != 0) {
		const struct statement_line *line = effects_read_statement_line(effects, line_id);
		ASSERT(line != NULL);
		if (statement_provider(effects, line).raw == provider.raw)
			cents_increase(&sum, line->gross_cents);
		line_id = line->previous_of_cell;
	}
	return sum;
}

void cell_return(struct decision *decision, const struct cell_act *act, uint32_t units,
		 struct cents amount)
{
	struct effects *effects = decision->effects;
	const struct cell *cell = effects_read_cell(effects, act->cell);
	ASSERT(cell != NULL && cell->free_units >= units);
	struct provider_id chosen = chosen_provider(effects, cell);
	if (cell->released == 0 && chosen.raw == act->provider.raw)
		return;
	struct cell_act release = *act;
	release.kind = POSTING_KIND_RELEASE;
	cell_release(effects, &release, amount);
	struct price price = cell_price(effects, cell, (struct provider_id){0});
	struct worth worth;
	if (cell->released == 0 && price_units(&price, units, &worth)) {
		worth.gross = copay_promised(effects, act->cell, units, worth.gross);
		if (cell->share > 0 || share_promise(decision, act->cell, chosen, worth.gross))
			return; /* units, and the money for them, are share 0's affair */
	}
	cell_move_units(effects, &release, UNITS_FREE, UNITS_EXPIRED, units);
}

struct cents cell_cancel_booking(struct effects *effects, struct redemption_id id)
{
	struct redemption *booking = effects_edit_redemption(effects, id);
	ASSERT(booking->state == REDEMPTION_STATE_BOOKED);
	const struct cell *cell = effects_read_cell(effects, booking->cell);
	ASSERT(cell != NULL);
	struct cell_act act = {.cell = booking->cell,
			       .provider = booking->provider,
			       .kind = POSTING_KIND_BOOK};
	cell_move_units(effects, &act, UNITS_BOOKED, UNITS_FREE, booking->units);
	booking->state = REDEMPTION_STATE_CANCELLED;
	if (booking->provider.raw == chosen_provider(effects, cell).raw)
		return cents_zero();
	ASSERT(cell->kept != 0);
	return booking->gross_cents;
}

/* Ends or keeps the bookings of a cell at a change of provider; sums what the kept ones hold. */
static struct cents sort_bookings(struct decision *decision, struct cell_id id)
{
	struct effects *effects = decision->effects;
	struct cell *cell = effects_edit_cell(effects, id);
	struct provider_id present = chosen_provider(effects, cell);
	struct cents kept = cents_zero();
	struct cell_walk walk;
	cell_walk_begin(&walk, effects, id, REDEMPTION_STATE_BOOKED);
	for (struct redemption_id booking_id = cell_walk_next(&walk); booking_id.raw != 0;
	     booking_id = cell_walk_next(&walk)) {
		struct redemption *booking = effects_edit_redemption(effects, booking_id);
		if (booking->provider.raw == present.raw &&
		    !instant_less(booking->start, decision->now)) {
			(void)cell_cancel_booking(effects, booking_id);
			continue;
		}
		struct cents room = cell->committed_cents;
		cents_decrease(&room, kept);
		booking->gross_cents = cents_min(booking->gross_cents, room);
		cents_increase(&kept, booking->gross_cents);
		cell->kept = 1;
	}
	return kept;
}

bool cell_plan_change(struct decision *decision, struct cell_id id, struct provider_id chosen,
		      struct cell_change *ret_change)
{
	struct effects *effects = decision->effects;
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL && cell->released == 0);
	ASSERT(chosen.raw != 0);
	struct cell_change change = {.cell = id, .moved = cell->committed_cents};
	if (has_bookings(cell)) {
		cents_decrease(&change.moved, sort_bookings(decision, id));
		cell = effects_read_cell(effects, id);
	}
	struct price present = cell_price(effects, cell, (struct provider_id){0});
	struct price future = cell_price(effects, cell, chosen);
	struct worth before;
	struct worth after;
	if (!price_units(&present, cell->free_units, &before) ||
	    !price_units(&future, cell->free_units, &after))
		return false;
	before.gross = copay_promised(effects, id, cell->free_units, before.gross);
	after.gross = copay_promised(effects, id, cell->free_units, after.gross);
	if (!cents_sub(after.gross, before.gross, &change.increase))
		change.increase = cents_zero();
	if (!cents_sub(before.gross, after.gross, &change.decrease))
		change.decrease = cents_zero();
	if (effects_read_voucher(effects, cell->voucher)->share_count == 0)
		change.decrease = cents_min(change.decrease, change.moved);
	change.vat_bp = future.vat_bp;
	*ret_change = change;
	return true;
}

struct cents cell_change_result(const struct cell_change *change)
{
	struct cents result = change->moved;
	cents_increase(&result, change->increase);
	cents_decrease(&result, change->decrease);
	return result;
}

void cell_carry_out_change(struct effects *effects, const struct cell_change *change,
			   struct provider_id chosen)
{
	struct cell *cell = effects_edit_cell(effects, change->cell);
	struct cell_act act = {.cell = change->cell, .kind = POSTING_KIND_RELEASE};
	struct ceiling_scope before = ceiling_scope_of_cell(effects, change->cell);
	ceiling_move_provider(effects, &before, POSTING_KIND_RELEASE, CEILING_USED, CEILING_FREE,
			      change->moved, NULL);
	cell_release(effects, &act, change->decrease);
	act.kind = POSTING_KIND_COMMIT;
	cell_promise(effects, &act, change->increase);
	struct ceiling_scope after = scope_of(effects, change->cell, chosen);
	ceiling_move_provider(effects, &after, POSTING_KIND_COMMIT, CEILING_FREE, CEILING_USED,
			      cell_change_result(change), NULL);
	cell->vat_bp = change->vat_bp;
}

enum result cell_check_hand_over(struct decision *decision, struct cell_id id,
				 struct provider_id performer, struct cents amount)
{
	struct ceiling_scope scope = scope_of(decision->effects, id, performer);
	return ceiling_check_provider(decision, &scope, amount);
}

void cell_hand_over(struct effects *effects, struct cell_id id, struct provider_id performer,
		    struct cents amount)
{
	struct ceiling_scope chosen = ceiling_scope_of_cell(effects, id);
	ceiling_move_provider(effects, &chosen, POSTING_KIND_RELEASE, CEILING_USED, CEILING_FREE,
			      amount, NULL);
	struct ceiling_scope scope = scope_of(effects, id, performer);
	ceiling_move_provider(effects, &scope, POSTING_KIND_COMMIT, CEILING_FREE, CEILING_USED,
			      amount, NULL);
}

void cell_end_bookings(struct effects *effects, struct cell_id id, enum posting_kind kind)
{
	const struct cell *cell = effects_read_cell(effects, id);
	ASSERT(cell != NULL);
	if (!has_bookings(cell))
		return;
	struct cell_walk walk;
	cell_walk_begin(&walk, effects, id, REDEMPTION_STATE_BOOKED);
	for (struct redemption_id booking = cell_walk_next(&walk); booking.raw != 0;
	     booking = cell_walk_next(&walk)) {
		struct cell_act act = {.cell = id,
				       .provider =
					   effects_read_redemption(effects, booking)->provider,
				       .kind = kind};
		struct cents held = cell_cancel_booking(effects, booking);
		cell_release(effects, &act, held);
	}
	effects_edit_cell(effects, id)->kept = 0;
}

void cell_expire(struct effects *effects, struct cell_id id, enum posting_kind kind)
{
	const struct cell *present = effects_read_cell(effects, id);
	ASSERT(present != NULL && present->released == 0);
	struct cell *cell = effects_edit_cell(effects, id);
	struct cell_act act = {.cell = id,
			       .provider = chosen_provider(effects, cell),
			       .kind = kind};
	cell_end_bookings(effects, id, kind);
	late_end(effects, id);
	cell_release(effects, &act, cell->committed_cents);
	cell_move_units(effects, &act, UNITS_FREE, UNITS_EXPIRED, cell->free_units);
	cell->released = 1;
	cell->kept = 0;
	ASSERT(!has_bookings(cell) && cell->free_units == 0);
	ASSERT(cents_is_zero(cell->committed_cents));
}
