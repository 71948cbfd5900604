/* Hostile XML: each file is made here, and refused with a clear result and quickly. Processor time
 * is measured, so that a busy machine fails no test. */
#include "connectors/xml/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARENA_SIZE (96u << 20)
#define FILE_SIZE  (48u << 20)
#if defined(__SANITIZE_ADDRESS__)
#define REFUSED_MS 2000
#else
#define REFUSED_MS 100
#endif

static unsigned char *memory;
static char *file;
static size_t used;
static char fault[XML_FAULT_SIZE];

static void put(const char *text)
{
	size_t size = strlen(text);
	assert_true(used + size < FILE_SIZE);
	memcpy(file + used, text, size);
	used += size;
}

static void repeat(const char *text, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		put(text);
}

static int64_t now_ms(void)
{
	struct timespec time;
	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), 0);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static enum result read_file(const struct xml_limits *limits, const struct tree_node **ret_root,
			     int64_t *ret_ms)
{
	struct arena arena;
	struct slice bytes = {file, (uint32_t)used};
	arena_init(&arena, memory, ARENA_SIZE);
	int64_t begin = now_ms();
	enum result result = xml_read(bytes, limits, &arena, ret_root, fault);
	*ret_ms = now_ms() - begin;
	return result;
}

/* ---- The files ---- */

static void billion_laughs(void)
{
	put("<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\">");
	for (int i = 1; i < 10; i++) {
		char row[256];
		(void)snprintf(row, sizeof(row), "<!ENTITY lol%d \"", i);
		put(row);
		(void)snprintf(row, sizeof(row), "&lol%.0d;", i - 1);
		repeat(row, 10);
		put("\">");
	}
	put("]><lolz>&lol9;</lolz>");
}

static void quadratic_blowup(void)
{
	put("<!DOCTYPE a [<!ENTITY x \"");
	repeat("x", 100000);
	put("\">]><a>");
	repeat("&x;", 100000);
	put("</a>");
}

static void external_entity(void)
{
	put("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
	    "<a>&x;</a>");
}

static void external_subset(void)
{
	put("<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/evil.dtd\"><a/>");
}

static void parameter_entity(void)
{
	put("<!DOCTYPE a [<!ENTITY % x SYSTEM \"http://127.0.0.1:9/x\"> %x;]><a/>");
}

static void late_document_type(void)
{
	put("<a><b/><!DOCTYPE a [<!ENTITY x \"y\">]></a>");
}

static void entity_without_type(void)
{
	put("<a>&secret;</a>");
}

static void entity_in_attribute(void)
{
	put("<a b=\"&secret;\"/>");
}

static void deep_nesting(void)
{
	repeat("<a>", 1000000);
}

static void deep_and_closed(void)
{
	repeat("<a>", 65);
	repeat("</a>", 65);
}

static void huge_text(void)
{
	put("<a>");
	repeat("xxxxxxxxxxxxxxxx", 100000);
	put("</a>");
}

static void huge_character_data(void)
{
	put("<a><![CDATA[");
	repeat("xxxxxxxxxxxxxxxx", 100000);
	put("]]></a>");
}

static void text_in_pieces(void)
{
	put("<a>");
	repeat("&amp;<!-- -->", 400000);
	put("</a>");
}

static void huge_attribute(void)
{
	put("<a b=\"");
	repeat("xxxxxxxxxxxxxxxx", 100000);
	put("\"/>");
}

static void many_attributes(void)
{
	put("<a");
	for (int i = 0; i < 100000; i++) {
		char attribute[32];
		(void)snprintf(attribute, sizeof(attribute), " a%d=\"\"", i);
		put(attribute);
	}
	put("/>");
}

static void many_namespaces(void)
{
	put("<a");
	for (int i = 0; i < 100000; i++) {
		char attribute[32];
		(void)snprintf(attribute, sizeof(attribute), " xmlns:a%d='u'", i);
		put(attribute);
	}
	put("/>");
}

static void many_elements(void)
{
	put("<a>");
	repeat("<b/>", 1200000);
	put("</a>");
}

static void too_large(void)
{
	put("<a>");
	repeat("<!-- xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx -->", 300000);
	put("</a>");
}

static void broken_utf_8(void)
{
	put("<a>\xC3\x28</a>");
}

static void overlong_utf_8(void)
{
	put("<a>\xC0\xBC</a>");
}

static void surrogate_utf_8(void)
{
	put("<a>\xED\xA0\x80</a>");
}

static void zero_byte(void)
{
	put("<a>x");
	file[used++] = '\0';
	put("</a>");
}

