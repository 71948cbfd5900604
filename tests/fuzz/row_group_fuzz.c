/* Groups of rows from any bytes: reading ends and reads nothing outside them, and a group whose rows can
 * all be read is the one form of these rows. */
#include "engine/ledger/row_group.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All rows of a group. False: one is damaged. */
static bool read_rows(const struct row_group *group,
    uint8_t bytes[ROW_GROUP_ROWS][ROW_GROUP_ROW_MAX + PACK_GROUP], struct row_group_row *ret_rows)
{
	for (uint32_t place = group->first; place < ROW_GROUP_ROWS; place++) {
		if ((group->present >> place & 1u) == 0)
			continue;
		if (!row_group_read(group, place, bytes[group->first], bytes[place]))
			return false;
		ret_rows[place] = (struct row_group_row){
		    bytes[place], group->rows[place].size, group->rows[place].version};
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[ROW_GROUP_ROWS][ROW_GROUP_ROW_MAX + PACK_GROUP];
	static uint8_t written[ROW_GROUP_SIZE_MAX];
	static struct row_group_room room;
	struct row_group_row rows[ROW_GROUP_ROWS] = {{0}};
	struct row_group group;
	if (size > ROW_GROUP_SIZE_MAX)
		return 0;
	uint8_t *exact = malloc(size == 0 ? 1 : size);
	if (exact == NULL)
		return 0;
	if (size > 0)
		memcpy(exact, data, size);
	if (row_group_open(exact, (uint32_t)size, ROW_GROUP_ROW_MAX, &group) &&
	    read_rows(&group, bytes, rows)) {
		uint32_t again = row_group_write(NULL, rows, &room, written);
		if (again != size || memcmp(written, exact, size) != 0)
			abort();
		/* One row anew, to another place or its own: the rest stays. */
		struct row_group_row one[ROW_GROUP_ROWS] = {{0}};
		one[size % ROW_GROUP_ROWS] = rows[group.first];
		rows[size % ROW_GROUP_ROWS] = rows[group.first];
		again = row_group_write(&group, one, &room, written);
		static uint8_t whole[ROW_GROUP_SIZE_MAX];
		if (again == 0 || row_group_write(NULL, rows, &room, whole) != again ||
		    memcmp(whole, written, again) != 0)
			abort();
	}
	free(exact);
	return 0;
}
