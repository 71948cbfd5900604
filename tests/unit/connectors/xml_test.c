/* Field trees and their bytes. Schemas and samples of the publishers stand outside the project: the
 * test that needs them says so where they are absent. */
#include "connectors/xml/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SCHEMAS	   "../shared/formats"
#define ARENA_SIZE (8u << 20)

static _Alignas(16) unsigned char memory[ARENA_SIZE];
static _Alignas(16) unsigned char other[ARENA_SIZE];
static char fault[XML_FAULT_SIZE];

static void build(struct tree *tree)
{
	tree_open(tree, "p:distinta");
	tree_attribute(tree, "xmlns:p", "urn:titoli:prova");
	tree_open(tree, "mandato");
	tree_number(tree, "numero", 12);
	tree_cents(tree, "importo", cents_from(105));
	tree_attribute(tree, "valuta", "EUR");
	tree_day(tree, "data", (struct day){20543});
	tree_string(tree, "causale", "più <di> \"uno\" & 'due'");
	tree_text_if(tree, "vuoto", (struct slice){NULL, 0});
	tree_close(tree);
	tree_string(tree, "mandato", "secondo");
	tree_close(tree);
}

static void a_tree_is_written_and_read_back(void **state)
{
	(void)state;
	struct arena arena;
	struct tree tree;
	struct slice bytes;
	struct slice again;
	const struct tree_node *root;
	arena_init(&arena, memory, sizeof(memory));
	tree_init(&tree, &arena);
	build(&tree);
	assert_false(tree.overflow);
	assert_null(tree.at);
	assert_int_equal(xml_write(tree.root, &bytes), RESULT_OK);
	arena_init(&arena, other, sizeof(other));
	assert_int_equal(xml_read(bytes, &xml_limits_default, &arena, &root, fault), RESULT_OK);
	assert_true(slice_equals_text(root->name, "distinta"));
	const struct tree_node *first = tree_child(root, "mandato");
	assert_true(slice_equals_text(tree_text_at(first, "importo"), "1.05"));
	assert_true(slice_equals_text(tree_text_at(root, "mandato/data"), "2026-03-31"));
	assert_true(
	    slice_equals_text(tree_attribute_of(tree_at(first, "importo"), "valuta"), "EUR"));
	assert_true(slice_equals_text(tree_text_at(first, "causale"), "più <di> \"uno\" & 'due'"));
	assert_true(slice_equals_text(tree_text_of(tree_next(first)), "secondo"));
	assert_null(tree_next(tree_next(first)));
	assert_null(tree_at(root, "mandato/nessuno/affatto"));
	assert_int_equal(tree_text_at(root, "mandato/vuoto").size, 0);
	uint32_t nodes = 0;
	for (const struct tree_node *node = root; node != NULL; node = tree_walk(node, root))
		nodes++;
	assert_int_equal(nodes, 7);
	assert_int_equal(first->line, 3);
	assert_int_equal(xml_write(tree.root, &again), RESULT_OK);
	assert_true(slice_equals(bytes, again));
	xml_free(&again);
	xml_free(&bytes);
}

static void an_arena_that_is_too_small_is_told(void **state)
{
	(void)state;
	for (size_t size = 0; size < 2048; size += 16) {
		struct arena arena;
		struct tree tree;
		arena_init(&arena, memory, size);
		tree_init(&tree, &arena);
		build(&tree);
		assert_true(tree.overflow || tree.at == NULL);
	}
}

static void what_is_not_wanted_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		enum result result;
	} rows[] = {
	    {"", RESULT_BAD_REQUEST},
	    {"testo", RESULT_BAD_REQUEST},
	    {"<a>", RESULT_BAD_REQUEST},
	    {"<a></b>", RESULT_BAD_REQUEST},
	    {"<a/><b/>", RESULT_BAD_REQUEST},
	    {"<a>&ignota;</a>", RESULT_BAD_REQUEST},
	    {"<!DOCTYPE a><a/>", RESULT_BAD_REQUEST},
	    {"<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>",
	     RESULT_BAD_REQUEST},
	    {"<!DOCTYPE a [<!ENTITY e \"ee\"><!ENTITY f \"&e;&e;\">]><a>&f;</a>",
	     RESULT_BAD_REQUEST},
	    {"<a>\xc3\x28</a>", RESULT_BAD_REQUEST},
	    {"<a><b><c><d/></c></b></a>", RESULT_BODY_TOO_LARGE},
	    {"<a><b/><b/><b/><b/><b/><b/><b/></a>", RESULT_BODY_TOO_LARGE},
	    {"<a>un testo che supera il limite</a>", RESULT_BODY_TOO_LARGE},
	    {"<a b=\"un valore che supera il limite\"/>", RESULT_BODY_TOO_LARGE},
	    {"<a>&amp;&#233;</a>", RESULT_OK},
	    {"<a><![CDATA[<b>]]></a>", RESULT_OK},
	};
	const struct xml_limits limits = {.size = 100, .depth = 3, .nodes = 6, .text = 16};
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena;
		const struct tree_node *root;
		arena_init(&arena, memory, sizeof(memory));
		enum result result =
		    xml_read(slice_from_text(rows[i].bytes), &limits, &arena, &root, fault);
		if (result != rows[i].result)
			fail_msg("%s: %d (%s)", rows[i].bytes, (int)result, fault);
		assert_int_equal(result == RESULT_OK, root != NULL);
		assert_int_equal(result == RESULT_OK, fault[0] == '\0');
	}
}

