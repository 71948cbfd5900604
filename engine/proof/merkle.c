/* The Merkle tree: see merkle.h. */
#include "engine/proof/merkle.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t leaf_prefix = 0x00;
static const uint8_t node_prefix = 0x01;

struct merkle {
	EVP_MD *sha256;
	EVP_MD_CTX *context;
};

enum result merkle_open(struct merkle **ret_merkle)
{
	ASSERT(ret_merkle != NULL);
	struct merkle *merkle = calloc(1, sizeof(*merkle));
	if (merkle == NULL)
		return RESULT_OUT_OF_MEMORY;
	merkle->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	merkle->context = EVP_MD_CTX_new();
	if (merkle->sha256 == NULL || merkle->context == NULL ||
	    EVP_DigestInit_ex2(merkle->context, merkle->sha256, NULL) != 1) {
		merkle_close(merkle);
		return RESULT_OUT_OF_MEMORY;
	}
	*ret_merkle = merkle;
	return RESULT_OK;
}

void merkle_close(struct merkle *merkle)
{
	if (merkle == NULL)
		return;
	EVP_MD_CTX_free(merkle->context);
	EVP_MD_free(merkle->sha256);
	free(merkle);
}

/* After the first use, which merkle_open made, beginning again asks for no memory. */
static void digest_begin(struct merkle *merkle)
{
	int begun = EVP_DigestInit_ex2(merkle->context, NULL, NULL);
	ASSERT(begun == 1);
}

static void digest_add(struct merkle *merkle, const void *bytes, size_t size)
{
	int added = EVP_DigestUpdate(merkle->context, bytes, size);
	ASSERT(added == 1);
}

static void digest_end(struct merkle *merkle, struct merkle_hash *ret_hash)
{
	unsigned int size = 0;
	int ended = EVP_DigestFinal_ex(merkle->context, ret_hash->bytes, &size);
	ASSERT(ended == 1 && size == MERKLE_HASH_SIZE);
}

void merkle_digest(struct merkle *merkle, const void *first, size_t first_size, const void *second,
		   size_t second_size, struct merkle_hash *ret_hash)
{
	ASSERT(merkle != NULL && ret_hash != NULL);
	digest_begin(merkle);
	digest_add(merkle, first, first_size);
	digest_add(merkle, second, second_size);
	digest_end(merkle, ret_hash);
}

void merkle_leaf(struct merkle *merkle, const void *bytes, size_t size,
		 struct merkle_hash *ret_hash)
{
	merkle_digest(merkle, &leaf_prefix, 1, bytes, size, ret_hash);
}

static void node(struct merkle *merkle, const struct merkle_hash *left,
		 const struct merkle_hash *right, struct merkle_hash *ret_hash)
{
	uint8_t bytes[1 + 2 * MERKLE_HASH_SIZE];
	bytes[0] = node_prefix;
	memcpy(bytes + 1, left->bytes, MERKLE_HASH_SIZE);
	memcpy(bytes + 1 + MERKLE_HASH_SIZE, right->bytes, MERKLE_HASH_SIZE);
	digest_begin(merkle);
	digest_add(merkle, bytes, sizeof(bytes));
	digest_end(merkle, ret_hash);
}

/* ---- Growing ---- */

uint32_t merkle_grow(struct merkle *merkle, struct merkle_edge *edge,
		     const struct merkle_hash *leaf,
		     struct merkle_hash ret_whole[MERKLE_GROWTH_MAX])
{
	ASSERT(merkle != NULL && edge != NULL && leaf != NULL && ret_whole != NULL);
	ASSERT(edge->size < MERKLE_SIZE_MAX);
	uint32_t level = 0;
	ret_whole[0] = *leaf;
	for (; (edge->size >> level & 1) != 0; level++)
		node(merkle, &edge->peaks[level], &ret_whole[level], &ret_whole[level + 1]);
	edge->peaks[level] = ret_whole[level];
	edge->size++;
	return level + 1;
}

