/* Journal entries: what goes in comes out, sizes are bounded, and damaged bytes are refused without
 * reading outside them. */
#include "engine/ledger/entry.h"

#include "engine/base/codec.h"
#include "engine/ledger/batch.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/layout.h"
#include "tests/support/random.h"
#include "tests/support/synthetic_ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct synthetic_ledger ledger;
static struct effects effects;
static struct entry_pack *writer;
static struct entry_pack *reader;
static void *effects_memory;
static uint64_t sequence;

/* Judges, encodes into memory of exactly the size, applies. */
static uint8_t *encode_next(const struct command *command, uint32_t *ret_size)
{
	struct outcome outcome;
	struct instant now = {(int64_t)sequence * 1000};
	synthetic_decide(&effects, command, now, sequence, &outcome);
	if (effects.write_count == 0)
		return NULL;
	struct entry_head head = {
	    .sequence = sequence,
	    .at = now,
	    .zone_version = 7,
	    .rules_version = 3,
	    .result = (uint16_t)outcome.result,
	    .cause = (uint16_t)outcome.cause,
	};
	uint32_t size_max = entry_size_max(command, &effects);
	uint8_t *room = malloc(size_max);
	uint32_t size = entry_encode(&head, command, &effects, room);
	assert_true(size <= size_max);
	uint8_t *exact = malloc(size);
	memcpy(exact, room, size);
	free(room);
	apply_effects(&ledger.state, &effects);
	sequence++;
	*ret_size = size;
	return exact;
}

static struct batch_entry given_of(const uint8_t *bytes, uint32_t size, uint64_t at)
{
	return (struct batch_entry){
	    .sequence = at,
	    .type = {.version = ENTRY_VERSION_PLAIN, .kind = ENTRY_KIND},
	    .bytes = bytes,
	    .size = size,
	};
}

/* The same entry as the next of a packed batch. */
static struct batch_entry pack(const struct batch_entry *plain)
{
	struct entry_packed packed;
	memcpy(entry_pack_room(writer), plain->bytes, plain->size);
	assert_true(entry_pack_write(writer, plain->size, &packed));
	entry_pack_keep(writer);
	struct batch_entry given = *plain;
	given.type.version = ENTRY_VERSION;
	given.bytes = packed.bytes;
	given.size = packed.size;
	return given;
}

