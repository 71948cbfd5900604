/* See answer.h. */
#include "engine/http/answer.h"

#include "engine/base/text.h"
#include "engine/http/network.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct answer_fields) <= EXCHANGE_HEAD_SIZE_MAX,
	      "the list of an answer's headers fits the room of its head");

#define SLICE(text)                                                                                \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}
#define NAME(line, plain) {SLICE(line ": "), SLICE(plain), false}

enum answer_header {
	ANSWER_DATE,
	ANSWER_CONTENT_TYPE,
	ANSWER_CONTENT_LANGUAGE,
	ANSWER_TRAILER,
	ANSWER_CONTENT_LENGTH,
	ANSWER_REQUEST_ID,
	ANSWER_CACHE_CONTROL,
	ANSWER_CONTENT_TYPE_OPTIONS,
	ANSWER_SECURITY_POLICY,
	ANSWER_TRANSPORT_SECURITY,
	ANSWER_LEDGER_SEQ,
	ANSWER_REPLAYED,
	ANSWER_RETRY_AFTER,
	ANSWER_ALLOW,
	ANSWER_AUTHENTICATE,
};

static const struct answer_name answer_names[] = {
    [ANSWER_DATE] = NAME("Date", "date"),
    [ANSWER_CONTENT_TYPE] = NAME("Content-Type", "content-type"),
    [ANSWER_CONTENT_LANGUAGE] = NAME("Content-Language", "content-language"),
    [ANSWER_TRAILER] = NAME("Trailer", "trailer"),
    [ANSWER_CONTENT_LENGTH] = NAME("Content-Length", "content-length"),
    [ANSWER_REQUEST_ID] = {SLICE("Request-Id: "), SLICE("request-id"), true},
    [ANSWER_CACHE_CONTROL] = NAME("Cache-Control", "cache-control"),
    [ANSWER_CONTENT_TYPE_OPTIONS] = NAME("X-Content-Type-Options", "x-content-type-options"),
    [ANSWER_SECURITY_POLICY] = NAME("Content-Security-Policy", "content-security-policy"),
    [ANSWER_TRANSPORT_SECURITY] = NAME("Strict-Transport-Security", "strict-transport-security"),
    [ANSWER_LEDGER_SEQ] = {SLICE("Ledger-Seq: "), SLICE("ledger-seq"), true},
    [ANSWER_REPLAYED] = NAME("Idempotency-Replayed", "idempotency-replayed"),
    [ANSWER_RETRY_AFTER] = NAME("Retry-After", "retry-after"),
    [ANSWER_ALLOW] = NAME("Allow", "allow"),
    [ANSWER_AUTHENTICATE] = NAME("WWW-Authenticate", "www-authenticate"),
};
static_assert(sizeof(answer_names) / sizeof(answer_names[0]) <= ANSWER_FIELDS_MAX,
	      "an answer may have every header");

/* Lines of a head, one after another. */
struct answer_text {
	char *at;
	const char *end;
};

static void put(struct answer_text *text, struct slice piece)
{
	ASSERT(piece.size <= (size_t)(text->end - text->at));
	memcpy(text->at, piece.data, piece.size);
	text->at += piece.size;
}

static void put_line(struct answer_text *text, struct slice name, struct slice value)
{
	static const struct slice end = SLICE("\r\n");

	put(text, name);
	put(text, value);
	put(text, end);
}

/* ---- The status ---- */

#define STATUSES(ROW, wanted)                                                                      \
	ROW(wanted, 200, "OK")                                                                     \
	ROW(wanted, 201, "Created")                                                                \
	ROW(wanted, 202, "Accepted")                                                               \
	ROW(wanted, 204, "No Content")                                                             \
	ROW(wanted, 400, "Bad Request")                                                            \
	ROW(wanted, 401, "Unauthorized")                                                           \
	ROW(wanted, 403, "Forbidden")                                                              \
	ROW(wanted, 404, "Not Found")                                                              \
	ROW(wanted, 405, "Method Not Allowed")                                                     \
	ROW(wanted, 406, "Not Acceptable")                                                         \
	ROW(wanted, 408, "Request Timeout")                                                        \
	ROW(wanted, 409, "Conflict")                                                               \
	ROW(wanted, 413, "Content Too Large")                                                      \
	ROW(wanted, 414, "URI Too Long")                                                           \
	ROW(wanted, 415, "Unsupported Media Type")                                                 \
	ROW(wanted, 417, "Expectation Failed")                                                     \
	ROW(wanted, 422, "Unprocessable Content")                                                  \
	ROW(wanted, 424, "Failed Dependency")                                                      \
	ROW(wanted, 429, "Too Many Requests")                                                      \
	ROW(wanted, 431, "Request Header Fields Too Large")                                        \
	ROW(wanted, 500, "Internal Server Error")                                                  \
	ROW(wanted, 503, "Service Unavailable")                                                    \
	ROW(wanted, 505, "HTTP Version Not Supported")                                             \
	ROW(wanted, 507, "Insufficient Storage")

