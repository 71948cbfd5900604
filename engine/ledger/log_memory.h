/* The shared log in memory, for tests: the second implementation, which behaves badly on purpose.
 *
 * It keeps every promise of shared_log.h but durability over the process's end, and it does what a
 * replicated log may do and a file does not: it delays, it answers RESULT_LOG_UNKNOWN where an
 * append landed, where it did not, and where it lands later, and it is fenced by another writer.
 * What it does follows from a seed and the calls, so that the same run happens twice.
 *
 * An unknown append ends in one of three ways, by chance: it landed; it is lost; it is late: it
 * lands by itself after some more calls, unless the sequence was taken before. A sequence is taken
 * once: the same bytes offered again get RESULT_OK without being stored twice, other bytes
 * RESULT_LOG_FENCED. */
#ifndef ENGINE_LEDGER_LOG_MEMORY_H
#define ENGINE_LEDGER_LOG_MEMORY_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/ledger/shared_log.h"

#include <stdint.h>

/* Each rate is out of 1,000 calls. */
struct log_memory_options {
	uint64_t seed;
	uint64_t capacity;      /* bytes; a batch beyond it gets RESULT_DISK_NEARLY_FULL */
	uint32_t unknown_rate;  /* of appends */
	uint32_t unread_rate;   /* of reads that answer RESULT_LOG_UNKNOWN */
	uint32_t delay_rate;    /* of appends that call `delay` */
	uint32_t delay_us_max;
	uint64_t fenced_after;  /* appends before another writer takes over; 0: never */
	uint64_t fails_after;   /* appends before one fails with RESULT_IO_FAILED; 0: never */
	void (*delay)(void *context, uint32_t delay_us); /* sleeps, or moves a simulated clock */
	void *delay_context;
};

struct log_memory;

/* An empty log, whose first writer has epoch 1. RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result log_memory_make(
    const struct log_memory_options *options, struct log_memory **ret_log);

/* The log as the engine sees it. shared_log_close only ends a writer: the content stays. */
struct shared_log *log_memory_shared(struct log_memory *log);

/* A new writer, as after a restart: the epoch rises, late appends have landed or are lost, and the
 * counts of fenced_after and fails_after start anew and off. */
void log_memory_restart(struct log_memory *log);

/* What happened so far, to see that a test met what it is about. */
struct log_memory_counts {
	uint64_t appended;
	uint64_t unknown_landed;
	uint64_t unknown_lost;
	uint64_t unknown_late;
	uint64_t delayed;
	uint64_t repeated; /* the same bytes offered again */
	uint64_t fenced;
};

struct log_memory_counts log_memory_counts(const struct log_memory *log);

void log_memory_free(struct log_memory *log); /* accepts NULL */

#endif
