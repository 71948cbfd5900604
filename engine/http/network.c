/* See network.h. */
#include "engine/http/network.h"

#include "engine/base/text.h"
#include "engine/base/time.h"
#include "engine/system/clock.h"
#include "engine/system/log.h"
#include "engine/system/random.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NETWORK_ACCEPTS_MAX  64u /* in one turn of the loop */
#define NETWORK_PAUSE_MS     100u
#define NETWORK_LOG_EVERY_MS 1000u
#define NETWORK_PRIORITIES   1
#define NETWORK_CONGESTION   "reno"
#define NETWORK_ID_DIGITS    8u

void network_count(_Atomic uint64_t *figure, uint64_t more)
{
	/* One writer: no read-modify-write is needed. */
	uint64_t value = atomic_load_explicit(figure, memory_order_relaxed);

	atomic_store_explicit(figure, value + more, memory_order_relaxed);
}

/* ---- Small things that answers carry ---- */

static void network_make_date(char ret_date[ANSWER_DATE_SIZE])
{
	static const char week[] = "MonTueWedThuFriSatSun";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char text[INSTANT_TEXT_SIZE_MAX];
	struct instant now = clock_now();
	struct day day = {(int32_t)(now.us / TIME_US_PER_DAY)};
	struct civil_day civil = day_to_civil(day);

	(void)instant_format_offset(now, 0, text); /* YYYY-MM-DDThh:mm:ss… */
	memcpy(ret_date, week + 3 * (day_of_week(day) - 1), 3);
	memcpy(ret_date + 3, ", ", 2);
	memcpy(ret_date + 5, text + 8, 2);
	ret_date[7] = ' ';
	memcpy(ret_date + 8, months + 3 * (civil.month - 1), 3);
	ret_date[11] = ' ';
	memcpy(ret_date + 12, text, 4);
	ret_date[16] = ' ';
	memcpy(ret_date + 17, text + 11, 8);
	memcpy(ret_date + 25, " GMT", 4);
}

const char *network_date(struct network *network)
{
	uint64_t now_ms = clock_tick_ms();

	if (network->date_ms == 0 || now_ms - network->date_ms >= 500) {
		network_make_date(network->date);
		network->date_ms = now_ms;
	}
	return network->date;
}

uint32_t network_draw_id(struct network *network, char ret_id[EXCHANGE_ID_SIZE_MAX])
{
	uint64_t number = ++network->ids_drawn;
	uint8_t bytes[NETWORK_ID_DIGITS / 2];

	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(number >> (8 * (sizeof(bytes) - 1 - i)));
	memcpy(ret_id, network->id_prefix, sizeof(network->id_prefix));
	text_hex_encode(bytes, sizeof(bytes), ret_id + sizeof(network->id_prefix));
	return (uint32_t)sizeof(network->id_prefix) + NETWORK_ID_DIGITS;
}

/* ---- Sessions ---- */

void network_free_session(struct network *network, struct session *session)
{
	ASSERT(session->state != SESSION_FREE);
	ASSERT(session_is_gone(session) && session->first == NULL && session->rest == NULL);
	if (session->http2 != NULL)
		http2_free(session);
	if (session->callers != NULL)
		callers_leave(session->callers, session->caller);
	session->state = SESSION_FREE;
	session->deadline_ms = 0;
	session->next_free = network->free_sessions;
	network->free_sessions = session;
	network->sessions_open--;
	atomic_store_explicit(&network->figures.connections, network->sessions_open,
			      memory_order_relaxed);
}

static struct session *network_take_session(struct network *network)
{
	struct session *session = network->free_sessions;

	if (session != NULL) {
		network->free_sessions = session->next_free;
	} else if (network->sessions_used < network->config.sessions_max) {
		session = &network->sessions[network->sessions_used++];
	} else {
		return NULL;
	}
	network->sessions_open++;
	session->network = network;
	return session;
}

static bool network_open_session(struct network *network, struct session *session, int descriptor,
				 struct tls *tls)
{
	SSL *ssl = tls == NULL ? NULL : tls_accept(tls);

	if (tls != NULL && ssl == NULL)
		return false;
	if (wire_open(&session->wire, network->base, network->room, descriptor, ssl) == RESULT_OK)
		return true;
	SSL_free(ssl);
	return false;
}

