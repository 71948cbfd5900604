/* One small ledger in the engine and in the reference, side by side. */
#ifndef TESTS_MODEL_WORLD_H
#define TESTS_MODEL_WORLD_H

#include "tests/model/reference.h"
#include "tests/support/domain_fixture.h"
#include "tests/support/random.h"

#define WORLD_RESULTS 1024u

/* What random commands met, over all worlds. */
struct hits {
	uint64_t commands, successes, replays, worlds, compares;
	uint64_t splits, changeovers, midnights; /* services over New Year, over a change of hour,
						     over another midnight */
	uint64_t by_result[COMMAND_KIND_MAX + 1][WORLD_RESULTS];
	uint64_t ticks;
};

struct world {
	struct fixture fixture; /* the engine */
	struct reference *ref;
	struct test_random random;
	struct hits *hits;
	uint64_t commands; /* of this world, the making of it apart */
	uint64_t next_code;
	bool is_counting;
	bool is_vain; /* what the command being made should name does not exist */
	struct command recent[32]; /* with keys, for replays */
	uint32_t recent_count;
	struct hint {
		enum result cause; /* RESULT_OK: nothing lacks */
		struct voucher_id voucher;
		struct fund_id fund;
		uint16_t year;
		uint32_t ceiling;
		int64_t missing;
		int64_t needed;
		bool is_met; /* what lacked was given: issue again */
	} hint;	    /* of the latest issue that lacked money */
	/* Parameters, drawn once for each world. */
	int64_t wealth;        /* cents of a fund year */
	uint32_t workers;      /* references of workers in use */
	uint32_t patience;     /* how far a clock step goes */
	uint32_t pull[COMMAND_KIND_MAX + 1]; /* weight of each command */
	bool is_miserly;       /* money that nobody uses is taken back soon */
};

/* A new ledger with its masters. */
void world_init(struct world *world, struct reference *ref, struct test_random random,
		struct hits *hits);
void world_deinit(struct world *world);

/* Runs a command in both and compares the outcomes; ends the program on a difference. */
struct outcome world_do(struct world *world, const struct command *command);

/* Compares every figure of both. */
void world_compare(struct world *world);

/* The next random command, and its running. */
void world_step(struct world *world);

/* 0 … bound - 1 (0 when bound is 0); true in `percent` of the cases. */
uint32_t world_below(struct world *world, uint32_t bound);
bool world_chance(struct world *world, uint32_t percent);

#endif
