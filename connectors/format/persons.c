/* Persons file: see persons.h. */
#include "connectors/format/persons.h"

#include "engine/base/identifier.h"
#include "engine/base/text.h"

#include <string.h>

#define COLUMNS_MAX  64u
#define NO_COLUMN    UINT8_MAX
#define ROW_SIZE_MIN 8u /* bytes: no row that holds what must be there is shorter */

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

#define FIELD_OWNER struct person
static const struct field person_fields[] = {PERSONS_ROW(FIELD_ROW)};
#undef FIELD_OWNER

const struct field_set persons_set = {
    .name = "person",
    .fields = person_fields,
    .count = COUNT_OF(person_fields),
    .struct_size = sizeof(struct person),
    .version = 1,
};

static_assert(COUNT_OF(person_fields) < COLUMNS_MAX, "a file may hold every column");

struct reading {
	struct persons *persons;
	struct slice rest;
	uint32_t line; /* of the cell at hand */
	uint32_t column_count;
	uint8_t columns[COLUMNS_MAX]; /* field of each column; NO_COLUMN: passed over */
	char separator;
	struct slice cell;
	bool has_quotes; /* the cell holds doubled quotes */
	bool is_last;	 /* of its row */
};

static bool fail(struct reading *reading, enum persons_fault fault, const char *column)
{
	reading->persons->fault = fault;
	reading->persons->line = reading->line;
	reading->persons->column = column;
	return false;
}

/* ---- Cells ---- */

static void skip(struct reading *reading, uint32_t size)
{
	ASSERT(size <= reading->rest.size);
	reading->rest.data += size;
	reading->rest.size -= size;
}

/* The bytes of a line's end that begin here; 0: none do. */
static uint32_t line_end(struct slice rest)
{
	if (rest.size >= 1 && rest.data[0] == '\n')
		return 1;
	return rest.size >= 2 && rest.data[0] == '\r' && rest.data[1] == '\n' ? 2 : 0;
}

/* What stands behind a cell: a separator, the end of the row or of the file. */
static bool take_end(struct reading *reading)
{
	uint32_t end = line_end(reading->rest);
	reading->is_last = true;
	if (reading->rest.size == 0)
		return true;
	if (end == 0 && reading->rest.data[0] != reading->separator)
		return fail(reading, PERSONS_QUOTES, NULL);
	reading->is_last = end > 0;
	skip(reading, end > 0 ? end : 1);
	return true;
}

static bool take_quoted(struct reading *reading)
{
	uint32_t size = 0;
	skip(reading, 1);
	struct slice rest = reading->rest;
	reading->has_quotes = false;
	while (size < rest.size && rest.data[size] != '\n') {
		bool is_quote = rest.data[size] == '"';
		bool is_doubled = is_quote && size + 1 < rest.size && rest.data[size + 1] == '"';
		if (is_quote && !is_doubled) {
			reading->cell = (struct slice){rest.data, size};
			skip(reading, size + 1);
			return take_end(reading);
		}
		reading->has_quotes = reading->has_quotes || is_doubled;
		size += is_doubled ? 2 : 1;
	}
	return fail(reading, PERSONS_QUOTES, NULL);
}

static bool take_cell(struct reading *reading)
{
	struct slice rest = reading->rest;
	uint32_t size = 0;
	if (rest.size > 0 && rest.data[0] == '"')
		return take_quoted(reading);
	reading->has_quotes = false;
	while (size < rest.size && rest.data[size] != reading->separator &&
	       line_end((struct slice){rest.data + size, rest.size - size}) == 0)
		size++;
	reading->cell = text_trim((struct slice){rest.data, size});
	skip(reading, size);
	return take_end(reading);
}

/* ---- Headings ---- */

static void find_separator(struct reading *reading)
{
	uint32_t semicolons = 0;
	uint32_t commas = 0;
	struct slice rest = reading->rest;
	for (uint32_t i = 0; i < rest.size && rest.data[i] != '\n'; i++) {
		semicolons += rest.data[i] == ';' ? 1 : 0;
		commas += rest.data[i] == ',' ? 1 : 0;
	}
	reading->separator = semicolons >= commas ? ';' : ',';
}

