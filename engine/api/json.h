/* Writing JSON into a bounded buffer: names, values and the commas between them go straight to
 * their place, byte for byte what yajl_gen would write (tests/unit/api/json_test.c holds it as the
 * oracle; decision 0062 says why it is not called). Text must be valid UTF-8: what came from
 * outside was checked when it was read. */
#ifndef ENGINE_API_JSON_H
#define ENGINE_API_JSON_H

#include "engine/api/context.h"

struct json {
	struct api_buffer *buffer;
	uint32_t depth; /* objects and arrays that are open */
	bool is_next;	/* a comma stands before what comes */
};

/* A name with its quotes and colon, made by the compiler: what answers say again and again is
 * copied in one piece of fixed size, of which the blanks are written over. */
#define JSON_NAME_SIZE_MAX 32u
struct json_name {
	const char *text;
	uint32_t size;
};
#define JSON_NAME_OF(name)                                                                         \
	{                                                                                          \
		"\"" name "\":                                ", sizeof(name) + 2                  \
	}
#define JSON_NAME(name) ((struct json_name)JSON_NAME_OF(name))

/* Starts a value at the end of the buffer; json_close ends it. */
void json_open(struct json *json, struct api_buffer *buffer);
void json_close(struct json *json);

void json_object_begin(struct json *json);
void json_object_end(struct json *json);
void json_array_begin(struct json *json);
void json_array_end(struct json *json);

/* A name inside an object; one value follows. */
void json_name(struct json *json, const char *name);
void json_name_slice(struct json *json, struct slice name);

void json_text(struct json *json, const char *text);
void json_slice(struct json *json, struct slice text);
void json_unsigned(struct json *json, uint64_t value);
void json_signed(struct json *json, int64_t value);
void json_boolean(struct json *json, bool value);
/* A value that is JSON already. */
void json_raw(struct json *json, struct slice value);

/* Name and value at once. */
void json_text_field(struct json *json, const char *name, const char *text);
void json_slice_field(struct json *json, const char *name, struct slice text);
void json_unsigned_field(struct json *json, const char *name, uint64_t value);
void json_cents_field(struct json *json, const char *name, struct cents amount);
void json_boolean_field(struct json *json, const char *name, bool value);
void json_instant_field(struct json *json, const char *name, const struct zone_table *zone,
			struct instant instant);
/* The identifier of a record; nothing where the id is 0. */
void json_id_field(struct json *json, const char *name, struct directory *directory,
		   enum record_kind kind, uint32_t id);

/* The same under a name that was made before. A plain text needs no escape. */
void json_plain_named(struct json *json, struct json_name name, struct slice text);
void json_unsigned_named(struct json *json, struct json_name name, uint64_t value);
void json_cents_named(struct json *json, struct json_name name, struct cents amount);
void json_instant_named(struct json *json, struct json_name name, const struct zone_table *zone,
			struct instant instant);
void json_id_named(struct json *json, struct json_name name, struct directory *directory,
		   enum record_kind kind, uint32_t id);

/* Bytes as they are. */
void api_buffer_put(struct api_buffer *buffer, const char *bytes, size_t size);

#endif
