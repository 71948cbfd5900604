/* JSON to YAML: see yaml.h. Texts stay as JSON writes them, which YAML 1.2 reads as well. */
#include "tests/unit/api/yaml.h"

#include "engine/api/json.h"

#include <string.h>
#include <yajl/yajl_parse.h>

#define DEPTH_MAX 64u

struct level {
	bool is_array;
	bool is_empty;
};

struct yaml {
	struct api_buffer *buffer;
	struct level levels[DEPTH_MAX];
	uint32_t depth;
	bool after_name; /* the value goes on the line of its name */
	bool after_dash; /* the first name of an item goes on the line of its dash */
};

static void put(struct yaml *yaml, const char *text)
{
	api_buffer_put(yaml->buffer, text, strlen(text));
}

static void indent(struct yaml *yaml)
{
	for (uint32_t i = 1; i < yaml->depth; i++)
		put(yaml, "  ");
}

/* Before any value. */
static void begin_value(struct yaml *yaml)
{
	if (yaml->depth == 0)
		return;
	struct level *level = &yaml->levels[yaml->depth - 1];
	if (level->is_array) {
		if (level->is_empty || !yaml->after_dash) {
			put(yaml, "\n");
			indent(yaml);
		}
		put(yaml, "-");
		level->is_empty = false;
	}
}

static int scalar(struct yaml *yaml, const char *text, size_t size)
{
	begin_value(yaml);
	put(yaml, " ");
	api_buffer_put(yaml->buffer, text, size);
	yaml->after_name = false;
	yaml->after_dash = false;
	return 1;
}

static int on_null(void *context)
{
	return scalar(context, "null", 4);
}

static int on_boolean(void *context, int yes)
{
	return scalar(context, yes ? "true" : "false", yes ? 4 : 5);
}

static int on_number(void *context, const char *text, size_t size)
{
	return scalar(context, text, size);
}

static void put_quoted(struct yaml *yaml, const unsigned char *text, size_t size)
{
	struct json json;
	json_open(&json, yaml->buffer);
	json_slice(&json, (struct slice){(const char *)text, (uint32_t)size});
	json_close(&json);
}

static int on_text(void *context, const unsigned char *text, size_t size)
{
	struct yaml *yaml = context;
	begin_value(yaml);
	put(yaml, " ");
	put_quoted(yaml, text, size);
	yaml->after_name = false;
	yaml->after_dash = false;
	return 1;
}

static int begin(struct yaml *yaml, bool is_array)
{
	begin_value(yaml);
	if (yaml->depth == DEPTH_MAX)
		return 0;
	bool in_array = yaml->depth > 0 && yaml->levels[yaml->depth - 1].is_array;
	yaml->levels[yaml->depth++] = (struct level){is_array, true};
	yaml->after_dash = in_array;
	yaml->after_name = false;
	return 1;
}

static int end(struct yaml *yaml, const char *empty)
{
	if (yaml->levels[yaml->depth - 1].is_empty)
		put(yaml, empty);
	yaml->depth--;
	yaml->after_dash = false;
	yaml->after_name = false;
	return 1;
}

static int on_map(void *context)
{
	return begin(context, false);
}

static int on_map_end(void *context)
{
	return end(context, " {}");
}

static int on_array(void *context)
{
	return begin(context, true);
}

static int on_array_end(void *context)
{
	return end(context, " []");
}

static bool is_plain(const unsigned char *text, size_t size)
{
	if (size == 0 || text[0] < 'A')
		return false;
	for (size_t i = 0; i < size; i++) {
		bool letter =
		    (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
		    (text[i] >= '0' && text[i] <= '9') || text[i] == '_' || text[i] == '-';
		if (!letter)
			return false;
	}
	return true;
}

static int on_key(void *context, const unsigned char *text, size_t size)
{
	struct yaml *yaml = context;
	struct level *level = &yaml->levels[yaml->depth - 1];
	if (yaml->after_dash && level->is_empty) {
		put(yaml, " ");
	} else if (yaml->buffer->used > 0) {
		put(yaml, "\n");
		indent(yaml);
	}
	level->is_empty = false;
	yaml->after_dash = false;
	yaml->after_name = true;
	if (is_plain(text, size))
		api_buffer_put(yaml->buffer, (const char *)text, size);
	else
		put_quoted(yaml, text, size);
	put(yaml, ":");
	return 1;
}

bool yaml_from_json(struct slice json, struct api_buffer *buffer)
{
	static const yajl_callbacks callbacks = {
	    .yajl_null = on_null,
	    .yajl_boolean = on_boolean,
	    .yajl_number = on_number,
	    .yajl_string = on_text,
	    .yajl_start_map = on_map,
	    .yajl_map_key = on_key,
	    .yajl_end_map = on_map_end,
	    .yajl_start_array = on_array,
	    .yajl_end_array = on_array_end,
	};
	struct yaml yaml = {.buffer = buffer};
	yajl_handle handle = yajl_alloc(&callbacks, NULL, &yaml);
	yajl_status status = yajl_parse(handle, (const unsigned char *)json.data, json.size);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(handle);
	yajl_free(handle);
	put(&yaml, "\n");
	return status == yajl_status_ok && !buffer->overflow;
}
