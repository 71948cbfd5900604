/* titoli-audit from any bytes: packed entries and entries end, read nothing outside them, and are judged
 * without a crash. The first byte chooses: a packed content, or an entry after a few that are right. */
#include "engine/audit/audit.h"
#include "engine/audit/packing.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const uint8_t *entry, uint32_t size)
{
	static FILE *nowhere;
	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	if (nowhere == NULL)
		abort();
	struct report report = {.out = nowhere, .json = size % 2 == 0};
	struct audit audit = {.report = &report, .instant = INT64_MIN, .next = 1};
	for (uint64_t sequence = 1; sequence <= 3; sequence++)
		audit_entry(&audit, sequence, INT64_MIN, entry, size, (const uint8_t[HASH_BYTES]){0});
	audit_end(&audit);
	report_end(&report, 3, 1, "");
	audit_free(&audit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct packing packing;
	uint32_t told = 0;
	if (packing.entry == NULL)
		packing.entry = malloc(PACKING_BATCH_MAX + 8);
	if (packing.entry == NULL || size == 0 || size > 65536)
		return 0;
	if (data[0] % 2 == 0) {
		judge(data + 1, (uint32_t)size - 1);
		return 0;
	}
	packing_begin(&packing);
	for (int i = 0; i < 2; i++)
		if (packing_take(&packing, data + 1, size - 1, &told) == NULL)
			judge(packing.entry, told);
	return 0;
}
