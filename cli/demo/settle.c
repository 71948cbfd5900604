/* A month's settlement: freeze, confirm, attest, invoice, approve, export. */
#include "cli/demo/steps.h"
#include "cli/import_invoice.h"
#include "cli/progress.h"
#include "connectors/intake/invoice.h"
#include "engine/base/assert.h"

#include <stdio.h>
#include <string.h>

json_t *settle_statements(struct demo *demo, enum demo_month month)
{
	char path[64];
	snprintf(path, sizeof(path), "/v1/statements?month=%s", demo_months[month]);
	call_as(demo, demo->tokens[DEMO_AUDITOR]);
	return call_list(demo, path);
}

static json_t *line_of(const json_t *statement)
{
	const char *id = call_text(statement, "id");
	return json_pack("{s:s, s:s}", "id", id, "statement", id);
}

/* Before the day of the freeze nothing is frozen. */
void settle_too_early(struct demo *demo)
{
	json_t *statements = settle_statements(demo, DEMO_OCTOBER);
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

/* One file through the same intake as `titoli import invoice`; what it says of its one invoice. */
static json_t *take_invoice(struct demo *demo, const char *path, const char *day,
			    enum result expected)
{
	char sdi[16];
	struct buffer bytes = {NULL, 0, 0};
	json_t *report = NULL;
	const struct intake_invoice_options options = {.received = day, .sdi_id = sdi};
	snprintf(sdi, sizeof(sdi), "90%09u", ++demo->sdi_number);
	if (!call_expect(demo, buffer_read_file(&bytes, path), "cannot read %s", path))
		return NULL;
	call_as(demo, demo->tokens[DEMO_FINANCE]);
	struct intake intake = import_intake(demo->session);
	enum result result =
	    intake_invoice_file(&intake, path, buffer_slice(&bytes), &options, &report);
	call_expect(demo, result == expected, "%s: %s instead of %s", path, result_code(result),
		    result_code(expected));
	json_t *invoice = json_incref(json_array_get(json_object_get(report, "invoices"), 0));
	json_decref(report);
	intake_free(&intake);
	buffer_free(&bytes);
	return invoice;
}

/* A provider asks for a cent too much: the title and the cent are told, nothing is matched. */
static void refuse_wrong_invoice(struct demo *demo, const json_t *statement, const char *day)
{
	char path[SETTING_SIZE_MAX];
	if (!invoices_write(demo, statement, true, path))
		return;
	json_t *invoice = take_invoice(demo, path, day, RESULT_INVOICE_MISMATCH);
	const json_t *line = json_array_get(json_object_get(invoice, "lines"), 0);
	int64_t found = call_number(line, "found_cents");
	int64_t expected = call_number(line, "expected_cents");
	call_expect(demo, json_array_size(json_object_get(invoice, "lines")) == 1 &&
			      found == expected + 1,
		    "the wrong invoice differs by %lld cents on %zu titles",
		    (long long)(found - expected),
		    json_array_size(json_object_get(invoice, "lines")));
	printf("  an invoice does not match: voucher %s, %lld,%02lld instead of %lld,%02lld (%s)\n",
	       call_text(line, "voucher"), (long long)(found / 100), (long long)(found % 100),
	       (long long)(expected / 100), (long long)(expected % 100), call_text(line, "why"));
	json_decref(invoice);
}

/* What the office of the lead body types in from the e-invoices that it received elsewhere. */
static void type_invoice(struct demo *demo, struct buffer *lines, const json_t *statement,
			 const char *day)
{
	char number[24];
	json_int_t vat = call_number(statement, "vat_cents");
	const char *id = call_text(statement, "id");
	snprintf(number, sizeof(number), "2026/%.10s", id);
	call_line(lines,
		  json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:b}", "id", id, "statement", id,
			    "invoice_number", number, "invoice_date", day, "net_cents",
			    (json_int_t)call_number(statement, "net_cents"), "vat_cents", vat,
			    "cig", invoices_issuer(demo, statement)->cig, "split_payment",
			    vat > 0));
}

/* The e-invoices to the comune that pays alone come in as files, of which the first is wrong at
 * first; those to the lead body in one list. */
