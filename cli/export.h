/* `titoli export liquidation`: approved statements as files for the municipal accounts. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "cli/session.h"
#include "connectors/liquidation/liquidation.h"

int export_run(struct session *session);

/* How the connector reads through a client: `context` is a struct client. */
json_t *export_fetch(void *context, const char *path);

/* Exports one statement and, where asked, records it. Returns an exit code, faults told. */
MUST_CHECK int export_statement(struct session *session, const char *statement, const char *folder,
				bool is_recorded, struct liquidation_delivery *ret_delivery);

#endif
