/* A ledger of random months, in memory: several comuni, services, VAT regimes, tariffs that change,
 * funds with several impegni, providers with names that files find hard, titles of one or two
 * services and funds, visits, buoni, co-pay bills, reversals with their credit notes and set-off,
 * payments held back and substituted. Everything goes through decide and apply, as in the daemon. */
#ifndef TESTS_PROPERTIES_LIFE_H
#define TESTS_PROPERTIES_LIFE_H

#include "tests/support/domain_fixture.h"
#include "tests/support/random.h"

#define LIFE_SERVICES	 3u
#define LIFE_PROVIDERS 3u
#define LIFE_COMUNI	 4u
#define LIFE_PERSONS	 64u
#define LIFE_VOUCHERS	 20000u /* room, as fixture_init gives it */
#define LIFE_VISITS	 200000u

struct life_provider {
	struct provider_id id;
	struct principal_id speaker;
	char cig[12];
};

struct life {
	struct fixture fixture;
	struct test_random *random;
	struct service_id services[LIFE_SERVICES];
	struct life_provider providers[LIFE_PROVIDERS];
	struct comune_id comuni[LIFE_COMUNI];
	struct fund_id second_fund;
	struct measure_id grants;
	struct paying_body_id payer;
	uint32_t invoices; /* so far */
	uint64_t operators;
};

/* How often something was met: a suite that meets nothing proves nothing. */
struct life_hits {
	uint64_t visits, reversals, credit_notes, set_off, substituted, bills, zero_bills, grants;
};
extern struct life_hits life_hits;

void life_init(struct life *life, struct test_random *random);
void life_deinit(struct life *life);

/* Lives through a month until its statements are approved, buoni listed and co-pays billed; the
 * clock stands at the middle of the next month. */
void life_live_month(struct life *life, struct month month);

/* What comes after the files: orders and payments of most statements of the export, reversals of
 * services that are settled or paid. */
void life_after_export(struct life *life, struct export_id export);

/* 0 … bound - 1; true in `percent` of the cases. */
uint32_t life_below(struct life *life, uint32_t bound);
bool life_chance(struct life *life, uint32_t percent);

/* A text of 1 to `size` bytes that files find hard: accents, signs of tables, formulas, markup. */
void life_hard_text(struct test_random *random, char *member, size_t size);

/* Ends the program: says what does not hold. */
_Noreturn void life_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
