/* Leaves: see leaf.h. */
#include "engine/proof/leaf.h"

#include "engine/ledger/entry.h"
#include "engine/ledger/layout.h"
#include "engine/ledger/wire.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum leaf_place {
	AT_SEQUENCE = 0,
	AT_INSTANT = 8,
	AT_COMMAND = 16,
	AT_VERSION = 17,
	AT_RESULT = 18,
	AT_COUNT = 20,
	AT_SEAL = 24,
	AT_REDEMPTIONS = 56,
};

#define SALT_INPUT_SIZE 12u

struct leaf_maker {
	struct merkle *merkle;
	EVP_MAC_CTX *keyed; /* with the batch's hash */
};

enum result leaf_open(struct merkle *merkle, struct leaf_maker **ret_maker)
{
	ASSERT(merkle != NULL && ret_maker != NULL);
	char digest[] = "SHA256";
	OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_end(),
	};
	struct leaf_maker *maker = calloc(1, sizeof(*maker));
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (maker != NULL && hmac != NULL)
		maker->keyed = EVP_MAC_CTX_new(hmac);
	EVP_MAC_free(hmac);
	if (maker == NULL || maker->keyed == NULL ||
	    EVP_MAC_CTX_set_params(maker->keyed, parameters) != 1) {
		leaf_close(maker);
		return RESULT_OUT_OF_MEMORY;
	}
	maker->merkle = merkle;
	*ret_maker = maker;
	return RESULT_OK;
}

void leaf_close(struct leaf_maker *maker)
{
	if (maker == NULL)
		return;
	EVP_MAC_CTX_free(maker->keyed);
	free(maker);
}

void leaf_batch(struct leaf_maker *maker, const uint8_t batch_hash[MERKLE_HASH_SIZE])
{
	ASSERT(maker != NULL && batch_hash != NULL);
	int keyed = EVP_MAC_init(maker->keyed, batch_hash, MERKLE_HASH_SIZE, NULL);
	ASSERT(keyed == 1);
}

/* HMAC-SHA256 under the batch's hash. */
static void keyed(struct leaf_maker *maker, const void *bytes, size_t size, uint8_t *ret_mac)
{
	size_t written = 0;
	int begun = EVP_MAC_init(maker->keyed, NULL, 0, NULL);
	int added = EVP_MAC_update(maker->keyed, bytes, size);
	int ended = EVP_MAC_final(maker->keyed, ret_mac, &written, MERKLE_HASH_SIZE);
	ASSERT(begun == 1 && added == 1 && ended == 1 && written == MERKLE_HASH_SIZE);
}

static void salt_of(struct leaf_maker *maker, uint64_t sequence, uint32_t number,
		    uint8_t ret_salt[LEAF_SALT_SIZE])
{
	uint8_t input[SALT_INPUT_SIZE];
	wire_put_u64(input, sequence);
	wire_put_u32(input + 8, number);
	keyed(maker, input, sizeof(input), ret_salt);
}

/* The next redemption that the entry writes, with the header that stands before it. */
static bool next_redemption_write(struct entry *entry, struct entry_write *ret_write)
{
	while (entry_next_write(entry, ret_write)) {
		if (ret_write->kind != RECORD_KIND_REDEMPTION)
			continue;
		ret_write->bytes -= ENTRY_WRITE_HEADER_SIZE;
		ret_write->size += ENTRY_WRITE_HEADER_SIZE;
		return true;
	}
	return false;
}

/* The hash of redemption `number` of the entry in the entry's own tree. */
static void redemption_leaf(struct leaf_maker *maker, uint64_t sequence, uint32_t number,
			    const struct entry_write *write, struct merkle_hash *ret_hash)
{
	static const uint8_t prefix = 0x00;
	uint8_t head[1 + LEAF_SALT_SIZE];
	head[0] = prefix;
	salt_of(maker, sequence, number, head + 1);
	merkle_digest(maker->merkle, head, sizeof(head), write->bytes, write->size, ret_hash);
}

