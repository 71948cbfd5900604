/* Batches: how entries become the bytes of one append, and how such bytes are read back.
 *
 *   header, 104 bytes, little-endian         entry, 12 bytes and its content
 *     0  magic "TJB1"                          0  u32 size of the content
 *     4  u16 format version, 1                 4  u32 CRC-32C over bytes 0..3 and 8..end
 *     6  u16 flags: 1 start, 2 stop            8  u16 version of the content
 *     8  u64 first sequence                   10  u16 kind of the content
 *    16  u32 entries                          12  content
 *    20  u32 payload bytes after the header
 *    24  i64 instant, microseconds UTC       Entry i of a batch has sequence
 *    32  u32 epoch                           first sequence + i.
 *    36  u32 CRC-32C over 0..35 and 40..71
 *    40  SHA-256 of the previous batch (32 bytes, zero before the first)
 *    72  SHA-256 over the header, with this field zero, and the payload
 *
 * Invariants:
 *   1. A batch has at least one entry, or it is a start or a stop: no entry, no payload, written by
 *      the log itself. Its first sequence is then the one that comes next.
 *   2. The header's CRC makes the payload size trustworthy before the whole is hashed, so that a
 *      torn batch has a known extent.
 *   3. Any bytes may be given to batch_open: they are refused, never trusted. */
#ifndef ENGINE_LEDGER_BATCH_H
#define ENGINE_LEDGER_BATCH_H

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"

#include <stdbool.h>
#include <stdint.h>

#define BATCH_HEADER_SIZE       104u
#define BATCH_ENTRY_HEADER_SIZE 12u
#define BATCH_HASH_SIZE         32u
#define BATCH_FORMAT_VERSION    1u

#define BATCH_FLAG_START 1u /* a writer of a new epoch has begun */
#define BATCH_FLAG_STOP  2u /* the writer ended in order; only a start may follow */

/* SHA-256 with its algorithm fetched once. One per thread. */
struct batch_hasher;

/* RESULT_OK; RESULT_OUT_OF_MEMORY when OpenSSL or memory fails. Freed with batch_hasher_close. */
MUST_CHECK enum result batch_hasher_open(struct batch_hasher **ret_hasher);
void batch_hasher_close(struct batch_hasher *hasher); /* accepts NULL */

/* What a batch says about itself, apart from its entries. */
struct batch_head {
	uint64_t first_sequence;
	int64_t instant_us; /* UTC; never less than that of the batch before */
	uint32_t epoch;
	uint16_t flags; /* 0, BATCH_FLAG_START or BATCH_FLAG_STOP */
};

/* A batch being filled. The buffer stays the caller's. */
struct batch_builder {
	uint8_t *buffer;
	uint32_t capacity; /* bytes */
	uint32_t size;     /* bytes so far, header included */
	uint32_t count;    /* entries so far */
	uint32_t reserved; /* bytes promised by batch_entry_begin, 0 when none is open */
	bool sealed;
	struct batch_head head;
};

/* Starts a batch in a buffer of `capacity` bytes (BATCH_HEADER_SIZE .. BATCH_SIZE_MAX). */
void batch_begin(struct batch_builder *builder, uint8_t *buffer, uint32_t capacity,
    const struct batch_head *head);

/* Room for the content of one more entry, at most `size_max` bytes, to be filled in place and then
 * closed with batch_entry_end. NULL: the batch is full; seal it. */
MUST_CHECK uint8_t *batch_entry_begin(struct batch_builder *builder, uint32_t size_max);

/* What an entry's content is. The numbers belong to the ledger's codecs. */
struct batch_entry_type {
	uint16_t version;
	uint16_t kind;
};

/* Closes the entry that was begun; `size` is at most what was asked for. */
void batch_entry_end(struct batch_builder *builder, struct batch_entry_type type, uint32_t size);

/* Begins, copies and ends in one call. False: the batch is full, nothing was added. */
MUST_CHECK bool batch_append_entry(struct batch_builder *builder, struct batch_entry_type type,
    const void *bytes, uint32_t size);

/* Closes the batch: entry checksums, header, hash. Returns its hash, the next one's previous hash;
 * the bytes are buffer[0 .. size). The batch has an entry, or is a start or stop.
 * RESULT_OK; RESULT_OUT_OF_MEMORY when OpenSSL fails, and the batch cannot be used. */
MUST_CHECK enum result batch_seal(struct batch_builder *builder, struct batch_hasher *hasher,
    const uint8_t previous_hash[BATCH_HASH_SIZE], uint8_t ret_hash[BATCH_HASH_SIZE]);

/* A batch being read. Borrows the bytes it was opened on. */
struct batch {
	struct batch_head head;
	uint32_t count;        /* entries */
	uint32_t payload_size; /* bytes */
	uint8_t previous_hash[BATCH_HASH_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	const uint8_t *payload; /* NULL after batch_open_head */
	uint32_t next_offset;   /* bytes of payload already walked */
	uint32_t next_index;    /* entries already walked */
};

/* Reads and checks the first BATCH_HEADER_SIZE bytes alone: magic, version, flags, checksum, and
 * that the numbers fit each other and the limits. RESULT_OK; RESULT_JOURNAL_CORRUPT. */
MUST_CHECK enum result batch_open_head(
    const uint8_t bytes[BATCH_HEADER_SIZE], struct batch *ret_batch);

/* Checks a whole batch: its head, that `size` is its size, that its entries fill the payload
 * exactly, and, with a hasher, the hash. Without one (bytes that were verified a moment ago) the
 * hash is taken at its word. RESULT_OK; RESULT_JOURNAL_CORRUPT; RESULT_OUT_OF_MEMORY when OpenSSL
 * fails. */
MUST_CHECK enum result batch_open(const uint8_t *bytes, uint32_t size, struct batch_hasher *hasher,
    struct batch *ret_batch);

/* One entry. `bytes` lies in the bytes of the batch. */
struct batch_entry {
	uint64_t sequence;
	struct batch_entry_type type;
	const uint8_t *bytes;
	uint32_t size; /* bytes */
};

/* The next entry of an opened batch, its checksum verified. RESULT_OK; RESULT_NOT_FOUND after the
 * last; RESULT_JOURNAL_CORRUPT: the entry that begins at payload + next_offset is damaged. */
MUST_CHECK enum result batch_next(struct batch *batch, struct batch_entry *ret_entry);

#endif
