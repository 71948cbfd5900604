/* The co-pay and pagoPA: positions out, payments in. */
#ifndef CLI_COPAY_H
#define CLI_COPAY_H

#include "cli/session.h"

/* `titoli export copay-positions --month M --persons FILE --segregation NN --out DIR [--comune C]
 * [--creditor TAX_CODE] [--profile P]` */
int copay_export(struct session *session);

/* `titoli import copay-payments FILE --segregation NN [--profile P]` */
int copay_import(struct session *session, const char *path);

#endif
