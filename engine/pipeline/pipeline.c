/* The door of the pipeline, and the life of its threads: see pipeline.h and stage.h. */
#include "engine/pipeline/pipeline.h"

#include "engine/domain/decide.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/shared_log.h"
#include "engine/pipeline/completion.h"
#include "engine/pipeline/sequencer.h"
#include "engine/pipeline/stage.h"
#include "engine/pipeline/work.h"
#include "engine/pipeline/writer.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static_assert(PIPELINE_BATCHES >= 2, "one batch fills while another syncs");
static_assert(1u << (PIPELINE_HISTOGRAM_SLOTS - 1) == BATCH_ENTRIES_MAX, "the largest has a slot");

static const struct pipeline_rules domain_rules = {
    .decide = decide,
    .tick_due = decide_tick_due,
};

void stage_fail(struct pipeline *pipeline, enum result result)
{
	ASSERT(pipeline != NULL && result != RESULT_OK);
	int none = RESULT_OK;
	(void)atomic_compare_exchange_strong(&pipeline->failure, &none, (int)result);
	atomic_store(&pipeline->failed, true);
	bell_ring(&pipeline->ledger_bell);
	bell_ring(&pipeline->journal_bell);
	bell_ring(&pipeline->keeper_bell);
}

void stage_return(struct work *work, enum result result)
{
	ASSERT(work != NULL && work->queue != NULL);
	work->result = result;
	completion_push(work->queue, work);
}

/* Takes the works of one queue out of a list, and gives them back together. Returns the rest. */
static struct work *return_to(
    struct completion_queue *queue, struct work *first, enum result result)
{
	struct work *rest = NULL;
	struct work **rest_end = &rest;
	struct work *newest = NULL;
	struct work *oldest = NULL;
	while (first != NULL) {
		struct work *work = first;
		first = work->next;
		if (work->queue != queue) {
			*rest_end = work;
			rest_end = &work->next;
			continue;
		}
		work->result = result;
		work->next = newest;
		newest = work;
		if (oldest == NULL)
			oldest = work;
	}
	*rest_end = NULL;
	completion_push_all(queue, newest, oldest);
	return rest;
}

void stage_return_all(
    struct pipeline *pipeline, struct stage_batch *batch, enum result result)
{
	ASSERT(pipeline != NULL && batch != NULL);
	struct work *first = batch->first;
	batch->first = NULL;
	batch->last = NULL;
	for (struct work *work = first; result == RESULT_OUTCOME_UNKNOWN && work != NULL;
	     work = work->next)
		stage_count(&pipeline->unknowns, 1);
	/* As many rounds as network threads have works in it. */
	while (first != NULL)
		first = return_to(first->queue, first, result);
}

void stage_count(_Atomic uint64_t *figure, uint64_t more)
{
	(void)atomic_fetch_add_explicit(figure, more, memory_order_relaxed);
}

