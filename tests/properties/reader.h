/* The API's answers over a state in memory: items and lists as the daemon writes them, in short
 * pages, so that every reader meets cursors. */
#ifndef TESTS_PROPERTIES_READER_H
#define TESTS_PROPERTIES_READER_H

#include "engine/api/context.h"
#include "engine/api/directory.h"
#include "engine/api/route.h"
#include "tests/properties/life.h"

struct reader {
	const struct state *state;
	struct directory directory;
	struct api_context context;
	struct arena arena;
	struct principal principal;
	struct principal_id caller;
	void *directory_memory;
	size_t directory_size;
	void *arena_memory;
	uint32_t page; /* items of a page at the most */
};

/* Reads as the auditor. Codes that are made later are not known: make another. */
void reader_init(struct reader *reader, struct life *life);
void reader_deinit(struct reader *reader);

/* GETs a path: JSON, until the next call. An empty slice: the API has no such answer. */
struct slice reader_get(struct reader *reader, const char *path);

#endif
