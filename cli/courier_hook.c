/* Webhooks: the events of the ledger, in order, one at a time to each. See courier_inside.h.
 *
 * The cursor is the destination's last acknowledged event. An event is sent until it is taken; the
 * ledger counts the failures and stops a webhook that takes nothing. webhook-id is the ledger's id
 * and the event's: whoever gets one twice sees it. */
#include "cli/courier_inside.h"

#include "connectors/delivery/webhook.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"
#include "engine/system/clock.h"
#include "engine/system/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_A_PAGE 200
#define ANSWER_MS     30000u /* most that a receiver may take for one event */
#define KINDS_SIZE    32u

static struct courier_hook *hook_of(struct courier *courier, const char *code)
{
	for (uint32_t i = 0; i < courier->hook_count; i++)
		if (strcmp(courier->hooks[i].code, code) == 0)
			return &courier->hooks[i];
	if (courier->hook_count == COURIER_DESTINATIONS_MAX)
		return NULL;
	struct courier_hook *hook = &courier->hooks[courier->hook_count++];
	*hook = (struct courier_hook){.courier = courier};
	snprintf(hook->code, sizeof(hook->code), "%s", code);
	return hook;
}

/* Tells the ledger what became of the event; false: nobody answered, to be repeated. */
static bool acknowledge(struct courier *courier, struct courier_hook *hook)
{
	char path[96];
	json_t *answer = NULL;
	json_t *body = json_pack("{s:s}", "event", hook->event);
	if (hook->cause != 0) {
		json_object_set_new(body, "cause",
				    json_string(enum_name(&enum_delivery_cause, hook->cause)));
		json_object_set_new(body, "status", json_integer(hook->status));
	}
	snprintf(path, sizeof(path), "/v1/destinations/%s:acknowledge", hook->code);
	enum result result = courier_post(courier, path, hook->key, body, &answer);
	json_decref(answer);
	const struct result_info *info = result_info(result);
	return result == RESULT_OK || !(info->retryable || info->kind == RESULT_KIND_FAULT);
}

static void on_answer(void *context, const struct transfer_answer *answer)
{
	struct courier_hook *hook = context;
	struct verdict verdict = answer->end == VERDICT_END_ANSWERED
				     ? verdict_of_status(answer->status)
				     : verdict_of_end(answer->end, false);
	bool is_taken = answer->status >= 200 && answer->status <= 299;
	hook->cause = is_taken ? 0 : verdict.cause;
	hook->status = answer->status;
	hook->is_done = true;
	hook->failures = is_taken ? 0 : hook->failures + 1;
	if (!is_taken) {
		const struct courier_config *config = &hook->courier->config;
		uint64_t wait_s =
		    verdict_wait_s(hook->failures - 1, hook->courier->seed, config->backoff_s,
				   config->backoff_max_s, answer->retry_after);
		hook->next_ms = clock_monotonic_ms() + wait_s * 1000;
	}
	LOG("event_sent", log_text("destination", hook->code), log_text("event_id", hook->event),
	    log_number("status", answer->status), log_text("fault", answer->fault));
	courier_wake(hook->courier);
}

/* {"type":…,"timestamp":…,"data":{the event}} as the API writes it. */
static char *body_of(const json_t *event)
{
	char type[64] = "titoli.";
	const char *kind = courier_text(event, "kind");
	size_t at = strlen(type);
	for (; *kind != '\0' && at + 1 < sizeof(type); kind++)
		type[at++] = *kind >= 'A' && *kind <= 'Z' ? (char)(*kind - 'A' + 'a') : *kind;
	type[at] = '\0';
	json_t *body = json_pack("{s:s,s:s,s:O}", "type", type, "timestamp",
				 courier_text(event, "at"), "data", event);
	char *text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return text;
}

static void post_event(struct courier *courier, struct courier_hook *hook,
		       const struct webhook_secrets *secrets)
{
	char id[80];
	char lines[3][WEBHOOK_SIGNATURE_SIZE + 32];
	char signature[WEBHOOK_SIGNATURE_SIZE];
	int64_t now_s = clock_now().us / TIME_US_PER_SECOND;
	snprintf(id, sizeof(id), "msg_%s_%s", courier->ledger, hook->event);
	webhook_sign(secrets, slice_from_text(id), now_s, slice_from_text(hook->body), signature);
	snprintf(lines[0], sizeof(lines[0]), "webhook-id: %s", id);
	snprintf(lines[1], sizeof(lines[1]), "webhook-timestamp: %lld", (long long)now_s);
	snprintf(lines[2], sizeof(lines[2]), "webhook-signature: %s", signature);
	struct transfer_request request = {
	    .verb = TRANSFER_POST,
	    .url = hook->address,
	    .headers = {"Content-Type: application/json", lines[0], lines[1], lines[2]},
	    .header_count = 4,
	    .fd = -1,
	    .bytes = slice_from_text(hook->body),
	    .size = strlen(hook->body),
	    .answer_max = (uint64_t)courier->config.answer_max_kib * 1024,
	    .access = &hook->access,
	    .limits = &hook->limits,
	};
	hook->is_busy = transfer_start(courier->loop, &request, on_answer, hook) == RESULT_OK;
}

static bool is_wanted(const json_t *destination, const json_t *event)
{
	uint8_t kinds[KINDS_SIZE];
	uint8_t number =
	    enum_number(&enum_event_kind, slice_from_text(courier_text(event, "kind")));
	if (strcmp(courier_text(event, "ambito"), courier_text(destination, "ambito")) != 0)
		return false;
	if (!text_hex_decode(slice_from_text(courier_text(destination, "event_kinds")), kinds,
			     KINDS_SIZE))
		return true; /* not given: every kind */
	return (kinds[number / 8] >> number % 8 & 1) != 0;
}

