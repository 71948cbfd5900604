/* GETs: one live item through the ledger thread, everything else through a query thread. */
#include "engine/base/text.h"
#include "engine/http/edge.h"
#include "engine/http/query_pool.h"

#include <string.h>

#define EDGE_BACKUP_NAME_SIZE_MAX 64u

void edge_openapi(struct edge *edge, struct exchange *exchange)
{
	exchange->answer_fixed = edge->hub->openapi;
	exchange->status = 200;
	exchange->media_type = "application/json";
	session_answer(exchange);
}

/* ---- Live ---- */

static void edge_read_live(const struct state *state, struct instant now, uint64_t sequence,
			   void *context)
{
	(void)now;
	(void)sequence;
	query_live(state, context);
}

static void edge_live_back(struct edge *edge, void *object)
{
	struct exchange *exchange = object;

	(void)edge;
	if (exchange->work.result != RESULT_OK) {
		edge_answer_result(exchange, exchange->work.result);
		return;
	}
	/* A sequence that the ledger has not reached lies in the future, or in another ledger. */
	if (exchange->work.last_sequence < exchange->sequence_min) {
		edge_answer_result(exchange, RESULT_NOT_YET_VISIBLE);
		return;
	}
	exchange->ledger_sequence = exchange->work.last_sequence;
	edge_send(exchange,
		  query_live_write(&exchange->answer, &exchange->request, &exchange->live));
}

/* ---- Store ---- */

static void edge_job_back(struct edge *edge, void *object)
{
	struct exchange *exchange = object;
	struct query_job *job = exchange->job;

	(void)edge;
	if (job->result != RESULT_OK) {
		edge_answer_result(exchange, job->result);
		return;
	}
	ASSERT(!job->answer.overflow);
	exchange->ledger_sequence = job->sequence;
	exchange->answer_fixed = (struct slice){job->answer.data, job->answer.used};
	edge_send(exchange, job->status);
}

/* A job of a pool for the exchange; false: answered with `busy`, since all are in use. */
static bool edge_take_job(struct exchange *exchange, struct query_pool *pool, enum result busy)
{
	exchange->job = query_pool_take(pool, exchange);
	if (exchange->job == NULL)
		edge_answer_result(exchange, busy);
	return exchange->job != NULL;
}

static void edge_start_job(struct edge *edge, struct exchange *exchange)
{
	struct query_job *job = exchange->job;

	job->ticket = (struct exchange_ticket){edge_job_back, exchange};
	job->work = (struct work){
	    .queue = &edge->network->completions,
	    .owner = &job->ticket,
	};
	query_pool_run(job->pool, job);
}

static void edge_run_job(struct edge *edge, struct exchange *exchange, struct query_pool *pool,
			 enum result busy)
{
	if (edge_take_job(exchange, pool, busy))
		edge_start_job(edge, exchange);
}

/* ---- Lists that an index narrows: first the ledger thread, then the store ---- */

static void edge_search(const struct state *state, struct instant now, uint64_t sequence,
			void *context)
{
	(void)now;
	(void)sequence;
	query_search(state, context);
}

static void edge_search_back(struct edge *edge, void *object)
{
	struct exchange *exchange = object;

	if (exchange->work.result != RESULT_OK) {
		edge_answer_result(exchange, exchange->work.result);
		return;
	}
	exchange->query.found = &exchange->job->search.found;
	edge_start_job(edge, exchange);
}

static void edge_query_indexed(struct edge *edge, struct exchange *exchange)
{
	if (!edge_take_job(exchange, edge->hub->queries, RESULT_OVERLOADED))
		return;
	exchange->job->search.query = &exchange->query;
	exchange->job->search.principal = exchange->request.principal;
	memset(&exchange->work, 0, sizeof(exchange->work));
	exchange->work.kind = WORK_READ;
	exchange->work.read = edge_search;
	exchange->work.context = &exchange->job->search;
	edge_submit(edge, exchange, edge_search_back);
}

void edge_backup(struct edge *edge, struct exchange *exchange)
{
	struct slice name = exchange->route.parameters[0];
	struct api_problem problem;

	if (exchange->request.principal.role != ROLE_ADMINISTRATOR) {
		edge_answer_result(exchange, RESULT_FORBIDDEN);
		return;
	}
	if (name.size > EDGE_BACKUP_NAME_SIZE_MAX || !text_is_token(name) || name.data[0] == '.') {
		problem = problem_of_name(RESULT_FIELD_INVALID, PROBLEM_EXPECTS_TOKEN,
					  slice_from_text("backup"));
		edge_answer_problem(exchange, &problem);
		return;
	}
	edge_run_job(edge, exchange, edge->hub->backups, RESULT_REQUEST_IN_PROGRESS);
}

void edge_query_release(struct edge *edge, struct exchange *exchange)
{
	(void)edge;
	query_pool_give(exchange->job->pool, exchange->job);
	exchange->job = NULL;
}

void edge_query(struct edge *edge, struct exchange *exchange)
{
	struct api_problem problem;

	if (query_parse(&exchange->request, &exchange->route, &exchange->query, &problem) !=
	    RESULT_OK) {
		edge_answer_problem(exchange, &problem);
		return;
	}
	if (!exchange->query.live && query_is_indexed(&exchange->query)) {
		edge_query_indexed(edge, exchange);
		return;
	}
	if (!exchange->query.live) {
		edge_run_job(edge, exchange, edge->hub->queries, RESULT_OVERLOADED);
		return;
	}
	query_live_begin(&exchange->live, &exchange->request, &exchange->query);
	memset(&exchange->work, 0, sizeof(exchange->work));
	exchange->work.kind = WORK_READ;
	exchange->work.read = edge_read_live;
	exchange->work.context = &exchange->live;
	edge_submit(edge, exchange, edge_live_back);
}
