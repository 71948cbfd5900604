/* A provider's list under any bytes, against a month of ours: whatever it says, the causes add up to
 * the whole difference (asserted where they are compared), and so do the rows. */
#include "connectors/format/difference.h"
#include "connectors/format/table_read.h"
#include "connectors/profiles/profile_file.h"
#include "engine/base/check.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER	   "connectors/profiles"
#define ROWS_MAX   256u
#define OURS	   6u
#define ARENA_SIZE (8u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct profile profiles[2];
static struct difference_ours records[OURS];
static struct difference_ours lines[2];
static struct difference_tariff tariffs[2];
static _Alignas(16) unsigned char memory[ARENA_SIZE];

static void make_ours(void)
{
	struct profile_file_fault fault;
	if (profile_file_load(FOLDER, "provider", &difference_theirs_set, &profiles[0], &fault) !=
		RESULT_OK ||
	    profile_file_load(FOLDER, "provider-it", &difference_theirs_set, &profiles[1],
			      &fault) != RESULT_OK)
		abort();
	for (uint32_t i = 0; i < OURS; i++) {
		struct difference_ours *record = &records[i];
		(void)check_number_format(i / 3 + 1, record->voucher);
		memcpy(record->service, "SAD_OSS", 7);
		memcpy(record->time, i % 2 == 0 ? "09:00" : "15:00", 5);
		if (!day_parse(slice_from_text(i % 3 == 0 ? "2026-01-01" : "2026-01-02"),
			       &record->day))
			abort();
		record->units = 60;
		record->per = 60;
		record->net = cents_from(2260);
		record->vat = cents_from(113);
		record->counts = i != 5;
	}
	for (uint32_t i = 0; i < 2; i++) {
		lines[i] = records[3 * i];
		lines[i].day = (struct day){0};
		lines[i].units = i == 0 ? 180 : 120;
		lines[i].net = cents_from(i == 0 ? 6780 : 4520);
		lines[i].vat = cents_from(i == 0 ? 339 : 226);
		memcpy(tariffs[i].service, "SAD_OSS", 7);
		tariffs[i].from = records[0].day;
		tariffs[i].rate = cents_from(i == 0 ? 2260 : 2400);
	}
}

static void compare(const struct difference_theirs *theirs, uint32_t count, bool has_vat)
{
	struct difference_case input = {.theirs = theirs,
					.theirs_count = count,
					.records = records,
					.record_count = OURS,
					.lines = lines,
					.line_count = 2,
					.tariffs = tariffs,
					.tariff_count = 2,
					.month = month_of_day(records[0].day),
					.vat_bp = 500,
					.has_vat = has_vat};
	struct difference_report report;
	struct arena arena;
	uint32_t line = 0;
	arena_init(&arena, memory, sizeof(memory));
	if (difference_memory(&input) > sizeof(memory))
		abort();
	enum difference_fault fault = difference_compare(&input, &arena, &report, &line);
	if (fault == DIFFERENCE_MEMORY)
		abort();
	if (fault != DIFFERENCE_NO_FAULT)
		return;
	struct cents sum = cents_zero();
	struct cents whole = cents_zero();
	for (uint32_t i = 0; i < report.row_count; i++)
		if (!cents_add(sum, report.rows[i].difference_cents, &sum))
			abort();
	if (!cents_add(report.net, report.vat, &whole) || !cents_equal(sum, whole))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct table_read reader;
	static struct difference_theirs theirs[ROWS_MAX];
	uint32_t count = 0;
	if (profiles[0].set == NULL)
		make_ours();
	if (size < 1 || size > 1u << 16)
		return 0;
	struct slice bytes = {(const char *)data + 1, (uint32_t)size - 1};
	if (!table_read_begin(&reader, &profiles[data[0] & 1], bytes))
		return 0;
	while (count < ROWS_MAX && table_read_row(&reader, &theirs[count]) == TABLE_READ_ROW) {
		theirs[count].line = reader.line;
		count++;
	}
	compare(theirs, count, (data[0] & 2) != 0);
	return 0;
}
