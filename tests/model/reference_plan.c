/* Funds, ceilings, commitments, masters and accreditations of the reference: see reference.h. */
#include "tests/model/reference.h"

#include "tests/model/reference_inside.h"

#include <assert.h>
#include <string.h>

enum result ref_short(struct ref_outcome *out, enum result result, int64_t needed, int64_t there)
{
	out->short_by = needed - there;
	out->limit = there;
	return result;
}

enum result ref_with(struct ref_outcome *out, enum result result, uint32_t object)
{
	out->object = object;
	return result;
}

/* ---- Fund years ---- */

static uint32_t find_year(const struct reference *ref, uint32_t fund, int32_t year)
{
	for (uint32_t i = 1; i <= ref->years; i++)
		if (ref->year[i].fund == fund && ref->year[i].year == year)
			return i;
	return 0;
}

static int64_t engaged(const struct reference *ref, uint32_t year)
{
	int64_t sum = 0;
	for (uint32_t i = 1; i <= ref->commitments; i++)
		if (ref->commitment[i].year == year)
			sum += ref->commitment[i].amount;
	return sum;
}

static enum result year_in_state(const struct reference *ref, uint32_t fund, int32_t number,
				 uint32_t state, struct ref_outcome *out, uint32_t *year)
{
	*year = find_year(ref, fund, number);
	if (*year == 0)
		return RESULT_NOT_FOUND;
	if (ref->year[*year].state != state)
		return ref_with(out, RESULT_ILLEGAL_TRANSITION, *year);
	return ref_with(out, RESULT_OK, *year);
}

static enum result propose_year(struct reference *ref,
				const struct command_fund_year_propose *input,
				struct ref_outcome *out)
{
	uint32_t present = find_year(ref, input->fund.raw, input->year);
	if (present != 0)
		return ref_with(out, RESULT_ALREADY_EXISTS, present);
	out->gross = input->stated_cents.raw; /* raw: the reference counts in plain numbers */
	ref->year[++ref->years] = (struct ref_year){.fund = input->fund.raw,
						    .year = input->year,
						    .state = FUND_YEAR_STATE_DRAFT,
						    .expected = out->gross};
	return ref_with(out, RESULT_OK, ref->years);
}

static enum result approve_year(struct reference *ref,
				const struct command_fund_year_approve *input,
				struct ref_outcome *out)
{
	uint32_t year;
	enum result result = year_in_state(ref, input->fund.raw, input->year,
					   FUND_YEAR_STATE_DRAFT, out, &year);
	if (result != RESULT_OK)
		return result;
	out->gross = input->ascertained_cents.raw; /* raw: plain numbers */
	ref->year[year].state = FUND_YEAR_STATE_APPROVED;
	ref->year[year].expected -= out->gross;
	if (ref->year[year].expected < 0)
		ref->year[year].expected = 0;
	ref_add_event(&ref->appropriated, year, out->gross);
	return RESULT_OK;
}

static enum result open_year(struct reference *ref, const struct command_fund_year_open *input,
			     struct ref_outcome *out)
{
	uint32_t year;
	enum result result = year_in_state(ref, input->fund.raw, input->year,
					   FUND_YEAR_STATE_APPROVED, out, &year);
	if (result == RESULT_OK)
		ref->year[year].state = FUND_YEAR_STATE_OPEN;
	return result;
}

