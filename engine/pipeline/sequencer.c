/* The ledger thread: see sequencer.h. */
#include "engine/pipeline/sequencer.h"

#include "engine/base/sort.h"
#include "engine/domain/ahead.h"
#include "engine/domain/apply.h"
#include "engine/domain/decide.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/entry.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/shared_log.h"
#include "engine/pipeline/completion.h"
#include "engine/pipeline/stage.h"
#include "engine/pipeline/work.h"

#include <assert.h>
#include <string.h>

#define IDLE_MS          1000u /* longest sleep: midnight jobs are at most so late */
#define SLOT_WAIT_MS     50u   /* longest sleep while all batches are with the journal thread */
#define CLOCK_WORKS_MAX  64u   /* works at one reading of the clock */
#define IDLE_ENTRIES_MAX 512u  /* a batch of so many leaves even while more works wait */

/* The line in which works wait for their turn, in steps. */
#define WORK_AFTER    1u /* the work has come from memory, its command is asked for */
#define COMMAND_AFTER 2u /* that has come too: its judgement is looked ahead to */
#define LINE_STEPS    (COMMAND_AFTER + AHEAD_COMMANDS - 1)
#define LINE_WORKS    16u
#define COMMAND_SIZE  192u /* bytes of a command that a redemption fills */

static_assert(LINE_STEPS < LINE_WORKS, "a place is free before it is taken again");

/* ---- Batches ---- */

static uint64_t in_flight(const struct pipeline *pipeline)
{
	return atomic_load_explicit(&pipeline->filled, memory_order_relaxed) -
	       atomic_load_explicit(&pipeline->done, memory_order_acquire);
}

static bool has_failed(const struct pipeline *pipeline)
{
	return atomic_load_explicit(&pipeline->failed, memory_order_acquire);
}

/* The batch being filled; waits for a free slot. NULL: the log fails or stalls, do not wait. */
static struct stage_batch *current_batch(struct pipeline *pipeline)
{
	uint64_t slot = atomic_load_explicit(&pipeline->filled, memory_order_relaxed);
	struct stage_batch *batch = &pipeline->batches[slot % PIPELINE_BATCHES];
	if (pipeline->filling)
		return batch;
	for (;;) {
		uint32_t heard = bell_listen(&pipeline->ledger_bell);
		if (in_flight(pipeline) < PIPELINE_BATCHES)
			break;
		if (has_failed(pipeline) || atomic_load(&pipeline->stalled))
			return NULL;
		bell_wait(&pipeline->ledger_bell, heard, SLOT_WAIT_MS);
	}
	batch->first = NULL;
	batch->last = NULL;
	batch->begun = false;
	pipeline->filling = true;
	return batch;
}

static void pause_for_checkpoint(struct pipeline *pipeline)
{
	if (pipeline->config.checkpoint == NULL)
		return;
	uint32_t pause_us =
	    checkpoint_throttle_us(pipeline->config.checkpoint, pipeline->next_sequence - 1);
	pipeline->behind = pause_us == UINT32_MAX;
	if (pause_us >= 1000u && !pipeline->behind) {
		struct bell nobody = {0};
		bell_wait(&nobody, 0, pause_us / 1000u);
		stage_count(&pipeline->pause_us, pause_us);
	}
}

/* Gives the batch that is being filled to the journal thread. */
static void hand_over(struct pipeline *pipeline)
{
	ASSERT(pipeline->filling);
	pipeline->filling = false;
	(void)atomic_fetch_add_explicit(&pipeline->filled, 1u, memory_order_release);
	pipeline->works_at_present = CLOCK_WORKS_MAX; /* the next batch has its own instant */
	bell_ring(&pipeline->journal_bell);
	pause_for_checkpoint(pipeline);
}

static bool is_filled(const struct pipeline *pipeline)
{
	if (!pipeline->filling)
		return false;
	uint64_t slot = atomic_load_explicit(&pipeline->filled, memory_order_relaxed);
	const struct stage_batch *batch = &pipeline->batches[slot % PIPELINE_BATCHES];
	return batch->begun && batch->builder.count >= IDLE_ENTRIES_MAX;
}

