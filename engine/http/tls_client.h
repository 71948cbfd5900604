/* What TLS asks of clients: a certificate is asked for, and one that is shown must be good: a chain
 * to an authority of tls_client_ca, within its dates, for client authentication, and on no
 * revocation list of tls_client_crl. Who it belongs to is not asked here: engine/auth/access.h.
 *
 * A client may show none. A bad one ends the handshake. */
#ifndef ENGINE_HTTP_TLS_CLIENT_H
#define ENGINE_HTTP_TLS_CLIENT_H

#include "engine/auth/certificate.h"
#include "engine/http/tls.h"

/* Makes a context ask. Results as tls_open; config->client_ca is not empty. */
MUST_CHECK enum result tls_client_ask(SSL_CTX *context, const struct tls_config *config,
				      const char **ret_key, const char **ret_reason);

/* The certificate that the client showed in this connection, or in the one that it resumes. False:
 * none, or one that has ended since. */
MUST_CHECK bool tls_client_shown(const SSL *ssl, struct certificate *ret_certificate);

/* Is what was shown still good by what a context trusts, which may be newer than the connection? */
MUST_CHECK bool tls_client_is_good(const SSL *ssl, SSL_CTX *context);

#endif