static char *load(const char *path, uint32_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	*ret_size = (uint32_t)ftell(file);
	rewind(file);
	char *bytes = malloc(*ret_size + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, *ret_size, file), *ret_size);
	fclose(file);
	return bytes;
}

static void published_samples(void **state)
{
	(void)state;
	static const char *const samples[][2] = {
	    {"opi/DERIVED_OPI_FLUSSO_ORDINATIVI_V_1_7_1_presign.xsd",
	     "opi/sample_opi_flusso_voucher_presign.xml"},
	    {"iso20022/pain.001.001.03.xsd", "iso20022/sample_pain.001.001.03_voucher.xml"},
	    {"siuss/PS_PSA_SINA201812.xsd", "siuss/sample_PS_PSA_voucher.xml"},
	    {"fatturapa/Schema_VFPR12_v1.2.3_pa_1.2.xsd",
	     "fatturapa/sample_FPA12_voucher_lines.xml"},
	};
	struct xml_schemas *schemas;
	if (access(SCHEMAS, R_OK) != 0) {
		print_message("SKIP published schemas: " SCHEMAS " is absent\n");
		skip();
	}
	assert_int_equal(xml_schemas_open(SCHEMAS, &schemas), RESULT_OK);
	for (uint32_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		char path[256];
		struct slice bytes = {NULL, 0};
		struct arena arena;
		const struct tree_node *root;
		snprintf(path, sizeof(path), SCHEMAS "/%s", samples[i][1]);
		char *text = load(path, &bytes.size);
		bytes.data = text;
		enum result result = xml_validate(schemas, samples[i][0], bytes, fault);
		if (result != RESULT_OK)
			fail_msg("%s: %s", samples[i][1], fault);
		arena_init(&arena, memory, sizeof(memory));
		assert_int_equal(xml_read(bytes, &xml_limits_default, &arena, &root, fault),
				 RESULT_OK);
		assert_int_equal(xml_validate(schemas, samples[(i + 1) % 4][0], bytes, fault),
				 RESULT_CHECK_FAILED);
		assert_true(fault[0] != '\0');
		free(text);
	}
	assert_int_equal(xml_validate(schemas, "nessuno.xsd", slice_from_text("<a/>"), fault),
			 RESULT_NOT_FOUND);
	xml_schemas_close(schemas);
	assert_int_equal(xml_schemas_open(SCHEMAS "/nessuno", &schemas), RESULT_NOT_FOUND);
}

static void signs_of_attributes_are_read_as_they_were_meant(void **state)
{
	(void)state;
	static const char text[] =
	    "<a b=\"&amp;&lt;&gt;&quot;&apos;&#38;&#60;&amp;#38;\" c=\"&amp;\" d=\"\"/>";
	struct arena arena;
	struct tree tree;
	const struct tree_node *root = NULL;
	struct slice bytes;
	arena_init(&arena, memory, sizeof(memory));
	assert_int_equal(xml_read(slice_from_text(text), &xml_limits_default, &arena, &root, fault),
			 RESULT_OK);
	assert_true(slice_equals_text(tree_attribute_of(root, "b"), "&<>\"'&<&#38;"));
	assert_true(slice_equals_text(tree_attribute_of(root, "c"), "&"));
	assert_int_equal(tree_attribute_of(root, "d").size, 0);
	tree_init(&tree, &arena);
	tree_string(&tree, "a", "x");
	tree_attribute(&tree, "b", "&<>\"'&#38;");
	assert_int_equal(xml_write(tree.root, &bytes), RESULT_OK);
	assert_int_equal(xml_read(bytes, &xml_limits_default, &arena, &root, fault), RESULT_OK);
	assert_true(slice_equals_text(tree_attribute_of(root, "b"), "&<>\"'&#38;"));
	xml_free(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_tree_is_written_and_read_back),
	    cmocka_unit_test(an_arena_that_is_too_small_is_told),
	    cmocka_unit_test(what_is_not_wanted_is_refused),
	    cmocka_unit_test(published_samples),
	    cmocka_unit_test(signs_of_attributes_are_read_as_they_were_meant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
