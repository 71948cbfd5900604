/* HTTP/1.1, keep-alive, one request in flight or several pipelined: see load.h. */
#include "bench/load/load.h"
#include "bench/load/response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_SIZE_MAX 576u /* two parts, token, key, length */
#define PART_SIZE_MAX 192u

/* The parts of a head that never change. */
struct head {
	uint32_t start_size;
	uint32_t middle_size;
	char start[PART_SIZE_MAX];  /* up to the token */
	char middle[PART_SIZE_MAX]; /* from it to the key */
};

struct http1 {
	struct head head;
	char *output;
	size_t capacity;
	size_t used;
	size_t sent;
	uint64_t *since; /* of each request in flight, a ring of `depth` */
	uint32_t first;
	uint32_t count;
	bool is_partial; /* some of the answer came in earlier */
	struct response response;
};

static size_t request_size_max(const struct settings *settings)
{
	return HEAD_SIZE_MAX + (settings_lines(settings) + 1) * (size_t)VISITS_LINE_SIZE_MAX;
}

static uint32_t part_size(int size)
{
	if (size < 0 || size >= (int)PART_SIZE_MAX)
		machine_die("load: --server-name");
	return (uint32_t)size;
}

static void make_head(struct head *head, const struct settings *settings)
{
	head->start_size = part_size(snprintf(
	    head->start, PART_SIZE_MAX,
	    "POST /v1/redemptions%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer ",
	    settings_is_batch(settings) ? ":batch" : "", settings->server_name));
	head->middle_size = part_size(snprintf(head->middle, PART_SIZE_MAX,
					       "\r\nContent-Type: %s\r\nIdempotency-Key: ",
					       visits_media_type(settings->shape)));
}

static void http1_open(struct line *line)
{
	const struct settings *settings = &line->load->settings;
	struct http1 *http1 = calloc(1, sizeof(*http1));
	if (http1 == NULL)
		machine_die("load: memory");
	make_head(&http1->head, settings);
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

static char *put(char *at, const char *bytes, uint32_t size)
{
	memcpy(at, bytes, size);
	return at + size;
}

/* Without printf, which took a third of the generator's own instructions. */
static uint32_t put_head(struct load *load, const struct head *head, uint32_t provider,
			 uint32_t body_size, char *ret_head)
{
	static const char length[] = "\r\nContent-Length: ";
	char digits[10];
	uint32_t used = 0;
	char *at = put(ret_head, head->start, head->start_size);
	at = put(at, load->visits.tokens[provider], VISITS_TOKEN_SIZE);
	at = put(at, head->middle, head->middle_size);
	visits_key(&load->visits, at);
	at = put(at + VISITS_KEY_SIZE, length, sizeof(length) - 1);
	do {
		digits[used++] = (char)('0' + body_size % 10);
		body_size /= 10;
	} while (body_size > 0);
	while (used > 0)
		*at++ = digits[--used];
	return (uint32_t)(put(at, "\r\n\r\n", 4) - ret_head);
}

/* Head and body behind what waits already. The body's size must stand before it: it is written
 * where the longest head would end, and then moved up to the real one. */
static void http1_submit(struct line *line, uint64_t since_ns)
{
	struct load *load = line->load;
	struct http1 *http1 = line->state;
	const struct settings *settings = &load->settings;
	uint32_t provider = load_provider(line);
	if (http1->capacity - http1->used < request_size_max(settings)) {
		http1->used -= http1->sent;
		memmove(http1->output, http1->output + http1->sent, http1->used);
		http1->sent = 0;
	}
	char *at = http1->output + http1->used;
	char *body = at + HEAD_SIZE_MAX;
	uint32_t size = visits_body(&load->visits, provider, settings_lines(settings), body);
	uint32_t head = put_head(load, &http1->head, provider, size, at);
	memmove(at + head, body, size);
	http1->used += head + size;
	http1->since[(http1->first + http1->count) % settings->depth] = since_ns;
	http1->count++;
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
	http1->first = (http1->first + 1) % (uint32_t)load->settings.depth;
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
