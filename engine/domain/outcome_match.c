/* What a line of an outcome file is about: see outcome_match.h. */
#include "engine/domain/outcome_match.h"

#include "engine/base/text.h"
#include "engine/domain/judge.h"
#include "engine/domain/payment.h"
#include "engine/domain/transfer.h"

#include <string.h>

#define PREFIX_SIZE 4u

static bool has_prefix(struct slice text, const char *prefix)
{
	return text.size > PREFIX_SIZE && memcmp(text.data, prefix, PREFIX_SIZE) == 0;
}

bool outcome_reference_is_ours(struct slice reference)
{
	for (uint32_t i = 0; i < reference.size; i++) {
		char c = reference.data[i];
		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return has_prefix(reference, "VCH-") || has_prefix(reference, "TIT-") ||
	       has_prefix(reference, "CPY-");
}

/* ---- By reference ---- */

/* The text up to the next hyphen, which is taken too. */
static struct slice next_piece(struct slice *rest)
{
	uint32_t size = 0;
	while (size < rest->size && rest->data[size] != '-')
		size++;
	struct slice piece = {rest->data, size};
	uint32_t taken = size < rest->size ? size + 1 : size;
	rest->data += taken;
	rest->size -= taken;
	return piece;
}

/* VCH-202601-S12-001: statement 12, of January 2026. */
static struct statement_id statement_of_reference(const struct state *state,
						  struct ambito_id ambito, struct slice rest)
{
	struct slice month = next_piece(&rest);
	struct slice number = next_piece(&rest);
	uint32_t yyyymm = 0;
	uint32_t id = 0;
	uint32_t row = 0;
	if (month.size != 6 || number.size < 2 || number.data[0] != 'S' ||
	    !text_parse_u32(month, 999912, &yyyymm) ||
	    !text_parse_u32((struct slice){number.data + 1, number.size - 1}, UINT32_MAX, &id) ||
	    !text_parse_u32(rest, 999999, &row))
		return (struct statement_id){0};
	const struct statement *statement = state_statement(state, (struct statement_id){id});
	int64_t stated = (int64_t)(yyyymm / 100) * 12 + yyyymm % 100 - 1;
	if (statement == NULL || statement->ambito.raw != ambito.raw ||
	    statement->month.number != stated)
		return (struct statement_id){0};
	return (struct statement_id){id};
}

/* TIT-3-17-1: export 3, payment 17, row 1. */
static const struct export_item *item_of_reference(const struct state *state,
						   struct ambito_id ambito, struct slice rest)
{
	struct slice export = next_piece(&rest);
	struct slice number = next_piece(&rest);
	uint32_t export_id = 0;
	uint32_t id = 0;
	uint32_t row = 0;
	if (!text_parse_u32(export, UINT32_MAX, &export_id) ||
	    !text_parse_u32(number, UINT32_MAX, &id) || !text_parse_u32(rest, 999999, &row))
		return NULL;
	const struct export_item *item = state_export_item(state, (struct export_item_id){id});
	return item != NULL && item->export.raw == export_id && item->ambito.raw == ambito.raw
		   ? item
		   : NULL;
}

static struct receivable_id receivable_of_reference(const struct state *state,
						    struct ambito_id ambito, struct slice rest)
{
	uint32_t id = 0;
	if (!text_parse_u32(rest, UINT32_MAX, &id))
		return (struct receivable_id){0};
	const struct receivable *bill = state_receivable(state, (struct receivable_id){id});
	return bill != NULL && bill->ambito.raw == ambito.raw ? (struct receivable_id){id}
							      : (struct receivable_id){0};
}

static void take_item(const struct export_item *item, struct outcome_target *target)
{
	if (item == NULL)
		return;
	target->statement = item->statement;
	target->cash_grant_payment = item->cash_grant_payment;
}

static struct outcome_target by_reference(const struct state *state, struct ambito_id ambito,
					  enum outcome_kind kind, struct slice reference)
{
	struct outcome_target target = {.is_exact = false};
	struct slice rest = {reference.data + PREFIX_SIZE, reference.size - PREFIX_SIZE};
	if (has_prefix(reference, "VCH-") && kind != OUTCOME_KIND_COLLECTED)
		target.statement = statement_of_reference(state, ambito, rest);
	else if (has_prefix(reference, "TIT-") && kind != OUTCOME_KIND_COLLECTED)
		take_item(item_of_reference(state, ambito, rest), &target);
	else if (has_prefix(reference, "CPY-") && kind == OUTCOME_KIND_COLLECTED)
		target.receivable = receivable_of_reference(state, ambito, rest);
	target.is_exact = target.statement.raw != 0 || target.cash_grant_payment.raw != 0 ||
			  target.receivable.raw != 0;
	return target;
}

/* ---- By amount and date ---- */

static bool is_within(struct day from, struct day day, int32_t days)
{
	return !day_less(day, from) && (int64_t)day.number - from.number <= days;
}

static bool statement_fits(const struct statement *statement,
			   const struct command_payment_outcome_record *line)
{
	bool is_ordered = statement->state == STATEMENT_STATE_ORDERED;
	bool is_exported = statement->state == STATEMENT_STATE_EXPORTED;
	bool is_whole = (is_ordered || is_exported) &&
			payment_is_whole(statement, line->amount_cents);
	switch ((enum outcome_kind)line->kind) {
	case OUTCOME_KIND_ORDERED:
		return is_exported && is_whole;
	case OUTCOME_KIND_PAID:
		return is_whole && !day_less(line->day, statement->order_date);
	case OUTCOME_KIND_REJECTED:
		return is_whole;
	case OUTCOME_KIND_RETURNED:
		return statement->state == STATEMENT_STATE_PAID &&
		       cents_equal(statement->paid_net_cents, line->amount_cents) &&
		       is_within(statement->paid_on, line->day, OUTCOME_RETURN_DAYS);
	case OUTCOME_KIND_COLLECTED:
		break;
	}
	return false;
}

/* Is it one of the single transfers of a statement that is on its way, or that was paid whole? Such
 * a one may have an order of its own, so that the statement's, its number and day, says nothing. */
static bool transfer_fits(struct decision *decision, struct statement_id id,
			  const struct command_payment_outcome_record *line)
{
	const struct statement *statement = state_statement(decision->state, id);
	bool is_sent = statement->state == STATEMENT_STATE_EXPORTED ||
		       statement->state == STATEMENT_STATE_ORDERED;
	struct cents most = payment_left(statement);
	if (line->kind == OUTCOME_KIND_RETURNED) {
		is_sent = statement->state == STATEMENT_STATE_PAID &&
			  is_within(statement->paid_on, line->day, OUTCOME_RETURN_DAYS);
		most = statement->paid_net_cents;
	}
	bool is_part = cents_less(line->amount_cents, most) ||
		       (cents_equal(line->amount_cents, most) &&
			!cents_equal(most, statement->payable_net_cents));
	return is_sent && is_part && line->kind != OUTCOME_KIND_COLLECTED &&
	       transfer_is_of(decision->effects, id, line->amount_cents);
}

/* 1: the order that the line names; -1: another order; 0: not told of one of the two. */
static int compare_orders(const struct statement *statement,
			  const struct command_payment_outcome_record *line)
{
	struct slice known = JUDGE_TEXT(statement->order_number);
	struct slice told = JUDGE_TEXT(line->order_number);
	if (known.size == 0 || told.size == 0)
		return 0;
	int32_t year = month_year(month_of_day(statement->order_date));
	struct day day = line->order_date.number != 0 ? line->order_date : line->day;
	return slice_equals(known, told) && year == month_year(month_of_day(day)) ? 1 : -1;
}

/* 1: the statement that the line's order pays whole; 0: the amount of the whole, or of one of its
 * transfers; -1: another's. */
static int compare_statement(struct decision *decision, struct statement_id id,
			     const struct command_payment_outcome_record *line)
{
	const struct statement *statement = state_statement(decision->state, id);
	int order = compare_orders(statement, line);
	if (order >= 0 && statement_fits(statement, line))
		return order;
	return transfer_fits(decision, id, line) ? 0 : -1;
}

static void look_at_statements(struct decision *decision, struct ambito_id ambito,
			       const struct command_payment_outcome_record *line,
			       struct outcome_target *target)
{
	const struct calendar *calendar = &decision->state->statements_by_month;
	struct month month = month_of_day(line->day);
	uint32_t named = 0;
	for (uint32_t i = 0; i < OUTCOME_MONTHS_MAX; i++) {
		uint32_t id = calendar_first_of_month(calendar, month);
		for (; id != 0; id = calendar_next(calendar, id)) {
			struct statement_id one = {id};
			if (state_statement(decision->state, one)->ambito.raw != ambito.raw)
				continue;
			int order = compare_statement(decision, one, line);
			if (order < 0)
				continue;
			target->candidates++;
			named += order > 0 ? 1 : 0;
			if (named == 0 || order > 0)
				target->statement = one;
		}
		if (!month_plus(month, -1, &month))
			break;
	}
	if (named != 1)
		return;
	target->candidates = 1;
	target->is_exact = true;
}

static bool payment_fits(const struct cash_grant_payment *payment,
			 const struct command_payment_outcome_record *line)
{
	if (!cents_equal(payment->amount_cents, line->amount_cents))
		return false;
	if (line->kind == OUTCOME_KIND_PAID || line->kind == OUTCOME_KIND_REJECTED)
		return payment->state == CASH_GRANT_PAYMENT_STATE_APPROVED;
	return line->kind == OUTCOME_KIND_RETURNED &&
	       payment->state == CASH_GRANT_PAYMENT_STATE_PAID &&
	       is_within(payment->paid_on, line->day, OUTCOME_RETURN_DAYS);
}

static void look_at_payments(const struct state *state, struct ambito_id ambito,
			     const struct command_payment_outcome_record *line,
			     struct outcome_target *target)
{
	struct month month = month_of_day(line->day);
	for (uint32_t i = 0; i < OUTCOME_MONTHS_MAX; i++) {
		uint32_t id = calendar_first_of_month(&state->payments_by_month, month);
		for (; id != 0; id = calendar_next(&state->payments_by_month, id)) {
			const struct cash_grant_payment *payment = state_cash_grant_payment(
			    state, (struct cash_grant_payment_id){id});
			if (payment->ambito.raw != ambito.raw || !payment_fits(payment, line))
				continue;
			target->candidates++;
			target->cash_grant_payment.raw = id;
		}
		if (!month_plus(month, -1, &month))
			break;
	}
}

struct outcome_target outcome_match(struct decision *decision, struct ambito_id ambito,
				    const struct command_payment_outcome_record *line)
{
	const struct state *state = decision->state;
	struct slice reference = JUDGE_TEXT(line->end_to_end);
	if (reference.size != 0)
		return by_reference(state, ambito, (enum outcome_kind)line->kind, reference);
	struct outcome_target target = {.candidates = 0};
	look_at_statements(decision, ambito, line, &target);
	if (!target.is_exact)
		look_at_payments(state, ambito, line, &target);
	if (target.candidates != 1) {
		target.statement.raw = 0;
		target.cash_grant_payment.raw = 0;
	}
	return target;
}
