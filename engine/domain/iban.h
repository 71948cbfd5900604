/* Check digits of accounts of organisations. */
#ifndef ENGINE_DOMAIN_IBAN_H
#define ENGINE_DOMAIN_IBAN_H

#include "engine/base/slice.h"

#include <stdbool.h>

/* An IBAN of Italy or San Marino, with right check digits. */
bool iban_is_valid(struct slice text);

#endif
