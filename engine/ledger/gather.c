/* Gathering: see gather.h.
 *
 * After-images lie one behind another in `images`, 8-aligned, each with its little header;
 * `pairs` hold (kind, id) and the place. A small table of recent places lets a hot record (a
 * fund's balance, a statement) be overwritten where it lies instead of being kept a hundred
 * thousand times. Rows of "entries" lie ready, in order, in `rows`. */
#include "engine/ledger/gather.h"

#include "engine/base/limits.h"
#include "engine/base/sort.h"
#include "engine/ledger/batch.h"
#include "engine/ledger/entry.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/layout.h"
#include "engine/ledger/row_group.h"
#include "engine/ledger/shared_log.h"
#include "engine/ledger/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define RECENT_SLOTS 65536u
#define REST_ENTRIES 256u /* read between two calls of the pace: some tenths of a millisecond */
#define REST_GROUPS  64u  /* and written */
#define ALIGNMENT    8u

/* What one batch can add at the most, so that bounds are looked at between batches only. */
#define BATCH_BYTES_MAX  (BATCH_PLAIN_SIZE_MAX + BATCH_SIZE_MAX) /* unpacked, plain */
#define BATCH_WRITES_MAX (BATCH_BYTES_MAX / ENTRY_WRITE_HEADER_SIZE)
#define BATCH_IMAGES_MAX ((uint64_t)BATCH_WRITES_MAX * (sizeof(struct image) + ALIGNMENT))
#define BATCH_ROWS_MAX   (UINT64_C(8) * BATCH_BYTES_MAX)
#define BARE_ROW_SIZE    (sizeof(struct row) + STORE_ENTRY_HEADER_SIZE + ALIGNMENT)

struct image {
	uint16_t size; /* bytes that follow */
	uint8_t version;
	uint8_t reserved;
};

struct recent {
	uint64_t key;   /* kind << 32 | id; 0: none */
	uint64_t place; /* bytes into images */
};

/* An anonymous mapping that is touched as it fills. Behind its end a PACK_GROUP may be read. */
struct area {
	uint8_t *bytes;
	uint64_t capacity;
	uint64_t used;
};

struct gather {
	struct area images;
	struct area rows;
	struct sort_pair *pairs;
	struct sort_pair *scratch;
	uint32_t pair_count;
	uint32_t kind_counts[RECORD_KIND_MAX + 1]; /* of the pairs */
	uint32_t highest[RECORD_KIND_MAX + 1];     /* id; known once they are sorted */
	uint32_t portion_groups;
	struct recent *recent;
	uint8_t *buffer; /* one batch */
	struct entry_pack *pack;
	struct gather_pace pace;
	uint64_t expected; /* entries that this gather should find */
	struct gather_span span;
};

/* A row of "entries" in waiting: this, then its bytes. */
struct row {
	uint64_t sequence;
	uint32_t chunk;
	uint32_t size; /* bytes that follow */
};

static_assert(sizeof(struct image) + ALIGNMENT <= 16u, "an image costs little more than its bytes");
static_assert(BATCH_ROWS_MAX >= (BATCH_BYTES_MAX / ENTRY_HEADER_SIZE) * BARE_ROW_SIZE,
    "the rows of a batch of the smallest entries fit");

