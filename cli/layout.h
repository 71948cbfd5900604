/* Profiles of tables for the command line: found where the settings say, faults told. */
#ifndef CLI_LAYOUT_H
#define CLI_LAYOUT_H

#include "cli/session.h"
#include "connectors/format/table_write.h"

/* Loads a profile for records of a set. Returns an exit code, faults told. */
MUST_CHECK int layout_load(const struct session *session, const char *name,
			   const struct field_set *set, struct profile *ret_profile);

/* `titoli profile list` and `titoli profile check FILE` */
int layout_run(struct session *session);

/* Says on stderr what a table cut or wrote with other letters. */
void layout_tell_changes(const struct table_write *table);

/* Says on stderr why a row could not be written; returns the exit code. */
int layout_refuse(const struct table_write *table);

#endif
