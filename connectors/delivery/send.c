/* One attempt to deliver one file: see send.h. */
#include "connectors/delivery/send.h"

#include "connectors/delivery/folder.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define URL_SIZE_MAX  512u
#define LINE_SIZE_MAX 256u
#define READ_SIZE     65536u

enum send_phase {
	SEND_ASK,	/* HTTPS: HEAD; SFTP: read the name */
	SEND_COMPARE,	/* HTTPS: GET */
	SEND_ASK_PART,	/* SFTP: read the temporary file */
	SEND_CLEAR,	/* SFTP: remove it */
	SEND_WRITE,
	SEND_READ_BACK, /* SFTP: read the temporary file */
	SEND_RENAME,
};

struct send {
	struct transfer_loop *loop;
	struct send_job job;
	send_done *done;
	void *context;
	enum send_phase phase;
	int fd;
	uint64_t offset; /* SFTP: bytes of the file that are there already */
	char url[URL_SIZE_MAX];
	char part_url[URL_SIZE_MAX];
	struct send_result result;
};

/* ---- The file here ---- */

/* SHA-256 of the first `most` bytes of an open file, and how many there were. */
static bool hash_descriptor(int fd, uint64_t most, uint8_t ret_hash[TRANSFER_HASH_SIZE],
			    uint64_t *ret_size)
{
	unsigned char part[READ_SIZE];
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	bool good = digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1;
	uint64_t at = 0;
	while (good && at < most) {
		size_t wanted = most - at < sizeof(part) ? (size_t)(most - at) : sizeof(part);
		ssize_t got = pread(fd, part, wanted, (off_t)at);
		if (got == 0)
			break;
		good = got > 0 && EVP_DigestUpdate(digest, part, (size_t)got) == 1;
		at += got > 0 ? (uint64_t)got : 0;
	}
	unsigned size = 0;
	good = good && EVP_DigestFinal_ex(digest, ret_hash, &size) == 1;
	EVP_MD_CTX_free(digest);
	*ret_size = at;
	return good;
}

/* ---- Where it may go ---- */

static bool is_entry(struct slice entry, struct slice host, struct slice usual_port)
{
	if (entry.size == host.size && memcmp(entry.data, host.data, host.size) == 0)
		return true;
	/* "host" for "host:443", and the other way round. */
	struct slice shorter = entry.size < host.size ? entry : host;
	struct slice longer = entry.size < host.size ? host : entry;
	return longer.size == shorter.size + usual_port.size &&
	       memcmp(longer.data, shorter.data, shorter.size) == 0 &&
	       memcmp(longer.data + shorter.size, usual_port.data, usual_port.size) == 0;
}

static bool is_inside(struct slice folder, struct slice path)
{
	while (folder.size > 1 && folder.data[folder.size - 1] == '/')
		folder.size--;
	return folder.size > 1 && path.size >= folder.size &&
	       memcmp(folder.data, path.data, folder.size) == 0 &&
	       (path.size == folder.size || path.data[folder.size] == '/');
}

bool send_is_allowed(const char *allow, const char *address)
{
	ASSERT(allow != NULL && address != NULL);
	const char *scheme_end = strstr(address, "://");
	bool is_folder = address[0] == '/';
	bool is_sftp = strncmp(address, "sftp://", 7) == 0;
	const char *place = is_folder || scheme_end == NULL ? address : scheme_end + 3;
	struct slice wanted = slice_from_text(place);
	if (!is_folder)
		wanted.size = (uint32_t)strcspn(place, "/");
	struct slice port = slice_from_text(is_sftp ? ":22" : ":443");
	if (strstr(address, "/../") != NULL || wanted.size == 0)
		return false;
	for (const char *at = allow; *at != '\0'; at += strcspn(at, " ,")) {
		at += strspn(at, " ,");
		struct slice entry = {at, (uint32_t)strcspn(at, " ,")};
		if (entry.size == 0)
			continue;
		if (is_folder ? is_inside(entry, wanted) : is_entry(entry, wanted, port))
			return true;
	}
	return false;
}

/* ---- The end ---- */

static void finish(struct send *send, struct verdict verdict)
{
	send->result.verdict = verdict;
	if (send->fd >= 0)
		close(send->fd);
	send->done(send->context, &send->result);
	free(send);
}

static void finish_never(struct send *send, uint8_t cause, uint16_t status)
{
	finish(send, verdict_make(DELIVERY_OUTCOME_NEVER, cause, status));
}

