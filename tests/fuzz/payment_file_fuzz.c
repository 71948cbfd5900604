/* Payment files and flows under any bytes: what parses is read and checked by each format without
 * harm, and what is read as a file of ours says the same when it is written and read again. */
#include "connectors/format/opi.h"
#include "connectors/format/pain001.h"
#include "connectors/format/siuss.h"
#include "connectors/xml/xml.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TREE_SIZE    (4u << 20)
#define PAYMENTS     64u
#define FINDINGS_MAX 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(16) unsigned char memory[TREE_SIZE];
static _Alignas(16) unsigned char other[TREE_SIZE];
static struct pain001_transfer transfers[2][PAYMENTS];
static struct opi_payment payments[2][PAYMENTS];

static void check_pain001(const struct tree_node *root)
{
	struct pain001_file first = {.transfers = transfers[0], .size = PAYMENTS};
	struct pain001_file second = {.transfers = transfers[1], .size = PAYMENTS};
	enum pain001_version version;
	enum pain001_version again;
	const char *fault = NULL;
	struct arena arena;
	struct tree tree;
	if (!pain001_read(root, &version, &first, &fault)) {
		ASSERT(fault != NULL);
		return;
	}
	arena_init(&arena, other, sizeof(other));
	tree_init(&tree, &arena);
	pain001_write(version, &first, &tree);
	ASSERT(!tree.overflow);
	ASSERT(pain001_read(tree.root, &again, &second, &fault));
	ASSERT(first.count == second.count && cents_equal(first.total, second.total));
	ASSERT(memcmp(transfers[0], transfers[1], first.count * sizeof(transfers[0][0])) == 0);
}

static void check_opi(const struct tree_node *root)
{
	struct opi_flow flow = {.payments = payments[0], .size = PAYMENTS};
	const char *fault = NULL;
	if (!opi_read(root, &flow, &fault))
		ASSERT(fault != NULL);
	ASSERT(flow.count <= PAYMENTS);
}

static void check_siuss(const struct tree_node *root)
{
	struct siuss_benefit first;
	struct siuss_benefit second;
	const char *fault = NULL;
	struct arena arena;
	struct tree tree;
	if (!siuss_read(root, &first, &fault)) {
		ASSERT(fault != NULL);
		return;
	}
	if (first.character != SIUSS_PERIODIC && first.character != SIUSS_OCCASIONAL)
		return;
	arena_init(&arena, other, sizeof(other));
	tree_init(&tree, &arena);
	siuss_write(&first, &tree);
	ASSERT(!tree.overflow);
	ASSERT(siuss_read(tree.root, &second, &fault) || first.body_name[0] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	const struct tree_node *root = NULL;
	char fault[XML_FAULT_SIZE];
	struct finding items[FINDINGS_MAX];
	struct findings findings = {.items = items, .size = FINDINGS_MAX};
	struct sort_pair code = {.key = 1030215009};
	struct siope siope = {.codes = &code, .count = 1};
	if (size > 65536)
		return 0;
	struct slice bytes = {(const char *)data, (uint32_t)size};
	arena_init(&arena, memory, sizeof(memory));
	if (xml_read(bytes, &xml_limits_default, &arena, &root, fault) != RESULT_OK)
		return 0;
	check_pain001(root);
	check_opi(root);
	check_siuss(root);
	siuss_check(root, &findings);
	bool has_checked =
	    pain001_check(root, &arena, &findings) && opi_check(root, &siope, &arena, &findings);
	ASSERT(has_checked || arena_free(&arena) < size * 64);
	ASSERT(findings.count <= FINDINGS_MAX);
	return 0;
}