/* ---- Time ---- */

/* The present is never before the latest instant. */
static void set_present(struct pipeline *pipeline, struct instant now)
{
	pipeline->now = instant_less(now, pipeline->last_instant) ? pipeline->last_instant : now;
}

/* The clock's present, or that of a manual ledger. */
static void look_at_clock(struct pipeline *pipeline)
{
	const struct ledger *ledger = state_ledger(pipeline->config.state, (struct ledger_id){1});
	if (ledger != NULL && ledger->clock_mode == CLOCK_MODE_MANUAL)
		set_present(pipeline, ledger->clock);
	else
		set_present(pipeline, pipeline->config.clock(pipeline->config.context));
	pipeline->works_at_present = 0;
}

/* ---- Entries ---- */

/* Room in the batch for what was put into the pack's; NULL: it does not fit any more. */
static uint8_t *begin_entry(struct pipeline *pipeline, struct stage_batch *batch,
    uint32_t plain_size, struct entry_packed *ret_packed)
{
	if (!batch->begun) {
		const struct batch_head head = {
		    .first_sequence = pipeline->next_sequence,
		    .instant_us = pipeline->now.us,
		    .epoch = shared_log_epoch(pipeline->config.log),
		};
		batch_begin(&batch->builder, batch->buffer,
		    shared_log_batch_size_max(pipeline->config.log), &head);
		batch->begun = true;
		entry_pack_begin(pipeline->pack);
	}
	if (!entry_pack_write(pipeline->pack, plain_size, ret_packed))
		return NULL;
	return batch_entry_begin(&batch->builder, ret_packed->size);
}

/* The entry as it will be told, in the pack's room. Returns its size. */
static uint32_t encode_entry(struct pipeline *pipeline, const struct command *command,
    const struct outcome *outcome)
{
	const struct ledger *ledger = state_ledger(pipeline->config.state, (struct ledger_id){1});
	const struct entry_head head = {
	    .sequence = pipeline->next_sequence,
	    .at = pipeline->now,
	    .zone_version = ledger == NULL ? 0 : ledger->zone_version,
	    .rules_version = DECIDE_RULES_VERSION,
	    .result = (uint16_t)outcome->result,
	    .cause = (uint16_t)outcome->cause,
	};
	return entry_encode(&head, command, &pipeline->effects, entry_pack_room(pipeline->pack));
}

/* Puts the entry into the batch, at a place that has room for it, and carries the effects out. */
static void write_entry(struct pipeline *pipeline, struct stage_batch *batch, uint8_t *place,
    const struct entry_packed *packed)
{
	const struct batch_entry_type type = {.version = ENTRY_VERSION, .kind = ENTRY_KIND};
	memcpy(place, packed->bytes, packed->size);
	batch_entry_end(&batch->builder, type, packed->size);
	entry_pack_keep(pipeline->pack);
	apply_effects(pipeline->config.state, &pipeline->effects);
	pipeline->last_instant = pipeline->now;
	atomic_store_explicit(
	    &pipeline->sequence, pipeline->next_sequence, memory_order_relaxed);
	pipeline->next_sequence++;
	stage_count(&pipeline->entries, 1);
}

/* Puts an encoded entry into this batch or, when it is full, into the next. */
static enum result place_entry(struct pipeline *pipeline, uint32_t plain_size)
{
	for (;;) {
		struct entry_packed packed;
		struct stage_batch *batch = current_batch(pipeline);
		if (batch == NULL)
			return RESULT_OVERLOADED;
		uint8_t *place = begin_entry(pipeline, batch, plain_size, &packed);
		if (place != NULL) {
			write_entry(pipeline, batch, place, &packed);
			return RESULT_OK;
		}
		if (batch->builder.count == 0) {
			batch->begun = false;
			return RESULT_TOO_MANY_EFFECTS;
		}
		hand_over(pipeline);
	}
}

