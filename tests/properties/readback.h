/* Files of an export, read back from their bytes and held against its rows. Each ends the program
 * where a file says anything else than the rows do. */
#ifndef TESTS_PROPERTIES_READBACK_H
#define TESTS_PROPERTIES_READBACK_H

#include "connectors/liquidation/render.h"
#include "tests/properties/facts.h"

/* The file of a render with this suffix ("opi.xml"). */
const struct render_file *readback_file(const struct render *render, const char *suffix);

/* A table in a profile: every column that is read back, for every row that the profile takes. A
 * table that told that it wrote letters otherwise is held to its texts only where they are plain. */
void readback_table(const struct render *render, const struct liquidation_batch *batch,
		    const char *profile);

/* The rows of a table that any program can read (rfc4180), against the ledger's records. */
void readback_facts(const struct render *render, struct export_id export, struct facts *facts);

/* Hashes, rows and totals of the manifest. */
void readback_manifest(const struct render *render, const struct liquidation_batch *batch,
		       const struct facts *facts);

void readback_pain001(const struct render *render, const struct liquidation_batch *batch,
		      uint32_t version);
void readback_opi(const struct render *render, const struct liquidation_batch *batch,
		  bool orders_vat);

#endif
