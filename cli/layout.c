/* Profiles: see layout.h. */
#include "cli/layout.h"

#include "cli/table.h"
#include "connectors/format/difference.h"
#include "connectors/format/liquidation.h"
#include "connectors/format/outcome_table.h"
#include "connectors/format/pagopa.h"
#include "connectors/format/sheet.h"
#include "connectors/profiles/profile_file.h"
#include "engine/base/assert.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".profile"

/* Every kind of rows that a profile can be for. */
static const struct field_set *const sets[] = {
    &liquidation_row_set, &liquidation_manifest_set, &difference_theirs_set, &difference_row_set,
    &copay_position_set,  &copay_payment_set,	     &sheet_line_set,	     &sheet_record_set,
    &outcome_row_set,
};
#define SETS (sizeof(sets) / sizeof(sets[0]))

int layout_load(const struct session *session, const char *name, const struct field_set *set,
		struct profile *ret_profile)
{
	ASSERT(session != NULL && name != NULL && set != NULL && ret_profile != NULL);
	char folder[FILE_PATH_SIZE_MAX];
	struct profile_file_fault fault = {"there is no folder of profiles: see profiles_dir"};
	enum result result = RESULT_NOT_FOUND;
	if (profile_file_folder(session->settings.values[SETTING_PROFILES], folder))
		result = profile_file_load(folder, name, set, ret_profile, &fault);
	if (result == RESULT_OK)
		return EXIT_DONE;
	session_usage("%s", fault.text);
	return result_info(result)->exit;
}

void layout_tell_changes(const struct table_write *table)
{
	const struct profile_column *columns = table->profile->columns;
	if (table->cut_count > 0)
		fprintf(stderr, "titoli: %u cells were cut, first row %u, %s\n", table->cut_count,
			table->first_cut.row, columns[table->first_cut.column].heading);
	if (table->other_count > 0)
		fprintf(stderr, "titoli: %u letters were written otherwise, first row %u, %s\n",
			table->other_count, table->first_other.row,
			columns[table->first_other.column].heading);
}

int layout_refuse(const struct table_write *table)
{
	session_usage("profile %s, row %u, %s: %s", table->profile->name, table->fault_at.row,
		      table->profile->columns[table->fault_at.column].heading,
		      table_fault_text(table->fault));
	return result_info(RESULT_FIELD_INVALID)->exit;
}

/* ---- titoli profile ---- */

/* Tries the kinds of rows one after the other; the fault is that of the kind it is for. */
static bool parse_any(struct slice text, const char *name, struct profile *profile,
		      struct profile_file_fault *fault)
{
	for (size_t i = 0; i < SETS; i++) {
		if (profile_file_parse(text, name, sets[i], profile, fault) == RESULT_OK)
			return true;
		if (strstr(fault->text, "this profile is for") == NULL)
			return false;
	}
	return false;
}

static json_t *column_json(const struct profile_column *column)
{
	json_t *json = json_pack("{s:s}", "heading", column->heading);
	if (column->field != NULL) {
		json_object_set_new(json, "field", json_string(column->field->name));
		json_object_set_new(json, "meaning", json_string(column->field->meaning));
	} else {
		json_object_set_new(json, "constant", json_string(column->constant));
	}
	if (column->width > 0)
		json_object_set_new(json, "width", json_integer(column->width));
	json_object_set_new(json, "required", json_boolean(column->is_required));
	return json;
}

static int check(struct session *session, const char *path)
{
	static struct profile profile;
	struct profile_file_fault fault = {""};
	struct buffer text = {NULL, 0, 0};
	struct table table = {.column_count = 0};
	const char *slash = strrchr(path, '/');
	char name[PROFILE_NAME_SIZE + 1];
	snprintf(name, sizeof(name), "%s", slash == NULL ? path : slash + 1);
	char *suffix = strstr(name, SUFFIX);
	if (suffix != NULL)
		*suffix = '\0';
	if (!buffer_read_file(&text, path))
		return session_usage("cannot read %s: %s", path, strerrordesc_np(errno));
	bool is_good = text.size <= PROFILE_FILE_SIZE_MAX &&
		       parse_any(buffer_slice(&text), name, &profile, &fault);
	if (text.size > PROFILE_FILE_SIZE_MAX)
		snprintf(fault.text, sizeof(fault.text), "%s is too large", path);
	buffer_free(&text);
	if (!is_good) {
		session_usage("%s", fault.text);
		return result_info(RESULT_CONFIG_INVALID)->exit;
	}
	json_t *columns = json_array();
	for (uint32_t i = 0; i < profile.column_count; i++)
		json_array_append_new(columns, column_json(&profile.columns[i]));
	if (session->is_json) {
		session_print_json(columns);
	} else {
		table_of_items(&table, columns);
		table_print(&table, stdout);
		table_free(&table);
	}
	json_decref(columns);
	return EXIT_DONE;
}

/* One file of the folder as an item of the list. */
static json_t *file_json(const char *folder, const char *file)
{
	static struct profile profile;
	struct profile_file_fault fault = {""};
	char name[PROFILE_NAME_SIZE + 1];
	enum result result = RESULT_CONFIG_INVALID;
	snprintf(name, sizeof(name), "%.*s", (int)(strlen(file) - strlen(SUFFIX)), file);
	for (size_t i = 0; i < SETS && result != RESULT_OK; i++) {
		result = profile_file_load(folder, name, sets[i], &profile, &fault);
		if (result != RESULT_OK && strstr(fault.text, "this profile is for") == NULL)
			break;
	}
	if (result != RESULT_OK)
		return json_pack("{s:s, s:s}", "profile", name, "fault", fault.text);
	return json_pack("{s:s, s:s, s:s, s:s, s:I}", "profile", name, "title", profile.title,
			 "records", profile.has_all ? "any" : profile.set->name, "suffix",
			 profile.suffix, "columns",
			 (json_int_t)(profile.has_all ? 0 : profile.column_count));
}

static int is_profile(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);
	size_t end = strlen(SUFFIX);
	return size > end && entry->d_name[0] != '.' &&
	       strcmp(entry->d_name + size - end, SUFFIX) == 0;
}

static int list(struct session *session)
{
	char folder[FILE_PATH_SIZE_MAX];
	struct dirent **entries = NULL;
	struct table table = {.column_count = 0};
	if (!profile_file_folder(session->settings.values[SETTING_PROFILES], folder))
		return session_usage("there is no folder of profiles: see profiles_dir");
	int count = scandir(folder, &entries, is_profile, alphasort);
	if (count < 0)
		return session_usage("cannot read %s: %s", folder, strerrordesc_np(errno));
	json_t *items = json_array();
	for (int i = 0; i < count; i++) {
		json_array_append_new(items, file_json(folder, entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	if (session->is_json) {
		session_print_json(items);
	} else {
		table_of_items(&table, items);
		table_print(&table, stdout);
		table_free(&table);
		fprintf(stderr, "titoli: profiles of %s\n", folder);
	}
	json_decref(items);
	return EXIT_DONE;
}

int layout_run(struct session *session)
{
	ASSERT(session != NULL);
	const char *verb = arguments_word(&session->arguments);
	const char *path = arguments_word(&session->arguments);
	if (!session_flags_used(session))
		return EXIT_USAGE;
	if (verb != NULL && strcmp(verb, "list") == 0)
		return list(session);
	if (verb != NULL && path != NULL && strcmp(verb, "check") == 0)
		return check(session, path);
	return session_usage("titoli profile list, titoli profile check FILE.profile");
}