/* Journals what `effects` holds and carries it out. RESULT_OK; RESULT_TOO_MANY_EFFECTS: larger
 * than any batch; RESULT_OVERLOADED: the log takes nothing. After these nothing has happened. */
static enum result keep(struct pipeline *pipeline, const struct command *command,
    const struct outcome *outcome)
{
	ASSERT(pipeline->effects.write_count > 0);
	return place_entry(pipeline, encode_entry(pipeline, command, outcome));
}

/* Judges one command at the present instant and keeps its effects. */
static enum result judge(struct pipeline *pipeline, const struct command *command,
    struct outcome *ret_outcome)
{
	struct effects *effects = &pipeline->effects;
	pipeline->rules.decide(
	    effects, command, pipeline->now, pipeline->next_sequence, ret_outcome);
	if (effects->write_count == 0)
		return RESULT_OK;
	enum result result = keep(pipeline, command, ret_outcome);
	if (result == RESULT_TOO_MANY_EFFECTS)
		*ret_outcome = (struct outcome){
		    .result = RESULT_TOO_MANY_EFFECTS,
		    .command = command->kind,
		    .at = pipeline->now,
		};
	return result == RESULT_TOO_MANY_EFFECTS ? RESULT_OK : result;
}

/* ---- Midnight jobs ---- */

/* Runs every job due at `until`, each at its own instant. Leaves `now` at the last one's. */
static enum result run_ticks(struct pipeline *pipeline, struct instant until)
{
	struct command command;
	struct instant due;
	enum result result = RESULT_OK;
	while (result == RESULT_OK &&
	       pipeline->rules.tick_due(pipeline->config.state, until, &command, &due)) {
		struct outcome outcome;
		uint64_t sequence = pipeline->next_sequence;
		set_present(pipeline, due);
		result = judge(pipeline, &command, &outcome);
		if (result == RESULT_OK)
			ASSERT(pipeline->next_sequence == sequence + 1); /* a job always moves on */
		if (result == RESULT_OK)
			stage_count(&pipeline->ticks, 1);
	}
	return result;
}

/* Those of the present. Refused like commands when the log has no room; then they wait. */
static enum result run_due_ticks(struct pipeline *pipeline)
{
	struct instant present = pipeline->now;
	enum result result = run_ticks(pipeline, present);
	set_present(pipeline, present);
	return result;
}

/* A manual clock moves: the jobs that it passes run first. The command is judged once to learn
 * whether it is allowed, and again, after the jobs, for good. */
static enum result judge_clock_advance(struct pipeline *pipeline, const struct command *command,
    struct outcome *ret_outcome)
{
	pipeline->rules.decide(
	    &pipeline->effects, command, pipeline->now, pipeline->next_sequence, ret_outcome);
	if (pipeline->effects.write_count > 0 && result_is_success(ret_outcome->result)) {
		enum result result = run_ticks(pipeline, command->input.clock_advance.to);
		if (result != RESULT_OK)
			return result;
	}
	enum result result = judge(pipeline, command, ret_outcome);
	look_at_clock(pipeline);
	return result;
}

/* A ledger with a manual clock begins at its own first instant, whatever the machine's clock
 * says. */
static void begin_manual_clock(struct pipeline *pipeline, const struct command *command)
{
	const struct command_genesis *genesis = &command->input.genesis;
	if (pipeline->next_sequence == 1 && genesis->clock_mode == CLOCK_MODE_MANUAL)
		set_present(pipeline, genesis->clock);
}

static enum result judge_any(struct pipeline *pipeline, const struct command *command,
    struct outcome *ret_outcome)
{
	if (command->kind == COMMAND_KIND_CLOCK_ADVANCE)
		return judge_clock_advance(pipeline, command, ret_outcome);
	if (command->kind == COMMAND_KIND_GENESIS)
		begin_manual_clock(pipeline, command);
	enum result result = judge(pipeline, command, ret_outcome);
	/* An act granted by its second person may go on in slices: before anything else. */
	if (result == RESULT_OK && command->kind == COMMAND_KIND_APPROVAL_GRANT)
		result = run_due_ticks(pipeline);
	return result;
}

