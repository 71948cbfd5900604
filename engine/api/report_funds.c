/* Opening balances and recoveries in the report of balances: see report_funds.h.
 * Key: book, account, fund year, comune, voucher, provider, as in report.c. */
#include "engine/api/report_funds.h"

#include "engine/base/money.h"

#define RECORD_WORDS (READ_RECORD_SIZE_MAX / 8)

static uint32_t or_open(uint32_t id)
{
	return id == 0 ? REPORT_OPEN_DIMENSION : id;
}

static bool wants(uint32_t filter, uint32_t value)
{
	return filter == 0 || filter == value;
}

static void add(struct fold *fold, uint32_t slot, const uint32_t dimensions[4], struct cents amount)
{
	if (cents_is_zero(amount))
		return;
	const uint32_t key[FOLD_KEYS] = {BOOK_FUND,	slot,	       dimensions[0],
					 dimensions[1], dimensions[2], dimensions[3]};
	fold_add_cents(fold, fold_row(fold, key), 0, amount);
}

static void add_row(struct fold *fold, const struct opening_row *row)
{
	uint32_t year = row->fund_year.raw;
	uint32_t comune = or_open(row->comune.raw);
	uint32_t provider = or_open(row->provider.raw);
	const uint32_t of_title[] = {year, comune, or_open(row->voucher.raw), provider};
	const uint32_t of_provider[] = {year, comune, 0, provider};
	const uint32_t of_comune[] = {year, comune, 0, 0};
	add(fold, FUND_REDEEMED, of_title, row->redeemed_cents);
	add(fold, FUND_SETTLED, of_provider, row->settled_cents);
	add(fold, FUND_VAT_PAYABLE, of_comune, row->vat_payable_cents);
	add(fold, FUND_PAID, of_provider, row->paid_cents);
	add(fold, FUND_VAT_PAID, of_comune, row->vat_paid_cents);
}

void report_fold_openings(struct view *view, struct fold *fold)
{
	uint64_t record[RECORD_WORDS];
	uint32_t id = 0;
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_OPENING_ROW, false, &id, record)) {
		const struct opening_row *row = (const struct opening_row *)record;
		if (row->is_posted != 0 && wants(query->fund_year.raw, row->fund_year.raw) &&
		    wants(query->comune.raw, row->comune.raw) &&
		    wants(query->voucher.raw, row->voucher.raw) &&
		    wants(query->provider.raw, row->provider.raw) &&
		    view_may_see(view, RECORD_KIND_OPENING_ROW, id, row))
			add_row(fold, row);
	}
}

/* What a recovery still has to bring. */
static struct cents left_of(const struct recovery *recovery)
{
	struct cents left = cents_zero();
	bool fits = cents_sub(recovery->amount_cents, recovery->recovered_cents, &left) &&
		    cents_sub(left, recovery->written_off_cents, &left);
	return fits ? left : cents_zero();
}

void report_fold_recoveries(struct view *view, struct fold *fold)
{
	uint64_t record[RECORD_WORDS];
	uint32_t id = 0;
	const struct query *query = view->query;
	while (view_next(view, RECORD_KIND_RECOVERY, false, &id, record)) {
		const struct recovery *recovery = (const struct recovery *)record;
		if (!wants(query->fund_year.raw, recovery->fund_year.raw) ||
		    !wants(query->comune.raw, recovery->comune.raw) ||
		    !wants(query->voucher.raw, recovery->voucher.raw) ||
		    !wants(query->provider.raw, recovery->provider.raw) ||
		    !view_may_see(view, RECORD_KIND_RECOVERY, id, recovery))
			continue;
		uint32_t comune = or_open(recovery->comune.raw);
		const uint32_t owed[] = {recovery->fund_year.raw, comune, 0,
					 or_open(recovery->provider.raw)};
		const uint32_t lost[] = {recovery->fund_year.raw, comune, 0, 0};
		add(fold, FUND_RECOVERABLE, owed, left_of(recovery));
		add(fold, FUND_WRITTEN_OFF, lost, recovery->written_off_cents);
	}
}

/* Where a payment of a buono stands; FUND_APPROPRIATION: nowhere, or told by its recovery. */
static enum fund_account_slot slot_of(const struct cash_grant_payment *payment)
{
	switch ((enum cash_grant_payment_state)payment->state) {
	case CASH_GRANT_PAYMENT_STATE_SCHEDULED:
		return FUND_REDEEMED;
	case CASH_GRANT_PAYMENT_STATE_HELD:
		return FUND_DISPUTED;
	case CASH_GRANT_PAYMENT_STATE_APPROVED:
		return FUND_SETTLED;
	case CASH_GRANT_PAYMENT_STATE_PAID:
		return FUND_PAID;
	case CASH_GRANT_PAYMENT_STATE_RECOVERING:
	case CASH_GRANT_PAYMENT_STATE_RECOVERED:
	case CASH_GRANT_PAYMENT_STATE_WRITTEN_OFF:
	case CASH_GRANT_PAYMENT_STATE_CANCELLED:
		break;
	}
	return FUND_APPROPRIATION;
}

void report_fold_cash_grants(struct view *view, struct fold *fold)
{
	uint64_t record[RECORD_WORDS];
	uint32_t id = 0;
	const struct query *query = view->query;
	if (query->provider.raw != 0)
		return;
	while (view_next(view, RECORD_KIND_CASH_GRANT_PAYMENT, false, &id, record)) {
		const struct cash_grant_payment *payment =
		    (const struct cash_grant_payment *)record;
		const struct voucher *voucher =
		    view_find(view, RECORD_KIND_VOUCHER, payment->voucher.raw);
		enum fund_account_slot slot = slot_of(payment);
		if (voucher == NULL || slot == FUND_APPROPRIATION ||
		    !wants(query->fund_year.raw, payment->fund_year.raw) ||
		    !wants(query->comune.raw, voucher->comune.raw) ||
		    !wants(query->voucher.raw, payment->voucher.raw) ||
		    !view_may_see(view, RECORD_KIND_CASH_GRANT_PAYMENT, id, payment))
			continue;
		bool is_of_title = slot == FUND_REDEEMED || slot == FUND_DISPUTED;
		const uint32_t dimensions[] = {payment->fund_year.raw, voucher->comune.raw,
					       is_of_title ? payment->voucher.raw : 0, 0};
		add(fold, slot, dimensions, payment->amount_cents);
	}
}

bool report_is_loading(struct view *view)
{
	uint64_t record[RECORD_WORDS];
	uint32_t id = 0;
	while (view_next(view, RECORD_KIND_FUND_YEAR, false, &id, record)) {
		const struct fund_year *fund_year = (const struct fund_year *)record;
		if (fund_year->is_loading != 0 && wants(view->query->fund_year.raw, id))
			return true;
	}
	return false;
}

bool report_is_residual(uint32_t slot)
{
	return slot == FUND_REDEEMED || slot == FUND_DISPUTED || slot == FUND_SETTLED ||
	       slot == FUND_VAT_PAYABLE || slot == FUND_WITHHELD;
}
