/* Prices: see price.h. */
#include "engine/domain/price.h"

#include "engine/base/assert.h"

#define MINUTES_PER_HOUR 60u

struct price price_of_tariff(const struct service *service, const struct tariff *tariff,
			     uint16_t vat_bp)
{
	ASSERT(service != NULL);
	struct price price = {.vat_bp = vat_bp, .per = 1, .in_euro = service->unit == UNIT_EURO};
	if (price.in_euro)
		return price;
	ASSERT(tariff != NULL);
	price.rate = tariff->net_cents;
	if (service->unit == UNIT_MINUTE)
		price.per = MINUTES_PER_HOUR;
	return price;
}

bool price_units(const struct price *price, uint32_t units, struct worth *ret_worth)
{
	ASSERT(price != NULL && ret_worth != NULL);
	struct worth worth;
	if (price->in_euro) {
		worth.gross = cents_from((int64_t)units);
		if (!cents_net_of_gross(worth.gross, price->vat_bp, &worth.net))
			return false;
	} else {
		ASSERT(price->per > 0);
		if (!cents_net(units, price->rate, price->per, &worth.net) ||
		    !cents_gross(worth.net, price->vat_bp, &worth.gross))
			return false;
	}
	*ret_worth = worth;
	return true;
}
