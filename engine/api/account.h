/* Names of accounts as people and golden data write them:
 * "F140_COMMITTED|FNPS-2026|019067|0000001W". The code and the symbol of the chart, then the
 * dimensions of the account, apart by `|`. */
#ifndef ENGINE_API_ACCOUNT_H
#define ENGINE_API_ACCOUNT_H

#include "engine/api/context.h"
#include "engine/base/field.h"

#define ACCOUNT_NAME_SIZE_MAX	320u /* bytes of the longest name */
#define ACCOUNT_SYMBOL_SIZE_MAX 40u

/* "F140_COMMITTED", "C120_CEILING_FREE", "U110_UNITS_FREE"; NULL when the book has no such slot. */
const char *account_symbol(enum book book, uint8_t slot);

/* A name under construction. */
struct account_name {
	char text[ACCOUNT_NAME_SIZE_MAX];
	uint32_t size;
};

void account_begin(struct account_name *name, enum book book, uint8_t slot);
/* Adds a dimension; an id of 0 is written `*`. */
void account_add(struct account_name *name, struct directory *directory, enum record_kind kind,
		 uint32_t id);
/* Adds a fund and a year: "|FNPS-2026". */
void account_add_year(struct account_name *name, struct slice fund, uint16_t year);
/* Adds a dimension that has no place of its own: "|service=SAD_OSS". */
void account_add_named(struct account_name *name, const char *dimension, struct slice value);
struct slice account_slice(const struct account_name *name);

#endif
