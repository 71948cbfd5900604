/* The only writer of the state: see apply.h. */
#include "engine/domain/apply.h"

#include "engine/base/assert.h"
#include "engine/domain/copay_scheme.h"
#include "engine/domain/export.h"
#include "engine/domain/invoice.h"
#include "engine/domain/isee.h"
#include "engine/domain/recovery.h"
#include "engine/domain/parameter.h"
#include "engine/domain/receivable.h"

#include <string.h>

/* ---- What is derived: entered with a new record, taken out again when that is undone ---- */

static void enter(struct state *state, struct index *index, uint64_t hash, uint32_t id)
{
	if (!state->is_undoing) {
		index_insert(index, hash, id);
		return;
	}
	bool removed = index_remove(index, hash, id);
	ASSERT(removed);
}

/* Undone latest first, a record is still at the head of its list. */
static void list(struct state *state, struct calendar *calendar, int64_t slot, uint32_t id)
{
	if (slot < 0 || slot >= (int64_t)calendar->slots)
		return;
	ASSERT(id != 0 && id <= calendar->capacity);
	if (state->is_undoing) {
		ASSERT(calendar->heads[slot] == id);
		calendar->heads[slot] = calendar->nexts[id - 1];
		return;
	}
	calendar->nexts[id - 1] = calendar->heads[slot];
	calendar->heads[slot] = id;
}

static int64_t slot_of_day(struct day day)
{
	struct day first = month_first_day((struct month){CALENDAR_FIRST_YEAR * 12});
	return (int64_t)day.number - first.number;
}

static void insert_receipt(struct state *state, uint32_t id, const struct receipt *receipt)
{
	enter(state, &state->receipts_by_key, state_receipt_key(receipt->key_hash), id);
}

static void insert_redemption(struct state *state, uint32_t id, const struct redemption *record)
{
	if (record->operator != 0)
		enter(state, &state->redemptions_by_operator,
			     state_visit_key(record->operator, record->start, 0), id);
	enter(state, &state->redemptions_by_beneficiary,
		     state_visit_key(record->beneficiary.raw, record->start, 0), id);
}

static void insert_dated(struct state *state, enum record_kind kind, uint32_t id,
			 const void *record)
{
	if (kind == RECORD_KIND_VOUCHER) {
		const struct voucher *voucher = record;
		list(state, &state->vouchers_by_expiry, slot_of_day(voucher->valid_to), id);
		enter(state, &state->vouchers_by_beneficiary,
			     hash64_of_u64(voucher->beneficiary.raw, kind), id);
	} else if (kind == RECORD_KIND_VOUCHER_DEADLINE) {
		const struct voucher_deadline *deadline = record;
		list(state, &state->deadlines_by_day, slot_of_day(deadline->day), id);
	} else {
		const struct cell *cell = record;
		ASSERT(kind == RECORD_KIND_CELL);
		list(state, &state->cells_by_month,
				(int64_t)cell->month.number - CALENDAR_FIRST_YEAR * 12, id);
	}
}

static int64_t calendar_slot(struct day day)
{
	struct day first = month_first_day((struct month){CALENDAR_FIRST_YEAR * 12});
	return day.number == 0 ? -1 : (int64_t)day.number - first.number;
}

static void insert_ceiling(struct state *state, uint32_t id, const struct ceiling *ceiling)
{
	uint32_t shape = state_ceiling_shape(ceiling);
	enter(state, &state->ceilings_by_place, state_ceiling_key(ceiling, shape), id);
	state->ceiling_shapes[shape / 64] |= UINT64_C(1) << shape % 64;
	state->has_redeemed_basis |= ceiling->basis == CEILING_BASIS_REDEEMED_GROSS;
	state->has_net_basis |= ceiling->basis == CEILING_BASIS_COMMITMENT_NET_OF_COPAY;
	list(state, &state->ceilings_by_expiry, calendar_slot(ceiling->valid_to), id);
}

/* Records that stand in an index only while they are open: out under what they were, in under what
 * they are. `before` is NULL for a new one, `after` for one that is undone. */
