/* Roots and receipts: see query_proof.h. */
#include "engine/api/query_proof.h"

#include "engine/api/json.h"
#include "engine/api/name.h"
#include "engine/base/text.h"
#include "engine/proof/ledger_proofs.h"

#include <string.h>

static void write_hex(struct json *json, const char *name, const uint8_t *bytes, uint32_t size)
{
	char digits[2 * RECEIPT_WRITE_SIZE_MAX];
	ASSERT(2 * size <= sizeof(digits));
	text_hex_encode(bytes, size, digits);
	if (name != NULL)
		json_slice_field(json, name, (struct slice){digits, 2 * size});
	else
		json_slice(json, (struct slice){digits, 2 * size});
}

static void write_root(struct json *json, const struct zone_table *zone, uint64_t number,
		       const struct root *root)
{
	uint8_t record[ROOT_SIZE];
	root_encode(root, record);
	json_unsigned_field(json, "number", number);
	json_unsigned_field(json, "tree_size", root->tree.size);
	write_hex(json, "root_hash", root->tree.root.bytes, MERKLE_HASH_SIZE);
	json_text_field(json, "cause", root->cause == ROOT_CAUSE_MONTH ? "MONTH" : "INTERVAL");
	json_instant_field(json, "at", zone, (struct instant){root->instant_us});
	json_instant_field(json, "signed_at", zone, (struct instant){root->signed_at_us});
	write_hex(json, "key", root->key, ROOT_KEY_SIZE);
	write_hex(json, "record", record, ROOT_SIZE);
}

void query_proof_roots(struct view *view, struct page *page, struct api_buffer *ret_body)
{
	const struct api_context *context = view->request->context;
	uint64_t count = context->proofs == NULL ? 0 : proofs_roots(context->proofs);
	uint64_t next = view->query->after;
	while (next < count && !page->full) {
		struct root root;
		struct json item;
		enum result result = proofs_root(context->proofs, next, &root);
		if (result != RESULT_OK) {
			view->result = result;
			break;
		}
		page_item(page, &item);
		write_root(&item, context->zone, next + 1, &root);
		if (!page_take(page, &item, next + 1))
			break;
		next++;
	}
	page_close(page, next < count, next, ret_body);
}

static void write_path(struct json *json, const char *name, const struct merkle_proof *path)
{
	json_name(json, name);
	json_array_begin(json);
	for (uint32_t i = 0; i < path->count; i++)
		write_hex(json, NULL, path->hashes[i].bytes, MERKLE_HASH_SIZE);
	json_array_end(json);
}

static void write_receipt(struct api_buffer *body, struct directory *directory, uint32_t id,
			  const struct proof_receipt *receipt)
{
	uint8_t record[ROOT_SIZE];
	struct json json;
	root_encode(&receipt->root, record);
	json_open(&json, body);
	json_object_begin(&json);
	json_text_field(&json, "receipt", "titoli-receipt-v1");
	json_id_field(&json, "redemption", directory, RECORD_KIND_REDEMPTION, id);
	write_hex(&json, "leaf", receipt->leaf, LEAF_SIZE);
	write_hex(&json, "salt", receipt->salt, LEAF_SALT_SIZE);
	write_hex(&json, "record", receipt->write, receipt->write_size);
	json_unsigned_field(&json, "number", receipt->number);
	write_path(&json, "entry_path", &receipt->entry_path);
	write_path(&json, "tree_path", &receipt->tree_path);
	write_hex(&json, "root", record, ROOT_SIZE);
	json_object_end(&json);
	json_close(&json);
}

enum result query_proof_receipt(struct view *view, struct api_buffer *ret_body)
{
	const struct api_context *context = view->request->context;
	uint32_t id = view->query->id;
	struct redemption redemption;
	struct proof_receipt receipt;
	const struct redemption *found = view_find(view, RECORD_KIND_REDEMPTION, id);
	if (found == NULL)
		return view->result == RESULT_OK ? RESULT_NOT_FOUND : view->result;
	redemption = *found;
	if (context->proofs == NULL || !view_may_see(view, RECORD_KIND_REDEMPTION, id, &redemption))
		return RESULT_NOT_FOUND;
	enum result result = proofs_receipt(context->proofs, id, view->query->after, &receipt);
	if (result == RESULT_OK)
		write_receipt(ret_body, context->directory, id, &receipt);
	return result;
}
