/* Exports: see export.h. This file opens, fills and seals them. */
#include "engine/domain/export.h"

#include "engine/base/limits.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"
#include "engine/domain/payer.h"

#include <string.h>

uint64_t export_key(struct paying_body_id paying_body, struct month month)
{
	return hash64_of_u64((uint64_t)paying_body.raw << 32 | (uint32_t)month.number,
			     RECORD_KIND_EXPORT);
}

uint64_t export_item_key(struct export_object object)
{
	return hash64_of_u64((uint64_t)object.cash_grant_payment.raw << 32 | object.statement.raw,
			     RECORD_KIND_EXPORT_ITEM);
}

static struct cents sum_of(struct cents left, struct cents right)
{
	struct cents sum;
	bool fits = cents_add(left, right, &sum);
	ASSERT(fits); /* statements are bounded by their fund years */
	return sum;
}

static struct cents rest_of(struct cents whole, struct cents part)
{
	struct cents rest;
	bool fits = cents_sub(whole, part, &rest);
	ASSERT(fits);
	return rest;
}

/* The usual end: figures and export in the outcome. What is done once more writes the record as it
 * was: a success leaves its mark. */
static enum result done(struct decision *decision, enum result result, struct export_id id)
{
	const struct export *export = effects_edit_export(decision->effects, id);
	decision->outcome->net = export->net_cents;
	decision->outcome->gross = export->total_cents;
	decision->outcome->units = export->item_count;
	return judge_object(decision, result, RECORD_KIND_EXPORT, id.raw);
}

/* ---- Open ---- */

/* What makes two exports the same one. */
struct export_wanted {
	struct paying_body_id paying_body;
	struct export_id replaces;
	struct month month;
	const char *profile; /* as the record's member */
	enum export_format format;
	enum export_family family;
	enum export_operation operation;
};

/* A draft of the same kind: two who open at once get the same one. 0: none. */
static struct export_id find_draft(const struct state *state, const struct export_wanted *wanted)
{
	uint64_t key = export_key(wanted->paying_body, wanted->month);
	uint32_t id = index_first(&state->exports_by_body, key);
	for (; id != 0; id = index_next(&state->exports_by_body, id)) {
		const struct export *other = state_export(state, (struct export_id){id});
		if (other->state == EXPORT_STATE_DRAFT &&
		    other->paying_body.raw == wanted->paying_body.raw &&
		    other->month.number == wanted->month.number &&
		    other->replaces.raw == wanted->replaces.raw &&
		    other->format == (uint8_t)wanted->format &&
		    other->family == (uint8_t)wanted->family &&
		    other->operation == (uint8_t)wanted->operation &&
		    memcmp(other->profile, wanted->profile, sizeof(other->profile)) == 0)
			break;
	}
	return (struct export_id){id};
}

static struct export_id open_export(struct decision *decision, const struct export_wanted *wanted)
{
	struct effects *effects = decision->effects;
	struct paying_body *body = effects_edit_paying_body(effects, wanted->paying_body);
	struct export_id id;
	struct export *export = effects_create_export(effects, &id);
	body->export_count++;
	export->opened_at = decision->now;
	export->ambito = body->ambito;
	export->comune = body->comune;
	export->paying_body = wanted->paying_body;
	export->replaces = wanted->replaces;
	export->month = wanted->month;
	export->ordinal = body->export_count;
	export->format = (uint8_t)wanted->format;
	export->family = (uint8_t)wanted->family;
	export->operation = (uint8_t)wanted->operation;
	export->state = EXPORT_STATE_DRAFT;
	memcpy(export->profile, wanted->profile, sizeof(export->profile));
	JUDGE_COPY_TEXT(export->payer_name, body->name);
	JUDGE_COPY_TEXT(export->payer_tax_code, body->tax_code);
	JUDGE_COPY_TEXT(export->payer_ipa_code, body->ipa_code);
	JUDGE_COPY_TEXT(export->payer_istat_code, body->istat_code);
	JUDGE_COPY_TEXT(export->payer_treasury_abi, body->treasury_abi);
	JUDGE_COPY_TEXT(export->payer_treasury_code, body->treasury_code);
	JUDGE_COPY_TEXT(export->payer_iban, body->iban);
	JUDGE_COPY_TEXT(export->payer_bic, body->bic);
	JUDGE_COPY_TEXT(export->payer_cuc, body->cuc);
	return id;
}

