/* See answer.h. */
#include "engine/http/answer.h"

#include "engine/base/text.h"
#include "engine/http/network.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct answer_fields) <= EXCHANGE_HEAD_SIZE_MAX,
	      "the list of an answer's headers fits the room of its head");

struct answer_text {
	char bytes[EXCHANGE_HEAD_SIZE_MAX];
	uint32_t used;
};

static void put(struct answer_text *text, const char *bytes, uint32_t size)
{
	ASSERT(size <= sizeof(text->bytes) - text->used);
	memcpy(text->bytes + text->used, bytes, size);
	text->used += size;
}

static void put_text(struct answer_text *text, const char *literal)
{
	put(text, literal, (uint32_t)strlen(literal));
}

static void put_number(struct answer_text *text, const char *name, uint64_t number)
{
	char digits[TEXT_U64_SIZE_MAX];

	put_text(text, name);
	put(text, digits, text_format_u64(number, digits));
	put(text, "\r\n", 2);
}

/* The reason phrases of the statuses in schemas/results.def and our own. */
static const char *answer_reason(uint16_t status)
{
	static const struct {
		uint16_t status;
		const char *reason;
	} reasons[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {417, "Expectation Failed"},
	    {422, "Unprocessable Content"},
	    {424, "Failed Dependency"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {503, "Service Unavailable"},
	    {505, "HTTP Version Not Supported"},
	    {507, "Insufficient Storage"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

static void put_status(struct answer_text *text, uint16_t status)
{
	char digits[TEXT_U64_SIZE_MAX];

	ASSERT(status >= 200 && status <= 599);
	put_text(text, "HTTP/1.1 ");
	put(text, digits, text_format_u64(status, digits));
	put(text, " ", 1);
	put_text(text, answer_reason(status));
	put(text, "\r\n", 2);
}

/* ---- The headers ---- */

static void add(struct answer_fields *list, const char *title, const char *name,
		struct slice value)
{
	ASSERT(list->count < ANSWER_FIELDS_MAX);
	list->fields[list->count++] = (struct answer_field){title, name, value};
}

static void add_text(struct answer_fields *list, const char *title, const char *name,
		     const char *value)
{
	add(list, title, name, slice_from_text(value));
}

static void add_number(struct answer_fields *list, const char *title, const char *name,
		       uint64_t number)
{
	char *digits = list->digits[list->digits_used++];

	ASSERT(list->digits_used <= ANSWER_DIGITS_MAX);
	add(list, title, name, (struct slice){digits, text_format_u64(number, digits)});
}

static uint32_t answer_size(const struct exchange *exchange)
{
	return exchange->answer_fixed.data != NULL ? exchange->answer_fixed.size
						   : exchange->answer.used;
}

void answer_collect(const struct exchange *exchange, const char *date,
		    struct answer_fields *ret_fields)
{
	struct answer_fields *list = ret_fields;
	bool is_english = exchange->request.language == RESULT_LANGUAGE_EN;

	list->count = 0;
	list->digits_used = 0;
	add(list, "Date: ", "date", (struct slice){date, NETWORK_DATE_SIZE});
	if (exchange->media_type != NULL) {
		add_text(list, "Content-Type: ", "content-type", exchange->media_type);
		add_text(list, "Content-Language: ", "content-language", is_english ? "en" : "it");
	}
	if (exchange->is_streaming && !exchange->is_http_1_0)
		add_text(list, "Trailer: ", "trailer", "Ledger-Seq");
	if (!exchange->is_streaming && exchange->status != 204)
		add_number(list, "Content-Length: ", "content-length", answer_size(exchange));
	add(list, "Request-Id: ", "request-id", (struct slice){exchange->id, exchange->id_size});
	add_text(list, "Cache-Control: ", "cache-control", "no-store");
	add_text(list, "X-Content-Type-Options: ", "x-content-type-options", "nosniff");
	if (exchange->ledger_sequence != 0)
		add_number(list, "Ledger-Seq: ", "ledger-seq", exchange->ledger_sequence);
	if (exchange->replayed)
		add_text(list, "Idempotency-Replayed: ", "idempotency-replayed", "true");
	if (exchange->retry_after_s != 0)
		add_number(list, "Retry-After: ", "retry-after", exchange->retry_after_s);
	if (exchange->allow != NULL)
		add_text(list, "Allow: ", "allow", exchange->allow);
	if (exchange->ask_token)
		add_text(list, "WWW-Authenticate: ", "www-authenticate", "Bearer");
}

struct slice answer_body(const struct exchange *exchange)
{
	if (exchange->is_head || exchange->status == 204)
		return (struct slice){NULL, 0};
	if (exchange->answer_fixed.data != NULL)
		return exchange->answer_fixed;
	return (struct slice){exchange->answer.data, exchange->answer.used};
}

/* ---- HTTP/1.1 ---- */

void answer_head(struct exchange *exchange, const char *date, bool close, struct slice *ret_bytes)
{
	struct answer_text text = {.used = 0};
	struct answer_fields list;
	char *begin;
	uint32_t body_size = exchange->answer.used;

	ASSERT(!exchange->answer.overflow);
	put_status(&text, exchange->status);
	answer_collect(exchange, date, &list);
	for (uint32_t i = 0; i < list.count; i++) {
		put_text(&text, list.fields[i].title);
		put(&text, list.fields[i].value.data, list.fields[i].value.size);
		put(&text, "\r\n", 2);
	}
	if (exchange->is_streaming && !exchange->is_http_1_0)
		put_text(&text, "Transfer-Encoding: chunked\r\n");
	if (close)
		put_text(&text, "Connection: close\r\n");
	else if (exchange->is_http_1_0)
		put_text(&text, "Connection: keep-alive\r\n");
	put_text(&text, "\r\n");
	if (exchange->is_head || exchange->answer_fixed.data != NULL || exchange->status == 204)
		body_size = 0;
	begin = exchange->answer.data - text.used;
	memcpy(begin, text.bytes, text.used);
	*ret_bytes = (struct slice){begin, text.used + body_size};
}

void answer_trailer(struct exchange *exchange, uint64_t ledger_sequence, struct slice *ret_bytes)
{
	struct answer_text text = {.used = 0};

	put_text(&text, "0\r\n");
	if (ledger_sequence != 0)
		put_number(&text, "Ledger-Seq: ", ledger_sequence);
	put_text(&text, "\r\n");
	memcpy(exchange->answer_memory, text.bytes, text.used);
	*ret_bytes = (struct slice){exchange->answer_memory, text.used};
}
