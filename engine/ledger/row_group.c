/* Groups of rows: see row_group.h. */
#include "engine/ledger/row_group.h"

#include "engine/ledger/wire.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define HAS_FORM  0x8000u /* in the word before a row */
#define FORM_SIZE 3u

static_assert(ROW_GROUP_ROWS == 16u, "places are the bits of a u16");
static_assert(PACK_SIZE_MAX(ROW_GROUP_ROW_MAX) < HAS_FORM, "a packed size fits its bits");

/* ---- Reading ---- */

struct source {
	const uint8_t *at;
	uint32_t left;
};

/* Takes the row of a place off the source. `first` is NULL for the group's first row. */
static bool take_row(struct source *source, uint32_t place, bool is_first, struct row_group *group)
{
	if (source->left < 2u)
		return false;
	uint32_t word = wire_get_u16(source->at);
	uint32_t head = 2u + ((word & HAS_FORM) != 0 ? FORM_SIZE : 0u);
	uint32_t packed_size = word & ~HAS_FORM;
	if (source->left < head || source->left - head < packed_size)
		return false;
	uint16_t size = group->rows[group->first].size;
	uint8_t version = group->rows[group->first].version;
	if ((word & HAS_FORM) != 0) {
		uint8_t own_version = source->at[2];
		uint16_t own_size = wire_get_u16(source->at + 3);
		bool differs = own_version != version || own_size != size;
		if (own_size == 0 || (!is_first && !differs))
			return false;
		version = own_version;
		size = own_size;
	} else if (is_first) {
		return false;
	}
	group->rows[place].packed = source->at + head;
	group->rows[place].packed_size = (uint16_t)packed_size;
	group->rows[place].size = size;
	group->rows[place].version = version;
	source->at += head + packed_size;
	source->left -= head + packed_size;
	return true;
}

bool row_group_open(
    const uint8_t *bytes, uint32_t size, uint32_t row_max, struct row_group *ret_group)
{
	ASSERT(bytes != NULL && ret_group != NULL);
	ASSERT(row_max <= ROW_GROUP_ROW_MAX);
	if (size < 2u)
		return false;
	ret_group->present = wire_get_u16(bytes);
	if (ret_group->present == 0)
		return false;
	ret_group->first = (uint32_t)__builtin_ctz(ret_group->present);
	struct source source = {bytes + 2, size - 2u};
	for (uint32_t left = ret_group->present; left != 0; left &= left - 1) {
		uint32_t place = (uint32_t)__builtin_ctz(left);
		if (!take_row(&source, place, place == ret_group->first, ret_group) ||
		    ret_group->rows[place].size > row_max)
			return false;
	}
	return source.left == 0;
}

bool row_group_read(
    const struct row_group *group, uint32_t place, const uint8_t *first, uint8_t *out)
{
	ASSERT(group != NULL && out != NULL);
	ASSERT(place < ROW_GROUP_ROWS && (group->present >> place & 1u) != 0);
	uint32_t size = group->rows[place].size;
	const struct pack_packed packed = {
	    group->rows[place].packed, group->rows[place].packed_size};
	bool alone = place == group->first || size != group->rows[group->first].size;
	return pack_read(packed, alone ? NULL : first, out, size);
}

/* ---- Writing ---- */

/* What rows stand against while a group is written. */
struct target {
	struct row_group_row first; /* bytes NULL: the next row is the first */
	uint8_t *at;
};

/* Bytes before a packed row. */
static uint32_t head_size(const struct target *target, uint32_t size, uint8_t version)
{
	const struct row_group_row *first = &target->first;
	bool has_form = first->bytes == NULL || first->size != size || first->version != version;
	return 2u + (has_form ? FORM_SIZE : 0u);
}

static void put_head(
    uint8_t *at, uint32_t head, uint32_t packed_size, uint32_t size, uint8_t version)
{
	wire_put_u16(at, (uint16_t)(packed_size | (head > 2u ? HAS_FORM : 0u)));
	if (head == 2u)
		return;
	at[2] = version;
	wire_put_u16(at + 3, (uint16_t)size);
}

/* Packs a row; the first one stays to be stood against. */
static void put_row(struct target *target, const struct row_group_row *row)
{
	ASSERT(row->size > 0 && row->size <= ROW_GROUP_ROW_MAX);
	const struct row_group_row *first = &target->first;
	const uint8_t *before = first->size == row->size ? first->bytes : NULL;
	uint32_t head = head_size(target, row->size, row->version);
	uint32_t used = pack_write_roomy(
	    (struct pack_plain){row->bytes, before, row->size}, target->at + head);
	put_head(target->at, head, used, row->size, row->version);
	target->at += head + used;
	if (first->bytes == NULL)
		target->first = *row;
}

/* Copies a row as it is packed; what it stands against has not changed. */
static void copy_row(struct target *target, const struct row_group *old, uint32_t place)
{
	uint32_t packed_size = old->rows[place].packed_size;
	uint32_t size = old->rows[place].size;
	uint8_t version = old->rows[place].version;
	uint32_t head = head_size(target, size, version);
	put_head(target->at, head, packed_size, size, version);
	memcpy(target->at + head, old->rows[place].packed, packed_size);
	target->at += head + packed_size;
}

/* Writes a row of the old group. `stays`: the group's first row is the old one. */
static bool keep_row(struct target *target, const struct row_group *old, uint32_t place,
    bool stays, struct row_group_room *room)
{
	if (target->first.bytes != NULL && stays) {
		copy_row(target, old, place);
		return true;
	}
	uint8_t *out = target->first.bytes == NULL ? room->new_first : room->row;
	if (!row_group_read(old, place, room->first, out))
		return false;
	const struct row_group_row row = {
	    out, old->rows[place].size, old->rows[place].version};
	put_row(target, &row);
	return true;
}

uint32_t row_group_write(const struct row_group *old,
    const struct row_group_row rows[ROW_GROUP_ROWS], struct row_group_room *room, uint8_t *out)
{
	ASSERT(rows != NULL && room != NULL && out != NULL);
	uint32_t given = 0;
	for (uint32_t place = 0; place < ROW_GROUP_ROWS; place++)
		given |= (rows[place].bytes != NULL ? 1u : 0u) << place;
	ASSERT(given != 0);
	uint32_t present = given | (old == NULL ? 0u : old->present);
	uint32_t first = (uint32_t)__builtin_ctz(present);
	bool stays = old != NULL && old->first == first && (given >> first & 1u) == 0;
	bool keeps = (present & ~given) != 0;
	if (keeps && !row_group_read(old, old->first, NULL, room->first))
		return 0;
	struct target target = {.at = out + 2};
	wire_put_u16(out, (uint16_t)present);
	for (uint32_t left = present; left != 0; left &= left - 1) {
		uint32_t place = (uint32_t)__builtin_ctz(left);
		if ((given >> place & 1u) != 0)
			put_row(&target, &rows[place]);
		else if (!keep_row(&target, old, place, stays, room))
			return 0;
	}
	return (uint32_t)(target.at - out);
}
