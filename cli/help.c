/* Help: see help.h. */
#include "cli/help.h"

#include "cli/commands.h"
#include "engine/api/query.h"
#include "engine/base/assert.h"

#include <stdio.h>
#include <string.h>

#define FILTERS_MAX 32u
#define REPORTS	    "/v1/reports/"

static const char flags_text[] =
    "  --json        answers as JSON          --dry-run  print the request, send nothing\n"
    "  --url URL     http://… or unix:/path   --check    ask what the answer would be\n"
    "  --token-file F, --config F, --key K, --lang it|en, --timeout-s N, --tries N,\n"
    "  --ca F, --quiet\n";

/* A plausible value of a field, for examples. */
static const char *sample_of(const struct field *field)
{
	switch (field->type) {
	case FIELD_FLAG:
		return "";
	case FIELD_CENTS:
		return "1.234,56";
	case FIELD_DAY:
		return "2026-10-01";
	case FIELD_MONTH:
		return "2026-10";
	case FIELD_INSTANT:
		return "2026-10-05T09:00";
	case FIELD_ENUM:
		return field->enumeration->values[0].name;
	case FIELD_LIST:
		return ""; /* print_sample prints its items */
	case FIELD_ID:
		break;
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
		return strcmp(field->name, "year") == 0		? "2026"
		       : strncmp(field->name, "units", 5) == 0 ? "720"
							       : "60";
	case FIELD_BYTES:
		return "HEX";
	case FIELD_CODE:
		return "XXXX-XXXX-XXXX-XXXX-XX";
	case FIELD_TEXT:
	case FIELD_KEYED:
		return strcmp(field->name, "act") == 0 ? "'DT 12/2026'" : "TEXT";
	}
	switch ((enum record_kind)field->kind) {
	case RECORD_KIND_VOUCHER:
		return "0000012K";
	case RECORD_KIND_COMUNE:
		return "019067";
	case RECORD_KIND_FUND:
		return "FNPS";
	case RECORD_KIND_AMBITO:
		return "CREMA";
	case RECORD_KIND_SERVICE:
		return "SAD_OSS";
	case RECORD_KIND_PROVIDER:
		return "ALFA";
	default:
		return NULL;
	}
}

static void print_value(const struct field *field)
{
	const char *sample = sample_of(field);
	if (sample != NULL)
		printf("%s", sample);
	else
		printf("%s_1", record_info((enum record_kind)field->kind)->prefix);
}

/* Of a list one item, up to its last field that is required. */
static void print_sample(const struct field *field)
{
	putchar(' ');
	if (field->type != FIELD_LIST) {
		print_value(field);
		return;
	}
	uint32_t count = 1;
	for (uint32_t i = 0; i < field->items->count; i++)
		count = field->items->fields[i].flags & FIELD_REQ ? i + 1 : count;
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0)
			putchar(':');
		print_value(&field->items->fields[i]);
	}
}

/* The flag as people write it: amounts in euro. */
static void flag_of(const struct field *field, char ret_flag[COMMANDS_TEXT_SIZE])
{
	commands_dashed(field->name, ret_flag);
	size_t size = strlen(ret_flag);
	if (field->type == FIELD_CENTS && size > 6)
		ret_flag[size - 6] = '\0';
}

static void print_example(const struct command_info *info, const struct command_words *words)
{
	printf("\nExample\n  titoli %s %s", words->noun, words->verb);
	for (uint32_t i = 0; i < info->set.count; i++)
		if (info->set.fields[i].flags & FIELD_PATH)
			print_sample(&info->set.fields[i]);
	for (uint32_t i = 0; i < info->set.count; i++) {
		char flag[COMMANDS_TEXT_SIZE];
		if ((info->set.fields[i].flags & FIELD_REQ) == 0)
			continue;
		flag_of(&info->set.fields[i], flag);
		printf(" --%s", flag);
		print_sample(&info->set.fields[i]);
	}
	puts("");
}

static void print_roles(const struct command_info *info)
{
	printf("\nRoles:");
	for (uint32_t i = 0; i < enum_role.count; i++)
		if (info->roles & (1u << enum_role.values[i].number))
			printf(" %s", enum_role.values[i].name);
	puts("");
}

