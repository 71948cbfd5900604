/* See tls.h. */
#include "engine/http/tls.h"

#include "engine/http/tls_client.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

#define TLS_TICKETS   1
#define TLS_TICKET_S  3600
#define TLS_SESSION   "titoli"

/* Of TLS 1.2; those of 1.3 are all of this kind. */
static const char tls_ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
static const char tls_groups[] = "X25519:P-256:P-384";

static const unsigned char tls_protocols[] = "\x02h2\x08http/1.1";

struct tls {
	const struct tls_config *config;
	pthread_mutex_t lock; /* of context */
	SSL_CTX *context;
	_Atomic uint32_t generation; /* of context; it names itself by the same number */
};

static pthread_once_t tls_generation_once = PTHREAD_ONCE_INIT;
static int tls_generation_index;

static void tls_make_generation_index(void)
{
	tls_generation_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	ASSERT(tls_generation_index >= 0);
}

/* A context is made known to its connections before any thread can take it. */
static void tls_number(struct tls *tls, SSL_CTX *context, uint32_t generation)
{
	ASSERT(pthread_once(&tls_generation_once, tls_make_generation_index) == 0);
	(void)SSL_CTX_set_app_data(context, tls);
	ASSERT(SSL_CTX_set_ex_data(context, tls_generation_index, (void *)(uintptr_t)generation) ==
	       1);
}

/* ---- The context ---- */

/* A key with a passphrase would make the daemon wait for a person. */
static int tls_no_passphrase(char *buffer, int size, int writes, void *context)
{
	(void)buffer;
	(void)size;
	(void)writes;
	(void)context;
	return -1;
}

static int tls_choose(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_size,
		      const unsigned char *offers, unsigned int size, void *context)
{
	unsigned char *chosen = NULL;

	(void)ssl;
	(void)context;
	if (SSL_select_next_proto(&chosen, ret_size, tls_protocols, sizeof(tls_protocols) - 1,
				  offers, size) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret_name = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static enum result tls_refuse(const char **ret_key, const char *key, const char **ret_reason,
			      const char *reason)
{
	ERR_clear_error();
	*ret_key = key;
	*ret_reason = reason;
	return RESULT_CONFIG_INVALID;
}

static enum result tls_read_files(SSL_CTX *context, const struct tls_config *config,
				  const char **ret_key, const char **ret_reason)
{
	static const char cert[] = "tls_certificate";
	static const char key[] = "tls_key";
	struct stat file;

	if (SSL_CTX_use_certificate_chain_file(context, config->certificate) != 1)
		return tls_refuse(ret_key, cert, ret_reason, "not a readable PEM certificate");
	if (stat(config->key, &file) != 0 || (file.st_mode & S_IRWXO) != 0)
		return tls_refuse(ret_key, key, ret_reason, "missing, or readable by everybody");
	if (SSL_CTX_use_PrivateKey_file(context, config->key, SSL_FILETYPE_PEM) != 1)
		return tls_refuse(ret_key, key, ret_reason,
				  "not a PEM key without passphrase that fits the certificate");
	if (SSL_CTX_check_private_key(context) != 1)
		return tls_refuse(ret_key, key, ret_reason, "not the certificate's key");
	if (config->client_ca[0] == '\0')
		return RESULT_OK;
	return tls_client_ask(context, config, ret_key, ret_reason);
}

static enum result tls_make(const struct tls_config *config, SSL_CTX **ret_context,
			    const char **ret_key, const char **ret_reason)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	enum result result;

	*ret_key = NULL;
	*ret_reason = "out of memory";
	if (context == NULL)
		return RESULT_OUT_OF_MEMORY;
	SSL_CTX_set_default_passwd_cb(context, tls_no_passphrase);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_timeout(context, TLS_TICKET_S);
	/* Idle connections hold no buffers. */
	(void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(context, tls_choose, NULL);
	(void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					       SSL_OP_CIPHER_SERVER_PREFERENCE |
					       SSL_OP_PRIORITIZE_CHACHA);
	result = RESULT_OUT_OF_MEMORY;
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(context, tls_ciphers) == 1 &&
	    SSL_CTX_set1_groups_list(context, tls_groups) == 1 &&
	    SSL_CTX_set_max_early_data(context, 0) == 1 &&
	    SSL_CTX_set_num_tickets(context, TLS_TICKETS) == 1 &&
	    SSL_CTX_set_session_id_context(context, (const unsigned char *)TLS_SESSION,
					   sizeof(TLS_SESSION) - 1) == 1)
		result = tls_read_files(context, config, ret_key, ret_reason);
	if (result == RESULT_OK)
		*ret_context = context;
	else
		SSL_CTX_free(context);
	return result;
}

/* ---- Life ---- */

enum result tls_open(const struct tls_config *config, struct tls **ret_tls, const char **ret_key,
		     const char **ret_reason)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	enum result result;

	*ret_key = NULL;
	*ret_reason = "out of memory";
	if (tls == NULL)
		return RESULT_OUT_OF_MEMORY;
	tls->config = config;
	result = tls_make(config, &tls->context, ret_key, ret_reason);
	if (result != RESULT_OK) {
		free(tls);
		return result;
	}
	ASSERT(pthread_mutex_init(&tls->lock, NULL) == 0);
	atomic_store_explicit(&tls->generation, 1, memory_order_relaxed);
	tls_number(tls, tls->context, 1);
	*ret_tls = tls;
	return RESULT_OK;
}

