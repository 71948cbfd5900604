/* Accreditations as titles ask of them: who may deliver what, where and when, and at which VAT.
 *
 * An accreditation is judged at the service date (DOMAIN section 6, principle 3): validity,
 * suspension and revocation are dates in the record, and its present state says only which acts are
 * still possible. A redemption stores the id and the version it was judged by. */
#ifndef ENGINE_DOMAIN_ACCREDITATION_H
#define ENGINE_DOMAIN_ACCREDITATION_H

#include "engine/domain/decide.h"

/* May the provider deliver this service in this comune on this day? The nearest answer over all its
 * accreditations, and among equals the lowest id:
 *   RESULT_OK                              *ret_accreditation is the one that covers it
 *   RESULT_DISPUTED                        the day lies in a suspension without the code SAFETY,
 *                                          before the day of its notice: to be held, not refused
 *                                          (S07); *ret_accreditation is filled
 *   RESULT_TERRITORY_NOT_COVERED           valid for the service, elsewhere
 *   RESULT_SERVICE_NOT_COVERED             valid, for other services
 *   RESULT_NOT_ACCREDITED_AT_SERVICE_DATE  none was valid on that day */
MUST_CHECK enum result accreditation_at(struct effects *effects, struct provider_id provider,
					struct service_id service, struct comune_id comune,
					struct day day,
					struct accreditation_id *ret_accreditation);

/* The highest VAT rate among the providers that could deliver the service in the comune: ACTIVE
 * accreditations whose validity touches the days first … last, both included. RESULT_OK, or
 * RESULT_NO_PROVIDER_FOR_SERVICE. SOURCE DOMAIN section 6, principle 1. */
MUST_CHECK enum result accreditation_highest_vat(struct effects *effects,
						 struct service_id service,
						 struct comune_id comune, struct day first,
						 struct day last, uint16_t *ret_basis_points);

/* VAT of a service when this provider delivers it, in basis points: by the provider's kind. */
uint16_t accreditation_provider_vat(const struct service *service, const struct provider *provider);

#endif
