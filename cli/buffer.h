/* A growing text of the command line: bodies that are sent, answers that came, paths. Always ends
 * in a NUL that is not counted. The daemon has no such thing; a program that lives for one command
 * may ask for memory, and ends with a message where there is none. */
#ifndef CLI_BUFFER_H
#define CLI_BUFFER_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#include <stddef.h>

struct buffer {
	char *data; /* NULL until something was put */
	size_t size;
	size_t capacity;
};

/* Memory, or the end of the program (exit code 71). */
void *memory_get(size_t size);
void *memory_grow(void *memory, size_t size);
char *memory_text(const char *text);

void buffer_put(struct buffer *buffer, const void *bytes, size_t size);
void buffer_text(struct buffer *buffer, const char *text);
__attribute__((format(printf, 2, 3))) void buffer_format(struct buffer *buffer, const char *format,
							 ...);
/* The bytes as text; "" while empty. */
const char *buffer_string(const struct buffer *buffer);
struct slice buffer_slice(const struct buffer *buffer);
/* Forgets the bytes, keeps the memory. */
void buffer_clear(struct buffer *buffer);
/* Gives the memory back; the buffer is empty and may be used again. */
void buffer_free(struct buffer *buffer);

/* Reads a whole file, "-" for standard input. False: it cannot be read, errno says why. */
MUST_CHECK bool buffer_read_file(struct buffer *buffer, const char *path);

#endif
