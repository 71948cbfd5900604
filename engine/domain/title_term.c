/* Terms of titles: see title_term.h. SOURCE DOMAIN section 6, rule 8; state_transitions.csv VOUCHER
 * reserve_expires, waitlist; parameters.csv reserve_ttl_days. */
#include "engine/domain/title_term.h"

#include "engine/domain/duties.h"
#include "engine/domain/event.h"
#include "engine/domain/job.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/voucher_reserve.h"

#include <string.h>

static bool is_open(struct effects *effects, uint32_t id, struct voucher_id voucher,
		    enum title_term_kind kind)
{
	const struct title_term *term =
	    effects_read_title_term(effects, (struct title_term_id){id});
	ASSERT(term != NULL);
	return term->voucher.raw == voucher.raw && term->kind == (uint8_t)kind && term->open != 0;
}

struct title_term_id title_term_find(struct effects *effects, struct voucher_id voucher,
				     enum title_term_kind kind)
{
	ASSERT(voucher.raw != 0);
	const struct index *index = &effects->state->terms_by_voucher;
	uint32_t last = effects_count(effects, RECORD_KIND_TITLE_TERM);
	for (uint32_t id = state_count(effects->state, RECORD_KIND_TITLE_TERM) + 1; id <= last;
	     id++) /* those of this command */
		if (is_open(effects, id, voucher, kind))
			return (struct title_term_id){id};
	uint32_t id = index_first(index, state_term_key(voucher, kind));
	while (id != 0 && !is_open(effects, id, voucher, kind))
		id = index_next(index, id);
	return (struct title_term_id){id};
}

struct title_term *title_term_open(struct decision *decision, struct voucher_id voucher,
				   enum title_term_kind kind)
{
	struct title_term_id id;
	struct title_term *term = effects_create_title_term(decision->effects, &id);
	const struct voucher *of = effects_read_voucher(decision->effects, voucher);
	ASSERT(of != NULL);
	term->since = decision->now;
	term->voucher = voucher;
	term->comune = of->comune;
	term->sub_ambito = effects_read_comune(decision->effects, of->comune)->sub_ambito;
	term->measure = of->measure;
	term->kind = (uint8_t)kind;
	term->open = 1;
	return term;
}

static void end(struct effects *effects, struct title_term_id id)
{
	struct title_term *term = effects_edit_title_term(effects, id);
	term->open = 0;
	term->ended_at = effects->now;
}

void title_term_close(struct effects *effects, struct voucher_id voucher,
		      enum title_term_kind kind)
{
	struct title_term_id id = title_term_find(effects, voucher, kind);
	if (id.raw != 0)
		end(effects, id);
}

/* ---- Orders and urgencies ---- */

enum result title_term_check_order(struct decision *decision, const struct title_order *order,
				   uint8_t present)
{
	if (order->priority == 0 && order->authority.size > 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "authority");
	if (order->priority == 0 && order->act.size > 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "priority_act");
	if (order->priority == 0)
		return RESULT_OK;
	if (present != 0)
		return judge_field(decision, RESULT_FIELD_INVALID, "priority");
	if (order->act.size == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "priority_act");
	if (order->priority == TITLE_PRIORITY_MANDATORY && order->authority.size == 0)
		return judge_field(decision, RESULT_FIELD_MISSING, "authority");
	return RESULT_OK;
}

static enum title_term_kind kind_of(uint8_t priority)
{
	return priority == TITLE_PRIORITY_URGENT ? TITLE_TERM_KIND_URGENT
						 : TITLE_TERM_KIND_MANDATORY;
}

void title_term_note_order(struct decision *decision, struct voucher_id voucher,
			   const struct title_order *order)
{
	if (order->priority == 0)
		return;
	effects_edit_voucher(decision->effects, voucher)->priority = order->priority;
	struct title_term *term = title_term_open(decision, voucher, kind_of(order->priority));
	ASSERT(order->act.size <= sizeof(term->act));
	ASSERT(order->authority.size <= sizeof(term->authority));
	memcpy(term->act, order->act.data, order->act.size);
	if (order->authority.size > 0)
		memcpy(term->authority, order->authority.data, order->authority.size);
}

