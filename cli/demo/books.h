/* The books as the balances report tells them, gathered by comune and fund. */
#ifndef CLI_DEMO_BOOKS_H
#define CLI_DEMO_BOOKS_H

#include "cli/demo/call.h"

/* Cents. */
struct books_part {
	int64_t committed;   /* F140 */
	int64_t disputed;    /* F155 */
	int64_t redeemed;    /* F150 */
	int64_t settled;     /* F160, F165 */
	int64_t paid;	     /* F170, F175 */
	int64_t paid_net;    /* F170 alone */
	int64_t recoverable; /* F190 */
	int64_t free;	     /* C120 */
	int64_t used;	     /* C140 */
};

struct books {
	struct books_part parts[DEMO_COMUNI_MAX][DEMO_FUNDS];
	int64_t available[DEMO_FUNDS]; /* F110 */
	uint32_t unknown;	       /* rows that fit nowhere */
};

/* All of a part that the ceilings count. */
int64_t books_held(const struct books_part *part);
/* One comune over all funds. */
struct books_part books_of_comune(const struct books *books, uint32_t comune);

/* The place of a fund of these, by its year ("FNPS-2026"), and of a comune; their count: none. */
uint32_t books_fund(const char *fund_year);
uint32_t books_comune(const struct demo_world *world, const char *istat);

void books_read(const struct demo *demo, struct books *ret_books);

#endif