/* Everything but the threads. */
static enum result prepare(struct pipeline *pipeline)
{
	enum result result = ring_open(&pipeline->ring, PIPELINE_RING_SIZE);
	if (result == RESULT_OK)
		result = batch_hasher_open(&pipeline->hasher);
	if (result == RESULT_OK)
		result = entry_pack_open(&pipeline->pack);
	if (result != RESULT_OK)
		return result;
	pipeline->settle_buffer = malloc(BATCH_SIZE_MAX);
	if (pipeline->settle_buffer == NULL)
		return RESULT_OUT_OF_MEMORY;
	for (uint32_t i = 0; i < PIPELINE_BATCHES; i++) {
		pipeline->batches[i].buffer = malloc(BATCH_SIZE_MAX);
		if (pipeline->batches[i].buffer == NULL)
			return RESULT_OUT_OF_MEMORY;
	}
	void *memory = mmap(NULL, EFFECTS_MEMORY_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return RESULT_OUT_OF_MEMORY;
	pipeline->effects_memory = memory;
	pipeline->undo_memory = mmap(NULL, UNDO_MEMORY_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pipeline->undo_memory == MAP_FAILED) {
		pipeline->undo_memory = NULL;
		return RESULT_OUT_OF_MEMORY;
	}
	undo_init(&pipeline->undo, pipeline->undo_memory);
	effects_init(&pipeline->effects, pipeline->config.state, memory);
	return RESULT_OK;
}

static bool start_thread(struct pipeline *pipeline, pthread_t *ret_thread,
    void *(*body)(void *context), const char *name)
{
	if (pthread_create(ret_thread, NULL, body, pipeline) != 0)
		return false;
	(void)pthread_setname_np(*ret_thread, name);
	pipeline->threads++;
	return true;
}

/* The threads inherit a mask that blocks every signal: no fdatasync is cut short. */
static enum result start_threads(struct pipeline *pipeline)
{
	sigset_t all;
	sigset_t before;
	(void)sigfillset(&all);
	int error = pthread_sigmask(SIG_SETMASK, &all, &before);
	ASSERT(error == 0);
	bool started =
	    start_thread(pipeline, &pipeline->ledger_thread, sequencer_run, "ledger") &&
	    start_thread(pipeline, &pipeline->journal_thread, writer_run, "journal") &&
	    start_thread(pipeline, &pipeline->keeper_thread, writer_keep_room, "keeper");
	error = pthread_sigmask(SIG_SETMASK, &before, NULL);
	ASSERT(error == 0);
	return started ? RESULT_OK : RESULT_OUT_OF_MEMORY;
}

/* Waits for the threads that were started, in the order in which they can end. */
static void join_threads(struct pipeline *pipeline)
{
	int error = 0;
	if (pipeline->threads >= 1)
		error = pthread_join(pipeline->ledger_thread, NULL);
	ASSERT(error == 0);
	atomic_store(&pipeline->keeper_ends, true);
	bell_ring(&pipeline->keeper_bell);
	if (pipeline->threads >= 3)
		error = pthread_join(pipeline->keeper_thread, NULL);
	ASSERT(error == 0);
	atomic_store(&pipeline->journal_ends, true);
	bell_ring(&pipeline->journal_bell);
	if (pipeline->threads >= 2)
		error = pthread_join(pipeline->journal_thread, NULL);
	ASSERT(error == 0);
	pipeline->threads = 0;
}

enum result pipeline_start(const struct pipeline_config *config, struct pipeline **ret_pipeline)
{
	ASSERT(config != NULL && config->state != NULL && config->log != NULL);
	ASSERT(config->clock != NULL && config->failed != NULL && ret_pipeline != NULL);
	ASSERT(config->sequence == shared_log_durable_sequence(config->log));
	struct pipeline *pipeline = aligned_alloc(64, sizeof(*pipeline));
	if (pipeline == NULL)
		return RESULT_OUT_OF_MEMORY;
	memset(pipeline, 0, sizeof(*pipeline));
	pipeline->config = *config;
	if (pipeline->config.stall_ms_max == 0)
		pipeline->config.stall_ms_max = PIPELINE_STALL_MS_MAX;
	pipeline->rules = config->rules != NULL ? *config->rules : domain_rules;
	pipeline->next_sequence = config->sequence + 1;
	pipeline->last_instant = config->last_instant;
	atomic_store(&pipeline->sequence, config->sequence);
	enum result result = prepare(pipeline);
	if (result == RESULT_OK)
		result = start_threads(pipeline);
	if (result != RESULT_OK) {
		if (pipeline->threads > 0)
			atomic_store(&pipeline->phase, STAGE_STOPS);
		join_threads(pipeline);
		pipeline_free(pipeline);
		return result;
	}
	*ret_pipeline = pipeline;
	return RESULT_OK;
}

enum result pipeline_offer(struct pipeline *pipeline, struct work *work)
{
	ASSERT(pipeline != NULL && work != NULL);
	ASSERT(work->queue != NULL);
	/* The ledger thread ends only when nobody is between these two additions. */
	(void)atomic_fetch_add(&pipeline->submitters, 1u);
	enum result result = RESULT_OK;
	if (atomic_load(&pipeline->phase) != STAGE_RUNS || atomic_load(&pipeline->failed))
		result = RESULT_DRAINING;
	else if (work->kind == WORK_COMMANDS && atomic_load(&pipeline->disk_nearly_full))
		result = RESULT_DISK_NEARLY_FULL;
	else if (!ring_push(&pipeline->ring, work))
		result = RESULT_OVERLOADED;
	if (result != RESULT_OK && result != RESULT_DRAINING)
		stage_count(&pipeline->overloads, 1);
	(void)atomic_fetch_sub(&pipeline->submitters, 1u);
	return result;
}

void pipeline_wake(struct pipeline *pipeline)
{
	ASSERT(pipeline != NULL);
	bell_ring(&pipeline->ledger_bell);
}

enum result pipeline_submit(struct pipeline *pipeline, struct work *work)
{
	enum result result = pipeline_offer(pipeline, work);
	if (result == RESULT_OK)
		pipeline_wake(pipeline);
	return result;
}

void pipeline_drain(struct pipeline *pipeline)
{
	ASSERT(pipeline != NULL);
	int runs = STAGE_RUNS;
	(void)atomic_compare_exchange_strong(&pipeline->phase, &runs, STAGE_DRAINS);
}

enum result pipeline_stop(struct pipeline *pipeline)
{
	ASSERT(pipeline != NULL && pipeline->threads > 0);
	atomic_store(&pipeline->phase, STAGE_STOPS);
	bell_ring(&pipeline->ledger_bell);
	join_threads(pipeline);
	return (enum result)atomic_load(&pipeline->failure);
}

void pipeline_free(struct pipeline *pipeline)
{
	if (pipeline == NULL)
		return;
	ASSERT(pipeline->threads == 0);
	ring_close(&pipeline->ring);
	batch_hasher_close(pipeline->hasher);
	entry_pack_close(pipeline->pack);
	free(pipeline->settle_buffer);
	for (uint32_t i = 0; i < PIPELINE_BATCHES; i++)
		free(pipeline->batches[i].buffer);
	if (pipeline->effects_memory != NULL)
		(void)munmap(pipeline->effects_memory, EFFECTS_MEMORY_SIZE);
	if (pipeline->undo_memory != NULL)
		(void)munmap(pipeline->undo_memory, UNDO_MEMORY_SIZE);
	free(pipeline);
}

static uint64_t figure(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void pipeline_figures_read(const struct pipeline *pipeline, struct pipeline_figures *ret_figures)
{
	ASSERT(pipeline != NULL && ret_figures != NULL);
	*ret_figures = (struct pipeline_figures){
	    .entries = figure(&pipeline->entries),
	    .ticks = figure(&pipeline->ticks),
	    .commands = figure(&pipeline->commands),
	    .reads = figure(&pipeline->reads),
	    .batches = figure(&pipeline->appends),
	    .bytes = figure(&pipeline->bytes),
	    .pause_us = figure(&pipeline->pause_us),
	    .overloads = figure(&pipeline->overloads),
	    .unknowns = figure(&pipeline->unknowns),
	    .sequence = figure(&pipeline->sequence),
	    .durable_sequence = shared_log_durable_sequence(pipeline->config.log),
	    .queue_depth = ring_depth(&pipeline->ring),
	    .disk_nearly_full = atomic_load(&pipeline->disk_nearly_full),
	    .draining = atomic_load(&pipeline->phase) != STAGE_RUNS,
	    .failed = atomic_load(&pipeline->failed),
	};
	uint64_t done = atomic_load(&pipeline->done);
	uint64_t filled = atomic_load(&pipeline->filled);
	ret_figures->batches_in_flight = filled > done ? (uint32_t)(filled - done) : 0;
	for (uint32_t i = 0; i < PIPELINE_HISTOGRAM_SLOTS; i++)
		ret_figures->batch_entries[i] = figure(&pipeline->batch_entries[i]);
}

bool pipeline_disk_is_nearly_full(const struct pipeline *pipeline)
{
	ASSERT(pipeline != NULL);
	return atomic_load(&pipeline->disk_nearly_full);
}
