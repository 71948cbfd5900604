/* Terms of a title that a measure sets: by when it must be activated, by when completed, how long
 * the person may be absent. Each is a record under the first day after it, made when the term is
 * known and looked at once, by the job of that day (job_term.c); terms that no parameter sets make
 * no record.
 *
 *  ACTIVATION  voucher_activation_days after the issue, that day included: a title for which nobody
 *              was chosen by then EXPIRES and is released at once
 *  COMPLETION  voucher_completion_months after the first choice, by the number of the day (or the
 *              month's last, art. 2963 of the civil code): the title EXPIRES; services of its days
 *              may still be sent; months after it are released at once
 *  ABSENCE     suspend_respite_days_…, suspend_out_of_region_days: days of absence of a kind in a
 *              calendar year, over all titles of the measure that the person has; on the first day
 *              beyond them the title is SUSPENDED until the return is documented
 * SOURCE parameters.csv; state_transitions.csv VOUCHER expire, suspend. */
#ifndef ENGINE_DOMAIN_TERM_H
#define ENGINE_DOMAIN_TERM_H

#include "engine/domain/decide.h"

/* The title has just been issued. */
void term_issued(struct decision *decision, struct voucher_id voucher);
/* A provider has just been chosen; counts from the first choice. */
void term_activated(struct decision *decision, struct voucher_id voucher);

/* The term is over, at the midnight of its day. True: something changed. */
bool term_over(struct decision *decision, struct voucher_deadline_id deadline, struct day day);

#endif
