/* Payments in exports after they were added: see export.h. */
#include "engine/domain/duties.h"
#include "engine/domain/export.h"
#include "engine/domain/judge.h"
#include "engine/domain/payment.h"

bool export_item_is_live(const struct export_item *item)
{
	return item->state == EXPORT_ITEM_STATE_INCLUDED ||
	       item->state == EXPORT_ITEM_STATE_ACCEPTED || item->state == EXPORT_ITEM_STATE_PAID;
}

static bool is_of(const struct export_item *item, struct export_object object)
{
	return item->statement.raw == object.statement.raw &&
	       item->cash_grant_payment.raw == object.cash_grant_payment.raw;
}

/* Does the export wait to take another's place? */
static bool is_waiting(const struct export *export)
{
	return export->state == EXPORT_STATE_DRAFT && export->replaces.raw != 0;
}

struct export_item_id export_live_item(struct effects *effects, struct export_object object)
{
	const struct index *index = &effects->state->export_items_by_object;
	uint32_t id = index_first(index, export_item_key(object));
	for (; id != 0; id = index_next(index, id)) {
		const struct export_item *item =
		    effects_read_export_item(effects, (struct export_item_id){id});
		if (is_of(item, object) && export_item_is_live(item) &&
		    !is_waiting(effects_read_export(effects, item->export)))
			break;
	}
	return (struct export_item_id){id};
}

/* ---- What closes a payment ---- */

/* A statement that the export made EXPORTED is to be paid anew. */
static void free_statement(struct decision *decision, const struct export_item *item)
{
	const struct statement *present =
	    effects_read_statement(decision->effects, item->statement);
	if (present == NULL || present->state != STATEMENT_STATE_EXPORTED)
		return;
	effects_edit_statement(decision->effects, item->statement)->state =
	    STATEMENT_STATE_APPROVED;
}

void export_item_close(struct decision *decision, struct export_item_id id,
		       enum export_item_state state)
{
	struct effects *effects = decision->effects;
	struct export_item *item = effects_edit_export_item(effects, id);
	ASSERT(export_item_is_live(item));
	item->state = (uint8_t)state;
	item->decided_at = decision->now;
	if (effects_read_export(effects, item->export)->state != EXPORT_STATE_DRAFT)
		free_statement(decision, item);
}

/* Ordered or paid: what a payment may no longer be taken back from. */
static bool is_spent(struct effects *effects, const struct export_item *item)
{
	if (item->state == EXPORT_ITEM_STATE_PAID)
		return true;
	if (item->statement.raw != 0) {
		const struct statement *statement =
		    effects_read_statement(effects, item->statement);
		return statement->state == STATEMENT_STATE_ORDERED ||
		       statement->state == STATEMENT_STATE_PAID;
	}
	const struct cash_grant_payment *payment =
	    effects_read_cash_grant_payment(effects, item->cash_grant_payment);
	return payment->state != CASH_GRANT_PAYMENT_STATE_APPROVED;
}

bool export_has_paid(struct effects *effects, struct export_id id, struct export_item_id *ret_item)
{
	struct export_item_id item_id = effects_read_export(effects, id)->last_item;
	while (item_id.raw != 0) {
		const struct export_item *item = effects_read_export_item(effects, item_id);
		if (export_item_is_live(item) && is_spent(effects, item)) {
			*ret_item = item_id;
			return true;
		}
		item_id = item->previous;
	}
	return false;
}

void export_close(struct decision *decision, struct export_id id, enum export_state state,
		  enum export_item_state items)
{
	struct effects *effects = decision->effects;
	struct export_item_id item_id = effects_read_export(effects, id)->last_item;
	while (item_id.raw != 0) {
		const struct export_item *item = effects_read_export_item(effects, item_id);
		struct export_item_id previous = item->previous;
		if (export_item_is_live(item))
			export_item_close(decision, item_id, items);
		item_id = previous;
	}
	struct export *export = effects_edit_export(effects, id);
	export->state = (uint8_t)state;
	export->closed_at = decision->now;
}

