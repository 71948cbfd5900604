/* What is wrong with a request, in words: see problem.h. The sentences stand in one table. */
#include "engine/api/problem.h"

#include "engine/api/advice.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

/* Placeholders: %min, %max, %names. A sentence follows "Field «…»: " and ends with a full stop. */
static const char *const expectations[PROBLEM_EXPECTATIONS][RESULT_LANGUAGES] = {
    [PROBLEM_EXPECTS_OBJECT] = {"atteso un solo oggetto JSON", "expected one JSON object"},
    [PROBLEM_EXPECTS_TEXT] = {"atteso un testo fra virgolette", "expected a text in quotes"},
    [PROBLEM_EXPECTS_INTEGER] = {"atteso un numero intero, senza virgolette, decimali o esponente",
				 "expected a whole number, without quotes, fraction or exponent"},
    [PROBLEM_EXPECTS_BOOLEAN] = {"atteso true o false", "expected true or false"},
    [PROBLEM_EXPECTS_ARRAY] = {"attesa una lista", "expected an array"},
    [PROBLEM_EXPECTS_DAY] = {"attesa una data esistente, per esempio 2026-03-05",
			     "expected an existing date, for instance 2026-03-05"},
    [PROBLEM_EXPECTS_MONTH] = {"atteso un mese, per esempio 2026-03",
			       "expected a month, for instance 2026-03"},
    [PROBLEM_EXPECTS_INSTANT] = {"atteso un istante RFC 3339, per esempio "
				 "2026-03-05T09:00:00+01:00",
				 "expected an RFC 3339 instant, for instance "
				 "2026-03-05T09:00:00+01:00"},
    [PROBLEM_EXPECTS_ENUM] = {"atteso uno di: %names", "expected one of: %names"},
    [PROBLEM_EXPECTS_IDENTIFIER] = {"atteso un identificativo del tipo giusto, come lo ha dato il "
				    "servizio",
				    "expected an identifier of the right kind, as the service gave "
				    "it"},
    [PROBLEM_EXPECTS_NUMBER] = {"atteso il numero del voucher con il carattere di controllo, per "
				"esempio 0000001W",
				"expected the voucher number with its check character, for "
				"instance 0000001W"},
    [PROBLEM_EXPECTS_CODE] = {"atteso il codice di un elemento già registrato",
			      "expected the code of an item already registered"},
    [PROBLEM_EXPECTS_HEXADECIMAL] = {"attese %max cifre esadecimali",
				     "expected %max hexadecimal digits"},
    [PROBLEM_EXPECTS_VOUCHER_CODE] = {"atteso il codice stampato sul voucher",
				      "expected the code printed on the voucher"},
    [PROBLEM_EXPECTS_PRINTABLE] = {"atteso un testo non vuoto, senza caratteri di controllo",
				   "expected a text that is not empty and has no control "
				   "characters"},
    [PROBLEM_EXPECTS_TOKEN] = {"ammesse solo lettere senza accento, cifre e . _ : -",
			       "only unaccented letters, digits and . _ : - are allowed"},
    [PROBLEM_EXPECTS_UTF8] = {"il testo non è in UTF-8: salvarlo con questa codifica",
			      "the text is not UTF-8: save it in that encoding"},
    [PROBLEM_EXPECTS_PRESENT] = {"null non è ammesso: dare un valore o togliere il campo",
				 "null is not allowed: give a value or leave the field out"},
    [PROBLEM_EXPECTS_BYTES_MAX] = {"al massimo %max byte", "at most %max bytes"},
    [PROBLEM_EXPECTS_ITEMS] = {"attesi da %min a %max elementi", "expected %min to %max items"},
    [PROBLEM_EXPECTS_RANGE] = {"atteso un valore da %min a %max",
			       "expected a value from %min to %max"},
    [PROBLEM_EXPECTS_YEARS] = {"atteso un anno da %min a %max",
			       "expected a year from %min to %max"},
    [PROBLEM_EXPECTS_DEPTH] = {"troppi livelli di annidamento", "too many levels of nesting"},
    [PROBLEM_EXPECTS_END] = {"dopo il valore non deve esserci altro",
			     "nothing may follow the value"},
    [PROBLEM_EXPECTS_LINE_ID] = {"ogni riga ha il suo id: un testo da 1 a %max byte, diverso da "
				 "quelli delle altre righe",
				 "each line has its own id: a text of 1 to %max bytes, different "
				 "from those of all other lines"},
    [PROBLEM_EXPECTS_HEADER] = {"la prima riga deve contenere i nomi dei campi",
				"the first row must hold the names of the fields"},
    [PROBLEM_EXPECTS_COLUMNS] = {"attese %max colonne, come nell'intestazione",
				 "expected %max columns, as in the header"},
    [PROBLEM_EXPECTS_QUOTES] = {"virgolette non bilanciate o fuori posto",
				"quotes are unbalanced or misplaced"},
    [PROBLEM_EXPECTS_CURSOR] = {"atteso il next_cursor di una risposta precedente",
				"expected the next_cursor of an earlier answer"},
    [PROBLEM_EXPECTS_FILTERS] = {"il rapporto ha troppe voci: restringerlo con i filtri",
				 "the report has too many items: narrow it with filters"},
    [PROBLEM_EXPECTS_SORT] = {"atteso id oppure -id", "expected id or -id"},
    [PROBLEM_EXPECTS_MODE] = {"atteso per_line, all_or_nothing o simulate; strict_rank, "
			      "simulate_strict_rank e simulate_first_fit solo per emettere e "
			      "prenotare titoli",
			      "expected per_line, all_or_nothing or simulate; strict_rank, "
			      "simulate_strict_rank and simulate_first_fit for issuing and "
			      "reserving titles alone"},
};

