/* Looking ahead: asks memory for what judging the next commands of a work will read, while an
 * earlier one is judged. In a ledger of a million titles a service touches a dozen places that no
 * cache holds: one after the other they take a good part of its judgement, asked for in time they
 * take little.
 *
 * Nothing is decided here and nothing changes. Ids and hashes are those of commands that nobody has
 * checked yet; a wrong guess (the first line of a title, the month of a start in UTC) asks for what
 * is not needed, and that is all. */
#ifndef ENGINE_DOMAIN_AHEAD_H
#define ENGINE_DOMAIN_AHEAD_H

#include "engine/domain/command.h"
#include "engine/domain/state.h"

#define AHEAD_COMMANDS 8u /* of a work, looked at before they are judged */

/* Where the searches of one command begin: hashes of keys, and its cell. */
struct ahead_keys {
	uint64_t receipt;
	uint64_t operator; /* on the day of the start */
	uint64_t person;
	struct cell_id cell; /* of the month; none: not known */
};

/* A walk along the commands of one work. */
struct ahead {
	const struct state *state;
	const struct command *commands; /* borrowed */
	uint32_t count;
	struct ahead_keys keys[AHEAD_COMMANDS]; /* by index of the command, modulo */
};

/* Before the first command of a work. */
void ahead_begin(struct ahead *ahead, const struct state *state, const struct command *commands,
		 uint32_t count);

/* Before commands[next] is judged; next = 0, 1, … count - 1, each once. */
void ahead_look(struct ahead *ahead, uint32_t next);

#endif
