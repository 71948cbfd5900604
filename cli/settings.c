/* Settings: see settings.h. */
#include "cli/settings.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct setting_info infos[SETTINGS] = {
    [SETTING_URL] = {"url", "TITOLI_URL", "http://127.0.0.1:8910",
		     "address of titolid, or unix:/path of its socket"},
    [SETTING_TOKEN] = {"token", "TITOLI_TOKEN", "", "access token; better kept in a file"},
    [SETTING_TOKEN_FILE] = {"token_file", "TITOLI_TOKEN_FILE", "", "file that holds the token"},
    [SETTING_CA] = {"ca", "TITOLI_CA", "",
		    "certificates (PEM) that vouch for an https address; empty: the system's"},
    [SETTING_LANG] = {"lang", "TITOLI_LANG", "it", "language of answers: it or en"},
    [SETTING_TIMEOUT] = {"timeout_s", "TITOLI_TIMEOUT_S", "60", "seconds for one try"},
    [SETTING_TRIES] = {"tries", "TITOLI_TRIES", "5", "tries in all, with the same key"},
    [SETTING_TITOLID] = {"titolid", "TITOLI_TITOLID", "",
			 "program for verify, restore, recover, demo; empty: beside titoli, then "
			 "in PATH"},
    [SETTING_SIGN_KEY] = {"sign_key", "TITOLI_SIGN_KEY", "",
			  "Ed25519 key (PEM) that signs manifests; empty: they are not signed"},
    [SETTING_PROFILES] = {"profiles_dir", "TITOLI_PROFILES", "",
			  "folder of profiles of tables; empty: those that came with titoli"},
    [SETTING_PAGOPA_SEGREGATION] = {"pagopa_segregation", "TITOLI_PAGOPA_SEGREGATION", "",
				    "code of two digits of this ledger's pagoPA notices"},
    [SETTING_SCHEMAS] = {"schemas_dir", "TITOLI_SCHEMAS", "",
			 "folder of the publishers' XML schemas, against which files are "
			 "validated; empty: they are not"},
};

const struct setting_info *setting_info(enum setting setting)
{
	ASSERT(setting < SETTINGS);
	return &infos[setting];
}

static bool fail(struct settings *settings, const char *text, const char *about)
{
	snprintf(settings->fault, sizeof(settings->fault), "%s: %.900s", text, about);
	return false;
}

static bool set(struct settings *settings, enum setting setting, const char *value,
		const char *origin)
{
	if (strlen(value) >= SETTING_SIZE_MAX)
		return fail(settings, "the value is too long", infos[setting].key);
	snprintf(settings->values[setting], SETTING_SIZE_MAX, "%s", value);
	snprintf(settings->origins[setting], SETTING_SIZE_MAX, "%.1000s", origin);
	return true;
}

/* ---- The file ---- */

static enum setting setting_of(struct slice key)
{
	for (uint32_t i = 0; i < SETTINGS; i++)
		if (slice_equals_text(key, infos[i].key))
			return (enum setting)i;
	return SETTINGS;
}

static bool take_line(struct settings *settings, struct slice line, const char *origin,
		      uint32_t *seen)
{
	char text[SETTING_SIZE_MAX];
	line = text_trim(line);
	if (line.size == 0 || line.data[0] == '#' || line.data[0] == ';')
		return true;
	const char *equals = memchr(line.data, '=', line.size);
	if (equals == NULL)
		return fail(settings, "not a `key = value` line", origin);
	uint32_t size = (uint32_t)(equals - line.data);
	enum setting setting = setting_of(text_trim((struct slice){line.data, size}));
	struct slice value = text_trim((struct slice){equals + 1, line.size - size - 1});
	if (setting == SETTINGS)
		return fail(settings, "unknown key", origin);
	if ((*seen & (1u << setting)) != 0)
		return fail(settings, "a key is given twice", origin);
	if (value.size >= sizeof(text))
		return fail(settings, "the value is too long", origin);
	*seen |= 1u << setting;
	if (value.size > 0)
		memcpy(text, value.data, value.size);
	text[value.size] = '\0';
	return set(settings, setting, text, origin);
}

static bool take_file(struct settings *settings, const char *path, bool must_exist)
{
	struct buffer text = {NULL, 0, 0};
	if (!buffer_read_file(&text, path)) {
		buffer_free(&text);
		return must_exist ? fail(settings, "cannot read the configuration", path) : true;
	}
	uint32_t seen = 0;
	uint32_t number = 1;
	bool good = true;
	const char *at = buffer_string(&text);
	while (good && *at != '\0') {
		size_t size = strcspn(at, "\n");
		char origin[SETTING_SIZE_MAX];
		snprintf(origin, sizeof(origin), "%.900s:%u", path, number++);
		good = take_line(settings, (struct slice){at, (uint32_t)size}, origin, &seen);
		at += size + (at[size] == '\n' ? 1 : 0);
	}
	buffer_free(&text);
	return good;
}

