/* Parameters of the rules: dated, scoped values, each set by an act.
 *
 * A rule never holds a number of its own: it asks for the parameter's value at the scope and on the
 * day that it judges. The most exact scope that was set wins (measure, service, comune, ambito),
 * and inside it the latest value not after the day; where nothing was set, the fallback of
 * parameters.def. SOURCE parameters.csv; DOMAIN sections 6 (principle 5) and 9. */
#ifndef ENGINE_DOMAIN_PARAMETER_H
#define ENGINE_DOMAIN_PARAMETER_H

#include "engine/domain/state.h"

#define PARAMETER_UNSET (-1)

/* Where a rule is applied; 0 where a dimension does not apply. */
struct parameter_scope {
	struct ambito_id ambito;
	struct measure_id measure;
	struct comune_id comune;
	struct service_id service;
};

/* The scope of a title: its ambito, its measure and its comune. */
struct parameter_scope parameter_scope_of_title(const struct voucher *voucher);

/* The value in force, as the kinds of parameters.def hold it; PARAMETER_UNSET where none is set and
 * there is no fallback. Costs one look-up where nothing was set. */
int64_t parameter_at(const struct state *state, enum parameter_name name,
		     const struct parameter_scope *scope, struct day day);

/* Whether a value was ever set in an ambito, in any of its scopes: for jobs that ask whether there
 * is anything to look for. */
bool parameter_is_set(const struct state *state, enum parameter_name name, struct ambito_id ambito,
		      uint32_t number);

/* Reads a value as acts write it. False: it is not one of the parameter's values. */
MUST_CHECK bool parameter_parse(enum parameter_name name, struct slice text, uint32_t *ret_number);

/* The key of a parameter's values in an ambito, for the index (apply.c). */
uint64_t parameter_key(uint8_t name, struct ambito_id ambito);

#endif