#define STATUS_IS(wanted, status, reason) || (wanted) == status
#define RESULT(name, number, status, ...)                                                          \
	static_assert(0 STATUSES(STATUS_IS, status), "each status has its reason");
#include "schemas/results.def"
#undef RESULT

static struct slice answer_status_line(uint16_t wanted)
{
#define STATUS_LINE(wanted, status, reason) {status, SLICE("HTTP/1.1 " #status " " reason)},
	static const struct {
		uint16_t status;
		struct slice line;
	} lines[] = {STATUSES(STATUS_LINE, )};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (lines[i].status == wanted)
			return lines[i].line;
	ASSERT(false);
	return (struct slice){NULL, 0};
}

/* ---- The headers ---- */

static void add(struct answer_fields *list, enum answer_header header, struct slice value)
{
	ASSERT(list->count < ANSWER_FIELDS_MAX);
	list->fields[list->count++] = (struct answer_field){&answer_names[header], value};
}

static void add_text(struct answer_fields *list, enum answer_header header, const char *value)
{
	add(list, header, slice_from_text(value));
}

static void add_number(struct answer_fields *list, enum answer_header header, uint64_t number)
{
	char *digits = list->digits[list->digits_used++];

	ASSERT(list->digits_used <= ANSWER_DIGITS_MAX);
	add(list, header, (struct slice){digits, text_format_u64(number, digits)});
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
	add(list, ANSWER_DATE, (struct slice){date, ANSWER_DATE_SIZE});
	if (exchange->media_type != NULL) {
		add_text(list, ANSWER_CONTENT_TYPE, exchange->media_type);
		add_text(list, ANSWER_CONTENT_LANGUAGE, is_english ? "en" : "it");
	}
	add_text(list, ANSWER_CACHE_CONTROL, "no-store");
	add_text(list, ANSWER_CONTENT_TYPE_OPTIONS, "nosniff");
	/* Nothing here is a page, nor part of one. */
	add_text(list, ANSWER_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
	if (exchange->is_secure)
		add_text(list, ANSWER_TRANSPORT_SECURITY, "max-age=63072000");
	if (exchange->is_streaming && !exchange->is_http_1_0)
		add_text(list, ANSWER_TRAILER, "Ledger-Seq");
	if (!exchange->is_streaming && exchange->status != 204)
		add_number(list, ANSWER_CONTENT_LENGTH, answer_size(exchange));
	add(list, ANSWER_REQUEST_ID, (struct slice){exchange->id, exchange->id_size});
	if (exchange->ledger_sequence != 0)
		add_number(list, ANSWER_LEDGER_SEQ, exchange->ledger_sequence);
	if (exchange->replayed)
		add_text(list, ANSWER_REPLAYED, "true");
	if (exchange->retry_after_s != 0)
		add_number(list, ANSWER_RETRY_AFTER, exchange->retry_after_s);
	if (exchange->allow != NULL)
		add_text(list, ANSWER_ALLOW, exchange->allow);
	if (exchange->ask_token)
		add_text(list, ANSWER_AUTHENTICATE, "Bearer");
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

/* The lines that only HTTP/1.1 has, and the empty one. */
static struct slice answer_connection(const struct exchange *exchange, bool close)
{
	static const struct slice ends[2][3] = {
	    {SLICE("\r\n"), SLICE("Connection: close\r\n\r\n"),
	     SLICE("Connection: keep-alive\r\n\r\n")},
	    {SLICE("Transfer-Encoding: chunked\r\n\r\n"),
	     SLICE("Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"), SLICE("")},
	};
	bool is_chunked = exchange->is_streaming && !exchange->is_http_1_0;

	return ends[is_chunked][close ? 1 : exchange->is_http_1_0 ? 2 : 0];
}

static uint32_t answer_head_size(struct slice status, const struct answer_fields *list,
				 struct slice end)
{
	uint32_t size = status.size + 2 + end.size;

	for (uint32_t i = 0; i < list->count; i++)
		size += list->fields[i].name->line.size + list->fields[i].value.size + 2;
	return size;
}

/* Status, body, length, perhaps a sequence: what nearly every answer has, and nothing else. */
static bool answer_is_usual(const struct exchange *exchange, bool close)
{
	return !close && !exchange->is_http_1_0 && !exchange->is_streaming && !exchange->is_head &&
	       exchange->status != 204 && exchange->media_type != NULL &&
	       exchange->answer_fixed.data == NULL && !exchange->replayed &&
	       exchange->retry_after_s == 0 && exchange->allow == NULL && !exchange->ask_token;
}

/* The lines that the last usual answer began with; made again where this one's are others. */
static struct slice answer_start(const struct exchange *exchange, const char *date,
				 struct answer_start *start)
{
	static const struct slice nothing = SLICE("");
	struct answer_text text = {start->bytes, start->bytes + sizeof(start->bytes)};
	struct answer_fields list;
	uint32_t i = 0;

	if (start->status == exchange->status && start->is_secure == exchange->is_secure &&
	    start->media_type == exchange->media_type &&
	    start->language == exchange->request.language &&
	    memcmp(start->date, date, sizeof(start->date)) == 0)
		return (struct slice){start->bytes, start->size};
	answer_collect(exchange, date, &list);
	put_line(&text, answer_status_line(exchange->status), nothing);
	for (; list.fields[i].name != &answer_names[ANSWER_CONTENT_LENGTH]; i++)
		put_line(&text, list.fields[i].name->line, list.fields[i].value);
	put(&text, list.fields[i].name->line);
	start->status = exchange->status;
	start->is_secure = exchange->is_secure;
	start->media_type = exchange->media_type;
	start->language = exchange->request.language;
	memcpy(start->date, date, sizeof(start->date));
	start->size = (uint32_t)(text.at - start->bytes);
	return (struct slice){start->bytes, start->size};
}

static void answer_usual_head(struct exchange *exchange, const char *date,
			      struct answer_start *start, struct slice *ret_bytes)
{
	static const struct slice id_name = SLICE("\r\nRequest-Id: ");
	static const struct slice sequence_name = SLICE("\r\nLedger-Seq: ");
	static const struct slice end = SLICE("\r\n\r\n");
	bool has_sequence = exchange->ledger_sequence != 0;
	struct slice first = answer_start(exchange, date, start);
	char length[TEXT_U64_SIZE_MAX];
	char sequence[TEXT_U64_SIZE_MAX];
	uint32_t length_size = text_format_u64(exchange->answer.used, length);
	uint32_t sequence_size =
	    has_sequence ? text_format_u64(exchange->ledger_sequence, sequence) : 0;
	uint32_t size = first.size + length_size + id_name.size + exchange->id_size + end.size;
	struct answer_text text;

	if (has_sequence)
		size += sequence_name.size + sequence_size;
	ASSERT(size <= EXCHANGE_HEAD_SIZE_MAX);
	text = (struct answer_text){exchange->answer.data - size, exchange->answer.data};
	put(&text, first);
	put(&text, (struct slice){length, length_size});
	put(&text, id_name);
	put(&text, (struct slice){exchange->id, exchange->id_size});
	if (has_sequence) {
		put(&text, sequence_name);
		put(&text, (struct slice){sequence, sequence_size});
	}
	put(&text, end);
	ASSERT(text.at == text.end);
	*ret_bytes =
	    (struct slice){exchange->answer.data - size, size + exchange->answer.used};
}

static void answer_any_head(struct exchange *exchange, const char *date, bool close,
			    struct slice *ret_bytes)
{
	static const struct slice nothing = SLICE("");
	struct slice status = answer_status_line(exchange->status);
	struct slice end = answer_connection(exchange, close);
	uint32_t body_size = exchange->answer.used;
	struct answer_fields list;
	struct answer_text text;
	uint32_t size;

	answer_collect(exchange, date, &list);
	size = answer_head_size(status, &list, end);
	ASSERT(size <= EXCHANGE_HEAD_SIZE_MAX);
	text = (struct answer_text){exchange->answer.data - size, exchange->answer.data};
	put_line(&text, status, nothing);
	for (uint32_t i = 0; i < list.count; i++)
		put_line(&text, list.fields[i].name->line, list.fields[i].value);
	put(&text, end);
	ASSERT(text.at == text.end);
	if (exchange->is_head || exchange->answer_fixed.data != NULL || exchange->status == 204)
		body_size = 0;
	*ret_bytes = (struct slice){exchange->answer.data - size, size + body_size};
}

void answer_head(struct exchange *exchange, const char *date, bool close,
		 struct answer_start *start, struct slice *ret_bytes)
{
	ASSERT(!exchange->answer.overflow);
	if (answer_is_usual(exchange, close))
		answer_usual_head(exchange, date, start, ret_bytes);
	else
		answer_any_head(exchange, date, close, ret_bytes);
}

void answer_trailer(struct exchange *exchange, uint64_t ledger_sequence, struct slice *ret_bytes)
{
	static const struct slice last = SLICE("0\r\n");
	static const struct slice end = SLICE("\r\n");
	char *room = exchange->answer_memory;
	struct answer_text text = {room, room + EXCHANGE_HEAD_SIZE_MAX};
	char digits[TEXT_U64_SIZE_MAX];
	uint32_t size = text_format_u64(ledger_sequence, digits);

	put(&text, last);
	if (ledger_sequence != 0)
		put_line(&text, answer_names[ANSWER_LEDGER_SEQ].line, (struct slice){digits, size});
	put(&text, end);
	*ret_bytes = (struct slice){room, (uint32_t)(text.at - room)};
}
