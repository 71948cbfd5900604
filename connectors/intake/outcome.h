/* Files of treasurers and banks into the ledger: read, sort out which lines are about our payments,
 * record them in one batch, tell of each what happened.
 *
 *   1. the file is known by its SHA-256 (POST /v1/files-in): the same file twice changes nothing
 *   2. lines with a reference of ours are recorded; lines without one whose amount some payment
 *      waits for too, a statement's whole or one of its single transfers (the ledger decides); all
 *      others are other people's, and only counted
 *   3. the file is closed with both counts: an import that was cut off goes on with the same file
 *
 * Who calls gives the doors to the API; nothing of names, accounts or texts leaves the file. */
#ifndef CONNECTORS_INTAKE_OUTCOME_H
#define CONNECTORS_INTAKE_OUTCOME_H

#include "connectors/format/outcome.h"
#include "engine/base/result.h"

#include <jansson.h>

#define INTAKE_FAULT_SIZE 320u

struct outcome_intake {
	void *context;
	/* A GET; NULL: it failed and was told. The caller owns what it gets. */
	json_t *(*fetch)(void *context, const char *path);
	/* A POST under a key of its own; false: refused or unreachable, and told. */
	bool (*post)(void *context, const char *path, const json_t *body, json_t **ret_answer);
	/* Many commands as NDJSON, an answer for each in order; false: failed, and told. */
	bool (*batch)(void *context, const char *path, struct slice lines,
		      void (*take)(void *taker, const json_t *answer), void *taker);
	const char *profiles; /* folder of profiles; empty: the usual one */
	const char *format;   /* name of a profile for tables; NULL: found from the headings */
	const char *ambito;   /* code; NULL: the only one there is */
	bool is_italian;
	bool is_dry; /* record nothing */
	char fault[INTAKE_FAULT_SIZE];
};

/* Imports a file. RESULT_OK: *ret_report is a new object, to be freed:
 *   {"file_in", "kind", "message", "line_count", "total_cents", "again": was imported before,
 *    "others": lines that are other people's, "lines": [{"line", "place", "kind", "amount_cents",
 *    "day", "end_to_end", "state", "cause", "statement", "remedy", ...}], "counts": {state: n}}
 * Otherwise `fault` says why in the language asked for, or the doors told it:
 *   RESULT_FIELD_INVALID     none of the formats, or it does not hold together: nothing recorded
 *   RESULT_BODY_TOO_LARGE    beyond the limits of what is read
 *   RESULT_UNREACHABLE       a door failed: the same file goes on where it stopped
 *   RESULT_UNKNOWN_REFERENCE several ambiti, and none was named
 *   RESULT_OUT_OF_MEMORY, RESULT_CONFIG_INVALID, RESULT_NOT_FOUND: profiles */
MUST_CHECK enum result outcome_intake(struct outcome_intake *intake, struct slice bytes,
				      json_t **ret_report);

#endif
