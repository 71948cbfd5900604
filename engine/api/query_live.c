/* Live items: copied on the ledger thread, rendered elsewhere. See query.h. */
#include "engine/api/account.h"
#include "engine/api/json.h"
#include "engine/api/query.h"
#include "engine/api/write_json.h"
#include "engine/base/assert.h"
#include "engine/domain/authorise.h"
#include "engine/domain/choice.h"

#include <string.h>

/* The largest record fits; checked where it is copied. */
static_assert(sizeof(struct provider) <= QUERY_RECORD_SIZE_MAX, "copies have room");

void query_live_begin(struct query_live *live, const struct api_request *request,
		      const struct query *query)
{
	ASSERT(live != NULL && request != NULL);
	ASSERT(query != NULL && query->live);
	live->query = query;
	live->principal = request->principal;
	live->found = false;
	live->id = 0;
	live->line_count = 0;
	live->cell_count = 0;
	live->share_count = 0;
	live->statement.raw = 0;
}

static void copy_voucher(const struct state *state, struct query_live *live)
{
	const struct voucher *voucher = (const struct voucher *)live->record;
	uint32_t funds = voucher->share_count == 0 ? 1 : voucher->share_count;
	uint32_t cells = (uint32_t)voucher->line_count * voucher->month_count * funds;
	for (uint32_t i = 0; i < voucher->line_count && i < VOUCHER_LINES_MAX; i++) {
		const struct voucher_line *line = state_voucher_line(
		    state, (struct voucher_line_id){voucher->first_line.raw + i});
		if (line == NULL)
			break;
		live->lines[live->line_count++] = *line;
	}
	for (uint32_t i = 0; i < voucher->share_count && i < VOUCHER_SHARES_MAX; i++) {
		const struct voucher_share *share = state_voucher_share(
		    state, (struct voucher_share_id){voucher->first_share.raw + i});
		if (share == NULL)
			break;
		live->shares[live->share_count++] = *share;
	}
	for (uint32_t i = 0; i < cells && i < VOUCHER_CELLS_MAX; i++) {
		const struct cell *cell =
		    state_cell(state, (struct cell_id){voucher->first_cell.raw + i});
		if (cell == NULL)
			break;
		live->cells[live->cell_count++] = *cell;
	}
}

static void copy_redemption(const struct state *state, struct query_live *live)
{
	struct redemption *redemption = (struct redemption *)live->record;
	const struct statement_line *line = state_statement_line(state, redemption->statement_line);
	if (line == NULL)
		return;
	live->statement = line->statement;
	redemption->state =
	    query_redemption_state(redemption, state_statement(state, line->statement));
}

/* The rates of today, by line. A provider learns them only where it collects: decision 0010. */
static void copy_copay(const struct state *state, struct query_live *live)
{
	const struct voucher *voucher = (const struct voucher *)live->record;
	const struct ledger *ledger = state_ledger(state, (struct ledger_id){1});
	ASSERT(ledger != NULL);
	live->day = state_day(state, ledger->clock);
	live->copay_model = (uint8_t)copay_model_of(state, voucher, live->day);
	if (live->principal.role == ROLE_PROVIDER &&
	    live->copay_model != COPAY_COLLECTION_MODEL_A)
		live->found = false;
	for (uint32_t i = 0; i < live->line_count; i++) {
		const struct service *service = state_service(state, live->lines[i].service);
		struct copay_question question = {.scope = {.ambito = voucher->ambito,
							    .measure = voucher->measure,
							    .comune = voucher->comune,
							    .service = live->lines[i].service},
						  .beneficiary = voucher->beneficiary,
						  .day = live->day,
						  .unit = service == NULL ? 0 : service->unit};
		live->rate_known[i] =
		    copay_rate_at(state, &question, &live->rates[i]) == RESULT_OK;
	}
}

/* The list as it stands on the ledger's present day. */
static void copy_choices(const struct state *state, struct query_live *live)
{
	const struct ledger *ledger = state_ledger(state, (struct ledger_id){1});
	struct effects effects;
	if (ledger == NULL)
		return;
	effects_init_reader(&effects, state);
	choice_list(&effects, (struct voucher_id){live->id}, state_day(state, ledger->clock),
		    &live->choices);
}

