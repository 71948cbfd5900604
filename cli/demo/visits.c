/* Visits: uploaded by each provider with its own token, in NDJSON batches, and what follows from
 * disputes and errors. */
#include "cli/demo/steps.h"
#include "cli/progress.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REVERSED_EVERY 290u

void visits_start_text(const struct demo_visit *visit, char ret_text[24])
{
	const char *month = visit->day == 0 ? "2026-09" : demo_months[visit->month];
	uint32_t day = visit->day == 0 ? 30 : visit->day;
	snprintf(ret_text, 24, "%s-%02uT%02u:%02u", month, day % 100, visit->minute / 60 % 100,
		 visit->minute % 60);
}

static json_t *line_of(const struct demo_world *world, uint32_t place)
{
	const struct demo_visit *visit = &world->visits[place];
	const struct demo_title *title = &world->titles[visit->title];
	bool is_time = world->services[title->service].unit == UNIT_MINUTE;
	char id[16];
	char start[24];
	char worker[16];
	snprintf(id, sizeof(id), "v-%06u", place);
	snprintf(worker, sizeof(worker), "OP-%03u",
		 (visit->worker == 0 ? title->worker : visit->worker) % 1000);
	visits_start_text(visit, start);
	json_t *line = json_pack("{s:s, s:s, s:s, s:i}", "id", id, "voucher",
				 visit->voucher == NULL ? title->number : visit->voucher, "start",
				 start, is_time ? "minutes" : "units", (int)visit->units);
	if (!visit->without_worker)
		json_object_set_new(line, "operator", json_string(worker));
	if (visit->service != NULL)
		json_object_set_new(line, "service", json_string(visit->service));
	json_object_set_new(line, "proof", json_string(place % 3 == 0 ? "QR" : "SIGNATURE"));
	return line;
}

static void count_refusal(struct demo *demo, enum result result)
{
	const char *code = result_code(result);
	json_int_t count = json_integer_value(json_object_get(demo->refusals, code));
	json_object_set_new(demo->refusals, code, json_integer(count + 1));
	demo->refused++;
}

/* The amounts of an accepted visit must be what the world computes. */
static void check_amounts(struct demo *demo, const struct demo_visit *visit, const json_t *answer)
{
	const struct demo_title *title = &demo->world->titles[visit->title];
	struct worth worth = sums_worth(&demo->world->services[title->service], visit->units,
					sums_provider_vat(demo->world, title));
	bool is_same = cents_equal(worth.net, cents_from(call_number(answer, "net_cents"))) &&
		       cents_equal(worth.gross, cents_from(call_number(answer, "gross_cents")));
	call_expect(demo, is_same, "amounts of %s: %lld and %lld cents", visit->redemption,
		    (long long)call_number(answer, "net_cents"),
		    (long long)call_number(answer, "gross_cents"));
}

static void take_replay(struct demo *demo, const struct demo_visit *visit, const json_t *answer)
{
	bool is_replayed = json_is_true(json_object_get(answer, "replayed"));
	bool is_success = result_is_success(visit->answered);
	demo->replayed++;
	call_expect(demo, call_outcome(answer) == visit->answered, "replay says %s, not %s",
		    result_code(call_outcome(answer)), result_code(visit->answered));
	if (is_success)
		call_expect(demo,
			    is_replayed &&
				strcmp(visit->redemption, call_text(answer, "redemption")) == 0,
			    "a replay made another record than %s", visit->redemption);
}

static void take_answer(void *context, const json_t *answer, struct slice text)
{
	struct demo *demo = context;
	struct demo_world *world = demo->world;
	uint32_t place = 0;
	const char *id = call_text(answer, "id");
	if (!call_expect(
		demo,
		strncmp(id, "v-", 2) == 0 &&
		    text_parse_u32(slice_from_text(id + 2), world->visit_count - 1, &place),
		"an answer for no line: %.*s", (int)text.size, text.data))
		return;
	struct demo_visit *visit = &world->visits[place];
	if (visit->has_answer) {
		take_replay(demo, visit, answer);
		return;
	}
	visit->has_answer = true;
	visit->answered = call_outcome(answer);
	char start[24];
	visits_start_text(visit, start);
	call_expect(
	    demo, visit->answered == visit->expected, "visit %s of %s: %s instead of %s: %.*s",
	    start, world->titles[visit->title].number, result_code(visit->answered),
	    result_code(visit->expected), (int)(text.size < 300 ? text.size : 300), text.data);
	if (!result_is_success(visit->answered)) {
		count_refusal(demo, visit->answered);
		return;
	}
	snprintf(visit->redemption, sizeof(visit->redemption), "%s",
		 call_text(answer, "redemption"));
	if (visit->answered == RESULT_DISPUTED) {
		demo->disputed++;
		return;
	}
	if (visit->answered == RESULT_LATE_SUBMISSION) {
		demo->late++;
		return;
	}
	demo->accepted++;
	check_amounts(demo, visit, answer);
	sums_enter(world, visit);
}

