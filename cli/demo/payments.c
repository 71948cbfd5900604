/* Payments: the accounts order what the plan office approved, the treasurer pays; a record that was
 * paid and never delivered is reversed by two persons and is to be had back. */
#include "cli/demo/steps.h"
#include "engine/base/assert.h"

#include <stdio.h>
#include <string.h>

/* Mandato and quietanza of a month. */
static const struct {
	const char *ordered;
	const char *paid;
} days[DEMO_MONTHS] = {{"2026-11-18", "2026-11-24"}, {"2026-12-18", "2026-12-23"}};

static json_t *order_of(const json_t *statement, size_t at, bool is_checked)
{
	bool is_october = strcmp(call_text(statement, "month"), demo_months[DEMO_OCTOBER]) == 0;
	enum demo_month month = is_october ? DEMO_OCTOBER : DEMO_NOVEMBER;
	char number[16];
	snprintf(number, sizeof(number), "M-%04zu", (at + 1) % 10000);
	return json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", call_text(statement, "id"), "statement",
			 call_text(statement, "id"), "order_number", number, "order_date",
			 days[month].ordered, "tax_debt_checked", is_checked);
}

/* Above 5.000 euro nothing is paid before the check of tax debts. */
static void order_unchecked(struct demo *demo, const json_t *statements)
{
	size_t at;
	json_t *statement;
	json_array_foreach((json_t *)(uintptr_t)statements, at, statement)
	{
		if (call_number(statement, "payable_net_cents") <= DEMO_TAX_CHECK_ABOVE)
			continue;
		char path[128];
		json_t *body = order_of(statement, at, false);
		snprintf(path, sizeof(path), "/v1/statements/%s:order", call_text(statement, "id"));
		json_object_del(body, "id");
		json_object_del(body, "statement");
		call_do(demo, path, body, RESULT_PAYMENT_BLOCKED);
		return;
	}
	call_expect(demo, false, "no statement is above the threshold of the tax check");
}

void payments_order(struct demo *demo, enum demo_month month)
{
	struct buffer lines = {NULL, 0, 0};
	json_t *statements = settle_statements(demo, month);
	size_t at;
	json_t *statement;
	call_as(demo, demo->tokens[DEMO_FINANCE]);
	order_unchecked(demo, statements);
	json_array_foreach(statements, at, statement)
	{
		call_line(&lines, order_of(statement, at, true));
	}
	struct call_batch batch = {.command = COMMAND_KIND_STATEMENT_ORDER,
				   .label = "payments ordered"};
	call_batch_ok(demo, &batch, &lines);
	buffer_free(&lines);
	json_decref(statements);
}

/* One payer's file goes to its bank; what comes back is taken in twice, and once counts. */
static void pay_file(struct demo *demo, enum demo_month month, enum demo_payer payer)
{
	static const char *const names[DEMO_MONTHS][DEMO_PAYERS] = {
	    {"2026-10.camt054.xml", "2026-10.giornale.xml"},
	    {"2026-11.camt054.xml", "2026-11.giornale.xml"}};
	char path[SETTING_SIZE_MAX];
	struct cents paid = treasurer_pay(demo, demo->files[month][payer], days[month].paid,
					  names[month][payer], path);
	const char *const words[] = {"import", "outcome", path, NULL};
	for (uint32_t i = 0; i < 2 && path[0] != '\0'; i++) {
		json_t *told = command_run(demo, demo->tokens[DEMO_TREASURER], EXIT_DONE, words);
		const json_t *counts = json_object_get(told, "counts");
		int64_t lines = (int64_t)json_array_size(json_object_get(told, "lines"));
		call_expect(demo, lines > 0 && call_number(counts, "APPLIED") == lines,
			    "of %lld payments in %s not all were taken", (long long)lines, path);
		if (i == 0)
			printf("  %s: %lld payments, %lld,%02lld euro\n", names[month][payer],
			       (long long)lines, (long long)(paid.raw / 100),	 /* raw: told */
			       (long long)(paid.raw % 100)); /* raw: as above */
		json_decref(told);
	}
}

