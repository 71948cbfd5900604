/* Files of treasurers and banks under any bytes: as a tree, and as a table. What is read keeps its
 * promises; what is not says why. */
#include "connectors/format/outcome_table.h"
#include "connectors/profiles/profile_file.h"
#include "connectors/xml/xml.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARENA_SIZE (8u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(64) unsigned char memory[ARENA_SIZE];

static void check(const struct outcome_file *file, bool is_read)
{
	if (!is_read) {
		ASSERT(file->fault != OUTCOME_OK && file->about != NULL);
		ASSERT(outcome_fault_text((enum outcome_fault)file->fault, true) != NULL);
		return;
	}
	struct cents sum = cents_zero();
	for (uint32_t i = 0; i < file->count; i++) {
		const struct outcome_line *line = &file->lines[i];
		ASSERT(!cents_is_negative(line->amount) && day_is_valid(line->day));
		ASSERT(line->kind == 0 || enum_name(&enum_outcome_kind, line->kind) != NULL);
		bool fits = cents_add(sum, line->amount, &sum);
		ASSERT(fits);
	}
	ASSERT(cents_equal(sum, file->total));
	ASSERT(file->count <= file->capacity);
}

static void read_tree(struct slice bytes)
{
	static const struct xml_limits limits = {
	    .size = 1u << 20, .depth = 32, .nodes = 1u << 14, .text = 1u << 16};
	char fault[XML_FAULT_SIZE];
	struct outcome_file file;
	struct arena arena;
	const struct tree_node *root = NULL;
	arena_init(&arena, memory, sizeof(memory));
	if (xml_read(bytes, &limits, &arena, &root, fault) != RESULT_OK)
		return;
	enum outcome_file_kind kind = outcome_kind_of(root);
	bool is_read = outcome_read(&file, &arena, kind, root);
	ASSERT(kind != 0 || !is_read);
	check(&file, is_read);
}

static void read_table(struct slice bytes)
{
	static const char text[] = "[file]\nrecords = outcome_row\nsuffix = csv\nseparator = comma\n"
				   "header = named\n[columns]\nkind = kind required\n"
				   "amount = amount required\nday = day required\n"
				   "end_to_end_id = end_to_end_id\nreason_code = reason_code\n";
	static struct profile profile;
	static bool is_ready;
	struct profile_file_fault fault;
	struct outcome_file file;
	struct arena arena;
	if (!is_ready) {
		enum result result = profile_file_parse(slice_from_text(text), "fuzz",
							&outcome_row_set, &profile, &fault);
		ASSERT(result == RESULT_OK);
		is_ready = true;
	}
	if (outcome_table_memory(bytes) > sizeof(memory))
		return;
	arena_init(&arena, memory, sizeof(memory));
	check(&file, outcome_table_read(&file, &arena, &profile, bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = {(const char *)data, (uint32_t)size};
	if (size > 1u << 20)
		return 0;
	if (size > 0 && (data[0] == '<' || data[0] == ' '))
		read_tree(bytes);
	else
		read_table(bytes);
	return 0;
}
