/* Opening balances, the posting: totals, room, slices. See opening.h. */
#include "engine/domain/accreditation.h"
#include "engine/domain/approval.h"
#include "engine/domain/ceiling_match.h"
#include "engine/domain/cell.h"
#include "engine/domain/commitment.h"
#include "engine/domain/duties.h"
#include "engine/domain/fund.h"
#include "engine/domain/judge.h"
#include "engine/domain/opening.h"
#include "engine/domain/recovery.h"
#include "engine/domain/voucher.h"

/* A slice stops at either; what one title more may add fits beside it. */
#define SLICE_WRITES_MAX   1500u
#define SLICE_POSTINGS_MAX 2500u

static_assert(SLICE_POSTINGS_MAX + VOUCHER_CELLS_MAX * (2u * CEILINGS_ON_PATH_MAX + 3u) <=
		  EFFECT_POSTINGS_MAX,
	      "the last title of a slice fits too");

struct opening_id opening_in_posting(const struct state *state)
{
	uint32_t id = state_count(state, RECORD_KIND_OPENING);
	for (; id != 0; id--)
		if (state_opening(state, (struct opening_id){id})->state == OPENING_STATE_POSTING)
			break;
	return (struct opening_id){id};
}

static enum fund_account_slot slot_of(uint8_t account)
{
	switch ((enum opening_account)account) {
	case OPENING_ACCOUNT_REDEEMED:
		return FUND_REDEEMED;
	case OPENING_ACCOUNT_SETTLED:
		return FUND_SETTLED;
	case OPENING_ACCOUNT_VAT_PAYABLE:
		return FUND_VAT_PAYABLE;
	case OPENING_ACCOUNT_PAID:
		return FUND_PAID;
	case OPENING_ACCOUNT_VAT_PAID:
		return FUND_VAT_PAID;
	case OPENING_ACCOUNT_RECOVERABLE:
		return FUND_RECOVERABLE;
	case OPENING_ACCOUNT_COMMITTED:
	case OPENING_ACCOUNT_CEILING_USED:
		break;
	}
	ASSERT(false);
	return FUND_AVAILABLE;
}

/* The row's part of an account. */
static struct cents *part_of_row(struct opening_row *row, enum fund_account_slot slot)
{
	switch (slot) {
	case FUND_REDEEMED:
		return &row->redeemed_cents;
	case FUND_SETTLED:
		return &row->settled_cents;
	case FUND_VAT_PAYABLE:
		return &row->vat_payable_cents;
	case FUND_PAID:
		return &row->paid_cents;
	case FUND_VAT_PAID:
		return &row->vat_paid_cents;
	case FUND_RECOVERABLE:
		return &row->recoverable_cents;
	default: /* not kept by rows */
		return NULL;
	}
}

/* One move of a row's money: a posting, and the row's parts with it. */
struct row_move {
	struct provider_id provider;
	struct statement_id statement;
	enum posting_kind kind;
	enum fund_account_slot from;
	enum fund_account_slot to;
	struct cents amount;
};

static void move_row(struct effects *effects, struct opening_row_id id, const struct row_move *move)
{
	struct opening_row *row = effects_edit_opening_row(effects, id);
	struct posting posting = {
	    .amount = move->amount.raw, /* raw: a posting carries the plain number */
	    .fund_year = row->fund_year,
	    .comune = row->comune,
	    .voucher = row->voucher,
	    .provider = move->provider,
	    .statement = move->statement,
	    .book = BOOK_FUND,
	    .kind = (uint8_t)move->kind,
	    .from = (uint8_t)move->from,
	    .to = (uint8_t)move->to,
	};
	effects_post(effects, &posting);
	struct cents *from = part_of_row(row, move->from);
	struct cents *to = part_of_row(row, move->to);
	bool fits = (from == NULL || cents_sub(*from, move->amount, from)) &&
		    (to == NULL || cents_add(*to, move->amount, to));
	ASSERT(fits);
}

/* The same cents in every ceiling that counts the row. */
static void move_ceilings(struct effects *effects, const struct opening_row *row,
			  enum posting_kind kind, bool is_taken, struct cents amount)
{
	struct ceiling_scope scope = opening_scope(effects, row);
	const struct ceiling_dimensions dimensions = {.fund_year = row->fund_year,
						      .comune = row->comune,
						      .voucher = row->voucher,
						      .provider = row->provider};
	ceiling_move(effects, &scope, kind, is_taken ? CEILING_FREE : CEILING_USED,
		     is_taken ? CEILING_USED : CEILING_FREE, amount, &dimensions);
}

