/* Reading: see show.h. */
#include "cli/show.h"

#include "cli/commands.h"
#include "cli/report_file.h"
#include "cli/table.h"
#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define ITEMS_ALL UINT32_MAX
#define REPORTS	  "/v1/reports/"

static void add_parameter(struct buffer *path, const char *name, const char *value)
{
	bool is_first = strchr(buffer_string(path), '?') == NULL;
	buffer_text(path, is_first ? "?" : "&");
	client_escape(path, name);
	buffer_text(path, "=");
	client_escape(path, value);
}

/* Every flag that is left is a filter of the API, under the field's name. */
static void add_filters(struct session *session, struct buffer *path)
{
	struct arguments *arguments = &session->arguments;
	for (uint32_t i = 0; i < arguments->flag_count; i++) {
		struct argument_flag *flag = &arguments->flags[i];
		if (flag->is_used || flag->value == NULL)
			continue;
		char name[COMMANDS_TEXT_SIZE];
		snprintf(name, sizeof(name), "%s", flag->name);
		for (char *at = name; *at != '\0'; at++)
			*at = *at == '-' ? '_' : *at;
		add_parameter(path, name, flag->value);
		flag->is_used = true;
	}
}

/* Items of a page and where it goes on; the whole body where it is no list. */
static const json_t *items_of(const json_t *body)
{
	const json_t *items = json_object_get(body, "items");
	return json_is_array(items) ? items : NULL;
}

void show_answer(const struct session *session, const json_t *body)
{
	const json_t *items = items_of(body);
	if (session->is_json) {
		session_print_json(body);
	} else if (items == NULL) {
		table_print_object(body, stdout);
	} else if (json_array_size(items) == 0) {
		if (!session->is_quiet)
			fputs("titoli: nothing found\n", stderr);
	} else {
		struct table table = {.column_count = 0};
		table_of_items(&table, items);
		table_print(&table, stdout);
		table_free(&table);
	}
}

static void print_body(const struct session *session, const json_t *body)
{
	show_answer(session, body);
	const char *cursor = json_string_value(json_object_get(body, "next_cursor"));
	if (cursor != NULL && !session->is_json && !session->is_quiet)
		fprintf(stderr, "titoli: there are more: --cursor %s, or --all\n", cursor);
}

static int get_and_print(struct session *session, const char *path)
{
	if (session->is_dry) {
		printf("GET %s\n", path);
		return EXIT_DONE;
	}
	json_t *body = NULL;
	int code = session_get(session, path, &body);
	if (code == EXIT_DONE)
		print_body(session, body);
	json_decref(body);
	return code;
}

int show_fetch_all(struct session *session, const char *path, uint32_t most, json_t **ret_items)
{
	ASSERT(session != NULL && path != NULL && ret_items != NULL);
	json_t *all = json_array();
	struct buffer cursor = {NULL, 0, 0};
	int code = EXIT_DONE;
	for (;;) {
		struct buffer page = {NULL, 0, 0};
		char limit[16];
		snprintf(limit, sizeof(limit), "%u", PAGE_ITEMS_MAX);
		buffer_text(&page, path);
		add_parameter(&page, "limit", limit);
		if (cursor.size > 0)
			add_parameter(&page, "cursor", buffer_string(&cursor));
		json_t *body = NULL;
		code = session_get(session, buffer_string(&page), &body);
		buffer_free(&page);
		if (code != EXIT_DONE)
			break;
		json_array_extend(all, json_object_get(body, "items"));
		const char *next = json_string_value(json_object_get(body, "next_cursor"));
		buffer_clear(&cursor);
		buffer_text(&cursor, next == NULL ? "" : next);
		json_decref(body);
		if (cursor.size == 0 || json_array_size(all) >= most)
			break;
	}
	buffer_free(&cursor);
	if (code == EXIT_DONE)
		*ret_items = all;
	else
		json_decref(all);
	return code;
}

static int list_all(struct session *session, const char *path)
{
	json_t *items = NULL;
	int code = show_fetch_all(session, path, ITEMS_ALL, &items);
	if (code == EXIT_DONE) {
		json_t *body = json_pack("{s:O}", "items", items);
		print_body(session, body);
		json_decref(body);
	}
	json_decref(items);
	return code;
}

