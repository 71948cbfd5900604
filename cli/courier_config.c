/* The courier's configuration: see courier_config.h. */
#include "cli/courier_config.h"

#include "cli/buffer.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEEN_MAX 32u

/* ---- What there is ---- */

struct number_key {
	const char *key;
	size_t offset;
	uint32_t least;
	uint32_t most;
	uint32_t initial;
};

#define NUMBER(key_, member, least_, most_, initial_)                                              \
	{.key = (key_),                                                                            \
	 .offset = offsetof(struct courier_config, member),                                        \
	 .least = (least_),                                                                        \
	 .most = (most_),                                                                          \
	 .initial = (initial_)}
static const struct number_key numbers[] = {
    NUMBER("poll_s", poll_s, 1, 3600, 5),
    NUMBER("lease_s", lease_s, 10, 86400, 3600),
    NUMBER("size_max_kib", size_max_kib, 1, 1048576, 262144),
    NUMBER("answer_max_kib", answer_max_kib, 1, 16384, 64),
    NUMBER("backoff_s", backoff_s, 1, 3600, 30),
    NUMBER("backoff_max_s", backoff_max_s, 1, 604800, 21600),
    NUMBER("connect_ms", limits.connect_ms, 10, 600000, 10000),
    NUMBER("total_ms", limits.total_ms, 100, 3600000, 600000),
    NUMBER("floor_bytes_s", limits.floor_bytes_s, 1, 1048576, 1024),
    NUMBER("floor_s", limits.floor_s, 1, 3600, 30),
};
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

struct text_key {
	const char *key;
	enum courier_text text;
	bool is_file;	/* the value names a file, of which the content is meant */
	bool is_secret; /* stands in the configuration itself */
	bool is_path;
};