void opening_free(struct effects *effects, struct opening_row_id id, struct provider_id provider,
		  struct statement_id statement, struct cents amount)
{
	struct opening_row *row = effects_edit_opening_row(effects, id);
	const struct row_move move = {.provider = provider,
				      .statement = statement,
				      .kind = POSTING_KIND_RECOVERED,
				      .from = FUND_RECOVERABLE,
				      .to = fund_freed_slot(effects, row->fund_year),
				      .amount = amount};
	move_row(effects, id, &move);
	move_ceilings(effects, row, POSTING_KIND_RECOVERED, false, amount);
	bool fits = cents_sub(row->held_cents, amount, &row->held_cents);
	ASSERT(fits);
}

void opening_write_off(struct effects *effects, struct opening_row_id id,
		       struct provider_id provider, struct cents amount)
{
	const struct row_move move = {.provider = provider,
				      .kind = POSTING_KIND_WRITE_OFF,
				      .from = FUND_RECOVERABLE,
				      .to = FUND_WRITTEN_OFF,
				      .amount = amount};
	move_row(effects, id, &move);
}

bool opening_sum_held(struct effects *effects, const struct ceiling *ceilings, uint32_t count,
		      struct cents *held)
{
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_OPENING_ROW); i++) {
		const struct opening_row *row =
		    effects_read_opening_row(effects, (struct opening_row_id){i});
		if (cents_is_zero(row->held_cents))
			continue;
		struct ceiling_scope scope = opening_scope(effects, row);
		for (uint32_t j = 0; j < count; j++)
			if (ceiling_matches_scope(&ceilings[j], &scope) &&
			    !cents_add(held[j], row->held_cents, &held[j]))
				return false;
	}
	return true;
}

/* ---- All rows together, before anything moves ---- */

/* What the rows ask of everything that must hold them. Indexed by id. */
struct demand {
	struct decision *decision;
	struct cents *years;
	struct cents *ceilings;
	struct cents *commitments; /* what they have left */
	uint32_t commitment_count;
};

static bool begin_demand(struct decision *decision, struct demand *demand)
{
	struct effects *effects = decision->effects;
	uint32_t years = effects_count(effects, RECORD_KIND_FUND_YEAR) + 1;
	uint32_t ceilings = effects_count(effects, RECORD_KIND_CEILING) + 1;
	demand->decision = decision;
	demand->commitment_count = effects_count(effects, RECORD_KIND_COMMITMENT);
	demand->years = arena_alloc_zeroed(&effects->arena, years, sizeof(struct cents));
	demand->ceilings = arena_alloc_zeroed(&effects->arena, ceilings, sizeof(struct cents));
	demand->commitments = arena_alloc_zeroed(&effects->arena, demand->commitment_count + 1,
						 sizeof(struct cents));
	if (demand->years == NULL || demand->ceilings == NULL || demand->commitments == NULL)
		return false;
	for (uint32_t i = 1; i <= demand->commitment_count; i++)
		demand->commitments[i] = commitment_balance(effects, (struct commitment_id){i});
	return true;
}

/* Counts a row on its year and on every ceiling that it touches. */
static enum result ask_row(struct demand *demand, const struct opening_row *row)
{
	struct effects *effects = demand->decision->effects;
	struct ceiling_scope scope = opening_scope(effects, row);
	struct ceiling_matches matches;
	if (!ceiling_match(effects, &scope, CEILING_PART_ALL, &matches))
		return RESULT_TOO_MANY_EFFECTS;
	struct cents *year = &demand->years[row->fund_year.raw];
	if (!cents_add(*year, row->amount_cents, year))
		return RESULT_TOO_MANY_EFFECTS;
	for (uint32_t i = 0; i < matches.count; i++) {
		struct cents *asked = &demand->ceilings[matches.ids[i].raw];
		if (!cents_add(*asked, row->amount_cents, asked))
			return RESULT_TOO_MANY_EFFECTS;
	}
	return RESULT_OK;
}

/* Draws what a title needs in one fund year on the first commitment that has it, as posting
 * will. */
