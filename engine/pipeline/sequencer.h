/* The sequencer: the body of the ledger thread. It takes works from the ring in order, judges
 * their commands one after another, carries out their effects, and fills journal batches with
 * them.
 *
 * Invariants
 *  1. Each entry has the sequence after the one before it, and an instant not before its.
 *  2. An entry stands in a batch before its effects are carried out, and only entries that stand
 *     in a batch are carried out: state and journal never differ.
 *  3. Midnight jobs that are due run before any command of the same instant; those that a manual
 *     clock passes run before the clock_advance that passes them, each at its own instant. */
#ifndef ENGINE_PIPELINE_SEQUENCER_H
#define ENGINE_PIPELINE_SEQUENCER_H

/* Runs until the pipeline stops or fails; `context` is the pipeline. Ends by giving back every
 * work that is still in the ring and, after a failure, calls config.failed. */
void *sequencer_run(void *context);

#endif