/* Takes a payment out of a draft: it never was there. */
static void leave_draft(struct decision *decision, struct export_item_id id)
{
	struct effects *effects = decision->effects;
	export_item_close(decision, id, EXPORT_ITEM_STATE_REMOVED);
	const struct export_item *item = effects_read_export_item(effects, id);
	struct export *export = effects_edit_export(effects, item->export);
	bool fits = cents_sub(export->net_cents, item->net_cents, &export->net_cents) &&
		    cents_sub(export->vat_cents, item->vat_cents, &export->vat_cents) &&
		    cents_add(export->net_cents, export->vat_cents, &export->total_cents);
	ASSERT(fits);
	ASSERT(export->item_count > 0);
	export->item_count--;
}

/* A sealed export of which every payment is decided is closed by what became of them. */
static void close_if_decided(struct decision *decision, struct export_id id)
{
	struct export *export = effects_edit_export(decision->effects, id);
	uint32_t decided =
	    export->accepted_count + export->rejected_count + export->withdrawn_count;
	ASSERT(decided <= export->item_count);
	if (decided < export->item_count ||
	    (export->state != EXPORT_STATE_SEALED && export->state != EXPORT_STATE_DELIVERED))
		return;
	export->closed_at = decision->now;
	export->state = export->accepted_count > 0   ? EXPORT_STATE_ACCEPTED
			: export->rejected_count > 0 ? EXPORT_STATE_REJECTED
						     : EXPORT_STATE_CANCELLED;
}

/* ---- What other duties tell ---- */

static void accept(struct decision *decision, struct export_item_id id,
		   enum export_item_state state)
{
	struct export_item *item = effects_edit_export_item(decision->effects, id);
	bool is_first = item->state == EXPORT_ITEM_STATE_INCLUDED;
	item->state = (uint8_t)state;
	item->decided_at = decision->now;
	if (!is_first)
		return;
	effects_edit_export(decision->effects, item->export)->accepted_count++;
	close_if_decided(decision, item->export);
}

static void reject(struct decision *decision, struct export_item_id id, bool was_accepted)
{
	export_item_close(decision, id, EXPORT_ITEM_STATE_REJECTED);
	struct export_id export_id =
	    effects_read_export_item(decision->effects, id)->export;
	struct export *export = effects_edit_export(decision->effects, export_id);
	export->rejected_count++;
	export->accepted_count -= was_accepted ? 1 : 0;
	close_if_decided(decision, export_id);
}

/* The live item of a payment in an export that left; NULL: none. */
static struct export_item *edit_sent(struct decision *decision, struct export_object object,
				     struct export_item_id *ret_id)
{
	*ret_id = export_live_item(decision->effects, object);
	const struct export_item *item = effects_read_export_item(decision->effects, *ret_id);
	if (item == NULL ||
	    effects_read_export(decision->effects, item->export)->state == EXPORT_STATE_DRAFT)
		return NULL;
	return effects_edit_export_item(decision->effects, *ret_id);
}

void export_item_ordered(struct decision *decision, struct export_object object,
			 const char *reference)
{
	struct export_item_id id;
	struct export_item *item = edit_sent(decision, object, &id);
	if (item == NULL || item->state != EXPORT_ITEM_STATE_INCLUDED)
		return;
	if (reference != NULL)
		judge_copy_text(item->reference, (uint32_t)sizeof(item->reference), reference,
				PAYMENT_ORDER_SIZE);
	accept(decision, id, EXPORT_ITEM_STATE_ACCEPTED);
}

void export_item_rejected(struct decision *decision, struct export_object object,
			  const char *reason_code)
{
	struct export_item_id id;
	struct export_item *item = edit_sent(decision, object, &id);
	if (item == NULL)
		return;
	if (reason_code != NULL)
		judge_copy_text(item->reason_code, (uint32_t)sizeof(item->reason_code),
				reason_code, PAYMENT_REASON_SIZE);
	reject(decision, id, item->state != EXPORT_ITEM_STATE_INCLUDED);
}

