/* See language.h. */
#include "engine/http/language.h"

#include "engine/base/text.h"

#include <string.h>

#define WEIGHT_ONE 1000u

/* "q=0.75" in thousandths; what cannot be read weighs nothing. */
static uint32_t weight_of(struct slice parameter)
{
	uint32_t weight = 0;
	uint32_t scale = WEIGHT_ONE;

	parameter = text_trim(parameter);
	if (parameter.size < 3 || (parameter.data[0] != 'q' && parameter.data[0] != 'Q') ||
	    parameter.data[1] != '=')
		return WEIGHT_ONE;
	for (uint32_t i = 2; i < parameter.size && scale > 0; i++) {
		if (i == 3 && parameter.data[i] == '.')
			continue;
		if (parameter.data[i] < '0' || parameter.data[i] > '9')
			return 0;
		weight += (uint32_t)(parameter.data[i] - '0') * scale;
		scale /= 10;
	}
	return weight > WEIGHT_ONE ? WEIGHT_ONE : weight;
}

static bool range_is(struct slice range, const char *language)
{
	return range.size >= 2 &&
	       text_equals_ignoring_case((struct slice){range.data, 2},
					 (struct slice){language, 2}) &&
	       (range.size == 2 || range.data[2] == '-');
}

enum result_language language_of(struct slice header)
{
	enum result_language best = RESULT_LANGUAGE_IT;
	uint32_t best_weight = 0;

	while (header.size > 0) {
		const char *comma = memchr(header.data, ',', header.size);
		uint32_t size = comma == NULL ? header.size : (uint32_t)(comma - header.data);
		struct slice item = text_trim((struct slice){header.data, size});
		const char *mark = item.size == 0 ? NULL : memchr(item.data, ';', item.size);
		uint32_t weight = WEIGHT_ONE;
		struct slice range = item;

		if (mark != NULL) {
			range.size = (uint32_t)(mark - item.data);
			weight = weight_of((struct slice){mark + 1, item.size - range.size - 1});
			range = text_trim(range);
		}
		if (weight > best_weight && (range_is(range, "it") || range_is(range, "en"))) {
			best = range_is(range, "en") ? RESULT_LANGUAGE_EN : RESULT_LANGUAGE_IT;
			best_weight = weight;
		}
		header.data += size + (comma == NULL ? 0 : 1);
		header.size -= size + (comma == NULL ? 0 : 1);
	}
	return best;
}
