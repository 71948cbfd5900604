/* The tree: see tree.h. */
#include "engine/audit/tree.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <string.h>

#define ENTRY_HEAD_BYTES 84
#define WRITE_HEAD_BYTES 8
#define KIND_OF_RECEIPTS 24 /* redemption */

static bool digest(uint8_t prefix, const void *first, size_t first_size, const void *second,
		   size_t second_size, struct hash *ret_hash)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_made = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
		       EVP_DigestUpdate(context, &prefix, 1) == 1 &&
		       EVP_DigestUpdate(context, first, first_size) == 1 &&
		       EVP_DigestUpdate(context, second, second_size) == 1 &&
		       EVP_DigestFinal_ex(context, ret_hash->bytes, NULL) == 1;
	EVP_MD_CTX_free(context);
	return is_made;
}

bool tree_leaf(const void *first, size_t first_size, const void *second, size_t second_size,
	       struct hash *ret_hash)
{
	return digest(0, first, first_size, second, second_size, ret_hash);
}

static bool join(const struct hash *left, const struct hash *right, struct hash *ret_hash)
{
	return digest(1, left->bytes, HASH_BYTES, right->bytes, HASH_BYTES, ret_hash);
}

bool tree_add(struct tree *tree, const struct hash *leaf)
{
	struct hash carried = *leaf;
	unsigned level = 0;
	for (uint64_t rest = tree->size; (rest & 1) != 0; rest >>= 1, level++)
		if (!join(&tree->whole[level], &carried, &carried))
			return false;
	tree->whole[level] = carried;
	tree->size++;
	return true;
}

bool tree_root(const struct tree *tree, struct hash *ret_root)
{
	bool has_right = false;
	for (unsigned level = 0; level < TREE_LEVELS; level++) {
		if ((tree->size >> level & 1) == 0)
			continue;
		if (!has_right)
			*ret_root = tree->whole[level];
		else if (!join(&tree->whole[level], ret_root, ret_root))
			return false;
		has_right = true;
	}
	return has_right;
}

/* From the root down it is known at each node on which side the leaf lies; then up with the
 * hashes. */
bool tree_climb(const struct hash *leaf, uint64_t index, uint64_t size, const struct hash *path,
		size_t path_size, struct hash *ret_root)
{
	bool is_right[TREE_PATH_MAX];
	size_t depth = 0;
	if (index >= size || path_size > TREE_PATH_MAX)
		return false;
	while (size > 1) {
		uint64_t left = 1;
		while (left < size - left)
			left += left;
		if (depth == path_size)
			return false;
		is_right[depth] = index >= left;
		index -= is_right[depth] ? left : 0;
		size = is_right[depth] ? size - left : left;
		depth++;
	}
	*ret_root = *leaf;
	for (size_t i = 0; i < path_size && depth == path_size; i++) {
		bool is_left_known = is_right[depth - 1 - i];
		if (!join(is_left_known ? &path[i] : ret_root, is_left_known ? ret_root : &path[i],
			  ret_root))
			return false;
	}
	return depth == path_size;
}

/* ---- An entry's leaf ---- */

static bool seal(const uint8_t key[HASH_BYTES], const uint8_t *bytes, size_t size, uint8_t *ret_mac)
{
	unsigned int written = HASH_BYTES;
	return HMAC(EVP_sha256(), key, HASH_BYTES, bytes, size, ret_mac, &written) != NULL;
}

static void put_number(uint8_t *at, uint64_t number, size_t width)
{
	for (size_t i = 0; i < width; i++)
		at[i] = (uint8_t)(number >> (8 * i));
}

/* The tree of the redemptions that an entry writes. */
static bool inside_tree(const uint8_t *entry, struct reader writes, uint32_t count,
			const uint8_t batch_hash[HASH_BYTES], struct tree *tree)
{
	for (uint32_t i = 0; i < count; i++) {
		uint8_t input[12];
		uint8_t salt[SALT_BYTES];
		struct hash leaf;
		const uint8_t *write = writes.at;
		uint8_t kind = bytes_u8(&writes);
		bytes_u8(&writes);
		size_t size = bytes_u16(&writes);
		bytes_u32(&writes);
		bytes_take(&writes, size);
		if (writes.failed)
			return false;
		if (kind != KIND_OF_RECEIPTS)
			continue;
		memcpy(input, entry, 8);
		put_number(input + 8, tree->size, 4);
		if (!seal(batch_hash, input, sizeof(input), salt) ||
		    !tree_leaf(salt, sizeof(salt), write, WRITE_HEAD_BYTES + size, &leaf) ||
		    !tree_add(tree, &leaf))
			return false;
	}
	return true;
}

