/* Invented persons: see persons.h. */
#include "tests/properties/persons.h"

#include "engine/base/identifier.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE (4u * 1024u * 1024u)
#define HARD_SIZE 64u

static char text[TEXT_SIZE];
static size_t used;

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(text + used, sizeof(text) - used, format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= sizeof(text) - used)
		life_fail("too many persons");
	used += (size_t)size;
}

/* A cell of a table: quoted, its quotes doubled. */
static void put_hard(struct life *life, size_t most)
{
	char hard[HARD_SIZE + 1] = "";
	life_hard_text(life->random, hard, most);
	put(";\"");
	for (const char *at = hard; *at != '\0'; at++)
		put(*at == '"' ? "\"\"" : "%c", *at);
	put("\"");
}

/* Sixteen symbols whose last fits those before it. */
static void make_tax_code(struct life *life, char code[17])
{
	static const char consonants[] = "BCDFGLMNPRSTVZ";
	static const char months[] = "ABCDEHLMPRST";
	static const char digits[] = "LMNPQRSTUV"; /* for 0 … 9 */
	struct identifier_person person;
	uint32_t day = 1 + life_below(life, 28) + (life_chance(life, 50) ? 40 : 0);
	for (uint32_t i = 0; i < 6; i++)
		code[i] = consonants[life_below(life, 14)];
	(void)snprintf(code + 6, 11, "%02u%c%02uH501", life_below(life, 100),
		       months[life_below(life, 12)], day);
	static const uint32_t places[] = {7, 10, 14};
	if (life_chance(life, 15)) {
		char *digit = &code[places[life_below(life, 3)]];
		*digit = digits[*digit - '0'];
	}
	code[16] = '\0';
	for (char letter = 'A'; letter <= 'Z'; letter++) {
		code[15] = letter;
		if (identifier_person_parse((struct slice){code, 16}, &person))
			return;
	}
	life_fail("no letter fits %.15s", code);
}

void persons_invent(struct life *life, struct persons *ret_persons)
{
	static const char *const accounts[] = {"IT60X0542811101000000123456",
					       "IT82B0306911100100000ABC123",
					       "SM86U0322509800000000270100"};
	static void *memory;
	struct arena arena;
	used = 0;
	put("beneficiary;tax_code;surname;name;address;postal_code;city;province;iban;"
	    "dsu_protocol;dsu_date\r\n");
	uint32_t count = state_count(&life->fixture.state, RECORD_KIND_BENEFICIARY);
	for (uint32_t i = 1; i <= count; i++) {
		char code[17];
		make_tax_code(life, code);
		put("ben_%u;%s", i, code);
		put_hard(life, 60);
		put_hard(life, 30);
		put_hard(life, 60);
		put(";26013");
		put_hard(life, 40);
		put(";CR;%s;%s\r\n", accounts[life_below(life, 3)],
		    life_chance(life, 50) ? "INPS-ISEE-2026-00000000A-00;2026-01-20" : ";");
	}
	struct slice bytes = {text, (uint32_t)used};
	free(memory);
	memory = malloc(persons_memory(bytes));
	if (memory == NULL)
		life_fail("no memory");
	arena_init(&arena, memory, persons_memory(bytes));
	if (!persons_read(ret_persons, &arena, bytes))
		life_fail("persons, line %u, %s: %s", ret_persons->line,
			    ret_persons->column == NULL ? "" : ret_persons->column,
			    persons_fault_text(ret_persons->fault, RESULT_LANGUAGE_EN));
}
