/* Scopes: the parts of the API that a token may be kept to, whatever its principal may do besides.
 * Which part a command belongs to is told by the kind of what it makes or acts on; whatever only
 * looks belongs to READ. A token without scopes has all of them. */
#ifndef ENGINE_AUTH_SCOPE_H
#define ENGINE_AUTH_SCOPE_H

#include "engine/domain/model.h"

enum scope {
	SCOPE_READ = 1 << 0,	 /* what may be seen */
	SCOPE_VISITS = 1 << 1,	 /* redemptions and bookings */
	SCOPE_TITLES = 1 << 2,	 /* persons, vouchers, cash grants */
	SCOPE_ACCOUNTS = 1 << 3, /* statements, invoices, exports, payments */
	SCOPE_PLAN = 1 << 4,	 /* funds, ceilings, tariffs, measures, masters, approvals */
	SCOPE_REGISTER = 1 << 5, /* providers and accreditations */
	SCOPE_COURIERS = 1 << 6, /* destinations and deliveries */
	SCOPE_ACCESS = 1 << 7,	 /* principals, credentials, clock, backups */
};

#define SCOPES_ALL 0xffu

/* What the record allows: SCOPES_ALL where it names none. */
uint8_t scope_bits_of(const struct credential *credential);

/* The part that commands on this kind of record belong to. */
enum scope scope_of_kind(enum record_kind kind);

#endif
