/* Words of OPI that writing, reading and checking share. */
#ifndef CONNECTORS_FORMAT_OPI_WORDS_H
#define CONNECTORS_FORMAT_OPI_WORDS_H

#include "connectors/format/opi.h"

extern const char *const opi_operation_words[OPI_OPERATIONS];
extern const char *const opi_means_words[OPI_MEANS];
extern const char *const opi_destination_words[OPI_DESTINATIONS];
extern const char *const opi_debt_words[OPI_DEBTS];

/* The place of a word in one of them; 0: it is in none. */
uint8_t opi_word(const char *const *words, uint32_t count, struct slice text);

#endif
