/* See options.h. */
#include "bench/support/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void refuse(const char *name, const char *why)
{
	fprintf(stderr, "--%s: %s (--help lists the options)\n", name, why);
	exit(2);
}

const char *options_word(const char *choices, uint64_t place, uint32_t *ret_size)
{
	const char *word = choices;
	for (uint64_t i = 0; i < place; i++)
		word += strcspn(word, "|") + 1;
	*ret_size = (uint32_t)strcspn(word, "|");
	return word;
}

static void print_value(const struct option_row *row)
{
	uint32_t size = 0;
	if (row->kind == OPTION_TEXT) {
		const char *text = *(const char *const *)row->to;
		printf(" TEXT (%s)", text != NULL && text[0] != '\0' ? text : "none");
	} else if (row->kind == OPTION_NUMBER) {
		printf(" N (%llu)", (unsigned long long)*(const uint64_t *)row->to);
	} else if (row->kind == OPTION_CHOICE) {
		const char *word =
		    options_word(row->choices, *(const uint64_t *)row->to, &size);
		printf(" %s (%.*s)", row->choices, (int)size, word);
	}
}

static void print_help(const struct option_table *table)
{
	puts(table->purpose);
	for (uint32_t i = 0; i < table->count; i++) {
		printf("  --%s", table->rows[i].name);
		print_value(&table->rows[i]);
		printf(": %s\n", table->rows[i].meaning);
	}
}

static void set_choice(const struct option_row *row, const char *value)
{
	size_t length = strlen(value);
	uint64_t place = 0;
	for (const char *word = row->choices;; place++) {
		size_t size = strcspn(word, "|");
		if (size == length && memcmp(word, value, size) == 0) {
			*(uint64_t *)row->to = place;
			return;
		}
		if (word[size] == '\0')
			refuse(row->name, row->choices);
		word += size + 1;
	}
}

static void set(const struct option_row *row, const char *value)
{
	if (row->kind == OPTION_TEXT) {
		*(const char **)row->to = value;
	} else if (row->kind == OPTION_CHOICE) {
		set_choice(row, value);
	} else {
		char *end = NULL;
		errno = 0;
		unsigned long long number = strtoull(value, &end, 10);
		if (errno != 0 || end == value || *end != '\0' || value[0] == '-')
			refuse(row->name, "a whole number is wanted");
		if (number < row->least || number > row->most)
			refuse(row->name, "out of bounds");
		*(uint64_t *)row->to = number;
	}
}

static const struct option_row *find(const struct option_table *table, const char *text)
{
	size_t size = strcspn(text, "=");
	for (uint32_t i = 0; i < table->count; i++)
		if (strlen(table->rows[i].name) == size &&
		    memcmp(table->rows[i].name, text, size) == 0)
			return &table->rows[i];
	return NULL;
}

void options_read(const struct option_table *table, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *text = argv[i];
		if (strcmp(text, "--help") == 0) {
			print_help(table);
			exit(0);
		}
		const struct option_row *row =
		    strncmp(text, "--", 2) == 0 ? find(table, text + 2) : NULL;
		if (row == NULL) {
			fprintf(stderr, "%s: no such option (--help lists them)\n", text);
			exit(2);
		}
		const char *value = strchr(text, '=');
		if (row->kind == OPTION_SWITCH)
			*(uint64_t *)row->to = 1;
		else if (value != NULL)
			set(row, value + 1);
		else if (i + 1 < argc)
			set(row, argv[++i]);
		else
			refuse(row->name, "a value is wanted");
	}
}
