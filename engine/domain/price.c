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

bool price_net(const struct price *price, uint32_t units, struct cents *ret_net)
{
	ASSERT(price != NULL && ret_net != NULL);
	if (price->in_euro)
		return cents_net_of_gross(cents_from((int64_t)units), price->vat_bp, ret_net);
	ASSERT(price->per > 0);
	return cents_net(units, price->rate, price->per, ret_net);
}

bool price_gross(const struct price *price, uint32_t units, struct cents net,
		 struct cents *ret_gross)
{
	ASSERT(price != NULL && ret_gross != NULL);
	if (!price->in_euro)
		return cents_gross(net, price->vat_bp, ret_gross);
	*ret_gross = cents_from((int64_t)units);
	return true;
}

bool price_units(const struct price *price, uint32_t units, struct worth *ret_worth)
{
	ASSERT(ret_worth != NULL);
	struct worth worth;
	if (!price_net(price, units, &worth.net) ||
	    !price_gross(price, units, worth.net, &worth.gross))
		return false;
	*ret_worth = worth;
	return true;
}
