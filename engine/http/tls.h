/* The server's side of TLS: certificate, key, and who may speak.
 *
 * TLS 1.3, and 1.2 with ephemeral keys and authenticated ciphers alone (ECDHE; AES-GCM, ChaCha20):
 * an older hello is refused with an alert, and nobody renegotiates. ALPN offers h2, then http/1.1;
 * a client that names neither of them is refused, one that names nothing speaks HTTP/1.1.
 * Resumption is by stateless tickets, one for each connection, good for an hour and only in this
 * process; early data is never taken, since it could be replayed. A ticket holds the client's
 * certificate; whether it is still good is asked again with each request (tls_still_vouches,
 * auth/access.h).
 *
 * Files are read at start and when asked (SIGHUP); connections that stand keep what they have. */
#ifndef ENGINE_HTTP_TLS_H
#define ENGINE_HTTP_TLS_H

#include "engine/base/result.h"

#include <openssl/ssl.h>

struct tls;

struct tls_config {
	const char *certificate; /* PEM: the server's first, then those that lead to its root */
	const char *key;	 /* PEM, without a passphrase, not readable by everybody */
	const char *client_ca;	 /* PEM: who signs the clients' certificates; "": nobody asks */
	const char *client_crl;	 /* PEM: revocation lists, one of each authority; "": none */
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

/* Which reading of the files the connection began with: 1, 2, … */
uint32_t tls_generation(const SSL *ssl);

/* Is the client's certificate good by the files as they were read last? It is verified again where
 * that was after *generation, which then moves on. Any thread. */
MUST_CHECK bool tls_still_vouches(const SSL *ssl, uint32_t *generation);

#endif
