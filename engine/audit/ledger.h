/* The state as the journal gives it: every record's latest image, in tables that grow. */
#ifndef ENGINE_AUDIT_LEDGER_H
#define ENGINE_AUDIT_LEDGER_H

#include "engine/audit/layout.h"
#include "engine/audit/numbers.h"

struct ledger {
	struct numbers tables[KIND_MAX]; /* row id at id × fields */
	uint32_t counts[KIND_MAX];	 /* highest id */
};

/* The values of a record; of one that was never written, zeros. Valid until the next write. */
const int64_t *ledger_row(const struct ledger *ledger, uint32_t kind, int64_t id);
void ledger_free(struct ledger *ledger);

/* Does the id of this kind follow from that of another kind, instead of being given in order? */
bool ledger_is_fixed(uint32_t kind);

/* Writes a record, both arrays as long as its layout. Returns NULL and the image it had before, or
 * in words why it may not stand. */
const char *ledger_put(struct ledger *ledger, uint32_t kind, uint32_t id, const int64_t *after,
		       int64_t *ret_before);

#endif