int show_list(struct session *session, const char *name)
{
	const char *path = commands_list_path(name);
	if (path == NULL)
		return session_usage("there is no list of «%s»", name);
	bool all = arguments_has(&session->arguments, "all");
	struct buffer target = {NULL, 0, 0};
	buffer_text(&target, path);
	add_filters(session, &target);
	int code = EXIT_USAGE;
	if (session_flags_used(session))
		code = all && !session->is_dry ? list_all(session, buffer_string(&target))
					       : get_and_print(session, buffer_string(&target));
	buffer_free(&target);
	return code;
}

/* The template with the next plain words in the place of its parameters. False: one lacks. */
static bool fill_template(struct session *session, const char *template, struct buffer *path)
{
	while (*template != '\0') {
		if (*template != '{') {
			buffer_put(path, template ++, 1);
			continue;
		}
		size_t size = strcspn(template + 1, "}");
		const char *word = arguments_word(&session->arguments);
		if (word == NULL) {
			session_usage("which %.*s?", (int)size, template + 1);
			return false;
		}
		client_escape(path, word);
		template += size + 2;
	}
	return true;
}

/* `all`: every page of what is a list. */
static int show_template(struct session *session, const char *template, bool all)
{
	struct buffer path = {NULL, 0, 0};
	int code = EXIT_USAGE;
	if (fill_template(session, template, &path)) {
		add_filters(session, &path);
		if (session_flags_used(session))
			code = all && !session->is_dry
				   ? list_all(session, buffer_string(&path))
				   : get_and_print(session, buffer_string(&path));
	}
	buffer_free(&path);
	return code;
}

int show_item(struct session *session, const char *name)
{
	const char *path = commands_item_path(name);
	if (path == NULL)
		return session_usage("«%s» cannot be shown one by one", name);
	return show_template(session, path, false);
}

int show_part(struct session *session, const char *name, const char *part)
{
	const char *item = commands_item_path(name);
	const struct route_table *table = commands_routes();
	for (uint32_t i = 0; item != NULL && i < table->count; i++) {
		const struct route_row *row = &table->rows[i];
		size_t size = strlen(item);
		if (row->kind == ROUTE_QUERY && strncmp(row->path, item, size) == 0 &&
		    row->path[size] == '/' && strcmp(row->path + size + 1, part) == 0)
			return show_template(session, row->path,
					     arguments_has(&session->arguments, "all"));
	}
	return -1;
}

/* All items of a report as a file. */
static int write_report(struct session *session, const char *report, const char *out)
{
	const char *profile = arguments_flag(&session->arguments, "profile");
	struct buffer path = {NULL, 0, 0};
	json_t *items = NULL;
	buffer_text(&path, report);
	add_filters(session, &path);
	int code = session_flags_used(session) ? EXIT_DONE : EXIT_USAGE;
	if (code == EXIT_DONE)
		code = show_fetch_all(session, buffer_string(&path), ITEMS_ALL, &items);
	if (code == EXIT_DONE)
		code = report_file_write(session, items, profile, out);
	json_decref(items);
	buffer_free(&path);
	return code;
}

int show_report(struct session *session)
{
	const char *name = arguments_word(&session->arguments);
	if (name != NULL && strcmp(name, "differences") == 0)
		return report_file_differences(session);
	const char *out = arguments_flag(&session->arguments, "out");
	bool all = arguments_has(&session->arguments, "all");
	struct buffer path = {NULL, 0, 0};
	buffer_format(&path, REPORTS "%s", name == NULL ? "" : name);
	const struct route_table *table = commands_routes();
	for (uint32_t i = 0; i < table->count; i++) {
		if (name == NULL || strcmp(table->rows[i].path, buffer_string(&path)) != 0)
			continue;
		int code = out != NULL ? write_report(session, buffer_string(&path), out)
				       : show_template(session, table->rows[i].path, all);
		buffer_free(&path);
		return code;
	}
	buffer_clear(&path);
	for (uint32_t i = 0; i < table->count; i++)
		if (table->rows[i].kind == ROUTE_QUERY &&
		    strncmp(table->rows[i].path, REPORTS, strlen(REPORTS)) == 0)
			buffer_format(&path, " %s", table->rows[i].path + strlen(REPORTS));
	int code = session_usage("reports: differences%s", buffer_string(&path));
	buffer_free(&path);
	return code;
}

int show_journal(struct session *session)
{
	return show_template(session, "/v1/journal",
			     arguments_has(&session->arguments, "all"));
}

int show_roots(struct session *session)
{
	return show_template(session, "/v1/audit/roots",
			     arguments_has(&session->arguments, "all"));
}

int show_status(struct session *session)
{
	return session_flags_used(session) ? get_and_print(session, "/status") : EXIT_USAGE;
}