static void print_names(const struct enum_info *enumeration)
{
	printf("%22s", "");
	for (uint32_t i = 0; i < enumeration->count; i++)
		printf("%s%s", i == 0 ? "one of " : ", ", enumeration->values[i].name);
	puts("");
}

/* How an item of a list is written: its fields in order, those in brackets may be left out. */
static void print_items(const struct field_set *items)
{
	printf("%22sapart by commas, each ", "");
	for (uint32_t i = 0; i < items->count; i++)
		printf(items->fields[i].flags & FIELD_REQ ? "%s%s" : "[%s%s]", i == 0 ? "" : ":",
		       items->fields[i].name);
	puts("");
	for (uint32_t i = 0; i < items->count; i++)
		if (items->fields[i].type == FIELD_ENUM)
			print_names(items->fields[i].enumeration);
}

int help_command(uint8_t command)
{
	const struct command_info *info = command_info(command);
	struct command_words words;
	bool is_known = commands_words(command, &words);
	ASSERT(is_known);
	printf("%s.\nPOST %s\n\n", info->summary_en, info->path);
	for (uint32_t i = 0; i < info->set.count; i++) {
		const struct field *field = &info->set.fields[i];
		char flag[COMMANDS_TEXT_SIZE];
		if (field->flags & FIELD_EDGE)
			continue;
		flag_of(field, flag);
		printf("  --%-18s %s%s\n", flag, field->meaning,
		       (field->flags & FIELD_PATH)  ? " (or a plain word)"
		       : (field->flags & FIELD_REQ) ? ""
						    : " (optional)");
		if (field->type == FIELD_ENUM)
			print_names(field->enumeration);
		else if (field->type == FIELD_LIST)
			print_items(field->items);
	}
	print_roles(info);
	print_example(info, &words);
	if (commands_batch_path(command) != NULL)
		printf("  titoli import %s-%s FILE.csv      many at once\n", words.noun,
		       words.verb);
	return EXIT_DONE;
}

/* The next part of a noun's items from row *index of the routes on: `lines` of `statement`. */
static const char *next_part(const char *noun, uint32_t *index)
{
	const char *item = commands_item_path(noun);
	const struct route_table *table = commands_routes();
	size_t size = item == NULL ? 0 : strlen(item);
	for (; item != NULL && *index < table->count; (*index)++) {
		const struct route_row *row = &table->rows[*index];
		if (row->kind == ROUTE_QUERY && strncmp(row->path, item, size) == 0 &&
		    row->path[size] == '/' && strpbrk(row->path + size + 1, "/{:") == NULL)
			return table->rows[(*index)++].path + size + 1;
	}
	return NULL;
}

/* What narrows a list or a report. */
static void print_filters(const char *path)
{
	struct query_parameter parameters[FILTERS_MAX];
	const struct route_table *table = commands_routes();
	uint32_t count = 0;
	for (uint32_t i = 0; i < table->count; i++)
		if (table->rows[i].kind == ROUTE_QUERY && strcmp(table->rows[i].path, path) == 0)
			count = query_parameters(&table->rows[i], parameters, FILTERS_MAX);
	if (count == 0)
		return;
	printf("%36s", "");
	for (uint32_t i = 0; i < count; i++) {
		char flag[COMMANDS_TEXT_SIZE];
		commands_dashed(parameters[i].name, flag);
		printf(" --%s", flag);
	}
	puts("");
}

/* The first command of a noun; COMMAND_KIND_NONE: it has none. */
static uint32_t first_of(const char *noun)
{
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		struct command_words words;
		if (commands_words((uint8_t)kind, &words) && strcmp(words.noun, noun) == 0)
			return kind;
	}
	return COMMAND_KIND_NONE;
}

static void print_acts(const char *noun)
{
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		struct command_words words;
		if (commands_words((uint8_t)kind, &words) && strcmp(words.noun, noun) == 0)
			printf("  titoli %-16s %-16s %s\n", words.noun, words.verb,
			       command_info((uint8_t)kind)->summary_en);
	}
}

