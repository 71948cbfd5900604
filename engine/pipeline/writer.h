/* The writer: the body of the journal thread, which seals batches and makes them durable one
 * after another, and of its helper, which keeps room in the log ahead of it.
 *
 * Invariants
 *  1. A work leaves here with RESULT_OK only when the append of its batch, and of all before it,
 *     said so.
 *  2. After an answer "unknown" the log is read back; the same bytes are offered again only where
 *     it says that they are not there.
 *  3. No failed write or sync is repeated: the pipeline fails, and nothing is appended any
 *     more. */
#ifndef ENGINE_PIPELINE_WRITER_H
#define ENGINE_PIPELINE_WRITER_H

/* Both run until the pipeline says so; `context` is the pipeline. */
void *writer_run(void *context);
void *writer_keep_room(void *context);

#endif