bool network_adopt(struct network *network, int descriptor, const struct network_listener *listener,
		   uint64_t from)
{
	struct callers *callers = listener->callers;
	struct session *session;

	if (callers != NULL && !callers_enter(callers, from)) {
		network_count(&network->figures.connections_refused, 1);
		return false;
	}
	session = network_take_session(network);
	if (session == NULL ||
	    !network_open_session(network, session, descriptor, listener->tls)) {
		if (session == NULL) {
			network_count(&network->figures.connections_refused, 1);
		} else {
			session->next_free = network->free_sessions;
			network->free_sessions = session;
			network->sessions_open--;
		}
		if (callers != NULL)
			callers_leave(callers, from);
		return false;
	}
	session->callers = callers;
	session->caller = from;
	network_count(&network->figures.connections_accepted, 1);
	atomic_store_explicit(&network->figures.connections, network->sessions_open,
			      memory_order_relaxed);
	session_start(session, listener->is_admin);
	return true;
}

void network_mark_dirty(struct network *network, struct session *session)
{
	if (session->is_dirty)
		return;
	session->is_dirty = true;
	session->next_dirty = network->dirty_sessions;
	network->dirty_sessions = session;
}

static void network_write_dirty(struct network *network)
{
	while (network->dirty_sessions != NULL) {
		struct session *session = network->dirty_sessions;

		network->dirty_sessions = session->next_dirty;
		session_write_dirty(session);
	}
}

/* ---- Listeners ---- */

static void network_pause(struct network *network)
{
	for (uint32_t i = 0; i < network->listener_count; i++)
		(void)event_del(network->listeners[i].event);
	network->paused_until_ms = clock_tick_ms() + NETWORK_PAUSE_MS;
}

static void network_resume(struct network *network)
{
	for (uint32_t i = 0; i < network->listener_count; i++)
		(void)event_add(network->listeners[i].event, NULL);
	network->paused_until_ms = 0;
}

/* No descriptor is left: with the reserve the waiting client is taken and let go, so that it sees a
 * close and not silence; then the listeners rest. */
static void network_exhausted(struct network *network, int listener)
{
	uint64_t now_ms = clock_tick_ms();

	network_count(&network->figures.descriptors_exhausted, 1);
	if (network->reserve_descriptor >= 0) {
		int taken;

		(void)close(network->reserve_descriptor);
		taken = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (taken >= 0)
			(void)close(taken);
	}
	network->reserve_descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (now_ms - network->emfile_logged_ms >= NETWORK_LOG_EVERY_MS) {
		LOG("descriptors_exhausted", log_number("connections", network->sessions_open));
		network->emfile_logged_ms = now_ms;
	}
	network_pause(network);
}

static void network_take_connection(struct network *network,
				    const struct network_listener *listener, int descriptor,
				    uint64_t from)
{
	int on = 1;

	if (!listener->is_unix) {
		(void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		/* Inside one machine there is no path to probe and nothing to pace. */
		(void)setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, NETWORK_CONGESTION,
				 sizeof(NETWORK_CONGESTION) - 1);
	}
	if (!network_adopt(network, descriptor, listener, from))
		(void)close(descriptor);
}

