/* The courier: see courier.h.
 *
 *   look   -> what is due: take it in hand (attempt), send it (connectors/delivery), report
 *          -> events for each webhook: courier_hook.c
 *
 * A report that the daemon does not take is repeated, under its key, at each look: until then the
 * delivery stays ours. Killed before the report, the next start takes the attempt over and asks the
 * destination first. */
#include "cli/courier.h"

#include "cli/courier_inside.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"
#include "engine/system/clock.h"
#include "engine/system/log.h"
#include "engine/system/notify.h"
#include "engine/system/random.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_DEFAULT "/etc/titoli/courier.conf"
#define SOON_MS	       20
#define EXIT_LATER     75
#define REQUEST_TRIES  2
#define REQUEST_MS     10000

/* ---- The API ---- */

void courier_wake(struct courier *courier)
{
	struct timeval soon = {.tv_sec = 0, .tv_usec = SOON_MS * 1000};
	event_add(courier->poll, &soon);
}

enum result courier_post(struct courier *courier, const char *path, const char *key, json_t *body,
			 json_t **ret_answer)
{
	char *text = json_dumps(body, JSON_COMPACT);
	struct client_request request = {.method = "POST",
					 .path = path,
					 .media = "application/json",
					 .key = key,
					 .body = slice_from_text(text)};
	struct client_answer answer;
	*ret_answer = NULL;
	enum result result = client_send(&courier->session->client, &request, &answer);
	if (result == RESULT_OK)
		result = client_result(&answer);
	if (result == RESULT_OK)
		*ret_answer = client_json(&answer);
	else
		LOG("request_refused", log_text("path", path), log_result("result", result));
	client_answer_free(&answer);
	free(text);
	json_decref(body);
	return result;
}

json_t *courier_get(struct courier *courier, const char *path)
{
	struct client_request request = {.method = "GET", .path = path};
	struct client_answer answer;
	enum result result = client_send(&courier->session->client, &request, &answer);
	if (result == RESULT_OK)
		result = client_result(&answer);
	json_t *body = result == RESULT_OK ? client_json(&answer) : NULL;
	if (result != RESULT_OK)
		LOG("request_refused", log_text("path", path), log_result("result", result));
	client_answer_free(&answer);
	return body;
}

json_t *courier_list(struct courier *courier, const char *path)
{
	json_t *all = json_array();
	char next[64] = "";
	do {
		char page[256];
		snprintf(page, sizeof(page), "%s%climit=1000%s%s", path,
			 strchr(path, '?') == NULL ? '?' : '&', next[0] == '\0' ? "" : "&cursor=",
			 next);
		json_t *body = courier_get(courier, page);
		if (body == NULL) {
			json_decref(all);
			return NULL;
		}
		json_array_extend(all, json_object_get(body, "items"));
		snprintf(next, sizeof(next), "%s", courier_text(body, "next_cursor"));
		json_decref(body);
	} while (next[0] != '\0');
	return all;
}

const char *courier_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

int64_t courier_instant(const json_t *object, const char *name)
{
	struct instant_text written;
	if (!instant_parse(slice_from_text(courier_text(object, name)), &written))
		return 0;
	return written.day.number * TIME_US_PER_DAY + written.us_of_day -
	       written.offset_s * TIME_US_PER_SECOND;
}

/* ---- One delivery ---- */

static void draw_key(char ret_key[COURIER_KEY_SIZE])
{
	char drawn[CLIENT_KEY_SIZE];
	client_draw_key(drawn);
	snprintf(ret_key, COURIER_KEY_SIZE, "courier-%s", drawn);
}

/* The file of a delivery that arrived leaves the outbox, unless another delivery wants it. */
static void clean_up(struct courier *courier, const struct courier_job *job)
{
	if (courier->config.keep_sent)
		return;
	static const char *const open_states[] = {"PENDING", "SENDING", "DEAD"};
	char hash[2 * TRANSFER_HASH_SIZE + 1];
	text_hex_encode(job->send.hash, TRANSFER_HASH_SIZE, hash);
	hash[2 * TRANSFER_HASH_SIZE] = '\0';
	for (size_t i = 0; i < sizeof(open_states) / sizeof(open_states[0]); i++) {
		char path[64];
		snprintf(path, sizeof(path), "/v1/deliveries?state=%s", open_states[i]);
		json_t *items = courier_list(courier, path);
		if (items == NULL)
			return;
		size_t at = 0;
		json_t *item = NULL;
		bool is_wanted = false;
		json_array_foreach(items, at, item) is_wanted |=
		    strcmp(courier_text(item, "file_hash"), hash) == 0;
		json_decref(items);
		if (is_wanted)
			return;
	}
	if (unlink(job->path) == 0)
		LOG("file_removed", log_text("delivery", job->delivery));
}

