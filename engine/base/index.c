/* Linear hashing: see index.h.
 *
 * With n buckets in use and low = the power of two below or at n, a hash belongs to bucket
 * hash mod 2 x low if that bucket exists yet, else to hash mod low. Bringing bucket n into use
 * therefore takes ids out of exactly one older chain, that of bucket n - low. Each insertion brings
 * at most one bucket into use, so chains stay about one id long and the work is spread evenly. */
#include "engine/base/index.h"

#include "engine/base/assert.h"

#include <assert.h>
#include <string.h>

#define BUCKETS_AT_START 64u
#define SPLITS_AHEAD     8u

static_assert(sizeof(struct index_link) == 8, "12 bytes per id: one link and one head");

size_t index_size_bytes(uint32_t capacity)
{
	ASSERT(capacity > 0);
	return (size_t)capacity * (sizeof(struct index_link) + sizeof(uint32_t));
}

void index_init(struct index *index, void *memory, uint32_t capacity)
{
	ASSERT(index != NULL);
	ASSERT(memory != NULL);
	ASSERT((uintptr_t)memory % sizeof(uint64_t) == 0);
	ASSERT(capacity > 0);
	uint32_t buckets = 1;
	while (buckets < BUCKETS_AT_START && buckets <= capacity / 2)
		buckets *= 2;
	ASSERT(buckets <= capacity);
	struct index_link *links = memory;
	*index = (struct index){
	    .heads = (uint32_t *)(void *)(links + capacity),
	    .links = links,
	    .capacity = capacity,
	    .buckets = buckets,
	    .low = buckets,
	    .count = 0,
	};
	memset(index->heads, 0, buckets * sizeof(index->heads[0]));
}

static struct index_link *link_of(const struct index *index, uint32_t id)
{
	ASSERT(id >= 1);
	ASSERT(id <= index->capacity);
	return &index->links[id - 1];
}

static uint32_t bucket_of(const struct index *index, uint32_t hash)
{
	/* low may be 2^31: the doubled mask is computed without doubling. */
	uint32_t mask = index->low - 1;
	uint32_t bucket = hash & (mask << 1 | 1u);
	if (bucket >= index->buckets)
		bucket &= mask;
	ASSERT(bucket < index->buckets);
	return bucket;
}

/* Brings one more bucket into use and gives it its share of one older chain. Both chains keep their
 * order. */
static void split(struct index *index)
{
	ASSERT(index->buckets < index->capacity);
	uint32_t fresh = index->buckets;
	uint32_t older = fresh - index->low;
	ASSERT(older < index->low);
	uint32_t *kept = &index->heads[older];
	uint32_t *moved = &index->heads[fresh];
	uint32_t id = *kept;
	/* Buckets are split in their order: what one of the next walks is asked for now. */
	uint32_t soon = older + SPLITS_AHEAD;
	if (soon < index->low && index->heads[soon] != 0)
		__builtin_prefetch(link_of(index, index->heads[soon]), 1);
	while (id != 0) {
		struct index_link *link = link_of(index, id);
		uint32_t **end = (link->hash & index->low) != 0 ? &moved : &kept;
		**end = id;
		*end = &link->next;
		id = link->next;
	}
	*kept = 0;
	*moved = 0;
	index->buckets++;
	/* The round is finished when every old bucket was split. */
	if (index->buckets - index->low == index->low)
		index->low = index->buckets;
}

void index_insert(struct index *index, uint64_t hash, uint32_t id)
{
	ASSERT(index != NULL);
	ASSERT(index->count < index->capacity);
	uint32_t low_half = (uint32_t)hash;
	uint32_t *head = &index->heads[bucket_of(index, low_half)];
	ASSERT(*head != id);
	*link_of(index, id) = (struct index_link){.next = *head, .hash = low_half};
	*head = id;
	index->count++;
	if (index->count > index->buckets && index->buckets < index->capacity)
		split(index);
}

/* From an id on, the first with this hash. */
static uint32_t matching_from(const struct index *index, uint32_t id, uint32_t hash)
{
	while (id != 0) {
		const struct index_link *link = link_of(index, id);
		if (link->hash == hash)
			return id;
		id = link->next;
	}
	return 0;
}

