/* What reports share: a report as data, and where the money of a statement's lines stands. */
#ifndef ENGINE_API_REPORT_PARTS_H
#define ENGINE_API_REPORT_PARTS_H

#include "engine/api/fold.h"
#include "engine/api/json.h"
#include "engine/api/view.h"

#define REPORT_RECORD_WORDS (READ_RECORD_SIZE_MAX / 8)

/* A record under the walk, aligned for every kind. */
struct report_walk {
	uint64_t record[REPORT_RECORD_WORDS];
	uint32_t id;
};

/* A report: what it gathers, what it makes of the sums, how it writes a row. */
struct report {
	void (*gather)(struct view *view, struct fold *fold);
	void (*write)(struct view *view, struct json *json, const struct fold_row *row);
	uint32_t values;
	bool (*is_listed)(const struct fold_row *row);		  /* NULL: every row */
	void (*finish)(struct view *view, struct fold *fold);	   /* NULL: nothing more */
};

/* Where the money of a statement's lines stands. */
enum report_place {
	REPORT_NOWHERE,
	REPORT_REDEEMED, /* F150 */
	REPORT_SETTLED,	 /* F160 and F165, and beyond */
	REPORT_WITHHELD, /* F168 and F165 */
	REPORT_PAID,	 /* F170 and F175 */
};

enum report_place report_place_of(const struct statement *statement);

/* The accounts of net and VAT of a line that was approved. */
uint32_t report_net_slot(enum report_place place);
uint32_t report_vat_slot(enum report_place place);

/* Does a filter of the report take this? 0 in the filter means all. */
bool report_wants(uint32_t filter, uint32_t value);

bool report_wants_month(const struct query *query, struct month month);

/* The legal day of what the query sees. */
struct day report_today(const struct view *view);

/* The comune of a title; 0 where it is not to be found. */
uint32_t report_comune_of(struct view *view, struct voucher_id voucher);

/* The fund year of a ceiling on one fund and year; 0 when it is of another sort. */
uint32_t report_ceiling_year(struct view *view, const struct ceiling *ceiling);

/* Values of a row under their names, in order. */
void report_write_values(struct json *json, const struct fold_row *row, const char *const *names,
			 uint32_t count);

/* Name and identifier of a comune. */
void report_write_comune(struct view *view, struct json *json, uint32_t comune);

#endif
