/* Identifiers under any bytes: what is accepted is what its parts say, and no text is two things
 * that exclude each other. */
#include "engine/base/identifier.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_person(struct slice text)
{
	struct identifier_person person;
	if (!identifier_person_parse(text, &person))
		return;
	ASSERT(text.size == IDENTIFIER_PERSON_SIZE);
	ASSERT(person.year < 100);
	ASSERT(person.month >= 1 && person.month <= 12);
	ASSERT(person.day >= 1 && person.day <= 31);
	ASSERT(identifier_place_is_shaped((struct slice){person.place, IDENTIFIER_PLACE_SIZE}));
	ASSERT(identifier_tax_code_is_valid(text));
	ASSERT(!identifier_vat_is_valid(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return 0;
	struct slice text = {.data = (const char *)data, .size = (uint32_t)size};
	check_person(text);
	uint32_t cigs = (uint32_t)identifier_cig_is_ordinary(text) +
			(uint32_t)identifier_cig_is_smart(text) +
			(uint32_t)identifier_cig_is_pcp(text);
	ASSERT(cigs <= 1);
	ASSERT((cigs == 1) == identifier_cig_is_valid(text));
	if (identifier_iban_is_italian(text))
		ASSERT(identifier_iban_is_valid(text));
	if (identifier_iban_is_valid(text))
		ASSERT(size >= 15 && size <= IDENTIFIER_IBAN_SIZE_MAX);
	if (identifier_vat_is_valid(text))
		ASSERT(identifier_tax_code_is_valid(text));
	ASSERT(!identifier_cup_is_valid(text) || size == IDENTIFIER_CUP_SIZE);
	ASSERT(!identifier_ipa_comune_is_valid(text) || !identifier_ipa_office_is_valid(text));
	ASSERT(!identifier_siope_is_shaped(text) || size == IDENTIFIER_SIOPE_SIZE);
	ASSERT(!identifier_bic_is_shaped(text) || !identifier_istat_is_shaped(text));
	return 0;
}