void merkle_edge_root(struct merkle *merkle, const struct merkle_edge *edge,
		      struct merkle_hash *ret_root)
{
	ASSERT(merkle != NULL && edge != NULL && ret_root != NULL);
	bool begun = false;
	if (edge->size == 0)
		merkle_digest(merkle, "", 0, "", 0, ret_root);
	for (uint32_t level = 0; level < MERKLE_LEVELS_MAX; level++) {
		if ((edge->size >> level & 1) == 0)
			continue;
		if (begun)
			node(merkle, &edge->peaks[level], ret_root, ret_root);
		else
			*ret_root = edge->peaks[level];
		begun = true;
	}
}

uint64_t merkle_stored(uint64_t size)
{
	uint64_t stored = 0;
	for (; size > 0; size >>= 1)
		stored += size;
	return stored;
}

/* ---- Asking ---- */

uint64_t merkle_place(uint32_t level, uint64_t index)
{
	/* It becomes whole with its last leaf, `level` places after that leaf. */
	uint64_t last_leaf = ((index + 1) << level) - 1;
	return merkle_stored(last_leaf) + level;
}

bool merkle_load(const struct merkle_source *source, uint64_t size, struct merkle_edge *ret_edge)
{
	ASSERT(source != NULL && ret_edge != NULL && size <= MERKLE_SIZE_MAX);
	ret_edge->size = size;
	for (uint32_t level = 0; level < MERKLE_LEVELS_MAX; level++) {
		if ((size >> level & 1) == 0)
			continue;
		uint64_t place = merkle_place(level, (size >> level) - 1);
		if (!source->read(source->context, place, &ret_edge->peaks[level]))
			return false;
	}
	return true;
}

/* Root of the leaves from `from` up to `to`, a range that splitting a tree gives: `from` is a
 * multiple of every power of two up to the range's size. */
static bool range_root(struct merkle *merkle, const struct merkle_source *source, uint64_t from,
		       uint64_t to, struct merkle_hash *ret_root)
{
	struct merkle_hash whole[MERKLE_LEVELS_MAX];
	uint32_t count = 0;
	ASSERT(from < to && to <= MERKLE_SIZE_MAX);
	for (uint32_t level = MERKLE_LEVELS_MAX; level-- > 0;) {
		if (((to - from) >> level & 1) == 0)
			continue;
		ASSERT((from & ((UINT64_C(1) << level) - 1)) == 0);
		if (!source->read(source->context, merkle_place(level, from >> level),
				  &whole[count]))
			return false;
		count++;
		from += UINT64_C(1) << level;
		if (from == to)
			break;
	}
	*ret_root = whole[count - 1];
	for (uint32_t i = count - 1; i-- > 0;)
		node(merkle, &whole[i], ret_root, ret_root);
	return true;
}

bool merkle_root(struct merkle *merkle, const struct merkle_source *source, uint64_t size,
		 struct merkle_hash *ret_root)
{
	struct merkle_edge edge;
	if (!merkle_load(source, size, &edge))
		return false;
	merkle_edge_root(merkle, &edge, ret_root);
	return true;
}

/* The largest power of two below a size of two and more. */
static uint64_t split_of(uint64_t size)
{
	uint64_t split = 1;
	ASSERT(size >= 2);
	while (split * 2 < size)
		split *= 2;
	return split;
}

/* Proofs are told from the leaves up, and found from the root down. */
static void reverse(struct merkle_proof *proof)
{
	for (uint32_t i = 0; i < proof->count / 2; i++) {
		struct merkle_hash kept = proof->hashes[i];
		proof->hashes[i] = proof->hashes[proof->count - 1 - i];
		proof->hashes[proof->count - 1 - i] = kept;
	}
}

bool merkle_inclusion(struct merkle *merkle, const struct merkle_source *source, uint64_t index,
		      uint64_t size, struct merkle_proof *ret_proof)
{
	uint64_t from = 0;
	uint64_t to = size;
	ASSERT(index < size);
	ret_proof->count = 0;
	while (to - from > 1) {
		uint64_t middle = from + split_of(to - from);
		struct merkle_hash *hash = &ret_proof->hashes[ret_proof->count++];
		bool is_left = index < middle;
		ASSERT(ret_proof->count <= MERKLE_PROOF_MAX);
		if (!range_root(merkle, source, is_left ? middle : from, is_left ? to : middle,
				hash))
			return false;
		*(is_left ? &to : &from) = middle;
	}
	reverse(ret_proof);
	return true;
}

