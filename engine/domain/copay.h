/* Co-pay: the user's share of a service, and who collects it.
 *
 *   adoption in force on the service day -> scheme ┐
 *   isee_change_policy -> day asked -> ISEE there  ┴─> rate -> share of one record, own rounding
 *
 * The share of a record is tariff x units / 60 (or / 1), half-up, a series of its own beside the
 * price's (60' 6,50; 75' 8,13; 30' 3,25; 15' 1,63); of a percentage, the gross less the part
 * covered, after the monthly deductible. It never exceeds the gross. NEXT_MONTH asks for the ISEE
 * of the month's first day, BY_DATE for that of the service day.
 *
 * Model B (default): the entity pays the provider the gross and bills the person (book R,
 * receivable.h). Model A: the provider collects the share and invoices the rest, the public share:
 * a title commits units x (gross - share), a record draws gross - share from F140, its net is
 * separated from that. The model is fixed on the title at issue (voucher.copay_model).
 * SOURCE SCENARIOS, fixture and S05; DOMAIN section 8; decision 0011. */
#ifndef ENGINE_DOMAIN_COPAY_H
#define ENGINE_DOMAIN_COPAY_H

#include "engine/domain/copay_scheme.h"
#include "engine/domain/isee.h"
#include "engine/domain/price.h"

/* Things taken as if they stood already, for commitments to come and for previews. */
struct copay_hypothesis {
	const struct isee *isee;	/* as if registered; NULL: none */
	struct copay_scheme_id scheme;	/* as if adopted; 0: as it is */
	bool keeps_last;		/* an ISEE that ended counts on: it will be renewed */
};

/* Who is asked, for what, on which day of service. */
struct copay_question {
	struct parameter_scope scope; /* ambito, measure, comune, service */
	struct beneficiary_id beneficiary;
	struct day day;
	uint8_t unit; /* enum unit of the service */
	const struct copay_hypothesis *hypothesis; /* NULL: what stands */
};

/* What the person is asked for units on that day. */
struct copay_rate {
	struct cents tariff;	 /* of `per` units */
	struct cents deductible; /* a month, before the percentage; 0: none */
	uint32_t per;
	uint16_t covered_bp;
	bool is_percent;
	bool applies; /* false: no scheme, nothing is asked */
};

/* The rate in force. RESULT_OK; RESULT_ISEE_EXPIRED: no ISEE counts, and isee_missing_policy is
 * REFUSE. A tariff by the unit asks nothing of a title in euro, whose units are money. */
MUST_CHECK enum result copay_rate_at(const struct state *state,
				     const struct copay_question *question,
				     struct copay_rate *ret_rate);

/* The person's share of one delivery. `deductible_left` is what of the month's deductible is not
 * yet borne (ignored without one). At most the gross. False: an amount leaves 64 bits. */
MUST_CHECK bool copay_of_units(const struct copay_rate *rate, uint32_t units, struct cents gross,
			       struct cents deductible_left, struct cents *ret_share);

/* The question for a line (from 0) of a title on a day. */
struct copay_question copay_question_of(struct effects *effects, const struct voucher *voucher,
					uint32_t line, struct day day);

/* The model under which a title is issued on a day: copay_collection_model, or the title's own. */
enum copay_collection_model copay_model_of(const struct state *state,
					   const struct voucher *voucher, struct day day);

/* May the title be given to the person by its ISEE? Within the measure's maximum, and there is one
 * where isee_missing_policy is REFUSE and a scheme is in force: on the present day, or on the first
 * of a title that begins later. RESULT_OK, RESULT_ISEE_EXPIRED, RESULT_ISEE_ABOVE_MAXIMUM with
 * outcome->limit. */
MUST_CHECK enum result copay_check_person(struct decision *decision,
					  const struct voucher *voucher);

/* The person's share of units of a title's line in a month, as it is to be committed: at the rate
 * of the month's first day inside the title's validity, an ISEE that ends before it taken as
 * renewed. Gross is what those units are worth. For ceilings on COMMITMENT_NET_OF_COPAY, under both
 * models, and for what model A commits. Results as copay_rate_at; RESULT_FIELD_OUT_OF_RANGE: leaves
 * 64 bits. */
struct copay_amount {
	uint32_t line;
	struct month month;
	uint32_t units;
	struct cents gross;
};
MUST_CHECK enum result copay_to_commit(struct effects *effects, const struct voucher *voucher,
				       const struct copay_amount *amount, struct cents *ret_share);

/* The same for units of an issued cell; 0 where the rate cannot be told. */
struct cents copay_of_cell_units(struct effects *effects, struct cell_id cell, uint32_t units,
				 struct cents gross);

/* What a cell must hold for units worth `gross`: the gross, or under model A the public share. */
struct cents copay_promised(struct effects *effects, struct cell_id cell, uint32_t units,
			    struct cents gross);

/* Model A: turns the worth of one delivery into what the cell pays for it, the net separated from
 * the public share. `left` is the F140 it may draw. Rounding may leave the last records of a month
 * some cents short: they take what is left (SCENARIOS S13); more than rounding is missing where a
 * lower co-pay was not yet funded. RESULT_OK; RESULT_ISEE_EXPIRED;
 * RESULT_COPAY_CHANGE_UNFUNDED with outcome->limit and ->short_by; RESULT_FIELD_OUT_OF_RANGE. */
struct copay_delivery {
	struct cell_id cell;
	struct day day;
	uint32_t units_before;	   /* of the same visit, taken from other cells … */
	struct cents gross_before; /* … and what they are worth */
	uint32_t units;
	struct cents left;
	uint16_t vat_bp;
};
MUST_CHECK enum result copay_public_share(struct decision *decision,
					  const struct copay_delivery *delivery,
					  struct worth *worth);

#endif
