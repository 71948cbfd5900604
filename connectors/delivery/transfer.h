/* One request to a server: HTTPS or SFTP, by libcurl's multi socket interface inside a libevent
 * loop. TLS 1.2 at least, certificates and host keys always checked, nothing is followed, nothing
 * asked of a proxy; time, speed and the size of answers are bounded.
 *
 * A loop, its transfers and its callbacks belong to one thread. A callback may start transfers. */
#ifndef CONNECTORS_DELIVERY_TRANSFER_H
#define CONNECTORS_DELIVERY_TRANSFER_H

#include "connectors/delivery/verdict.h"
#include "engine/base/result.h"
#include "engine/base/slice.h"

#define TRANSFER_HASH_SIZE   32u
#define TRANSFER_TEXT_SIZE   128u
#define TRANSFER_HEADERS_MAX 10u
#define TRANSFER_SIZE_UNKNOWN UINT64_MAX

struct event_base;

/* How one destination is reached; NULL or "": not given. The texts outlive the transfer. */
struct transfer_access {
	const char *ca_file;	     /* who may sign its certificate; the machine's own otherwise */
	const char *certificate;     /* ours, PEM */
	const char *certificate_key; /* its key, PEM */
	const char *token;	     /* HTTPS: bearer */
	const char *user;	     /* SFTP */
	const char *password;	     /* SFTP, where there is no key */
	const char *key_file;	     /* SFTP: private key */
	const char *known_hosts;     /* SFTP: file in OpenSSH's form; the only keys that count */
};

struct transfer_limits {
	uint32_t connect_ms;
	uint32_t total_ms;
	uint32_t floor_bytes_s; /* slower than this … */
	uint32_t floor_s;	/* … for so long is too slow */
};

enum transfer_verb {
	TRANSFER_PUT, /* file or bytes to the URL; SFTP: too */
	TRANSFER_POST,
	TRANSFER_HEAD,
	TRANSFER_GET,	 /* its hash and size: nothing of it is kept */
	TRANSFER_RENAME, /* SFTP: `from` to `to` */
	TRANSFER_REMOVE, /* SFTP: `from` */
};

struct transfer_request {
	enum transfer_verb verb;
	const char *url;
	const char *from; /* path at the server */
	const char *to;
	const char *headers[TRANSFER_HEADERS_MAX]; /* whole lines; copied */
	uint32_t header_count;
	int fd;		    /* of the file, where `bytes` is empty; stays the caller's */
	struct slice bytes; /* borrowed until the end */
	uint64_t size;	    /* of file or bytes */
	uint64_t offset;    /* SFTP: the server has so many already */
	uint64_t answer_max; /* bytes of the answer; more ends the transfer */
	const struct transfer_access *access;
	const struct transfer_limits *limits;
};

struct transfer_answer {
	enum verdict_end end;
	uint16_t status;	 /* HTTP; 0: none */
	bool may_have_arrived;	 /* the request, or its last byte, may have been taken */
	uint32_t retry_after;	 /* seconds; 0: not asked for */
	uint64_t length;	 /* as declared */
	uint64_t size;		 /* bytes of the answer that came */
	uint8_t hash[TRANSFER_HASH_SIZE]; /* SHA-256 of them */
	char etag[TRANSFER_TEXT_SIZE];
	char location[TRANSFER_TEXT_SIZE];
	char digest[TRANSFER_TEXT_SIZE]; /* Content-Digest or Repr-Digest */
	char fault[256];		 /* for the log: what libcurl says */
};

typedef void transfer_done(void *context, const struct transfer_answer *answer);

struct transfer_loop;

/* A loop over an event base that stays the caller's. RESULT_OK, RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result transfer_loop_open(struct event_base *base, struct transfer_loop **ret_loop);
/* Ends all transfers: each is told that it was interrupted, and no other can be started. */
void transfer_loop_stop(struct transfer_loop *loop);
/* Stops and frees. */
void transfer_loop_close(struct transfer_loop *loop);

/* Starts one; `done` is called once, later, never from inside. RESULT_OK, RESULT_OUT_OF_MEMORY,
 * RESULT_DRAINING: the loop is stopped. */
MUST_CHECK enum result transfer_start(struct transfer_loop *loop,
				      const struct transfer_request *request, transfer_done *done,
				      void *context);

/* How many run. */
uint32_t transfer_running(const struct transfer_loop *loop);

/* Seconds of a Retry-After: a number, or a date after `now`; 0: neither. */
uint32_t transfer_retry_after(struct slice value, struct instant now);

#endif