static const struct text_key texts[] = {
    {"ca_file", COURIER_CA_FILE, false, false, true},
    {"certificate", COURIER_CERTIFICATE, false, false, true},
    {"certificate_key", COURIER_CERTIFICATE_KEY, false, false, true},
    {"token", COURIER_TOKEN, false, true, false},
    {"token_file", COURIER_TOKEN, true, false, true},
    {"user", COURIER_USER, false, false, false},
    {"password", COURIER_PASSWORD, false, true, false},
    {"password_file", COURIER_PASSWORD, true, false, true},
    {"key_file", COURIER_KEY_FILE, false, false, true},
    {"known_hosts", COURIER_KNOWN_HOSTS, false, false, true},
    {"secret", COURIER_SECRET, false, true, false},
    {"secret_file", COURIER_SECRET, true, false, true},
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

/* One reading of a file. */
struct reading {
	struct courier_config *config;
	const char *path;
	uint32_t line;
	struct courier_section *section; /* NULL: the general part */
	char seen[SEEN_MAX][32];	 /* keys of this part */
	uint32_t seen_count;
	bool is_private; /* nobody else may read the file */
};

static bool fail(struct reading *reading, const char *what, const char *about)
{
	snprintf(reading->config->fault, sizeof(reading->config->fault), "%.300s:%u: %s: %.100s",
		 reading->path, reading->line, what, about);
	return false;
}

static char *copy_of(struct slice text)
{
	char *copy = memory_get((size_t)text.size + 1);
	if (text.size > 0)
		memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	return copy;
}

/* ---- Values ---- */

/* "credential:NAME" is a file that systemd made for this service. */
static bool resolve(struct reading *reading, const char *value, char ret_path[COURIER_PATH_SIZE])
{
	static const char credential[] = "credential:";
	size_t size = strlen(credential);
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	int written;
	if (strncmp(value, credential, size) != 0)
		written = snprintf(ret_path, COURIER_PATH_SIZE, "%s", value);
	else if (folder == NULL || strchr(value + size, '/') != NULL)
		return fail(reading, "systemd gave no such credential", value);
	else
		written = snprintf(ret_path, COURIER_PATH_SIZE, "%s/%s", folder, value + size);
	if (written <= 0 || (size_t)written >= COURIER_PATH_SIZE)
		return fail(reading, "the path is too long", value);
	return ret_path[0] == '/' ? true : fail(reading, "not an absolute path", value);
}

static bool take_content(struct reading *reading, const char *path, char **ret_text)
{
	struct buffer content = {NULL, 0, 0};
	bool good = buffer_read_file(&content, path);
	if (good)
		*ret_text = copy_of(text_trim(buffer_slice(&content)));
	buffer_free(&content);
	return good ? true : fail(reading, "cannot read the file", path);
}

static bool take_text(struct reading *reading, const struct text_key *key, const char *value)
{
	char path[COURIER_PATH_SIZE];
	char **place = &reading->section->texts[key->text];
	if (*place != NULL)
		return fail(reading, "given twice", key->key);
	if (key->is_secret && !reading->is_private)
		return fail(reading, "a secret in a file that others may read (chmod 600)",
			    key->key);
	if (!key->is_path) {
		*place = copy_of(slice_from_text(value));
		return true;
	}
	if (!resolve(reading, value, path))
		return false;
	if (key->is_file)
		return take_content(reading, path, place);
	*place = copy_of(slice_from_text(path));
	return true;
}

static bool take_number(struct reading *reading, struct slice value, const struct number_key *key)
{
	uint32_t number = 0;
	if (!text_parse_u32(value, key->most, &number) || number < key->least) {
		char bounds[64];
		snprintf(bounds, sizeof(bounds), "%s is %u to %u", key->key, key->least, key->most);
		return fail(reading, "out of range", bounds);
	}
	memcpy((char *)reading->config + key->offset, &number, sizeof(number));
	return true;
}

static bool take_flag(struct reading *reading, const char *value, bool *ret_flag)
{
	*ret_flag = strcmp(value, "yes") == 0;
	return *ret_flag || strcmp(value, "no") == 0 ? true : fail(reading, "yes or no", value);
}

static bool take_general(struct reading *reading, const char *key, const char *value)
{
	struct courier_config *config = reading->config;
	for (size_t i = 0; i < NUMBERS; i++)
		if (strcmp(key, numbers[i].key) == 0)
			return take_number(reading, slice_from_text(value), &numbers[i]);
	if (strcmp(key, "outbox") == 0)
		return resolve(reading, value, config->outbox);
	if (strcmp(key, "state") == 0)
		return resolve(reading, value, config->state);
	if (strcmp(key, "keep_sent") == 0)
		return take_flag(reading, value, &config->keep_sent);
	if (strcmp(key, "allow") != 0)
		return fail(reading, "unknown key", key);
	int size = snprintf(config->allow, sizeof(config->allow), "%s", value);
	return size >= 0 && (size_t)size < sizeof(config->allow)
		   ? true
		   : fail(reading, "the value is too long", key);
}

static bool take_special(struct reading *reading, const char *key, const char *value)
{
	static const struct number_key parallel = {"parallel", 0, 1, 16, 1};
	uint32_t number = 0;
	for (size_t i = 0; i < TEXTS; i++)
		if (strcmp(key, texts[i].key) == 0)
			return take_text(reading, &texts[i], value);
	if (strcmp(key, "honours_key") == 0)
		return take_flag(reading, value, &reading->section->honours_key);
	if (strcmp(key, parallel.key) != 0)
		return fail(reading, "unknown key", key);
	if (!text_parse_u32(slice_from_text(value), parallel.most, &number) || number == 0)
		return fail(reading, "out of range", "parallel is 1 to 16");
	reading->section->parallel = number;
	return true;
}

/* ---- Lines ---- */

static bool begin_section(struct reading *reading, struct slice code)
{
	struct courier_config *config = reading->config;
	char text[sizeof(reading->section->code)];
	if (!text_is_token(code) || code.size >= sizeof(text))
		return fail(reading, "not the code of a destination", "[...]");
	snprintf(text, sizeof(text), "%.*s", (int)code.size, code.data);
	if (courier_config_find(config, text) != NULL)
		return fail(reading, "given twice", text);
	if (config->section_count == COURIER_DESTINATIONS_MAX)
		return fail(reading, "too many destinations", text);
	reading->section = &config->sections[config->section_count++];
	reading->section->parallel = 1;
	reading->seen_count = 0;
	memcpy(reading->section->code, text, sizeof(text));
	return true;
}

static bool is_new(struct reading *reading, const char *key)
{
	for (uint32_t i = 0; i < reading->seen_count; i++)
		if (strcmp(reading->seen[i], key) == 0)
			return fail(reading, "given twice", key);
	if (reading->seen_count == SEEN_MAX)
		return fail(reading, "too many keys", key);
	snprintf(reading->seen[reading->seen_count++], sizeof(reading->seen[0]), "%s", key);
	return true;
}

static bool take_line(struct reading *reading, struct slice line)
{
	char key[32];
	line = text_trim(line);
	if (line.size == 0 || line.data[0] == '#' || line.data[0] == ';')
		return true;
	if (line.data[0] == '[' && line.data[line.size - 1] == ']')
		return begin_section(reading, (struct slice){line.data + 1, line.size - 2});
	const char *equals = memchr(line.data, '=', line.size);
	if (equals == NULL)
		return fail(reading, "neither `key = value` nor [CODE]", "");
	struct slice name = text_trim((struct slice){line.data, (uint32_t)(equals - line.data)});
	struct slice value = {equals + 1, line.size - (uint32_t)(equals + 1 - line.data)};
	if (name.size >= sizeof(key))
		return fail(reading, "unknown key", "");
	snprintf(key, sizeof(key), "%.*s", (int)name.size, name.data);
	if (!is_new(reading, key))
		return false;
	char *text = copy_of(text_trim(value));
	bool good = text[0] == '\0'		? fail(reading, "no value", key)
		    : reading->section == NULL	? take_general(reading, key, text)
						: take_special(reading, key, text);
	free(text);
	return good;
}

static bool take_lines(struct reading *reading, const char *at)
{
	while (*at != '\0') {
		size_t size = strcspn(at, "\n");
		reading->line++;
		if (!take_line(reading, (struct slice){at, (uint32_t)size}))
			return false;
		at += size + (at[size] == '\n' ? 1 : 0);
	}
	if (reading->config->outbox[0] == '\0')
		return fail(reading, "missing", "outbox");
	if (reading->config->state[0] == '\0')
		return fail(reading, "missing", "state");
	if (reading->config->backoff_max_s < reading->config->backoff_s)
		return fail(reading, "smaller than backoff_s", "backoff_max_s");
	return true;
}

enum result courier_config_load(struct courier_config *config, const char *path)
{
	ASSERT(config != NULL && path != NULL);
	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < NUMBERS; i++)
		memcpy((char *)config + numbers[i].offset, &numbers[i].initial, sizeof(uint32_t));
	config->keep_sent = true;
	struct reading reading = {.config = config, .path = path};
	struct stat status;
	struct buffer content = {NULL, 0, 0};
	bool good = stat(path, &status) == 0 && buffer_read_file(&content, path);
	if (good) {
		reading.is_private = (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
		good = take_lines(&reading, buffer_string(&content));
	} else {
		(void)fail(&reading, "cannot read the file", "");
	}
	buffer_free(&content);
	return good ? RESULT_OK : RESULT_CONFIG_INVALID;
}

void courier_config_free(struct courier_config *config)
{
	for (uint32_t i = 0; config != NULL && i < config->section_count; i++)
		for (uint32_t j = 0; j < COURIER_TEXTS; j++)
			free(config->sections[i].texts[j]);
}

const struct courier_section *courier_config_find(const struct courier_config *config,
						  const char *code)
{
	for (uint32_t i = 0; i < config->section_count; i++)
		if (strcmp(config->sections[i].code, code) == 0)
			return &config->sections[i];
	return NULL;
}

struct transfer_access courier_config_access(const struct courier_section *section)
{
	ASSERT(section != NULL);
	return (struct transfer_access){.ca_file = section->texts[COURIER_CA_FILE],
					.certificate = section->texts[COURIER_CERTIFICATE],
					.certificate_key = section->texts[COURIER_CERTIFICATE_KEY],
					.token = section->texts[COURIER_TOKEN],
					.user = section->texts[COURIER_USER],
					.password = section->texts[COURIER_PASSWORD],
					.key_file = section->texts[COURIER_KEY_FILE],
					.known_hosts = section->texts[COURIER_KNOWN_HOSTS]};
}
