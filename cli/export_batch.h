/* `titoli export make|again|verify|keygen`: payments of a month leave in exports, exactly once.
 *
 *   make    the body's export of the month: opened, or found open; what is approved is added;
 *           files rendered from what the ledger then says; a note put into the folder; sealed; the
 *           files put beside it, signed; the note taken away. Whatever step it is killed at, making
 *           it again ends it: before the seal nothing has left, after it the note says that this
 *           folder waits for these files, and they are the same bytes.
 *   again   the files of a sealed export once more; refused unless they are the bytes that were
 *           sealed. With --format, a copy in another format.
 *   verify  a folder's manifests, files and signatures, against nothing but themselves and a key.
 *
 * Opening, filling and sealing are the engine's idempotent acts (engine/domain/export.h): two who
 * make the same export at once make one. */
#ifndef CLI_EXPORT_BATCH_H
#define CLI_EXPORT_BATCH_H

#include "cli/session.h"

/* -1: the word is none of these. */
int export_batch_run(struct session *session, const char *what);

#endif
