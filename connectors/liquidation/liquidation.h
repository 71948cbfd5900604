/* From an approved statement to liquidation lines and their files: a client of the API that knows
 * nothing of how it is reached.
 *
 *   struct liquidation_source source = {.fetch = fetch, .context = context};
 *   liquidation_read(&source, "stm_12", &batch)   statement, lines, masters -> rows
 *   liquidation_deliver(&batch, folder, &delivery) rows -> files and their manifest
 *
 * The batch is a function of the ledger's records alone (no clock, no counter), names hold its id
 * and the hash of its content: exporting again gives the same bytes under the same names, or, where
 * a record changed, other names beside them. */
#ifndef CONNECTORS_LIQUIDATION_LIQUIDATION_H
#define CONNECTORS_LIQUIDATION_LIQUIDATION_H

#include "connectors/format/liquidation.h"
#include "connectors/format/payer.h"
#include "engine/base/result.h"

#include <jansson.h>

#define LIQUIDATION_ID_SIZE	35u
#define LIQUIDATION_NAME_SIZE	128u
#define LIQUIDATION_PROFILES	2u	     /* files of a batch: excel-it and rfc4180 */
#define LIQUIDATION_GRANT_SIOPE "1040202999" /* other allowances to families */
#define LIQUIDATION_TERM_DAYS	30	     /* SOURCE parameters.csv, payment_term_days */

/* GETs a path of the API: a new reference, NULL on failure (which the function has told). */
typedef json_t *liquidation_fetch(void *context, const char *path);

struct liquidation_source {
	liquidation_fetch *fetch;
	void *context;
	const char *profiles; /* folder of profiles; NULL or empty: those that were installed */
	json_t *cache;	      /* masters that were read, by path; NULL at first */
	char fault[320];      /* one English sentence after a failure */
};

/* What the ledger says of an export, texts with their NUL. */
struct liquidation_export {
	char id[16];			    /* "exp_7" */
	char state[12];			    /* DRAFT, SEALED … */
	char format[12];		    /* TABLE, OPI, PAIN001_03, PAIN001_09 */
	char profile[25];		    /* of TABLE; empty: the two plain ones */
	char family[12];		    /* STATEMENTS or CASH_GRANTS */
	char operation[12];		    /* INSERT, VARIATION, CANCEL, REPLACE */
	char created[26];		    /* when it was opened: YYYY-MM-DDThh:mm:ss+hh:mm */
	char content_hash[65];		    /* of its manifest, once it is sealed; else empty */
	char replaces[LIQUIDATION_ID_SIZE]; /* the batch that gave the numbers it is about */
	char protocol_number[25];
	struct month month;
	struct day protocol_date;
	struct cents net; /* what the seal must say */
	struct cents vat;
	uint32_t item_count;
};

struct liquidation_batch {
	char id[LIQUIDATION_ID_SIZE];
	struct liquidation_row *rows; /* by statement; there by fund, year, impegno, SIOPE */
	uint32_t row_count;
	uint32_t row_capacity;
	struct liquidation_row *earlier; /* of the batch export.replaces, as it was sealed */
	uint32_t earlier_count;
	uint16_t earlier_year;
	struct liquidation_totals totals;
	struct liquidation_export export; /* of one statement alone: empty */
	struct payer payer;
};

struct liquidation_delivery {
	char names[LIQUIDATION_PROFILES][LIQUIDATION_NAME_SIZE];
	char manifest_name[LIQUIDATION_NAME_SIZE];
	char manifest_hash[65]; /* SHA-256, hexadecimal */
	struct liquidation_totals totals;
};

/* Forgets the masters that were read. */
void liquidation_source_free(struct liquidation_source *source);

/* Reads one statement. Its rows are what is left to pay, after credit notes, set-off and payments
 * in substitution, to whoever is its payee. RESULT_OK; RESULT_STATEMENT_NOT_OPEN: it is not
 * approved yet, or blocked; RESULT_PAYMENT_BLOCKED: paid in part; RESULT_UNREACHABLE: a read
 * failed; RESULT_CHECK_FAILED: its lines do not add up to it, or an answer lacks what was expected.
 * The batch must be freed. */
MUST_CHECK enum result liquidation_read(struct liquidation_source *source, const char *statement,
					struct liquidation_batch *ret_batch);
void liquidation_batch_free(struct liquidation_batch *batch);

/* Reads all that an export pays. Of one that was sealed, as it was then: later adjustments do not
 * count. Of an ANNULLO, what the export paid that it cancels. Results as above;
 * RESULT_EXPORT_TOTALS_DIFFER: its items are not its totals (it is being changed: read again). */
MUST_CHECK enum result liquidation_read_export(struct liquidation_source *source,
					       const char *export_id,
					       struct liquidation_batch *ret_batch);

/* Writes the files into the folder, in the profiles that profile_file_folder() finds. RESULT_OK;
 * the results of profile_file_load() and folder_deliver(); RESULT_FIELD_INVALID: a row does not
 * fit its profile. Unless it is RESULT_OK, source->fault says why. */
MUST_CHECK enum result liquidation_deliver(struct liquidation_source *source,
					   const struct liquidation_batch *batch,
					   const char *folder,
					   struct liquidation_delivery *ret_delivery);

#endif