static enum result vary_year(struct reference *ref, const struct command_fund_year_vary *input,
			     struct ref_outcome *out)
{
	int64_t more = input->increase_cents.raw; /* raw: plain numbers */
	int64_t less = input->decrease_cents.raw; /* raw: plain numbers */
	uint32_t year;
	if (more == 0 && less == 0)
		return RESULT_FIELD_MISSING;
	if (more != 0 && less != 0)
		return RESULT_FIELD_INVALID;
	enum result result = year_in_state(ref, input->fund.raw, input->year,
					   FUND_YEAR_STATE_OPEN, out, &year);
	if (result != RESULT_OK)
		return result;
	int64_t available = ref_available(ref, year);
	int64_t unengaged = reference_appropriated(ref, year) - engaged(ref, year);
	out->object = 0;
	if (less > available)
		return ref_short(out, RESULT_FUND_EXHAUSTED, less, available);
	if (less > unengaged)
		return ref_short(out, RESULT_APPROPRIATION_BELOW_USED, less, unengaged);
	ref_add_event(&ref->appropriated, year, more - less);
	out->gross = more + less;
	return ref_with(out, RESULT_OK, year);
}

static enum result create_commitment(struct reference *ref,
				     const struct command_commitment_create *input,
				     struct ref_outcome *out)
{
	int64_t amount = input->amount_cents.raw; /* raw: plain numbers */
	if (amount == 0)
		return RESULT_FIELD_OUT_OF_RANGE;
	uint32_t year = find_year(ref, input->fund.raw, input->year);
	if (year == 0)
		return RESULT_UNKNOWN_REFERENCE;
	if (ref->year[year].state == FUND_YEAR_STATE_DRAFT)
		return RESULT_FUND_YEAR_NOT_OPEN;
	if (ref->year[year].state == FUND_YEAR_STATE_CLOSING)
		return RESULT_YEAR_CLOSED;
	for (uint32_t i = 1; i <= ref->commitments; i++)
		if (ref->commitment[i].year == year &&
		    strncmp(ref->commitment[i].number, input->number, 16) == 0)
			return ref_with(out, RESULT_ALREADY_EXISTS, i);
	int64_t room = reference_appropriated(ref, year) - engaged(ref, year);
	if (amount > room)
		return ref_short(out, RESULT_COMMITMENT_EXCEEDED, amount, room);
	struct ref_commitment *made = &ref->commitment[++ref->commitments];
	*made = (struct ref_commitment){.year = year, .amount = amount};
	memcpy(made->number, input->number, sizeof(made->number));
	out->gross = amount;
	return ref_with(out, RESULT_OK, ref->commitments);
}

/* ---- Ceilings ---- */

static struct ref_sums sums_of_cells[REF_CELLS];

enum result ref_ask_ceilings(const struct reference *ref, const struct ref_demand *demands,
			     uint32_t count, enum ref_part part, struct ref_outcome *out)
{
	bool are_summed = false;
	for (uint32_t i = 1; i <= ref->ceilings; i++) {
		const struct ref_ceiling *ceiling = &ref->ceiling[i];
		if (part == REF_OF_PROVIDER && ceiling->provider == 0)
			continue;
		if (part == REF_WITHOUT_PROVIDER && ceiling->provider != 0)
			continue;
		int64_t asked = 0;
		for (uint32_t j = 0; j < count; j++)
			if (ref_touches(ceiling, &demands[j].scope) &&
			    (ceiling->provider == 0 ||
			     ceiling->provider == demands[j].scope.provider))
				asked += demands[j].amount;
		if (asked == 0)
			continue;
		if (!are_summed)
			reference_sum_cells(ref, sums_of_cells);
		are_summed = true;
		int64_t left =
		    reference_granted(ref, i) - reference_ceiling_used(ref, i, sums_of_cells);
		if (asked <= left)
			continue;
		out->ceiling = i;
		return ref_short(out, RESULT_CEILING_EXCEEDED, asked, left);
	}
	return RESULT_OK;
}

static bool same_dimensions(const struct ref_ceiling *one, const struct ref_ceiling *other)
{
	return one->ambito == other->ambito && one->fund == other->fund &&
	       one->comune == other->comune && one->sub_ambito == other->sub_ambito &&
	       one->service == other->service && one->provider == other->provider &&
	       one->beneficiary == other->beneficiary && one->month == other->month &&
	       one->year == other->year;
}

