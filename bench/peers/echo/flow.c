/* Queues, parsing, and the threads behind the network: see echo.h. */
#include "bench/peers/echo/echo.h"

#include "bench/support/machine.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECTOR_SIZE 512u

/* ---- Queues ---- */

void echo_list_add(struct echo_list *list, struct echo_client *client)
{
	client->next = NULL;
	if (list->last != NULL)
		list->last->next = client;
	else
		list->first = client;
	list->last = client;
}

void echo_queue_open(struct echo_queue *queue)
{
	if (pthread_mutex_init(&queue->mutex, NULL) != 0 ||
	    pthread_cond_init(&queue->came, NULL) != 0)
		machine_die("echo: a queue");
}

void echo_queue_give(struct echo_queue *queue, struct echo_list *list)
{
	if (list->first == NULL)
		return;
	pthread_mutex_lock(&queue->mutex);
	bool was_empty = queue->first == NULL;
	if (was_empty)
		queue->first = list->first;
	else
		queue->last->next = list->first;
	queue->last = list->last;
	pthread_mutex_unlock(&queue->mutex);
	if (was_empty)
		pthread_cond_signal(&queue->came);
	*list = (struct echo_list){NULL, NULL};
}

struct echo_client *echo_queue_take(struct echo_queue *queue, bool wait)
{
	pthread_mutex_lock(&queue->mutex);
	while (wait && queue->first == NULL && !queue->is_closed)
		pthread_cond_wait(&queue->came, &queue->mutex);
	struct echo_client *first = queue->first;
	queue->first = NULL;
	queue->last = NULL;
	pthread_mutex_unlock(&queue->mutex);
	return first;
}

void echo_queue_close(struct echo_queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	queue->is_closed = true;
	pthread_mutex_unlock(&queue->mutex);
	pthread_cond_signal(&queue->came);
}

/* ---- Connections ---- */

struct echo_client *echo_client_new(struct echo *echo, int socket)
{
	struct echo_client *client = calloc(1, sizeof(*client));
	int on = 1;
	if (client == NULL)
		machine_die("echo: memory");
	client->echo = echo;
	client->socket = socket;
	llhttp_init(&client->parser, HTTP_REQUEST, &echo->parsing);
	client->parser.data = client;
	(void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
	return client;
}

/* Who holds the connection closes it. Where the journal thread answers, it may still look at a
 * connection that the network thread closes: its memory stays until the end. */
static void close_client(struct echo_client *client)
{
	if (client->bufferevent != NULL)
		bufferevent_free(client->bufferevent);
	else
		(void)close(client->socket);
	if (client->echo->design != DESIGN_DIRECT)
		free(client);
}

static bool take_hold(struct echo_client *client)
{
	bool expected = false;
	return atomic_compare_exchange_strong(&client->is_held, &expected, true);
}

bool echo_parse(struct echo_client *client, const char *data, size_t size)
{
	client->parsed = 0;
	if (llhttp_execute(&client->parser, data, size) != HPE_OK) {
		fprintf(stderr, "echo: %s\n", llhttp_get_error_reason(&client->parser));
		exit(1);
	}
	if (client->parsed == 0)
		return false;
	atomic_fetch_add(&client->asked, client->parsed);
	return take_hold(client);
}

bool echo_let_go(struct echo_client *client)
{
	atomic_store(&client->is_held, false);
	bool is_gone = atomic_load(&client->is_gone);
	if (!is_gone && atomic_load(&client->asked) == client->answered)
		return false;
	if (!take_hold(client))
		return false;
	if (atomic_load(&client->is_gone)) {
		close_client(client);
		return false;
	}
	return true;
}

void echo_gone(struct echo_client *client)
{
	atomic_store(&client->is_gone, true);
	if (take_hold(client))
		close_client(client);
}

void echo_send(struct echo_client *client, uint64_t count)
{
	struct echo *echo = client->echo;
	uint64_t left = count * echo->answer_size;
	uint64_t at = 0;
	while (left > 0) {
		/* From a place within an answer to the end of all that stand in memory. */
		uint64_t most = (uint64_t)echo->answer_size * ECHO_ANSWERS - at;
		ssize_t sent = send(client->socket, echo->answers + at,
				    left < most ? left : most, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EAGAIN) {
			struct pollfd wait = {.fd = client->socket, .events = POLLOUT};
			(void)poll(&wait, 1, 1000);
			continue;
		}
		if (sent <= 0)
			return; /* gone: the network thread learns it as well */
		left -= (uint64_t)sent;
		at = (at + (uint64_t)sent) % echo->answer_size;
	}
}

/* ---- Threads ---- */

void *echo_ledger_thread(void *context)
{
	struct echo *echo = context;
	struct echo_client *client;
	while ((client = echo_queue_take(&echo->to_ledger, true)) != NULL) {
		struct echo_list list = {client, client};
		while (list.last->next != NULL)
			list.last = list.last->next;
		echo_queue_give(&echo->to_journal, &list);
	}
	return NULL;
}

/* Writes and syncs; the file is used from its beginning again when it is full. */
static void write_batch(struct echo *echo, uint64_t count)
{
	uint64_t size = count * echo->journal_bytes;
	uint64_t sectors = (size + SECTOR_SIZE - 1) / SECTOR_SIZE * SECTOR_SIZE;
	if (sectors > echo->scratch_size)
		machine_die("echo: a batch is too large");
	if (echo->offset + sectors > echo->file_size)
		echo->offset = 0;
	for (uint64_t done = 0; done < sectors;) {
		ssize_t written = pwrite(echo->journal, echo->scratch + done, sectors - done,
					 (off_t)(echo->offset + done));
		if (written <= 0)
			machine_die("echo: pwrite");
		done += (uint64_t)written;
	}
	if (fdatasync(echo->journal) != 0)
		machine_die("echo: fdatasync");
	echo->offset += sectors;
	echo->requests += count;
	echo->syncs++;
	echo->bytes += sectors;
}

static void answer_here(struct echo *echo, struct echo_client *client)
{
	struct echo_list again = {NULL, NULL};
	while (client != NULL) {
		struct echo_client *next = client->next;
		echo_send(client, client->taken);
		client->answered += client->taken;
		if (echo_let_go(client))
			echo_list_add(&again, client);
		client = next;
	}
	echo_queue_give(&echo->to_journal, &again);
}

void *echo_journal_thread(void *context)
{
	struct echo *echo = context;
	struct echo_client *first;
	while ((first = echo_queue_take(&echo->to_journal, true)) != NULL) {
		struct echo_list list = {first, first};
		uint64_t count = 0;
		for (struct echo_client *client = first; client != NULL; client = client->next) {
			client->taken = atomic_load(&client->asked) - client->answered;
			count += client->taken;
			list.last = client;
		}
		write_batch(echo, count);
		if (echo->design == DESIGN_DIRECT) {
			answer_here(echo, first);
			continue;
		}
		echo_queue_give(&echo->back, &list);
		(void)eventfd_write(echo->wake, 1);
	}
	return NULL;
}
