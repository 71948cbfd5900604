/* The configuration: one `key = value` file, read once by libinih and checked against
 * schemas/config.def. What is wrong is told by key, line and reason. */
#ifndef ENGINE_SYSTEM_CONFIG_H
#define ENGINE_SYSTEM_CONFIG_H

#include "engine/base/result.h"
#include "schemas/config.def"

#include <stdbool.h>
#include <stdint.h>

#define CONFIG_TEXT_SIZE_MAX 1001u  /* with its NUL */
#define CONFIG_FILE_SIZE_MAX 65536u /* bytes of the file */

#define CONFIG_MEMBER_TEXT(name)   char name[CONFIG_TEXT_SIZE_MAX];
#define CONFIG_MEMBER_NUMBER(name) uint64_t name;
#define CONFIG_MEMBER_FLAG(name)   bool name;

struct config {
#define K(TYPE, name, minimum, maximum, initial, unit, meaning) CONFIG_MEMBER_##TYPE(name)
	CONFIGS(K)
#undef K
};

#define CONFIG_KEY_SIZE_MAX 64u

/* What stopped the reading. */
struct config_fault {
	char key[CONFIG_KEY_SIZE_MAX]; /* empty when no key is to blame */
	uint32_t line;		       /* 0 when no line is to blame */
	const char *reason;	       /* static English text */
};

/* The defaults. */
void config_init(struct config *config);

/* Sets one key from text. RESULT_OK; RESULT_CONFIG_INVALID: unknown key, not a value of its type,
 * out of bounds; *ret_fault says which. */
MUST_CHECK enum result config_set(struct config *config, const char *key, const char *value,
				  struct config_fault *ret_fault);

/* Reads the text of a file over the present values. RESULT_OK; RESULT_CONFIG_INVALID as config_set,
 * and a key given twice, a section, or a line that is none. */
MUST_CHECK enum result config_parse(struct config *config, const char *text,
				    struct config_fault *ret_fault);

/* The same from a file. RESULT_OK; RESULT_CONFIG_INVALID, also when it cannot be read. */
MUST_CHECK enum result config_read(struct config *config, const char *path,
				   struct config_fault *ret_fault);

/* The settings as text, in the order of the definition: `visit` gets key, value and meaning. */
void config_each(const struct config *config,
		 void (*visit)(void *context, const char *key, const char *value, const char *unit,
			       const char *meaning),
		 void *context);

#endif