static enum result ask_commitment(struct demand *demand, struct fund_year_id year,
				  struct cents amount)
{
	struct effects *effects = demand->decision->effects;
	struct cents largest = cents_zero();
	for (uint32_t i = 1; i <= demand->commitment_count; i++) {
		const struct commitment *commitment =
		    effects_read_commitment(effects, (struct commitment_id){i});
		if (commitment->fund_year.raw != year.raw ||
		    commitment->state == COMMITMENT_STATE_CLOSED)
			continue;
		struct cents *left = &demand->commitments[i];
		if (cents_sub(*left, amount, left))
			return RESULT_OK;
		largest = cents_max(largest, *left);
	}
	demand->decision->outcome->limit = largest;
	return cents_less(largest, amount)
		   ? judge_short(demand->decision, RESULT_COMMITMENT_EXCEEDED, amount, largest)
		   : RESULT_COMMITMENT_EXCEEDED;
}

/* What the title that begins at a row needs in the row's fund year. */
static struct cents title_need(struct effects *effects, struct opening_row_id first,
			       struct fund_year_id year)
{
	const struct opening_row *row = effects_read_opening_row(effects, first);
	struct voucher_id voucher = row->voucher;
	struct cents sum = cents_zero();
	for (; row != NULL && row->voucher.raw == voucher.raw &&
	       row->account == OPENING_ACCOUNT_COMMITTED;
	     row = effects_read_opening_row(effects, row->next_in_opening)) {
		if (row->fund_year.raw != year.raw)
			continue;
		bool fits = cents_add(sum, row->amount_cents, &sum);
		ASSERT(fits);
	}
	return sum;
}

/* The fund years of a title, each with the commitment that it draws on. Months rise within a line
 * and all lines have the same months. */
struct title_year {
	struct fund_year_id fund_year;
	struct cents need;
	struct commitment_id commitment;
};
#define TITLE_YEARS_MAX (VOUCHER_MONTHS_MAX / 12u + 2u)

static uint32_t years_of_title(struct effects *effects, struct opening_row_id first,
			       struct title_year ret_years[TITLE_YEARS_MAX])
{
	const struct opening_row *row = effects_read_opening_row(effects, first);
	const struct voucher *voucher = effects_read_voucher(effects, row->voucher);
	uint32_t count = 0;
	for (uint32_t n = 0; n < voucher->month_count; n++) {
		ASSERT(row != NULL);
		if (count == 0 || ret_years[count - 1].fund_year.raw != row->fund_year.raw) {
			ASSERT(count < TITLE_YEARS_MAX);
			ret_years[count++] = (struct title_year){
			    .fund_year = row->fund_year,
			    .need = title_need(effects, first, row->fund_year)};
		}
		row = effects_read_opening_row(effects, row->next_in_opening);
	}
	return count;
}

/* The row after a title's; its count of rows passed. */
static struct opening_row_id after_title(struct effects *effects, struct opening_row_id first)
{
	const struct opening_row *row = effects_read_opening_row(effects, first);
	uint32_t cells = voucher_cell_count(effects_read_voucher(effects, row->voucher));
	struct opening_row_id id = first;
	for (uint32_t n = 0; n < cells && id.raw != 0; n++)
		id = effects_read_opening_row(effects, id)->next_in_opening;
	return id;
}

/* Is the last title of the draft complete? The others are: rows follow each other. */
static enum result check_last_title(struct decision *decision, const struct opening *opening)
{
	struct effects *effects = decision->effects;
	const struct opening_row *last = effects_read_opening_row(effects, opening->last_row);
	ASSERT(last != NULL);
	if (last->account != OPENING_ACCOUNT_COMMITTED)
		return RESULT_OK;
	const struct voucher *voucher = effects_read_voucher(effects, last->voucher);
	const struct voucher_line *line = effects_read_voucher_line(
	    effects,
	    (struct voucher_line_id){voucher->first_line.raw + voucher->line_count - 1u});
	bool is_complete =
	    line->service.raw == last->service.raw &&
	    last->month.number == voucher->first_month.number + voucher->month_count - 1;
	return is_complete ? RESULT_OK
			   : judge_object(decision, RESULT_OPENING_INCOMPLETE, RECORD_KIND_VOUCHER,
					  last->voucher.raw);
}

