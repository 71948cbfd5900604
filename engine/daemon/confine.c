/* See confine.h. */
#include "engine/daemon/confine.h"

#include "engine/base/assert.h"
#include "engine/system/file.h"
#include "engine/system/log.h"
#include "engine/system/sandbox.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static_assert(FILE_PATH_SIZE_MAX <= PATH_MAX, "a resolved path has room for any of ours");

struct confine_paths {
	struct sandbox_path paths[SANDBOX_PATHS_MAX];
	char names[SANDBOX_PATHS_MAX][PATH_MAX];
	uint32_t count;
};

/* A folder; more than there is room for is left out, which forbids it. */
static void confine_add(struct confine_paths *paths, const char *folder, size_t size,
			enum sandbox_access access)
{
	uint32_t at = paths->count;

	if (at == SANDBOX_PATHS_MAX || size >= PATH_MAX)
		return;
	memcpy(paths->names[at], folder, size);
	paths->names[at][size] = '\0';
	paths->paths[at] = (struct sandbox_path){paths->names[at], access};
	paths->count++;
}

/* The folder that holds a file. */
static void confine_add_above(struct confine_paths *paths, const char *file,
			      enum sandbox_access access)
{
	const char *slash = strrchr(file, '/');

	if (slash == NULL)
		confine_add(paths, ".", 1, access);
	else
		confine_add(paths, file, slash == file ? 1 : (size_t)(slash - file), access);
}

static void confine_see_setting(void *context, const char *key, const char *value,
				const char *unit, const char *meaning)
{
	struct confine_paths *paths = context;
	char target[PATH_MAX];

	(void)key;
	(void)meaning;
	if (value[0] == '\0')
		return;
	if (strcmp(unit, "folder") == 0) {
		confine_add(paths, value, strlen(value), SANDBOX_WRITE);
	} else if (strcmp(unit, "socket") == 0) {
		confine_add_above(paths, value, SANDBOX_SOCKET);
	} else if (strcmp(unit, "file") == 0) {
		confine_add_above(paths, value, SANDBOX_READ);
		/* Renewed certificates are often links into a folder of versions. */
		if (realpath(value, target) != NULL)
			confine_add_above(paths, target, SANDBOX_READ);
	}
}

static void confine_warn(const char *missing, const char *remedy)
{
	LOG("sandbox_incomplete", log_text("missing", missing), log_text("remedy", remedy));
}

enum result confine_files(const struct config *config, const char **ret_fault)
{
	static struct confine_paths paths;
	struct sandbox_files files;
	enum result result;

	if (!config->sandbox) {
		confine_warn("landlock, seccomp", "Set sandbox = yes.");
		return RESULT_OK;
	}
	paths.count = 0;
	/* What is held in reserve for when descriptors run out. */
	confine_add(&paths, "/dev/null", strlen("/dev/null"), SANDBOX_READ);
	config_each(config, confine_see_setting, &paths);
	result = sandbox_confine_files(paths.paths, paths.count, &files);
	if (result != RESULT_OK) {
		*ret_fault = "the kernel has Landlock but refused the rules";
		return result;
	}
	if (files.abi == 0)
		confine_warn("landlock", "A kernel of 5.13 or later with Landlock among its "
					 "security modules keeps the daemon to its own folders.");
	else
		LOG("files_confined", log_number("landlock_abi", files.abi),
		    log_number("folders", files.allowed));
	return RESULT_OK;
}

enum result confine_calls(const struct config *config, const char **ret_fault)
{
	bool filtered = false;
	enum result result;

	if (!config->sandbox)
		return RESULT_OK;
	result = sandbox_filter_calls(&filtered);
	if (result != RESULT_OK) {
		*ret_fault = "no memory for the filter of system calls";
		return result;
	}
	if (filtered)
		LOG("calls_filtered");
	else
		confine_warn("seccomp", "A kernel with CONFIG_SECCOMP_FILTER, outside of what "
					"forbids it, filters the daemon's system calls.");
	return RESULT_OK;
}
