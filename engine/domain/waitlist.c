/* The waitlist: see waitlist.h. Who waits for an account is found under the account; the walk is
 * over those who wait for it, not over those who ever did. */
#include "engine/domain/waitlist.h"

#include "engine/domain/ceiling_match.h"
#include "engine/domain/event.h"
#include "engine/domain/judge.h"
#include "engine/domain/parameter.h"
#include "engine/domain/title_term.h"

/* The rules of one title's measure. */
struct rules {
	bool is_strict;
	bool is_ranked;
};

static struct rules rules_of(struct decision *decision, const struct voucher *voucher)
{
	struct parameter_scope scope = {.ambito = voucher->ambito, .measure = voucher->measure};
	const struct state *state = decision->state;
	return (struct rules){
	    .is_strict = parameter_at(state, PARAMETER_WAITLIST_POLICY, &scope,
				      decision->today) == WAITLIST_POLICY_STRICT_RANK,
	    .is_ranked = parameter_at(state, PARAMETER_ACCESS_MODE, &scope, decision->today) ==
			 ACCESS_MODE_RANKING,
	};
}

/* Does `other`, which waits, stand before `mine`? */
static bool stands_before(const struct rules *rules, struct voucher_id other_id,
			  const struct voucher *other, struct voucher_id mine_id,
			  const struct voucher *mine)
{
	if (other_id.raw == mine_id.raw || mine->priority != 0)
		return false;
	if (other->priority != 0)
		return true;
	if (!rules->is_strict || other->measure.raw != mine->measure.raw)
		return false;
	if (rules->is_ranked)
		return mine->rank != 0 && other->rank != 0 && other->rank < mine->rank;
	if (instant_less(other->proposed_at, mine->proposed_at))
		return true;
	return !instant_less(mine->proposed_at, other->proposed_at) &&
	       other_id.raw < mine_id.raw;
}

static bool is_behind(struct decision *decision, const struct waitlist_place *place,
		      const struct waitlist_blocker *account)
{
	struct effects *effects = decision->effects;
	const struct index *index = &decision->state->terms_by_blocker;
	uint64_t key = state_blocker_key(account->ceiling, account->fund_year);
	uint32_t term_id = index_first(index, key);
	if (term_id == 0)
		return false;
	const struct voucher *mine = effects_read_voucher(effects, place->voucher);
	struct rules rules = rules_of(decision, mine);
	rules.is_strict |= place->is_strict;
	for (; term_id != 0; term_id = index_next(index, term_id)) {
		const struct title_term *term =
		    effects_read_title_term(effects, (struct title_term_id){term_id});
		if (term->open == 0 || term->ceiling.raw != account->ceiling.raw ||
		    term->fund_year.raw != account->fund_year.raw)
			continue;
		const struct voucher *other = effects_read_voucher(effects, term->voucher);
		if (stands_before(&rules, term->voucher, other, place->voucher, mine))
			return true;
	}
	return false;
}

bool waitlist_is_behind_year(struct decision *decision, const struct waitlist_place *mine,
			     struct fund_year_id fund_year)
{
	ASSERT(fund_year.raw != 0);
	struct waitlist_blocker account = {.fund_year = fund_year};
	return is_behind(decision, mine, &account);
}

bool waitlist_is_behind_scope(struct decision *decision, const struct waitlist_place *mine,
			      const struct ceiling_scope *scope, struct ceiling_id *ret_ceiling)
{
	ASSERT(scope != NULL && ret_ceiling != NULL);
	struct ceiling_matches matches;
	if (decision->state->terms_by_blocker.count == 0 ||
	    !ceiling_match(decision->effects, scope, CEILING_PART_ALL, &matches))
		return false;
	for (uint32_t i = 0; i < matches.count; i++) {
		struct waitlist_blocker account = {.ceiling = matches.ids[i]};
		if (!is_behind(decision, mine, &account))
			continue;
		*ret_ceiling = matches.ids[i];
		return true;
	}
	return false;
}

/* A title that must be given and cannot be paid for: somebody has to find the money. */
static void tell_unfunded(struct decision *decision, struct voucher_id id, struct cents short_by,
			  const struct waitlist_blocker *blocker)
{
	if (event_open_task(decision->effects, id, EVENT_KIND_PRIORITY_UNFUNDED).raw != 0)
		return;
	event_emit(decision, &(struct event){.kind = EVENT_KIND_PRIORITY_UNFUNDED,
					     .voucher = id,
					     .fund_year = blocker->fund_year,
					     .amount_cents = short_by,
					     .task = 1});
}

void waitlist_enter(struct decision *decision, struct voucher_id id,
		    const struct waitlist_blocker *blocker, struct cents short_by)
{
	ASSERT((blocker->ceiling.raw != 0) != (blocker->fund_year.raw != 0));
	struct effects *effects = decision->effects;
	struct title_term_id present = title_term_find(effects, id, TITLE_TERM_KIND_WAITING);
	struct title_term *term = present.raw != 0
				      ? effects_edit_title_term(effects, present)
				      : title_term_open(decision, id, TITLE_TERM_KIND_WAITING);
	struct voucher *voucher = effects_edit_voucher(effects, id);
	voucher->state = VOUCHER_STATE_WAITLISTED;
	term->ceiling = blocker->ceiling;
	term->fund_year = blocker->fund_year;
	term->short_cents = short_by;
	term->rank = voucher->rank;
	if (voucher->priority != 0)
		tell_unfunded(decision, id, short_by, blocker);
}
