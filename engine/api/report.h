/* Reports: folds over the store, sorted, paged. */
#ifndef ENGINE_API_REPORT_H
#define ENGINE_API_REPORT_H

#include "engine/api/page.h"
#include "engine/api/view.h"

/* Fills a page with a report's items and closes it into *ret_body. `memory` is working memory.
 * RESULT_OK; RESULT_BODY_TOO_LARGE: more groups than the memory holds (narrow it by filters);
 * else the store's failure. */
MUST_CHECK enum result report_run(struct view *view, struct page *page, struct api_buffer memory,
				  struct api_buffer *ret_body);

#endif
