/* Titles: proposed, issued fund by fund, given to a provider by choice or by code. */
#include "cli/demo/steps.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define SELF_BOUND_EVERY 60u /* so many titles a provider binds to itself by the code */

/* The place that a line's id names: "t-00012". */
static uint32_t place_of(const json_t *answer)
{
	uint32_t place = 0;
	const char *id = call_text(answer, "id");
	if (strncmp(id, "t-", 2) != 0 ||
	    !text_parse_u32(slice_from_text(id + 2), DEMO_TITLES - 1, &place))
		return 0;
	return place;
}

static json_t *line_of(uint32_t place)
{
	char id[16];
	snprintf(id, sizeof(id), "t-%05u", place);
	return json_pack("{s:s}", "id", id);
}

static void set_text(json_t *line, const char *name, const char *text)
{
	json_object_set_new(line, name, json_string(text));
}

static void take_beneficiary(void *context, const json_t *answer, struct slice text)
{
	struct demo *demo = context;
	(void)text;
	snprintf(demo->world->titles[place_of(answer)].beneficiary, DEMO_ID_SIZE, "%s",
		 call_text(answer, "beneficiary"));
}

static void take_number(void *context, const json_t *answer, struct slice text)
{
	struct demo *demo = context;
	(void)text;
	snprintf(demo->world->titles[place_of(answer)].number, DEMO_ID_SIZE, "%s",
		 call_text(answer, "voucher"));
}

void titles_propose(struct demo *demo)
{
	struct demo_world *world = demo->world;
	struct buffer lines = {NULL, 0, 0};
	world_make_titles(world);
	for (uint32_t i = 0; i < DEMO_TITLES; i++) {
		json_t *line = line_of(i);
		set_text(line, "comune", world->comuni[world->titles[i].comune].istat);
		call_line(&lines, line);
	}
	struct call_batch batch = {.command = COMMAND_KIND_BENEFICIARY_CREATE,
				   .label = "persons",
				   .line = take_beneficiary,
				   .context = demo};
	call_as(demo, demo->tokens[DEMO_SOCIAL]);
	call_batch_ok(demo, &batch, &lines);
	buffer_clear(&lines);
	for (uint32_t i = 0; i < DEMO_TITLES; i++) {
		const struct demo_title *title = &world->titles[i];
		json_t *line = line_of(i);
		set_text(line, "beneficiary", title->beneficiary);
		set_text(line, "fund", demo_funds[0]);
		set_text(line, "first_month", world_first_month(title));
		set_text(line, "last_month", world_last_month(title));
		if (title->kind == DEMO_TITLE_EXPIRED)
			set_text(line, "valid_to", "2026-10-15");
		json_object_set_new(line, "lines",
				    json_pack("[{s:s, s:i}]", "service",
					      world->services[title->service].code,
					      "units_per_month", (int)world_units(title)));
		call_line(&lines, line);
	}
	batch.command = COMMAND_KIND_VOUCHER_PROPOSE;
	batch.label = "titles proposed";
	batch.line = take_number;
	call_batch_ok(demo, &batch, &lines);
	buffer_free(&lines);
}

/* ---- Issue ---- */

struct issuing {
	struct demo *demo;
	uint32_t fund;
	uint32_t issued;
	uint32_t waiting;
};

/* The amount committed must be the months' gross at the highest rate that could be chosen. */
static void take_issue(void *context, const json_t *answer, struct slice text)
{
	struct issuing *issuing = context;
	struct demo *demo = issuing->demo;
	struct demo_world *world = demo->world;
	struct demo_title *title = &world->titles[place_of(answer)];
	enum result result = call_outcome(answer);
	if (result == RESULT_WAITLISTED) {
		issuing->waiting++;
		return;
	}
	if (!call_expect(demo, result == RESULT_OK, "issue: %.*s", (int)text.size, text.data))
		return;
	struct worth month = sums_worth(&world->services[title->service], world_units(title),
					sums_highest_vat(world, title));
	struct cents gross;
	bool fits = cents_times(month.gross, world_months(title), &gross);
	ASSERT(fits);
	call_expect(demo, cents_equal(gross, cents_from(call_number(answer, "gross_cents"))),
		    "title %s commits %lld cents", title->number,
		    (long long)call_number(answer, "gross_cents"));
	title->is_issued = true;
	world->comuni[title->comune].taken[issuing->fund] += gross.raw; /* raw: a check's */
	title->fund = issuing->fund;
	snprintf(title->code, sizeof(title->code), "%s", call_text(answer, "voucher_code"));
	issuing->issued++;
}

static void issue_from(struct demo *demo, uint32_t fund)
{
	struct issuing issuing = {.demo = demo, .fund = fund};
	struct buffer lines = {NULL, 0, 0};
	char label[48];
	for (uint32_t i = 0; i < DEMO_TITLES; i++) {
		if (demo->world->titles[i].is_issued)
			continue;
		json_t *line = line_of(i);
		set_text(line, "voucher", demo->world->titles[i].number);
		set_text(line, "fund", demo_funds[fund]);
		call_line(&lines, line);
	}
	snprintf(label, sizeof(label), "titles issued from %s", demo_funds[fund]);
	struct call_batch batch = {.command = COMMAND_KIND_VOUCHER_ISSUE,
				   .label = label,
				   .line = take_issue,
				   .context = &issuing};
	call_batch(demo, &batch, &lines);
	buffer_free(&lines);
	printf("  %-12s %4u issued, %4u on the waitlist\n", demo_funds[fund], issuing.issued,
	       issuing.waiting);
	fflush(stdout);
	call_expect(demo, issuing.issued > 0, "%s paid for no title", demo_funds[fund]);
	call_expect(demo, issuing.waiting > 0, "no ceiling of %s was reached", demo_funds[fund]);
}

