/* Signed roots and receipts, as JSON. Run by query threads, as query_store.h. */
#ifndef ENGINE_API_QUERY_PROOF_H
#define ENGINE_API_QUERY_PROOF_H

#include "engine/api/page.h"
#include "engine/api/view.h"

/* GET /v1/audit/roots: a page of what is published; nothing where no signer is configured. A root
 * that cannot be read is the view's result. */
void query_proof_roots(struct view *view, struct page *page, struct api_buffer *ret_body);

/* GET /v1/redemptions/{redemption}/receipt, for whoever may see the redemption. RESULT_OK:
 * `ret_body` holds it; RESULT_NOT_FOUND: no such redemption for the caller, or no such root;
 * RESULT_NOT_YET_VISIBLE: no signed root covers it yet; RESULT_STORE_CORRUPT; RESULT_IO_FAILED. */
MUST_CHECK enum result query_proof_receipt(struct view *view, struct api_buffer *ret_body);

#endif
