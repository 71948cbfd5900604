/* `titoli import KIND-or-COMMAND FILE`: a file of commands, its answers, their summary. */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "cli/session.h"

int import_run(struct session *session);

/* Sends a text of many commands of one kind and tells what came of it; `key` NULL: the flag --key,
 * or a drawn one. Returns the exit code. */
int import_text(struct session *session, uint8_t command, const char *file,
		const struct buffer *text, const char *key);

#endif