struct cents query_ceiling_forecast(const struct ceiling *ceiling, struct cents held,
				    struct day today)
{
	struct month first = ceiling->month;
	struct month last = ceiling->month;
	if (first.number == 0) {
		first.number = (int32_t)ceiling->year * 12;
		last.number = first.number + 11;
	}
	if (ceiling->year == 0 && ceiling->month.number == 0)
		return held;
	int64_t whole = month_last_day(last).number - month_first_day(first).number + 1;
	int64_t gone = today.number - month_first_day(first).number + 1;
	struct cents scaled;
	if (gone <= 0 || gone >= whole || !cents_times(held, (uint64_t)whole, &scaled) ||
	    !cents_div_floor(scaled, (uint64_t)gone, &scaled))
		return held;
	return scaled;
}

/* What ordinary titles may still use, and what the use comes to. */
static void copy_ceiling(const struct state *state, struct query_live *live)
{
	const struct ceiling *ceiling = (const struct ceiling *)live->record;
	const struct ledger *ledger = state_ledger(state, (struct ledger_id){1});
	ASSERT(ledger != NULL);
	for (uint32_t slot = 0; slot < CEILING_ACCOUNT_SLOTS; slot++)
		live->balances[slot] = state_ceiling_balance(
		    state, (struct ceiling_id){live->id}, (enum ceiling_account_slot)slot);
	struct cents kept = cents_zero();
	if (!cents_sub(ceiling->set_aside_cents, ceiling->priority_cents, &kept))
		kept = cents_zero();
	if (!cents_sub(live->balances[CEILING_FREE], kept, &live->ordinary))
		live->ordinary = cents_zero();
	struct cents held = live->balances[CEILING_USED];
	if (!cents_add(held, live->balances[CEILING_RESERVED], &held))
		held = live->balances[CEILING_USED];
	live->forecast =
	    query_ceiling_forecast(ceiling, held, state_day(state, ledger->clock));
}

/* Units left on the ledger's present day. */
static void copy_balance(const struct state *state, struct query_live *live)
{
	const struct ledger *ledger = state_ledger(state, (struct ledger_id){1});
	ASSERT(ledger != NULL);
	balance_of(state, (struct voucher_id){live->id}, state_day(state, ledger->clock),
		   &live->balance);
}

static void copy_related(const struct state *state, struct query_live *live)
{
	switch ((enum route_query)live->query->row->query) {
	case ROUTE_QUERY_FUND_YEAR:
		for (uint32_t slot = 0; slot < FUND_ACCOUNT_SLOTS; slot++)
			live->balances[slot] = state_fund_balance(
			    state, (struct fund_year_id){live->id}, (enum fund_account_slot)slot);
		return;
	case ROUTE_QUERY_CEILING_USAGE:
		copy_ceiling(state, live);
		return;
	case ROUTE_QUERY_VOUCHER_COPAY:
		copy_voucher(state, live);
		copy_copay(state, live);
		return;
	case ROUTE_QUERY_CHOICES:
		copy_choices(state, live);
		return;
	case ROUTE_QUERY_VOUCHER_BALANCE:
		copy_voucher(state, live);
		copy_balance(state, live);
		return;
	default: /* an item; only two kinds have more to tell */
		break;
	}
	if (live->query->row->record == RECORD_KIND_VOUCHER)
		copy_voucher(state, live);
	if (live->query->row->record == RECORD_KIND_REDEMPTION)
		copy_redemption(state, live);
}

void query_live(const struct state *state, void *argument)
{
	struct query_live *live = argument;
	ASSERT(state != NULL && live != NULL);
	const struct query *query = live->query;
	enum record_kind kind = (enum record_kind)query->row->record;
	uint32_t size = record_info(kind)->set.struct_size;
	ASSERT(size <= sizeof(live->record));
	live->id = query->id;
	if (query->row->query == ROUTE_QUERY_FUND_YEAR)
		live->id =
		    state_find_fund_year(state, (struct fund_id){query->id}, query->year).raw;
	const void *record = state_record(state, kind, live->id);
	if (record == NULL || !authorise_read(state, &live->principal, kind, live->id, record))
		return;
	live->found = true;
	memcpy(live->record, record, size);
	copy_related(state, live);
}

/* ---- Candidates of a list ---- */

/* The month that a list of statements is of; 0: of any. */
static int32_t month_of_filters(const struct query *query)
{
	for (uint32_t i = 0; i < query->filter_count; i++)
		if (query->filters[i].field->type == FIELD_MONTH)
			return (int32_t)query->filters[i].value;
	return 0;
}

