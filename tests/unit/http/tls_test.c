/* TLS through the sessions of the daemon, with OpenSSL's client at the other end: which versions and
 * protocols are spoken, requests in many records and records in many pieces, resumption, client
 * certificates, files read again, ends. */
#include "engine/http/tls_client.h"
#include "tests/support/certificate.h"
#include "tests/unit/http/rig.h"

#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define GET(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"

struct client {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in; /* memory: what came */
	BIO *out;
	int socket;
	size_t piece; /* bytes sent at a time */
	bool is_closed;
	SSL_SESSION *ticket;
	char seen[1 << 20];
	size_t size;
};

static struct tls *tls;
static struct tls_config config;
static struct client client;

static int open_world(void **state)
{
	const char *key = NULL;
	const char *reason = NULL;

	certificate_files(&config.certificate, &config.key);
	config.client_ca = "";
	config.client_crl = "";
	if (tls_open(&config, &tls, &key, &reason) != RESULT_OK)
		return -1;
	return rig_open(state);
}

static void close_client(void)
{
	if (client.ssl == NULL)
		return;
	SSL_free(client.ssl);
	SSL_CTX_free(client.context);
	SSL_SESSION_free(client.ticket);
	(void)close(client.socket);
	client.ssl = NULL;
	client.ticket = NULL;
}

static int close_world(void **state)
{
	int closed;

	close_client();
	closed = rig_close(state);
	tls_close(tls);
	return closed;
}

static int on_ticket(SSL *ssl, SSL_SESSION *ticket)
{
	(void)ssl;
	SSL_SESSION_free(client.ticket);
	client.ticket = ticket;
	return 1;
}