/* Opens an export of a body's month, or names the one that is open already.
 *   RESULT_OK
 *   RESULT_FIELD_INVALID   a profile where the format has none */
enum result export_open(struct decision *decision)
{
	const struct command_export_open *input = &decision->command->input.export_open;
	const struct paying_body *body =
	    effects_read_paying_body(decision->effects, input->paying_body);
	ASSERT(body != NULL);
	bool is_own = input->format == 0 || input->format == body->format;
	bool is_told = JUDGE_TEXT(input->profile).size != 0;
	struct export_wanted wanted = {
	    .paying_body = input->paying_body,
	    .month = input->month,
	    .profile = input->profile,
	    .format = (enum export_format)(is_own ? body->format : input->format),
	    .family =
		input->family == 0 ? EXPORT_FAMILY_STATEMENTS : (enum export_family)input->family,
	    .operation = EXPORT_OPERATION_INSERT,
	};
	static_assert(sizeof(input->profile) == sizeof(body->profile), "the same text");
	if (is_told && wanted.format != EXPORT_FORMAT_TABLE)
		return judge_field(decision, RESULT_FIELD_INVALID, "profile");
	if (is_own && !is_told && wanted.format == EXPORT_FORMAT_TABLE)
		wanted.profile = body->profile;
	struct export_id id = find_draft(decision->state, &wanted);
	if (id.raw == 0)
		id = open_export(decision, &wanted);
	return done(decision, RESULT_OK, id);
}

/* ---- Add ---- */

/* Is the statement paid by the export that this one replaces? */
static bool is_in_replaced(struct decision *decision, const struct export *export,
			   struct statement_id id)
{
	struct export_object object = {.statement = id};
	const struct export_item *item = effects_read_export_item(
	    decision->effects, export_live_item(decision->effects, object));
	return export->replaces.raw != 0 && item != NULL &&
	       item->export.raw == export->replaces.raw;
}

/* Does this pay the export's payer, month and family? Gives what is to be paid. */
static enum result look_at_statement(struct decision *decision, const struct export *export,
				     struct statement_id id, struct export_item *ret_item)
{
	const struct statement *statement = effects_read_statement(decision->effects, id);
	ASSERT(statement != NULL);
	if (export->family != EXPORT_FAMILY_STATEMENTS ||
	    statement->ambito.raw != export->ambito.raw ||
	    statement->payer.raw != export->comune.raw ||
	    statement->month.number != export->month.number)
		return RESULT_EXPORT_OTHER_PAYER;
	bool is_replaced =
	    statement->state == STATEMENT_STATE_EXPORTED && is_in_replaced(decision, export, id);
	if (statement->state != STATEMENT_STATE_APPROVED && !is_replaced)
		return RESULT_STATEMENT_NOT_OPEN;
	ret_item->statement = id;
	struct net_and_vat owed = export_owed(decision->effects, statement);
	ret_item->net_cents = owed.net;
	ret_item->vat_cents = owed.vat;
	return RESULT_OK;
}

static enum result look_at_payment(struct decision *decision, const struct export *export,
				   struct cash_grant_payment_id id, struct export_item *ret_item)
{
	struct effects *effects = decision->effects;
	const struct cash_grant_payment *payment = effects_read_cash_grant_payment(effects, id);
	ASSERT(payment != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, payment->voucher);
	ASSERT(voucher != NULL);
	struct comune_id payer = payer_of(effects, voucher, payment->fund_year, payment->month);
	if (export->family != EXPORT_FAMILY_CASH_GRANTS ||
	    payment->ambito.raw != export->ambito.raw || payer.raw != export->comune.raw ||
	    payment->month.number != export->month.number)
		return RESULT_EXPORT_OTHER_PAYER;
	if (payment->state != CASH_GRANT_PAYMENT_STATE_APPROVED)
		return RESULT_ILLEGAL_TRANSITION;
	ret_item->cash_grant_payment = id;
	ret_item->net_cents = payment->amount_cents;
	return RESULT_OK;
}

