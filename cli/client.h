/* The one HTTP client: requests to titolid over TCP or a Unix socket, with patient retries.
 *
 * A request that may be repeated (a GET, or any with an Idempotency-Key) is sent again, with the
 * same key and body, when the daemon cannot be reached, the answer does not come, or it says 408,
 * 429 or 503: whatever had been done is then replayed, never done twice. The wait between tries
 * doubles and follows Retry-After.
 *
 * A client remembers the highest Ledger-Seq it saw and asks reads to be at least as new, so that
 * one reads one's own writes. One client, one thread. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/buffer.h"
#include "engine/base/result.h"

#include <jansson.h>

#define CLIENT_KEY_SIZE	 40u /* a drawn key with its NUL */
#define CLIENT_TEXT_SIZE 1024u

struct client_options {
	/* "http://127.0.0.1:8910", "https://…" or "unix:/run/titoli/titolid.sock" */
	const char *url;
	const char *token; /* bearer; empty: none */
	const char *ca;	   /* PEM file for https; NULL or empty: the system's */
	enum result_language language;
	uint32_t tries;	     /* in all, at least 1 */
	uint32_t timeout_ms; /* of one try */
};

struct client {
	void *curl; /* CURL */
	struct client_options options;
	char base[CLIENT_TEXT_SIZE];   /* what goes before the path */
	char socket[CLIENT_TEXT_SIZE]; /* path of the Unix socket; empty: TCP */
	uint64_t sequence;	       /* highest Ledger-Seq seen */
	char fault[256];	       /* why the last try had no answer */
};

struct client_request {
	const char *method; /* "GET" or "POST" */
	const char *path;   /* with its query, escaped */
	const char *media;  /* Content-Type of the body */
	const char *accept; /* NULL: JSON */
	const char *key;    /* Idempotency-Key; NULL: none */
	struct slice body;
};

struct client_answer {
	long status;
	struct buffer body;
	char request_id[64];
	uint64_t sequence;    /* Ledger-Seq; 0: none */
	uint32_t retry_after; /* seconds; 0: none */
	bool replayed;
	uint32_t tries;
};

/* Opens a client; the texts of the options must outlive it. RESULT_OK, RESULT_CONFIG_INVALID (not a
 * URL), RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result client_open(struct client *client, const struct client_options *options);
void client_close(struct client *client);

/* Sends and waits. RESULT_OK: the daemon answered, whatever its status; RESULT_UNREACHABLE,
 * RESULT_REQUEST_TIMEOUT: it did not, client->fault says why. The answer must be freed. */
MUST_CHECK enum result client_send(struct client *client, const struct client_request *request,
				   struct client_answer *ret_answer);
void client_answer_free(struct client_answer *answer);

/* A fresh Idempotency-Key. */
void client_draw_key(char ret_key[CLIENT_KEY_SIZE]);

/* What an answer means: RESULT_OK for any success; else the registered result of its problem, or
 * RESULT_BAD_REQUEST for a status without one. */
MUST_CHECK enum result client_result(const struct client_answer *answer);

/* The body as JSON, a new reference; NULL when it is none. */
json_t *client_json(const struct client_answer *answer);

/* Appends text to a path or query with everything but unreserved characters escaped. */
void client_escape(struct buffer *buffer, const char *text);

#endif
