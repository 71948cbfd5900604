/* Prices: the table of SCENARIOS, pieces, euro, and amounts that do not fit. */
#include "engine/domain/price.h"

#include "tests/unit/domain/expect.h"

static struct price price_of(enum unit unit, int64_t rate, uint16_t vat_bp)
{
	struct service service = {.unit = (uint8_t)unit};
	struct tariff tariff = {.net_cents = cents_from(rate)};
	return price_of_tariff(&service, unit == UNIT_EURO ? NULL : &tariff, vat_bp);
}

static void expect_worth(struct price price, uint32_t units, int64_t net, int64_t gross)
{
	struct worth worth;
	assert_true(price_units(&price, units, &worth));
	EXPECT_CENTS(worth.net, net);
	EXPECT_CENTS(worth.gross, gross);
}

static void minutes(void **state)
{
	(void)state;
	struct price hour = price_of(UNIT_MINUTE, 2260, 500);
	expect_worth(hour, 0, 0, 0);
	expect_worth(hour, 15, 565, 593);
	expect_worth(hour, 30, 1130, 1187);
	expect_worth(hour, 60, 2260, 2373);
	expect_worth(hour, 75, 2825, 2966);
	expect_worth(hour, 90, 3390, 3560);
	expect_worth(hour, 720, 27120, 28476);
	expect_worth(price_of(UNIT_MINUTE, 2260, 0), 720, 27120, 27120);
	expect_worth(price_of(UNIT_MINUTE, 2260, 2200), 720, 27120, 33086);
}

static void pieces(void **state)
{
	(void)state;
	for (enum unit unit = UNIT_ACCESS; unit <= UNIT_DAY; unit++)
		expect_worth(price_of(unit, 650, 500), 3, 1950, 2048);
}

static void euro(void **state)
{
	(void)state;
	expect_worth(price_of(UNIT_EURO, 0, 500), 10500, 10000, 10500);
	expect_worth(price_of(UNIT_EURO, 0, 500), 10000, 9524, 10000);
	expect_worth(price_of(UNIT_EURO, 0, 0), 10000, 10000, 10000);
	expect_worth(price_of(UNIT_EURO, 0, 500), 1, 1, 1);
}

static void amounts_that_do_not_fit(void **state)
{
	(void)state;
	struct worth worth = {cents_from(7), cents_from(7)};
	struct price dear = price_of(UNIT_ACCESS, INT64_MAX / 2, 500);
	assert_false(price_units(&dear, 3, &worth));
	EXPECT_CENTS(worth.net, 7);
	dear = price_of(UNIT_ACCESS, INT64_MAX, 500);
	assert_false(price_units(&dear, 1, &worth)); /* the net fits, its VAT does not */
	EXPECT_CENTS(worth.gross, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(minutes),
	    cmocka_unit_test(pieces),
	    cmocka_unit_test(euro),
	    cmocka_unit_test(amounts_that_do_not_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