/* The server's own words go into the ledger only where they are a plain reference. */
static void keep_reference(struct send *send, const char *text)
{
	size_t size = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "._-:/+=\"");
	if (size > 0 && text[size] == '\0' && size < sizeof(send->result.reference))
		snprintf(send->result.reference, sizeof(send->result.reference), "%s", text);
}

static void keep_receipt(struct send *send, const struct transfer_answer *answer)
{
	memcpy(send->result.receipt, answer->hash, sizeof(send->result.receipt));
	if (answer->etag[0] != '\0')
		keep_reference(send, answer->etag);
	else
		keep_reference(send, answer->location);
}

static void finish_already_there(struct send *send, const struct transfer_answer *answer)
{
	keep_receipt(send, answer);
	finish(send, verdict_make(DELIVERY_OUTCOME_SENT, DELIVERY_CAUSE_ALREADY_THERE,
				  answer->status));
}

/* Is what was read the file? */
static bool is_file(const struct send *send, const struct transfer_answer *answer)
{
	return answer->size == send->job.size &&
	       memcmp(answer->hash, send->job.hash, sizeof(send->job.hash)) == 0;
}

/* ---- Requests ---- */

static void on_https(void *context, const struct transfer_answer *answer);
static void on_sftp(void *context, const struct transfer_answer *answer);

static void content_digest(const uint8_t hash[TRANSFER_HASH_SIZE], char ret_line[LINE_SIZE_MAX])
{
	unsigned char code[TRANSFER_HASH_SIZE * 2];
	(void)EVP_EncodeBlock(code, hash, TRANSFER_HASH_SIZE);
	snprintf(ret_line, LINE_SIZE_MAX, "Content-Digest: sha-256=:%s:", (const char *)code);
}

static struct transfer_request request_of(struct send *send, enum transfer_verb verb)
{
	return (struct transfer_request){.verb = verb,
					 .url = send->url,
					 .fd = send->fd,
					 .size = send->job.size,
					 .answer_max = send->job.answer_max,
					 .access = &send->job.access,
					 .limits = &send->job.limits};
}

static void start(struct send *send, enum send_phase phase, const struct transfer_request *request)
{
	bool is_sftp = send->job.kind == DESTINATION_KIND_SFTP;
	send->phase = phase;
	if (transfer_start(send->loop, request, is_sftp ? on_sftp : on_https, send) != RESULT_OK)
		finish(send, verdict_make(DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_UNREACHABLE,
					  0));
}

static void write_https(struct send *send)
{
	char digest[LINE_SIZE_MAX];
	char key[LINE_SIZE_MAX];
	char name[LINE_SIZE_MAX];
	char hex[2 * TRANSFER_HASH_SIZE + 1];
	bool is_post = send->job.kind == DESTINATION_KIND_HTTPS_POST;
	struct transfer_request request = request_of(send, is_post ? TRANSFER_POST : TRANSFER_PUT);
	content_digest(send->job.hash, digest);
	text_hex_encode(send->job.hash, TRANSFER_HASH_SIZE, hex);
	hex[2 * TRANSFER_HASH_SIZE] = '\0';
	snprintf(key, sizeof(key), "Idempotency-Key: %s", hex);
	snprintf(name, sizeof(name), "Content-Disposition: attachment; filename=\"%s\"",
		 send->job.name);
	request.headers[request.header_count++] = "Content-Type: application/octet-stream";
	request.headers[request.header_count++] = digest;
	request.headers[request.header_count++] = is_post ? key : "If-None-Match: *";
	if (is_post)
		request.headers[request.header_count++] = name;
	start(send, SEND_WRITE, &request);
}

static void read_https(struct send *send)
{
	struct transfer_request request = request_of(send, TRANSFER_GET);
	request.answer_max = send->job.size;
	start(send, SEND_COMPARE, &request);
}

/* ---- HTTPS ---- */

/* A question that got no answer, or one that says nothing of the file: nothing was sent. */
static struct verdict unasked(const struct transfer_answer *answer)
{
	struct verdict verdict = answer->end == VERDICT_END_ANSWERED
				     ? verdict_of_status(answer->status)
				     : verdict_of_end(answer->end, false);
	if (verdict.outcome == DELIVERY_OUTCOME_UNKNOWN)
		verdict.outcome = DELIVERY_OUTCOME_TRY_AGAIN;
	verdict.retry_after = answer->retry_after;
	return verdict;
}

