/* Answers over a state: see reader.h. */
#include "tests/properties/reader.h"

#include "engine/api/page.h"
#include "engine/api/query.h"
#include "engine/api/write_json.h"
#include "engine/system/zone.h"
#include "tests/support/rome_zone.h"

#include <string.h>
#include <sys/mman.h>

#define ARENA_SIZE  (256u * 1024u)
#define ANSWER_SIZE (1024u * 1024u)
#define PAGE_MAX    7u

static struct route_table routes;
static char answer[ANSWER_SIZE];
static char item_text[ANSWER_SIZE];

static void *map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		life_fail("no memory");
	return memory;
}

void reader_init(struct reader *reader, struct life *life)
{
	struct state_limits limits = state_limits_for(LIFE_VOUCHERS, LIFE_VISITS);
	memset(reader, 0, sizeof(*reader));
	if (routes.count == 0)
		route_table_init(&routes);
	reader->state = &life->fixture.state;
	reader->directory_size = directory_size_bytes(&limits);
	reader->directory_memory = map(reader->directory_size);
	reader->arena_memory = map(ARENA_SIZE);
	arena_init(&reader->arena, reader->arena_memory, ARENA_SIZE);
	if (!directory_init(&reader->directory, &limits, reader->state, reader->directory_memory))
		life_fail("no directory");
	reader->context = (struct api_context){
	    .directory = &reader->directory, .zone = rome_zone(), .routes = &routes};
	reader->caller = life->fixture.role[ROLE_AUDITOR];
	reader->principal = *state_principal(reader->state, reader->caller);
	reader->page = 1 + life_below(life, PAGE_MAX);
}

void reader_deinit(struct reader *reader)
{
	directory_deinit(&reader->directory);
	(void)munmap(reader->directory_memory, reader->directory_size);
	(void)munmap(reader->arena_memory, ARENA_SIZE);
}

/* ---- Items ---- */

static struct slice get_item(struct reader *reader, const struct api_request *request,
			  const struct query *query, const char *path)
{
	static struct query_live live;
	struct api_buffer buffer = {answer, sizeof(answer), 0, false};
	query_live_begin(&live, request, query);
	query_live(reader->state, &live);
	uint16_t status = query_live_write(&buffer, request, &live);
	if (buffer.overflow)
		life_fail("%s: too large", path);
	return (struct slice){answer, status == 200 ? buffer.used : 0};
}

/* ---- Lists ---- */

static bool matches(const struct query *query, const void *record)
{
	for (uint32_t i = 0; i < query->filter_count; i++) {
		const struct field *field = query->filters[i].field;
		uint64_t number = 0;
		memcpy(&number, (const char *)record + field->offset, field->size);
		if (number != query->filters[i].value)
			return false;
	}
	return true;
}

/* What follows an id: of a statement's lines the next of its chain. 0: nothing. */
static uint32_t next_of(const struct reader *reader, const struct query *query, uint32_t id)
{
	enum record_kind kind = (enum record_kind)query->row->record;
	if (query->row->query != ROUTE_QUERY_STATEMENT_LINES)
		return id < state_count(reader->state, kind) ? id + 1 : 0;
	if (id != 0)
		return state_statement_line(reader->state, (struct statement_line_id){id})
		    ->next_in_statement.raw;
	return state_statement(reader->state, (struct statement_id){query->id})->first_line.raw;
}

static struct slice get_list(struct reader *reader, const struct api_request *request,
			  const struct query *query, const char *path)
{
	enum record_kind kind = query->row->query == ROUTE_QUERY_STATEMENT_LINES
				    ? RECORD_KIND_STATEMENT_LINE
				    : (enum record_kind)query->row->record;
	struct api_buffer body = {answer, sizeof(answer), 0, false};
	struct api_buffer scratch = {item_text, sizeof(item_text), 0, false};
	struct page page;
	uint32_t limit = query->limit < reader->page ? query->limit : reader->page;
	uint32_t looked = (uint32_t)query->after;
	bool room = true;
	page_open(&page, body, scratch, limit);
	for (uint32_t id = next_of(reader, query, looked); id != 0 && room;
	     id = next_of(reader, query, id)) {
		const void *record = state_record(reader->state, kind, id);
		struct json item;
		if (record == NULL || !matches(query, record))
			continue;
		page_item(&page, &item);
		write_json_members(&item, request, kind, id, record);
		room = page_take(&page, &item, id) && !page.full;
		looked = id;
	}
	page_close(&page, !room, page.last, &body);
	if (body.overflow)
		life_fail("%s: too large", path);
	return (struct slice){answer, body.used};
}

struct slice reader_get(struct reader *reader, const char *path)
{
	static struct query query;
	struct route route;
	struct api_problem problem;
	struct api_request request = {.context = &reader->context,
				      .arena = &reader->arena,
				      .caller = reader->caller,
				      .principal = reader->principal,
				      .instance = slice_from_text("urn:uuid:0"),
				      .language = RESULT_LANGUAGE_EN};
	arena_reset(&reader->arena);
	if (route_find(&routes, slice_from_text("GET"), slice_from_text(path), &reader->arena,
		       &route) != RESULT_OK)
		life_fail("no route: %s", path);
	enum result result = query_parse(&request, &route, &query, &problem);
	if (result == RESULT_NOT_FOUND || result == RESULT_UNKNOWN_REFERENCE)
		return (struct slice){NULL, 0};
	if (result != RESULT_OK)
		life_fail("%s: %s", path, result_code(result));
	return query.live ? get_item(reader, &request, &query, path)
			  : get_list(reader, &request, &query, path);
}
