/* The HTTP client: see client.h. */
#include "cli/client.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"
#include "engine/system/random.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BODY_SIZE_LIMIT	   (256u * 1024u * 1024u) /* of one answer, bytes */
#define WAIT_FIRST_MS	   50u
#define WAIT_MAX_MS	   5000u
#define CONNECT_MS	   5000L
#define STATUS_TIMEOUT	   408
#define STATUS_TOO_MANY	   429
#define STATUS_UNAVAILABLE 503

static const char unix_prefix[] = "unix:";

enum result client_open(struct client *client, const struct client_options *options)
{
	ASSERT(client != NULL && options != NULL && options->url != NULL);
	ASSERT(options->tries >= 1);
	*client = (struct client){.options = *options};
	bool is_unix = strncmp(options->url, unix_prefix, strlen(unix_prefix)) == 0;
	const char *base = is_unix ? "http://localhost" : options->url;
	const char *path = is_unix ? options->url + strlen(unix_prefix) : "";
	bool is_url = strncmp(base, "http://", 7) == 0 || strncmp(base, "https://", 8) == 0;
	if (!is_url || (is_unix && path[0] == '\0') || strlen(base) >= sizeof(client->base) ||
	    strlen(path) >= sizeof(client->socket))
		return RESULT_CONFIG_INVALID;
	snprintf(client->base, sizeof(client->base), "%s", base);
	snprintf(client->socket, sizeof(client->socket), "%s", path);
	size_t size = strlen(client->base);
	while (size > 0 && client->base[size - 1] == '/')
		client->base[--size] = '\0';
	client->curl = curl_easy_init();
	return client->curl == NULL ? RESULT_OUT_OF_MEMORY : RESULT_OK;
}

void client_close(struct client *client)
{
	if (client == NULL)
		return;
	curl_easy_cleanup(client->curl);
	client->curl = NULL;
}

void client_answer_free(struct client_answer *answer)
{
	if (answer != NULL)
		buffer_free(&answer->body);
}

void client_draw_key(char ret_key[CLIENT_KEY_SIZE])
{
	uint8_t bytes[16];
	random_bytes(bytes, sizeof(bytes));
	text_hex_encode(bytes, sizeof(bytes), ret_key);
	ret_key[2 * sizeof(bytes)] = '\0';
}

/* ---- One try ---- */

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct client_answer *answer = context;
	if (answer->body.size + size * count > BODY_SIZE_LIMIT)
		return 0;
	buffer_put(&answer->body, bytes, size * count);
	return size * count;
}

/* The value of a header of this name, trimmed; false: another header. */
static bool header_value(struct slice line, const char *name, struct slice *ret_value)
{
	uint32_t size = (uint32_t)strlen(name);
	if (line.size <= size || line.data[size] != ':')
		return false;
	if (!text_equals_ignoring_case((struct slice){line.data, size}, slice_from_text(name)))
		return false;
	*ret_value = text_trim((struct slice){line.data + size + 1, line.size - size - 1});
	return true;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct client_answer *answer = context;
	struct slice line = {bytes, (uint32_t)(size * count)};
	struct slice value;
	if (header_value(line, "Ledger-Seq", &value)) {
		if (!text_parse_u64(value, UINT64_MAX, &answer->sequence))
			answer->sequence = 0;
	} else if (header_value(line, "Retry-After", &value)) {
		if (!text_parse_u32(value, 3600, &answer->retry_after))
			answer->retry_after = 0;
	} else if (header_value(line, "Idempotency-Replayed", &value)) {
		answer->replayed = slice_equals_text(value, "true");
	} else if (header_value(line, "Request-Id", &value)) {
		snprintf(answer->request_id, sizeof(answer->request_id), "%.*s", (int)value.size,
			 value.data);
	}
	return size * count;
}

__attribute__((format(printf, 2, 3))) static void add_header(struct curl_slist **list,
							     const char *format, ...)
{
	char line[2048];
	va_list values;
	va_start(values, format);
	int size = vsnprintf(line, sizeof(line), format, values);
	va_end(values);
	if (size > 0 && (size_t)size < sizeof(line))
		*list = curl_slist_append(*list, line);
}

static struct curl_slist *headers_of(const struct client *client,
				     const struct client_request *request)
{
	struct curl_slist *list = NULL;
	bool is_english = client->options.language == RESULT_LANGUAGE_EN;
	add_header(&list, "Accept: %s",
		   request->accept == NULL ? "application/json" : request->accept);
	add_header(&list, "Accept-Language: %s", is_english ? "en" : "it");
	add_header(&list, "Expect:"); /* no waiting for 100 Continue */
	if (client->options.token != NULL && client->options.token[0] != '\0')
		add_header(&list, "Authorization: Bearer %s", client->options.token);
	if (request->key != NULL)
		add_header(&list, "Idempotency-Key: %s", request->key);
	if (request->media != NULL)
		add_header(&list, "Content-Type: %s", request->media);
	if (strcmp(request->method, "GET") == 0 && client->sequence > 0)
		add_header(&list, "Min-Ledger-Seq: %llu", (unsigned long long)client->sequence);
	return list;
}