void export_item_paid(struct decision *decision, struct export_object object)
{
	struct export_item_id id = export_live_item(decision->effects, object);
	const struct export_item *item = effects_read_export_item(decision->effects, id);
	if (item != NULL &&
	    effects_read_export(decision->effects, item->export)->state != EXPORT_STATE_DRAFT)
		accept(decision, id, EXPORT_ITEM_STATE_PAID);
}

void export_item_returned(struct decision *decision, struct export_object object)
{
	struct export_item_id id = export_live_item(decision->effects, object);
	if (id.raw == 0)
		return;
	struct export_item *item = effects_edit_export_item(decision->effects, id);
	item->state = EXPORT_ITEM_STATE_RETURNED;
	item->decided_at = decision->now;
}

void export_item_held(struct decision *decision, struct statement_id statement)
{
	struct effects *effects = decision->effects;
	const struct index *index = &effects->state->export_items_by_object;
	struct export_object object = {.statement = statement};
	uint32_t raw = index_first(index, export_item_key(object));
	for (; raw != 0; raw = index_next(index, raw)) {
		struct export_item_id id = {raw};
		const struct export_item *item = effects_read_export_item(effects, id);
		if (is_of(item, object) && export_item_is_live(item) &&
		    effects_read_export(effects, item->export)->state == EXPORT_STATE_DRAFT)
			leave_draft(decision, id);
	}
}

struct net_and_vat export_owed(struct effects *effects, const struct statement *statement)
{
	struct net_and_vat sum = {cents_zero(), cents_zero()};
	struct statement_line_id id = statement->first_line;
	while (id.raw != 0) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		struct net_and_vat left = settlement_left(effects, line);
		bool fits = cents_add(sum.net, left.net, &sum.net) &&
			    cents_add(sum.vat, left.vat, &sum.vat);
		ASSERT(fits);
		id = line->next_in_statement;
	}
	return sum;
}

bool export_still_pays(struct effects *effects, struct statement_id id)
{
	struct export_object object = {.statement = id};
	const struct export_item *item =
	    effects_read_export_item(effects, export_live_item(effects, object));
	const struct statement *statement = effects_read_statement(effects, id);
	struct net_and_vat owed = export_owed(effects, statement);
	return item != NULL &&
	       effects_read_export(effects, item->export)->state != EXPORT_STATE_DRAFT &&
	       cents_equal(item->net_cents, owed.net) && cents_equal(item->vat_cents, owed.vat);
}

enum result export_delivered(struct decision *decision, struct export_id id)
{
	const struct export *present = effects_read_export(decision->effects, id);
	ASSERT(present != NULL);
	if (present->state == EXPORT_STATE_DELIVERED)
		return RESULT_OK;
	if (present->state != EXPORT_STATE_SEALED)
		return RESULT_EXPORT_NOT_OPEN;
	effects_edit_export(decision->effects, id)->state = EXPORT_STATE_DELIVERED;
	return RESULT_OK;
}

/* ---- Acts on one payment ---- */

static enum result item_done(struct decision *decision, enum result result,
			     struct export_item_id id)
{
	const struct export_item *item = effects_read_export_item(decision->effects, id);
	decision->outcome->net = item->net_cents;
	bool fits = cents_add(item->net_cents, item->vat_cents, &decision->outcome->gross);
	ASSERT(fits);
	return judge_object(decision, result, RECORD_KIND_EXPORT_ITEM, id.raw);
}

