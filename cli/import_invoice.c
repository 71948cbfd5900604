/* E-invoices from files: see import_invoice.h. */
#include "cli/import_invoice.h"

#include "cli/show.h"
#include "connectors/intake/invoice.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"
#include "engine/base/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *get(void *context, const char *path)
{
	json_t *body = NULL;
	return session_get(context, path, &body) == EXIT_DONE ? body : NULL;
}

static enum result post(void *context, const char *path, const json_t *body, json_t **ret_answer)
{
	struct session *session = context;
	char key[CLIENT_KEY_SIZE];
	char *text = json_dumps(body, JSON_COMPACT);
	client_draw_key(key);
	if (text == NULL)
		return RESULT_OUT_OF_MEMORY;
	struct client_request request = {.method = "POST",
					 .path = path,
					 .media = "application/json",
					 .key = key,
					 .body = slice_from_text(text)};
	struct client_answer answer;
	enum result result = client_send(&session->client, &request, &answer);
	if (result != RESULT_OK) {
		int code = session_fault(session, result);
		ASSERT(code != EXIT_DONE);
	} else {
		*ret_answer = client_json(&answer);
		result = client_result(&answer);
	}
	client_answer_free(&answer);
	free(text);
	return result;
}

/* Reads follow the ledger at a short distance: what is read must be as new as this run. */
static void catch_up(struct session *session)
{
	json_t *status = NULL;
	if (session_get(session, "/status", &status) == EXIT_DONE) {
		uint64_t sequence = (uint64_t)intake_number(status, "ledger_seq");
		if (sequence > session->client.sequence)
			session->client.sequence = sequence;
	}
	json_decref(status);
}

struct intake import_intake(struct session *session)
{
	catch_up(session);
	return (struct intake){
	    .get = get, .post = post, .context = session, .is_dry = session->is_dry};
}

/* ---- What was done, in words ---- */

static const char *amount(const json_t *object, const char *name, char ret_text[32])
{
	uint32_t size = text_format_cents_italian(intake_cents(object, name), ret_text);
	ret_text[size] = '\0';
	return ret_text;
}

static void print_findings(const json_t *report)
{
	size_t at;
	json_t *finding;
	char amounts[2][32];
	json_array_foreach(json_object_get(report, "findings"), at, finding)
	{
		printf("    SdI %s: %s", intake_text(finding, "code"),
		       intake_text(finding, "text"));
		if (json_object_get(finding, "line") != NULL)
			printf(", line %lld", (long long)intake_number(finding, "line"));
		if (json_object_get(finding, "about") != NULL)
			printf(", «%s»", intake_text(finding, "about"));
		if (json_object_get(finding, "expected_cents") != NULL)
			printf(": %s instead of %s", amount(finding, "found_cents", amounts[0]),
			       amount(finding, "expected_cents", amounts[1]));
		if (json_object_get(finding, "file_line") != NULL)
			printf(" (line %lld of the file)",
			       (long long)intake_number(finding, "file_line"));
		puts("");
	}
}

static void print_differences(const json_t *invoice)
{
	size_t at;
	json_t *one;
	char amounts[2][32];
	json_array_foreach(json_object_get(invoice, "differences"), at, one)
		printf("    %s: %s\n", intake_text(one, "what"), intake_text(one, "text"));
	json_array_foreach(json_object_get(invoice, "lines"), at, one)
	{
		printf("    voucher %s: %s on the invoice, %s on the statement; %s\n",
		       intake_text(one, "voucher"), amount(one, "found_cents", amounts[0]),
		       amount(one, "expected_cents", amounts[1]), intake_text(one, "why"));
	}
	json_array_foreach(json_object_get(invoice, "candidates"), at, one)
		printf("    may be %s: %s, %s, net %s, VAT %s\n", intake_text(one, "statement"),
		       intake_text(one, "month"), intake_text(one, "state"),
		       amount(one, "net_cents", amounts[0]), amount(one, "vat_cents", amounts[1]));
}

