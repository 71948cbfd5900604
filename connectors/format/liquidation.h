/* Liquidation lines as structs and as files: the model of schemas/liquidation.def. Pure. */
#ifndef CONNECTORS_FORMAT_LIQUIDATION_H
#define CONNECTORS_FORMAT_LIQUIDATION_H

#include "engine/base/field.h"
#include "schemas/liquidation.def"

#define LIQUIDATION_LAYOUT	 "1.0"
#define LIQUIDATION_ROW_SIZE_MAX 4096u /* bytes of one row in any profile, generously */

struct liquidation_row {
	LIQUIDATION_ROW(FIELD_MEMBER)
};

struct liquidation_manifest {
	LIQUIDATION_MANIFEST(FIELD_MEMBER)
};

extern const struct field_set liquidation_row_set;
extern const struct field_set liquidation_manifest_set;

/* What a file must add up to. */
struct liquidation_totals {
	struct cents net;
	struct cents vat;
	struct cents payable;
	uint32_t rows;
};

/* Adds the rows up. False: outside 64 bits, or a negative total (the ledger has none). */
MUST_CHECK bool liquidation_add_up(const struct liquidation_row *rows, uint32_t count,
				   struct liquidation_totals *ret_totals);

/* The piano dei conti (level V) of a ten-digit SIOPE code: 1030215009 is U.1.03.02.15.009. False:
 * not ten digits. Writes 16 bytes, no NUL. SOURCE schema OPI 1.7.1: codice_cgu is the piano dei
 * conti without "U" and dots. */
#define LIQUIDATION_PDC_SIZE 16u
MUST_CHECK bool liquidation_pdc(struct slice siope, char ret_text[LIQUIDATION_PDC_SIZE]);

#endif
