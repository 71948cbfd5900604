/* Query threads: lists and reports, and in a pool of their own backups, outside of the network
 * threads.
 *
 * A job is taken by a network thread, run by a query thread, and comes back through the network
 * thread's completion queue like any work. Jobs and their large answer buffers are made at start;
 * when all are in use the request is refused with 503. */
#ifndef ENGINE_HTTP_QUERY_POOL_H
#define ENGINE_HTTP_QUERY_POOL_H

#include "engine/http/exchange.h"

#define QUERY_POOL_JOBS_PER_THREAD 8u
#define QUERY_POOL_THREADS_MAX	   8u
#define QUERY_POOL_ANSWER_SIZE_MAX (4u * 1024u * 1024u) /* bytes; touched as used */

struct completion_queue;
struct hub;
struct query_pool;
struct reader;
struct hub;

struct query_job {
	struct query_job *next;
	struct query_pool *pool;
	struct exchange *exchange; /* its request, query and arena are the job's until it is back */
	struct exchange_ticket ticket;
	struct work work; /* only the way back: never submitted */
	struct query_search search; /* of a list that an index narrows */
	struct api_buffer answer;
	uint16_t status;
	enum result result; /* RESULT_OK: answer and status stand */
	uint64_t sequence;  /* that the answer shows */
	char *memory;	    /* of the answer */
};

struct query_pool_config {
	uint32_t threads; /* 1 .. QUERY_POOL_THREADS_MAX */
	uint32_t jobs;	  /* at once, those that wait included */
	struct reader *reader;
	const struct hub *hub;
	/* What a thread does with a job: fills answer, status, result and sequence. */
	void (*run)(const struct query_pool_config *config, struct query_job *job);
};

/* RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result query_pool_open(const struct query_pool_config *config,
				       struct query_pool **ret_pool);

/* A list or a report, out of the store: the `run` of the query threads. */
void query_pool_ask_store(const struct query_pool_config *config, struct query_job *job);
/* A backup: the `run` of the backup thread. */
void query_pool_make_backup(const struct query_pool_config *config, struct query_job *job);

/* Ends the threads; no job is in use. */
void query_pool_close(struct query_pool *pool);

/* A job for an exchange; NULL when all are in use. Any thread. */
struct query_job *query_pool_take(struct query_pool *pool, struct exchange *exchange);
void query_pool_give(struct query_pool *pool, struct query_job *job);

/* Hands the job to the threads; it comes back to job->work.queue. */
void query_pool_run(struct query_pool *pool, struct query_job *job);

#endif
