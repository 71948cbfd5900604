/* See config.h. */
#include "engine/system/config.h"

#include "engine/base/text.h"
#include "engine/system/file.h"

#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum config_type {
	CONFIG_TEXT,
	CONFIG_NUMBER,
	CONFIG_FLAG,
};

struct config_row {
	const char *key;
	const char *unit;
	const char *meaning;
	const char *text; /* default of a text */
	uint64_t number;  /* default of the others */
	uint64_t minimum;
	uint64_t maximum;
	size_t offset;
	enum config_type type;
};

#define CONFIG_DEFAULT_TEXT(initial)   .text = (initial)
#define CONFIG_DEFAULT_NUMBER(initial) .number = (initial)
#define CONFIG_DEFAULT_FLAG(initial)   .number = (initial)

static const struct config_row config_rows[] = {
#define K(TYPE, name, least, most, initial, units, text_of_meaning)                                \
	{.key = #name,                                                                             \
	 .unit = (units),                                                                          \
	 .meaning = (text_of_meaning),                                                             \
	 .minimum = (least),                                                                       \
	 .maximum = (most),                                                                        \
	 .offset = offsetof(struct config, name),                                                  \
	 .type = CONFIG_##TYPE,                                                                    \
	 CONFIG_DEFAULT_##TYPE(initial)},
    CONFIGS(K)
#undef K
};

#define CONFIG_ROWS (sizeof(config_rows) / sizeof(config_rows[0]))

struct config_reading {
	struct config *config;
	struct config_fault *fault;
	enum result result;
	bool seen[CONFIG_ROWS];
};

static void *config_member(struct config *config, const struct config_row *row)
{
	return (char *)config + row->offset;
}

static const struct config_row *config_row_of(const char *key)
{
	for (size_t i = 0; i < CONFIG_ROWS; i++)
		if (strcmp(config_rows[i].key, key) == 0)
			return &config_rows[i];
	return NULL;
}

static enum result config_refuse(struct config_fault *fault, const char *key, const char *reason)
{
	*fault = (struct config_fault){.reason = reason};
	(void)snprintf(fault->key, sizeof(fault->key), "%s", key);
	return RESULT_CONFIG_INVALID;
}

void config_init(struct config *config)
{
	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < CONFIG_ROWS; i++) {
		const struct config_row *row = &config_rows[i];

		switch (row->type) {
		case CONFIG_TEXT:
			memcpy(config_member(config, row), row->text, strlen(row->text));
			break;
		case CONFIG_NUMBER:
			*(uint64_t *)config_member(config, row) = row->number;
			break;
		case CONFIG_FLAG:
			*(bool *)config_member(config, row) = row->number != 0;
			break;
		}
	}
}

static enum result config_set_row(struct config *config, const struct config_row *row,
				  const char *value, struct config_fault *fault)
{
	struct slice text = slice_from_text(value);
	uint64_t number;

	switch (row->type) {
	case CONFIG_TEXT:
		if (text.size < row->minimum || text.size > row->maximum)
			return config_refuse(fault, row->key, "the text is too short or too long");
		memset(config_member(config, row), 0, CONFIG_TEXT_SIZE_MAX);
		memcpy(config_member(config, row), text.data, text.size);
		return RESULT_OK;
	case CONFIG_NUMBER:
		if (!text_parse_u64(text, row->maximum, &number) || number < row->minimum)
			return config_refuse(fault, row->key,
					     "not a whole number within its bounds");
		*(uint64_t *)config_member(config, row) = number;
		return RESULT_OK;
	case CONFIG_FLAG:
		if (!slice_equals_text(text, "yes") && !slice_equals_text(text, "no"))
			return config_refuse(fault, row->key, "neither yes nor no");
		*(bool *)config_member(config, row) = slice_equals_text(text, "yes");
		return RESULT_OK;
	}
	ASSERT(false);
}

enum result config_set(struct config *config, const char *key, const char *value,
		       struct config_fault *ret_fault)
{
	const struct config_row *row = config_row_of(key);

	if (row == NULL)
		return config_refuse(ret_fault, key, "no such setting");
	return config_set_row(config, row, value, ret_fault);
}

/* libinih's callback: 0 makes it report the line. */
static int config_take(void *user, const char *section, const char *key, const char *value)
{
	struct config_reading *reading = user;
	const struct config_row *row = config_row_of(key);

	if (reading->result != RESULT_OK)
		return 1; /* the first fault is the one told */
	if (section[0] != '\0')
		reading->result = config_refuse(reading->fault, key, "there are no sections");
	else if (row == NULL)
		reading->result = config_refuse(reading->fault, key, "no such setting");
	else if (reading->seen[row - config_rows])
		reading->result = config_refuse(reading->fault, key, "given twice");
	else
		reading->result = config_set_row(reading->config, row, value, reading->fault);
	if (row != NULL)
		reading->seen[row - config_rows] = true;
	return reading->result == RESULT_OK;
}

enum result config_parse(struct config *config, const char *text, struct config_fault *ret_fault)
{
	struct config_reading reading = {.config = config, .fault = ret_fault};
	int line = ini_parse_string(text, config_take, &reading);

	ASSERT(line >= 0);
	if (line != 0 && reading.result == RESULT_OK)
		reading.result = config_refuse(ret_fault, "", "not a line `key = value`");
	if (reading.result != RESULT_OK)
		ret_fault->line = (uint32_t)line;
	return reading.result;
}

enum result config_read(struct config *config, const char *path, struct config_fault *ret_fault)
{
	static char text[CONFIG_FILE_SIZE_MAX + 1];
	struct file file = FILE_NONE;
	uint64_t size = 0;
	enum result result = file_open(path, FILE_READ, &file);

	if (result != RESULT_OK)
		return config_refuse(ret_fault, "", "the file cannot be opened");
	result = file_read(file, (struct file_span){0, sizeof(text)}, text, &size);
	file_close(&file);
	if (result != RESULT_OK || size > CONFIG_FILE_SIZE_MAX || memchr(text, '\0', size) != NULL)
		return config_refuse(ret_fault, "",
				     "the file cannot be read, is too large or not text");
	text[size] = '\0';
	return config_parse(config, text, ret_fault);
}

void config_each(const struct config *config,
		 void (*visit)(void *context, const char *key, const char *value, const char *unit,
			       const char *meaning),
		 void *context)
{
	for (size_t i = 0; i < CONFIG_ROWS; i++) {
		const struct config_row *row = &config_rows[i];
		const void *member = (const char *)config + row->offset;
		char digits[TEXT_U64_SIZE_MAX + 1];
		const char *value = member;

		if (row->type == CONFIG_NUMBER) {
			digits[text_format_u64(*(const uint64_t *)member, digits)] = '\0';
			value = digits;
		} else if (row->type == CONFIG_FLAG) {
			value = *(const bool *)member ? "yes" : "no";
		}
		visit(context, row->key, value, row->unit, row->meaning);
	}
}
