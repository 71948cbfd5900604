/* Exports from the command line: see export_batch.h. */
#include "cli/export_batch.h"

#include "cli/courier.h"
#include "cli/export.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/upload.h"
#include "connectors/delivery/folder.h"
#include "connectors/delivery/signature.h"
#include "connectors/format/table_read.h"
#include "connectors/liquidation/render.h"
#include "connectors/profiles/profile_file.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIES_MAX    32u /* readings of an export that others change meanwhile */
#define NOTE	     "sealing"
#define PIECE_LINES  1000u /* payments added by one request */
#define FORMATS_SIZE 512u  /* a list of formats */

/* One run. */
struct run {
	struct session *session;
	struct liquidation_source source;
	struct render render;
	const char *folder;
	const char *month;
	const char *format;
	const char *profile;
	const char *family;
	const char *destination; /* --destination: where the files go; NULL: nowhere */
	struct buffer persons_text;
	void *persons_memory;
	struct persons persons;
	uint32_t made; /* exports whose files were written */
};

static int refuse(enum result result, const char *text)
{
	session_usage("%s (%s)", text, result_info(result)->title[RESULT_LANGUAGE_EN]);
	return result_info(result)->exit;
}

/* ---- Acts ---- */

/* POSTs an act; the answer must be freed. */
static enum result post(struct run *run, const char *path, json_t *body,
			struct client_answer *ret_answer)
{
	char key[CLIENT_KEY_SIZE];
	client_draw_key(key);
	char *text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	struct client_request request = {.method = "POST",
					 .path = path,
					 .media = "application/json",
					 .key = key,
					 .body = slice_from_text(text == NULL ? "" : text)};
	enum result result = client_send(&run->session->client, &request, ret_answer);
	free(text);
	return result == RESULT_OK ? client_result(ret_answer) : result;
}

/* Tells why an act failed. */
static int tell(struct run *run, enum result result, const struct client_answer *answer)
{
	if (answer->status == 0)
		return session_fault(run->session, result);
	return session_problem(run->session, answer);
}

/* Tells all but what another exporter may bring about meanwhile. */
static bool is_passing(enum result result)
{
	return result == RESULT_STATEMENT_IN_EXPORT || result == RESULT_STATEMENT_NOT_OPEN ||
	       result == RESULT_ILLEGAL_TRANSITION || result == RESULT_EXPORT_OTHER_PAYER ||
	       result == RESULT_EXPORT_NOT_OPEN || result == RESULT_EXPORT_FULL;
}

