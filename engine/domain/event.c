/* Events and tasks: see event.h. */
#include "engine/domain/event.h"

#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

void event_emit(struct decision *decision, const struct event *given)
{
	ASSERT(given != NULL && given->kind != 0);
	struct event_id id;
	struct event *event = effects_create_event(decision->effects, &id);
	*event = *given;
	event->at = decision->now;
	const struct voucher *voucher = effects_read_voucher(decision->effects, given->voucher);
	if (voucher == NULL)
		return;
	if (event->ambito.raw == 0)
		event->ambito = voucher->ambito;
	if (event->comune.raw == 0)
		event->comune = voucher->comune;
}

static bool is_open_task(const struct event *event, struct voucher_id voucher, enum event_kind kind)
{
	return event->voucher.raw == voucher.raw && event->kind == (uint8_t)kind &&
	       event->task != 0 && event->closed == 0;
}

/* Among the title's events that the state has, the first open task from `id` on. */
static struct event_id find_task(struct effects *effects, uint32_t id, struct voucher_id voucher,
				 enum event_kind kind)
{
	for (; id != 0; id = index_next(&effects->state->events_by_voucher, id)) {
		const struct event *event = effects_read_event(effects, (struct event_id){id});
		if (is_open_task(event, voucher, kind))
			break;
	}
	return (struct event_id){id};
}

static uint32_t first_of(struct effects *effects, struct voucher_id voucher)
{
	ASSERT(voucher.raw != 0);
	return index_first(&effects->state->events_by_voucher,
			   hash64_of_u64(voucher.raw, RECORD_KIND_EVENT));
}

struct event_id event_open_task(struct effects *effects, struct voucher_id voucher,
				enum event_kind kind)
{
	return find_task(effects, first_of(effects, voucher), voucher, kind);
}

void event_close_tasks(struct effects *effects, struct voucher_id voucher, enum event_kind kind)
{
	struct event_id id = event_open_task(effects, voucher, kind);
	while (id.raw != 0) {
		effects_edit_event(effects, id)->closed = 1;
		uint32_t next = index_next(&effects->state->events_by_voucher, id.raw);
		id = find_task(effects, next, voucher, kind);
	}
}

/* Closes a task by hand. RESULT_OK; RESULT_ILLEGAL_TRANSITION: no task, or closed already. */
enum result event_close(struct decision *decision)
{
	struct event_id id = decision->command->input.event_close.event;
	struct event *event = effects_edit_event(decision->effects, id);
	if (event->task == 0 || event->closed != 0)
		return RESULT_ILLEGAL_TRANSITION;
	event->closed = 1;
	return judge_object(decision, RESULT_OK, RECORD_KIND_EVENT, id.raw);
}
