/* The server's side of TLS: certificate, key, and who may speak.
 *
 * TLS 1.3, and 1.2 with ephemeral keys and authenticated ciphers alone (ECDHE; AES-GCM, ChaCha20):
 * an older hello is refused with an alert, and nobody renegotiates. ALPN offers h2, then http/1.1;
 * a client that names neither of them is refused, one that names nothing speaks HTTP/1.1.
 * Resumption is by stateless tickets, one for each connection, good for an hour and only in this
 * process; early data is never taken, since it could be replayed. Where clients must show a
 * certificate there are no tickets: each connection proves it again.
 *
 * Files are read at start and when asked (SIGHUP); connections that stand keep what they have. */
#ifndef ENGINE_HTTP_TLS_H
#define ENGINE_HTTP_TLS_H

#include "engine/base/result.h"

#include <openssl/ssl.h>

#define TLS_PEER_HASH_SIZE 32u /* SHA-256 */

struct tls;

struct tls_config {
	const char *certificate; /* PEM: the server's first, then those that lead to its root */
	const char *key;	 /* PEM, without a passphrase, not readable by everybody */
	const char *client_ca;	 /* PEM: who signs the clients' certificates; "": nobody asks */
};

/* Reads the files; `config` and its texts must outlive it. RESULT_OK; RESULT_CONFIG_INVALID with
 * *ret_key (the setting at fault) and *ret_reason, static both; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result tls_open(const struct tls_config *config, struct tls **ret_tls,
				const char **ret_key, const char **ret_reason);
void tls_close(struct tls *tls);

/* Reads the files again, for connections that come from now on; on failure all stays as it is. Any
 * thread. Results as tls_open. */
MUST_CHECK enum result tls_reload(struct tls *tls, const char **ret_key, const char **ret_reason);

/* The server's side of a new connection, the caller's; NULL: no memory. Any thread. */
SSL *tls_accept(struct tls *tls);

/* Has the handshake chosen HTTP/2? */
bool tls_chose_http2(const SSL *ssl);

/* SHA-256 of the certificate that the client has shown and that client_ca vouches for: who asks,
 * for whoever maps certificates to principals. False: it has shown none. */
MUST_CHECK bool tls_peer_hash(const SSL *ssl, uint8_t ret_hash[TLS_PEER_HASH_SIZE]);

#endif
