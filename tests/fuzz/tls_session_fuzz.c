/* A whole connection of TLS through the real session: a client of OpenSSL greets, shakes hands and then
 * sends any bytes inside its records, to HTTP/2 or HTTP/1.1 as ALPN chose; or its flights are changed on
 * the way. http_fuzz gives the listener bytes that are no TLS at all; here they are, up to where the
 * input says.
 *
 * The input: how (FUZZ_…), a position in what the client sends, what to change there, how long the
 * pieces are, and then what goes into the records. What must hold: no crash, no report of a
 * sanitizer, every exchange and session given back, and a handshake that nobody touched succeeds. */
#include "engine/http/network.h"
#include "tests/support/certificate.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FUZZ_HTTP2   0x01u /* else HTTP/1.1 */
#define FUZZ_CHANGE  0x02u /* one byte of the client's flights */
#define FUZZ_OPENING 0x04u /* the preface of HTTP/2 and its first SETTINGS go first */
#define FUZZ_HEADER  5u
#define FUZZ_SLOTS   4u
#define FUZZ_TURNS   16
#define FUZZ_ROOM    65536u

struct fuzz {
	struct network network;
	struct tls *tls;
	SSL_CTX *clients;
	uint32_t taken;
	uint32_t released;
};

/* One client: its TLS between two pieces of memory, its end of the pair, what it has sent. */
struct fuzz_client {
	SSL *ssl;
	BIO *in;
	BIO *out;
	int descriptor;
	size_t sent;
	size_t change_at; /* SIZE_MAX: nothing */
	uint8_t change;
	size_t piece;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fuzz fuzz;
static const atomic_bool fuzz_draining;

static void fuzz_fill(struct exchange *exchange)
{
	exchange->status = 200;
	exchange->media_type = "text/plain";
	memcpy(exchange->answer.data, "done", 4);
	exchange->answer.used = 4;
}

static void fuzz_head(void *self, struct exchange *exchange)
{
	struct fuzz *state = self;

	state->taken++;
	exchange->body_capacity = 256;
	exchange->overlaps = true;
}

static void fuzz_body(void *self, struct exchange *exchange)
{
	(void)self;
	fuzz_fill(exchange);
	session_answer(exchange);
}

static void fuzz_room(void *self, struct exchange *exchange)
{
	(void)self;
	(void)exchange;
	ASSERT(false); /* nothing is streamed */
}

static void fuzz_refuse(void *self, struct exchange *exchange, enum result result)
{
	struct fuzz *state = self;

	state->taken++;
	fuzz_fill(exchange);
	exchange->status = result_info(result)->status;
}

static void fuzz_release(void *self, struct exchange *exchange)
{
	struct fuzz *state = self;

	(void)exchange;
	state->released++;
}

static void fuzz_completed(void *context, struct work *work)
{
	(void)context;
	(void)work;
	ASSERT(false);
}

static void fuzz_ticked(void *context, uint64_t now_ms)
{
	(void)context;
	(void)now_ms;
}

static void fuzz_turned(void *context)
{
	(void)context;
}

static const struct session_handler fuzz_handler = {
    .self = &fuzz,
    .head = fuzz_head,
    .body = fuzz_body,
    .room = fuzz_room,
    .refuse = fuzz_refuse,
    .release = fuzz_release,
};

static void fuzz_open(void)
{
	const struct network_config config = {
	    .handler = &fuzz_handler,
	    /* Longer than any machine stands still: a handshake must not end by them. */
	    .timeouts = {3600000, 3600000, 3600000, 3600000, 3600000},
	    .sessions_max = 4,
	    .slots_max = FUZZ_SLOTS,
	    .streams_max = 3,
	    .completed = fuzz_completed,
	    .ticked = fuzz_ticked,
	    .turned = fuzz_turned,
	    .draining = &fuzz_draining,
	};
	static struct tls_config tls;
	const char *key = NULL;
	const char *reason = NULL;

	certificate_files(&tls.certificate, &tls.key);
	tls.client_ca = "";
	fuzz.clients = SSL_CTX_new(TLS_client_method());
	if (fuzz.clients == NULL || network_open(&fuzz.network, &config) != RESULT_OK ||
	    tls_open(&tls, &fuzz.tls, &key, &reason) != RESULT_OK)
		abort();
}

static void fuzz_connect(struct fuzz_client *client, uint8_t how)
{
	static const unsigned char http2[] = "\x02h2";
	static const unsigned char http1[] = "\x08http/1.1";
	const struct network_listener listener = {.tls = fuzz.tls};
	int pair[2];

	client->ssl = SSL_new(fuzz.clients);
	client->in = BIO_new(BIO_s_mem());
	client->out = BIO_new(BIO_s_mem());
	if (client->ssl == NULL || client->in == NULL || client->out == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0 ||
	    !network_adopt(&fuzz.network, pair[0], &listener, CALLER_NONE))
		abort();
	BIO_set_mem_eof_return(client->in, -1);
	SSL_set_bio(client->ssl, client->in, client->out);
	SSL_set_connect_state(client->ssl);
	(void)SSL_set_alpn_protos(client->ssl, (how & FUZZ_HTTP2) != 0 ? http2 : http1,
				  (how & FUZZ_HTTP2) != 0 ? 3 : 9);
	client->descriptor = pair[1];
	client->sent = 0;
}

/* What the client has to say goes to the session, in pieces, one byte of it changed; what the session
 * says comes back. */
static void fuzz_carry(struct fuzz_client *client)
{
	static unsigned char room[FUZZ_ROOM];
	int size = BIO_read(client->out, room, sizeof(room));
	ssize_t came;

	for (size_t at = 0; size > 0 && at < (size_t)size; at += client->piece) {
		size_t piece = (size_t)size - at < client->piece ? (size_t)size - at : client->piece;

		if (client->change_at >= client->sent && client->change_at < client->sent + piece)
			room[at + client->change_at - client->sent] ^= client->change;
		client->sent += piece;
		(void)send(client->descriptor, room + at, piece, MSG_NOSIGNAL | MSG_DONTWAIT);
		network_turn(&fuzz.network, EVLOOP_NONBLOCK);
	}
	network_turn(&fuzz.network, EVLOOP_NONBLOCK);
	while ((came = recv(client->descriptor, room, sizeof(room), MSG_DONTWAIT)) > 0)
		if (BIO_write(client->in, room, (int)came) != (int)came)
			abort();
}

static bool fuzz_shake_hands(struct fuzz_client *client)
{
	for (int turn = 0; turn < FUZZ_TURNS; turn++) {
		int done;
		int error;

		ERR_clear_error(); /* both sides share this thread's queue */
		done = SSL_do_handshake(client->ssl);
		error = SSL_get_error(client->ssl, done);
		fuzz_carry(client);
		if (done == 1)
			return true;
		if (error != SSL_ERROR_WANT_READ)
			break;
	}
	ERR_clear_error();
	return false;
}

static void fuzz_say(struct fuzz_client *client, const void *bytes, size_t size)
{
	static char room[FUZZ_ROOM];

	if (size > 0 && SSL_write(client->ssl, bytes, (int)size) > 0)
		fuzz_carry(client);
	while (SSL_read(client->ssl, room, sizeof(room)) > 0)
		continue;
	ERR_clear_error();
}

static void fuzz_end(struct fuzz_client *client)
{
	SSL_free(client->ssl);
	(void)close(client->descriptor);
	network_turn(&fuzz.network, EVLOOP_NONBLOCK);
	for (uint32_t i = 0; i < fuzz.network.sessions_used; i++)
		if (fuzz.network.sessions[i].state != SESSION_FREE)
			session_abort(&fuzz.network.sessions[i]);
	network_turn(&fuzz.network, EVLOOP_NONBLOCK);
	ASSERT(fuzz.taken >= fuzz.released);
	ASSERT(fuzz.network.exchanges.in_use == 0);
	ASSERT(fuzz.network.sessions_open == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char opening[] = NGHTTP2_CLIENT_MAGIC "\0\0\0\4\0\0\0\0\0";
	struct fuzz_client client = {.change_at = SIZE_MAX};
	bool changes;
	bool shaken;

	if (size < FUZZ_HEADER || size > FUZZ_ROOM / 4)
		return 0;
	if (fuzz.network.base == NULL)
		fuzz_open();
	changes = (data[0] & FUZZ_CHANGE) != 0 && data[3] != 0;
	if (changes)
		client.change_at = (size_t)data[1] | (size_t)data[2] << 8;
	client.change = data[3];
	client.piece = data[4] < 32 ? FUZZ_ROOM : data[4];
	fuzz_connect(&client, data[0]);
	shaken = fuzz_shake_hands(&client);
	if (!changes)
		ASSERT(shaken);
	if (shaken && (data[0] & FUZZ_OPENING) != 0)
		fuzz_say(&client, opening, sizeof(opening) - 1);
	if (shaken)
		fuzz_say(&client, data + FUZZ_HEADER, size - FUZZ_HEADER);
	fuzz_end(&client);
	return 0;
}
