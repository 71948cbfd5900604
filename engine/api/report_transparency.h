/* Grants that must be published, without identities: titles of a person that got more in a year
 * than the threshold (parameter TRANSPARENCY_THRESHOLD_CENTS). SOURCE DOMAIN 4.11; D.Lgs. 33/2013
 * art. 26: above 1.000 EUR to one person in a calendar year. The comune is left out where fewer
 * than REPORT_TRANSPARENCY_LEAST of its persons are on the list. */
#ifndef ENGINE_API_REPORT_TRANSPARENCY_H
#define ENGINE_API_REPORT_TRANSPARENCY_H

#include "engine/api/report_parts.h"

#define REPORT_TRANSPARENCY_LEAST 5

const struct report *report_transparency(void);

#endif
