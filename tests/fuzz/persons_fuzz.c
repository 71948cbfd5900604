/* The persons file under any bytes: what is accepted can be found again, each person by its id. */
#include "connectors/format/persons.h"

#include "engine/base/identifier.h"

#include <stddef.h>
#include <stdint.h>

#define SIZE_MAX_OF_INPUT 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(16) unsigned char memory[16u << 20];
	struct persons persons;
	struct arena arena;
	if (size > SIZE_MAX_OF_INPUT)
		return 0;
	struct slice bytes = {.data = (const char *)data, .size = (uint32_t)size};
	ASSERT(persons_memory(bytes) <= sizeof(memory));
	arena_init(&arena, memory, persons_memory(bytes));
	if (!persons_read(&persons, &arena, bytes)) {
		ASSERT(persons.fault > PERSONS_OK && persons.fault < PERSONS_FAULTS);
		ASSERT(persons.fault != PERSONS_MEMORY);
		ASSERT(persons.line >= 1 && persons.count == 0);
		return 0;
	}
	for (uint32_t i = 0; i < persons.count; i++) {
		const struct person *person = &persons.rows[i];
		ASSERT(persons_find(&persons, PERSONS_TEXT_OF(person->beneficiary)) == person);
		ASSERT(identifier_tax_code_is_valid(PERSONS_TEXT_OF(person->tax_code)));
	}
	return 0;
}