static bool take_heading(struct reading *reading, uint32_t *found)
{
	const struct field *field = field_find(&persons_set, reading->cell);
	uint32_t at = reading->column_count++;
	reading->columns[at] = NO_COLUMN;
	if (field == NULL)
		return true;
	uint32_t number = (uint32_t)(field - person_fields);
	if ((*found >> number & 1u) != 0)
		return fail(reading, PERSONS_HEADINGS, field->name);
	*found |= 1u << number;
	reading->columns[at] = (uint8_t)number;
	return true;
}

static bool take_headings(struct reading *reading)
{
	uint32_t found = 0;
	if (reading->rest.size >= 3 && memcmp(reading->rest.data, "\xef\xbb\xbf", 3) == 0)
		skip(reading, 3);
	if (reading->rest.size == 0)
		return fail(reading, PERSONS_EMPTY, NULL);
	find_separator(reading);
	do {
		if (reading->column_count == COLUMNS_MAX)
			return fail(reading, PERSONS_CELLS, NULL);
		if (!take_cell(reading) || !take_heading(reading, &found))
			return false;
	} while (!reading->is_last);
	for (uint32_t i = 0; i < persons_set.count; i++)
		if (person_fields[i].flags == FIELD_REQ && (found >> i & 1u) == 0)
			return fail(reading, PERSONS_HEADINGS, person_fields[i].name);
	return true;
}

/* ---- Values ---- */

static bool put_text(struct reading *reading, const struct field *field, char *member)
{
	uint32_t used = 0;
	for (uint32_t i = 0; i < reading->cell.size; i++) {
		if (used == field->size)
			return fail(reading, PERSONS_TOO_LONG, field->name);
		member[used++] = reading->cell.data[i];
		if (reading->has_quotes && reading->cell.data[i] == '"')
			i++; /* the second of two */
	}
	return true;
}

static bool put_day(struct reading *reading, const struct field *field, unsigned char *member)
{
	struct day day;
	struct slice cell = reading->cell;
	char iso[DAY_TEXT_SIZE];
	if (cell.size == DAY_TEXT_SIZE && cell.data[2] == '/' && cell.data[5] == '/') {
		memcpy(iso, cell.data + 6, 4);
		memcpy(iso + 5, cell.data + 3, 2);
		memcpy(iso + 8, cell.data, 2);
		iso[4] = '-';
		iso[7] = '-';
		cell = (struct slice){iso, DAY_TEXT_SIZE};
	}
	if (!day_parse(cell, &day))
		return fail(reading, PERSONS_DATE, field->name);
	memcpy(member, &day, sizeof(day));
	return true;
}

static bool put_cell(struct reading *reading, uint32_t at, struct person *person)
{
	if (reading->columns[at] == NO_COLUMN)
		return true;
	const struct field *field = &person_fields[reading->columns[at]];
	unsigned char *member = (unsigned char *)person + field->offset;
	if (!text_is_printable(reading->cell))
		return fail(reading, PERSONS_TEXT, field->name);
	if (reading->cell.size == 0)
		return field->flags != FIELD_REQ || fail(reading, PERSONS_MISSING, field->name);
	if (field->type == FIELD_DAY)
		return put_day(reading, field, member);
	ASSERT(field->type == FIELD_TEXT);
	return put_text(reading, field, (char *)member);
}

/* Do date, sex and place of birth say what the codice fiscale says? */
static bool check_birth(struct reading *reading, const struct person *person)
{
	struct identifier_person said;
	if (!identifier_person_parse(PERSONS_TEXT_OF(person->tax_code), &said))
		return fail(reading, PERSONS_TAX_CODE, "tax_code");
	if (person->birth_date.number != 0) {
		struct civil_day day = day_to_civil(person->birth_date);
		if (day.year % 100 != said.year || day.month != said.month || day.day != said.day)
			return fail(reading, PERSONS_DISAGREE, "birth_date");
	}
	if (person->sex[0] != '\0' && person->sex[0] != (said.is_female ? 'F' : 'M'))
		return fail(reading, PERSONS_DISAGREE, "sex");
	if (person->birth_place[0] != '\0' &&
	    memcmp(person->birth_place, said.place, sizeof(said.place)) != 0)
		return fail(reading, PERSONS_DISAGREE, "birth_place");
	return true;
}

