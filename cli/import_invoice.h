/* `titoli import invoice FILE…`: e-invoices, plain or signed, each compared with its statement. */
#ifndef CLI_IMPORT_INVOICE_H
#define CLI_IMPORT_INVOICE_H

#include "cli/session.h"
#include "connectors/intake/intake.h"

/* Takes the files that are the words left. Returns the exit code of the first that differs. */
int import_invoice(struct session *session);

/* An intake that speaks to the session's daemon. */
struct intake import_intake(struct session *session);

#endif