static enum result judge_result(struct decision *decision, const struct export_item *item)
{
	const struct command_export_result *input = &decision->command->input.export_result;
	const struct export *export = effects_read_export(decision->effects, item->export);
	if (input->state != EXPORT_ITEM_STATE_ACCEPTED &&
	    input->state != EXPORT_ITEM_STATE_REJECTED)
		return judge_field(decision, RESULT_FIELD_INVALID, "state");
	if (export->state == EXPORT_STATE_DRAFT || !export_item_is_live(item))
		return item_done(decision, RESULT_ILLEGAL_TRANSITION, input->export_item);
	if (input->state == EXPORT_ITEM_STATE_REJECTED && is_spent(decision->effects, item))
		return item_done(decision, RESULT_EXPORT_PAID, input->export_item);
	return RESULT_OK;
}

/* What the treasurer or bank made of a payment. Rejected, its statement is APPROVED again. Once
 * more with the same state changes its reference alone.
 *   RESULT_OK
 *   RESULT_FIELD_INVALID        neither ACCEPTED nor REJECTED
 *   RESULT_ILLEGAL_TRANSITION   in a draft, or closed with another state
 *   RESULT_EXPORT_PAID          rejected, though ordered or paid */
enum result export_result(struct decision *decision)
{
	const struct command_export_result *input = &decision->command->input.export_result;
	struct effects *effects = decision->effects;
	const struct export_item *present = effects_read_export_item(effects, input->export_item);
	ASSERT(present != NULL);
	bool is_again = present->state == input->state;
	enum result result = is_again && present->state == EXPORT_ITEM_STATE_REJECTED
				 ? RESULT_OK
				 : judge_result(decision, present);
	if (result != RESULT_OK)
		return result;
	struct export_item *item = effects_edit_export_item(effects, input->export_item);
	JUDGE_COPY_TEXT(item->reference, input->reference);
	JUDGE_COPY_TEXT(item->reason_code, input->reason_code);
	bool was_accepted = item->state != EXPORT_ITEM_STATE_INCLUDED;
	if (is_again || item->state == EXPORT_ITEM_STATE_PAID)
		return item_done(decision, RESULT_OK, input->export_item);
	if (input->state == EXPORT_ITEM_STATE_ACCEPTED) {
		accept(decision, input->export_item, EXPORT_ITEM_STATE_ACCEPTED);
		return item_done(decision, RESULT_OK, input->export_item);
	}
	reject(decision, input->export_item, was_accepted);
	return item_done(decision, RESULT_OK, input->export_item);
}

/* Takes one payment out: of a draft, at once; of a sealed export, because the accounts confirmed
 * that they do not pay it. Its statement is APPROVED again.
 *   RESULT_OK
 *   RESULT_ILLEGAL_TRANSITION   it is not live
 *   RESULT_EXPORT_PAID          ordered or paid */
enum result export_withdraw(struct decision *decision)
{
	const struct command_export_withdraw *input = &decision->command->input.export_withdraw;
	struct effects *effects = decision->effects;
	const struct export_item *present = effects_read_export_item(effects, input->export_item);
	ASSERT(present != NULL);
	if (!export_item_is_live(present))
		return item_done(decision, RESULT_ILLEGAL_TRANSITION, input->export_item);
	bool is_draft = effects_read_export(effects, present->export)->state == EXPORT_STATE_DRAFT;
	if (!is_draft && is_spent(effects, present))
		return item_done(decision, RESULT_EXPORT_PAID, input->export_item);
	bool was_accepted = present->state == EXPORT_ITEM_STATE_ACCEPTED;
	struct export_item *item = effects_edit_export_item(effects, input->export_item);
	JUDGE_COPY_TEXT(item->act, input->act);
	if (is_draft) {
		leave_draft(decision, input->export_item);
		return item_done(decision, RESULT_OK, input->export_item);
	}
	export_item_close(decision, input->export_item, EXPORT_ITEM_STATE_WITHDRAWN);
	struct export *export = effects_edit_export(effects, item->export);
	export->withdrawn_count++;
	export->accepted_count -= was_accepted ? 1 : 0;
	close_if_decided(decision, item->export);
	return item_done(decision, RESULT_OK, input->export_item);
}