static void reindex_term(struct state *state, uint32_t id, const struct title_term *before,
			 const struct title_term *after)
{
	bool was_open = before != NULL && before->open != 0;
	bool removed = true;
	if (was_open)
		removed = index_remove(&state->terms_by_voucher,
				       state_term_key(before->voucher,
						      (enum title_term_kind)before->kind),
				       id);
	if (was_open && before->kind == TITLE_TERM_KIND_WAITING)
		removed &= index_remove(&state->terms_by_blocker,
					state_blocker_key(before->ceiling, before->fund_year), id);
	ASSERT(removed);
	if (after == NULL || after->open == 0)
		return;
	index_insert(&state->terms_by_voucher,
		     state_term_key(after->voucher, (enum title_term_kind)after->kind), id);
	if (after->kind == TITLE_TERM_KIND_WAITING)
		index_insert(&state->terms_by_blocker,
			     state_blocker_key(after->ceiling, after->fund_year), id);
}

static void reindex_override(struct state *state, uint32_t id,
			     const struct ceiling_override *before,
			     const struct ceiling_override *after)
{
	uint32_t ceiling = after != NULL ? after->ceiling.raw : before->ceiling.raw;
	uint64_t key = hash64_of_u64(ceiling, RECORD_KIND_CEILING_OVERRIDE);
	bool was_open = before != NULL && before->open != 0;
	bool is_open = after != NULL && after->open != 0;
	if (was_open && !is_open) {
		bool removed = index_remove(&state->overrides_by_ceiling, key, id);
		ASSERT(removed);
	} else if (!was_open && is_open) {
		index_insert(&state->overrides_by_ceiling, key, id);
	}
}

/* The SdI's identifier may come after the invoice. A new or undone one is in no index to leave. */
static void reindex_invoice(struct state *state, uint32_t id, const struct invoice *before,
			    const struct invoice *after)
{
	if (before == NULL || after == NULL)
		return;
	uint64_t old = invoice_sdi_key(before);
	uint64_t key = invoice_sdi_key(after);
	if (old == key)
		return;
	bool removed = index_remove(&state->invoices_by_sdi_id, old, id);
	ASSERT(removed);
	index_insert(&state->invoices_by_sdi_id, key, id);
}

/* A visit that runs into the next UTC day stands there too. Its minutes may still change, its
 * start, person and worker do not. */
static void reindex_redemption(struct state *state, uint32_t id, const struct redemption *before,
			       const struct redemption *after)
{
	const struct redemption *record = after != NULL ? after : before;
	bool was_night = before != NULL && state_visit_is_night(before->start, before->minutes);
	bool is_night = after != NULL && state_visit_is_night(after->start, after->minutes);
	if (was_night == is_night)
		return;
	uint64_t person = state_visit_key(record->beneficiary.raw, record->start, 1);
	uint64_t operator = state_visit_key(record->operator, record->start, 1);
	bool removed = true;
	if (is_night)
		index_insert(&state->nights_by_beneficiary, person, id);
	else
		removed = index_remove(&state->nights_by_beneficiary, person, id);
	if (record->operator != 0 && is_night)
		index_insert(&state->nights_by_operator, operator, id);
	else if (record->operator != 0)
		removed &= index_remove(&state->nights_by_operator, operator, id);
	ASSERT(removed);
}

static void reindex(struct state *state, enum record_kind kind, uint32_t id, const void *before,
		    const void *after)
{
	if (kind == RECORD_KIND_REDEMPTION)
		reindex_redemption(state, id, before, after);
	else if (kind == RECORD_KIND_TITLE_TERM)
		reindex_term(state, id, before, after);
	else if (kind == RECORD_KIND_CEILING_OVERRIDE)
		reindex_override(state, id, before, after);
	else if (kind == RECORD_KIND_INVOICE)
		reindex_invoice(state, id, before, after);
}

/* What concerns ceilings, waits and delegations; true: it was one of these. */
static bool insert_ceiling_kinds(struct state *state, enum record_kind kind, uint32_t id,
				 const void *record)
{
	if (kind == RECORD_KIND_CEILING) {
		insert_ceiling(state, id, record);
	} else if (kind == RECORD_KIND_TITLE_TERM) {
		const struct title_term *term = record;
		list(state, &state->terms_by_due, calendar_slot(term->due), id);
	} else if (kind == RECORD_KIND_CEILING_OVERRIDE) {
		const struct ceiling_override *given = record;
		list(state, &state->overrides_by_expiry, calendar_slot(given->expires_on), id);
	} else if (kind == RECORD_KIND_COUNTED_CELL) {
		const struct counted_cell *counted = record;
		enter(state, &state->counted_by_cell, hash64_of_u64(counted->cell.raw, kind), id);
	} else if (kind == RECORD_KIND_DELEGATION) {
		const struct delegation *delegation = record;
		enter(state, &state->delegations_by_comune,
			     hash64_of_u64(delegation->comune.raw, kind), id);
	} else {
		return false;
	}
	return true;
}

