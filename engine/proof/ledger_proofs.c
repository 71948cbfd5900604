/* Proofs of a running ledger: see ledger_proofs.h. */
#include "engine/proof/ledger_proofs.h"

#include "engine/ledger/batch.h"
#include "engine/ledger/bell.h"
#include "engine/ledger/entry.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/wire.h"
#include "engine/system/clock.h"
#include "engine/system/file.h"
#include "engine/system/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IDLE_MS	       200u
#define RETRY_MS       1000u
#define TELL_MS	       60000u /* between two lines about the same trouble */
#define LOWEST_NICE    19
#define PENDING_MAX    2048u /* hashes that wait to be written */
#define INDEX_ITEM     8u
#define US_PER_S       INT64_C(1000000)

/* What it takes to walk entries. */
struct walker {
	struct merkle *merkle;
	struct leaf_maker *maker;
	struct entry_pack *pack;
	uint8_t *buffer; /* BATCH_SIZE_MAX */
};

struct proofs {
	struct proofs_config config;
	struct file tree;
	struct file redemptions;
	struct file roots;
	_Atomic uint64_t root_count;

	/* The thread's. */
	struct walker walker;
	struct merkle_edge edge;
	uint64_t kept; /* hashes of the tree in its file; those that wait follow */
	uint32_t pending;
	struct merkle_hash pendings[PENDING_MAX + MERKLE_GROWTH_MAX];
	int64_t instant_us; /* of the last entry */
	bool has_last;
	struct root last; /* signed; the tree may be smaller while it is made anew */
	struct root ahead; /* signed, of a tree larger than this one is yet; size 0: none */
	bool is_checked;   /* the journal holds what the tree was taken up with */
	bool is_wrong;
	uint32_t last_redemption;
	uint64_t told_ms;

	pthread_mutex_t lock; /* of the shower */
	struct walker shower;
	struct bell bell;
	atomic_bool stops;
	bool has_thread;
	pthread_t thread;
};

/* ---- Walkers ---- */

static enum result walker_open(struct walker *walker)
{
	enum result result = merkle_open(&walker->merkle);
	if (result == RESULT_OK)
		result = leaf_open(walker->merkle, &walker->maker);
	if (result == RESULT_OK)
		result = entry_pack_open(&walker->pack);
	walker->buffer = malloc(BATCH_SIZE_MAX);
	return result == RESULT_OK && walker->buffer == NULL ? RESULT_OUT_OF_MEMORY : result;
}

static void walker_close(struct walker *walker)
{
	leaf_close(walker->maker);
	merkle_close(walker->merkle);
	entry_pack_close(walker->pack);
	free(walker->buffer);
}

/* Opens the batch that holds a sequence. RESULT_OK; RESULT_NOT_FOUND behind the end; faults. */
static enum result walker_read(struct walker *walker, const struct proofs_config *config,
			       void *journal, uint64_t sequence, struct batch *ret_batch)
{
	struct shared_log_buffer buffer = {.bytes = walker->buffer, .capacity = BATCH_SIZE_MAX};
	struct shared_log_found found;
	enum result result = config->read(journal, sequence, buffer, &found);
	/* Its hash was checked as the chain was; entries carry checksums of their own. */
	if (result == RESULT_OK)
		result = batch_open(walker->buffer, found.size, NULL, ret_batch);
	if (result != RESULT_OK)
		return result;
	entry_pack_begin(walker->pack);
	leaf_batch(walker->maker, ret_batch->hash);
	return RESULT_OK;
}

/* The next entry. RESULT_OK; RESULT_NOT_FOUND after the last; RESULT_JOURNAL_CORRUPT. */
static enum result walker_next(struct walker *walker, struct batch *batch, struct entry *ret_entry)
{
	struct batch_entry given;
	enum result result = batch_next(batch, &given);
	if (result == RESULT_OK && !entry_open(walker->pack, &given, ret_entry))
		result = RESULT_JOURNAL_CORRUPT;
	return result;
}

