/* Words and flags: see arguments.h. */
#include "cli/arguments.h"

#include "cli/commands.h"
#include "engine/base/assert.h"

#include <stddef.h>
#include <string.h>

/* Flags of the program itself that take no value. */
static const char *const lone_flags[] = {"json", "dry-run", "check",  "help",	"version",
					 "keep", "quiet",   "record", "origin", "all",
					 "card", "each-comune", "once", "unwrap",
					 "refuse", "with-discrepancies", "cancel"};

static bool stands_alone(const char *name)
{
	for (uint32_t i = 0; i < sizeof(lone_flags) / sizeof(lone_flags[0]); i++)
		if (strcmp(name, lone_flags[i]) == 0)
			return true;
	return commands_has_lone_flag(name);
}

static bool take_flag(struct arguments *arguments, char *word, const char *next, bool *ret_took)
{
	char *equals = strchr(word, '=');
	struct argument_flag flag = {.name = word};
	*ret_took = false;
	if (equals != NULL) {
		*equals = '\0';
		flag.value = equals + 1;
	} else if (!stands_alone(word)) {
		if (next == NULL)
			return false;
		flag.value = next;
		*ret_took = true;
	}
	arguments->flags[arguments->flag_count++] = flag;
	return true;
}

bool arguments_parse(struct arguments *arguments, int count, char *const *values)
{
	ASSERT(arguments != NULL && values != NULL);
	*arguments = (struct arguments){.word_count = 0};
	bool only_words = false;
	for (int i = 1; i < count; i++) {
		char *word = values[i];
		arguments->fault = word;
		if (arguments->word_count == ARGUMENTS_MAX ||
		    arguments->flag_count == ARGUMENTS_MAX)
			return false;
		if (!only_words && strcmp(word, "--") == 0) {
			only_words = true;
		} else if (!only_words && strcmp(word, "-h") == 0) {
			arguments->flags[arguments->flag_count++].name = "help";
		} else if (!only_words && strncmp(word, "--", 2) == 0) {
			bool took;
			if (!take_flag(arguments, word + 2, i + 1 < count ? values[i + 1] : NULL,
				       &took))
				return false;
			i += took ? 1 : 0;
		} else {
			arguments->words[arguments->word_count++] = word;
		}
	}
	arguments->fault = NULL;
	return true;
}

const char *arguments_word(struct arguments *arguments)
{
	if (arguments->next_word == arguments->word_count)
		return NULL;
	return arguments->words[arguments->next_word++];
}

const char *arguments_flag(struct arguments *arguments, const char *name)
{
	const char *value = NULL;
	for (uint32_t i = 0; i < arguments->flag_count; i++) {
		struct argument_flag *flag = &arguments->flags[i];
		if (strcmp(flag->name, name) != 0)
			continue;
		flag->is_used = true;
		value = flag->value == NULL ? "" : flag->value;
	}
	return value;
}

bool arguments_has(struct arguments *arguments, const char *name)
{
	return arguments_flag(arguments, name) != NULL;
}

const char *arguments_unused(const struct arguments *arguments)
{
	for (uint32_t i = 0; i < arguments->flag_count; i++)
		if (!arguments->flags[i].is_used)
			return arguments->flags[i].name;
	return NULL;
}
