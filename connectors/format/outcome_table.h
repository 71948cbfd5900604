/* Outcomes of payments from a table, through a profile for outcome_row (schemas/outcomes.def): the
 * same facts as outcome.h reads from trees. Pure. */
#ifndef CONNECTORS_FORMAT_OUTCOME_TABLE_H
#define CONNECTORS_FORMAT_OUTCOME_TABLE_H

#include "connectors/format/outcome.h"
#include "connectors/format/table_read.h"
#include "schemas/outcomes.def"

struct outcome_row {
	OUTCOME_ROW(FIELD_MEMBER)
};

extern const struct field_set outcome_row_set;

/* Do the headings of the bytes fit the profile? */
bool outcome_table_fits(const struct profile *profile, struct slice bytes);

/* Reads the whole file; lines and their texts live in the arena. False: file.fault, the line in
 * fault_place, the column in about. */
MUST_CHECK bool outcome_table_read(struct outcome_file *file, struct arena *arena,
				   const struct profile *profile, struct slice bytes);

/* Bytes of arena that it needs at the most. */
size_t outcome_table_memory(struct slice bytes);

#endif