static void insert_keyed(struct state *state, enum record_kind kind, uint32_t id,
			 const void *record)
{
	if (kind == RECORD_KIND_FUND_YEAR) {
		const struct fund_year *fund_year = record;
		enter(state, &state->fund_years_by_key,
			     hash64_of_u64((uint64_t)fund_year->fund.raw << 16 | fund_year->year,
					   kind),
			     id);
	} else if (kind == RECORD_KIND_STATEMENT) {
		const struct statement *statement = record;
		list(state, &state->statements_by_month,
		     (int64_t)statement->month.number - CALENDAR_FIRST_YEAR * 12, id);
		enter(state, &state->statements_by_key,
			     state_statement_key(statement->provider, statement->accreditation,
						 statement->month, statement->vat_bp),
			     id);
	} else if (kind == RECORD_KIND_INVOICE) {
		const struct invoice *invoice = record;
		enter(state, &state->invoices_by_number, invoice_number_key(invoice), id);
		enter(state, &state->invoices_by_sdi_id, invoice_sdi_key(invoice), id);
	} else if (kind == RECORD_KIND_TARIFF) {
		const struct tariff *tariff = record;
		enter(state, &state->tariffs_by_service, hash64_of_u64(tariff->service.raw, kind),
			     id);
	} else if (kind == RECORD_KIND_ACCREDITATION) {
		const struct accreditation *accreditation = record;
		enter(state, &state->accreditations_by_provider,
			     hash64_of_u64(accreditation->provider.raw, kind), id);
	} else if (kind == RECORD_KIND_PARAMETER) {
		const struct parameter *parameter = record;
		state->parameters_set[parameter->name / 64] |= UINT64_C(1) << parameter->name % 64;
		enter(state, &state->parameters_by_name,
			     parameter_key(parameter->name, parameter->ambito), id);
	} else if (kind == RECORD_KIND_OPENING_ROW) {
		const struct opening_row *row = record;
		if (row->voucher.raw != 0)
			enter(state, &state->opening_rows_by_voucher,
				     hash64_of_u64(row->voucher.raw, kind), id);
	} else if (kind == RECORD_KIND_VISIT_DETAIL) {
		const struct visit_detail *detail = record;
		enter(state, &state->details_by_redemption,
			     hash64_of_u64(detail->redemption.raw, kind), id);
	} else if (kind == RECORD_KIND_VOUCHER_CHANGE) {
		const struct voucher_change *change = record;
		enter(state, &state->changes_by_beneficiary,
			     hash64_of_u64(change->beneficiary.raw, kind), id);
	} else if (kind == RECORD_KIND_SUPPLEMENT) {
		const struct supplement *supplement = record;
		enter(state, &state->supplements_by_service,
			     hash64_of_u64(supplement->service.raw, kind), id);
	} else if (kind == RECORD_KIND_EVENT) {
		const struct event *event = record;
		if (event->voucher.raw != 0)
			enter(state, &state->events_by_voucher,
				     hash64_of_u64(event->voucher.raw, kind), id);
	}
}

/* ISEE, adoptions of co-pay schemes, bills. */
static void insert_copay(struct state *state, enum record_kind kind, uint32_t id,
			 const void *record)
{
	if (kind == RECORD_KIND_ISEE) {
		const struct isee *isee = record;
		enter(state, &state->isee_by_beneficiary, isee_key(isee->beneficiary), id);
	} else if (kind == RECORD_KIND_COPAY_ADOPTION) {
		const struct copay_adoption *adoption = record;
		enter(state, &state->copay_adoptions_by_place,
			     copay_scheme_key(adoption->ambito, adoption->comune), id);
	} else if (kind == RECORD_KIND_RECEIVABLE) {
		const struct receivable *bill = record;
		struct day first = month_first_day((struct month){CALENDAR_FIRST_YEAR * 12});
		enter(state, &state->receivables_by_title,
			     receivable_key(bill->voucher, bill->month), id);
		list(state, &state->receivables_by_due,
				(int64_t)bill->due_on.number - first.number, id);
	}
}