static bool cannot_be_asked(uint16_t status)
{
	return status == 401 || status == 403 || status == 405 || status == 501;
}

static void on_asked(struct send *send, const struct transfer_answer *answer)
{
	char digest[LINE_SIZE_MAX];
	content_digest(send->job.hash, digest);
	bool is_answered = answer->end == VERDICT_END_ANSWERED;
	if (is_answered && (answer->status == 404 || answer->status == 410 ||
			    cannot_be_asked(answer->status))) {
		write_https(send); /* If-None-Match keeps it from overwriting */
	} else if (!is_answered || answer->status < 200 || answer->status > 299) {
		finish(send, unasked(answer));
	} else if (strstr(answer->digest, strchr(digest, ' ') + 1) != NULL) {
		finish_already_there(send, answer);
	} else if (answer->length != TRANSFER_SIZE_UNKNOWN && answer->length != send->job.size) {
		finish_never(send, DELIVERY_CAUSE_NAME_TAKEN, answer->status);
	} else {
		read_https(send);
	}
}

static void on_compared(struct send *send, const struct transfer_answer *answer)
{
	bool is_answered = answer->end == VERDICT_END_ANSWERED;
	bool is_success = answer->status >= 200 && answer->status <= 299;
	if (is_answered && is_success && is_file(send, answer))
		finish_already_there(send, answer);
	else if (is_success && (is_answered || answer->end == VERDICT_END_ANSWER_TOO_LARGE))
		finish_never(send, DELIVERY_CAUSE_NAME_TAKEN, answer->status);
	else if (is_answered && (answer->status == 404 || cannot_be_asked(answer->status)))
		finish_never(send, DELIVERY_CAUSE_CANNOT_ASK, answer->status);
	else
		finish(send, unasked(answer));
}

static void on_written(struct send *send, const struct transfer_answer *answer)
{
	bool is_success = answer->status >= 200 && answer->status <= 299;
	bool is_put = send->job.kind == DESTINATION_KIND_HTTPS_PUT;
	struct verdict verdict;
	if (is_put && answer->end == VERDICT_END_ANSWERED && answer->status == 412) {
		read_https(send);
		return;
	}
	if (answer->end == VERDICT_END_ANSWERED || (answer->status >= 300 && !is_success))
		verdict = verdict_of_status(answer->status);
	else
		verdict = verdict_of_end(answer->end, answer->may_have_arrived);
	verdict.retry_after = answer->retry_after;
	keep_receipt(send, answer);
	finish(send, verdict);
}

static void on_https(void *context, const struct transfer_answer *answer)
{
	struct send *send = context;
	snprintf(send->result.fault, sizeof(send->result.fault), "%s", answer->fault);
	switch (send->phase) {
	case SEND_ASK:
		on_asked(send, answer);
		return;
	case SEND_COMPARE:
		on_compared(send, answer);
		return;
	case SEND_WRITE:
		on_written(send, answer);
		return;
	case SEND_ASK_PART:
	case SEND_CLEAR:
	case SEND_READ_BACK:
	case SEND_RENAME:
		break;
	}
	ASSERT(false);
}

/* ---- SFTP ---- */

/* The path at the server of a URL of ours. */
static const char *path_of(const char *url)
{
	const char *path = strchr(url + strlen("sftp://"), '/');
	ASSERT(path != NULL);
	return path;
}

/* Where it stands: the path, or its last part where that is too long. */
static void keep_path(struct send *send)
{
	keep_reference(send, path_of(send->url));
	if (send->result.reference[0] == '\0')
		keep_reference(send, send->job.name);
}

static void read_sftp(struct send *send, enum send_phase phase)
{
	struct transfer_request request = request_of(send, TRANSFER_GET);
	request.url = phase == SEND_ASK ? send->url : send->part_url;
	request.answer_max = send->job.size;
	start(send, phase, &request);
}

static void write_sftp(struct send *send)
{
	struct transfer_request request = request_of(send, TRANSFER_PUT);
	request.url = send->part_url;
	request.offset = send->offset;
	start(send, SEND_WRITE, &request);
}

