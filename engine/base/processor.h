/* What this processor can do beyond the least that we build for. Asked of it once, then known.
 *
 * Whoever uses an answer has a portable way as well that gives the same bytes, and a test that
 * holds the two against each other. */
#ifndef ENGINE_BASE_PROCESSOR_H
#define ENGINE_BASE_PROCESSOR_H

#include <stdbool.h>

/* The CRC-32C instruction (x86-64: SSE4.2). */
bool processor_has_crc32c(void);

/* Gathering and spreading of bits in one operation, and comparing of 32 bytes (x86-64: PEXT and
 * PDEP of BMI2, with POPCNT, BMI1 and AVX2, whose registers the system keeps). No where they exist
 * but run as slow microcode, as on AMD before family 19h. */
bool processor_has_bit_gather(void);

#endif
