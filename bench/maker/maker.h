/* What fills a ledger for a benchmark: commands through the real pipeline, one by one or in works
 * of a thousand. */
#ifndef BENCH_MAKER_MAKER_H
#define BENCH_MAKER_MAKER_H

#include "engine/daemon/ledger.h"
#include "engine/domain/command.h"
#include "engine/domain/outcome.h"
#include "engine/ledger/checkpoint.h"
#include "engine/pipeline/completion.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/work.h"

#include <stdio.h>

#define MAKER_WORKS         4u
#define MAKER_PROVIDERS_MAX 1024u
#define MAKER_TITLES_A_PERSON 4u /* bench/load/visits.h keeps their visits apart by the hour */
#define MAKER_YEAR          2026u

struct maker_plan {
	uint64_t vouchers;
	uint64_t providers;
	uint64_t funds;
	uint64_t comuni;
	uint64_t ceilings; /* on the path of a title: 1, 4 or 16 */
	uint64_t basis;    /* 0: count what titles commit; 1: what redemptions deliver */
	uint64_t visits;   /* of 30 minutes that a title has units for */
	uint64_t history;  /* visits of each title that are redeemed already */
	uint64_t has_store; /* 1: the checkpoint runs beside and ends with the journal */
};

struct maker {
	struct maker_plan plan;
	struct pipeline *pipeline;
	struct checkpoint *checkpoint; /* NULL: the store is left to the daemon */
	struct completion_queue queue;
	struct work works[MAKER_WORKS];
	struct command *commands[MAKER_WORKS];
	struct outcome *outcomes[MAKER_WORKS];
	struct work *idle;
	uint32_t busy;
	struct principal_id who[ROLE_TREASURER + 1];
	struct principal_id providers[MAKER_PROVIDERS_MAX + 1]; /* by provider */
};

/* Writes the n-th command of a row of them, from 0; the memory is zero. Sets the principal too. */
typedef void maker_fill(struct maker *maker, uint64_t number, struct command *ret_command);

/* Prints what failed and ends the program. */
_Noreturn void maker_die(const char *what, enum result result);

/* Opens the ledger's pipeline and the works. */
void maker_open(struct maker *maker, const char *config_path, struct ledger_files *files);

void maker_close(struct maker *maker, struct ledger_files *files);

/* One command, waited for; the id of what it made. A refusal ends the program, here and below. */
uint32_t maker_ask(struct maker *maker, struct command *command, enum role role);

/* `count` commands, in order, in works. */
void maker_do(struct maker *maker, maker_fill *fill, uint64_t count);

/* Moves the ledger's manual clock. */
void maker_advance(struct maker *maker, const char *to);

/* Copies a text into a field of an input, zero behind it. */
void maker_text(char *to, size_t size, const char *from);
#define MAKER_TEXT(to, from) maker_text(to, sizeof(to), from)

/* The fund and the comune of a person, from 1. */
uint32_t maker_fund_of(const struct maker *maker, uint32_t beneficiary);
uint32_t maker_comune_of(const struct maker *maker, uint32_t beneficiary);

/* people.c: principals, the service and its tariff, comuni, providers and their tokens. */
void maker_people(struct maker *maker);
void maker_masters(struct maker *maker);
void maker_providers(struct maker *maker, FILE *tokens);

/* money.c: funds with money, commitments, ceilings. */
void maker_money(struct maker *maker);

/* titles.c: persons, titles, and visits that are redeemed already. */
void maker_titles(struct maker *maker);
void maker_history(struct maker *maker);

#endif
