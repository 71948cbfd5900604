/* PostgreSQL under load: prepared statements through libpq, parameters and answers in binary, one
 * thread with a poll over all connections, closed loop.
 *
 * modes: single    one visit a transaction, its answer awaited
 *        pipeline  --depth visits in flight on each connection (libpq's pipeline mode), a sync, and
 *                  so a commit, for each of them
 *        grouped   the same with one sync, and so one commit, for all --depth of them
 *        array     --lines visits as arrays in one call of redeem_many
 *        each      the same in one call of redeem_each, line by line */
#include "bench/peers/peer.h"

#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define PARAMETERS      6
#define OID_INT4        23u
#define OID_INT8        20u
#define OID_UUID        2950u
#define OID_TIMESTAMPTZ 1184u
/* Seconds between 1970 and PostgreSQL's year 2000. */
#define EPOCH_SHIFT_S   INT64_C(946684800)

struct array {
	char *bytes;
	uint32_t size;
};

struct link {
	PGconn *connection;
	uint32_t waiting;   /* answers that are still to come */
	uint32_t asked;     /* visits of the request in flight */
	uint32_t accepted;
	uint64_t started_ns[PEER_DEPTH_MAX]; /* by place in the pipeline */
	uint32_t place;
};

struct run {
	struct peer peer;
	struct link links[PEER_LINKS_MAX];
	struct array arrays[PARAMETERS];
	bool is_pipeline, is_grouped, is_array;
	int poll;
};

static void put_u32(char *to, uint32_t value)
{
	uint32_t big = htonl(value);
	memcpy(to, &big, sizeof(big));
}

static void put_u64(char *to, uint64_t value)
{
	uint64_t big = htobe64(value);
	memcpy(to, &big, sizeof(big));
}

/* One visit as the six parameters of redeem(), each in its own 16 bytes. */
static void encode(const struct visit *visit, char fields[PARAMETERS][PEER_KEY_SIZE])
{
	memcpy(fields[0], visit->key, PEER_KEY_SIZE);
	put_u32(fields[1], visit->provider);
	put_u32(fields[2], visit->voucher);
	put_u64(fields[3], (uint64_t)((visit->start_s - EPOCH_SHIFT_S) * 1000000));
	put_u32(fields[4], visit->minutes);
	put_u64(fields[5], visit->worker);
}

static const int SIZES[PARAMETERS] = {16, 4, 4, 8, 4, 8};
static const uint32_t OIDS[PARAMETERS] = {OID_UUID,        OID_INT4, OID_INT4,
					  OID_TIMESTAMPTZ, OID_INT4, OID_INT8};
static const int BINARY[PARAMETERS] = {1, 1, 1, 1, 1, 1};

static void array_begin(struct array *array, uint32_t oid, uint32_t count)
{
	put_u32(array->bytes, 1);
	put_u32(array->bytes + 4, 0);
	put_u32(array->bytes + 8, oid);
	put_u32(array->bytes + 12, count);
	put_u32(array->bytes + 16, 1);
	array->size = 20;
}

static void ask_array(struct run *run, struct link *link)
{
	uint32_t lines = run->peer.options.lines;
	uint32_t provider = peer_turn(&run->peer);
	for (uint32_t i = 0; i < PARAMETERS; i++)
		array_begin(&run->arrays[i], OIDS[i], lines);
	for (uint32_t line = 0; line < lines; line++) {
		struct visit visit;
		char fields[PARAMETERS][PEER_KEY_SIZE];
		peer_visit(&run->peer, provider, &visit);
		encode(&visit, fields);
		for (uint32_t i = 0; i < PARAMETERS; i++) {
			struct array *array = &run->arrays[i];
			put_u32(array->bytes + array->size, (uint32_t)SIZES[i]);
			memcpy(array->bytes + array->size + 4, fields[i], (size_t)SIZES[i]);
			array->size += 4 + (uint32_t)SIZES[i];
		}
	}
	const char *values[PARAMETERS];
	int sizes[PARAMETERS];
	for (uint32_t i = 0; i < PARAMETERS; i++) {
		values[i] = run->arrays[i].bytes;
		sizes[i] = (int)run->arrays[i].size;
	}
	if (PQsendQueryPrepared(link->connection, "r", PARAMETERS, values, sizes, BINARY, 1) != 1)
		peer_die("send", PQerrorMessage(link->connection));
	link->asked = lines;
	link->waiting = 1;
}

static void ask_one(struct run *run, struct link *link)
{
	struct visit visit;
	char fields[PARAMETERS][PEER_KEY_SIZE];
	const char *values[PARAMETERS];
	peer_visit(&run->peer, peer_turn(&run->peer), &visit);
	encode(&visit, fields);
	for (uint32_t i = 0; i < PARAMETERS; i++)
		values[i] = fields[i];
	if (PQsendQueryPrepared(link->connection, "r", PARAMETERS, values, SIZES, BINARY, 1) != 1)
		peer_die("send", PQerrorMessage(link->connection));
	link->asked++;
}

static void sync_link(struct link *link)
{
	if (PQpipelineSync(link->connection) != 1)
		peer_die("sync", PQerrorMessage(link->connection));
	link->waiting++;
}

/* Sends what a connection asks next; nothing is in flight on it. */
static void ask(struct run *run, struct link *link)
{
	uint64_t now = peer_now();
	link->asked = 0;
	link->accepted = 0;
	link->place = 0;
	for (uint32_t i = 0; i < PEER_DEPTH_MAX; i++)
		link->started_ns[i] = now;
	if (run->is_array) {
		ask_array(run, link);
	} else if (!run->is_pipeline) {
		ask_one(run, link);
		link->waiting = 1;
	} else {
		for (uint32_t i = 0; i < run->peer.options.depth; i++) {
			ask_one(run, link);
			if (!run->is_grouped)
				sync_link(link);
		}
		if (run->is_grouped)
			sync_link(link);
	}
	if (PQflush(link->connection) < 0)
		peer_die("flush", PQerrorMessage(link->connection));
}

