/* Queries over the store: see query_store.h. */
#include "engine/api/query_store.h"

#include "engine/api/account.h"
#include "engine/api/name.h"
#include "engine/api/page.h"
#include "engine/api/query_proof.h"
#include "engine/api/report.h"
#include "engine/api/view.h"
#include "engine/api/write_json.h"
#include "engine/base/assert.h"

#include <string.h>

#define JOURNAL_POSTINGS_MAX 4096u /* postings shown of one entry */

/* ---- Records ---- */

/* A redemption shows the state of the statement it is in. */
static void derive(struct view *view, enum record_kind kind, void *record)
{
	if (kind != RECORD_KIND_REDEMPTION)
		return;
	struct redemption *redemption = record;
	const struct statement_line *line =
	    view_find(view, RECORD_KIND_STATEMENT_LINE, redemption->statement_line.raw);
	if (line == NULL)
		return;
	redemption->state = query_redemption_state(
	    redemption, view_find(view, RECORD_KIND_STATEMENT, line->statement.raw));
}

static bool matches_own(const struct view *view, enum record_kind kind, const void *record)
{
	if (view->query->row->query == ROUTE_QUERY_AFFECTED) {
		const struct event *event = record;
		return event->kind == EVENT_KIND_RECHOICE &&
		       event->accreditation.raw == view->query->id;
	}
	if (kind != RECORD_KIND_REDEMPTION || view->query->month.number == 0)
		return true;
	const struct redemption *redemption = record;
	return month_of_instant(view->request->context->zone, redemption->start).number ==
	       view->query->month.number;
}

static bool matches(const struct view *view, enum record_kind kind, const void *record)
{
	const struct query *query = view->query;
	for (uint32_t i = 0; i < query->filter_count; i++) {
		const struct field *field = query->filters[i].field;
		uint64_t number = 0;
		memcpy(&number, (const char *)record + field->offset, field->size);
		if (number != query->filters[i].value)
			return false;
	}
	return matches_own(view, kind, record);
}

/* Takes a record into the page where it matches and may be seen. False: the page is full. */
static bool take_record(struct view *view, struct page *page, enum record_kind kind, uint32_t id,
			void *record)
{
	derive(view, kind, record);
	if (!matches(view, kind, record) || !view_may_see(view, kind, id, record))
		return true;
	struct json item;
	page_item(page, &item);
	write_json_members(&item, view->request, kind, id, record);
	return page_take(page, &item, id) && !page->full;
}

/* The same out of the candidates of an index. */
static void list_found(struct view *view, struct page *page, struct api_buffer *ret_body)
{
	const struct query_found *found = view->query->found;
	enum record_kind kind = (enum record_kind)view->query->row->record;
	uint64_t record[READ_RECORD_SIZE_MAX / 8];
	uint32_t size = record_info(kind)->set.struct_size;
	bool room = true;
	uint32_t looked = (uint32_t)view->query->after;
	for (uint32_t i = 0; i < found->count && room; i++) {
		const void *stored = view_find(view, kind, found->ids[i]);
		if (stored == NULL)
			continue; /* the store does not have it yet */
		memcpy(record, stored, size);
		room = take_record(view, page, kind, found->ids[i], record);
		looked = found->ids[i];
	}
	page_close(page, !room || !found->is_whole, room ? looked : page->last, ret_body);
}

static void list_records(struct view *view, struct page *page, struct api_buffer *ret_body)
{
	const struct query *query = view->query;
	enum record_kind kind = (enum record_kind)query->row->record;
	uint64_t record[READ_RECORD_SIZE_MAX / 8];
	uint32_t id = query->after > UINT32_MAX ? UINT32_MAX : (uint32_t)query->after;
	bool room = true;
	uint32_t looked = id;
	while (room && view_next(view, kind, query->descending, &id, record)) {
		room = take_record(view, page, kind, id, record);
		looked = id;
	}
	/* A page that ends for want of time goes on after the last record looked at. */
	bool more = !room || view_is_late(view);
	page_close(page, more, room ? looked : page->last, ret_body);
}

/* ---- Parts of a statement ---- */

/* The statement that the path names; NULL: not there, or not for the caller. */
static const struct statement *parent_statement(struct view *view)
{
	struct statement copy;
	uint32_t id = view->query->id;
	const struct statement *statement = view_find(view, RECORD_KIND_STATEMENT, id);
	if (statement == NULL)
		return NULL;
	copy = *statement;
	if (!view_may_see(view, RECORD_KIND_STATEMENT, id, &copy))
		return NULL;
	return view_find(view, RECORD_KIND_STATEMENT, id);
}