static void set_event(struct courier_hook *hook, const json_t *event)
{
	char drawn[CLIENT_KEY_SIZE];
	client_draw_key(drawn);
	snprintf(hook->key, sizeof(hook->key), "courier-%s", drawn);
	snprintf(hook->event, sizeof(hook->event), "%s", courier_text(event, "id"));
	hook->cause = 0;
	hook->status = 0;
}

/* The next event that is wanted, new reference; where many in between are not, the cursor is moved
 * over them. NULL: none. */
static json_t *next_event(struct courier *courier, struct courier_hook *hook,
			  const json_t *destination)
{
	char path[96];
	const char *last = courier_text(destination, "last_event");
	const char *number = strchr(last, '_');
	if (strcmp(hook->last, last) != 0)
		hook->from[0] = '\0';
	snprintf(hook->last, sizeof(hook->last), "%s", last);
	if (hook->from[0] == '\0' && number != NULL)
		snprintf(hook->from, sizeof(hook->from), "c%s", number + 1);
	snprintf(path, sizeof(path), "/v1/events?limit=%d%s%s", EVENTS_A_PAGE,
		 hook->from[0] == '\0' ? "" : "&cursor=", hook->from);
	json_t *page = courier_get(courier, path);
	const json_t *items = json_object_get(page, "items");
	const json_t *skipped = NULL;
	json_t *found = NULL;
	size_t at = 0;
	json_t *item = NULL;
	json_array_foreach(items, at, item)
	{
		if (is_wanted(destination, item)) {
			found = json_incref(item);
			break;
		}
		if (strcmp(courier_text(item, "ambito"), courier_text(destination, "ambito")) == 0)
			skipped = item;
	}
	const char *next = courier_text(page, "next_cursor");
	if (found == NULL && skipped != NULL && next[0] != '\0') {
		set_event(hook, skipped);
		courier->started += acknowledge(courier, hook) ? 1 : 0;
		courier_wake(courier);
	} else if (found == NULL && next[0] != '\0') { /* other ambiti's alone: look further */
		snprintf(hook->from, sizeof(hook->from), "%s", next);
		courier->started++;
		courier_wake(courier);
	}
	json_decref(page);
	return found;
}

/* Before anything of the body is read again the event's turn must be over. */
static void forget(struct courier_hook *hook)
{
	free(hook->body);
	hook->body = NULL;
	hook->is_busy = false;
	hook->is_done = false;
}

static void look_at(struct courier *courier, const json_t *destination)
{
	const char *code = courier_text(destination, "code");
	const struct courier_section *section = courier_config_find(&courier->config, code);
	struct courier_hook *hook = section == NULL ? NULL : hook_of(courier, code);
	bool is_active = strcmp(courier_text(destination, "state"), "ACTIVE") == 0;
	if (hook == NULL || hook->is_busy || !is_active)
		return;
	if (clock_monotonic_ms() < hook->next_ms) {
		courier->waiting++;
		return;
	}
	struct webhook_secrets secrets;
	const char *secret = section->texts[COURIER_SECRET];
	if (!webhook_secrets_parse(slice_from_text(secret == NULL ? "" : secret), &secrets)) {
		LOG("secret_missing", log_text("destination", code));
		courier->waiting++;
		return;
	}
	json_t *event = next_event(courier, hook, destination);
	if (event == NULL)
		return;
	set_event(hook, event);
	hook->body = body_of(event);
	hook->access = courier_config_access(section);
	hook->limits = courier->config.limits;
	if (hook->limits.total_ms > ANSWER_MS)
		hook->limits.total_ms = ANSWER_MS;
	snprintf(hook->address, sizeof(hook->address), "%s", courier_text(destination, "address"));
	json_decref(event);
	if (send_is_allowed(courier->config.allow, hook->address)) {
		post_event(courier, hook, &secrets);
		courier->started += hook->is_busy ? 1 : 0;
	} else {
		struct transfer_answer refused = {.end = VERDICT_END_NOT_AUTHORISED};
		hook->is_busy = true;
		on_answer(hook, &refused);
		hook->cause = DELIVERY_CAUSE_HOST_NOT_ALLOWED;
	}
}

void courier_hooks_look(struct courier *courier, const json_t *destinations)
{
	ASSERT(courier != NULL);
	bool has_ended = false;
	for (uint32_t i = 0; i < courier->hook_count; i++) {
		struct courier_hook *hook = &courier->hooks[i];
		if (!hook->is_busy || !hook->is_done)
			continue;
		if (acknowledge(courier, hook))
			forget(hook);
		has_ended = true;
	}
	if (has_ended) { /* the destinations are as they were before: look again */
		courier->started++;
		courier_wake(courier);
		return;
	}
	size_t at = 0;
	json_t *destination = NULL;
	json_array_foreach(destinations, at, destination) if (
	    strcmp(courier_text(destination, "kind"), "WEBHOOK") == 0)
	    look_at(courier, destination);
}

bool courier_hooks_busy(const struct courier *courier)
{
	bool any = false;
	for (uint32_t i = 0; i < courier->hook_count; i++)
		any |= courier->hooks[i].is_busy;
	return any;
}

void courier_hooks_free(struct courier *courier)
{
	for (uint32_t i = 0; i < courier->hook_count; i++)
		forget(&courier->hooks[i]);
}
