/* Tables under any bytes, through profiles that differ in everything a profile can say. What was
 * read is written again and must read back to the same. */
#include "connectors/format/table_read.h"

#include "connectors/format/liquidation.h"
#include "connectors/profiles/profile_file.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "connectors/profiles"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct profile profiles[4];
static char memory[1u << 16];

static void load_all(void)
{
	static const char *const names[] = {"excel-it", "rfc4180", "xlsx-safe", "maggioli"};
	struct profile_file_fault fault;
	for (size_t i = 0; i < 4; i++)
		if (profile_file_load(FOLDER, names[i], &liquidation_row_set, &profiles[i],
				      &fault) != RESULT_OK)
			abort();
	/* Headings apart: without them the fuzzer reaches rows at once. */
	profiles[0].header = PROFILE_HEADER_NONE;
	profiles[1].header = PROFILE_HEADER_NONE;
	profiles[3].header = PROFILE_HEADER_NAMED;
}

/* A row that was read is written and read again. */
static void there_and_back(const struct profile *profile, const struct liquidation_row *row)
{
	static struct table_read reader;
	struct liquidation_row back;
	struct table_write table;
	if (!table_write_begin(&table, profile, memory, sizeof(memory)) ||
	    !table_write_row(&table, row))
		return; /* a cell that is required, and was not there */
	if (table.other_count > 0 || table.cut_count > 0)
		return;
	if (!table_read_begin(&reader, profile, (struct slice){memory, table.used}) ||
	    table_read_row(&reader, &back) != TABLE_READ_ROW ||
	    memcmp(&back, row, sizeof(back)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct table_read reader;
	struct liquidation_row row;
	if (profiles[0].set == NULL)
		load_all();
	if (size < 1 || size > 1u << 16)
		return 0;
	const struct profile *profile = &profiles[data[0] & 3];
	struct slice bytes = {(const char *)data + 1, (uint32_t)size - 1};
	if (!table_read_begin(&reader, profile, bytes))
		return 0;
	while (table_read_row(&reader, &row) == TABLE_READ_ROW)
		if (profile != &profiles[3])
			there_and_back(profile, &row);
	return 0;
}
