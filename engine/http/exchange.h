/* One request in hand and its answer: a slot of fixed memory, taken when a head is complete and
 * given back when the answer has been handed to the connection.
 *
 * All of a slot's memory is made at start and touched as needed: the body that was read, the arena
 * that reading and routing draw from, the room for the answer. Nothing outlives the slot. A full
 * pool is an answer (503 overloaded), never a wait. */
#ifndef ENGINE_HTTP_EXCHANGE_H
#define ENGINE_HTTP_EXCHANGE_H

#include "engine/api/query.h"
#include "engine/api/read_json.h"
#include "engine/api/write_json.h"
#include "engine/auth/access.h"
#include "engine/auth/token.h"
#include "engine/base/check.h"
#include "engine/domain/command.h"
#include "engine/domain/outcome.h"
#include "engine/http/hub.h"
#include "engine/http/parser.h"
#include "engine/pipeline/work.h"

/* What is read draws from it; of HTTP/2 the head lies here too. Bytes. */
#define EXCHANGE_ARENA_SIZE	 (READ_JSON_MEMORY + 32u * 1024u + HTTP_HEAD_SIZE_MAX)
#define EXCHANGE_HEAD_SIZE_MAX	 1024u		/* of an answer: status line and headers */
#define EXCHANGE_ANSWER_SIZE_MAX (128u * 1024u) /* body of an answer, or one chunk of a stream */
#define EXCHANGE_TAIL_SIZE_MAX	 64u		/* after a chunk */
#define EXCHANGE_ID_SIZE_MAX	 64u		/* bytes of a Request-Id */

struct batch_job;
struct person_request;
struct query_job;
struct session;

struct edge;

/* Who takes a work when it comes back: work.owner points to one. */
struct exchange_ticket {
	void (*back)(struct edge *edge, void *object);
	void *object;
};

struct exchange {
	/* Of the session. */
	struct session *session;
	struct exchange *next_free;
	struct exchange *previous;	/* in hand on the same connection, in their order */
	struct exchange *next;
	const struct parser_head *head; /* until the body is complete; longer if nothing overlaps */
	uint64_t deadline_ms; /* of a stream of HTTP/2: body, or answer being taken; 0: none */
	uint64_t began_ns;		/* monotonic: head complete */
	unsigned char *body;		/* where the body goes */
	uint32_t body_capacity;		/* bytes; set by the handler's head step */
	uint32_t body_size;		/* bytes, once complete */
	int32_t stream;			/* of HTTP/2; 0: HTTP/1.1 */
	bool is_pending;  /* the handler has it, and will answer */
	bool is_answered; /* the answer, or the last of it, was handed over */
	bool is_streaming;
	bool is_gone;	  /* its stream was closed: nobody takes the answer */
	bool overlaps;	  /* the next request may begin before this one is answered: set by head */
	bool is_head;	  /* HEAD: the answer's body stays here */
	bool is_http_1_0;
	bool is_secure;	  /* came by TLS */
	bool wants_room;  /* a stream's chunk was taken: the handler is asked for more */
	uint32_t sent;	  /* of HTTP/2: bytes of the body that were framed */
	uint32_t id_size;
	char id[EXCHANGE_ID_SIZE_MAX]; /* Request-Id */

	/* Of the answer. */
	uint16_t status;
	const char *media_type;	   /* NULL: none, no body */
	struct api_buffer answer;  /* in answer_memory, after the room for the head */
	struct slice answer_fixed; /* a body that lies elsewhere for ever; data NULL: `answer` */
	uint64_t ledger_sequence;  /* Ledger-Seq; 0: none */
	uint64_t last_sequence;	   /* Ledger-Seq of the trailer; 0: none */
	uint32_t retry_after_s;	   /* 0: none */
	const char *allow;	   /* Allow; NULL: none */
	bool replayed;		   /* Idempotency-Replayed */
	bool ask_token;		   /* WWW-Authenticate */

	/* Of the edge. */
	struct api_request request;
	struct route route;
	struct access_grant grant;
	uint64_t sequence_min; /* Min-Ledger-Seq */
	struct exchange_ticket ticket;
	struct exchange *next_retry; /* its read found no room in the ring */
	struct work work;
	struct command command;
	struct outcome outcome;
	struct query query;
	struct query_live live;
	struct query_cipher cipher; /* read back for the replay of an issue */
	struct hub_news news;	    /* read back for a new credential */
	struct token token;	    /* drawn for credential_create and credential_rotate */
	struct check_code code;	    /* drawn for voucher_issue */
	struct batch_job *batch;
	struct query_job *job;
	struct person_request *person; /* of edge_person.c; in the arena */
	struct arena arena;
	struct parser_head head_copy; /* of HTTP/2; its text lies in the arena */

	_Alignas(16) unsigned char arena_memory[EXCHANGE_ARENA_SIZE];
	_Alignas(16) char answer_memory[EXCHANGE_HEAD_SIZE_MAX + EXCHANGE_ANSWER_SIZE_MAX +
					EXCHANGE_TAIL_SIZE_MAX];
	_Alignas(16) unsigned char body_memory[BODY_SIZE_MAX];
};

struct exchange_pool {
	struct exchange *all;
	struct exchange *free; /* last in, first out: warm memory first */
	uint32_t count;
	uint32_t in_use;
};

/* RESULT_OK; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result exchange_pool_open(struct exchange_pool *pool, uint32_t count);
void exchange_pool_close(struct exchange_pool *pool);

/* A slot, reset; NULL when all are in use. */
struct exchange *exchange_take(struct exchange_pool *pool);
void exchange_give(struct exchange_pool *pool, struct exchange *exchange);

/* Empties the answer's buffer. */
void exchange_answer_reset(struct exchange *exchange);

#endif
