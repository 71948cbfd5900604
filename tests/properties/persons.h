/* Invented persons for the ids of a ledger: codici fiscali that are right, some of them with letters
 * for digits, names and addresses that files find hard. */
#ifndef TESTS_PROPERTIES_PERSONS_H
#define TESTS_PROPERTIES_PERSONS_H

#include "connectors/format/persons.h"
#include "tests/properties/life.h"

/* The persons file of everybody in the life, read back. Lives until the next call. */
void persons_invent(struct life *life, struct persons *ret_persons);

#endif
