/* titolid: the daemon of Titoli, and the offline work on its ledger.
 *
 *	titolid [run] --config FILE          answer until SIGTERM
 *	titolid init --ledger FOLDER --clock system|manual=INSTANT
 *	titolid verify | restore | recover   without a running daemon
 *
 * Settings come from the file, then from --ledger and --set; the effective ones are logged once. */
#include "engine/base/text.h"
#include "engine/daemon/init.h"
#include "engine/daemon/ledger.h"
#include "engine/daemon/offline.h"
#include "engine/daemon/run.h"
#include "engine/http/hub.h"
#include "engine/system/config.h"
#include "engine/system/log.h"
#include "engine/system/process.h"
#include "engine/system/signals.h"
#include "engine/system/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAIN_SETS_MAX	 32u
#define MAIN_USAGE_EXIT	 2
#define MAIN_DIGITS_SIZE 24u

enum main_verb {
	MAIN_RUN,
	MAIN_INIT,
	MAIN_VERIFY,
	MAIN_RESTORE,
	MAIN_RECOVER,
};

struct main_arguments {
	enum main_verb verb;
	const char *config;
	const char *ledger;
	const char *clock;
	const char *from;      /* restore */
	const char *drop_from; /* recover */
	bool rebuild_store;    /* recover */
	bool check_config;
	const char *sets[MAIN_SETS_MAX]; /* KEY=VALUE */
	uint32_t set_count;
};

static const char main_usage[] =
    "usage: titolid [run] --config FILE [--check-config]\n"
    "       titolid init --ledger FOLDER [--clock system|manual=INSTANT]\n"
    "       titolid verify --ledger FOLDER\n"
    "       titolid restore --from BACKUP --ledger FOLDER\n"
    "       titolid recover --ledger FOLDER (--drop-from SEQUENCE | --rebuild-store)\n"
    "       titolid --version | --help\n"
    "Every verb takes --config FILE, --ledger FOLDER and --set KEY=VALUE (repeatable).\n"
    "\n"
    "examples:\n"
    "  titolid init --ledger /var/lib/titoli/ledger\n"
    "  titolid run --ledger /var/lib/titoli/ledger --set listen=127.0.0.1:8910\n"
    "  titolid init --ledger build/try --clock manual=2026-01-02T08:00:00+01:00\n"
    "\n"
    "settings (key, default, unit):\n";

static void main_print_setting(void *context, const char *key, const char *value, const char *unit,
			       const char *meaning)
{
	(void)context;
	(void)printf("  %-18s %-16s %-12s %s\n", key, value[0] == '\0' ? "-" : value, unit,
		     meaning);
}

static void main_help(void)
{
	static struct config config;

	config_init(&config);
	(void)fputs(main_usage, stdout);
	config_each(&config, main_print_setting, NULL);
}

static int main_misused(const char *what, const char *which)
{
	(void)fprintf(stderr, "titolid: %s: %s\nTry titolid --help.\n", what, which);
	return MAIN_USAGE_EXIT;
}

/* ---- Arguments ---- */

static bool main_verb_of(const char *word, enum main_verb *ret_verb)
{
	static const struct {
		const char *word;
		enum main_verb verb;
	} verbs[] = {
	    {"run", MAIN_RUN},	       {"init", MAIN_INIT},	  {"verify", MAIN_VERIFY},
	    {"restore", MAIN_RESTORE}, {"recover", MAIN_RECOVER},
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].word, word) == 0) {
			*ret_verb = verbs[i].verb;
			return true;
		}
	}
	return false;
}

/* Where the value of an option goes; NULL: no such option, or one without a value. */
static const char **main_value_of(struct main_arguments *arguments, const char *option)
{
	if (strcmp(option, "--config") == 0)
		return &arguments->config;
	if (strcmp(option, "--ledger") == 0)
		return &arguments->ledger;
	if (strcmp(option, "--clock") == 0)
		return &arguments->clock;
	if (strcmp(option, "--from") == 0)
		return &arguments->from;
	if (strcmp(option, "--drop-from") == 0)
		return &arguments->drop_from;
	if (strcmp(option, "--set") == 0 && arguments->set_count < MAIN_SETS_MAX)
		return &arguments->sets[arguments->set_count++];
	return NULL;
}

