/* See wire.h. The BIO between OpenSSL and the room: reading takes from room->taken, writing fills
 * room->sealed; neither ever touches the socket. */
#include "engine/http/wire.h"

#include <errno.h>
#include <event2/buffer.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static BIO_METHOD *wire_method;
static pthread_once_t wire_method_once = PTHREAD_ONCE_INIT;

bool wire_is_open(const struct wire *wire)
{
	return wire->descriptor >= 0;
}

size_t wire_waiting(const struct wire *wire)
{
	return wire->waiting == NULL ? 0 : evbuffer_get_length(wire->waiting);
}

/* ---- To the socket ---- */

/* The reader learns of it at its next turn. */
static void wire_break(struct wire *wire)
{
	wire->is_broken = true;
	if (wire->waiting != NULL)
		(void)evbuffer_drain(wire->waiting, evbuffer_get_length(wire->waiting));
	(void)event_del(wire->writable);
	event_active(wire->readable, EV_READ, 0);
}

static void wire_keep(struct wire *wire, const char *bytes, size_t size)
{
	bool was_empty = wire_waiting(wire) == 0;

	if (wire->waiting == NULL)
		wire->waiting = evbuffer_new();
	/* Memory is bounded by HTTP_OUTPUT_SIZE_MAX and the slots. */
	if (wire->waiting == NULL || evbuffer_add(wire->waiting, bytes, size) != 0 ||
	    (was_empty && event_add(wire->writable, NULL) != 0))
		wire_break(wire);
}

