/* What units of a title's month are worth: the cell's tariff, fixed at issue, and a provider's VAT.
 *
 * A service is priced by the hour (MINUTE), by the piece (ACCESS, PIECE, TRIP, DAY), or is worth
 * its own cents (EURO: units are cents of gross, the net is separated from them). Half-up on the
 * net, then on its VAT. SOURCE DOMAIN section 8; decision 0005. */
#ifndef ENGINE_DOMAIN_PRICE_H
#define ENGINE_DOMAIN_PRICE_H

#include "engine/domain/model.h"

struct price {
	struct cents rate; /* net of `per` units; not used in euro */
	uint32_t per;      /* units: 60 minutes or 1 piece */
	uint16_t vat_bp;   /* basis points */
	bool in_euro;
};

struct worth {
	struct cents net;
	struct cents gross;
};

/* The price of a service under a tariff (NULL for a service in euro) and a VAT rate. */
struct price price_of_tariff(const struct service *service, const struct tariff *tariff,
			     uint16_t vat_bp);

/* The net of some units. False: the amount leaves 64 bits. */
MUST_CHECK bool price_net(const struct price *price, uint32_t units, struct cents *ret_net);

/* The gross of some units whose net is `net`: with VAT on it, or the units' own cents. False as
 * above. */
MUST_CHECK bool price_gross(const struct price *price, uint32_t units, struct cents net,
			    struct cents *ret_gross);

/* Net and gross of some units. False as above. */
MUST_CHECK bool price_units(const struct price *price, uint32_t units, struct worth *ret_worth);

#endif
