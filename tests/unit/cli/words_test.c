/* Words, flags, values and settings of the command line. */
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/settings.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every command that a request may carry has its own words and is found by them. */
static void every_command_has_words_of_its_own(void **state)
{
	uint32_t count = 0;
	(void)state;
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		struct command_words words;
		if (!commands_words((uint8_t)kind, &words))
			continue;
		count++;
		assert_true(words.noun[0] != '\0' && words.verb[0] != '\0');
		assert_int_equal(commands_find(words.noun, words.verb), kind);
	}
	assert_true(count >= 40);
}

static void names_find_their_commands(void **state)
{
	(void)state;
	assert_int_equal(commands_find("voucher", "choose-provider"),
			 COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER);
	assert_int_equal(commands_find("fund-year", "open"), COMMAND_KIND_FUND_YEAR_OPEN);
	assert_int_equal(commands_find("fund", "open"), COMMAND_KIND_FUND_YEAR_OPEN);
	assert_int_equal(commands_find("fund", "create"), COMMAND_KIND_FUND_CREATE);
	assert_int_equal(commands_find("genesis", ""), COMMAND_KIND_NONE);
	assert_int_equal(commands_find_import("comuni"), COMMAND_KIND_COMUNE_CREATE);
	assert_int_equal(commands_find_import("redemptions"), COMMAND_KIND_REDEMPTION_SUBMIT);
	assert_int_equal(commands_find_import("voucher_issue"), COMMAND_KIND_VOUCHER_ISSUE);
	assert_int_equal(commands_find_import("fund-years"), COMMAND_KIND_FUND_YEAR_PROPOSE);
	assert_int_equal(commands_find_import("nothing"), COMMAND_KIND_NONE);
	assert_string_equal(commands_batch_path(COMMAND_KIND_VOUCHER_ISSUE),
			    "/v1/vouchers:batch-issue");
	assert_string_equal(commands_list_path("sub-ambito"), "/v1/sub-ambiti");
	assert_string_equal(commands_item_path("comuni"), "/v1/comuni/{comune}");
	assert_string_equal(commands_list_path("redemption"), "/v1/redemptions");
	assert_null(commands_list_path("nothing"));
}

static void flags_and_words_part(void **state)
{
	char line[][24] = {"titoli", "voucher", "--json", "issue", "--fund=FNPS", "--split-payment",
			   "7",	     "--key",	"k",	  "--",	   "--x"};
	char *values[sizeof(line) / sizeof(line[0])];
	struct arguments arguments;
	(void)state;
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++)
		values[i] = line[i];
	assert_true(arguments_parse(&arguments, (int)(sizeof(line) / sizeof(line[0])), values));
	assert_string_equal(arguments_word(&arguments), "voucher");
	assert_string_equal(arguments_word(&arguments), "issue");
	assert_string_equal(arguments_word(&arguments), "7");
	assert_string_equal(arguments_word(&arguments), "--x");
	assert_null(arguments_word(&arguments));
	assert_true(arguments_has(&arguments, "json"));
	assert_string_equal(arguments_flag(&arguments, "fund"), "FNPS");
	assert_string_equal(arguments_flag(&arguments, "split-payment"), "");
	assert_string_equal(arguments_unused(&arguments), "key");
	assert_string_equal(arguments_flag(&arguments, "key"), "k");
	assert_null(arguments_unused(&arguments));
}

static void a_flag_without_its_value_is_refused(void **state)
{
	char program[] = "titoli";
	char flag[] = "--url";
	char *values[] = {program, flag};
	struct arguments arguments;
	(void)state;
	assert_false(arguments_parse(&arguments, 2, values));
	assert_string_equal(arguments.fault, "--url");
}

static void amounts_are_read_as_clerks_write_them(void **state)
{
	static const struct {
		const char *text;
		int64_t cents;
	} good[] = {{"1234.56", 123456}, {"1.234,56", 123456}, {"1234", 123400},
		    {"0,5", 50},	 {"1.234", 123400},    {" 12,00 ", 1200}};
	static const char *const bad[] = {"", "12.3", "1,234.56", "12,345", "abc", "1e3"};
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int64_t cents = -1;
		assert_true(input_euro(good[i].text, &cents));
		assert_int_equal(cents, good[i].cents);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t cents = -1;
		assert_false(input_euro(bad[i], &cents));
	}
}

static void check_value(const char *command_field, uint8_t kind, const char *text, bool in_euro,
			const char *expected)
{
	const char *why = NULL;
	const struct field *field =
	    field_find(&command_info(kind)->set, slice_from_text(command_field));
	assert_non_null(field);
	json_t *value = input_value(field, text, in_euro, &why);
	if (expected == NULL) {
		assert_null(value);
		assert_non_null(why);
		return;
	}
	char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	assert_string_equal(dump, expected);
	free(dump);
	json_decref(value);
}

