/* HTTP/1.1, keep-alive, one request in flight or several pipelined: see load.h. */
#include "bench/load/load.h"
#include "bench/load/response.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_SIZE_MAX	 576u /* two parts, token, key, length */
#define PART_SIZE_MAX	 192u
#define LENGTH_SIZE_MAX	 40u /* name, digits and the empty line */

/* The head of a line's next request, made once: what changes is written over. */
struct head {
	uint32_t size;
	uint32_t token_at;
	uint32_t key_at;
	uint32_t length_at;
	uint32_t length; /* of the body, as it stands there */
	char text[HEAD_SIZE_MAX];
};

struct http1 {
	struct head head;
	char *output;
	size_t capacity;
	size_t used;
	size_t sent;
	uint64_t *since; /* of each request in flight, a ring of `depth` */
	uint32_t depth;
	uint32_t first;
	uint32_t count;
	bool is_partial; /* some of the answer came in earlier */
	struct response response;
};

static size_t request_size_max(const struct settings *settings)
{
	return HEAD_SIZE_MAX + (settings_lines(settings) + 1) * (size_t)VISITS_LINE_SIZE_MAX;
}

static char *put(char *at, const char *bytes, uint32_t size)
{
	memcpy(at, bytes, size);
	return at + size;
}

/* The last part of a head, which says how long the body is. */
static void put_length(struct head *head, uint32_t length)
{
	char digits[10];
	uint32_t used = 0;
	char *at = head->text + head->length_at;
	head->length = length;
	do {
		digits[used++] = (char)('0' + length % 10);
		length /= 10;
	} while (length > 0);
	while (used > 0)
		*at++ = digits[--used];
	head->size = (uint32_t)(put(at, "\r\n\r\n", 4) - head->text);
}

static_assert(2 * PART_SIZE_MAX + VISITS_TOKEN_SIZE + VISITS_KEY_SIZE + LENGTH_SIZE_MAX <
		      HEAD_SIZE_MAX,
	      "a head holds its parts");

/* Adds a part to a head, and room for what changes behind it; returns where that stands. */
static uint32_t add_part(struct head *head, const char *part, uint32_t room)
{
	size_t size = strlen(part);
	if (size > PART_SIZE_MAX)
		machine_die("load: --server-name");
	(void)put(head->text + head->size, part, (uint32_t)size);
	uint32_t at = head->size + (uint32_t)size;
	head->size = at + room;
	return at;
}

static void make_head(struct head *head, const struct settings *settings)
{
	char part[PART_SIZE_MAX + 2];
	head->size = 0;
	(void)snprintf(part, sizeof(part),
		       "POST /v1/redemptions%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer ",
		       settings_is_batch(settings) ? ":batch" : "", settings->server_name);
	head->token_at = add_part(head, part, VISITS_TOKEN_SIZE);
	(void)snprintf(part, sizeof(part), "\r\nContent-Type: %s\r\nIdempotency-Key: ",
		       visits_media_type(settings->shape));
	head->key_at = add_part(head, part, VISITS_KEY_SIZE);
	head->length_at = add_part(head, "\r\nContent-Length: ", 0);
	put_length(head, 0);
}

static void http1_open(struct line *line)
{
	const struct settings *settings = &line->load->settings;
	struct http1 *http1 = calloc(1, sizeof(*http1));
	if (http1 == NULL)
		machine_die("load: memory");
	make_head(&http1->head, settings);
	http1->depth = (uint32_t)settings->depth;
	http1->capacity = settings->depth * request_size_max(settings);
	http1->output = malloc(http1->capacity);
	http1->since = calloc(settings->depth, sizeof(http1->since[0]));
	if (http1->output == NULL || http1->since == NULL)
		machine_die("load: memory");
	response_init(&http1->response, settings->shape == SHAPE_BINARY);
	line->state = http1;
}

static void http1_reopen(struct line *line)
{
	struct http1 *http1 = line->state;
	http1->used = 0;
	http1->sent = 0;
	http1->first = 0;
	http1->count = 0;
	http1->is_partial = false;
	response_init(&http1->response, line->load->settings.shape == SHAPE_BINARY);
}

/* Head and body behind what waits already. The body's size must stand before it: it is written where
 * a head like the last one would end, and moved when its size has another number of digits. */
static void http1_submit(struct line *line, uint64_t since_ns)
{
	struct load *load = line->load;
	struct http1 *http1 = line->state;
	struct head *head = &http1->head;
	const struct settings *settings = &load->settings;
	uint32_t provider = load_provider(line);
	if (http1->capacity - http1->used < request_size_max(settings)) {
		http1->used -= http1->sent;
		memmove(http1->output, http1->output + http1->sent, http1->used);
		http1->sent = 0;
	}
	char *at = http1->output + http1->used;
	uint32_t body_at = head->size;
	uint32_t size = visits_body(&load->visits, provider, settings_lines(settings), at + body_at);
	if (size != head->length)
		put_length(head, size);
	if (head->size != body_at)
		memmove(at + head->size, at + body_at, size);
	(void)put(head->text + head->token_at, load->visits.tokens[provider], VISITS_TOKEN_SIZE);
	visits_key(&load->visits, head->text + head->key_at);
	(void)put(at, head->text, head->size);
	http1->used += head->size + size;
	uint32_t last = http1->first + http1->count++;
	http1->since[last < http1->depth ? last : last - http1->depth] = since_ns;
}

static void save_answer(struct load *load, const char *answer, size_t size)
{
	FILE *file = fopen(load->settings.save_answer, "w");
	if (file == NULL || fwrite(answer, 1, size, file) != size || fclose(file) != 0)
		machine_die(load->settings.save_answer);
	load->settings.save_answer = "";
}

static void finish(struct line *line, const char *text, size_t size)
{
	struct http1 *http1 = line->state;
	struct load *load = line->load;
	struct answer answer = {.text = text, .text_size = size};
	if (http1->count == 0) {
		fprintf(stderr, "load: an answer that nobody asked for\n");
		exit(1);
	}
	answer.since_ns = http1->since[http1->first];
	answer.accepted = http1->response.tally.accepted;
	if (++http1->first == http1->depth)
		http1->first = 0;
	http1->count--;
	if (load->settings.save_answer[0] != '\0' && !http1->is_partial &&
	    http1->response.status == 201)
		save_answer(load, text, size);
	http1->is_partial = false;
	load_answered(line, &answer);
}

static void http1_receive(struct line *line, const char *data, size_t size)
{
	struct http1 *http1 = line->state;
	while (size > 0) {
		bool is_whole;
		size_t taken = response_feed(&http1->response, data, size, &is_whole);
		if (is_whole)
			finish(line, data, taken);
		else
			http1->is_partial = true;
		data += taken;
		size -= taken;
	}
}

static bool http1_flush(struct line *line)
{
	struct http1 *http1 = line->state;
	while (http1->sent < http1->used) {
		size_t sent = channel_send(&line->channel, http1->output + http1->sent,
					   http1->used - http1->sent);
		if (sent == 0)
			return false;
		http1->sent += sent;
	}
	http1->used = 0;
	http1->sent = 0;
	return true;
}

const struct protocol_calls http1_calls = {http1_open, http1_reopen, http1_submit, http1_receive,
					   http1_flush};