/* Deliveries, by what makes them the same. */
static void insert_delivery(struct state *state, uint32_t id, const struct delivery *delivery)
{
	enter(state, &state->deliveries_by_file,
	      state_delivery_file_key(delivery->destination, delivery->file_hash), id);
	enter(state, &state->deliveries_by_name,
	      state_delivery_name_key(delivery->destination, delivery->file_name), id);
	if (delivery->export.raw != 0)
		enter(state, &state->deliveries_by_export,
		      hash64_of_u64(delivery->export.raw, RECORD_KIND_DELIVERY), id);
}

/* Payments of buoni: the month's list, and those of one cell. */
static void insert_payment(struct state *state, uint32_t id,
			   const struct cash_grant_payment *payment)
{
	enter(state, &state->payments_by_cell,
	      hash64_of_u64(payment->cell.raw, RECORD_KIND_CASH_GRANT_PAYMENT), id);
	list(state, &state->payments_by_month,
	     (int64_t)payment->month.number - CALENDAR_FIRST_YEAR * 12, id);
}

/* Exports by who pays and month, their items by what they pay. */
static void insert_export(struct state *state, enum record_kind kind, uint32_t id,
			  const void *record)
{
	if (kind == RECORD_KIND_EXPORT) {
		const struct export *export = record;
		enter(state, &state->exports_by_body,
		      export_key(export->paying_body, export->month), id);
		return;
	}
	const struct export_item *item = record;
	struct export_object object = {item->statement, item->cash_grant_payment};
	enter(state, &state->export_items_by_object, export_item_key(object), id);
}

/* Imported files and their lines. */
static void insert_outcome(struct state *state, enum record_kind kind, uint32_t id,
			   const void *record)
{
	if (kind == RECORD_KIND_FILE_IN) {
		const struct file_in *file = record;
		enter(state, &state->files_in_by_hash,
		      hash64(file->content_hash, sizeof(file->content_hash), kind), id);
		return;
	}
	const struct payment_outcome *outcome = record;
	enter(state, &state->outcomes_by_line,
	      state_outcome_line_key(outcome->file_in, outcome->line), id);
	if (outcome->end_to_end[0] != '\0')
		enter(state, &state->outcomes_by_reference,
		      state_outcome_reference_key(outcome->end_to_end), id);
}

/* Enters a record that was not there before into what is derived from its kind. The two of every
 * service come first. */
static void insert_derived(struct state *state, enum record_kind kind, uint32_t id,
			   const void *record)
{
	if (kind == RECORD_KIND_RECEIPT)
		insert_receipt(state, id, record);
	else if (kind == RECORD_KIND_REDEMPTION)
		insert_redemption(state, id, record);
	else if (kind == RECORD_KIND_VOUCHER || kind == RECORD_KIND_CELL ||
		 kind == RECORD_KIND_VOUCHER_DEADLINE)
		insert_dated(state, kind, id, record);
	else if (kind == RECORD_KIND_CASH_GRANT_PAYMENT)
		insert_payment(state, id, record);
	else if (kind == RECORD_KIND_DELIVERY)
		insert_delivery(state, id, record);
	else if (kind == RECORD_KIND_EXPORT || kind == RECORD_KIND_EXPORT_ITEM)
		insert_export(state, kind, id, record);
	else if (kind == RECORD_KIND_FILE_IN || kind == RECORD_KIND_PAYMENT_OUTCOME)
		insert_outcome(state, kind, id, record);
	else if (kind == RECORD_KIND_ISEE || kind == RECORD_KIND_COPAY_ADOPTION ||
		 kind == RECORD_KIND_RECEIVABLE)
		insert_copay(state, kind, id, record);
	else if (!insert_ceiling_kinds(state, kind, id, record))
		insert_keyed(state, kind, id, record);
}

static void apply_zone_row(struct state *state, uint32_t id, const struct zone_row *row)
{
	struct zone_transition *transition = &state->zone.transitions[id - 1];
	transition->at_us = id == 1 ? INT64_MIN : row->at.us;
	transition->offset_s = (int32_t)row->offset_s_plus_day - TIME_SECONDS_PER_DAY;
	if (state->zone.count < id)
		state->zone.count = id;
}