static void quote_sftp(struct send *send, enum send_phase phase)
{
	char folder[URL_SIZE_MAX];
	snprintf(folder, sizeof(folder), "%s", send->url);
	*(strrchr(folder, '/') + 1) = '\0';
	struct transfer_request request =
	    request_of(send, phase == SEND_RENAME ? TRANSFER_RENAME : TRANSFER_REMOVE);
	request.url = folder;
	request.from = path_of(send->part_url);
	request.to = path_of(send->url);
	start(send, phase, &request);
}

/* What the temporary file holds: nothing, a beginning of ours, all of it, or something else. */
static void on_part(struct send *send, const struct transfer_answer *answer)
{
	uint8_t hash[TRANSFER_HASH_SIZE];
	uint64_t size = 0;
	send->offset = 0;
	if (answer->end == VERDICT_END_NOT_FOUND) {
		write_sftp(send);
		return;
	}
	bool is_beginning = answer->end == VERDICT_END_ANSWERED && answer->size > 0 &&
			    answer->size <= send->job.size &&
			    hash_descriptor(send->fd, answer->size, hash, &size) &&
			    size == answer->size && memcmp(hash, answer->hash, sizeof(hash)) == 0;
	if (is_beginning && answer->size == send->job.size) {
		quote_sftp(send, SEND_RENAME);
	} else if (is_beginning) {
		send->offset = answer->size;
		write_sftp(send);
	} else if (answer->end == VERDICT_END_ANSWERED ||
		   answer->end == VERDICT_END_ANSWER_TOO_LARGE) {
		quote_sftp(send, SEND_CLEAR);
	} else {
		finish(send, unasked(answer));
	}
}

static void on_name(struct send *send, const struct transfer_answer *answer)
{
	if (answer->end == VERDICT_END_NOT_FOUND)
		read_sftp(send, SEND_ASK_PART);
	else if (answer->end == VERDICT_END_ANSWERED && is_file(send, answer)) {
		keep_path(send);
		finish_already_there(send, answer);
	} else if (answer->end == VERDICT_END_ANSWERED ||
		   answer->end == VERDICT_END_ANSWER_TOO_LARGE)
		finish_never(send, DELIVERY_CAUSE_NAME_TAKEN, 0);
	else
		finish(send, unasked(answer));
}

static void on_read_back(struct send *send, const struct transfer_answer *answer)
{
	if (answer->end == VERDICT_END_ANSWERED && is_file(send, answer)) {
		memcpy(send->result.receipt, answer->hash, sizeof(send->result.receipt));
		quote_sftp(send, SEND_RENAME);
	} else if (answer->end == VERDICT_END_ANSWERED) {
		/* Shorter or other than what was written: a full disk that did not say so. */
		finish(send, verdict_make(DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_NO_SPACE, 0));
	} else {
		finish(send, unasked(answer));
	}
}

static void on_renamed(struct send *send, const struct transfer_answer *answer)
{
	if (answer->end != VERDICT_END_ANSWERED) {
		finish(send, verdict_of_end(answer->end, true));
		return;
	}
	memcpy(send->result.receipt, send->job.hash, sizeof(send->result.receipt));
	keep_path(send);
	finish(send, verdict_make(DELIVERY_OUTCOME_SENT, 0, 0));
}

static void on_sftp(void *context, const struct transfer_answer *answer)
{
	struct send *send = context;
	snprintf(send->result.fault, sizeof(send->result.fault), "%s", answer->fault);
	switch (send->phase) {
	case SEND_ASK:
		on_name(send, answer);
		return;
	case SEND_ASK_PART:
		on_part(send, answer);
		return;
	case SEND_CLEAR:
		if (answer->end == VERDICT_END_ANSWERED)
			write_sftp(send);
		else
			finish(send, unasked(answer));
		return;
	case SEND_WRITE:
		if (answer->end == VERDICT_END_ANSWERED)
			read_sftp(send, SEND_READ_BACK);
		else
			finish(send, verdict_of_end(answer->end, false));
		return;
	case SEND_READ_BACK:
		on_read_back(send, answer);
		return;
	case SEND_RENAME:
		on_renamed(send, answer);
		return;
	case SEND_COMPARE:
		break;
	}
	ASSERT(false);
}

/* ---- Folder ---- */

static struct verdict verdict_of_folder(enum result result)
{
	if (result == RESULT_OK)
		return verdict_make(DELIVERY_OUTCOME_SENT, 0, 0);
	if (result == RESULT_ALREADY_EXISTS)
		return verdict_make(DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_NAME_TAKEN, 0);
	if (result == RESULT_FIELD_INVALID)
		return verdict_make(DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_REFUSED, 0);
	if (result == RESULT_DISK_NEARLY_FULL)
		return verdict_make(DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_NO_SPACE, 0);
	return verdict_make(DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_UNREACHABLE, 0);
}

