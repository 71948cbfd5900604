/* See server.h. */
#include "engine/http/server.h"

#include "engine/http/address.h"
#include "engine/http/edge.h"
#include "engine/http/query_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct server_thread {
	struct network network;
	struct edge edge;
	struct session_handler handler;
	pthread_t thread;
	atomic_bool is_done;
	bool is_open;
	bool is_running;
};

struct server {
	struct hub *hub;
	struct server_thread *threads;
	uint32_t thread_count;
	int listener;
	int admin_listener;
	int unix_listener;
	int tls_listener;
	struct tls *tls; /* NULL: not spoken */
	struct callers *callers; /* NULL: TLS is not spoken */
	char unix_path[SERVER_ADDRESS_SIZE_MAX];
};

uint32_t server_threads(const struct server *server)
{
	return server->thread_count;
}

const struct network_figures *server_figures(const struct server *server, uint32_t thread)
{
	ASSERT(thread < server->thread_count);
	return &server->threads[thread].network.figures;
}

static void *server_thread_run(void *context)
{
	struct server_thread *thread = context;

	network_run(&thread->network);
	atomic_store(&thread->is_done, true);
	return NULL;
}

/* ---- Start ---- */

static enum result server_bind_tcp(const char *address, bool plain, int *ret_listener,
				   uint16_t *ret_port, struct server_fault *fault)
{
	struct address_bound bound;
	enum result result;

	if (address[0] == '\0')
		return RESULT_OK;
	result = address_listen_tcp(address, plain, &bound, &fault->reason);
	if (result != RESULT_OK)
		return result;
	*ret_listener = bound.descriptor;
	*ret_port = bound.port;
	return RESULT_OK;
}

static enum result server_bind_tls(struct server *server, const struct server_config *config,
				   struct server_bound *bound, struct server_fault *fault)
{
	enum result result;

	if (config->tls_listen[0] == '\0')
		return RESULT_OK;
	result = tls_open(&config->tls, &server->tls, &fault->key, &fault->reason);
	if (result != RESULT_OK)
		return result;
	result = callers_open(config->connections_max, config->per_address_max, &server->callers);
	if (result != RESULT_OK)
		return result;
	fault->key = "tls_listen";
	return server_bind_tcp(config->tls_listen, false, &server->tls_listener, &bound->tls_port,
			       fault);
}

static enum result server_bind(struct server *server, const struct server_config *config,
			       struct server_bound *bound, struct server_fault *fault)
{
	enum result result;

	fault->key = "listen";
	result = server_bind_tcp(config->listen, true, &server->listener, &bound->port, fault);
	if (result == RESULT_OK) {
		fault->key = "admin_listen";
		result = server_bind_tcp(config->admin_listen, true, &server->admin_listener,
					 &bound->admin_port, fault);
	}
	if (result == RESULT_OK)
		result = server_bind_tls(server, config, bound, fault);
	if (result == RESULT_OK && config->unix_socket[0] != '\0') {
		fault->key = "unix_socket";
		result = address_listen_unix(config->unix_socket, &server->unix_listener,
					     &fault->reason);
		if (result == RESULT_OK)
			memcpy(server->unix_path, config->unix_socket,
			       strlen(config->unix_socket) + 1);
	}
	return result;
}

static uint32_t server_share(uint32_t whole, uint32_t threads)
{
	return (whole + threads - 1) / threads;
}

static enum result server_listen(struct server *server, struct network *network)
{
	const struct network_listener listeners[HTTP_LISTENERS_MAX] = {
	    {.descriptor = server->listener},
	    {.descriptor = server->admin_listener, .is_admin = true},
	    {.descriptor = server->unix_listener, .is_unix = true},
	    {.descriptor = server->tls_listener, .tls = server->tls, .callers = server->callers},
	};
	enum result result = RESULT_OK;

	for (uint32_t i = 0; i < HTTP_LISTENERS_MAX && result == RESULT_OK; i++)
		if (listeners[i].descriptor >= 0)
			result = network_listen(network, &listeners[i]);
	return result;
}

static enum result server_open_thread(struct server *server, const struct server_config *config,
				      struct server_thread *thread)
{
	uint32_t threads = config->network_threads;
	struct network_config network = {
	    .handler = &thread->handler,
	    .timeouts = config->timeouts,
	    .sessions_max = server_share(config->connections_max, threads),
	    .slots_max = server_share(config->slots_max, threads),
	    .streams_max = config->streams_max,
	    .completed = edge_completed,
	    .ticked = edge_ticked,
	    .turned = edge_turned,
	    .context = &thread->edge,
	    .draining = &server->hub->draining,
	};
	enum result result =
	    edge_open(&thread->edge, server->hub, server_share(config->batches_max, threads));

