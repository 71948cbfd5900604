/* HTTP/2 as the generator needs it: frames cut out of what comes in, and the heads of its own
 * requests. Answers' header blocks are not looked into: what counts stands in the bodies. A reader of
 * our own for the reason of decision 0056; it is tested with every cut of its input. */
#ifndef BENCH_LOAD_FRAMES_H
#define BENCH_LOAD_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAMES_HEAD_SIZE 9u
#define FRAMES_KEPT_MAX	 256u	/* bytes of a frame that is no DATA */
#define FRAMES_SIZE_MAX	 16384u /* of a frame's content: nobody asked for more */

enum frame_type {
	FRAME_DATA = 0,
	FRAME_HEADERS = 1,
	FRAME_RESET = 3,
	FRAME_SETTINGS = 4,
	FRAME_PING = 6,
	FRAME_GOAWAY = 7,
	FRAME_WINDOW = 8,
	FRAME_CONTINUATION = 9,
};

#define FRAME_END_STREAM  0x1u
#define FRAME_ACK	  0x1u
#define FRAME_END_HEADERS 0x4u
#define FRAME_PADDED	  0x8u

struct frame {
	uint32_t size; /* of its content, bytes */
	uint32_t stream;
	uint8_t type;
	uint8_t flags;
};

struct frames {
	struct frame frame;
	uint32_t head_size; /* bytes of the frame's head that came */
	uint32_t left;	    /* bytes of its content that did not */
	uint32_t kept_size;
	unsigned char head[FRAMES_HEAD_SIZE];
	unsigned char kept[FRAMES_KEPT_MAX];
};

/* What has come of a frame: of DATA the next piece, of others all, up to FRAMES_KEPT_MAX bytes. */
struct frames_piece {
	const struct frame *frame; /* NULL: nothing yet */
	const unsigned char *data;
	size_t size;
	bool is_last;
};

void frames_init(struct frames *frames);

/* Takes bytes up to the next piece; returns how many. */
size_t frames_feed(struct frames *frames, const char *data, size_t size,
		   struct frames_piece *ret_piece);

uint32_t frames_u32(const unsigned char *bytes);

/* Writes the head of a frame; returns the end. */
unsigned char *frames_put_head(unsigned char *at, const struct frame *frame);
unsigned char *frames_put_u32(unsigned char *at, uint32_t number);

/* What all requests of a connection have in their heads. */
struct frames_fields {
	bool is_tls;
	const char *authority;
	const char *path;
	const char *media_type;
	const char *token; /* of the first request */
	size_t token_size;
};

/* What one has. */
struct frames_request {
	const char *token; /* NULL: that of the first request */
	size_t token_size;
	uint32_t length;
	const char *key;
	size_t key_size;
};

#define FRAMES_BLOCK_MAX 768u /* bytes of the block of a head */

/* Writes the header block of the first request of a connection, which lets the peer remember the
 * fields that all have, or of a later one, which names them. The end; FRAMES_BLOCK_MAX bytes are
 * enough where authority, path, media type, token and key have at most 120 each. */
unsigned char *frames_put_first(unsigned char *at, const struct frames_fields *fields,
				const struct frames_request *request);
unsigned char *frames_put_later(unsigned char *at, const struct frames_fields *fields,
				const struct frames_request *request);

#endif