static void send_to_folder(struct send *send)
{
	size_t size = (size_t)send->job.size;
	void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, send->fd, 0);
	if (bytes == MAP_FAILED) {
		finish(send, verdict_make(DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_FILE_MISSING,
					  0));
		return;
	}
	struct slice whole = {bytes, (uint32_t)size};
	enum result result = folder_deliver(send->job.address, send->job.name, whole);
	munmap(bytes, size);
	memcpy(send->result.receipt, send->job.hash, sizeof(send->result.receipt));
	if (result != RESULT_OK)
		snprintf(send->result.fault, sizeof(send->result.fault), "%s", result_code(result));
	finish(send, verdict_of_folder(result));
}

/* ---- The beginning ---- */

/* Opens the file and proves that it is the one. NEVER where it is another. */
static struct verdict open_file(struct send *send)
{
	uint8_t hash[TRANSFER_HASH_SIZE];
	uint64_t size = 0;
	struct stat status;
	send->fd = open(send->job.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (send->fd < 0 || fstat(send->fd, &status) != 0 || !S_ISREG(status.st_mode))
		return verdict_make(DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_FILE_MISSING, 0);
	if ((uint64_t)status.st_size > send->job.size_max)
		return verdict_make(DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_FILE_TOO_LARGE, 0);
	if ((uint64_t)status.st_size != send->job.size ||
	    !hash_descriptor(send->fd, UINT64_MAX, hash, &size) || size != send->job.size ||
	    memcmp(hash, send->job.hash, sizeof(hash)) != 0)
		return verdict_make(DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_FILE_CHANGED, 0);
	return verdict_make(DELIVERY_OUTCOME_SENT, 0, 0);
}

static bool make_urls(struct send *send)
{
	const struct send_job *job = &send->job;
	bool has_name =
	    job->kind == DESTINATION_KIND_HTTPS_PUT || job->kind == DESTINATION_KIND_SFTP;
	int size = snprintf(send->url, sizeof(send->url), "%s%s", job->address,
			    has_name ? job->name : "");
	int part = snprintf(send->part_url, sizeof(send->part_url), "%s.%s.part", job->address,
			    job->name);
	return size > 0 && part > 0 && (size_t)size < sizeof(send->url) &&
	       (size_t)part < sizeof(send->part_url);
}

static void begin(struct send *send)
{
	const struct send_job *job = &send->job;
	struct verdict verdict = verdict_make(DELIVERY_OUTCOME_SENT, 0, 0);
	if (!send_is_allowed(job->allow, job->address))
		verdict = verdict_make(DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_HOST_NOT_ALLOWED, 0);
	else if (!make_urls(send))
		verdict = verdict_make(DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_REFUSED, 0);
	else
		verdict = open_file(send);
	if (verdict.outcome != DELIVERY_OUTCOME_SENT) {
		finish(send, verdict);
		return;
	}
	struct transfer_request ask = request_of(send, TRANSFER_HEAD);
	switch ((enum destination_kind)job->kind) {
	case DESTINATION_KIND_FOLDER:
		send_to_folder(send);
		return;
	case DESTINATION_KIND_HTTPS_PUT:
		start(send, SEND_ASK, &ask);
		return;
	case DESTINATION_KIND_HTTPS_POST:
		if (job->is_uncertain && !job->honours_key)
			finish_never(send, DELIVERY_CAUSE_CANNOT_ASK, 0);
		else
			write_https(send);
		return;
	case DESTINATION_KIND_SFTP:
		read_sftp(send, SEND_ASK);
		return;
	case DESTINATION_KIND_WEBHOOK:
		break;
	}
	finish_never(send, DELIVERY_CAUSE_NOT_CONFIGURED, 0);
}

enum result send_start(struct transfer_loop *loop, const struct send_job *job, send_done *done,
		       void *context)
{
	ASSERT(loop != NULL && job != NULL && done != NULL);
	struct send *send = calloc(1, sizeof(*send));
	if (send == NULL)
		return RESULT_OUT_OF_MEMORY;
	send->loop = loop;
	send->job = *job;
	send->done = done;
	send->context = context;
	send->fd = -1;
	begin(send);
	return RESULT_OK;
}
