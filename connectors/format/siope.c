/* SIOPE codes: see siope.h. */
#include "connectors/format/siope.h"

#include "connectors/format/lines.h"
#include "engine/base/identifier.h"
#include "engine/base/text.h"

static uint32_t count_lines(struct slice bytes)
{
	uint32_t count = 1;
	for (uint32_t i = 0; i < bytes.size; i++)
		count += bytes.data[i] == '\n' ? 1 : 0;
	return count;
}

bool siope_read(struct siope *siope, struct arena *arena, struct slice bytes, uint32_t *ret_line)
{
	ASSERT(siope != NULL && arena != NULL && ret_line != NULL);
	uint32_t lines = count_lines(bytes);
	struct sort_pair *codes = arena_alloc_zeroed(arena, lines, sizeof(*codes));
	size_t mark = arena_mark(arena);
	struct sort_pair *scratch = arena_alloc_zeroed(arena, lines, sizeof(*scratch));
	uint32_t count = 0;
	*ret_line = 0;
	if (codes == NULL || scratch == NULL)
		return false;
	uint32_t number = 0;
	struct slice line;
	struct slice value;
	while (lines_next(&bytes, &number, &line, &value)) {
		if (value.size > 0 || !identifier_siope_is_shaped(line) ||
		    !text_parse_u64(line, UINT64_MAX, &codes[count].key)) {
			*ret_line = number;
			return false;
		}
		count++;
	}
	sort_pairs(codes, scratch, count);
	arena_rewind(arena, mark);
	*siope = (struct siope){.codes = codes, .count = count};
	return true;
}

bool siope_has(const struct siope *siope, struct slice code)
{
	ASSERT(siope != NULL);
	uint64_t key = 0;
	uint32_t low = 0;
	uint32_t high = siope->count;
	if (!identifier_siope_is_shaped(code) || !text_parse_u64(code, UINT64_MAX, &key))
		return false;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (siope->codes[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < siope->count && siope->codes[low].key == key;
}