static void utf_16(void)
{
	static const char bytes[] = "\xFF\xFE<\0a\0/\0>\0";
	memcpy(file + used, bytes, sizeof(bytes) - 1);
	used += sizeof(bytes) - 1;
}

static void utf_7(void)
{
	put("<?xml version=\"1.0\" encoding=\"UTF-7\"?><a>+ADw-</a>");
}

static void unassigned_1252(void)
{
	put("<?xml version='1.0' encoding='windows-1252'?><a>\x81</a>");
}

static void truncated(void)
{
	put("<a><b>x</b");
}

static void truncated_text(void)
{
	put("<a><b>some text");
}

static void truncated_attribute(void)
{
	put("<a b=\"c");
}

static void truncated_comment(void)
{
	put("<a><!-- and then nothing");
	repeat(" ", 1000000);
}

static void truncated_declaration(void)
{
	put("<?xml version=\"1.0\" encoding=\"UTF-8\"");
	repeat(" ", 100000);
}

static void empty(void)
{
}

static void no_xml(void)
{
	put("PDF-1.4 is not what was asked for");
}

static void two_roots(void)
{
	put("<a/><b/>");
}

static void mixed_ends(void)
{
	put("<a><b></a></b>");
}

static void only_ends(void)
{
	repeat("</a>", 1000000);
}

static void control_character(void)
{
	put("<a>&#0;</a>");
}

static void endless_reference(void)
{
	put("<a>&#");
	repeat("1", 100000);
	put(";</a>");
}

static const struct {
	const char *name;
	void (*make)(void);
	enum result result;
	const char *says; /* a word of the fault */
} rows[] = {
    {"billion laughs", billion_laughs, RESULT_BAD_REQUEST, "document type"},
    {"quadratic blowup", quadratic_blowup, RESULT_BAD_REQUEST, "document type"},
    {"external entity", external_entity, RESULT_BAD_REQUEST, "document type"},
    {"external subset", external_subset, RESULT_BAD_REQUEST, "document type"},
    {"parameter entity", parameter_entity, RESULT_BAD_REQUEST, "document type"},
    {"late document type", late_document_type, RESULT_BAD_REQUEST, "document type"},
    {"entity without type", entity_without_type, RESULT_BAD_REQUEST, "entity"},
    {"entity in attribute", entity_in_attribute, RESULT_BAD_REQUEST, "entity"},
    {"deep nesting", deep_nesting, RESULT_BODY_TOO_LARGE, "nested"},
    {"deep and closed", deep_and_closed, RESULT_BODY_TOO_LARGE, "nested"},
    {"huge text", huge_text, RESULT_BODY_TOO_LARGE, "text"},
    {"huge character data", huge_character_data, RESULT_BODY_TOO_LARGE, "text"},
    {"text in pieces", text_in_pieces, RESULT_BODY_TOO_LARGE, "text"},
    {"huge attribute", huge_attribute, RESULT_BODY_TOO_LARGE, "attribute"},
    {"many attributes", many_attributes, RESULT_BODY_TOO_LARGE, "attributes"},
    {"many namespaces", many_namespaces, RESULT_BODY_TOO_LARGE, "attributes"},
    {"many elements", many_elements, RESULT_BODY_TOO_LARGE, "elements"},
    {"too large", too_large, RESULT_BODY_TOO_LARGE, "larger"},
    {"broken UTF-8", broken_utf_8, RESULT_BAD_REQUEST, "UTF-8"},
    {"overlong UTF-8", overlong_utf_8, RESULT_BAD_REQUEST, "UTF-8"},
    {"surrogate UTF-8", surrogate_utf_8, RESULT_BAD_REQUEST, "UTF-8"},
    {"zero byte", zero_byte, RESULT_BAD_REQUEST, "zero byte"},
    {"UTF-16", utf_16, RESULT_BAD_REQUEST, "encoding"},
    {"UTF-7", utf_7, RESULT_BAD_REQUEST, "encoding"},
    {"unassigned in 1252", unassigned_1252, RESULT_BAD_REQUEST, "encoding"},
    {"truncated", truncated, RESULT_BAD_REQUEST, "ends"},
    {"truncated text", truncated_text, RESULT_BAD_REQUEST, "line 1"},
    {"truncated attribute", truncated_attribute, RESULT_BAD_REQUEST, "ends"},
    {"truncated comment", truncated_comment, RESULT_BAD_REQUEST, "ends"},
    {"truncated declaration", truncated_declaration, RESULT_BAD_REQUEST, "declaration"},
    {"empty", empty, RESULT_BAD_REQUEST, "empty"},
    {"no XML", no_xml, RESULT_BAD_REQUEST, "line 1"},
    {"two roots", two_roots, RESULT_BAD_REQUEST, "line 1"},
    {"mixed ends", mixed_ends, RESULT_BAD_REQUEST, "line 1"},
    {"only ends", only_ends, RESULT_BAD_REQUEST, "line 1"},
    {"control character", control_character, RESULT_BAD_REQUEST, "line 1"},
    {"endless reference", endless_reference, RESULT_BAD_REQUEST, "entity"},
};