static enum result ask_rows(struct demand *demand, struct opening_id id)
{
	struct decision *decision = demand->decision;
	struct effects *effects = decision->effects;
	struct opening_row_id row_id = effects_read_opening(effects, id)->first_row;
	struct voucher_id title = {0};
	while (row_id.raw != 0) {
		const struct opening_row *row = effects_read_opening_row(effects, row_id);
		enum result result = opening_check_row(decision, id, row);
		if (result == RESULT_OK && row->account != OPENING_ACCOUNT_CEILING_USED)
			result = ask_row(demand, row);
		if (result == RESULT_OK && row->account == OPENING_ACCOUNT_COMMITTED &&
		    row->voucher.raw != title.raw) {
			struct title_year years[TITLE_YEARS_MAX];
			uint32_t count = years_of_title(effects, row_id, years);
			title = row->voucher;
			for (uint32_t i = 0; i < count && result == RESULT_OK; i++)
				result = ask_commitment(demand, years[i].fund_year, years[i].need);
		}
		if (result != RESULT_OK)
			return judge_object(decision, result, RECORD_KIND_OPENING_ROW, row_id.raw);
		row_id = row->next_in_opening;
	}
	return RESULT_OK;
}

/* Every fund year and every ceiling holds what is asked of it. */
static enum result check_room(const struct demand *demand)
{
	struct decision *decision = demand->decision;
	struct effects *effects = decision->effects;
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_FUND_YEAR); i++) {
		enum result result =
		    fund_check_available(decision, (struct fund_year_id){i}, demand->years[i]);
		if (result != RESULT_OK)
			return judge_object(decision, result, RECORD_KIND_FUND_YEAR, i);
	}
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_CEILING); i++) {
		enum result result =
		    ceiling_check_one(decision, (struct ceiling_id){i}, demand->ceilings[i]);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

/* Two figures that must be equal: the accounts', and the rows'. */
static enum result tie(struct decision *decision, struct cents stated, struct cents loaded)
{
	if (cents_equal(stated, loaded))
		return RESULT_OK;
	bool fits = cents_delta(stated, loaded, &decision->outcome->short_by);
	ASSERT(fits);
	decision->outcome->limit = stated;
	return RESULT_OPENING_TOTALS_DIFFER;
}

static enum result check_totals(struct decision *decision, const struct opening *opening)
{
	const struct cents pairs[][2] = {
	    {opening->stated_committed_cents, opening->loaded_committed_cents},
	    {opening->stated_redeemed_cents, opening->loaded_redeemed_cents},
	    {opening->stated_settled_cents, opening->loaded_settled_cents},
	    {opening->stated_vat_payable_cents, opening->loaded_vat_payable_cents},
	    {opening->stated_paid_cents, opening->loaded_paid_cents},
	    {opening->stated_vat_paid_cents, opening->loaded_vat_paid_cents},
	    {opening->stated_recoverable_cents, opening->loaded_recoverable_cents},
	};
	enum result result = RESULT_OK;
	for (uint32_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]) && result == RESULT_OK; i++)
		result = tie(decision, pairs[i][0], pairs[i][1]);
	return result;
}

/* The use that rows state of ceilings is the one that they will show. */
static enum result check_ceilings(const struct demand *demand, struct opening_id id)
{
	struct decision *decision = demand->decision;
	struct effects *effects = decision->effects;
	struct opening_row_id row_id = effects_read_opening(effects, id)->first_row;
	while (row_id.raw != 0) {
		const struct opening_row *row = effects_read_opening_row(effects, row_id);
		struct cents used = cents_zero();
		if (row->account == OPENING_ACCOUNT_CEILING_USED) {
			bool fits = cents_add(
			    effects_ceiling_balance(effects, row->ceiling, CEILING_USED),
			    demand->ceilings[row->ceiling.raw], &used);
			ASSERT(fits);
			if (tie(decision, row->amount_cents, used) != RESULT_OK) {
				decision->outcome->ceiling = row->ceiling;
				return RESULT_OPENING_TOTALS_DIFFER;
			}
		}
		row_id = row->next_in_opening;
	}
	return RESULT_OK;
}

