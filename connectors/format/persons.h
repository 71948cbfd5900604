/* The persons file (schemas/persons.def): names, tax codes and accounts of persons, which stand in
 * no record of the ledger. Read, checked, searched; pure. What reads it keeps it for one run and
 * sends nothing of it to the ledger.
 *
 *   arena_init(&arena, memory, size);
 *   if (!persons_read(&persons, &arena, bytes)) ...   persons.fault, .line, .column
 *   person = persons_find(&persons, slice_from_text("ben_12"));
 *
 * The file is CSV in UTF-8, separated by `;` or `,` (whichever the headings hold), with or without
 * a byte order mark, cells quoted or not. Dates are YYYY-MM-DD or DD/MM/YYYY. One wrong cell
 * refuses the whole file: half a list of persons is worse than none. */
#ifndef CONNECTORS_FORMAT_PERSONS_H
#define CONNECTORS_FORMAT_PERSONS_H

#include "engine/base/arena.h"
#include "engine/base/field.h"
#include "schemas/persons.def"

struct person {
	PERSONS_ROW(FIELD_MEMBER)
	uint32_t line; /* in the file, from 1 */
};

extern const struct field_set persons_set;

enum persons_fault {
	PERSONS_OK,
	PERSONS_EMPTY,	  /* no headings */
	PERSONS_HEADINGS, /* a column that must be there is not, or stands twice */
	PERSONS_CELLS,	  /* more or fewer cells than headings */
	PERSONS_QUOTES,	  /* a quote that never closes, or letters behind it */
	PERSONS_TEXT,	  /* not UTF-8, or a control character */
	PERSONS_TOO_LONG,
	PERSONS_MISSING, /* an empty cell that must be filled */
	PERSONS_TAX_CODE,
	PERSONS_DATE,	  /* not a date */
	PERSONS_DISAGREE, /* date, sex or place of birth are not those of the codice fiscale */
	PERSONS_CODE,	  /* a code without its shape */
	PERSONS_IBAN,
	PERSONS_TWICE,	/* a person of an earlier line */
	PERSONS_MEMORY, /* more rows than fit */
	PERSONS_FAULTS,
};

struct persons {
	struct person *rows;
	uint32_t count;
	uint32_t *slots; /* row + 1 by hash of the id */
	uint32_t slot_count;
	enum persons_fault fault;
	uint32_t line;	    /* of the fault, from 1 */
	const char *column; /* of the fault; NULL: none in particular */
};

/* Reads and checks the whole file. False: fault, line and column say what is wrong, and no person
 * is there. Rows live in the arena; the bytes need not outlive the call. */
MUST_CHECK bool persons_read(struct persons *persons, struct arena *arena, struct slice bytes);

/* Bytes of arena that a file of this size needs at the most. */
size_t persons_memory(struct slice bytes);

/* The person of a beneficiary's id, or of a codice fiscale; NULL: not in the file. */
const struct person *persons_find(const struct persons *persons, struct slice beneficiary);
const struct person *persons_find_tax_code(const struct persons *persons, struct slice tax_code);

/* What is wrong and what to do, one sentence. */
const char *persons_fault_text(enum persons_fault fault, enum result_language language);

/* A member without its padding. */
#define PERSONS_TEXT_OF(member) SLICE_OF(member)

#endif