/* Adds a payment; passed over where it is not for this export. */
static int add(struct run *run, const char *export, const char *member, const char *id,
	       enum result *ret_result)
{
	struct client_answer answer = {.status = 0};
	*ret_result = post(run, "/v1/export-items",
			   json_pack("{s:s, s:s}", "export", export, member, id), &answer);
	int code = EXIT_DONE;
	if (*ret_result != RESULT_OK && !is_passing(*ret_result))
		code = tell(run, *ret_result, &answer);
	client_answer_free(&answer);
	return code;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

static bool is_grants(const struct run *run)
{
	return run->family != NULL && strcmp(run->family, "CASH_GRANTS") == 0;
}

static const char *member_of(const struct run *run)
{
	return is_grants(run) ? "cash_grant_payment" : "statement";
}

/* ---- Files ---- */

static int deliver(struct run *run, const char *name, struct slice bytes)
{
	enum result result = folder_deliver(run->folder, name, bytes);
	char text[512];
	if (result == RESULT_OK)
		return EXIT_DONE;
	snprintf(text, sizeof(text), "cannot write %.200s into %.200s", name, run->folder);
	return refuse(result, text);
}

static int sign(struct run *run, const struct render_file *manifest)
{
	const char *key = run->session->settings.values[SETTING_SIGN_KEY];
	char text[SIGNATURE_TEXT_SIZE];
	char name[LIQUIDATION_NAME_SIZE + 8];
	if (key[0] == '\0')
		return EXIT_DONE;
	enum result result =
	    signature_sign(key, (struct slice){manifest->data, manifest->size}, text);
	if (result != RESULT_OK)
		return refuse(result, "the key that signs (sign_key) cannot be used");
	snprintf(name, sizeof(name), "%s.sig", manifest->name);
	return deliver(run, name, (struct slice){text, sizeof(text)});
}

static void print_files(struct run *run, const struct liquidation_batch *batch)
{
	const struct render *render = &run->render;
	json_t *files = json_array();
	for (uint32_t i = 0; i < render->count; i++)
		json_array_append_new(files, json_string(render->files[i].name));
	/* raw: JSON carries whole cents */
	json_t *told = json_pack(
	    "{s:s, s:s, s:i, s:i, s:I, s:I, s:I, s:o, s:s}", "export", batch->export.id, "id",
	    batch->id, "payments", (int)batch->export.item_count, "rows", (int)batch->row_count,
	    "net_cents", (json_int_t)batch->totals.net.raw /* raw: JSON */, "vat_cents",
	    (json_int_t)batch->totals.vat.raw /* raw: JSON */, "payable_cents",
	    (json_int_t)batch->totals.payable.raw /* raw: JSON */, "files", files, "manifest_hash",
	    render->manifest_hash);
	if (run->session->is_json)
		session_print_json(told);
	else
		table_print_object(told, stdout);
	json_decref(told);
	run->made++;
}

/* Files first, manifest after them, signature last: who sees a signature sees all. */
static int write_files(struct run *run, const struct liquidation_batch *batch)
{
	const struct render *render = &run->render;
	enum result result = folder_make(run->folder);
	int code = result == RESULT_OK ? EXIT_DONE : refuse(result, "cannot make the folder");
	for (uint32_t i = 0; i < render->count && code == EXIT_DONE; i++) {
		const struct render_file *file = &render->files[i];
		code = deliver(run, file->name, (struct slice){file->data, file->size});
	}
	if (code == EXIT_DONE)
		code = sign(run, &render->files[render->count - 1]);
	if (code == EXIT_DONE)
		print_files(run, batch);
	return code;
}

/* ---- Reading and rendering ---- */

static int name_persons(struct run *run, struct liquidation_batch *batch)
{
	if (strcmp(batch->export.family, "CASH_GRANTS") != 0)
		return EXIT_DONE;
	if (run->persons.rows == NULL)
		return session_usage("buoni are paid to persons: give their file, --persons FILE");
	if (render_name_persons(batch, &run->persons, run->source.fault))
		return EXIT_DONE;
	return refuse(RESULT_FIELD_INVALID, run->source.fault);
}

/* The batch as the ledger has it now. It must be freed. */
static int read_batch(struct run *run, const char *export, struct liquidation_batch *batch,
		      enum result *ret_result)
{
	*ret_result = liquidation_read_export(&run->source, export, batch);
	if (*ret_result == RESULT_EXPORT_TOTALS_DIFFER)
		return EXIT_DONE; /* somebody is filling it: the caller reads again */
	if (*ret_result != RESULT_OK)
		return refuse(*ret_result, run->source.fault);
	return name_persons(run, batch);
}

/* Its files, in its own format or another. The render must be freed. */
static int render_as(struct run *run, const struct liquidation_batch *batch, const char *format)
{
	enum result result = render_batch(&run->render, batch, format);
	if (result == RESULT_OK && run->render.told[0] != '\0')
		fprintf(stderr, "titoli: %s\n", run->render.told);
	return result == RESULT_OK ? EXIT_DONE : refuse(result, run->render.fault);
}

/* Both. */
static int render(struct run *run, const char *export, struct liquidation_batch *batch,
		  enum result *ret_result)
{
	int code = read_batch(run, export, batch, ret_result);
	return code == EXIT_DONE && *ret_result == RESULT_OK ? render_as(run, batch, NULL) : code;
}

/* ---- The note ---- */

static void note_name(const struct liquidation_batch *batch, char ret_name[LIQUIDATION_NAME_SIZE])
{
	snprintf(ret_name, LIQUIDATION_NAME_SIZE, "%s." NOTE, batch->id);
}

/* This folder waits for the files of an export that is being sealed. */
static int put_note(struct run *run, const struct liquidation_batch *batch)
{
	char name[LIQUIDATION_NAME_SIZE];
	note_name(batch, name);
	enum result result = folder_make(run->folder);
	if (result != RESULT_OK)
		return refuse(result, "cannot make the folder");
	return deliver(run, name, slice_from_text(batch->export.id));
}

static bool has_note(const struct run *run, const struct liquidation_batch *batch)
{
	char name[LIQUIDATION_NAME_SIZE];
	char path[FILE_PATH_SIZE_MAX];
	note_name(batch, name);
	return file_path(run->folder, name, path) && access(path, F_OK) == 0;
}

static void take_note(const struct run *run, const struct liquidation_batch *batch)
{
	char name[LIQUIDATION_NAME_SIZE];
	char path[FILE_PATH_SIZE_MAX];
	note_name(batch, name);
	if (file_path(run->folder, name, path) && unlink(path) != 0 && errno != ENOENT)
		fprintf(stderr, "titoli: %s stays, though its files are there\n", path);
}

/* ---- Sealed exports ---- */

/* The files of a sealed export onto the list of deliveries; the manifest stays here. Again: the
 * same deliveries. */
static int queue_files(struct run *run, const struct liquidation_batch *batch)
{
	const char *names[RENDER_FILES_MAX + 1];
	uint32_t count = 0;
	if (run->destination == NULL)
		return EXIT_DONE;
	for (uint32_t i = 0; i + 1 < run->render.count; i++)
		names[count++] = run->render.files[i].name;
	return courier_queue_names(run->session,
				   &(struct courier_files){.destination = run->destination,
							   .export = batch->export.id,
							   .paths = names,
							   .count = count},
				   run->folder);
}

/* The files of a sealed export, if they are what was sealed. */
static int write_sealed(struct run *run, const struct liquidation_batch *batch)
{
	if (strcmp(batch->export.content_hash, run->render.manifest_hash) != 0)
		return refuse(RESULT_EXPORT_HASH_DIFFERS,
			      "the files are not those that were sealed: another version of "
			      "titoli or of its profiles wrote them; nothing was written");
	int code = write_files(run, batch);
	if (code == EXIT_DONE)
		take_note(run, batch);
	if (code == EXIT_DONE)
		code = queue_files(run, batch);
	return code;
}

/* What was sealed from this folder and did not reach it. */
static int finish_one(struct run *run, const char *export)
{
	struct liquidation_batch batch;
	enum result result = liquidation_read_export(&run->source, export, &batch);
	int code = EXIT_DONE;
	if (result == RESULT_OK && !has_note(run, &batch)) {
		liquidation_batch_free(&batch);
		return EXIT_DONE;
	}
	liquidation_batch_free(&batch);
	code = render(run, export, &batch, &result);
	if (code == EXIT_DONE)
		code = result == RESULT_OK ? write_sealed(run, &batch)
					   : refuse(result, run->source.fault);
	render_free(&run->render);
	liquidation_batch_free(&batch);
	return code;
}

static bool has_any_note(const char *folder)
{
	DIR *open_folder = opendir(folder);
	bool found = false;
	if (open_folder == NULL)
		return false;
	for (struct dirent *entry = readdir(open_folder); entry != NULL && !found;
	     entry = readdir(open_folder)) {
		const char *dot = strrchr(entry->d_name, '.');
		found = dot != NULL && entry->d_name[0] != '.' && strcmp(dot, "." NOTE) == 0;
	}
	(void)closedir(open_folder);
	return found;
}

/* Does its paying body still rest on what was sealed? */
static bool is_in_force(const json_t *export)
{
	static const char *const others[] = {"DRAFT", "CANCELLED", "REPLACED"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(text_of(export, "state"), others[i]) == 0)
			return false;
	return true;
}

static int finish(struct run *run, const char *body)
{
	struct buffer path = {NULL, 0, 0};
	json_t *exports = NULL;
	size_t at;
	json_t *export;
	if (!has_any_note(run->folder))
		return EXIT_DONE;
	buffer_format(&path, "/v1/exports?paying_body=");
	client_escape(&path, body);
	int code = show_fetch_all(run->session, buffer_string(&path), UINT32_MAX, &exports);
	json_array_foreach(exports, at, export)
	{
		if (code == EXIT_DONE && is_in_force(export))
			code = finish_one(run, text_of(export, "id"));
	}
	json_decref(exports);
	buffer_free(&path);
	return code;
}

/* ---- Make ---- */

static int open_export(struct run *run, const char *body, char ret_id[16])
{
	struct client_answer answer = {.status = 0};
	json_t *wanted =
	    json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "paying_body", body, "month", run->month,
		      "family", run->family, "format", run->format, "profile", run->profile);
	enum result result = post(run, "/v1/exports", wanted, &answer);
	json_t *made = result == RESULT_OK ? client_json(&answer) : NULL;
	int code = result == RESULT_OK ? EXIT_DONE : tell(run, result, &answer);
	snprintf(ret_id, 16, "%s", text_of(made, "export"));
	json_decref(made);
	client_answer_free(&answer);
	return code;
}

