/* Outcomes of payments from a table: see outcome_table.h. */
#include "connectors/format/outcome_table.h"

#include "engine/base/text.h"

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

#define FIELD_OWNER struct outcome_row
static const struct field outcome_row_fields[] = {OUTCOME_ROW(FIELD_ROW)};
#undef FIELD_OWNER
const struct field_set outcome_row_set = {
    .name = "outcome_row",
    .fields = outcome_row_fields,
    .count = COUNT_OF(outcome_row_fields),
    .struct_size = sizeof(struct outcome_row),
    .version = 1,
};

static uint32_t count_rows(struct slice bytes)
{
	uint32_t rows = 1;
	for (uint32_t i = 0; i < bytes.size; i++)
		rows += bytes.data[i] == '\n' ? 1 : 0;
	return rows;
}

size_t outcome_table_memory(struct slice bytes)
{
	size_t row = sizeof(struct outcome_line) + sizeof(struct outcome_row) + 5 * ARENA_ALIGNMENT;
	return count_rows(bytes) * row + ARENA_ALIGNMENT;
}

bool outcome_table_fits(const struct profile *profile, struct slice bytes)
{
	struct table_read table;
	return table_read_begin(&table, profile, bytes);
}

/* A NUL-padded member, kept in the arena. */
static bool keep(struct arena *arena, const char *member, uint32_t size, struct slice *ret_text)
{
	uint32_t used = 0;
	while (used < size && member[used] != '\0')
		used++;
	return arena_copy(arena, text_trim((struct slice){member, used}), ret_text);
}
#define KEEP(arena, member, ret_text) keep(arena, member, (uint32_t)sizeof(member), ret_text)

/* Fault of a line, or of a cell of it. */
static bool fail(struct outcome_file *file, enum outcome_fault fault, uint32_t line,
		 const char *about)
{
	file->fault = (uint8_t)fault;
	file->fault_place = line;
	file->about = about;
	return false;
}

static bool take_row(struct outcome_file *file, struct arena *arena, const struct outcome_row *row,
		     uint32_t place)
{
	struct outcome_line *line = &file->lines[file->count++];
	struct slice kind;
	*line = (struct outcome_line){.amount = row->amount,
				      .day = row->day,
				      .order_date = row->order_date,
				      .place = place};
	if (!KEEP(arena, row->kind, &kind) || !KEEP(arena, row->end_to_end_id, &line->reference) ||
	    !KEEP(arena, row->order_number, &line->order_number) ||
	    !KEEP(arena, row->receipt_number, &line->receipt_number) ||
	    !KEEP(arena, row->reason_code, &line->reason_code))
		return fail(file, OUTCOME_MEMORY, place, "lines");
	line->kind = enum_number(&enum_outcome_kind, kind);
	if (line->kind == 0)
		return fail(file, OUTCOME_VALUE, place, "kind");
	if (cents_is_negative(line->amount) || cents_is_zero(line->amount))
		return fail(file, OUTCOME_AMOUNT, place, "amount");
	if (line->day.number == 0)
		return fail(file, OUTCOME_MISSING, place, "day");
	return cents_add(file->total, line->amount, &file->total) ||
	       fail(file, OUTCOME_AMOUNT, place, "amount");
}

static bool fail_table(struct outcome_file *file, const struct table_read *table)
{
	bool is_column = table->column < table->profile->column_count;
	enum outcome_fault fault =
	    table->fault == TABLE_MISSING ? OUTCOME_MISSING : OUTCOME_VALUE;
	return fail(file, fault, table->line,
		    is_column ? table->profile->columns[table->column].heading
			      : table_fault_text(table->fault));
}

bool outcome_table_read(struct outcome_file *file, struct arena *arena,
			const struct profile *profile, struct slice bytes)
{
	struct table_read table;
	struct outcome_row row;
	*file = (struct outcome_file){.kind = OUTCOME_FILE_CSV, .capacity = count_rows(bytes)};
	file->lines = arena_alloc(arena, file->capacity * sizeof(file->lines[0]));
	if (file->lines == NULL)
		return fail(file, OUTCOME_MEMORY, 0, "lines");
	if (!table_read_begin(&table, profile, bytes))
		return fail_table(file, &table);
	for (;;) {
		enum table_step step = table_read_row(&table, &row);
		if (step == TABLE_READ_FAULT)
			return fail_table(file, &table);
		if (step == TABLE_READ_END)
			break;
		ASSERT(file->count < file->capacity);
		if (!take_row(file, arena, &row, table.line))
			return false;
	}
	return file->count > 0 || fail(file, OUTCOME_EMPTY, 0, "rows");
}
