/* What the parts of `titoli courier` share: the running courier. */
#ifndef CLI_COURIER_INSIDE_H
#define CLI_COURIER_INSIDE_H

#include "cli/courier_config.h"
#include "cli/session.h"
#include "connectors/delivery/send.h"
#include "engine/system/file.h"

#include <event2/event.h>

#define COURIER_JOBS_MAX 16u
#define COURIER_ID_SIZE	 24u
#define COURIER_KEY_SIZE 64u

/* One attempt at one delivery, from its lease to its report. */
struct courier_job {
	struct courier *courier;
	bool is_busy;	   /* the place is taken */
	bool is_done;	   /* sent or failed: what follows is the report */
	char delivery[COURIER_ID_SIZE];
	char destination[17];
	char address[201];
	char name[97];
	char path[COURIER_PATH_SIZE];
	char key[COURIER_KEY_SIZE]; /* Idempotency-Key of the report */
	uint32_t attempt;
	uint32_t failures;
	uint32_t attempts_max; /* failures after which a person is called */
	struct send_job send;
	struct send_result result;
};

/* One webhook and the event on its way to it. */
struct courier_hook {
	struct courier *courier;
	char code[17];
	char event[COURIER_ID_SIZE];
	char last[COURIER_ID_SIZE]; /* its cursor in the ledger … */
	char from[COURIER_ID_SIZE]; /* … and what was looked at behind it; empty: nothing */
	char key[COURIER_KEY_SIZE];
	char address[201];
	char *body;
	bool is_busy;
	bool is_done; /* answered: what follows is the acknowledgement */
	uint8_t cause; /* 0: taken */
	uint16_t status;
	uint32_t failures;
	uint64_t next_ms; /* monotonic: not before */
	struct transfer_limits limits;
	struct transfer_access access;
};

struct courier {
	struct session *session;
	struct courier_config config;
	struct event_base *base;
	struct transfer_loop *loop;
	struct event *poll;
	struct file lock;
	char holder[2 * 16 + 1];
	char ledger[40]; /* its id: events are told apart by it */
	uint64_t seed;
	int64_t now_us; /* the ledger's clock when it was last asked */
	bool is_once;
	bool is_stopping;
	bool is_first;	  /* the first look: attempts of our own may be unfinished */
	bool is_lost;	  /* a lease was taken and nothing begun under it */
	uint32_t started; /* by the present look */
	uint32_t waiting; /* what is still to be tried, seen by the present look */
	uint32_t given_up;
	struct courier_job jobs[COURIER_JOBS_MAX];
	struct courier_hook hooks[COURIER_DESTINATIONS_MAX];
	uint32_t hook_count;
};

/* Looks again soon: something ended. */
void courier_wake(struct courier *courier);

/* POSTs a body (a new reference, taken) under a key. RESULT_OK and the answer's JSON (may be NULL),
 * or why not: a refusal, or that nobody answered. */
MUST_CHECK enum result courier_post(struct courier *courier, const char *path, const char *key,
				    json_t *body, json_t **ret_answer);
/* GETs a path; NULL: no answer, told in the log. */
json_t *courier_get(struct courier *courier, const char *path);
/* All items of a list; NULL: no answer. */
json_t *courier_list(struct courier *courier, const char *path);

const char *courier_text(const json_t *object, const char *name);
/* Microseconds of an instant of the API; 0: none. */
int64_t courier_instant(const json_t *object, const char *name);

/* Sends the next event to each webhook that is due; acknowledges what was taken. */
void courier_hooks_look(struct courier *courier, const json_t *destinations);
bool courier_hooks_busy(const struct courier *courier);
void courier_hooks_free(struct courier *courier);

/* Asks a destination something harmless and tells what came of it; returns the exit code. */
int courier_probe(struct session *session, const struct courier_config *config,
		  const struct courier_section *section, const json_t *destination);

#endif