/* 0: understood; else the exit code. */
static int main_parse(int count, char **words, struct main_arguments *arguments)
{
	int at = 1;

	if (count > 1 && main_verb_of(words[1], &arguments->verb))
		at = 2;
	for (; at < count; at++) {
		const char **value;

		if (strcmp(words[at], "--check-config") == 0) {
			arguments->check_config = true;
			continue;
		}
		if (strcmp(words[at], "--rebuild-store") == 0) {
			arguments->rebuild_store = true;
			continue;
		}
		value = main_value_of(arguments, words[at]);
		if (value == NULL)
			return main_misused("not understood", words[at]);
		if (at + 1 == count)
			return main_misused("a value is missing after", words[at]);
		*value = words[++at];
	}
	return 0;
}

/* ---- Settings ---- */

static enum result main_set(struct config *config, const char *pair, struct config_fault *fault)
{
	char key[CONFIG_KEY_SIZE_MAX] = {0};
	const char *equals = strchr(pair, '=');
	size_t size = equals == NULL ? 0 : (size_t)(equals - pair);

	if (size == 0 || size >= sizeof(key)) {
		*fault = (struct config_fault){.reason = "--set wants KEY=VALUE"};
		return RESULT_CONFIG_INVALID;
	}
	memcpy(key, pair, size);
	return config_set(config, key, equals + 1, fault);
}

static enum result main_configure(const struct main_arguments *arguments, struct config *config)
{
	struct config_fault fault = {.reason = NULL};
	enum result result = RESULT_OK;

	config_init(config);
	if (arguments->config != NULL)
		result = config_read(config, arguments->config, &fault);
	if (result == RESULT_OK && arguments->ledger != NULL)
		result = config_set(config, "ledger", arguments->ledger, &fault);
	for (uint32_t i = 0; result == RESULT_OK && i < arguments->set_count; i++)
		result = main_set(config, arguments->sets[i], &fault);
	if (result == RESULT_OK && config->ledger[0] == '\0') {
		fault = (struct config_fault){.key = "ledger", .reason = "required"};
		result = RESULT_CONFIG_INVALID;
	}
	if (result != RESULT_OK)
		LOG("config_refused", log_result("result", result), log_text("key", fault.key),
		    log_number("line", fault.line), log_text("reason", fault.reason),
		    log_text("file", arguments->config));
	return result;
}

struct main_settings {
	struct log_field fields[LOG_FIELDS_MAX];
	char numbers[LOG_FIELDS_MAX][MAIN_DIGITS_SIZE];
	uint32_t count;
};

static void main_gather_setting(void *context, const char *key, const char *value, const char *unit,
				const char *meaning)
{
	struct main_settings *settings = context;
	size_t size = strlen(value);

	(void)unit;
	(void)meaning;
	ASSERT(settings->count + 1 < LOG_FIELDS_MAX);
	/* Short values may lie in memory that is used again; long ones lie in the config. */
	if (size < MAIN_DIGITS_SIZE) {
		memcpy(settings->numbers[settings->count], value, size + 1);
		value = settings->numbers[settings->count];
	}
	settings->fields[settings->count++] = log_text(key, value);
}

static void main_log_settings(const struct config *config)
{
	static struct main_settings settings;

	settings.count = 0;
	config_each(config, main_gather_setting, &settings);
	settings.fields[settings.count] = (struct log_field){.name = NULL};
	log_write("configured", settings.fields);
}

/* ---- Verbs ---- */