bool tree_entry_leaf(const uint8_t *entry, size_t size, const uint8_t batch_hash[HASH_BYTES],
		     uint8_t ret_leaf[LEAF_BYTES])
{
	if (size < ENTRY_HEAD_BYTES)
		return false;
	struct reader head = bytes_reader(entry + 68, 12);
	uint32_t input = bytes_u32(&head);
	uint32_t count = bytes_u32(&head);
	uint32_t writes_size = bytes_u32(&head);
	struct reader rest = bytes_reader(entry + ENTRY_HEAD_BYTES, size - ENTRY_HEAD_BYTES);
	bytes_take(&rest, input);
	const uint8_t *writes = bytes_take(&rest, writes_size);
	struct tree tree = {.size = 0};
	if (writes == NULL || !inside_tree(entry, bytes_reader(writes, writes_size), count,
					   batch_hash, &tree))
		return false;
	memset(ret_leaf, 0, LEAF_BYTES);
	memcpy(ret_leaf, entry, 16);
	ret_leaf[16] = entry[20];
	ret_leaf[17] = 1;
	memcpy(ret_leaf + 18, entry + 56, 2);
	put_number(ret_leaf + 20, tree.size, 4);
	struct hash inside;
	if (tree.size > 0 && !tree_root(&tree, &inside))
		return false;
	if (tree.size > 0)
		memcpy(ret_leaf + LEAF_AT_INSIDE, inside.bytes, HASH_BYTES);
	return seal(batch_hash, entry, size, ret_leaf + LEAF_AT_SEAL);
}

/* ---- Signed roots ---- */

static bool is_signed_by(const uint8_t bytes[ROOT_BYTES], const uint8_t key[KEY_BYTES])
{
	EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, KEY_BYTES);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_good = public != NULL && context != NULL &&
		       EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1 &&
		       EVP_DigestVerify(context, bytes + 128, 64, bytes, 96) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(public);
	return is_good;
}

const char *tree_read_root(const uint8_t bytes[ROOT_BYTES], const uint8_t key[KEY_BYTES],
			   struct signed_root *ret_root)
{
	static const char mark[16] = "titoli-root-v1";
	struct reader reader = bytes_reader(bytes + 32, 32);
	if (memcmp(bytes, mark, sizeof(mark)) != 0)
		return "it is not a signed root";
	if (memcmp(bytes + 96, key, KEY_BYTES) != 0)
		return "it is signed with another key";
	if (!is_signed_by(bytes, key))
		return "its signature is wrong";
	ret_root->size = bytes_u64(&reader);
	ret_root->instant = bytes_i64(&reader);
	ret_root->signed_at = bytes_i64(&reader);
	ret_root->cause = bytes_u8(&reader);
	memcpy(ret_root->ledger_id, bytes + 16, 16);
	memcpy(ret_root->root.bytes, bytes + 64, HASH_BYTES);
	if (ret_root->cause < 1 || ret_root->cause > 2 || !bytes_are_zero(bytes + 57, 7) ||
	    ret_root->size == 0)
		return "it is signed, but says what no root says";
	return NULL;
}

/* ---- Texts ---- */

static int digit_of(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool tree_read_hex(const char *text, uint8_t *ret_bytes, size_t size)
{
	if (text == NULL || strlen(text) != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = digit_of(text[2 * i]);
		int low = digit_of(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		ret_bytes[i] = (uint8_t)(high * 16 + low);
	}
	return true;
}

bool tree_read_key(const char *text, uint8_t ret_key[KEY_BYTES])
{
	size_t size = KEY_BYTES;
	if (tree_read_hex(text, ret_key, KEY_BYTES))
		return true;
	BIO *file = BIO_new_file(text, "r");
	EVP_PKEY *key = file == NULL ? NULL : PEM_read_bio_PUBKEY(file, NULL, NULL, NULL);
	bool is_key = key != NULL && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 &&
		      EVP_PKEY_get_raw_public_key(key, ret_key, &size) == 1;
	EVP_PKEY_free(key);
	BIO_free(file);
	return is_key;
}
