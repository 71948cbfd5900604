/* A journal entry: one command, what came of it, and everything it changed.
 *
 *	the plain entry, little-endian; in a batch it stands packed (entry_pack.h: kind ENTRY_KIND,
 *	version ENTRY_VERSION), in journals of before as it is (version ENTRY_VERSION_PLAIN)
 *	  0  u64 sequence                       68  u32 bytes of input
 *	  8  i64 instant, microseconds UTC      72  u32 writes
 *	 16  u32 principal, 0: the ledger       76  u32 bytes of writes
 *	 20  u8  command                        80  u32 postings
 *	 21  u8  version of the input's layout  84  input
 *	 22  u8  1: an idempotency key stood    ..  writes, each u8 kind, u8 version of its
 *	 layout, 23  u8  version of the postings            u16 bytes, u32 id, bytes
 *	 24  key hash, 16 bytes                 ..  postings, LAYOUT_POSTING_SIZE bytes each
 *	 40  request hash, 16 bytes
 *	 56  u16 result      58  u16 cause      (numbers of schemas/results.def)
 *	 60  u32 version of the time zone table
 *	 64  u16 version of the rules that judged   66  u16 zero
 *
 * Replay copies the writes in; it never decides again, so rules may change without rewriting what
 * happened. The tariff that judged stands in the records (cell, redemption). No personal data:
 * see schemas/records.def.
 *
 * Invariants
 *  1. Decoding any bytes ends, reads nothing outside them, and answers false where they are not
 *     an entry. What entry_open accepted can be walked without further checks of sizes.
 *  2. Encoding what was decoded gives the same bytes. */
#ifndef ENGINE_LEDGER_ENTRY_H
#define ENGINE_LEDGER_ENTRY_H

#include "engine/base/assert.h"
#include "engine/base/time.h"
#include "engine/domain/command.h"
#include "engine/domain/model.h"

#include <stdbool.h>
#include <stdint.h>

#define ENTRY_KIND              1u /* of a batch entry: a command */
#define ENTRY_VERSION           2u
#define ENTRY_VERSION_PLAIN     1u /* read, never written */
#define ENTRY_HEADER_SIZE       84u
#define ENTRY_WRITE_HEADER_SIZE 8u

struct batch_entry;
struct effects;
struct entry_pack;

/* What an entry says besides inputs, writes and postings. */
struct entry_head {
	uint64_t sequence;
	struct instant at;
	struct principal_id principal; /* none: the ledger's own */
	uint32_t zone_version;
	uint16_t rules_version;
	uint16_t result; /* number of results.def */
	uint16_t cause;
	uint8_t command; /* enum command_kind */
	uint8_t has_key;
	uint8_t key_hash[16];     /* zero without a key */
	uint8_t request_hash[16]; /* zero without a key */
};

/* The most bytes that entry_encode can need. */
uint32_t entry_size_max(const struct command *command, const struct effects *effects);

/* Writes an entry: `head` with the command's principal, kind and hashes filled from `command`.
 * Returns the bytes written, at most entry_size_max. */
uint32_t entry_encode(const struct entry_head *head, const struct command *command,
    const struct effects *effects, uint8_t *out);

/* An entry being read. Borrows the bytes. */
struct entry {
	struct entry_head head;
	const uint8_t *input;
	const uint8_t *writes;
	const uint8_t *postings;
	uint32_t input_size;  /* bytes */
	uint32_t writes_size; /* bytes */
	uint32_t write_count;
	uint32_t posting_count;
	uint32_t next_write;  /* bytes of writes already walked */
	uint8_t input_version;
	uint8_t posting_version;
};

/* Opens the content of a batch's entry: of one batch from its first, after entry_pack_begin, none
 * left out. What is borrowed may be the pack's, until the next call. False: not an entry of a
 * version known here, a sequence other than the batch's, or sizes that do not fill it exactly. */
MUST_CHECK bool entry_open(
    struct entry_pack *pack, const struct batch_entry *given, struct entry *ret_entry);

/* One after-image, not yet decoded: layout_decode takes kind, version and bytes. */
struct entry_write {
	const uint8_t *bytes;
	uint32_t size; /* bytes */
	uint32_t id;
	uint8_t kind;
	uint8_t version;
};

/* The next write, in the order in which they were made. False after the last. */
MUST_CHECK bool entry_next_write(struct entry *entry, struct entry_write *ret_write);

/* Posting number `index` (asserted below posting_count). False: it does not decode. */
MUST_CHECK bool entry_posting(
    const struct entry *entry, uint32_t index, struct posting *ret_posting);

/* The command as it was judged. False: it does not decode. */
MUST_CHECK bool entry_command(const struct entry *entry, struct command *ret_command);

#endif
