/* Profiles: see layout.h. */
#include "cli/layout.h"

#include "connectors/profiles/profile_file.h"
#include "engine/base/assert.h"

#include <stdio.h>

int layout_load(const struct session *session, const char *name, const struct field_set *set,
		struct profile *ret_profile)
{
	ASSERT(session != NULL && name != NULL && set != NULL && ret_profile != NULL);
	char folder[FILE_PATH_SIZE_MAX];
	struct profile_file_fault fault = {"there is no folder of profiles: see profiles_dir"};
	enum result result = RESULT_NOT_FOUND;
	if (profile_file_folder(session->settings.values[SETTING_PROFILES], folder))
		result = profile_file_load(folder, name, set, ret_profile, &fault);
	if (result == RESULT_OK)
		return EXIT_DONE;
	session_usage("%s", fault.text);
	return result_info(result)->exit;
}

void layout_tell_changes(const struct table_write *table)
{
	const struct profile_column *columns = table->profile->columns;
	if (table->cut_count > 0)
		fprintf(stderr, "titoli: %u cells were cut, first row %u, %s\n", table->cut_count,
			table->first_cut.row, columns[table->first_cut.column].heading);
	if (table->other_count > 0)
		fprintf(stderr, "titoli: %u letters were written otherwise, first row %u, %s\n",
			table->other_count, table->first_other.row,
			columns[table->first_other.column].heading);
}

int layout_refuse(const struct table_write *table)
{
	session_usage("profile %s, row %u, %s: %s", table->profile->name, table->fault_at.row,
		      table->profile->columns[table->fault_at.column].heading,
		      table_fault_text(table->fault));
	return result_info(RESULT_FIELD_INVALID)->exit;
}
