/* Lists of the API, item by item, whatever number of pages they come in. Who reads says how a path
 * is fetched, and knows nothing of cursors.
 *
 *   struct pages pages = {.fetch = fetch, .context = context, .list = "/v1/exports?month=2026-10"};
 *   while ((item = pages_next(&pages)) != NULL) ...
 *   if (!pages_close(&pages)) ...                  the list could not be read to where it was left
 *
 * One page is held at a time. */
#ifndef CONNECTORS_PAGES_PAGES_H
#define CONNECTORS_PAGES_PAGES_H

#include "engine/base/assert.h"

#include <jansson.h>
#include <stdbool.h>

#define PAGES_PATH_SIZE	  640u /* of a list with its limit and cursor */
#define PAGES_CURSOR_SIZE 160u

/* GETs a path of the API: a new reference, NULL on failure (which the function has told). */
typedef json_t *pages_fetch(void *context, const char *path);

struct pages {
	/* Given. */
	pages_fetch *fetch;
	void *context;
	const char *list; /* path, with its filters; borrowed */
	/* Of the walk: zero at first. */
	json_t *page;
	size_t at; /* next item of the page */
	char cursor[PAGES_CURSOR_SIZE];
	bool is_last; /* no page follows */
	bool is_broken;
};

/* The next item, borrowed until the next call; NULL: there is none, or none could be read. */
const json_t *pages_next(struct pages *pages);

/* Forgets the page. False: a page was no list, or could not be fetched; a walk that was left before
 * the end is no failure. */
MUST_CHECK bool pages_close(struct pages *pages);

#endif
