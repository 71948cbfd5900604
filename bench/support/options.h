/* Options of the programs of bench, by name: `--name value`, `--name=value`, or `--name` alone for
 * a switch. A table of rows gives reading, bounds and `--help`. */
#ifndef BENCH_SUPPORT_OPTIONS_H
#define BENCH_SUPPORT_OPTIONS_H

#include <stdint.h>

enum option_kind {
	OPTION_NUMBER = 1, /* uint64_t, between least and most */
	OPTION_TEXT,       /* const char *: points into argv */
	OPTION_SWITCH,     /* uint64_t: 1 when given */
	OPTION_CHOICE,     /* uint64_t: place in `choices`, words parted by '|' */
};

struct option_row {
	const char *name;
	enum option_kind kind;
	void *to; /* holds the default before reading */
	uint64_t least;
	uint64_t most;
	const char *choices;
	const char *meaning;
};

struct option_table {
	const char *purpose; /* first line of the help */
	const struct option_row *rows;
	uint32_t count;
};

/* Reads argv into what the rows point to. An unknown option, a value out of bounds or a word that
 * is no choice ends the program with 2 and a line that says which; `--help` prints all and ends
 * with 0. */
void options_read(const struct option_table *table, int argc, char **argv);

/* The word of a choice; its size is in *ret_size. */
const char *options_word(const char *choices, uint64_t place, uint32_t *ret_size);

#endif