void leaf_make(struct leaf_maker *maker, const struct entry *entry, uint8_t ret_leaf[LEAF_SIZE])
{
	ASSERT(maker != NULL && entry != NULL && entry->next_write == 0);
	struct merkle_hash whole[MERKLE_GROWTH_MAX];
	struct merkle_edge edge;
	struct entry walked = *entry;
	struct entry_write write;
	uint32_t size = ENTRY_HEADER_SIZE + entry->input_size + entry->writes_size +
			entry->posting_count * LAYOUT_POSTING_SIZE;
	edge.size = 0;
	memset(ret_leaf, 0, LEAF_SIZE);
	while (next_redemption_write(&walked, &write)) {
		struct merkle_hash hash;
		redemption_leaf(maker, entry->head.sequence, (uint32_t)edge.size, &write, &hash);
		(void)merkle_grow(maker->merkle, &edge, &hash, whole);
	}
	if (edge.size > 0) {
		struct merkle_hash root;
		merkle_edge_root(maker->merkle, &edge, &root);
		memcpy(ret_leaf + AT_REDEMPTIONS, root.bytes, MERKLE_HASH_SIZE);
	}
	wire_put_u64(ret_leaf + AT_SEQUENCE, entry->head.sequence);
	wire_put_i64(ret_leaf + AT_INSTANT, entry->head.at.us);
	ret_leaf[AT_COMMAND] = entry->head.command;
	ret_leaf[AT_VERSION] = LEAF_VERSION;
	wire_put_u16(ret_leaf + AT_RESULT, entry->head.result);
	wire_put_u32(ret_leaf + AT_COUNT, (uint32_t)edge.size);
	keyed(maker, entry->input - ENTRY_HEADER_SIZE, size, ret_leaf + AT_SEAL);
}

/* ---- Showing one ---- */

struct kept {
	const struct merkle_hash *hashes;
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

/* The path of a redemption among the `count` of its entry. */
static enum result find_path(struct leaf_maker *maker, const struct entry *entry, uint32_t count,
			     uint32_t number, struct merkle_proof *ret_path)
{
	uint64_t stored = merkle_stored(count);
	struct merkle_hash *hashes = calloc(stored + MERKLE_GROWTH_MAX, sizeof(*hashes));
	struct merkle_edge edge = {.size = 0};
	struct entry walked = *entry;
	struct entry_write write;
	struct kept kept = {hashes, 0};
	struct merkle_source source = {read_kept, &kept};
	if (hashes == NULL)
		return RESULT_OUT_OF_MEMORY;
	while (next_redemption_write(&walked, &write)) {
		struct merkle_hash hash;
		redemption_leaf(maker, entry->head.sequence, (uint32_t)edge.size, &write, &hash);
		kept.count += merkle_grow(maker->merkle, &edge, &hash, hashes + kept.count);
	}
	ASSERT(kept.count == stored);
	bool is_found = merkle_inclusion(maker->merkle, &source, number, count, ret_path);
	free(hashes);
	return is_found ? RESULT_OK : RESULT_NOT_FOUND;
}

enum result leaf_show(struct leaf_maker *maker, const struct entry *entry, uint32_t redemption,
		      struct leaf_shown *ret_shown)
{
	ASSERT(maker != NULL && entry != NULL && entry->next_write == 0 && ret_shown != NULL);
	struct entry walked = *entry;
	struct entry_write write;
	uint32_t count = 0;
	bool is_found = false;
	for (; next_redemption_write(&walked, &write); count++) {
		if (write.id != redemption)
			continue;
		is_found = true;
		ret_shown->number = count;
		ret_shown->write = write.bytes;
		ret_shown->write_size = write.size;
	}
	if (!is_found)
		return RESULT_NOT_FOUND;
	leaf_make(maker, entry, ret_shown->leaf);
	salt_of(maker, entry->head.sequence, ret_shown->number, ret_shown->salt);
	return find_path(maker, entry, count, ret_shown->number, &ret_shown->path);
}
