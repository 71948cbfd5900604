/* One page of a list under construction: {"items":[…],"limit":…,"next_cursor":…}. Items are written
 * apart and taken over whole, so that a page that is full ends between two items. */
#ifndef ENGINE_API_PAGE_H
#define ENGINE_API_PAGE_H

#include "engine/api/json.h"

struct page {
	struct json json;
	struct api_buffer body;	   /* the page */
	struct api_buffer scratch; /* the item under construction */
	uint32_t limit;
	uint32_t count;
	uint64_t last; /* cursor of the last item taken */
	bool full;     /* no item more */
};

/* Starts a page in `body`, items in `scratch`. */
void page_open(struct page *page, struct api_buffer body, struct api_buffer scratch,
	       uint32_t limit);

/* Starts an item; write its members, then page_take it. */
void page_item(struct page *page, struct json *ret_item);

/* Ends the item and takes it over. False: the page is full, the item was left out. */
MUST_CHECK bool page_take(struct page *page, struct json *item, uint64_t cursor);

/* Ends the page; `more` tells whether something may follow what was taken, `after` from where. */
void page_close(struct page *page, bool more, uint64_t after, struct api_buffer *ret_body);

#endif
