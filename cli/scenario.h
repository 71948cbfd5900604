/* `titoli scenario NAME`: replays a worked case of the domain on a fresh ledger of its own, request
 * by request, and shows what each one answered and posted in the books: documentation that runs. */
#ifndef CLI_SCENARIO_H
#define CLI_SCENARIO_H

#include "cli/session.h"

/* Exit codes: 0 every answer and the books at the end are those of the case; 70 they are not. */
int scenario_run(struct session *session);

#endif
