/* See frames.h. Header blocks are of RFC 7541: the static table's fields by their numbers, those of
 * all requests by the numbers that the first request gave them. */
#include "bench/load/frames.h"

#include "bench/support/machine.h"

#include <string.h>

/* Of the static table. */
enum {
	FIELD_AUTHORITY = 1,
	FIELD_METHOD_POST = 3,
	FIELD_PATH = 4,
	FIELD_SCHEME_HTTP = 6,
	FIELD_SCHEME_HTTPS = 7,
	FIELD_AUTHORIZATION = 23,
	FIELD_CONTENT_LENGTH = 28,
	FIELD_CONTENT_TYPE = 31,
	FIELDS_STATIC = 61,
};

/* Of the dynamic one, the latest first. */
enum {
	LEARNT_KEY = FIELDS_STATIC + 1,
	LEARNT_AUTHORIZATION,
	LEARNT_CONTENT_TYPE,
	LEARNT_PATH,
	LEARNT_AUTHORITY,
};

#define INDEXED	   0x80u /* the field of this number, 7 bits */
#define REMEMBERED 0x40u /* a value for the name of this number, 6 bits; the peer remembers it */
#define FORGOTTEN  0x00u /* the same, 4 bits; it does not */
#define TEXT_MAX   120u

/* ---- In ---- */

void frames_init(struct frames *frames)
{
	*frames = (struct frames){.head_size = 0};
}

uint32_t frames_u32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* The head of a frame. False: it is not complete. */
static bool take_head(struct frames *frames, const char *data, size_t size, size_t *taken)
{
	size_t wanted = FRAMES_HEAD_SIZE - frames->head_size;
	size_t piece = size < wanted ? size : wanted;
	memcpy(frames->head + frames->head_size, data, piece);
	frames->head_size += (uint32_t)piece;
	*taken += piece;
	if (piece < wanted)
		return false;
	frames->frame = (struct frame){.size = frames_u32(frames->head) >> 8,
				       .type = frames->head[3],
				       .flags = frames->head[4],
				       .stream = frames_u32(frames->head + 5) & INT32_MAX};
	if (frames->frame.size > FRAMES_SIZE_MAX)
		machine_die("load: HTTP/2: a long frame");
	frames->left = frames->frame.size;
	frames->kept_size = 0;
	return true;
}

size_t frames_feed(struct frames *frames, const char *data, size_t size,
		   struct frames_piece *ret_piece)
{
	size_t taken = 0;
	*ret_piece = (struct frames_piece){.frame = NULL};
	if (frames->head_size < FRAMES_HEAD_SIZE && !take_head(frames, data, size, &taken))
		return taken;
	const char *content = data + taken;
	size_t piece = size - taken < frames->left ? size - taken : frames->left;
	frames->left -= (uint32_t)piece;
	bool is_last = frames->left == 0;
	if (frames->frame.type == FRAME_DATA) {
		*ret_piece = (struct frames_piece){
		    &frames->frame, (const unsigned char *)content, piece, is_last};
	} else {
		size_t room = sizeof(frames->kept) - frames->kept_size;
		size_t kept = piece < room ? piece : room;
		memcpy(frames->kept + frames->kept_size, content, kept);
		frames->kept_size += (uint32_t)kept;
		if (is_last)
			*ret_piece = (struct frames_piece){&frames->frame, frames->kept,
							   frames->kept_size, true};
	}
	if (is_last)
		frames->head_size = 0;
	return taken + piece;
}

/* ---- Out ---- */

unsigned char *frames_put_u32(unsigned char *at, uint32_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*at++ = (unsigned char)(number >> shift);
	return at;
}

unsigned char *frames_put_head(unsigned char *at, const struct frame *frame)
{
	at = frames_put_u32(at, frame->size << 8 | frame->type);
	*at++ = frame->flags;
	return frames_put_u32(at, frame->stream);
}

/* A whole number with a prefix of so many bits (RFC 7541, 5.1); all of ours fit two bytes. */
static unsigned char *put_number(unsigned char *at, unsigned form, unsigned bits, size_t number)
{
	unsigned most = (1u << bits) - 1;
	if (number < most) {
		*at++ = (unsigned char)(form | number);
		return at;
	}
	*at++ = (unsigned char)(form | most);
	*at++ = (unsigned char)(number - most);
	return at;
}

static unsigned char *put_text(unsigned char *at, const char *text, size_t size)
{
	if (size > TEXT_MAX)
		machine_die("load: HTTP/2: a long field");
	*at++ = (unsigned char)size;
	memcpy(at, text, size);
	return at + size;
}

static unsigned char *put_remembered(unsigned char *at, unsigned name, const char *value)
{
	return put_text(put_number(at, REMEMBERED, 6, name), value, strlen(value));
}

/* "Bearer" and the token, behind the field's name. */
static unsigned char *put_token(unsigned char *at, const char *token, size_t size)
{
	static const char bearer[] = "Bearer ";
	char value[TEXT_MAX];
	if (size > sizeof(value) - (sizeof(bearer) - 1))
		machine_die("load: HTTP/2: a long token");
	memcpy(value, bearer, sizeof(bearer) - 1);
	memcpy(value + sizeof(bearer) - 1, token, size);
	return put_text(at, value, size + sizeof(bearer) - 1);
}

static unsigned char *put_length(unsigned char *at, uint32_t length)
{
	char digits[10];
	uint32_t begin = sizeof(digits);
	do {
		digits[--begin] = (char)('0' + length % 10);
		length /= 10;
	} while (length > 0);
	at = put_number(at, FORGOTTEN, 4, FIELD_CONTENT_LENGTH);
	return put_text(at, digits + begin, sizeof(digits) - begin);
}

static unsigned char *put_method_and_scheme(unsigned char *at, const struct frames_fields *fields)
{
	at = put_number(at, INDEXED, 7, FIELD_METHOD_POST);
	return put_number(at, INDEXED, 7,
			  fields->is_tls ? FIELD_SCHEME_HTTPS : FIELD_SCHEME_HTTP);
}

unsigned char *frames_put_first(unsigned char *at, const struct frames_fields *fields,
				const struct frames_request *request)
{
	static const char key[] = "idempotency-key";
	at = put_method_and_scheme(at, fields);
	at = put_remembered(at, FIELD_AUTHORITY, fields->authority);
	at = put_remembered(at, FIELD_PATH, fields->path);
	at = put_remembered(at, FIELD_CONTENT_TYPE, fields->media_type);
	at = put_number(at, REMEMBERED, 6, FIELD_AUTHORIZATION);
	at = put_token(at, fields->token, fields->token_size);
	at = put_length(at, request->length);
	*at++ = REMEMBERED; /* a new name */
	at = put_text(at, key, sizeof(key) - 1);
	return put_text(at, request->key, request->key_size);
}

unsigned char *frames_put_later(unsigned char *at, const struct frames_fields *fields,
				const struct frames_request *request)
{
	at = put_method_and_scheme(at, fields);
	at = put_number(at, INDEXED, 7, LEARNT_AUTHORITY);
	at = put_number(at, INDEXED, 7, LEARNT_PATH);
	at = put_number(at, INDEXED, 7, LEARNT_CONTENT_TYPE);
	if (request->token == NULL) {
		at = put_number(at, INDEXED, 7, LEARNT_AUTHORIZATION);
	} else {
		at = put_number(at, FORGOTTEN, 4, FIELD_AUTHORIZATION);
		at = put_token(at, request->token, request->token_size);
	}
	at = put_length(at, request->length);
	at = put_number(at, FORGOTTEN, 4, LEARNT_KEY);
	return put_text(at, request->key, request->key_size);
}
