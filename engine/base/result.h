/* The one registry of outcomes, read from schemas/results.def.
 *
 * Every refusal, fault and success of Titoli is a row there. The enum, problem+json, the exit
 * codes of the command line and the manual all come from that table; no second switch over
 * results may exist. The value of an enum constant is its stable number, the one that journal
 * and store carry: a number is never reused and never changes its meaning.
 *
 * RESULT_OK is 0. Results from 1 to 99 are other successful outcomes (an accepted redemption, a
 * dispute, a place on the waitlist): test them by kind, not by `!= RESULT_OK`. */
#ifndef ENGINE_BASE_RESULT_H
#define ENGINE_BASE_RESULT_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum result {
#define RESULT(name, number, status, exit, retryable, kind, ...) RESULT_##name = (number),
#include "schemas/results.def"
#undef RESULT
};

/* Number of rows in the registry. */
enum {
	RESULT_COUNT = 0
#define RESULT(name, ...) +1
#include "schemas/results.def"
#undef RESULT
};

#define RESULT_CODE_SIZE_MAX 40u /* bytes of a code with its NUL */

/* What sort of thing a result is. */
enum result_kind {
	RESULT_KIND_OK = 0,      /* done, possibly with a qualification (disputed, waitlisted) */
	RESULT_KIND_REFUSAL = 1, /* a rule, the state or the money says no; stored under its key */
	RESULT_KIND_REQUEST = 2, /* the request is malformed or unauthorised; nothing is stored */
	RESULT_KIND_FAULT = 3,   /* disk, peer, configuration, load; logged once */
};

enum result_language {
	RESULT_LANGUAGE_IT = 0, /* the default of the API */
	RESULT_LANGUAGE_EN = 1,
	RESULT_LANGUAGES = 2,
};

struct result_info {
	enum result result;
	uint16_t number;               /* stable, equal to (int)result */
	uint16_t status;               /* HTTP status */
	uint8_t exit;                  /* exit code of the command line */
	bool retryable;                /* the same request, sent again, may succeed by itself */
	enum result_kind kind;
	char code[RESULT_CODE_SIZE_MAX]; /* the API's code: the name in lower case */
	const char *title[RESULT_LANGUAGES];  /* what happened, one line, UTF-8 */
	const char *remedy[RESULT_LANGUAGES]; /* what to do now; never empty for a non-OK result */
};

/* The row of a result; static storage, never NULL. `result` must be a constant of the enum
 * (asserted): numbers read from disk or network go through result_from_number() first. */
const struct result_info *result_info(enum result result);

/* The API code of a result ("ceiling_exceeded"); static storage. */
const char *result_code(enum result result);

/* Did the command do what it was asked (kind OK)? */
bool result_is_success(enum result result);

/* The row at a position 0 … RESULT_COUNT-1, in the order of the registry: for manuals and tests. */
const struct result_info *result_at(uint32_t position);

/* Finds a result by its API code, in lower case as the API writes it. False: no such code. */
MUST_CHECK bool result_from_code(struct slice code, enum result *ret_result);

/* Finds a result by its stable number (as read from journal or store). False: no such row. */
MUST_CHECK bool result_from_number(uint32_t number, enum result *ret_result);

#endif
