/* The durable echo server: what is left of titolid when nothing is judged.
 *
 *	network thread -> ledger thread -> journal thread -> network thread
 *	recv, llhttp      passes on        one write and     the same answer
 *	                                   one fdatasync     for every request
 *	                                   for all that came
 *
 * It has the threads of titolid, appends for each request as many bytes as a redemption takes to a
 * file that was written with zeros before, and answers with a redemption's answer, byte for byte.
 * It reads no token, no JSON and keeps no state: no server that is durable does less.
 *
 * The life of a connection: the network thread counts the requests that it parsed (`asked`); who
 * turns `is_held` from false to true owns the connection's place in the queues until its requests
 * are answered. So a connection is in one queue at most, and no request is forgotten: who lets go
 * looks once more. */
#ifndef BENCH_PEERS_ECHO_ECHO_H
#define BENCH_PEERS_ECHO_ECHO_H

#include <llhttp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define ECHO_DESIGNS       "bufferevent|epoll|direct"
#define ECHO_INPUT_SIZE    (64u * 1024u)
#define ECHO_ANSWERS       64u /* that stand one behind the other in memory */
#define ECHO_ANSWER_SIZE_MAX 4096u

enum design {
	DESIGN_BUFFEREVENT = 0, /* libevent, with its buffers */
	DESIGN_EPOLL,           /* epoll alone */
	DESIGN_DIRECT,          /* epoll, and the journal thread sends the answers itself */
};

struct bufferevent;
struct echo;

struct echo_client {
	struct echo *echo;
	int socket;
	struct bufferevent *bufferevent; /* DESIGN_BUFFEREVENT */
	llhttp_t parser;
	uint32_t parsed;         /* in this turn of the loop */
	_Atomic uint64_t asked;
	uint64_t answered;       /* by the holder */
	uint64_t taken;          /* requests in the batch that is being written */
	_Atomic bool is_held;
	_Atomic bool is_gone;    /* the client closed: the holder closes too */
	struct echo_client *next;
};

/* Connections on their way from one thread to another, in order. */
struct echo_queue {
	pthread_mutex_t mutex;
	pthread_cond_t came;
	struct echo_client *first;
	struct echo_client *last;
	bool is_closed;
};

struct echo_list {
	struct echo_client *first;
	struct echo_client *last;
};

struct echo {
	/* Options. */
	uint64_t port;
	uint64_t design;
	uint64_t journal_bytes;
	uint64_t file_mib;
	const char *file;
	const char *answer_file;

	int listener;
	int journal;
	int wake; /* eventfd: answered connections wait in `back` */
	uint64_t file_size;
	uint64_t offset;
	uint8_t *scratch;
	uint64_t scratch_size;
	llhttp_settings_t parsing;
	uint32_t answer_size;
	char answers[ECHO_ANSWERS * ECHO_ANSWER_SIZE_MAX];
	struct echo_queue to_ledger;
	struct echo_queue to_journal;
	struct echo_queue back;
	_Atomic bool is_stopping;

	/* Figures, of the journal thread. */
	uint64_t requests;
	uint64_t syncs;
	uint64_t bytes;
};

/* flow.c: the threads behind the network. */

void echo_list_add(struct echo_list *list, struct echo_client *client);
void echo_queue_open(struct echo_queue *queue);
/* Gives all of a list, empties it. */
void echo_queue_give(struct echo_queue *queue, struct echo_list *list);
/* Takes all; waits for some when `wait`. NULL: none, or closed. */
struct echo_client *echo_queue_take(struct echo_queue *queue, bool wait);
void echo_queue_close(struct echo_queue *queue);

/* Parses what came in; true: the connection has requests and is now held by the caller. Ends the
 * program on what llhttp refuses. */
bool echo_parse(struct echo_client *client, const char *data, size_t size);

/* Lets go of a connection whose requests are answered. True: more came meanwhile, and it is held
 * again. */
bool echo_let_go(struct echo_client *client);

/* Sends so many answers; waits for a client that does not take them. */
void echo_send(struct echo_client *client, uint64_t count);

/* The client closed: closes at once, or leaves it to the holder. */
void echo_gone(struct echo_client *client);

struct echo_client *echo_client_new(struct echo *echo, int socket);

void *echo_ledger_thread(void *echo);
void *echo_journal_thread(void *echo);

/* The network thread, until is_stopping. */
void net_epoll_run(struct echo *echo);
void net_bufferevent_run(struct echo *echo);

#endif
