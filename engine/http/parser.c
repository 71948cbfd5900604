/* The guard and llhttp's callbacks. See parser.h. */
#include "engine/http/parser.h"

#include "engine/base/text.h"
#include "engine/http/authority.h"
#include "engine/http/plain_head.h"

#include <string.h>

#define PARSER_BLANK_LINE_SIZE	   2u /* CR LF */
#define PARSER_REQUEST_LINE_BLANKS 2u
/* What framing may add to a chunked body: a chunk of one byte costs six. */
#define PARSER_WIRE_FACTOR 8u

enum parser_phase {
	PARSER_IN_HEAD,
	PARSER_AT_BODY, /* the head was handed over */
	PARSER_IN_BODY,
	PARSER_AT_END,
	PARSER_BROKEN,
};

#define NAME(text)                                                                                 \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}
static const struct slice parser_names[PARSER_HEADERS] = {
    [PARSER_HOST] = NAME("host"),
    [PARSER_AUTHORIZATION] = NAME("authorization"),
    [PARSER_CONTENT_LENGTH] = NAME("content-length"),
    [PARSER_TRANSFER_ENCODING] = NAME("transfer-encoding"),
    [PARSER_CONTENT_TYPE] = NAME("content-type"),
    [PARSER_CONTENT_ENCODING] = NAME("content-encoding"),
    [PARSER_EXPECT] = NAME("expect"),
    [PARSER_IDEMPOTENCY_KEY] = NAME("idempotency-key"),
    [PARSER_REQUEST_ID] = NAME("request-id"),
    [PARSER_MIN_LEDGER_SEQ] = NAME("min-ledger-seq"),
    [PARSER_ACCEPT] = NAME("accept"),
    [PARSER_ACCEPT_LANGUAGE] = NAME("accept-language"),
};

static enum parser_step parser_fail(struct parser *parser, enum result result)
{
	ASSERT(result != RESULT_OK);
	parser->result = result;
	parser->phase = PARSER_BROKEN;
	return PARSER_FAILED;
}

/* For callbacks: llhttp stops with HPE_USER. */
static int parser_refuse(struct parser *parser, enum result result)
{
	parser->result = result;
	return -1;
}

/* ---- llhttp's callbacks ---- */

static int parser_append(struct parser *parser, const char *bytes, size_t size)
{
	if (size > sizeof(parser->text) - parser->text_used)
		return parser_refuse(parser, RESULT_HEADER_TOO_LARGE);
	memcpy(parser->text + parser->text_used, bytes, size);
	parser->text_used += (uint32_t)size;
	return 0;
}

static int parser_on_method(llhttp_t *llhttp, const char *bytes, size_t size)
{
	struct parser *parser = llhttp->data;

	return parser_append(parser, bytes, size);
}

static int parser_on_method_complete(llhttp_t *llhttp)
{
	struct parser *parser = llhttp->data;

	parser->head.method = (struct slice){parser->text, parser->text_used};
	return 0;
}

static int parser_on_url(llhttp_t *llhttp, const char *bytes, size_t size)
{
	struct parser *parser = llhttp->data;

	if (parser->head.target.data == NULL)
		parser->head.target.data = parser->text + parser->text_used;
	parser->head.target.size += (uint32_t)size;
	if (parser->head.target.size > HTTP_TARGET_SIZE_MAX)
		return parser_refuse(parser, RESULT_URI_TOO_LONG);
	return parser_append(parser, bytes, size);
}

static int parser_on_header_field(llhttp_t *llhttp, const char *bytes, size_t size)
{
	struct parser *parser = llhttp->data;

	if (!parser->name_open)
		parser->name_begin = parser->text_used;
	parser->name_open = true;
	return parser_append(parser, bytes, size);
}

static int parser_on_header_field_complete(llhttp_t *llhttp)
{
	struct parser *parser = llhttp->data;

	if (!parser->name_open || parser->text_used == parser->name_begin)
		return parser_refuse(parser, RESULT_BAD_REQUEST);
	parser->value_begin = parser->text_used;
	return 0;
}

static int parser_on_header_value(llhttp_t *llhttp, const char *bytes, size_t size)
{
	return parser_append(llhttp->data, bytes, size);
}

/* Eight bytes of a name, letters in lower case. */
static uint64_t parser_lower(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word | UINT64_C(0x2020202020202020);
}

/* Is it the name, of `size` bytes, but for the case of its letters? A known one has letters and '-'
 * alone, and of what a token may hold nothing else becomes one of them. */
