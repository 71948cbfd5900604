/* What was paid of the co-pay, from a pagoPA partner's file to commands of the API. A payment is
 * known by its IUV and its receipt: taking the same payment twice, from whatever file, is nothing
 * new. */
#ifndef CONNECTORS_COPAY_PAYMENTS_H
#define CONNECTORS_COPAY_PAYMENTS_H

#include "connectors/format/pagopa.h"
#include "connectors/format/table_read.h"

#define PAYMENTS_PATH_SIZE 64u
#define PAYMENTS_KEY_SIZE  80u
#define PAYMENTS_BODY_SIZE 160u
#define PAYMENTS_TEXT_SIZE 160u

/* A request that records one payment: POST path, Idempotency-Key, JSON. */
struct payments_act {
	char path[PAYMENTS_PATH_SIZE]; /* "/v1/receivables/cpy_17:collect" */
	char key[PAYMENTS_KEY_SIZE];
	char body[PAYMENTS_BODY_SIZE];
	char receivable[24];
};

struct payments {
	struct table_read table;
	uint32_t segregation;
	struct cents total; /* of the rows that were read */
	char fault[PAYMENTS_TEXT_SIZE];
};

/* Begins to read a file. False: its headings are wrong, fault says how. */
MUST_CHECK bool payments_begin(struct payments *payments, const struct profile *profile,
			       uint32_t segregation, struct slice bytes);

/* The next payment as an act. TABLE_READ_ROW; TABLE_READ_END; TABLE_READ_FAULT: the row cannot be
 * read, or its IUV is not one of ours; fault says line and why. After a fault of an IUV, a receipt
 * or an amount the next call goes on. */
MUST_CHECK enum table_step payments_next(struct payments *payments,
					 struct copay_payment *ret_payment,
					 struct payments_act *ret_act);

#endif
