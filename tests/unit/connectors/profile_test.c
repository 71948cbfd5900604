/* Profiles from files: every one that is shipped is good; what is wrong with one is told with its
 * line and key. */
#include "connectors/profiles/profile_file.h"

#include "connectors/format/difference.h"
#include "connectors/format/liquidation.h"
#include "connectors/format/pagopa.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static struct profile profile;
static struct profile_file_fault fault;

static enum result parse(const char *text)
{
	fault.text[0] = '\0';
	return profile_file_parse(slice_from_text(text), "own", &liquidation_row_set, &profile,
				  &fault);
}

#define HEAD "[file]\nrecords = liquidation_row\nsuffix = x\n"

struct bad {
	const char *text;
	const char *told; /* a part of the fault */
};

static const struct bad bads[] = {
    {"[file]\nrecords = other\n", "own.profile line 2, records: this profile is for \"other\""},
    {"[file]\nsuffix = x\n", "own.profile line 2: the profile \"own\" does not say in [file] for"},
    {"[file]\nrecords = liquidation_row\n", "does not say in [file] its suffix"},
    {HEAD "separator = ;\n", "line 4, separator: the value"},
    {HEAD "separator = colon\n", "is none of: comma semicolon tab pipe none"},
    {HEAD "charset = KOI8\n", "line 4, charset: the value \"KOI8\" is none of: UTF-8 ASCII"},
    {HEAD "amount = euro\n", "is none of: point comma cents"},
    {HEAD "fields = 0\n", "line 4, fields:"},
    {HEAD "fields = 2\n[columns]\na = riga\n", "has other columns than \"fields\" says"},
    {HEAD "flag = S S\n", "is not two different words"},
    {HEAD "flag = S\n", "is not two different words"},
    {HEAD "suffix = y\n", "line 4, suffix: the key \"suffix\" is there twice"},
    {HEAD "colour = red\n", "line 4, colour: the key \"colour\" is not known"},
    {HEAD "nonsense\n", "line 4: not a line \"key = value\""},
    {HEAD "[files]\na = b\n", "line 5, a: the section \"files\" is none of"},
    {HEAD "[rows]\nskip_zero = riga\n", "line 5, skip_zero: the field \"riga\" is no amount"},
    {HEAD "[rows]\nonly = iva 5\n", "line 5, only: the field \"iva\" is no text"},
    {HEAD "[rows]\nonly = fondo\n", "line 5, only: the value \"\" is empty"},
    {HEAD "[columns]\na = salary\n", "line 5, a: the field \"salary\" is none of these records"},
    {HEAD "[columns]\na = riga\na = fondo\n", "line 6, a: the column \"a\" is there twice"},
    {HEAD "[columns]\na = \n", "line 5, a: the column \"a\" has no field"},
    {HEAD "[columns]\na = riga bold\n", "line 5, a: the option \"bold\" is not known"},
    {HEAD "[columns]\na = fondo width:x\n", "the width \"x\" is no number"},
    {HEAD "[columns]\na = fondo width:501\n", "the width \"501\" is no number"},
    {HEAD "[columns]\na = fondo cut\n", "is cut, but to which width?"},
    {HEAD "[columns]\na = fondo width:3 pad:4\n", "is padded beyond its width"},
    {HEAD "[columns]\na = fondo pad:4:\n", "the padding"},
    {HEAD "[columns]\na = fondo pad:4:0:up\n", "the padding"},
    {HEAD "[columns]\na = riga map:1:x\n", "is no text: it has no words to map"},
    {HEAD "[columns]\na = fondo map:*:x\n", "maps any value"},
    {HEAD "[columns]\na = fondo else:cig\n", "has two fields"},
    {HEAD "[columns]\na = fondo else:salary unread\n", "the field \"salary\" is none"},
    {HEAD "[columns]\na = riga\n[file]\nmark = yes\n", "line 7, mark: the key \"mark\" comes before"},
    {HEAD "charset = ASCII\nmark = yes\n", "has a mark, which UTF-8 alone has"},
    {HEAD "separator = comma\nquotes = never\namount = comma\n", "has commas in amounts and between"},
    {HEAD "separator = none\n", "has no separator: quotes = never and header = no"},
    {HEAD "separator = none\nquotes = never\nheader = no\n[columns]\na = riga\n",
     "the column \"a\" needs pad:N"},
    {HEAD "title = \xff\n", "no text in UTF-8"},
};

static void what_is_wrong_is_told_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		assert_int_equal(parse(bads[i].text), RESULT_CONFIG_INVALID);
		if (strstr(fault.text, bads[i].told) == NULL)
			fail_msg("%s\nsays: %s\nnot: %s", bads[i].text, fault.text, bads[i].told);
	}
}

static void long_lines_are_told(void **state)
{
	char text[600] = HEAD "[columns]\na = \"";
	size_t used = strlen(text);
	(void)state;
	memset(text + used, 'x', 300);
	assert_int_equal(parse(text), RESULT_CONFIG_INVALID);
	assert_non_null(strstr(fault.text, "line 5: the line is too long"));
}

