/* One network thread's world: an event loop, its sessions and slots, and its counters.
 *
 * Everything here belongs to one thread, but for the figures (relaxed atomics, one writer) and the
 * completion queue. Connections are accepted from listeners that all network threads share. */
#ifndef ENGINE_HTTP_NETWORK_H
#define ENGINE_HTTP_NETWORK_H

#include "engine/http/answer.h"
#include "engine/http/callers.h"
#include "engine/http/http2.h"
#include "engine/http/session.h"
#include "engine/pipeline/completion.h"

#include <event2/event.h>
#include <stdatomic.h>

#define NETWORK_TICK_MS		100u
#define NETWORK_STATUS_CLASSES	6u  /* 1xx … 5xx by first digit */
#define NETWORK_LATENCY_BUCKETS 24u /* bucket n: below 2^n microseconds */

struct network_timeouts {
	uint64_t header_ms;
	uint64_t body_ms;  /* and again per MB announced */
	uint64_t write_ms; /* and again per MB that waits */
	uint64_t idle_ms;
	uint64_t life_ms;
};

struct network_figures {
	_Atomic uint64_t connections_accepted;
	_Atomic uint64_t connections_refused; /* no session free, or too many of one address */
	_Atomic uint64_t descriptors_exhausted;
	_Atomic uint64_t connections;
	_Atomic uint64_t requests;
	_Atomic uint64_t answers[NETWORK_STATUS_CLASSES];
	_Atomic uint64_t timeouts;
	_Atomic uint64_t bad_requests; /* could not be read */
	_Atomic uint64_t slots_exhausted;
	_Atomic uint64_t slots_in_use;
	_Atomic uint64_t floods; /* connections of HTTP/2 that were told to calm down */
	_Atomic uint64_t bytes_out;
	_Atomic uint64_t batch_lines;
	_Atomic uint64_t latency_sum_us;
	_Atomic uint64_t latency[NETWORK_LATENCY_BUCKETS];
};

struct network_listener {
	struct event *event;
	struct tls *tls; /* NULL: plain */
	struct callers *callers; /* NULL: connections are not counted by address */
	int descriptor;
	bool is_admin;
	bool is_unix;
};

struct network_config {
	const struct session_handler *handler;
	struct network_timeouts timeouts;
	uint32_t sessions_max;
	uint32_t slots_max;
	uint32_t streams_max; /* of a connection of HTTP/2 */
	/* Called when a work comes back, and once per tick. */
	void (*completed)(void *context, struct work *work);
	void (*ticked)(void *context, uint64_t now_ms);
	/* Called at the end of each turn of the loop. */
	void (*turned)(void *context);
	void *context;		     /* of both */
	const atomic_bool *draining; /* true: close listeners, finish, end the loop */
};

struct network {
	struct network_config config;
	struct event_base *base;
	struct completion_queue completions;
	struct event *completion_event;
	struct event *tick_event;
	struct network_listener listeners[HTTP_LISTENERS_MAX];
	uint32_t listener_count;
	struct session *sessions;
	struct session *free_sessions;
	struct session *dirty_sessions; /* have something to write at the end of this turn */
	struct wire_room *room;
	struct http2_shared http2;
	uint32_t sessions_used; /* most that were ever open: how far the tick looks */
	uint32_t sessions_open;
	struct exchange_pool exchanges;
	uint64_t paused_until_ms; /* listeners rest after EMFILE */
	uint64_t emfile_logged_ms;
	uint64_t ids_drawn;
	int reserve_descriptor; /* given up for a moment when there are no others */
	bool works_are_back; /* the completion queue has some */
	bool is_draining;
	bool is_done; /* drained: the loop ends */
	char id_prefix[16];
	uint64_t date_ms; /* monotonic, when `date` was made */
	char date[ANSWER_DATE_SIZE];
	struct answer_start answer_start;
	struct network_figures figures;
};

/* RESULT_OK; RESULT_OUT_OF_MEMORY. Not thread-safe: before the thread runs. */
MUST_CHECK enum result network_open(struct network *network, const struct network_config *config);

/* Accepts from a listening, non-blocking socket; it and `tls` stay the caller's (`event` is ours).
 * RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result network_listen(struct network *network,
				      const struct network_listener *listener);

/* Takes a connected, non-blocking socket as one of `listener` (its tls, callers, is_admin), from
 * the address `from` (callers.h); false: no session is free, the address has too many, or there is
 * no memory, and it stays the caller's. */
MUST_CHECK bool network_adopt(struct network *network, int descriptor,
			      const struct network_listener *listener, uint64_t from);

/* One turn: what has come is read, what became ready is written. `flags` as event_base_loop. */
void network_turn(struct network *network, int flags);

/* The thread: runs until it is drained. */
void network_run(struct network *network);

void network_close(struct network *network);

/* For sessions: a slot; the end of a session; the Date header; a fresh Request-Id. */
void network_free_session(struct network *network, struct session *session);
/* session_write_dirty is called at the end of this turn. */
void network_mark_dirty(struct network *network, struct session *session);
const char *network_date(struct network *network);
uint32_t network_draw_id(struct network *network, char ret_id[EXCHANGE_ID_SIZE_MAX]);

/* Counts one, by the owner's thread. */
void network_count(_Atomic uint64_t *figure, uint64_t more);

#endif