/* ---- Works ---- */

/* Lets a judged work wait for the batch that is current, or gives it back when everything it can
 * have seen is durable. */
static void finish_work(struct pipeline *pipeline, struct work *work)
{
	work->result = RESULT_OK;
	work->last_sequence = pipeline->next_sequence - 1;
	work->at = pipeline->now;
	if (!pipeline->filling && in_flight(pipeline) == 0 && !has_failed(pipeline)) {
		stage_return(work, RESULT_OK);
		return;
	}
	struct stage_batch *batch =
	    atomic_load(&pipeline->stalled) ? NULL : current_batch(pipeline);
	if (batch == NULL) {
		stage_count(&pipeline->unknowns, 1);
		stage_return(work, RESULT_OUTCOME_UNKNOWN);
		return;
	}
	work->next = NULL;
	if (batch->last == NULL)
		batch->first = work;
	else
		batch->last->next = work;
	batch->last = work;
}

static void refuse_work(struct pipeline *pipeline, struct work *work, enum result result)
{
	stage_count(&pipeline->overloads, 1);
	work->last_sequence = pipeline->next_sequence - 1;
	work->at = pipeline->now;
	stage_return(work, result);
}

/* What stands in the way of new commands; RESULT_OK: nothing. */
static enum result obstacle(struct pipeline *pipeline)
{
	if (atomic_load(&pipeline->disk_nearly_full))
		return RESULT_DISK_NEARLY_FULL;
	if (pipeline->behind)
		pause_for_checkpoint(pipeline);
	if (pipeline->behind || atomic_load(&pipeline->stalled))
		return RESULT_OVERLOADED;
	return RESULT_OK;
}

/* ---- Groups ---- */

/* The commands of a group, one after another as they were given. */
struct group {
	uint32_t count;
	struct {
		const struct command *command;
		struct outcome *outcome;
	} lines[WORK_GROUP_MAX];
};

static void gather_group(struct work *work, struct group *group)
{
	group->count = 0;
	for (struct work *part = work; part != NULL; part = part->more)
		for (uint32_t i = 0; i < part->count; i++) {
			ASSERT(group->count < WORK_GROUP_MAX);
			group->lines[group->count].command = &part->commands[i];
			group->lines[group->count].outcome = &part->outcomes[i];
			group->count++;
		}
}

/* The place in the ranking of the title that a command names; those without one come last. */
static uint64_t rank_of(const struct state *state, const struct command *command)
{
	struct voucher_id id = {0};
	if (command->kind == COMMAND_KIND_VOUCHER_ISSUE)
		id = command->input.voucher_issue.voucher;
	else if (command->kind == COMMAND_KIND_VOUCHER_RESERVE)
		id = command->input.voucher_reserve.voucher;
	const struct voucher *voucher = state_voucher(state, id);
	return voucher == NULL || voucher->rank == 0 ? UINT64_MAX : voucher->rank;
}

/* The places of a group's lines, by rank where asked. */
static void order_group(const struct state *state, const struct group *group, bool by_rank,
    struct sort_pair *order)
{
	struct sort_pair scratch[WORK_GROUP_MAX];
	for (uint32_t i = 0; i < group->count; i++)
		order[i] = (struct sort_pair){
		    by_rank ? rank_of(state, group->lines[i].command) : i, i, 0};
	sort_pairs(order, scratch, group->count);
}

/* One line of what is only tried. */
static void try_line(struct pipeline *pipeline, const struct command *command,
    struct outcome *outcome)
{
	struct effects *effects = &pipeline->effects;
	pipeline->rules.decide(
	    effects, command, pipeline->now, pipeline->next_sequence, outcome);
	outcome->sequence = 0;
	if (effects->write_count == 0)
		return;
	if (undo_note(&pipeline->undo, effects))
		apply_effects(pipeline->config.state, effects);
	else
		*outcome = (struct outcome){.result = RESULT_BATCH_TOO_LARGE,
		    .command = command->kind,
		    .at = pipeline->now};
}

