/* The edge of one network thread: from a request's head to its answer.
 *
 *	head: route, token, limits            -> or a refusal at once, the body unread
 *	body: command, check, batch, query, health
 *	back: the work's outcome              -> rendered and sent
 *
 * The edge authenticates; decide, and the read views, authorise. No route is open but health.
 * Everything the edge draws (voucher codes, tokens) is drawn here, and only its hash or its cipher
 * goes further. Invariant: for each exchange exactly one answer, by one of the paths below. */
#ifndef ENGINE_HTTP_EDGE_H
#define ENGINE_HTTP_EDGE_H

#include "engine/api/context.h"
#include "engine/api/problem.h"
#include "engine/http/edge_batch.h"
#include "engine/http/network.h"
#include "engine/http/hub.h"

#define EDGE_RETRY_AFTER_S 1u
#define EDGE_OFFERS_MAX	   8u /* works for one waking of the ledger thread */

struct query_job;
struct query_pool_config;
struct server;

struct edge {
	struct hub *hub;
	struct network *network;
	const struct server *server; /* for /metrics: the figures of all threads */
	struct secret_hasher *hasher;
	struct api_context context; /* this thread's copy */
	struct edge_batches batches;
	uint32_t offered;	  /* works that the ledger thread was not woken for */
	struct exchange *retries; /* reads that wait for room in the ring */
};

/* The handler to give to the network; `edge` must outlive it. */
struct session_handler edge_handler(struct edge *edge);

/* RESULT_OK; RESULT_OUT_OF_MEMORY. network is opened after, with network_config. */
MUST_CHECK enum result edge_open(struct edge *edge, struct hub *hub, uint32_t batches_max);
void edge_close(struct edge *edge);

/* For the network: a work came back; the tick. */
void edge_completed(void *edge, struct work *work);
void edge_ticked(void *edge, uint64_t now_ms);
void edge_turned(void *edge);

/* ---- Between the files of the edge ---- */

/* Answers with a problem that was found before anything was judged. */
void edge_answer_problem(struct exchange *exchange, const struct api_problem *problem);
void edge_answer_result(struct exchange *exchange, enum result result);
/* Sends what was written into exchange->answer. An answer that did not fit is a fault of ours. */
void edge_send(struct exchange *exchange, uint16_t status);

/* Offers a work; the ledger thread is woken for several at once, at the latest at the end of this
 * turn of the loop. Results as pipeline_submit. */
MUST_CHECK enum result edge_offer(struct edge *edge, struct work *work);

/* Hands the exchange's work over; answers itself when the pipeline does not take it. */
void edge_submit(struct edge *edge, struct exchange *exchange,
		 void (*back)(struct edge *edge, void *object));

/* The same for a read that must not be refused: tried again at each tick. */
void edge_submit_read(struct edge *edge, struct exchange *exchange,
		      void (*back)(struct edge *edge, void *object));

/* The secrets of a command, drawn into EDGE fields. Keeps what the answer shows. */
void edge_draw_code(struct edge *edge, struct command *command, struct check_code *ret_code);
bool edge_makes_token(const struct command *command);
void edge_draw_token(struct command *command, struct token *ret_token);

/* Does this outcome show a voucher code? */
bool edge_shows_code(const struct command *command, const struct outcome *outcome);

/* edge_identity.c: who asks. RESULT_OK: the exchange's caller and grant are set;
 * RESULT_UNAUTHENTICATED: whatever the reason, the same. */
MUST_CHECK enum result edge_authenticate(struct edge *edge, struct exchange *exchange);
/* May the caller's credential be used for this route? */
bool edge_is_in_scope(const struct exchange *exchange);

/* edge_command.c, edge_query.c, edge_status.c */
void edge_command(struct edge *edge, struct exchange *exchange);
void edge_query(struct edge *edge, struct exchange *exchange);
void edge_query_release(struct edge *edge, struct exchange *exchange);
void edge_openapi(struct edge *edge, struct exchange *exchange);
void edge_status(struct edge *edge, struct exchange *exchange);
void edge_livez(struct edge *edge, struct exchange *exchange);
void edge_readyz(struct edge *edge, struct exchange *exchange);
void edge_metrics(struct edge *edge, struct exchange *exchange);
void edge_backup(struct edge *edge, struct exchange *exchange);

/* edge_person.c. The second is the `run` of the vault's pool; the third wipes what was read. */
void edge_person(struct edge *edge, struct exchange *exchange);
void edge_person_run(const struct query_pool_config *config, struct query_job *job);
void edge_person_release(struct exchange *exchange);

#endif
