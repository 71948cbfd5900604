/* Profiles from files: NAME.profile of a folder, as libinih reads them. What is wrong with one is
 * told with file, line and key. */
#ifndef CONNECTORS_PROFILES_PROFILE_FILE_H
#define CONNECTORS_PROFILES_PROFILE_FILE_H

#include "connectors/format/profile.h"
#include "engine/base/result.h"
#include "engine/system/file.h"

#define PROFILE_FILE_SIZE_MAX	(64u * 1024u)
#define PROFILE_FILE_FAULT_SIZE 320u

struct profile_file_fault {
	char text[PROFILE_FILE_FAULT_SIZE]; /* "excel-it.profile line 12, separator: …" */
};

/* The folder of profiles: the configured one; empty: share/titoli/profiles beside the program, else
 * the source tree's, from the program or from where one stands. False: none of these exists. */
MUST_CHECK bool profile_file_folder(const char *configured, char ret_folder[FILE_PATH_SIZE_MAX]);

/* Reads a profile for records of a set. RESULT_OK; RESULT_NOT_FOUND: no such file;
 * RESULT_CONFIG_INVALID: the fault says which line and why; RESULT_IO_FAILED. */
MUST_CHECK enum result profile_file_load(const char *folder, const char *name,
					 const struct field_set *set, struct profile *ret_profile,
					 struct profile_file_fault *ret_fault);

/* The same from text in memory. RESULT_OK or RESULT_CONFIG_INVALID. */
MUST_CHECK enum result profile_file_parse(struct slice text, const char *name,
					  const struct field_set *set, struct profile *ret_profile,
					  struct profile_file_fault *ret_fault);

#endif