	if (result != RESULT_OK)
		return result;
	thread->edge.network = &thread->network;
	thread->edge.server = server;
	thread->handler = edge_handler(&thread->edge);
	result = network_open(&thread->network, &network);
	if (result != RESULT_OK)
		return result;
	thread->is_open = true;
	return server_listen(server, &thread->network);
}

static enum result server_run_threads(struct server *server)
{
	for (uint32_t i = 0; i < server->thread_count; i++) {
		struct server_thread *thread = &server->threads[i];

		if (pthread_create(&thread->thread, NULL, server_thread_run, thread) != 0)
			return RESULT_OUT_OF_MEMORY;
		thread->is_running = true;
	}
	return RESULT_OK;
}

static enum result server_open_pools(struct server *server, const struct server_config *config)
{
	const struct query_pool_config queries = {
	    .threads = config->query_threads,
	    .jobs = config->query_threads * QUERY_POOL_JOBS_PER_THREAD,
	    .reader = config->reader,
	    .hub = server->hub,
	    .run = query_pool_ask_store,
	};
	const struct query_pool_config backups = {
	    .threads = 1,
	    .jobs = 1,
	    .hub = server->hub,
	    .run = query_pool_make_backup,
	};
	const struct query_pool_config persons = {
	    .threads = 1, /* the vault has one lock */
	    .jobs = QUERY_POOL_JOBS_PER_THREAD,
	    .hub = server->hub,
	    .run = edge_person_run,
	};
	enum result result = query_pool_open(&queries, &server->hub->queries);

	if (result == RESULT_OK)
		result = query_pool_open(&backups, &server->hub->backups);
	return result == RESULT_OK && server->hub->vault != NULL
		   ? query_pool_open(&persons, &server->hub->persons)
		   : result;
}

enum result server_start(const struct server_config *config, struct hub *hub,
			 struct server **ret_server, struct server_bound *ret_bound,
			 struct server_fault *ret_fault)
{
	struct server *server = calloc(1, sizeof(*server));
	enum result result;

	*ret_fault = (struct server_fault){.reason = "out of memory"};
	*ret_bound = (struct server_bound){.port = 0};
	if (server == NULL)
		return RESULT_OUT_OF_MEMORY;
	server->hub = hub;
	server->listener = -1;
	server->admin_listener = -1;
	server->unix_listener = -1;
	server->tls_listener = -1;
	server->thread_count = config->network_threads;
	server->threads = calloc(config->network_threads, sizeof(server->threads[0]));
	result = server->threads == NULL ? RESULT_OUT_OF_MEMORY
					 : server_bind(server, config, ret_bound, ret_fault);
	if (result == RESULT_OK)
		result = server_open_pools(server, config);
	for (uint32_t i = 0; result == RESULT_OK && i < config->network_threads; i++)
		result = server_open_thread(server, config, &server->threads[i]);
	if (result == RESULT_OK)
		result = server_run_threads(server);
	/* On failure the process ends: nothing is taken down. */
	*ret_server = server;
	return result;
}

enum result server_reload(struct server *server, struct server_fault *ret_fault)
{
	*ret_fault = (struct server_fault){.reason = NULL};
	if (server->tls == NULL)
		return RESULT_OK;
	return tls_reload(server->tls, &ret_fault->key, &ret_fault->reason);
}

/* ---- Stop ---- */

/* Whoever connects from now on is told at once, and does not wait in a queue that nobody serves. */
static void server_stop_listening(int descriptor)
{
	if (descriptor >= 0)
		(void)shutdown(descriptor, SHUT_RDWR);
}

void server_drain(struct server *server)
{
	server_stop_listening(server->listener);
	server_stop_listening(server->unix_listener);
	server_stop_listening(server->tls_listener);
	atomic_store(&server->hub->draining, true);
}

bool server_is_drained(const struct server *server)
{
	for (uint32_t i = 0; i < server->thread_count; i++)
		if (!atomic_load(&server->threads[i].is_done))
			return false;
	return true;
}

static void server_close_listener(int descriptor)
{
	if (descriptor >= 0)
		(void)close(descriptor);
}

void server_stop(struct server *server)
{
	for (uint32_t i = 0; i < server->thread_count; i++) {
		struct server_thread *thread = &server->threads[i];

		ASSERT(thread->is_running);
		ASSERT(pthread_join(thread->thread, NULL) == 0);
		edge_close(&thread->edge);
		network_close(&thread->network);
	}
	query_pool_close(server->hub->queries);
	query_pool_close(server->hub->backups);
	if (server->hub->persons != NULL)
		query_pool_close(server->hub->persons);
	server_close_listener(server->listener);
	server_close_listener(server->admin_listener);
	server_close_listener(server->unix_listener);
	server_close_listener(server->tls_listener);
	tls_close(server->tls);
	callers_close(server->callers);
	if (server->unix_path[0] != '\0')
		(void)unlink(server->unix_path);
	free(server->threads);
	free(server);
}
