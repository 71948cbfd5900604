/* Months: see calendar.h. */
#include "engine/audit/calendar.h"

#define US_PER_SECOND INT64_C(1000000)
#define S_PER_DAY     INT64_C(86400)

/* Days since 1970-01-01 of a civil date: years begin in March, so that the leap day comes last. */
static int64_t days_of(int64_t year, int64_t month)
{
	int64_t from_march = (month + 9) % 12;
	int64_t y = month <= 2 ? year - 1 : year;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * from_march + 2) / 5 - 719468;
}

int64_t calendar_first_day(int64_t month)
{
	return days_of(month / 12, month % 12 + 1);
}

int64_t calendar_day(const struct ledger *ledger, int64_t instant)
{
	int64_t offset = 0;
	for (uint32_t id = 1; id <= ledger->counts[KIND_ZONE_ROW]; id++) {
		const int64_t *row = ledger_row(ledger, KIND_ZONE_ROW, id);
		if (row[ZONE_ROW_AT] > instant && id > 1)
			break;
		offset = row[ZONE_ROW_OFFSET_S_PLUS_DAY] - S_PER_DAY;
	}
	int64_t seconds = instant / US_PER_SECOND + offset;
	return seconds / S_PER_DAY;
}

int64_t calendar_month(const struct ledger *ledger, int64_t instant)
{
	int64_t day = calendar_day(ledger, instant);
	int64_t month = (1970 + day / 366) * 12;
	while (calendar_first_day(month + 1) <= day)
		month++;
	return month;
}
