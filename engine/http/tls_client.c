/* See tls_client.h. */
#include "engine/http/tls_client.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#define TLS_CLIENT_DEPTH_MAX 6 /* certificates above a client's */

/* OpenSSL lets a certificate pass that does not say what it is for; here it must say so. */
static int tls_client_on_verify(int is_good, X509_STORE_CTX *store)
{
	X509 *certificate = X509_STORE_CTX_get_current_cert(store);

	if (is_good != 1 || X509_STORE_CTX_get_error_depth(store) != 0)
		return is_good;
	if ((X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0 &&
	    (X509_get_extended_key_usage(certificate) & XKU_SSL_CLIENT) != 0)
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
	return 0;
}

static bool tls_client_load_lists(SSL_CTX *context, const char *path)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	return lookup != NULL && X509_load_crl_file(lookup, path, X509_FILETYPE_PEM) > 0 &&
	       X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1;
}

enum result tls_client_ask(SSL_CTX *context, const struct tls_config *config, const char **ret_key,
			   const char **ret_reason)
{
	STACK_OF(X509_NAME) * names;

	*ret_key = "tls_client_ca";
	*ret_reason = "not a readable PEM certificate";
	names = SSL_load_client_CA_file(config->client_ca);
	if (names == NULL || SSL_CTX_load_verify_file(context, config->client_ca) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		ERR_clear_error();
		return RESULT_CONFIG_INVALID;
	}
	SSL_CTX_set_client_CA_list(context, names);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, tls_client_on_verify);
	SSL_CTX_set_verify_depth(context, TLS_CLIENT_DEPTH_MAX);
	if (config->client_crl[0] == '\0' || tls_client_load_lists(context, config->client_crl))
		return RESULT_OK;
	ERR_clear_error();
	*ret_key = "tls_client_crl";
	*ret_reason = "not a readable PEM revocation list";
	return RESULT_CONFIG_INVALID;
}

bool tls_client_shown(const SSL *ssl, struct certificate *ret_certificate)
{
	const X509 *x509 = SSL_get0_peer_certificate(ssl);

	return x509 != NULL && SSL_get_verify_result(ssl) == X509_V_OK &&
	       X509_cmp_current_time(X509_get0_notAfter(x509)) > 0 &&
	       certificate_of(x509, ret_certificate);
}

bool tls_client_is_good(const SSL *ssl, SSL_CTX *context)
{
	X509 *x509 = SSL_get0_peer_certificate(ssl);
	X509_STORE_CTX *store = X509_STORE_CTX_new();
	bool is_good = false;

	if (x509 != NULL && store != NULL &&
	    X509_STORE_CTX_init(store, SSL_CTX_get_cert_store(context), x509,
				SSL_get_peer_cert_chain(ssl)) == 1 &&
	    X509_STORE_CTX_set_default(store, "ssl_client") == 1) {
		X509_STORE_CTX_set_verify_cb(store, tls_client_on_verify);
		is_good = X509_verify_cert(store) == 1;
	}
	X509_STORE_CTX_free(store);
	ERR_clear_error();
	return is_good;
}