static void print_invoice(const json_t *invoice)
{
	char amounts[2][32];
	const char *state = intake_text(invoice, "state");
	const char *statement = intake_text(invoice, "statement");
	printf("  %s %s of %s, net %s, VAT %s: %s", intake_text(invoice, "document"),
	       intake_text(invoice, "number"), intake_text(invoice, "date"),
	       amount(invoice, "net_cents", amounts[0]), amount(invoice, "vat_cents", amounts[1]),
	       state[0] == '\0' ? intake_text(invoice, "result") : state);
	if (intake_text(invoice, "invoice")[0] != '\0')
		printf(" (%s)", intake_text(invoice, "invoice"));
	if (statement[0] != '\0')
		printf(", statement %s", statement);
	puts("");
	if (intake_text(invoice, "done")[0] != '\0')
		printf("    %s\n", intake_text(invoice, "done"));
	if (intake_text(invoice, "detail")[0] != '\0')
		printf("    %s: %s [%s] %s\n", intake_text(invoice, "act"),
		       intake_text(invoice, "detail"), intake_text(invoice, "result"),
		       intake_text(invoice, "field"));
	print_findings(invoice);
	print_differences(invoice);
	const json_t *refusal = json_object_get(invoice, "refusal");
	if (refusal != NULL)
		printf("    to be sent to the SdI: %s, number %s of %lld\n",
		       intake_text(refusal, "esito"), intake_text(refusal, "numero_fattura"),
		       (long long)intake_number(refusal, "anno_fattura"));
}

static void print_file(const struct session *session, const json_t *report)
{
	size_t at;
	json_t *invoice;
	const char *fault = intake_text(report, "fault");
	if (fault[0] != '\0')
		fprintf(stderr, "titoli: %s: %s [%s]\n", intake_text(report, "file"), fault,
			intake_text(report, "result"));
	if (session->is_quiet)
		return;
	printf("%s%s\n", intake_text(report, "file"),
	       session->is_dry ? " (dry run: nothing is recorded)" : "");
	print_findings(report);
	json_array_foreach(json_object_get(report, "invoices"), at, invoice)
		print_invoice(invoice);
}

/* ---- The command ---- */

static bool take_options(struct session *session, struct intake_invoice_options *options)
{
	struct arguments *arguments = &session->arguments;
	struct day day;
	options->authorities = arguments_flag(arguments, "verify");
	options->is_unwrapped = arguments_has(arguments, "unwrap");
	options->sdi_id = arguments_flag(arguments, "sdi-id");
	options->received = arguments_flag(arguments, "received");
	options->tag = arguments_flag(arguments, "tag");
	options->statement = arguments_flag(arguments, "statement");
	options->is_refused = arguments_has(arguments, "refuse");
	if (options->authorities != NULL && options->is_unwrapped)
		session_usage("--verify and --unwrap exclude each other");
	else if (options->received != NULL &&
		 !day_parse(slice_from_text(options->received), &day))
		session_usage("--received is a day, as in 2026-05-14");
	else
		return session_flags_used(session);
	return false;
}

static int take_file(struct intake *intake, struct session *session, const char *file,
		     const struct intake_invoice_options *options, json_t *reports)
{
	struct buffer bytes = {NULL, 0, 0};
	json_t *report = NULL;
	if (!buffer_read_file(&bytes, file))
		return session_usage("cannot read %s: %s", file, strerrordesc_np(errno));
	enum result result =
	    intake_invoice_file(intake, file, buffer_slice(&bytes), options, &report);
	if (!session->is_json)
		print_file(session, report);
	json_array_append_new(reports, report);
	buffer_free(&bytes);
	return result_info(result)->exit;
}

int import_invoice(struct session *session)
{
	struct intake_invoice_options options;
	const char *file = arguments_word(&session->arguments);
	if (file == NULL)
		return session_usage("titoli import invoice FILE... [--verify CERTIFICATES | "
				     "--unwrap] [--sdi-id ID] [--received DAY] [--statement S] "
				     "[--refuse]");
	if (!take_options(session, &options))
		return EXIT_USAGE;
	struct intake intake = import_intake(session);
	json_t *reports = json_array();
	int code = EXIT_DONE;
	for (; file != NULL; file = arguments_word(&session->arguments)) {
		int one = take_file(&intake, session, file, &options, reports);
		code = code == EXIT_DONE ? one : code;
	}
	if (session->is_json)
		session_print_json(reports);
	json_decref(reports);
	intake_free(&intake);
	return code;
}