static uint32_t delay_of(const struct courier *courier, const struct courier_job *job)
{
	uint64_t seed = courier->seed;
	for (const char *at = job->delivery; *at != '\0'; at++)
		seed = seed * 31 + (uint64_t)(unsigned char)*at;
	return verdict_wait_s(job->failures, seed, courier->config.backoff_s,
			      courier->config.backoff_max_s, job->result.verdict.retry_after);
}

static json_t *report_of(const struct courier *courier, const struct courier_job *job)
{
	const struct verdict *verdict = &job->result.verdict;
	char receipt[2 * TRANSFER_HASH_SIZE + 1];
	text_hex_encode(job->result.receipt, TRANSFER_HASH_SIZE, receipt);
	receipt[2 * TRANSFER_HASH_SIZE] = '\0';
	json_t *body = json_pack("{s:i,s:s}", "attempt", (int)job->attempt, "outcome",
				 enum_name(&enum_delivery_outcome, verdict->outcome));
	if (verdict->cause != 0)
		json_object_set_new(body, "cause",
				    json_string(enum_name(&enum_delivery_cause, verdict->cause)));
	if (verdict->status != 0)
		json_object_set_new(body, "status", json_integer(verdict->status));
	if (verdict->outcome == DELIVERY_OUTCOME_SENT)
		json_object_set_new(body, "receipt_hash", json_string(receipt));
	else
		json_object_set_new(body, "delay_s", json_integer(delay_of(courier, job)));
	if (verdict->outcome == DELIVERY_OUTCOME_SENT && job->result.reference[0] != '\0')
		json_object_set_new(body, "reference", json_string(job->result.reference));
	return body;
}

static void report(struct courier *courier, struct courier_job *job)
{
	char path[96];
	json_t *answer = NULL;
	snprintf(path, sizeof(path), "/v1/deliveries/%s:report", job->delivery);
	enum result result =
	    courier_post(courier, path, job->key, report_of(courier, job), &answer);
	json_decref(answer);
	const struct result_info *info = result_info(result);
	if (result != RESULT_OK && (info->retryable || info->kind == RESULT_KIND_FAULT)) {
		courier->waiting++; /* again at the next look, under the same key */
		return;
	}
	const struct verdict *verdict = &job->result.verdict;
	const char *cause = enum_name(&enum_delivery_cause, verdict->cause);
	LOG("delivery_attempted", log_text("delivery", job->delivery),
	    log_text("destination", job->destination), log_text("file", job->name),
	    log_number("attempt", job->attempt),
	    log_text("outcome", enum_name(&enum_delivery_outcome, verdict->outcome)),
	    log_text("cause", cause == NULL ? "" : cause), log_number("status", verdict->status),
	    log_text("fault", job->result.fault), log_result("report", result));
	bool is_last = verdict->outcome != DELIVERY_OUTCOME_SENT &&
		       job->failures + 1 >= job->attempts_max;
	courier->given_up += is_last || verdict->outcome == DELIVERY_OUTCOME_NEVER ? 1 : 0;
	if (result == RESULT_OK && verdict->outcome == DELIVERY_OUTCOME_SENT)
		clean_up(courier, job);
	job->is_busy = false;
}

static void on_sent(void *context, const struct send_result *result)
{
	struct courier_job *job = context;
	job->result = *result;
	job->is_done = true;
	courier_wake(job->courier);
}

static struct courier_job *free_job(struct courier *courier)
{
	for (uint32_t i = 0; i < COURIER_JOBS_MAX; i++)
		if (!courier->jobs[i].is_busy)
			return &courier->jobs[i];
	return NULL;
}

static uint32_t jobs_of(const struct courier *courier, const char *destination)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < COURIER_JOBS_MAX; i++)
		count += courier->jobs[i].is_busy &&
				 strcmp(courier->jobs[i].destination, destination) == 0
			     ? 1
			     : 0;
	return count;
}

