/* What the sources of the reference share among themselves. */
#ifndef TESTS_MODEL_REFERENCE_INSIDE_H
#define TESTS_MODEL_REFERENCE_INSIDE_H

#include "tests/model/reference.h"

/* Where an amount stands: every dimension a ceiling may have. */
struct ref_scope {
	uint32_t ambito, comune, sub_ambito, fund, service, provider, beneficiary;
	int32_t month, year;
};

struct ref_demand {
	struct ref_scope scope;
	int64_t amount;
};

/* Which ceilings are asked. */
enum ref_part { REF_ALL, REF_WITHOUT_PROVIDER, REF_OF_PROVIDER };

int64_t ref_vat(int64_t net, int64_t bp);
int64_t ref_sum_events(const struct ref_events *events, uint32_t owner);
void ref_add_event(struct ref_events *events, uint32_t owner, int64_t amount);
int64_t ref_available(const struct reference *ref, uint32_t year);
/* What a cell gives back: free again, or lapsed in a year that is closing. */
void ref_free(struct reference *ref, uint32_t cell, int64_t amount);
struct ref_scope ref_scope_of(const struct reference *ref, uint32_t cell);
bool ref_touches(const struct ref_ceiling *ceiling, const struct ref_scope *scope);
int64_t ref_counted(const struct reference *ref, const struct ref_ceiling *ceiling,
		    const struct ref_sums *sums);

/* Answers. */
enum result ref_short(struct ref_outcome *out, enum result result, int64_t needed, int64_t there);
enum result ref_with(struct ref_outcome *out, enum result result, uint32_t object);

/* Money. */
enum result ref_ask_ceilings(const struct reference *ref, const struct ref_demand *demands,
			     uint32_t count, enum ref_part part, struct ref_outcome *out);

/* Accreditation of a provider for a service in a comune on a day: RESULT_OK, RESULT_DISPUTED
 * (suspended, made known later), or why not. */
enum result ref_accredited(const struct reference *ref, uint32_t provider, uint32_t service,
			   uint32_t comune, int32_t day, uint32_t *accreditation);

/* Pacts that ended: before anything else of the day. */
void ref_expire_pacts(struct reference *ref, int32_t day);

/* VAT of a service by this provider. */
int64_t ref_rate_of(const struct reference *ref, uint32_t service, uint32_t provider);

/* Titles. */
uint32_t ref_cell_at(const struct reference *ref, uint32_t voucher, uint32_t line, int32_t month);
void ref_worth_in_cell(const struct reference *ref, uint32_t cell, int64_t bp, int64_t units,
		       int64_t *net, int64_t *gross);
int64_t ref_spendable(const struct reference *ref, uint32_t cell, uint32_t provider);
bool ref_can_promise(const struct reference *ref, uint32_t cell, int64_t amount);
void ref_release_cell(struct reference *ref, uint32_t cell);
void ref_exhaust(struct reference *ref, uint32_t voucher);
void ref_close(struct reference *ref, uint32_t voucher, int32_t today);
void ref_give_back(struct reference *ref, uint32_t cell, uint32_t provider, int64_t units,
		   int64_t amount);
void ref_end_booking(struct reference *ref, uint32_t record);
bool ref_withdraw(struct reference *ref, uint32_t record);
void ref_end_late(struct reference *ref, uint32_t cell, int64_t money);
void ref_enter_statement(struct reference *ref, uint32_t record);

/* Duties, one for each command that has rules of its own. */
enum result ref_plan(struct reference *ref, const struct command *command,
		     struct ref_outcome *out);
enum result ref_titles(struct reference *ref, const struct command *command,
		       struct ref_outcome *out);
enum result ref_services(struct reference *ref, const struct command *command,
			 struct ref_outcome *out);
enum result ref_settlement(struct reference *ref, const struct command *command,
			   struct ref_outcome *out);

#endif