bool query_is_indexed(const struct query *query)
{
	ASSERT(query != NULL && query->row != NULL);
	return query->row->query == ROUTE_QUERY_LIST &&
	       query->row->record == RECORD_KIND_STATEMENT && month_of_filters(query) != 0;
}

/* What of the caller's scope is cheap to tell; the list judges the rest. */
static bool is_candidate(const struct query_search *search, const struct statement *statement)
{
	const struct principal *principal = &search->principal;
	if ((principal->ambito.raw != 0 && principal->ambito.raw != statement->ambito.raw) ||
	    (principal->provider.raw != 0 && principal->provider.raw != statement->provider.raw &&
	     principal->provider.raw != statement->payee.raw))
		return false;
	for (uint32_t i = 0; i < search->query->filter_count; i++) {
		const struct query_filter *filter = &search->query->filters[i];
		uint64_t number = 0;
		memcpy(&number, (const char *)statement + filter->field->offset,
		       filter->field->size);
		if (number != filter->value)
			return false;
	}
	return true;
}

/* Turns what was kept of a month, newest first in a ring, into rising ids. */
static void reverse(struct query_found *found, uint32_t total)
{
	uint32_t kept = total < QUERY_FOUND_MAX ? total : QUERY_FOUND_MAX;
	uint32_t first = total - kept; /* of what is kept, as it was met */
	uint32_t ids[QUERY_FOUND_MAX];
	for (uint32_t i = 0; i < kept; i++)
		ids[kept - 1 - i] = found->ids[(first + i) % QUERY_FOUND_MAX];
	memcpy(found->ids, ids, kept * sizeof(ids[0]));
	found->count = kept;
}

/* A month's list has its newest first, strictly: ids are given in the order of creation. */
void query_search(const struct state *state, void *argument)
{
	struct query_search *search = argument;
	const struct query *query = search->query;
	ASSERT(state != NULL && query_is_indexed(query));
	const struct calendar *calendar = &state->statements_by_month;
	struct query_found *found = &search->found;
	uint32_t id =
	    calendar_first_of_month(calendar, (struct month){month_of_filters(query)});
	uint32_t total = 0;
	found->is_whole = true;
	for (; id != 0; id = calendar_next(calendar, id)) {
		bool is_before = query->descending ? query->after != 0 && id >= query->after
						   : id <= query->after;
		if (is_before && !query->descending)
			break;
		if (is_before ||
		    !is_candidate(search, state_statement(state, (struct statement_id){id})))
			continue;
		if (query->descending && total == QUERY_FOUND_MAX) {
			found->is_whole = false;
			break;
		}
		found->ids[total++ % QUERY_FOUND_MAX] = id;
	}
	found->count = total < QUERY_FOUND_MAX ? total : QUERY_FOUND_MAX;
	if (query->descending)
		return;
	found->is_whole = total <= QUERY_FOUND_MAX;
	reverse(found, total);
}

void query_cipher(const struct state *state, void *argument)
{
	struct query_cipher *cipher = argument;
	ASSERT(state != NULL && cipher != NULL);
	const struct voucher_secret *secret =
	    state_voucher_secret(state, (struct voucher_secret_id){cipher->voucher.raw});
	cipher->found = secret != NULL;
	if (cipher->found)
		memcpy(cipher->code_cipher, secret->code_cipher, sizeof(cipher->code_cipher));
}

/* ---- Rendering ---- */