static struct export_object object_of(const struct export_item *item)
{
	return (struct export_object){item->statement, item->cash_grant_payment};
}

/* The live item of the same payment in this export; 0: none. */
static struct export_item_id find_in(struct effects *effects, struct export_id export,
				     struct export_object object)
{
	const struct index *index = &effects->state->export_items_by_object;
	uint32_t id = index_first(index, export_item_key(object));
	for (; id != 0; id = index_next(index, id)) {
		const struct export_item *item =
		    effects_read_export_item(effects, (struct export_item_id){id});
		if (item->export.raw == export.raw && export_item_is_live(item) &&
		    item->statement.raw == object.statement.raw &&
		    item->cash_grant_payment.raw == object.cash_grant_payment.raw)
			break;
	}
	return (struct export_item_id){id};
}

static void add_amounts(struct export *export, const struct export_item *item)
{
	export->net_cents = sum_of(export->net_cents, item->net_cents);
	export->vat_cents = sum_of(export->vat_cents, item->vat_cents);
	export->total_cents = sum_of(export->net_cents, export->vat_cents);
	export->item_count++;
}

static void take_amounts(struct export *export, const struct export_item *item)
{
	export->net_cents = rest_of(export->net_cents, item->net_cents);
	export->vat_cents = rest_of(export->vat_cents, item->vat_cents);
	export->total_cents = sum_of(export->net_cents, export->vat_cents);
	export->item_count--;
}

static enum result item_done(struct decision *decision, struct export_item_id id)
{
	const struct export_item *item = effects_read_export_item(decision->effects, id);
	decision->outcome->net = item->net_cents;
	decision->outcome->gross = sum_of(item->net_cents, item->vat_cents);
	return judge_object(decision, RESULT_OK, RECORD_KIND_EXPORT_ITEM, id.raw);
}

static enum result put_in(struct decision *decision, struct export_id export_id,
			  const struct export_item *found)
{
	struct effects *effects = decision->effects;
	struct export_item_id id = find_in(effects, export_id, object_of(found));
	struct export *export = effects_edit_export(effects, export_id);
	struct export_item *item;
	if (id.raw == 0 && export->item_count == EXPORT_ITEMS_MAX)
		return done(decision, RESULT_EXPORT_FULL, export_id);
	if (id.raw != 0) {
		item = effects_edit_export_item(effects, id);
		take_amounts(export, item);
	} else {
		const struct export_item *last =
		    effects_read_export_item(effects, export->last_item);
		uint32_t ordinal = last == NULL ? 1 : last->ordinal + 1;
		item = effects_create_export_item(effects, &id);
		*item = *found;
		item->export = export_id;
		item->ambito = export->ambito;
		item->comune = export->comune;
		item->previous = export->last_item;
		item->ordinal = ordinal;
		item->state = EXPORT_ITEM_STATE_INCLUDED;
		export->last_item = id;
	}
	item->net_cents = found->net_cents;
	item->vat_cents = found->vat_cents;
	item->decided_at = decision->now;
	add_amounts(export, item);
	return item_done(decision, id);
}

/* Puts a payment into a draft. Once more is no error: its amounts are read anew.
 *   RESULT_OK
 *   RESULT_FIELD_MISSING        neither statement nor payment of a buono
 *   RESULT_FIELD_INVALID        both
 *   RESULT_EXPORT_NOT_OPEN      sealed, or an ANNULLO
 *   RESULT_EXPORT_OTHER_PAYER   of another payer, month or family
 *   RESULT_STATEMENT_NOT_OPEN   the statement is not approved
 *   RESULT_ILLEGAL_TRANSITION   the payment of the buono is not approved
 *   RESULT_STATEMENT_IN_EXPORT  it is in another live export: the object
 *   RESULT_EXPORT_FULL          EXPORT_ITEMS_MAX */