static int setup(void **state)
{
	(void)state;
	synthetic_ledger_make(&ledger, 4000);
	effects_memory = aligned_alloc(64, EFFECTS_MEMORY_SIZE);
	memset(effects_memory, 0, EFFECTS_MEMORY_SIZE);
	effects_init(&effects, &ledger.state, effects_memory);
	sequence = 1;
	assert_int_equal(entry_pack_open(&writer), RESULT_OK);
	assert_int_equal(entry_pack_open(&reader), RESULT_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	entry_pack_close(writer);
	entry_pack_close(reader);
	free(effects_memory);
	synthetic_ledger_free(&ledger);
	return 0;
}

static void check_against_effects(struct entry *entry)
{
	struct entry_write write;
	for (uint32_t i = 0; i < effects.write_count; i++) {
		union layout_record record;
		const struct effect_write *made = &effects.writes[i];
		assert_true(entry_next_write(entry, &write));
		assert_int_equal(write.kind, made->kind);
		assert_int_equal(write.id, made->id);
		struct layout_source source = {
		    .bytes = write.bytes,
		    .size = write.size,
		    .kind = write.kind,
		    .version = write.version,
		};
		assert_true(layout_decode(&source, &record));
		assert_memory_equal(&record, made->record,
		    record_info((enum record_kind)made->kind)->set.struct_size);
	}
	assert_false(entry_next_write(entry, &write));
	assert_int_equal(entry->posting_count, effects.posting_count);
	for (uint32_t i = 0; i < effects.posting_count; i++) {
		struct posting posting;
		assert_true(entry_posting(entry, i, &posting));
		assert_memory_equal(&posting, &effects.postings[i], sizeof(posting));
	}
}

static void what_goes_in_comes_out(void **state)
{
	(void)state;
	struct instant start = {5000000};
	for (uint64_t number = 0; number < 1500; number++) {
		struct command command = number == 0
					     ? synthetic_genesis(CLOCK_MODE_SYSTEM, start)
					     : synthetic_command(number);
		uint64_t at = sequence;
		uint32_t size = 0;
		uint8_t *bytes = encode_next(&command, &size);
		if (bytes == NULL)
			continue;
		struct batch_entry given = given_of(bytes, size, at);
		struct entry entry;
		struct command back;
		if (number % 50 == 0) { /* a new batch */
			entry_pack_begin(writer);
			entry_pack_begin(reader);
		}
		struct batch_entry packed = pack(&given);
		assert_true(entry_open(reader, &given, &entry));
		assert_true(entry_open(reader, &packed, &entry));
		assert_int_equal(entry.head.sequence, at);
		assert_int_equal(entry.head.at.us, (int64_t)at * 1000);
		assert_int_equal(entry.head.zone_version, 7);
		assert_int_equal(entry.head.rules_version, 3);
		assert_int_equal(entry.head.command, command.kind);
		assert_true(entry_command(&entry, &back));
		assert_memory_equal(&back, &command, sizeof(command));
		check_against_effects(&entry);
		free(bytes);
	}
}

/* Flips, cuts and lengthens: an answer each time, and what is accepted can be walked. */
static void damaged_bytes_are_walked_safely(void **state)
{
	(void)state;
	struct test_random random = test_random_make("damaged_bytes_are_walked_safely");
	struct instant start = {5000000};
	struct command command = synthetic_genesis(CLOCK_MODE_SYSTEM, start);
	uint32_t size = 0;
	uint8_t *bytes = encode_next(&command, &size);
	for (int round = 0; round < 200000; round++) {
		if (round % 2000 == 0 && round > 0) {
			free(bytes);
			bytes = NULL;
			while (bytes == NULL) {
				command = synthetic_command((uint64_t)test_random_below(&random, 1u << 20));
				bytes = encode_next(&command, &size);
			}
		}
		uint32_t length = size;
		if (test_random_below(&random, 3) == 0)
			length = (uint32_t)test_random_below(&random, size + 1u);
		uint8_t *copy = malloc(length == 0 ? 1 : length);
		memcpy(copy, bytes, length);
		for (uint64_t flips = test_random_below(&random, 4); flips > 0 && length > 0; flips--)
			copy[test_random_below(&random, length)] =
			    (uint8_t)test_random_u64(&random);
		struct batch_entry given = given_of(copy, length, sequence - 1);
		struct entry entry;
		if (entry_open(reader, &given, &entry)) {
			struct entry_write write;
			struct command back;
			uint32_t writes = 0;
			while (entry_next_write(&entry, &write))
				writes++;
			assert_int_equal(writes, entry.write_count);
			for (uint32_t i = 0; i < entry.posting_count; i++) {
				struct posting posting;
				(void)!entry_posting(&entry, i, &posting);
			}
			(void)!entry_command(&entry, &back);
		}
		free(copy);
	}
	free(bytes);
}

static void another_sequence_or_version_is_refused(void **state)
{
	(void)state;
	struct command command = synthetic_genesis(CLOCK_MODE_SYSTEM, (struct instant){0});
	uint32_t size = 0;
	uint8_t *bytes = encode_next(&command, &size);
	struct entry entry;
	struct batch_entry given = given_of(bytes, size, 2);
	assert_false(entry_open(reader, &given, &entry));
	given = given_of(bytes, size, 1);
	assert_true(entry_open(reader, &given, &entry));
	entry_pack_begin(writer);
	given = pack(&given);
	assert_true(entry_open(reader, &given, &entry));
	given.sequence++;
	assert_false(entry_open(reader, &given, &entry));
	given.sequence--;
	given.type.version = ENTRY_VERSION + 1;
	assert_false(entry_open(reader, &given, &entry));
	given.type.version = ENTRY_VERSION;
	given.type.kind = ENTRY_KIND + 1;
	assert_false(entry_open(reader, &given, &entry));
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_goes_in_comes_out, setup, teardown),
	    cmocka_unit_test_setup_teardown(damaged_bytes_are_walked_safely, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		another_sequence_or_version_is_refused, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