/* Tries a group, each line on what those before left, and takes everything back. */
static void try_group(struct pipeline *pipeline, struct work *work)
{
	struct group group;
	struct sort_pair order[WORK_GROUP_MAX];
	gather_group(work, &group);
	order_group(pipeline->config.state, &group, work->mode == WORK_SIMULATED_RANKED, order);
	undo_begin(&pipeline->undo, pipeline->config.state);
	for (uint32_t i = 0; i < group.count; i++)
		try_line(pipeline, group.lines[order[i].payload].command,
		    group.lines[order[i].payload].outcome);
	effects_reset(&pipeline->effects);
	undo_all(&pipeline->undo);
}

/* Judges a group by rank, each line for itself. */
static enum result judge_ranked(struct pipeline *pipeline, struct work *work)
{
	struct group group;
	struct sort_pair order[WORK_GROUP_MAX];
	enum result result = RESULT_OK;
	gather_group(work, &group);
	order_group(pipeline->config.state, &group, true, order);
	for (uint32_t i = 0; i < group.count && result == RESULT_OK; i++) {
		uint32_t line = order[i].payload;
		result = judge(pipeline, group.lines[line].command, group.lines[line].outcome);
	}
	return result;
}

/* What a group goes back to. */
struct mark {
	uint64_t sequence;
	struct instant last_instant;
};

/* Takes back a group: the batch was its alone. */
static void take_back(struct pipeline *pipeline, const struct mark *mark)
{
	undo_all(&pipeline->undo);
	current_batch(pipeline)->begun = false;
	pipeline->next_sequence = mark->sequence;
	pipeline->last_instant = mark->last_instant;
	atomic_store_explicit(&pipeline->sequence, mark->sequence - 1, memory_order_relaxed);
}

/* One line of a group that stands together. False: it may not stand. */
static bool judge_line(struct pipeline *pipeline, const struct command *command,
    struct outcome *outcome)
{
	struct effects *effects = &pipeline->effects;
	pipeline->rules.decide(
	    effects, command, pipeline->now, pipeline->next_sequence, outcome);
	if (!result_is_success(outcome->result) || outcome->result == RESULT_WAITLISTED)
		return false;
	if (effects->write_count == 0)
		return true; /* a replay */
	struct stage_batch *batch = current_batch(pipeline);
	struct entry_packed packed;
	uint32_t plain_size = encode_entry(pipeline, command, outcome);
	uint8_t *place = begin_entry(pipeline, batch, plain_size, &packed);
	if (place == NULL || !undo_note(&pipeline->undo, effects)) {
		*outcome = (struct outcome){.result = RESULT_BATCH_TOO_LARGE,
		    .command = command->kind,
		    .at = pipeline->now};
		return false;
	}
	write_entry(pipeline, batch, place, &packed);
	return true;
}

/* All lines of a group in one batch of the log, or none. */
static enum result judge_together(struct pipeline *pipeline, struct work *work)
{
	struct group group;
	gather_group(work, &group);
	work->blocked_at = WORK_NOT_BLOCKED;
	if (pipeline->filling && current_batch(pipeline)->begun)
		hand_over(pipeline);
	if (current_batch(pipeline) == NULL)
		return RESULT_OVERLOADED;
	const struct mark mark = {pipeline->next_sequence, pipeline->last_instant};
	undo_begin(&pipeline->undo, pipeline->config.state);
	for (uint32_t i = 0; i < group.count; i++) {
		if (judge_line(pipeline, group.lines[i].command, group.lines[i].outcome))
			continue;
		work->blocked_at = i;
		effects_reset(&pipeline->effects);
		take_back(pipeline, &mark);
		break;
	}
	return RESULT_OK;
}

