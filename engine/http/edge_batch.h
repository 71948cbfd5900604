/* Batches: many commands in one body, judged in slices of at most 1,000, answered line by line as
 * NDJSON in their order.
 *
 * The body is read whole (up to 8 MiB) before anything is judged: a body that breaks off changes
 * nothing. Then reading and judging overlap: while the ledger judges one slice, the next is read.
 *
 *	reader ──> flight ─ pipeline ─> flight ─ rendered ─> stream
 *	           (EDGE_BATCH_FLIGHTS of them, used round robin, answered in order)
 *
 * A binary batch goes the same way, but its answer is made whole, in the memory of its body, since
 * its first bytes tell the checksum of all.
 *
 * In the modes strict_rank and all_or_nothing the whole body is read first, WORK_GROUP_MAX lines at
 * the most, and its slices are judged as one group. A batch of all or nothing that may not stand is
 * answered as a problem that names the first line which blocks it.
 *
 * A slice whose outcome is unknown answers so on each of its lines; the lines are sent again with
 * the same key and ids, and those that were done are replayed. */
#ifndef ENGINE_HTTP_EDGE_BATCH_H
#define ENGINE_HTTP_EDGE_BATCH_H

#include "engine/api/binary.h"
#include "engine/base/check.h"
#include "engine/domain/outcome.h"
#include "engine/http/exchange.h"

#define EDGE_BATCH_FLIGHTS 3u

struct edge;

enum edge_flight_state {
	EDGE_FLIGHT_FREE,
	EDGE_FLIGHT_JUDGED_SOON, /* the pipeline has it */
	EDGE_FLIGHT_LOOKING,	 /* the codes of replayed issues are being read */
	EDGE_FLIGHT_DONE,	 /* to be rendered */
};

struct edge_flight {
	struct exchange *exchange;
	struct exchange_ticket ticket;
	struct work work;
	uint8_t state;	   /* enum edge_flight_state */
	uint32_t rendered; /* lines already written */
	uint64_t sequence; /* last_sequence of the judging */
	struct batch_slice slice;
	struct outcome outcomes[BATCH_SLICE_LINES_MAX];
	struct query_cipher ciphers[BATCH_SLICE_LINES_MAX]; /* by command, for replays */
	struct check_code codes[BATCH_SLICE_LINES_MAX];	    /* by command */
};

struct batch_job {
	struct batch_job *next_free;
	enum batch_format format;
	enum batch_mode mode;
	uint32_t body_used; /* bytes of the body that the reader took */
	bool is_read;	    /* all lines were handed over */
	bool has_failed;    /* reader.problem stands for the rest */
	uint32_t first;	    /* flight whose answers come next */
	uint32_t next;	    /* flight that takes the next slice */
	uint32_t in_use;    /* flights between them */
	uint64_t sequence;  /* highest so far */
	struct batch_reader reader;   /* of texts */
	struct binary_reader binary;  /* of BATCH_FORMAT_BINARY */
	struct edge_flight flights[EDGE_BATCH_FLIGHTS];
	unsigned char body[BATCH_BODY_SIZE_MAX];
};

struct edge_batches {
	struct batch_job *all;
	struct batch_job *free;
	uint32_t count;
};

MUST_CHECK enum result edge_batches_open(struct edge_batches *batches, uint32_t count);
void edge_batches_close(struct edge_batches *batches);

/* Reserves a place and gives the exchange its body's memory. RESULT_OK; RESULT_OVERLOADED. */
MUST_CHECK enum result edge_batch_take(struct edge *edge, struct exchange *exchange,
				       enum batch_format format);
void edge_batch_give(struct edge *edge, struct exchange *exchange);

/* The body is complete. */
void edge_batch_start(struct edge *edge, struct exchange *exchange);
/* The client has taken what was sent. */
void edge_batch_room(struct edge *edge, struct exchange *exchange);

#endif
