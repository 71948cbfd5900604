/* Numbers of pagoPA notices, and the rows of its files. Pure.
 *
 * A notice number has 18 digits: aux digit 3, segregation code (2), local identifier (13), check
 * digits (2); the IUV is what follows the aux digit. The check digits are the remainder of the
 * first sixteen by 93. The local identifier is the number of our bill, so that a payment finds it
 * again without a table; a segregation code must therefore be this ledger's alone.
 *
 * SOURCE: pagoPA, Specifiche attuative, section 3, "Avviso di pagamento" (aux digit 3). */
#ifndef CONNECTORS_FORMAT_PAGOPA_H
#define CONNECTORS_FORMAT_PAGOPA_H

#include "engine/base/field.h"
#include "schemas/copay.def"

#define PAGOPA_IUV_SIZE	       17u
#define PAGOPA_NOTICE_SIZE     18u
#define PAGOPA_SEGREGATION_MAX 99u
#define PAGOPA_LOCAL_MAX       UINT64_C(9999999999999)

struct copay_position {
	COPAY_POSITION(FIELD_MEMBER)
};

struct copay_payment {
	COPAY_PAYMENT(FIELD_MEMBER)
};

extern const struct field_set copay_position_set;
extern const struct field_set copay_payment_set;

/* Writes the 18 digits of a notice, no NUL; the IUV are the last 17. */
void pagopa_notice(uint32_t segregation, uint64_t local, char ret_digits[PAGOPA_NOTICE_SIZE]);

/* Reads an IUV (17 digits) or a notice number (18, aux digit 3). False: another length or aux
 * digit, no digits, or wrong check digits. */
MUST_CHECK bool pagopa_read(struct slice digits, uint32_t *ret_segregation, uint64_t *ret_local);

#endif