static void upload_of(struct demo *demo, enum demo_wave wave, uint32_t provider)
{
	struct demo_world *world = demo->world;
	struct buffer lines = {NULL, 0, 0};
	char key[CLIENT_KEY_SIZE];
	snprintf(key, sizeof(key), "wave-%u-%s", (unsigned)wave, world->providers[provider].code);
	for (uint32_t i = 0; i < world->visit_count; i++)
		if (world->visits[i].wave == wave && world->visits[i].sender == provider)
			call_line(&lines, line_of(world, i));
	struct call_batch batch = {.command = COMMAND_KIND_REDEMPTION_SUBMIT,
				   .key = key,
				   .line = take_answer,
				   .context = demo};
	call_as(demo, world->providers[provider].token);
	call_batch(demo, &batch, &lines);
	/* The network failed at one of them, and it sends all again: the same answers, nothing
	 * twice. */
	if (provider == 0 && wave == DEMO_WAVE_END)
		call_batch(demo, &batch, &lines);
	buffer_free(&lines);
}

void visits_upload(struct demo *demo, enum demo_wave wave)
{
	static const char *const labels[DEMO_WAVES] = {
	    "October, first half", "October, second half", "after the deadline", "November"};
	struct progress progress;
	uint32_t before = demo->accepted + demo->disputed + demo->refused;
	progress_begin(&progress, labels[wave], DEMO_PROVIDERS, demo->session->is_quiet);
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++) {
		upload_of(demo, wave, i);
		progress_set(&progress, i + 1);
	}
	progress.done = demo->accepted + demo->disputed + demo->refused - before;
	progress_end(&progress);
}

void visits_suspend_provider(struct demo *demo)
{
	char path[128];
	snprintf(path, sizeof(path), "/v1/accreditations/%s:suspend",
		 demo->world->providers[DEMO_SUSPENDED].accreditation);
	call_as(demo, demo->tokens[DEMO_ACCREDITOR]);
	call_do(demo, path,
		json_pack("{s:s, s:s}", "effective_from", "2026-10-19", "act", "DT 88/2026"),
		RESULT_OK);
}

/* The office accepts every other dispute and rejects the rest. */
void visits_resolve(struct demo *demo)
{
	struct buffer lines = {NULL, 0, 0};
	uint32_t count = 0;
	for (uint32_t i = 0; i < demo->world->visit_count; i++) {
		struct demo_visit *visit = &demo->world->visits[i];
		if (!visit->has_answer || visit->answered != RESULT_DISPUTED)
			continue;
		bool is_accepted = count++ % 2 == 0;
		call_line(&lines, json_pack("{s:s, s:s, s:s}", "id", visit->redemption,
					    "redemption", visit->redemption, "decision",
					    is_accepted ? "ACCEPT" : "REJECT"));
		if (is_accepted)
			sums_enter(demo->world, visit);
	}
	struct call_batch batch = {.command = COMMAND_KIND_REDEMPTION_RESOLVE};
	call_as(demo, demo->tokens[DEMO_OFFICER]);
	call_batch_ok(demo, &batch, &lines);
	call_expect(demo, count > 0, "nothing was disputed");
	buffer_free(&lines);
}

/* Of what came late the office authorises every other record and rejects the rest. */
void visits_decide_late(struct demo *demo)
{
	struct buffer authorised = {NULL, 0, 0};
	struct buffer rejected = {NULL, 0, 0};
	uint32_t count = 0;
	for (uint32_t i = 0; i < demo->world->visit_count; i++) {
		struct demo_visit *visit = &demo->world->visits[i];
		if (!visit->has_answer || visit->answered != RESULT_LATE_SUBMISSION)
			continue;
		bool is_authorised = count++ % 2 == 0;
		json_t *line = json_pack("{s:s, s:s}", "id", visit->redemption, "redemption",
					 visit->redemption);
		if (is_authorised)
			json_object_set_new(line, "act", json_string("DT 91/2026"));
		else
			json_object_set_new(line, "reason", json_string("OFFICE_CHECK"));
		call_line(is_authorised ? &authorised : &rejected, line);
		if (is_authorised)
			sums_enter(demo->world, visit);
	}
	struct call_batch batch = {.command = COMMAND_KIND_REDEMPTION_AUTHORISE_LATE};
	call_as(demo, demo->tokens[DEMO_OFFICER]);
	call_batch_ok(demo, &batch, &authorised);
	batch.command = COMMAND_KIND_REDEMPTION_REJECT;
	call_batch_ok(demo, &batch, &rejected);
	call_expect(demo, count > 1 && count == demo->late, "%u late records", count);
	buffer_free(&authorised);
	buffer_free(&rejected);
}

/* Typing errors, taken back before the settlement. */
void visits_reverse(struct demo *demo)
{
	call_as(demo, demo->tokens[DEMO_MANAGER]);
	for (uint32_t i = 0; i < demo->world->visit_count; i++) {
		struct demo_visit *visit = &demo->world->visits[i];
		char path[128];
		if (visit->title % REVERSED_EVERY != 11 || visit->answered != RESULT_ACCEPTED ||
		    (i > 0 && visit[-1].title == visit->title))
			continue;
		snprintf(path, sizeof(path), "/v1/redemptions/%s:reverse", visit->redemption);
		call_do(demo, path, json_pack("{s:s}", "reason", "TYPING_ERROR"), RESULT_OK);
		visit->is_reversed = true;
		sums_withdraw(demo->world, visit);
	}
}
