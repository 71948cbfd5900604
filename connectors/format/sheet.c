/* Statements on documents: see sheet.h. */
#include "connectors/format/sheet.h"

#include "engine/base/assert.h"

#include <string.h>

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

#define FIELD_OWNER struct sheet_line
static const struct field line_fields[] = {SHEET_LINE(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct sheet_record
static const struct field record_fields[] = {SHEET_RECORD(FIELD_ROW)};
#undef FIELD_OWNER

const struct field_set sheet_line_set = {
    .name = "sheet_line",
    .fields = line_fields,
    .count = COUNT_OF(line_fields),
    .struct_size = sizeof(struct sheet_line),
    .version = 1,
};

const struct field_set sheet_record_set = {
    .name = "sheet_record",
    .fields = record_fields,
    .count = COUNT_OF(record_fields),
    .struct_size = sizeof(struct sheet_record),
    .version = 1,
};

struct slice sheet_text(const char *member, uint32_t size)
{
	uint32_t used = 0;
	while (used < size && member[used] != '\0')
		used++;
	return (struct slice){member, used};
}

#define COMPARE(left, right, member) memcmp((left)->member, (right)->member, sizeof((left)->member))

/* "stl_9" stands before "stl_10". */
static int compare_ids(const char *left, const char *right, uint32_t size)
{
	struct slice one = sheet_text(left, size);
	struct slice other = sheet_text(right, size);
	if (one.size != other.size)
		return one.size < other.size ? -1 : 1;
	return memcmp(left, right, one.size);
}

int sheet_compare_lines(const struct sheet_line *left, const struct sheet_line *right)
{
	ASSERT(left != NULL && right != NULL);
	int order = COMPARE(left, right, codice_istat_comune);
	if (order == 0)
		order = COMPARE(left, right, fondo);
	if (order == 0)
		order = COMPARE(left, right, impegno);
	if (order == 0)
		order = COMPARE(left, right, servizio);
	if (order == 0)
		order = COMPARE(left, right, voucher);
	return order != 0 ? order : compare_ids(left->riga, right->riga, sizeof(left->riga));
}

int sheet_compare_records(const struct sheet_record *left, const struct sheet_record *right)
{
	ASSERT(left != NULL && right != NULL);
	int order = COMPARE(left, right, voucher);
	if (order == 0 && left->data.number != right->data.number)
		order = left->data.number < right->data.number ? -1 : 1;
	if (order == 0)
		order = COMPARE(left, right, ora);
	return order != 0
		   ? order
		   : compare_ids(left->prestazione, right->prestazione, sizeof(left->prestazione));
}

static bool add_line(struct sheet_sums *sums, const struct sheet_line *line)
{
	sums->lines++;
	sums->attested += line->attestata != 0 ? 1 : 0;
	return !__builtin_add_overflow(sums->records, line->prestazioni, &sums->records) &&
	       cents_add(sums->net, line->imponibile, &sums->net) &&
	       cents_add(sums->vat, line->iva, &sums->vat) &&
	       cents_add(sums->gross, line->totale, &sums->gross);
}

bool sheet_next_group(const struct sheet *sheet, uint32_t *inout_at, struct sheet_sums *ret_sums)
{
	ASSERT(sheet != NULL && inout_at != NULL && ret_sums != NULL);
	ASSERT(*inout_at < sheet->line_count);
	const struct sheet_line *first = &sheet->lines[*inout_at];
	struct sheet_sums sums = {.lines = 0};
	uint32_t at = *inout_at;
	for (; at < sheet->line_count; at++) {
		const struct sheet_line *line = &sheet->lines[at];
		if (COMPARE(first, line, fondo) != 0 || COMPARE(first, line, impegno) != 0 ||
		    COMPARE(first, line, codice_istat_comune) != 0)
			break;
		if (!add_line(&sums, line))
			return false;
	}
	*inout_at = at;
	*ret_sums = sums;
	return true;
}

bool sheet_add_up(const struct sheet *sheet, struct sheet_sums *ret_sums)
{
	ASSERT(sheet != NULL && ret_sums != NULL);
	struct sheet_sums sums = {.lines = 0};
	for (uint32_t i = 0; i < sheet->line_count; i++)
		if (!add_line(&sums, &sheet->lines[i]))
			return false;
	*ret_sums = sums;
	return true;
}