static bool is_in_hand(const struct courier *courier, const char *delivery)
{
	for (uint32_t i = 0; i < COURIER_JOBS_MAX; i++)
		if (courier->jobs[i].is_busy &&
		    strcmp(courier->jobs[i].delivery, delivery) == 0)
			return true;
	return false;
}

static const json_t *find(const json_t *items, const char *name, const char *value)
{
	size_t at = 0;
	json_t *item = NULL;
	json_array_foreach(items, at, item) if (strcmp(courier_text(item, name), value) ==
						0) return item;
	return NULL;
}

/* Fills a job from what the ledger says of the delivery; false: it is not what we can send. */
static bool fill(struct courier *courier, struct courier_job *job, const json_t *delivery,
		 const json_t *destination)
{
	const struct courier_section *section =
	    courier_config_find(&courier->config, courier_text(destination, "code"));
	const char *hash = courier_text(delivery, "file_hash");
	int size = snprintf(job->path, sizeof(job->path), "%s/%s", courier->config.outbox, hash);
	ASSERT(section != NULL);
	snprintf(job->destination, sizeof(job->destination), "%s",
		 courier_text(destination, "code"));
	snprintf(job->address, sizeof(job->address), "%s", courier_text(destination, "address"));
	snprintf(job->name, sizeof(job->name), "%s", courier_text(delivery, "file_name"));
	job->attempt = (uint32_t)json_integer_value(json_object_get(delivery, "attempts"));
	job->failures = (uint32_t)json_integer_value(json_object_get(delivery, "failures"));
	job->attempts_max =
	    (uint32_t)json_integer_value(json_object_get(destination, "attempts_max"));
	job->send = (struct send_job){
	    .kind = enum_number(&enum_destination_kind,
				slice_from_text(courier_text(destination, "kind"))),
	    .address = job->address,
	    .name = job->name,
	    .path = job->path,
	    .size = (uint64_t)json_integer_value(json_object_get(delivery, "size")),
	    .is_uncertain = json_is_true(json_object_get(delivery, "uncertain")),
	    .honours_key = section->honours_key,
	    .allow = courier->config.allow,
	    .size_max = (uint64_t)courier->config.size_max_kib * 1024,
	    .answer_max = (uint64_t)courier->config.answer_max_kib * 1024,
	    .access = courier_config_access(section),
	    .limits = courier->config.limits,
	};
	return size > 0 && (size_t)size < sizeof(job->path) &&
	       text_hex_decode(slice_from_text(hash), job->send.hash, TRANSFER_HASH_SIZE);
}

/* Takes a delivery in hand and begins to send it. */
static void begin(struct courier *courier, const char *id, const json_t *destination)
{
	char path[96];
	char key[COURIER_KEY_SIZE];
	json_t *answer = NULL;
	struct courier_job *job = free_job(courier);
	if (job == NULL)
		return;
	draw_key(key);
	snprintf(path, sizeof(path), "/v1/deliveries/%s:attempt", id);
	json_t *body = json_pack("{s:s,s:i}", "holder", courier->holder, "lease_s",
				 (int)courier->config.lease_s);
	enum result result = courier_post(courier, path, key, body, &answer);
	json_decref(answer);
	if (result != RESULT_OK)
		return; /* another has it, or the daemon is away: at the next look */
	courier->started++;
	snprintf(path, sizeof(path), "/v1/deliveries/%s", id);
	json_t *delivery = courier_get(courier, path);
	*job = (struct courier_job){.courier = courier};
	snprintf(job->delivery, sizeof(job->delivery), "%s", id);
	draw_key(job->key);
	if (delivery != NULL && fill(courier, job, delivery, destination)) {
		job->is_busy = true;
		result = send_start(courier->loop, &job->send, on_sent, job);
		job->is_busy = result == RESULT_OK;
	}
	json_decref(delivery);
	courier->is_lost |= !job->is_busy; /* the lease is ours: taken over at the next look */
}

static bool is_due(const struct courier *courier, const json_t *delivery, bool is_sending)
{
	if (is_sending)
		return courier->is_first ||
		       courier_instant(delivery, "lease_until") <= courier->now_us;
	return courier_instant(delivery, "next_at") <= courier->now_us;
}