static uint32_t count_accepted(const PGresult *result)
{
	uint32_t accepted = 0;
	for (int row = 0; row < PQntuples(result); row++) {
		uint32_t code;
		memcpy(&code, PQgetvalue(result, row, 0), sizeof(code));
		accepted += code == 0;
	}
	return accepted;
}

static void answered(struct run *run, struct link *link, uint32_t visits)
{
	peer_answered(&run->peer, link->started_ns[link->place], visits, link->accepted);
	link->accepted = 0;
	link->waiting--;
}

/* A visit of a pipeline that was answered makes room for another. */
static void refill(struct run *run, struct link *link)
{
	link->started_ns[link->place] = peer_now();
	link->place = (link->place + 1) % run->peer.options.depth;
	if (!peer_goes_on(&run->peer))
		return;
	ask_one(run, link);
	sync_link(link);
	if (PQflush(link->connection) < 0)
		peer_die("flush", PQerrorMessage(link->connection));
}

static void take(struct run *run, struct link *link, PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
		link->accepted += count_accepted(result);
		break;
	case PGRES_PIPELINE_SYNC:
		answered(run, link, run->is_grouped ? link->asked : 1);
		if (!run->is_grouped)
			refill(run, link);
		break;
	default:
		peer_die("answer", PQresultErrorMessage(result));
	}
	PQclear(result);
}

/* Everything that has come on a connection. */
static void receive(struct run *run, struct link *link)
{
	if (PQconsumeInput(link->connection) != 1)
		peer_die("receive", PQerrorMessage(link->connection));
	if (PQflush(link->connection) < 0)
		peer_die("flush", PQerrorMessage(link->connection));
	while (link->waiting > 0 && !PQisBusy(link->connection)) {
		PGresult *result = PQgetResult(link->connection);
		if (result != NULL)
			take(run, link, result);
		else if (!run->is_pipeline)
			answered(run, link, link->asked);
	}
}

static void connect_link(struct run *run, uint32_t number)
{
	const struct peer_options *options = &run->peer.options;
	struct link *link = &run->links[number];
	char text[512];
	snprintf(text, sizeof(text), "host=%s dbname=titoli user=postgres", options->to);
	link->connection = PQconnectdb(text);
	if (PQstatus(link->connection) != CONNECTION_OK)
		peer_die("connect", PQerrorMessage(link->connection));
	const char *call = strcmp(options->mode, "array") == 0  ? "redeem_many"
			   : strcmp(options->mode, "each") == 0 ? "redeem_each"
								: "redeem";
	snprintf(text, sizeof(text), "SELECT * FROM %s($1, $2, $3, $4, $5, $6)", call);
	PGresult *result = PQprepare(link->connection, "r", text, 0, NULL);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		peer_die("prepare", PQerrorMessage(link->connection));
	PQclear(result);
	if (PQsetnonblocking(link->connection, 1) != 0 ||
	    (run->is_pipeline && PQenterPipelineMode(link->connection) != 1))
		peer_die("mode", PQerrorMessage(link->connection));
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
	if (epoll_ctl(run->poll, EPOLL_CTL_ADD, PQsocket(link->connection), &event) != 0)
		peer_die("epoll", "cannot watch a connection");
}

static void drive(struct run *run)
{
	uint32_t count = run->peer.options.connections;
	peer_begin(&run->peer);
	for (uint32_t i = 0; i < count; i++)
		ask(run, &run->links[i]);
	struct epoll_event events[PEER_LINKS_MAX];
	uint32_t busy = count;
	while (busy > 0) {
		int ready = epoll_wait(run->poll, events, (int)count, 1);
		if (ready == 0) /* what did not fit into a socket's buffer waits for nothing else */
			for (uint32_t i = 0; i < count; i++)
				(void)PQflush(run->links[i].connection);
		for (int i = 0; i < ready; i++) {
			struct link *link = &run->links[events[i].data.u32];
			if (link->waiting == 0)
				continue;
			receive(run, link);
			if (link->waiting == 0 && peer_goes_on(&run->peer))
				ask(run, link);
			else if (link->waiting == 0)
				busy--;
		}
	}
}

int main(int argc, char **argv)
{
	static struct run run;
	peer_init(&run.peer, argc, argv);
	const char *mode = run.peer.options.mode;
	run.is_array = strcmp(mode, "array") == 0 || strcmp(mode, "each") == 0;
	run.is_grouped = strcmp(mode, "grouped") == 0;
	run.is_pipeline = run.is_grouped || strcmp(mode, "pipeline") == 0;
	if (!run.is_array && !run.is_pipeline && strcmp(mode, "single") != 0)
		peer_die(mode, "not a mode");
	run.poll = epoll_create1(0);
	for (uint32_t i = 0; i < PARAMETERS; i++) {
		run.arrays[i].bytes = malloc(20 + PEER_LINES_MAX * 20);
		if (run.arrays[i].bytes == NULL)
			peer_die("malloc", "no memory");
	}
	for (uint32_t i = 0; i < run.peer.options.connections; i++)
		connect_link(&run, i);
	drive(&run);
	for (uint32_t i = 0; i < run.peer.options.connections; i++)
		PQfinish(run.links[i].connection);
	return peer_report(&run.peer);
}
