/* CRC-32C: published vectors (RFC 3720 appendix B.4, and the usual "123456789"), and the fast way
 * against the table. */
#include "engine/base/crc32c.h"

#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void published_vectors(void **state)
{
	(void)state;
	unsigned char bytes[32];
	assert_int_equal(crc32c("123456789", 9), 0xE3069283u);
	assert_int_equal(crc32c("", 0), 0);
	assert_int_equal(crc32c(NULL, 0), 0);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(crc32c(bytes, sizeof(bytes)), 0x8A9136AAu);
	memset(bytes, 0xFF, sizeof(bytes));
	assert_int_equal(crc32c(bytes, sizeof(bytes)), 0x62A8AB43u);
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	assert_int_equal(crc32c(bytes, sizeof(bytes)), 0x46DD794Eu);
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(31 - i);
	assert_int_equal(crc32c(bytes, sizeof(bytes)), 0x113FDB5Cu);
	/* An iSCSI read command. */
	static const unsigned char read_command[48] = {
	    0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0,
	    0,    0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0};
	assert_int_equal(crc32c(read_command, sizeof(read_command)), 0xD9963A56u);
}

/* Every length to 300, every alignment, every way to cut in two. */
static void fast_equals_table(void **state)
{
	(void)state;
	struct test_random random = test_random_make("fast_equals_table");
	static unsigned char bytes[400];
	test_random_bytes(&random, bytes, sizeof(bytes));
	for (size_t offset = 0; offset < 9; offset++) {
		for (size_t size = 0; size <= 300; size++) {
			const unsigned char *data = bytes + offset;
			uint32_t whole = crc32c(data, size);
			assert_int_equal(whole, crc32c_extend_portable(0, data, size));
			size_t cut = test_random_below(&random, size + 1);
			uint32_t first = crc32c(data, cut);
			assert_int_equal(whole, crc32c_extend(first, data + cut, size - cut));
			assert_int_equal(whole,
					 crc32c_extend_portable(first, data + cut, size - cut));
		}
	}
}

/* Every flipped bit and every pair of neighbouring wrong bytes of a record is seen. */
static void damage_is_seen(void **state)
{
	(void)state;
	struct test_random random = test_random_make("damage_is_seen");
	unsigned char record[256];
	test_random_bytes(&random, record, sizeof(record));
	uint32_t right = crc32c(record, sizeof(record));
	for (size_t bit = 0; bit < sizeof(record) * 8; bit++) {
		record[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_int_not_equal(crc32c(record, sizeof(record)), right);
		record[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	for (size_t at = 0; at + 4 <= sizeof(record); at++) {
		uint32_t burst = (uint32_t)test_random_u64(&random) | 1u;
		unsigned char kept[4];
		memcpy(kept, record + at, 4);
		for (size_t i = 0; i < 4; i++)
			record[at + i] ^= (unsigned char)(burst >> 8 * i);
		assert_int_not_equal(crc32c(record, sizeof(record)), right);
		memcpy(record + at, kept, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_vectors),
	    cmocka_unit_test(fast_equals_table),
	    cmocka_unit_test(damage_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
