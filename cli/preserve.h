/* `titoli preserve` and `titoli export preserve`: preservation packages of acts and exports. */
#ifndef CLI_PRESERVE_H
#define CLI_PRESERVE_H

#include "cli/session.h"

/* `titoli preserve statement S …`, `titoli preserve export EXP …`, `titoli preserve verify DIR` */
int preserve_run(struct session *session);
/* `titoli export preserve EXP --from DIR --out DIR`, after these words. */
int preserve_export(struct session *session);

#endif
