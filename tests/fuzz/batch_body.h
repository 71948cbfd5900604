/* A batch body under any bytes, for the fuzz targets of the formats. */
#ifndef TESTS_FUZZ_BATCH_BODY_H
#define TESTS_FUZZ_BATCH_BODY_H

#include "engine/api/batch.h"

/* Reads the bytes after the first two as a batch, once whole and once in small pieces, and asserts
 * that both say the same of every line, that what was accepted encodes and decodes, and that every
 * answer is written. The first byte chooses the command, the second the pieces. */
void batch_body_fuzz(const uint8_t *data, size_t size, enum batch_format format);

#endif