static bool print_noun(const char *noun)
{
	bool found = first_of(noun) != COMMAND_KIND_NONE;
	print_acts(noun);
	if (commands_list_path(noun) != NULL) {
		printf("  titoli %-16s %-16s GET %s\n", noun, "list", commands_list_path(noun));
		print_filters(commands_list_path(noun));
		found = true;
	}
	if (commands_item_path(noun) != NULL)
		printf("  titoli %-16s %-16s GET %s\n", noun, "show", commands_item_path(noun));
	uint32_t index = 0;
	for (const char *part; (part = next_part(noun, &index)) != NULL;)
		printf("  titoli %-16s %-16s GET %s/%s\n", noun, part, commands_item_path(noun),
		       part);
	return found;
}

static void print_overview(void)
{
	puts("titoli: the command line of Titoli, the vouchers of a social ambito.\n");
	for (const struct help_topic *topic = main_topics; topic->word != NULL; topic++)
		printf("  titoli %-33s %s\n", topic->usage, topic->summary);
	puts("");
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		struct command_words words;
		if (commands_words((uint8_t)kind, &words) && first_of(words.noun) == kind)
			print_acts(words.noun);
	}
	printf(
	    "\nEvery kind also has `list` and `show`. Flags of all:\n%s"
	    "\nExit codes: 0 done, 1 refused by a rule, 2 usage, 65 bad data, 69 unreachable, "
	    "70 internal,\n71 system, 73 cannot create, 74 input/output, 75 try again, "
	    "76 protocol, 77 no permission,\n78 configuration. `titoli help NOUN VERB` tells the "
	    "fields of a command.\n",
	    flags_text);
}

/* Their names, and what narrows each. */
static void print_all_reports(void)
{
	const struct route_table *table = commands_routes();
	puts("\nReports");
	for (uint32_t i = 0; i < table->count; i++) {
		const char *path = table->rows[i].path;
		if (table->rows[i].kind != ROUTE_QUERY ||
		    strncmp(path, REPORTS, strlen(REPORTS)) != 0)
			continue;
		printf("  titoli report %s\n", path + strlen(REPORTS));
		print_filters(path);
	}
}

static int help_topic(const char *word)
{
	for (const struct help_topic *topic = main_topics; topic->word != NULL; topic++) {
		if (strcmp(topic->word, word) != 0)
			continue;
		printf("titoli %s\n\n%s.\n", topic->usage, topic->summary);
		if (topic->examples != NULL)
			printf("\nExamples\n%s", topic->examples);
		if (strcmp(word, "report") == 0)
			print_all_reports();
		return EXIT_DONE;
	}
	return -1;
}

int help_run(struct session *session)
{
	const char *word = arguments_word(&session->arguments);
	const char *verb = arguments_word(&session->arguments);
	if (word == NULL) {
		print_overview();
		return EXIT_DONE;
	}
	if (verb != NULL && commands_find(word, verb) != COMMAND_KIND_NONE)
		return help_command(commands_find(word, verb));
	bool is_topic = help_topic(word) == EXIT_DONE;
	if (is_topic && commands_list_path(word) != NULL)
		puts("");
	if (print_noun(word) || is_topic)
		return EXIT_DONE;
	return session_usage("nothing is known of «%s»", word);
}

/* ---- Completion ---- */

static void print_words(void)
{
	for (const struct help_topic *topic = main_topics; topic->word != NULL; topic++)
		printf(" %s", topic->word);
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++) {
		if (!record_kind_exists(kind))
			continue;
		char noun[COMMANDS_TEXT_SIZE];
		commands_dashed(record_info((enum record_kind)kind)->name, noun);
		if (commands_list_path(noun) != NULL)
			printf(" %s", noun);
	}
}

/* Verbs that are no command of the API. */
static const struct {
	const char *noun;
	const char *verbs;
} own_verbs[] = {
    {"completion", "bash"},
    {"config", "show"},
    {"delivery", "send"},
    {"destination", "test"},
    {"document", "statement annex provider voucher"},
    {"export", "liquidation make finish again verify keygen siuss copay-positions preserve"},
    {"notice", "io"},
    {"preserve", "statement export verify"},
    {"profile", "list check"},
};

