/* The ledger itself: its beginning, its time zone, its manual clock.
 *
 * Invariants
 *  1. There is one ledger record and one schedule record, both id 1, made by genesis.
 *  2. The zone table that stands after a zone_set is valid (zone_is_valid): strictly rising, from
 *  the
 *     beginning of time. A change that would break it is refused.
 *  3. A manual clock never goes back; a system clock is never moved by a command. */
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

#include <string.h>

static const struct ledger_id the_ledger = {1};

enum result genesis(struct decision *decision)
{
	const struct command_genesis *input = &decision->command->input.genesis;
	struct effects *effects = decision->effects;
	if (effects_count(effects, RECORD_KIND_LEDGER) != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_LEDGER,
				    the_ledger.raw);
	if (enum_name(&enum_clock_mode, input->clock_mode) == NULL)
		return judge_field(decision, RESULT_FIELD_INVALID, "clock_mode");
	bool is_manual = input->clock_mode == CLOCK_MODE_MANUAL;
	struct instant start = is_manual ? input->clock : decision->now;
	if (!instant_is_valid(start) || !judge_day_in_range(state_day(decision->state, start)))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "clock");
	struct ledger_id ledger_id;
	struct ledger *ledger = effects_create_ledger(effects, &ledger_id);
	ASSERT(ledger_id.raw == the_ledger.raw);
	ledger->clock = start;
	ledger->clock_mode = input->clock_mode;
	memcpy(ledger->ledger_id, input->ledger_id, sizeof(ledger->ledger_id));
	struct schedule_id schedule_id;
	struct schedule *schedule = effects_create_schedule(effects, &schedule_id);
	ASSERT(schedule_id.raw == 1);
	bool has_tomorrow = day_plus(state_day(decision->state, start), 1, &schedule->next_day);
	ASSERT(has_tomorrow);
	struct principal_id principal_id;
	struct principal *principal = effects_create_principal(effects, &principal_id);
	static const char code[] = "admin";
	memcpy(principal->code, code, sizeof(code) - 1);
	principal->role = ROLE_ADMINISTRATOR;
	principal->active = 1;
	struct credential_id credential_id;
	struct credential *credential = effects_create_credential(effects, &credential_id);
	credential->principal = principal_id;
	memcpy(credential->token_hash, input->token_hash, sizeof(credential->token_hash));
	return judge_object(decision, RESULT_OK, RECORD_KIND_LEDGER, ledger_id.raw);
}

/* The table as it would stand with these rows written from `first` on. */
static bool zone_with_rows(const struct state *state, const struct command_zone_set *input,
			   struct zone_table *ret_zone)
{
	*ret_zone = state->zone;
	if (state_count(state, RECORD_KIND_ZONE_ROW) == 0)
		ret_zone->count = 0;
	uint32_t count = input->transitions.count;
	if (input->first > ret_zone->count || input->first + count > ZONE_TRANSITIONS_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const struct zone_input *row = &input->transitions.items[i];
		if (row->offset_s_plus_day > 2 * TIME_SECONDS_PER_DAY)
			return false;
		uint32_t place = input->first + i;
		ret_zone->transitions[place] = (struct zone_transition){
		    .at_us = place == 0 ? INT64_MIN : row->at.us,
		    .offset_s = (int32_t)row->offset_s_plus_day - TIME_SECONDS_PER_DAY,
		};
	}
	if (input->first + count > ret_zone->count)
		ret_zone->count = input->first + count;
	return zone_is_valid(ret_zone);
}

/* Rows that the new table no longer has cannot go: they repeat its last offset after all others. */
static bool zone_pad(struct zone_table *zone, uint32_t used)
{
	ASSERT(used > 0 && used <= zone->count);
	static const struct civil_day end = {TIME_YEAR_MAX, 1, 1};
	struct day last;
	bool exists = day_from_civil(end, &last);
	ASSERT(exists);
	for (uint32_t i = used; i < zone->count; i++) {
		zone->transitions[i].at_us = last.number * TIME_US_PER_DAY + i;
		zone->transitions[i].offset_s = zone->transitions[used - 1].offset_s;
	}
	return zone_is_valid(zone);
}

static void write_zone_row(struct effects *effects, uint32_t place,
			   const struct zone_transition *transition)
{
	struct zone_row_id id = {place + 1};
	struct zone_row *row = id.raw > effects_count(effects, RECORD_KIND_ZONE_ROW)
				   ? effects_create_zone_row(effects, &id)
				   : effects_edit_zone_row(effects, id);
	ASSERT(id.raw == place + 1);
	row->at.us = transition->at_us;
	row->offset_s_plus_day = (uint32_t)(transition->offset_s + TIME_SECONDS_PER_DAY);
}

enum result zone_set(struct decision *decision)
{
	const struct command_zone_set *input = &decision->command->input.zone_set;
	struct effects *effects = decision->effects;
	if (effects_count(effects, RECORD_KIND_LEDGER) == 0)
		return RESULT_ILLEGAL_TRANSITION;
	if (input->transitions.count == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "transitions");
	struct zone_table zone;
	if (!zone_with_rows(decision->state, input, &zone))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "transitions");
	uint32_t used = input->first + input->transitions.count;
	uint32_t end = used;
	if (input->last != 0) {
		if (!zone_pad(&zone, used))
			return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "transitions");
		end = zone.count;
	}
	for (uint32_t place = input->first; place < end; place++)
		write_zone_row(effects, place, &zone.transitions[place]);
	if (input->last != 0) {
		struct ledger *ledger = effects_edit_ledger(effects, the_ledger);
		ledger->zone_version++;
	}
	return judge_object(decision, RESULT_OK, RECORD_KIND_LEDGER, the_ledger.raw);
}

enum result clock_advance(struct decision *decision)
{
	const struct command_clock_advance *input = &decision->command->input.clock_advance;
	const struct ledger *present = effects_read_ledger(decision->effects, the_ledger);
	if (present == NULL || present->clock_mode != CLOCK_MODE_MANUAL)
		return RESULT_CLOCK_NOT_MANUAL;
	if (instant_less(input->to, present->clock) || instant_less(input->to, decision->now))
		return judge_field(decision, RESULT_CLOCK_BACKWARDS, "to");
	struct ledger *ledger = effects_edit_ledger(decision->effects, the_ledger);
	ledger->clock = input->to;
	return judge_object(decision, RESULT_OK, RECORD_KIND_LEDGER, the_ledger.raw);
}
