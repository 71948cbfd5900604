/* Layouts of records against the general codec: the same bytes, for every kind, for records that are
 * empty, full and random; and refusal of damaged bytes. */
#include "engine/ledger/layout.h"

#include "engine/base/codec.h"
#include "tests/support/random.h"
#include "tests/support/random_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 2000

static void agrees_with_the_codec(void **state)
{
	(void)state;
	struct test_random random = test_random_make("agrees_with_the_codec");
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++) {
		if (!record_kind_exists(kind))
			continue;
		assert_true(layout_kind_is_known(kind));
		const struct field_set *set = &record_info((enum record_kind)kind)->set;
		assert_int_equal(layout_size_max((enum record_kind)kind), codec_size_max(set));
		assert_int_equal(layout_version((enum record_kind)kind), set->version);
		for (int round = 0; round < ROUNDS; round++) {
			union layout_record record;
			union layout_record back;
			uint8_t ours[LAYOUT_SIZE_MAX];
			uint8_t theirs[LAYOUT_SIZE_MAX];
			random_fields(&random, set, &record);
			uint32_t size = layout_encode((enum record_kind)kind, &record, ours);
			assert_int_equal(size, codec_encode(set, &record, theirs));
			assert_memory_equal(ours, theirs, size);
			struct layout_source source = {
			    .bytes = ours,
			    .size = size,
			    .kind = (uint8_t)kind,
			    .version = set->version,
			};
			assert_true(layout_decode(&source, &back));
			assert_memory_equal(&back, &record, set->struct_size);
		}
	}
}

/* Both decoders accept and refuse the same damaged bytes. */
static void refuses_what_the_codec_refuses(void **state)
{
	(void)state;
	struct test_random random = test_random_make("refuses_what_the_codec_refuses");
	uint32_t refused = 0;
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++) {
		if (!record_kind_exists(kind))
			continue;
		const struct field_set *set = &record_info((enum record_kind)kind)->set;
		for (int round = 0; round < ROUNDS; round++) {
			union layout_record record;
			union layout_record back;
			uint8_t bytes[LAYOUT_SIZE_MAX + 8];
			random_fields(&random, set, &record);
			uint32_t size = layout_encode((enum record_kind)kind, &record, bytes);
			bytes[test_random_below(&random, size)] ^=
			    (uint8_t)(1u << test_random_below(&random, 8));
			if (test_random_below(&random, 4) == 0)
				size = (uint32_t)test_random_below(&random, size + 4u);
			/* The bytes lie at the end of their memory, so that reading on is seen. */
			uint8_t *exact = malloc(size == 0 ? 1 : size);
			memcpy(exact, bytes, size);
			struct layout_source source = {
			    .bytes = exact,
			    .size = size,
			    .kind = (uint8_t)kind,
			    .version = set->version,
			};
			bool ours = layout_decode(&source, &back);
			bool theirs = codec_decode(set, exact, size, &record);
			assert_int_equal(ours, theirs);
			if (ours)
				assert_memory_equal(&back, &record, set->struct_size);
			refused += !ours;
			free(exact);
		}
	}
	assert_true(refused > ROUNDS);
}

static void unknown_kinds_and_versions(void **state)
{
	(void)state;
	uint8_t bytes[LAYOUT_SIZE_MAX] = {0};
	union layout_record record;
	assert_false(layout_kind_is_known(0));
	assert_false(layout_kind_is_known(RECORD_KIND_MAX + 1));
	struct layout_source source = {.bytes = bytes, .size = 8, .kind = 200, .version = 1};
	assert_false(layout_decode(&source, &record));
	source.kind = RECORD_KIND_FUND_ACCOUNT;
	assert_true(layout_decode(&source, &record));
	source.version = 0;
	assert_false(layout_decode(&source, &record));
	source.version = 250;
	assert_false(layout_decode(&source, &record));
}

static void postings_agree_with_the_codec(void **state)
{
	(void)state;
	struct test_random random = test_random_make("postings_agree_with_the_codec");
	uint32_t refused = 0;
	assert_int_equal(codec_size_max(&posting_set), LAYOUT_POSTING_SIZE);
	for (int round = 0; round < ROUNDS; round++) {
		struct posting posting;
		struct posting back;
		struct posting theirs_back;
		uint8_t bytes[LAYOUT_POSTING_SIZE];
		uint8_t theirs[LAYOUT_POSTING_SIZE];
		random_fields(&random, &posting_set, &posting);
		layout_posting_encode(&posting, bytes);
		assert_int_equal(codec_encode(&posting_set, &posting, theirs), LAYOUT_POSTING_SIZE);
		assert_memory_equal(bytes, theirs, LAYOUT_POSTING_SIZE);
		assert_true(layout_posting_decode(layout_posting_version(), bytes, &back));
		assert_memory_equal(&back, &posting, sizeof(posting));
		assert_false(layout_posting_decode(
		    (uint8_t)(layout_posting_version() + 1), bytes, &back));
		bytes[test_random_below(&random, LAYOUT_POSTING_SIZE)] =
		    (uint8_t)test_random_u64(&random);
		bool good = layout_posting_decode(layout_posting_version(), bytes, &back);
		assert_int_equal(good,
		    codec_decode(&posting_set, bytes, LAYOUT_POSTING_SIZE, &theirs_back));
		if (good)
			assert_memory_equal(&back, &theirs_back, sizeof(back));
		refused += !good;
	}
	assert_true(refused > 0 && refused < ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agrees_with_the_codec),
	    cmocka_unit_test(refuses_what_the_codec_refuses),
	    cmocka_unit_test(unknown_kinds_and_versions),
	    cmocka_unit_test(postings_agree_with_the_codec),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
