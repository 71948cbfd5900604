/* A load generator for the redemption path: keep-alive connections on loopback, closed loop.
 *
 * usage: load PORT TOKENS single|batch CONNECTIONS SECONDS VOUCHERS ROUND [LINES]
 *
 * TOKENS is a file with one bearer token a line; line p is provider p, who serves the vouchers v
 * with v mod providers = p. Connection c uses token c mod providers. Each request redeems the next
 * titles of its provider, a visit of 30 minutes that was not submitted before: the visit of round r
 * is on day 1 + r, at an hour of its own among the titles of one person. Prints the redemptions
 * accepted per second, accepted and refused, and percentiles of the latency of a request. One
 * thread, so that on two cores the daemon keeps one for itself. */
#include "engine/base/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TOKEN_SIZE       128
#define PROVIDERS_MAX    1024
#define CONNECTIONS_MAX  1024
#define LATENCIES_MAX    4000000
#define LINE_SIZE_MAX    200
#define CHUNKED_TAIL_SIZE 128
#define ANSWER_SIZE      (8u << 20)

struct connection {
	int socket;
	uint32_t provider;
	char *request;      /* head and body */
	size_t request_size;
	size_t sent;
	char *answer;
	size_t answer_size;
	uint64_t started_ns;
};

struct load {
	struct connection connections[CONNECTIONS_MAX];
	char tokens[PROVIDERS_MAX][TOKEN_SIZE];
	uint32_t next[PROVIDERS_MAX]; /* visits given out so far, by provider */
	uint32_t *latencies;          /* microseconds */
	uint64_t latency_count, accepted, refused, keys;
	uint32_t providers, connection_count, vouchers, round, lines;
	bool batch;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void read_tokens(struct load *load, const char *path)
{
	FILE *file = fopen(path, "r");
	if (file == NULL)
		die(path);
	while (load->providers < PROVIDERS_MAX &&
	       fgets(load->tokens[load->providers], TOKEN_SIZE, file) != NULL) {
		char *token = load->tokens[load->providers];
		token[strcspn(token, "\n")] = '\0';
		if (token[0] != '\0')
			load->providers++;
	}
	fclose(file);
	if (load->providers == 0)
		exit(2);
}

/* The next visit of a provider as one JSON object. */
static int write_visit(struct load *load, uint32_t provider, char *out, bool with_id)
{
	uint32_t given = load->next[provider]++;
	uint32_t each = load->vouchers / load->providers;
	uint32_t voucher = (given % each) * load->providers + provider + 1;
	uint32_t round = load->round + given / each;
	char number[CHECK_NUMBER_TEXT_SIZE_MAX + 1] = {0};
	uint32_t size = check_number_format(voucher, number);
	number[size] = '\0';
	int used = 0;
	if (with_id)
		used = snprintf(out, LINE_SIZE_MAX, "{\"id\":\"%u\",", given);
	else
		out[used++] = '{';
	return used + snprintf(out + used, LINE_SIZE_MAX,
			       "\"voucher\":\"%s\",\"start\":\"2026-10-%02uT%02u:00:00+02:00\","
			       "\"minutes\":30,\"operator\":\"OP-%u\"}%s",
			       number, 1 + round % 24, 8 + voucher % 4 * 2 + round / 24 % 2, voucher,
			       with_id ? "\n" : "");
}

static void write_request(struct load *load, struct connection *connection)
{
	static char body[21000 * LINE_SIZE_MAX];
	int size = 0;
	uint32_t count = load->batch ? load->lines : 1;
	for (uint32_t i = 0; i < count; i++)
		size += write_visit(load, connection->provider, body + size, load->batch);
	int head = snprintf(connection->request, 2048,
			    "POST /v1/redemptions%s HTTP/1.1\r\nHost: localhost\r\n"
			   "Authorization: Bearer %s\r\nContent-Type: %s\r\n"
			   "Idempotency-Key: load-%u-%llu\r\nContent-Length: %d\r\n\r\n",
			   load->batch ? ":batch" : "", load->tokens[connection->provider],
			   load->batch ? "application/x-ndjson" : "application/json",
			   (unsigned)getpid(), (unsigned long long)load->keys++, size);
	memcpy(connection->request + head, body, (size_t)size);
	connection->request_size = (size_t)(head + size);
	connection->sent = 0;
	connection->answer_size = 0;
	connection->started_ns = now_ns();
}

static void send_more(struct connection *connection)
{
	while (connection->sent < connection->request_size) {
		ssize_t sent = send(connection->socket, connection->request + connection->sent,
				    connection->request_size - connection->sent, MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent <= 0)
			die("send");
		connection->sent += (size_t)sent;
	}
}

static uint64_t count_text(const char *text, size_t size, const char *what)
{
	uint64_t count = 0;
	size_t length = strlen(what);
	const char *end = text + size;
	const char *found = text;
	while ((found = memmem(found, (size_t)(end - found), what, length)) != NULL) {
		count++;
		found += length;
	}
	return count;
}

/* A chunked body ends with an empty chunk and perhaps trailers. */
static bool chunks_are_over(const char *body, size_t size)
{
	size_t tail = size < CHUNKED_TAIL_SIZE ? size : CHUNKED_TAIL_SIZE;
	const char *last = body + size - tail;
	return size >= 4 && memcmp(body + size - 4, "\r\n\r\n", 4) == 0 &&
	       memmem(last, tail, "\r\n0\r\n", 5) != NULL;
}

/* Is the answer whole? Content-Length or chunked. */
static bool answer_is_whole(const struct connection *connection)
{
	const char *answer = connection->answer;
	const char *body = memmem(answer, connection->answer_size, "\r\n\r\n", 4);
	if (body == NULL)
		return false;
	body += 4;
	size_t head = (size_t)(body - answer);
	size_t size = connection->answer_size - head;
	if (memmem(answer, head, "chunked", 7) != NULL)
		return chunks_are_over(body, size);
	const char *length = memmem(answer, head, "ontent-Length:", 14);
	return length != NULL && size >= strtoul(length + 14, NULL, 10);
}

static void finish(struct load *load, struct connection *connection)
{
	if (load->latency_count < LATENCIES_MAX)
		load->latencies[load->latency_count++] =
		    (uint32_t)((now_ns() - connection->started_ns) / 1000);
	uint64_t accepted =
	    count_text(connection->answer, connection->answer_size, "\"result\":\"accepted\"");
	uint64_t lines = load->batch ? load->lines : 1;
	load->accepted += accepted;
	load->refused += lines - accepted;
	if (load->refused > 0 && load->refused <= lines - accepted)
		fprintf(stderr, "first refusal: %.1200s\n", connection->answer);
}

static void receive(struct load *load, struct connection *connection, bool more)
{
	ssize_t got = recv(connection->socket, connection->answer + connection->answer_size,
			   ANSWER_SIZE - connection->answer_size, 0);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0)
		die("the daemon closed a connection");
	connection->answer_size += (size_t)got;
	connection->answer[connection->answer_size] = '\0';
	if (!answer_is_whole(connection))
		return;
	finish(load, connection);
	if (more) {
		write_request(load, connection);
		send_more(connection);
	} else {
		connection->request_size = 0;
	}
}

