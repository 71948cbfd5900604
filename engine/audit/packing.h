/* Packed entries (schemas/ledger.md, 2.5). */
#ifndef ENGINE_AUDIT_PACKING_H
#define ENGINE_AUDIT_PACKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKING_SLOTS	  16u
#define PACKING_SLOT_MAX  2048u
#define PACKING_BATCH_MAX (8u * 1024u * 1024u)

/* The entries of one batch: what stands in the slots, and how much they come to together. */
struct packing {
	uint8_t slots[PACKING_SLOTS][PACKING_SLOT_MAX];
	uint32_t sizes[PACKING_SLOTS]; /* 0: empty */
	uint64_t told;		       /* bytes of the batch's entries so far */
	uint8_t *entry;		       /* room of PACKING_BATCH_MAX + 8 bytes, the caller's */
};

/* Empties the slots: a batch begins. */
void packing_begin(struct packing *packing);

/* Unpacks one content into packing->entry. Returns NULL and the entry's bytes, or in words why
 * these bytes are not a packed entry. */
const char *packing_take(struct packing *packing, const uint8_t *content, size_t size,
			 uint32_t *ret_size);

#endif
