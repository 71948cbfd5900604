/* Published roots: see roots.h. */
#include "engine/audit/roots.h"

#include "engine/audit/report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (1u << 30)

/* ---- Reading ---- */

static bool add_root(struct roots *roots, const uint8_t bytes[ROOT_BYTES],
		     const uint8_t key[KEY_BYTES])
{
	struct signed_root root;
	const char *wrong = tree_read_root(bytes, key, &root);
	if (wrong == NULL && roots->count > 0 &&
	    root.size <= roots->all[roots->count - 1].size)
		wrong = "it does not cover more than the one before it";
	if (wrong != NULL) {
		report_fault(roots->report, FAULT_ROOT, 0, "published root number %zu: %s",
			     roots->count + 1, wrong);
		return false;
	}
	struct signed_root *all =
	    realloc(roots->all, (roots->count + 1) * sizeof(*roots->all));
	if (all == NULL)
		return false;
	roots->all = all;
	roots->all[roots->count++] = root;
	return true;
}

static bool add_items(struct roots *roots, const json_t *items, const uint8_t key[KEY_BYTES])
{
	size_t index;
	const json_t *item;
	json_array_foreach(items, index, item)
	{
		uint8_t bytes[ROOT_BYTES];
		struct signed_root root;
		const char *digits = json_string_value(json_object_get(item, "record"));
		if (!tree_read_hex(digits, bytes, ROOT_BYTES)) {
			report_fault(roots->report, FAULT_ROOT, 0,
				     "published root number %zu: it has no record of 384 digits",
				     roots->count + 1);
			return false;
		}
		if (!add_root(roots, bytes, key))
			return false;
		/* What stands beside the record, for people, says the same. */
		root = roots->all[roots->count - 1];
		struct hash beside;
		const json_t *size = json_object_get(item, "tree_size");
		const char *text = json_string_value(json_object_get(item, "root_hash"));
		if ((size != NULL && (uint64_t)json_integer_value(size) != root.size) ||
		    (text != NULL && (!tree_read_hex(text, beside.bytes, HASH_BYTES) ||
				      memcmp(&beside, &root.root, HASH_BYTES) != 0))) {
			report_fault(roots->report, FAULT_ROOT, 0,
				     "published root number %zu: its record says something else",
				     roots->count);
			return false;
		}
	}
	return json_is_array(items);
}

static bool read_bytes(struct roots *roots, const char *bytes, size_t size,
		       const uint8_t key[KEY_BYTES])
{
	static const char mark[] = "titoli-root-v1";
	if (size >= sizeof(mark) && memcmp(bytes, mark, sizeof(mark)) == 0) {
		for (size_t at = 0; at + ROOT_BYTES <= size; at += ROOT_BYTES)
			if (!add_root(roots, (const uint8_t *)bytes + at, key))
				return false;
		return true;
	}
	json_t *body = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
	const json_t *items = json_is_array(body) ? body : json_object_get(body, "items");
	bool is_read = add_items(roots, items, key);
	json_decref(body);
	return is_read;
}

bool roots_read(struct roots *roots, const char *path, const uint8_t key[KEY_BYTES])
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;
	size_t size = 0;
	bool is_whole = false;
	uint64_t faults = roots->report->faults;
	while (file != NULL && !is_whole && size < FILE_BYTES_MAX) {
		size_t room = size + (1u << 20);
		char *more = realloc(bytes, room);
		if (more == NULL)
			break;
		bytes = more;
		size_t found = fread(bytes + size, 1, room - size, file);
		size += found;
		is_whole = found == 0 && ferror(file) == 0;
		if (found == 0 && !is_whole)
			break;
	}
	if (file != NULL)
		fclose(file);
	bool is_read = is_whole && read_bytes(roots, bytes, size, key);
	free(bytes);
	if (!is_read && roots->report->faults == faults)
		report_fault(roots->report, FAULT_UNREADABLE, 0, "%s is no file of roots", path);
	return is_read;
}

void roots_free(struct roots *roots)
{
	free(roots->all);
}

/* ---- Against the journal ---- */

void roots_entry(struct roots *roots, uint64_t sequence, const uint8_t *entry, size_t size,
		 const uint8_t batch_hash[HASH_BYTES])
{
	uint8_t bytes[LEAF_BYTES];
	struct hash leaf;
	struct hash root;
	if (roots->has_failed || roots->next == roots->count)
		return;
	roots->has_failed = !tree_entry_leaf(entry, size, batch_hash, bytes) ||
			    !tree_leaf(bytes, LEAF_BYTES, "", 0, &leaf) ||
			    !tree_add(&roots->tree, &leaf);
	const struct signed_root *signed_root = &roots->all[roots->next];
	if (roots->has_failed || signed_root->size != roots->tree.size)
		return;
	roots->next++;
	struct reader head = bytes_reader(entry + 8, 8);
	if (!tree_root(&roots->tree, &root) ||
	    memcmp(&root, &signed_root->root, HASH_BYTES) != 0)
		report_fault(roots->report, FAULT_ROOT, sequence,
			     "the entries up to this one are not those whose root was signed");
	else if (bytes_i64(&head) != signed_root->instant)
		report_fault(roots->report, FAULT_ROOT, sequence,
			     "the root signed for this entry has another instant");
}

void roots_end(struct roots *roots, const uint8_t ledger_id[16])
{
	for (size_t i = 0; i < roots->count; i++) {
		if (memcmp(roots->all[i].ledger_id, ledger_id, 16) != 0) {
			report_fault(roots->report, FAULT_ROOT, 0,
				     "published root number %zu is another ledger's", i + 1);
			return;
		}
	}
	if (roots->next < roots->count)
		report_fault(roots->report, FAULT_ROOT, 0,
			     "roots of %llu entries were signed; the journal holds %llu",
			     (unsigned long long)roots->all[roots->count - 1].size,
			     (unsigned long long)roots->tree.size);
}
