/* Rows of command x result that the rules can produce. */
#ifndef TESTS_MODEL_EXPECTED_H
#define TESTS_MODEL_EXPECTED_H

#include "engine/base/result.h"
#include "engine/domain/command.h"

struct expected_row {
	uint8_t command;
	enum result result;
};

extern const struct expected_row expected[];
extern const uint32_t expected_count;

/* Rows that may be met too, but that no run is sure to meet. */
extern const struct expected_row expected_rarely[];
extern const uint32_t expected_rarely_count;

#endif
