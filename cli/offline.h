/* What is done to a ledger at rest is done by titolid itself: `titoli verify --ledger DIR` runs
 * `titolid verify --ledger DIR` in this process's place. `titoli backup` asks the running daemon.
 */
#ifndef CLI_OFFLINE_H
#define CLI_OFFLINE_H

#include "cli/session.h"

/* Runs titolid with everything that followed the program's name. Returns only on failure. */
int offline_run(struct session *session, char *const *values);

/* The path of titolid: the setting, or beside this program, or the bare name (PATH). */
void offline_program(const struct settings *settings, char ret_path[SETTING_SIZE_MAX]);

/* `titoli backup NAME`: POST /v1/backups/NAME. */
int offline_backup(struct session *session);

#endif
