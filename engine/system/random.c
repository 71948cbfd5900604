/* See random.h. */
#include "engine/system/random.h"

#include "engine/system/panic.h"

#include <limits.h>
#include <openssl/rand.h>

void random_bytes(uint8_t *ret_bytes, size_t size)
{
	ASSERT(ret_bytes != NULL);
	ASSERT(size > 0 && size <= INT_MAX);
	if (RAND_priv_bytes(ret_bytes, (int)size) != 1)
		panic_fault(RESULT_CHECK_FAILED, "random_bytes");
}
