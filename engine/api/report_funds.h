/* Parts of the report of balances that come from opening balances and recoveries. */
#ifndef ENGINE_API_REPORT_FUNDS_H
#define ENGINE_API_REPORT_FUNDS_H

#include "engine/api/fold.h"
#include "engine/api/view.h"

/* A dimension that an opening row leaves open: written `*` in the account's name, where 0 is a
 * dimension that the account does not have. */
#define REPORT_OPEN_DIMENSION UINT32_MAX

/* Adds what rows of opening balances keep of F150 and F160 to F175. */
void report_fold_openings(struct view *view, struct fold *fold);
/* Adds F190 and F195 from recoveries. */
void report_fold_recoveries(struct view *view, struct fold *fold);

/* Adds what payments of buoni keep of F150, F155, F160 and F170. */
void report_fold_cash_grants(struct view *view, struct fold *fold);

/* Is one of the fund years that the query asks for being loaded? Then nothing of it is shown. */
bool report_is_loading(struct view *view);

/* Is this a residual of the fund book: delivered or settled, and not paid? */
bool report_is_residual(uint32_t slot);

#endif