static enum result check_all(struct decision *decision, struct opening_id id)
{
	struct effects *effects = decision->effects;
	const struct opening *opening = effects_read_opening(effects, id);
	if (opening->row_count == 0)
		return judge_object(decision, RESULT_OPENING_INCOMPLETE, RECORD_KIND_OPENING,
				    id.raw);
	enum result result = check_totals(decision, opening);
	if (result == RESULT_OK)
		result = check_last_title(decision, opening);
	if (result != RESULT_OK)
		return result;
	size_t mark = arena_mark(&effects->arena);
	struct demand demand;
	result = begin_demand(decision, &demand) ? ask_rows(&demand, id) : RESULT_TOO_MANY_EFFECTS;
	if (result == RESULT_OK)
		result = check_room(&demand);
	if (result == RESULT_OK)
		result = check_ceilings(&demand, id);
	arena_rewind(&effects->arena, mark);
	return result;
}

/* ---- Slices ---- */

static void open_recovery(struct effects *effects, struct opening_row_id id)
{
	struct opening_row *row = effects_edit_opening_row(effects, id);
	struct recovery recovery = {.amount_cents = row->amount_cents,
				    .vat_cents = row->vat_cents,
				    .fund_year = row->fund_year,
				    .opening_row = id,
				    .comune = row->comune,
				    .provider = row->provider,
				    .voucher = row->voucher};
	bool fits = cents_sub(row->amount_cents, row->vat_cents, &recovery.net_cents);
	ASSERT(fits);
	row->recovery = recovery_open(effects, &recovery);
}

static void post_row(struct effects *effects, struct opening_row_id id)
{
	struct opening_row *row = effects_edit_opening_row(effects, id);
	row->is_posted = 1;
	if (row->account == OPENING_ACCOUNT_CEILING_USED)
		return;
	const struct row_move move = {.provider = row->provider,
				      .kind = POSTING_KIND_OPENING,
				      .from = FUND_AVAILABLE,
				      .to = slot_of(row->account),
				      .amount = row->amount_cents};
	move_row(effects, id, &move);
	move_ceilings(effects, row, POSTING_KIND_OPENING, true, row->amount_cents);
	row->held_cents = row->amount_cents;
	if (row->account == OPENING_ACCOUNT_RECOVERABLE)
		open_recovery(effects, id);
}

/* A cell as the row states it, without its money and units. */
static void fill_cell(struct effects *effects, struct cell *cell, const struct opening_row *row,
		      struct commitment_id commitment)
{
	const struct service *service = effects_read_service(effects, row->service);
	const struct provider *provider = effects_read_provider(effects, row->provider);
	cell->voucher = row->voucher;
	cell->fund_year = row->fund_year;
	cell->commitment = commitment;
	cell->month = row->month;
	cell->vat_bp = accreditation_provider_vat(service, provider);
	if (service->unit != UNIT_EURO)
		cell->tariff = state_find_tariff(effects->state, row->service,
						 month_first_day(row->month));
	struct price price = price_of_tariff(
	    service, effects_read_tariff(effects, cell->tariff), cell->vat_bp);
	bool fits = price_net(&price, row->units_granted - row->units_left,
			      &cell->used_net_cents);
	ASSERT(fits);
}

static void post_cell(struct effects *effects, const struct opening_row *row)
{
	struct cell_act act = {
	    .cell = row->cell, .provider = row->provider, .kind = POSTING_KIND_OPENING};
	cell_promise(effects, &act, row->amount_cents);
	cell_move_units(effects, &act, UNITS_GRANTED, UNITS_FREE, row->units_granted);
	cell_move_units(effects, &act, UNITS_FREE, UNITS_USED,
			row->units_granted - row->units_left);
}

/* A title in course: its cells, made first so that their ids are consecutive, then their money. */
static void post_title(struct decision *decision, struct opening_row_id first)
{
	struct effects *effects = decision->effects;
	const struct opening_row *head = effects_read_opening_row(effects, first);
	struct voucher *voucher = effects_edit_voucher(effects, head->voucher);
	struct title_year years[TITLE_YEARS_MAX];
	uint32_t year_count = years_of_title(effects, first, years);
	for (uint32_t i = 0; i < year_count; i++) {
		enum result result = commitment_find(decision, years[i].fund_year, years[i].need,
						     &years[i].commitment);
		ASSERT(result == RESULT_OK);
	}
	voucher->provider = head->provider;
	voucher->state = VOUCHER_STATE_ACTIVE;
	struct opening_row_id id = first;
	for (uint32_t n = 0; n < voucher_cell_count(voucher); n++) {
		struct opening_row *row = effects_edit_opening_row(effects, id);
		struct cell *cell = effects_create_cell(effects, &row->cell);
		uint32_t y = 0;
		while (years[y].fund_year.raw != row->fund_year.raw)
			y++;
		ASSERT(y < year_count);
		fill_cell(effects, cell, row, years[y].commitment);
		cell->line = (uint8_t)(n / voucher->month_count);
		if (n == 0)
			voucher->first_cell = row->cell;
		row->is_posted = 1;
		id = row->next_in_opening;
	}
	id = first;
	for (uint32_t n = 0; n < voucher_cell_count(voucher); n++) {
		const struct opening_row *row = effects_read_opening_row(effects, id);
		post_cell(effects, row);
		id = row->next_in_opening;
	}
	voucher_units_gone(effects, head->voucher);
}