void titles_issue(struct demo *demo)
{
	call_as(demo, demo->tokens[DEMO_OFFICER]);
	for (uint32_t fund = 0; fund < DEMO_FUNDS; fund++)
		issue_from(demo, fund);
}

/* ---- Choice ---- */

static bool is_self_bound(const struct demo_title *title, uint32_t place)
{
	return place % SELF_BOUND_EVERY == 0 && title->code[0] != '\0';
}

/* A provider that was shown the code binds the title to itself; another code does not do. */
static void bind_by_code(struct demo *demo, uint32_t place)
{
	const struct demo_title *title = &demo->world->titles[place];
	const struct demo_provider *provider = &demo->world->providers[title->provider];
	char path[128];
	snprintf(path, sizeof(path), "/v1/vouchers/%s:choose-provider", title->number);
	call_as(demo, provider->token);
	call_do(demo, path,
		json_pack("{s:s, s:s}", "provider", provider->code, "voucher_code",
			  "0000-0000-0000-0000-00"),
		RESULT_VOUCHER_CODE_UNKNOWN);
	call_do(demo, path,
		json_pack("{s:s, s:s}", "provider", provider->code, "voucher_code", title->code),
		RESULT_OK);
}

void titles_choose(struct demo *demo)
{
	struct demo_world *world = demo->world;
	struct buffer lines = {NULL, 0, 0};
	for (uint32_t i = 0; i < DEMO_TITLES; i++) {
		const struct demo_title *title = &world->titles[i];
		if (!title->is_issued)
			continue;
		if (is_self_bound(title, i)) {
			bind_by_code(demo, i);
			continue;
		}
		json_t *line = line_of(i);
		set_text(line, "voucher", title->number);
		set_text(line, "provider", world->providers[title->provider].code);
		call_line(&lines, line);
	}
	struct call_batch batch = {.command = COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER,
				   .label = "providers chosen"};
	call_as(demo, demo->tokens[DEMO_SOCIAL]);
	call_batch_ok(demo, &batch, &lines);
	buffer_free(&lines);
}

void titles_revoke(struct demo *demo)
{
	struct buffer lines = {NULL, 0, 0};
	for (uint32_t i = 0; i < DEMO_TITLES; i++) {
		const struct demo_title *title = &demo->world->titles[i];
		if (title->kind != DEMO_TITLE_REVOKED || !title->is_issued)
			continue;
		json_t *line = line_of(i);
		set_text(line, "voucher", title->number);
		set_text(line, "effective_from", "2026-10-26");
		set_text(line, "reason", "RESIDENTIAL_ADMISSION");
		call_line(&lines, line);
	}
	struct call_batch batch = {.command = COMMAND_KIND_VOUCHER_REVOKE};
	call_as(demo, demo->tokens[DEMO_OFFICER]);
	call_batch_ok(demo, &batch, &lines);
	buffer_free(&lines);
}

/* ---- A week in hospital ---- */

static uint32_t suspended_title(const struct demo_world *world)
{
	uint32_t i = 0;
	while (i < DEMO_TITLES && world->titles[i].kind != DEMO_TITLE_SUSPENDED)
		i++;
	ASSERT(i < DEMO_TITLES);
	return i;
}

void titles_suspend(struct demo *demo)
{
	char path[128];
	char day[16];
	snprintf(path, sizeof(path), "/v1/vouchers/%s:suspend",
		 demo->world->titles[suspended_title(demo->world)].number);
	snprintf(day, sizeof(day), DEMO_MONTH "-%02u", DEMO_AWAY_FROM);
	call_as(demo, demo->tokens[DEMO_OFFICER]);
	call_do(demo, path,
		json_pack("{s:s, s:s}", "effective_from", day, "reason", "HOSPITAL_STAY"),
		RESULT_OK);
}

/* The units of the days away are lost, and their money goes back to the fund. */
void titles_resume(struct demo *demo)
{
	uint32_t place = suspended_title(demo->world);
	const struct demo_title *title = &demo->world->titles[place];
	char path[128];
	char day[16];
	snprintf(path, sizeof(path), "/v1/vouchers/%s:resume", title->number);
	snprintf(day, sizeof(day), DEMO_MONTH "-%02u", DEMO_AWAY_TO);
	call_as(demo, demo->tokens[DEMO_OFFICER]);
	call_do(demo, path, json_pack("{s:s, s:s}", "returned_on", day, "act", "DISCHARGE 28/10"),
		RESULT_OK);
	call_as(demo, demo->tokens[DEMO_AUDITOR]);
	json_t *changes = call_list(demo, "/v1/voucher-changes");
	const json_t *change = json_array_get(changes, 0);
	call_expect(demo,
		    json_array_size(changes) == 1 &&
			call_number(change, "units") == world_units_lost(title) &&
			call_number(change, "amount_cents") ==
			    sums_lost(demo->world, place).raw, /* raw: the check's */
		    "title %s loses %lld units and %lld cents", title->number,
		    (long long)call_number(change, "units"),
		    (long long)call_number(change, "amount_cents"));
	json_decref(changes);
}
