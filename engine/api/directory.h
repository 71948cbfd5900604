/* Codes and ids: kinds with a natural code (ambito, sub_ambito, comune by ISTAT code, service,
 * fund, provider, principal, measure, paying_body; and fund_year as CODE-YEAR) are written as that
 * code outside; commands carry ids only. The edge keeps both ways in memory.
 *
 * Built from the resident state before the threads start, extended when a creating command has
 * completed (its answer is not out yet, so nobody can know the code earlier). Entries are never
 * changed or removed: codes are unique and stand for ever. Readers share a lock, writers are rare.
 */
#ifndef ENGINE_API_DIRECTORY_H
#define ENGINE_API_DIRECTORY_H

#include "engine/base/index.h"
#include "engine/domain/command.h"
#include "engine/domain/outcome.h"
#include "engine/domain/state.h"

#include <pthread.h>

#define DIRECTORY_CODE_SIZE_MAX 40u /* bytes of the longest code */
#define DIRECTORY_KINDS		11u

struct directory_entry {
	uint32_t id;
	uint8_t kind; /* enum record_kind */
	uint8_t size; /* bytes of text; 0: no such record yet */
	char text[DIRECTORY_CODE_SIZE_MAX];
};

struct directory {
	pthread_rwlock_t lock;
	struct directory_entry *entries; /* each kind has its stretch: first[kind] + id - 1 */
	uint32_t first[RECORD_KIND_MAX + 1];
	uint32_t capacity[RECORD_KIND_MAX + 1]; /* 0: not a coded kind */
	struct index by_code;			/* kind and text -> entry + 1 */
	uint32_t capacity_total;
};

/* Is this kind written as its code? */
bool directory_has_kind(enum record_kind kind);

/* Bytes of memory for a ledger of these limits. */
size_t directory_size_bytes(const struct state_limits *limits);

/* Fills the directory from a state at rest. The memory (zero-filled, aligned to 64) stays the
 * caller's and must outlive it. False: the lock could not be made. */
MUST_CHECK bool directory_init(struct directory *directory, const struct state_limits *limits,
			       const struct state *state, void *memory);
void directory_deinit(struct directory *directory);

/* Does what this command makes enter the directory, so that the reading of a later one depends on
 * its outcome? */
bool directory_learns(uint8_t command);

/* Takes note of what a completed command made; call for each outcome before its answer goes out.
 * Commands that make nothing coded, and refusals, change nothing. Idempotent. */
void directory_learn(struct directory *directory, const struct command *command,
		     const struct outcome *outcome);

/* The id of a code; 0 when there is none. */
uint32_t directory_find(struct directory *directory, enum record_kind kind, struct slice code);

/* Copies the code of an id, at most DIRECTORY_CODE_SIZE_MAX bytes, no NUL; returns the bytes
 * written, 0 when the id is not known. */
uint32_t directory_code(struct directory *directory, enum record_kind kind, uint32_t id,
			char *ret_text);

#endif
