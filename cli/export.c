/* Exports: see export.h. */
#include "cli/export.h"

#include "cli/copay.h"
#include "cli/preserve.h"
#include "cli/export_siuss.h"
#include "cli/export_batch.h"
#include "cli/show.h"
#include "cli/table.h"
#include "engine/base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER_DEFAULT "."

json_t *export_fetch(void *context, const char *path)
{
	json_t *body = NULL;
	return session_get(context, path, &body) == EXIT_DONE ? body : NULL;
}

/* Tells the ledger what was exported. */
static int record(struct session *session, const char *statement, const char *hash)
{
	char key[CLIENT_KEY_SIZE];
	char path[128];
	char body[128];
	client_draw_key(key);
	snprintf(path, sizeof(path), "/v1/statements/%.64s:export", statement);
	snprintf(body, sizeof(body), "{\"manifest_hash\":\"%s\"}", hash);
	struct client_request request = {.method = "POST",
					 .path = path,
					 .media = "application/json",
					 .key = key,
					 .body = slice_from_text(body)};
	struct client_answer answer;
	enum result result = client_send(&session->client, &request, &answer);
	int code = EXIT_DONE;
	if (result != RESULT_OK)
		code = session_fault(session, result);
	else if (client_result(&answer) != RESULT_OK)
		code = session_problem(session, &answer);
	client_answer_free(&answer);
	return code;
}

int export_statement(struct session *session, const char *statement, const char *folder,
		     bool is_recorded, struct liquidation_delivery *ret_delivery)
{
	ASSERT(session != NULL && statement != NULL && folder != NULL);
	struct liquidation_source source = {.fetch = export_fetch,
					    .context = session,
					    .profiles = session->settings.values[SETTING_PROFILES]};
	struct liquidation_batch batch;
	enum result result = liquidation_read(&source, statement, &batch);
	if (result == RESULT_OK)
		result = liquidation_deliver(&source, &batch, folder, ret_delivery);
	int code = result_info(result)->exit;
	if (result != RESULT_OK)
		session_usage("%s (%s)", source.fault,
			      result_info(result)->title[RESULT_LANGUAGE_EN]);
	else if (is_recorded)
		code = record(session, statement, ret_delivery->manifest_hash);
	liquidation_batch_free(&batch);
	liquidation_source_free(&source);
	return code;
}

static void print_delivery(const struct session *session, const char *statement,
			   const struct liquidation_delivery *delivery)
{
	/* raw: JSON carries whole cents */
	json_t *told =
	    json_pack("{s:s, s:I, s:I, s:I, s:I, s:[s, s], s:s, s:s}", "statement", statement,
		      "rows", (json_int_t)delivery->totals.rows, "net_cents",
		      (json_int_t)delivery->totals.net.raw /* raw: JSON */, "vat_cents",
		      (json_int_t)delivery->totals.vat.raw /* raw: JSON */, "payable_cents",
		      (json_int_t)delivery->totals.payable.raw /* raw: JSON */, "files",
		      delivery->names[0], delivery->names[1], "manifest", delivery->manifest_name,
		      "manifest_hash", delivery->manifest_hash);
	if (session->is_json)
		session_print_json(told);
	else
		table_print_object(told, stdout);
	json_decref(told);
}

/* Every approved statement of the filters. */
static int export_many(struct session *session, const char *query, const char *folder,
		       bool is_recorded)
{
	struct buffer path = {NULL, 0, 0};
	json_t *statements = NULL;
	buffer_format(&path, "/v1/statements?state=APPROVED%s", query);
	int code = show_fetch_all(session, buffer_string(&path), UINT32_MAX, &statements);
	size_t at;
	json_t *statement;
	json_array_foreach(statements, at, statement)
	{
		struct liquidation_delivery delivery;
		const char *id = json_string_value(json_object_get(statement, "id"));
		if (code == EXIT_DONE && id != NULL) {
			code = export_statement(session, id, folder, is_recorded, &delivery);
			if (code == EXIT_DONE)
				print_delivery(session, id, &delivery);
		}
	}
	if (code == EXIT_DONE && json_array_size(statements) == 0)
		fputs("titoli: no approved statement\n", stderr);
	json_decref(statements);
	buffer_free(&path);
	return code;
}

static void add_filter(struct buffer *query, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buffer_format(query, "&%s=", name);
	client_escape(query, value);
}

int export_run(struct session *session)
{
	struct arguments *arguments = &session->arguments;
	const char *what = arguments_word(arguments);
	if (what != NULL && strcmp(what, "copay-positions") == 0)
		return copay_export(session);
	if (what != NULL && strcmp(what, "preserve") == 0)
		return preserve_export(session);
	if (what != NULL && strcmp(what, "siuss") == 0)
		return export_siuss_run(session);
	uint32_t next_word = arguments->next_word;
	int batch = what == NULL ? -1 : export_batch_run(session, what);
	if (batch != -1)
		return batch;
	if (what != NULL && strcmp(what, "liquidation") != 0) { /* acts on exports, lists */
		arguments->next_word = next_word - 1;
		return -1;
	}
	const char *statement = arguments_flag(arguments, "statement");
	const char *month = arguments_flag(arguments, "month");
	const char *provider = arguments_flag(arguments, "provider");
	const char *out = arguments_flag(arguments, "out");
	bool is_recorded = arguments_has(arguments, "record");
	const char *folder = out == NULL ? FOLDER_DEFAULT : out;
	if (what == NULL || (statement == NULL && month == NULL))
		return session_usage("titoli export liquidation --statement S | --month M "
				     "[--provider P] --out DIR [--record]");
	if (!session_flags_used(session))
		return EXIT_USAGE;
	struct liquidation_delivery delivery;
	if (statement != NULL) {
		int code = export_statement(session, statement, folder, is_recorded, &delivery);
		if (code == EXIT_DONE)
			print_delivery(session, statement, &delivery);
		return code;
	}
	struct buffer query = {NULL, 0, 0};
	add_filter(&query, "month", month);
	add_filter(&query, "provider", provider);
	int code = export_many(session, buffer_string(&query), folder, is_recorded);
	buffer_free(&query);
	return code;
}