struct api_problem problem_of(enum result result)
{
	return (struct api_problem){.result = result};
}

/* Bytes of the whole UTF-8 character that starts here; the text is valid UTF-8. */
static uint32_t character_size(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xe0)
		return 2;
	return first < 0xf0 ? 3 : 4;
}

void problem_point(struct api_problem *problem, struct slice name)
{
	ASSERT(problem != NULL);
	if (!text_is_utf8(name))
		name = slice_from_text("?");
	uint32_t used = (uint32_t)strlen(problem->pointer);
	uint32_t room = PROBLEM_POINTER_SIZE_MAX - 1;
	if (used < room)
		problem->pointer[used++] = '/';
	for (uint32_t at = 0; at < name.size;) {
		unsigned char first = (unsigned char)name.data[at];
		uint32_t size = character_size(first);
		bool escaped = first == '~' || first == '/';
		if (size > name.size - at || used + size + (escaped ? 1 : 0) > room)
			break;
		if (escaped) {
			problem->pointer[used++] = '~';
			problem->pointer[used++] = first == '~' ? '0' : '1';
		} else {
			memcpy(problem->pointer + used, name.data + at, size);
			used += size;
		}
		at += size;
	}
	ASSERT(used <= room);
	problem->pointer[used] = '\0';
}

void problem_point_index(struct api_problem *problem, uint32_t index)
{
	char digits[12];
	int size = snprintf(digits, sizeof(digits), "%u", index);
	ASSERT(size > 0 && (size_t)size < sizeof(digits));
	problem_point(problem, (struct slice){digits, (uint32_t)size});
}

struct api_problem problem_of_name(enum result result, enum problem_expectation expected,
				   struct slice name)
{
	struct api_problem problem = problem_of(result);
	problem.expected = expected;
	problem_point(&problem, name);
	return problem;
}

/* The last part of the pointer that is a name, not the place of an item. */
const char *problem_field_name(const struct api_problem *problem)
{
	ASSERT(problem != NULL);
	if (problem->field != NULL)
		return problem->field->name;
	const char *last = strrchr(problem->pointer, '/');
	return last == NULL || last[1] == '\0' ? NULL : last + 1;
}

/* A bounded text under construction. */
struct draft {
	char *text;
	uint32_t size;
	uint32_t used;
};