static enum result make_ceiling(struct reference *ref, const struct ref_ceiling *ceiling,
				int64_t amount, struct ref_outcome *out)
{
	for (uint32_t i = 1; i <= ref->ceilings; i++)
		if (same_dimensions(&ref->ceiling[i], ceiling))
			return ref_with(out, RESULT_ALREADY_EXISTS, i);
	reference_sum_cells(ref, sums_of_cells);
	int64_t used = ref_counted(ref, ceiling, sums_of_cells);
	if (used > amount)
		return ref_short(out, RESULT_CEILING_BELOW_USED, used, amount);
	ref->ceiling[++ref->ceilings] = *ceiling;
	ref_add_event(&ref->granted, ref->ceilings, amount);
	return RESULT_OK;
}

static enum result set_ceiling(struct reference *ref, const struct command_ceiling_set *input,
			       struct ref_outcome *out)
{
	struct ref_ceiling ceiling = {.ambito = input->ambito.raw,
				      .fund = input->fund.raw,
				      .comune = input->comune.raw,
				      .sub_ambito = input->sub_ambito.raw,
				      .service = input->service.raw,
				      .provider = input->provider.raw,
				      .beneficiary = input->beneficiary.raw,
				      .month = input->month.number,
				      .year = input->year};
	if (ceiling.comune != 0 && ceiling.sub_ambito != 0 &&
	    ref->comune[ceiling.comune].sub_ambito != ceiling.sub_ambito)
		return RESULT_FIELD_INVALID;
	if (ceiling.month != 0 && ceiling.year != 0 && ceiling.month / 12 != ceiling.year)
		return RESULT_FIELD_INVALID;
	int64_t amount = input->amount_cents.raw; /* raw: plain numbers */
	enum result result = make_ceiling(ref, &ceiling, amount, out);
	if (result != RESULT_OK)
		return result;
	out->gross = amount;
	return ref_with(out, RESULT_OK, ref->ceilings);
}

static enum result raise_ceiling(struct reference *ref, const struct command_ceiling_raise *input,
				 struct ref_outcome *out)
{
	out->gross = input->amount_cents.raw; /* raw: plain numbers */
	if (out->gross == 0)
		return RESULT_FIELD_OUT_OF_RANGE;
	ref_add_event(&ref->granted, input->ceiling.raw, out->gross);
	return ref_with(out, RESULT_OK, input->ceiling.raw);
}

static enum result lower_ceiling(struct reference *ref, const struct command_ceiling_lower *input,
				 struct ref_outcome *out)
{
	uint32_t id = input->ceiling.raw;
	int64_t amount = input->amount_cents.raw; /* raw: plain numbers */
	if (amount == 0)
		return RESULT_FIELD_OUT_OF_RANGE;
	reference_sum_cells(ref, sums_of_cells);
	int64_t left = reference_granted(ref, id) - reference_ceiling_used(ref, id, sums_of_cells);
	if (amount > left) {
		out->ceiling = id;
		return ref_short(out, RESULT_CEILING_BELOW_USED, amount, left);
	}
	ref_add_event(&ref->granted, id, -amount);
	out->gross = amount;
	return ref_with(out, RESULT_OK, id);
}

/* ---- Solidarity formula: exact fractions of small worlds ---- */

struct share {
	uint32_t comune;
	int64_t cents;
	unsigned __int128 rest;
};

static unsigned __int128 weight(const struct reference *ref, uint32_t comune, const int64_t *bp,
				const uint64_t *totals)
{
	unsigned __int128 sum = 0;
	for (uint32_t i = 0; i < 3; i++) {
		if (bp[i] == 0)
			continue;
		unsigned __int128 term = (unsigned __int128)bp[i] * ref->comune[comune].counts[i];
		for (uint32_t j = 0; j < 3; j++)
			if (j != i && bp[j] != 0)
				term *= totals[j];
		sum += term;
	}
	return sum;
}

