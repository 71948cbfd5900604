/* The log: JSON lines on stderr, one write(2) a line, from any thread.
 *
 * Events are nouns and past participles, stable. Fields are typed and chosen by the caller from an
 * allow-list of nature: numbers, result codes, file names, addresses. Never a voucher code, a
 * token, a name, a request's body. A line that does not fit LOG_LINE_SIZE_MAX loses its last fields
 * and says so. */
#ifndef ENGINE_SYSTEM_LOG_H
#define ENGINE_SYSTEM_LOG_H

#include "engine/base/result.h"

#include <stdint.h>

#define LOG_LINE_SIZE_MAX 4096u /* bytes, line end included */
#define LOG_FIELDS_MAX	  64u	/* fields of one line */

struct log_field {
	const char *name; /* NULL ends a list */
	const char *text; /* NULL: the number is meant */
	int64_t number;
};

struct log_field log_text(const char *name, const char *text);
struct log_field log_number(const char *name, int64_t number);
struct log_field log_result(const char *name, enum result result);

/* Writes {"at":…,"event":…, fields}. `fields` ends with a NULL name. Use LOG. */
void log_write(const char *event, const struct log_field *fields);

/* LOG("listening", log_text("address", address), log_number("port", port)); */
#define LOG(event, ...)                                                                            \
	log_write(event, (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.name = NULL}})

#endif