enum result export_add(struct decision *decision)
{
	const struct command_export_add *input = &decision->command->input.export_add;
	const struct export *export = effects_read_export(decision->effects, input->export);
	ASSERT(export != NULL);
	struct export_item found = {.state = EXPORT_ITEM_STATE_INCLUDED};
	bool is_statement = input->statement.raw != 0;
	if (!is_statement && input->cash_grant_payment.raw == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "statement");
	if (is_statement && input->cash_grant_payment.raw != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "cash_grant_payment");
	if (export->state != EXPORT_STATE_DRAFT || export->operation == EXPORT_OPERATION_CANCEL)
		return done(decision, RESULT_EXPORT_NOT_OPEN, input->export);
	struct export_item_id live = export_live_item(
	    decision->effects, (struct export_object){input->statement, input->cash_grant_payment});
	const struct export_item *other = effects_read_export_item(decision->effects, live);
	if (other != NULL && other->export.raw != input->export.raw &&
	    other->export.raw != export->replaces.raw)
		return done(decision, RESULT_STATEMENT_IN_EXPORT, other->export);
	enum result result =
	    is_statement ? look_at_statement(decision, export, input->statement, &found)
			 : look_at_payment(decision, export, input->cash_grant_payment, &found);
	return result == RESULT_OK ? put_in(decision, input->export, &found) : result;
}

/* ---- Seal ---- */

/* Is the item as it would be if it were added now? */
static bool is_fresh(struct decision *decision, const struct export *export,
		     const struct export_item *item)
{
	struct export_item now = *item;
	enum result result =
	    item->statement.raw != 0
		? look_at_statement(decision, export, item->statement, &now)
		: look_at_payment(decision, export, item->cash_grant_payment, &now);
	return result == RESULT_OK && cents_equal(now.net_cents, item->net_cents) &&
	       cents_equal(now.vat_cents, item->vat_cents);
}

static enum result check_items(struct decision *decision, const struct export *export)
{
	struct effects *effects = decision->effects;
	struct export_item_id id = export->last_item;
	while (id.raw != 0) {
		const struct export_item *item = effects_read_export_item(effects, id);
		if (export_item_is_live(item) && !is_fresh(decision, export, item))
			return judge_object(decision, RESULT_EXPORT_STALE, RECORD_KIND_EXPORT_ITEM,
					    id.raw);
		id = item->previous;
	}
	return RESULT_OK;
}

static void mark_exported(struct decision *decision, struct export_id id)
{
	struct effects *effects = decision->effects;
	const struct export *export = effects_read_export(effects, id);
	struct export_item_id item_id = export->last_item;
	while (item_id.raw != 0) {
		const struct export_item *item = effects_read_export_item(effects, item_id);
		if (export_item_is_live(item) && item->statement.raw != 0) {
			struct statement *statement =
			    effects_edit_statement(effects, item->statement);
			memcpy(statement->export_hash, export->content_hash,
			       sizeof(statement->export_hash));
			statement->state = STATEMENT_STATE_EXPORTED;
		}
		item_id = item->previous;
	}
}

/* Left, and not closed since. */
static bool is_sent(const struct export *export)
{
	return export->state == EXPORT_STATE_SEALED || export->state == EXPORT_STATE_DELIVERED ||
	       export->state == EXPORT_STATE_ACCEPTED;
}

/* What the export replaces is closed by its seal. */
static enum result close_replaced(struct decision *decision, const struct export *export)
{
	struct export_item_id paid;
	if (export->replaces.raw == 0)
		return RESULT_OK;
	if (!is_sent(effects_read_export(decision->effects, export->replaces)))
		return done(decision, RESULT_EXPORT_NOT_OPEN, export->replaces);
	if (export_has_paid(decision->effects, export->replaces, &paid))
		return judge_object(decision, RESULT_EXPORT_PAID, RECORD_KIND_EXPORT_ITEM,
				    paid.raw);
	if (export->operation == EXPORT_OPERATION_CANCEL)
		export_close(decision, export->replaces, EXPORT_STATE_CANCELLED,
			     EXPORT_ITEM_STATE_CANCELLED);
	else
		export_close(decision, export->replaces, EXPORT_STATE_REPLACED,
			     EXPORT_ITEM_STATE_REPLACED);
	return RESULT_OK;
}