/* What is approved and its to pay; of buoni, the engine says whose they are. */
static int find_payable(struct run *run, const json_t *body, json_t **ret_ids)
{
	struct buffer path = {NULL, 0, 0};
	json_t *items = NULL;
	size_t at;
	json_t *item;
	buffer_format(&path, "/v1/%s?state=APPROVED&month=",
		      is_grants(run) ? "cash-grant-payments" : "statements");
	client_escape(&path, run->month);
	buffer_format(&path, "&ambito=");
	client_escape(&path, text_of(body, "ambito"));
	int code = show_fetch_all(run->session, buffer_string(&path), UINT32_MAX, &items);
	*ret_ids = json_array();
	json_array_foreach(items, at, item)
	{
		if (is_grants(run) || strcmp(text_of(item, "payer"), text_of(body, "comune")) == 0)
			json_array_append(*ret_ids, json_object_get(item, "id"));
	}
	json_decref(items);
	buffer_free(&path);
	return code;
}

/* What came of adding many. */
struct filling {
	struct run *run;
	bool is_full; /* not all fit */
	int code;
};

static void take_answer(void *context, const json_t *answer, struct slice text)
{
	struct filling *filling = context;
	enum result result = RESULT_BAD_REQUEST;
	if (json_object_get(answer, "result") != NULL || filling->code != EXIT_DONE)
		return;
	if (!result_from_code(slice_from_text(text_of(answer, "code")), &result))
		result = RESULT_BAD_REQUEST;
	filling->is_full |= result == RESULT_EXPORT_FULL;
	if (is_passing(result))
		return;
	struct client_answer problem = {.status =
					    json_integer_value(json_object_get(answer, "status"))};
	buffer_put(&problem.body, text.data, text.size);
	filling->code = session_problem(filling->run->session, &problem);
	client_answer_free(&problem);
}

