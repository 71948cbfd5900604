/* Writing JSON into a bounded buffer: see json.h. */
#include "engine/api/json.h"

#include "engine/api/name.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <string.h>

void api_buffer_put(struct api_buffer *buffer, const char *bytes, size_t size)
{
	ASSERT(buffer != NULL);
	ASSERT(buffer->used <= buffer->size);
	if (buffer->overflow || size > buffer->size - buffer->used) {
		buffer->overflow = true;
		return;
	}
	memcpy(buffer->data + buffer->used, bytes, size);
	buffer->used += (uint32_t)size;
}

/* ---- Text ---- */

static void put_escape(struct api_buffer *buffer, unsigned char byte)
{
	static const char digits[] = "0123456789ABCDEF";
	/* Each byte, then the letter that stands for it. */
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	char escape[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
	for (uint32_t i = 0; i + 1 < sizeof(letters); i += 2) {
		if ((unsigned char)letters[i] != byte)
			continue;
		escape[1] = letters[i + 1];
		api_buffer_put(buffer, escape, 2);
		return;
	}
	api_buffer_put(buffer, escape, sizeof(escape));
}

static void put_text(struct api_buffer *buffer, struct slice text)
{
	uint32_t at = 0;
	for (;;) {
		uint32_t end = text_json_end(text, at);
		if (end > at)
			api_buffer_put(buffer, text.data + at, end - at);
		if (end == text.size)
			return;
		put_escape(buffer, (unsigned char)text.data[end]);
		at = end + 1;
	}
}

/* ---- Values ---- */

/* The place of what comes next, after its comma; NULL when that and `size` bytes, one at least, do
 * not fit. The caller writes what it has and calls end_piece(). */
static char *begin_piece(struct json *json, size_t size)
{
	struct api_buffer *buffer = json->buffer;
	uint32_t comma = json->is_next ? 1 : 0;
	ASSERT(buffer->used <= buffer->size && size > 0);
	if (buffer->overflow || comma + size > buffer->size - buffer->used) {
		buffer->overflow = true;
		return NULL;
	}
	char *place = buffer->data + buffer->used;
	*place = ',';
	return place + comma;
}

static void end_piece(struct json *json, const char *end, bool is_next)
{
	json->buffer->used = (uint32_t)(end - json->buffer->data);
	json->is_next = is_next;
}

void json_open(struct json *json, struct api_buffer *buffer)
{
	ASSERT(json != NULL && buffer != NULL);
	*json = (struct json){.buffer = buffer};
}

void json_close(struct json *json)
{
	ASSERT(json->depth == 0);
	json->buffer = NULL;
}

static void begin(struct json *json, char bracket)
{
	char *at = begin_piece(json, 1);
	json->depth++;
	if (at == NULL)
		return;
	*at = bracket;
	end_piece(json, at + 1, false);
}

static void end(struct json *json, char bracket)
{
	ASSERT(json->depth > 0);
	json->depth--;
	api_buffer_put(json->buffer, &bracket, 1);
	json->is_next = true;
}

void json_object_begin(struct json *json)
{
	begin(json, '{');
}

void json_object_end(struct json *json)
{
	end(json, '}');
}

void json_array_begin(struct json *json)
{
	begin(json, '[');
}

void json_array_end(struct json *json)
{
	end(json, ']');
}

void json_slice(struct json *json, struct slice text)
{
	char *at = begin_piece(json, text.size + 2u);
	if (at == NULL)
		return;
	*at++ = '"';
	if (text_json_end(text, 0) == text.size) {
		if (text.size > 0)
			memcpy(at, text.data, text.size);
		at[text.size] = '"';
		end_piece(json, at + text.size + 1, true);
		return;
	}
	end_piece(json, at, true);
	put_text(json->buffer, text);
	api_buffer_put(json->buffer, "\"", 1);
}

void json_text(struct json *json, const char *text)
{
	json_slice(json, slice_from_text(text));
}

void json_name_slice(struct json *json, struct slice name)
{
	ASSERT(json->depth > 0);
	json_slice(json, name);
	api_buffer_put(json->buffer, ":", 1);
	json->is_next = false;
}

/* Comma, name and colon, where they and a value of so many bytes fit; NULL: they do not, and
 * nothing was written. Names of the definition need no escape: they are written in one piece. */
static char *begin_member(struct json *json, const char *name, uint32_t value_size_max)
{
	size_t size = strlen(name);
	struct api_buffer *buffer = json->buffer;
	ASSERT(json->depth > 0);
	uint32_t comma = json->is_next ? 1 : 0;
	if (buffer->overflow || comma + size + 3 + value_size_max > buffer->size - buffer->used)
		return NULL;
	char *at = buffer->data + buffer->used;
	*at = ',';
	at += comma;
	*at++ = '"';
	memcpy(at, name, size);
	at += size;
	*at++ = '"';
	*at++ = ':';
	return at;
}

void json_name(struct json *json, const char *name)
{
	char *at = begin_member(json, name, 0);
	if (at == NULL)
		json->buffer->overflow = true;
	else
		end_piece(json, at, false);
}

void json_raw(struct json *json, struct slice value)
{
	char *at = begin_piece(json, value.size);
	ASSERT(value.size > 0);
	if (at == NULL)
		return;
	memcpy(at, value.data, value.size);
	end_piece(json, at + value.size, true);
}

void json_unsigned(struct json *json, uint64_t value)
{
	char digits[TEXT_U64_SIZE_MAX];
	json_raw(json, (struct slice){digits, text_format_u64(value, digits)});
}

void json_signed(struct json *json, int64_t value)
{
	char digits[TEXT_I64_SIZE_MAX];
	json_raw(json, (struct slice){digits, text_format_i64(value, digits)});
}

void json_boolean(struct json *json, bool value)
{
	json_raw(json, slice_from_text(value ? "true" : "false"));
}

/* ---- Members ---- */

/* A text that needs no escape. */
static void put_plain_member(struct json *json, const char *name, struct slice text)
{
	char *at = begin_member(json, name, text.size + 2);
	if (at == NULL) {
		json->buffer->overflow = true;
		return;
	}
	*at++ = '"';
	if (text.size > 0)
		memcpy(at, text.data, text.size);
	at += text.size;
	*at++ = '"';
	end_piece(json, at, true);
}

void json_text_field(struct json *json, const char *name, const char *text)
{
	json_slice_field(json, name, slice_from_text(text));
}

void json_slice_field(struct json *json, const char *name, struct slice text)
{
	if (text_json_end(text, 0) == text.size) {
		put_plain_member(json, name, text);
		return;
	}
	json_name(json, name);
	json_slice(json, text);
}

void json_unsigned_field(struct json *json, const char *name, uint64_t value)
{
	char *at = begin_member(json, name, TEXT_U64_SIZE_MAX);
	if (at != NULL) {
		end_piece(json, at + text_format_u64(value, at), true);
		return;
	}
	json_name(json, name); /* there is no room for any number: perhaps for this one */
	json_unsigned(json, value);
}

void json_cents_field(struct json *json, const char *name, struct cents amount)
{
	int64_t value = amount.raw; /* raw: written as an integer of cents */
	if (value >= 0) {
		json_unsigned_field(json, name, (uint64_t)value);
		return;
	}
	json_name(json, name);
	json_signed(json, value);
}

void json_boolean_field(struct json *json, const char *name, bool value)
{
	json_name(json, name);
	json_boolean(json, value);
}

void json_instant_field(struct json *json, const char *name, const struct zone_table *zone,
			struct instant instant)
{
	char text[INSTANT_TEXT_SIZE_MAX];
	put_plain_member(json, name, (struct slice){text, instant_format(zone, instant, text)});
}

void json_id_field(struct json *json, const char *name, struct directory *directory,
		   enum record_kind kind, uint32_t id)
{
	char text[NAME_SIZE_MAX];
	uint32_t size = name_format(directory, kind, id, text);
	if (size > 0) /* tokens, digits and the colon between: name.h */
		put_plain_member(json, name, (struct slice){text, size});
}

/* ---- Members under names that were made before ---- */

/* Comma and name, where they and a value of so many bytes fit with room to spare: the place of the
 * value, to be ended by end_piece(). NULL: room is short, nothing was written. */
__attribute__((always_inline)) static inline char *
begin_named(struct json *json, struct json_name name, uint32_t value_size_max)
{
	struct api_buffer *buffer = json->buffer;
	ASSERT(json->depth > 0 && name.size <= JSON_NAME_SIZE_MAX);
	if (buffer->overflow ||
	    1 + JSON_NAME_SIZE_MAX + value_size_max > buffer->size - buffer->used)
		return NULL;
	char *at = buffer->data + buffer->used;
	*at = ',';
	at += json->is_next ? 1 : 0;
	memcpy(at, name.text, JSON_NAME_SIZE_MAX);
	return at + name.size;
}

/* The name alone, where room is short: perhaps it is enough for this one and its value. */
static void put_name(struct json *json, struct json_name name)
{
	json_raw(json, (struct slice){name.text, name.size});
	json->is_next = false;
}

void json_plain_named(struct json *json, struct json_name name, struct slice text)
{
	char *at = begin_named(json, name, text.size + 2);
	if (at == NULL) {
		put_name(json, name);
		json_slice(json, text);
		return;
	}
	*at++ = '"';
	if (text.size > 0)
		memcpy(at, text.data, text.size);
	at += text.size;
	*at++ = '"';
	end_piece(json, at, true);
}

void json_unsigned_named(struct json *json, struct json_name name, uint64_t value)
{
	char *at = begin_named(json, name, TEXT_U64_SIZE_MAX);
	if (at != NULL) {
		end_piece(json, at + text_format_u64(value, at), true);
		return;
	}
	put_name(json, name);
	json_unsigned(json, value);
}

void json_cents_named(struct json *json, struct json_name name, struct cents amount)
{
	int64_t value = amount.raw; /* raw: written as an integer of cents */
	if (value >= 0) {
		json_unsigned_named(json, name, (uint64_t)value);
		return;
	}
	put_name(json, name);
	json_signed(json, value);
}

void json_instant_named(struct json *json, struct json_name name, const struct zone_table *zone,
			struct instant instant)
{
	char *at = begin_named(json, name, INSTANT_TEXT_SIZE_MAX + 2);
	if (at == NULL) {
		char text[INSTANT_TEXT_SIZE_MAX];
		put_name(json, name);
		json_slice(json, (struct slice){text, instant_format(zone, instant, text)});
		return;
	}
	*at++ = '"';
	at += instant_format(zone, instant, at);
	*at++ = '"';
	end_piece(json, at, true);
}

void json_id_named(struct json *json, struct json_name name, struct directory *directory,
		   enum record_kind kind, uint32_t id)
{
	if (id == 0)
		return;
	char *at = begin_named(json, name, NAME_SIZE_MAX + 2);
	if (at == NULL) {
		char text[NAME_SIZE_MAX];
		put_name(json, name);
		json_slice(json, (struct slice){text, name_format(directory, kind, id, text)});
		return;
	}
	*at++ = '"';
	at += name_format(directory, kind, id, at);
	*at++ = '"';
	end_piece(json, at, true);
}