static bool apply_sparse(struct state *state, enum record_kind kind, uint32_t id,
			 const void *record)
{
	struct table *table = &state->tables[kind];
	if (table->count < id)
		table->count = id;
	void *place = table->base + (size_t)(id - 1) * table->record_size;
	if (kind == RECORD_KIND_VOUCHER_SECRET) {
		const struct voucher_secret *before = place;
		const struct voucher_secret *after = record;
		if (state->is_undoing && before->code_hash != 0 &&
		    before->code_hash != after->code_hash)
			enter(state, &state->vouchers_by_code,
			      hash64_of_u64(before->code_hash, kind), id);
		else if (before->code_hash == 0 && after->code_hash != 0)
			enter(state, &state->vouchers_by_code,
				     hash64_of_u64(after->code_hash, kind), id);
	}
	memcpy(place, record, table->record_size);
	return true;
}

/* What writing a record of a kind asks for beyond keeping it. */
enum kind_trait {
	TRAIT_FOLLOWED = 1, /* something is derived from what it becomes, not only from its birth */
	TRAIT_IN_BOOKS = 2, /* it belongs to books that must balance */
};

static const uint8_t traits[RECORD_KIND_MAX + 1] = {
    [RECORD_KIND_REDEMPTION] = TRAIT_FOLLOWED,
    [RECORD_KIND_TITLE_TERM] = TRAIT_FOLLOWED,
    [RECORD_KIND_CEILING_OVERRIDE] = TRAIT_FOLLOWED,
    [RECORD_KIND_INVOICE] = TRAIT_FOLLOWED,
    [RECORD_KIND_VOUCHER_SECRET] = TRAIT_FOLLOWED,
    [RECORD_KIND_ZONE_ROW] = TRAIT_FOLLOWED,
    [RECORD_KIND_FUND_ACCOUNT] = TRAIT_IN_BOOKS,
    [RECORD_KIND_CEILING_ACCOUNT] = TRAIT_IN_BOOKS,
    [RECORD_KIND_CELL] = TRAIT_IN_BOOKS,
    [RECORD_KIND_RECEIVABLE] = TRAIT_IN_BOOKS,
};

static bool apply_with_derived(struct state *state, enum record_kind kind, uint32_t id,
			       const void *record)
{
	struct table *table = &state->tables[kind];
	if (record_kind_is_sparse(kind))
		return apply_sparse(state, kind, id, record);
	if (id > table->count + 1)
		return false;
	bool created = id == table->count + 1;
	if (kind == RECORD_KIND_ZONE_ROW && id > ZONE_TRANSITIONS_MAX)
		return false;
	void *place = table->base + (size_t)(id - 1) * table->record_size;
	if (created)
		table->count = id;
	reindex(state, kind, id, created ? NULL : place, record);
	memcpy(place, record, table->record_size);
	if (created)
		insert_derived(state, kind, id, record);
	if (kind == RECORD_KIND_ZONE_ROW)
		apply_zone_row(state, id, record);
	return true;
}

static inline bool write_record(struct state *state, uint32_t kind, uint32_t id, const void *record)
{
	ASSERT(kind >= 1 && kind <= RECORD_KIND_MAX);
	struct table *table = &state->tables[kind];
	if (id == 0 || id > table->capacity)
		return false;
	if (id > table->count || (traits[kind] & TRAIT_FOLLOWED) != 0)
		return apply_with_derived(state, (enum record_kind)kind, id, record);
	memcpy(table->base + (size_t)(id - 1) * table->record_size, record, table->record_size);
	return true;
}

bool apply_record(struct state *state, enum record_kind kind, uint32_t id, const void *record)
{
	ASSERT(state != NULL && record != NULL);
	return write_record(state, (uint32_t)kind, id, record);
}

void apply_undo_record(struct state *state, enum record_kind kind, uint32_t id,
		       const void *before)
{
	ASSERT(state != NULL && kind != RECORD_KIND_ZONE_ROW);
	struct table *table = &state->tables[kind];
	state->is_undoing = true;
	if (before != NULL) {
		bool applied = apply_record(state, kind, id, before);
		ASSERT(applied);
	} else {
		ASSERT(id == table->count);
		reindex(state, kind, id, table_at(table, id), NULL);
		insert_derived(state, kind, id, table_at(table, id));
		memset(table_at(table, id), 0, table->record_size);
		table->count = id - 1;
	}
	state->is_undoing = false;
}

