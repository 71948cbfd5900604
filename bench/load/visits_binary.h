/* Visits as a binary batch: schemas/redemptions.md. */
#ifndef BENCH_LOAD_VISITS_BINARY_H
#define BENCH_LOAD_VISITS_BINARY_H

#include "bench/load/visits.h"

/* Writes a batch of the next visits, at most BINARY_LINES_MAX; returns its size. Lines that
 * follow each other with one title share the name of its worker. */
uint32_t visits_binary(struct visits *visits, uint32_t provider, uint32_t lines, char *ret_body);

#endif
