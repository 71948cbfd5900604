/* Titles: what persons owe of them, what they hold of a ceiling, their units. */
#ifndef ENGINE_API_REPORT_TITLES_H
#define ENGINE_API_REPORT_TITLES_H

#include "engine/api/page.h"
#include "engine/api/report_parts.h"

const struct report *report_titles(void); /* under a ceiling */
const struct report *report_titles_receivables(void);

/* Units of cells: no fold, a page of them as they are found. */
void report_titles_units(struct view *view, struct page *page, struct api_buffer *ret_body);

#endif