/* ---- Files ---- */

static enum result open_file(const char *folder, const char *name, struct file *ret_file)
{
	char path[FILE_PATH_SIZE_MAX];
	if (!file_path(folder, name, path))
		return RESULT_IO_FAILED;
	enum result result = file_open(path, FILE_UPDATE, ret_file);
	return result == RESULT_NOT_FOUND ? file_open(path, FILE_CREATE, ret_file) : result;
}

static bool read_hash(void *context, uint64_t place, struct merkle_hash *ret_hash)
{
	const struct proofs *proofs = context;
	struct file_span span = {place * MERKLE_HASH_SIZE, MERKLE_HASH_SIZE};
	uint64_t size = 0;
	return file_read(proofs->tree, span, ret_hash->bytes, &size) == RESULT_OK &&
	       size == MERKLE_HASH_SIZE;
}

static struct merkle_source source_of(struct proofs *proofs)
{
	return (struct merkle_source){read_hash, proofs};
}

static enum result flush(struct proofs *proofs)
{
	struct file_span span = {proofs->kept * MERKLE_HASH_SIZE,
				 (uint64_t)proofs->pending * MERKLE_HASH_SIZE};
	if (proofs->pending == 0)
		return RESULT_OK;
	enum result result = file_write(proofs->tree, span, proofs->pendings);
	if (result != RESULT_OK)
		return result;
	proofs->kept += proofs->pending;
	proofs->pending = 0;
	return RESULT_OK;
}

enum result proofs_root(const struct proofs *proofs, uint64_t index, struct root *ret_root)
{
	uint8_t bytes[ROOT_SIZE];
	uint64_t size = 0;
	struct file_span span = {index * ROOT_SIZE, ROOT_SIZE};
	ASSERT(proofs != NULL && ret_root != NULL);
	if (index >= proofs_roots(proofs))
		return RESULT_NOT_FOUND;
	enum result result = file_read(proofs->roots, span, bytes, &size);
	if (result != RESULT_OK)
		return result;
	bool is_root = size == ROOT_SIZE && root_decode(bytes, ret_root) &&
		       memcmp(ret_root->ledger_id, proofs->config.ledger_id,
			      ROOT_LEDGER_ID_SIZE) == 0;
	return is_root ? RESULT_OK : RESULT_STORE_CORRUPT;
}

uint64_t proofs_roots(const struct proofs *proofs)
{
	return atomic_load_explicit(&proofs->root_count, memory_order_acquire);
}

/* A root that the signer signed goes behind the others, and lasts. */
static enum result keep_root(struct proofs *proofs, const struct root *root)
{
	uint8_t bytes[ROOT_SIZE];
	uint64_t count = proofs_roots(proofs);
	root_encode(root, bytes);
	enum result result =
	    file_write(proofs->roots, (struct file_span){count * ROOT_SIZE, ROOT_SIZE}, bytes);
	if (result == RESULT_OK)
		result = file_sync(proofs->roots);
	if (result != RESULT_OK)
		return result;
	proofs->last = *root;
	proofs->has_last = true;
	atomic_store_explicit(&proofs->root_count, count + 1, memory_order_release);
	LOG("root_signed", log_number("size", (int64_t)root->tree.size),
	    log_number("cause", root->cause));
	return RESULT_OK;
}

/* ---- Opening ---- */

/* The tree as of the last signed root, where its file gives that root again; else empty. */
static void take_up(struct proofs *proofs)
{
	struct merkle_source source = source_of(proofs);
	struct merkle_hash root;
	proofs->edge.size = 0;
	proofs->instant_us = INT64_MIN;
	if (proofs->has_last &&
	    merkle_load(&source, proofs->last.tree.size, &proofs->edge)) {
		merkle_edge_root(proofs->walker.merkle, &proofs->edge, &root);
		if (memcmp(&root, &proofs->last.tree.root, sizeof(root)) == 0)
			proofs->instant_us = proofs->last.instant_us;
		else
			proofs->edge.size = 0;
	} else {
		proofs->edge.size = 0;
	}
	proofs->kept = merkle_stored(proofs->edge.size);
	proofs->is_checked = proofs->edge.size == 0;
}

