/* The state machines as data: tests/tables/transitions.csv says which command (or the midnight jobs,
 * "tick") may take which machine from which state to which. Every act of a test can be held
 * against it: what is not listed is illegal, and must not happen. */
#ifndef TESTS_SUPPORT_TRANSITIONS_H
#define TESTS_SUPPORT_TRANSITIONS_H

#include "engine/domain/command.h"
#include "engine/domain/effects.h"

#define TRANSITIONS_MAX 320u

struct transition {
	char machine[20];
	char event[32];
	char how[160];	  /* commands, blank-separated; empty: told by `note` */
	uint8_t kind;	  /* enum record_kind */
	uint16_t from;	  /* bits 1 << state; bit 0: made */
	uint8_t to;	  /* 0: any, the state does not change */
	uint64_t hits;
};

struct transitions {
	struct transition rows[TRANSITIONS_MAX];
	uint32_t count;
	bool is_lenient; /* what is not listed is told, not a fault: to write the table */
	char fault[160]; /* why reading failed */
};

/* Reads the table; false with `fault`. */
bool transitions_load(struct transitions *transitions, const char *path);

/* Holds the effects of a command, not yet applied, against the table and counts what was met. NULL,
 * or a text (static) that says which transition is not listed. */
const char *transitions_check(struct transitions *transitions, const struct effects *effects,
			      const struct command *command);

#endif
