/* Help: see help.h. */
#include "cli/help.h"

#include "cli/commands.h"
#include "engine/base/assert.h"

#include <stdio.h>
#include <string.h>

static const char flags_text[] =
    "  --json        answers as JSON          --dry-run  print the request, send nothing\n"
    "  --url URL     http://… or unix:/path   --check    ask what the answer would be\n"
    "  --token-file F, --config F, --key K, --lang it|en, --timeout-s N, --tries N, --quiet\n";

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
		return field->items->count == 1 ? "SAD_OSS,SAD_ASA" : "SAD_OSS:720";
	case FIELD_ID:
		break;
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
		return strcmp(field->name, "year") == 0 ? "2026" : "60";
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

static void print_sample(const struct field *field)
{
	const char *sample = sample_of(field);
	if (sample != NULL)
		printf(" %s", sample);
	else
		printf(" %s_1", record_info((enum record_kind)field->kind)->prefix);
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
	}
	print_roles(info);
	print_example(info, &words);
	if (commands_batch_path(command) != NULL)
		printf("  titoli import %s-%s FILE.csv      many at once\n", words.noun,
		       words.verb);
	return EXIT_DONE;
}

static bool print_noun(const char *noun)
{
	bool found = false;
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		struct command_words words;
		if (!commands_words((uint8_t)kind, &words) || strcmp(words.noun, noun) != 0)
			continue;
		printf("  titoli %-16s %-16s %s\n", words.noun, words.verb,
		       command_info((uint8_t)kind)->summary_en);
		found = true;
	}
	if (commands_list_path(noun) != NULL) {
		printf("  titoli %-16s %-16s GET %s\n", noun, "list", commands_list_path(noun));
		found = true;
	}
	if (commands_item_path(noun) != NULL)
		printf("  titoli %-16s %-16s GET %s\n", noun, "show", commands_item_path(noun));
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
		if (commands_words((uint8_t)kind, &words))
			printf("  titoli %-16s %-16s %s\n", words.noun, words.verb,
			       command_info((uint8_t)kind)->summary_en);
	}
	printf(
	    "\nEvery kind also has `list` and `show`. Flags of all:\n%s"
	    "\nExit codes: 0 done, 1 refused by a rule, 2 usage, 65 bad data, 69 unreachable, "
	    "70 internal,\n71 system, 73 cannot create, 74 input/output, 75 try again, "
	    "76 protocol, 77 no permission,\n78 configuration. `titoli help NOUN VERB` tells the "
	    "fields of a command.\n",
	    flags_text);
}

static int help_topic(const char *word)
{
	for (const struct help_topic *topic = main_topics; topic->word != NULL; topic++) {
		if (strcmp(topic->word, word) != 0)
			continue;
		printf("titoli %s\n\n%s.\n", topic->usage, topic->summary);
		if (topic->examples != NULL)
			printf("\nExamples\n%s", topic->examples);
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
	int code = help_topic(word);
	if (code == EXIT_DONE || print_noun(word))
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

/* One branch of the case: the verbs of a noun. */
static void print_verbs(const char *noun)
{
	printf("\t%s) words=\"", noun);
	if (commands_list_path(noun) != NULL)
		printf("list show");
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		struct command_words words;
		if (commands_words((uint8_t)kind, &words) && strcmp(words.noun, noun) == 0)
			printf(" %s", words.verb);
	}
	puts("\" ;;");
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
	     "\treport) words=\"ageing attestations balances ceiling-titles ceilings comuni "
	     "differences forecast funder payer-quarters "
	     "providers receivables refusals residual-list residuals transparency units "
	     "unused\" ;;\n"
	     "\tdocument) words=\"statement annex provider voucher list show\" ;;\n"
	     "\tpreserve) words=\"statement export verify\" ;;\n"
	     "\texport) words=\"liquidation preserve siuss\" ;;\n\tconfig) words=\"show\" ;;\n"
	     "\tcompletion) words=\"bash\" ;;\n\timport) COMPREPLY=($(compgen -f -- \"$word\")); "
	     "return ;;");
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