/* Adds all of these, each for itself, in as few requests as may be; *ret_full: not all fit. */
static int fill(struct run *run, const char *export, const json_t *ids, bool *ret_full)
{
	struct filling filling = {.run = run, .code = EXIT_DONE};
	struct buffer lines = {NULL, 0, 0};
	struct upload_tally tally;
	struct client_answer problem = {.status = 0};
	char key[CLIENT_KEY_SIZE];
	size_t at;
	json_t *id;
	client_draw_key(key);
	json_array_foreach(ids, at, id)
	    buffer_format(&lines, "{\"id\":\"%zu\",\"export\":\"%s\",\"%s\":\"%s\"}\n", at, export,
			  member_of(run), json_string_value(id));
	struct upload upload = {.client = &run->session->client,
				.path = "/v1/export-items:batch",
				.media = "application/x-ndjson",
				.key = key,
				.piece_lines = PIECE_LINES,
				.line = take_answer,
				.context = &filling};
	enum result result = upload_run(&upload, buffer_slice(&lines), &tally, &problem);
	if (result != RESULT_OK)
		filling.code = tell(run, result, &problem);
	*ret_full = filling.is_full;
	client_answer_free(&problem);
	buffer_free(&lines);
	return filling.code;
}

/* Reads every payment anew: its amounts follow; what is no longer approved leaves the draft. */
static int refresh(struct run *run, const char *export)
{
	struct buffer path = {NULL, 0, 0};
	json_t *items = NULL;
	size_t at;
	json_t *item;
	buffer_format(&path, "/v1/export-items?export=%s&state=INCLUDED", export);
	int code = show_fetch_all(run->session, buffer_string(&path), UINT32_MAX, &items);
	json_array_foreach(items, at, item)
	{
		enum result result = RESULT_OK;
		char act[64];
		if (code == EXIT_DONE)
			code = add(run, export, member_of(run), text_of(item, member_of(run)),
				   &result);
		if (code != EXIT_DONE || result == RESULT_OK)
			continue;
		struct client_answer answer = {.status = 0};
		snprintf(act, sizeof(act), "/v1/export-items/%.16s:withdraw", text_of(item, "id"));
		result = post(run, act, json_pack("{s:s}", "act", "NON PIU' APPROVATO"), &answer);
		if (result != RESULT_OK && !is_passing(result))
			code = tell(run, result, &answer);
		client_answer_free(&answer);
	}
	json_decref(items);
	buffer_free(&path);
	return code;
}

static enum result seal(struct run *run, const struct liquidation_batch *batch,
			struct client_answer *answer)
{
	char path[64];
	snprintf(path, sizeof(path), "/v1/exports/%.16s:seal", batch->export.id);
	/* raw: JSON carries whole cents */
	return post(run, path,
		    json_pack("{s:s, s:i, s:I, s:I}", "content_hash", run->render.manifest_hash,
			      "item_count", (int)batch->export.item_count, "net_cents",
			      (json_int_t)batch->totals.net.raw /* raw: JSON */, "vat_cents",
			      (json_int_t)batch->totals.vat.raw /* raw: JSON */),
		    answer);
}

/* One try to seal what stands in the export now. *ret_done: it is sealed and written, or there is
 * nothing in it; else it changed meanwhile, and is read again. */
static int try_to_seal(struct run *run, struct liquidation_batch *batch, bool *ret_done)
{
	struct client_answer answer = {.status = 0};
	*ret_done = true;
	if (strcmp(batch->export.state, "DRAFT") != 0) /* another sealed it */
		return write_sealed(run, batch);
	if (batch->export.item_count == 0)
		return EXIT_DONE;
	int code = put_note(run, batch);
	if (code != EXIT_DONE)
		return code;
	enum result result = seal(run, batch, &answer);
	if (result == RESULT_OK) {
		memcpy(batch->export.content_hash, run->render.manifest_hash,
		       sizeof(batch->export.content_hash));
		code = write_sealed(run, batch);
	} else if (result == RESULT_EXPORT_STALE) {
		*ret_done = false;
		code = refresh(run, batch->export.id);
	} else if (result == RESULT_EXPORT_TOTALS_DIFFER || result == RESULT_EXPORT_EMPTY ||
		   result == RESULT_EXPORT_HASH_DIFFERS) {
		*ret_done = false; /* it was changed, or sealed, by another */
	} else {
		code = tell(run, result, &answer);
	}
	client_answer_free(&answer);
	return code;
}

