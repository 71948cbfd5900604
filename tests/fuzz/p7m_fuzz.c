/* Signed files under any bytes. */
#include "connectors/intake/p7m.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char fault[P7M_FAULT_SIZE];
	struct p7m content;
	if (size > P7M_SIZE_MAX)
		return 0;
	struct slice file = {(const char *)data, (uint32_t)size};
	enum result result = p7m_open(file, NULL, &content, fault);
	if (result == RESULT_OK)
		ASSERT(content.bytes != NULL && content.layers <= P7M_LAYERS_MAX);
	else
		ASSERT(fault[0] != '\0');
	p7m_free(&content);
	return 0;
}
