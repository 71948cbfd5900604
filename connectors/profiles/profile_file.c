/* Profiles from files: see profile_file.h. */
#include "connectors/profiles/profile_file.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".profile"

/* From the folder of the program, installed and in the source tree; then from here. */
static const char *const beside[] = {"../share/titoli/profiles", "../../connectors/profiles"};
#define HERE "connectors/profiles"

/* What libinih's callbacks work on. */
struct reading {
	struct profile *profile;
	struct profile_file_fault *fault;
	const char *name;
	struct slice rest;
	uint32_t line;
	bool is_refused;
};

static void tell(struct reading *reading, const char *key, const char *text)
{
	if (reading->is_refused)
		return; /* the first fault is the one told */
	reading->is_refused = true;
	snprintf(reading->fault->text, sizeof(reading->fault->text),
		 "%.60s" SUFFIX " line %u%s%.60s: %s", reading->name, reading->line,
		 key[0] == '\0' ? "" : ", ", key, text);
}

/* libinih's reader: one line, counted. */
static char *take_line(char *line, int size, void *stream)
{
	struct reading *reading = stream;
	uint32_t most = (uint32_t)size - 1;
	uint32_t used = 0;
	if (reading->rest.size == 0 || size < 2)
		return NULL;
	reading->line++;
	while (used < reading->rest.size && reading->rest.data[used] != '\n')
		used++;
	uint32_t taken = used < reading->rest.size ? used + 1 : used;
	if (taken > most)
		tell(reading, "", "the line is too long");
	uint32_t kept = taken > most ? most : taken;
	memcpy(line, reading->rest.data, kept);
	line[kept] = '\0';
	reading->rest.data += taken;
	reading->rest.size -= taken;
	return line;
}

/* libinih's handler: 0 makes it report the line, which it counts as we do. */
static int take_key(void *user, const char *section, const char *key, const char *value)
{
	struct reading *reading = user;
	struct profile_fault fault;
	if (reading->is_refused)
		return 1;
	if (profile_set(reading->profile, slice_from_text(section), slice_from_text(key),
			slice_from_text(value), &fault))
		return 1;
	tell(reading, key, fault.text);
	return 0;
}

enum result profile_file_parse(struct slice text, const char *name, const struct field_set *set,
			       struct profile *ret_profile, struct profile_file_fault *ret_fault)
{
	ASSERT(name != NULL && set != NULL && ret_profile != NULL && ret_fault != NULL);
	struct reading reading = {
	    .profile = ret_profile, .fault = ret_fault, .name = name, .rest = text};
	struct profile_fault fault;
	profile_init(ret_profile, name, set);
	if (!text_is_utf8(text) || memchr(text.data, '\0', text.size) != NULL) {
		tell(&reading, "", "the file is no text in UTF-8");
		return RESULT_CONFIG_INVALID;
	}
	int line = ini_parse_stream(take_line, &reading, take_key, &reading);
	if (!reading.is_refused && line != 0) {
		reading.line = (uint32_t)line;
		tell(&reading, "", "not a line \"key = value\", nor a [section]");
	}
	if (!reading.is_refused && !profile_finish(ret_profile, &fault))
		tell(&reading, "", fault.text);
	return reading.is_refused ? RESULT_CONFIG_INVALID : RESULT_OK;
}

static enum result read_whole(const char *path, char *text, uint32_t *ret_size)
{
	struct file file = FILE_NONE;
	uint64_t size = 0;
	enum result result = file_open(path, FILE_READ, &file);
	if (result != RESULT_OK)
		return result;
	result = file_read(file, (struct file_span){0, PROFILE_FILE_SIZE_MAX + 1}, text, &size);
	file_close(&file);
	*ret_size = (uint32_t)size;
	return result;
}

/* Letters, digits, '-' and '_' alone: a name is no path. */
static bool is_name(const char *name)
{
	size_t size = strlen(name);
	size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
	return size > 0 && size <= PROFILE_NAME_SIZE && good == size;
}

enum result profile_file_load(const char *folder, const char *name, const struct field_set *set,
			      struct profile *ret_profile, struct profile_file_fault *ret_fault)
{
	ASSERT(folder != NULL && name != NULL && ret_fault != NULL);
	char path[FILE_PATH_SIZE_MAX];
	char file[PROFILE_NAME_SIZE + sizeof(SUFFIX)];
	uint32_t size = 0;
	snprintf(ret_fault->text, sizeof(ret_fault->text),
		 "there is no profile \"%.60s\" in %.200s", name, folder);
	if (!is_name(name))
		return RESULT_NOT_FOUND;
	snprintf(file, sizeof(file), "%s" SUFFIX, name);
	if (!file_path(folder, file, path))
		return RESULT_NOT_FOUND;
	char *text = malloc(PROFILE_FILE_SIZE_MAX + 1);
	enum result result = text == NULL ? RESULT_OUT_OF_MEMORY : read_whole(path, text, &size);
	if (result == RESULT_OK && size > PROFILE_FILE_SIZE_MAX) {
		snprintf(ret_fault->text, sizeof(ret_fault->text), "%s is too large", file);
		result = RESULT_CONFIG_INVALID;
	}
	if (result == RESULT_OK)
		result = profile_file_parse((struct slice){text, size}, name, set, ret_profile,
					    ret_fault);
	free(text);
	return result;
}

bool profile_file_folder(const char *configured, char ret_folder[FILE_PATH_SIZE_MAX])
{
	ASSERT(ret_folder != NULL);
	char self[FILE_PATH_SIZE_MAX];
	if (configured != NULL && configured[0] != '\0') {
		int size = snprintf(ret_folder, FILE_PATH_SIZE_MAX, "%s", configured);
		return size > 0 && (size_t)size < FILE_PATH_SIZE_MAX &&
		       access(ret_folder, R_OK | X_OK) == 0;
	}
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[size < 0 ? 0 : size] = '\0';
	char *slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	for (size_t i = 0; slash != NULL && i < sizeof(beside) / sizeof(beside[0]); i++)
		if (file_path(self, beside[i], ret_folder) && access(ret_folder, R_OK | X_OK) == 0)
			return true;
	snprintf(ret_folder, FILE_PATH_SIZE_MAX, HERE);
	return access(ret_folder, R_OK | X_OK) == 0;
}
