/* Reports as files, through profiles: the items of any report, and the control of a provider's own
 * file against a statement. */
#ifndef CLI_REPORT_FILE_H
#define CLI_REPORT_FILE_H

#include "cli/session.h"

/* Writes items (objects of one shape) as a table into a file, "-" for standard output. Columns are
 * the members that any item has, in order of first sight. `profile` NULL: "report". Returns an exit
 * code, faults told. */
MUST_CHECK int report_file_write(struct session *session, const json_t *items, const char *profile,
				 const char *path);

/* `titoli report differences --statement S --file THEIRS.csv [--profile P] [--out FILE]` */
int report_file_differences(struct session *session);

#endif