static void list_lines(struct view *view, struct page *page, const struct statement *statement,
		       struct api_buffer *ret_body)
{
	struct statement_line line = {.next_in_statement = statement->first_line};
	bool room = true;
	if (view->query->after > 0) {
		const struct statement_line *last =
		    view_find(view, RECORD_KIND_STATEMENT_LINE, (uint32_t)view->query->after);
		line.next_in_statement.raw = last == NULL || last->statement.raw != view->query->id
						 ? 0
						 : last->next_in_statement.raw;
	}
	while (room && line.next_in_statement.raw != 0) {
		uint32_t id = line.next_in_statement.raw;
		const struct statement_line *next = view_find(view, RECORD_KIND_STATEMENT_LINE, id);
		if (next == NULL)
			break;
		line = *next;
		room = take_record(view, page, RECORD_KIND_STATEMENT_LINE, id, &line);
	}
	page_close(page, !room && line.next_in_statement.raw != 0, page->last, ret_body);
}

/* The title of a line into the page. False: the page is full. */
static bool take_title(struct view *view, struct page *page, const struct statement_line *line,
		       uint32_t line_id)
{
	struct voucher voucher;
	const struct voucher *found = view_find(view, RECORD_KIND_VOUCHER, line->voucher.raw);
	if (found == NULL)
		return true;
	voucher = *found;
	if (!view_may_see(view, RECORD_KIND_VOUCHER, line->voucher.raw, &voucher))
		return true;
	struct json item;
	page_item(page, &item);
	write_json_members(&item, view->request, RECORD_KIND_VOUCHER, line->voucher.raw, &voucher);
	return page_take(page, &item, line_id) && !page->full;
}

/* A title with several lines together stands there once; its lines may lie apart. The cursor is
 * that of lines. */
static void list_vouchers(struct view *view, struct page *page, const struct statement *statement,
			  struct api_buffer *ret_body)
{
	struct statement_line line = {.next_in_statement = statement->first_line};
	bool room = true;
	if (view->query->after > 0) {
		const struct statement_line *last =
		    view_find(view, RECORD_KIND_STATEMENT_LINE, (uint32_t)view->query->after);
		line = last == NULL || last->statement.raw != view->query->id
			   ? (struct statement_line){.units = 0}
			   : *last;
	}
	while (room && line.next_in_statement.raw != 0) {
		uint32_t id = line.next_in_statement.raw;
		uint32_t before = line.voucher.raw;
		const struct statement_line *next = view_find(view, RECORD_KIND_STATEMENT_LINE, id);
		if (next == NULL)
			break;
		line = *next;
		if (line.voucher.raw != before)
			room = take_title(view, page, &line, id);
	}
	page_close(page, !room && line.next_in_statement.raw != 0, page->last, ret_body);
}

/* The redemption after `id` in the chains of the statement's lines; 0: none. */
static uint32_t next_redemption(struct view *view, uint32_t line_id, uint32_t redemption_id)
{
	while (redemption_id == 0 && line_id != 0) {
		const struct statement_line *line =
		    view_find(view, RECORD_KIND_STATEMENT_LINE, line_id);
		if (line == NULL)
			return 0;
		redemption_id = line->last_redemption.raw;
		line_id = line->next_in_statement.raw;
	}
	return redemption_id;
}

static uint32_t redemption_after(struct view *view, const struct redemption *redemption)
{
	if (redemption->previous_in_line.raw != 0)
		return redemption->previous_in_line.raw;
	const struct statement_line *line =
	    view_find(view, RECORD_KIND_STATEMENT_LINE, redemption->statement_line.raw);
	return line == NULL ? 0 : next_redemption(view, line->next_in_statement.raw, 0);
}