static bool take_files(struct settings *settings, struct arguments *arguments)
{
	const char *named = arguments_flag(arguments, "config");
	if (named != NULL)
		return take_file(settings, named, true);
	char path[SETTING_SIZE_MAX];
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	if (config != NULL && config[0] != '\0')
		snprintf(path, sizeof(path), "%.900s/titoli/titoli.conf", config);
	else if (home != NULL)
		snprintf(path, sizeof(path), "%.900s/.config/titoli/titoli.conf", home);
	else
		return true;
	return take_file(settings, path, false);
}

/* ---- All together ---- */

static bool take_flags(struct settings *settings, struct arguments *arguments)
{
	for (uint32_t i = 0; i < SETTINGS; i++) {
		char flag[32];
		snprintf(flag, sizeof(flag), "%s", infos[i].key);
		for (char *at = flag; *at != '\0'; at++)
			*at = *at == '_' ? '-' : *at;
		const char *environment = getenv(infos[i].environment);
		const char *value = arguments_flag(arguments, flag);
		if (environment != NULL && environment[0] != '\0' &&
		    !set(settings, (enum setting)i, environment, infos[i].environment))
			return false;
		if (value != NULL && !set(settings, (enum setting)i, value, "flag"))
			return false;
	}
	return true;
}

/* A token given more closely than the file wins; else the file is read. */
static bool take_token(struct settings *settings, bool token_is_closer)
{
	const char *path = settings->values[SETTING_TOKEN_FILE];
	if (path[0] == '\0' || token_is_closer)
		return true;
	struct buffer text = {NULL, 0, 0};
	if (!buffer_read_file(&text, path)) {
		buffer_free(&text);
		return fail(settings, "cannot read the token's file", path);
	}
	struct slice token = text_trim(buffer_slice(&text));
	bool fits = token.size < SETTING_SIZE_MAX;
	if (fits)
		snprintf(settings->values[SETTING_TOKEN], SETTING_SIZE_MAX, "%.*s", (int)token.size,
			 token.size == 0 ? "" : token.data);
	buffer_free(&text);
	return fits ? true : fail(settings, "this is no token", path);
}

/* 3 flag, 2 environment, 1 file, 0 default. */
static uint32_t closeness(const struct settings *settings, enum setting setting)
{
	const char *origin = settings->origins[setting];
	if (strcmp(origin, "flag") == 0)
		return 3;
	if (strcmp(origin, infos[setting].environment) == 0)
		return 2;
	return strcmp(origin, "default") == 0 ? 0 : 1;
}

static bool check(struct settings *settings)
{
	uint32_t number = 0;
	const char *lang = settings->values[SETTING_LANG];
	if (strcmp(lang, "it") != 0 && strcmp(lang, "en") != 0)
		return fail(settings, "the language is it or en, not", lang);
	if (!text_parse_u32(slice_from_text(settings->values[SETTING_TIMEOUT]), 3600, &number) ||
	    number == 0)
		return fail(settings, "timeout_s is 1 to 3600, not",
			    settings->values[SETTING_TIMEOUT]);
	if (!text_parse_u32(slice_from_text(settings->values[SETTING_TRIES]), 100, &number) ||
	    number == 0)
		return fail(settings, "tries is 1 to 100, not", settings->values[SETTING_TRIES]);
	return true;
}

enum result settings_load(struct settings *settings, struct arguments *arguments)
{
	ASSERT(settings != NULL && arguments != NULL);
	memset(settings, 0, sizeof(*settings));
	for (uint32_t i = 0; i < SETTINGS; i++)
		if (!set(settings, (enum setting)i, infos[i].initial, "default"))
			return RESULT_CONFIG_INVALID;
	if (!take_files(settings, arguments) || !take_flags(settings, arguments))
		return RESULT_CONFIG_INVALID;
	bool token_is_closer =
	    closeness(settings, SETTING_TOKEN) > closeness(settings, SETTING_TOKEN_FILE);
	if (!take_token(settings, token_is_closer) || !check(settings))
		return RESULT_CONFIG_INVALID;
	return RESULT_OK;
}

static uint32_t number_of(const struct settings *settings, enum setting setting)
{
	uint32_t number = 0;
	bool good = text_parse_u32(slice_from_text(settings->values[setting]), 3600, &number);
	ASSERT(good); /* check() saw to it */
	return number;
}

struct client_options settings_client(const struct settings *settings)
{
	bool is_english = strcmp(settings->values[SETTING_LANG], "en") == 0;
	return (struct client_options){
	    .url = settings->values[SETTING_URL],
	    .token = settings->values[SETTING_TOKEN],
	    .ca = settings->values[SETTING_CA],
	    .language = is_english ? RESULT_LANGUAGE_EN : RESULT_LANGUAGE_IT,
	    .tries = number_of(settings, SETTING_TRIES),
	    .timeout_ms = number_of(settings, SETTING_TIMEOUT) * 1000,
	};
}
