/* See head.h. */
#include "engine/http/head.h"

#include "engine/base/text.h"

#include <string.h>

void head_begin(struct parser *parser)
{
	parser_next(parser);
}

uint32_t head_size(const struct parser *parser)
{
	return parser->head_size;
}

static void head_fail(struct parser *parser, enum result result)
{
	if (parser->result == RESULT_OK)
		parser->result = result;
}

/* A copy in the parser's memory. False: it is full, which is remembered. */
static bool head_keep(struct parser *parser, struct slice value, struct slice *ret_copy)
{
	char *copy = parser->text + parser->text_used;

	if (value.size > sizeof(parser->text) - parser->text_used) {
		head_fail(parser, RESULT_HEADER_TOO_LARGE);
		return false;
	}
	memcpy(copy, value.data, value.size);
	parser->text_used += value.size;
	*ret_copy = (struct slice){copy, value.size};
	return true;
}

static void head_add_pseudo(struct parser *parser, struct slice name, struct slice value)
{
	static const struct slice path = {":path", 5};
	static const struct slice method = {":method", 7};
	static const struct slice authority = {":authority", 10};
	struct parser_head *head = &parser->head;
	struct slice kept;

	if (slice_equals(name, path) && value.size > HTTP_TARGET_SIZE_MAX) {
		head_fail(parser, RESULT_URI_TOO_LONG);
		return;
	}
	if (!head_keep(parser, value, &kept))
		return;
	if (slice_equals(name, method))
		head->method = kept;
	else if (slice_equals(name, path))
		head->target = kept;
	else if (slice_equals(name, authority))
		head->headers[PARSER_HOST] = kept;
}

static void head_add_header(struct parser *parser, struct slice name, struct slice value)
{
	static const struct slice host_name = {"host", 4};
	struct slice host = parser->head.headers[PARSER_HOST];
	uint32_t mark = parser->text_used;
	struct slice kept;
	bool known = false;
	enum result result;

	/* Host beside :authority may only say the same. */
	if (host.data != NULL && slice_equals(name, host_name)) {
		if (!slice_equals(host, value))
			head_fail(parser, RESULT_BAD_REQUEST);
		return;
	}
	if (!head_keep(parser, value, &kept))
		return;
	result = parser_keep(parser, name, kept, &known);
	if (result != RESULT_OK)
		head_fail(parser, result);
	if (!known)
		parser->text_used = mark;
}

void head_add(struct parser *parser, struct slice name, struct slice value)
{
	uint64_t size = (uint64_t)parser->head_size + name.size + value.size + HEAD_FIELD_OVERHEAD;

	parser->head_size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
	if (parser->head_size > HTTP_HEAD_SIZE_MAX)
		head_fail(parser, RESULT_HEADER_TOO_LARGE);
	if (parser->result != RESULT_OK)
		return;
	if (name.size > 0 && name.data[0] == ':')
		head_add_pseudo(parser, name, value);
	else
		head_add_header(parser, name, value);
}

enum result head_end(struct parser *parser, bool has_body)
{
	struct parser_head *head = &parser->head;
	struct slice length = head->headers[PARSER_CONTENT_LENGTH];

	if (parser->result != RESULT_OK)
		return parser->result;
	if (head->method.size == 0 || !parser_target_is_right(head) ||
	    !parser_host_is_right(parser, head->headers[PARSER_HOST]) ||
	    head->headers[PARSER_TRANSFER_ENCODING].data != NULL)
		head_fail(parser, RESULT_BAD_REQUEST);
	if (length.data != NULL && !text_parse_u64(length, INT64_MAX, &head->content_length))
		head_fail(parser, RESULT_BAD_REQUEST);
	head->chunked = has_body && length.data == NULL;
	head->keep_alive = true;
	return parser->result;
}

static void head_move(struct slice *slice, const char *from, const char *to)
{
	if (slice->data != NULL)
		slice->data = to + (slice->data - from);
}

bool head_copy(const struct parser *parser, struct arena *arena, struct parser_head *ret_head)
{
	char *text = arena_alloc(arena, parser->text_used);

	if (text == NULL)
		return false;
	memcpy(text, parser->text, parser->text_used);
	*ret_head = parser->head;
	head_move(&ret_head->method, parser->text, text);
	head_move(&ret_head->target, parser->text, text);
	for (uint32_t i = 0; i < PARSER_HEADERS; i++)
		head_move(&ret_head->headers[i], parser->text, text);
	return true;
}
