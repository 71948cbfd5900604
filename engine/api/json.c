/* Writing JSON into a bounded buffer: see json.h. */
#include "engine/api/json.h"

#include "engine/api/name.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <string.h>
#include <yajl/yajl_gen.h>

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

static void on_print(void *context, const char *text, size_t size)
{
	api_buffer_put(context, text, size);
}

static void *take_memory(void *context, size_t size)
{
	void *memory = arena_alloc(context, size);
	ASSERT(memory != NULL); /* yajl asks for its generator and an empty buffer, no more */
	return memory;
}

static void *grow_memory(void *context, void *data, size_t size)
{
	ASSERT(data == NULL);
	return take_memory(context, size);
}

static void leave_memory(void *context, void *data)
{
	(void)context;
	(void)data;
}

void json_open(struct json *json, struct api_buffer *buffer)
{
	ASSERT(json != NULL && buffer != NULL);
	json->buffer = buffer;
	arena_init(&json->arena, json->memory, sizeof(json->memory));
	yajl_alloc_funcs memory = {take_memory, grow_memory, leave_memory, &json->arena};
	yajl_gen generator = yajl_gen_alloc(&memory);
	ASSERT(generator != NULL);
	int set = yajl_gen_config(generator, yajl_gen_print_callback, on_print, buffer);
	ASSERT(set == 1);
	json->generator = generator;
}

void json_again(struct json *json, const char *separator)
{
	yajl_gen_reset(json->generator, separator);
}

void json_close(struct json *json)
{
	yajl_gen_free(json->generator);
	json->generator = NULL;
}

/* The calls come in an order that we chose: a complaint of the generator is our mistake. */
static void check(yajl_gen_status status)
{
	ASSERT(status == yajl_gen_status_ok || status == yajl_gen_generation_complete);
}

void json_object_begin(struct json *json)
{
	check(yajl_gen_map_open(json->generator));
}

void json_object_end(struct json *json)
{
	check(yajl_gen_map_close(json->generator));
}

void json_array_begin(struct json *json)
{
	check(yajl_gen_array_open(json->generator));
}

void json_array_end(struct json *json)
{
	check(yajl_gen_array_close(json->generator));
}

void json_slice(struct json *json, struct slice text)
{
	check(yajl_gen_string(json->generator,
			      (const unsigned char *)(text.size == 0 ? "" : text.data), text.size));
}

void json_text(struct json *json, const char *text)
{
	json_slice(json, slice_from_text(text));
}

void json_name(struct json *json, const char *name)
{
	json_text(json, name);
}

void json_name_slice(struct json *json, struct slice name)
{
	json_slice(json, name);
}

void json_raw(struct json *json, struct slice value)
{
	ASSERT(value.size > 0);
	check(yajl_gen_number(json->generator, value.data, value.size));
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
	check(yajl_gen_bool(json->generator, value));
}

void json_text_field(struct json *json, const char *name, const char *text)
{
	json_name(json, name);
	json_text(json, text);
}

void json_slice_field(struct json *json, const char *name, struct slice text)
{
	json_name(json, name);
	json_slice(json, text);
}

void json_unsigned_field(struct json *json, const char *name, uint64_t value)
{
	json_name(json, name);
	json_unsigned(json, value);
}

void json_cents_field(struct json *json, const char *name, struct cents amount)
{
	json_name(json, name);
	json_signed(json, amount.raw); /* raw: written as an integer of cents */
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
	json_slice_field(json, name, (struct slice){text, instant_format(zone, instant, text)});
}

void json_id_field(struct json *json, const char *name, struct directory *directory,
		   enum record_kind kind, uint32_t id)
{
	char text[NAME_SIZE_MAX];
	uint32_t size = name_format(directory, kind, id, text);
	if (size > 0)
		json_slice_field(json, name, (struct slice){text, size});
}
