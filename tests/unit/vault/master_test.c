/* The master key's file: who may read it, what it may hold, where systemd puts it. */
#include "engine/vault/master.h"

#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[TEST_FOLDER_SIZE];
static char path[TEST_FOLDER_SIZE + 16];

static int make_folder(void **state)
{
	(void)state;
	test_folder_make("vault_master", folder);
	(void)snprintf(path, sizeof(path), "%s/key", folder);
	return 0;
}

static void write_key(const char *text, mode_t mode)
{
	FILE *file;

	(void)unlink(path);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

#define DIGITS "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void what_was_made_is_read(void **state)
{
	struct cipher_key first;
	struct cipher_key second;

	(void)state;
	assert_int_equal(master_load(path, NULL, &first), RESULT_NOT_FOUND);
	assert_int_equal(master_create(path), RESULT_OK);
	assert_int_equal(master_create(path), RESULT_ALREADY_EXISTS);
	assert_int_equal(master_load(path, NULL, &first), RESULT_OK);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(master_create(path), RESULT_OK);
	assert_int_equal(master_load(path, NULL, &second), RESULT_OK);
	assert_memory_not_equal(&first, &second, sizeof(first));
}

static void others_may_not_read_it(void **state)
{
	static const mode_t bad[] = {0640, 0604, 0660, 0610, 0601, 0777};
	struct cipher_key key;

	(void)state;
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_key(DIGITS "\n", bad[i]);
		assert_int_equal(master_load(path, NULL, &key), RESULT_CONFIG_INVALID);
	}
	write_key(DIGITS "\n", 0400);
	assert_int_equal(master_load(path, NULL, &key), RESULT_OK);
	assert_int_equal(key.bytes[31], 31);
}

static void nothing_but_digits(void **state)
{
	static const char *const bad[] = {"", "00", DIGITS "0", DIGITS "\n\n", "zz" DIGITS,
					  DIGITS " "};
	struct cipher_key key;

	(void)state;
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_key(bad[i], 0600);
		assert_int_equal(master_load(path, NULL, &key), RESULT_CONFIG_INVALID);
	}
	write_key(DIGITS, 0600);
	assert_int_equal(master_load(path, NULL, &key), RESULT_OK);
}

static void systemd_hands_it_over(void **state)
{
	struct cipher_key key;
	char link_path[TEST_FOLDER_SIZE + 16];

	(void)state;
	write_key(DIGITS, 0440); /* as systemd leaves it, in a folder of its own */
	assert_int_equal(master_load("credential:key", folder, &key), RESULT_OK);
	assert_int_equal(master_load("credential:key", NULL, &key), RESULT_CONFIG_INVALID);
	assert_int_equal(master_load("credential:", folder, &key), RESULT_CONFIG_INVALID);
	assert_int_equal(master_load("credential:../key", folder, &key), RESULT_CONFIG_INVALID);
	assert_int_equal(master_load("credential:other", folder, &key), RESULT_NOT_FOUND);
	assert_int_equal(master_load("", folder, &key), RESULT_CONFIG_INVALID);
	(void)snprintf(link_path, sizeof(link_path), "%s/link", folder);
	assert_int_equal(symlink("key", link_path), 0);
	assert_int_equal(master_load("credential:link", folder, &key), RESULT_CONFIG_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(what_was_made_is_read, make_folder),
	    cmocka_unit_test_setup(others_may_not_read_it, make_folder),
	    cmocka_unit_test_setup(nothing_but_digits, make_folder),
	    cmocka_unit_test_setup(systemd_hands_it_over, make_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