static int close_export(struct run *run, const char *export)
{
	bool is_done = false;
	int code = EXIT_DONE;
	for (uint32_t i = 0; i < TRIES_MAX && code == EXIT_DONE && !is_done; i++) {
		struct liquidation_batch batch;
		enum result result;
		code = render(run, export, &batch, &result);
		if (code == EXIT_DONE && result == RESULT_OK)
			code = try_to_seal(run, &batch, &is_done);
		render_free(&run->render);
		liquidation_batch_free(&batch);
	}
	if (code == EXIT_DONE && !is_done)
		return refuse(RESULT_EXPORT_TOTALS_DIFFER, "the export changes all the time");
	return code;
}

/* What is not configured opens no draft. */
static int look_for_settings(struct run *run, const json_t *body)
{
	bool is_own = run->format == NULL || strcmp(run->format, text_of(body, "format")) == 0;
	const char *profile = run->profile;
	if (profile == NULL)
		profile = is_own ? text_of(body, "profile") : "";
	enum result result = render_settings(
	    &run->render, is_own ? text_of(body, "format") : run->format, profile);
	return result == RESULT_OK ? EXIT_DONE : refuse(result, run->render.fault);
}

static int make_body(struct run *run, const json_t *body)
{
	const char *code_of_body = text_of(body, "code");
	bool is_full = true;
	int code = finish(run, code_of_body);
	while (code == EXIT_DONE && is_full) {
		char export[16];
		json_t *ids = NULL;
		is_full = false;
		code = find_payable(run, body, &ids);
		if (code == EXIT_DONE && json_array_size(ids) > 0)
			code = look_for_settings(run, body);
		if (code == EXIT_DONE && json_array_size(ids) > 0) {
			code = open_export(run, code_of_body, export);
			if (code == EXIT_DONE)
				code = fill(run, export, ids, &is_full);
			if (code == EXIT_DONE)
				code = close_export(run, export);
		}
		json_decref(ids);
	}
	return code;
}

static int make(struct run *run, const char *payer)
{
	struct buffer path = {NULL, 0, 0};
	json_t *bodies = NULL;
	size_t at;
	json_t *body;
	int code = show_fetch_all(run->session, "/v1/paying-bodies", UINT32_MAX, &bodies);
	bool is_known = payer == NULL;
	json_array_foreach(bodies, at, body)
	{
		if (payer != NULL && strcmp(payer, text_of(body, "code")) != 0)
			continue;
		is_known = true;
		if (code == EXIT_DONE)
			code = make_body(run, body);
	}
	if (code == EXIT_DONE && !is_known)
		code = session_usage("there is no paying body %s: see `titoli paying-body list`",
				     payer);
	if (code == EXIT_DONE && run->made == 0 && !run->session->is_quiet)
		fputs("titoli: nothing approved is to be paid\n", stderr);
	json_decref(bodies);
	buffer_free(&path);
	return code;
}

/* ---- Finish ---- */

/* What varies or replaces an export pays what that one pays, where nobody added anything. */
static int fill_as_replaced(struct run *run, const json_t *export)
{
	struct buffer path = {NULL, 0, 0};
	json_t *items = NULL;
	json_t *ids = json_array();
	size_t at;
	json_t *item;
	bool is_full = false;
	buffer_format(&path, "/v1/export-items?export=%s", text_of(export, "replaces"));
	int code = show_fetch_all(run->session, buffer_string(&path), UINT32_MAX, &items);
	json_array_foreach(items, at, item)
	{
		const char *state = text_of(item, "state");
		if (strcmp(state, "INCLUDED") == 0 || strcmp(state, "ACCEPTED") == 0)
			json_array_append(ids, json_object_get(item, member_of(run)));
	}
	if (code == EXIT_DONE)
		code = fill(run, text_of(export, "id"), ids, &is_full);
	json_decref(ids);
	json_decref(items);
	buffer_free(&path);
	return code;
}

/* Writes and seals a draft that an act opened: a VARIAZIONE, a SOSTITUZIONE, an ANNULLO. One that
 * is sealed is written again. */
