/* Profiles under any text: refused with a reason, or good for writing and reading. */
#include "connectors/format/liquidation.h"
#include "connectors/format/table_read.h"
#include "connectors/profiles/profile_file.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct profile profile;
	static struct table_read reader;
	static char memory[1u << 16];
	struct profile_file_fault fault = {""};
	struct liquidation_row row;
	struct table_write table;
	if (size > PROFILE_FILE_SIZE_MAX)
		return 0;
	struct slice text = {(const char *)data, (uint32_t)size};
	if (profile_file_parse(text, "fuzz", &liquidation_row_set, &profile, &fault) != RESULT_OK) {
		if (fault.text[0] == '\0')
			abort();
		return 0;
	}
	memset(&row, 0, sizeof(row));
	memcpy(row.beneficiario, "ALFA", 4);
	row.riga = 1;
	if (!table_write_begin(&table, &profile, memory, sizeof(memory)))
		return 0;
	if (table_write_row(&table, &row) &&
	    table_read_begin(&reader, &profile, (struct slice){memory, table.used}) &&
	    table_read_row(&reader, &row) == TABLE_READ_FAULT && reader.fault == TABLE_NO_FAULT)
		abort();
	return 0;
}
