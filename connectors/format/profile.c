/* Profiles of tables: see profile.h. */
#include "connectors/format/profile.h"

#include "engine/base/text.h"

#include <string.h>

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

/* A word of a file and what it means. */
struct word {
	const char *name;
	uint8_t number;
};

static const struct word amounts[] = {{"point", PROFILE_AMOUNT_POINT},
				      {"comma", PROFILE_AMOUNT_COMMA},
				      {"cents", PROFILE_AMOUNT_CENTS},
				      {NULL, 0}};
static const struct word days[] = {{"yyyy-mm-dd", PROFILE_DAY_ISO},
				   {"dd/mm/yyyy", PROFILE_DAY_ITALIAN},
				   {"yyyymmdd", PROFILE_DAY_COMPACT},
				   {"dd-mm-yyyy", PROFILE_DAY_DASHES},
				   {"dd.mm.yyyy", PROFILE_DAY_POINTS},
				   {"ddmmyyyy", PROFILE_DAY_DIGITS},
				   {NULL, 0}};
static_assert(COUNT_OF(days) == PROFILE_DAYS + 1, "every form has its pattern");
static const struct word months[] = {{"yyyy-mm", PROFILE_MONTH_ISO},
				     {"mm/yyyy", PROFILE_MONTH_ITALIAN},
				     {"yyyymm", PROFILE_MONTH_COMPACT},
				     {"first-day", PROFILE_MONTH_FIRST},
				     {"last-day", PROFILE_MONTH_LAST},
				     {NULL, 0}};
static const struct word quotes[] = {{"needed", PROFILE_QUOTES_NEEDED},
				     {"always", PROFILE_QUOTES_ALWAYS},
				     {"never", PROFILE_QUOTES_NEVER},
				     {NULL, 0}};
static const struct word headers[] = {{"no", PROFILE_HEADER_NONE},
				      {"yes", PROFILE_HEADER_EXACT},
				      {"named", PROFILE_HEADER_NAMED},
				      {NULL, 0}};
