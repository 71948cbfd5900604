/* The courier's configuration: what it takes, and that what it refuses names file, line and key. */
#include "cli/courier_config.h"

#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define GENERAL "outbox = /srv/outbox\nstate = /srv/state\n"

static char folder[TEST_FOLDER_SIZE];
static struct courier_config config;

static const char *write_as(const char *name, const char *text, mode_t mode)
{
	static char path[TEST_FOLDER_SIZE + 32];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)remove(path);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	(void)fclose(file);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static enum result load(const char *text)
{
	return courier_config_load(&config, write_as("courier.conf", text, 0600));
}

static void refused(const char *text, uint32_t line, const char *word)
{
	char place[32];
	(void)snprintf(place, sizeof(place), "courier.conf:%u: ", line);
	assert_int_equal(load(text), RESULT_CONFIG_INVALID);
	if (strstr(config.fault, place) == NULL || strstr(config.fault, word) == NULL)
		fail_msg("«%s» does not say %s%s", config.fault, place, word);
	courier_config_free(&config);
}

static void everything_is_taken(void **state)
{
	(void)state;
	char text[2048];
	char secret[TEST_FOLDER_SIZE + 32];
	(void)snprintf(secret, sizeof(secret), "%s",
		       write_as("secret", "  whsec_AAAA\n", 0600));
	(void)snprintf(text, sizeof(text),
		       "# a comment\n; another\n" GENERAL "allow = bank.example:8443 /srv/out\n"
		       "poll_s = 7\nkeep_sent = no\nfloor_s = 9\n\n[TESORERIA]\n"
		       "user = titoli\nkey_file = /etc/key\nknown_hosts = /etc/known\nparallel = 3\n"
		       "[AVVISI]\nsecret_file = %s\nhonours_key = yes\ntoken = abc\n",
		       secret);
	assert_int_equal(load(text), RESULT_OK);
	assert_string_equal(config.outbox, "/srv/outbox");
	assert_string_equal(config.allow, "bank.example:8443 /srv/out");
	assert_int_equal(config.poll_s, 7);
	assert_int_equal(config.limits.floor_s, 9);
	assert_int_equal(config.backoff_s, 30);
	assert_false(config.keep_sent);
	const struct courier_section *bank = courier_config_find(&config, "TESORERIA");
	const struct courier_section *hook = courier_config_find(&config, "AVVISI");
	assert_null(courier_config_find(&config, "NONE"));
	assert_int_equal(bank->parallel, 3);
	assert_int_equal(hook->parallel, 1);
	assert_true(hook->honours_key);
	struct transfer_access access = courier_config_access(bank);
	assert_string_equal(access.user, "titoli");
	assert_string_equal(access.key_file, "/etc/key");
	assert_string_equal(access.known_hosts, "/etc/known");
	assert_null(access.token);
	assert_string_equal(hook->texts[COURIER_SECRET], "whsec_AAAA");
	assert_string_equal(courier_config_access(hook).token, "abc");
	courier_config_free(&config);
}

static void faults_name_their_line(void **state)
{
	(void)state;
	refused("outbox = /a\n", 1, "state");
	refused("state = /a\n", 1, "outbox");
	refused(GENERAL "nonsense\n", 3, "key = value");
	refused(GENERAL "colour = red\n", 3, "unknown key: colour");
	refused(GENERAL "outbox = /b\n", 3, "given twice");
	refused("outbox = relative\n", 1, "absolute");
	refused(GENERAL "poll_s = 0\n", 3, "poll_s is 1 to 3600");
	refused(GENERAL "poll_s = 3601\n", 3, "poll_s is 1 to 3600");
	refused(GENERAL "poll_s = soon\n", 3, "poll_s is 1 to 3600");
	refused(GENERAL "poll_s =\n", 3, "no value");
	refused(GENERAL "keep_sent = maybe\n", 3, "yes or no");
	refused(GENERAL "backoff_s = 10\nbackoff_max_s = 9\n", 4, "backoff_max_s");
	refused(GENERAL "[two words]\n", 3, "code");
	refused(GENERAL "[SEVENTEEN-LETTERS]\n", 3, "code");
	refused(GENERAL "[A]\n[A]\n", 4, "given twice: A");
	refused(GENERAL "[A]\npoll_s = 1\n", 4, "unknown key: poll_s");
	refused(GENERAL "[A]\nparallel = 17\n", 4, "parallel is 1 to 16");
	refused(GENERAL "[A]\nuser = a\nuser = b\n", 5, "given twice");
	refused(GENERAL "[A]\ntoken = a\ntoken_file = /etc/hostname\n", 5, "given twice");
	refused(GENERAL "[A]\ntoken_file = /no/such/file\n", 4, "cannot read");
	refused(GENERAL "[A]\nkey_file = key\n", 4, "absolute");
	refused(GENERAL "[A]\nkey_file = credential:key\n", 4, "credential");
	assert_int_equal(courier_config_load(&config, "/no/such/file"), RESULT_CONFIG_INVALID);
	assert_non_null(strstr(config.fault, "/no/such/file"));
}

static void secrets_of_files_that_others_read(void **state)
{
	(void)state;
	static const char *const secrets[] = {"token = a", "password = a", "secret = a"};
	char text[256];
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		(void)snprintf(text, sizeof(text), GENERAL "[A]\n%s\n", secrets[i]);
		assert_int_equal(load(text), RESULT_OK);
		courier_config_free(&config);
		for (mode_t mode = 0604; mode <= 0640; mode += 0640 - 0604) {
			assert_int_equal(
			    courier_config_load(&config, write_as("courier.conf", text, mode)),
			    RESULT_CONFIG_INVALID);
			assert_non_null(strstr(config.fault, "chmod 600"));
			courier_config_free(&config);
		}
	}
	assert_int_equal(courier_config_load(
			     &config, write_as("courier.conf", GENERAL "[A]\nuser = a\n", 0644)),
			 RESULT_OK);
	courier_config_free(&config);
}

static void credentials_of_systemd(void **state)
{
	(void)state;
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	(void)write_as("token", "from systemd\n", 0400);
	assert_int_equal(load(GENERAL "[A]\ntoken_file = credential:token\n"
				      "key_file = credential:key\n"),
			 RESULT_OK);
	const struct courier_section *section = courier_config_find(&config, "A");
	char key[TEST_FOLDER_SIZE + 8];
	(void)snprintf(key, sizeof(key), "%s/key", folder);
	assert_string_equal(section->texts[COURIER_TOKEN], "from systemd");
	assert_string_equal(section->texts[COURIER_KEY_FILE], key);
	courier_config_free(&config);
	refused(GENERAL "[A]\nkey_file = credential:../key\n", 4, "credential");
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

int main(void)
{
	test_folder_make("courier-config", folder);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_taken),
	    cmocka_unit_test(faults_name_their_line),
	    cmocka_unit_test(secrets_of_files_that_others_read),
	    cmocka_unit_test(credentials_of_systemd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
