/* A small ledger with invented rules, for tests of the ledger and pipeline folders: quick commands
 * whose effects touch new records, hot records, balances and receipts, decided as a pure function of
 * state and command like the real ones, but knowing nothing of titles.
 *
 *   GENESIS             the ledger record, the schedule, one ambito, one fund, one fund year
 *   BENEFICIARY_CREATE  a new beneficiary; counts in the ambito (a hot record)
 *   PROVIDER_CREATE     a new provider with long texts
 *   FUND_YEAR_VARY      increase_cents: postings F100 -> F110, one for each cent of decrease_cents + 1;
 *                       an increase of 0 is refused with FUND_EXHAUSTED
 *   CLOCK_ADVANCE, TICK as the real ones, a tick a day
 *
 * A key seen before replays its receipt. */
#ifndef TESTS_SUPPORT_SYNTHETIC_LEDGER_H
#define TESTS_SUPPORT_SYNTHETIC_LEDGER_H

#include "engine/domain/apply.h"
#include "engine/domain/command.h"
#include "engine/domain/outcome.h"
#include "engine/ledger/batch.h"

struct shared_log;

struct synthetic_ledger {
	struct state state;
	void *memory;
	size_t size; /* bytes of memory */
};

#define SYNTHETIC_ID_BYTE 0x5a /* each byte of the ledger id */

/* An empty state with room for `records` of the busy kinds. Aborts when memory fails. */
void synthetic_ledger_make(struct synthetic_ledger *ledger, uint32_t records);
void synthetic_ledger_free(struct synthetic_ledger *ledger);

/* The rules, in the shape of the domain's. */
void synthetic_decide(struct effects *effects, const struct command *command, struct instant now,
    uint64_t sequence, struct outcome *ret_outcome);
bool synthetic_tick_due(const struct state *state, struct instant now, struct command *ret_command,
    struct instant *ret_due);

/* Commands. `key` 0: without an idempotency key. */
struct command synthetic_genesis(enum clock_mode mode, struct instant clock);
struct command synthetic_beneficiary(uint64_t key);
struct command synthetic_provider(uint64_t key);
struct command synthetic_vary(uint64_t key, int64_t increase_cents, int64_t more_postings);
/* The Nth of an endless mixed load: the same N gives the same command. */
struct command synthetic_command(uint64_t number);

/* Judges commands and appends them to a log, batch by batch, without a pipeline. */
struct synthetic_writer {
	struct synthetic_ledger *ledger;
	struct shared_log *log;
	struct batch_hasher *hasher;
	struct effects effects;
	void *effects_memory;
	uint8_t *buffer;
	struct entry_pack *pack;
	uint64_t next_sequence;
	uint64_t next_number; /* of synthetic_command */
	int64_t postings_max; /* leave out commands with more; INT64_MAX */
	int64_t now_us;       /* a microsecond more with each command */
};

/* Goes on from a state that holds entries 1 .. sequence; the first batch of all begins with genesis. */
void synthetic_writer_make(struct synthetic_writer *writer, struct synthetic_ledger *ledger,
    struct shared_log *log, uint64_t sequence);
void synthetic_writer_free(struct synthetic_writer *writer);

/* Judges `count` more commands and appends what they did as one batch (or more where it is full).
 * Returns the result of the append; commands without effects make no entry. */
enum result synthetic_write(struct synthetic_writer *writer, uint32_t count);

/* The hash of the state as text, 64 hexadecimal digits and NUL. */
void synthetic_hash(const struct synthetic_ledger *ledger, char ret_text[65]);

#endif