static int finish_draft(struct run *run, const char *id)
{
	char path[64];
	json_t *export = NULL;
	snprintf(path, sizeof(path), "/v1/exports/%.16s", id);
	int code = session_get(run->session, path, &export);
	if (code != EXIT_DONE)
		return code;
	const char *state = text_of(export, "state");
	if (strcmp(state, "CANCELLED") == 0 || strcmp(state, "REPLACED") == 0) {
		json_decref(export);
		return refuse(RESULT_EXPORT_NOT_OPEN, "the export is cancelled or replaced");
	}
	run->family = text_of(export, "family");
	bool is_empty = json_integer_value(json_object_get(export, "item_count")) == 0;
	if (is_empty && strcmp(state, "DRAFT") == 0 && text_of(export, "replaces")[0] != '\0')
		code = fill_as_replaced(run, export);
	if (code == EXIT_DONE)
		code = close_export(run, text_of(export, "id"));
	if (code == EXIT_DONE && run->made == 0)
		code = refuse(RESULT_EXPORT_EMPTY, "nothing was added to the export");
	run->family = NULL;
	json_decref(export);
	return code;
}

/* ---- Again ---- */

/* A copy in "FORMAT" or "FORMAT:PROFILE", for the eyes of others: it is not what was sealed.
 * Without a profile another format has its own files of settings. */
static int copy(struct run *run, struct liquidation_batch *batch, const char *format,
		const char *profile)
{
	char own[sizeof(batch->export.profile)];
	memcpy(own, batch->export.profile, sizeof(own));
	if (profile != NULL || strcmp(format, batch->export.format) != 0)
		snprintf(batch->export.profile, sizeof(batch->export.profile), "%s",
			 profile == NULL ? "" : profile);
	int code = render_as(run, batch, format);
	if (code == EXIT_DONE)
		code = write_files(run, batch);
	render_free(&run->render);
	memcpy(batch->export.profile, own, sizeof(own));
	return code;
}

/* Several copies of what was read once, each in a folder of its own. */
static int copy_each(struct run *run, struct liquidation_batch *batch)
{
	char words[FORMATS_SIZE];
	char folder[FILE_PATH_SIZE_MAX];
	const char *whole = run->folder;
	char *rest = words;
	enum result result = folder_make(whole);
	int code = result == RESULT_OK ? EXIT_DONE : refuse(result, "cannot make the folder");
	snprintf(words, sizeof(words), "%s", run->format);
	for (char *word = strsep(&rest, ","); word != NULL && code == EXIT_DONE;
	     word = strsep(&rest, ",")) {
		const char *format = strsep(&word, ":");
		const char *profile = word;
		if (!file_path(whole, profile == NULL ? format : profile, folder))
			return session_usage("%s is no name of a folder", format);
		run->folder = folder;
		code = copy(run, batch, format, profile);
		run->folder = whole;
	}
	return code;
}

static int again(struct run *run, const char *export)
{
	struct liquidation_batch batch;
	enum result result;
	int code = read_batch(run, export, &batch, &result);
	if (code == EXIT_DONE && result != RESULT_OK)
		code = refuse(result, run->source.fault);
	else if (code == EXIT_DONE && strcmp(batch.export.state, "DRAFT") == 0)
		code = refuse(RESULT_EXPORT_NOT_OPEN, "the export is not sealed yet");
	else if (code == EXIT_DONE && run->format != NULL && strpbrk(run->format, ",:") != NULL)
		code = copy_each(run, &batch);
	else if (code == EXIT_DONE && run->format != NULL)
		code = copy(run, &batch, run->format, run->profile);
	else if (code == EXIT_DONE)
		code = render_as(run, &batch, NULL);
	if (code == EXIT_DONE && run->format == NULL)
		code = write_sealed(run, &batch);
	render_free(&run->render);
	liquidation_batch_free(&batch);
	return code;
}

/* Every export of the month that is in force. */
static int again_all(struct run *run, const char *payer)
{
	struct buffer path = {NULL, 0, 0};
	json_t *exports = NULL;
	size_t at;
	json_t *export;
	uint32_t count = 0;
	buffer_format(&path, "/v1/exports?month=");
	client_escape(&path, run->month);
	if (payer != NULL) {
		buffer_format(&path, "&paying_body=");
		client_escape(&path, payer);
	}
	int code = show_fetch_all(run->session, buffer_string(&path), UINT32_MAX, &exports);
	json_array_foreach(exports, at, export)
	{
		if (code != EXIT_DONE || !is_in_force(export))
			continue;
		code = again(run, text_of(export, "id"));
		count++;
	}
	if (code == EXIT_DONE && count == 0 && !run->session->is_quiet)
		fputs("titoli: no export of the month is in force\n", stderr);
	json_decref(exports);
	buffer_free(&path);
	return code;
}

/* ---- Verify ---- */

struct verdict {
	uint32_t files;
	uint32_t signatures;
	uint32_t faults;
};

static void find_fault(struct verdict *verdict, const char *name, const char *text)
{
	printf("%s: %s\n", name, text);
	verdict->faults++;
}