static enum result open_files(struct proofs *proofs)
{
	char folder[FILE_PATH_SIZE_MAX];
	uint64_t size = 0;
	if (!file_path(proofs->config.folder, "proof", folder))
		return RESULT_IO_FAILED;
	enum result result = file_make_folder(folder);
	if (result == RESULT_OK)
		result = open_file(folder, "tree", &proofs->tree);
	if (result == RESULT_OK)
		result = open_file(folder, "redemptions", &proofs->redemptions);
	if (result == RESULT_OK)
		result = open_file(folder, "roots", &proofs->roots);
	if (result == RESULT_OK)
		result = file_sync_folder(folder);
	if (result == RESULT_OK)
		result = file_size(proofs->roots, &size);
	if (result != RESULT_OK)
		return result;
	atomic_store(&proofs->root_count, size / ROOT_SIZE);
	if (size < ROOT_SIZE)
		return RESULT_OK;
	result = proofs_root(proofs, size / ROOT_SIZE - 1, &proofs->last);
	proofs->has_last = result == RESULT_OK;
	return proofs->has_last && !root_is_signed(&proofs->last) ? RESULT_STORE_CORRUPT : result;
}

enum result proofs_open(const struct proofs_config *config, struct proofs **ret_proofs)
{
	ASSERT(config != NULL && ret_proofs != NULL && config->interval_s > 0);
	struct proofs *proofs = calloc(1, sizeof(*proofs));
	if (proofs == NULL)
		return RESULT_OUT_OF_MEMORY;
	proofs->config = *config;
	proofs->tree = proofs->redemptions = proofs->roots = FILE_NONE;
	int made = pthread_mutex_init(&proofs->lock, NULL);
	ASSERT(made == 0);
	enum result result = walker_open(&proofs->walker);
	if (result == RESULT_OK)
		result = walker_open(&proofs->shower);
	if (result == RESULT_OK)
		result = open_files(proofs);
	if (result != RESULT_OK) {
		proofs_close(proofs);
		return result;
	}
	take_up(proofs);
	*ret_proofs = proofs;
	return RESULT_OK;
}

void proofs_close(struct proofs *proofs)
{
	if (proofs == NULL)
		return;
	walker_close(&proofs->walker);
	walker_close(&proofs->shower);
	file_close(&proofs->tree);
	file_close(&proofs->redemptions);
	file_close(&proofs->roots);
	(void)pthread_mutex_destroy(&proofs->lock);
	free(proofs);
}

/* ---- Roots ---- */

static void tell(struct proofs *proofs, const char *event, enum root_verdict verdict)
{
	uint64_t now_ms = clock_monotonic_ms();
	if (proofs->told_ms != 0 && now_ms - proofs->told_ms < TELL_MS)
		return;
	proofs->told_ms = now_ms;
	LOG(event, log_number("verdict", verdict),
	    log_number("size", (int64_t)proofs->edge.size));
}

/* A root that the signer signed, the one asked for or one that was lost before it came into the
 * file: is it of this tree? One of a larger tree waits until the tree has come so far. */
static enum result adopt(struct proofs *proofs, const struct root *root)
{
	struct merkle_source source = source_of(proofs);
	struct merkle_hash hash;
	if ((proofs->has_last && root->tree.size <= proofs->last.tree.size) ||
	    !root_is_signed(root))
		return RESULT_OVERLOADED;
	if (root->tree.size > proofs->edge.size) {
		proofs->ahead = *root;
		return RESULT_OK;
	}
	if (!merkle_root(proofs->walker.merkle, &source, root->tree.size, &hash))
		return RESULT_IO_FAILED;
	if (memcmp(&hash, &root->tree.root, sizeof(hash)) != 0)
		return RESULT_STORE_CORRUPT;
	return keep_root(proofs, root);
}