/* Largest rests first; the array is in the order of ISTAT codes, which breaks ties. */
static void hand_out(struct share *shares, uint32_t count, int64_t left)
{
	for (; left > 0; left--) {
		uint32_t best = 0;
		for (uint32_t i = 0; i < count; i++)
			if (shares[i].rest > shares[best].rest)
				best = i;
		shares[best].cents++;
		shares[best].rest = 0;
	}
}

static uint32_t gather_comuni(const struct reference *ref, uint32_t ambito, struct share *shares)
{
	uint32_t count = 0;
	for (uint32_t i = 1; i <= ref->comuni; i++)
		if (ref->comune[i].ambito == ambito)
			shares[count++] = (struct share){.comune = i};
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = i + 1; j < count; j++) {
			struct share swap = shares[i];
			if (memcmp(ref->comune[shares[j].comune].istat,
				   ref->comune[swap.comune].istat, 8) >= 0)
				continue;
			shares[i] = shares[j];
			shares[j] = swap;
		}
	return count;
}

static enum result allocate(struct reference *ref, const struct command_ceiling_allocate *input,
			    struct ref_outcome *out)
{
	const int64_t bp[3] = {input->population_bp, input->potential_users_bp,
			       input->actual_users_bp};
	struct share shares[REF_MASTERS];
	uint64_t totals[3] = {0, 0, 0};
	uint32_t year = find_year(ref, input->fund.raw, input->year);
	int64_t left = input->amount_cents.raw; /* raw: plain numbers */
	unsigned __int128 divisor = 10000;
	uint32_t before = ref->ceilings;
	if (year == 0)
		return RESULT_UNKNOWN_REFERENCE;
	uint32_t count = gather_comuni(ref, ref->fund_of[input->fund.raw], shares);
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < 3; j++)
			totals[j] += ref->comune[shares[i].comune].counts[j];
	if (bp[0] + bp[1] + bp[2] != 10000)
		return RESULT_FIELD_OUT_OF_RANGE;
	for (uint32_t j = 0; j < 3; j++) {
		if (bp[j] != 0 && totals[j] == 0)
			return RESULT_FIELD_INVALID;
		divisor *= bp[j] != 0 ? totals[j] : 1;
	}
	for (uint32_t i = 0; i < count; i++) {
		unsigned __int128 part = weight(ref, shares[i].comune, bp, totals);
		part *= (unsigned __int128)input->amount_cents.raw; /* raw: plain numbers */
		shares[i].cents = (int64_t)(part / divisor);
		shares[i].rest = part % divisor;
		left -= shares[i].cents;
	}
	hand_out(shares, count, left);
	enum result result = RESULT_OK;
	for (uint32_t i = 0; i < count && result == RESULT_OK; i++) {
		struct ref_ceiling ceiling = {.ambito = ref->fund_of[input->fund.raw],
					      .fund = input->fund.raw,
					      .comune = shares[i].comune,
					      .year = input->year};
		result = make_ceiling(ref, &ceiling, shares[i].cents, out);
	}
	if (result != RESULT_OK) { /* all or none */
		while (ref->granted.count > 0 &&
		       ref->granted.list[ref->granted.count - 1].owner > before)
			ref->granted.count--;
		ref->ceilings = before;
		return result;
	}
	out->gross = input->amount_cents.raw; /* raw: plain numbers */
	out->units = count;
	return ref_with(out, RESULT_OK, year);
}

/* ---- Masters, which the test makes rightly ---- */

static enum result make_comune(struct reference *ref, const struct command_comune_create *input,
			       struct ref_outcome *out)
{
	struct ref_comune *made = &ref->comune[++ref->comuni];
	made->sub_ambito = input->sub_ambito.raw;
	made->ambito = ref->sub_ambito_of[made->sub_ambito];
	made->counts[0] = input->population;
	made->counts[1] = input->potential_users;
	made->counts[2] = input->actual_users;
	memcpy(made->istat, input->istat_code, sizeof(made->istat));
	return ref_with(out, RESULT_OK, ref->comuni);
}

