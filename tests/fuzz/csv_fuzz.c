/* CSV batches under any bytes. */
#include "tests/fuzz/batch_body.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	batch_body_fuzz(data, size, BATCH_FORMAT_CSV);
	return 0;
}