static void match_invoices(struct demo *demo, const json_t *statements, enum demo_month month)
{
	static const char *const days[DEMO_MONTHS] = {"2026-11-12", "2026-12-12"};
	struct buffer typed = {NULL, 0, 0};
	uint32_t files = 0;
	size_t at;
	json_t *statement;
	json_array_foreach((json_t *)(uintptr_t)statements, at, statement)
	{
		char path[SETTING_SIZE_MAX];
		if (call_text(statement, "payer")[0] == '\0') {
			type_invoice(demo, &typed, statement, days[month]);
			continue;
		}
		if (files++ == 0 && month == DEMO_OCTOBER)
			refuse_wrong_invoice(demo, statement, days[month]);
		if (invoices_write(demo, statement, false, path))
			json_decref(take_invoice(demo, path, days[month], RESULT_OK));
	}
	printf("  %u e-invoices taken in from their files\n", files);
	struct call_batch batch = {.command = COMMAND_KIND_STATEMENT_MATCH_INVOICE,
				   .label = "invoices matched"};
	call_as(demo, demo->tokens[DEMO_FINANCE]);
	call_batch_ok(demo, &batch, &typed);
	buffer_free(&typed);
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

void settle_month(struct demo *demo, enum demo_month month)
{
	json_t *open = settle_statements(demo, month);
	call_expect(demo, json_array_size(open) > 0, "no statement is open");
	call_as(demo, demo->tokens[DEMO_OFFICER]);
	all_at_once(demo, COMMAND_KIND_STATEMENT_FREEZE, "statements frozen", open);
	json_decref(open);
	json_t *frozen = settle_statements(demo, month);
	confirm(demo, frozen);
	attest(demo, frozen);
	if (json_array_size(frozen) > 0)
		match_invoices(demo, frozen, month);
	approve(demo, frozen);
	json_decref(frozen);
}

/* ---- Files ---- */

/* Who pays, how, and to which files: the comune by OPI, the lead body by pain.001, in the version
 * of its bank, which takes the older one in November. */
static const struct {
	const char *body;
	const char *format;
	const char *suffix;
} ways[DEMO_MONTHS][DEMO_PAYERS] = {
    {{DEMO_LEAD_BODY, "PAIN001_09", ".pain001.09.xml"}, {DEMO_OWN_BODY, "OPI", ".opi.xml"}},
    {{DEMO_LEAD_BODY, "PAIN001_03", ".pain001.03.xml"}, {DEMO_OWN_BODY, "OPI", ".opi.xml"}},
};

/* Among the files of an export the one with this end. */
static void find_file(struct demo *demo, const json_t *told, const char *folder,
		      const char *suffix, char ret_path[SETTING_SIZE_MAX])
{
	size_t at;
	json_t *file;
	ret_path[0] = '\0';
	json_array_foreach(json_object_get(told, "files"), at, file)
	{
		const char *name = json_string_value(file);
		const char *end = name == NULL ? NULL : strstr(name, suffix);
		if (end != NULL && strlen(end) == strlen(suffix))
			snprintf(ret_path, SETTING_SIZE_MAX, "%.700s/%.200s", folder, name);
	}
	call_expect(demo, ret_path[0] != '\0', "no file *%s was made", suffix);
}

static void same_again(struct demo *demo, const json_t *told)
{
	char folder[SETTING_SIZE_MAX];
	snprintf(folder, sizeof(folder), "%.900s/export-again", demo->folder);
	json_t *again = command_run(demo, demo->tokens[DEMO_FINANCE], EXIT_DONE,
				    (const char *const[]){"export", "again",
							  call_text(told, "export"), "--out",
							  folder, NULL});
	call_expect(demo,
		    call_text(told, "manifest_hash")[0] != '\0' &&
			strcmp(call_text(told, "manifest_hash"),
			       call_text(again, "manifest_hash")) == 0,
		    "exporting %s again gives other bytes", call_text(told, "export"));
	json_decref(again);
}

void settle_export(struct demo *demo, enum demo_month month)
{
	char folder[SETTING_SIZE_MAX];
	snprintf(folder, sizeof(folder), "%.900s/export", demo->folder);
	for (uint32_t i = 0; i < DEMO_PAYERS; i++) {
		const char *const words[] = {"export",	"make",		   "--month",
					     demo_months[month], "--payer", ways[month][i].body,
					     "--format", ways[month][i].format, "--out", folder,
					     NULL};
		json_t *told = command_run(demo, demo->tokens[DEMO_FINANCE], EXIT_DONE, words);
		demo->files_net += call_number(told, "net_cents");
		demo->files_vat += call_number(told, "vat_cents");
		printf("  %s: %lld payments, %lld,%02lld euro, by %s\n", ways[month][i].body,
		       (long long)call_number(told, "payments"),
		       (long long)(call_number(told, "payable_cents") / 100),
		       (long long)(call_number(told, "payable_cents") % 100),
		       ways[month][i].format);
		find_file(demo, told, folder, ways[month][i].suffix, demo->files[month][i]);
		snprintf(demo->exports[month][i], DEMO_ID_SIZE, "%s", call_text(told, "export"));
		same_again(demo, told);
		json_decref(told);
	}
}
