/* The end of a process that cannot go on: a broken assertion, a fatal fault.
 *
 * Both write one JSON line to stderr with a single write(2), call nothing that allocates or locks,
 * and end the process at once: no destructor runs, no answer goes out, nothing more is written to
 * the ledger. Recovery is the start's business. */
#ifndef ENGINE_SYSTEM_PANIC_H
#define ENGINE_SYSTEM_PANIC_H

#include "engine/base/result.h"

/* Ends the process with the exit code of a fault after saying which: for faults after which no
 * answer may go out (a write or a sync of the journal failed). `where` is a literal. Never returns.
 */
_Noreturn void panic_fault(enum result result, const char *where);

#endif