static const struct word separators[] = {
    {"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"pipe", '|'}, {"none", '\0'}, {NULL, 0}};
static const struct word line_ends[] = {{"lf", 0}, {"crlf", 1}, {NULL, 0}};
static const struct word answers[] = {{"no", 0}, {"yes", 1}, {NULL, 0}};
static const struct word others[] = {{"tell", 0}, {"refuse", 1}, {NULL, 0}};

enum key_type {
	KEY_TEXT,
	KEY_WORD,
	KEY_CHARSET,
	KEY_NUMBER,
	KEY_RECORDS,
	KEY_FLAGS,
	KEY_FIELD,
	KEY_ONLY,
};

struct key {
	const char *section;
	const char *name;
	enum key_type type;
	const struct word *words;
	uint16_t offset; /* in struct profile */
	uint16_t size;	 /* of a text, without its NUL */
};

#define TEXT_KEY(section, name, member)                                                            \
	{section, name, KEY_TEXT, NULL, (uint16_t)offsetof(struct profile, member),                \
	 (uint16_t)(sizeof(((struct profile *)0)->member) - 1)}
#define WORD_KEY(name, member, words)                                                              \
	{"file", name, KEY_WORD, words, (uint16_t)offsetof(struct profile, member), 1}

static const struct key keys[] = {
    TEXT_KEY("file", "title", title),
    TEXT_KEY("file", "suffix", suffix),
    {"file", "records", KEY_RECORDS, NULL, 0, 0},
    {"file", "charset", KEY_CHARSET, NULL, 0, 0},
    {"file", "fields", KEY_NUMBER, NULL, 0, 0},
    {"file", "flag", KEY_FLAGS, NULL, 0, 0},
    WORD_KEY("other_characters", is_refused_other, others),
    WORD_KEY("mark", has_mark, answers),
    WORD_KEY("separator", separator, separators),
    WORD_KEY("quotes", quotes, quotes),
    WORD_KEY("line_end", ends_crlf, line_ends),
    WORD_KEY("header", header, headers),
    WORD_KEY("guard_formulas", guards_formulas, answers),
    WORD_KEY("guard_lookalikes", guards_lookalikes, answers),
    WORD_KEY("amount", amount, amounts),
    WORD_KEY("day", day, days),
    WORD_KEY("month", month, months),
    {"rows", "skip_zero", KEY_FIELD, NULL, (uint16_t)offsetof(struct profile, skip_zero), 0},
    {"rows", "only", KEY_ONLY, NULL, 0, 0},
};
static_assert(COUNT_OF(keys) <= 32, "keys_seen has a bit for each");
static_assert(sizeof(bool) == 1, "words are stored as bytes");

/* ---- Faults ---- */

static void add_words(struct profile_fault *fault, struct slice words)
{
	uint32_t used = (uint32_t)strlen(fault->text);
	uint32_t room = PROFILE_FAULT_SIZE - 1 - used;
	uint32_t size = words.size < room ? words.size : room;
	if (size > 0)
		memcpy(fault->text + used, words.data, size);
	fault->text[used + size] = '\0';
}

/* "BEFORE «about» AFTER" */
static bool refuse(struct profile_fault *fault, const char *before, struct slice about,
		   const char *after)
{
	fault->text[0] = '\0';
	add_words(fault, slice_from_text(before));
	add_words(fault, slice_from_text(" \""));
	add_words(fault, about.size > 60 ? (struct slice){about.data, 60} : about);
	add_words(fault, slice_from_text("\" "));
	add_words(fault, slice_from_text(after));
	return false;
}

/* ---- Values ---- */

static bool find_word(const struct word *words, struct slice name, uint8_t *number)
{
	for (; words->name != NULL; words++)
		if (slice_equals_text(name, words->name)) {
			*number = words->number;
			return true;
		}
	return false;
}

/* The names of the words, for the fault. */
static bool refuse_word(struct profile_fault *fault, const struct word *words, struct slice value)
{
	(void)refuse(fault, "the value", value, "is none of:");
	for (; words->name != NULL; words++) {
		add_words(fault, slice_from_text(" "));
		add_words(fault, slice_from_text(words->name));
	}
	return false;
}

static bool copy_text(struct slice value, char *member, uint32_t size)
{
	if (value.size > size || !text_is_printable(value))
		return false;
	memset(member, 0, size + 1);
	if (value.size > 0)
		memcpy(member, value.data, value.size);
	return true;
}

/* The next run of non-blanks; a run that begins with a quote goes to the next quote. */
static struct slice next_word(struct slice *rest)
{
	*rest = text_trim(*rest);
	uint32_t size = 0;
	bool is_quoted = rest->size > 0 && rest->data[0] == '"';
	if (is_quoted)
		for (size = 1; size < rest->size && rest->data[size] != '"'; size++)
			continue;
	while (size < rest->size && rest->data[size] != ' ' && rest->data[size] != '\t')
		size++;
	struct slice word = {rest->data, size};
	rest->data += size;
	rest->size -= size;
	return word;
}

/* "S N" */
static bool set_flags(struct profile *profile, struct slice value)
{
	struct slice yes = next_word(&value);
	struct slice no = next_word(&value);
	return yes.size > 0 && no.size > 0 && !slice_equals(yes, no) && value.size == 0 &&
	       copy_text(yes, profile->yes, PROFILE_WORD_SIZE) &&
	       copy_text(no, profile->no, PROFILE_WORD_SIZE);
}

static bool set_number(struct profile *profile, struct slice value)
{
	return text_parse_u32(value, PROFILE_COLUMNS_MAX, &profile->field_count) &&
	       profile->field_count > 0;
}

/* "field VALUE" */
static bool set_only(struct profile *profile, struct slice value, struct profile_fault *fault)
{
	struct slice name = next_word(&value);
	profile->only = field_find(profile->set, name);
	value = text_trim(value);
	if (profile->only == NULL ||
	    (profile->only->type != FIELD_TEXT && profile->only->type != FIELD_ENUM))
		return refuse(fault, "the field", name, "is no text of these records");
	if (value.size == 0 || !copy_text(value, profile->only_value, PROFILE_TEXT_SIZE))
		return refuse(fault, "the value", value, "is empty or too long");
	if (profile->only->type == FIELD_ENUM &&
	    enum_number(profile->only->enumeration, value) == 0)
		return refuse(fault, "the value", value, "is none that this field has");
	return true;
}

static bool set_key(struct profile *profile, const struct key *key, struct slice value,
		    struct profile_fault *fault)
{
	char *member = (char *)profile + key->offset;
	const struct field *field = NULL;
	switch (key->type) {
	case KEY_TEXT:
		return (value.size > 0 && copy_text(value, member, key->size)) ||
		       refuse(fault, "the text", value, "is empty or too long");
	case KEY_WORD:
		return find_word(key->words, value, (uint8_t *)member) ||
		       refuse_word(fault, key->words, value);
	case KEY_CHARSET:
		profile->charset = charset_of_name(value);
		return profile->charset != 0 ||
		       refuse(fault, "the value", value,
			      "is none of: UTF-8 ASCII ISO-8859-1 WINDOWS-1252");
	case KEY_NUMBER:
		return set_number(profile, value) ||
		       refuse(fault, "the value", value, "is no number of columns");
	case KEY_RECORDS:
		profile->has_records = true;
		return slice_equals_text(value, "any") ||
		       slice_equals_text(value, profile->set->name) ||
		       refuse(fault, "this profile is for", value,
			      "and cannot be used for these rows");
	case KEY_FLAGS:
		return set_flags(profile, value) ||
		       refuse(fault, "the value", value, "is not two different words, as in: S N");
	case KEY_FIELD:
		field = field_find(profile->set, value);
		profile->skip_zero = field;
		return (field != NULL && field->type == FIELD_CENTS) ||
		       refuse(fault, "the field", value, "is no amount of these records");
	case KEY_ONLY:
		return set_only(profile, value, fault);
	}
	ASSERT(false);
	return false;
}

/* ---- Columns ---- */

static bool type_is_known(enum field_type type)
{
	return type == FIELD_TEXT || type == FIELD_CENTS || type == FIELD_DAY ||
	       type == FIELD_MONTH || type == FIELD_FLAG || type == FIELD_ENUM ||
	       type == FIELD_U8 || type == FIELD_U16 || type == FIELD_U32 || type == FIELD_U64;
}

/* Takes `prefix` off the front. */
static bool take_prefix(struct slice *word, const char *prefix)
{
	uint32_t size = (uint32_t)strlen(prefix);
	if (word->size < size || memcmp(word->data, prefix, size) != 0)
		return false;
	word->data += size;
	word->size -= size;
	return true;
}

/* "8", "8:0" or "8:0:left": width, what with, on which side */
static bool set_pad(struct profile_column *column, struct slice word)
{
	uint32_t digits = 0;
	while (digits < word.size && word.data[digits] != ':')
		digits++;
	uint32_t width = 0;
	if (!text_parse_u32((struct slice){word.data, digits}, PROFILE_WIDTH_MAX, &width) ||
	    width == 0)
		return false;
	struct slice rest = {word.data + digits, word.size - digits};
	column->pad_width = (uint16_t)width;
	column->pad_with = ' ';
	column->pad = PROFILE_PAD_RIGHT;
	if (rest.size == 0)
		return true;
	if (rest.size < 2)
		return false;
	column->pad_with = rest.data[1] == '_' ? ' ' : rest.data[1];
	rest.data += 2;
	rest.size -= 2;
	if (rest.size == 0)
		return true;
	if (slice_equals_text(rest, ":left"))
		column->pad = PROFILE_PAD_LEFT;
	return column->pad == PROFILE_PAD_LEFT || slice_equals_text(rest, ":right");
}

/* The words that stand alone. */
static bool set_switch(struct profile_column *column, struct slice word)
{
	column->is_required |= slice_equals_text(word, "required");
	column->is_cut |= slice_equals_text(word, "cut");
	column->is_unread |= slice_equals_text(word, "unread");
	column->keeps_zero |= slice_equals_text(word, "zero");
	return slice_equals_text(word, "required") || slice_equals_text(word, "cut") ||
	       slice_equals_text(word, "unread") || slice_equals_text(word, "zero");
}

static bool set_option(struct profile *profile, struct profile_column *column, struct slice word,
		       struct profile_fault *fault)
{
	struct slice whole = word;
	uint32_t width = 0;
	if (set_switch(column, word) || find_word(amounts, word, &column->amount) ||
	    find_word(days, word, &column->day) || find_word(months, word, &column->month))
		return true;
	if (take_prefix(&word, "width:")) {
		if (!text_parse_u32(word, PROFILE_WIDTH_MAX, &width) || width == 0)
			return refuse(fault, "the width", word, "is no number from 1 to 500");
		column->width = (uint16_t)width;
		return true;
	}
	if (take_prefix(&word, "pad:"))
		return set_pad(column, word) ||
		       refuse(fault, "the padding", word, "is not as in: pad:7:0:left");
	if (take_prefix(&word, "map:"))
		return copy_text(word, column->map, PROFILE_TEXT_SIZE) ||
		       refuse(fault, "the map", word, "is too long");
	if (take_prefix(&word, "else:")) {
		column->otherwise = field_find(profile->set, word);
		return (column->otherwise != NULL && type_is_known(column->otherwise->type)) ||
		       refuse(fault, "the field", word, "is none of these records");
	}
	return refuse(fault, "the option", whole, "is not known");
}

/* A field's name, or a constant in quotes. */
static bool set_source(struct profile *profile, struct profile_column *column, struct slice word,
		       struct profile_fault *fault)
{
	if (word.size >= 2 && word.data[0] == '"' && word.data[word.size - 1] == '"') {
		struct slice inside = {word.data + 1, word.size - 2};
		return copy_text(inside, column->constant, PROFILE_TEXT_SIZE) ||
		       refuse(fault, "the constant", inside, "is too long");
	}
	column->field = field_find(profile->set, word);
	return (column->field != NULL && type_is_known(column->field->type)) ||
	       refuse(fault, "the field", word, "is none of these records");
}

static bool has_any(const char *map)
{
	for (uint32_t i = 0; map[i] != '\0'; i++)
		if (map[i] == '*')
			return true;
	return false;
}

/* Options that say nothing to this type are mistakes. */
static bool judge_column(const struct profile_column *column, struct profile_fault *fault)
{
	struct slice heading = slice_from_text(column->heading);
	bool is_text = column->field != NULL &&
		       (column->field->type == FIELD_TEXT || column->field->type == FIELD_ENUM);
	if (column->is_cut && column->width == 0)
		return refuse(fault, "the column", heading, "is cut, but to which width?");
	if (column->width > 0 && column->pad_width > column->width)
		return refuse(fault, "the column", heading, "is padded beyond its width");
	if (column->map[0] != '\0' && !is_text)
		return refuse(fault, "the column", heading, "is no text: it has no words to map");
	if (has_any(column->map) && !column->is_unread)
		return refuse(fault, "the column", heading,
			      "maps any value: it must be \"unread\", for which one is it?");
	if (column->otherwise != NULL && !column->is_unread)
		return refuse(fault, "the column", heading,
			      "has two fields: it must be \"unread\", for which one is it?");
	return true;
}

static bool add_column(struct profile *profile, struct slice heading, struct slice value,
		       struct profile_fault *fault)
{
	if (profile->column_count == PROFILE_COLUMNS_MAX)
		return refuse(fault, "the column", heading,
			      "is one too many: there are 96 at most");
	struct profile_column *column = &profile->columns[profile->column_count];
	*column = (struct profile_column){
	    .amount = profile->amount, .day = profile->day, .month = profile->month};
	if (heading.size == 0 || !copy_text(heading, column->heading, PROFILE_TEXT_SIZE))
		return refuse(fault, "the heading", heading, "is empty or too long");
	for (uint32_t i = 0; i < profile->column_count; i++)
		if (slice_equals_text(heading, profile->columns[i].heading))
			return refuse(fault, "the column", heading, "is there twice");
	struct slice source = next_word(&value);
	if (source.size == 0)
		return refuse(fault, "the column", heading, "has no field");
	if (!set_source(profile, column, source, fault))
		return false;
	for (struct slice word = next_word(&value); word.size > 0; word = next_word(&value))
		if (!set_option(profile, column, word, fault))
			return false;
	if (!judge_column(column, fault))
		return false;
	profile->column_count++;
	return true;
}

/* ---- The whole ---- */

void profile_init(struct profile *profile, const char *name, const struct field_set *set)
{
	ASSERT(profile != NULL && name != NULL && set != NULL);
	memset(profile, 0, sizeof(*profile));
	profile->set = set;
	profile->charset = CHARSET_UTF_8;
	profile->header = PROFILE_HEADER_EXACT;
	profile->separator = ';';
	profile->ends_crlf = true;
	profile->yes[0] = 'S';
	profile->no[0] = 'N';
	uint32_t size = (uint32_t)strlen(name);
	memcpy(profile->name, name, size < PROFILE_NAME_SIZE ? size : PROFILE_NAME_SIZE);
}

bool profile_set(struct profile *profile, struct slice section, struct slice key,
		 struct slice value, struct profile_fault *fault)
{
	ASSERT(profile != NULL && fault != NULL);
	value = text_trim(value);
	if (slice_equals_text(section, "columns"))
		return add_column(profile, text_trim(key), value, fault);
	for (uint32_t i = 0; i < COUNT_OF(keys); i++) {
		if (!slice_equals_text(section, keys[i].section) ||
		    !slice_equals_text(key, keys[i].name))
			continue;
		if ((profile->keys_seen & 1u << i) != 0)
			return refuse(fault, "the key", key, "is there twice");
		if (slice_equals_text(section, "file") && profile->column_count > 0)
			return refuse(fault, "the key", key, "comes before [columns]");
		profile->keys_seen |= 1u << i;
		return set_key(profile, &keys[i], value, fault);
	}
	if (!slice_equals_text(section, "file") && !slice_equals_text(section, "rows"))
		return refuse(fault, "the section", section, "is none of: file rows columns");
	return refuse(fault, "the key", key, "is not known in this section");
}

/* Every field of the set under its own name. */
static bool add_all(struct profile *profile, struct profile_fault *fault)
{
	for (uint32_t i = 0; i < profile->set->count; i++) {
		struct slice name = slice_from_text(profile->set->fields[i].name);
		if (!add_column(profile, name, name, fault))
			return false;
	}
	profile->has_all = true;
	return true;
}

const char *profile_day_pattern(enum profile_day form)
{
	ASSERT(form < PROFILE_DAYS && days[form].number == form);
	return days[form].name;
}

/* Without separators every cell has its width, and there is nothing to quote or to head. */
static bool judge_widths(struct profile *profile, struct profile_fault *fault)
{
	struct slice name = slice_from_text(profile->name);
	if (profile->separator != '\0')
		return true;
	if (profile->quotes != PROFILE_QUOTES_NEVER || profile->header != PROFILE_HEADER_NONE)
		return refuse(fault, "the profile", name,
			      "has no separator: quotes = never and header = no");
	for (uint32_t i = 0; i < profile->column_count; i++) {
		struct profile_column *column = &profile->columns[i];
		if (column->pad == PROFILE_PAD_NONE ||
		    (column->width != 0 && column->width != column->pad_width))
			return refuse(fault, "the column", slice_from_text(column->heading),
				      "needs pad:N, and its width, as there is no separator");
		column->width = column->pad_width;
	}
	return true;
}

bool profile_finish(struct profile *profile, struct profile_fault *fault)
{
	ASSERT(profile != NULL && fault != NULL);
	struct slice name = slice_from_text(profile->name);
	if (!profile->has_records)
		return refuse(fault, "the profile", name,
			      "does not say in [file] for which records it is");
	if (profile->suffix[0] == '\0')
		return refuse(fault, "the profile", name, "does not say in [file] its suffix");
	if (profile->column_count == 0 && !add_all(profile, fault))
		return false;
	if (profile->field_count != 0 && profile->field_count != profile->column_count)
		return refuse(fault, "the profile", name, "has other columns than \"fields\" says");
	if (profile->quotes == PROFILE_QUOTES_NEVER && profile->separator == ',')
		for (uint32_t i = 0; i < profile->column_count; i++)
			if (profile->columns[i].amount == PROFILE_AMOUNT_COMMA)
				return refuse(fault, "the profile", name,
					      "has commas in amounts and between cells");
	if (!judge_widths(profile, fault))
		return false;
	if (profile->has_mark && profile->charset != CHARSET_UTF_8)
		return refuse(fault, "the profile", name, "has a mark, which UTF-8 alone has");
	return true;
}

bool profile_is_empty(const struct field *field, const void *record)
{
	ASSERT(field != NULL && record != NULL);
	const unsigned char *member = (const unsigned char *)record + field->offset;
	uint32_t size = field->type == FIELD_TEXT ? 1 : field->size;
	for (uint32_t i = 0; i < size; i++)
		if (member[i] != 0)
			return false;
	return true;
}

static bool has_only_value(const struct profile *profile, const void *record)
{
	const struct field *field = profile->only;
	const unsigned char *member = (const unsigned char *)record + field->offset;
	struct slice wanted = slice_from_text(profile->only_value);
	if (field->type == FIELD_ENUM)
		return enum_number(field->enumeration, wanted) == *member;
	uint32_t size = 0;
	while (size < field->size && member[size] != '\0')
		size++;
	return slice_equals(wanted, (struct slice){(const char *)member, size});
}

bool profile_takes(const struct profile *profile, const void *record)
{
	ASSERT(profile != NULL && record != NULL);
	if (profile->skip_zero != NULL && profile_is_empty(profile->skip_zero, record))
		return false;
	return profile->only == NULL || has_only_value(profile, record);
}

/* ---- What spreadsheets do to text ---- */

static bool is_digit(char symbol)
{
	return symbol >= '0' && symbol <= '9';
}

static bool is_formula(struct slice text)
{
	if (text.size == 0)
		return false;
	char first = text.data[0];
	return first == '=' || first == '+' || first == '-' || first == '@' || first == '\t' ||
	       first == '\r';
}

/* Does text begin with the short name of a month ("mar", "SEP")? */
static bool begins_month(struct slice text)
{
	static const char *const short_names[] = {
	    "gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov",
	    "dic", "jan", "may", "jun", "jul", "aug", "sep", "oct", "dec"};
	for (uint32_t i = 0; text.size >= 3 && i < COUNT_OF(short_names); i++)
		if (text_equals_ignoring_case((struct slice){text.data, 3},
					      slice_from_text(short_names[i])))
			return true;
	return false;
}

/* "MAR1", "sett 3": a month's name and then digits, nothing else */
static bool is_month_and_digits(struct slice text)
{
	uint32_t at = 0;
	if (!begins_month(text))
		return false;
	while (at < text.size && ((text.data[at] | 0x20) >= 'a' && (text.data[at] | 0x20) <= 'z'))
		at++;
	uint32_t letters = at;
	while (at < text.size && !is_digit(text.data[at]) && at < letters + 2)
		at++;
	uint32_t digits = at;
	while (at < text.size && is_digit(text.data[at]))
		at++;
	return at == text.size && at > digits && letters <= 9;
}

/* A number or date once it is in a cell: digits and signs alone, or digits and a month's name; a
 * whole number of up to ten digits without leading zeros stays as it is. */
static bool begins_lookalike(struct slice text)
{
	uint32_t digits = 0;
	for (uint32_t i = 0; i < text.size; i++) {
		struct slice rest = {text.data + i, text.size - i};
		char symbol = text.data[i];
		if (is_digit(symbol))
			digits++;
		else if (begins_month(rest))
			return true;
		else if (symbol != '.' && symbol != ',' && symbol != ':' && symbol != '/' &&
			 symbol != '-' && symbol != '+' && symbol != '%' && symbol != ' ' &&
			 symbol != 'e' && symbol != 'E')
			return false;
	}
	return digits < text.size || digits > 10 || (digits > 1 && text.data[0] == '0');
}

static bool is_lookalike(struct slice text)
{
	static const char *const truths[] = {"TRUE", "FALSE", "VERO", "FALSO"};
	text = text_trim(text);
	for (uint32_t i = 0; i < COUNT_OF(truths); i++)
		if (text_equals_ignoring_case(text, slice_from_text(truths[i])))
			return true;
	if (text.size == 0)
		return false;
	if (is_digit(text.data[0]) || text.data[0] == '.' || text.data[0] == ',')
		return begins_lookalike(text);
	return is_month_and_digits(text);
}

bool profile_guards(const struct profile *profile, struct slice text)
{
	ASSERT(profile != NULL);
	while (text.size > 0 && text.data[0] == '\'') {
		text.data++;
		text.size--;
	}
	return (profile->guards_formulas && is_formula(text)) ||
	       (profile->guards_lookalikes && is_lookalike(text));
}
