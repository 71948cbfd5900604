/* The body of a batch, line by line, through a bounded buffer.
 *
 *	batch_start(reader, request, route, format, slice);
 *	while ((step = batch_read(reader, input, end, &consumed)) != BATCH_END) {
 *		BATCH_MORE   all of `input` was taken: give the next bytes, `end` with the last
 *		BATCH_SLICE  the slice is full: submit its commands, write its answers,
 *		             batch_next_slice(reader, slice), go on with the rest of `input`
 *		BATCH_FAILED reader->problem refuses the batch; what slices did before stands
 *	}
 *	// the last slice may hold lines
 *
 * A bad line is an answer of its own and never harms another: NDJSON and CSV are cut into physical
 * lines first (no field may hold a line break), arrays into elements. Lines are numbered as an
 * editor does; the header of a CSV is line 1; elements of an array are numbered from 1. Empty
 * lines are skipped. Each line has its `id`, unique in the batch. */
#ifndef ENGINE_API_BATCH_H
#define ENGINE_API_BATCH_H

#include "engine/api/context.h"
#include "engine/api/key.h"
#include "engine/api/problem.h"
#include "engine/api/read_csv.h"
#include "engine/api/route.h"
#include "engine/base/limits.h"
#include "engine/domain/command.h"

#define BATCH_ID_SLOTS	 65536u	    /* hash set of the ids seen */
#define BATCH_NO_COMMAND UINT32_MAX /* the line has a problem instead */

enum batch_format {
	BATCH_FORMAT_NDJSON = 1, /* application/x-ndjson */
	BATCH_FORMAT_CSV,	 /* text/csv */
	BATCH_FORMAT_ARRAY,	 /* application/json */
	BATCH_FORMAT_BINARY,	 /* application/vnd.titoli.redemptions: engine/api/binary.h */
};

enum batch_step {
	BATCH_MORE = 1,
	BATCH_SLICE,
	BATCH_END,
	BATCH_FAILED,
};

struct batch_line {
	uint32_t number;  /* of the line, from 1 */
	uint32_t command; /* place in slice.commands; BATCH_NO_COMMAND: see problem */
	uint32_t id_size; /* 0: the line has no readable id */
	char id[BATCH_ID_SIZE_MAX];
	struct api_problem problem;
};

struct batch_slice {
	uint32_t line_count;
	uint32_t command_count; /* <= line_count */
	struct batch_line lines[BATCH_SLICE_LINES_MAX];
	struct command commands[BATCH_SLICE_LINES_MAX];
};

/* About 700 KB; one per batch in flight, made at start. Read `problem`; the rest is private. */
struct batch_reader {
	struct batch_slice *slice;  /* the caller's, being filled */
	struct api_problem problem; /* of the whole batch, after BATCH_FAILED */
	struct api_request request; /* copy, with an arena of its own */
	enum batch_format format;
	uint8_t command;      /* enum command_kind */
	uint8_t state;	      /* of the array splitter */
	uint8_t in_text;      /* inside a JSON text */
	uint8_t escaped;      /* after a backslash */
	uint8_t skipping;     /* the line is too long: forget it up to its end */
	uint32_t depth;	      /* of the array's element */
	uint32_t line_number; /* of the line being gathered */
	uint32_t lines_total; /* lines handed over */
	uint32_t line_size;   /* bytes gathered */
	uint32_t ids_count;
	uint16_t ids_used[BATCH_LINES_MAX]; /* the slots that are not empty */
	uint64_t ids[BATCH_ID_SLOTS];	    /* hashes of ids; 0 is empty */
	struct key_scope scope;
	struct read_csv csv;
	struct arena arena;
	char line[BATCH_LINE_SIZE_MAX];
	_Alignas(16) unsigned char memory[144u * 1024u];
};

/* Starts a batch for a ROUTE_BATCH route, of any format but the binary one. The request's arena is
 * not used: the reader has its own. Lines go to `slice`, which is emptied. The reader's memory is
 * zero before its first batch. */
void batch_start(struct batch_reader *reader, const struct api_request *request,
		 const struct route *route, enum batch_format format, struct batch_slice *slice);

/* Takes bytes from `input` and says what to do next; *ret_consumed of them are done with. */
MUST_CHECK enum batch_step batch_read(struct batch_reader *reader, struct slice input, bool end,
				      uint32_t *ret_consumed);

/* After BATCH_SLICE: lines go to `slice`, which is emptied; another one or the same again. */
void batch_next_slice(struct batch_reader *reader, struct batch_slice *slice);

/* The format of a Content-Type value ("text/csv; charset=utf-8"). False: none of these, or
 * another charset than UTF-8. */
MUST_CHECK bool batch_format_of(struct slice content_type, enum batch_format *ret_format);

#endif