static void each_is_refused_quickly(void **state)
{
	(void)state;
	int64_t slowest = 0;
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct tree_node *root = NULL;
		int64_t ms;
		used = 0;
		rows[i].make();
		enum result result = read_file(&xml_limits_default, &root, &ms);
		if (result != rows[i].result || strstr(fault, rows[i].says) == NULL)
			fail_msg("%s: %d (%s)", rows[i].name, (int)result, fault);
		if (ms > REFUSED_MS)
			fail_msg("%s: refused after %d ms", rows[i].name, (int)ms);
		assert_null(root);
		slowest = ms > slowest ? ms : slowest;
	}
	print_message("%u hostile files, the slowest refused after %d ms\n",
		      (unsigned)(sizeof(rows) / sizeof(rows[0])), (int)slowest);
}

/* What only looks like it is read, and nothing is fetched. */
static void what_is_not_hostile(void **state)
{
	(void)state;
	const struct tree_node *root = NULL;
	int64_t ms;
	used = 0;
	put("<a xmlns:xi=\"http://www.w3.org/2001/XInclude\"><!-- <!DOCTYPE x> &y; -->"
	    "<xi:include href=\"file:///etc/passwd\" parse=\"text\"/>"
	    "<b><![CDATA[<!DOCTYPE &z;>]]></b><?p &q; <!DOCTYPE ?><c d='&lt;&#233;'/></a>");
	assert_int_equal(read_file(&xml_limits_default, &root, &ms), RESULT_OK);
	assert_null(tree_child(root, "include")->first_child);
	assert_int_equal(tree_text_at(root, "include").size, 0);
	assert_true(slice_equals_text(tree_text_at(root, "b"), "<!DOCTYPE &z;>"));
	assert_true(slice_equals_text(tree_attribute_of(tree_child(root, "c"), "d"), "<\xC3\xA9"));
	static const char *const same[] = {
	    "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><a>citt\xC3\xA0 \xE2\x82\xAC</a>",
	    "<?xml version='1.0' encoding='Windows-1252'?><a>citt\xE0 \x80</a>",
	    "<?xml version='1.0' encoding='ISO-8859-1'?><a>citt\xE0 &#8364;</a>",
	    "<a>citt&#xE0; &#x20AC;</a>",
	};
	for (uint32_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		used = 0;
		put(same[i]);
		enum result result = read_file(&xml_limits_default, &root, &ms);
		if (result != RESULT_OK ||
		    !slice_equals_text(tree_text_of(root), "citt\xC3\xA0 \xE2\x82\xAC"))
			fail_msg("%s: %d (%s)", same[i], (int)result, fault);
	}
}

/* The largest that is accepted, read in linear time: an attachment, and many small elements. */
static void large_and_honest(void **state)
{
	(void)state;
	const struct tree_node *root = NULL;
	const struct xml_limits limits = {
	    .size = 16u << 20, .depth = 64, .nodes = 1u << 20, .text = 12u << 20};
	int64_t ms;
	used = 0;
	put("<a><Attachment>");
	repeat("JVBERi0xLjQKJeLj\n", 600000);
	put("</Attachment>");
	repeat("<b>&amp;12345678</b>", 200000);
	put("</a>");
	assert_int_equal(read_file(&limits, &root, &ms), RESULT_OK);
	assert_int_equal(tree_text_at(root, "Attachment").size, 600000 * 17 - 1);
	if (ms > REFUSED_MS * 20)
		fail_msg("read in %d ms", (int)ms);
	print_message("%u bytes read in %d ms\n", (unsigned)used, (int)ms);
}

static int make_memory(void **state)
{
	(void)state;
	memory = aligned_alloc(64, ARENA_SIZE);
	file = malloc(FILE_SIZE);
	return memory == NULL || file == NULL;
}

static int free_memory(void **state)
{
	(void)state;
	free(memory);
	free(file);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_is_refused_quickly),
	    cmocka_unit_test(what_is_not_hostile),
	    cmocka_unit_test(large_and_honest),
	};
	return cmocka_run_group_tests(tests, make_memory, free_memory);
}
