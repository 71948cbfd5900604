/* What a provider says it delivered, or plans to: the line of a title, and when and how much. The
 * part that redemptions and bookings share. */
#ifndef ENGINE_DOMAIN_CLAIM_H
#define ENGINE_DOMAIN_CLAIM_H

#include "engine/domain/decide.h"
#include "engine/domain/parameter.h"

/* What the caller named. */
struct claim_input {
	struct voucher_id voucher;
	struct service_id service; /* none: the title's only one */
	struct instant start;
	uint32_t minutes; /* elapsed; where the unit is time */
	uint32_t units;   /* where it is not */
	struct provider_id provider; /* who claims, where it is not the caller */
	bool is_missed;              /* nobody was served: no quantity is claimed */
};

struct claim {
	const struct voucher *voucher;
	const struct voucher_line *plan; /* what the title's line allows */
	const struct service *service;
	struct voucher_id voucher_id;
	struct service_id service_id;
	struct provider_id provider; /* who claims */
	struct instant start;
	struct day day;   /* legal day of the start: what the claim is judged by */
	struct month month; /* of that day */
	struct parameter_scope scope; /* of the title and the service */
	uint32_t line;    /* of the title, from 0 */
	uint32_t minutes; /* 0 where the unit is not time, but for accesses with a least length */
	uint32_t units;   /* minutes rounded to the billing quantum, where the unit is time */
};

/* Finds line and service and reads the quantity. RESULT_OK; RESULT_FIELD_MISSING (a service among
 * several; minutes or units), RESULT_FIELD_INVALID (minutes of a service that is not time, units of
 * one that is), RESULT_FIELD_OUT_OF_RANGE (more than VISIT_MINUTES_MAX), each with the field;
 * RESULT_SERVICE_NOT_COVERED: the title has no such service; RESULT_VISIT_TOO_SHORT: shorter than
 * min_access_minutes, or rounded away by the billing quantum; RESULT_PAID_THROUGH_FAMILY: a family
 * assistant without VAT number delivers nothing here. */
MUST_CHECK enum result claim_resolve(struct decision *decision, const struct claim_input *input,
				     struct claim *ret_claim);

/* Where parameters are asked for: the title's scope, and the service. */
struct parameter_scope claim_scope(const struct voucher *voucher, struct service_id service);

/* The month of a day of the claim: nearly always that of its start. */
struct month claim_month(const struct claim *claim, struct day day);

/* The value of a parameter for what is claimed, on its day. */
int64_t claim_parameter(const struct decision *decision, const struct claim *claim,
			enum parameter_name name);

/* The units of some minutes under the billing quantum of the service: at most those of the claim,
 * and all of them for all of its minutes. SOURCE parameters.csv billing_quantum_minutes. */
uint32_t claim_units_of(const struct decision *decision, const struct claim *claim,
			uint32_t minutes);

/* May services of this day be drawn from the title at all? RESULT_OK; RESULT_VOUCHER_NOT_ACTIVE
 * (not issued, cancelled, or revoked from that day), RESULT_PROVIDER_NOT_CHOSEN (nobody was),
 * RESULT_VOUCHER_SUSPENDED_AT_SERVICE_DATE, RESULT_OUT_OF_VALIDITY. Expiry is about the service
 * date, not about today. SOURCE SCENARIOS S08; DOMAIN section 6, principle 3. */
MUST_CHECK enum result claim_check_title(const struct state *state, const struct claim *claim,
					 struct day day);

/* Refuses for units: what is missing, what that is worth, and what money is there (SCENARIOS S09:
 * "EXCEEDS_MONTHLY_ALLOTMENT (47,46)"). */
MUST_CHECK enum result claim_refuse_units(struct decision *decision, struct cell_id cell,
					  struct provider_id provider, uint32_t missing);

#endif
