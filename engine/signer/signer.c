/* The signer: see signer.h. */
#include "engine/signer/signer.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_SIZE_MAX 4096u
#define KEY_MODE     0600
#define PUBLIC_MODE  0644

struct signer {
	EVP_PKEY *key;
	struct merkle *merkle;
	bool has_last;
	bool has_failed;
	struct root last;
	uint8_t public_key[ROOT_KEY_SIZE];
	char folder[FILE_PATH_SIZE_MAX];
	char last_path[FILE_PATH_SIZE_MAX];
	char next_path[FILE_PATH_SIZE_MAX];
};

/* ---- The key ---- */

/* Writes a new file, durable but for its name. RESULT_OK; RESULT_ALREADY_EXISTS; RESULT_NOT_FOUND;
 * RESULT_IO_FAILED. */
static enum result write_new(const char *path, mode_t mode, const void *bytes, size_t size)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (descriptor < 0 && file_exists(path) == RESULT_OK)
		return RESULT_ALREADY_EXISTS;
	if (descriptor < 0)
		return RESULT_NOT_FOUND;
	bool is_written = write(descriptor, bytes, size) == (ssize_t)size &&
			  fchmod(descriptor, mode) == 0 && fdatasync(descriptor) == 0;
	(void)close(descriptor);
	return is_written ? RESULT_OK : RESULT_IO_FAILED;
}

/* One half of a key as PEM into a file. */
static enum result write_pem(const char *folder, const char *name, EVP_PKEY *key, bool is_private)
{
	char path[FILE_PATH_SIZE_MAX];
	char *bytes = NULL;
	enum result result = RESULT_OUT_OF_MEMORY;
	BIO *memory = BIO_new(BIO_s_secmem());
	if (memory != NULL &&
	    (is_private ? PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL)
			: PEM_write_bio_PUBKEY(memory, key)) == 1) {
		long size = BIO_get_mem_data(memory, &bytes);
		result = file_path(folder, name, path)
			     ? write_new(path, is_private ? KEY_MODE : PUBLIC_MODE, bytes,
					 (size_t)size)
			     : RESULT_IO_FAILED;
	}
	BIO_free(memory);
	return result;
}

enum result signer_make_key(const char *folder)
{
	ASSERT(folder != NULL);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	enum result result =
	    key == NULL ? RESULT_OUT_OF_MEMORY : write_pem(folder, "key.pem", key, true);
	if (result == RESULT_OK)
		result = write_pem(folder, "public.pem", key, false);
	if (result == RESULT_OK)
		result = file_sync_folder(folder);
	EVP_PKEY_free(key);
	return result;
}

/* The private key, from a file that nobody else can read. */
static enum result load_key(const char *path, EVP_PKEY **ret_key)
{
	char pem[PEM_SIZE_MAX];
	struct stat status;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (descriptor < 0)
		return RESULT_NOT_FOUND;
	bool is_kept = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
		       status.st_uid == geteuid() && (status.st_mode & 077) == 0;
	ssize_t size = is_kept ? read(descriptor, pem, sizeof(pem)) : 0;
	(void)close(descriptor);
	if (!is_kept || size <= 0 || (size_t)size == sizeof(pem)) {
		OPENSSL_cleanse(pem, sizeof(pem));
		return RESULT_CONFIG_INVALID;
	}
	BIO *memory = BIO_new_mem_buf(pem, (int)size);
	EVP_PKEY *key =
	    memory == NULL ? NULL : PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
	BIO_free(memory);
	OPENSSL_cleanse(pem, sizeof(pem));
	if (key == NULL || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		return RESULT_CONFIG_INVALID;
	}
	*ret_key = key;
	return RESULT_OK;
}

/* ---- The last root ---- */

static enum result load_last(struct signer *signer)
{
	uint8_t bytes[ROOT_SIZE + 1];
	uint64_t size = 0;
	struct file file = FILE_NONE;
	enum result result = file_open(signer->last_path, FILE_READ, &file);
	if (result == RESULT_NOT_FOUND)
		return RESULT_OK;
	if (result == RESULT_OK)
		result = file_read(file, (struct file_span){0, sizeof(bytes)}, bytes, &size);
	file_close(&file);
	if (result != RESULT_OK)
		return result;
	if (size != ROOT_SIZE || !root_decode(bytes, &signer->last) ||
	    memcmp(signer->last.key, signer->public_key, ROOT_KEY_SIZE) != 0 ||
	    !root_is_signed(&signer->last))
		return RESULT_STORE_CORRUPT;
	signer->has_last = true;
	return RESULT_OK;
}

static enum result keep_last(const struct signer *signer, const struct root *root)
{
	uint8_t bytes[ROOT_SIZE];
	struct file file = FILE_NONE;
	root_encode(root, bytes);
	enum result result = file_open(signer->next_path, FILE_CREATE, &file);
	if (result == RESULT_OK)
		result = file_write(file, (struct file_span){0, ROOT_SIZE}, bytes);
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	if (result == RESULT_OK)
		result = file_rename(signer->next_path, signer->last_path);
	return result == RESULT_OK ? file_sync_folder(signer->folder) : result;
}

/* ---- Life ---- */

