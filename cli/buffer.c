/* Growing text: see buffer.h. */
#include "cli/buffer.h"

#include "engine/base/assert.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_NO_MEMORY 71
#define BUFFER_FIRST   256u

void *memory_grow(void *memory, size_t size)
{
	ASSERT(size > 0);
	void *grown = realloc(memory, size);
	if (grown == NULL) {
		fputs("titoli: out of memory\n", stderr);
		exit(EXIT_NO_MEMORY);
	}
	return grown;
}

void *memory_get(size_t size)
{
	void *memory = memory_grow(NULL, size);
	memset(memory, 0, size);
	return memory;
}

char *memory_text(const char *text)
{
	size_t size = strlen(text) + 1;
	return memcpy(memory_get(size), text, size);
}

static void reserve(struct buffer *buffer, size_t size)
{
	size_t wanted = buffer->size + size + 1;
	if (wanted <= buffer->capacity)
		return;
	size_t capacity = buffer->capacity == 0 ? BUFFER_FIRST : buffer->capacity;
	while (capacity < wanted)
		capacity *= 2;
	buffer->data = memory_grow(buffer->data, capacity);
	buffer->capacity = capacity;
}

void buffer_put(struct buffer *buffer, const void *bytes, size_t size)
{
	ASSERT(buffer != NULL);
	reserve(buffer, size);
	if (size > 0)
		memcpy(buffer->data + buffer->size, bytes, size);
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
}

void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_put(buffer, text, strlen(text));
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
	va_list values;
	va_start(values, format);
	int size = vsnprintf(NULL, 0, format, values);
	va_end(values);
	ASSERT(size >= 0);
	reserve(buffer, (size_t)size);
	va_start(values, format);
	vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, values);
	va_end(values);
	buffer->size += (size_t)size;
}

const char *buffer_string(const struct buffer *buffer)
{
	return buffer->size == 0 ? "" : buffer->data;
}

struct slice buffer_slice(const struct buffer *buffer)
{
	ASSERT(buffer->size <= UINT32_MAX);
	return (struct slice){buffer->data, (uint32_t)buffer->size};
}

void buffer_clear(struct buffer *buffer)
{
	buffer->size = 0;
	if (buffer->data != NULL)
		buffer->data[0] = '\0';
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){NULL, 0, 0};
}

bool buffer_read_file(struct buffer *buffer, const char *path)
{
	bool is_input = strcmp(path, "-") == 0;
	FILE *file = is_input ? stdin : fopen(path, "re");
	if (file == NULL)
		return false;
	char bytes[65536];
	size_t size;
	while ((size = fread(bytes, 1, sizeof(bytes), file)) > 0)
		buffer_put(buffer, bytes, size);
	bool good = ferror(file) == 0;
	int error = errno;
	if (!is_input)
		fclose(file);
	errno = error;
	return good;
}