static enum result make_request(struct proofs *proofs, enum root_cause cause,
				uint8_t ret_bytes[ROOT_REQUEST_SIZE])
{
	struct merkle_source source = source_of(proofs);
	struct root_request request = {
	    .from = proofs->has_last ? proofs->last.tree.size : 0,
	    .tree = {.size = proofs->edge.size},
	    .instant_us = proofs->instant_us,
	    .cause = (uint8_t)cause,
	};
	memcpy(request.ledger_id, proofs->config.ledger_id, ROOT_LEDGER_ID_SIZE);
	enum result result = flush(proofs);
	/* What a signed root covers is not made again: it lasts first. */
	if (result == RESULT_OK)
		result = file_sync(proofs->tree);
	if (result == RESULT_OK)
		result = file_sync(proofs->redemptions);
	if (result != RESULT_OK)
		return result;
	merkle_edge_root(proofs->walker.merkle, &proofs->edge, &request.tree.root);
	if (request.from > 0 &&
	    !merkle_consistency(proofs->walker.merkle, &source, request.from, request.tree.size,
				&request.proof))
		return RESULT_IO_FAILED;
	root_request_encode(&request, ret_bytes);
	return RESULT_OK;
}

/* Is there a signed root of this tree, or of one that it grows to? */
static bool is_covered(const struct proofs *proofs)
{
	return proofs->ahead.tree.size > proofs->edge.size ||
	       (proofs->has_last && proofs->last.tree.size >= proofs->edge.size);
}

/* Asks for the root of the tree as it stands. RESULT_OK: signed; RESULT_OVERLOADED: not yet. */
static enum result ask_root(struct proofs *proofs, enum root_cause cause)
{
	uint8_t asked[ROOT_REQUEST_SIZE];
	uint8_t answered[ROOT_ANSWER_SIZE];
	struct root_answer answer;
	enum result result = make_request(proofs, cause, asked);
	if (result != RESULT_OK)
		return result;
	if (!proofs->config.ask(proofs->config.signer, asked, answered) ||
	    !root_answer_decode(answered, &answer) ||
	    (answer.has_root && memcmp(answer.root.ledger_id, proofs->config.ledger_id,
				       ROOT_LEDGER_ID_SIZE) != 0)) {
		tell(proofs, "signer_unreachable", ROOT_FAILED);
		return RESULT_OVERLOADED;
	}
	if (answer.verdict == ROOT_SIGNED || answer.verdict == ROOT_NOT_FROM ||
	    answer.verdict == ROOT_SHORTER) {
		result = answer.has_root ? adopt(proofs, &answer.root) : RESULT_OVERLOADED;
		if (result == RESULT_OK && !is_covered(proofs))
			return ask_root(proofs, cause); /* at most once */
		if (result != RESULT_OVERLOADED)
			return result;
	}
	tell(proofs, "root_refused", answer.verdict);
	return RESULT_OVERLOADED;
}

static bool is_month_over(const struct proofs *proofs, const struct entry *entry)
{
	const struct zone_table *zone = proofs->config.zone;
	struct instant last = {proofs->instant_us};
	struct instant next = entry->head.at;
	return proofs->edge.size > 0 &&
	       month_of_instant(zone, last).number < month_of_instant(zone, next).number;
}

static bool is_interval_over(const struct proofs *proofs)
{
	int64_t interval_us = proofs->config.interval_s * US_PER_S;
	return !proofs->has_last || proofs->config.clock().us / interval_us >
					proofs->last.signed_at_us / interval_us;
}

/* ---- Following ---- */