static bool area_open(struct area *area, uint64_t capacity)
{
	void *memory = mmap(NULL, (size_t)capacity + PACK_GROUP, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	*area = (struct area){.bytes = memory, .capacity = capacity};
	return true;
}

static void area_close(struct area *area)
{
	if (area->bytes != NULL)
		(void)munmap(area->bytes, (size_t)area->capacity + PACK_GROUP);
}

/* Forgets the content and gives back what is more than a little. */
static void area_reset(struct area *area)
{
	if (area->used > GATHER_KEPT_BYTES)
		(void)madvise(area->bytes + GATHER_KEPT_BYTES,
		    (size_t)(area->used - GATHER_KEPT_BYTES), MADV_DONTNEED);
	area->used = 0;
}

static uint8_t *area_take(struct area *area, uint64_t size)
{
	uint64_t rounded = (size + ALIGNMENT - 1u) / ALIGNMENT * ALIGNMENT;
	ASSERT(rounded <= area->capacity - area->used);
	uint8_t *place = area->bytes + area->used;
	area->used += rounded;
	return place;
}

enum result gather_open(struct gather **ret_gather)
{
	ASSERT(ret_gather != NULL);
	struct gather *gather = calloc(1, sizeof(*gather));
	if (gather == NULL)
		return RESULT_OUT_OF_MEMORY;
	struct area pairs = {0};
	struct area scratch = {0};
	uint64_t pairs_size = (uint64_t)GATHER_WRITES_MAX * sizeof(struct sort_pair);
	bool opened = area_open(&gather->images, GATHER_BYTES_MAX) &&
		      area_open(&gather->rows, GATHER_ROWS_MAX) && area_open(&pairs, pairs_size) &&
		      area_open(&scratch, pairs_size);
	gather->pairs = (void *)pairs.bytes;
	gather->scratch = (void *)scratch.bytes;
	gather->recent = calloc(RECENT_SLOTS, sizeof(*gather->recent));
	gather->buffer = malloc(BATCH_SIZE_MAX);
	bool packs = entry_pack_open(&gather->pack) == RESULT_OK;
	if (!opened || !packs || gather->recent == NULL || gather->buffer == NULL) {
		gather_close(gather);
		return RESULT_OUT_OF_MEMORY;
	}
	gather->portion_groups = STORE_PORTION_GROUPS;
	*ret_gather = gather;
	return RESULT_OK;
}

void gather_set_portion(struct gather *gather, uint32_t groups)
{
	ASSERT(gather != NULL && groups >= 1);
	gather->portion_groups = groups;
}

void gather_set_pace(struct gather *gather, const struct gather_pace *pace)
{
	ASSERT(gather != NULL);
	gather->pace = pace == NULL ? (struct gather_pace){0} : *pace;
}

/* Of the work at hand so much is done: reading is the first half, writing the second. */
static void rest(const struct gather *gather, uint32_t thousandths)
{
	ASSERT(thousandths <= 1000u);
	if (gather->pace.rest != NULL)
		gather->pace.rest(gather->pace.context, thousandths);
}

/* Thousandths of a half. */
static uint32_t share(uint64_t done, uint64_t all)
{
	return all == 0 || done >= all ? 500u : (uint32_t)(done * 500u / all);
}

void gather_close(struct gather *gather)
{
	if (gather == NULL)
		return;
	uint64_t pairs_size = (uint64_t)GATHER_WRITES_MAX * sizeof(struct sort_pair);
	struct area pairs = {.bytes = (void *)gather->pairs, .capacity = pairs_size};
	struct area scratch = {.bytes = (void *)gather->scratch, .capacity = pairs_size};
	area_close(&gather->images);
	area_close(&gather->rows);
	area_close(&pairs);
	area_close(&scratch);
	entry_pack_close(gather->pack);
	free(gather->recent);
	free(gather->buffer);
	free(gather);
}

static void gather_reset(struct gather *gather, uint64_t first_sequence)
{
	area_reset(&gather->images);
	area_reset(&gather->rows);
	uint64_t used = (uint64_t)gather->pair_count * sizeof(struct sort_pair);
	if (used > GATHER_KEPT_BYTES) {
		size_t more = (size_t)(used - GATHER_KEPT_BYTES);
		(void)madvise((uint8_t *)gather->pairs + GATHER_KEPT_BYTES, more, MADV_DONTNEED);
		(void)madvise((uint8_t *)gather->scratch + GATHER_KEPT_BYTES, more, MADV_DONTNEED);
	}
	gather->pair_count = 0;
	memset(gather->kind_counts, 0, sizeof(gather->kind_counts));
	memset(gather->recent, 0, RECENT_SLOTS * sizeof(*gather->recent));
	gather->span = (struct gather_span){
	    .first_sequence = first_sequence,
	    .last_sequence = first_sequence - 1,
	    .instant_us = INT64_MIN,
	};
}

static void gather_one_write(struct gather *gather, const struct entry_write *write)
{
	uint64_t key = (uint64_t)write->kind << 32 | write->id;
	struct recent *recent = &gather->recent[(key ^ key >> 27) % RECENT_SLOTS];
	if (recent->key == key) {
		struct image *image = (void *)(gather->images.bytes + recent->place);
		if (image->size == write->size) {
			image->version = write->version;
			memcpy(image + 1, write->bytes, write->size);
			return;
		}
	}
	uint64_t place = gather->images.used;
	struct image *image = (void *)area_take(&gather->images, sizeof(*image) + write->size);
	*image = (struct image){.size = (uint16_t)write->size, .version = write->version};
	memcpy(image + 1, write->bytes, write->size);
	*recent = (struct recent){.key = key, .place = place};
	ASSERT(gather->pair_count < GATHER_WRITES_MAX);
	gather->pairs[gather->pair_count] = (struct sort_pair){
	    .key = key,
	    .payload = (uint32_t)(place / ALIGNMENT),
	};
	gather->pair_count++;
	gather->kind_counts[write->kind]++;
	gather->span.writes++;
}

static void gather_rows(struct gather *gather, const struct entry *entry)
{
	uint32_t first = 0;
	do {
		uint32_t left = entry->posting_count - first;
		uint32_t count = left < STORE_CHUNK_POSTINGS ? left : STORE_CHUNK_POSTINGS;
		const struct store_entry chunk = {
		    .sequence = entry->head.sequence,
		    .instant_us = entry->head.at.us,
		    .principal = entry->head.principal.raw, /* raw: as it is encoded */
		    .posting_count = entry->posting_count,
		    .first = first,
		    .count = count,
		    .result = entry->head.result,
		    .cause = entry->head.cause,
		    .command = entry->head.command,
		    .posting_version = entry->posting_version,
		    .postings = entry->postings + (size_t)first * LAYOUT_POSTING_SIZE,
		};
		uint32_t size = STORE_ENTRY_HEADER_SIZE + count * LAYOUT_POSTING_SIZE;
		struct row *row = (void *)area_take(&gather->rows, sizeof(*row) + size);
		*row = (struct row){entry->head.sequence, first / STORE_CHUNK_POSTINGS, size};
		uint32_t used = store_entry_encode(&chunk, (uint8_t *)(row + 1));
		ASSERT(used == size);
		first += count;
	} while (first < entry->posting_count);
}

/* Takes in one batch. False: it is damaged, at span.fault_sequence. */
static bool gather_batch(struct gather *gather, const struct shared_log_found *found)
{
	struct batch batch;
	gather->span.fault_sequence = found->first_sequence;
	if (batch_open(gather->buffer, found->size, NULL, &batch) != RESULT_OK)
		return false;
	struct batch_entry given;
	entry_pack_begin(gather->pack);
	enum result result = batch_next(&batch, &given);
	while (result == RESULT_OK) {
		struct entry entry;
		struct entry_write write;
		gather->span.fault_sequence = given.sequence;
		if (!entry_open(gather->pack, &given, &entry) ||
		    entry.head.at.us < gather->span.instant_us)
			return false;
		while (entry_next_write(&entry, &write)) {
			if (write.id == 0 || write.size == 0 || write.size > LAYOUT_SIZE_MAX)
				return false;
			gather_one_write(gather, &write);
		}
		gather_rows(gather, &entry);
		gather->span.instant_us = entry.head.at.us;
		if (given.sequence % REST_ENTRIES == 0)
			rest(gather, share(given.sequence - gather->span.first_sequence,
					 gather->expected));
		result = batch_next(&batch, &given);
	}
	if (result != RESULT_NOT_FOUND)
		return false;
	gather->span.fault_sequence = 0;
	gather->span.entries += batch.count;
	gather->span.last_sequence = batch.head.first_sequence + batch.count - 1;
	memcpy(gather->span.hash, batch.hash, sizeof(gather->span.hash));
	return true;
}

/* Is there room for another batch, whatever it holds? */
static bool has_room(const struct gather *gather)
{
	return gather->span.entries + BATCH_ENTRIES_MAX <= GATHER_ENTRIES_MAX &&
	       gather->pair_count + BATCH_WRITES_MAX <= GATHER_WRITES_MAX &&
	       gather->images.capacity - gather->images.used >=
		   BATCH_IMAGES_MAX + BATCH_BYTES_MAX &&
	       gather->rows.capacity - gather->rows.used >= BATCH_ROWS_MAX;
}

enum result gather_read(struct gather *gather, struct shared_log *log, uint64_t first_sequence,
    uint64_t last_sequence, struct gather_span *ret_span)
{
	ASSERT(gather != NULL && log != NULL && ret_span != NULL);
	ASSERT(first_sequence >= 1);
	gather_reset(gather, first_sequence);
	uint64_t durable = shared_log_durable_sequence(log);
	uint64_t expected = durable < first_sequence ? 0 : durable - first_sequence + 1;
	gather->expected = expected < GATHER_ENTRIES_MAX ? expected : GATHER_ENTRIES_MAX;
	struct shared_log_buffer buffer = {.bytes = gather->buffer, .capacity = BATCH_SIZE_MAX};
	enum result result = RESULT_OK;
	while (gather->span.last_sequence < last_sequence) {
		if (!has_room(gather)) {
			gather->span.full = true;
			break;
		}
		struct shared_log_found found;
		uint64_t next = gather->span.last_sequence + 1;
		result = shared_log_read_from(log, next, buffer, &found);
		if (result != RESULT_OK)
			break;
		if (found.first_sequence != next || !gather_batch(gather, &found)) {
			result = RESULT_JOURNAL_CORRUPT;
			if (gather->span.fault_sequence == 0)
				gather->span.fault_sequence = next;
			break;
		}
	}
	gather->span.bytes = gather->images.used + gather->rows.used;
	*ret_span = gather->span;
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

/* ---- Writing ---- */

/* Where a write stands: over sorted pairs first, then over rows. Copied before each portion, so
 * that a portion that met a full map can be done again. */
struct progress {
	uint32_t pair;
	uint64_t row;  /* bytes into rows */
	uint64_t puts; /* rows of both so far */
};

/* Sorts, and keeps of each record the last image only: by kind first, in the order in which they
 * came, since those of new records are then sorted already. */
static void sort_images(struct gather *gather)
{
	struct sort_pair *by_kind = gather->scratch;
	uint32_t ends[RECORD_KIND_MAX + 1];
	uint32_t begin = 0;
	for (uint32_t kind = 0; kind <= RECORD_KIND_MAX; kind++) {
		ends[kind] = begin;
		begin += gather->kind_counts[kind];
	}
	for (uint32_t i = 0; i < gather->pair_count; i++)
		by_kind[ends[gather->pairs[i].key >> 32]++] = gather->pairs[i];
	uint32_t kept = 0;
	begin = 0;
	for (uint32_t kind = 0; kind <= RECORD_KIND_MAX; kind++) {
		uint32_t end = ends[kind];
		uint32_t before = kept;
		sort_pairs(by_kind + begin, gather->pairs + begin, end - begin);
		gather->highest[kind] = begin == end ? 0 : (uint32_t)by_kind[end - 1].key;
		for (; begin < end; begin++) {
			if (begin + 1 < end && by_kind[begin + 1].key == by_kind[begin].key)
				continue;
			gather->pairs[kept] = by_kind[begin];
			kept++;
		}
		gather->kind_counts[kind] = kept - before;
	}
	gather->pair_count = kept;
}

/* Puts the images of one group. */
static void put_images(
    const struct gather *gather, struct store *store, struct progress *progress)
{
	struct row_group_row rows[ROW_GROUP_ROWS] = {{0}};
	const struct sort_pair *pair = gather->pairs + progress->pair;
	const struct sort_pair *end = gather->pairs + gather->pair_count;
	uint64_t first = pair->key;
	do {
		const struct image *image =
		    (const void *)(gather->images.bytes + (uint64_t)pair->payload * ALIGNMENT);
		rows[pair->key % ROW_GROUP_ROWS] = (struct row_group_row){
		    (const uint8_t *)(image + 1), image->size, image->version};
		pair++;
	} while (pair < end && pair->key / ROW_GROUP_ROWS == first / ROW_GROUP_ROWS);
	uint32_t next = (uint32_t)(pair - gather->pairs);
	progress->puts += next - progress->pair;
	progress->pair = next;
	uint8_t kind = (uint8_t)(first >> 32);
	const struct store_group group = {
	    .rows = rows,
	    .number = (uint32_t)first / ROW_GROUP_ROWS,
	    .kind = kind,
	    .append = (uint32_t)first > store_meta(store)->counts[kind],
	};
	store_put_group(store, &group);
}

/* Puts rows of entries that stand in one group. */
static void put_entries(
    const struct gather *gather, struct store *store, struct progress *progress)
{
	struct row_group_row rows[ROW_GROUP_ROWS] = {{0}};
	const struct row *row = (const void *)(gather->rows.bytes + progress->row);
	const struct store_group group = {
	    .rows = rows,
	    .number = row->sequence / ROW_GROUP_ROWS,
	    .chunk = row->chunk,
	    .append = true,
	};
	do {
		rows[row->sequence % ROW_GROUP_ROWS] = (struct row_group_row){
		    (const uint8_t *)(row + 1), row->size, STORE_ENTRY_VERSION};
		uint64_t size = sizeof(*row) + row->size;
		progress->row += (size + ALIGNMENT - 1u) / ALIGNMENT * ALIGNMENT;
		progress->puts++;
		row = (const void *)(gather->rows.bytes + progress->row);
	} while (progress->row < gather->rows.used && row->chunk == group.chunk &&
		 row->sequence / ROW_GROUP_ROWS == group.number);
	store_put_group(store, &group);
}

/* The meta row once everything gathered is there. */
static struct store_meta meta_after(const struct gather *gather, const struct store *store)
{
	struct store_meta meta = *store_meta(store);
	meta.sequence = gather->span.last_sequence;
	if (meta.target < meta.sequence)
		meta.target = meta.sequence;
	meta.instant_us = gather->span.instant_us;
	memcpy(meta.hash, gather->span.hash, sizeof(meta.hash));
	for (uint32_t kind = 0; kind <= RECORD_KIND_MAX; kind++)
		if (meta.counts[kind] < gather->highest[kind])
			meta.counts[kind] = gather->highest[kind];
	return meta;
}

static bool is_done(const struct gather *gather, const struct progress *progress)
{
	return progress->pair == gather->pair_count && progress->row == gather->rows.used;
}

/* A write at work. */
struct writing {
	struct gather *gather;
	struct store *store;
	const struct gather_gate *gate; /* NULL: nobody reads */
	struct gather_written *written;
	bool gated;
};

/* Keeps readers out from now on. */
static void shut(struct writing *writing)
{
	if (writing->gate != NULL && !writing->gated)
		writing->gate->close(writing->gate->context);
	writing->gated = writing->gate != NULL;
}

/* Of the writing so much is done: images and rows take about the same. */
static void rest_writing(const struct gather *gather, const struct progress *progress)
{
	rest(gather, 500u + (share(progress->pair, gather->pair_count) +
				share(progress->row, gather->rows.used)) / 2);
}

/* Puts rows until so many groups have been touched. */
static void fill_portion(
    const struct gather *gather, struct store *store, struct progress *progress)
{
	for (uint32_t groups = 0; groups < gather->portion_groups; groups++) {
		if (groups % REST_GROUPS == REST_GROUPS - 1)
			rest_writing(gather, progress);
		if (progress->pair < gather->pair_count)
			put_images(gather, store, progress);
		else if (progress->row < gather->rows.used)
			put_entries(gather, store, progress);
		else
			return;
	}
}

/* Fills and commits one portion; the last one moves the sequence, the first one of several the
 * target. Readers see all of a checkpoint or nothing: they are out before the first of several is
 * committed. */
static enum result write_portion(struct writing *writing, struct progress *progress)
{
	struct gather *gather = writing->gather;
	struct store *store = writing->store;
	struct progress next = *progress;
	enum result result = store_begin(store);
	if (result != RESULT_OK)
		return result;
	fill_portion(gather, store, &next);
	struct store_meta meta = *store_meta(store);
	if (is_done(gather, &next)) {
		meta = meta_after(gather, store);
		store_put_meta(store, &meta);
	} else if (meta.target < gather->span.last_sequence) {
		meta.target = gather->span.last_sequence;
		store_put_meta(store, &meta);
	}
	if (!is_done(gather, &next))
		shut(writing);
	result = store_commit(store);
	if (result != RESULT_OK)
		return result;
	*progress = next;
	writing->written->puts = next.puts;
	writing->written->commits++;
	return RESULT_OK;
}

static enum result grow(struct writing *writing)
{
	shut(writing);
	if (writing->gate != NULL)
		writing->gate->empty(writing->gate->context);
	return store_grow(writing->store);
}

enum result gather_write(struct gather *gather, struct store *store,
    const struct gather_gate *gate, struct gather_written *ret_written)
{
	ASSERT(gather != NULL && store != NULL && ret_written != NULL);
	ASSERT(store_meta(store)->sequence + 1 == gather->span.first_sequence);
	*ret_written = (struct gather_written){0};
	if (gather->span.entries == 0)
		return RESULT_OK;
	sort_images(gather);
	struct writing writing = {
	    .gather = gather, .store = store, .gate = gate, .written = ret_written};
	struct progress progress = {0};
	enum result result = RESULT_OK;
	while (!is_done(gather, &progress) && result == RESULT_OK) {
		result = write_portion(&writing, &progress);
		if (gate != NULL)
			gate->wrote(gate->context);
		if (result == RESULT_STORE_FULL)
			result = grow(&writing);
	}
	/* After a failure readers stay out: rows of two sequences may stand side by side. */
	if (writing.gated && result == RESULT_OK)
		gate->open(gate->context);
	return result;
}

enum result gather_catch_up(struct gather *gather, struct shared_log *log, struct store *store,
    uint64_t last_sequence, struct gather_span *ret_span)
{
	ASSERT(gather != NULL && log != NULL && store != NULL && ret_span != NULL);
	enum result result = RESULT_OK;
	*ret_span = (struct gather_span){0};
	do {
		uint64_t next = store_meta(store)->sequence + 1;
		struct gather_written written;
		if (last_sequence < next)
			break;
		result = gather_read(gather, log, next, last_sequence, ret_span);
		if (result == RESULT_OK)
			result = gather_write(gather, store, NULL, &written);
	} while (result == RESULT_OK && ret_span->full);
	return result;
}