static void open_client(const char *protocols, int version)
{
	memset(&client, 0, sizeof(client));
	client.piece = SIZE_MAX;
	client.context = SSL_CTX_new(TLS_client_method());
	assert_non_null(client.context);
	assert_int_equal(SSL_CTX_set_max_proto_version(client.context, version), 1);
	(void)SSL_CTX_set_session_cache_mode(
	    client.context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(client.context, on_ticket);
	client.ssl = SSL_new(client.context);
	assert_non_null(client.ssl);
	client.in = BIO_new(BIO_s_mem());
	client.out = BIO_new(BIO_s_mem());
	SSL_set_bio(client.ssl, client.in, client.out);
	if (protocols != NULL)
		assert_int_equal(SSL_set_alpn_protos(client.ssl, (const unsigned char *)protocols,
						     (unsigned)strlen(protocols)),
				 0);
	SSL_set_connect_state(client.ssl);
	client.socket = rig_connect(tls);
}

/* Bytes out in pieces, bytes in, through the library; what is readable into seen. */
static void pump(void)
{
	char bytes[1 << 15];
	ssize_t size;
	int got;

	for (int i = 0; i < 6; i++) {
		if (!SSL_is_init_finished(client.ssl))
			(void)SSL_do_handshake(client.ssl);
		while ((got = BIO_read(client.out, bytes, sizeof(bytes))) > 0)
			for (size_t at = 0; at < (size_t)got; at += client.piece) {
				size_t piece = (size_t)got - at < client.piece ? (size_t)got - at
									       : client.piece;

				(void)send(client.socket, bytes + at, piece, MSG_NOSIGNAL);
				rig_turn();
				if (client.piece == SIZE_MAX)
					break;
			}
		rig_turn();
		while ((size = read(client.socket, bytes, sizeof(bytes))) > 0) {
			assert_int_equal(BIO_write(client.in, bytes, (int)size), size);
			rig_turn();
		}
		client.is_closed |= size == 0;
		while (SSL_is_init_finished(client.ssl) &&
		       (got = SSL_read(client.ssl, client.seen + client.size,
				       (int)(sizeof(client.seen) - 1 - client.size))) > 0)
			client.size += (size_t)got;
		client.seen[client.size] = '\0';
	}
	ERR_clear_error();
}

static void send_text(const char *text)
{
	assert_int_equal(SSL_write(client.ssl, text, (int)strlen(text)), strlen(text));
	pump();
}

static void requests_are_answered(void **state)
{
	(void)state;
	open_client("\x08http/1.1", 0);
	pump();
	assert_string_equal(SSL_get_version(client.ssl), "TLSv1.3");
	send_text(GET("/one"));
	assert_non_null(strstr(client.seen, "/one:0:"));
	send_text(GET("/two") GET("/three"));
	assert_true(strstr(client.seen, "/two:0:") < strstr(client.seen, "/three:0:"));
	send_text("POST /four HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
	assert_non_null(strstr(client.seen, "/four:5:hello"));
	assert_int_equal(rig.network.exchanges.in_use, 0);
}

static void records_come_in_any_pieces(void **state)
{
	(void)state;
	open_client(NULL, 0);
	client.piece = 7;
	pump();
	for (int i = 0; i < 5; i++) /* five records, cut anywhere */
		assert_int_equal(SSL_write(client.ssl, GET("/x"), (int)strlen(GET("/x"))),
				 strlen(GET("/x")));
	pump();
	assert_int_equal(rig.bodies, 5);
}

static void long_answers_pass(void **state)
{
	(void)state;
	open_client(NULL, 0);
	pump();
	send_text(GET("/stream/15"));
	for (int i = 0; i < 50; i++)
		pump();
	assert_true(client.size > 15u * RIG_CHUNK);
	assert_non_null(strstr(client.seen + client.size - 100, "Ledger-Seq: 42\r\n"));
	assert_int_equal(rig.network.exchanges.in_use, 0);
}

static void http2_is_chosen_by_name(void **state)
{
	const unsigned char *name = NULL;
	unsigned size = 0;

	(void)state;
	open_client("\x08http/1.1\x02h2", 0);
	pump();
	SSL_get0_alpn_selected(client.ssl, &name, &size);
	assert_int_equal(size, 2);
	assert_memory_equal(name, "h2", 2);
	assert_int_equal(SSL_write(client.ssl, NGHTTP2_CLIENT_MAGIC "\0\0\0\4\0\0\0\0\0",
				   NGHTTP2_CLIENT_MAGIC_LEN + 9),
			 NGHTTP2_CLIENT_MAGIC_LEN + 9);
	pump();
	assert_true(client.size > 9);
	assert_int_equal(client.seen[3], NGHTTP2_SETTINGS);
}

/* Who has agreed on HTTP/1.1, or on nothing, is not heard in HTTP/2. */
static void the_preface_alone_is_no_choice(void **state)
{
	(void)state;
	open_client(NULL, 0);
	pump();
	send_text(NGHTTP2_CLIENT_MAGIC);
	assert_non_null(strstr(client.seen, "HTTP/1.1 400"));
}

static void foreign_protocols_are_refused(void **state)
{
	(void)state;
	open_client("\x03xyz", 0);
	pump();
	assert_false(SSL_is_init_finished(client.ssl) && !client.is_closed);
	assert_int_equal(rig.network.sessions_open, 0);
}

static void older_versions_are_refused(void **state)
{
	(void)state;
	open_client(NULL, TLS1_1_VERSION);
	SSL_set_security_level(client.ssl, 0);
	pump();
	assert_false(SSL_is_init_finished(client.ssl));
	assert_true(client.is_closed);
	assert_int_equal(rig.network.sessions_open, 0);
}

static void tls_1_2_is_spoken_with_good_ciphers(void **state)
{
	const char *cipher;

	(void)state;
	open_client(NULL, TLS1_2_VERSION);
	pump();
	assert_true(SSL_is_init_finished(client.ssl));
	assert_string_equal(SSL_get_version(client.ssl), "TLSv1.2");
	cipher = SSL_get_cipher_name(client.ssl);
	assert_memory_equal(cipher, "ECDHE-", 6);
	assert_true(strstr(cipher, "GCM") != NULL || strstr(cipher, "CHACHA20") != NULL);
}

static void others_of_tls_1_2_are_refused(void **state)
{
	static const char ciphers[] = "AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA:"
				      "ECDHE-ECDSA-AES256-SHA384:DHE-RSA-AES128-GCM-SHA256";

	(void)state;
	open_client(NULL, TLS1_2_VERSION);
	SSL_set_security_level(client.ssl, 0);
	assert_int_equal(SSL_set_cipher_list(client.ssl, ciphers), 1);
	pump();
	assert_false(SSL_is_init_finished(client.ssl));
	assert_true(client.is_closed);
	assert_int_equal(rig.network.sessions_open, 0);
}

static void garbage_is_closed(void **state)
{
	(void)state;
	open_client(NULL, 0);
	assert_true(send(client.socket, GET("/x"), strlen(GET("/x")), 0) > 0);
	rig_turn();
	assert_int_equal(rig.network.sessions_open, 0);
	assert_int_equal(rig.heads, 0);
}

/* Half a handshake is late like half a head. */
static void half_a_handshake_is_late(void **state)
{
	(void)state;
	open_client(NULL, 0);
	assert_true(send(client.socket, "\x16\x03\x01\x02", 4, 0) == 4);
	rig_tick_later(500);
	assert_int_equal(rig.network.sessions_open, 1);
	rig_tick_later(1500);
	assert_int_equal(rig.network.sessions_open, 0);
}

static void tickets_resume(void **state)
{
	SSL_SESSION *ticket;

	(void)state;
	open_client(NULL, 0);
	pump();
	send_text(GET("/x"));
	assert_non_null(client.ticket);
	assert_int_equal(SSL_SESSION_get_max_early_data(client.ticket), 0);
	ticket = client.ticket;
	client.ticket = NULL;
	(void)SSL_shutdown(client.ssl); /* a session that breaks off is not resumed */
	close_client();
	rig_turn();
	open_client(NULL, 0);
	assert_int_equal(SSL_set_session(client.ssl, ticket), 1);
	SSL_SESSION_free(ticket);
	pump();
	assert_true(SSL_session_reused(client.ssl));
	send_text(GET("/again"));
	assert_non_null(strstr(client.seen, "/again:0:"));
}

static void ends_are_told(void **state)
{
	(void)state;
	open_client(NULL, 0);
	pump();
	send_text("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	assert_non_null(strstr(client.seen, "Connection: close"));
	assert_true(client.is_closed);
	assert_int_equal(SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN,
			 SSL_RECEIVED_SHUTDOWN);
	close_client();
	/* And a client's: a request in hand is answered before. */
	open_client(NULL, 0);
	pump();
	send_text(GET("/wait"));
	(void)SSL_shutdown(client.ssl);
	pump();
	assert_int_equal(rig.network.sessions_open, 1);
	rig_answer(0, "still");
	pump();
	assert_int_equal(rig.network.sessions_open, 0);
}

static void files_are_read_again(void **state)
{
	struct tls_config before = config;
	const char *key = NULL;
	const char *reason = NULL;
	X509 *first;
	X509 *second;

	(void)state;
	open_client(NULL, 0);
	pump();
	first = SSL_get1_peer_certificate(client.ssl);
	certificate_files(&config.certificate, &config.key);
	assert_int_equal(tls_reload(tls, &key, &reason), RESULT_OK);
	send_text(GET("/old")); /* what stands, stands */
	assert_non_null(strstr(client.seen, "/old:0:"));
	close_client();
	open_client(NULL, 0);
	pump();
	second = SSL_get1_peer_certificate(client.ssl);
	assert_int_not_equal(X509_cmp(first, second), 0);
	close_client();
	config.key = before.key; /* of another certificate */
	assert_int_equal(tls_reload(tls, &key, &reason), RESULT_CONFIG_INVALID);
	assert_string_equal(key, "tls_key");
	assert_non_null(reason);
	open_client(NULL, 0);
	pump();
	send_text(GET("/still"));
	assert_non_null(strstr(client.seen, "/still:0:"));
	X509_free(first);
	X509_free(second);
}

static void bad_files_are_refused(void **state)
{
	struct tls_config bad = config;
	struct tls *none = NULL;
	const char *key = NULL;
	const char *reason = NULL;

	(void)state;
	bad.certificate = "/nowhere";
	assert_int_equal(tls_open(&bad, &none, &key, &reason), RESULT_CONFIG_INVALID);
	assert_string_equal(key, "tls_certificate");
	bad = config;
	bad.key = config.certificate;
	assert_int_equal(tls_open(&bad, &none, &key, &reason), RESULT_CONFIG_INVALID);
	assert_string_equal(key, "tls_key");
	bad = config;
	bad.client_ca = config.key;
	assert_int_equal(tls_open(&bad, &none, &key, &reason), RESULT_CONFIG_INVALID);
	assert_string_equal(key, "tls_client_ca");
	assert_int_equal(chmod(config.key, 0644), 0);
	assert_int_equal(tls_open(&config, &none, &key, &reason), RESULT_CONFIG_INVALID);
	assert_string_equal(key, "tls_key");
	assert_int_equal(chmod(config.key, 0600), 0);
	assert_null(none);
}

static void show_certificate(const char *certificate, const char *key)
{
	assert_int_equal(SSL_use_certificate_file(client.ssl, certificate, SSL_FILETYPE_PEM), 1);
	assert_int_equal(SSL_use_PrivateKey_file(client.ssl, key, SSL_FILETYPE_PEM), 1);
}

/* Where a CA of clients is named, who shows no certificate is heard all the same; who shows a good
 * one is known by it, also where the connection is resumed, until the files say otherwise; a
 * stranger's ends the handshake. */
static void clients_show_certificates(void **state)
{
	struct tls_config both;
	struct certificate shown;
	uint8_t expected[CERTIFICATE_HASH_SIZE];
	const char *stranger;
	const char *certificate;
	const char *key;
	const char *reason = NULL;
	SSL_SESSION *ticket;
	uint32_t generation;
	SSL *peer;

	(void)state;
	certificate_files(&stranger, &key);
	both = config;
	both.client_ca = stranger;
	tls_close(tls);
	assert_int_equal(tls_open(&both, &tls, &reason, &reason), RESULT_OK);
	open_client(NULL, 0);
	pump();
	send_text(GET("/wait"));
	assert_int_equal(rig.waiting_count, 1);
	assert_false(tls_client_shown(rig.waiting[0]->session->wire.ssl, &shown));
	rig_answer(0, "unknown");
	pump();
	close_client();
	rig_turn();
	open_client(NULL, 0);
	show_certificate(stranger, key);
	pump();
	send_text(GET("/wait"));
	assert_int_equal(rig.waiting_count, 2);
	peer = rig.waiting[1]->session->wire.ssl;
	assert_true(tls_client_shown(peer, &shown));
	assert_int_equal(X509_digest(SSL_get_certificate(client.ssl), EVP_sha256(), expected, NULL),
			 1);
	assert_memory_equal(shown.fingerprint, expected, sizeof(expected));
	assert_string_equal(shown.issuer, "CN=localhost");
	rig_answer(1, "known");
	pump();
	assert_non_null(strstr(client.seen, "known"));
	assert_non_null(client.ticket);
	ticket = client.ticket;
	client.ticket = NULL;
	(void)SSL_shutdown(client.ssl);
	close_client();
	rig_turn();
	open_client(NULL, 0);
	assert_int_equal(SSL_set_session(client.ssl, ticket), 1);
	SSL_SESSION_free(ticket);
	pump();
	assert_int_equal(SSL_session_reused(client.ssl), 1);
	send_text(GET("/wait"));
	assert_int_equal(rig.waiting_count, 3);
	peer = rig.waiting[2]->session->wire.ssl;
	assert_true(tls_client_shown(peer, &shown));
	assert_memory_equal(shown.fingerprint, expected, sizeof(expected));
	generation = tls_generation(peer);
	assert_int_equal(generation, 1);
	assert_true(tls_still_vouches(peer, &generation));
	/* The same files again vouch for it; another authority does not. */
	assert_int_equal(tls_reload(tls, &reason, &reason), RESULT_OK);
	assert_true(tls_still_vouches(peer, &generation));
	assert_int_equal(generation, 2);
	certificate_files(&certificate, &key);
	both.client_ca = certificate;
	assert_int_equal(tls_reload(tls, &reason, &reason), RESULT_OK);
	assert_false(tls_still_vouches(peer, &generation));
	rig_answer(2, "no more");
	pump();
	close_client();
	rig_turn();
	certificate_files(&stranger, &key);
	open_client(NULL, 0);
	show_certificate(stranger, key);
	pump();
	assert_true(client.is_closed);
	assert_int_equal(rig.network.sessions_open, 0);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(requests_are_answered),
	    WORLD_TEST(records_come_in_any_pieces),
	    WORLD_TEST(long_answers_pass),
	    WORLD_TEST(http2_is_chosen_by_name),
	    WORLD_TEST(the_preface_alone_is_no_choice),
	    WORLD_TEST(foreign_protocols_are_refused),
	    WORLD_TEST(older_versions_are_refused),
	    WORLD_TEST(tls_1_2_is_spoken_with_good_ciphers),
	    WORLD_TEST(others_of_tls_1_2_are_refused),
	    WORLD_TEST(garbage_is_closed),
	    WORLD_TEST(half_a_handshake_is_late),
	    WORLD_TEST(tickets_resume),
	    WORLD_TEST(ends_are_told),
	    WORLD_TEST(files_are_read_again),
	    WORLD_TEST(bad_files_are_refused),
	    WORLD_TEST(clients_show_certificates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
