/* Dates, quantities, rates and states in Italian words, for documents that people read. */
#ifndef CONNECTORS_DOCUMENT_WORDS_H
#define CONNECTORS_DOCUMENT_WORDS_H

#include "engine/base/assert.h"
#include "engine/base/money.h"
#include "engine/base/slice.h"
#include "engine/base/time.h"

#define WORDS_SIZE 128u

/* "marzo 2026"; "" for none. */
const char *words_month(struct month month, char ret_text[WORDS_SIZE]);
/* "05/03/2026"; "" for none. */
const char *words_day(struct day day, char ret_text[WORDS_SIZE]);
/* "1 marzo 2026"; "" for none. */
const char *words_day_long(struct day day, char ret_text[WORDS_SIZE]);
/* "€ 1.234,56" */
const char *words_euro(struct cents amount, char ret_text[WORDS_SIZE]);
/* "5 %", "4,25 %", "esente" */
const char *words_rate(uint32_t basis_points, char ret_text[WORDS_SIZE]);
/* "12 h 30'", "3 accessi", "1 pasto o pezzo": units as schemas/enums.def names them. */
const char *words_units(uint64_t units, struct slice unit, char ret_text[WORDS_SIZE]);
/* What a state of a statement is called; its own name where it is not known. */
const char *words_state(struct slice state, char ret_text[WORDS_SIZE]);

#endif