static enum result make_service(struct reference *ref, const struct command_service_create *input,
				struct ref_outcome *out)
{
	ref->service[++ref->services] =
	    (struct ref_service){.ambito = input->ambito.raw,
				 .unit = input->unit,
				 .vat = {0, input->vat_social_coop_bp,
					 input->vat_non_commercial_ets_bp, input->vat_other_bp}};
	return ref_with(out, RESULT_OK, ref->services);
}

static enum result make_tariff(struct reference *ref, const struct command_tariff_create *input,
			       struct ref_outcome *out)
{
	int64_t net = input->net_cents.raw; /* raw: plain numbers */
	if (net == 0)
		return RESULT_FIELD_OUT_OF_RANGE;
	for (uint32_t i = ref->tariffs; i >= 1; i--)
		if (ref->tariff[i].service == input->service.raw) {
			if (ref->tariff[i].from >= input->valid_from.number)
				return ref_with(out, RESULT_ALREADY_EXISTS, i);
			break;
		}
	ref->tariff[++ref->tariffs] = (struct ref_tariff){
	    .service = input->service.raw, .from = input->valid_from.number, .net = net};
	return ref_with(out, RESULT_OK, ref->tariffs);
}

static enum result make_principal(struct reference *ref,
				  const struct command_principal_create *input,
				  struct ref_outcome *out)
{
	struct ref_principal *made = &ref->principal[++ref->principals];
	*made = (struct ref_principal){.role = input->role,
				       .ambito = input->ambito.raw,
				       .comune = input->comune.raw,
				       .provider = input->provider.raw,
				       .beneficiary = input->beneficiary.raw};
	return ref_with(out, RESULT_OK, ref->principals);
}

static enum result make_master(struct reference *ref, const struct command *command,
			       struct ref_outcome *out)
{
	switch (command->kind) {
	case COMMAND_KIND_PRINCIPAL_CREATE:
		return make_principal(ref, &command->input.principal_create, out);
	case COMMAND_KIND_AMBITO_CREATE:
		return ref_with(out, RESULT_OK, ++ref->ambiti);
	case COMMAND_KIND_SUB_AMBITO_CREATE:
		ref->sub_ambito_of[++ref->sub_ambiti] = command->input.sub_ambito_create.ambito.raw;
		return ref_with(out, RESULT_OK, ref->sub_ambiti);
	case COMMAND_KIND_COMUNE_CREATE:
		return make_comune(ref, &command->input.comune_create, out);
	case COMMAND_KIND_SERVICE_CREATE:
		return make_service(ref, &command->input.service_create, out);
	case COMMAND_KIND_TARIFF_CREATE:
		return make_tariff(ref, &command->input.tariff_create, out);
	case COMMAND_KIND_FUND_CREATE:
		ref->fund_of[++ref->funds] = command->input.fund_create.ambito.raw;
		return ref_with(out, RESULT_OK, ref->funds);
	case COMMAND_KIND_PROVIDER_CREATE:
		ref->provider[++ref->providers] =
		    (struct ref_provider){command->input.provider_create.ambito.raw,
					  command->input.provider_create.kind};
		return ref_with(out, RESULT_OK, ref->providers);
	case COMMAND_KIND_BENEFICIARY_CREATE: {
		uint32_t comune = command->input.beneficiary_create.comune.raw;
		ref->beneficiary[++ref->beneficiaries] =
		    (struct ref_beneficiary){ref->comune[comune].ambito, comune};
		return ref_with(out, RESULT_OK, ref->beneficiaries);
	}
	default:
		return RESULT_FORBIDDEN;
	}
}

/* ---- Accreditations ---- */

int64_t ref_rate_of(const struct reference *ref, uint32_t service, uint32_t provider)
{
	return ref->service[service].vat[ref->provider[provider].kind];
}

