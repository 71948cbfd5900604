/* What comes in: facts of files become commands of the API. An intake knows nothing of how the API
 * is reached: the caller gives two functions, and gets back a report in JSON, which says for every
 * file and line what was done. */
#ifndef CONNECTORS_INTAKE_INTAKE_H
#define CONNECTORS_INTAKE_INTAKE_H

#include "engine/base/money.h"
#include "engine/base/result.h"

#include <jansson.h>

#define INTAKE_PATH_SIZE 256u
#define INTAKE_ITEMS_MAX 100000u /* of one list */

struct intake {
	/* GETs a path: a new reference; NULL on failure, which the function has told. */
	json_t *(*get)(void *context, const char *path);
	/* POSTs a body. The result that the answer names (RESULT_OK for any success); *ret_answer
	 * is a new reference or NULL. */
	enum result (*post)(void *context, const char *path, const json_t *body,
			    json_t **ret_answer);
	void *context;
	bool is_dry;   /* nothing is posted: the report says what would be done */
	json_t *cache; /* lists and records that were read, by path; NULL at first */
};

/* Forgets what was read. */
void intake_free(struct intake *intake);

/* A record or list item by its path, read once; borrowed. NULL: it could not be read. */
const json_t *intake_get(struct intake *intake, const char *path);

/* All items of a list, page after page, read once; borrowed. `path` has a query ("?..."). NULL: it
 * could not be read. */
const json_t *intake_list(struct intake *intake, const char *path);

/* Posts; what was read before is forgotten. In a dry run nothing is sent: RESULT_OK, no answer. */
MUST_CHECK enum result intake_post(struct intake *intake, const char *path, const json_t *body,
				   json_t **ret_answer);

/* ---- Reading answers ---- */

const char *intake_text(const json_t *object, const char *name); /* "": none */
int64_t intake_number(const json_t *object, const char *name);
struct cents intake_cents(const json_t *object, const char *name);

/* A slice or an amount as JSON; new references. */
json_t *intake_json_slice(struct slice text);
json_t *intake_json_cents(struct cents amount);

#endif