static void list_redemptions(struct view *view, struct page *page,
			     const struct statement *statement, struct api_buffer *ret_body)
{
	uint32_t id = next_redemption(view, statement->first_line.raw, 0);
	bool room = true;
	if (view->query->after > 0) {
		const struct redemption *last =
		    view_find(view, RECORD_KIND_REDEMPTION, (uint32_t)view->query->after);
		id = last == NULL ? 0 : redemption_after(view, last);
	}
	while (room && id != 0) {
		const struct redemption *found = view_find(view, RECORD_KIND_REDEMPTION, id);
		if (found == NULL)
			break;
		struct redemption redemption = *found;
		/* Reversed and disputed ones stay in the chain; they show their own state. */
		room = take_record(view, page, RECORD_KIND_REDEMPTION, id, &redemption);
		id = redemption_after(view, &redemption);
	}
	page_close(page, !room && id != 0, page->last, ret_body);
}

/* ---- The register ---- */

/* Names of the services whose bit is set. */
static void write_services(struct json *json, const struct api_request *request, uint64_t mask)
{
	json_name(json, "services");
	json_array_begin(json);
	for (uint32_t i = 0; i < SERVICES_MAX; i++) {
		if ((mask >> i & 1) == 0)
			continue;
		char text[NAME_SIZE_MAX];
		uint32_t size =
		    name_format(request->context->directory, RECORD_KIND_SERVICE, i + 1, text);
		json_slice(json, (struct slice){text, size});
	}
	json_array_end(json);
}

/* Names of the ambito's groups of comuni whose bit is set. */
static void write_territory(struct view *view, struct json *json, struct ambito_id ambito,
			    uint64_t mask)
{
	uint64_t record[READ_RECORD_SIZE_MAX / 8];
	uint32_t id = 0;
	json_name(json, "sub_ambiti");
	json_array_begin(json);
	while (view_next(view, RECORD_KIND_SUB_AMBITO, false, &id, record)) {
		const struct sub_ambito *sub_ambito = (const struct sub_ambito *)record;
		if (sub_ambito->ambito.raw != ambito.raw ||
		    (mask >> (sub_ambito->ordinal - 1) & 1) == 0)
			continue;
		char text[NAME_SIZE_MAX];
		uint32_t size = name_format(view->request->context->directory,
					    RECORD_KIND_SUB_AMBITO, id, text);
		json_slice(json, (struct slice){text, size});
	}
	json_array_end(json);
}

/* What everybody may know of who is accredited; of a family assistant its code alone. */
static void write_register_entry(struct view *view, struct json *json, uint32_t id,
				 const struct accreditation *accreditation)
{
	const struct api_request *request = view->request;
	struct directory *directory = request->context->directory;
	const struct provider *provider =
	    view_find(view, RECORD_KIND_PROVIDER, accreditation->provider.raw);
	json_id_field(json, "accreditation", directory, RECORD_KIND_ACCREDITATION, id);
	json_id_field(json, "provider", directory, RECORD_KIND_PROVIDER,
		      accreditation->provider.raw);
	if (provider != NULL) {
		const char *kind = enum_name(&enum_provider_kind, provider->kind);
		uint32_t size = 0;
		while (size < sizeof(provider->legal_name) && provider->legal_name[size] != '\0')
			size++;
		json_slice_field(json, "legal_name", (struct slice){provider->legal_name, size});
		json_text_field(json, "kind", kind == NULL ? "" : kind);
	}
	json_id_field(json, "ambito", directory, RECORD_KIND_AMBITO, accreditation->ambito.raw);
	char day[DAY_TEXT_SIZE];
	day_format(accreditation->valid_from, day);
	json_slice_field(json, "valid_from", (struct slice){day, DAY_TEXT_SIZE});
	day_format(accreditation->valid_to, day);
	json_slice_field(json, "valid_to", (struct slice){day, DAY_TEXT_SIZE});
	write_services(json, request, accreditation->services_mask);
	write_territory(view, json, accreditation->ambito, accreditation->territory_mask);
}

static void list_register(struct view *view, struct page *page, struct api_buffer *ret_body)
{
	uint64_t record[READ_RECORD_SIZE_MAX / 8];
	uint32_t id = view->query->after > UINT32_MAX ? UINT32_MAX : (uint32_t)view->query->after;
	bool room = true;
	uint32_t looked = id;
	while (room && view_next(view, RECORD_KIND_ACCREDITATION, false, &id, record)) {
		const struct accreditation *accreditation = (const struct accreditation *)record;
		looked = id;
		if (accreditation->state != ACCREDITATION_STATE_ACTIVE)
			continue;
		struct json item;
		page_item(page, &item);
		write_register_entry(view, &item, id, accreditation);
		room = page_take(page, &item, id) && !page->full;
	}
	page_close(page, !room || view_is_late(view), room ? looked : page->last, ret_body);
}

