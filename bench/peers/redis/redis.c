/* Redis under load: EVALSHA of redeem.lua over a Unix socket, the protocol (RESP2) written by hand,
 * one thread with a poll over all connections, closed loop.
 *
 * modes: fill     stores the titles and what they stand on; prints nothing
 *        single   one visit a call, its answer awaited
 *        pipeline --depth calls of one visit sent together, all answers awaited
 *        batch    one call of --lines visits
 * --to is the socket; the function's SHA-1 is asked by SCRIPT LOAD of the file named by REDEEM_LUA. */
#include "bench/peers/peer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define VISIT_SIZE_MAX 256u
#define ANSWER_SIZE    (1u << 21)
#define SHA_SIZE       40
#define FILL_FLUSH     200u

struct link {
	int socket;
	char *out;
	size_t out_size;
	size_t sent;
	char *in;
	size_t in_size;
	uint32_t calls;  /* sent together, not all answered yet; 0: idle */
	uint32_t visits; /* in all of them */
	uint64_t started_ns;
};

struct run {
	struct peer peer;
	struct link links[PEER_LINKS_MAX];
	char sha[SHA_SIZE + 1];
	uint32_t calls;
	uint32_t lines;
	int poll;
};

static void put(struct link *link, const char *text, size_t size)
{
	memcpy(link->out + link->out_size, text, size);
	link->out_size += size;
}

static void put_count(struct link *link, uint32_t count)
{
	char text[24];
	put(link, text, (size_t)snprintf(text, sizeof(text), "*%u\r\n", count));
}

/* One argument as a bulk string. */
__attribute__((format(printf, 2, 3))) static void put_text(struct link *link, const char *format, ...)
{
	char text[96];
	char head[24];
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	put(link, head, (size_t)snprintf(head, sizeof(head), "$%d\r\n", size));
	put(link, text, (size_t)size);
	put(link, "\r\n", 2);
}

