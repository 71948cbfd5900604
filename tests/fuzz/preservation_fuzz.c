/* An index of a preservation package under any bytes: what is read names a file inside the package. */
#include "connectors/format/preservation.h"
#include "connectors/xml/xml.h"
#include "engine/base/assert.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SIZE_MAX_OF_INPUT 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(16) unsigned char memory[4u << 20];
	char fault[XML_FAULT_SIZE];
	struct arena arena;
	const struct tree_node *root = NULL;
	if (size > SIZE_MAX_OF_INPUT)
		return 0;
	struct slice bytes = {.data = (const char *)data, .size = (uint32_t)size};
	arena_init(&arena, memory, sizeof(memory));
	if (xml_read(bytes, &xml_limits_default, &arena, &root, fault) != RESULT_OK)
		return 0;
	for (const struct tree_node *node = root; node != NULL; node = tree_walk(node, root)) {
		struct preservation_entry entry;
		if (!preservation_read_entry(node, &entry))
			continue;
		const char *name = strchr(entry.path, '/');
		ASSERT(name != NULL && strchr(name + 1, '/') == NULL);
		ASSERT(name[1] != '.' && name[1] != '\0');
		ASSERT(strlen(entry.sha256) == PRESERVATION_HEX_SIZE - 1);
	}
	return 0;
}
