/* Who the persons would be: a file beside the ledger, which knows none of them. SYNTHETIC: nobody
 * has these names and codes on purpose. */
#include "cli/demo/steps.h"
#include "engine/base/assert.h"
#include "engine/base/identifier.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define TAX_CODE_SIZE 16u

static const char months[] = "ABCDEHLMPRST";

struct birth {
	uint32_t year;
	uint32_t month;
	uint32_t day;
	bool is_female;
};

static struct birth birth_of(uint32_t place)
{
	return (struct birth){
	    .year = 35 + place / 336, .month = place % 12, .day = place / 12 % 28 + 1, place % 2};
}

/* "SNTPRS" of Sintetici Persona, born in Crema. The first one's day is written with a letter for
 * its last digit (omocodia), which the register of benefits does not take by file. */
static void make_tax_code(uint32_t place, char ret_code[TAX_CODE_SIZE + 1])
{
	static const char letters[] = "LMNPQRSTUV";
	struct birth birth = birth_of(place);
	struct identifier_person person;
	snprintf(ret_code, TAX_CODE_SIZE + 1, "SNTPRS%02u%c%02uD142A", birth.year % 100,
		 months[birth.month], (birth.day + (birth.is_female ? 40 : 0)) % 100);
	if (place == 0)
		ret_code[10] = letters[ret_code[10] - '0'];
	while (!identifier_person_parse((struct slice){ret_code, TAX_CODE_SIZE}, &person))
		ret_code[TAX_CODE_SIZE - 1]++;
	ASSERT(ret_code[TAX_CODE_SIZE - 1] <= 'Z');
}

static bool write_row(FILE *file, const struct demo_world *world, uint32_t place)
{
	char code[TAX_CODE_SIZE + 1];
	struct birth birth = birth_of(place);
	const struct demo_title *title = &world->titles[place];
	make_tax_code(place, code);
	return fprintf(file,
		       "%s;%s;Sintetici;Persona %u;19%02u-%02u-%02u;%c;D142;380;03;%s;"
		       "Via sintetica %u;26013;Crema;CR\n",
		       title->beneficiary, code, place + 1, birth.year % 100, birth.month + 1,
		       birth.day, birth.is_female ? 'F' : 'M', world->comuni[title->comune].istat,
		       place + 1) > 0;
}

void persons_write(struct demo *demo)
{
	char path[SETTING_SIZE_MAX];
	snprintf(path, sizeof(path), "%.900s/persons.csv", demo->folder);
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
	bool good = file != NULL &&
		    fputs("beneficiary;tax_code;surname;name;birth_date;sex;birth_place;"
			  "citizenship;region;comune;address;postal_code;city;province\n",
			  file) >= 0;
	for (uint32_t i = 0; i < DEMO_TITLES && good; i++)
		good = write_row(file, demo->world, i);
	if (file != NULL)
		good = fclose(file) == 0 && good;
	call_expect(demo, good, "cannot write %s", path);
}
