/* The acts of the co-pay, short: regulations, ISEE, bills. Beside acts.h, whose titles they use. */
#ifndef TESTS_UNIT_DOMAIN_COPAY_ACTS_H
#define TESTS_UNIT_DOMAIN_COPAY_ACTS_H

#include "tests/unit/domain/acts.h"

/* Appends a rule; amounts in cents, `to` 0 where it is open. */
struct copay_rule_input *copay_acts_rule(struct command *command, enum copay_rule_kind kind,
					 int64_t from, int64_t to, int64_t low, int64_t high);
/* A scheme's command without rules. */
struct command copay_acts_scheme(const struct fixture *fixture, const char *code);
/* Linear, 0 at 3.000 to 18,68 at 30.000, adopted by the ambito from 2026-01-01. */
struct copay_scheme_id copay_acts_verdello(struct fixture *fixture);
/* Adopts for the ambito (comune none) or one comune; the adoption's command. */
struct command copay_acts_adoption(const struct fixture *fixture, struct copay_scheme_id scheme,
				   struct comune_id comune, const char *from);

/* A parameter of the ambito from 2026-01-01. */
void copay_acts_parameter(struct fixture *fixture, enum parameter_name name, const char *value);

/* An ISEE of the person; `to` NULL: until the parameter's day. Asserts success. */
struct command copay_acts_isee(const struct fixture *fixture, struct beneficiary_id person,
			       int64_t cents, const char *from, const char *to);
struct isee_id copay_acts_must_isee(struct fixture *fixture, struct beneficiary_id person,
				    int64_t cents, const char *from, const char *to);

struct command copay_acts_bill(const struct fixture *fixture, struct voucher_id voucher,
			       const char *month);
struct command copay_acts_apply(const struct fixture *fixture, struct voucher_id voucher,
				const char *from, uint32_t units);

/* Sums over all bills. */
int64_t copay_acts_balance(const struct fixture *fixture, enum receivable_account_slot slot);

/* How many open tasks of a kind there are. */
uint32_t copay_acts_tasks(const struct fixture *fixture, enum event_kind kind);

#endif
