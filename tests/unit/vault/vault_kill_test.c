/* SIGKILL before and after each write and sync of keys and lists, in every act that changes them:
 * the next opening finds before or after, never between. */
#include "tests/unit/vault/vault_world.h"

#include "engine/system/file.h"
#include "engine/vault/key_file.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PERSONS	    5u
#define CALLS_MAX   200u
#define FINISHED    3 /* what a child says that nothing stopped */

static struct vault_world world;
static char kept[TEST_FOLDER_SIZE];
static char kept_copies[TEST_FOLDER_SIZE];
static uint32_t calls_left; /* until the kill */
static bool kill_after;

static void count_call(bool is_after)
{
	if (is_after == kill_after && --calls_left == 0)
		(void)raise(SIGKILL);
}

static ssize_t counting_pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
	ssize_t written;

	count_call(false);
	written = file_ops_kernel()->pwrite(descriptor, bytes, size, offset);
	count_call(true);
	return written;
}

static int counting_fdatasync(int descriptor)
{
	int result;

	count_call(false);
	result = file_ops_kernel()->fdatasync(descriptor);
	count_call(true);
	return result;
}

static void surname(uint32_t person, char ret_text[32])
{
	(void)snprintf(ret_text, 32, "Cognome %u", person);
}

static void email(uint32_t person, char ret_text[32])
{
	(void)snprintf(ret_text, 32, "p%u@example.org", person);
}

static int prepare(void **state)
{
	(void)state;
	vault_world_make(&world, "vault_kill");
	test_folder_make("vault_kill_kept", kept);
	test_folder_make("vault_kill_kept_copies", kept_copies);
	assert_int_equal(vault_world_open(&world), RESULT_OK);
	for (uint32_t person = 1; person <= PERSONS; person++) {
		char text[32];

		surname(person, text);
		assert_int_equal(vault_world_write(&world, person, VAULT_FIELD_SURNAME, text),
				 RESULT_OK);
		email(person, text);
		assert_int_equal(vault_world_write(&world, person, VAULT_FIELD_EMAIL, text),
				 RESULT_OK);
	}
	vault_world_close(&world);
	test_folder_copy(world.folder, kept);
	test_folder_copy(world.copies, kept_copies);
	return 0;
}

/* Runs the act in a child that dies at the Nth call. True: it came to its end. */
static bool run(bool (*act)(void), uint32_t calls, bool after)
{
	int status = 0;
	pid_t child;

	vault_world_close(&world);
	test_folder_copy(kept, world.folder);
	test_folder_copy(kept_copies, world.copies);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct file_ops counting = *file_ops_kernel();

		counting.pwrite = counting_pwrite;
		counting.fdatasync = counting_fdatasync;
		if (vault_world_open(&world) != RESULT_OK)
			_exit(4);
		calls_left = calls;
		kill_after = after;
		(void)file_ops_replace(&counting);
		_exit(act() ? FINISHED : 5);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFSIGNALED(status))
		assert_int_equal(WEXITSTATUS(status), FINISHED);
	else
		assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_int_equal(vault_world_open(&world), RESULT_OK);
	return !WIFSIGNALED(status);
}

static bool is_whole(uint32_t person)
{
	char text[32];

	surname(person, text);
	if (!vault_world_has(&world, person, VAULT_FIELD_SURNAME, text))
		return false;
	email(person, text);
	return vault_world_has(&world, person, VAULT_FIELD_EMAIL, text) &&
	       vault_world_find(&world, VAULT_FIELD_EMAIL, text) == person;
}

static bool is_erased(uint32_t person)
{
	char text[32];

	email(person, text);
	return vault_world_read(&world, person) == RESULT_PERSON_ERASED &&
	       vault_world_find(&world, VAULT_FIELD_EMAIL, text) == 0;
}

