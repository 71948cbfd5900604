/* The hash index against a plain array, with good, bad and constant hashes; the hash itself for
 * spread; and the cost of an insertion and a lookup at a million. */
#include "engine/base/index.h"

#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { MODEL_IDS = 600 };

struct model {
	struct index index;
	uint64_t hashes[MODEL_IDS + 1];
	bool present[MODEL_IDS + 1];
	uint32_t count;
};

/* Looks every hash up and counts: each id found exactly once under its own, nothing else. */
static void assert_like_model(const struct model *model)
{
	assert_int_equal(model->index.count, model->count);
	for (uint32_t id = 1; id <= MODEL_IDS; id++) {
		uint32_t hits = 0;
		uint32_t steps = 0;
		uint32_t found = index_first(&model->index, model->hashes[id]);
		for (; found != 0; found = index_next(&model->index, found)) {
			assert_true(model->present[found]);
			assert_true((uint32_t)model->hashes[found] == (uint32_t)model->hashes[id]);
			hits += found == id;
			assert_true(++steps <= MODEL_IDS);
		}
		assert_int_equal(hits, model->present[id] ? 1 : 0);
	}
}

static uint64_t model_hash(struct test_random *random, int kind, uint32_t id)
{
	switch (kind) {
	case 0:
		return hash64_of_u64(id, 1);
	case 1:
		return test_random_below(random, 7); /* long chains */
	case 2:
		return 0xFFFFFFFFu; /* one chain */
	default:
		return (uint64_t)id << 32 | test_random_below(random, 200);
	}
}

/* Rising ids under one hash, among others: the latest first, however often buckets were split. */
static void latest_first(void **state)
{
	(void)state;
	struct index index;
	void *memory = malloc(index_size_bytes(MODEL_IDS));
	assert_non_null(memory);
	index_init(&index, memory, MODEL_IDS);
	for (uint32_t id = 1; id <= MODEL_IDS; id++) {
		index_insert(&index, hash64_of_u64(id % 7 == 0 ? 0 : id, 3), id);
		uint32_t expected = id / 7 * 7;
		for (uint32_t at = index_first(&index, hash64_of_u64(0, 3)); at != 0;
		     at = index_next(&index, at)) {
			assert_int_equal(at, expected);
			expected -= 7;
		}
		assert_int_equal(expected, 0);
	}
	free(memory);
}

static void like_a_plain_array(void **state)
{
	(void)state;
	struct test_random random = test_random_make("like_a_plain_array");
	for (int round = 0; round < 40; round++) {
		static struct model model;
		uint32_t capacity = MODEL_IDS + (uint32_t)test_random_below(&random, 300);
		void *memory = malloc(index_size_bytes(capacity));
		assert_non_null(memory);
		memset(memory, 0xA5, index_size_bytes(capacity));
		memset(&model, 0, sizeof(model));
		index_init(&model.index, memory, capacity);
		for (uint32_t id = 1; id <= MODEL_IDS; id++)
			model.hashes[id] = model_hash(&random, round % 4, id);
		for (int step = 0; step < 3000; step++) {
			uint32_t id = 1 + (uint32_t)test_random_below(&random, MODEL_IDS);
			bool add = test_random_below(&random, 3) != 0;
			index_prefetch(&model.index, model.hashes[id]);
			if (add && !model.present[id]) {
				index_insert(&model.index, model.hashes[id], id);
				model.present[id] = true;
				model.count++;
			} else if (!add) {
				bool removed =
				    index_remove(&model.index, model.hashes[id], id);
				assert_true(removed == model.present[id]);
				model.count -= removed;
				model.present[id] = false;
			}
			if (step % 500 == 0)
				assert_like_model(&model);
		}
		assert_like_model(&model);
		free(memory);
	}
}

/* Capacities around powers of two, filled to the last id. */
static void small_capacities(void **state)
{
	(void)state;
	for (uint32_t capacity = 1; capacity <= 300; capacity++) {
		struct index index;
		void *memory = malloc(index_size_bytes(capacity));
		assert_non_null(memory);
		index_init(&index, memory, capacity);
		for (uint32_t id = 1; id <= capacity; id++)
			index_insert(&index, hash64_of_u64(id, 7), id);
		assert_int_equal(index.buckets, capacity);
		for (uint32_t id = 1; id <= capacity; id++) {
			uint32_t found = index_first(&index, hash64_of_u64(id, 7));
			while (found != 0 && found != id)
				found = index_next(&index, found);
			assert_int_equal(found, id);
		}
		free(memory);
	}
}

/* Memory beyond what is used stays as it was: reserving much costs nothing. */
static void touches_only_what_it_uses(void **state)
{
	(void)state;
	enum { CAPACITY = 1 << 16, USED = 1000 };
	size_t size = index_size_bytes(CAPACITY);
	unsigned char *memory = malloc(size);
	assert_non_null(memory);
	memset(memory, 0xA5, size);
	struct index index;
	index_init(&index, memory, CAPACITY);
	for (uint32_t id = 1; id <= USED; id++)
		index_insert(&index, hash64_of_u64(id, 0), id);
	size_t touched = 0;
	for (size_t i = 0; i < size; i++)
		touched += memory[i] != 0xA5;
	assert_in_range(touched, USED * 6, USED * 12 + 64 * 4);
	free(memory);
}

