/* Both readers of a head read the same bytes: what plain_head.h takes for plain, llhttp and its
 * guard read alike, down to the last byte of the body. They get it byte by byte: half a head is
 * never plain. */
#include "engine/http/parser.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
	struct parser parser;
	unsigned char body[BODY_MAX];
	enum parser_step head; /* PARSER_MORE: the head is not there as a whole */
	enum parser_step end;
	uint32_t used;
};

static void need(bool good)
{
	if (!good)
		abort();
}

/* Reads one request in pieces of at most `step` bytes. */
static void read_all(struct reading *reading, const char *bytes, uint32_t size, uint32_t step)
{
	enum parser_step answer = PARSER_MORE;

	reading->head = PARSER_MORE;
	reading->used = 0;
	parser_init(&reading->parser);
	do {
		uint32_t left = size - reading->used;
		uint32_t consumed = 0;

		answer = parser_feed(&reading->parser, bytes + reading->used,
				     left < step ? left : step, &consumed);
		need(consumed <= left);
		reading->used += consumed;
		if (answer == PARSER_HEAD) {
			reading->head = answer;
			parser_body(&reading->parser, reading->body, BODY_MAX);
		}
	} while (answer == PARSER_HEAD || (answer == PARSER_MORE && reading->used < size));
	reading->end = answer;
}

static void need_same(struct slice one, struct slice other)
{
	need((one.data == NULL) == (other.data == NULL) && slice_equals(one, other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading whole;
	static struct reading bytewise;
	const struct parser_head *one = &whole.parser.head;
	const struct parser_head *other = &bytewise.parser.head;

	if (size > 2 * HTTP_HEAD_SIZE_MAX)
		return 0;
	read_all(&whole, (const char *)data, (uint32_t)size, (uint32_t)size);
	if (!whole.parser.is_plain)
		return 0;
	read_all(&bytewise, (const char *)data, (uint32_t)size, 1);
	need(!bytewise.parser.is_plain);
	need(whole.head == bytewise.head && whole.end == bytewise.end);
	need_same(one->method, other->method);
	need_same(one->target, other->target);
	for (uint32_t i = 0; i < PARSER_HEADERS; i++)
		need_same(one->headers[i], other->headers[i]);
	need(one->content_length == other->content_length && one->chunked == other->chunked);
	need(one->keep_alive == other->keep_alive && one->is_http_1_0 == other->is_http_1_0);
	if (whole.end == PARSER_FAILED) {
		need(whole.parser.result == bytewise.parser.result);
		return 0;
	}
	need(whole.used == bytewise.used);
	need(whole.parser.body_size == bytewise.parser.body_size);
	need(memcmp(whole.body, bytewise.body, whole.parser.body_size) == 0);
	return 0;
}
