/* CSV: see csv.h. */
#include "connectors/format/csv.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <string.h>

struct manners {
	const char *mark; /* at the beginning of the file */
	const char *line_end;
	char separator;
	bool is_italian; /* decimal comma, dd/MM/yyyy */
};

static const struct manners all_manners[CSV_PROFILES] = {
    [CSV_EXCEL_IT] = {"\xef\xbb\xbf", "\r\n", ';', true},
    [CSV_RFC4180] = {"", "\r\n", ',', false},
    [CSV_MANIFEST] = {"", "\r\n", ';', false},
};

static void put(struct csv_text *text, const char *bytes, uint32_t size)
{
	if (text->overflow || size > text->size - text->used) {
		text->overflow = true;
		return;
	}
	if (size > 0)
		memcpy(text->data + text->used, bytes, size);
	text->used += size;
}

static void put_text(struct csv_text *text, const char *words)
{
	put(text, words, (uint32_t)strlen(words));
}

static bool is_formula(struct slice cell)
{
	if (cell.size == 0)
		return false;
	char first = cell.data[0];
	return first == '=' || first == '+' || first == '-' || first == '@' || first == '\t' ||
	       first == '\r';
}

static bool needs_quotes(struct slice cell, char separator)
{
	for (uint32_t i = 0; i < cell.size; i++) {
		char symbol = cell.data[i];
		if (symbol == separator || symbol == '"' || symbol == '\r' || symbol == '\n')
			return true;
	}
	return false;
}

static void put_cell(struct csv_text *text, const struct manners *manners, struct slice cell)
{
	bool neutral = is_formula(cell);
	if (!needs_quotes(cell, manners->separator)) {
		put_text(text, neutral ? "'" : "");
		put(text, cell.data, cell.size);
		return;
	}
	put_text(text, neutral ? "\"'" : "\"");
	for (uint32_t i = 0; i < cell.size; i++) {
		if (cell.data[i] == '"')
			put_text(text, "\"");
		put(text, cell.data + i, 1);
	}
	put_text(text, "\"");
}

static void put_number(struct csv_text *text, uint64_t number)
{
	char digits[TEXT_U64_SIZE_MAX];
	if (number != 0)
		put(text, digits, text_format_u64(number, digits));
}

/* Amounts without thousands marks, which accounting programs do not read. */
static void put_amount(struct csv_text *text, const struct manners *manners, struct cents amount)
{
	char digits[TEXT_CENTS_SIZE_MAX];
	uint32_t size = text_format_cents(amount, digits);
	ASSERT(size >= 4 && digits[size - 3] == '.');
	if (manners->is_italian)
		digits[size - 3] = ',';
	put(text, digits, size);
}

static void put_day(struct csv_text *text, const struct manners *manners, struct day day)
{
	char iso[DAY_TEXT_SIZE];
	if (day.number == 0)
		return;
	day_format(day, iso);
	if (!manners->is_italian) {
		put(text, iso, sizeof(iso));
		return;
	}
	char local[DAY_TEXT_SIZE] = {iso[8], iso[9], '/',    iso[5], iso[6],
				     '/',    iso[0], iso[1], iso[2], iso[3]};
	put(text, local, sizeof(local));
}

static void put_month(struct csv_text *text, struct month month)
{
	char iso[MONTH_TEXT_SIZE];
	if (month.number == 0)
		return;
	month_format(month, iso);
	put(text, iso, sizeof(iso));
}

static uint64_t number_at(const unsigned char *member, uint16_t size)
{
	uint64_t number = 0;
	ASSERT(size <= sizeof(number));
	memcpy(&number, member, size); /* little-endian, asserted in base/codec.c */
	return number;
}

static struct slice text_at(const unsigned char *member, uint16_t size)
{
	uint32_t used = 0;
	while (used < size && member[used] != '\0')
		used++;
	return (struct slice){(const char *)member, used};
}

static void put_field(struct csv_text *text, const struct manners *manners,
		      const struct field *field, const unsigned char *member)
{
	struct cents amount;
	struct day day;
	struct month month;
	switch (field->type) {
	case FIELD_TEXT:
		put_cell(text, manners, text_at(member, field->size));
		return;
	case FIELD_CENTS:
		memcpy(&amount, member, sizeof(amount));
		put_amount(text, manners, amount);
		return;
	case FIELD_DAY:
		memcpy(&day, member, sizeof(day));
		put_day(text, manners, day);
		return;
	case FIELD_MONTH:
		memcpy(&month, member, sizeof(month));
		put_month(text, month);
		return;
	case FIELD_FLAG:
		put_text(text, *member != 0 ? "S" : "N");
		return;
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
		put_number(text, number_at(member, field->size));
		return;
	case FIELD_INSTANT:
	case FIELD_ENUM:
	case FIELD_ID:
	case FIELD_BYTES:
	case FIELD_KEYED:
	case FIELD_CODE:
	case FIELD_LIST:
		break;
	}
	ASSERT(false);
}

void csv_header(struct csv_text *text, enum csv_profile profile, const struct field_set *set)
{
	ASSERT(text != NULL && set != NULL && set->count > 0);
	ASSERT(profile < CSV_PROFILES);
	const struct manners *manners = &all_manners[profile];
	put_text(text, manners->mark);
	for (uint32_t i = 0; i < set->count; i++) {
		if (i > 0)
			put(text, &manners->separator, 1);
		put_text(text, set->fields[i].name);
	}
	put_text(text, manners->line_end);
}

void csv_record(struct csv_text *text, enum csv_profile profile, const struct field_set *set,
		const void *record)
{
	ASSERT(text != NULL && set != NULL && record != NULL);
	ASSERT(profile < CSV_PROFILES);
	const struct manners *manners = &all_manners[profile];
	for (uint32_t i = 0; i < set->count; i++) {
		if (i > 0)
			put(text, &manners->separator, 1);
		put_field(text, manners, &set->fields[i],
			  (const unsigned char *)record + set->fields[i].offset);
	}
	put_text(text, manners->line_end);
}