static void put(struct draft *draft, const char *text, size_t size)
{
	size_t room = draft->size - draft->used;
	size_t taken = size < room ? size : 0; /* whole pieces only: no character is cut */
	memcpy(draft->text + draft->used, text, taken);
	draft->used += (uint32_t)taken;
}

static void put_text(struct draft *draft, const char *text)
{
	put(draft, text, strlen(text));
}

static void put_number(struct draft *draft, int64_t value)
{
	char digits[24];
	int size = snprintf(digits, sizeof(digits), "%lld", (long long)value);
	ASSERT(size > 0 && (size_t)size < sizeof(digits));
	put(draft, digits, (size_t)size);
}

/* Of a list that is too long for its place, the names that fit and an ellipsis. */
static void put_names(struct draft *draft, const struct field *field)
{
	if (field == NULL || field->enumeration == NULL)
		return;
	static const char comma[] = ", ";
	static const char more[] = "…";
	uint32_t size = draft->size - (uint32_t)sizeof(more);
	for (uint32_t i = 0; i < field->enumeration->count; i++) {
		const char *name = field->enumeration->values[i].name;
		if (draft->used + sizeof(comma) + strlen(name) + sizeof(comma) > size) {
			put_text(draft, more);
			return;
		}
		put_text(draft, name);
		if (i + 1 < field->enumeration->count)
			put_text(draft, comma);
	}
}

/* A refusal by the rules names the field only: what they expect of it stands in another table. */
static const char *find_sentence(struct api_problem *problem, enum result_language language,
				 const char *name)
{
	const char *sentence = expectations[problem->expected][language];
	if (sentence != NULL || name == NULL)
		return sentence;
	const struct advice *advice = advice_of(slice_from_text(name), problem->result);
	if (advice == NULL)
		return NULL;
	problem->maximum = advice->maximum;
	return advice->words[language];
}

static void put_sentence(struct draft *draft, const struct api_problem *problem,
			 const char *sentence)
{
	while (*sentence != '\0') {
		const char *next = strchr(sentence, '%');
		if (next == NULL) {
			put_text(draft, sentence);
			return;
		}
		put(draft, sentence, (size_t)(next - sentence));
		if (strncmp(next, "%min", 4) == 0)
			put_number(draft, problem->minimum);
		else if (strncmp(next, "%max", 4) == 0)
			put_number(draft, problem->maximum);
		else
			put_names(draft, problem->field);
		sentence = next + (strncmp(next, "%names", 6) == 0 ? 6 : 4);
	}
}

uint32_t problem_detail(const struct api_problem *problem, enum result_language language,
			char *ret_text, uint32_t size)
{
	ASSERT(problem != NULL && ret_text != NULL);
	ASSERT(problem->expected < PROBLEM_EXPECTATIONS);
	static const char *const line_words[] = {"Riga ", "Line "};
	static const char *const column_words[] = {", colonna ", ", column "};
	static const char *const field_words[] = {"campo «", "field «"};
	struct draft draft = {ret_text, size, 0};
	const char *name = problem_field_name(problem);
	struct api_problem said = *problem; /* with the number that the sentence names */
	const char *sentence = find_sentence(&said, language, name);
	if (name == NULL && sentence == NULL && problem->line == 0)
		return 0;
	if (problem->line > 0) {
		put_text(&draft, line_words[language]);
		put_number(&draft, problem->line);
		if (problem->column > 0) {
			put_text(&draft, column_words[language]);
			put_number(&draft, problem->column);
		}
		put_text(&draft, ": ");
	}
	if (name != NULL) {
		put_text(&draft, field_words[language]);
		put_text(&draft, name);
		put_text(&draft, "»: ");
	}
	if (sentence != NULL)
		put_sentence(&draft, &said, sentence);
	else
		put_text(&draft, result_info(problem->result)->title[language]);
	put_text(&draft, ".");
	if (draft.used > 0 && draft.text[0] >= 'a' && draft.text[0] <= 'z')
		draft.text[0] = (char)(draft.text[0] - 'a' + 'A');
	return draft.used;
}