static enum result on_day(const struct reference *ref, const struct ref_accreditation *pact,
			  uint32_t service, uint32_t comune, int32_t day)
{
	bool has_pact = pact->from != 0 && day >= pact->from && day <= pact->to;
	if (!has_pact || (pact->revoked != 0 && day >= pact->revoked))
		return RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
	if (!pact->services[service])
		return RESULT_SERVICE_NOT_COVERED;
	if (!pact->sub_ambiti[ref->comune[comune].sub_ambito])
		return RESULT_TERRITORY_NOT_COVERED;
	/* The latest suspension that holds on the day speaks. */
	for (uint32_t back = 1; back <= pact->suspension_count; back++) {
		uint32_t place = pact->suspension_count - back;
		const struct ref_suspension *one = &pact->suspensions[place];
		if (day < one->from || (one->to != 0 && day >= one->to))
			continue;
		bool unknown_then = day < one->notified && !one->safety;
		return unknown_then ? RESULT_DISPUTED : RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
	}
	return RESULT_OK;
}

enum result ref_accredited(const struct reference *ref, uint32_t provider, uint32_t service,
			   uint32_t comune, int32_t day, uint32_t *accreditation)
{
	static const enum result nearest_first[] = {
	    RESULT_OK, RESULT_DISPUTED, RESULT_TERRITORY_NOT_COVERED, RESULT_SERVICE_NOT_COVERED};
	for (uint32_t n = 0; n < 4; n++)
		for (uint32_t i = 1; i <= ref->accreditations; i++) {
			const struct ref_accreditation *pact = &ref->accreditation[i];
			if (pact->provider != provider ||
			    on_day(ref, pact, service, comune, day) != nearest_first[n])
				continue;
			*accreditation = i;
			return nearest_first[n];
		}
	return RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
}

static bool can_serve(const struct reference *ref, const struct ref_voucher *voucher, int32_t day)
{
	uint32_t found;
	if (day < voucher->from)
		day = voucher->from;
	if (day > voucher->to)
		return true;
	for (uint32_t i = 0; i < voucher->lines; i++)
		if (ref_accredited(ref, voucher->provider, voucher->service[i], voucher->comune,
				   day, &found) != RESULT_OK)
			return false;
	return true;
}

static enum result after_act(struct reference *ref, uint32_t id, int32_t from,
			     struct ref_outcome *out);

/* Bookings of the chosen provider that are still to come, from a day on. */
static void end_bookings(struct reference *ref, uint32_t voucher, int32_t day)
{
	for (uint32_t i = 1; i <= ref->records; i++) {
		const struct ref_record *record = &ref->record[i];
		if (record->voucher == voucher && record->state == REDEMPTION_STATE_BOOKED &&
		    record->provider == ref->voucher[voucher].provider &&
		    record->start >= ref->now && ref_day(record->start) >= day)
			ref_end_booking(ref, i);
	}
}

/* Midnight: pacts whose last day was yesterday. */
void ref_expire_pacts(struct reference *ref, int32_t day)
{
	struct ref_outcome out = {.units = 0};
	for (uint32_t i = 1; i <= ref->accreditations; i++) {
		struct ref_accreditation *pact = &ref->accreditation[i];
		if (pact->state != ACCREDITATION_STATE_ACTIVE || pact->to >= day)
			continue;
		pact->state = ACCREDITATION_STATE_EXPIRED;
		after_act(ref, i, day, &out);
	}
}

static enum result after_act(struct reference *ref, uint32_t id, int32_t from,
			     struct ref_outcome *out)
{
	int32_t today = ref_day(ref->now);
	ref->accreditation[id].acts++;
	for (uint32_t i = 1; i <= ref->vouchers && from != 0; i++) {
		struct ref_voucher *voucher = &ref->voucher[i];
		if (voucher->provider != ref->accreditation[id].provider ||
		    voucher->state != VOUCHER_STATE_ACTIVE)
			continue;
		int32_t day = from > today ? from : today;
		bool at_risk = !can_serve(ref, voucher, day);
		out->units += at_risk != voucher->at_risk ? 1 : 0;
		voucher->at_risk = at_risk;
		if (at_risk)
			end_bookings(ref, i, day);
	}
	return ref_with(out, RESULT_OK, id);
}

