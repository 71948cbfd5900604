/* XML under any bytes: reader, and the decoders of what the SdI and others send. What is read keeps
 * the promises of its types; a tree that was read is written and read back the same. */
#include "connectors/format/fatturapa.h"
#include "connectors/format/isee.h"
#include "connectors/xml/xml.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define ARENA_SIZE (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const struct tree_node *root, struct arena *arena)
{
	static struct fatturapa_lot lot;
	static struct fatturapa_findings findings;
	struct fatturapa_fault fault;
	struct isee_answer answer;
	const char *name;
	if (isee_read(root, &answer, &name))
		ASSERT(!cents_is_negative(answer.amount) && day_is_valid(answer.from));
	findings.count = 0;
	fatturapa_check_order(root, &findings);
	if (fatturapa_read(root, arena, &lot, &fault) != RESULT_OK)
		return;
	fatturapa_check_lot(&lot, &findings);
	for (uint32_t i = 0; i < lot.invoice_count; i++) {
		const struct fatturapa_invoice *invoice = &lot.invoices[i];
		ASSERT(invoice->number.size > 0 && day_is_valid(invoice->date));
		fatturapa_check(invoice, &findings);
	}
	ASSERT(findings.count <= FATTURAPA_FINDINGS_MAX);
}

static uint32_t count(const struct tree_node *root)
{
	uint32_t nodes = 0;
	for (const struct tree_node *node = root; node != NULL; node = tree_walk(node, root))
		nodes++;
	return nodes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(64) unsigned char memory[ARENA_SIZE];
	static _Alignas(64) unsigned char other[ARENA_SIZE];
	static const struct xml_limits limits = {
	    .size = 1u << 20, .depth = 32, .nodes = 1u << 14, .text = 1u << 16};
	char fault[XML_FAULT_SIZE];
	struct arena arena;
	const struct tree_node *root;
	if (size > limits.size)
		return 0;
	struct slice bytes = {(const char *)data, (uint32_t)size};
	arena_init(&arena, memory, sizeof(memory));
	if (xml_read(bytes, &limits, &arena, &root, fault) != RESULT_OK) {
		ASSERT(fault[0] != '\0');
		return 0;
	}
	decode(root, &arena);
	struct slice written;
	struct arena second;
	const struct tree_node *again;
	arena_init(&second, other, sizeof(other));
	if (xml_write(root, &written) != RESULT_OK)
		return 0;
	if (xml_read(written, &xml_limits_default, &second, &again, fault) == RESULT_OK)
		ASSERT(count(again) == count(root));
	xml_free(&written);
	return 0;
}