#define OWN_VERBS ((uint32_t)(sizeof(own_verbs) / sizeof(own_verbs[0])))

/* One branch of the case: the verbs of a noun. */
static void print_verbs(const char *noun)
{
	printf("\t%s) words=\"", noun);
	for (uint32_t i = 0; i < OWN_VERBS; i++)
		if (strcmp(own_verbs[i].noun, noun) == 0)
			printf("%s ", own_verbs[i].verbs);
	if (commands_list_path(noun) != NULL)
		printf("list show");
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		struct command_words words;
		if (commands_words((uint8_t)kind, &words) && strcmp(words.noun, noun) == 0)
			printf(" %s", words.verb);
	}
	uint32_t index = 0;
	for (const char *part; (part = next_part(noun, &index)) != NULL;)
		printf(" %s", part);
	puts("\" ;;");
}

/* `differences` is made here; the others are the daemon's. */
static void print_reports(void)
{
	const struct route_table *table = commands_routes();
	printf("differences");
	for (uint32_t i = 0; i < table->count; i++)
		if (table->rows[i].kind == ROUTE_QUERY &&
		    strncmp(table->rows[i].path, REPORTS, strlen(REPORTS)) == 0)
			printf(" %s", table->rows[i].path + strlen(REPORTS));
}

static void print_flags(uint8_t kind, const struct command_words *words)
{
	const struct command_info *info = command_info(kind);
	printf("\t\"%s %s\") flags=\"", words->noun, words->verb);
	for (uint32_t i = 0; i < info->set.count; i++) {
		char flag[COMMANDS_TEXT_SIZE];
		if (info->set.fields[i].flags & FIELD_EDGE)
			continue;
		flag_of(&info->set.fields[i], flag);
		printf(" --%s", flag);
	}
	puts("\" ;;");
}

int help_completion(struct session *session)
{
	const char *shell = arguments_word(&session->arguments);
	if (shell == NULL || strcmp(shell, "bash") != 0)
		return session_usage("titoli completion bash");
	puts("# bash completion of titoli; made by `titoli completion bash`\n_titoli()\n{\n"
	     "\tlocal word=${COMP_WORDS[COMP_CWORD]} noun=${COMP_WORDS[1]} verb=${COMP_WORDS[2]}\n"
	     "\tlocal words= flags=");
	printf("\tlocal first=\"");
	print_words();
	puts("\"\n\tlocal common=\"--json --dry-run --check --url --token-file --config --key "
	     "--lang "
	     "--quiet --help\"\n\tcase $noun in\n"
	     "\timport) COMPREPLY=($(compgen -f -- \"$word\")); return ;;");
	printf("\treport) words=\"");
	print_reports();
	puts("\" ;;");
	for (uint32_t i = 0; i < OWN_VERBS; i++)
		if (commands_list_path(own_verbs[i].noun) == NULL)
			print_verbs(own_verbs[i].noun);
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++) {
		if (!record_kind_exists(kind))
			continue;
		char noun[COMMANDS_TEXT_SIZE];
		commands_dashed(record_info((enum record_kind)kind)->name, noun);
		if (commands_list_path(noun) != NULL)
			print_verbs(noun);
	}
	puts("\tesac\n\tcase \"$noun $verb\" in");
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		struct command_words words;
		if (commands_words((uint8_t)kind, &words))
			print_flags((uint8_t)kind, &words);
	}
	puts("\tesac\n"
	     "\tif [[ $word == -* ]]; then COMPREPLY=($(compgen -W \"$flags $common\" -- "
	     "\"$word\"))\n"
	     "\telif ((COMP_CWORD == 1)); then COMPREPLY=($(compgen -W \"$first\" -- \"$word\"))\n"
	     "\telif ((COMP_CWORD == 2)); then COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	     "\telse COMPREPLY=($(compgen -f -- \"$word\")); fi\n}\ncomplete -F _titoli titoli");
	return EXIT_DONE;
}