static void look_at(struct courier *courier, const json_t *deliveries, const json_t *destinations,
		    bool is_sending)
{
	size_t at = 0;
	json_t *item = NULL;
	json_array_foreach(deliveries, at, item)
	{
		const char *id = courier_text(item, "id");
		const char *code = courier_text(item, "destination");
		const json_t *destination = find(destinations, "code", code);
		const struct courier_section *section =
		    courier_config_find(&courier->config, code);
		if (destination == NULL || section == NULL || is_in_hand(courier, id))
			continue;
		if (is_due(courier, item, is_sending) &&
		    jobs_of(courier, code) < section->parallel)
			begin(courier, id, destination);
		courier->waiting += is_in_hand(courier, id) ? 0 : 1;
	}
}

/* ---- The look ---- */

static bool ask_clock(struct courier *courier)
{
	json_t *status = courier_get(courier, "/status");
	if (status == NULL)
		return false;
	courier->now_us = courier_instant(status, "now");
	snprintf(courier->ledger, sizeof(courier->ledger), "%s", courier_text(status, "ledger_id"));
	/* Lists are to show what others queued up to now. */
	uint64_t sequence =
	    (uint64_t)json_integer_value(json_object_get(status, "ledger_seq"));
	if (sequence > courier->session->client.sequence)
		courier->session->client.sequence = sequence;
	json_decref(status);
	return courier->now_us > 0;
}

static bool look(struct courier *courier)
{
	bool good = ask_clock(courier);
	json_t *destinations = good ? courier_list(courier, "/v1/destinations") : NULL;
	json_t *sending =
	    destinations == NULL ? NULL : courier_list(courier, "/v1/deliveries?state=SENDING");
	json_t *pending =
	    sending == NULL ? NULL : courier_list(courier, "/v1/deliveries?state=PENDING");
	if (pending != NULL) {
		courier->is_lost = false;
		look_at(courier, sending, destinations, true);
		look_at(courier, pending, destinations, false);
		courier_hooks_look(courier, destinations);
		courier->is_first = courier->is_lost;
	}
	good = pending != NULL;
	json_decref(destinations);
	json_decref(sending);
	json_decref(pending);
	return good;
}

static uint32_t busy(const struct courier *courier)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < COURIER_JOBS_MAX; i++)
		count += courier->jobs[i].is_busy ? 1 : 0;
	return count;
}

static void on_look(evutil_socket_t socket, short what, void *context)
{
	struct courier *courier = context;
	struct timeval wait = {.tv_sec = (time_t)courier->config.poll_s};
	(void)socket;
	(void)what;
	courier->started = 0;
	courier->waiting = 0;
	for (uint32_t i = 0; i < COURIER_JOBS_MAX; i++)
		if (courier->jobs[i].is_busy && courier->jobs[i].is_done)
			report(courier, &courier->jobs[i]);
	bool good = courier->is_stopping || look(courier);
	notify_alive();
	bool is_idle = busy(courier) == 0 && courier->started == 0 && !courier_hooks_busy(courier);
	if ((courier->is_once && is_idle) || (courier->is_once && !good) ||
	    (courier->is_stopping && is_idle)) {
		courier->waiting += good ? 0 : 1;
		event_base_loopbreak(courier->base);
		return;
	}
	if (!evtimer_pending(courier->poll, NULL))
		event_add(courier->poll, &wait);
}

/* ---- Start and end ---- */

/* Those that run are reported as unknown, so that nobody waits for our lease. */
static void on_signal(evutil_socket_t number, short what, void *context)
{
	struct courier *courier = context;
	(void)number;
	(void)what;
	if (courier->is_stopping) {
		event_base_loopbreak(courier->base);
		return;
	}
	LOG("courier_stopping", log_number("running", busy(courier)));
	notify_stopping();
	courier->is_stopping = true;
	bool was_done[COURIER_JOBS_MAX];
	for (uint32_t i = 0; i < COURIER_JOBS_MAX; i++)
		was_done[i] = courier->jobs[i].is_done;
	transfer_loop_stop(courier->loop);
	for (uint32_t i = 0; i < COURIER_JOBS_MAX; i++) {
		struct courier_job *job = &courier->jobs[i];
		if (!job->is_busy || was_done[i])
			continue;
		job->failures = 0;
		job->result = (struct send_result){
		    .verdict = verdict_make(DELIVERY_OUTCOME_UNKNOWN,
					    DELIVERY_CAUSE_COURIER_STOPPED, 0)};
	}
	courier_hooks_free(courier);
	courier_wake(courier);
}

