/* See query_pool.h. One mutex and one condition: queries are milliseconds, not microseconds. */
#include "engine/http/query_pool.h"

#include "engine/api/json.h"
#include "engine/api/query_store.h"
#include "engine/base/text.h"
#include "engine/http/hub.h"
#include "engine/pipeline/completion.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

struct query_pool {
	struct query_pool_config config;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct query_job *first; /* waiting, oldest first */
	struct query_job *last;
	struct query_job *free;
	struct query_job *all;
	uint32_t thread_count;
	bool is_closing;
	pthread_t threads[QUERY_POOL_THREADS_MAX];
};

static void query_pool_lock(struct query_pool *pool)
{
	ASSERT(pthread_mutex_lock(&pool->lock) == 0);
}

static void query_pool_unlock(struct query_pool *pool)
{
	ASSERT(pthread_mutex_unlock(&pool->lock) == 0);
}

struct query_job *query_pool_take(struct query_pool *pool, struct exchange *exchange)
{
	struct query_job *job;

	query_pool_lock(pool);
	job = pool->free;
	if (job != NULL)
		pool->free = job->next;
	query_pool_unlock(pool);
	if (job == NULL)
		return NULL;
	job->exchange = exchange;
	job->status = 0;
	job->result = RESULT_OK;
	job->sequence = 0;
	job->answer = (struct api_buffer){.data = job->memory, .size = QUERY_POOL_ANSWER_SIZE_MAX};
	return job;
}

void query_pool_give(struct query_pool *pool, struct query_job *job)
{
	query_pool_lock(pool);
	job->exchange = NULL;
	job->next = pool->free;
	pool->free = job;
	query_pool_unlock(pool);
}

void query_pool_run(struct query_pool *pool, struct query_job *job)
{
	query_pool_lock(pool);
	job->next = NULL;
	if (pool->last == NULL)
		pool->first = job;
	else
		pool->last->next = job;
	pool->last = job;
	ASSERT(pthread_cond_signal(&pool->wake) == 0);
	query_pool_unlock(pool);
}

/* The oldest job, waited for; NULL when the pool closes. */
static struct query_job *query_pool_next(struct query_pool *pool)
{
	struct query_job *job;

	query_pool_lock(pool);
	while (pool->first == NULL && !pool->is_closing)
		ASSERT(pthread_cond_wait(&pool->wake, &pool->lock) == 0);
	job = pool->first;
	if (job != NULL)
		pool->first = job->next;
	if (pool->first == NULL)
		pool->last = NULL;
	query_pool_unlock(pool);
	return job;
}

void query_pool_ask_store(const struct query_pool_config *config, struct query_job *job)
{
	struct exchange *exchange = job->exchange;
	struct api_problem problem = problem_of(RESULT_OK);

	job->result = query_store_run(config->reader, &exchange->request, &exchange->query,
				      exchange->sequence_min, &job->answer, &job->status,
				      &job->sequence, &problem);
}

static void backup_write(struct query_job *job, struct slice name, const struct hub_backup *backup)
{
	char digits[2 * sizeof(backup->manifest_hash)];
	struct json json;

	json_open(&json, &job->answer);
	json_object_begin(&json);
	json_slice_field(&json, "backup", name);
	text_hex_encode(backup->ledger_id, sizeof(backup->ledger_id), digits);
	json_slice_field(&json, "ledger_id", (struct slice){digits, 2 * sizeof(backup->ledger_id)});
	json_unsigned_field(&json, "ledger_seq", backup->sequence);
	json_unsigned_field(&json, "store_seq", backup->store_sequence);
	json_unsigned_field(&json, "bytes", backup->bytes);
	json_unsigned_field(&json, "files", backup->files);
	text_hex_encode(backup->manifest_hash, sizeof(backup->manifest_hash), digits);
	json_slice_field(&json, "manifest_hash", (struct slice){digits, sizeof(digits)});
	json_object_end(&json);
	json_close(&json);
}

void query_pool_make_backup(const struct query_pool_config *config, struct query_job *job)
{
	struct slice name = job->exchange->route.parameters[0];
	struct hub_backup backup;

	job->result = config->hub->backup(config->hub->context, name, &backup);
	if (job->result != RESULT_OK)
		return;
	job->status = 201;
	job->sequence = backup.sequence;
	backup_write(job, name, &backup);
}

static void *query_thread_run(void *context)
{
	struct query_pool *pool = context;
	struct query_job *job;

	while ((job = query_pool_next(pool)) != NULL) {
		pool->config.run(&pool->config, job);
		completion_push(job->work.queue, &job->work);
	}
	return NULL;
}

static char *query_answer_memory(void)
{
	void *memory = mmap(NULL, QUERY_POOL_ANSWER_SIZE_MAX, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

enum result query_pool_open(const struct query_pool_config *config, struct query_pool **ret_pool)
{
	struct query_pool *pool = calloc(1, sizeof(*pool));

	ASSERT(config->threads > 0 && config->threads <= QUERY_POOL_THREADS_MAX);
	ASSERT(config->jobs > 0);
	if (pool == NULL)
		return RESULT_OUT_OF_MEMORY;
	pool->config = *config;
	pool->all = calloc(config->jobs, sizeof(pool->all[0]));
	if (pool->all == NULL)
		return RESULT_OUT_OF_MEMORY;
	ASSERT(pthread_mutex_init(&pool->lock, NULL) == 0);
	ASSERT(pthread_cond_init(&pool->wake, NULL) == 0);
	for (uint32_t i = 0; i < config->jobs; i++) {
		pool->all[i].pool = pool;
		pool->all[i].memory = query_answer_memory();
		if (pool->all[i].memory == NULL)
			return RESULT_OUT_OF_MEMORY;
		pool->all[i].next = pool->free;
		pool->free = &pool->all[i];
	}
	for (; pool->thread_count < config->threads; pool->thread_count++)
		if (pthread_create(&pool->threads[pool->thread_count], NULL, query_thread_run,
				   pool) != 0)
			return RESULT_OUT_OF_MEMORY;
	*ret_pool = pool;
	return RESULT_OK;
}

void query_pool_close(struct query_pool *pool)
{
	query_pool_lock(pool);
	pool->is_closing = true;
	ASSERT(pthread_cond_broadcast(&pool->wake) == 0);
	query_pool_unlock(pool);
	for (uint32_t i = 0; i < pool->thread_count; i++)
		ASSERT(pthread_join(pool->threads[i], NULL) == 0);
	for (uint32_t i = 0; i < pool->config.jobs; i++)
		(void)munmap(pool->all[i].memory, QUERY_POOL_ANSWER_SIZE_MAX);
	ASSERT(pthread_mutex_destroy(&pool->lock) == 0);
	ASSERT(pthread_cond_destroy(&pool->wake) == 0);
	free(pool->all);
	free(pool);
}