static void put_visit(struct link *link, const struct visit *visit)
{
	time_t start = (time_t)visit->start_s + 7200; /* legal time: all of October is summer time */
	struct tm day;
	char key[2 * PEER_KEY_SIZE + 1];
	gmtime_r(&start, &day);
	for (uint32_t i = 0; i < PEER_KEY_SIZE; i++)
		snprintf(key + 2 * i, 3, "%02x", visit->key[i]);
	put_text(link, "%s", key);
	put_text(link, "%u", visit->provider);
	put_text(link, "%u", visit->voucher);
	put_text(link, "%04d%02d%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
	put_text(link, "%u", visit->minutes);
	put_text(link, "%llu", (unsigned long long)visit->worker);
	put_text(link, "%lld", (long long)visit->start_s);
}

static void send_more(struct link *link)
{
	while (link->sent < link->out_size) {
		ssize_t sent = send(link->socket, link->out + link->sent, link->out_size - link->sent,
				    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent <= 0)
			peer_die("send", strerror(errno));
		link->sent += (size_t)sent;
	}
}

static void ask(struct run *run, struct link *link)
{
	link->out_size = link->sent = link->in_size = 0;
	link->calls = run->calls;
	link->visits = run->calls * run->lines;
	for (uint32_t call = 0; call < run->calls; call++) {
		uint32_t provider = peer_turn(&run->peer);
		put_count(link, 3 + 7 * run->lines);
		put_text(link, "EVALSHA");
		put_text(link, "%s", run->sha);
		put_text(link, "0");
		for (uint32_t line = 0; line < run->lines; line++) {
			struct visit visit;
			peer_visit(&run->peer, provider, &visit);
			put_visit(link, &visit);
		}
	}
	link->started_ns = peer_now();
	send_more(link);
}

/* All answers of a link, once they are whole: each an array of integers. Counts what was accepted;
 * false while bytes are missing. */
static bool read_answers(const struct run *run, const struct link *link, uint64_t *ret_accepted)
{
	const char *at = link->in;
	const char *end = link->in + link->in_size;
	uint64_t accepted = 0;
	for (uint32_t call = 0; call < run->calls; call++) {
		if (at < end && *at == '-')
			peer_die("answer", at);
		for (uint32_t item = 0; item < 1 + 4 * run->lines; item++) {
			const char *line = memchr(at, '\n', (size_t)(end - at));
			if (line == NULL)
				return false;
			accepted += item % 4 == 1 && memcmp(at, ":0\r", 3) == 0;
			at = line + 1;
		}
	}
	*ret_accepted = accepted;
	return true;
}

static void receive(struct run *run, struct link *link)
{
	ssize_t got = recv(link->socket, link->in + link->in_size, ANSWER_SIZE - link->in_size,
			   MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0)
		peer_die("receive", "the connection was closed");
	link->in_size += (size_t)got;
	link->in[link->in_size] = '\0';
	uint64_t accepted;
	if (!read_answers(run, link, &accepted))
		return;
	peer_answered(&run->peer, link->started_ns, link->visits, accepted);
	link->calls = 0;
}

static void connect_link(const struct run *run, struct link *link, size_t out_size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", run->peer.options.to);
	link->socket = socket(AF_UNIX, SOCK_STREAM, 0);
	link->out = malloc(out_size);
	link->in = malloc(ANSWER_SIZE + 1);
	if (link->out == NULL || link->in == NULL ||
	    connect(link->socket, (void *)&address, sizeof(address)) != 0)
		peer_die("connect", strerror(errno));
}

/* Sends what was put and waits for so many answers of one line. */
static void exchange(struct link *link, uint32_t answers)
{
	link->sent = link->in_size = 0;
	while (answers > 0) {
		send_more(link);
		ssize_t got = recv(link->socket, link->in, ANSWER_SIZE, 0);
		if (got <= 0)
			peer_die("exchange", "no answer");
		link->in[got] = '\0';
		if (link->in[0] == '-')
			peer_die("exchange", link->in);
		for (ssize_t i = 0; i < got; i++)
			answers -= link->in[i] == '\n';
	}
	link->out_size = 0;
}

/* While the titles are stored nothing is synced; the measurement finds appendfsync always again. */
static void set_sync(struct link *link, const char *how)
{
	put_count(link, 4);
	put_text(link, "CONFIG");
	put_text(link, "SET");
	put_text(link, "appendfsync");
	put_text(link, "%s", how);
	exchange(link, 1);
}

static void load_script(struct run *run, struct link *link)
{
	static char script[16384];
	char head[32];
	const char *path = getenv("REDEEM_LUA");
	FILE *file = fopen(path == NULL ? "bench/peers/redis/redeem.lua" : path, "r");
	if (file == NULL)
		peer_die("redeem.lua", strerror(errno));
	size_t size = fread(script, 1, sizeof(script), file);
	fclose(file);
	put_count(link, 3);
	put_text(link, "SCRIPT");
	put_text(link, "LOAD");
	put(link, head, (size_t)snprintf(head, sizeof(head), "$%zu\r\n", size));
	put(link, script, size);
	put(link, "\r\n", 2);
	exchange(link, 2);
	const char *sha = strchr(link->in, '\n');
	if (sha == NULL)
		peer_die("SCRIPT LOAD", link->in);
	memcpy(run->sha, sha + 1, SHA_SIZE);
}

static void fill_titles(const struct run *run, struct link *link)
{
	const struct peer_options *options = &run->peer.options;
	for (uint32_t voucher = 1; voucher <= options->vouchers; voucher++) {
		const char *fields[] = {"s",    "1",        "live", "1",        "from",  "20261001",
					"to",   "20261031", "net",  "28476",    "units", "720",
					"f",    "1",        "c",    "1",        "committed", "28476"};
		uint32_t shared = voucher % 1000 + 1;
		put_count(link, 22);
		put_text(link, "HSET");
		put_text(link, "v:%u", voucher);
		put_text(link, "p");
		put_text(link, "%u", (voucher - 1) % PEER_PROVIDERS + 1);
		for (uint32_t i = 0; i < 18; i++) {
			if (i == 13 || i == 15)
				put_text(link, "%u", shared);
			else if (i == 9)
				put_text(link, "27120");
			else
				put_text(link, "%s", fields[i]);
		}
		if (voucher % FILL_FLUSH == 0 || voucher == options->vouchers)
			exchange(link, (voucher - 1) % FILL_FLUSH + 1);
	}
}

/* A hash of field and value pairs under the prefix, the number and the suffix as its name. */
struct hash_name {
	const char *prefix;
	uint32_t number;
	const char *suffix;
};

static void put_hash(struct link *link, struct hash_name name, uint32_t fields,
		     const char *const *texts)
{
	put_count(link, 2 + fields);
	put_text(link, "HSET");
	put_text(link, "%s%u%s", name.prefix, name.number, name.suffix);
	for (uint32_t i = 0; i < fields; i++)
		put_text(link, "%s", texts[i]);
}

static void fill(struct run *run)
{
	static const char *const tariff[] = {"from", "20260101", "to", "99991231", "net", "2260",
					     "vat",  "500"};
	static const char *const pact[] = {"active", "1", "from", "20260101", "to", "20281231"};
	static const char *const fund[] = {"open", "1", "committed", "9000000000000",
					   "delivered", "0"};
	static const char *const ceiling[] = {"active", "1", "granted", "9000000000000",
					      "delivered", "0"};
	struct link *link = &run->links[0];
	set_sync(link, "no");
	put_hash(link, (struct hash_name){"t:", 1, ""}, 8, tariff);
	for (uint32_t i = 1; i <= PEER_PROVIDERS; i++)
		put_hash(link, (struct hash_name){"a:", i, ":1"}, 6, pact);
	exchange(link, 1 + PEER_PROVIDERS);
	for (uint32_t i = 1; i <= 1000; i++) {
		put_hash(link, (struct hash_name){"f:", i, ""}, 6, fund);
		put_hash(link, (struct hash_name){"c:", i, ""}, 6, ceiling);
		exchange(link, 2);
	}
	fill_titles(run, link);
	set_sync(link, "always");
}

static void drive(struct run *run)
{
	uint32_t count = run->peer.options.connections;
	struct epoll_event events[PEER_LINKS_MAX];
	uint32_t busy = count;
	peer_begin(&run->peer);
	for (uint32_t i = 0; i < count; i++)
		ask(run, &run->links[i]);
	while (busy > 0) {
		int ready = epoll_wait(run->poll, events, (int)count, 10000);
		if (ready <= 0)
			peer_die("wait", "no answer within ten seconds");
		for (int i = 0; i < ready; i++) {
			struct link *link = &run->links[events[i].data.u32];
			if (link->calls == 0)
				continue;
			send_more(link);
			receive(run, link);
			if (link->calls == 0 && peer_goes_on(&run->peer))
				ask(run, link);
			else if (link->calls == 0)
				busy--;
		}
	}
}

int main(int argc, char **argv)
{
	static struct run run;
	peer_init(&run.peer, argc, argv);
	const struct peer_options *options = &run.peer.options;
	bool is_batch = strcmp(options->mode, "batch") == 0;
	bool is_pipeline = strcmp(options->mode, "pipeline") == 0;
	run.lines = is_batch ? options->lines : 1;
	run.calls = is_pipeline ? options->depth : 1;
	size_t out_size = (size_t)(run.lines * run.calls + FILL_FLUSH * 2) * VISIT_SIZE_MAX + 32768;
	run.poll = epoll_create1(0);
	for (uint32_t i = 0; i < options->connections; i++) {
		struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
					    .data.u32 = i};
		connect_link(&run, &run.links[i], out_size);
		if (epoll_ctl(run.poll, EPOLL_CTL_ADD, run.links[i].socket, &event) != 0)
			peer_die("epoll", strerror(errno));
	}
	if (strcmp(options->mode, "fill") == 0) {
		fill(&run);
		return 0;
	}
	if (!is_batch && !is_pipeline && strcmp(options->mode, "single") != 0)
		peer_die(options->mode, "not a mode");
	load_script(&run, &run.links[0]);
	drive(&run);
	return peer_report(&run.peer);
}
