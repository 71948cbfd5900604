/* See plain_head.h. */
#include "engine/http/plain_head.h"

#include "engine/base/text.h"

#include <string.h>

#define LENGTH_DIGITS_MAX 9u
#define EACH_BYTE	  UINT64_C(0x0101010101010101)

/* What is left to read, and who gets it. */
struct plain {
	const char *begin; /* of the head */
	const char *at;
	const char *end;
	struct parser *parser;
};

/* What a byte may stand in. */
enum {
	IN_TARGET = 1,
	IN_NAME = 2,
};

/* 3: both. From blank to DEL; all others are 0. */
static const uint8_t plain_bytes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
    0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 3, 1, 1, /*  !"#$%&'()*+,-./ */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 1, 0, 0, 1, 0, 1, /* 0123456789:;<=>? */
    0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* @ABCDEFGHIJKLMNO */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 1, /* PQRSTUVWXYZ[\]^_ */
    0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, /* `abcdefghijklmno */
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 1, 0, /* pqrstuvwxyz{|}~ */
};

/* Takes a text that must come next. */
static bool plain_take(struct plain *plain, const char *text, uint32_t size)
{
	if ((size_t)(plain->end - plain->at) < size || memcmp(plain->at, text, size) != 0)
		return false;
	plain->at += size;
	return true;
}

/* Where it will lie when the head is copied into the parser's text. */
static struct slice plain_kept(const struct plain *plain, struct slice read)
{
	return (struct slice){plain->parser->text + (read.data - plain->begin), read.size};
}

/* Takes bytes of a class. */
static struct slice plain_take_all(struct plain *plain, uint8_t class)
{
	const char *begin = plain->at;

	while (plain->at < plain->end && (plain_bytes[(unsigned char)*plain->at] & class) != 0)
		plain->at++;
	return (struct slice){begin, (uint32_t)(plain->at - begin)};
}

/* The first of eight bytes that is no visible ASCII and no blank; 8: there is none. Borrows and
 * carries go to later bytes alone, from such a byte. */
static uint32_t plain_first_other(const char *bytes)
{
	uint64_t word;
	uint64_t others;

	memcpy(&word, bytes, sizeof(word)); /* little-endian, asserted in base/codec.c */
	others = ((word - ' ' * EACH_BYTE) | (word + EACH_BYTE) | word) & 0x80 * EACH_BYTE;
	return others == 0 ? 8 : (uint32_t)__builtin_ctzll(others) / 8;
}

/* The value of a header up to its CR LF, which is taken too; size 0: it is not plain. */
static struct slice plain_take_value(struct plain *plain)
{
	static const struct slice none = {NULL, 0};
	const char *begin = plain->at;
	const char *at = begin;
	uint32_t step = 8;

	while (step == 8 && plain->end - at >= 8) {
		step = plain_first_other(at);
		at += step;
	}
	while (at < plain->end && *at >= ' ' && *at <= '~')
		at++;
	plain->at = at;
	if (at == begin || *begin == ' ' || at[-1] == ' ' || !plain_take(plain, "\r\n", 2))
		return none;
	return (struct slice){begin, (uint32_t)(at - begin)};
}

/* A name that says how the connection goes on, and means nothing else here. */
static bool plain_is_of_connection(struct slice name, struct slice value)
{
	if (text_equals_ignoring_case(name, slice_from_text("connection")))
		return !slice_equals_text(value, "keep-alive");
	return text_equals_ignoring_case(name, slice_from_text("upgrade")) ||
	       text_equals_ignoring_case(name, slice_from_text("proxy-connection"));
}

/* One line, name and value, into the head. */
static bool plain_header(struct plain *plain)
{
	struct parser_head *head = &plain->parser->head;
	struct slice name = plain_take_all(plain, IN_NAME);
	enum parser_header header;
	struct slice value;

	if (name.size == 0 || !plain_take(plain, ":", 1))
		return false;
	(void)plain_take(plain, " ", 1);
	value = plain_take_value(plain);
	if (value.size == 0)
		return false;
	header = parser_header_of(name);
	if (header == PARSER_HEADERS)
		return !plain_is_of_connection(name, value);
	if (header == PARSER_TRANSFER_ENCODING || head->headers[header].data != NULL)
		return false;
	head->headers[header] = plain_kept(plain, value);
	return true;
}

/* "POST /v1/redemptions HTTP/1.1" and its end. */
static bool plain_request_line(struct plain *plain)
{
	struct parser_head *head = &plain->parser->head;
	struct slice target;

	if (!plain_take(plain, "POST", 4) && !plain_take(plain, "GET", 3))
		return false;
	head->method =
	    plain_kept(plain, (struct slice){plain->begin, (uint32_t)(plain->at - plain->begin)});
	if (!plain_take(plain, " /", 2))
		return false;
	plain->at--;
	target = plain_take_all(plain, IN_TARGET);
	head->target = plain_kept(plain, target);
	return target.size <= HTTP_TARGET_SIZE_MAX &&
	       plain_take(plain, " HTTP/1.1\r\n", sizeof(" HTTP/1.1\r\n") - 1);
}

/* There is a Host, and it is right; it does not lie where it will yet. */
static bool plain_host(const struct plain *plain)
{
	struct slice host = plain->parser->head.headers[PARSER_HOST];

	if (host.data == NULL)
		return false;
	host.data = plain->begin + (host.data - plain->parser->text);
	return parser_host_is_right(plain->parser, host);
}

static bool plain_lines(struct plain *plain)
{
	uint32_t count = 0;

	if (!plain_request_line(plain))
		return false;
	while (!plain_take(plain, "\r\n", 2))
		if (++count > HTTP_HEADERS_MAX || !plain_header(plain))
			return false;
	return plain_host(plain);
}

/* The head lies in the parser's text now: what the length says. */
static bool plain_length(struct parser_head *head)
{
	struct slice length = head->headers[PARSER_CONTENT_LENGTH];

	return length.data == NULL || (length.size <= LENGTH_DIGITS_MAX &&
				       text_parse_u64(length, UINT64_MAX, &head->content_length));
}

bool plain_head_read(struct parser *parser, const char *bytes, uint32_t size, uint32_t *ret_size)
{
	uint32_t most = size < sizeof(parser->text) ? size : (uint32_t)sizeof(parser->text);
	struct plain plain = {bytes, bytes, bytes + most, parser};

	if (plain_lines(&plain)) {
		*ret_size = (uint32_t)(plain.at - bytes);
		memcpy(parser->text, bytes, *ret_size);
		if (plain_length(&parser->head)) {
			parser->text_used = *ret_size;
			parser->head_size = *ret_size;
			parser->head.keep_alive = true;
			parser->is_plain = true;
			return true;
		}
	}
	memset(&parser->head, 0, sizeof(parser->head));
	*ret_size = 0;
	return false;
}