static enum result judge_each(struct pipeline *pipeline, struct work *work)
{
	enum result result = RESULT_OK;
	struct ahead ahead;
	bool looks_ahead = work->count >= AHEAD_COMMANDS;
	if (looks_ahead)
		ahead_begin(&ahead, pipeline->config.state);
	for (uint32_t i = 0; looks_ahead && i < AHEAD_COMMANDS - 1; i++)
		ahead_take(&ahead, &work->commands[i]);
	for (uint32_t i = 0; i < work->count && result == RESULT_OK; i++) {
		uint32_t next = i + AHEAD_COMMANDS - 1;
		if (looks_ahead)
			ahead_take(&ahead, next < work->count ? &work->commands[next] : NULL);
		result = judge_any(pipeline, &work->commands[i], &work->outcomes[i]);
		if (is_filled(pipeline) && in_flight(pipeline) == 0)
			hand_over(pipeline);
	}
	return result;
}

static enum result judge_work(struct pipeline *pipeline, struct work *work)
{
	switch (work->mode) {
	case WORK_EACH:
		return judge_each(pipeline, work);
	case WORK_RANKED:
		return judge_ranked(pipeline, work);
	case WORK_SIMULATED:
	case WORK_SIMULATED_RANKED:
		try_group(pipeline, work);
		return RESULT_OK;
	case WORK_TOGETHER:
		break;
	}
	return judge_together(pipeline, work);
}

static void judge_commands(struct pipeline *pipeline, struct work *work)
{
	ASSERT((work->count >= 1 || work->more != NULL) && work->count <= WORK_COMMANDS_MAX);
	enum result result = obstacle(pipeline);
	if (result != RESULT_OK) {
		refuse_work(pipeline, work, result);
		return;
	}
	result = judge_work(pipeline, work);
	stage_count(&pipeline->commands, work->count);
	if (result != RESULT_OK) { /* the log fails or stalls, in the middle of the work */
		stage_count(&pipeline->unknowns, 1);
		stage_return(work, RESULT_OUTCOME_UNKNOWN);
		return;
	}
	finish_work(pipeline, work);
}

static void check_commands(struct pipeline *pipeline, struct work *work)
{
	ASSERT(work->count >= 1 && work->count <= WORK_COMMANDS_MAX);
	for (uint32_t i = 0; i < work->count; i++)
		pipeline->rules.decide(&pipeline->effects, &work->commands[i], pipeline->now,
		    pipeline->next_sequence, &work->outcomes[i]);
	effects_reset(&pipeline->effects);
	stage_count(&pipeline->commands, work->count);
	finish_work(pipeline, work);
}

static void do_work(struct pipeline *pipeline, struct work *work)
{
	switch (work->kind) {
	case WORK_COMMANDS:
		judge_commands(pipeline, work);
		break;
	case WORK_CHECK:
		check_commands(pipeline, work);
		break;
	case WORK_READ:
		work->read(pipeline->config.state, pipeline->now, pipeline->next_sequence - 1,
		    work->context);
		stage_count(&pipeline->reads, 1);
		finish_work(pipeline, work);
		break;
	}
}

/* ---- The thread ---- */

/* Looks at the clock and does what is due by now, unless the log has no room for it. */
static void meet_present(struct pipeline *pipeline)
{
	look_at_clock(pipeline);
	if (obstacle(pipeline) == RESULT_OK)
		(void)run_due_ticks(pipeline);
}

/* The works that were taken out of the ring and not yet judged, in order, with gaps: between being
 * taken and its turn a work, its command and what judging will read come from memory. */
struct line {
	struct ahead ahead;
	struct work *works[LINE_WORKS];
	uint32_t place; /* of the next to be taken, modulo */
	uint32_t count; /* works in it */
};

static struct work **line_at(struct line *line, uint32_t before)
{
	return &line->works[(line->place - before) % LINE_WORKS];
}

/* The command of a work that has one alone; NULL: another work, or none. */
static const struct command *only_command(const struct work *work)
{
	bool is_one = work != NULL && work->kind == WORK_COMMANDS && work->count == 1;
	return is_one ? work->commands : NULL;
}

