/* One case as bytes: see flow.h. */
#include "connectors/siuss/flow.h"

#include "engine/base/assert.h"

#define TREE_SIZE (32u * 1024u) /* of one benefit, generously */

static enum result write_bytes(struct flow *flow, struct xml_schemas *schemas)
{
	static _Thread_local _Alignas(ARENA_ALIGNMENT) unsigned char memory[TREE_SIZE];
	struct arena arena;
	struct tree tree;
	arena_init(&arena, memory, sizeof(memory));
	tree_init(&tree, &arena);
	siuss_write(&flow->benefit, &tree);
	if (tree.overflow)
		return RESULT_OUT_OF_MEMORY;
	siuss_check(tree.root, &flow->findings);
	if (flow->findings.refused > 0)
		return RESULT_CHECK_FAILED;
	enum result result = xml_write(tree.root, &flow->bytes);
	if (result != RESULT_OK || schemas == NULL)
		return result;
	result = xml_validate(schemas, SIUSS_SCHEMA, flow->bytes, flow->fault);
	if (result != RESULT_OK)
		xml_free(&flow->bytes);
	return result;
}

enum result flow_make(const struct siuss_rules *rules, const struct siuss_case *given,
		      struct xml_schemas *schemas, struct flow *ret_flow)
{
	ASSERT(rules != NULL && given != NULL && ret_flow != NULL);
	*ret_flow = (struct flow){.bytes = {NULL, 0}};
	ret_flow->findings = (struct findings){.items = ret_flow->items, .size = FLOW_FINDINGS_MAX};
	if (!siuss_facts(rules, given, &ret_flow->benefit, &ret_flow->findings))
		return RESULT_FIELD_INVALID;
	return write_bytes(ret_flow, schemas);
}