void payments_pay(struct demo *demo, enum demo_month month)
{
	for (uint32_t i = 0; i < DEMO_PAYERS; i++)
		pay_file(demo, month, (enum demo_payer)i);
}

/* ---- What was paid by mistake ---- */

/* The first record that was paid, of which the person owes a part, of a title with others. */
static struct demo_visit *mistake_of(struct demo_world *world)
{
	for (uint32_t i = 1; i < world->visit_count; i++) {
		struct demo_visit *visit = &world->visits[i];
		if (visit->counts && visit[-1].counts && visit[-1].title == visit->title &&
		    world->titles[visit->title].kind == DEMO_TITLE_PLAIN &&
		    sums_provider_vat(world, &world->titles[visit->title]) > 0 &&
		    sums_copay(world, visit) > 0)
			return visit;
	}
	ASSERT(false);
	return NULL;
}

static void check_recovery(struct demo *demo, const struct demo_visit *visit)
{
	call_as(demo, demo->tokens[DEMO_AUDITOR]);
	json_t *items = call_list(demo, "/v1/recoveries");
	const json_t *recovery = json_array_get(items, 0);
	call_expect(demo,
		    json_array_size(items) == 1 &&
			call_number(recovery, "amount_cents") == demo->recovered.gross &&
			call_number(recovery, "net_cents") == demo->recovered.net &&
			strcmp(call_text(recovery, "redemption"), visit->redemption) == 0 &&
			strcmp(call_text(recovery, "state"), "OPEN") == 0,
		    "%zu recoveries, the first of %lld cents", json_array_size(items),
		    (long long)call_number(recovery, "amount_cents"));
	json_decref(items);
}

/* The visit leaves the sums of its comune and of its person, not those of the paid statement. */
static void note_recovery(struct demo *demo, struct demo_visit *visit)
{
	const struct demo_title *title = &demo->world->titles[visit->title];
	struct worth worth = sums_worth(&demo->world->services[title->service], visit->units,
					sums_provider_vat(demo->world, title));
	demo->recovered.net = worth.net.raw;	 /* raw: the check's */
	demo->recovered.gross = worth.gross.raw; /* raw: as above */
	demo->recovered.comune = title->comune;
	demo->recovered.fund = title->fund;
	sums_take_back(demo->world, visit);
}

void payments_reverse(struct demo *demo)
{
	struct demo_visit *visit = mistake_of(demo->world);
	char path[128];
	snprintf(path, sizeof(path), "/v1/redemptions/%s:reverse", visit->redemption);
	call_as(demo, demo->tokens[DEMO_MANAGER]);
	json_t *asked =
	    call_post(demo, path, json_pack("{s:s}", "reason", "SERVICE_NOT_DELIVERED"), RESULT_OK);
	if (!call_expect(demo, asked != NULL && call_outcome(asked) == RESULT_APPROVAL_PENDING,
			 "one person alone reversed what is paid")) {
		json_decref(asked);
		return;
	}
	snprintf(path, sizeof(path), "/v1/approvals/%s:grant", call_text(asked, "approval"));
	call_do(demo, path, json_object(), RESULT_FOUR_EYES_REQUIRED);
	call_as(demo, demo->tokens[DEMO_CAPOFILA]);
	call_do(demo, path, json_object(), RESULT_OK);
	json_decref(asked);
	note_recovery(demo, visit);
	check_recovery(demo, visit);
	bills_again(demo, visit->title);
	printf("  %lld,%02lld euro to be had back from %s\n",
	       (long long)(demo->recovered.gross / 100), (long long)(demo->recovered.gross % 100),
	       demo->world->providers[demo->world->titles[visit->title].provider].code);
}

void payments_read_books(struct demo *demo)
{
	demo->statements = settle_statements(demo, DEMO_OCTOBER);
	json_t *next = settle_statements(demo, DEMO_NOVEMBER);
	json_array_extend(demo->statements, next);
	json_decref(next);
	demo->balances = call_list(demo, "/v1/reports/balances");
	demo->events = call_list(demo, "/v1/events");
}