static bool parser_is_name(const char *name, const char *known, uint32_t size)
{
	uint64_t differ = 0;

	if (size < 8) {
		for (uint32_t i = 0; i < size; i++)
			differ |=
			    (uint64_t)(((unsigned char)name[i] | 0x20u) ^ (unsigned char)known[i]);
		return differ == 0;
	}
	for (uint32_t i = 0; i + 8 < size; i += 8)
		differ |= parser_lower(name + i) ^ parser_lower(known + i);
	differ |= parser_lower(name + size - 8) ^ parser_lower(known + size - 8);
	return differ == 0;
}

/* Of two names of one size, the one it is. */
static enum parser_header parser_one_of(struct slice name, enum parser_header first,
					enum parser_header second)
{
	if (parser_is_name(name.data, parser_names[first].data, name.size))
		return first;
	if (parser_is_name(name.data, parser_names[second].data, name.size))
		return second;
	return PARSER_HEADERS;
}

enum parser_header parser_header_of(struct slice name)
{
	switch (name.size) {
	case sizeof("host") - 1:
		return parser_one_of(name, PARSER_HOST, PARSER_HOST);
	case sizeof("accept") - 1:
		return parser_one_of(name, PARSER_ACCEPT, PARSER_EXPECT);
	case sizeof("request-id") - 1:
		return parser_one_of(name, PARSER_REQUEST_ID, PARSER_REQUEST_ID);
	case sizeof("content-type") - 1:
		return parser_one_of(name, PARSER_CONTENT_TYPE, PARSER_CONTENT_TYPE);
	case sizeof("authorization") - 1:
		return parser_one_of(name, PARSER_AUTHORIZATION, PARSER_AUTHORIZATION);
	case sizeof("content-length") - 1:
		return parser_one_of(name, PARSER_CONTENT_LENGTH, PARSER_MIN_LEDGER_SEQ);
	case sizeof("idempotency-key") - 1:
		return parser_one_of(name, PARSER_IDEMPOTENCY_KEY, PARSER_ACCEPT_LANGUAGE);
	case sizeof("content-encoding") - 1:
		return parser_one_of(name, PARSER_CONTENT_ENCODING, PARSER_CONTENT_ENCODING);
	case sizeof("transfer-encoding") - 1:
		return parser_one_of(name, PARSER_TRANSFER_ENCODING, PARSER_TRANSFER_ENCODING);
	default:
		return PARSER_HEADERS;
	}
}

enum result parser_keep(struct parser *parser, struct slice name, struct slice value,
			bool *ret_known)
{
	enum parser_header header = parser_header_of(name);

	*ret_known = header != PARSER_HEADERS;
	if (++parser->header_count > HTTP_HEADERS_MAX)
		return RESULT_HEADER_TOO_LARGE;
	if (!*ret_known)
		return RESULT_OK;
	if (parser->head.headers[header].data == NULL)
		parser->head.headers[header] = text_trim(value);
	/* A second Accept adds nothing that matters; a second of the others is an attack. */
	else if (header != PARSER_ACCEPT && header != PARSER_ACCEPT_LANGUAGE)
		return RESULT_BAD_REQUEST;
	return RESULT_OK;
}

static int parser_on_header_value_complete(llhttp_t *llhttp)
{
	struct parser *parser = llhttp->data;
	struct slice name = {parser->text + parser->name_begin,
			     parser->value_begin - parser->name_begin};
	struct slice value = {parser->text + parser->value_begin,
			      parser->text_used - parser->value_begin};
	bool known = false;
	enum result result;

	if (!parser->name_open)
		return parser_refuse(parser, RESULT_BAD_REQUEST);
	result = parser_keep(parser, name, value, &known);
	if (!known)
		parser->text_used = parser->name_begin;
	parser->name_open = false;
	return result == RESULT_OK ? 0 : parser_refuse(parser, result);
}

static int parser_on_headers_complete(llhttp_t *llhttp)
{
	struct parser *parser = llhttp->data;

	parser->head.keep_alive = llhttp_should_keep_alive(llhttp) != 0;
	parser->phase = PARSER_AT_BODY;
	return HPE_PAUSED;
}

