/* Requests to servers: see transfer.h.
 *
 * libcurl says which sockets it wants watched (on_socket) and when it wants to be called
 * (on_timer); libevent calls it back with what happened; what has ended is collected afterwards,
 * outside of libcurl's own calls, so that callbacks may start the next transfer. */
#include "connectors/delivery/transfer.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"
#include "engine/system/clock.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct transfer {
	struct transfer_loop *loop;
	struct transfer *next;
	struct transfer *previous;
	CURL *curl;
	struct curl_slist *headers;
	struct curl_slist *quote;
	EVP_MD_CTX *digest;
	transfer_done *done;
	void *context;
	enum transfer_verb verb;
	bool is_sftp;
	bool is_cut; /* the answer was too large */
	int fd;
	struct slice bytes;
	uint64_t size;
	uint64_t position; /* of the next byte to send */
	uint64_t answer_max;
	struct transfer_answer answer;
	char error[CURL_ERROR_SIZE];
};

struct transfer_loop {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;
	struct transfer *first;
	uint32_t running;
	bool is_stopped;
};

/* ---- Bytes out and in ---- */

static size_t give_bytes(char *room, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	uint64_t left = transfer->size - transfer->position;
	size_t wanted = size * count < left ? size * count : (size_t)left;
	if (wanted == 0)
		return 0;
	if (transfer->bytes.data != NULL) {
		memcpy(room, transfer->bytes.data + transfer->position, wanted);
		transfer->position += wanted;
		return wanted;
	}
	ssize_t got = pread(transfer->fd, room, wanted, (off_t)transfer->position);
	if (got <= 0)
		return CURL_READFUNC_ABORT; /* shorter than it was: the hash would not fit either */
	transfer->position += (uint64_t)got;
	return (size_t)got;
}

static int seek_bytes(void *context, curl_off_t offset, int origin)
{
	struct transfer *transfer = context;
	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > transfer->size)
		return CURL_SEEKFUNC_FAIL;
	transfer->position = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	struct transfer_answer *answer = &transfer->answer;
	if (answer->size + size * count > transfer->answer_max) {
		transfer->is_cut = true;
		return 0;
	}
	answer->size += size * count;
	if (EVP_DigestUpdate(transfer->digest, bytes, size * count) != 1)
		return 0;
	return size * count;
}

static bool is_header(struct slice line, const char *name, struct slice *ret_value)
{
	uint32_t size = (uint32_t)strlen(name);
	if (line.size <= size || line.data[size] != ':' ||
	    !text_equals_ignoring_case((struct slice){line.data, size}, slice_from_text(name)))
		return false;
	*ret_value = text_trim((struct slice){line.data + size + 1, line.size - size - 1});
	return true;
}

static void keep(char room[TRANSFER_TEXT_SIZE], struct slice value)
{
	if (value.size < TRANSFER_TEXT_SIZE && text_is_printable(value))
		snprintf(room, TRANSFER_TEXT_SIZE, "%.*s", (int)value.size, value.data);
}

uint32_t transfer_retry_after(struct slice value, struct instant now)
{
	uint32_t seconds = 0;
	char text[64];
	if (text_parse_u32(value, UINT32_MAX, &seconds))
		return seconds > VERDICT_RETRY_AFTER_MAX_S ? VERDICT_RETRY_AFTER_MAX_S : seconds;
	if (value.size == 0 || value.size >= sizeof(text))
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)value.size, value.data);
	int64_t date_s = (int64_t)curl_getdate(text, NULL);
	int64_t wait_s = date_s - now.us / TIME_US_PER_SECOND;
	if (date_s <= 0 || wait_s <= 0)
		return 0;
	return wait_s > VERDICT_RETRY_AFTER_MAX_S ? VERDICT_RETRY_AFTER_MAX_S : (uint32_t)wait_s;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	struct transfer_answer *answer = &transfer->answer;
	struct slice line = {bytes, (uint32_t)(size * count)};
	struct slice value;
	if (is_header(line, "ETag", &value))
		keep(answer->etag, value);
	else if (is_header(line, "Location", &value))
		keep(answer->location, value);
	else if (is_header(line, "Content-Digest", &value) ||
		 is_header(line, "Repr-Digest", &value))
		keep(answer->digest, value);
	else if (is_header(line, "Retry-After", &value))
		answer->retry_after = transfer_retry_after(value, clock_now());
	return size * count;
}