static void network_on_connection(evutil_socket_t descriptor, short what, void *context)
{
	struct network *network = context;
	const struct network_listener *listener = NULL;

	(void)what;
	for (uint32_t i = 0; i < network->listener_count; i++)
		if (network->listeners[i].descriptor == descriptor)
			listener = &network->listeners[i];
	ASSERT(listener != NULL);
	for (uint32_t i = 0; i < NETWORK_ACCEPTS_MAX; i++) {
		struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
		struct sockaddr *address = (struct sockaddr *)(void *)&from;
		socklen_t size = sizeof(from);
		int taken = accept4(descriptor, address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (taken >= 0) {
			network_take_connection(network, listener, taken, caller_of(address));
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			network_exhausted(network, descriptor);
		if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

/* ---- Turns of the loop ---- */

/* Answers come when everything that can be read was read: network_turn. */
static void network_on_completion(evutil_socket_t descriptor, short what, void *context)
{
	struct network *network = context;

	(void)descriptor;
	(void)what;
	network->works_are_back = true;
}

static void network_take_back(struct network *network)
{
	struct work *work;

	if (!network->works_are_back)
		return;
	network->works_are_back = false;
	work = completion_take(&network->completions);
	while (work != NULL) {
		struct work *next = work->next;

		/* Another processor wrote it. */
		if (next != NULL)
			__builtin_prefetch(next->outcomes);
		network->config.completed(network->config.context, work);
		work = next;
	}
}

static void network_begin_drain(struct network *network)
{
	network->is_draining = true;
	for (uint32_t i = 0; i < network->listener_count; i++)
		(void)event_del(network->listeners[i].event);
	for (uint32_t i = 0; i < network->sessions_used; i++)
		if (network->sessions[i].state != SESSION_FREE)
			session_drain(&network->sessions[i]);
}

static void network_on_tick(evutil_socket_t descriptor, short what, void *context)
{
	struct network *network = context;
	uint64_t now_ms = clock_tick_ms();

	(void)descriptor;
	(void)what;
	if (!network->is_draining && atomic_load(network->config.draining))
		network_begin_drain(network);
	if (network->paused_until_ms != 0 && now_ms >= network->paused_until_ms &&
	    !network->is_draining)
		network_resume(network);
	for (uint32_t i = 0; i < network->sessions_used; i++)
		if (network->sessions[i].state != SESSION_FREE)
			session_tick(&network->sessions[i], now_ms);
	network->config.ticked(network->config.context, now_ms);
	if (network->is_draining && network->sessions_open == 0)
		network->is_done = true;
}

/* ---- Life ---- */

static enum result network_open_events(struct network *network)
{
	const struct timeval tick = {0, NETWORK_TICK_MS * 1000};
	struct event_config *config = event_config_new();

	if (config == NULL)
		return RESULT_OUT_OF_MEMORY;
	/* One thread per base: no locks. Many changes of one descriptor: one system call. */
	(void)event_config_set_flag(config,
				    EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	network->base = event_base_new_with_config(config);
	event_config_free(config);
	if (network->base == NULL)
		return RESULT_OUT_OF_MEMORY;
	network->tick_event = event_new(network->base, -1, EV_PERSIST, network_on_tick, network);
	network->completion_event =
	    event_new(network->base, completion_event(&network->completions), EV_READ | EV_PERSIST,
		      network_on_completion, network);
	if (network->tick_event == NULL || network->completion_event == NULL ||
	    event_add(network->tick_event, &tick) != 0 ||
	    event_add(network->completion_event, NULL) != 0)
		return RESULT_OUT_OF_MEMORY;
	return RESULT_OK;
}

enum result network_open(struct network *network, const struct network_config *config)
{
	uint8_t prefix[sizeof(network->id_prefix) / 2];
	enum result result;

	ASSERT(config->sessions_max > 0 && config->slots_max > 0);
	memset(network, 0, sizeof(*network));
	network->config = *config;
	network->reserve_descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
	random_bytes(prefix, sizeof(prefix));
	text_hex_encode(prefix, sizeof(prefix), network->id_prefix);
	network->sessions = calloc(config->sessions_max, sizeof(network->sessions[0]));
	network->room = malloc(sizeof(*network->room));
	if (network->sessions == NULL || network->room == NULL)
		return RESULT_OUT_OF_MEMORY;
	network->room->sealed_used = 0;
	result = http2_open_shared(&network->http2);
	if (result != RESULT_OK)
		return result;
	result = exchange_pool_open(&network->exchanges, config->slots_max);
	if (result == RESULT_OK)
		result = completion_open(&network->completions);
	if (result == RESULT_OK)
		result = network_open_events(network);
	return result;
}

enum result network_listen(struct network *network, const struct network_listener *listener)
{
	struct network_listener *kept = &network->listeners[network->listener_count];

	ASSERT(network->listener_count < HTTP_LISTENERS_MAX);
	*kept = *listener;
	kept->event = event_new(network->base, kept->descriptor, EV_READ | EV_PERSIST,
				network_on_connection, network);
	if (kept->event == NULL || event_add(kept->event, NULL) != 0)
		return RESULT_OUT_OF_MEMORY;
	network->listener_count++;
	return RESULT_OK;
}

void network_turn(struct network *network, int flags)
{
	(void)event_base_loop(network->base, flags);
	/* The ledger thread works while the answers go out, and on what their room let in. */
	network->config.turned(network->config.context);
	network_take_back(network);
	network->config.turned(network->config.context);
	network_write_dirty(network);
	network->config.turned(network->config.context);
}

void network_run(struct network *network)
{
	while (!network->is_done)
		network_turn(network, EVLOOP_ONCE);
}

void network_close(struct network *network)
{
	for (uint32_t i = 0; i < network->listener_count; i++)
		event_free(network->listeners[i].event);
	event_free(network->tick_event);
	event_free(network->completion_event);
	completion_close(&network->completions);
	event_base_free(network->base);
	exchange_pool_close(&network->exchanges);
	http2_close_shared(&network->http2);
	free(network->sessions);
	free(network->room);
	if (network->reserve_descriptor >= 0)
		(void)close(network->reserve_descriptor);
}
