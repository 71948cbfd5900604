/* E-invoices: files to records of the ledger, each compared with its statement to the cent.
 *
 *   file ──p7m──> XML ──xml_read──> tree ──fatturapa──> facts
 *   facts + providers ──register──> invoice           the same one twice changes nothing
 *   facts + statements ──candidates──> one statement   by titles on its lines, else by provider,
 *                                                      month and amount; several: a person chooses
 *   invoice + statement ──match──> MATCHED or MISMATCHED, with every difference explained
 *
 * The ledger decides what agrees; what it cannot see (lines of titles, the invoice's own sums) is
 * found here and recorded with set-aside. The report says all of it; --refuse sends back (EC02)
 * what does not agree. */
#ifndef CONNECTORS_INTAKE_INVOICE_H
#define CONNECTORS_INTAKE_INVOICE_H

#include "connectors/intake/intake.h"

#include <stdbool.h>

#define INTAKE_INVOICE_TAG "VOUCHERATS" /* CodiceTipo of our titles, where the caller says none */

struct intake_invoice_options {
	const char *authorities; /* PEM: signatures are verified to it; NULL: none is */
	bool is_unwrapped;	 /* signatures are not looked at */
	const char *sdi_id;	 /* of the file; NULL: not known */
	const char *received;	 /* YYYY-MM-DD; NULL: today */
	const char *tag;	 /* CodiceTipo of titles; NULL: INTAKE_INVOICE_TAG */
	const char *statement;	 /* a person says which; NULL: it is found */
	bool is_refused;	 /* what differs is sent back */
};

/* Takes one file in. *ret_report is a new reference (never NULL). RESULT_OK: every invoice in it is
 * matched, or was; else the first result that says why not. */
MUST_CHECK enum result intake_invoice_file(struct intake *intake, const char *name,
					   struct slice bytes,
					   const struct intake_invoice_options *options,
					   json_t **ret_report);

#endif