static void open_connection(struct load *load, uint32_t number, uint16_t port, int poll)
{
	struct connection *connection = &load->connections[number];
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	connection->socket = socket(AF_INET, SOCK_STREAM, 0);
	connection->provider = number % load->providers;
	connection->request = malloc(load->batch ? 21000 * LINE_SIZE_MAX : 2048);
	connection->answer = malloc(ANSWER_SIZE + 1);
	if (connect(connection->socket, (void *)&address, sizeof(address)) != 0)
		die("connect");
	int one = 1;
	setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
				    .data.u32 = number};
	if (epoll_ctl(poll, EPOLL_CTL_ADD, connection->socket, &event) != 0)
		die("epoll_ctl");
}

static int by_size(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;
	return (a > b) - (a < b);
}

static void report(struct load *load, double seconds)
{
	qsort(load->latencies, load->latency_count, sizeof(uint32_t), by_size);
	uint64_t last = load->latency_count == 0 ? 0 : load->latency_count - 1;
	printf("per_second %.0f\naccepted %llu\nrefused %llu\np50_us %u\np99_us %u\nmax_us %u\n",
	       (double)load->accepted / seconds, (unsigned long long)load->accepted,
	       (unsigned long long)load->refused, load->latencies[last / 2],
	       load->latencies[last * 99 / 100], load->latencies[last]);
}

static void drive(struct load *load, int poll, double seconds)
{
	uint64_t start = now_ns();
	uint64_t end = start + (uint64_t)(seconds * 1e9);
	for (uint32_t i = 0; i < load->connection_count; i++) {
		write_request(load, &load->connections[i]);
		send_more(&load->connections[i]);
	}
	struct epoll_event events[256];
	uint32_t busy = load->connection_count;
	while (busy > 0) {
		int count = epoll_wait(poll, events, 256, 10000);
		if (count <= 0)
			die("no answer within ten seconds");
		bool more = now_ns() < end;
		for (int i = 0; i < count; i++) {
			struct connection *connection = &load->connections[events[i].data.u32];
			if (connection->request_size == 0)
				continue;
			if (events[i].events & EPOLLOUT)
				send_more(connection);
			if (events[i].events & EPOLLIN)
				receive(load, connection, more);
			if (connection->request_size == 0)
				busy--;
		}
	}
	report(load, (double)(now_ns() - start) / 1e9);
}

int main(int argc, char **argv)
{
	if (argc < 8) {
		fprintf(stderr, "usage: load PORT TOKENS single|batch CONNECTIONS SECONDS VOUCHERS "
				"ROUND [LINES]\n");
		return 2;
	}
	static struct load load;
	read_tokens(&load, argv[2]);
	load.batch = strcmp(argv[3], "batch") == 0;
	load.connection_count = (uint32_t)strtoul(argv[4], NULL, 10);
	load.vouchers = (uint32_t)strtoul(argv[6], NULL, 10);
	load.round = (uint32_t)strtoul(argv[7], NULL, 10);
	load.lines = argc > 8 ? (uint32_t)strtoul(argv[8], NULL, 10) : 1000;
	load.latencies = malloc(LATENCIES_MAX * sizeof(uint32_t));
	if (load.connection_count == 0 || load.connection_count > CONNECTIONS_MAX ||
	    load.lines == 0 || load.lines > 20000 || load.vouchers < load.providers)
		return 2;
	int poll = epoll_create1(0);
	for (uint32_t i = 0; i < load.connection_count; i++)
		open_connection(&load, i, (uint16_t)strtoul(argv[1], NULL, 10), poll);
	drive(&load, poll, strtod(argv[5], NULL));
	return 0;
}