static int main_init(const struct main_arguments *arguments, const struct config *config,
		     const struct zone_table *zone)
{
	struct init_clock clock;
	const char *fault = NULL;
	enum result result;

	if (!init_clock_parse(arguments->clock == NULL ? "system" : arguments->clock, zone, &clock))
		return main_misused("--clock is system or manual=INSTANT, for instance "
				    "manual=2026-01-02T08:00:00+01:00; not",
				    arguments->clock);
	result = init_run(config, &clock, zone, &fault);
	if (result != RESULT_OK) {
		LOG("init_failed", log_result("result", result),
		    log_text("title", result_info(result)->title[RESULT_LANGUAGE_EN]),
		    log_text("detail", fault), log_text("folder", config->ledger),
		    log_text("remedy",
			     result == RESULT_IO_FAILED
				 ? "The folder above it must exist, and this user must be able to "
				   "write there."
				 : ledger_remedy(result)));
		return result_info(result)->exit;
	}
	LOG("ledger_made", log_text("folder", config->ledger),
	    log_text("clock", clock.is_manual ? "manual" : "system"));
	(void)printf("%s/admin.token\n", config->ledger);
	return 0;
}

static int main_recover(const struct main_arguments *arguments, const struct config *config)
{
	uint64_t sequence = 0;

	if (arguments->rebuild_store && arguments->drop_from == NULL)
		return offline_rebuild_store(config);
	if (arguments->drop_from == NULL || arguments->rebuild_store)
		return main_misused("recover wants one of", "--drop-from --rebuild-store");
	if (!text_parse_u64(slice_from_text(arguments->drop_from), INT64_MAX, &sequence) ||
	    sequence == 0)
		return main_misused("not a sequence", arguments->drop_from);
	return offline_drop_from(config, sequence);
}

/* Nobody's superuser, and nothing in core dumps, before a file is opened. */
static enum result main_become(const struct config *config)
{
	enum process_identity identity = PROCESS_AS_STARTED;
	enum result result = process_become(config->user, &identity);

	/* Changing the user takes the mark of the process away: it is set last. */
	if (result == RESULT_OK && !config->core_dumps)
		result = process_hide_memory();
	if (result != RESULT_OK) {
		LOG("start_failed", log_result("result", result), log_text("key", "user"),
		    log_text("detail", "no such user, or root, or the kernel refused"),
		    log_text("remedy", result_info(result)->remedy[RESULT_LANGUAGE_EN]));
		return result;
	}
	if (identity == PROCESS_CHANGED)
		LOG("user_changed", log_text("user", config->user));
	if (identity == PROCESS_IS_ROOT)
		LOG("running_as_root", log_text("remedy", "Set user, or start it as another."));
	return RESULT_OK;
}

static int main_do(const struct main_arguments *arguments, const struct config *config)
{
	static struct zone_table zone;
	enum result result = main_become(config);

	if (result != RESULT_OK)
		return result_info(result)->exit;
	result = zone_derive(config->time_zone, &zone);
	if (result != RESULT_OK) {
		LOG("start_failed", log_result("result", result),
		    log_text("time_zone", config->time_zone),
		    log_text("remedy", result_info(result)->remedy[RESULT_LANGUAGE_EN]));
		return result_info(result)->exit;
	}
	switch (arguments->verb) {
	case MAIN_RUN:
		signals_block();
		main_log_settings(config);
		return run_daemon(config, &zone);
	case MAIN_INIT:
		return main_init(arguments, config, &zone);
	case MAIN_VERIFY:
		return offline_verify(config);
	case MAIN_RESTORE:
		return arguments->from == NULL ? main_misused("restore wants", "--from BACKUP")
					       : offline_restore(config, arguments->from);
	case MAIN_RECOVER:
		return main_recover(arguments, config);
	}
	return MAIN_USAGE_EXIT;
}

int main(int count, char **words)
{
	static struct config config;
	struct main_arguments arguments = {.verb = MAIN_RUN};
	enum result result;
	int misused;

	if (count == 2 && strcmp(words[1], "--version") == 0) {
		(void)printf("titolid %s\n", HUB_VERSION);
		return 0;
	}
	if (count == 2 && (strcmp(words[1], "--help") == 0 || strcmp(words[1], "help") == 0)) {
		main_help();
		return 0;
	}
	misused = main_parse(count, words, &arguments);
	if (misused != 0)
		return misused;
	result = main_configure(&arguments, &config);
	if (result != RESULT_OK)
		return result_info(result)->exit;
	if (arguments.check_config) {
		main_log_settings(&config);
		return 0;
	}
	return main_do(&arguments, &config);
}
