/* Pages of lists: see page.h. */
#include "engine/api/page.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"

#define TAIL_SIZE_MAX 128u /* bytes after the last item: limit and next_cursor */

void page_open(struct page *page, struct api_buffer body, struct api_buffer scratch, uint32_t limit)
{
	ASSERT(page != NULL);
	ASSERT(limit > 0 && body.size > TAIL_SIZE_MAX);
	page->body = body;
	page->scratch = scratch;
	page->limit = limit;
	page->count = 0;
	page->last = 0;
	page->full = false;
	json_open(&page->json, &page->body);
	json_object_begin(&page->json);
	json_name(&page->json, "items");
	json_array_begin(&page->json);
}

void page_item(struct page *page, struct json *ret_item)
{
	page->scratch.used = 0;
	page->scratch.overflow = false;
	json_open(ret_item, &page->scratch);
	json_object_begin(ret_item);
}

bool page_take(struct page *page, struct json *item, uint64_t cursor)
{
	json_object_end(item);
	json_close(item);
	uint32_t room = page->body.size - page->body.used;
	if (page->full || page->scratch.overflow || page->scratch.used + TAIL_SIZE_MAX > room) {
		page->full = true;
		return false;
	}
	json_raw(&page->json, (struct slice){page->scratch.data, page->scratch.used});
	page->last = cursor;
	page->count++;
	if (page->count == page->limit)
		page->full = true;
	return true;
}

void page_close(struct page *page, bool more, uint64_t after, struct api_buffer *ret_body)
{
	json_array_end(&page->json);
	json_unsigned_field(&page->json, "limit", page->limit);
	if (more) {
		char cursor[1 + TEXT_U64_SIZE_MAX] = "c";
		uint32_t size = 1 + text_format_u64(after, cursor + 1);
		json_slice_field(&page->json, "next_cursor", (struct slice){cursor, size});
	}
	json_object_end(&page->json);
	json_close(&page->json);
	ASSERT(!page->body.overflow);
	*ret_body = page->body;
}
