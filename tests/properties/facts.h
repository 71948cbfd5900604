/* What an export pays, told from the records alone, line by line and naively: what its files are
 * held against. */
#ifndef TESTS_PROPERTIES_FACTS_H
#define TESTS_PROPERTIES_FACTS_H

#include "connectors/format/liquidation.h"
#include "tests/properties/life.h"

#define FACTS_MAX	512u
#define FACT_TITLES_MAX 64u

/* One payment: of one statement, fund, year, impegno and SIOPE code; or of one buono. */
struct fact {
	struct export_item_id item;
	char fund[17];
	uint16_t year;
	char commitment[17];
	char siope[17];
	char invoice[25];
	char cig[13];
	char iban[37];	     /* of a buono: stands in the persons file */
	char payee[97];	     /* of a buono: ben_12 */
	struct cents net;
	struct cents vat;
	struct cents payable;
	uint32_t titles[FACT_TITLES_MAX];
	uint32_t title_count;
	bool is_taken; /* a row of the files was found for it */
};

struct facts {
	struct fact all[FACTS_MAX];
	uint32_t count;
	struct cents net;
	struct cents vat;
	struct cents payable;
};

/* The facts of an export; adjustments made after its seal do not count. */
void facts_of_export(const struct life *life, struct export_id export, struct facts *facts);

/* The fact that a row says, taken off the list; NULL: no record says it. */
struct fact *facts_take(struct facts *facts, struct export_id export,
			const struct liquidation_row *row);

/* What was delivered of a title's service in the statements of a month that are frozen; whether
 * they hold the public share alone. */
struct cents facts_delivered(const struct life *life, struct month month,
			     struct voucher_id voucher, struct service_id service);
/* What of a month's payments of buoni of a title is paid. */
struct cents facts_granted(const struct life *life, struct month month,
			   struct voucher_id voucher);
/* What a person owes of a month of a title, waived amounts apart. */
struct cents facts_billed(const struct life *life, struct month month,
			  struct voucher_id voucher);

void facts_add(struct cents *sum, struct cents amount);

#endif