/* One key in each slot, at most: none that no row needs was left. */
static void check_slots(void)
{
	struct key_file keys;

	assert_int_equal(key_file_open(world.folder, &keys), RESULT_OK);
	for (uint32_t person = 0; person < keys.slots; person++) {
		struct key_slot slot;

		assert_int_equal(key_file_read(&keys, person, &slot), RESULT_OK);
		assert_false(slot.halves[0].state == ROW_HALF_LIVE &&
			     slot.halves[1].state == ROW_HALF_LIVE);
	}
	key_file_close(&keys);
}

static bool act_erase(void)
{
	struct vault_access access = vault_world_access(2);

	return vault_erase(world.vault, &access) == RESULT_OK;
}

static bool act_write(void)
{
	return vault_world_write(&world, PERSONS + 1, VAULT_FIELD_EMAIL, "new@example.org") ==
	       RESULT_OK;
}

static bool act_rotate(void)
{
	bool done = false;

	if (vault_rotate(world.vault, (struct instant){5}) != RESULT_OK)
		return false;
	while (!done)
		if (vault_rotate_step(world.vault, &done) != RESULT_OK)
			return false;
	return true;
}

static void check_others(void)
{
	for (uint32_t person = 1; person <= PERSONS; person++)
		if (person != 2)
			assert_true(is_whole(person));
	check_slots();
}

static void in_an_erasure(void **state)
{
	uint32_t kills = 0;
	uint32_t before = 0;

	(void)state;
	for (uint32_t after = 0; after <= 1; after++)
		for (uint32_t calls = 1; calls < CALLS_MAX; calls++) {
			bool finished = run(act_erase, calls, after == 1);

			check_others();
			if (finished || is_erased(2))
				assert_true(is_erased(2));
			else
				assert_true(is_whole(2));
			before += is_whole(2) ? 1 : 0;
			kills += finished ? 0 : 1;
			if (finished)
				break;
		}
	/* Two lists and a slot, each written and synced, killed on both sides. */
	assert_int_equal(kills, 12);
	assert_true(before >= 1);
}

static void in_a_first_write(void **state)
{
	uint32_t kills = 0;

	(void)state;
	for (uint32_t after = 0; after <= 1; after++)
		for (uint32_t calls = 1; calls < CALLS_MAX; calls++) {
			bool finished = run(act_write, calls, after == 1);
			uint32_t found =
			    vault_world_find(&world, VAULT_FIELD_EMAIL, "new@example.org");

			check_others();
			assert_true(is_whole(2));
			assert_int_equal(found, finished ? PERSONS + 1 : 0);
			assert_int_equal(
			    vault_world_write(&world, PERSONS + 1, VAULT_FIELD_NAME, "Again"),
			    RESULT_OK);
			assert_true(
			    vault_world_has(&world, PERSONS + 1, VAULT_FIELD_NAME, "Again"));
			kills += finished ? 0 : 1;
			if (finished)
				break;
		}
	assert_int_equal(kills, 4);
}

static void in_a_rotation(void **state)
{
	uint32_t kills = 0;
	uint32_t resumed = 0;

	(void)state;
	for (uint32_t after = 0; after <= 1; after++)
		for (uint32_t calls = 1; calls < CALLS_MAX; calls++) {
			bool finished = run(act_rotate, calls, after == 1);
			struct vault_status status;
			bool done = false;

			check_others();
			assert_true(is_whole(2));
			vault_status(world.vault, &status);
			resumed += status.is_rotating && !finished ? 1 : 0;
			assert_false(finished && status.is_rotating);
			while (!done)
				assert_int_equal(vault_rotate_step(world.vault, &done),
						 RESULT_OK);
			check_others();
			assert_true(is_whole(2));
			kills += finished ? 0 : 1;
			if (finished)
				break;
		}
	/* New halves, sync, old halves, sync, and the index's slot. */
	assert_int_equal(kills, 2 * (2 * PERSONS + 2 + 4));
	assert_true(resumed >= kills - 2);
}

static int close_all(void **state)
{
	(void)state;
	vault_world_close(&world);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(in_an_erasure, prepare, close_all),
	    cmocka_unit_test_setup_teardown(in_a_first_write, prepare, close_all),
	    cmocka_unit_test_setup_teardown(in_a_rotation, prepare, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
