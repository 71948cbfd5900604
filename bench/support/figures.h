/* What a benchmark found: `name value unit` lines, and the same as JSON. */
#ifndef BENCH_SUPPORT_FIGURES_H
#define BENCH_SUPPORT_FIGURES_H

#include <stdint.h>

#define FIGURES_MAX 64u

struct figures {
	uint32_t count;
	struct figure {
		const char *name; /* borrowed */
		const char *unit;
		uint64_t value;
	} all[FIGURES_MAX];
};

/* One more figure; names are unique. */
void figures_add(struct figures *figures, const char *name, uint64_t value, const char *unit);

/* The lines on standard output. */
void figures_print(const struct figures *figures);

/* {"name": {"value": 1, "unit": "x"}, …} into a file; "-" is standard output. A file that cannot be
 * written ends the program. */
void figures_write(const struct figures *figures, const char *path);

#endif
