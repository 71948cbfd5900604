/* Looking ahead: asks memory for what judging the next commands will read, while an earlier one is
 * judged. In a ledger of a million titles a service touches a dozen places that no cache holds: one
 * after the other they take a good part of its judgement, asked for in time they take little.
 *
 * Nothing is decided here and nothing changes. Ids and hashes are those of commands that nobody has
 * checked yet; a wrong guess (the first line of a title, the month of a start in UTC) asks for what
 * is not needed, and that is all. */
#ifndef ENGINE_DOMAIN_AHEAD_H
#define ENGINE_DOMAIN_AHEAD_H

#include "engine/domain/command.h"
#include "engine/domain/state.h"

#define AHEAD_COMMANDS 8u /* a command is taken so many, less one, before it is judged */

/* Where the searches of one command begin: hashes of keys, and its cell. */
struct ahead_keys {
	const struct command_redemption_submit *input; /* borrowed; NULL: it delivers nothing */
	uint64_t receipt;
	uint64_t operator; /* on the day of the start */
	uint64_t person;
	struct cell_id cell; /* of the month; none: not known */
};

/* A walk along commands in the order in which they are judged. */
struct ahead {
	const struct state *state;
	uint32_t taken;
	struct ahead_keys keys[AHEAD_COMMANDS]; /* by place in the order, modulo */
};

/* Before the first command. */
void ahead_begin(struct ahead *ahead, const struct state *state);

/* The next command in the order, or NULL in its place: none. It must stay where it is while the
 * AHEAD_COMMANDS - 1 that follow are taken; then it may be judged, before one more is taken. */
void ahead_take(struct ahead *ahead, const struct command *command);

#endif
