/* The words of a command line: plain words in order, and flags `--name value`, `--name=value` or
 * `--name`. Which flags stand alone is told by the tables (fields that are flags) and by a short
 * list of the program's own. `--` ends the flags. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "engine/base/assert.h"

#include <stdbool.h>
#include <stdint.h>

#define ARGUMENTS_MAX 128u

struct argument_flag {
	const char *name;  /* without the dashes */
	const char *value; /* NULL: it stood alone */
	bool is_used;	   /* somebody asked for it */
};

struct arguments {
	const char *words[ARGUMENTS_MAX];
	uint32_t word_count;
	uint32_t next_word; /* words before it were taken */
	struct argument_flag flags[ARGUMENTS_MAX];
	uint32_t flag_count;
	const char *fault; /* why arguments_parse failed: the word at fault */
};

/* Reads argv from its second word on. False: too many words, or a flag lacks its value. */
MUST_CHECK bool arguments_parse(struct arguments *arguments, int count, char *const *values);

/* The next plain word; NULL when there is none. */
const char *arguments_word(struct arguments *arguments);

/* The value of a flag, "" where it stood alone; NULL when it was not given. Marks it as used. The
 * last of several wins. */
const char *arguments_flag(struct arguments *arguments, const char *name);
bool arguments_has(struct arguments *arguments, const char *name);

/* A flag that nobody used; NULL when all were. */
const char *arguments_unused(const struct arguments *arguments);

#endif
