/* Batches: see upload.h. */
#include "cli/upload.h"

#include "engine/base/assert.h"

#include <stdio.h>
#include <string.h>

/* A run of lines of the text. */
struct piece {
	struct slice lines;
	uint32_t count;
};

static bool is_csv(const struct upload *upload)
{
	return strcmp(upload->media, "text/csv") == 0;
}

static uint32_t line_size(const char *at, uint32_t left)
{
	const char *end = memchr(at, '\n', left);
	return end == NULL ? left : (uint32_t)(end - at) + 1;
}

static bool is_blank(const char *at, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (at[i] != ' ' && at[i] != '\t' && at[i] != '\r' && at[i] != '\n')
			return false;
	return true;
}

/* As many lines as a piece may have, from the front of `rest`. */
static struct piece cut(const struct upload *upload, struct slice rest, uint32_t header_size)
{
	struct piece piece = {{rest.data, 0}, 0};
	uint32_t most = UPLOAD_BYTES_MAX > header_size ? UPLOAD_BYTES_MAX - header_size : 0;
	while (piece.lines.size < rest.size && piece.count < upload->piece_lines) {
		const char *at = rest.data + piece.lines.size;
		uint32_t size = line_size(at, rest.size - piece.lines.size);
		if (piece.lines.size + size > most)
			break;
		piece.count += is_blank(at, size) ? 0 : 1;
		piece.lines.size += size;
	}
	return piece;
}

static void count_line(struct upload_tally *tally, const json_t *answer)
{
	const char *outcome = json_string_value(json_object_get(answer, "result"));
	tally->lines++;
	if (json_is_true(json_object_get(answer, "replayed")))
		tally->replayed++;
	if (outcome == NULL) {
		tally->refused++;
		return;
	}
	tally->accepted++;
	if (strcmp(outcome, "disputed") == 0 || strcmp(outcome, "waitlisted") == 0)
		tally->waiting++;
}

static bool read_answers(const struct upload *upload, const struct client_answer *answer,
			 uint32_t expected, struct upload_tally *tally)
{
	struct slice rest = buffer_slice(&answer->body);
	uint32_t count = 0;
	while (rest.size > 0) {
		uint32_t size = line_size(rest.data, rest.size);
		struct slice text = {rest.data, size};
		rest.data += size;
		rest.size -= size;
		if (is_blank(text.data, size))
			continue;
		json_error_t error;
		json_t *line = json_loadb(text.data, size, 0, &error);
		if (line == NULL)
			return false;
		count_line(tally, line);
		count++;
		if (upload->line != NULL)
			upload->line(upload->context, line, text);
		json_decref(line);
	}
	return count == expected;
}

static enum result send_piece(const struct upload *upload, struct slice header,
			      const struct piece *piece, uint32_t number,
			      struct upload_tally *tally, struct client_answer *ret_problem)
{
	struct buffer body = {NULL, 0, 0};
	char key[UPLOAD_KEY_SIZE + 16];
	snprintf(key, sizeof(key), "%s-%u", upload->key, number);
	buffer_put(&body, header.data, header.size);
	buffer_put(&body, piece->lines.data, piece->lines.size);
	struct client_request request = {.method = "POST",
					 .path = upload->path,
					 .media = upload->media,
					 .accept = "application/x-ndjson, application/json",
					 .key = key,
					 .body = buffer_slice(&body)};
	struct client_answer answer;
	enum result result = client_send(upload->client, &request, &answer);
	buffer_free(&body);
	if (result == RESULT_OK)
		result = client_result(&answer);
	if (result == RESULT_OK && !read_answers(upload, &answer, piece->count, tally))
		result = RESULT_BAD_REQUEST;
	if (result == RESULT_OK)
		client_answer_free(&answer);
	else
		*ret_problem = answer;
	return result;
}

enum result upload_run(const struct upload *upload, struct slice text,
		       struct upload_tally *ret_tally, struct client_answer *ret_problem)
{
	ASSERT(upload != NULL && upload->client != NULL && upload->path != NULL);
	ASSERT(upload->piece_lines >= 1 && upload->piece_lines <= UPLOAD_LINES_MAX);
	ASSERT(strlen(upload->key) < UPLOAD_KEY_SIZE);
	struct slice header = {NULL, 0};
	struct slice rest = text;
	enum result result = RESULT_OK;
	*ret_problem = (struct client_answer){.status = 0};
	*ret_tally = (struct upload_tally){.lines = 0};
	if (is_csv(upload)) {
		header = (struct slice){text.data, line_size(text.data, text.size)};
		rest = (struct slice){text.data + header.size, text.size - header.size};
	}
	for (uint32_t number = 1; rest.size > 0 && result == RESULT_OK; number++) {
		struct piece piece = cut(upload, rest, header.size);
		if (piece.lines.size == 0)
			return RESULT_BODY_TOO_LARGE;
		rest.data += piece.lines.size;
		rest.size -= piece.lines.size;
		if (piece.count > 0)
			result = send_piece(upload, header, &piece, number, ret_tally, ret_problem);
		if (result == RESULT_OK && upload->progress != NULL)
			upload->progress(upload->context, text.size - rest.size);
	}
	return result;
}
