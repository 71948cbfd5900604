/* The way to titoli-signer: a Unix socket, one request and one answer of fixed size. */
#ifndef ENGINE_PROOF_ASK_SIGNER_H
#define ENGINE_PROOF_ASK_SIGNER_H

#include "engine/proof/root.h"

/* Connects to the socket at the path that `context` is, asks, and closes. Waits at most some
 * seconds. False: nobody answered, or not in full. */
bool ask_signer(void *context, const uint8_t request[ROOT_REQUEST_SIZE],
		uint8_t ret_answer[ROOT_ANSWER_SIZE]);

#endif