static enum result apply(struct reference *ref, const struct command_accreditation_apply *input,
			 struct ref_outcome *out)
{
	struct ref_accreditation *made = &ref->accreditation[++ref->accreditations];
	*made = (struct ref_accreditation){.provider = input->provider.raw,
					   .state = ACCREDITATION_STATE_SUBMITTED};
	for (uint32_t i = 0; i < input->services.count; i++)
		made->services[input->services.items[i].service.raw] = true;
	for (uint32_t i = 0; i < input->sub_ambiti.count; i++)
		made->sub_ambiti[input->sub_ambiti.items[i].sub_ambito.raw] = true;
	return after_act(ref, ref->accreditations, 0, out);
}

static bool is_cig(const char *text)
{
	uint32_t size = 0;
	for (; size < 12 && text[size] != '\0'; size++)
		if (!(text[size] >= 'A' && text[size] <= 'Z') &&
		    !(text[size] >= '0' && text[size] <= '9'))
			return false;
	return size == 10;
}

static enum result activate(struct reference *ref,
			    const struct command_accreditation_activate *input,
			    struct ref_outcome *out)
{
	uint32_t id = input->accreditation.raw;
	struct ref_accreditation *pact = &ref->accreditation[id];
	if (input->cig[0] == '\0')
		return RESULT_FIELD_MISSING;
	if (!is_cig(input->cig))
		return RESULT_FIELD_INVALID;
	if (input->valid_to.number != 0 && input->valid_from.number > input->valid_to.number)
		return RESULT_FIELD_OUT_OF_RANGE;
	if (pact->state != ACCREDITATION_STATE_APPROVED)
		return ref_with(out, RESULT_ILLEGAL_TRANSITION, id);
	pact->state = ACCREDITATION_STATE_ACTIVE;
	pact->from = input->valid_from.number;
	pact->to = input->valid_to.number; /* the model always names it */
	memcpy(pact->cig, input->cig, sizeof(pact->cig));
	return after_act(ref, id, 0, out);
}

static enum result suspend(struct reference *ref,
			   const struct command_accreditation_suspend *input,
			   struct ref_outcome *out)
{
	uint32_t id = input->accreditation.raw;
	struct ref_accreditation *pact = &ref->accreditation[id];
	if (pact->state != ACCREDITATION_STATE_ACTIVE)
		return ref_with(out, RESULT_ILLEGAL_TRANSITION, id);
	pact->state = ACCREDITATION_STATE_SUSPENDED;
	assert(pact->suspension_count < REF_SUSPENSIONS);
	pact->suspensions[pact->suspension_count++] =
	    (struct ref_suspension){.from = input->effective_from.number,
				    .notified = ref_day(ref->now),
				    .safety = input->safety != 0};
	return after_act(ref, id, input->effective_from.number, out);
}

static enum result reinstate(struct reference *ref,
			     const struct command_accreditation_reinstate *input,
			     struct ref_outcome *out)
{
	uint32_t id = input->accreditation.raw;
	struct ref_accreditation *pact = &ref->accreditation[id];
	if (pact->state != ACCREDITATION_STATE_SUSPENDED)
		return ref_with(out, RESULT_ILLEGAL_TRANSITION, id);
	struct ref_suspension *last = &pact->suspensions[pact->suspension_count - 1];
	if (input->effective_from.number < last->from)
		return RESULT_FIELD_OUT_OF_RANGE;
	pact->state = ACCREDITATION_STATE_ACTIVE;
	last->to = input->effective_from.number;
	return after_act(ref, id, input->effective_from.number, out);
}