static const llhttp_settings_t parser_settings = {
    .on_method = parser_on_method,
    .on_method_complete = parser_on_method_complete,
    .on_url = parser_on_url,
    .on_header_field = parser_on_header_field,
    .on_header_field_complete = parser_on_header_field_complete,
    .on_header_value = parser_on_header_value,
    .on_header_value_complete = parser_on_header_value_complete,
    .on_headers_complete = parser_on_headers_complete,
};

/* ---- The guard ---- */

/* Looks at the next piece of the present line: up to its LF, or all there is. Returns false when
 * the piece holds what no line may hold. */
static bool guard_piece(struct parser *parser, const char *piece, uint32_t size, bool is_end)
{
	const char *cr = memchr(piece, '\r', size);
	uint32_t plain = is_end ? size - 1 : size; /* bytes before the LF */

	ASSERT(size > 0);
	if (parser->line_size == 0 && parser->lines > 0 && (piece[0] == ' ' || piece[0] == '\t'))
		return false;
	if (memchr(piece, '\0', size) != NULL)
		return false;
	/* After a CR only its LF may come. */
	if (parser->carriage_return)
		return is_end && plain == 0;
	if (is_end)
		return plain > 0 && cr == piece + plain - 1;
	return cr == NULL || cr == piece + plain - 1;
}

/* One byte behind the second blank: HTTP's name and two digits, and the line's end. llhttp knows
 * other protocols as well. */
static bool guard_version(struct parser *parser, char byte)
{
	static const char form[PARSER_VERSION_SIZE + 1] = "HTTP/0.0\r\n"; /* 0: a digit */
	char wanted;

	if (parser->version_size == PARSER_VERSION_SIZE)
		return false;
	wanted = form[parser->version_size++];
	return wanted == '0' ? byte >= '0' && byte <= '9' : byte == wanted;
}

/* The request line has two blanks, one byte each: llhttp would take more. */
static bool guard_request_line(struct parser *parser, const char *piece, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++) {
		if (piece[i] == ' ')
			parser->blanks++;
		else if (parser->blanks == PARSER_REQUEST_LINE_BLANKS &&
			 !guard_version(parser, piece[i]))
			return false;
	}
	return parser->blanks <= PARSER_REQUEST_LINE_BLANKS;
}

enum guard_verdict {
	GUARD_MORE, /* the head goes on */
	GUARD_END,  /* the head ends with these bytes */
	GUARD_BAD,
};

/* Walks the lines of the head in `bytes`; *ret_size of them belong to the head. */
static enum guard_verdict guard_lines(struct parser *parser, const char *bytes, uint32_t size,
				      uint32_t *ret_size)
{
	uint32_t used = 0;

	while (used < size) {
		const char *piece = bytes + used;
		const char *feed = memchr(piece, '\n', size - used);
		uint32_t piece_size = feed == NULL ? size - used : (uint32_t)(feed - piece) + 1;

		if (!guard_piece(parser, piece, piece_size, feed != NULL))
			return GUARD_BAD;
		if (parser->lines == 0 && !guard_request_line(parser, piece, piece_size))
			return GUARD_BAD;
		used += piece_size;
		parser->line_size += piece_size;
		parser->carriage_return = feed == NULL && piece[piece_size - 1] == '\r';
		if (feed == NULL)
			break;
		if (parser->line_size == PARSER_BLANK_LINE_SIZE && parser->lines > 0) {
			*ret_size = used;
			return GUARD_END;
		}
		if (parser->lines == 0 && parser->line_size != PARSER_BLANK_LINE_SIZE &&
		    parser->version_size != PARSER_VERSION_SIZE)
			return GUARD_BAD;
		/* A blank line before the request line is forgiven (RFC 9112, 2.2), and counts
		 * against the head's size. */
		if (parser->line_size != PARSER_BLANK_LINE_SIZE)
			parser->lines++;
		parser->line_size = 0;
	}
	*ret_size = used;
	return GUARD_MORE;
}

/* ---- The head as a whole ---- */

bool parser_target_is_right(const struct parser_head *head)
{
	struct slice target = head->target;

	for (uint32_t i = 0; i < target.size; i++)
		if (target.data[i] <= ' ' || target.data[i] > '~' || target.data[i] == '#')
			return false;
	if (target.size == 0 || slice_equals_text(head->method, "CONNECT"))
		return false;
	return target.data[0] == '/' ||
	       (slice_equals_text(target, "*") && slice_equals_text(head->method, "OPTIONS"));
}

