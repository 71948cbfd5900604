/* See response.h. */
#include "bench/load/response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD_END      "\r\n\r\n"
#define HEAD_END_SIZE (sizeof(HEAD_END) - 1)

static _Noreturn void refuse(const char *why, const char *data, size_t size)
{
	fprintf(stderr, "load: an answer that is not understood (%s): %.*s\n", why,
		(int)(size < 400 ? size : 400), data);
	exit(1);
}

void response_init(struct response *response, bool is_binary)
{
	response->is_binary = is_binary;
	response->state = RESPONSE_HEAD;
	response->head_size = 0;
	response->like = (struct response_like){.head_size = 0};
	tally_init(&response->tally, is_binary);
}

/* One header line, of which only the framing is of interest. */
static void read_line(struct response *response, const char *line, size_t size)
{
	static const char length[] = "content-length:";
	static const char coding[] = "transfer-encoding: chunked";
	if (size >= sizeof(length) && strncasecmp(line, length, sizeof(length) - 1) == 0)
		response->left = strtoull(line + sizeof(length) - 1, NULL, 10);
	else if (size >= sizeof(coding) - 1 && strncasecmp(line, coding, sizeof(coding) - 1) == 0)
		response->is_chunked = true;
}

/* A head in one piece: what the next one is held against. */
static void learn(struct response *response, const char *head, uint32_t size)
{
	struct response_like *like = &response->like;
	static const char length[] = "\ncontent-length:";
	const char *line = head;
	like->head_size = 0;
	if (like->expected > 0 && like->expected != size + response->left)
		refuse("it only looked like the last one", head, size);
	like->expected = 0;
	if (response->is_chunked || response->left > UINT32_MAX)
		return;
	while (strncasecmp(line, length, sizeof(length) - 1) != 0) {
		line = memchr(line + 1, '\n', (size_t)(head + size - line - 1));
		if (line == NULL || head + size - line < (ptrdiff_t)sizeof(length))
			return;
	}
	const char *end = memchr(line + 1, '\n', (size_t)(head + size - line - 1));
	if (end == NULL || end - line >= (ptrdiff_t)sizeof(like->length))
		return;
	like->length_at = (uint32_t)(line - head);
	like->length_size = (uint32_t)(end + 1 - line);
	memcpy(like->length, line, like->length_size);
	memcpy(like->start, head, sizeof(like->start));
	like->body_size = (uint32_t)response->left;
	like->status = response->status;
	like->head_size = size;
}

/* Does a whole answer as long as the last one stand here? */
static bool is_like_last(const struct response_like *like, const char *data, size_t size)
{
	return like->head_size > 0 && size >= (size_t)like->head_size + like->body_size &&
	       memcmp(data, like->start, sizeof(like->start)) == 0 &&
	       memcmp(data + like->length_at, like->length, like->length_size) == 0 &&
	       memcmp(data + like->head_size - HEAD_END_SIZE, HEAD_END, HEAD_END_SIZE) == 0;
}

/* A whole head: what follows it. */
static void read_head(struct response *response, const char *head, size_t size)
{
	const char *end = head + size;
	if (size < 16 || memcmp(head, "HTTP/1.1 ", 9) != 0)
		refuse("status line", head, size);
	response->status = (uint32_t)(head[9] - '0') * 100 + (uint32_t)(head[10] - '0') * 10 +
			 (uint32_t)(head[11] - '0');
	response->left = 0;
	response->is_chunked = false;
	response->head_size = 0;
	tally_begin(&response->tally, response->is_binary);
	while (head < end) {
		const char *next = memchr(head, '\n', (size_t)(end - head));
		if (next == NULL)
			break;
		if ((*head | 0x20) == 'c' || (*head | 0x20) == 't')
			read_line(response, head, (size_t)(next - head));
		head = next + 1;
	}
	response->state = response->is_chunked ? RESPONSE_CHUNK_SIZE : RESPONSE_BODY;
	response->has_digit = false;
}

