/* The entries of one batch, told by what they differ in from those before.
 *
 *	content of a batch's entry of kind ENTRY_KIND, version ENTRY_VERSION, little-endian
 *	  0  u32  bits 0..23: bytes of the plain entry (entry.h); bits 24..31: slot
 *	  4  the plain entry, packed (engine/base/pack.h)
 *
 * A batch has ENTRY_PACK_SLOTS slots, empty at its beginning. A plain entry of at most
 * ENTRY_PACK_SLOT_SIZE bytes names a slot: it is packed against what stands there if that has
 * the same size, against zeros if not, and then stands there itself. A larger one has slot
 * ENTRY_PACK_NO_SLOT and is packed against zeros. The writer gives entries of one command and one
 * size the same slot, so that like stands against like; a reader need not know how.
 *
 * Invariants
 *  1. Nothing refers out of its batch: a batch is read whole, from its first entry.
 *  2. The plain entries of a batch have together at most BATCH_PLAIN_SIZE_MAX bytes: whoever
 *     reads a batch knows how much can come of it. */
#ifndef ENGINE_LEDGER_ENTRY_PACK_H
#define ENGINE_LEDGER_ENTRY_PACK_H

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"

#include <stdbool.h>
#include <stdint.h>

#define ENTRY_PACK_HEADER_SIZE 4u
#define ENTRY_PACK_SLOTS       16u
#define ENTRY_PACK_SLOT_SIZE   2048u /* bytes of the largest entry that others stand against */
#define ENTRY_PACK_NO_SLOT     0xFFu

/* One writer's or reader's. About 17 MiB of address space, touched as large entries come. */
struct entry_pack;

/* RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result entry_pack_open(struct entry_pack **ret_pack);
void entry_pack_close(struct entry_pack *pack); /* accepts NULL */

/* A batch begins: all slots are empty. */
void entry_pack_begin(struct entry_pack *pack);

/* ---- Writing ---- */

/* Room for a plain entry: BATCH_PLAIN_SIZE_MAX bytes, until entry_pack_read. */
uint8_t *entry_pack_room(struct entry_pack *pack);

/* A content for a batch. */
struct entry_packed {
	const uint8_t *bytes; /* of the pack, until its next use */
	uint32_t size;
};

/* Packs the `size` bytes that were put into the room (an entry of entry_encode). May be called
 * again for the same bytes after entry_pack_begin. False: the batch would hold too many plain
 * bytes. */
MUST_CHECK bool entry_pack_write(
    struct entry_pack *pack, uint32_t size, struct entry_packed *ret_packed);

/* What was packed last stands in the batch: the next may stand against it. */
void entry_pack_keep(struct entry_pack *pack);

/* ---- Reading ---- */

/* Unpacks the next entry of the batch. False: it is not one; the rest of the batch cannot be read.
 * The plain bytes are the pack's, until the next call. */
MUST_CHECK bool entry_pack_read(
    struct entry_pack *pack, struct entry_packed packed, struct entry_packed *ret_plain);

#endif
