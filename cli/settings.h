/* The settings of titoli and where each came from: flag, environment, file, default, in this order.
 * The file has `key = value` lines; a key that is unknown or repeated stops the program. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "cli/arguments.h"
#include "cli/client.h"

#define SETTING_SIZE_MAX 1024u

enum setting {
	SETTING_URL,
	SETTING_TOKEN,
	SETTING_TOKEN_FILE,
	SETTING_CA,
	SETTING_LANG,
	SETTING_TIMEOUT,
	SETTING_TRIES,
	SETTING_TITOLID,
	SETTING_PROFILES,
	SETTING_SIGN_KEY,
	SETTING_PAGOPA_SEGREGATION,
	SETTING_SCHEMAS,
	SETTINGS,
};

struct setting_info {
	const char *key;	 /* in the file; the flag is the same with '-' */
	const char *environment; /* variable */
	const char *initial;
	const char *meaning;
};

struct settings {
	char values[SETTINGS][SETTING_SIZE_MAX];
	char origins[SETTINGS][SETTING_SIZE_MAX];
	char fault[SETTING_SIZE_MAX]; /* why settings_load failed, one English sentence */
};

const struct setting_info *setting_info(enum setting setting);

/* RESULT_OK or RESULT_CONFIG_INVALID with the fault told. The token's file is read here. */
MUST_CHECK enum result settings_load(struct settings *settings, struct arguments *arguments);

/* What a client needs; its texts point into the settings. */
struct client_options settings_client(const struct settings *settings);

#endif
