/* Receipts: see receipt.h. */
#include "engine/audit/receipt.h"

#include "engine/audit/layout.h"
#include "engine/audit/money.h"

#include <jansson.h>
#include <string.h>

#define WRITE_HEAD_BYTES 8u
#define WRITE_BYTES_MAX	 512u

struct receipt {
	const char *redemption;
	uint8_t leaf[LEAF_BYTES];
	uint8_t salt[SALT_BYTES];
	uint8_t write[WRITE_BYTES_MAX];
	size_t write_size;
	uint64_t number;
	struct hash entry_path[TREE_PATH_MAX];
	size_t entry_path_size;
	struct hash tree_path[TREE_PATH_MAX];
	size_t tree_path_size;
	uint8_t root[ROOT_BYTES];
};

/* ---- Reading ---- */

static bool read_path(const json_t *array, struct hash path[TREE_PATH_MAX], size_t *ret_size)
{
	size_t index;
	const json_t *item;
	if (!json_is_array(array) || json_array_size(array) > TREE_PATH_MAX)
		return false;
	json_array_foreach(array, index, item)
	{
		if (!tree_read_hex(json_string_value(item), path[index].bytes, HASH_BYTES))
			return false;
	}
	*ret_size = json_array_size(array);
	return true;
}

/* Every member must be there, and no other. */
static bool read_receipt(json_t *body, struct receipt *receipt)
{
	const char *mark;
	const char *leaf;
	const char *salt;
	const char *write;
	const char *root;
	json_int_t number;
	const json_t *entry_path;
	const json_t *tree_path;
	if (json_unpack(body, "{s:s,s:s,s:s,s:s,s:s,s:I,s:o,s:o,s:s!}", "receipt", &mark,
			"redemption", &receipt->redemption, "leaf", &leaf, "salt", &salt, "record",
			&write, "number", &number, "entry_path", &entry_path, "tree_path",
			&tree_path, "root", &root) != 0)
		return false;
	receipt->write_size = strlen(write) / 2;
	receipt->number = (uint64_t)number;
	return strcmp(mark, "titoli-receipt-v1") == 0 && number >= 0 &&
	       receipt->write_size <= WRITE_BYTES_MAX &&
	       tree_read_hex(leaf, receipt->leaf, LEAF_BYTES) &&
	       tree_read_hex(salt, receipt->salt, SALT_BYTES) &&
	       tree_read_hex(write, receipt->write, receipt->write_size) &&
	       tree_read_hex(root, receipt->root, ROOT_BYTES) &&
	       read_path(entry_path, receipt->entry_path, &receipt->entry_path_size) &&
	       read_path(tree_path, receipt->tree_path, &receipt->tree_path_size);
}

/* ---- Judging ---- */

/* The redemption's record, of the name that the receipt gives it. */
static const char *judge_record(const struct receipt *receipt, int64_t values[FIELDS_MAX])
{
	char name[24];
	struct reader reader = bytes_reader(receipt->write, receipt->write_size);
	uint32_t kind = bytes_u8(&reader);
	uint32_t version = bytes_u8(&reader);
	size_t size = bytes_u16(&reader);
	uint32_t id = bytes_u32(&reader);
	if (reader.failed || kind != KIND_REDEMPTION || size != reader.left ||
	    version != layout_known_version(kind))
		return "its record is no redemption's";
	snprintf(name, sizeof(name), "rdm_%u", id);
	if (strcmp(name, receipt->redemption) != 0)
		return "its record is another redemption's";
	return layout_read_record(kind, reader.at, size, values);
}

static const char *judge(const struct receipt *receipt, const uint8_t key[KEY_BYTES],
			 struct signed_root *root, int64_t values[FIELDS_MAX])
{
	const char *wrong = tree_read_root(receipt->root, key, root);
	struct reader leaf = bytes_reader(receipt->leaf, LEAF_BYTES);
	uint64_t sequence = bytes_u64(&leaf);
	int64_t instant = bytes_i64(&leaf);
	struct hash hash;
	struct hash top;
	bytes_u8(&leaf);
	uint8_t version = bytes_u8(&leaf);
	bytes_u16(&leaf);
	uint32_t count = bytes_u32(&leaf);
	if (wrong != NULL)
		return wrong;
	if (!tree_leaf(receipt->leaf, LEAF_BYTES, "", 0, &hash) || sequence == 0 ||
	    !tree_climb(&hash, sequence - 1, root->size, receipt->tree_path,
			receipt->tree_path_size, &top) ||
	    memcmp(&top, &root->root, HASH_BYTES) != 0)
		return "its entry does not stand in the signed root";
	if (version != 1 || instant > root->instant)
		return "its entry cannot stand where it does";
	if (!tree_leaf(receipt->salt, SALT_BYTES, receipt->write, receipt->write_size, &hash) ||
	    !tree_climb(&hash, receipt->number, count, receipt->entry_path,
			receipt->entry_path_size, &top) ||
	    memcmp(top.bytes, receipt->leaf + LEAF_AT_INSIDE, HASH_BYTES) != 0)
		return "its redemption does not stand in the entry";
	return judge_record(receipt, values);
}

/* ---- Saying ---- */

static void say(const struct receipt *receipt, const struct signed_root *root,
		const int64_t values[FIELDS_MAX], bool json, FILE *out)
{
	struct reader leaf = bytes_reader(receipt->leaf, LEAF_BYTES);
	unsigned long long sequence = bytes_u64(&leaf);
	long long taken = bytes_i64(&leaf);
	fprintf(out,
		json ? "{\"verdict\":\"right\",\"redemption\":\"%s\",\"units\":%lld,"
		       "\"net_cents\":%lld,\"gross_cents\":%lld,\"voucher\":%lld,\"provider\":%lld,"
		       "\"start_us\":%lld,\"sequence\":%llu,\"taken_us\":%lld,\"tree_size\":%llu,"
		       "\"signed_us\":%lld}\n"
		     : "%s: %lld units, net %lld, gross %lld cents; title %lld, provider %lld, "
		       "start %lld\nentry %llu, taken at %lld; under the root of %llu entries, "
		       "signed at %lld (microseconds since 1970): right\n",
		receipt->redemption, (long long)values[REDEMPTION_UNITS],
		(long long)values[REDEMPTION_NET_CENTS], (long long)values[REDEMPTION_GROSS_CENTS],
		(long long)values[REDEMPTION_VOUCHER], (long long)values[REDEMPTION_PROVIDER],
		(long long)values[REDEMPTION_START], sequence, taken,
		(unsigned long long)root->size, (long long)root->signed_at);
}

int receipt_verify(const char *path, const uint8_t key[KEY_BYTES], bool json, FILE *out)
{
	struct receipt receipt;
	struct signed_root root;
	int64_t values[FIELDS_MAX] = {0};
	json_t *body = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	const char *wrong = body == NULL || !read_receipt(body, &receipt)
				? "it is not a receipt"
				: judge(&receipt, key, &root, values);
	if (wrong == NULL)
		say(&receipt, &root, values, json, out);
	else
		fprintf(out, json ? "{\"verdict\":\"wrong\",\"what\":\"%s\"}\n" : "wrong: %s\n",
			wrong);
	json_decref(body);
	return wrong == NULL ? 0 : 1;
}