/* ---- Journal ---- */

static void write_posting(struct json *json, const struct api_request *request,
			  const struct posting *posting)
{
	struct directory *directory = request->context->directory;
	enum book book = (enum book)posting->book;
	const char *from = account_symbol(book, posting->from);
	const char *to = account_symbol(book, posting->to);
	const char *kind = enum_name(&enum_posting_kind, posting->kind);
	ASSERT(posting->amount >= 0);
	json_object_begin(json);
	json_text_field(json, "kind", kind == NULL ? "" : kind);
	json_text_field(json, "from", from == NULL ? "" : from);
	json_text_field(json, "to", to == NULL ? "" : to);
	json_unsigned_field(json, book == BOOK_UNITS ? "units" : "amount_cents",
			    (uint64_t)posting->amount);
	json_id_field(json, "fund_year", directory, RECORD_KIND_FUND_YEAR, posting->fund_year.raw);
	json_id_field(json, "ceiling", directory, RECORD_KIND_CEILING, posting->ceiling.raw);
	json_id_field(json, "comune", directory, RECORD_KIND_COMUNE, posting->comune.raw);
	json_id_field(json, "voucher", directory, RECORD_KIND_VOUCHER, posting->voucher.raw);
	json_id_field(json, "provider", directory, RECORD_KIND_PROVIDER, posting->provider.raw);
	json_id_field(json, "statement", directory, RECORD_KIND_STATEMENT, posting->statement.raw);
	json_object_end(json);
}

static void write_entry_head(struct json *json, const struct api_request *request,
			     const struct read_entry *entry)
{
	const struct command_info *info = command_info(entry->command);
	enum result result = RESULT_OK;
	json_unsigned_field(json, "sequence", entry->sequence);
	json_instant_field(json, "at", request->context->zone, entry->at);
	json_text_field(json, "command", info == NULL ? "" : info->name);
	json_id_field(json, "principal", request->context->directory, RECORD_KIND_PRINCIPAL,
		      entry->principal.raw);
	if (result_from_number(entry->result, &result))
		json_text_field(json, "result", result_code(result));
	if (entry->cause != 0 && result_from_number(entry->cause, &result))
		json_text_field(json, "cause", result_code(result));
	json_unsigned_field(json, "posting_count", entry->posting_count);
}

/* All postings of an entry, read piece by piece. */
static void write_postings(struct view *view, struct json *json, struct read_entry *entry)
{
	uint64_t sequence = entry->sequence;
	uint32_t shown = 0;
	json_name(json, "postings");
	json_array_begin(json);
	for (;;) {
		for (uint32_t i = 0; i < entry->count && shown < JOURNAL_POSTINGS_MAX; i++) {
			write_posting(json, view->request, &entry->postings[i]);
			shown++;
		}
		uint32_t next = entry->first + entry->count;
		if (entry->count == 0 || next >= entry->posting_count ||
		    shown == JOURNAL_POSTINGS_MAX)
			break;
		enum result result = read_entry(&view->slice, sequence, next, entry);
		if (result != RESULT_OK) {
			view->result = result;
			break;
		}
	}
	json_array_end(json);
}

static void list_journal(struct view *view, struct page *page, struct api_buffer *ret_body)
{
	struct read_entry entry;
	uint64_t after = view->query->after;
	bool more = true;
	while (!page->full) {
		enum result result = read_entry(&view->slice, after + 1, 0, &entry);
		if (result != RESULT_OK) {
			view->result = result == RESULT_NOT_FOUND ? view->result : result;
			more = false;
			break;
		}
		uint64_t sequence = entry.sequence;
		struct json item;
		page_item(page, &item);
		write_entry_head(&item, view->request, &entry);
		write_postings(view, &item, &entry);
		if (!page_take(page, &item, sequence) || read_is_old(&view->slice))
			break;
		after = sequence;
	}
	page_close(page, more, page->last > 0 ? page->last : view->query->after, ret_body);
}

/* ---- The door ---- */

/* The caller's memory in three: the page, the item under construction, the folds of reports. */
struct parts {
	struct api_buffer body;
	struct api_buffer scratch;
	struct api_buffer memory;
};

