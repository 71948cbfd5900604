/* The records that a command names, and where each stands: what authorisation and the checks of
 * references walk. Reads the field tables only, so a new command needs no code here. */
#ifndef ENGINE_DOMAIN_REFERENCES_H
#define ENGINE_DOMAIN_REFERENCES_H

#include "engine/domain/command.h"
#include "engine/domain/state.h"

struct decision;

/* A walk over every identifier among a command's inputs that is given (not 0), items of lists
 * included, in the order of the definition. */
struct references {
	const struct command_info *info;
	const unsigned char *input;
	uint64_t left; /* bit i: of the info's references number i is given and not yet walked */
	uint32_t item; /* inside a list */
	uint32_t item_field;
};

struct reference {
	const struct field *field; /* of the command; for an item, the list */
	enum record_kind kind;
	uint32_t id;
};

/* Which rows of info->references are given, as bits, by the info of its kind. */
uint64_t references_given(const struct command_info *info, const struct command *command);
/* Starts a walk. The command's kind must exist (asserted). */
void references_begin(struct references *references, const struct command *command);
/* Starts a walk where it is known already what is given. */
void references_of(struct references *references, const struct decision *decision);
/* The next identifier; false at the end. */
MUST_CHECK bool references_next(struct references *references, struct reference *ret_reference);

/* Whose a record is: 0 where it has no such owner. */
struct place {
	struct ambito_id ambito;
	struct sub_ambito_id sub_ambito;
	struct comune_id comune;
	struct provider_id provider;
	struct provider_id payee; /* who is paid, where it may be another: owns it as well */
	struct beneficiary_id beneficiary;
};

/* Where records are looked up: the resident state, or the store as a query thread sees it.
 * `find` answers NULL when there is no such record; what it returns may be overwritten by the next
 * look-up of the same kind. */
struct record_source {
	const void *(*find)(const void *context, enum record_kind kind, uint32_t id);
	const void *context;
};

struct record_source record_source_of_state(const struct state *state);

/* The place of a record of this kind; `record` may be one that is not in the state. */
struct place place_of_record(const struct state *state, enum record_kind kind, uint32_t id,
			     const void *record);
/* The same wherever the related records are. */
struct place place_from(const struct record_source *source, enum record_kind kind, uint32_t id,
			const void *record);

#endif
