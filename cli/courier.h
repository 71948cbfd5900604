/* `titoli courier`: takes files out of the outbox to their destinations and events to webhooks. A
 * client of the API like any other: what is due, what was sent and what failed stand in the ledger,
 * so that it may be killed at any point and go on. */
#ifndef CLI_COURIER_H
#define CLI_COURIER_H

#include "cli/session.h"

/* `titoli courier --courier-config FILE [--once]` */
int courier_run(struct session *session);

/* Files for one destination. */
struct courier_files {
	const char *destination;  /* its code */
	const char *export;	  /* id of the export whose files they are; NULL: none */
	const char *outbox;	  /* NULL: --outbox, TITOLI_OUTBOX, or the packaged one */
	const char *const *paths; /* their names there are those here */
	uint32_t count;
};

/* Puts files into the outbox, under the hash of their bytes, and queues them for a destination.
 * What was queued before is not queued again. Returns the exit code, faults told; prints a line for
 * each file unless --quiet. */
int courier_queue(struct session *session, const struct courier_files *files);

/* The same for files that were just written into a folder: `files->paths` are their names. */
int courier_queue_names(struct session *session, const struct courier_files *files,
			const char *folder);

/* `titoli delivery send FILE ... --destination CODE`, `titoli destination test CODE`; -1: another
 * verb. */
int courier_verb(struct session *session, const char *noun, const char *verb);

#endif