static_assert(sizeof(struct fund_account) == sizeof(struct cents), "slots are an array of cents");

/* F100 = F110 + F120 + F140 + … + F195; F105 is a memo outside the identity. Slots beyond the
 * table's count were never written: zero-filled. */
static bool fund_year_balances(const struct state *state, struct fund_year_id id)
{
	const struct table *table = &state->tables[RECORD_KIND_FUND_ACCOUNT];
	uint32_t first = fund_account_slot_id(id, FUND_APPROPRIATION).raw;
	ASSERT(first + FUND_WRITTEN_OFF <= table->capacity);
	const struct cents *balances = (const struct cents *)(const void *)table->base + first - 1;
	struct cents sum;
	return cents_sum(balances + FUND_AVAILABLE, FUND_WRITTEN_OFF - FUND_AVAILABLE + 1, &sum) &&
	       cents_equal(sum, balances[FUND_APPROPRIATION]);
}

/* C100 = C120 + C130 + C140 + C150. */
static bool ceiling_balances(const struct state *state, struct ceiling_id id)
{
	struct cents sum = cents_zero();
	for (uint32_t slot = CEILING_FREE; slot <= CEILING_OVERRIDE; slot++) {
		struct cents balance =
		    state_ceiling_balance(state, id, (enum ceiling_account_slot)slot);
		if (!cents_add(sum, balance, &sum))
			return false;
	}
	return cents_equal(sum, state_ceiling_balance(state, id, CEILING_GRANTED));
}

static bool cell_balances(const struct cell *cell)
{
	uint64_t units = (uint64_t)cell->free_units + cell->booked_units + cell->used_units +
			 cell->expired_units;
	struct cents open = cents_zero();
	if (!cents_add(cell->reserved_cents, cell->committed_cents, &open) ||
	    !cents_add(open, cell->disputed_cents, &open))
		return false;
	return units == cell->granted_units && !cents_less(cell->held_cents, open);
}

/* The books that one written record belongs to. */
static bool write_balances(const struct state *state, const struct effect_write *write)
{
	if (write->kind == RECORD_KIND_FUND_ACCOUNT)
		return fund_year_balances(state,
					  (struct fund_year_id){write->id / FUND_ACCOUNT_SLOTS});
	if (write->kind == RECORD_KIND_CEILING_ACCOUNT)
		return ceiling_balances(state,
					(struct ceiling_id){write->id / CEILING_ACCOUNT_SLOTS});
	if (write->kind == RECORD_KIND_CELL)
		return cell_balances(write->record);
	if (write->kind == RECORD_KIND_RECEIVABLE)
		return receivable_balances(write->record);
	return true;
}

static bool is_of_same_books(const struct effect_write *write, const struct effect_write *before)
{
	if (write->kind != before->kind)
		return false;
	if (write->kind == RECORD_KIND_FUND_ACCOUNT)
		return write->id / FUND_ACCOUNT_SLOTS == before->id / FUND_ACCOUNT_SLOTS;
	return write->kind == RECORD_KIND_CEILING_ACCOUNT &&
	       write->id / CEILING_ACCOUNT_SLOTS == before->id / CEILING_ACCOUNT_SLOTS;
}

void apply_effects(struct state *state, const struct effects *effects)
{
	ASSERT(effects->state == state);
	ASSERT(effects_result(effects) == RESULT_OK);
	for (uint32_t i = 0; i < effects->write_count; i++) {
		const struct effect_write *write = &effects->writes[i];
		bool applied = write_record(state, write->kind, write->id, write->record);
		ASSERT(applied);
	}
	for (uint32_t i = 0; i < effects->write_count; i++) {
		const struct effect_write *write = &effects->writes[i];
		if ((traits[write->kind] & TRAIT_IN_BOOKS) == 0)
			continue;

		/* Accounts of one fund year or ceiling mostly lie together: their books are one. */
		if (i == 0 || !is_of_same_books(write, &effects->writes[i - 1]))
			ASSERT(write_balances(state, write));
	}
}

static bool fault(struct invariant_fault *ret_fault, enum record_kind kind, uint32_t id,
		  const char *rule)
{
	*ret_fault = (struct invariant_fault){.kind = kind, .id = id, .rule = rule};
	return false;
}

