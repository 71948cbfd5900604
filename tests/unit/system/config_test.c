/* Settings: defaults, types, bounds, and what stops a start, with its key and line. */
#include "engine/system/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct config config;
static struct config_fault fault;

static void defaults_are_within_their_bounds(void **state)
{
	(void)state;
	config_init(&config);
#define CHECK_NUMBER(name, minimum, maximum)                                                       \
	assert_in_range(config.name, minimum, maximum);
#define CHECK_FLAG(name, minimum, maximum) assert_true(config.name == 0 || config.name == 1);
#define CHECK_TEXT(name, minimum, maximum) assert_true(strlen(config.name) <= (maximum));
#define K(TYPE, name, minimum, maximum, initial, unit, meaning) CHECK_##TYPE(name, minimum, maximum)
	CONFIGS(K)
#undef K
	assert_string_equal(config.listen, "127.0.0.1:8910");
	assert_string_equal(config.time_zone, "Europe/Rome");
	assert_false(config.unsafe_filesystem);
	assert_int_equal(config.network_threads, 1);
}

static void a_file_is_read(void **state)
{
	(void)state;
	config_init(&config);
	assert_int_equal(config_parse(&config,
				      "# comment\n; another\n\nledger = /var/lib/titoli\n"
				      "slots_max=7\t\nunsafe_filesystem = yes\nlisten =\n",
				      &fault),
			 RESULT_OK);
	assert_string_equal(config.ledger, "/var/lib/titoli");
	assert_int_equal(config.slots_max, 7);
	assert_true(config.unsafe_filesystem);
	assert_string_equal(config.listen, "");
}

struct bad_file {
	const char *text;
	const char *key;
	uint32_t line;
};

static void faults_name_key_and_line(void **state)
{
	static const struct bad_file files[] = {
	    {"ledger = /a\ncolour = red\n", "colour", 2},
	    {"ledger = /a\nledger = /b\n", "ledger", 2},
	    {"\n\n[part]\nledger = /a\n", "ledger", 4},
	    {"slots_max = 3\n", "slots_max", 1},
	    {"slots_max = 20001\n", "slots_max", 1},
	    {"slots_max = -7\n", "slots_max", 1},
	    {"slots_max = 7 MB\n", "slots_max", 1},
	    {"slots_max =\n", "slots_max", 1},
	    {"slots_max = 18446744073709551617\n", "slots_max", 1},
	    {"unsafe_filesystem = true\n", "unsafe_filesystem", 1},
	    {"time_zone =\n", "time_zone", 1},
	    {"nonsense\n", "", 1},
	    {"ledger = /a\n  slots_max = 7\n", "ledger", 2}, /* a continued value */
	    {"[open\n", "", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		config_init(&config);
		assert_int_equal(config_parse(&config, files[i].text, &fault),
				 RESULT_CONFIG_INVALID);
		assert_string_equal(fault.key, files[i].key);
		assert_int_equal(fault.line, files[i].line);
		assert_non_null(fault.reason);
	}
}

static void one_setting(void **state)
{
	(void)state;
	config_init(&config);
	assert_int_equal(config_set(&config, "slots_max", "9", &fault), RESULT_OK);
	assert_int_equal(config.slots_max, 9);
	assert_int_equal(config_set(&config, "slots", "9", &fault), RESULT_CONFIG_INVALID);
	assert_string_equal(fault.key, "slots");
	assert_int_equal(config_read(&config, "/nonexistent/titolid.conf", &fault),
			 RESULT_CONFIG_INVALID);
}

static void count_one(void *context, const char *key, const char *value, const char *unit,
		      const char *meaning)
{
	uint32_t *count = context;
	struct config copy;

	assert_non_null(unit);
	assert_true(strlen(meaning) > 5);
	/* What is told is what would be read. */
	config_init(&copy);
	if (strcmp(key, "ledger") != 0)
		assert_int_equal(config_set(&copy, key, value, &fault), RESULT_OK);
	(*count)++;
}

static void all_are_told(void **state)
{
	uint32_t count = 0;
	uint32_t rows = 0;

	(void)state;
#define K(...) rows++;
	CONFIGS(K)
#undef K
	config_init(&config);
	config_each(&config, count_one, &count);
	assert_int_equal(count, rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_are_within_their_bounds),
	    cmocka_unit_test(a_file_is_read),
	    cmocka_unit_test(faults_name_key_and_line),
	    cmocka_unit_test(one_setting),
	    cmocka_unit_test(all_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