/* ---- Setting up ---- */

static bool is_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static void set_text(CURL *curl, CURLoption option, const char *text)
{
	if (is_given(text))
		curl_easy_setopt(curl, option, text);
}

static void set_limits(CURL *curl, const struct transfer_limits *limits)
{
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)limits->connect_ms);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)limits->total_ms);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)limits->floor_bytes_s);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)limits->floor_s);
}

static void set_https(CURL *curl, const struct transfer_access *access)
{
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	set_text(curl, CURLOPT_CAINFO, access->ca_file);
	set_text(curl, CURLOPT_SSLCERT, access->certificate);
	set_text(curl, CURLOPT_SSLKEY, access->certificate_key);
	if (is_given(access->token)) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, access->token);
	}
}

/* Without a file of known hosts no host is known. */
static void set_sftp(CURL *curl, const struct transfer_access *access)
{
	bool has_key = is_given(access->key_file);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "sftp");
	curl_easy_setopt(curl, CURLOPT_SSH_KNOWNHOSTS,
			 is_given(access->known_hosts) ? access->known_hosts : "/dev/null");
	curl_easy_setopt(curl, CURLOPT_SSH_AUTH_TYPES,
			 has_key ? (long)CURLSSH_AUTH_PUBLICKEY : (long)CURLSSH_AUTH_PASSWORD);
	set_text(curl, CURLOPT_USERNAME, access->user);
	set_text(curl, CURLOPT_SSH_PRIVATE_KEYFILE, access->key_file);
	if (!has_key)
		set_text(curl, CURLOPT_PASSWORD, access->password);
}

static void set_upload(struct transfer *transfer, const struct transfer_request *request)
{
	CURL *curl = transfer->curl;
	if (request->verb == TRANSFER_POST) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
	} else {
		curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->size);
		if (request->offset > 0)
			curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE,
					 (curl_off_t)request->offset);
	}
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_bytes);
	curl_easy_setopt(curl, CURLOPT_READDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, seek_bytes);
	curl_easy_setopt(curl, CURLOPT_SEEKDATA, transfer);
}

static void set_verb(struct transfer *transfer, const struct transfer_request *request)
{
	char command[1024];
	switch (request->verb) {
	case TRANSFER_PUT:
	case TRANSFER_POST:
		set_upload(transfer, request);
		return;
	case TRANSFER_HEAD:
		curl_easy_setopt(transfer->curl, CURLOPT_NOBODY, 1L);
		return;
	case TRANSFER_GET:
		return;
	case TRANSFER_RENAME:
		snprintf(command, sizeof(command), "rename %s %s", request->from,
			 request->to);
		break;
	case TRANSFER_REMOVE:
		snprintf(command, sizeof(command), "rm %s", request->from);
		break;
	}
	transfer->quote = curl_slist_append(NULL, command);
	curl_easy_setopt(transfer->curl, CURLOPT_QUOTE, transfer->quote);
	curl_easy_setopt(transfer->curl, CURLOPT_NOBODY, 1L);
}

static void set_headers(struct transfer *transfer, const struct transfer_request *request)
{
	ASSERT(request->header_count <= TRANSFER_HEADERS_MAX);
	transfer->headers = curl_slist_append(NULL, "Expect:"); /* no waiting for 100 Continue */
	for (uint32_t i = 0; i < request->header_count; i++)
		transfer->headers = curl_slist_append(transfer->headers, request->headers[i]);
	curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->headers);
}

static void set_all(struct transfer *transfer, const struct transfer_request *request)
{
	CURL *curl = transfer->curl;
	set_limits(curl, request->limits);
	if (transfer->is_sftp) {
		set_sftp(curl, request->access);
	} else {
		set_https(curl, request->access);
		set_headers(transfer, request);
	}
	set_verb(transfer, request);
	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
}

static void transfer_free(struct transfer *transfer)
{
	if (transfer == NULL)
		return;
	curl_easy_cleanup(transfer->curl);
	curl_slist_free_all(transfer->headers);
	curl_slist_free_all(transfer->quote);
	EVP_MD_CTX_free(transfer->digest);
	free(transfer);
}

/* ---- What came of it ---- */

