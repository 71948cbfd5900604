/* See ask.h. */
#include "engine/daemon/ask.h"

#include "engine/domain/command.h"
#include "engine/domain/outcome.h"
#include "engine/pipeline/completion.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/work.h"

#include <string.h>

enum result ask_command(struct pipeline *pipeline, const struct command *command,
			struct outcome *ret_outcome)
{
	struct completion_queue queue;
	struct work work = {
	    .kind = WORK_COMMANDS,
	    .count = 1,
	    .commands = command,
	    .outcomes = ret_outcome,
	    .queue = &queue,
	};
	enum result result = completion_open(&queue);

	if (result != RESULT_OK)
		return result;
	result = pipeline_submit(pipeline, &work);
	if (result == RESULT_OK) {
		/* It comes back, whatever happens (work.h, invariant 2). */
		const struct work *back = completion_wait(&queue, -1);

		ASSERT(back == &work);
		result = work.result;
	}
	completion_close(&queue);
	return result;
}

static void ask_zone_row(struct zone_input *row, const struct zone_transition *transition)
{
	/* The first row stands from the beginning of time, which no instant can name. */
	row->at.us = transition->at_us == INT64_MIN ? 0 : transition->at_us;
	row->offset_s_plus_day = (uint32_t)(transition->offset_s + TIME_SECONDS_PER_DAY);
}

enum result ask_zone(struct pipeline *pipeline, const struct zone_table *zone)
{
	uint32_t done = 0;

	ASSERT(zone_is_valid(zone));
	while (done < zone->count) {
		struct command command = {.kind = COMMAND_KIND_ZONE_SET};
		struct command_zone_set *input = &command.input.zone_set;
		struct outcome outcome;
		enum result result;

		input->first = (uint16_t)done;
		while (done < zone->count && input->transitions.count < LIST_MAX_zone_input)
			ask_zone_row(&input->transitions.items[input->transitions.count++],
				     &zone->transitions[done++]);
		input->last = done == zone->count;
		result = ask_command(pipeline, &command, &outcome);
		if (result != RESULT_OK)
			return result;
		if (!result_is_success(outcome.result))
			return RESULT_BAD_TIME_ZONE;
	}
	return RESULT_OK;
}

/* Rows up to the last one that changes the offset. */
static uint32_t ask_zone_rows(const struct zone_table *zone)
{
	uint32_t count = zone->count;

	while (count > 1 &&
	       zone->transitions[count - 1].offset_s == zone->transitions[count - 2].offset_s)
		count--;
	return count;
}

bool ask_zone_is_same(const struct zone_table *left, const struct zone_table *right)
{
	uint32_t count = ask_zone_rows(left);

	if (count != ask_zone_rows(right))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (left->transitions[i].offset_s != right->transitions[i].offset_s)
			return false;
		if (i > 0 && left->transitions[i].at_us != right->transitions[i].at_us)
			return false;
	}
	return true;
}

bool ask_zone_moves_past(const struct zone_table *left, const struct zone_table *right,
			 struct instant until)
{
	const struct zone_table *const tables[] = {left, right};

	for (uint32_t table = 0; table < 2; table++) {
		for (uint32_t i = 0; i < tables[table]->count; i++) {
			struct instant at = {tables[table]->transitions[i].at_us};

			if (at.us == INT64_MIN)
				at.us = 0;
			if (at.us <= until.us &&
			    zone_offset_s(left, at) != zone_offset_s(right, at))
				return true;
		}
	}
	return false;
}
