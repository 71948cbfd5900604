/* The store as one query sees it: see view.h. */
#include "engine/api/view.h"

#include "engine/base/assert.h"
#include "engine/domain/authorise.h"

#include <string.h>

#define LOOKS_PER_GLANCE 64u /* records between two looks at the clock */

static_assert(QUERY_RECORD_SIZE_MAX >= READ_RECORD_SIZE_MAX, "one bound for records");

static const void *find(const void *context, enum record_kind kind, uint32_t id)
{
	/* The look-up changes what is kept, not what is seen. */
	return view_find((struct view *)(uintptr_t)context, kind, id);
}

static enum result begin(struct view *view)
{
	ASSERT(!view->open);
	enum result result = read_begin(view->reader, view->sequence_min, &view->slice);
	view->open = result == RESULT_OK;
	view->slices += view->open ? 1 : 0;
	return result;
}

enum result view_open(struct view *view, struct reader *reader, const struct api_request *request,
		      const struct query *query, uint64_t sequence_min)
{
	ASSERT(view != NULL && reader != NULL);
	ASSERT(request != NULL && query != NULL);
	view->reader = reader;
	view->request = request;
	view->query = query;
	view->sequence_min = sequence_min;
	view->slices = 0;
	view->looked_at = 0;
	view->open = false;
	view->result = RESULT_OK;
	view->source = (struct record_source){find, view};
	view->seen_voucher.raw = 0;
	view->seen_visible = false;
	memset(view->ids, 0, sizeof(view->ids));
	return begin(view);
}

void view_close(struct view *view)
{
	if (view->open)
		read_end(&view->slice);
	view->open = false;
}

bool view_is_late(const struct view *view)
{
	return view->slices > VIEW_SLICES_MAX;
}

/* Long reads go on in a new slice. False: too long, or the store failed. */
static bool refresh(struct view *view)
{
	if (++view->looked_at % LOOKS_PER_GLANCE != 0 || !read_is_old(&view->slice))
		return view->result == RESULT_OK;
	view_close(view);
	enum result result = begin(view);
	if (result != RESULT_OK)
		view->result = result;
	return result == RESULT_OK && !view_is_late(view);
}

bool view_next(struct view *view, enum record_kind kind, bool descending, uint32_t *inout_id,
	       void *ret_record)
{
	ASSERT(view != NULL && inout_id != NULL && ret_record != NULL);
	if (view->result != RESULT_OK || !refresh(view))
		return false;
	uint32_t id = *inout_id;
	enum result result;
	if (descending) {
		id = id == 0 ? UINT32_MAX : id - 1;
		if (id == 0)
			return false;
		result = read_previous(&view->slice, kind, &id, ret_record);
	} else {
		if (id == UINT32_MAX)
			return false;
		id++;
		result = read_next(&view->slice, kind, &id, ret_record);
	}
	if (result == RESULT_OK)
		*inout_id = id;
	else if (result != RESULT_NOT_FOUND)
		view->result = result;
	return result == RESULT_OK;
}

const void *view_find(struct view *view, enum record_kind kind, uint32_t id)
{
	ASSERT(kind >= 1 && kind <= RECORD_KIND_MAX);
	if (id == 0 || view->result != RESULT_OK)
		return NULL;
	if (view->ids[kind] == id)
		return view->found[kind];
	view->ids[kind] = 0;
	enum result result = read_record(&view->slice, kind, id, view->found[kind]);
	if (result == RESULT_OK) {
		view->ids[kind] = id;
		return view->found[kind];
	}
	if (result != RESULT_NOT_FOUND)
		view->result = result;
	return NULL;
}

bool view_may_see(struct view *view, enum record_kind kind, uint32_t id, const void *record)
{
	return authorise_read_from(&view->source, &view->request->principal, kind, id, record);
}

bool view_may_see_cell(struct view *view, uint32_t id, const struct cell *cell)
{
	if (view->seen_voucher.raw != cell->voucher.raw) {
		view->seen_voucher = cell->voucher;
		view->seen_visible = view_may_see(view, RECORD_KIND_CELL, id, cell);
	}
	return view->seen_visible;
}
