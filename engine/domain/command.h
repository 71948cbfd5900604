/* Commands: what may be asked of the ledger, from schemas/commands.def. */
#ifndef ENGINE_DOMAIN_COMMAND_H
#define ENGINE_DOMAIN_COMMAND_H

#include "engine/base/field.h"

enum command_kind {
	COMMAND_KIND_NONE = 0,
#define C(name, NAME, number, path, object, roles, it, en) COMMAND_KIND_##NAME = number,
	COMMANDS(C)
#undef C
};

#define COMMAND_KIND_MAX 247u /* asserted in command.c */

/* Items of lists. */
#define L(name, NAME, most)                                                                        \
	struct name {                                                                              \
		LIST_##NAME(FIELD_MEMBER)                                                          \
	};
LISTS(L)
#undef L

/* Inputs of each command: struct command_redemption_submit … */
#define C(name, NAME, number, path, object, roles, it, en)                                         \
	struct command_##name {                                                                    \
		COMMAND_##NAME(FIELD_MEMBER)                                                       \
	};
COMMANDS(C)
#undef C

struct command {
	struct principal_id principal; /* who asks; none only for the ledger's own commands */
	uint8_t kind;                  /* enum command_kind */
	uint8_t has_key;               /* an Idempotency-Key was given */
	uint8_t key_hash[16];          /* keyed hash of principal, key and line id */
	uint8_t request_hash[16];      /* keyed hash of kind and inputs as received */
	union {
#define C(name, NAME, number, path, object, roles, it, en) struct command_##name name;
		COMMANDS(C)
#undef C
	} input;
};

/* Where identifiers lie among the inputs: of a field, or of the items of a list. */
struct command_reference {
	uint16_t offset; /* of the identifier in the input, bytes */
	uint8_t field;   /* its place in the set's fields */
	uint8_t kind;    /* enum record_kind; 0: a list, see the field's items */
};

struct command_info {
	const char *name;        /* "redemption_submit" */
	const char *path;        /* "/v1/redemptions"; "" for the ledger's own */
	const char *summary_it;
	const char *summary_en;
	struct field_set set;    /* of the input */
	const struct command_reference *references; /* in the order of the fields */
	uint32_t reference_count;
	uint32_t required;       /* fields that must be given, one bit each by their place */
	uint32_t in_path;        /* fields that the path gives */
	uint32_t roles;          /* bits 1 << enum role */
	uint16_t input_size_max; /* codec_size_max(&set), bytes: known before any command is read */
	uint8_t object;          /* enum record_kind */
};

/* What is known of a command; NULL when no command has this number. */
const struct command_info *command_info(uint8_t kind);

/* The inputs as bytes, in the form of engine/base/codec.h and by straight code. The kind exists
 * (asserted). Writes at most input_size_max bytes and returns how many. */
uint32_t command_encode(const struct command *command, uint8_t *out);

/* Reads the inputs of command->kind, which exists (asserted), from exactly `size` bytes. False,
 * with the inputs half-filled: not the bytes of such inputs, as codec_decode says. */
MUST_CHECK bool command_decode(const uint8_t *bytes, uint32_t size, struct command *command);

#endif