static bool read_beside(const char *folder, const char *name, struct buffer *ret_bytes)
{
	char path[FILE_PATH_SIZE_MAX];
	*ret_bytes = (struct buffer){NULL, 0, 0};
	return strchr(name, '/') == NULL && file_path(folder, name, path) &&
	       buffer_read_file(ret_bytes, path);
}

static void verify_row(const char *folder, const struct liquidation_manifest *row,
		       struct verdict *verdict)
{
	char name[sizeof(row->file) + 1] = "";
	char hex[2 * FOLDER_HASH_SIZE];
	uint8_t hash[FOLDER_HASH_SIZE];
	struct buffer bytes;
	memcpy(name, row->file, sizeof(row->file));
	verdict->files++;
	if (!read_beside(folder, name, &bytes)) {
		find_fault(verdict, name, "the manifest names it, and it cannot be read");
		buffer_free(&bytes);
		return;
	}
	folder_hash(buffer_slice(&bytes), hash);
	text_hex_encode(hash, sizeof(hash), hex);
	if (memcmp(hex, row->sha256, sizeof(hex)) != 0)
		find_fault(verdict, name, "its SHA-256 is not that of the manifest");
	buffer_free(&bytes);
}

static void verify_signature(const char *folder, const char *name, const char *key,
			     struct slice manifest, struct verdict *verdict)
{
	char signature[FILE_NAME_SIZE_MAX];
	struct buffer text;
	snprintf(signature, sizeof(signature), "%.200s.sig", name);
	if (!read_beside(folder, signature, &text))
		find_fault(verdict, name, "it is not signed");
	else if (signature_verify(key, manifest, buffer_slice(&text)) != RESULT_OK)
		find_fault(verdict, name, "the signature is not this key's over these bytes");
	else
		verdict->signatures++;
	buffer_free(&text);
}

static int verify_manifest(struct run *run, const char *name, const char *key,
			   struct verdict *verdict)
{
	static struct profile profile;
	static struct table_read table;
	struct profile_file_fault fault;
	char profiles[FILE_PATH_SIZE_MAX];
	struct buffer bytes;
	if (!profile_file_folder(run->render.profiles, profiles) ||
	    profile_file_load(profiles, "manifest", &liquidation_manifest_set, &profile, &fault) !=
		RESULT_OK)
		return refuse(RESULT_NOT_FOUND, "the profile of manifests cannot be read");
	if (!read_beside(run->folder, name, &bytes)) {
		find_fault(verdict, name, "it cannot be read");
		return EXIT_DONE;
	}
	enum table_step step = TABLE_READ_FAULT;
	struct liquidation_manifest row;
	bool is_open = table_read_begin(&table, &profile, buffer_slice(&bytes));
	while (is_open && (step = table_read_row(&table, &row)) == TABLE_READ_ROW)
		verify_row(run->folder, &row, verdict);
	if (step == TABLE_READ_FAULT)
		find_fault(verdict, name, table_fault_text(table.fault));
	if (key != NULL)
		verify_signature(run->folder, name, key, buffer_slice(&bytes), verdict);
	buffer_free(&bytes);
	return EXIT_DONE;
}

static int verify(struct run *run, const char *key)
{
	static const char suffix[] = ".manifest.csv";
	struct verdict verdict = {.files = 0};
	uint32_t manifests = 0;
	int code = EXIT_DONE;
	DIR *folder = opendir(run->folder);
	if (folder == NULL)
		return session_usage("%s cannot be read: %s", run->folder, strerrordesc_np(errno));
	for (struct dirent *entry = readdir(folder); entry != NULL && code == EXIT_DONE;
	     entry = readdir(folder)) {
		size_t size = strlen(entry->d_name);
		if (size < sizeof(suffix) || entry->d_name[0] == '.' ||
		    strcmp(entry->d_name + size - (sizeof(suffix) - 1), suffix) != 0)
			continue;
		manifests++;
		code = verify_manifest(run, entry->d_name, key, &verdict);
	}
	(void)closedir(folder);
	if (code != EXIT_DONE)
		return code;
	printf("%u manifests, %u files, %u signatures, %u faults\n", manifests, verdict.files,
	       verdict.signatures, verdict.faults);
	return verdict.faults == 0 && manifests > 0 ? EXIT_DONE
						    : result_info(RESULT_FIELD_INVALID)->exit;
}

/* ---- The words ---- */

static int make_keys(struct session *session)
{
	const char *out = arguments_flag(&session->arguments, "out");
	char private_path[FILE_PATH_SIZE_MAX];
	char public_path[FILE_PATH_SIZE_MAX];
	if (out == NULL)
		return session_usage("titoli export keygen --out NAME   (NAME.key and NAME.pub)");
	if (!session_flags_used(session))
		return EXIT_USAGE;
	snprintf(private_path, sizeof(private_path), "%.1000s.key", out);
	snprintf(public_path, sizeof(public_path), "%.1000s.pub", out);
	enum result result = signature_make_keys(private_path, public_path);
	if (result != RESULT_OK)
		return refuse(result, "no keys were made");
	if (!session->is_quiet)
		printf("%s\n%s\n", private_path, public_path);
	return EXIT_DONE;
}