static enum result revoke(struct reference *ref, const struct command_accreditation_revoke *input,
			  struct ref_outcome *out)
{
	uint32_t id = input->accreditation.raw;
	struct ref_accreditation *pact = &ref->accreditation[id];
	if (pact->state != ACCREDITATION_STATE_ACTIVE &&
	    pact->state != ACCREDITATION_STATE_SUSPENDED)
		return ref_with(out, RESULT_ILLEGAL_TRANSITION, id);
	pact->state = ACCREDITATION_STATE_REVOKED;
	pact->revoked = input->effective_from.number;
	return after_act(ref, id, pact->revoked, out);
}

static enum result approve(struct reference *ref,
			   const struct command_accreditation_approve *input,
			   struct ref_outcome *out)
{
	uint32_t id = input->accreditation.raw;
	if (ref->accreditation[id].state != ACCREDITATION_STATE_SUBMITTED)
		return ref_with(out, RESULT_ILLEGAL_TRANSITION, id);
	if (input->durc_valid_to.number < ref_day(ref->now)) /* none is past too */
		return RESULT_DURC_INVALID;
	ref->accreditation[id].state = ACCREDITATION_STATE_APPROVED;
	return after_act(ref, id, 0, out);
}

/* ---- The clock ---- */

static enum result advance(struct reference *ref, int64_t to, struct ref_outcome *out)
{
	if (to < ref->now)
		return RESULT_CLOCK_BACKWARDS;
	ref->now = to;
	return ref_with(out, RESULT_OK, 1);
}

enum result ref_plan(struct reference *ref, const struct command *command,
		     struct ref_outcome *out)
{
	switch (command->kind) {
	case COMMAND_KIND_CLOCK_ADVANCE:
		return advance(ref, command->input.clock_advance.to.us, out);
	case COMMAND_KIND_FUND_YEAR_PROPOSE:
		return propose_year(ref, &command->input.fund_year_propose, out);
	case COMMAND_KIND_FUND_YEAR_APPROVE:
		return approve_year(ref, &command->input.fund_year_approve, out);
	case COMMAND_KIND_FUND_YEAR_OPEN:
		return open_year(ref, &command->input.fund_year_open, out);
	case COMMAND_KIND_FUND_YEAR_VARY:
		return vary_year(ref, &command->input.fund_year_vary, out);
	case COMMAND_KIND_CEILING_SET:
		return set_ceiling(ref, &command->input.ceiling_set, out);
	case COMMAND_KIND_CEILING_RAISE:
		return raise_ceiling(ref, &command->input.ceiling_raise, out);
	case COMMAND_KIND_CEILING_LOWER:
		return lower_ceiling(ref, &command->input.ceiling_lower, out);
	case COMMAND_KIND_CEILING_ALLOCATE:
		return allocate(ref, &command->input.ceiling_allocate, out);
	case COMMAND_KIND_COMMITMENT_CREATE:
		return create_commitment(ref, &command->input.commitment_create, out);
	case COMMAND_KIND_ACCREDITATION_APPLY:
		return apply(ref, &command->input.accreditation_apply, out);
	case COMMAND_KIND_ACCREDITATION_APPROVE:
		return approve(ref, &command->input.accreditation_approve, out);
	case COMMAND_KIND_ACCREDITATION_ACTIVATE:
		return activate(ref, &command->input.accreditation_activate, out);
	case COMMAND_KIND_ACCREDITATION_SUSPEND:
		return suspend(ref, &command->input.accreditation_suspend, out);
	case COMMAND_KIND_ACCREDITATION_REINSTATE:
		return reinstate(ref, &command->input.accreditation_reinstate, out);
	case COMMAND_KIND_ACCREDITATION_REVOKE:
		return revoke(ref, &command->input.accreditation_revoke, out);
	default:
		return make_master(ref, command, out);
	}
}