/* The name under which this courier holds deliveries: its folder's, the same for ever. One that is
 * torn is drawn anew: then our own leases have to end like anybody's. */
static enum result write_name(struct courier *courier, const char *path)
{
	uint8_t drawn[16];
	struct file file = FILE_NONE;
	random_bytes(drawn, sizeof(drawn));
	text_hex_encode(drawn, sizeof(drawn), courier->holder);
	enum result result = file_remove(path);
	if (result == RESULT_OK)
		result = file_open(path, FILE_CREATE, &file);
	if (result == RESULT_OK)
		result =
		    file_write(file, (struct file_span){0, 2 * sizeof(drawn)}, courier->holder);
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	return result;
}

static enum result take_name(struct courier *courier)
{
	char path[FILE_PATH_SIZE_MAX];
	struct buffer name = {NULL, 0, 0};
	enum result result = file_make_folder(courier->config.state);
	if (result != RESULT_OK || !file_path(courier->config.state, "courier.lock", path))
		return RESULT_IO_FAILED;
	result = file_lock(path, &courier->lock);
	if (result != RESULT_OK || !file_path(courier->config.state, "holder", path))
		return result;
	if (buffer_read_file(&name, path) && name.size + 1 == sizeof(courier->holder))
		snprintf(courier->holder, sizeof(courier->holder), "%s", buffer_string(&name));
	else
		result = write_name(courier, path);
	buffer_free(&name);
	return result;
}

static int explain(const struct courier *courier, enum result result)
{
	const char *path = courier->config.state;
	if (result == RESULT_LEDGER_LOCKED)
		session_usage("another courier runs with the folder %s", path);
	else
		session_usage("the folder %s cannot be used (%s)", path, result_code(result));
	return result_info(result)->exit;
}

static int run_loop(struct courier *courier)
{
	struct event *stops[2] = {NULL, NULL};
	courier->base = event_base_new();
	courier->poll = courier->base == NULL ? NULL : evtimer_new(courier->base, on_look, courier);
	if (courier->poll == NULL || transfer_loop_open(courier->base, &courier->loop) != RESULT_OK)
		return result_info(RESULT_OUT_OF_MEMORY)->exit;
	stops[0] = evsignal_new(courier->base, SIGTERM, on_signal, courier);
	stops[1] = evsignal_new(courier->base, SIGINT, on_signal, courier);
	for (uint32_t i = 0; i < 2; i++)
		event_add(stops[i], NULL);
	signal(SIGPIPE, SIG_IGN);
	courier->is_first = true;
	courier_wake(courier);
	notify_ready("delivering");
	event_base_dispatch(courier->base);
	for (uint32_t i = 0; i < 2; i++)
		event_free(stops[i]);
	transfer_loop_close(courier->loop);
	courier_hooks_free(courier);
	event_free(courier->poll);
	event_base_free(courier->base);
	if (!courier->is_once || courier->is_stopping)
		return EXIT_DONE;
	return courier->given_up > 0 ? EXIT_REFUSED : courier->waiting > 0 ? EXIT_LATER : EXIT_DONE;
}

int courier_run(struct session *session)
{
	static struct courier courier;
	const char *path = arguments_flag(&session->arguments, "courier-config");
	courier = (struct courier){.session = session, .lock = FILE_NONE};
	courier.is_once = arguments_has(&session->arguments, "once");
	if (!session_flags_used(session))
		return EXIT_USAGE;
	if (courier_config_load(&courier.config, path == NULL ? CONFIG_DEFAULT : path) !=
	    RESULT_OK) {
		session_usage("%s", courier.config.fault);
		courier_config_free(&courier.config);
		return result_info(RESULT_CONFIG_INVALID)->exit;
	}
	/* Transfers run while the daemon is asked: patience is the loop's, not the request's. */
	struct client_options *options = &session->client.options;
	options->tries = options->tries > REQUEST_TRIES ? REQUEST_TRIES : options->tries;
	options->timeout_ms =
	    options->timeout_ms > REQUEST_MS ? REQUEST_MS : options->timeout_ms;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	random_bytes((uint8_t *)&courier.seed, sizeof(courier.seed));
	enum result result = take_name(&courier);
	int code = result == RESULT_OK ? run_loop(&courier) : explain(&courier, result);
	file_close(&courier.lock);
	courier_config_free(&courier.config);
	return code;
}
