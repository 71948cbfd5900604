/* The only door to the rules: a command and the state in, an outcome and its effects out.
 *
 * Order of checks: identity (a key seen before), authorisation, static rules, state, money. All
 * come before the first change that stands: a refusal leaves no effects but its receipt. */
#ifndef ENGINE_DOMAIN_DECIDE_H
#define ENGINE_DOMAIN_DECIDE_H

#include "engine/domain/command.h"
#include "engine/domain/effects.h"
#include "engine/domain/outcome.h"

/* Raised whenever a rule changes what it decides: every entry says by which it was judged. */
#define DECIDE_RULES_VERSION 1u

/* What a duty sees of the command it judges. Duties live in one file each (redeem.c, fund.c …) and
 * are called by decide through a table indexed by the command's kind:
 *   enum result redeem_submit(struct decision *decision);
 * A duty returns RESULT_OK or a more exact success (ACCEPTED, DISPUTED, WAITLISTED), or a refusal,
 * fills outcome's figures either way, and leaves effects to be discarded on refusal. */
struct decision {
	struct effects *effects;          /* reads go through it */
	const struct state *state;        /* indexes and finders */
	const struct command *command;
	const struct command_info *info;   /* of the command's kind */
	uint64_t given;                    /* identifiers of the command: references_given */
	const struct principal *principal; /* who asks; NULL for the ledger's own commands */
	struct outcome *outcome;
	struct principal_id first_principal; /* who asked, when a second one grants: approval.h */
	struct instant now;
	struct day today; /* legal day of now */
	/* A task that a stored refusal leaves (re-choice); kind 0: none. It stands beside the
	 * receipt though nothing else of the refused act does. */
	struct event task_of_refusal;
};

/* Runs the duty of decision->command: for acts that carry out another one (approval.c). */
MUST_CHECK enum result decide_duty(struct decision *decision);

/* Judges one command. `effects` is reset first and holds the effects afterwards (none when the
 * outcome is a replay or is not stored). `sequence` is the place the entry will have. Outcomes with
 * has_key are stored as a receipt: all successes, and refusals of kind REFUSAL.
 * Replays: RESULT_IDEMPOTENCY_KEY_REUSED when the body differs, else the stored outcome with
 * `replayed` set. Never fails otherwise; every refusal is in outcome->result. */
void decide(struct effects *effects, const struct command *command, struct instant now,
	    uint64_t sequence, struct outcome *ret_outcome);

/* Whether effects must be journaled: there is at least one write. */
bool decide_has_effects(const struct effects *effects);

/* The outcome that a receipt keeps. */
void decide_outcome_of_receipt(const struct receipt *receipt, struct outcome *ret_outcome);

/* Whether midnight jobs wait, at `now`: fills the tick command that does the next at most
 * TICK_OBJECTS_MAX objects and the instant at which it is due (local midnight, or now if later jobs
 * of the same day are being continued). The caller decides and applies it as any command, and asks
 * again until false. Call before each batch and while a manual clock advances. */
MUST_CHECK bool decide_tick_due(const struct state *state, struct instant now,
				struct command *ret_command, struct instant *ret_due);

/* May this principal see this record? Read views filter by it: provider its own, comune its
 * residents and lines, default deny. SOURCE API.md, Roles. */
bool decide_may_read(const struct state *state, const struct principal *principal,
		     enum record_kind kind, uint32_t id, const void *record);

#endif