static bool is_digits(struct slice text, uint32_t size)
{
	for (uint32_t i = 0; i < text.size; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.size == 0 || text.size == size;
}

static bool check_codes(struct reading *reading, const struct person *person)
{
	struct slice iban = PERSONS_TEXT_OF(person->iban);
	if (!is_digits(PERSONS_TEXT_OF(person->citizenship), 3))
		return fail(reading, PERSONS_CODE, "citizenship");
	if (!is_digits(PERSONS_TEXT_OF(person->region), 2))
		return fail(reading, PERSONS_CODE, "region");
	if (!is_digits(PERSONS_TEXT_OF(person->comune), 6))
		return fail(reading, PERSONS_CODE, "comune");
	if (!is_digits(PERSONS_TEXT_OF(person->postal_code), 5))
		return fail(reading, PERSONS_CODE, "postal_code");
	if ((person->dsu_protocol[0] != '\0') != (person->dsu_date.number != 0))
		return fail(reading, PERSONS_MISSING,
			    person->dsu_date.number == 0 ? "dsu_date" : "dsu_protocol");
	if (!text_is_token(PERSONS_TEXT_OF(person->beneficiary)))
		return fail(reading, PERSONS_CODE, "beneficiary");
	if (iban.size != 0 && !identifier_iban_is_valid(iban))
		return fail(reading, PERSONS_IBAN, "iban");
	return true;
}

/* ---- Search ---- */

/* The slot that holds the id, or the empty one where it would stand. */
static uint32_t slot_of(const struct persons *persons, struct slice id)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	for (uint32_t i = 0; i < id.size; i++)
		hash = (hash ^ (uint8_t)id.data[i]) * 16777619u;
	ASSERT(persons->slot_count > 0);
	uint32_t slot = hash % persons->slot_count;
	while (
	    persons->slots[slot] != 0 &&
	    !slice_equals(PERSONS_TEXT_OF(persons->rows[persons->slots[slot] - 1].beneficiary), id))
		slot = slot + 1 == persons->slot_count ? 0 : slot + 1;
	return slot;
}

const struct person *persons_find(const struct persons *persons, struct slice beneficiary)
{
	ASSERT(persons != NULL);
	if (persons->count == 0)
		return NULL;
	uint32_t row = persons->slots[slot_of(persons, beneficiary)];
	return row == 0 ? NULL : &persons->rows[row - 1];
}

const struct person *persons_find_tax_code(const struct persons *persons, struct slice tax_code)
{
	ASSERT(persons != NULL);
	for (uint32_t i = 0; i < persons->count; i++)
		if (slice_equals(PERSONS_TEXT_OF(persons->rows[i].tax_code), tax_code))
			return &persons->rows[i];
	return NULL;
}

/* ---- The file ---- */

static bool take_row(struct reading *reading, struct person *person)
{
	struct persons *persons = reading->persons;
	*person = (struct person){.line = reading->line};
	for (uint32_t at = 0; at < reading->column_count; at++) {
		if (!take_cell(reading) || !put_cell(reading, at, person))
			return false;
		if (reading->is_last != (at + 1 == reading->column_count))
			return fail(reading, PERSONS_CELLS, NULL);
	}
	if (!check_birth(reading, person) || !check_codes(reading, person))
		return false;
	uint32_t slot = slot_of(persons, PERSONS_TEXT_OF(person->beneficiary));
	if (persons->slots[slot] != 0)
		return fail(reading, PERSONS_TWICE, "beneficiary");
	persons->slots[slot] = ++persons->count;
	return true;
}

static uint32_t rows_most(struct slice bytes)
{
	uint32_t lines = 1;
	for (uint32_t i = 0; i < bytes.size; i++)
		lines += bytes.data[i] == '\n' ? 1 : 0;
	uint32_t by_size = bytes.size / ROW_SIZE_MIN + 1;
	return lines < by_size ? lines : by_size;
}