/* The head from one piece, or gathered from several. Returns the bytes taken. */
static size_t take_head(struct response *response, const char *data, size_t size)
{
	if (response->head_size == 0) {
		const char *end = memmem(data, size, HEAD_END, HEAD_END_SIZE);
		if (end != NULL) {
			size_t taken = (size_t)(end - data) + HEAD_END_SIZE;
			read_head(response, data, taken);
			learn(response, data, (uint32_t)taken);
			return taken;
		}
	}
	for (size_t taken = 0; taken < size;) {
		if (response->head_size == sizeof(response->head))
			refuse("a long head", response->head, sizeof(response->head));
		response->head[response->head_size++] = data[taken++];
		if (response->head_size >= HEAD_END_SIZE &&
		    memcmp(response->head + response->head_size - HEAD_END_SIZE, HEAD_END,
			   HEAD_END_SIZE) == 0) {
			read_head(response, response->head, response->head_size);
			return taken;
		}
	}
	return size;
}

/* One byte of the line before a chunk. */
static void take_size(struct response *response, char byte)
{
	uint32_t digit = (uint32_t)(unsigned char)byte;
	if (byte >= '0' && byte <= '9')
		digit -= '0';
	else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f')
		digit = (digit | 0x20) - 'a' + 10;
	else if (byte == '\r')
		return;
	else if (byte != '\n' || !response->has_digit)
		refuse("the size of a chunk", &byte, 1);
	if (byte == '\n') {
		response->state = response->left == 0 ? RESPONSE_TRAILER : RESPONSE_CHUNK;
		response->line_size = 0;
		return;
	}
	response->left = response->left << 4 | digit;
	response->has_digit = true;
}

/* Up to `left` bytes of the body. */
static size_t take_body(struct response *response, const char *data, size_t size)
{
	size_t taken = size < response->left ? size : (size_t)response->left;
	tally_feed(&response->tally, data, taken);
	response->left -= taken;
	return taken;
}

/* One byte after a chunk, or of the trailer. True: the answer ends with it. */
static bool take_line_byte(struct response *response, char byte)
{
	if (response->state == RESPONSE_CHUNK_END) {
		if (byte == '\n') {
			response->state = RESPONSE_CHUNK_SIZE;
			response->has_digit = false;
		}
		return false;
	}
	if (byte == '\n') {
		bool is_empty = response->line_size == 0;
		response->line_size = 0;
		return is_empty;
	}
	if (byte != '\r')
		response->line_size++;
	return false;
}

/* The answer that begins here, when it is like the last one: its size, or 0. */
static size_t take_like(struct response *response, const char *data, size_t size)
{
	struct response_like *like = &response->like;
	size_t whole = (size_t)like->head_size + like->body_size;
	if (response->state != RESPONSE_HEAD || response->head_size > 0 ||
	    !is_like_last(like, data, size))
		return 0;
	if (++like->turn % RESPONSE_SAMPLE == 0) {
		like->expected = whole;
		return 0;
	}
	response->status = like->status;
	tally_begin(&response->tally, response->is_binary);
	tally_feed(&response->tally, data + like->head_size, like->body_size);
	return whole;
}

size_t response_feed(struct response *response, const char *data, size_t size, bool *ret_is_whole)
{
	size_t at = take_like(response, data, size);
	*ret_is_whole = at > 0;
	if (at > 0)
		return at;
	while (at < size) {
		switch (response->state) {
		case RESPONSE_HEAD:
			at += take_head(response, data + at, size - at);
			break;
		case RESPONSE_BODY:
		case RESPONSE_CHUNK:
			at += take_body(response, data + at, size - at);
			break;
		case RESPONSE_CHUNK_SIZE:
			take_size(response, data[at++]);
			break;
		case RESPONSE_CHUNK_END:
		case RESPONSE_TRAILER:
			*ret_is_whole = take_line_byte(response, data[at++]);
			break;
		}
		if (response->state == RESPONSE_BODY && response->left == 0)
			*ret_is_whole = true;
		else if (response->state == RESPONSE_CHUNK && response->left == 0)
			response->state = RESPONSE_CHUNK_END;
		if (*ret_is_whole) {
			response->state = RESPONSE_HEAD;
			return at;
		}
	}
	return at;
}