/* Cells of one fund year against its balances: one pass per account, cells are the outer walk. */
static bool check_fund_year_cells(const struct state *state, struct fund_year_id id,
				  struct invariant_fault *ret_fault)
{
	struct cents reserved = cents_zero();
	struct cents committed = cents_zero();
	struct cents disputed = cents_zero();
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_CELL); i++) {
		const struct cell *cell = state_cell(state, (struct cell_id){i});
		if (cell->fund_year.raw != id.raw)
			continue;
		if (!cents_add(reserved, cell->reserved_cents, &reserved) ||
		    !cents_add(committed, cell->committed_cents, &committed) ||
		    !cents_add(disputed, cell->disputed_cents, &disputed))
			return fault(ret_fault, RECORD_KIND_CELL, i, "sums fit in 64 bits");
	}
	if (!cents_equal(reserved, state_fund_balance(state, id, FUND_RESERVED)))
		return fault(ret_fault, RECORD_KIND_FUND_YEAR, id.raw, "F120 = sum of cells");
	if (!cents_equal(committed, state_fund_balance(state, id, FUND_COMMITTED)))
		return fault(ret_fault, RECORD_KIND_FUND_YEAR, id.raw, "F140 = sum of cells");
	if (!cents_equal(disputed, state_fund_balance(state, id, FUND_DISPUTED)))
		return fault(ret_fault, RECORD_KIND_FUND_YEAR, id.raw, "F155 = sum of cells");
	return true;
}

static bool is_settled(const struct statement *statement)
{
	return statement->state == STATEMENT_STATE_APPROVED ||
	       statement->state == STATEMENT_STATE_EXPORTED ||
	       statement->state == STATEMENT_STATE_ORDERED ||
	       statement->state == STATEMENT_STATE_BLOCKED ||
	       statement->state == STATEMENT_STATE_PAID;
}

/* What rows of opening balances keep of a fund year: F150, and F160 to F175 together. */
static bool sum_opening_rows(const struct state *state, struct fund_year_id id,
			     struct cents *redeemed, struct cents *settled)
{
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_OPENING_ROW); i++) {
		const struct opening_row *row =
		    state_opening_row(state, (struct opening_row_id){i});
		if (row->fund_year.raw != id.raw)
			continue;
		const struct cents parts[] = {row->settled_cents, row->vat_payable_cents,
					      row->paid_cents, row->vat_paid_cents, *settled};
		if (!cents_add(*redeemed, row->redeemed_cents, redeemed) ||
		    !cents_sum(parts, sizeof(parts) / sizeof(parts[0]), settled))
			return false;
	}
	return true;
}

/* What was credited or reversed after approval is no longer settled. */
static bool take_off_adjustments(const struct state *state, struct fund_year_id id,
				 struct cents *settled)
{
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_LINE_ADJUSTMENT); i++) {
		const struct line_adjustment *one =
		    state_line_adjustment(state, (struct line_adjustment_id){i});
		bool is_out = one->kind == ADJUSTMENT_CREDITED || one->kind == ADJUSTMENT_REVERSED;
		if (!is_out || state_statement_line(state, one->line)->fund_year.raw != id.raw)
			continue;
		if (!cents_sub(*settled, one->net_cents, settled) ||
		    !cents_sub(*settled, one->vat_cents, settled))
			return false;
	}
	return true;
}

/* Recoveries against F190 and F195. */
static bool check_fund_year_recoveries(const struct state *state, struct fund_year_id id,
				       struct invariant_fault *ret_fault)
{
	struct cents open = cents_zero();
	struct cents written_off = cents_zero();
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_RECOVERY); i++) {
		const struct recovery *recovery = state_recovery(state, (struct recovery_id){i});
		if (recovery->fund_year.raw != id.raw)
			continue;
		if (!cents_add(open, recovery_left(recovery), &open) ||
		    !cents_add(written_off, recovery->written_off_cents, &written_off))
			return fault(ret_fault, RECORD_KIND_RECOVERY, i, "sums fit in 64 bits");
	}
	if (!cents_equal(open, state_fund_balance(state, id, FUND_RECOVERABLE)))
		return fault(ret_fault, RECORD_KIND_FUND_YEAR, id.raw, "F190 = sum of recoveries");
	if (!cents_equal(written_off, state_fund_balance(state, id, FUND_WRITTEN_OFF)))
		return fault(ret_fault, RECORD_KIND_FUND_YEAR, id.raw, "F195 = sum of recoveries");
	return true;
}

