/* What all network and query threads share: the doors to the ledger, the tables of the edge, and
 * what is known of the daemon's health. Made at start, read-only after it but for the atomics and
 * for tables that lock themselves. */
#ifndef ENGINE_HTTP_HUB_H
#define ENGINE_HTTP_HUB_H

#include "engine/api/context.h"
#include "engine/auth/access.h"
#include "engine/auth/secret.h"
#include "engine/domain/command.h"
#include "engine/domain/outcome.h"

#include <stdatomic.h>
#include <stdbool.h>

#define HUB_VERSION "0.1.0"

struct pipeline;
struct proofs;
struct state;
struct query_pool;
struct vault;

/* Figures that only the owner of the ledger can read: for /status and /metrics. */
struct hub_ledger_figures {
	uint64_t checkpoint_sequence;
	uint64_t checkpoints;
	uint64_t store_used_bytes;
	uint64_t store_size_bytes;
	uint64_t oldest_reader_lag;
	uint64_t journal_longest_append_us;
	uint64_t checkpoint_row_bytes;
	uint64_t checkpoint_lag_ms;
	uint64_t checkpoint_longest_lag_ms;
	uint64_t checkpoint_longest_portion_us;
};

/* What a backup reports. */
struct hub_backup {
	uint8_t ledger_id[16];
	uint8_t manifest_hash[32]; /* SHA-256: to be noted apart from the backup */
	uint64_t sequence;
	uint64_t store_sequence;
	uint64_t bytes;
	uint32_t files;
};

struct hub {
	struct directory *directory;
	const struct zone_table *zone;
	const struct route_table *routes;
	const struct secret *secret;
	struct access *access;
	struct pipeline *pipeline;
	struct proofs *proofs; /* NULL: no signer is configured */
	struct query_pool *queries;
	struct query_pool *backups; /* one thread, one job */
	struct vault *vault;	    /* NULL: none */
	struct query_pool *persons; /* threads that wait for the vault; NULL without one */
	struct slice openapi;	    /* the document, rendered once */
	bool clock_is_manual;
	bool unsafe_filesystem;
	uint32_t certificate_roles; /* bit by role: their tokens open beside a certificate alone */
	char ledger_id[33];  /* 32 hexadecimal digits */
	uint64_t started_ms; /* monotonic */
	/* Asks the checkpoint and the store; any thread. */
	void (*figures)(void *context, struct hub_ledger_figures *ret_figures);
	/* Copies the running ledger into a new folder of this name; one thread at a time.
	 * RESULT_OK;
	 * RESULT_FORBIDDEN: no folder for backups is configured; RESULT_FOLDER_NOT_EMPTY; faults.
	 * */
	enum result (*backup)(void *context, struct slice name, struct hub_backup *ret_backup);
	void *context; /* of both */
	atomic_bool draining;
	_Atomic int64_t last_instant_us; /* the latest instant that the ledger told us */
};

/* The present, as tokens are judged: the machine's, or that of the manual clock. */
struct instant hub_now(const struct hub *hub);

/* A work came back, judged at this instant. */
void hub_saw(struct hub *hub, struct instant at);

/* Can the reading of a later request depend on what this kind of command will have done: on a code
 * that it makes, a token, the clock? */
bool hub_learns(uint8_t command);

/* Takes note of what a durable command made or revoked, before its answer goes out. */
void hub_learn(struct hub *hub, const struct command *command, const struct outcome *outcome);

/* Does this outcome make a credential that opens from now on? */
bool hub_has_news(const struct command *command, const struct outcome *outcome);

/* What the table of access must know of a new credential, as the state has it. */
struct hub_news {
	struct credential_id id;
	struct credential credential;
	struct credential former; /* whose place it took; it is its predecessor, if it has one */
	struct principal principal;
};

/* Reads the news from the state: on the ledger thread. */
void hub_read_news(const struct state *state, struct credential_id id, struct hub_news *ret_news);

/* From now on the new credential opens, and the former one ends as the state says. */
void hub_learn_credential(struct hub *hub, const struct hub_news *news);

#endif
