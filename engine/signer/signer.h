/* The signer's judgement: which roots it signs, and what it remembers.
 *
 * It signs the root of a tree only where a proof shows that the tree extends the last one that it
 * signed, and it remembers that one on its own disk before it tells the signature: neither a
 * journal that was written anew nor one that was rolled back gets a signature, whoever asks.
 *
 *	FOLDER/key.pem      the private key (Ed25519), mode 0600, of the signer's own user
 *	FOLDER/public.pem   the public key, for auditors
 *	FOLDER/last         the last root signed (engine/proof/root.h), written anew each time */
#ifndef ENGINE_SIGNER_SIGNER_H
#define ENGINE_SIGNER_SIGNER_H

#include "engine/base/time.h"
#include "engine/proof/root.h"
#include "engine/system/file.h"

struct signer;

/* Makes key.pem and public.pem in an existing folder. RESULT_OK; RESULT_ALREADY_EXISTS: there is a
 * key, which stays; RESULT_IO_FAILED; RESULT_DISK_NEARLY_FULL; RESULT_NOT_FOUND: no such folder;
 * RESULT_OUT_OF_MEMORY: OpenSSL could not draw a key. */
MUST_CHECK enum result signer_make_key(const char *folder);

/* Reads key and last root. RESULT_OK; RESULT_NOT_FOUND: no key; RESULT_CONFIG_INVALID: the key is
 * not Ed25519, or is readable by others than its owner, or is not this user's;
 * RESULT_STORE_CORRUPT: `last` is no root signed by this key; RESULT_IO_FAILED;
 * RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result signer_open(const char *folder, struct signer **ret_signer);
void signer_close(struct signer *signer); /* accepts NULL */

/* The raw public key. */
void signer_public_key(const struct signer *signer, uint8_t ret_key[ROOT_KEY_SIZE]);

/* Judges a request of any bytes. `now` is what the root is dated with; before the last root's date
 * it is refused (ROOT_FAILED). After a failure of the disk nothing is signed any more. */
void signer_judge(struct signer *signer, const uint8_t request[ROOT_REQUEST_SIZE],
		  struct instant now, uint8_t ret_answer[ROOT_ANSWER_SIZE]);

#endif
