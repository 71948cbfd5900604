/* What each role may do with personal data: the vault's part of the matrix of roles. Default deny.
 *
 * It says what, not whose: whose data somebody may see is who may see the beneficiary in the ledger
 * (its own titles' persons for a provider, its residents for a comune, itself for a person). */
#ifndef ENGINE_VAULT_RIGHTS_H
#define ENGINE_VAULT_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

struct rights {
	uint32_t read;	/* fields, as bits */
	uint32_t write; /* the same */
	bool may_search;
	bool may_export;
	bool may_erase;
	bool may_read_log;
	bool may_rotate; /* and see the vault's status */
};

/* `role` is an enum role of the ledger; any other number has no right. */
struct rights rights_of(uint8_t role);

#endif
