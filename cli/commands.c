/* Words and commands: see commands.h. */
#include "cli/commands.h"

#include "engine/base/assert.h"

#include <stdio.h>
#include <string.h>

const struct route_table *commands_routes(void)
{
	static struct route_table table;
	if (table.count == 0)
		route_table_init(&table);
	return &table;
}

void commands_dashed(const char *name, char ret_text[COMMANDS_TEXT_SIZE])
{
	snprintf(ret_text, COMMANDS_TEXT_SIZE, "%s", name);
	for (char *at = ret_text; *at != '\0'; at++)
		if (*at == '_')
			*at = '-';
}

/* Bytes of the longest record name that the command's name begins with, else of its first word. */
static size_t noun_size(const char *name)
{
	size_t best = 0;
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++) {
		if (!record_kind_exists(kind))
			continue;
		const char *record = record_info((enum record_kind)kind)->name;
		size_t size = strlen(record);
		if (size > best && strncmp(name, record, size) == 0 && name[size] == '_')
			best = size;
	}
	return best > 0 ? best : strcspn(name, "_");
}

bool commands_words(uint8_t kind, struct command_words *ret_words)
{
	ASSERT(ret_words != NULL);
	const struct command_info *info = command_info(kind);
	if (info == NULL || info->path[0] == '\0')
		return false;
	char dashed[COMMANDS_TEXT_SIZE];
	commands_dashed(info->name, dashed);
	size_t size = noun_size(info->name);
	ASSERT(dashed[size] == '-');
	snprintf(ret_words->noun, sizeof(ret_words->noun), "%.*s", (int)size, dashed);
	snprintf(ret_words->verb, sizeof(ret_words->verb), "%.*s", (int)(sizeof(dashed) - size - 2),
		 dashed + size + 1);
	return true;
}

static uint8_t find(const char *noun, const char *verb)
{
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		struct command_words words;
		if (commands_words((uint8_t)kind, &words) && strcmp(words.noun, noun) == 0 &&
		    strcmp(words.verb, verb) == 0)
			return (uint8_t)kind;
	}
	return COMMAND_KIND_NONE;
}

uint8_t commands_find(const char *noun, const char *verb)
{
	uint8_t kind = find(noun, verb);
	if (kind != COMMAND_KIND_NONE)
		return kind;
	char year[COMMANDS_TEXT_SIZE];
	snprintf(year, sizeof(year), "%.30s-year", noun);
	return find(year, verb);
}

static const struct route_row *row_of(uint8_t kind, enum route_kind route)
{
	const struct route_table *table = commands_routes();
	for (uint32_t i = 0; i < table->count; i++)
		if (table->rows[i].kind == route && table->rows[i].command == kind)
			return &table->rows[i];
	return NULL;
}

const char *commands_batch_path(uint8_t kind)
{
	const struct route_row *row = row_of(kind, ROUTE_BATCH);
	return row == NULL ? NULL : row->path;
}

const char *commands_check_path(uint8_t kind)
{
	const struct route_row *row = row_of(kind, ROUTE_CHECK);
	return row == NULL ? NULL : row->path;
}

/* Is this row about the kind or the collection of this name? */
static bool row_is_named(const struct route_row *row, const char *name)
{
	char record[COMMANDS_TEXT_SIZE];
	char dashed[COMMANDS_TEXT_SIZE];
	commands_dashed(name, dashed);
	commands_dashed(record_info((enum record_kind)row->record)->name, record);
	const char *collection = row->path + strlen("/v1/");
	size_t size = strcspn(collection, "/");
	bool is_collection = strlen(dashed) == size && strncmp(dashed, collection, size) == 0;
	bool is_booking = strncmp(collection, "bookings", size) == 0;
	return is_collection || (!is_booking && strcmp(dashed, record) == 0);
}

static const struct route_row *row_for(const char *name, enum route_query query)
{
	const struct route_table *table = commands_routes();
	for (uint32_t i = 0; i < table->count; i++) {
		const struct route_row *row = &table->rows[i];
		if (row->kind == ROUTE_QUERY && row->query == query && row->record != 0 &&
		    row_is_named(row, name))
			return row;
	}
	return NULL;
}

const char *commands_list_path(const char *name)
{
	const struct route_row *row = row_for(name, ROUTE_QUERY_LIST);
	return row == NULL ? NULL : row->path;
}

const char *commands_item_path(const char *name)
{
	const struct route_row *row = row_for(name, ROUTE_QUERY_ITEM);
	if (row == NULL)
		row = row_for(name, ROUTE_QUERY_FUND_YEAR);
	return row == NULL ? NULL : row->path;
}

enum record_kind commands_kind(const char *name)
{
	const struct route_row *row = row_for(name, ROUTE_QUERY_LIST);
	return row == NULL ? RECORD_KIND_NONE : (enum record_kind)row->record;
}

/* What makes one of a collection: the command whose path is the collection's own. */
static uint8_t maker_of(const char *path)
{
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		if (info != NULL && strcmp(info->path, path) == 0)
			return (uint8_t)kind;
	}
	return COMMAND_KIND_NONE;
}

uint8_t commands_find_import(const char *name)
{
	char dashed[COMMANDS_TEXT_SIZE];
	commands_dashed(name, dashed);
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		struct command_words words;
		char joined[2 * COMMANDS_TEXT_SIZE];
		if (!commands_words((uint8_t)kind, &words))
			continue;
		snprintf(joined, sizeof(joined), "%s-%s", words.noun, words.verb);
		if (strcmp(joined, dashed) == 0)
			return (uint8_t)kind;
	}
	const char *path = commands_list_path(name);
	if (path == NULL)
		return COMMAND_KIND_NONE;
	uint8_t kind = maker_of(path);
	commands_dashed(record_info(commands_kind(name))->name, dashed);
	return kind == COMMAND_KIND_NONE ? find(dashed, "propose") : kind;
}

bool commands_has_lone_flag(const char *name)
{
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		for (uint32_t i = 0; info != NULL && i < info->set.count; i++) {
			char dashed[COMMANDS_TEXT_SIZE];
			commands_dashed(info->set.fields[i].name, dashed);
			if (info->set.fields[i].type == FIELD_FLAG && strcmp(dashed, name) == 0)
				return true;
		}
	}
	return false;
}
