/* The Merkle tree: the known roots of RFC 6962's reference tree, and for all small sizes every proof,
 * which holds as it is and with nothing in it changed. */
#include "engine/proof/merkle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LEAVES 40u

struct kept {
	struct merkle_hash hashes[2 * LEAVES + MERKLE_GROWTH_MAX];
	uint64_t count;
};

static bool read_kept(void *context, uint64_t place, struct merkle_hash *ret_hash)
{
	const struct kept *kept = context;
	if (place >= kept->count)
		return false;
	*ret_hash = kept->hashes[place];
	return true;
}

struct fixture {
	struct merkle *merkle;
	struct kept kept;
	struct merkle_source source;
	struct merkle_hash leaves[LEAVES];
	struct merkle_tree trees[LEAVES + 1];
};

static void make(struct fixture *fixture)
{
	struct merkle_edge edge = {.size = 0};
	memset(fixture, 0, sizeof(*fixture));
	assert_int_equal(merkle_open(&fixture->merkle), RESULT_OK);
	fixture->source = (struct merkle_source){read_kept, &fixture->kept};
	for (uint8_t i = 0; i < LEAVES; i++) {
		merkle_leaf(fixture->merkle, &i, 1, &fixture->leaves[i]);
		assert_int_equal(merkle_stored(i), fixture->kept.count);
		fixture->kept.count +=
		    merkle_grow(fixture->merkle, &edge, &fixture->leaves[i],
				&fixture->kept.hashes[fixture->kept.count]);
		fixture->trees[i + 1].size = i + 1u;
		merkle_edge_root(fixture->merkle, &edge, &fixture->trees[i + 1].root);
	}
}

static uint8_t digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* SOURCE the reference tree of Certificate Transparency, of which RFC 6962's implementations test. */
static void known_roots(void **state)
{
	(void)state;
	static const struct {
		const char *leaf;
		uint32_t size;
		const char *root;
	} rows[] = {
	    {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
	    {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
	    {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
	    {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
	    {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
	    {"\x40\x41\x42\x43", 4,
	     "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
	    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
	     "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
	    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
	     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
	};
	struct merkle *merkle = NULL;
	struct merkle_edge edge = {.size = 0};
	struct merkle_hash whole[MERKLE_GROWTH_MAX];
	struct merkle_hash hash;
	assert_int_equal(merkle_open(&merkle), RESULT_OK);
	merkle_edge_root(merkle, &edge, &hash);
	assert_int_equal(hash.bytes[0], 0xe3); /* SHA-256 of nothing */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		merkle_leaf(merkle, rows[i].leaf, rows[i].size, &hash);
		(void)merkle_grow(merkle, &edge, &hash, whole);
		merkle_edge_root(merkle, &edge, &hash);
		for (size_t at = 0; at < MERKLE_HASH_SIZE; at++)
			assert_int_equal(hash.bytes[at], digit(rows[i].root[2 * at]) * 16 +
							     digit(rows[i].root[2 * at + 1]));
	}
	merkle_close(merkle);
}

static void roots_of_earlier_sizes(void **state)
{
	(void)state;
	struct fixture fixture;
	make(&fixture);
	for (uint64_t size = 1; size <= LEAVES; size++) {
		struct merkle_edge edge;
		struct merkle_hash root;
		assert_true(merkle_root(fixture.merkle, &fixture.source, size, &root));
		assert_memory_equal(&root, &fixture.trees[size].root, sizeof(root));
		assert_true(merkle_load(&fixture.source, size, &edge));
		merkle_edge_root(fixture.merkle, &edge, &root);
		assert_memory_equal(&root, &fixture.trees[size].root, sizeof(root));
	}
	fixture.kept.count--;
	struct merkle_hash root;
	struct merkle_proof proof;
	assert_false(merkle_root(fixture.merkle, &fixture.source, LEAVES, &root));
	assert_false(merkle_inclusion(fixture.merkle, &fixture.source, 0, LEAVES, &proof));
	merkle_close(fixture.merkle);
}

static void every_inclusion(void **state)
{
	(void)state;
	struct fixture fixture;
	make(&fixture);
	for (uint64_t size = 1; size <= LEAVES; size++) {
		const struct merkle_tree *tree = &fixture.trees[size];
		for (uint64_t index = 0; index < size; index++) {
			struct merkle_proof proof;
			const struct merkle_hash *leaf = &fixture.leaves[index];
			assert_true(merkle_inclusion(fixture.merkle, &fixture.source, index, size,
						     &proof));
			assert_true(merkle_includes(fixture.merkle, tree, index, leaf, &proof));
			for (uint64_t other = 0; other < size + 3; other++)
				assert_int_equal(merkle_includes(fixture.merkle, tree, other, leaf,
								 &proof),
						 other == index);
			for (uint32_t i = 0; i < proof.count; i++) {
				proof.hashes[i].bytes[i] ^= 1;
				assert_false(
				    merkle_includes(fixture.merkle, tree, index, leaf, &proof));
				proof.hashes[i].bytes[i] ^= 1;
			}
			proof.hashes[proof.count] = *leaf;
			proof.count++;
			assert_false(merkle_includes(fixture.merkle, tree, index, leaf, &proof));
			if (proof.count >= 2) {
				proof.count -= 2;
				assert_false(
				    merkle_includes(fixture.merkle, tree, index, leaf, &proof));
			}
		}
	}
	merkle_close(fixture.merkle);
}

static void every_consistency(void **state)
{
	(void)state;
	struct fixture fixture;
	make(&fixture);
	for (uint64_t to = 1; to <= LEAVES; to++)
		for (uint64_t from = 1; from <= to; from++) {
			struct merkle_proof proof;
			struct merkle_tree older = fixture.trees[from];
			struct merkle_tree newer = fixture.trees[to];
			assert_true(merkle_consistency(fixture.merkle, &fixture.source, from, to,
						       &proof));
			assert_true(merkle_extends(fixture.merkle, &older, &newer, &proof));
			older.root.bytes[5] ^= 4;
			assert_false(merkle_extends(fixture.merkle, &older, &newer, &proof));
			older.root.bytes[5] ^= 4;
			newer.root.bytes[7] ^= 1;
			assert_false(merkle_extends(fixture.merkle, &older, &newer, &proof));
			newer.root.bytes[7] ^= 1;
			for (uint32_t i = 0; i < proof.count; i++) {
				proof.hashes[i].bytes[i] ^= 1;
				assert_false(
				    merkle_extends(fixture.merkle, &older, &newer, &proof));
				proof.hashes[i].bytes[i] ^= 1;
			}
			proof.count++;
			assert_false(merkle_extends(fixture.merkle, &older, &newer, &proof));
			proof.count--;
			if (from < to)
				assert_false(
				    merkle_extends(fixture.merkle, &newer, &older, &proof));
			if (proof.count > 0) {
				proof.count--;
				assert_false(
				    merkle_extends(fixture.merkle, &older, &newer, &proof));
			}
		}
	struct merkle_tree none = {.size = 0};
	struct merkle_proof empty = {.count = 0};
	assert_false(merkle_extends(fixture.merkle, &none, &fixture.trees[3], &empty));
	merkle_close(fixture.merkle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_roots),
	    cmocka_unit_test(roots_of_earlier_sizes),
	    cmocka_unit_test(every_inclusion),
	    cmocka_unit_test(every_consistency),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