static bool wire_is_patience(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void wire_push(struct wire *wire, const char *bytes, size_t size)
{
	size_t sent = 0;

	if (wire->is_broken || size == 0)
		return;
	if (wire_waiting(wire) == 0) {
		ssize_t taken = send(wire->descriptor, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (taken < 0 && !wire_is_patience(errno)) {
			wire_break(wire);
			return;
		}
		sent = taken < 0 ? 0 : (size_t)taken;
	}
	if (sent < size)
		wire_keep(wire, bytes + sent, size - sent);
}

static void wire_push_sealed(struct wire *wire)
{
	uint32_t size = wire->room->sealed_used;

	wire->room->sealed_used = 0;
	wire_push(wire, wire->room->sealed, size);
}

static void wire_on_writable(evutil_socket_t descriptor, short what, void *context)
{
	struct wire *wire = context;

	(void)what;
	if (evbuffer_write(wire->waiting, descriptor) < 0 && !wire_is_patience(errno)) {
		wire_break(wire);
		return;
	}
	if (wire_waiting(wire) > 0)
		return;
	(void)event_del(wire->writable);
	wire->on_flushed(wire->context);
}

/* ---- OpenSSL's side ---- */

static int wire_bio_read(BIO *bio, char *bytes, int size)
{
	struct wire *wire = BIO_get_data(bio);
	uint32_t piece = wire->taken.size < (uint32_t)size ? wire->taken.size : (uint32_t)size;

	BIO_clear_retry_flags(bio);
	if (piece == 0 && wire->has_ended)
		return 0;
	if (piece == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(bytes, wire->taken.data, piece);
	wire->taken = (struct slice){wire->taken.data + piece, wire->taken.size - piece};
	return (int)piece;
}

static int wire_bio_write(BIO *bio, const char *bytes, int size)
{
	struct wire *wire = BIO_get_data(bio);
	struct wire_room *room = wire->room;

	BIO_clear_retry_flags(bio);
	ASSERT(size >= 0);
	for (uint32_t at = 0; at < (uint32_t)size;) {
		uint32_t piece = (uint32_t)size - at;

		if (piece > sizeof(room->sealed) - room->sealed_used)
			piece = (uint32_t)sizeof(room->sealed) - room->sealed_used;
		memcpy(room->sealed + room->sealed_used, bytes + at, piece);
		room->sealed_used += piece;
		at += piece;
		if (room->sealed_used == sizeof(room->sealed))
			wire_push_sealed(wire);
	}
	return size;
}

static long wire_bio_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static void wire_make_method(void)
{
	wire_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
	ASSERT(wire_method != NULL);
	ASSERT(BIO_meth_set_read(wire_method, wire_bio_read) == 1);
	ASSERT(BIO_meth_set_write(wire_method, wire_bio_write) == 1);
	ASSERT(BIO_meth_set_ctrl(wire_method, wire_bio_control) == 1);
}

static bool wire_join_tls(struct wire *wire, SSL *ssl)
{
	BIO *bio;

	ASSERT(pthread_once(&wire_method_once, wire_make_method) == 0);
	bio = BIO_new(wire_method);
	if (bio == NULL)
		return false;
	BIO_set_data(bio, wire);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	wire->ssl = ssl;
	return true;
}

/* ---- Reading ---- */

/* All the records that have come. The handshake runs here too. */
static enum wire_step wire_open_records(struct wire *wire, struct slice *ret_bytes)
{
	struct wire_room *room = wire->room;
	size_t used = 0;
	int error = SSL_ERROR_WANT_READ;
	bool has_more = true;

	/* Asking once more, to hear that there is nothing, costs half of what a record does. */
	while (has_more && used < sizeof(room->opened)) {
		size_t size = 0;

		if (SSL_read_ex(wire->ssl, room->opened + used, sizeof(room->opened) - used,
				&size) == 1) {
			used += size;
			has_more = wire->taken.size > 0 || SSL_has_pending(wire->ssl) != 0;
		} else {
			error = SSL_get_error(wire->ssl, 0);
			has_more = false;
		}
	}
	wire_push_sealed(wire);
	*ret_bytes = (struct slice){room->opened, (uint32_t)used};
	if (error != SSL_ERROR_WANT_READ)
		ERR_clear_error();
	if (error == SSL_ERROR_ZERO_RETURN)
		wire->has_ended = true;
	else if (error != SSL_ERROR_WANT_READ && !wire->has_ended)
		wire->is_broken = true;
	/* Of what comes before an end, nothing is lost: the end is told at the next turn. */
	if (used > 0) {
		if (wire->has_ended || wire->is_broken)
			event_active(wire->readable, EV_READ, 0);
		return WIRE_BYTES;
	}
	if (wire->is_broken)
		return WIRE_BROKEN;
	return wire->has_ended ? WIRE_END : WIRE_NOTHING;
}

enum wire_step wire_read(struct wire *wire, struct slice *ret_bytes)
{
	ssize_t taken;

	*ret_bytes = (struct slice){NULL, 0};
	if (wire->is_broken)
		return WIRE_BROKEN;
	if (wire->has_ended)
		return WIRE_END;
	taken = recv(wire->descriptor, wire->room->taken, sizeof(wire->room->taken), MSG_DONTWAIT);
	if (taken < 0)
		return wire_is_patience(errno) ? WIRE_NOTHING : WIRE_BROKEN;
	wire->has_ended = taken == 0;
	if (wire->ssl != NULL) {
		wire->taken = (struct slice){wire->room->taken, (uint32_t)taken};
		return wire_open_records(wire, ret_bytes);
	}
	*ret_bytes = (struct slice){wire->room->taken, (uint32_t)taken};
	return taken == 0 ? WIRE_END : WIRE_BYTES;
}

void wire_watch(struct wire *wire, bool watch)
{
	watch = watch && !wire->has_ended;
	if (!wire_is_open(wire) || wire->is_reading == watch)
		return;
	wire->is_reading = watch;
	if (watch && event_add(wire->readable, NULL) != 0)
		wire_break(wire);
	else if (!watch)
		(void)event_del(wire->readable);
}

static void wire_on_readable(evutil_socket_t descriptor, short what, void *context)
{
	struct wire *wire = context;

	(void)descriptor;
	(void)what;
	wire->on_readable(wire->context);
}

/* ---- Writing ---- */

void wire_write(struct wire *wire, const char *bytes, size_t size)
{
	size_t written = 0;

	if (!wire_is_open(wire) || size == 0)
		return;
	if (wire->ssl == NULL) {
		wire_push(wire, bytes, size);
		return;
	}
	ASSERT(wire->room->sealed_used == 0);
	if (SSL_write_ex(wire->ssl, bytes, size, &written) != 1 || written != size) {
		ERR_clear_error();
		wire_push_sealed(wire);
		wire_break(wire);
		return;
	}
	wire_push_sealed(wire);
}

static void wire_say_goodbye(struct wire *wire)
{
	if (wire->ssl == NULL || wire->is_broken || SSL_is_init_finished(wire->ssl) == 0)
		return;
	(void)SSL_shutdown(wire->ssl);
	ERR_clear_error();
	wire_push_sealed(wire);
}

void wire_shut(struct wire *wire)
{
	wire_say_goodbye(wire);
	(void)shutdown(wire->descriptor, SHUT_WR);
}

bool wire_is_http2(const struct wire *wire)
{
	return wire->ssl != NULL && tls_chose_http2(wire->ssl);
}

/* ---- Life ---- */

static void wire_free_events(struct wire *wire)
{
	if (wire->readable != NULL)
		event_free(wire->readable);
	if (wire->writable != NULL)
		event_free(wire->writable);
	wire->readable = NULL;
	wire->writable = NULL;
}

enum result wire_open(struct wire *wire, struct event_base *base, struct wire_room *room,
		      int descriptor, SSL *ssl)
{
	ASSERT(descriptor >= 0);
	wire->room = room;
	wire->ssl = NULL;
	wire->waiting = NULL;
	wire->taken = (struct slice){NULL, 0};
	wire->is_reading = true;
	wire->is_broken = false;
	wire->has_ended = false;
	wire->readable =
	    event_new(base, descriptor, EV_READ | EV_PERSIST, wire_on_readable, wire);
	wire->writable =
	    event_new(base, descriptor, EV_WRITE | EV_PERSIST, wire_on_writable, wire);
	if (wire->readable == NULL || wire->writable == NULL ||
	    event_add(wire->readable, NULL) != 0 || (ssl != NULL && !wire_join_tls(wire, ssl))) {
		wire_free_events(wire);
		return RESULT_OUT_OF_MEMORY;
	}
	wire->descriptor = descriptor;
	return RESULT_OK;
}

void wire_close(struct wire *wire)
{
	if (!wire_is_open(wire))
		return;
	wire_say_goodbye(wire);
	wire_free_events(wire);
	SSL_free(wire->ssl);
	wire->ssl = NULL;
	if (wire->waiting != NULL)
		evbuffer_free(wire->waiting);
	wire->waiting = NULL;
	(void)close(wire->descriptor);
	wire->descriptor = -1;
}
