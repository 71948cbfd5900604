/* Personal data's JSON under any bytes, beside jansson: what is accepted is a flat object of texts
 * there too, with the same members; what is refused names a member and never a value's bytes beyond
 * the pointer; the body is not changed. */
#include "engine/api/read_texts.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY (READ_TEXTS_MEMORY + READ_TEXTS_BODY_MAX * 2u)

static _Alignas(16) unsigned char memory[MEMORY];

static void check_member(const json_t *object, const struct read_text *member)
{
	const char *name = member->name.size == 0 ? "" : member->name.data;
	const json_t *value = json_object_getn(object, name, member->name.size);

	ASSERT(value != NULL);
	if (json_is_null(value)) {
		ASSERT(member->text.size == 0);
		return;
	}
	ASSERT(json_is_string(value));
	ASSERT(json_string_length(value) == member->text.size);
	ASSERT(member->text.size == 0 ||
	       memcmp(json_string_value(value), member->text.data, member->text.size) == 0);
}

static void check_texts(const uint8_t *data, size_t size, const struct read_texts *texts)
{
	json_t *object;

	/* jansson takes no NUL in a name; here it is a name that nobody has. */
	for (uint32_t i = 0; i < texts->count; i++)
		if (texts->texts[i].name.size > 0 &&
		    memchr(texts->texts[i].name.data, 0, texts->texts[i].name.size) != NULL)
			return;
	object = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
			    NULL);
	ASSERT(json_is_object(object));
	ASSERT(json_object_size(object) == texts->count);
	for (uint32_t i = 0; i < texts->count; i++)
		check_member(object, &texts->texts[i]);
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct read_texts texts;
	struct api_problem problem;
	struct arena arena;
	enum result result;

	if (size == 0 || size > READ_TEXTS_BODY_MAX + 16u)
		return 0;
	arena_init(&arena, memory, sizeof(memory));
	result = read_texts(&arena, (struct slice){(const char *)data, (uint32_t)size}, &texts,
			    &problem);
	ASSERT(result == problem.result);
	ASSERT(texts.count <= READ_TEXTS_MAX);
	if (result == RESULT_OK)
		check_texts(data, size, &texts);
	else
		ASSERT(strlen(problem.pointer) < PROBLEM_POINTER_SIZE_MAX);
	return 0;
}
