/* The store as one query sees it: read in slices, filtered by who asks.
 *
 * Related records (the voucher of a cell, the statement of a line) are kept one per kind, so that
 * neighbours, which mostly share them, cost one look-up. */
#ifndef ENGINE_API_VIEW_H
#define ENGINE_API_VIEW_H

#include "engine/api/query.h"
#include "engine/domain/references.h"
#include "engine/ledger/read.h"

#define VIEW_SLICES_MAX 64u /* of READ_SLICE_MS_MAX each: then the query ends where it is */

struct view {
	struct reader *reader;
	const struct api_request *request;
	const struct query *query;
	struct read_slice slice;
	uint64_t sequence_min;
	uint32_t slices;		/* begun so far */
	uint32_t looked_at;		/* records, to ask for the time now and then */
	bool open;			/* a slice is under way */
	enum result result;		/* first failure of the store */
	struct record_source source;	/* over this view, for authorise_read_from */
	struct voucher_id seen_voucher; /* of may_see_cell: the last one judged */
	bool seen_visible;
	uint32_t ids[RECORD_KIND_MAX + 1]; /* of the record in `found`; 0: none */
	uint64_t found[RECORD_KIND_MAX + 1][READ_RECORD_SIZE_MAX / 8];
};

/* Begins the first slice. RESULT_OK, or what read_begin says. */
MUST_CHECK enum result view_open(struct view *view, struct reader *reader,
				 const struct api_request *request, const struct query *query,
				 uint64_t sequence_min);
void view_close(struct view *view);

/* The next record of a kind with an id above *inout_id (below, if descending). False: there is
 * none, the time is over (view_is_late), or the store failed (view->result). */
MUST_CHECK bool view_next(struct view *view, enum record_kind kind, bool descending,
			  uint32_t *inout_id, void *ret_record);

/* Did the query use up its slices? */
bool view_is_late(const struct view *view);

/* A related record; NULL when there is none. Valid until the next look-up of the same kind. */
const void *view_find(struct view *view, enum record_kind kind, uint32_t id);

/* May the caller see this record? */
bool view_may_see(struct view *view, enum record_kind kind, uint32_t id, const void *record);
/* The same for cells, whose rights are those of their title. */
bool view_may_see_cell(struct view *view, uint32_t id, const struct cell *cell);

#endif