bool merkle_consistency(struct merkle *merkle, const struct merkle_source *source, uint64_t from,
			uint64_t to, struct merkle_proof *ret_proof)
{
	uint64_t begin = 0;
	uint64_t end = to;
	ASSERT(from >= 1 && from <= to);
	ret_proof->count = 0;
	while (from != end) {
		uint64_t middle = begin + split_of(end - begin);
		struct merkle_hash *hash = &ret_proof->hashes[ret_proof->count++];
		bool is_left = from <= middle;
		ASSERT(ret_proof->count < MERKLE_PROOF_MAX);
		if (!range_root(merkle, source, is_left ? middle : begin, is_left ? end : middle,
				hash))
			return false;
		*(is_left ? &end : &begin) = middle;
	}
	/* Where the old tree is no whole left part of the new one, its last part is told too. */
	if (begin != 0 && !range_root(merkle, source, begin, end,
				      &ret_proof->hashes[ret_proof->count++]))
		return false;
	reverse(ret_proof);
	return true;
}

/* ---- Judging: RFC 9162, 2.1.3.2 and 2.1.4.2 ---- */

static bool same(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, MERKLE_HASH_SIZE) == 0;
}

bool merkle_includes(struct merkle *merkle, const struct merkle_tree *tree, uint64_t index,
		     const struct merkle_hash *leaf, const struct merkle_proof *proof)
{
	ASSERT(merkle != NULL && tree != NULL && leaf != NULL && proof != NULL);
	if (index >= tree->size || proof->count > MERKLE_PROOF_MAX)
		return false;
	uint64_t at = index;
	uint64_t last = tree->size - 1;
	struct merkle_hash hash = *leaf;
	for (uint32_t i = 0; i < proof->count; i++) {
		if (last == 0)
			return false;
		if ((at & 1) != 0 || at == last) {
			node(merkle, &proof->hashes[i], &hash, &hash);
			for (; (at & 1) == 0 && at != 0; at >>= 1)
				last >>= 1;
		} else {
			node(merkle, &hash, &proof->hashes[i], &hash);
		}
		at >>= 1;
		last >>= 1;
	}
	return last == 0 && same(&hash, &tree->root);
}

bool merkle_extends(struct merkle *merkle, const struct merkle_tree *from,
		    const struct merkle_tree *to, const struct merkle_proof *proof)
{
	ASSERT(merkle != NULL && from != NULL && to != NULL && proof != NULL);
	if (from->size == 0 || from->size > to->size || proof->count > MERKLE_PROOF_MAX)
		return false;
	if (from->size == to->size)
		return proof->count == 0 && same(&from->root, &to->root);
	bool is_whole = (from->size & (from->size - 1)) == 0;
	uint32_t next = is_whole ? 0 : 1;
	if (proof->count == 0)
		return false;
	uint64_t at = from->size - 1;
	uint64_t last = to->size - 1;
	for (; (at & 1) != 0; at >>= 1)
		last >>= 1;
	struct merkle_hash older = is_whole ? from->root : proof->hashes[0];
	struct merkle_hash newer = older;
	for (; next < proof->count; next++) {
		if (last == 0)
			return false;
		if ((at & 1) != 0 || at == last) {
			node(merkle, &proof->hashes[next], &older, &older);
			node(merkle, &proof->hashes[next], &newer, &newer);
			for (; (at & 1) == 0 && at != 0; at >>= 1)
				last >>= 1;
		} else {
			node(merkle, &newer, &proof->hashes[next], &newer);
		}
		at >>= 1;
		last >>= 1;
	}
	return last == 0 && same(&older, &from->root) && same(&newer, &to->root);
}