uint32_t index_first(const struct index *index, uint64_t hash)
{
	ASSERT(index != NULL);
	uint32_t low_half = (uint32_t)hash;
	return matching_from(index, index->heads[bucket_of(index, low_half)], low_half);
}

uint32_t index_next(const struct index *index, uint32_t id)
{
	ASSERT(index != NULL);
	const struct index_link *link = link_of(index, id);
	return matching_from(index, link->next, link->hash);
}

bool index_remove(struct index *index, uint64_t hash, uint32_t id)
{
	ASSERT(index != NULL);
	ASSERT(id >= 1);
	uint32_t *at = &index->heads[bucket_of(index, (uint32_t)hash)];
	while (*at != 0 && *at != id)
		at = &link_of(index, *at)->next;
	if (*at == 0)
		return false;
	ASSERT(link_of(index, id)->hash == (uint32_t)hash);
	ASSERT(index->count > 0);
	*at = link_of(index, id)->next;
	index->count--;
	return true;
}

void index_prefetch(const struct index *index, uint64_t hash)
{
	ASSERT(index != NULL);
	__builtin_prefetch(&index->heads[bucket_of(index, (uint32_t)hash)]);
}

void index_prefetch_first(const struct index *index, uint64_t hash)
{
	ASSERT(index != NULL);
	uint32_t id = index->heads[bucket_of(index, (uint32_t)hash)];
	if (id != 0)
		__builtin_prefetch(link_of(index, id));
}

/* ---- Hashing ---- */

/* Odd constants with about half their bits set: fractional digits of the roots of 2, 3 and 5. */
#define MIX_A UINT64_C(0x6A09E667F3BCC909)
#define MIX_B UINT64_C(0xBB67AE8584CAA73B)
#define MIX_C UINT64_C(0x3C6EF372FE94F82B)

/* Multiplies to 128 bits and folds the halves: every input bit reaches every output bit. */
static uint64_t fold(uint64_t left, uint64_t right)
{
	unsigned __int128 product = (unsigned __int128)left * right;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const unsigned char *at, size_t size)
{
	ASSERT(size <= sizeof(uint64_t));
	uint64_t word = 0;
	uint32_t low;
	uint32_t high;
	if (size == sizeof(word)) {
		memcpy(&word, at, sizeof(word));
	} else if (size >= sizeof(low)) { /* halves that share bytes */
		memcpy(&low, at, sizeof(low));
		memcpy(&high, at + size - sizeof(high), sizeof(high));
		word = low | (uint64_t)high << 8 * (size - sizeof(high));
	} else if (size > 0) { /* the first, the middle and the last, which may be the same */
		word = at[0] | (uint64_t)at[size / 2] << 8 * (size / 2) |
		       (uint64_t)at[size - 1] << 8 * (size - 1);
	}
	return word;
}

/* The last mixing of every hash: the multiply-xorshift finaliser. */
static uint64_t finish(uint64_t state)
{
	state ^= state >> 32;
	state *= MIX_A;
	state ^= state >> 29;
	state *= MIX_B;
	state ^= state >> 32;
	return state;
}

uint64_t hash64(const void *data, size_t size, uint64_t seed)
{
	if (size > 0)
		ASSERT(data != NULL);
	const unsigned char *at = data;
	uint64_t state = seed ^ fold(seed ^ MIX_A, (uint64_t)size ^ MIX_B);
	size_t left = size;
	for (; left > 16; left -= 16) {
		state = fold(load(at, 8) ^ MIX_C ^ state, load(at + 8, 8) ^ MIX_B) ^ state;
		at += 16;
	}
	uint64_t first = left > 8 ? load(at, 8) : load(at, left);
	uint64_t second = left > 8 ? load(at + 8, left - 8) : 0;
	return finish(fold(first ^ MIX_C ^ state, second ^ MIX_B) ^ state);
}

uint64_t hash64_of_u64(uint64_t value, uint64_t seed)
{
	/* The seed is spread first: small values under small seeds must not meet. */
	return finish((value + seed * MIX_B) * MIX_A + MIX_C);
}
