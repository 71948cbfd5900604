/* See log.h. */
#include "engine/system/log.h"

#include "engine/base/text.h"
#include "engine/base/time.h"
#include "engine/system/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define LOG_TAIL      ",\"cut\":true}\n"
#define LOG_TAIL_SIZE 14u

struct log_line {
	char bytes[LOG_LINE_SIZE_MAX];
	uint32_t size;
	bool full;
};

static void log_put(struct log_line *line, const char *bytes, uint32_t size)
{
	if (line->full || size > LOG_LINE_SIZE_MAX - LOG_TAIL_SIZE - line->size) {
		line->full = true;
		return;
	}
	memcpy(line->bytes + line->size, bytes, size);
	line->size += size;
}

/* A JSON string. Bytes that are not printable ASCII stand as \u00XX: a log is for machines. */
static void log_put_text(struct log_line *line, const char *text)
{
	static const char digits[] = "0123456789abcdef";

	log_put(line, "\"", 1);
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;
		char escape[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};

		if (byte == '"' || byte == '\\' || byte < ' ' || byte > '~')
			log_put(line, escape, sizeof(escape));
		else
			log_put(line, text, 1);
	}
	log_put(line, "\"", 1);
}

static void log_put_field(struct log_line *line, const struct log_field *field)
{
	char digits[TEXT_I64_SIZE_MAX];
	uint32_t mark = line->size;

	log_put(line, ",\"", 2);
	log_put(line, field->name, (uint32_t)strlen(field->name));
	log_put(line, "\":", 2);
	if (field->text != NULL)
		log_put_text(line, field->text);
	else
		log_put(line, digits, text_format_i64(field->number, digits));
	if (line->full)
		line->size = mark;
}

struct log_field log_text(const char *name, const char *text)
{
	return (struct log_field){.name = name, .text = text == NULL ? "" : text};
}

struct log_field log_number(const char *name, int64_t number)
{
	return (struct log_field){.name = name, .number = number};
}

struct log_field log_result(const char *name, enum result result)
{
	return (struct log_field){.name = name, .text = result_info(result)->code};
}

void log_write(const char *event, const struct log_field *fields)
{
	struct log_line line = {.size = 0};
	char at[INSTANT_TEXT_SIZE_MAX];

	ASSERT(event != NULL);
	log_put(&line, "{\"at\":\"", 7);
	log_put(&line, at, instant_format_offset(clock_now(), 0, at));
	log_put(&line, "\",\"event\":", 10);
	log_put_text(&line, event);
	for (uint32_t i = 0; fields[i].name != NULL && !line.full; i++) {
		ASSERT(i < LOG_FIELDS_MAX);
		log_put_field(&line, &fields[i]);
	}
	memcpy(line.bytes + line.size, line.full ? LOG_TAIL : "}\n",
	       line.full ? LOG_TAIL_SIZE - 1 : 2);
	line.size += line.full ? LOG_TAIL_SIZE - 1 : 2;
	/* A log that cannot be written must not stop the service. */
	if (write(STDERR_FILENO, line.bytes, line.size) < 0)
		return;
}
