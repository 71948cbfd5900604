/* The compact binary batch of redemptions: application/vnd.titoli.redemptions. Its bytes are those
 * of schemas/redemptions.def, told in schemas/redemptions.md.
 *
 *	binary_open(binary, body, &problem)         the whole body: header, checksum, names
 *	while (!binary_is_over(binary))
 *		binary_read(binary, request, slice) appends lines to a batch slice
 *	binary_answer_line(line, outcome, bytes)    a record of the answer for each line
 *	binary_answer_head(bytes, count, sequence)  once all records lie behind it
 *
 * A bad line is an answer of its own and never harms another. What is judged of a line is the same
 * command, with the same identity, that its JSON or CSV would have made. */
#ifndef ENGINE_API_BINARY_H
#define ENGINE_API_BINARY_H

#include "engine/api/batch.h"
#include "engine/domain/outcome.h"
#include "schemas/redemptions.def"

/* One batch being read. The body stays the caller's and must outlive it. */
struct binary_reader {
	const unsigned char *names; /* name_count records */
	const unsigned char *lines; /* line_count records */
	uint32_t name_count;
	uint32_t line_count;
	uint32_t read;	  /* lines handed over */
	uint64_t last_id; /* highest so far */
	/* Codes said by the latest line that named one, for the next that does. */
	struct binary_code {
		uint16_t name;
		uint32_t id;
	} service, performer, tariff;
	struct key_scope scope;
	uint64_t operators[BINARY_NAMES_MAX]; /* hashes, by name; 0: not yet asked */
};

/* Takes a whole body. RESULT_OK;
 * RESULT_MALFORMED_BINARY: size, header, version, checksum or a name is not as described;
 * RESULT_BATCH_TOO_LARGE: more lines or names than a batch may have. */
MUST_CHECK enum result binary_open(struct binary_reader *binary, struct slice body,
				   struct api_problem *ret_problem);

/* Appends lines to the slice until it is full or the batch is over. Lines have no readable id:
 * their number says which they are. */
void binary_read(struct binary_reader *binary, const struct api_request *request,
		 struct batch_slice *slice);

bool binary_is_over(const struct binary_reader *binary);

/* Bytes of the answer to a batch of so many lines. */
uint32_t binary_answer_size(uint32_t line_count);

/* Writes the answer to a line: BINARY_RECORD_SIZE bytes. `outcome` is NULL when the line has a
 * problem. */
void binary_answer_line(const struct batch_line *line, const struct outcome *outcome,
			unsigned char *ret_bytes);

/* Writes the header of an answer whose records lie behind it already; `sequence`: the highest that
 * they speak of. */
void binary_answer_head(unsigned char *answer, uint32_t line_count, uint64_t sequence);

#endif
