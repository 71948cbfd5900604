/* Signed roots as bytes: see root.h. */
#include "engine/proof/root.h"

#include "engine/ledger/wire.h"

#include <openssl/evp.h>
#include <string.h>

#define MAGIC_SIZE 8u

static const char statement_magic[16] = "titoli-root-v1";
static const char request_magic[] = "TITOLISQ";
static const char answer_magic[] = "TITOLISA";

static bool is_zero(const uint8_t *bytes, size_t size)
{
	uint8_t any = 0;
	for (size_t i = 0; i < size; i++)
		any |= bytes[i];
	return any == 0;
}

static bool is_cause(uint8_t cause)
{
	return cause == ROOT_CAUSE_INTERVAL || cause == ROOT_CAUSE_MONTH;
}

/* ---- A root ---- */

void root_encode(const struct root *root, uint8_t ret_bytes[ROOT_SIZE])
{
	ASSERT(root != NULL && ret_bytes != NULL && is_cause(root->cause));
	memset(ret_bytes, 0, ROOT_SIZE);
	memcpy(ret_bytes, statement_magic, sizeof(statement_magic));
	memcpy(ret_bytes + 16, root->ledger_id, ROOT_LEDGER_ID_SIZE);
	wire_put_u64(ret_bytes + 32, root->tree.size);
	wire_put_i64(ret_bytes + 40, root->instant_us);
	wire_put_i64(ret_bytes + 48, root->signed_at_us);
	ret_bytes[56] = root->cause;
	memcpy(ret_bytes + 64, root->tree.root.bytes, MERKLE_HASH_SIZE);
	memcpy(ret_bytes + 96, root->key, ROOT_KEY_SIZE);
	memcpy(ret_bytes + 128, root->signature, ROOT_SIGNATURE_SIZE);
}

bool root_decode(const uint8_t bytes[ROOT_SIZE], struct root *ret_root)
{
	ASSERT(bytes != NULL && ret_root != NULL);
	struct root root = {
	    .tree = {.size = wire_get_u64(bytes + 32)},
	    .instant_us = wire_get_i64(bytes + 40),
	    .signed_at_us = wire_get_i64(bytes + 48),
	    .cause = bytes[56],
	};
	if (memcmp(bytes, statement_magic, sizeof(statement_magic)) != 0 ||
	    !is_cause(root.cause) || !is_zero(bytes + 57, 7) || root.tree.size == 0 ||
	    root.tree.size > MERKLE_SIZE_MAX)
		return false;
	memcpy(root.ledger_id, bytes + 16, ROOT_LEDGER_ID_SIZE);
	memcpy(root.tree.root.bytes, bytes + 64, MERKLE_HASH_SIZE);
	memcpy(root.key, bytes + 96, ROOT_KEY_SIZE);
	memcpy(root.signature, bytes + 128, ROOT_SIGNATURE_SIZE);
	*ret_root = root;
	return true;
}

bool root_is_signed(const struct root *root)
{
	uint8_t bytes[ROOT_SIZE];
	bool is_good = false;
	EVP_PKEY *key =
	    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, root->key, ROOT_KEY_SIZE);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	root_encode(root, bytes);
	if (key != NULL && context != NULL &&
	    EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1)
		is_good = EVP_DigestVerify(context, root->signature, ROOT_SIGNATURE_SIZE, bytes,
					   ROOT_STATEMENT_SIZE) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return is_good;
}

/* ---- A request ---- */

void root_request_encode(const struct root_request *request, uint8_t ret_bytes[ROOT_REQUEST_SIZE])
{
	ASSERT(request != NULL && ret_bytes != NULL && request->proof.count <= MERKLE_PROOF_MAX);
	memset(ret_bytes, 0, ROOT_REQUEST_SIZE);
	memcpy(ret_bytes, request_magic, MAGIC_SIZE);
	memcpy(ret_bytes + 8, request->ledger_id, ROOT_LEDGER_ID_SIZE);
	wire_put_u64(ret_bytes + 24, request->from);
	wire_put_u64(ret_bytes + 32, request->tree.size);
	wire_put_i64(ret_bytes + 40, request->instant_us);
	ret_bytes[48] = request->cause;
	ret_bytes[49] = (uint8_t)request->proof.count;
	memcpy(ret_bytes + 56, request->tree.root.bytes, MERKLE_HASH_SIZE);
	memcpy(ret_bytes + 88, request->proof.hashes,
	       (size_t)request->proof.count * MERKLE_HASH_SIZE);
}

bool root_request_decode(
    const uint8_t bytes[ROOT_REQUEST_SIZE], struct root_request *ret_request)
{
	ASSERT(bytes != NULL && ret_request != NULL);
	uint32_t count = bytes[49];
	uint64_t from = wire_get_u64(bytes + 24);
	uint64_t size = wire_get_u64(bytes + 32);
	if (memcmp(bytes, request_magic, MAGIC_SIZE) != 0 || count > MERKLE_PROOF_MAX ||
	    !is_zero(bytes + 50, 6) || size > MERKLE_SIZE_MAX)
		return false;
	const uint8_t *rest = bytes + 88 + (size_t)count * MERKLE_HASH_SIZE;
	if (!is_zero(rest, (size_t)(bytes + ROOT_REQUEST_SIZE - rest)))
		return false;
	/* One that only asks says nothing else. */
	if (size == 0 && !is_zero(bytes + 24, ROOT_REQUEST_SIZE - 24))
		return false;
	if (size != 0 && (!is_cause(bytes[48]) || from > size || (from == 0 && count != 0)))
		return false;
	ret_request->from = from;
	ret_request->tree.size = size;
	ret_request->instant_us = wire_get_i64(bytes + 40);
	ret_request->cause = bytes[48];
	ret_request->proof.count = count;
	memcpy(ret_request->ledger_id, bytes + 8, ROOT_LEDGER_ID_SIZE);
	memcpy(ret_request->tree.root.bytes, bytes + 56, MERKLE_HASH_SIZE);
	memcpy(ret_request->proof.hashes, bytes + 88, (size_t)count * MERKLE_HASH_SIZE);
	return true;
}

/* ---- An answer ---- */

void root_answer_encode(const struct root_answer *answer, uint8_t ret_bytes[ROOT_ANSWER_SIZE])
{
	ASSERT(answer != NULL && ret_bytes != NULL);
	memset(ret_bytes, 0, ROOT_ANSWER_SIZE);
	memcpy(ret_bytes, answer_magic, MAGIC_SIZE);
	ret_bytes[8] = (uint8_t)answer->verdict;
	if (answer->has_root)
		root_encode(&answer->root, ret_bytes + 16);
}

bool root_answer_decode(const uint8_t bytes[ROOT_ANSWER_SIZE], struct root_answer *ret_answer)
{
	ASSERT(bytes != NULL && ret_answer != NULL);
	if (memcmp(bytes, answer_magic, MAGIC_SIZE) != 0 || bytes[8] < ROOT_SIGNED ||
	    bytes[8] >= ROOT_VERDICT_END || !is_zero(bytes + 9, 7))
		return false;
	ret_answer->verdict = (enum root_verdict)bytes[8];
	ret_answer->has_root = !is_zero(bytes + 16, ROOT_SIZE);
	if (!ret_answer->has_root)
		return ret_answer->verdict != ROOT_SIGNED;
	return root_decode(bytes + 16, &ret_answer->root);
}