/* Of a transfer that libcurl did not carry out. */
static enum verdict_end end_of(const struct transfer *transfer, CURLcode code)
{
	switch ((int)code) {
	case CURLE_OK:
		return VERDICT_END_ANSWERED;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
		return VERDICT_END_UNREACHABLE;
	case CURLE_PEER_FAILED_VERIFICATION:
		return transfer->is_sftp ? VERDICT_END_HOST_KEY : VERDICT_END_CERTIFICATE;
	case CURLE_SSL_CLIENTCERT:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return VERDICT_END_CERTIFICATE;
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		return VERDICT_END_SETUP;
	case CURLE_LOGIN_DENIED:
	case CURLE_REMOTE_ACCESS_DENIED:
		return VERDICT_END_NOT_AUTHORISED;
	case CURLE_REMOTE_FILE_NOT_FOUND:
		return VERDICT_END_NOT_FOUND;
	case CURLE_REMOTE_DISK_FULL:
		return VERDICT_END_NO_SPACE;
	case CURLE_QUOTE_ERROR:
	case CURLE_UPLOAD_FAILED:
		return VERDICT_END_REFUSED;
	case CURLE_OPERATION_TIMEDOUT:
		return VERDICT_END_TOO_SLOW;
	case CURLE_WRITE_ERROR:
		return transfer->is_cut ? VERDICT_END_ANSWER_TOO_LARGE : VERDICT_END_INTERRUPTED;
	default:
		return VERDICT_END_INTERRUPTED;
	}
}

static void judge(struct transfer *transfer, CURLcode code)
{
	struct transfer_answer *answer = &transfer->answer;
	long status = 0;
	curl_off_t length = -1;
	curl_off_t began_us = 0;
	unsigned size = 0;
	curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	curl_easy_getinfo(transfer->curl, CURLINFO_PRETRANSFER_TIME_T, &began_us);
	answer->end = end_of(transfer, code);
	answer->length = length < 0 ? TRANSFER_SIZE_UNKNOWN : (uint64_t)length;
	if (!transfer->is_sftp && status > 0 && status < 1000)
		answer->status = (uint16_t)status;
	/* Before the handshake was over nothing can have been taken. */
	bool began = began_us > 0 && answer->end != VERDICT_END_UNREACHABLE;
	if (began_us == 0 && answer->end == VERDICT_END_TOO_SLOW)
		answer->end = VERDICT_END_UNREACHABLE;
	if (began_us == 0 && answer->end == VERDICT_END_INTERRUPTED)
		answer->end = VERDICT_END_UNREACHABLE;
	bool carries = transfer->verb == TRANSFER_RENAME ||
		       (!transfer->is_sftp && transfer->verb <= TRANSFER_POST);
	answer->may_have_arrived = began && carries;
	if (code != CURLE_OK)
		snprintf(answer->fault, sizeof(answer->fault), "%.250s",
			 transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code));
	int good = EVP_DigestFinal_ex(transfer->digest, answer->hash, &size);
	ASSERT(good == 1 && size == TRANSFER_HASH_SIZE);
}

static void take_out(struct transfer *transfer)
{
	struct transfer_loop *loop = transfer->loop;
	if (transfer->previous != NULL)
		transfer->previous->next = transfer->next;
	else
		loop->first = transfer->next;
	if (transfer->next != NULL)
		transfer->next->previous = transfer->previous;
	ASSERT(loop->running > 0);
	loop->running--;
	curl_multi_remove_handle(loop->multi, transfer->curl);
}

/* Tells those who wait of every transfer that has ended. */
static void collect(struct transfer_loop *loop)
{
	int left = 0;
	for (;;) {
		CURLMsg *message = curl_multi_info_read(loop->multi, &left);
		if (message == NULL)
			return;
		if (message->msg != CURLMSG_DONE)
			continue;
		struct transfer *transfer = NULL;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		ASSERT(transfer != NULL);
		judge(transfer, message->data.result);
		take_out(transfer);
		transfer_done *done = transfer->done;
		void *context = transfer->context;
		struct transfer_answer answer = transfer->answer;
		transfer_free(transfer);
		done(context, &answer);
	}
}

/* ---- libevent and libcurl ---- */

static void on_ready(evutil_socket_t socket, short what, void *context)
{
	struct transfer_loop *loop = context;
	int running = 0;
	int action = ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
		     ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
	curl_multi_socket_action(loop->multi, socket, action, &running);
	collect(loop);
}

