/* Acts on buoni for unit tests: one function each, on the latest buono of the fixture's world. */
#ifndef TESTS_UNIT_DOMAIN_CASH_GRANT_ACTS_H
#define TESTS_UNIT_DOMAIN_CASH_GRANT_ACTS_H

#include "tests/support/domain_fixture.h"

struct grants {
	struct fixture *fixture;
	struct measure_id measure;         /* B2, of kind BUONO */
	struct measure_id voucher_measure; /* of kind VOUCHER */
	struct cash_grant_id grant;        /* the latest */
	struct provider_id assistant;      /* of the next proposals */
	enum cash_grant_profile profile;   /* of the next proposals; 0: not given */
	struct fund_id second_fund;        /* of grants_propose_split */
	struct commitment_id second_commitment;
};

struct grants grants_begin(struct fixture *fixture);

/* A fund FSR with 2026 open and a commitment for all of it. */
void grants_second_fund(struct grants *grants, int64_t cents);

MUST_CHECK enum result grants_propose(struct grants *grants, int64_t monthly_cents,
				      const char *first, const char *last);
/* The same on FNPS 60 % and FSR 40 %. */
MUST_CHECK enum result grants_propose_split(struct grants *grants, int64_t monthly_cents,
					    const char *first, const char *last);
MUST_CHECK enum result grants_issue(struct grants *grants);
MUST_CHECK enum result grants_activate(struct grants *grants, const char *start);
MUST_CHECK enum result grants_schedule(struct grants *grants, const char *month);
MUST_CHECK enum result grants_payslip(struct grants *grants, const char *month, int64_t cents);
MUST_CHECK enum result grants_cancel(struct grants *grants);
MUST_CHECK enum result grants_revoke(struct grants *grants, const char *day);
MUST_CHECK enum result grants_approve(struct grants *grants, const char *month);

/* One act on a payment, by the usual office; a cancelled month is not lost. */
MUST_CHECK enum result grants_act(struct grants *grants, uint32_t payment, enum command_kind act);
/* The same with the month lost. */
MUST_CHECK enum result grants_lose(struct grants *grants, uint32_t payment);
/* The second person grants the latest approval. */
MUST_CHECK enum result grants_second(struct grants *grants, enum role role);

void grants_parameter(struct grants *grants, enum parameter_name name, const char *value);
void grants_isee(struct grants *grants, int64_t cents, const char *from, const char *to);
/* More money for 2026, and a commitment for it. */
void grants_appropriate(struct grants *grants, int64_t cents);

const struct cash_grant *grants_record(const struct grants *grants);
const struct voucher *grants_title(const struct grants *grants);
const struct cash_grant_payment *grants_payment(const struct grants *grants, uint32_t id);
/* A balance of FNPS-2026 in cents. */
int64_t grants_fund(const struct grants *grants, enum fund_account_slot slot);

#endif
