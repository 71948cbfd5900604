/* `titoli demo`: a voucher's whole life on real data, through the real daemon, checked to the cent.
 * What it does, in order, stands in demo.c. */
#ifndef CLI_DEMO_DEMO_H
#define CLI_DEMO_DEMO_H

#include "cli/session.h"

/* Returns 0 only when everything was as expected and books, statements and files agree. */
int demo_run(struct session *session);

#endif
