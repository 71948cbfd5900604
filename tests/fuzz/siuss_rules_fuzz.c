/* The configuration of SIUSS, the settings of flows of orders and the list of SIOPE codes, under any
 * bytes. */
#include "connectors/format/opi_settings.h"
#include "connectors/format/siope.h"
#include "connectors/format/siuss.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void orders(struct slice bytes)
{
	struct opi_settings settings;
	const char *fault = NULL;
	uint32_t line = 0;
	if (opi_settings_read(&settings, bytes, &line, &fault))
		ASSERT(settings.numbers > 0 && settings.a2a_body[0] != '\0' &&
		       settings.a2a_treasury[0] != '\0');
	else
		ASSERT(fault != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(16) unsigned char memory[8u << 20];
	struct siuss_rules rules;
	struct siuss_rules_fault fault;
	struct siope siope;
	struct arena arena;
	uint32_t line = 0;
	if (size > 65536)
		return 0;
	struct slice bytes = {(const char *)data, (uint32_t)size};
	arena_init(&arena, memory, sizeof(memory));
	if (siuss_rules_read(&rules, &arena, bytes, &fault)) {
		for (uint32_t i = 0; i < rules.count; i++)
			ASSERT(siuss_rule_of(&rules, rules.rules[i].service) == &rules.rules[i]);
	} else {
		ASSERT(fault.text != NULL);
	}
	orders(bytes);
	arena_init(&arena, memory, sizeof(memory));
	if (siope_read(&siope, &arena, bytes, &line)) {
		for (uint32_t i = 1; i < siope.count; i++)
			ASSERT(siope.codes[i - 1].key <= siope.codes[i].key);
	} else {
		ASSERT(line > 0);
	}
	return 0;
}
