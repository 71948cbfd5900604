/* The auditor's readers of bytes: check sums, packed entries, records; each form that is not the one
 * of the page is refused. */
#include "engine/audit/packing.h"

#include "engine/audit/bytes.h"
#include "engine/audit/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct packing *make(void)
{
	struct packing *packing = calloc(1, sizeof(*packing));
	assert_non_null(packing);
	packing->entry = calloc(1, PACKING_BATCH_MAX + 8);
	assert_non_null(packing->entry);
	packing_begin(packing);
	return packing;
}

static void drop(struct packing *packing)
{
	free(packing->entry);
	free(packing);
}

static void check_sums_are_those_of_the_page(void **state)
{
	(void)state;
	const uint8_t bytes[] = {1, 2, 0, 0, 0, 0, 0, 0x80};
	assert_int_equal(bytes_crc32c(0, "123456789", 9), 0xe3069283u);
	assert_int_equal(bytes_crc32c(bytes_crc32c(0, "1234", 4), "56789", 5), 0xe3069283u);
	struct reader reader = bytes_reader(bytes, sizeof(bytes));
	assert_int_equal(bytes_u16(&reader), 0x0201);
	assert_int_equal(bytes_u32(&reader), 0);
	assert_int_equal(bytes_u16(&reader), 0x8000);
	assert_int_equal(bytes_u8(&reader), 0);
	assert_true(reader.failed);
}

/* Three bytes 5 0 7 in slot 2, then the same but for one byte. */
static void entries_are_told_by_their_difference(void **state)
{
	(void)state;
	const uint8_t first[] = {3, 0, 0, 2, 1, 5, 5, 7};
	const uint8_t second[] = {3, 0, 0, 2, 1, 2, 9};
	const uint8_t same[] = {3, 0, 0, 2, 0};
	struct packing *packing = make();
	uint32_t size = 0;
	assert_null(packing_take(packing, first, sizeof(first), &size));
	assert_int_equal(size, 3);
	assert_memory_equal(packing->entry, "\5\0\7", 3);
	assert_null(packing_take(packing, second, sizeof(second), &size));
	assert_memory_equal(packing->entry, "\5\11\7", 3);
	assert_null(packing_take(packing, same, sizeof(same), &size));
	assert_memory_equal(packing->entry, "\5\11\7", 3);
	packing_begin(packing);
	assert_null(packing_take(packing, second, sizeof(second), &size));
	assert_memory_equal(packing->entry, "\0\11\0", 3);
	drop(packing);
}

static void other_forms_are_refused(void **state)
{
	(void)state;
	static const struct {
		uint8_t bytes[12];
		size_t size;
	} wrong[] = {
	    {{3, 0, 0}, 3},                      /* no head */
	    {{0, 0, 0, 2, 0}, 5},                /* no length */
	    {{3, 0, 0, 16, 1, 1, 5}, 7},         /* no such slot */
	    {{3, 0, 0, 255, 1, 1, 5}, 7},        /* short, and in no slot */
	    {{3, 0, 0, 2}, 4},                   /* ends before its map */
	    {{3, 0, 0, 2, 1, 5, 5}, 7},          /* ends before its bytes */
	    {{3, 0, 0, 2, 2, 1, 5}, 7},          /* a word that is not there */
	    {{3, 0, 0, 2, 1, 0}, 6},             /* an empty map */
	    {{3, 0, 0, 2, 1, 1, 0}, 7},          /* a byte that is zero */
	    {{3, 0, 0, 2, 1, 8, 5}, 7},          /* a byte behind the entry */
	    {{3, 0, 0, 2, 1, 1, 5, 9}, 8},       /* bytes behind it all */
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct packing *packing = make();
		uint32_t size;
		assert_non_null(packing_take(packing, wrong[i].bytes, wrong[i].size, &size));
		drop(packing);
	}
}

static void records_fill_their_bytes(void **state)
{
	(void)state;
	/* tariff: 22,60, act "A1", service 1, from day 20454 */
	const uint8_t tariff[] = {0xd4, 8, 0, 0, 0, 0, 0, 0, 2, 'A', '1', 1, 0, 0, 0, 0xe6, 0x4f, 0, 0};
	int64_t values[FIELDS_MAX];
	assert_null(layout_read_record(KIND_TARIFF, tariff, sizeof(tariff), values));
	assert_int_equal(values[TARIFF_NET_CENTS], 2260);
	assert_int_equal(values[TARIFF_ACT], (int64_t)'A' << 56 | (int64_t)'1' << 48);
	assert_int_equal(values[TARIFF_SERVICE], 1);
	assert_int_equal(values[TARIFF_VALID_FROM], 20454);
	assert_non_null(layout_read_record(KIND_TARIFF, tariff, sizeof(tariff) - 1, values));
	uint8_t longer[sizeof(tariff) + 1] = {0};
	memcpy(longer, tariff, sizeof(tariff));
	assert_non_null(layout_read_record(KIND_TARIFF, longer, sizeof(longer), values));
	longer[9] = 0;
	assert_non_null(layout_read_record(KIND_TARIFF, longer, sizeof(tariff), values));
	assert_int_equal(layout_field_count(0), 0);
	assert_int_equal(layout_field_count(KIND_MAX), 0);
}

/* Ids are given in order; those of accounts follow from their owners. */
static void ids_are_given_in_order(void **state)
{
	(void)state;
	struct ledger ledger = {0};
	const int64_t row[FIELDS_MAX] = {7};
	int64_t before[FIELDS_MAX];
	assert_non_null(ledger_put(&ledger, KIND_FUND_YEAR, 2, row, before));
	assert_non_null(ledger_put(&ledger, KIND_FUND_ACCOUNT, 32, row, before));
	assert_null(ledger_put(&ledger, KIND_FUND_YEAR, 1, row, before));
	assert_null(ledger_put(&ledger, KIND_FUND_ACCOUNT, 34, row, before));
	assert_int_equal(before[0], 0);
	assert_null(ledger_put(&ledger, KIND_FUND_ACCOUNT, 34, row, before));
	assert_int_equal(before[0], 7);
	assert_int_equal(ledger_row(&ledger, KIND_FUND_ACCOUNT, 33)[0], 0);
	assert_int_equal(ledger_row(&ledger, KIND_FUND_ACCOUNT, 9999)[0], 0);
	assert_non_null(ledger_put(&ledger, KIND_FUND_ACCOUNT, 64, row, before));
	assert_non_null(ledger_put(&ledger, KIND_FUND_YEAR, 0, row, before));
	ledger_free(&ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(check_sums_are_those_of_the_page),
	    cmocka_unit_test(entries_are_told_by_their_difference),
	    cmocka_unit_test(other_forms_are_refused),
	    cmocka_unit_test(records_fill_their_bytes),
	    cmocka_unit_test(ids_are_given_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