/* While an opening is being posted its fund's years with rows are marked. */
static void mark_years(struct effects *effects, struct opening_id id, bool is_loading)
{
	struct opening_row_id row_id = effects_read_opening(effects, id)->first_row;
	struct fund_year_id latest = {0};
	while (row_id.raw != 0) {
		const struct opening_row *row = effects_read_opening_row(effects, row_id);
		if (row->fund_year.raw != latest.raw) {
			latest = row->fund_year;
			effects_edit_fund_year(effects, latest)->is_loading = is_loading ? 1 : 0;
		}
		row_id = row->next_in_opening;
	}
}

void opening_post_slice(struct decision *decision, struct opening_id id)
{
	struct effects *effects = decision->effects;
	struct opening *opening = effects_edit_opening(effects, id);
	ASSERT(opening->state == OPENING_STATE_POSTING);
	bool was_whole = opening->next_row.raw == opening->first_row.raw;
	while (opening->next_row.raw != 0 && effects->write_count < SLICE_WRITES_MAX &&
	       effects->posting_count < SLICE_POSTINGS_MAX) {
		struct opening_row_id row_id = opening->next_row;
		const struct opening_row *row = effects_read_opening_row(effects, row_id);
		bool is_title = row->account == OPENING_ACCOUNT_COMMITTED;
		opening->next_row =
		    is_title ? after_title(effects, row_id) : row->next_in_opening;
		if (is_title)
			post_title(decision, row_id);
		else
			post_row(effects, row_id);
	}
	bool is_done = opening->next_row.raw == 0;
	if (is_done != was_whole)
		mark_years(effects, id, !is_done);
	if (!is_done)
		return;
	opening->state = OPENING_STATE_POSTED;
	opening->posted_at = decision->now;
}

/* Posts a draft, by two persons: all of it or nothing.
 *   RESULT_OK                        outcome: units = rows
 *   RESULT_APPROVAL_PENDING          the second person is asked
 *   RESULT_ILLEGAL_TRANSITION        no draft; a title is not merely proposed any more
 *   RESULT_OPENING_INCOMPLETE        no rows, or a title's months are not all stated
 *   RESULT_OPENING_TOTALS_DIFFER     limit = stated, short = stated less loaded (signed); ceiling
 *   RESULT_FUND_EXHAUSTED, RESULT_CEILING_EXCEEDED, RESULT_CEILING_FROZEN,
 *   RESULT_COMMITMENT_EXCEEDED, RESULT_PROVISIONAL_LIMIT, RESULT_OPENING_IN_PROGRESS,
 *   RESULT_FUND_SUSPENDED, RESULT_YEAR_CLOSED     what does not hold the sums; short, limit
 *   every refusal of a row (opening_row_add)      the row is the outcome's object
 *   RESULT_TOO_MANY_EFFECTS          more ceilings on a row's path than may be */
enum result opening_post(struct decision *decision)
{
	const struct command_opening_post *input = &decision->command->input.opening_post;
	struct effects *effects = decision->effects;
	const struct opening *present = effects_read_opening(effects, input->opening);
	if (present->state != OPENING_STATE_DRAFT)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_OPENING,
				    input->opening.raw);
	enum result result = check_all(decision, input->opening);
	if (result != RESULT_OK)
		return result;
	const struct approval_object object = {.kind = RECORD_KIND_OPENING,
					       .id = input->opening.raw};
	result = approval_require(decision, ROLE_BIT(FINANCE) | ROLE_BIT(UDP_MANAGER), &object);
	if (result != RESULT_OK)
		return result;
	struct opening *opening = effects_edit_opening(effects, input->opening);
	opening->state = OPENING_STATE_POSTING;
	opening->next_row = opening->first_row;
	JUDGE_COPY_TEXT(opening->post_act, input->act);
	opening_post_slice(decision, input->opening);
	decision->outcome->units = opening->row_count;
	return judge_object(decision, RESULT_OK, RECORD_KIND_OPENING, input->opening.raw);
}

