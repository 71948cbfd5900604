/* The month's settlement: freeze, confirm, attest, invoice, approve, export. */
#include "cli/demo/steps.h"
#include "cli/export.h"
#include "cli/progress.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define STATEMENTS_PATH "/v1/statements?month=" DEMO_MONTH

static json_t *statements_now(struct demo *demo)
{
	call_as(demo, demo->tokens[DEMO_AUDITOR]);
	return call_list(demo, STATEMENTS_PATH);
}

static json_t *line_of(const json_t *statement)
{
	const char *id = call_text(statement, "id");
	return json_pack("{s:s, s:s}", "id", id, "statement", id);
}

/* Before the day of the freeze nothing is frozen. */
void settle_too_early(struct demo *demo)
{
	json_t *statements = statements_now(demo);
	char path[128];
	snprintf(path, sizeof(path), "/v1/statements/%s:freeze",
		 call_text(json_array_get(statements, 0), "id"));
	call_as(demo, demo->tokens[DEMO_OFFICER]);
	if (json_array_size(statements) > 0)
		call_do(demo, path, json_object(), RESULT_STATEMENT_TOO_EARLY);
	json_decref(statements);
}

static void all_at_once(struct demo *demo, uint8_t command, const char *label,
			const json_t *statements)
{
	struct buffer lines = {NULL, 0, 0};
	size_t at;
	json_t *statement;
	json_array_foreach((json_t *)(uintptr_t)statements, at, statement)
	    call_line(&lines, line_of(statement));
	struct call_batch batch = {.command = command, .label = label};
	call_batch_ok(demo, &batch, &lines);
	buffer_free(&lines);
}

/* Each provider confirms its own. */
static void confirm(struct demo *demo, const json_t *statements)
{
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++) {
		const struct demo_provider *provider = &demo->world->providers[i];
		json_t *own = json_array();
		size_t at;
		json_t *statement;
		json_array_foreach((json_t *)(uintptr_t)statements, at, statement)
		{
			if (strcmp(call_text(statement, "provider"), provider->code) == 0)
				json_array_append(own, statement);
		}
		call_as(demo, provider->token);
		all_at_once(demo, COMMAND_KIND_STATEMENT_CONFIRM, NULL, own);
		json_decref(own);
	}
}

/* Which statements have lines of which comune: {istat: [statement …]}. */
static json_t *statements_by_comune(struct demo *demo, const json_t *statements)
{
	json_t *by_comune = json_object();
	size_t at;
	json_t *statement;
	call_as(demo, demo->tokens[DEMO_AUDITOR]);
	json_array_foreach((json_t *)(uintptr_t)statements, at, statement)
	{
		char path[128];
		snprintf(path, sizeof(path), "/v1/statements/%s/lines", call_text(statement, "id"));
		json_t *lines = call_list(demo, path);
		size_t n;
		json_t *line;
		json_array_foreach(lines, n, line)
		{
			const char *istat = call_text(line, "comune");
			json_t *known = json_object_get(by_comune, istat);
			if (known == NULL) {
				json_object_set_new(by_comune, istat, json_array());
				known = json_object_get(by_comune, istat);
			}
			size_t count = json_array_size(known);
			if (count == 0 || json_array_get(known, count - 1) != statement)
				json_array_append(known, statement);
		}
		json_decref(lines);
	}
	return by_comune;
}

/* Each comune attests its own lines, statement by statement, with its own token. */
static void attest(struct demo *demo, const json_t *statements)
{
	json_t *by_comune = statements_by_comune(demo, statements);
	for (uint32_t i = 0; i < demo->world->comune_count; i++) {
		call_as(demo, demo->world->comuni[i].token);
		all_at_once(demo, COMMAND_KIND_STATEMENT_ATTEST, NULL,
			    json_object_get(by_comune, demo->world->comuni[i].istat));
	}
	json_decref(by_comune);
}

static const struct demo_provider *provider_of(const struct demo *demo, const json_t *statement)
{
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++)
		if (strcmp(demo->world->providers[i].code, call_text(statement, "provider")) == 0)
			return &demo->world->providers[i];
	ASSERT(false);
	return NULL;
}

static json_t *invoice_of(const struct demo *demo, const json_t *statement, json_int_t net)
{
	char number[24];
	snprintf(number, sizeof(number), "2026/%.10s", call_text(statement, "id"));
	return json_pack("{s:s, s:s, s:I, s:I, s:s, s:b}", "invoice_number", number, "invoice_date",
			 "2026-11-12", "net_cents", net, "vat_cents",
			 (json_int_t)call_number(statement, "vat_cents"), "cig",
			 provider_of(demo, statement)->cig, "split_payment",
			 call_number(statement, "vat_cents") > 0);
}