/* Notes where a redemption was first written. */
static enum result index_redemption(struct proofs *proofs, uint32_t id, uint64_t sequence)
{
	struct file_span span = {(uint64_t)id * INDEX_ITEM, INDEX_ITEM};
	uint8_t bytes[INDEX_ITEM] = {0};
	uint64_t size = 0;
	enum result result = file_read(proofs->redemptions, span, bytes, &size);
	if (result != RESULT_OK)
		return result;
	uint64_t noted = size == INDEX_ITEM ? wire_get_u64(bytes) : 0;
	if (noted != 0 && noted <= sequence)
		return RESULT_OK;
	wire_put_u64(bytes, sequence);
	return file_write(proofs->redemptions, span, bytes);
}

static enum result index_redemptions(struct proofs *proofs, const struct entry *entry)
{
	struct entry walked = *entry;
	struct entry_write write;
	enum result result = RESULT_OK;
	while (result == RESULT_OK && entry_next_write(&walked, &write)) {
		/* Ids are given in order: what is below was seen. */
		if (write.kind != RECORD_KIND_REDEMPTION || write.id <= proofs->last_redemption)
			continue;
		result = index_redemption(proofs, write.id, entry->head.sequence);
		proofs->last_redemption = write.id;
	}
	return result;
}

static enum result take_entry(struct proofs *proofs, const struct entry *entry)
{
	uint8_t leaf[LEAF_SIZE];
	struct merkle_hash hash;
	leaf_make(proofs->walker.maker, entry, leaf);
	merkle_leaf(proofs->walker.merkle, leaf, LEAF_SIZE, &hash);
	proofs->pending += merkle_grow(proofs->walker.merkle, &proofs->edge, &hash,
				       &proofs->pendings[proofs->pending]);
	proofs->instant_us = entry->head.at.us;
	enum result result = index_redemptions(proofs, entry);
	if (result == RESULT_OK && proofs->pending >= PENDING_MAX)
		result = flush(proofs);
	/* A tree that is made anew must give what was signed. */
	if (result == RESULT_OK && proofs->ahead.tree.size == proofs->edge.size) {
		result = flush(proofs);
		return result == RESULT_OK ? adopt(proofs, &proofs->ahead) : result;
	}
	if (result != RESULT_OK || !proofs->has_last ||
	    proofs->edge.size != proofs->last.tree.size)
		return result;
	merkle_edge_root(proofs->walker.merkle, &proofs->edge, &hash);
	return memcmp(&hash, &proofs->last.tree.root, sizeof(hash)) == 0 ? RESULT_OK
									 : RESULT_STORE_CORRUPT;
}

/* Takes the entries of the batch that comes next. RESULT_NOT_FOUND: there is none yet. */
static enum result take_batch(struct proofs *proofs)
{
	struct batch batch;
	struct entry entry;
	enum result result = walker_read(&proofs->walker, &proofs->config, proofs->config.follow,
					 proofs->edge.size + 1, &batch);
	while (result == RESULT_OK) {
		result = walker_next(&proofs->walker, &batch, &entry);
		if (result == RESULT_NOT_FOUND)
			return RESULT_OK;
		if (result != RESULT_OK || entry.head.sequence <= proofs->edge.size)
			continue;
		if (is_month_over(proofs, &entry) && !is_covered(proofs))
			result = ask_root(proofs, ROOT_CAUSE_MONTH);
		if (result == RESULT_OK)
			result = take_entry(proofs, &entry);
	}
	return result;
}

/* Is the entry with which the tree was taken up still the journal's? Its leaf is keyed by the
 * hash of its batch, and so by all before it. */
