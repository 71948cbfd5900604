/* Answers as JSON: outcomes, problems, batch lines, records. All text goes through one encoder
 * (json.h); amounts are integers of cents, never floating point.
 *
 * The HTTP status is that of schemas/results.def and nothing else. Success bodies are
 * application/json, the rest application/problem+json; write_json_media_type() says which. */
#ifndef ENGINE_API_WRITE_JSON_H
#define ENGINE_API_WRITE_JSON_H

#include "engine/api/batch.h"
#include "engine/api/context.h"
#include "engine/api/problem.h"
#include "engine/domain/outcome.h"

struct json;

#define WRITE_JSON_ANSWER_SIZE_MAX 4096u /* bytes of any single answer or batch line */

/* What is shown once, or only to who may see it; empty slices are left out. */
struct write_json_secrets {
	struct slice token;	   /* credential_create, never on a replay */
	struct slice voucher_code; /* voucher_issue, also on a replay */
};

/* The answer to one command or check: a success body, or the problem that the outcome is. Returns
 * the HTTP status. `secrets` may be NULL. */
uint16_t write_json_outcome(struct api_buffer *buffer, const struct api_request *request,
			    const struct outcome *outcome,
			    const struct write_json_secrets *secrets);

/* A problem found before any command was made. Returns the HTTP status. */
uint16_t write_json_problem(struct api_buffer *buffer, const struct api_request *request,
			    const struct api_problem *problem);

/* One answer line of a batch, with its line feed. `outcome` is NULL when the line has a problem.
 * At most WRITE_JSON_ANSWER_SIZE_MAX bytes. */
void write_json_batch_line(struct api_buffer *buffer, const struct api_request *request,
			   const struct batch_line *line, const struct outcome *outcome,
			   const struct write_json_secrets *secrets);

/* The members of one record inside an object that is open, by its field table: `id` and every SHOWn
 * field; what means "none" (no id, no day, empty text) is left out. */
void write_json_members(struct json *json, const struct api_request *request, enum record_kind kind,
			uint32_t id, const void *record);

/* The same as an object of its own. */
void write_json_record(struct api_buffer *buffer, const struct api_request *request,
		       enum record_kind kind, uint32_t id, const void *record);

/* "application/json" or "application/problem+json", by status. */
const char *write_json_media_type(uint16_t status);

#endif