static void on_time(evutil_socket_t socket, short what, void *context)
{
	struct transfer_loop *loop = context;
	int running = 0;
	(void)socket;
	(void)what;
	curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(loop);
}

static int on_socket(CURL *curl, curl_socket_t socket, int what, void *context, void *mine)
{
	struct transfer_loop *loop = context;
	struct event *event = mine;
	(void)curl;
	if (event != NULL)
		event_free(event);
	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(loop->multi, socket, NULL);
		return 0;
	}
	short wanted = (short)(EV_PERSIST | ((what & CURL_POLL_IN) != 0 ? EV_READ : 0) |
			       ((what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0));
	event = event_new(loop->base, socket, wanted, on_ready, loop);
	if (event == NULL || event_add(event, NULL) != 0)
		return -1;
	curl_multi_assign(loop->multi, socket, event);
	return 0;
}

static int on_timer(CURLM *multi, long wait_ms, void *context)
{
	struct transfer_loop *loop = context;
	(void)multi;
	if (wait_ms < 0)
		return event_del(loop->timer);
	struct timeval wait = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};
	return event_add(loop->timer, &wait);
}

enum result transfer_loop_open(struct event_base *base, struct transfer_loop **ret_loop)
{
	ASSERT(base != NULL && ret_loop != NULL);
	struct transfer_loop *loop = calloc(1, sizeof(*loop));
	if (loop == NULL)
		return RESULT_OUT_OF_MEMORY;
	loop->base = base;
	loop->multi = curl_multi_init();
	loop->timer = event_new(base, -1, 0, on_time, loop);
	if (loop->multi == NULL || loop->timer == NULL) {
		transfer_loop_close(loop);
		return RESULT_OUT_OF_MEMORY;
	}
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
	*ret_loop = loop;
	return RESULT_OK;
}

void transfer_loop_stop(struct transfer_loop *loop)
{
	ASSERT(loop != NULL);
	loop->is_stopped = true;
	while (loop->first != NULL) {
		struct transfer *transfer = loop->first;
		transfer_done *done = transfer->done;
		void *context = transfer->context;
		struct transfer_answer answer = {
		    .end = VERDICT_END_INTERRUPTED, .may_have_arrived = true, .fault = "stopped"};
		take_out(transfer);
		transfer_free(transfer);
		done(context, &answer);
	}
}

void transfer_loop_close(struct transfer_loop *loop)
{
	if (loop == NULL)
		return;
	transfer_loop_stop(loop);
	if (loop->multi != NULL)
		curl_multi_cleanup(loop->multi);
	if (loop->timer != NULL)
		event_free(loop->timer);
	free(loop);
}

enum result transfer_start(struct transfer_loop *loop, const struct transfer_request *request,
			   transfer_done *done, void *context)
{
	ASSERT(loop != NULL && request != NULL && done != NULL);
	ASSERT(request->access != NULL && request->limits != NULL);
	if (loop->is_stopped)
		return RESULT_DRAINING;
	struct transfer *transfer = calloc(1, sizeof(*transfer));
	if (transfer == NULL)
		return RESULT_OUT_OF_MEMORY;
	transfer->loop = loop;
	transfer->done = done;
	transfer->context = context;
	transfer->verb = request->verb;
	transfer->is_sftp = strncmp(request->url, "sftp://", 7) == 0;
	transfer->fd = request->fd;
	transfer->bytes = request->bytes;
	transfer->size = request->size;
	transfer->position = request->offset;
	transfer->answer_max = request->answer_max;
	transfer->curl = curl_easy_init();
	transfer->digest = EVP_MD_CTX_new();
	if (transfer->curl == NULL || transfer->digest == NULL ||
	    EVP_DigestInit_ex(transfer->digest, EVP_sha256(), NULL) != 1) {
		transfer_free(transfer);
		return RESULT_OUT_OF_MEMORY;
	}
	set_all(transfer, request);
	transfer->next = loop->first;
	if (loop->first != NULL)
		loop->first->previous = transfer;
	loop->first = transfer;
	loop->running++;
	CURLMcode added = curl_multi_add_handle(loop->multi, transfer->curl);
	ASSERT(added == CURLM_OK);
	return RESULT_OK;
}

uint32_t transfer_running(const struct transfer_loop *loop)
{
	return loop->running;
}
