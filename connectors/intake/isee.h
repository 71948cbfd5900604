/* Answers of INPS about means indicators, as its e-service gives them by PDND, into the ledger.
 *
 * The file is one JSON value for each question, one a line or in an array: what was asked beside
 * what INPS answered,
 *
 *   {"codiceFiscale": "…", "tipoIndicatore": "Ordinario",
 *    "consultazioneIndicatoreResponse": {"consultazioneIndicatoreResult": {
 *        "esito": "OK", "xmlEsitoIndicatore": "<base64 of the element Indicatore>"}}}
 *
 * or with "xmlEsitoIndicatoreDecoded": {"indicatore": {"ISEE": …, "DataPresentazione": …}}. Names
 * are compared without regard to case. The persons file says whose tax code it is; only the
 * beneficiary's number, type, amount and days go to the ledger (decision 0010). */
#ifndef CONNECTORS_INTAKE_ISEE_H
#define CONNECTORS_INTAKE_ISEE_H

#include "connectors/format/persons.h"
#include "connectors/intake/intake.h"

/* Takes a file of answers. `takes_discrepancies`: also those in which INPS found omissions. The
 * report names lines and beneficiaries, never a tax code. RESULT_OK: each was recorded, or known;
 * else the first result that says why not. */
MUST_CHECK enum result intake_isee_file(struct intake *intake, struct slice bytes,
					const struct persons *persons, bool takes_discrepancies,
					json_t **ret_report);

#endif
