/* How the demo speaks with the daemon: the same client as every other command, with the token of
 * whoever acts. What is not answered as expected is told and counted; nothing is retried until it
 * fits. */
#ifndef CLI_DEMO_CALL_H
#define CLI_DEMO_CALL_H

#include "cli/demo/world.h"
#include "cli/upload.h"
#include "engine/domain/command.h"

struct demo {
	struct session *session;
	struct demo_world *world;
	const char *folder;
	const char *data;
	const char *clock; /* "manual=INSTANT" */
	char titolid[SETTING_SIZE_MAX];
	char url[64];
	char tokens[DEMO_ACTORS][DEMO_TOKEN_SIZE];
	bool keep;
	uint32_t faults;     /* expectations that failed */
	uint32_t key_number; /* of the next request */
	uint32_t sdi_number; /* of the latest e-invoice; SYNTHETIC */
	uint32_t accepted;   /* redemption lines */
	uint32_t disputed;
	uint32_t late; /* kept until they are authorised */
	uint32_t refused;
	uint32_t replayed;
	uint32_t transfers; /* that treasurer and bank made */
	uint32_t bills[DEMO_MONTHS];
	json_t *refusals; /* count by code */
	char files[DEMO_MONTHS][DEMO_PAYERS][SETTING_SIZE_MAX]; /* what treasurer and bank got */
	char exports[DEMO_MONTHS][DEMO_PAYERS][DEMO_ID_SIZE];
	int64_t files_net; /* cents, by the exports */
	int64_t files_vat;
	struct { /* the paid record that was reversed, cents */
		int64_t net;
		int64_t gross;
		uint32_t comune;
		uint32_t fund;
	} recovered;
	int64_t delivered[DEMO_COMUNI_MAX][DEMO_FUNDS]; /* October's lines, cents */
	json_t *events;	    /* at the end */
	json_t *statements; /* of both months, at the end */
	json_t *balances;   /* at the end */
	int process;	    /* of the daemon; 0: none */
};

/* Counts a failed expectation and tells it. Returns `is_true`. */
__attribute__((format(printf, 3, 4))) bool call_expect(struct demo *demo, bool is_true,
						       const char *format, ...);

/* Who speaks from here on. */
void call_as(struct demo *demo, const char *token);

/* POSTs a body (a new reference, taken over) and returns the answer, NULL on a fault. Unless it is
 * `expected` (RESULT_OK: any success), that is a fault. */
json_t *call_post(struct demo *demo, const char *path, json_t *body, enum result expected);
/* The same whatever the answer: a success or a problem. `key` may be NULL: a fresh one. */
json_t *call_any(struct demo *demo, const char *path, json_t *body, const char *key);
/* As call_post where nothing of the answer matters. */
void call_do(struct demo *demo, const char *path, json_t *body, enum result expected);

/* All items of a list or report; an empty array on a fault. */
json_t *call_list(struct demo *demo, const char *path);

/* A batch of lines as NDJSON; each answer goes to `line`. False: the batch failed (told). */
struct call_batch {
	uint8_t command;   /* enum command_kind */
	const char *key;   /* NULL: a fresh one */
	const char *label; /* of the progress; NULL: none */
	bool is_csv;
	void (*line)(void *context, const json_t *answer, struct slice text);
	void *context;
};
bool call_batch(struct demo *demo, const struct call_batch *batch, const struct buffer *lines);

/* The same, every line expected to succeed. */
bool call_batch_ok(struct demo *demo, const struct call_batch *batch, const struct buffer *lines);

/* Appends one object (a new reference, taken over) as a line. */
void call_line(struct buffer *lines, json_t *object);

const char *call_text(const json_t *object, const char *name);
int64_t call_number(const json_t *object, const char *name);
/* The result of an answer line: its code, or its result. */
MUST_CHECK enum result call_outcome(const json_t *answer);

#endif