static enum result check_last(struct proofs *proofs)
{
	struct batch batch;
	struct entry entry;
	uint8_t leaf[LEAF_SIZE];
	struct merkle_hash hash;
	struct merkle_hash stored;
	uint64_t size = proofs->edge.size;
	if (proofs->is_checked)
		return RESULT_OK;
	enum result result =
	    walker_read(&proofs->walker, &proofs->config, proofs->config.follow, size, &batch);
	do {
		if (result == RESULT_OK)
			result = walker_next(&proofs->walker, &batch, &entry);
	} while (result == RESULT_OK && entry.head.sequence < size);
	if (result != RESULT_OK)
		return result == RESULT_NOT_FOUND ? RESULT_STORE_CORRUPT : result;
	leaf_make(proofs->walker.maker, &entry, leaf);
	merkle_leaf(proofs->walker.merkle, leaf, LEAF_SIZE, &hash);
	if (!read_hash(proofs, merkle_place(0, size - 1), &stored))
		return RESULT_IO_FAILED;
	proofs->is_checked = memcmp(&hash, &stored, sizeof(hash)) == 0;
	return proofs->is_checked ? RESULT_OK : RESULT_STORE_CORRUPT;
}

enum result proofs_step(struct proofs *proofs)
{
	ASSERT(proofs != NULL);
	if (proofs->is_wrong)
		return RESULT_STORE_CORRUPT;
	enum result result = check_last(proofs);
	while (result == RESULT_OK && !atomic_load(&proofs->stops))
		result = take_batch(proofs);
	if (result == RESULT_NOT_FOUND)
		result = flush(proofs);
	if (result == RESULT_OK && proofs->has_last && proofs->edge.size < proofs->last.tree.size)
		result = RESULT_STORE_CORRUPT; /* entries that were signed are no longer there */
	if (result == RESULT_OK && proofs->ahead.tree.size > proofs->edge.size)
		tell(proofs, "root_refused", ROOT_SHORTER);
	if (result == RESULT_OK && proofs->edge.size > 0 && !is_covered(proofs) &&
	    is_interval_over(proofs))
		result = ask_root(proofs, ROOT_CAUSE_INTERVAL);
	if (result == RESULT_STORE_CORRUPT) {
		proofs->is_wrong = true;
		LOG("proof_failed", log_result("result", result),
		    log_text("detail", "the journal is not what was signed"),
		    log_number("size", (int64_t)proofs->edge.size));
	}
	return result;
}

static void *follow(void *context)
{
	struct proofs *proofs = context;
	/* Of this thread alone, as Linux has it. */
	(void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), LOWEST_NICE);
	while (!atomic_load(&proofs->stops)) {
		uint32_t heard = bell_listen(&proofs->bell);
		enum result result = proofs_step(proofs);
		if (result != RESULT_OK && result != RESULT_OVERLOADED && !proofs->is_wrong)
			tell(proofs, "proof_waits", ROOT_FAILED);
		bell_wait(&proofs->bell, heard, result == RESULT_OK ? IDLE_MS : RETRY_MS);
	}
	return NULL;
}

enum result proofs_start(struct proofs *proofs)
{
	sigset_t all;
	sigset_t before;
	(void)sigfillset(&all);
	int error = pthread_sigmask(SIG_SETMASK, &all, &before);
	ASSERT(error == 0);
	proofs->has_thread = pthread_create(&proofs->thread, NULL, follow, proofs) == 0;
	error = pthread_sigmask(SIG_SETMASK, &before, NULL);
	ASSERT(error == 0);
	return proofs->has_thread ? RESULT_OK : RESULT_OUT_OF_MEMORY;
}

void proofs_stop(struct proofs *proofs)
{
	if (proofs == NULL || !proofs->has_thread)
		return;
	atomic_store(&proofs->stops, true);
	bell_ring(&proofs->bell);
	int error = pthread_join(proofs->thread, NULL);
	ASSERT(error == 0);
	proofs->has_thread = false;
}

/* ---- Receipts ---- */

/* The root of a size, 0: the latest. */
static enum result find_root(const struct proofs *proofs, uint64_t size, struct root *ret_root)
{
	uint64_t low = 0;
	uint64_t high = proofs_roots(proofs);
	if (high == 0)
		return size == 0 ? RESULT_NOT_YET_VISIBLE : RESULT_NOT_FOUND;
	if (size == 0)
		return proofs_root(proofs, high - 1, ret_root);
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		enum result result = proofs_root(proofs, middle, ret_root);
		if (result != RESULT_OK || ret_root->tree.size == size)
			return result;
		if (ret_root->tree.size < size)
			low = middle + 1;
		else
			high = middle;
	}
	return RESULT_NOT_FOUND;
}

