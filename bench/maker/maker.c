/* See maker.h. */
#include "bench/maker/maker.h"

#include "engine/daemon/ask.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/shared_log.h"
#include "engine/system/zone.h"

#include <stdlib.h>
#include <string.h>

void maker_die(const char *what, enum result result)
{
	fprintf(stderr, "make_ledger: %s: %s\n", what, result_code(result));
	exit(1);
}

void maker_text(char *to, size_t size, const char *from)
{
	memset(to, 0, size);
	memcpy(to, from, strnlen(from, size));
}

uint32_t maker_fund_of(const struct maker *maker, uint32_t beneficiary)
{
	return (beneficiary - 1) % (uint32_t)maker->plan.funds + 1;
}

uint32_t maker_comune_of(const struct maker *maker, uint32_t beneficiary)
{
	return (beneficiary - 1) % (uint32_t)maker->plan.comuni + 1;
}

/* One command, waited for; the id of what it made. */
uint32_t maker_ask(struct maker *maker, struct command *command, enum role role)
{
	struct outcome outcome;
	command->principal = maker->who[role];
	enum result result = ask_command(maker->pipeline, command, &outcome);
	if (result != RESULT_OK)
		maker_die(command_info(command->kind)->name, result);
	if (!result_is_success(outcome.result))
		maker_die(command_info(command->kind)->name, outcome.result);
	return outcome.object;
}

/* Takes back what is done; a refusal ends the program. */
static void collect(struct maker *maker)
{
	struct work *work = completion_wait(&maker->queue, -1);
	while (work != NULL) {
		struct work *next = work->next;
		if (work->result != RESULT_OK)
			maker_die("work", work->result);
		for (uint32_t i = 0; i < work->count; i++)
			if (!result_is_success(work->outcomes[i].result))
				maker_die(command_info(work->commands[i].kind)->name,
				    work->outcomes[i].result);
		work->next = maker->idle;
		maker->idle = work;
		maker->busy--;
		work = next;
	}
}

static struct work *take(struct maker *maker)
{
	while (maker->idle == NULL)
		collect(maker);
	struct work *work = maker->idle;
	maker->idle = work->next;
	work->next = NULL;
	return work;
}

static void give(struct maker *maker, struct work *work, uint32_t count)
{
	work->count = count;
	maker->busy++;
	enum result result = pipeline_submit(maker->pipeline, work);
	if (result != RESULT_OK)
		maker_die("submit", result);
}

void maker_do(struct maker *maker, maker_fill *fill, uint64_t count)
{
	for (uint64_t done = 0; done < count;) {
		struct work *work = take(maker);
		struct command *commands = maker->commands[(size_t)(work - maker->works)];
		uint32_t some = count - done < WORK_COMMANDS_MAX ? (uint32_t)(count - done)
								 : WORK_COMMANDS_MAX;
		memset(commands, 0, some * sizeof(commands[0]));
		for (uint32_t i = 0; i < some; i++)
			fill(maker, done + i, &commands[i]);
		give(maker, work, some);
		done += some;
	}
	while (maker->busy > 0)
		collect(maker);
}

void maker_advance(struct maker *maker, const char *to)
{
	struct command command = {.kind = COMMAND_KIND_CLOCK_ADVANCE};
	struct instant_text parsed;
	if (!instant_parse(slice_from_text(to), &parsed))
		exit(2);
	command.input.clock_advance.to.us =
	    (int64_t)parsed.day.number * TIME_US_PER_DAY + parsed.us_of_day -
	    parsed.offset_s * TIME_US_PER_SECOND;
	maker_ask(maker, &command, ROLE_ADMINISTRATOR);
}

static void failed(enum result result, void *context)
{
	(void)context;
	maker_die("pipeline", result);
}

/* Asked, but of no account: the ledger's clock is manual. */
static struct instant no_clock(void *context)
{
	(void)context;
	return (struct instant){0};
}

void maker_open(struct maker *maker, const char *config_path, struct ledger_files *files)
{
	static struct config config;
	struct config_fault fault;
	config_init(&config);
	if (config_read(&config, config_path, &fault) != RESULT_OK)
		maker_die(fault.key, RESULT_CONFIG_INVALID);
	enum result result = ledger_open(&config, true, files);
	if (result != RESULT_OK)
		maker_die("open", result);
	const struct checkpoint_config behind = {
	    .store = files->store, .log = files->log, .failed = failed};
	if (maker->plan.has_store != 0 &&
	    (result = checkpoint_start(&behind, &maker->checkpoint)) != RESULT_OK)
		maker_die("checkpoint", result);
	struct pipeline_config settings = {.state = files->state,
					   .log = files->log,
					   .checkpoint = maker->checkpoint,
					   .sequence = files->recovered.sequence,
					   .last_instant = files->recovered.last_instant,
					   .clock = no_clock,
					   .failed = failed};
	if ((result = pipeline_start(&settings, &maker->pipeline)) != RESULT_OK ||
	    (result = completion_open(&maker->queue)) != RESULT_OK)
		maker_die("start", result);
	for (uint32_t i = 0; i < MAKER_WORKS; i++) {
		maker->commands[i] = calloc(WORK_COMMANDS_MAX, sizeof(struct command));
		maker->outcomes[i] = calloc(WORK_COMMANDS_MAX, sizeof(struct outcome));
		if (maker->commands[i] == NULL || maker->outcomes[i] == NULL)
			maker_die("memory", RESULT_OUT_OF_MEMORY);
		maker->works[i] = (struct work){.kind = WORK_COMMANDS,
						.commands = maker->commands[i],
						.outcomes = maker->outcomes[i],
						.queue = &maker->queue,
						.next = maker->idle};
		maker->idle = &maker->works[i];
	}
}

void maker_close(struct maker *maker, struct ledger_files *files)
{
	enum result result = pipeline_stop(maker->pipeline);
	if (result != RESULT_OK)
		maker_die("stop", result);
	if (maker->checkpoint != NULL &&
	    (result = checkpoint_stop(maker->checkpoint, true)) != RESULT_OK)
		maker_die("checkpoint", result);
	ledger_close(files);
}