/* The first invoice is a cent off and is refused; then all of them match. */
static void match_invoices(struct demo *demo, const json_t *statements)
{
	struct buffer lines = {NULL, 0, 0};
	char path[128];
	size_t at;
	json_t *statement;
	const json_t *first = json_array_get(statements, 0);
	snprintf(path, sizeof(path), "/v1/statements/%s:match-invoice", call_text(first, "id"));
	call_as(demo, demo->tokens[DEMO_FINANCE]);
	call_do(demo, path, invoice_of(demo, first, call_number(first, "net_cents") + 1),
		RESULT_INVOICE_MISMATCH);
	json_array_foreach((json_t *)(uintptr_t)statements, at, statement)
	{
		json_t *line = line_of(statement);
		json_t *invoice = invoice_of(demo, statement, call_number(statement, "net_cents"));
		json_object_update(line, invoice);
		json_decref(invoice);
		call_line(&lines, line);
	}
	struct call_batch batch = {.command = COMMAND_KIND_STATEMENT_MATCH_INVOICE,
				   .label = "invoices matched"};
	call_batch_ok(demo, &batch, &lines);
	buffer_free(&lines);
}

static void approve(struct demo *demo, const json_t *statements)
{
	struct buffer lines = {NULL, 0, 0};
	size_t at;
	json_t *statement;
	json_array_foreach((json_t *)(uintptr_t)statements, at, statement)
	{
		json_t *line = line_of(statement);
		json_object_set_new(line, "act", json_string("DT 500/2026"));
		json_object_set_new(line, "durc_valid_to", json_string("2027-02-28"));
		call_line(&lines, line);
	}
	struct call_batch batch = {.command = COMMAND_KIND_STATEMENT_APPROVE,
				   .label = "settlements approved"};
	call_as(demo, demo->tokens[DEMO_MANAGER]);
	call_batch_ok(demo, &batch, &lines);
	buffer_free(&lines);
}

void settle_month(struct demo *demo)
{
	json_t *open = statements_now(demo);
	call_expect(demo, json_array_size(open) > 0, "no statement is open");
	call_as(demo, demo->tokens[DEMO_OFFICER]);
	all_at_once(demo, COMMAND_KIND_STATEMENT_FREEZE, "statements frozen", open);
	json_decref(open);
	json_t *frozen = statements_now(demo);
	confirm(demo, frozen);
	attest(demo, frozen);
	if (json_array_size(frozen) > 0)
		match_invoices(demo, frozen);
	approve(demo, frozen);
	json_decref(frozen);
}

/* ---- Files ---- */

/* The nth cell of an RFC 4180 row, unquoted, as an amount with a point. */
static int64_t amount_in(const char *row, uint32_t n)
{
	char text[64];
	uint32_t size = 0;
	bool is_quoted = false;
	struct cents amount = cents_zero();
	for (; *row != '\0' && *row != '\r' && *row != '\n'; row++) {
		if (*row == '"')
			is_quoted = !is_quoted;
		else if (*row == ',' && !is_quoted && n-- == 0)
			break;
		else if (n == 0 && !(*row == ',' && !is_quoted) && size < sizeof(text))
			text[size++] = *row;
	}
	bool good = text_parse_cents((struct slice){text, size}, &amount);
	return good ? amount.raw : -1; /* raw: sums of the check */
}

/* Reads a delivered file back and adds up what it tells the accounts. */
static void add_file(struct demo *demo, const char *folder, const char *name)
{
	char path[SETTING_SIZE_MAX];
	struct buffer text = {NULL, 0, 0};
	snprintf(path, sizeof(path), "%.700s/%.200s", folder, name);
	bool good = buffer_read_file(&text, path);
	const char *at = strchr(buffer_string(&text), '\n');
	for (; good && at != NULL && at[1] != '\0'; at = strchr(at, '\n')) {
		at++;
		int64_t net = amount_in(at, 34);
		int64_t vat = amount_in(at, 35);
		good = net >= 0 && vat >= 0;
		demo->files_net += net;
		demo->files_vat += vat;
	}
	call_expect(demo, good, "%s cannot be read back", path);
	buffer_free(&text);
}

void settle_export(struct demo *demo)
{
	char folder[SETTING_SIZE_MAX];
	struct progress progress;
	size_t at;
	json_t *statement;
	snprintf(folder, sizeof(folder), "%.900s/export", demo->folder);
	demo->statements = statements_now(demo);
	progress_begin(&progress, "statements exported", json_array_size(demo->statements),
		       demo->session->is_quiet);
	call_as(demo, demo->tokens[DEMO_FINANCE]);
	json_array_foreach(demo->statements, at, statement)
	{
		struct liquidation_delivery delivery;
		struct liquidation_delivery again;
		const char *id = call_text(statement, "id");
		int code = export_statement(demo->session, id, folder, true, &delivery);
		if (!call_expect(demo, code == EXIT_DONE, "export of %s: %d", id, code))
			continue;
		add_file(demo, folder, delivery.names[1]);
		code = export_statement(demo->session, id, folder, false, &again);
		call_expect(demo,
			    code == EXIT_DONE &&
				strcmp(delivery.manifest_hash, again.manifest_hash) == 0,
			    "exporting %s again gives other bytes", id);
		progress_set(&progress, at + 1);
	}
	progress_end(&progress);
}
