/* One attempt to deliver one file: asks what is there, sends, and says what it came to.
 *
 * HTTPS_PUT   HEAD -> absent: PUT with If-None-Match: * and Content-Digest
 *                  -> present: GET; the same bytes are ALREADY_THERE, others NAME_TAKEN
 * HTTPS_POST  POST with Idempotency-Key, Content-Digest and the name; it cannot be asked about: an
 *             uncertain one is repeated only where the server is known to honour the key
 * SFTP        read NAME -> absent: read .NAME.part; what is a beginning of the file is continued,
 *             anything else removed; write, read back, rename to NAME
 * FOLDER      temporary file, sync, rename (folder.h)
 *
 * Invariants
 *  1. Nothing is sent before it is known that the file is the one the ledger named (SHA-256).
 *  2. Nothing that stands under the name is ever overwritten.
 *  3. Only hosts and folders of the allow-list are spoken to. */
#ifndef CONNECTORS_DELIVERY_SEND_H
#define CONNECTORS_DELIVERY_SEND_H

#include "connectors/delivery/transfer.h"

#define SEND_REFERENCE_SIZE 65u /* as the ledger keeps it, and a NUL */

/* All texts are borrowed until the end. */
struct send_job {
	uint8_t kind;		/* enum destination_kind: no webhook */
	const char *address;	/* of the destination */
	const char *name;	/* of the file there */
	const char *path;	/* of the file here */
	uint8_t hash[TRANSFER_HASH_SIZE];
	uint64_t size;
	bool is_uncertain;	/* an earlier attempt may have arrived */
	bool honours_key;	/* HTTPS_POST: the server drops what it has seen under the key */
	const char *allow;	/* hosts, host:port and /folders, apart by spaces */
	uint64_t size_max;	/* of a file */
	uint64_t answer_max;
	struct transfer_access access;
	struct transfer_limits limits;
};

struct send_result {
	struct verdict verdict;
	uint8_t receipt[TRANSFER_HASH_SIZE]; /* SHA-256 of the answer, or of what was read back */
	char reference[SEND_REFERENCE_SIZE];
	char fault[256]; /* for the log */
};

typedef void send_done(void *context, const struct send_result *result);

/* Starts an attempt; `done` is called once, perhaps before this returns. RESULT_OK,
 * RESULT_OUT_OF_MEMORY (then it is not called). */
MUST_CHECK enum result send_start(struct transfer_loop *loop, const struct send_job *job,
				  send_done *done, void *context);

/* Is the address's host, or folder, on the list? A host without a port means the usual one. */
bool send_is_allowed(const char *allow, const char *address);

#endif
