/* The single transfers that a statement is paid by: one for each impegno and SIOPE code of its
 * lines. Files that leave have a row for each of them, with a reference of its own, and a bank
 * tells each of them apart. */
#ifndef ENGINE_DOMAIN_TRANSFER_H
#define ENGINE_DOMAIN_TRANSFER_H

#include "engine/domain/decide.h"

/* Is the amount the net of one of them, as they left? Of a statement in a sealed export they are
 * what was due at its seal, whatever was paid since; of one that left alone, all that is due. */
bool transfer_is_of(struct effects *effects, struct statement_id statement, struct cents amount);

#endif