static enum result find_sequence(const struct proofs *proofs, uint32_t redemption,
				 uint64_t *ret_sequence)
{
	uint8_t bytes[INDEX_ITEM];
	uint64_t size = 0;
	struct file_span span = {(uint64_t)redemption * INDEX_ITEM, INDEX_ITEM};
	enum result result = file_read(proofs->redemptions, span, bytes, &size);
	if (result != RESULT_OK)
		return result;
	*ret_sequence = size == INDEX_ITEM ? wire_get_u64(bytes) : 0;
	return *ret_sequence == 0 ? RESULT_NOT_YET_VISIBLE : RESULT_OK;
}

/* The redemption as its entry wrote it. */
static enum result show_entry(struct proofs *proofs, uint32_t redemption,
			      struct proof_receipt *receipt)
{
	struct walker *shower = &proofs->shower;
	struct batch batch;
	struct entry entry;
	struct leaf_shown shown;
	enum result result = walker_read(shower, &proofs->config, proofs->config.show,
					 receipt->sequence, &batch);
	do {
		if (result == RESULT_OK)
			result = walker_next(shower, &batch, &entry);
	} while (result == RESULT_OK && entry.head.sequence < receipt->sequence);
	if (result == RESULT_OK)
		result = leaf_show(shower->maker, &entry, redemption, &shown);
	if (result != RESULT_OK || shown.write_size > RECEIPT_WRITE_SIZE_MAX)
		return result == RESULT_IO_FAILED ? result : RESULT_STORE_CORRUPT;
	memcpy(receipt->leaf, shown.leaf, LEAF_SIZE);
	memcpy(receipt->salt, shown.salt, LEAF_SALT_SIZE);
	memcpy(receipt->write, shown.write, shown.write_size);
	receipt->write_size = shown.write_size;
	receipt->number = shown.number;
	receipt->entry_path = shown.path;
	return RESULT_OK;
}

/* Its path in the tree, held against the root before it is told. */
static enum result show_path(struct proofs *proofs, struct proof_receipt *receipt)
{
	struct merkle *merkle = proofs->shower.merkle;
	struct merkle_source source = source_of(proofs);
	uint64_t index = receipt->sequence - 1;
	struct merkle_hash leaf;
	merkle_leaf(merkle, receipt->leaf, LEAF_SIZE, &leaf);
	bool is_right = merkle_inclusion(merkle, &source, index, receipt->root.tree.size,
					 &receipt->tree_path) &&
			merkle_includes(merkle, &receipt->root.tree, index, &leaf,
					&receipt->tree_path);
	return is_right ? RESULT_OK : RESULT_STORE_CORRUPT;
}

enum result proofs_receipt(struct proofs *proofs, uint32_t redemption, uint64_t size,
			   struct proof_receipt *ret_receipt)
{
	ASSERT(proofs != NULL && redemption > 0 && ret_receipt != NULL);
	enum result result = find_root(proofs, size, &ret_receipt->root);
	if (result == RESULT_OK)
		result = find_sequence(proofs, redemption, &ret_receipt->sequence);
	if (result != RESULT_OK)
		return result;
	if (ret_receipt->sequence > ret_receipt->root.tree.size)
		return size == 0 ? RESULT_NOT_YET_VISIBLE : RESULT_NOT_FOUND;
	int error = pthread_mutex_lock(&proofs->lock);
	ASSERT(error == 0);
	result = show_entry(proofs, redemption, ret_receipt);
	if (result == RESULT_OK)
		result = show_path(proofs, ret_receipt);
	error = pthread_mutex_unlock(&proofs->lock);
	ASSERT(error == 0);
	return result;
}
