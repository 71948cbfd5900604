/* What the daemon can tell: lists, single items, reports, the journal, its status. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "cli/session.h"

/* `titoli KIND list [--filter value …] [--limit N] [--cursor C] [--all]` */
int show_list(struct session *session, const char *name);
/* `titoli KIND show ID` (fund-year: FUND YEAR) */
int show_item(struct session *session, const char *name);
/* `titoli statement lines|redemptions ID`, `titoli ceiling usage ID`: any sub-resource of the API.
 * Returns -1 where there is none of this name. */
int show_part(struct session *session, const char *name, const char *part);
/* `titoli report NAME [--month M] [--year Y]` */
int show_report(struct session *session);
int show_journal(struct session *session);
/* titoli roots: signed roots of the journal. */
int show_roots(struct session *session);

int show_status(struct session *session);

/* Prints an answer: as JSON where that is asked for, its items as a table, an object as lines. */
void show_answer(const struct session *session, const json_t *body);

/* All items of a list, page after page; each counts against `most`. Returns the exit code, faults
 * told; on success *ret_items is a new array. */
MUST_CHECK int show_fetch_all(struct session *session, const char *path, uint32_t most,
			      json_t **ret_items);

#endif
