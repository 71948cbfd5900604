/* See visits_binary.h. */
#include "bench/load/visits_binary.h"

#include "engine/base/crc32c.h"
#include "engine/base/time.h"
#include "schemas/redemptions.def"

#include <assert.h>
#include <string.h>

#define OFFSET_MINUTES 120 /* summer time, until 25 October */
#define VISIT_MINUTES  30u

enum {
#define B(offset, width, form, member, text) HEADER_##member = offset,
	BINARY_HEADER(B)
#undef B
#define B(offset, width, form, member, text) LINE_##member = offset,
	BINARY_LINE(B)
#undef B
};

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they are");

static void put_u16(char *at, uint32_t number)
{
	const uint16_t half = (uint16_t)number;
	memcpy(at, &half, sizeof(half));
}

static void put_u32(char *at, uint32_t number)
{
	memcpy(at, &number, sizeof(number));
}

static void put_u64(char *at, uint64_t number)
{
	memcpy(at, &number, sizeof(number));
}

/* The worker of a title: "OP-" and its number, as in the other shapes. */
static void put_name(char *record, uint32_t voucher)
{
	char digits[10];
	uint32_t used = 0;
	memset(record, 0, BINARY_RECORD_SIZE);
	memcpy(record, "OP-", 3);
	record += 3;
	do {
		digits[used++] = (char)('0' + voucher % 10);
		voucher /= 10;
	} while (voucher > 0);
	while (used > 0)
		*record++ = digits[--used];
}

/* `month_us` is the instant of the month's first midnight. */
static void put_line(char *record, struct visit visit, uint32_t name, int64_t month_us)
{
	int64_t minutes = (int64_t)visit.minute - OFFSET_MINUTES;
	int64_t start = month_us + (int64_t)(visit.day - 1) * TIME_US_PER_DAY +
			minutes * 60 * TIME_US_PER_SECOND;
	memset(record, 0, BINARY_RECORD_SIZE);
	put_u64(record + LINE_id, visit.place + 1u);
	put_u64(record + LINE_start, (uint64_t)start);
	put_u32(record + LINE_voucher, visit.voucher);
	put_u16(record + LINE_minutes, VISIT_MINUTES);
	put_u16(record + LINE_operator, name);
}

static void put_header(char *header, uint32_t lines, uint32_t names)
{
	char *rest = header + BINARY_RECORD_SIZE;
	memset(header, 0, BINARY_RECORD_SIZE);
	memcpy(header + HEADER_magic, BINARY_MAGIC_REQUEST, BINARY_MAGIC_SIZE);
	put_u16(header + HEADER_version, BINARY_VERSION);
	put_u16(header + HEADER_record_size, BINARY_RECORD_SIZE);
	put_u32(header + HEADER_line_count, lines);
	put_u32(header + HEADER_name_count, names);
	uint32_t checksum = crc32c(header, HEADER_checksum);
	checksum = crc32c_extend(checksum, rest, (size_t)(lines + names) * BINARY_RECORD_SIZE);
	put_u32(header + HEADER_checksum, checksum);
}

uint32_t visits_binary(struct visits *visits, uint32_t provider, uint32_t lines, char *ret_body)
{
	static struct visit all[BINARY_LINES_MAX];
	const struct month october = {2026 * 12 + 9};
	int64_t month_us = month_first_day(october).number * TIME_US_PER_DAY;
	char *at = ret_body + BINARY_RECORD_SIZE;
	uint32_t names = 0;
	for (uint32_t i = 0; i < lines; i++) {
		all[i] = visits_next(visits, provider);
		if (i > 0 && all[i].voucher == all[i - 1].voucher)
			continue;
		put_name(at, all[i].voucher);
		at += BINARY_RECORD_SIZE;
		names++;
	}
	uint32_t name = 0;
	for (uint32_t i = 0; i < lines; i++) {
		name += i == 0 || all[i].voucher != all[i - 1].voucher;
		put_line(at, all[i], name, month_us);
		at += BINARY_RECORD_SIZE;
	}
	put_header(ret_body, lines, names);
	return (uint32_t)(at - ret_body);
}
