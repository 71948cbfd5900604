/* See figures.h. */
#include "bench/support/figures.h"

#include "bench/support/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void figures_add(struct figures *figures, const char *name, uint64_t value, const char *unit)
{
	if (figures->count == FIGURES_MAX)
		abort();
	figures->all[figures->count++] =
	    (struct figure){.name = name, .unit = unit, .value = value};
}

void figures_print(const struct figures *figures)
{
	for (uint32_t i = 0; i < figures->count; i++)
		printf("%s %llu %s\n", figures->all[i].name,
		       (unsigned long long)figures->all[i].value, figures->all[i].unit);
	fflush(stdout);
}

void figures_write(const struct figures *figures, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
	if (file == NULL)
		machine_die(path);
	fputs("{", file);
	for (uint32_t i = 0; i < figures->count; i++)
		fprintf(file, "%s\n  \"%s\": {\"value\": %llu, \"unit\": \"%s\"}",
			i == 0 ? "" : ",", figures->all[i].name,
			(unsigned long long)figures->all[i].value, figures->all[i].unit);
	fputs("\n}\n", file);
	if (ferror(file) || fflush(file) != 0 || (file != stdout && fclose(file) != 0))
		machine_die(path);
}