bool parser_host_is_right(struct parser *parser, struct slice host)
{
	if (host.size == parser->host_size && host.size > 0 &&
	    memcmp(host.data, parser->host, host.size) == 0)
		return true;
	if (!authority_is_valid(host))
		return false;
	if (host.size <= sizeof(parser->host)) {
		memcpy(parser->host, host.data, host.size);
		parser->host_size = host.size;
	}
	return true;
}

/* Where the authority of an absolute target begins; 0: it is not of http or https. */
static uint32_t target_authority_begin(struct slice target)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (uint32_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		struct slice scheme = slice_from_text(schemes[i]);

		if (target.size > scheme.size &&
		    text_equals_ignoring_case((struct slice){target.data, scheme.size}, scheme))
			return scheme.size;
	}
	return 0;
}

/* Takes an absolute target apart: its authority is the Host, whatever the header said (RFC 9112,
 * 3.2.2), and its path the target. */
static void target_take_apart(struct parser *parser)
{
	struct parser_head *head = &parser->head;
	uint32_t begin = target_authority_begin(head->target);
	uint32_t end = begin;
	char *authority;

	if (begin == 0 || head->headers[PARSER_HOST].data == NULL)
		return;
	while (end < head->target.size && memchr("/?#", head->target.data[end], 3) == NULL)
		end++;
	authority = parser->text + (head->target.data - parser->text) + begin;
	/* Without a path there is one all the same; its room is that of the slash before. */
	if (end == head->target.size || head->target.data[end] != '/') {
		memmove(authority - 1, authority, end - begin);
		authority--;
		end--;
		begin--;
		authority[end - begin] = '/';
	}
	head->headers[PARSER_HOST] = (struct slice){authority, end - begin};
	head->target = (struct slice){head->target.data + end, head->target.size - end};
}

/* What llhttp leaves to us. */
static enum result head_check(struct parser *parser)
{
	struct parser_head *head = &parser->head;
	struct slice length = head->headers[PARSER_CONTENT_LENGTH];
	struct slice coding = head->headers[PARSER_TRANSFER_ENCODING];
	struct slice host;

	if (parser->llhttp.http_major != 1 || parser->llhttp.http_minor > 1)
		return RESULT_VERSION_UNSUPPORTED;
	head->is_http_1_0 = parser->llhttp.http_minor == 0;
	target_take_apart(parser);
	host = head->headers[PARSER_HOST];
	if (!parser_target_is_right(head))
		return RESULT_BAD_REQUEST;
	if (host.data == NULL ? !head->is_http_1_0 : !parser_host_is_right(parser, host))
		return RESULT_BAD_REQUEST;
	if (coding.data != NULL) {
		if (length.data != NULL || head->is_http_1_0 ||
		    !text_equals_ignoring_case(coding, slice_from_text("chunked")))
			return RESULT_BAD_REQUEST;
		head->chunked = true;
	}
	if (length.data != NULL && !text_parse_u64(length, INT64_MAX, &head->content_length))
		return RESULT_BAD_REQUEST;
	return RESULT_OK;
}

/* What an error of llhttp means to the client. */
static enum result parser_llhttp_result(const struct parser *parser, llhttp_errno_t error)
{
	if (parser->result != RESULT_OK)
		return parser->result;
	if (error == HPE_INVALID_VERSION || error == HPE_PAUSED_H2_UPGRADE)
		return RESULT_VERSION_UNSUPPORTED;
	return RESULT_BAD_REQUEST;
}

static void parser_begin_llhttp(struct parser *parser)
{
	llhttp_init(&parser->llhttp, HTTP_REQUEST, &parser_settings);
	parser->llhttp.data = parser;
}

static enum parser_step parser_feed_head(struct parser *parser, const char *bytes, uint32_t size,
					 uint32_t *ret_consumed)
{
	uint32_t head_size = 0;
	enum guard_verdict verdict;
	llhttp_errno_t error;
	enum result result;

	if (parser->head_size == 0 && plain_head_read(parser, bytes, size, ret_consumed)) {
		parser->phase = PARSER_AT_BODY;
		return PARSER_HEAD;
	}
	if (parser->head_size == 0)
		parser_begin_llhttp(parser);
	verdict = guard_lines(parser, bytes, size, &head_size);
	if (verdict == GUARD_BAD)
		return parser_fail(parser, RESULT_BAD_REQUEST);
	parser->head_size += head_size;
	if (parser->head_size > HTTP_HEAD_SIZE_MAX)
		return parser_fail(parser, parser->lines == 0 ? RESULT_URI_TOO_LONG
							      : RESULT_HEADER_TOO_LARGE);
	*ret_consumed = head_size;
	error = llhttp_execute(&parser->llhttp, bytes, head_size);
	if (error == HPE_OK && verdict == GUARD_MORE)
		return PARSER_MORE;
	/* Both readers agree on where the head ends, or the request is refused. */
	if (error != HPE_PAUSED || parser->phase != PARSER_AT_BODY || verdict != GUARD_END ||
	    llhttp_get_error_pos(&parser->llhttp) != bytes + head_size)
		return parser_fail(parser, parser_llhttp_result(parser, error));
	result = head_check(parser);
	return result == RESULT_OK ? PARSER_HEAD : parser_fail(parser, result);
}