/* Payments of buoni in F150, and in F160 or F170. */
static bool sum_payments(const struct state *state, struct fund_year_id id,
			 struct cents *redeemed, struct cents *settled)
{
	bool fits = true;
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_CASH_GRANT_PAYMENT); i++) {
		const struct cash_grant_payment *payment =
		    state_cash_grant_payment(state, (struct cash_grant_payment_id){i});
		if (payment->fund_year.raw != id.raw)
			continue;
		if (payment->state == CASH_GRANT_PAYMENT_STATE_SCHEDULED)
			fits = fits && cents_add(*redeemed, payment->amount_cents, redeemed);
		if (payment->state == CASH_GRANT_PAYMENT_STATE_APPROVED ||
		    payment->state == CASH_GRANT_PAYMENT_STATE_PAID)
			fits = fits && cents_add(*settled, payment->amount_cents, settled);
	}
	return fits;
}

/* Lines of statements not yet settled against F150; the others against F160 to F175. */
static bool check_fund_year_lines(const struct state *state, struct fund_year_id id,
				  struct invariant_fault *ret_fault)
{
	struct cents redeemed = cents_zero();
	struct cents settled = cents_zero();
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_STATEMENT_LINE); i++) {
		const struct statement_line *line =
		    state_statement_line(state, (struct statement_line_id){i});
		if (line->fund_year.raw != id.raw)
			continue;
		struct cents *sum =
		    is_settled(state_statement(state, line->statement)) ? &settled : &redeemed;
		if (!cents_add(*sum, line->gross_cents, sum))
			return fault(ret_fault, RECORD_KIND_STATEMENT_LINE, i,
				     "sums fit in 64 bits");
	}
	if (!sum_payments(state, id, &redeemed, &settled))
		return fault(ret_fault, RECORD_KIND_FUND_YEAR, id.raw, "sums fit in 64 bits");
	if (!sum_opening_rows(state, id, &redeemed, &settled) ||
	    !take_off_adjustments(state, id, &settled))
		return fault(ret_fault, RECORD_KIND_FUND_YEAR, id.raw, "sums fit in 64 bits");
	static const enum fund_account_slot settled_slots[] = {
	    FUND_SETTLED, FUND_VAT_PAYABLE, FUND_WITHHELD, FUND_PAID, FUND_VAT_PAID};
	struct cents balance = cents_zero();
	for (uint32_t i = 0; i < sizeof(settled_slots) / sizeof(settled_slots[0]); i++)
		if (!cents_add(balance, state_fund_balance(state, id, settled_slots[i]), &balance))
			return fault(ret_fault, RECORD_KIND_FUND_YEAR, id.raw, "sums fit");
	if (!cents_equal(redeemed, state_fund_balance(state, id, FUND_REDEEMED)))
		return fault(ret_fault, RECORD_KIND_FUND_YEAR, id.raw, "F150 = sum of lines");
	if (!cents_equal(settled, balance))
		return fault(ret_fault, RECORD_KIND_FUND_YEAR, id.raw, "settled = sum of lines");
	return true;
}

bool apply_check_all(const struct state *state, struct invariant_fault *ret_fault)
{
	ASSERT(state != NULL && ret_fault != NULL);
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_FUND_YEAR); i++) {
		struct fund_year_id id = {i};
		if (!fund_year_balances(state, id))
			return fault(ret_fault, RECORD_KIND_FUND_YEAR, i, "F100 = sum of F");
		if (!check_fund_year_cells(state, id, ret_fault) ||
		    !check_fund_year_lines(state, id, ret_fault) ||
		    !check_fund_year_recoveries(state, id, ret_fault))
			return false;
	}
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_CEILING); i++)
		if (!ceiling_balances(state, (struct ceiling_id){i}))
			return fault(ret_fault, RECORD_KIND_CEILING, i, "C100 = sum of C");
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_CELL); i++)
		if (!cell_balances(state_cell(state, (struct cell_id){i})))
			return fault(ret_fault, RECORD_KIND_CELL, i, "U100 = sum of U");
	for (uint32_t i = 1; i <= state_count(state, RECORD_KIND_RECEIVABLE); i++)
		if (!receivable_balances(state_receivable(state, (struct receivable_id){i})))
			return fault(ret_fault, RECORD_KIND_RECEIVABLE, i, "R200 = sum of R");
	return true;
}