/* The last day on which an urgent title may be validated. */
static struct day validate_by(struct decision *decision, const struct voucher *voucher)
{
	struct parameter_scope scope = {.ambito = voucher->ambito};
	int64_t days = parameter_at(decision->state, PARAMETER_URGENT_VALIDATION_DAYS, &scope,
				    decision->today);
	struct day due = decision->today;
	bool exists = day_plus(decision->today, (int32_t)days, &due);
	ASSERT(exists);
	return due;
}

/* What was noted at the proposal goes on under a last day. */
static void begin_urgency(struct decision *decision, struct voucher_id id,
			  const struct voucher *voucher)
{
	struct effects *effects = decision->effects;
	struct title_term_id noted = title_term_find(effects, id, TITLE_TERM_KIND_URGENT);
	struct day due = validate_by(decision, voucher);
	struct title_term *term = title_term_open(decision, id, TITLE_TERM_KIND_URGENT);
	term->due = due;
	if (noted.raw != 0) {
		const struct title_term *earlier = effects_read_title_term(effects, noted);
		memcpy(term->act, earlier->act, sizeof(term->act));
		memcpy(term->authority, earlier->authority, sizeof(term->authority));
		end(effects, noted);
	}
	event_emit(decision, &(struct event){.kind = EVENT_KIND_URGENT_TO_VALIDATE,
					     .voucher = id,
					     .due = due,
					     .task = 1});
}

void title_term_issued(struct decision *decision, struct voucher_id id)
{
	struct effects *effects = decision->effects;
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	title_term_close(effects, id, TITLE_TERM_KIND_WAITING);
	title_term_close(effects, id, TITLE_TERM_KIND_RESERVATION);
	if (voucher->priority == 0)
		return;
	event_close_tasks(effects, id, EVENT_KIND_PRIORITY_UNFUNDED);
	if (voucher->priority == TITLE_PRIORITY_URGENT)
		begin_urgency(decision, id, voucher);
}

/* Validates an urgent title, also after its last day. RESULT_OK; RESULT_ILLEGAL_TRANSITION: it is
 * not urgent, not issued, or validated already. */
enum result voucher_validate(struct decision *decision)
{
	const struct command_voucher_validate *input = &decision->command->input.voucher_validate;
	struct effects *effects = decision->effects;
	struct title_term_id id = title_term_find(effects, input->voucher, TITLE_TERM_KIND_URGENT);
	const struct title_term *present = effects_read_title_term(effects, id);
	if (present == NULL || present->due.number == 0)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_VOUCHER,
				    input->voucher.raw);
	JUDGE_COPY_TEXT(effects_edit_title_term(effects, id)->act, input->act);
	title_term_close(effects, input->voucher, TITLE_TERM_KIND_URGENT);
	event_close_tasks(effects, input->voucher, EVENT_KIND_URGENT_TO_VALIDATE);
	event_close_tasks(effects, input->voucher, EVENT_KIND_URGENT_NOT_VALIDATED);
	return judge_object(decision, RESULT_OK, RECORD_KIND_VOUCHER, input->voucher.raw);
}

/* ---- Job: terms whose last day was the day before ---- */

static uint32_t first_of(const struct state *state, struct day day)
{
	return calendar_first_of_day(&state->terms_by_due, job_days_after(day, -1));
}

static void end_term(struct job *job, uint32_t raw)
{
	struct effects *effects = job->decision->effects;
	const struct title_term *term =
	    effects_read_title_term(effects, (struct title_term_id){raw});
	if (term->open == 0)
		return;
	job_changed(job);
	if (term->kind == TITLE_TERM_KIND_RESERVATION) {
		voucher_reserve_expire(job->decision, term->voucher);
		return;
	}
	ASSERT(term->kind == TITLE_TERM_KIND_URGENT);
	event_emit(job->decision, &(struct event){.kind = EVENT_KIND_URGENT_NOT_VALIDATED,
						  .voucher = term->voucher,
						  .task = 1});
}

bool job_terms_run(struct job *job)
{
	const struct state *state = job->decision->state;
	return job_walk(job, &state->terms_by_due, first_of(state, job->day), end_term);
}

bool job_terms_has_work(const struct state *state, struct day day)
{
	return first_of(state, day) != 0;
}