static void values_become_json(void **state)
{
	(void)state;
	check_value("amount_cents", COMMAND_KIND_CEILING_SET, "1.234,56", true, "123456");
	check_value("amount_cents", COMMAND_KIND_CEILING_SET, "123456", false, "123456");
	check_value("amount_cents", COMMAND_KIND_CEILING_SET, "-1,00", true, NULL);
	check_value("lines", COMMAND_KIND_VOUCHER_PROPOSE, "SAD_OSS:720,ADM:60", false,
		    "[{\"service\":\"SAD_OSS\",\"units_per_month\":720},"
		    "{\"service\":\"ADM\",\"units_per_month\":60}]");
	check_value("lines", COMMAND_KIND_VOUCHER_PROPOSE, "SAD_OSS", false, NULL);
	check_value("lines", COMMAND_KIND_VOUCHER_PROPOSE, ":1", false, NULL);
	check_value("lines", COMMAND_KIND_VOUCHER_PROPOSE, "SAD_OSS::2", false, NULL);
	check_value("lines", COMMAND_KIND_VOUCHER_PROPOSE, "SAD_OSS:1:2", false,
		    "[{\"service\":\"SAD_OSS\",\"units_per_month\":1,\"supplement_units\":2}]");
	check_value("lines", COMMAND_KIND_VOUCHER_PROPOSE, "SAD_OSS:1::yes", false,
		    "[{\"service\":\"SAD_OSS\",\"units_per_month\":1,\"weekly\":true}]");
	check_value("lines", COMMAND_KIND_VOUCHER_PROPOSE, "SAD_OSS:1:2:no:no:no:no", false, NULL);
	check_value("services", COMMAND_KIND_ACCREDITATION_APPLY, "SAD_OSS, ADM", false,
		    "[\"SAD_OSS\",\"ADM\"]");
	check_value("split_payment", COMMAND_KIND_STATEMENT_MATCH_INVOICE, "", false, "true");
	check_value("split_payment", COMMAND_KIND_STATEMENT_MATCH_INVOICE, "maybe", false, NULL);
	check_value("kind", COMMAND_KIND_PROVIDER_CREATE, "social-coop", false, "\"SOCIAL_COOP\"");
	check_value("minutes", COMMAND_KIND_REDEMPTION_SUBMIT, "60x", false, NULL);
}

/* ---- Settings ---- */

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static enum result load(struct settings *settings, const char *config, const char *url_flag)
{
	char program[] = "titoli";
	char config_flag[] = "--config";
	char path[TEST_FOLDER_SIZE + 32];
	char url_name[] = "--url";
	char url[64];
	char *values[] = {program, config_flag, path, url_name, url};
	struct arguments arguments;
	snprintf(path, sizeof(path), "%s", config);
	snprintf(url, sizeof(url), "%s", url_flag == NULL ? "" : url_flag);
	assert_true(arguments_parse(&arguments, url_flag == NULL ? 3 : 5, values));
	return settings_load(settings, &arguments);
}

static void the_closest_setting_wins(void **state)
{
	static struct settings settings;
	char folder[TEST_FOLDER_SIZE];
	char path[TEST_FOLDER_SIZE + 16];
	(void)state;
	test_folder_make("cli_settings", folder);
	snprintf(path, sizeof(path), "%s/titoli.conf", folder);
	write_file(path, "# comment\nurl = http://file:1\nlang = en\n");
	unsetenv("TITOLI_URL");
	assert_int_equal(load(&settings, path, NULL), RESULT_OK);
	assert_string_equal(settings.values[SETTING_URL], "http://file:1");
	assert_non_null(strstr(settings.origins[SETTING_URL], "titoli.conf:2"));
	assert_string_equal(settings.origins[SETTING_TRIES], "default");
	setenv("TITOLI_URL", "http://environment:1", 1);
	assert_int_equal(load(&settings, path, NULL), RESULT_OK);
	assert_string_equal(settings.values[SETTING_URL], "http://environment:1");
	assert_int_equal(load(&settings, path, "http://flag:1"), RESULT_OK);
	assert_string_equal(settings.values[SETTING_URL], "http://flag:1");
	assert_string_equal(settings.origins[SETTING_URL], "flag");
	unsetenv("TITOLI_URL");
}

static void bad_files_stop_the_program(void **state)
{
	static const char *const texts[] = {"urk = x\n",   "url = a\nurl = b\n",
					    "lang = fr\n", "no equals\n",
					    "tries = 0\n", "token_file = /nonexistent/token\n"};
	static struct settings settings;
	char folder[TEST_FOLDER_SIZE];
	char path[TEST_FOLDER_SIZE + 16];
	(void)state;
	test_folder_make("cli_settings", folder);
	snprintf(path, sizeof(path), "%s/bad.conf", folder);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file(path, texts[i]);
		assert_int_equal(load(&settings, path, NULL), RESULT_CONFIG_INVALID);
		assert_true(settings.fault[0] != '\0');
	}
	assert_int_equal(load(&settings, "/nonexistent/titoli.conf", NULL), RESULT_CONFIG_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_command_has_words_of_its_own),
	    cmocka_unit_test(names_find_their_commands),
	    cmocka_unit_test(flags_and_words_part),
	    cmocka_unit_test(a_flag_without_its_value_is_refused),
	    cmocka_unit_test(amounts_are_read_as_clerks_write_them),
	    cmocka_unit_test(values_become_json),
	    cmocka_unit_test(the_closest_setting_wins),
	    cmocka_unit_test(bad_files_stop_the_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
