/* Events: what happened, for those who must know; tasks are events after which somebody must act.
 *
 * An event is a record like any other: made by the act that causes it, journaled with it, read by
 * GET /v1/events within the reader's scopes. It holds codes and amounts, no text.
 * SOURCE DOMAIN section 5 (alerts, re-choice tasks), section 14. */
#ifndef ENGINE_DOMAIN_EVENT_H
#define ENGINE_DOMAIN_EVENT_H

#include "engine/domain/decide.h"

/* Makes an event of what `event` says; `at` is filled, and ambito and comune from the title where
 * they are none. */
void event_emit(struct decision *decision, const struct event *event);

/* The title's open task of a kind; 0: none. */
struct event_id event_open_task(struct effects *effects, struct voucher_id voucher,
				enum event_kind kind);

/* Closes all open tasks of a kind of a title. */
void event_close_tasks(struct effects *effects, struct voucher_id voucher, enum event_kind kind);

#endif
