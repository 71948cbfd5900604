/* Many commands at once: a CSV or NDJSON file, cut into pieces, each sent as one batch with a key
 * of its own, every line answered. A piece whose answer did not come is sent again with the same
 * key: lines that were done are replayed. */
#ifndef CLI_UPLOAD_H
#define CLI_UPLOAD_H

#include "cli/client.h"

#define UPLOAD_LINES_MAX 20000u
#define UPLOAD_BYTES_MAX (7u * 1024u * 1024u) /* of one piece; the daemon takes 8 MiB */
#define UPLOAD_KEY_SIZE	 100u		      /* of the whole upload; pieces append "-N" */

struct upload_tally {
	uint64_t lines;
	uint64_t accepted; /* kind OK, replays among them */
	uint64_t replayed;
	uint64_t waiting; /* accepted as DISPUTED or WAITLISTED */
	uint64_t refused;
};

struct upload {
	struct client *client;
	const char *path;     /* of the batch */
	const char *media;    /* text/csv or application/x-ndjson */
	const char *key;      /* of the whole upload */
	uint32_t piece_lines; /* most lines of a piece, 1 to UPLOAD_LINES_MAX */
	/* Called for each answer line, in order; `text` is the line, `answer` the same as JSON. */
	void (*line)(void *context, const json_t *answer, struct slice text);
	/* Called after each piece with bytes done; NULL: nobody watches. */
	void (*progress)(void *context, uint64_t bytes);
	void *context;
};

/* Sends the whole text. RESULT_OK: every line has its answer. A whole batch that was refused leaves
 * its answer in *ret_problem (to be freed in every case) and returns its result; RESULT_UNREACHABLE
 * and RESULT_REQUEST_TIMEOUT as client_send(); RESULT_BAD_REQUEST also where answers are missing;
 * RESULT_BODY_TOO_LARGE: one line alone exceeds a piece. */
MUST_CHECK enum result upload_run(const struct upload *upload, struct slice text,
				  struct upload_tally *ret_tally,
				  struct client_answer *ret_problem);

#endif
