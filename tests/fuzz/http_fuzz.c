/* The connection's real code fed with any bytes: parser, session, HTTP/1.1, HTTP/2 and TLS, answers,
 * over a pair of sockets, with a handler that answers at once, later (and then the last first), or
 * in a stream, as the request says.
 *
 * What must hold whatever comes: no crash, no report of a sanitizer, every exchange released, no
 * more answers than requests, and every answer begins with a status line. Of the first byte of the
 * input, the low six bits say how the bytes are cut, the seventh puts the preface of HTTP/2 and its
 * first SETTINGS before them, the eighth has them come to a TLS listener. */
#include "engine/http/network.h"
#include "tests/support/certificate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FUZZ_SLOTS     4u
#define FUZZ_HTTP2     0x40u
#define FUZZ_TLS       0x80u
#define FUZZ_TURNS_MAX 400
#define FUZZ_BODY_MAX  256u

struct fuzz {
	struct network network;
	struct tls *tls;
	struct exchange *later[FUZZ_SLOTS]; /* answered at the end of the turn */
	uint32_t later_count;
	uint32_t taken;		/* exchanges that came */
	uint32_t released;
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
	exchange->body_capacity = FUZZ_BODY_MAX;
	exchange->overlaps = !slice_equals_text(exchange->head->target, "/stream");
	if (slice_equals_text(exchange->head->method, "DELETE")) {
		fuzz_fill(exchange);
		session_answer(exchange);
	}
}

/* Chunks while there is room, a few in all; sequence_min, which is not used here, counts them. */
static void fuzz_stream(struct exchange *exchange)
{
	while (exchange->sequence_min < 3) {
		if (!session_has_room(exchange))
			return;
		memset(exchange->answer.data, 'x', 100);
		exchange->answer.used = 100;
		exchange->sequence_min++;
		session_stream_chunk(exchange);
	}
	session_stream_end(exchange, 7);
}

static void fuzz_body(void *self, struct exchange *exchange)
{
	struct fuzz *state = self;

	ASSERT(exchange->body_size <= FUZZ_BODY_MAX);
	if (slice_equals_text(exchange->head->target, "/later")) {
		state->later[state->later_count++] = exchange;
		return;
	}
	fuzz_fill(exchange);
	if (!slice_equals_text(exchange->head->target, "/stream")) {
		session_answer(exchange);
		return;
	}
	exchange->answer.used = 0;
	session_stream_begin(exchange);
	fuzz_stream(exchange);
}

static void fuzz_room(void *self, struct exchange *exchange)
{
	(void)self;
	fuzz_stream(exchange);
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
	    .timeouts = {5000, 5000, 5000, 5000, 100000},
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
	tls.client_crl = "";
	if (network_open(&fuzz.network, &config) != RESULT_OK ||
	    tls_open(&tls, &fuzz.tls, &key, &reason) != RESULT_OK)
		abort();
}

static void fuzz_turn(void)
{
	network_turn(&fuzz.network, EVLOOP_NONBLOCK);
	while (fuzz.later_count > 0) {
		struct exchange *later = fuzz.later[--fuzz.later_count];

		fuzz_fill(later);
		session_answer(later);
	}
	network_turn(&fuzz.network, EVLOOP_NONBLOCK);
}

/* Everything that came back must be answers. */
static void fuzz_look(int client, uint8_t how)
{
	char start[8] = {0};
	ssize_t size = read(client, start, sizeof(start));

	if (size < (ssize_t)sizeof(start) || how != 0)
		return;
	ASSERT(memcmp(start, "HTTP/1.1", sizeof(start)) == 0);
}

static void fuzz_send(int client, const void *bytes, size_t size)
{
	static char scrap[65536];

	/* What nobody reads any more is lost; what nobody took is taken. */
	(void)send(client, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	fuzz_turn();
	if (size > 1000)
		(void)recv(client, scrap, sizeof(scrap), MSG_DONTWAIT);
}

static int fuzz_connect(uint8_t how)
{
	static const char opening[] = NGHTTP2_CLIENT_MAGIC "\0\0\0\4\0\0\0\0\0";
	const struct network_listener listener = {.tls = (how & FUZZ_TLS) != 0 ? fuzz.tls : NULL};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0 ||
	    !network_adopt(&fuzz.network, pair[0], &listener, CALLER_NONE))
		abort();
	if ((how & FUZZ_HTTP2) != 0)
		fuzz_send(pair[1], opening, sizeof(opening) - 1);
	return pair[1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t step;
	uint8_t how;
	int client;

	if (size < 2)
		return 0;
	if (fuzz.network.base == NULL)
		fuzz_open();
	how = data[0] & (FUZZ_HTTP2 | FUZZ_TLS);
	step = (size_t)data[0] % 64 + 1;
	if (step == 64)
		step = size;
	data++;
	size--;
	client = fuzz_connect(how);
	for (size_t at = 0; at < size && at / step < FUZZ_TURNS_MAX; at += step)
		fuzz_send(client, data + at, size - at < step ? size - at : step);
	fuzz_turn();
	if (how == 0 && memcmp(data, "PRI", size < 3 ? size : 3) == 0)
		how = FUZZ_HTTP2; /* it may have begun it by itself */
	fuzz_look(client, how);
	(void)close(client);
	fuzz_turn();
	for (uint32_t i = 0; i < fuzz.network.sessions_used; i++)
		if (fuzz.network.sessions[i].state != SESSION_FREE)
			session_abort(&fuzz.network.sessions[i]);
	fuzz_turn();
	ASSERT(fuzz.taken >= fuzz.released);
	ASSERT(fuzz.network.exchanges.in_use == 0);
	ASSERT(fuzz.network.sessions_open == 0);
	return 0;
}
