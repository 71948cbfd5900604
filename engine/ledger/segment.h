/* Segments: how batches lie in a journal file.
 *
 *   sector 0        the segment's header
 *   sector 1 ..     batches, one after another, each from the start of a sector
 *   rest            zero
 *
 * Every 512-byte sector of a batch starts with a tag byte, then 511 bytes of the batch; what is
 * left of its last sector is zero. The tag is never zero, so that a sector that was written can be
 * told from one that was not, whatever it holds: that is what makes a torn batch (a sector still
 * zero) different from a damaged one (a sector that is neither zero nor right).
 *
 * The tag is 0xC0 + (number of the batch in its segment modulo 64). It has at least two bits set,
 * so that no single flipped bit makes a written sector of zeros look unwritten; and neighbouring
 * batches differ, so that a sector of another batch is not taken for one of this.
 *
 *   header sector, 512 bytes, little-endian
 *     0  magic "TITOLIJS" (its first byte is the sector's tag)
 *     8  u16 format version, 1
 *    10  u16 flags of the last batch before this segment
 *    12  u32 epoch of the last batch before this segment, 0 before the first
 *    16  ledger id, 16 bytes
 *    32  u64 first sequence
 *    40  u64 size of the file in bytes
 *    48  i64 instant of the last batch before this segment, INT64_MIN before the first
 *    56  hash of the last batch before this segment, 32 bytes, zero before the first
 *    88  zero
 *   508  u32 CRC-32C over 0..507 */
#ifndef ENGINE_LEDGER_SEGMENT_H
#define ENGINE_LEDGER_SEGMENT_H

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/ledger/batch.h"

#include <stdbool.h>
#include <stdint.h>

#define SEGMENT_SECTOR_SIZE     512u
#define SEGMENT_SECTOR_CONTENT  511u
#define SEGMENT_FORMAT_VERSION  1u
#define SEGMENT_LEDGER_ID_SIZE  16u
#define SEGMENT_NAME_SIZE       29u /* "journal-%016llx.seg" and its NUL */
#define SEGMENT_CONTROL_SECTORS 8u  /* kept at the end for starts and stops */

/* Sectors of the largest batch. */
#define SEGMENT_BATCH_SECTORS_MAX \
	((BATCH_SIZE_MAX + SEGMENT_SECTOR_CONTENT - 1u) / SEGMENT_SECTOR_CONTENT)

/* Where the chain of batches stands: all that the next batch depends on. */
struct segment_chain {
	uint64_t next_sequence;
	int64_t instant_us; /* of the last batch; INT64_MIN before the first */
	uint32_t epoch;     /* of the last batch; 0 before the first */
	uint16_t flags;     /* of the last batch */
	uint8_t hash[BATCH_HASH_SIZE];
};

/* The chain before anything was written. */
struct segment_chain segment_chain_genesis(void);

/* May this batch follow? Sequence, previous hash, instant, and the rules of epochs: a start raises
 * the epoch by one; anything else keeps it and does not follow a stop. NULL: yes; else what is
 * wrong, static storage. */
const char *segment_chain_objection(
    const struct segment_chain *chain, const struct batch *batch);

/* The chain after a batch that may follow. */
void segment_chain_advance(struct segment_chain *chain, const struct batch *batch);

/* The header of a segment: the ledger, the file's size, and the chain before its first batch. */
struct segment_header {
	uint8_t ledger_id[SEGMENT_LEDGER_ID_SIZE];
	uint64_t size; /* bytes */
	struct segment_chain chain;
};

void segment_header_encode(
    const struct segment_header *header, uint8_t ret_sector[SEGMENT_SECTOR_SIZE]);

/* NULL: *ret_header is filled; else what is wrong, static storage. Any bytes may be given. */
const char *segment_header_decode(
    const uint8_t sector[SEGMENT_SECTOR_SIZE], struct segment_header *ret_header);

/* The file name of the segment that begins with a sequence, and back. False: another name. */
void segment_name(uint64_t first_sequence, char ret_name[SEGMENT_NAME_SIZE]);
MUST_CHECK bool segment_name_parse(const char *name, uint64_t *ret_first_sequence);

/* The largest batch that a segment of `segment_size` bytes takes, in bytes. */
uint32_t segment_batch_size_max(uint64_t segment_size);

/* The tag of the sectors of a segment's batch number `index`. */
uint8_t segment_tag(uint32_t index);

/* Sectors that a batch of `size` bytes needs. */
uint32_t segment_sectors(uint32_t size);

/* Lays the bytes of a batch out in tagged sectors; `ret_sectors` takes segment_sectors(size). */
void segment_spread(const uint8_t *bytes, uint32_t size, uint8_t tag, uint8_t *ret_sectors);

/* Takes the bytes of a batch out of its sectors. */
void segment_gather(const uint8_t *sectors, uint32_t size, uint8_t *ret_bytes);

enum segment_sector_state {
	SEGMENT_SECTOR_WRITTEN, /* the tag that was expected */
	SEGMENT_SECTOR_ZERO,    /* all 512 bytes zero */
	SEGMENT_SECTOR_DAMAGED, /* anything else */
};

enum segment_sector_state segment_sector_state(
    const uint8_t sector[SEGMENT_SECTOR_SIZE], uint8_t tag);

/* Are the bytes of the last sector after a batch of `size` bytes zero? */
bool segment_slack_is_zero(const uint8_t *sectors, uint32_t size);

/* Are all bytes zero? */
bool segment_bytes_are_zero(const uint8_t *bytes, uint64_t size);

#endif