static enum result check_totals(struct decision *decision, const struct export *export)
{
	const struct command_export_seal *input = &decision->command->input.export_seal;
	struct cents given = sum_of(input->net_cents, input->vat_cents);
	if (input->item_count == export->item_count &&
	    cents_equal(input->net_cents, export->net_cents) &&
	    cents_equal(input->vat_cents, export->vat_cents))
		return RESULT_OK;
	bool fits = cents_delta(export->total_cents, given, &decision->outcome->short_by);
	ASSERT(fits);
	decision->outcome->limit = export->total_cents;
	return judge_object(decision, RESULT_EXPORT_TOTALS_DIFFER, RECORD_KIND_EXPORT,
			    input->export.raw);
}

/* The files are written: what they pay is EXPORTED, and nothing of them changes any more. Once more
 * with the same hash is an act that changes nothing.
 *   RESULT_OK
 *   RESULT_EXPORT_NOT_OPEN        cancelled or replaced; or what it replaces is: the object
 *   RESULT_EXPORT_HASH_DIFFERS    sealed with another hash
 *   RESULT_EXPORT_EMPTY
 *   RESULT_EXPORT_TOTALS_DIFFER   limit: the export's total; short: by how much the files differ
 *   RESULT_EXPORT_STALE           an item is not what would be added now: the object
 *   RESULT_EXPORT_PAID            what it replaces is ordered or paid */
enum result export_seal(struct decision *decision)
{
	const struct command_export_seal *input = &decision->command->input.export_seal;
	struct effects *effects = decision->effects;
	const struct export *present = effects_read_export(effects, input->export);
	ASSERT(present != NULL);
	if (present->state == EXPORT_STATE_CANCELLED || present->state == EXPORT_STATE_REPLACED)
		return done(decision, RESULT_EXPORT_NOT_OPEN, input->export);
	bool is_same =
	    memcmp(present->content_hash, input->content_hash, sizeof(present->content_hash)) == 0;
	if (present->state != EXPORT_STATE_DRAFT)
		return done(decision, is_same ? RESULT_OK : RESULT_EXPORT_HASH_DIFFERS,
			    input->export);
	if (present->item_count == 0)
		return done(decision, RESULT_EXPORT_EMPTY, input->export);
	enum result result = check_totals(decision, present);
	if (result == RESULT_OK)
		result = check_items(decision, present);
	if (result == RESULT_OK)
		result = close_replaced(decision, present);
	if (result != RESULT_OK)
		return result;
	struct export *export = effects_edit_export(effects, input->export);
	memcpy(export->content_hash, input->content_hash, sizeof(export->content_hash));
	export->sealed_at = decision->now;
	export->last_adjustment.raw = effects_count(effects, RECORD_KIND_LINE_ADJUSTMENT);
	export->state = EXPORT_STATE_SEALED;
	mark_exported(decision, input->export);
	return done(decision, RESULT_OK, input->export);
}

/* ---- Cancel, replace, protocol ---- */

/* Opens what is to be done to an export that was sent, or names it where it is open already. */
static struct export_id open_operation(struct decision *decision, struct export_id id,
				       enum export_operation operation)
{
	const struct export *sent = effects_read_export(decision->effects, id);
	struct export_wanted wanted = {.paying_body = sent->paying_body,
				       .replaces = id,
				       .month = sent->month,
				       .profile = sent->profile,
				       .format = (enum export_format)sent->format,
				       .family = (enum export_family)sent->family,
				       .operation = operation};
	struct export_id made = find_draft(decision->state, &wanted);
	return made.raw != 0 ? made : open_export(decision, &wanted);
}

/* An ANNULLO pays nothing: it names what the sent export paid. */
static struct export_id open_counter(struct decision *decision, struct export_id id)
{
	struct export_id made = open_operation(decision, id, EXPORT_OPERATION_CANCEL);
	const struct export *sent = effects_read_export(decision->effects, id);
	struct export *counter = effects_edit_export(decision->effects, made);
	counter->net_cents = sent->net_cents;
	counter->vat_cents = sent->vat_cents;
	counter->total_cents = sent->total_cents;
	counter->item_count = sent->item_count;
	JUDGE_COPY_TEXT(counter->act, decision->command->input.export_cancel.act);
	return made;
}

/* Takes an export back: what it pays is APPROVED again. An OPI that was sent is taken back by an
 * ANNULLO of its own, a draft export to be sealed: the object.
 *   RESULT_OK
 *   RESULT_EXPORT_NOT_OPEN   rejected, cancelled or replaced, or itself an ANNULLO that was sent
 *   RESULT_EXPORT_PAID       a payment of it was ordered or made: the object */