/* A new work, or NULL, enters; whose turn it is leaves. */
static struct work *line_step(struct line *line, struct work *entering)
{
	struct work *leaving = *line_at(line, LINE_STEPS);
	const struct work *arrived = *line_at(line, WORK_AFTER);
	const struct command *command = only_command(arrived);
	if (entering != NULL)
		__builtin_prefetch(entering);
	if (command != NULL) {
		for (uint32_t at = 0; at < COMMAND_SIZE; at += 64)
			__builtin_prefetch((const unsigned char *)command + at);
		__builtin_prefetch(arrived->outcomes, 1);
	}
	ahead_take(&line->ahead, only_command(*line_at(line, COMMAND_AFTER)));
	*line_at(line, LINE_STEPS) = NULL;
	*line_at(line, 0) = entering;
	line->place++;
	line->count += entering != NULL;
	line->count -= leaving != NULL;
	return leaving;
}

/* Works through what waits. A batch leaves when the journal thread is idle and either nothing
 * more waits or it is large enough. */
static void drain_ring(struct pipeline *pipeline)
{
	struct line line = {.count = 0};
	ahead_begin(&line.ahead, pipeline->config.state);
	do {
		struct work *work = line_step(&line, ring_pop(&pipeline->ring));
		if (work == NULL)
			continue;
		if (has_failed(pipeline)) {
			stage_return(work, RESULT_DRAINING);
			continue;
		}
		if (pipeline->works_at_present >= CLOCK_WORKS_MAX)
			meet_present(pipeline);
		do_work(pipeline, work);
		pipeline->works_at_present++;
		if (is_filled(pipeline) && in_flight(pipeline) == 0)
			hand_over(pipeline);
	} while (line.count > 0);
}

/* Gives back what nobody will judge. Producers that were already inside have left when it
 * returns. */
static void refuse_ring(struct pipeline *pipeline)
{
	struct work *work = NULL;
	bool more = true;
	while (more) {
		more = atomic_load(&pipeline->submitters) != 0;
		while ((work = ring_pop(&pipeline->ring)) != NULL)
			stage_return(work, RESULT_DRAINING);
	}
}

static bool is_finished(struct pipeline *pipeline)
{
	return atomic_load(&pipeline->phase) == STAGE_STOPS &&
	       atomic_load(&pipeline->submitters) == 0 && ring_depth(&pipeline->ring) == 0 &&
	       !pipeline->filling && in_flight(pipeline) == 0;
}

/* Ends the journal thread's work: what is in its hands comes back. */
static void settle_failure(struct pipeline *pipeline)
{
	if (pipeline->filling)
		hand_over(pipeline);
	refuse_ring(pipeline);
	while (in_flight(pipeline) != 0) {
		uint32_t heard = bell_listen(&pipeline->ledger_bell);
		if (in_flight(pipeline) != 0)
			bell_wait(&pipeline->ledger_bell, heard, SLOT_WAIT_MS);
	}
	pipeline->config.failed(
	    (enum result)atomic_load(&pipeline->failure), pipeline->config.context);
}

void *sequencer_run(void *context)
{
	struct pipeline *pipeline = context;
	ASSERT(pipeline != NULL);
	while (!has_failed(pipeline) && !is_finished(pipeline)) {
		uint32_t heard = bell_listen(&pipeline->ledger_bell);
		meet_present(pipeline);
		drain_ring(pipeline);
		if (pipeline->filling && in_flight(pipeline) == 0)
			hand_over(pipeline);
		else if (pipeline->filling && atomic_load(&pipeline->stalled))
			stage_return_all(pipeline, current_batch(pipeline), RESULT_OUTCOME_UNKNOWN);
		if (ring_depth(&pipeline->ring) == 0)
			bell_wait(&pipeline->ledger_bell, heard, IDLE_MS);
	}
	if (has_failed(pipeline))
		settle_failure(pipeline);
	return NULL;
}