void tls_close(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->context);
	(void)pthread_mutex_destroy(&tls->lock);
	free(tls);
}

enum result tls_reload(struct tls *tls, const char **ret_key, const char **ret_reason)
{
	SSL_CTX *fresh = NULL;
	SSL_CTX *old;
	enum result result = tls_make(tls->config, &fresh, ret_key, ret_reason);

	if (result != RESULT_OK)
		return result;
	ASSERT(pthread_mutex_lock(&tls->lock) == 0);
	old = tls->context;
	tls_number(tls, fresh, tls->generation + 1);
	tls->context = fresh;
	atomic_fetch_add_explicit(&tls->generation, 1, memory_order_release);
	ASSERT(pthread_mutex_unlock(&tls->lock) == 0);
	/* Connections hold their own reference. */
	SSL_CTX_free(old);
	return RESULT_OK;
}

SSL *tls_accept(struct tls *tls)
{
	SSL *ssl;

	ASSERT(pthread_mutex_lock(&tls->lock) == 0);
	ssl = SSL_new(tls->context);
	ASSERT(pthread_mutex_unlock(&tls->lock) == 0);
	if (ssl == NULL)
		ERR_clear_error();
	else
		SSL_set_accept_state(ssl);
	return ssl;
}

bool tls_chose_http2(const SSL *ssl)
{
	const unsigned char *name = NULL;
	unsigned int size = 0;

	SSL_get0_alpn_selected(ssl, &name, &size);
	return size == 2 && name[0] == 'h' && name[1] == '2';
}

uint32_t tls_generation(const SSL *ssl)
{
	return (uint32_t)(uintptr_t)SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), tls_generation_index);
}

bool tls_still_vouches(const SSL *ssl, uint32_t *generation)
{
	struct tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	SSL_CTX *context;
	bool is_good;

	if (*generation == atomic_load_explicit(&tls->generation, memory_order_acquire))
		return true;
	ASSERT(pthread_mutex_lock(&tls->lock) == 0);
	context = tls->context;
	ASSERT(SSL_CTX_up_ref(context) == 1);
	ASSERT(pthread_mutex_unlock(&tls->lock) == 0);
	is_good = tls->config->client_ca[0] != '\0' && tls_client_is_good(ssl, context);
	if (is_good)
		*generation =
		    (uint32_t)(uintptr_t)SSL_CTX_get_ex_data(context, tls_generation_index);
	SSL_CTX_free(context);
	return is_good;
}