static void set_options(struct client *client, const struct client_request *request,
			struct client_answer *answer)
{
	CURL *curl = client->curl;
	curl_easy_reset(curl); /* keeps the connection */
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)client->options.timeout_ms);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, answer);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	if (client->options.ca != NULL && client->options.ca[0] != '\0')
		curl_easy_setopt(curl, CURLOPT_CAINFO, client->options.ca);
	if (client->socket[0] != '\0')
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->socket);
	if (strcmp(request->method, "POST") == 0) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
				 request->body.size == 0 ? "" : request->body.data);
	}
}

static enum result try_once(struct client *client, const struct client_request *request,
			    struct client_answer *answer)
{
	struct buffer url = {NULL, 0, 0};
	buffer_format(&url, "%s%s", client->base, request->path);
	set_options(client, request, answer);
	struct curl_slist *headers = headers_of(client, request);
	curl_easy_setopt(client->curl, CURLOPT_URL, buffer_string(&url));
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
	CURLcode code = curl_easy_perform(client->curl);
	curl_slist_free_all(headers);
	buffer_free(&url);
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &answer->status);
	if (code == CURLE_OK)
		return RESULT_OK;
	snprintf(client->fault, sizeof(client->fault), "%s", curl_easy_strerror(code));
	return code == CURLE_OPERATION_TIMEDOUT ? RESULT_REQUEST_TIMEOUT : RESULT_UNREACHABLE;
}

/* ---- Patience ---- */

static void wait_ms(uint32_t ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000L};
	nanosleep(&time, NULL);
}

static bool is_worth_a_retry(enum result result, const struct client_answer *answer)
{
	return result != RESULT_OK || answer->status == STATUS_TIMEOUT ||
	       answer->status == STATUS_TOO_MANY || answer->status == STATUS_UNAVAILABLE;
}

enum result client_send(struct client *client, const struct client_request *request,
			struct client_answer *ret_answer)
{
	ASSERT(client != NULL && client->curl != NULL);
	ASSERT(request != NULL && request->path[0] == '/' && ret_answer != NULL);
	bool may_repeat = strcmp(request->method, "GET") == 0 || request->key != NULL;
	uint32_t wait = WAIT_FIRST_MS;
	enum result result = RESULT_UNREACHABLE;
	struct client_answer answer = {.status = 0};
	for (uint32_t try = 1;; try++) {
		buffer_clear(&answer.body);
		answer = (struct client_answer){.body = answer.body, .tries = try};
		result = try_once(client, request, &answer);
		if (try >= client->options.tries || !may_repeat ||
		    !is_worth_a_retry(result, &answer))
			break;
		uint32_t asked_ms = answer.retry_after * 1000;
		wait_ms(asked_ms > wait && asked_ms <= WAIT_MAX_MS ? asked_ms : wait);
		wait = wait * 2 > WAIT_MAX_MS ? WAIT_MAX_MS : wait * 2;
	}
	if (answer.sequence > client->sequence)
		client->sequence = answer.sequence;
	*ret_answer = answer;
	return result;
}

enum result client_result(const struct client_answer *answer)
{
	ASSERT(answer != NULL);
	if (answer->status >= 200 && answer->status < 300)
		return RESULT_OK;
	json_t *body = client_json(answer);
	const char *code = json_string_value(json_object_get(body, "code"));
	enum result result = RESULT_BAD_REQUEST;
	if (code != NULL && !result_from_code(slice_from_text(code), &result))
		result = RESULT_BAD_REQUEST;
	json_decref(body);
	return result;
}

json_t *client_json(const struct client_answer *answer)
{
	ASSERT(answer != NULL);
	json_error_t error;
	return json_loadb(buffer_string(&answer->body), answer->body.size, JSON_DECODE_ANY, &error);
}

static bool is_unreserved(char symbol)
{
	return (symbol >= 'a' && symbol <= 'z') || (symbol >= 'A' && symbol <= 'Z') ||
	       (symbol >= '0' && symbol <= '9') || symbol == '-' || symbol == '.' ||
	       symbol == '_' || symbol == '~';
}

void client_escape(struct buffer *buffer, const char *text)
{
	for (; *text != '\0'; text++) {
		if (is_unreserved(*text))
			buffer_put(buffer, text, 1);
		else
			buffer_format(buffer, "%%%02X", (unsigned)(unsigned char)*text);
	}
}
