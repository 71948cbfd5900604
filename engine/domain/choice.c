/* The list of free choice: see choice.h.
 *
 * RANDOM: by a hash of ledger, title and provider, so that each title has its own order, nobody can
 * steer it, and everybody can check it. ROTATING: who was assigned a title longest ago comes first,
 * those who never were before all; ties by the order of registration. */
#include "engine/domain/choice.h"

#include "engine/base/assert.h"
#include "engine/base/index.h"
#include "engine/domain/accreditation.h"
#include "engine/domain/capacity.h"
#include "engine/domain/parameter.h"
#include "engine/domain/residence.h"

#include <string.h>

static uint64_t seed_of(struct effects *effects)
{
	const struct ledger *ledger = effects_read_ledger(effects, (struct ledger_id){1});
	uint64_t seed = 0;
	if (ledger != NULL)
		memcpy(&seed, ledger->ledger_id, sizeof(seed));
	return seed;
}

static uint8_t order_of(struct effects *effects, const struct voucher *voucher, struct day day)
{
	struct parameter_scope scope = {.ambito = voucher->ambito, .measure = voucher->measure};
	int64_t order =
	    parameter_at(effects->state, PARAMETER_PROVIDER_LIST_ORDER, &scope, day);
	ASSERT(order == PROVIDER_LIST_ORDER_RANDOM || order == PROVIDER_LIST_ORDER_ROTATING);
	return (uint8_t)order;
}

/* Room of an accreditation for one line in its fullest month; the title's own use is not counted
 * against it. */
static uint32_t room_for(struct effects *effects, const struct voucher *voucher,
			 const struct voucher_line *line, struct accreditation_id id,
			 struct month present)
{
	const struct accreditation *accreditation = effects_read_accreditation(effects, id);
	ASSERT(accreditation != NULL);
	if (accreditation->capacity_units == 0)
		return UINT32_MAX;
	uint32_t room = accreditation->capacity_units;
	struct month month = voucher->first_month;
	for (uint32_t i = 0; i < voucher->month_count; i++, month.number++) {
		if (month.number < present.number)
			continue;
		uint64_t used = capacity_used(effects, id, month);
		uint64_t own = line->accreditation.raw == id.raw ? line->units_per_month : 0;
		used -= used < own ? used : own;
		uint64_t left = used < accreditation->capacity_units
				    ? accreditation->capacity_units - used
				    : 0;
		room = left < room ? (uint32_t)left : room;
	}
	return room;
}

/* May the provider deliver all of the title, and has it room? Fills the offer. */
static bool offers(struct effects *effects, const struct voucher *voucher, struct day day,
		   struct month present, struct choice_offer *offer)
{
	offer->free_units = UINT32_MAX;
	for (uint32_t i = 0; i < voucher->line_count; i++) {
		const struct voucher_line *line = effects_read_voucher_line(
		    effects, (struct voucher_line_id){voucher->first_line.raw + i});
		ASSERT(line != NULL);
		struct accreditation_id found;
		if (accreditation_at(effects, offer->provider, line->service,
				     residence_comune(effects, voucher, month_of_day(day)), day,
				     &found) != RESULT_OK)
			return false;
		uint32_t room = room_for(effects, voucher, line, found, present);
		if (room < line->units_per_month)
			return false;
		offer->free_units = room < offer->free_units ? room : offer->free_units;
		uint64_t assigned =
		    (uint64_t)effects_read_accreditation(effects, found)->assigned_at.us;
		offer->order = assigned > offer->order ? assigned : offer->order;
	}
	return true;
}

/* Keeps the list sorted; what does not fit falls off its end. */
static void insert(struct choice_list *list, const struct choice_offer *offer)
{
	uint32_t place = list->count < CHOICE_OFFERS_MAX ? list->count : CHOICE_OFFERS_MAX;
	while (place > 0 && list->offers[place - 1].order > offer->order)
		place--;
	if (place == CHOICE_OFFERS_MAX)
		return;
	uint32_t last = list->count < CHOICE_OFFERS_MAX ? list->count : CHOICE_OFFERS_MAX - 1;
	for (uint32_t i = last; i > place; i--)
		list->offers[i] = list->offers[i - 1];
	list->offers[place] = *offer;
	list->count = last + 1;
}

void choice_list(struct effects *effects, struct voucher_id id, struct day today,
		 struct choice_list *ret_list)
{
	ASSERT(effects != NULL && ret_list != NULL);
	const struct voucher *voucher = effects_read_voucher(effects, id);
	ASSERT(voucher != NULL);
	struct day day = day_less(today, voucher->valid_from) ? voucher->valid_from : today;
	if (day_less(voucher->valid_to, day))
		day = voucher->valid_to;
	*ret_list = (struct choice_list){.day = day, .order = order_of(effects, voucher, today)};
	uint64_t seed = hash64_of_u64(id.raw, seed_of(effects));
	struct month present = month_of_day(today);
	for (uint32_t i = 1; i <= effects_count(effects, RECORD_KIND_PROVIDER); i++) {
		struct choice_offer offer = {.provider = {i}};
		const struct provider *provider = effects_read_provider(effects, offer.provider);
		if (provider->ambito.raw != voucher->ambito.raw || provider->merged != 0 ||
		    provider->kind == PROVIDER_KIND_INDIVIDUAL_ASSISTANT ||
		    !offers(effects, voucher, day, present, &offer))
			continue;
		if (ret_list->order == PROVIDER_LIST_ORDER_RANDOM)
			offer.order = hash64_of_u64(i, seed);
		insert(ret_list, &offer);
	}
}