enum result export_cancel(struct decision *decision)
{
	const struct command_export_cancel *input = &decision->command->input.export_cancel;
	struct effects *effects = decision->effects;
	const struct export *present = effects_read_export(effects, input->export);
	ASSERT(present != NULL);
	bool is_draft = present->state == EXPORT_STATE_DRAFT;
	struct export_item_id paid;
	if (!is_draft && (!is_sent(present) || present->operation == EXPORT_OPERATION_CANCEL))
		return done(decision, RESULT_EXPORT_NOT_OPEN, input->export);
	if (!is_draft && export_has_paid(effects, input->export, &paid))
		return judge_object(decision, RESULT_EXPORT_PAID, RECORD_KIND_EXPORT_ITEM,
				    paid.raw);
	if (!is_draft && present->format == EXPORT_FORMAT_OPI)
		return done(decision, RESULT_OK, open_counter(decision, input->export));
	struct export *export = effects_edit_export(effects, input->export);
	JUDGE_COPY_TEXT(export->act, input->act);
	export_close(decision, input->export, EXPORT_STATE_CANCELLED, EXPORT_ITEM_STATE_CANCELLED);
	return done(decision, RESULT_OK, input->export);
}

/* Opens the export that varies or replaces one that was sent; what it pays is added to it, and its
 * seal closes the other. Only the OPI has such flows: of other formats, cancel and open anew.
 *   RESULT_OK                the object: the draft, or the one open already
 *   RESULT_FIELD_INVALID     operation: another, or a format that has none
 *   RESULT_EXPORT_NOT_OPEN   not sent, or closed
 *   RESULT_EXPORT_PAID       a payment of it was ordered or made: the object */
enum result export_replace(struct decision *decision)
{
	const struct command_export_replace *input = &decision->command->input.export_replace;
	struct effects *effects = decision->effects;
	const struct export *present = effects_read_export(effects, input->export);
	ASSERT(present != NULL);
	struct export_item_id paid;
	bool is_known = input->operation == EXPORT_OPERATION_VARIATION ||
			input->operation == EXPORT_OPERATION_REPLACE;
	if (!is_known || present->format != EXPORT_FORMAT_OPI)
		return judge_field(decision, RESULT_FIELD_INVALID, "operation");
	if (!is_sent(present) || present->operation == EXPORT_OPERATION_CANCEL)
		return done(decision, RESULT_EXPORT_NOT_OPEN, input->export);
	if (export_has_paid(effects, input->export, &paid))
		return judge_object(decision, RESULT_EXPORT_PAID, RECORD_KIND_EXPORT_ITEM,
				    paid.raw);
	struct export_id made =
	    open_operation(decision, input->export, (enum export_operation)input->operation);
	struct export *draft = effects_edit_export(effects, made);
	JUDGE_COPY_TEXT(draft->act, input->act);
	return done(decision, RESULT_OK, made);
}

/* Records the number under which the body registered the act. RESULT_OK, again with the same
 * number; RESULT_EXPORT_NOT_OPEN: a draft; RESULT_ALREADY_EXISTS: it has another. */
enum result export_protocol(struct decision *decision)
{
	const struct command_export_protocol *input = &decision->command->input.export_protocol;
	struct export *export = effects_edit_export(decision->effects, input->export);
	static_assert(sizeof(export->protocol_number) == sizeof(input->protocol_number), "same");
	if (export->state == EXPORT_STATE_DRAFT)
		return done(decision, RESULT_EXPORT_NOT_OPEN, input->export);
	bool has_one = JUDGE_TEXT(export->protocol_number).size != 0;
	if (has_one && (memcmp(export->protocol_number, input->protocol_number,
			       sizeof(export->protocol_number)) != 0 ||
			export->protocol_date.number != input->protocol_date.number))
		return done(decision, RESULT_ALREADY_EXISTS, input->export);
	JUDGE_COPY_TEXT(export->protocol_number, input->protocol_number);
	export->protocol_date = input->protocol_date;
	return done(decision, RESULT_OK, input->export);
}