/* The ledger's own: the next slice. Never refuses. */
enum result opening_continue(struct decision *decision)
{
	struct opening_id id = decision->command->input.opening_continue.opening;
	opening_post_slice(decision, id);
	return judge_object(decision, RESULT_OK, RECORD_KIND_OPENING, id.raw);
}

/* ---- Residuals: what stood unpaid at the opening is settled and paid row by row ---- */

/* Settles part or all of a row's F150: F150 -> F160 + F165, also in a closed year.
 *   RESULT_OK                        outcome: net, gross
 *   RESULT_ILLEGAL_TRANSITION        nothing of it is redeemed and unsettled
 *   RESULT_FIELD_OUT_OF_RANGE        net and VAT are both 0
 *   RESULT_AMOUNT_EXCEEDED       more than the row holds; short, limit */
enum result opening_row_settle(struct decision *decision)
{
	const struct command_opening_row_settle *input =
	    &decision->command->input.opening_row_settle;
	const struct opening_row *row =
	    effects_read_opening_row(decision->effects, input->opening_row);
	struct cents gross;
	bool fits = cents_add(input->net_cents, input->vat_cents, &gross);
	ASSERT(fits); /* inputs are bounded by INPUT_CENTS_MAX */
	if (cents_is_zero(row->redeemed_cents))
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_OPENING_ROW,
				    input->opening_row.raw);
	if (cents_is_zero(gross))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "net_cents");
	if (cents_less(row->redeemed_cents, gross))
		return judge_short(decision, RESULT_AMOUNT_EXCEEDED, gross,
				   row->redeemed_cents);
	struct row_move move = {.provider = row->provider,
				.kind = POSTING_KIND_SETTLE,
				.from = FUND_REDEEMED,
				.to = FUND_SETTLED,
				.amount = input->net_cents};
	move_row(decision->effects, input->opening_row, &move);
	move.kind = POSTING_KIND_SETTLE_VAT;
	move.to = FUND_VAT_PAYABLE;
	move.amount = input->vat_cents;
	move_row(decision->effects, input->opening_row, &move);
	struct opening_row *edited =
	    effects_edit_opening_row(decision->effects, input->opening_row);
	JUDGE_COPY_TEXT(edited->act, input->act);
	decision->outcome->net = input->net_cents;
	decision->outcome->gross = gross;
	return judge_object(decision, RESULT_OK, RECORD_KIND_OPENING_ROW, input->opening_row.raw);
}

/* Records that what a row holds settled was paid: F160 -> F170, F165 -> F175. RESULT_OK;
 * RESULT_ILLEGAL_TRANSITION: nothing of it is settled and unpaid. */
enum result opening_row_pay(struct decision *decision)
{
	const struct command_opening_row_pay *input = &decision->command->input.opening_row_pay;
	const struct opening_row *row =
	    effects_read_opening_row(decision->effects, input->opening_row);
	struct cents net = row->settled_cents;
	struct cents vat = row->vat_payable_cents;
	if (cents_is_zero(net) && cents_is_zero(vat))
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_OPENING_ROW,
				    input->opening_row.raw);
	struct row_move move = {.provider = row->provider,
				.kind = POSTING_KIND_PAY,
				.from = FUND_SETTLED,
				.to = FUND_PAID,
				.amount = net};
	move_row(decision->effects, input->opening_row, &move);
	move.kind = POSTING_KIND_PAY_VAT;
	move.from = FUND_VAT_PAYABLE;
	move.to = FUND_VAT_PAID;
	move.amount = vat;
	move_row(decision->effects, input->opening_row, &move);
	struct opening_row *edited =
	    effects_edit_opening_row(decision->effects, input->opening_row);
	JUDGE_COPY_TEXT(edited->act, input->act);
	decision->outcome->net = net;
	bool fits = cents_add(net, vat, &decision->outcome->gross);
	ASSERT(fits);
	return judge_object(decision, RESULT_OK, RECORD_KIND_OPENING_ROW, input->opening_row.raw);
}
