/* See channel.h. */
#include "bench/load/channel.h"

#include "bench/support/machine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONGESTION "reno" /* nothing to pace inside one machine */

static void tls_die(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

struct ssl_ctx_st *channel_tls(const struct settings *settings)
{
	static const unsigned char h2[] = "\x02h2";
	static const unsigned char http1[] = "\x08http/1.1";
	bool is_h2 = settings->protocol == PROTOCOL_H2;
	if (settings->tls == 0)
		return NULL;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1)
		tls_die("TLS 1.3");
	if (SSL_CTX_set_alpn_protos(context, is_h2 ? h2 : http1,
				    is_h2 ? sizeof(h2) - 1 : sizeof(http1) - 1) != 0)
		tls_die("ALPN");
	if (settings->ca[0] != '\0') {
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
		if (SSL_CTX_load_verify_locations(context, settings->ca, NULL) != 1)
			tls_die(settings->ca);
	}
	SSL_CTX_set_mode(context,
			 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* One system call for a record's head and body. */
	SSL_CTX_set_read_ahead(context, 1);
	return context;
}

static void shake_hands(struct channel *channel, const struct settings *settings, SSL_CTX *tls)
{
	const unsigned char *chosen = NULL;
	unsigned int size = 0;
	channel->ssl = SSL_new(tls);
	if (channel->ssl == NULL || SSL_set_fd(channel->ssl, channel->socket) != 1 ||
	    SSL_set_tlsext_host_name(channel->ssl, settings->server_name) != 1 ||
	    SSL_set1_host(channel->ssl, settings->server_name) != 1)
		tls_die("a TLS connection");
	if (SSL_connect(channel->ssl) != 1)
		tls_die("the handshake failed");
	SSL_get0_alpn_selected(channel->ssl, &chosen, &size);
	if (settings->protocol == PROTOCOL_H2 && (size != 2 || memcmp(chosen, "h2", 2) != 0))
		tls_die("the server does not speak HTTP/2 (ALPN)");
}

void channel_open(struct channel *channel, const struct settings *settings,
		  struct ssl_ctx_st *tls)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)settings->port)};
	int on = 1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	channel->ssl = NULL;
	channel->is_broken = false;
	channel->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (channel->socket < 0 ||
	    connect(channel->socket, (const void *)&address, sizeof(address)) != 0)
		machine_die("load: connect");
	(void)setsockopt(channel->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(channel->socket, IPPROTO_TCP, TCP_CONGESTION, CONGESTION,
			 sizeof(CONGESTION) - 1);
	if (tls != NULL)
		shake_hands(channel, settings, tls);
	if (fcntl(channel->socket, F_SETFL, O_NONBLOCK) != 0)
		machine_die("load: fcntl");
}

/* What an operation of OpenSSL that did not succeed means: to wait, or the end. */
static void tls_stopped(struct channel *channel, int result)
{
	int error = SSL_get_error(channel->ssl, result);
	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		channel->is_broken = true;
}

size_t channel_send(struct channel *channel, const void *data, size_t size)
{
	if (channel->is_broken)
		return 0;
	if (channel->ssl != NULL) {
		size_t done = 0;
		ERR_clear_error();
		int result = SSL_write_ex(channel->ssl, data, size, &done);
		if (result != 1)
			tls_stopped(channel, result);
		return result == 1 ? done : 0;
	}
	ssize_t sent = send(channel->socket, data, size, MSG_NOSIGNAL);
	if (sent > 0)
		return (size_t)sent;
	channel->is_broken = sent == 0 || (errno != EAGAIN && errno != EINTR);
	return 0;
}

size_t channel_receive(struct channel *channel, void *data, size_t size)
{
	if (channel->is_broken)
		return 0;
	if (channel->ssl != NULL) {
		size_t done = 0;
		ERR_clear_error();
		int result = SSL_read_ex(channel->ssl, data, size, &done);
		if (result != 1)
			tls_stopped(channel, result);
		return result == 1 ? done : 0;
	}
	ssize_t got = recv(channel->socket, data, size, 0);
	if (got > 0)
		return (size_t)got;
	channel->is_broken = got == 0 || (errno != EAGAIN && errno != EINTR);
	return 0;
}

bool channel_has_more(const struct channel *channel, bool was_filled)
{
	return channel->ssl == NULL ? was_filled : SSL_has_pending(channel->ssl) != 0;
}

void channel_close(struct channel *channel)
{
	if (channel->ssl != NULL)
		SSL_free(channel->ssl);
	(void)close(channel->socket);
}
