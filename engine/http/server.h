/* The HTTP server: listeners, network threads, query threads, from the configuration to the
 * drain. */
#ifndef ENGINE_HTTP_SERVER_H
#define ENGINE_HTTP_SERVER_H

#include "engine/http/network.h"
#include "engine/http/hub.h"

#define SERVER_ADDRESS_SIZE_MAX 108u

struct reader;
struct server;

struct server_config {
	const char *listen;	  /* "127.0.0.1:8910"; "": none */
	const char *admin_listen; /* the same, for /metrics and health */
	const char *unix_socket;  /* path; "": none */
	const char *tls_listen;	  /* any address; "": none */
	struct tls_config tls;	  /* read when there is tls_listen */
	struct network_timeouts timeouts;
	uint32_t network_threads;
	uint32_t query_threads;
	uint32_t connections_max; /* in all threads */
	uint32_t per_address_max; /* of them, by TLS */
	uint32_t slots_max;
	uint32_t streams_max; /* of a connection of HTTP/2 */
	uint32_t batches_max;
	struct reader *reader; /* of the store, for the query threads */
};

/* What was bound: port 0 has become one. */
struct server_bound {
	uint16_t port;
	uint16_t admin_port;
	uint16_t tls_port;
};

/* What stopped a start, for the log. */
struct server_fault {
	const char *reason; /* static */
	const char *key;    /* static: the setting at fault, or NULL */
	int error;	    /* errno, 0: none */
};

/* `config` must outlive the server.
 * Binds, allocates, starts the threads: from here on requests are answered. `hub` is complete but
 * for `queries`, and must outlive the server. RESULT_OK; RESULT_CONFIG_INVALID: an address is not
 * one of loopback, or cannot be bound; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result server_start(const struct server_config *config, struct hub *hub,
				    struct server **ret_server, struct server_bound *ret_bound,
				    struct server_fault *ret_fault);

/* Reads the files of TLS again, for new connections; the server need not speak TLS. Any thread.
 * Results as tls_open. */
MUST_CHECK enum result server_reload(struct server *server, struct server_fault *ret_fault);

/* No more connections, no more requests; what is in hand is answered. Returns at once. */
void server_drain(struct server *server);

/* Are all network threads done? */
bool server_is_drained(const struct server *server);

/* Joins the threads and frees everything; after server_is_drained. */
void server_stop(struct server *server);

uint32_t server_threads(const struct server *server);
const struct network_figures *server_figures(const struct server *server, uint32_t thread);

#endif