static struct parts cut(const struct api_buffer *answer)
{
	uint32_t quarter = answer->size / 4;
	return (struct parts){
	    .body = {answer->data, quarter, 0, false},
	    .scratch = {answer->data + quarter, quarter, 0, false},
	    .memory = {answer->data + 2 * (size_t)quarter, answer->size - 2 * quarter, 0, false},
	};
}

static enum result answer_problem(const struct api_request *request, struct api_problem problem,
				  struct api_buffer *answer, uint16_t *ret_status,
				  struct api_problem *ret_problem)
{
	*ret_problem = problem;
	*ret_status = write_json_problem(answer, request, &problem);
	return RESULT_OK;
}

/* A receipt, or why there is none. */
static enum result run_receipt(struct view *view, struct api_buffer *answer, uint16_t *ret_status,
			       struct api_problem *ret_problem)
{
	enum result result = query_proof_receipt(view, answer);
	if (result == RESULT_NOT_FOUND)
		return answer_problem(view->request,
				      problem_of_name(result, PROBLEM_EXPECTS_NOTHING,
						      slice_from_text("receipt")),
				      answer, ret_status, ret_problem);
	*ret_status = result_info(RESULT_OK)->status;
	return result;
}

static enum result run(struct view *view, struct api_buffer *answer, uint16_t *ret_status,
		       struct api_problem *ret_problem)
{
	struct parts parts = cut(answer);
	struct page page;
	enum route_query asked = (enum route_query)view->query->row->query;
	const struct statement *statement = NULL;
	if (query_is_of_statement(asked)) {
		statement = parent_statement(view);
		if (statement == NULL && view->result == RESULT_OK)
			return answer_problem(view->request,
					      problem_of_name(RESULT_NOT_FOUND,
							      PROBLEM_EXPECTS_NOTHING,
							      slice_from_text("statement")),
					      answer, ret_status, ret_problem);
		if (statement == NULL)
			return view->result;
	}
	if (asked == ROUTE_QUERY_RECEIPT)
		return run_receipt(view, answer, ret_status, ret_problem);
	page_open(&page, parts.body, parts.scratch, view->query->limit);
	enum result result = RESULT_OK;
	if (asked == ROUTE_QUERY_LIST && view->query->found != NULL)
		list_found(view, &page, answer);
	else if (asked == ROUTE_QUERY_LIST || asked == ROUTE_QUERY_AFFECTED)
		list_records(view, &page, answer);
	else if (asked == ROUTE_QUERY_REGISTER)
		list_register(view, &page, answer);
	else if (asked == ROUTE_QUERY_STATEMENT_LINES)
		list_lines(view, &page, statement, answer);
	else if (asked == ROUTE_QUERY_STATEMENT_REDEMPTIONS)
		list_redemptions(view, &page, statement, answer);
	else if (asked == ROUTE_QUERY_STATEMENT_VOUCHERS)
		list_vouchers(view, &page, statement, answer);
	else if (asked == ROUTE_QUERY_ROOTS)
		query_proof_roots(view, &page, answer);
	else if (asked == ROUTE_QUERY_JOURNAL)
		list_journal(view, &page, answer);
	else
		result = report_run(view, &page, parts.memory, answer);
	if (result == RESULT_BODY_TOO_LARGE) {
		answer->used = 0;
		struct api_problem problem = problem_of(result);
		problem.expected = PROBLEM_EXPECTS_FILTERS;
		return answer_problem(view->request, problem, answer, ret_status, ret_problem);
	}
	*ret_status = result_info(RESULT_OK)->status;
	return result == RESULT_OK ? view->result : result;
}

enum result query_store_run(struct reader *reader, const struct api_request *request,
			    const struct query *query, uint64_t sequence_min,
			    struct api_buffer *answer, uint16_t *ret_status, uint64_t *ret_sequence,
			    struct api_problem *ret_problem)
{
	ASSERT(reader != NULL && request != NULL && query != NULL && !query->live);
	ASSERT(answer != NULL && answer->used == 0);
	ASSERT(answer->size >= QUERY_STORE_ANSWER_SIZE_MIN);
	struct view view;
	enum result result = view_open(&view, reader, request, query, sequence_min);
	if (result != RESULT_OK)
		return result;
	*ret_sequence = view.slice.sequence;
	char *data = answer->data;
	uint32_t size = answer->size;
	result = run(&view, answer, ret_status, ret_problem);
	view_close(&view);
	answer->data = data;
	answer->size = size;
	if (result != RESULT_OK)
		answer->used = 0;
	return result;
}