enum result signer_open(const char *folder, struct signer **ret_signer)
{
	ASSERT(folder != NULL && ret_signer != NULL);
	char key_path[FILE_PATH_SIZE_MAX];
	size_t size = ROOT_KEY_SIZE;
	struct signer *signer = calloc(1, sizeof(*signer));
	if (signer == NULL)
		return RESULT_OUT_OF_MEMORY;
	enum result result = RESULT_CONFIG_INVALID;
	if (strlen(folder) < sizeof(signer->folder) && file_path(folder, "key.pem", key_path) &&
	    file_path(folder, "last", signer->last_path) &&
	    file_path(folder, "last.tmp", signer->next_path)) {
		memcpy(signer->folder, folder, strlen(folder) + 1);
		result = load_key(key_path, &signer->key);
	}
	if (result == RESULT_OK &&
	    EVP_PKEY_get_raw_public_key(signer->key, signer->public_key, &size) != 1)
		result = RESULT_CONFIG_INVALID;
	if (result == RESULT_OK)
		result = merkle_open(&signer->merkle);
	if (result == RESULT_OK)
		result = load_last(signer);
	if (result != RESULT_OK) {
		signer_close(signer);
		return result;
	}
	*ret_signer = signer;
	return RESULT_OK;
}

void signer_close(struct signer *signer)
{
	if (signer == NULL)
		return;
	EVP_PKEY_free(signer->key);
	merkle_close(signer->merkle);
	free(signer);
}

void signer_public_key(const struct signer *signer, uint8_t ret_key[ROOT_KEY_SIZE])
{
	memcpy(ret_key, signer->public_key, ROOT_KEY_SIZE);
}

/* ---- Judging ---- */

/* Signs what was judged, and keeps it before it is told. */
static enum root_verdict sign(struct signer *signer, const struct root_request *request,
			      struct instant now)
{
	uint8_t bytes[ROOT_SIZE];
	size_t size = ROOT_SIGNATURE_SIZE;
	struct root root = {
	    .tree = request->tree,
	    .instant_us = request->instant_us,
	    .signed_at_us = now.us,
	    .cause = request->cause,
	};
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	memcpy(root.ledger_id, request->ledger_id, ROOT_LEDGER_ID_SIZE);
	memcpy(root.key, signer->public_key, ROOT_KEY_SIZE);
	root_encode(&root, bytes);
	bool is_signed =
	    context != NULL &&
	    EVP_DigestSignInit(context, NULL, NULL, NULL, signer->key) == 1 &&
	    EVP_DigestSign(context, root.signature, &size, bytes, ROOT_STATEMENT_SIZE) == 1 &&
	    size == ROOT_SIGNATURE_SIZE;
	EVP_MD_CTX_free(context);
	if (!is_signed)
		return ROOT_FAILED;
	if (keep_last(signer, &root) != RESULT_OK) {
		/* What the disk holds is not known: only a new start finds out. */
		signer->has_failed = true;
		return ROOT_FAILED;
	}
	signer->last = root;
	signer->has_last = true;
	return ROOT_SIGNED;
}

static enum root_verdict judge(struct signer *signer, const struct root_request *request,
			       struct instant now)
{
	const struct root *last = &signer->last;
	if (signer->has_failed)
		return ROOT_FAILED;
	if (signer->has_last &&
	    memcmp(request->ledger_id, last->ledger_id, ROOT_LEDGER_ID_SIZE) != 0)
		return ROOT_OTHER_LEDGER;
	if (request->tree.size == 0)
		return ROOT_LAST;
	if (!signer->has_last)
		return request->from != 0 ? ROOT_NOT_FROM : sign(signer, request, now);
	if (request->tree.size < last->tree.size)
		return ROOT_SHORTER;
	/* Asked for again, since the answer was lost: the same root, as it was signed. */
	if (request->tree.size == last->tree.size)
		return memcmp(request->tree.root.bytes, last->tree.root.bytes,
			      MERKLE_HASH_SIZE) == 0
			   ? ROOT_SIGNED
			   : ROOT_REWRITES;
	if (request->from != last->tree.size)
		return ROOT_NOT_FROM;
	if (!merkle_extends(signer->merkle, &last->tree, &request->tree, &request->proof) ||
	    request->instant_us < last->instant_us)
		return ROOT_REWRITES;
	return now.us < last->signed_at_us ? ROOT_FAILED : sign(signer, request, now);
}

void signer_judge(struct signer *signer, const uint8_t request[ROOT_REQUEST_SIZE],
		  struct instant now, uint8_t ret_answer[ROOT_ANSWER_SIZE])
{
	ASSERT(signer != NULL && request != NULL && ret_answer != NULL);
	struct root_request read;
	struct root_answer answer = {.verdict = ROOT_MALFORMED};
	if (root_request_decode(request, &read))
		answer.verdict = judge(signer, &read, now);
	/* Another ledger, and who does not speak the protocol, learn nothing of this one. */
	if (signer->has_last && answer.verdict != ROOT_MALFORMED &&
	    answer.verdict != ROOT_OTHER_LEDGER) {
		answer.has_root = true;
		answer.root = signer->last;
	}
	root_answer_encode(&answer, ret_answer);
}
