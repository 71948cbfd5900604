/* Visits in time: what else happened to the same person, or through the same worker.
 *
 * The natural key of a service is title, worker and start (SCENARIOS S07). A record counts against
 * another while it is alive: accepted or disputed, whatever statement holds it. A visit of m
 * minutes fills [start, start + m); touching ends do not overlap, and a service that is not
 * measured in time overlaps nothing. Visits last at most a day, so looking one day back and one
 * ahead is enough. A late record that waits and a missed access are known by their natural key, but
 * are nobody's presence.
 *
 * What the plan allows is no clash (DOMAIN section 6, rule 12): a second worker with the same
 * person on a line for two operators, one worker with several persons of group lines from the same
 * start on, and work for a person without the person. */
#ifndef ENGINE_DOMAIN_VISIT_H
#define ENGINE_DOMAIN_VISIT_H

#include "engine/domain/state.h"

/* Records that one visit may be: two months, each cut where its proof ends, drawn from cells that
 * hold units carried over and paid by several funds. */
#define VISIT_RECORDS_MAX 112u

struct visit {
	struct voucher_id voucher;
	struct beneficiary_id beneficiary;
	struct provider_id provider;
	uint64_t operator;    /* keyed hash of the worker; 0: not given */
	struct instant start;
	uint32_t minutes;     /* 0 where the unit is not time */
	struct voucher_line_id line;
	bool two_operators;   /* of the line */
	bool group_visits;    /* of the line */
	bool indirect;        /* the person is not there */
	struct redemption_id exempt; /* a record that the command replaces, with its ring */
};

/* What a visit meets; the lowest id of each kind, so that the order of finding does not matter. */
struct visit_clashes {
	struct redemption_id duplicate;           /* alive, same natural key */
	struct redemption_id booking;             /* booked, same title, provider and start */
	struct redemption_id operator_overlap;    /* alive, same worker, at the same time */
	struct redemption_id beneficiary_overlap; /* alive, same person, at the same time */
};

/* Looks at the state; what the command itself has made so far is not seen. */
void visit_look(const struct state *state, const struct visit *visit,
		struct visit_clashes *ret_clashes);

/* The record's side record; NULL: it has none. */
const struct visit_detail *visit_detail_of(const struct state *state, struct redemption_id id);

/* The accesses (for accesses, their units; else visits) of a title's line on a legal day. */
uint32_t visit_count_of_day(const struct state *state, const struct visit *visit, struct day day);

/* Units of indirect work so far, or how many missed accesses were paid, of one cell. */
uint32_t visit_indirect_units(const struct state *state, struct cell_id cell);
uint32_t visit_missed_count(const struct state *state, struct cell_id cell);

/* A walk over a person's records whose start lies on the UTC days of [from, to], in any order. */
struct visit_walk {
	const struct state *state;
	struct beneficiary_id beneficiary;
	struct instant from;
	int32_t day;   /* days after that of `from` */
	int32_t days;  /* the last of them */
	uint32_t next; /* id; 0: look up the next day */
	bool begun;    /* the present day has been looked up */
};

void visit_walk_begin(struct visit_walk *walk, const struct state *state,
		      struct beneficiary_id beneficiary, struct instant from, struct instant to);
/* The next record; 0 at the end. */
struct redemption_id visit_walk_next(struct visit_walk *walk);

#endif