static void too_many_columns_are_told(void **state)
{
	char text[4096] = HEAD "[columns]\n";
	(void)state;
	for (uint32_t i = 0; i <= PROFILE_COLUMNS_MAX; i++) {
		size_t used = strlen(text);
		snprintf(text + used, sizeof(text) - used, "c%u = riga\n", i);
	}
	assert_int_equal(parse(text), RESULT_CONFIG_INVALID);
	assert_non_null(strstr(fault.text, "line 101, c96: the column \"c96\" is one too many"));
}

static void a_good_one_is_read_whole(void **state)
{
	(void)state;
	assert_int_equal(parse("; of ours\n" HEAD "title = Mine ; or yours\nflag = sì no\n"
			       "[rows]\nonly = tipo_debito COMMERCIALE\n[columns]\n"
			       "Importo = importo_da_pagare comma required\n"
			       "x = \"a b\" width:9 pad:8:_:left\n"),
			 RESULT_OK);
	assert_string_equal(profile.title, "Mine");
	assert_string_equal(profile.yes, "sì");
	assert_int_equal(profile.column_count, 2);
	assert_int_equal(profile.columns[0].amount, PROFILE_AMOUNT_COMMA);
	assert_true(profile.columns[0].is_required);
	assert_string_equal(profile.columns[1].constant, "a b");
	assert_int_equal(profile.columns[1].pad_width, 8);
	assert_int_equal(profile.columns[1].pad, PROFILE_PAD_LEFT);
	struct liquidation_row row = {.riga = 1};
	assert_false(profile_takes(&profile, &row));
	memcpy(row.tipo_debito, "COMMERCIALE", 11);
	assert_true(profile_takes(&profile, &row));
}

static void without_columns_every_field_is_one(void **state)
{
	(void)state;
	assert_int_equal(parse(HEAD), RESULT_OK);
	assert_int_equal(profile.column_count, liquidation_row_set.count);
	assert_string_equal(profile.columns[42].heading, "causale");
}

static void shipped_profiles_are_good(void **state)
{
	static const char *const names[] = {"excel-it", "rfc4180", "contabilia", "maggioli",
					    "xlsx-safe"};
	char folder[FILE_PATH_SIZE_MAX];
	(void)state;
	assert_true(profile_file_folder(NULL, folder));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (profile_file_load(folder, names[i], &liquidation_row_set, &profile, &fault) !=
		    RESULT_OK)
			fail_msg("%s", fault.text);
	assert_int_equal(profile_file_load(folder, "manifest", &liquidation_manifest_set, &profile,
					   &fault),
			 RESULT_OK);
	assert_int_equal(profile_file_load(folder, "manifest", &liquidation_row_set, &profile,
					   &fault),
			 RESULT_CONFIG_INVALID);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(profile_file_load(folder, i == 0 ? "provider" : "provider-it",
						   &difference_theirs_set, &profile, &fault),
				 RESULT_OK);
	assert_int_equal(profile_file_load(folder, "differences", &difference_row_set, &profile,
					   &fault),
			 RESULT_OK);
	assert_int_equal(profile.column_count, difference_row_set.count);
	assert_int_equal(profile_file_load(folder, "pagopa-positions", &copay_position_set, &profile,
					   &fault),
			 RESULT_OK);
	assert_int_equal(profile_file_load(folder, "pagopa-payments", &copay_payment_set, &profile,
					   &fault),
			 RESULT_OK);
}

static void files_that_are_not_there_are_told(void **state)
{
	char folder[TEST_FOLDER_SIZE];
	char path[TEST_FOLDER_SIZE + 32];
	char found[FILE_PATH_SIZE_MAX];
	(void)state;
	test_folder_make("profiles", folder);
	assert_true(profile_file_folder(folder, found));
	assert_false(profile_file_folder("/nowhere/at/all", found));
	assert_int_equal(profile_file_load(folder, "mine", &liquidation_row_set, &profile, &fault),
			 RESULT_NOT_FOUND);
	assert_non_null(strstr(fault.text, "there is no profile \"mine\" in "));
	assert_int_equal(profile_file_load(folder, "../x", &liquidation_row_set, &profile, &fault),
			 RESULT_NOT_FOUND);
	snprintf(path, sizeof(path), "%s/big.profile", folder);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	for (uint32_t i = 0; i < PROFILE_FILE_SIZE_MAX; i++)
		fputs("# ", file);
	fclose(file);
	assert_int_equal(profile_file_load(folder, "big", &liquidation_row_set, &profile, &fault),
			 RESULT_CONFIG_INVALID);
	assert_non_null(strstr(fault.text, "big.profile is too large"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_wrong_is_told_with_its_line),
	    cmocka_unit_test(long_lines_are_told),
	    cmocka_unit_test(too_many_columns_are_told),
	    cmocka_unit_test(a_good_one_is_read_whole),
	    cmocka_unit_test(without_columns_every_field_is_one),
	    cmocka_unit_test(shipped_profiles_are_good),
	    cmocka_unit_test(files_that_are_not_there_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
