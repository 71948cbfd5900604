/* Reports: see report.h. Each walks the records it needs once, adds what the caller may see to a
 * fold, and writes a page of its rows; report_*.c hold them, by whom they are for. */
#include "engine/api/report.h"

#include "engine/api/fold.h"
#include "engine/api/report_ageing.h"
#include "engine/api/report_balances.h"
#include "engine/api/report_comune.h"
#include "engine/api/report_funder.h"
#include "engine/api/report_providers.h"
#include "engine/api/report_titles.h"
#include "engine/api/report_transparency.h"
#include "engine/base/assert.h"

static const struct report *report_of(enum route_query query)
{
	switch (query) {
	case ROUTE_QUERY_REPORT_CEILING_TITLES:
		return report_titles();
	case ROUTE_QUERY_REPORT_BALANCES:
		return report_balances();
	case ROUTE_QUERY_REPORT_RESIDUALS:
		return report_balances_residuals();
	case ROUTE_QUERY_REPORT_COMUNI:
		return report_balances_comuni();
	case ROUTE_QUERY_REPORT_PROVIDERS:
		return report_providers();
	case ROUTE_QUERY_REPORT_REFUSALS:
		return report_providers_refusals();
	case ROUTE_QUERY_REPORT_RECEIVABLES:
		return report_titles_receivables();
	case ROUTE_QUERY_REPORT_AGEING:
		return report_ageing();
	case ROUTE_QUERY_REPORT_FUNDER:
		return report_funder();
	case ROUTE_QUERY_REPORT_TRANSPARENCY:
		return report_transparency();
	default:
		return report_comune_find(query);
	}
}

enum result report_run(struct view *view, struct page *page, struct api_buffer memory,
		       struct api_buffer *ret_body)
{
	ASSERT(view != NULL && page != NULL && ret_body != NULL);
	enum route_query query = (enum route_query)view->query->row->query;
	if (query == ROUTE_QUERY_REPORT_UNITS) {
		report_titles_units(view, page, ret_body);
		return RESULT_OK;
	}
	const struct report *report = report_of(query);
	struct fold fold;
	ASSERT(report != NULL);
	fold_init(&fold, memory, report->values);
	report->gather(view, &fold);
	if (view->result != RESULT_OK)
		return view->result;
	if (view_is_late(view))
		return RESULT_OVERLOADED;
	if (fold.overflow)
		return RESULT_BODY_TOO_LARGE;
	fold_sort(&fold);
	if (report->finish != NULL)
		report->finish(view, &fold);
	if (fold.overflow)
		return RESULT_BODY_TOO_LARGE;
	uint64_t place = view->query->after;
	for (; place < fold.count && !page->full; place++) {
		struct json item;
		const struct fold_row *row = fold_at(&fold, (uint32_t)place);
		if (report->is_listed != NULL && !report->is_listed(row))
			continue;
		page_item(page, &item);
		report->write(view, &item, row);
		if (!page_take(page, &item, place + 1))
			break;
	}
	page_close(page, place < fold.count, page->last, ret_body);
	return RESULT_OK;
}
