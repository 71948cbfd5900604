/* The fields of a person: which there are, and which texts they take. */
#ifndef ENGINE_VAULT_PERSON_H
#define ENGINE_VAULT_PERSON_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"
#include "schemas/vault.def"

#include <stdbool.h>
#include <stdint.h>

#define VAULT_VALUE_SIZE_MAX 1000u /* bytes of the longest field */

enum vault_field {
#define V(NAME, number, ...) VAULT_FIELD_##NAME = (number),
	VAULT_FIELDS(V)
#undef V
};

/* One more than the highest number: fields are bits of a uint32_t. */
enum {
	VAULT_FIELD_END = 1
#define V(...) +1
	VAULT_FIELDS(V)
#undef V
};

enum vault_purpose {
#define V(NAME, number, ...) VAULT_PURPOSE_##NAME = (number),
	VAULT_PURPOSES(V)
#undef V
};

enum vault_act {
#define V(NAME, number, ...) VAULT_ACT_##NAME = (number),
	VAULT_ACTS(V)
#undef V
};

#define VAULT_FIELD_BIT(number) (1u << (number))
#define VAULT_FIELDS_ALL	(VAULT_FIELD_BIT(VAULT_FIELD_END) - 2u)

struct person_field {
	const char *name;
	const char *meaning;
	uint16_t size_max; /* bytes */
	uint8_t number;	   /* enum vault_field */
	uint8_t check;
	bool is_indexed; /* can be searched for */
};

/* The row of a field's number; NULL: there is none. Static storage. */
const struct person_field *person_field(uint32_t number);
/* By name; NULL: there is none. */
const struct person_field *person_field_named(struct slice name);

/* Brings a text into the one form that is stored and searched for (identifiers without blanks and
 * in capitals, e-mail in small letters, ends trimmed) and checks it. False: it is no value of this
 * field; ret_text then holds nothing. `ret_text` has VAULT_VALUE_SIZE_MAX bytes; an empty text is
 * an empty value, which takes the field away. */
MUST_CHECK bool person_field_normalise(const struct person_field *info, struct slice given,
				       char *ret_text, uint32_t *ret_size);

/* Names in capitals, as JSON has them; NULL: no such number. */
const char *person_purpose_name(uint32_t number);
const char *person_act_name(uint32_t number);
/* 0: no such purpose. Capitals or not. */
uint8_t person_purpose_number(struct slice name);

#endif
