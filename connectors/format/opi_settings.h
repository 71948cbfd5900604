/* What a flow of orders needs beside the ledger's records, one file per channel (`opi.conf` among
 * the profiles, or the profile that the paying body names): lines `key = value`. Pure.
 *
 *   tramite_ente = A2A-12345678      who speaks with SIOPE+ for the body
 *   tramite_bt = A2A-87654321        and for the treasurer
 *   destinazione = LIBERA            or VINCOLATA; not told where it is missing
 *   iva = F24EP                      VAT of split payments in the flow; ESCLUSA: left to the
 * accounts esenzione_bollo = DPR 642/1972   why no stamp duty is due gestione_provvisoria = NO SI:
 * the body's budget is not approved yet numeri_per_flusso = 1000         numbers of orders kept for
 * each export
 *
 * Files depend on it: after a change an export that was sealed is no longer written alike, which
 * the hash of its manifest tells. */
#ifndef CONNECTORS_FORMAT_OPI_SETTINGS_H
#define CONNECTORS_FORMAT_OPI_SETTINGS_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#include <stdbool.h>

#define OPI_SETTINGS_NUMBERS 1000u
#define OPI_SETTINGS_STAMP   64u

struct opi_settings {
	char a2a_body[12];
	char a2a_treasury[12];
	char stamp_reason[OPI_SETTINGS_STAMP + 1];
	uint32_t numbers;
	uint8_t destination; /* enum opi_destination; 0: not told */
	bool orders_vat;
	bool is_provisional_budget;
};

/* False: the line (0: something is missing from the whole) and what is wrong, in English. */
MUST_CHECK bool opi_settings_read(struct opi_settings *settings, struct slice bytes,
				  uint32_t *ret_line, const char **ret_fault);

#endif
