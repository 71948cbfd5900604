/* See answer.h. */
#include "engine/http/answer.h"

#include "engine/base/text.h"
#include "engine/http/network.h"

#include <string.h>

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

static void put_header(struct answer_text *text, const char *name, const char *value)
{
	put_text(text, name);
	put_text(text, value);
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

static void put_framing(struct answer_text *text, const struct exchange *exchange)
{
	uint32_t size = exchange->answer_fixed.data != NULL ? exchange->answer_fixed.size
							    : exchange->answer.used;

	if (exchange->media_type != NULL) {
		put_header(text, "Content-Type: ", exchange->media_type);
		put_header(text, "Content-Language: ",
			   exchange->request.language == RESULT_LANGUAGE_EN ? "en" : "it");
	}
	if (!exchange->is_streaming) {
		if (exchange->status != 204)
			put_number(text, "Content-Length: ", size);
	} else if (!exchange->head->is_http_1_0) {
		put_text(text, "Transfer-Encoding: chunked\r\nTrailer: Ledger-Seq\r\n");
	}
}

static void put_rest(struct answer_text *text, const struct exchange *exchange)
{
	put_text(text, "Request-Id: ");
	put(text, exchange->id, exchange->id_size);
	put_text(text, "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
	if (exchange->ledger_sequence != 0)
		put_number(text, "Ledger-Seq: ", exchange->ledger_sequence);
	if (exchange->replayed)
		put_text(text, "Idempotency-Replayed: true\r\n");
	if (exchange->retry_after_s != 0)
		put_number(text, "Retry-After: ", exchange->retry_after_s);
	if (exchange->allow != NULL)
		put_header(text, "Allow: ", exchange->allow);
	if (exchange->ask_token)
		put_text(text, "WWW-Authenticate: Bearer\r\n");
}

void answer_head(struct exchange *exchange, const char *date, bool close, struct slice *ret_bytes)
{
	struct answer_text text = {.used = 0};
	char *begin;
	uint32_t body_size = exchange->answer.used;

	ASSERT(!exchange->answer.overflow);
	put_status(&text, exchange->status);
	put_text(&text, "Date: ");
	put(&text, date, NETWORK_DATE_SIZE);
	put_text(&text, "\r\n");
	put_framing(&text, exchange);
	put_rest(&text, exchange);
	if (close)
		put_text(&text, "Connection: close\r\n");
	else if (exchange->head->is_http_1_0)
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