size_t persons_memory(struct slice bytes)
{
	size_t rows = rows_most(bytes);
	return rows * (sizeof(struct person) + 2 * sizeof(uint32_t)) + (size_t)4 * ARENA_ALIGNMENT;
}

static bool read_rows(struct reading *reading, uint32_t most)
{
	while (reading->rest.size > 0) {
		uint32_t end = line_end(reading->rest);
		reading->line++;
		if (end > 0) {
			skip(reading, end); /* an empty line */
			continue;
		}
		if (reading->persons->count == most)
			return fail(reading, PERSONS_MEMORY, NULL);
		if (!take_row(reading, &reading->persons->rows[reading->persons->count]))
			return false;
	}
	return true;
}

bool persons_read(struct persons *persons, struct arena *arena, struct slice bytes)
{
	ASSERT(persons != NULL && arena != NULL);
	struct reading reading = {.persons = persons, .rest = bytes, .line = 1};
	*persons = (struct persons){.rows = NULL};
	uint32_t most = rows_most(bytes);
	persons->rows = arena_alloc_zeroed(arena, most, sizeof(persons->rows[0]));
	persons->slots = arena_alloc_zeroed(arena, most, 2 * sizeof(persons->slots[0]));
	persons->slot_count = 2 * most;
	bool is_good = false;
	if (persons->rows == NULL || persons->slots == NULL)
		(void)fail(&reading, PERSONS_MEMORY, NULL);
	else
		is_good = take_headings(&reading) && read_rows(&reading, most);
	if (!is_good)
		persons->count = 0;
	ASSERT(is_good == (persons->fault == PERSONS_OK));
	return is_good;
}

const char *persons_fault_text(enum persons_fault fault, enum result_language language)
{
	static const char *const texts[PERSONS_FAULTS][RESULT_LANGUAGES] = {
	    [PERSONS_OK] = {"in ordine", "in order"},
	    [PERSONS_EMPTY] = {"il file è vuoto: serve la riga delle intestazioni",
			       "the file is empty: a row of headings is needed"},
	    [PERSONS_HEADINGS] = {"colonna mancante o ripetuta nelle intestazioni",
				  "a column is missing from the headings, or stands twice"},
	    [PERSONS_CELLS] = {"celle in più o in meno rispetto alle intestazioni",
			       "more or fewer cells than headings"},
	    [PERSONS_QUOTES] = {"virgolette non chiuse o fuori posto",
				"a quote does not close, or stands where none may"},
	    [PERSONS_TEXT] = {"testo non UTF-8 o con caratteri di controllo: salvare in UTF-8",
			      "not UTF-8, or a control character: save the file as UTF-8"},
	    [PERSONS_TOO_LONG] = {"testo troppo lungo per la colonna", "too long for the column"},
	    [PERSONS_MISSING] = {"cella obbligatoria vuota", "an empty cell that must be filled"},
	    [PERSONS_TAX_CODE] = {"codice fiscale errato: 16 caratteri maiuscoli, l'ultimo di "
				  "controllo",
				  "a wrong codice fiscale: 16 capitals and digits, the last a "
				  "check"},
	    [PERSONS_DATE] = {"data attesa come AAAA-MM-GG o GG/MM/AAAA",
			      "a date is expected, YYYY-MM-DD or DD/MM/YYYY"},
	    [PERSONS_DISAGREE] = {"non corrisponde al codice fiscale: correggere l'uno o l'altro",
				  "not what the codice fiscale says: correct one or the other"},
	    [PERSONS_CODE] = {"codice nella forma sbagliata (zeri iniziali persi?)",
			      "a code without its shape (leading zeros lost?)"},
	    [PERSONS_IBAN] = {"IBAN errato: senza spazi, con le cifre di controllo giuste",
			      "a wrong IBAN: no blanks, right check digits"},
	    [PERSONS_TWICE] = {"persona già presente in una riga precedente",
			       "the person stands in an earlier line too"},
	    [PERSONS_MEMORY] = {"file troppo grande", "the file is too large"},
	};
	ASSERT(fault < PERSONS_FAULTS && language < RESULT_LANGUAGES);
	return texts[fault][language];
}