/* A body with a length: as many bytes as it said. */
static enum parser_step parser_feed_counted(struct parser *parser, const char *bytes, uint32_t size,
					    uint32_t *ret_consumed)
{
	uint64_t left = parser->head.content_length - parser->body_size;
	uint32_t piece = left < size ? (uint32_t)left : size;

	if (piece > parser->body_capacity - parser->body_size)
		return parser_fail(parser, RESULT_BODY_TOO_LARGE);
	if (piece > 0)
		memcpy(parser->body + parser->body_size, bytes, piece);
	parser->body_size += piece;
	*ret_consumed = piece;
	if (piece < left)
		return PARSER_MORE;
	parser->phase = PARSER_AT_END;
	return PARSER_DONE;
}

static enum parser_step parser_feed_chunked(struct parser *parser, const char *bytes, uint32_t size,
					    uint32_t *ret_consumed)
{
	struct chunked *chunked = &parser->chunked;

	parser->wire_size += size;
	while (true) {
		struct slice rest = {bytes + *ret_consumed, size - *ret_consumed};
		enum chunked_step step;
		struct slice data;
		uint32_t used;

		step = chunked_read(chunked, rest, &used, &data);
		*ret_consumed += used;
		if (step == CHUNKED_BAD)
			return parser_fail(parser, RESULT_BAD_REQUEST);
		if (step == CHUNKED_SIZE &&
		    chunked->left > parser->body_capacity - parser->body_size)
			return parser_fail(parser, RESULT_BODY_TOO_LARGE);
		if (step == CHUNKED_DATA) {
			memcpy(parser->body + parser->body_size, data.data, data.size);
			parser->body_size += data.size;
		}
		if (step == CHUNKED_END) {
			parser->phase = PARSER_AT_END;
			return PARSER_DONE;
		}
		if (step != CHUNKED_MORE)
			continue;
		if (parser->wire_size / PARSER_WIRE_FACTOR > parser->body_capacity)
			return parser_fail(parser, RESULT_BODY_TOO_LARGE);
		return PARSER_MORE;
	}
}

/* ---- The door ---- */

void parser_next(struct parser *parser)
{
	memset(&parser->head, 0, offsetof(struct parser, text) - offsetof(struct parser, head));
	parser->phase = PARSER_IN_HEAD;
}

void parser_init(struct parser *parser)
{
	parser->host_size = 0;
	parser_next(parser);
}

void parser_body(struct parser *parser, unsigned char *body, uint32_t capacity)
{
	ASSERT(parser->phase == PARSER_AT_BODY);
	parser->body = body;
	parser->body_capacity = capacity;
	parser->phase = PARSER_IN_BODY;
}

enum parser_step parser_feed(struct parser *parser, const char *bytes, uint32_t size,
			     uint32_t *ret_consumed)
{
	*ret_consumed = 0;
	if (parser->phase == PARSER_IN_HEAD)
		return size == 0 ? PARSER_MORE
				 : parser_feed_head(parser, bytes, size, ret_consumed);
	if (parser->phase == PARSER_IN_BODY && !parser->head.chunked)
		return parser_feed_counted(parser, bytes, size, ret_consumed);
	if (parser->phase == PARSER_IN_BODY)
		return parser_feed_chunked(parser, bytes, size, ret_consumed);
	return parser_fail(parser,
			   parser->result == RESULT_OK ? RESULT_BAD_REQUEST : parser->result);
}

bool parser_is_amid(const struct parser *parser)
{
	return parser->phase != PARSER_IN_HEAD || parser->head_size > 0;
}

bool parser_has_body(const struct parser *parser)
{
	return parser->head.chunked || parser->head.content_length > 0;
}
