/* Liquidation rows for tests: the three of the golden files, and random ones. */
#ifndef TESTS_UNIT_CONNECTORS_LIQUIDATION_ROWS_H
#define TESTS_UNIT_CONNECTORS_LIQUIDATION_ROWS_H

#include "connectors/format/liquidation.h"
#include "tests/support/random.h"

#define LIQUIDATION_ROWS 3u

void liquidation_rows_make(struct liquidation_row rows[LIQUIDATION_ROWS]);

/* Any record of a set of texts, amounts, days, months, flags and numbers. */
void liquidation_rows_any(struct test_random *random, const struct field_set *set, void *record,
			  bool is_plain);

/* Any row that any month could give; `is_plain`: its texts are letters and digits alone, which every
 * character set and every kind of file carries. */
void liquidation_rows_random(struct test_random *random, struct liquidation_row *row,
			     bool is_plain);

#endif