/* ---- Hash ---- */

/* Flipping any input bit flips each output bit about half of the time. */
static void hash_avalanche(void **state)
{
	(void)state;
	enum { TRIES = 3000 };
	struct test_random random = test_random_make("hash_avalanche");
	static const size_t sizes[] = {7, 8, 12, 16, 17, 24, 33};
	static uint32_t flips[64];
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		for (size_t bit = 0; bit < sizes[s] * 8; bit += 5) {
			memset(flips, 0, sizeof(flips));
			for (int i = 0; i < TRIES; i++) {
				unsigned char key[40];
				test_random_bytes(&random, key, sizeof(key));
				uint64_t before = hash64(key, sizes[s], 3);
				key[bit / 8] ^= (unsigned char)(1u << bit % 8);
				uint64_t change = before ^ hash64(key, sizes[s], 3);
				for (int out = 0; out < 64; out++)
					flips[out] += (uint32_t)(change >> out & 1u);
			}
			for (int out = 0; out < 64; out++)
				assert_in_range(flips[out], TRIES * 40 / 100, TRIES * 60 / 100);
		}
	}
}

static int compare_u64(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;
	return a < b ? -1 : a > b;
}

/* Structured keys: consecutive ids, ids times a power of two, texts that differ in one digit. The
 * low 32 bits collide about as often as chance would have it, the whole 64 never. */
static void hash_structured_keys(void **state)
{
	(void)state;
	enum { KEYS = 1 << 18 };
	uint64_t *hashes = malloc(KEYS * sizeof(hashes[0]));
	assert_non_null(hashes);
	for (int kind = 0; kind < 5; kind++) {
		for (uint32_t i = 0; i < KEYS; i++) {
			char text[32];
			int size = snprintf(text, sizeof(text), "demo-%08u-line", i);
			uint64_t pair[2] = {i & 511, i >> 9};
			hashes[i] = kind == 0   ? hash64_of_u64(i, 0)
				    : kind == 1 ? hash64_of_u64((uint64_t)i << 40, 0)
				    : kind == 2 ? hash64(text, (size_t)size, 9)
				    : kind == 3 ? hash64(pair, sizeof(pair), 9)
						: hash64(&i, sizeof(i), 9);
		}
		qsort(hashes, KEYS, sizeof(hashes[0]), compare_u64);
		uint32_t low_collisions = 0;
		for (uint32_t i = 1; i < KEYS; i++)
			assert_true(hashes[i] != hashes[i - 1]);
		for (uint32_t i = 0; i < KEYS; i++)
			hashes[i] &= UINT32_MAX;
		qsort(hashes, KEYS, sizeof(hashes[0]), compare_u64);
		for (uint32_t i = 1; i < KEYS; i++)
			low_collisions += hashes[i] == hashes[i - 1];
		assert_in_range(low_collisions, 0, 30); /* 8 expected */
	}
	free(hashes);
	/* Length and seed count; the same input gives the same number on every run. */
	assert_true(hash64("", 0, 0) != hash64("\0", 1, 0));
	assert_true(hash64("a", 1, 0) != hash64("a", 1, 1));
	assert_true(hash64(NULL, 0, 5) == hash64("", 0, 5));
	assert_true(hash64("titoli", 6, 1) == UINT64_C(0x970D11E9ADB7358C));
}

/* ---- Cost ---- */

static int64_t now_ns(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void cost_at_a_million(void **state)
{
	(void)state;
	enum { IDS = 1000000 };
	struct index index;
	void *memory = malloc(index_size_bytes(IDS));
	assert_non_null(memory);
	memset(memory, 0, index_size_bytes(IDS));
	index_init(&index, memory, IDS);
	int64_t begin = now_ns();
	int64_t slowest = 0;
	for (uint32_t id = 1; id <= IDS; id++)
		index_insert(&index, hash64_of_u64(id, 11), id);
	int64_t inserted = now_ns();
	uint64_t found = 0;
	for (uint32_t i = 0; i < IDS; i++) {
		uint32_t id = (uint32_t)((uint64_t)i * 7919 % IDS) + 1;
		found += index_first(&index, hash64_of_u64(id, 11)) != 0;
	}
	int64_t looked = now_ns();
	assert_int_equal(found, IDS);
	printf("index_insert_ns %lld, index_lookup_ns %lld\n",
	       (long long)((inserted - begin) / IDS), (long long)((looked - inserted) / IDS));
	/* Longest chain: what bounds a single insertion. */
	for (uint32_t bucket = 0; bucket < index.buckets; bucket++) {
		int64_t length = 0;
		for (uint32_t id = index.heads[bucket]; id != 0; id = index.links[id - 1].next)
			length++;
		slowest = length > slowest ? length : slowest;
	}
	assert_in_range((uint64_t)slowest, 2, 16);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(latest_first),
	    cmocka_unit_test(like_a_plain_array),
	    cmocka_unit_test(small_capacities),
	    cmocka_unit_test(touches_only_what_it_uses),
	    cmocka_unit_test(hash_avalanche),
	    cmocka_unit_test(hash_structured_keys),
	    cmocka_unit_test(cost_at_a_million),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