static void write_voucher(struct json *json, const struct api_request *request,
			  const struct query_live *live)
{
	const struct voucher *voucher = (const struct voucher *)live->record;
	json_name(json, "lines");
	json_array_begin(json);
	for (uint32_t i = 0; i < live->line_count; i++) {
		json_object_begin(json);
		write_json_members(json, request, RECORD_KIND_VOUCHER_LINE,
				   voucher->first_line.raw + i, &live->lines[i]);
		json_object_end(json);
	}
	json_array_end(json);
	json_name(json, "funds");
	json_array_begin(json);
	for (uint32_t i = 0; i < live->share_count; i++) {
		json_object_begin(json);
		write_json_members(json, request, RECORD_KIND_VOUCHER_SHARE,
				   voucher->first_share.raw + i, &live->shares[i]);
		json_object_end(json);
	}
	json_array_end(json);
	json_name(json, "cells");
	json_array_begin(json);
	for (uint32_t i = 0; i < live->cell_count; i++) {
		json_object_begin(json);
		write_json_members(json, request, RECORD_KIND_CELL, voucher->first_cell.raw + i,
				   &live->cells[i]);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_fund_balances(struct json *json, const struct query_live *live)
{
	json_name(json, "balances");
	json_object_begin(json);
	for (uint8_t slot = 0; slot < FUND_ACCOUNT_SLOTS; slot++) {
		const char *symbol = account_symbol(BOOK_FUND, slot);
		if (symbol != NULL)
			json_cents_field(json, symbol, live->balances[slot]);
	}
	json_object_end(json);
}

/* The identity of the year's accounts, its residuals, and what its lines are above its total. */
static void write_fund_sums(struct json *json, const struct query_live *live)
{
	static const uint8_t residuals[] = {FUND_REDEEMED, FUND_DISPUTED, FUND_SETTLED,
					    FUND_VAT_PAYABLE, FUND_WITHHELD};
	const struct fund_year *fund_year = (const struct fund_year *)live->record;
	struct cents difference = cents_zero();
	struct cents open = cents_zero();
	struct cents sum;
	bool fits = cents_sum(&live->balances[FUND_AVAILABLE],
			      FUND_WRITTEN_OFF - FUND_AVAILABLE + 1, &sum);
	for (size_t i = 0; i < sizeof(residuals); i++)
		fits = cents_add(open, live->balances[residuals[i]], &open) && fits;
	if (fund_year->line_count > 0)
		fits = cents_delta(fund_year->lines_cents, fund_year->stated_cents, &difference) &&
		       fits;
	ASSERT(fits);
	json_cents_field(json, "accounted_cents", sum);
	json_cents_field(json, "residuals_cents", open);
	json_cents_field(json, "difference_cents", difference);
}

static void write_ceiling_usage(struct json *json, const struct query_live *live)
{
	json_cents_field(json, "granted_cents", live->balances[CEILING_GRANTED]);
	json_cents_field(json, "free_cents", live->balances[CEILING_FREE]);
	json_cents_field(json, "reserved_cents", live->balances[CEILING_RESERVED]);
	json_cents_field(json, "used_cents", live->balances[CEILING_USED]);
	json_cents_field(json, "override_cents", live->balances[CEILING_OVERRIDE]);
	json_cents_field(json, "ordinary_cents", live->ordinary);
	json_cents_field(json, "forecast_cents", live->forecast);
}

/* Not the title itself, which other roles may read: what the person pays of it. */
static void write_copay(struct json *json, const struct api_request *request,
			const struct query_live *live)
{
	struct directory *directory = request->context->directory;
	char day[DAY_TEXT_SIZE];
	day_format(live->day, day);
	json_id_field(json, "voucher", directory, RECORD_KIND_VOUCHER, live->id);
	json_text_field(json, "copay_model",
			enum_name(&enum_copay_collection_model, live->copay_model));
	json_slice_field(json, "day", (struct slice){day, DAY_TEXT_SIZE});
	json_name(json, "lines");
	json_array_begin(json);
	for (uint32_t i = 0; i < live->line_count; i++) {
		const struct copay_rate *rate = &live->rates[i];
		bool is_percent = rate->applies && rate->is_percent;
		bool is_tariff = rate->applies && !rate->is_percent;
		json_object_begin(json);
		json_id_field(json, "service", directory, RECORD_KIND_SERVICE,
			      live->lines[i].service.raw);
		json_boolean_field(json, "is_known", live->rate_known[i]);
		json_cents_field(json, "tariff_cents", is_tariff ? rate->tariff : cents_zero());
		json_unsigned_field(json, "per_units", rate->per);
		json_unsigned_field(json, "covered_bp",
				    is_percent ? rate->covered_bp : CENTS_BASIS_POINTS_ONE);
		json_cents_field(json, "deductible_cents", rate->deductible);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_choices(struct json *json, const struct api_request *request,
			  const struct query_live *live)
{
	struct directory *directory = request->context->directory;
	const char *order = enum_name(&enum_provider_list_order, live->choices.order);
	char day[DAY_TEXT_SIZE];
	day_format(live->choices.day, day);
	json_id_field(json, "voucher", directory, RECORD_KIND_VOUCHER, live->id);
	json_slice_field(json, "day", (struct slice){day, DAY_TEXT_SIZE});
	json_text_field(json, "order", order == NULL ? "" : order);
	json_name(json, "providers");
	json_array_begin(json);
	for (uint32_t i = 0; i < live->choices.count; i++) {
		const struct choice_offer *offer = &live->choices.offers[i];
		json_object_begin(json);
		json_id_field(json, "provider", directory, RECORD_KIND_PROVIDER,
			      offer->provider.raw);
		if (offer->free_units != UINT32_MAX)
			json_unsigned_field(json, "free_units", offer->free_units);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_day(struct json *json, const char *name, struct day day)
{
	char text[DAY_TEXT_SIZE];
	day_format(day, text);
	json_slice_field(json, name, (struct slice){text, DAY_TEXT_SIZE});
}

/* What a provider asks before the visit. */
static void write_balance(struct json *json, const struct api_request *request,
			  const struct query_live *live)
{
	struct directory *directory = request->context->directory;
	const struct voucher *voucher = (const struct voucher *)live->record;
	json_id_field(json, "voucher", directory, RECORD_KIND_VOUCHER, live->id);
	json_text_field(json, "state", enum_name(&enum_voucher_state, voucher->state));
	write_day(json, "day", live->balance.day);
	json_boolean_field(json, "is_suspended", live->balance.is_suspended);
	json_name(json, "months");
	json_array_begin(json);
	for (uint32_t i = 0; i < live->balance.count; i++) {
		const struct balance_month *month = &live->balance.months[i];
		char text[MONTH_TEXT_SIZE];
		month_format(month->month, text);
		json_object_begin(json);
		json_id_field(json, "service", directory, RECORD_KIND_SERVICE,
			      live->lines[month->line].service.raw);
		json_slice_field(json, "month", (struct slice){text, MONTH_TEXT_SIZE});
		json_unsigned_field(json, "granted_units", month->granted);
		json_unsigned_field(json, "free_units", month->free);
		json_unsigned_field(json, "booked_units", month->booked);
		json_unsigned_field(json, "used_units", month->used);
		json_unsigned_field(json, "disputed_units", month->disputed);
		json_unsigned_field(json, "carried_units", month->carried);
		write_day(json, "last_day", month->last_day);
		write_day(json, "submit_by", month->submit_by);
		write_day(json, "ends", month->ends);
		json_boolean_field(json, "is_over", month->is_over);
		json_boolean_field(json, "is_held_back", month->is_held_back);
		json_object_end(json);
	}
	json_array_end(json);
}

/* Queries that show something else than their record. True: written. */
static bool write_other(struct json *json, const struct api_request *request,
			const struct query_live *live)
{
	uint8_t query = live->query->row->query;
	if (query == ROUTE_QUERY_VOUCHER_COPAY)
		write_copay(json, request, live);
	else if (query == ROUTE_QUERY_CHOICES)
		write_choices(json, request, live);
	else if (query == ROUTE_QUERY_VOUCHER_BALANCE)
		write_balance(json, request, live);
	else
		return false;
	return true;
}

uint16_t query_live_write(struct api_buffer *buffer, const struct api_request *request,
			  const struct query_live *live)
{
	ASSERT(buffer != NULL && request != NULL && live != NULL);
	enum record_kind kind = (enum record_kind)live->query->row->record;
	if (!live->found) {
		struct api_problem problem =
		    problem_of_name(RESULT_NOT_FOUND, PROBLEM_EXPECTS_NOTHING,
				    slice_from_text(record_info(kind)->name));
		return write_json_problem(buffer, request, &problem);
	}
	struct json json;
	json_open(&json, buffer);
	json_object_begin(&json);
	if (write_other(&json, request, live)) {
		json_object_end(&json);
		json_close(&json);
		return result_info(RESULT_OK)->status;
	}
	write_json_members(&json, request, kind, live->id, live->record);
	if (live->query->row->query == ROUTE_QUERY_FUND_YEAR) {
		write_fund_balances(&json, live);
		write_fund_sums(&json, live);
	} else if (live->query->row->query == ROUTE_QUERY_CEILING_USAGE)
		write_ceiling_usage(&json, live);
	else if (kind == RECORD_KIND_VOUCHER)
		write_voucher(&json, request, live);
	else if (kind == RECORD_KIND_REDEMPTION)
		json_id_field(&json, "statement", request->context->directory,
			      RECORD_KIND_STATEMENT, live->statement.raw);
	json_object_end(&json);
	json_close(&json);
	return result_info(RESULT_OK)->status;
}