static int read_persons(struct run *run, const char *path)
{
	struct arena arena;
	if (path == NULL)
		return EXIT_DONE;
	if (!buffer_read_file(&run->persons_text, path))
		return session_usage("%s cannot be read: %s", path, strerrordesc_np(errno));
	struct slice text = buffer_slice(&run->persons_text);
	size_t size = persons_memory(text);
	run->persons_memory = memory_get(size);
	arena_init(&arena, run->persons_memory, size);
	if (persons_read(&run->persons, &arena, text))
		return EXIT_DONE;
	session_usage(
	    "%s, line %u%s%s: %s", path, run->persons.line,
	    run->persons.column == NULL ? "" : ", column ",
	    run->persons.column == NULL ? "" : run->persons.column,
	    persons_fault_text(run->persons.fault, run->session->client.options.language));
	return result_info(RESULT_FIELD_INVALID)->exit;
}

static const char usage[] =
    "titoli export make --month M [--payer CODE] [--format F [--profile P]] [--family "
    "CASH_GRANTS --persons FILE] --out DIR [--destination CODE]\n"
    "titoli export again EXP|--month M [--payer CODE] [--format F [--profile P]|F,F:P,...] "
    "[--persons FILE] --out DIR [--destination CODE]\n"
    "titoli export finish EXP [--persons FILE] --out DIR [--destination CODE]\n"
    "titoli export verify DIR [--public-key FILE]\n"
    "titoli export keygen --out NAME";

/* What is read is at least as new as the ledger is now: lists follow it at a distance. */
static int catch_up(struct session *session)
{
	json_t *status = NULL;
	int code = session_get(session, "/status", &status);
	int64_t sequence = json_integer_value(json_object_get(status, "ledger_seq"));
	if (sequence > 0 && (uint64_t)sequence > session->client.sequence)
		session->client.sequence = (uint64_t)sequence;
	json_decref(status);
	return code;
}

static int run_word(struct run *run, const char *what)
{
	struct arguments *arguments = &run->session->arguments;
	const char *persons = arguments_flag(arguments, "persons");
	const char *out = arguments_flag(arguments, "out");
	const char *key = arguments_flag(arguments, "public-key");
	const char *payer = arguments_flag(arguments, "payer");
	const char *word = arguments_word(arguments);
	bool is_make = strcmp(what, "make") == 0;
	bool is_verify = strcmp(what, "verify") == 0;
	bool is_finish = strcmp(what, "finish") == 0;
	run->month = arguments_flag(arguments, "month");
	run->format = arguments_flag(arguments, "format");
	run->profile = arguments_flag(arguments, "profile");
	run->family = arguments_flag(arguments, "family");
	run->destination = arguments_flag(arguments, "destination");
	(void)arguments_flag(arguments, "outbox");
	run->folder = is_verify ? word : out == NULL ? "." : out;
	bool is_whole = is_verify ? word != NULL : (word != NULL) != (run->month != NULL);
	if (!is_whole || (is_make && word != NULL) || (is_finish && word == NULL) ||
	    (run->format != NULL && strlen(run->format) >= FORMATS_SIZE))
		return session_usage("%s", usage);
	if (!session_flags_used(run->session))
		return EXIT_USAGE;
	int code = read_persons(run, persons);
	if (code != EXIT_DONE)
		return code;
	if (is_verify)
		return verify(run, key);
	code = catch_up(run->session);
	if (code != EXIT_DONE)
		return code;
	if (is_finish)
		return finish_draft(run, word);
	if (is_make)
		return make(run, payer);
	return word == NULL ? again_all(run, payer) : again(run, word);
}

int export_batch_run(struct session *session, const char *what)
{
	ASSERT(session != NULL && what != NULL);
	if (strcmp(what, "keygen") == 0)
		return make_keys(session);
	if (strcmp(what, "make") != 0 && strcmp(what, "again") != 0 &&
	    strcmp(what, "finish") != 0 && strcmp(what, "verify") != 0)
		return -1;
	const struct settings *settings = &session->settings;
	struct run run = {.session = session,
			  .source = {.fetch = export_fetch, .context = session}};
	run.render.schemas = settings->values[SETTING_SCHEMAS];
	if (settings->values[SETTING_PROFILES][0] != '\0')
		run.render.profiles = settings->values[SETTING_PROFILES];
	run.render.persons = &run.persons;
	int code = run_word(&run, what);
	liquidation_source_free(&run.source);
	buffer_free(&run.persons_text);
	free(run.persons_memory);
	return code;
}
