/* Random commands, mostly sensible: see world.h. What a command names is drawn from what the
 * reference knows; then a few are spoilt on purpose. */
#include "tests/model/reference_inside.h"
#include "tests/model/world.h"

#include <stdio.h>
#include <string.h>

#define DAY_US (1440 * REF_US_PER_MINUTE)

#define ACT(member) FIXTURE_TEXT(member, "DET-9")

static int32_t today(const struct world *world)
{
	return ref_day(world->ref->now);
}

static struct cents amount(struct world *world, uint32_t most)
{
	return cents_from(1 + world_below(world, most));
}

/* ---- Who ---- */

static struct principal_id who_of(struct world *world, enum role role, uint32_t ambito,
				  uint32_t comune, uint32_t provider)
{
	const struct reference *ref = world->ref;
	uint32_t any = 0;
	bool is_wide = world_chance(world, 8);
	for (uint32_t i = 1; i <= ref->principals; i++) {
		const struct ref_principal *one = &ref->principal[i];
		if (one->role != (uint32_t)role)
			continue;
		any = i;
		if ((provider == 0 || one->provider == provider) &&
		    (comune == 0 || one->comune == comune) &&
		    one->ambito == (is_wide ? 0 : ambito))
			return (struct principal_id){i};
	}
	if (is_wide)
		return who_of(world, role, ambito, comune, provider);
	return (struct principal_id){any};
}

static struct command by(struct world *world, enum command_kind kind, enum role role)
{
	return fixture_command(kind, who_of(world, role, 1, 0, 0));
}

/* ---- What ---- */

static uint32_t any_fund(struct world *world)
{
	return world_chance(world, 2) ? 4 : 1 + world_below(world, 3);
}

static uint32_t any_service(struct world *world)
{
	return world_chance(world, 1) ? 5 : 1 + world_below(world, 4);
}

static uint32_t any_provider(struct world *world)
{
	return world_chance(world, 1) ? 6 : 1 + world_below(world, 5);
}

static uint16_t any_year(struct world *world)
{
	return (uint16_t)(ref_year_of(today(world)) - 1 + (int32_t)world_below(world, 8));
}

/* A fund and a year, in this state if one is found soon. */
static void any_fund_year(struct world *world, uint32_t state, struct fund_id *fund,
			  uint16_t *year)
{
	const struct reference *ref = world->ref;
	for (uint32_t i = 0; i < 60 && ref->years > 0; i++) {
		const struct ref_year *one = &ref->year[1 + world_below(world, ref->years)];
		fund->raw = one->fund;
		*year = (uint16_t)one->year;
		if (one->state == state || (i == 0 && world_chance(world, 6)))
			return;
	}
	if (world_chance(world, 60))
		return;
	fund->raw = any_fund(world);
	*year = any_year(world);
}

#define STATE(kind) (1u << VOUCHER_STATE_##kind)

static uint32_t any_voucher(struct world *world, uint32_t states)
{
	const struct reference *ref = world->ref;
	uint32_t found = 0;
	world->is_vain = world->is_vain || ref->vouchers == 0;
	if (ref->vouchers == 0)
		return 1;
	bool is_any = world_chance(world, 6);
	uint32_t span = ref->vouchers < 60 || world_chance(world, 10) ? ref->vouchers : 60;
	for (uint32_t i = 0; i < 40; i++) {
		found = ref->vouchers - world_below(world, span);
		if (is_any || (1u << ref->voucher[found].state & states) != 0)
			return found;
	}
	for (uint32_t i = ref->vouchers; i >= 1; i--)
		if ((1u << ref->voucher[i].state & states) != 0)
			return i;
	world->is_vain = true;
	return found;
}

static uint32_t any_record(struct world *world, uint32_t state)
{
	const struct reference *ref = world->ref;
	uint32_t found = 0;
	world->is_vain = world->is_vain || ref->records == 0;
	if (ref->records == 0)
		return 1;
	bool is_any = world_chance(world, 6);
	uint32_t span = ref->records < 150 || world_chance(world, 25) ? ref->records : 150;
	for (uint32_t i = 0; i < 40; i++) {
		found = ref->records - world_below(world, span);
		if (is_any || ref->record[found].state == state)
			return found;
	}
	for (uint32_t i = ref->records; i >= 1; i--)
		if (ref->record[i].state == state)
			return i;
	world->is_vain = true;
	return found;
}

static uint32_t any_statement(struct world *world, uint32_t state)
{
	const struct reference *ref = world->ref;
	uint32_t found = 0;
	world->is_vain = world->is_vain || ref->statements == 0;
	if (ref->statements == 0)
		return 1;
	bool is_any = world_chance(world, 5);
	int32_t ripe_after = world_chance(world, 30) ? 12 : 33; /* before or after the release */
	for (uint32_t i = 0; i < 80; i++) {
		found = 1 + world_below(world, ref->statements);
		const struct ref_statement *one = &ref->statement[found];
		bool is_ripe = state != STATEMENT_STATE_OPEN || world_chance(world, 8) ||
			       ref_month_last(one->month) + ripe_after <=
					       today(world);
		if (is_any || (one->state == state && is_ripe))
			return found;
	}
	for (uint32_t i = 1; i <= ref->statements; i++)
		if (ref->statement[i].state == state &&
		    (state != STATEMENT_STATE_OPEN ||
		     ref_month_last(ref->statement[i].month) + 12 <= today(world)))
			return i;
	world->is_vain = true;
	return found;
}

static uint32_t any_accreditation(struct world *world, uint32_t state)
{
	const struct reference *ref = world->ref;
	uint32_t found = 0;
	bool is_any = world_chance(world, 8);
	for (uint32_t i = 0; i < 60; i++) {
		found = 1 + world_below(world, ref->accreditations);
		/* The first pacts are mostly left in peace, so that services go on. */
		bool is_spared = found <= 6 && state != ACCREDITATION_STATE_SUSPENDED &&
				 !world_chance(world, 8);
		if (is_any || (ref->accreditation[found].state == state && !is_spared))
			return found;
	}
	world->is_vain = true;
	return found;
}

/* ---- Plan ---- */

static void make_advance(struct world *world, struct command *command)
{
	int64_t step = (1 + world_below(world, 700)) * REF_US_PER_MINUTE;
	if (world_chance(world, 25 + 10 * world->patience))
		step = (1 + world_below(world, 3)) * DAY_US;
	if (world_chance(world, 3))
		step = (15 + world_below(world, 25)) * DAY_US;
	if (world_chance(world, 6))
		step = -step;
	if (world_chance(world, 10)) /* to the first instants of a legal day */
		step = ref_midnight(today(world) + 1) - world->ref->now + (int64_t)
		       world_below(world, 2) * 1000000;
	*command = fixture_command(COMMAND_KIND_CLOCK_ADVANCE, (struct principal_id){1});
	command->input.clock_advance.to.us = world->ref->now + step;
}

static void make_vary(struct world *world, struct command *command)
{
	struct command_fund_year_vary *input = &command->input.fund_year_vary;
	*command = by(world, COMMAND_KIND_FUND_YEAR_VARY,
		      world_chance(world, 50) ? ROLE_ASSEMBLY : ROLE_FINANCE);
	any_fund_year(world, FUND_YEAR_STATE_OPEN, &input->fund, &input->year);
	uint32_t most = (uint32_t)world->wealth / (world_chance(world, 30) ? 1 : 8);
	uint32_t sort = world_below(world, 100);
	if (sort < 52 || sort >= 96)
		input->increase_cents = amount(world, most);
	if (sort >= 52 && (sort < 92 || sort >= 96))
		input->decrease_cents = amount(world, most);
	struct fund_year_id varied =
	    state_find_fund_year(&world->fixture.state, input->fund, input->year);
	if (sort >= (world->is_miserly ? 52 : 75) && sort < 92 && varied.raw != 0)
		input->decrease_cents = /* to the last cent */
		    state_fund_balance(&world->fixture.state, varied, FUND_AVAILABLE);
	ACT(input->act);
}

static void make_fund_act(struct world *world, uint8_t kind, struct command *command)
{
	struct command_fund_year_propose *propose = &command->input.fund_year_propose;
	struct command_fund_year_approve *approve = &command->input.fund_year_approve;
	struct command_fund_year_open *opening = &command->input.fund_year_open;
	switch (kind) {
	case COMMAND_KIND_FUND_YEAR_PROPOSE:
		*command = by(world, COMMAND_KIND_FUND_YEAR_PROPOSE, ROLE_UDP_MANAGER);
		propose->fund.raw = any_fund(world);
		propose->year = (uint16_t)(any_year(world) + world_below(world, 14));
		propose->stated_cents = amount(world, (uint32_t)world->wealth);
		ACT(propose->act);
		break;
	case COMMAND_KIND_FUND_YEAR_APPROVE:
		*command = by(world, COMMAND_KIND_FUND_YEAR_APPROVE, ROLE_ASSEMBLY);
		any_fund_year(world, FUND_YEAR_STATE_DRAFT, &approve->fund, &approve->year);
		approve->ascertained_cents = amount(world, (uint32_t)world->wealth);
		ACT(approve->act);
		break;
	case COMMAND_KIND_FUND_YEAR_OPEN:
		*command = by(world, COMMAND_KIND_FUND_YEAR_OPEN, ROLE_FINANCE);
		any_fund_year(world, FUND_YEAR_STATE_APPROVED, &opening->fund, &opening->year);
		break;
	default:
		make_vary(world, command);
	}
}

static void make_commitment(struct world *world, struct command *command)
{
	struct command_commitment_create *input = &command->input.commitment_create;
	char number[16];
	*command = by(world, COMMAND_KIND_COMMITMENT_CREATE, ROLE_FINANCE);
	any_fund_year(world, world_chance(world, 90) ? FUND_YEAR_STATE_OPEN : FUND_YEAR_STATE_DRAFT,
		      &input->fund, &input->year);
	(void)snprintf(number, sizeof(number), "%u", 1 + world_below(world, 60));
	FIXTURE_TEXT(input->number, number);
	FIXTURE_TEXT(input->chapter, "1200");
	ACT(input->act);
	input->amount_cents =
	    amount(world, (uint32_t)world->wealth / (world_chance(world, 60) ? 10 : 1));
	if (world_chance(world, 2))
		input->amount_cents = cents_zero();
}

static void make_ceiling(struct world *world, struct command *command)
{
	struct command_ceiling_set *input = &command->input.ceiling_set;
	const struct reference *ref = world->ref;
	*command = by(world, COMMAND_KIND_CEILING_SET, ROLE_UDP_MANAGER);
	input->ambito.raw = 1;
	input->amount_cents = amount(world, (uint32_t)world->wealth / 2);
	ACT(input->act);
	if (world_chance(world, 50))
		input->fund.raw = any_fund(world);
	if (world_chance(world, 50))
		input->year = (uint16_t)ref_year_of(today(world));
	if (world_chance(world, 40))
		input->comune.raw = 1 + world_below(world, 5);
	if (world_chance(world, 20))
		input->sub_ambito.raw = 1 + world_below(world, 3);
	if (world_chance(world, 25))
		input->service.raw = any_service(world);
	if (world_chance(world, 30))
		input->provider.raw = any_provider(world);
	if (world_chance(world, 10))
		input->beneficiary.raw = 1 + world_below(world, ref->beneficiaries);
	if (world_chance(world, 20))
		input->month.number =
		    ref_month_of(today(world)) - 1 + (int32_t)world_below(world, 4);
	if (world_chance(world, 10)) {
		command->principal = who_of(world, ROLE_COMUNE_ADMIN, 1, 0, 0);
		input->comune.raw = ref->principal[command->principal.raw].comune;
		input->sub_ambito.raw = 0;
	}
}

/* A ceiling around one cell of a statement to be frozen, without a cent to spare: roundings that go
 * up find no money. */
static void make_tight_ceiling(struct world *world, struct command *command)
{
	static struct ref_sums sums[REF_CELLS];
	struct command_ceiling_set *input = &command->input.ceiling_set;
	const struct reference *ref = world->ref;
	uint32_t statement = any_statement(world, STATEMENT_STATE_OPEN);
	uint32_t found = 0;
	for (uint32_t i = 1; i <= ref->lines; i++)
		if (ref->line[i].statement == statement && (found == 0 || world_chance(world, 30)))
			found = i;
	if (found == 0)
		return;
	const struct ref_cell *cell = &ref->cell[ref->line[found].cell];
	const struct ref_voucher *voucher = &ref->voucher[cell->voucher];
	struct ref_ceiling ceiling = {.ambito = 1,
				      .beneficiary = voucher->beneficiary,
				      .service = voucher->service[cell->line],
				      .fund = ref->year[cell->year].fund,
				      .month = cell->month};
	reference_sum_cells(ref, sums);
	input->amount_cents = cents_from(ref_counted(ref, &ceiling, sums));
	input->beneficiary.raw = ceiling.beneficiary;
	input->service.raw = ceiling.service;
	input->fund.raw = ceiling.fund;
	input->month.number = ceiling.month;
	input->year = 0;
	input->comune.raw = 0;
	input->sub_ambito.raw = 0;
	input->provider.raw = 0;
	command->principal = who_of(world, ROLE_UDP_MANAGER, 1, 0, 0);
}

static void make_ceiling_act(struct world *world, uint8_t kind, struct command *command)
{
	struct command_ceiling_allocate *allot = &command->input.ceiling_allocate;
	uint32_t id = 1 + world_below(world, world->ref->ceilings);
	switch (kind) {
	case COMMAND_KIND_CEILING_SET:
		make_ceiling(world, command);
		if (world_chance(world, 30))
			make_tight_ceiling(world, command);
		break;
	case COMMAND_KIND_CEILING_ALLOCATE:
		*command = by(world, COMMAND_KIND_CEILING_ALLOCATE, ROLE_UDP_MANAGER);
		any_fund_year(world,
			      world_chance(world, 50) ? FUND_YEAR_STATE_APPROVED
						      : FUND_YEAR_STATE_OPEN,
			      &allot->fund, &allot->year);
		if (world_chance(world, 10))
			allot->year = 2055;
		allot->amount_cents = amount(
		    world, (uint32_t)world->wealth * 2 / (world_chance(world, 40) ? 60 : 1));
		allot->population_bp = (uint16_t)(world_below(world, 101) * 100);
		allot->potential_users_bp =
		    (uint16_t)world_below(world, 10001u - allot->population_bp);
		allot->actual_users_bp =
		    (uint16_t)(10000 - allot->population_bp - allot->potential_users_bp);
		if (world_chance(world, 4))
			allot->population_bp++;
		ACT(allot->act);
		break;
	case COMMAND_KIND_CEILING_RAISE:
		*command = by(world, COMMAND_KIND_CEILING_RAISE, ROLE_UDP_MANAGER);
		command->input.ceiling_raise.ceiling.raw = id;
		command->input.ceiling_raise.amount_cents = amount(world, 200000);
		ACT(command->input.ceiling_raise.act);
		if (world_chance(world, 3))
			command->input.ceiling_raise.amount_cents = cents_zero();
		break;
	default:
		*command = by(world, COMMAND_KIND_CEILING_LOWER, ROLE_UDP_MANAGER);
		command->input.ceiling_lower.ceiling.raw = id;
		command->input.ceiling_lower.amount_cents =
		    amount(world, world_chance(world, 60) ? 60000 : (uint32_t)world->wealth);
		if (world_chance(world, world->is_miserly ? 90 : 30)) /* to the last cent */
			command->input.ceiling_lower.amount_cents = state_ceiling_balance(
			    &world->fixture.state, (struct ceiling_id){id}, CEILING_FREE);
		ACT(command->input.ceiling_lower.act);
	}
}

static void make_master(struct world *world, uint8_t kind, struct command *command)
{
	struct command_tariff_create *tariff = &command->input.tariff_create;
	if (kind == COMMAND_KIND_BENEFICIARY_CREATE) {
		*command = by(world, COMMAND_KIND_BENEFICIARY_CREATE, ROLE_SOCIAL_WORKER);
		command->input.beneficiary_create.comune.raw = 1 + world_below(world, 5);
		return;
	}
	*command = by(world, COMMAND_KIND_TARIFF_CREATE, ROLE_ASSEMBLY);
	tariff->service.raw = any_service(world);
	tariff->valid_from.number = today(world) - 10 + (int32_t)world_below(world, 60);
	tariff->net_cents = amount(world, 3500);
	ACT(tariff->act);
	if (world_chance(world, 3))
		tariff->net_cents = cents_zero();
}

/* ---- Accreditations ---- */

static void make_pact(struct world *world, struct command *command)
{
	struct command_accreditation_activate *input = &command->input.accreditation_activate;
	*command = by(world, COMMAND_KIND_ACCREDITATION_ACTIVATE, ROLE_CAPOFILA);
	input->accreditation.raw = any_accreditation(world, ACCREDITATION_STATE_APPROVED);
	input->valid_from.number = today(world) - (int32_t)world_below(world, 60);
	input->valid_to.number = today(world) - 5 + (int32_t)world_below(world, 500);
	if (world_chance(world, 4))
		input->valid_to.number = input->valid_from.number - 1;
	FIXTURE_TEXT(input->cig, world_chance(world, 4) ? "b0a1" : "B0A1C2D3E4");
	ACT(input->act);
}

static void make_application(struct world *world, struct command *command)
{
	struct command_accreditation_apply *input = &command->input.accreditation_apply;
	*command = by(world, COMMAND_KIND_ACCREDITATION_APPLY, ROLE_ACCREDITOR);
	input->provider.raw = 1 + world_below(world, 5);
	if (world_chance(world, 40))
		command->principal = who_of(world, ROLE_PROVIDER, 1, 0, input->provider.raw);
	input->services.count = 1 + world_below(world, 3);
	for (uint32_t i = 0; i < input->services.count; i++)
		input->services.items[i].service.raw = 1 + world_below(world, 4);
	input->sub_ambiti.count = 1 + world_below(world, 3);
	for (uint32_t i = 0; i < input->sub_ambiti.count; i++)
		input->sub_ambiti.items[i].sub_ambito.raw = 1 + world_below(world, 3);
}

static void make_accreditation_act(struct world *world, uint8_t kind, struct command *command)
{
	int32_t day = today(world) - 8 + (int32_t)world_below(world, 30);
	switch (kind) {
	case COMMAND_KIND_ACCREDITATION_APPLY:
		make_application(world, command);
		break;
	case COMMAND_KIND_ACCREDITATION_APPROVE:
		*command = by(world, COMMAND_KIND_ACCREDITATION_APPROVE, ROLE_ACCREDITOR);
		command->input.accreditation_approve.accreditation.raw =
		    any_accreditation(world, ACCREDITATION_STATE_SUBMITTED);
		ACT(command->input.accreditation_approve.act);
		if (!world_chance(world, 5)) /* else there is no DURC at all */
			command->input.accreditation_approve.durc_valid_to.number =
			    today(world) - 2 + (int32_t)world_below(world, 120);
		break;
	case COMMAND_KIND_ACCREDITATION_ACTIVATE:
		make_pact(world, command);
		break;
	case COMMAND_KIND_ACCREDITATION_SUSPEND:
		*command = by(world, COMMAND_KIND_ACCREDITATION_SUSPEND, ROLE_ACCREDITOR);
		command->input.accreditation_suspend.accreditation.raw =
		    any_accreditation(world, ACCREDITATION_STATE_ACTIVE);
		command->input.accreditation_suspend.effective_from.number = day;
		command->input.accreditation_suspend.safety = world_chance(world, 30);
		ACT(command->input.accreditation_suspend.act);
		break;
	case COMMAND_KIND_ACCREDITATION_REINSTATE:
		*command = by(world, COMMAND_KIND_ACCREDITATION_REINSTATE, ROLE_ACCREDITOR);
		command->input.accreditation_reinstate.accreditation.raw =
		    any_accreditation(world, ACCREDITATION_STATE_SUSPENDED);
		command->input.accreditation_reinstate.effective_from.number = day;
		ACT(command->input.accreditation_reinstate.act);
		break;
	default:
		*command = by(world, COMMAND_KIND_ACCREDITATION_REVOKE, ROLE_ACCREDITOR);
		command->input.accreditation_revoke.accreditation.raw =
		    any_accreditation(world, world_chance(world, 50)
						 ? ACCREDITATION_STATE_ACTIVE
						 : ACCREDITATION_STATE_SUSPENDED);
		command->input.accreditation_revoke.effective_from.number = day;
		ACT(command->input.accreditation_revoke.act);
	}
}

/* ---- Titles ---- */

static uint32_t any_allotment(struct world *world, uint32_t service)
{
	static const uint32_t minutes[] = {60, 180, 300, 600, 720, 725, 1200, 2400};
	uint32_t unit = world->ref->service[service].unit;
	if (unit == UNIT_MINUTE)
		return minutes[world_below(world, 8)];
	return unit == UNIT_EURO ? 2000 + world_below(world, 30000) : 2 + world_below(world, 12);
}

static void spoil_proposal(struct world *world, struct command_voucher_propose *input)
{
	switch (world_below(world, 6)) {
	case 0:
		input->lines.items[0].units_per_month = 0;
		break;
	case 1:
		input->last_month.number = input->first_month.number - 1;
		break;
	case 2:
		input->lines.count = 2;
		input->lines.items[1] = input->lines.items[0];
		break;
	case 3:
		input->valid_from.number = ref_month_first(input->first_month.number) - 1;
		break;
	case 4:
		input->valid_to.number = ref_month_last(input->last_month.number) + 1;
		break;
	default:
		input->last_month.number = input->first_month.number + 36;
	}
}

static void make_proposal(struct world *world, struct command *command)
{
	struct command_voucher_propose *input = &command->input.voucher_propose;
	*command = by(world, COMMAND_KIND_VOUCHER_PROPOSE, ROLE_SOCIAL_WORKER);
	input->beneficiary.raw = 1 + world_below(world, world->ref->beneficiaries);
	input->fund.raw = any_fund(world);
	input->lines.count = world_chance(world, 75) ? 1 : 2;
	for (uint32_t i = 0; i < input->lines.count; i++) {
		uint32_t service = any_service(world);
		input->lines.items[i].service.raw = service;
		input->lines.items[i].units_per_month = any_allotment(world, service);
	}
	input->first_month.number =
	    ref_month_of(today(world)) - (world_chance(world, 35) ? 1 : 0) +
	    (int32_t)world_below(world, 5) / 4;
	uint32_t months = world_chance(world, 90) ? 4 : 14;
	input->last_month.number =
	    input->first_month.number + (int32_t)world_below(world, months);
	if (world_chance(world, 20))
		input->valid_from.number =
		    ref_month_first(input->first_month.number) + (int32_t)world_below(world, 25);
	if (world_chance(world, 20))
		input->valid_to.number =
		    ref_month_last(input->last_month.number) - (int32_t)world_below(world, 3);
	input->rank = world_below(world, 3);
	if (world_chance(world, 8))
		spoil_proposal(world, input);
}

static void make_choice(struct world *world, struct command *command)
{
	struct command_voucher_choose_provider *input = &command->input.voucher_choose_provider;
	uint32_t id = any_voucher(world, world_chance(world, 45) ? STATE(ISSUED) : STATE(ACTIVE));
	const struct ref_voucher *voucher = &world->ref->voucher[id];
	*command = by(world, COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER,
		      world_chance(world, 50) ? ROLE_SOCIAL_WORKER : ROLE_UDP_OFFICER);
	input->voucher.raw = id;
	input->provider.raw = any_provider(world);
	if (world_chance(world, 10) && voucher->provider != 0)
		input->provider.raw = voucher->provider;
	if (world_chance(world, 25)) {
		command->principal = who_of(world, ROLE_PROVIDER, 1, 0, input->provider.raw);
		input->voucher_code = voucher->code;
		if (world_chance(world, 8))
			input->voucher_code = world_below(world, 2) == 0 ? 0 : UINT64_C(77);
		if (world_chance(world, 8))
			input->provider.raw = any_provider(world);
	} else if (world_chance(world, 8)) {
		input->voucher_code = world_chance(world, 50) ? voucher->code : UINT64_C(78);
	}
}

/* Now and then a title is revoked over a late record that waits, in the middle of its month. */
static void revoke_while_late(struct world *world, struct command_voucher_revoke *revoke)
{
	const struct ref_record *record =
	    &world->ref->record[any_record(world, REDEMPTION_STATE_SUBMITTED)];
	if (!world_chance(world, 60) || record->state != REDEMPTION_STATE_SUBMITTED)
		return;
	int32_t day = ref_day(record->start);
	int32_t first = ref_month_last(ref_month_of(day) - 1) + 2; /* the month's second day */
	revoke->voucher.raw = record->voucher;
	revoke->effective_from.number = first < day ? first : day;
}

static void make_title_act(struct world *world, uint8_t kind, struct command *command)
{
	struct command_voucher_issue *issue = &command->input.voucher_issue;
	struct command_voucher_revoke *revoke = &command->input.voucher_revoke;
	switch (kind) {
	case COMMAND_KIND_VOUCHER_PROPOSE:
		make_proposal(world, command);
		break;
	case COMMAND_KIND_VOUCHER_ISSUE:
		*command = by(world, COMMAND_KIND_VOUCHER_ISSUE, ROLE_UDP_OFFICER);
		issue->voucher.raw = any_voucher(
		    world, world_chance(world, 75) ? STATE(PROPOSED) : STATE(WAITLISTED));
		issue->code_hash = world_chance(world, 3) && world->ref->vouchers > 0
				       ? world->ref->voucher[any_voucher(world, STATE(ISSUED))].code
				       : world->next_code;
		if (issue->code_hash == 0 || issue->code_hash == world->next_code)
			issue->code_hash = world->next_code++;
		if (world_chance(world, 15))
			issue->fund.raw = any_fund(world);
		break;
	case COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER:
		make_choice(world, command);
		break;
	case COMMAND_KIND_VOUCHER_REVOKE:
		*command = by(world, COMMAND_KIND_VOUCHER_REVOKE, ROLE_UDP_OFFICER);
		revoke->voucher.raw =
		    any_voucher(world, STATE(ISSUED) | STATE(ACTIVE) | STATE(EXHAUSTED));
		revoke->effective_from.number =
		    today(world) - 20 + (int32_t)world_below(world, 40);
		revoke->reason = REASON_RESIDENCE_TRANSFER;
		revoke_while_late(world, revoke);
		break;
	default:
		*command = by(world, COMMAND_KIND_VOUCHER_CANCEL, ROLE_UDP_OFFICER);
		command->input.voucher_cancel.voucher.raw =
		    any_voucher(world, world_chance(world, 75)
					   ? STATE(PROPOSED) | STATE(WAITLISTED)
					   : STATE(ISSUED));
		command->input.voucher_cancel.reason = REASON_BENEFICIARY_REQUEST;
	}
}

/* ---- Services ---- */

static uint32_t any_quantity(struct world *world, uint32_t unit)
{
	static const uint32_t minutes[] = {15, 30, 30, 40, 45, 60, 60, 75, 90, 120, 480, 1};
	if (unit == UNIT_MINUTE)
		return minutes[world_below(world, 12)];
	return unit == UNIT_EURO ? 100 + world_below(world, 4000) : 1 + world_below(world, 3);
}

/* Some instant of a legal day; often near its edges. */
static int64_t any_instant(struct world *world, int32_t day)
{
	int64_t minutes = 360 + 15 * world_below(world, 56);
	if (world_chance(world, 12))
		minutes = 1320 + 10 * world_below(world, 12);
	if (world_chance(world, 6))
		minutes = world_below(world, 190);
	if (ref_year_of(day) != ref_year_of(day + 1) && world_chance(world, 60))
		minutes = 1300 + world_below(world, 140);
	return ref_midnight(day) + minutes * REF_US_PER_MINUTE +
	       (world_chance(world, 2) ? 30000000 : 0);
}

static int32_t service_day(struct world *world, const struct ref_voucher *voucher)
{
	int32_t day = today(world) - (int32_t)world_below(world, 9);
	int32_t new_year = ref_month_first(ref_year_of(today(world)) * 12);
	if (voucher->to == 0) /* no title at all yet */
		return day;
	if (world_chance(world, 5))
		day = today(world) - (int32_t)world_below(world, 75);
	if (today(world) - new_year < 11 && voucher->from < new_year && voucher->to >= new_year &&
	    world_chance(world, 60))
		day = new_year - 1;
	if (world_chance(world, 92) && day < voucher->from && voucher->from <= today(world))
		day = voucher->from;
	if (world_chance(world, 92) && day > voucher->to)
		day = voucher->to;
	return day;
}

static void set_quantity(struct world *world, uint32_t unit, uint32_t quantity, uint32_t *minutes,
			 uint32_t *units)
{
	*minutes = unit == UNIT_MINUTE ? quantity : 0;
	*units = unit == UNIT_MINUTE ? 0 : quantity;
	if (!world_chance(world, 2))
		return;
	switch (world_below(world, 3)) {
	case 0:
		*minutes = 0;
		*units = 0;
		break;
	case 1:
		*minutes = unit == UNIT_MINUTE ? 1441 : 5;
		break;
	default:
		*units = 5;
	}
}

/* The same visit once more, or at the time of another one. */
static void repeat_visit(struct world *world, struct command *command)
{
	const struct ref_record *record =
	    &world->ref->record[any_record(world, REDEMPTION_STATE_ACCEPTED)];
	struct command_redemption_submit *input = &command->input.redemption_submit;
	if (record->voucher == 0)
		return;
	command->principal = who_of(world, ROLE_PROVIDER, 1, 0, record->provider);
	input->voucher.raw = record->voucher;
	const struct ref_voucher *voucher = &world->ref->voucher[record->voucher];
	uint32_t line = world->ref->cell[record->cell].line;
	input->service.raw = voucher->service[line];
	input->start.us = record->start;
	input->end.us = 0;
	input->operator = record->operator;
	input->minutes = (uint32_t)record->minutes;
	input->units = record->minutes != 0 ? 0 : (uint32_t)record->units;
}

static void fulfil_booking(struct world *world, struct command *command)
{
	uint32_t id = any_record(world, REDEMPTION_STATE_BOOKED);
	const struct ref_record *booking = &world->ref->record[id];
	struct command_redemption_submit *input = &command->input.redemption_submit;
	if (booking->voucher == 0 ||
	    booking->start + booking->minutes * REF_US_PER_MINUTE > world->ref->now)
		return;
	command->principal = who_of(world, ROLE_PROVIDER, 1, 0, booking->provider);
	input->voucher.raw = booking->voucher;
	const struct ref_voucher *voucher = &world->ref->voucher[booking->voucher];
	input->service.raw = voucher->service[world->ref->cell[booking->cell].line];
	input->start.us = booking->start;
	input->end.us = 0;
	input->minutes = (uint32_t)booking->minutes;
	input->units = booking->minutes != 0 ? 0 : (uint32_t)booking->units;
	if (input->minutes > 15 && world_chance(world, 20))
		input->minutes -= 15;
	input->booking.raw = world_chance(world, 50) ? id : 0;
}

/* All that the month has left, to the unit. */
static void take_the_rest(struct world *world, uint32_t line,
			  struct command_redemption_submit *input)
{
	const struct reference *ref = world->ref;
	int32_t month = ref_month_of(ref_day(input->start.us));
	uint32_t id = ref_cell_at(ref, input->voucher.raw, line, month);
	if (id == 0)
		return;
	struct ref_sums sums = reference_sum_cell(ref, id);
	int64_t left = reference_free_units(ref, id, &sums);
	int64_t end = input->start.us + left * REF_US_PER_MINUTE;
	if (left <= 0 || left > 100000)
		return;
	if (input->minutes == 0)
		input->units = (uint32_t)left;
	else if (left <= 1440 && end <= ref->now)
		input->minutes = (uint32_t)left;
}

static void make_submission(struct world *world, struct command *command)
{
	struct command_redemption_submit *input = &command->input.redemption_submit;
	uint32_t id = any_voucher(world, world_chance(world, 92)
					     ? STATE(ACTIVE)
					     : STATE(EXPIRED) | STATE(REVOKED) | STATE(EXHAUSTED));
	const struct ref_voucher *voucher = &world->ref->voucher[id];
	uint32_t line = voucher->lines > 1 ? world_below(world, 2) : 0;
	uint32_t service = voucher->lines == 0 ? 1 : voucher->service[line];
	uint32_t unit = world->ref->service[service].unit;
	uint32_t provider = voucher->provider == 0 || world_chance(world, 2) ? any_provider(world)
									      : voucher->provider;
	*command = fixture_command(COMMAND_KIND_REDEMPTION_SUBMIT,
				   who_of(world, ROLE_PROVIDER, 1, 0, provider));
	input->voucher.raw = id;
	if (voucher->lines > 1 || world_chance(world, 10))
		input->service.raw = world_chance(world, 97) ? service : any_service(world);
	else if (world_chance(world, 1))
		input->service.raw = any_service(world);
	set_quantity(world, unit, any_quantity(world, unit), &input->minutes, &input->units);
	input->start.us = any_instant(world, service_day(world, voucher));
	int64_t end = input->start.us + input->minutes * REF_US_PER_MINUTE;
	if (end > world->ref->now && !world_chance(world, 4))
		input->start.us -= (end - world->ref->now) / DAY_US * DAY_US + DAY_US;
	if (world_chance(world, 12))
		take_the_rest(world, line, input);
	input->operator = provider * 1000 + 1 + world_below(world, world->workers);
	input->proof = PROOF_QR;
	if (input->minutes != 0 && world_chance(world, 12)) {
		input->end.us = input->start.us + input->minutes * REF_US_PER_MINUTE;
		input->minutes = world_chance(world, 97) ? 0 : input->minutes;
		if (world_chance(world, 3))
			input->end.us = input->start.us - REF_US_PER_MINUTE;
	}
	if (world_chance(world, 4))
		repeat_visit(world, command);
	else if (world_chance(world, 18))
		fulfil_booking(world, command);
	else if (world_chance(world, 1) && world->ref->records > 0)
		input->booking.raw = 1 + world_below(world, world->ref->records);
}

static void make_booking(struct world *world, struct command *command)
{
	struct command_redemption_book *input = &command->input.redemption_book;
	uint32_t id = any_voucher(world, STATE(ACTIVE));
	const struct ref_voucher *voucher = &world->ref->voucher[id];
	uint32_t line = voucher->lines > 1 ? world_below(world, 2) : 0;
	uint32_t service = voucher->lines == 0 ? 1 : voucher->service[line];
	uint32_t unit = world->ref->service[service].unit;
	uint32_t provider = voucher->provider == 0 || world_chance(world, 3) ? any_provider(world)
									      : voucher->provider;
	*command = fixture_command(COMMAND_KIND_REDEMPTION_BOOK,
				   who_of(world, ROLE_PROVIDER, 1, 0, provider));
	input->voucher.raw = id;
	if (voucher->lines > 1 ? world_chance(world, 97) : world_chance(world, 10))
		input->service.raw = world_chance(world, 95) ? service : any_service(world);
	set_quantity(world, unit, any_quantity(world, unit), &input->minutes, &input->units);
	input->start.us = any_instant(world, today(world) + (int32_t)world_below(world, 6));
	if (input->start.us < world->ref->now && !world_chance(world, 10))
		input->start.us += DAY_US;
	input->operator = provider * 1000 + 1 + world_below(world, world->workers);
	const struct ref_record *booking =
	    &world->ref->record[any_record(world, REDEMPTION_STATE_BOOKED)];
	if (world_chance(world, 8) && booking->voucher != 0) { /* sent twice */
		command->principal = who_of(world, ROLE_PROVIDER, 1, 0, booking->provider);
		input->voucher.raw = booking->voucher;
		input->start.us = booking->start;
	}
}

/* A record that waits though its title was revoked from its day on; the one given where none does. */
static uint32_t waiting_of_revoked(const struct world *world, uint32_t otherwise)
{
	const struct reference *ref = world->ref;
	for (uint32_t i = ref->records; i >= 1; i--) {
		const struct ref_record *record = &ref->record[i];
		int32_t revoked = ref->voucher[record->voucher].revoked;
		if (record->state == REDEMPTION_STATE_SUBMITTED && revoked != 0 &&
		    ref_day(record->start) >= revoked)
			return i;
	}
	return otherwise;
}

static void make_record_act(struct world *world, uint8_t kind, struct command *command)
{
	uint32_t state = kind == COMMAND_KIND_BOOKING_CANCEL	  ? REDEMPTION_STATE_BOOKED
			 : kind == COMMAND_KIND_REDEMPTION_RESOLVE ? REDEMPTION_STATE_DISPUTED
			 : kind >= COMMAND_KIND_REDEMPTION_AUTHORISE_LATE
			     ? REDEMPTION_STATE_SUBMITTED
			     : REDEMPTION_STATE_ACCEPTED;
	if (kind == COMMAND_KIND_REDEMPTION_DISPUTE && world_chance(world, 50))
		state = REDEMPTION_STATE_SUBMITTED;
	uint32_t id = any_record(world, state);
	if (state == REDEMPTION_STATE_SUBMITTED && world_chance(world, 30))
		id = waiting_of_revoked(world, id);
	const struct ref_record *record = &world->ref->record[id];
	switch (kind) {
	case COMMAND_KIND_BOOKING_CANCEL:
		*command = fixture_command(COMMAND_KIND_BOOKING_CANCEL,
					   who_of(world, ROLE_PROVIDER, 1, 0, record->provider));
		break;
	case COMMAND_KIND_REDEMPTION_REVERSE:
		*command = by(world, COMMAND_KIND_REDEMPTION_REVERSE, ROLE_UDP_MANAGER);
		command->input.redemption_reverse.reason = REASON_TYPING_ERROR;
		break;
	case COMMAND_KIND_REDEMPTION_DISPUTE:
		*command = by(world, COMMAND_KIND_REDEMPTION_DISPUTE,
			      world_chance(world, 80) ? ROLE_UDP_OFFICER : ROLE_COMUNE_SOCIAL);
		if (world_chance(world, 20))
			command->principal =
			    who_of(world, ROLE_PROVIDER, 1, 0, record->provider);
		command->input.redemption_dispute.reason = REASON_OFFICE_CHECK;
		break;
	case COMMAND_KIND_REDEMPTION_AUTHORISE_LATE:
		*command = by(world, COMMAND_KIND_REDEMPTION_AUTHORISE_LATE, ROLE_UDP_OFFICER);
		FIXTURE_TEXT(command->input.redemption_authorise_late.act, "AUT-1");
		break;
	case COMMAND_KIND_REDEMPTION_REJECT:
		*command = by(world, COMMAND_KIND_REDEMPTION_REJECT, ROLE_UDP_OFFICER);
		command->input.redemption_reject.reason = REASON_NOT_PROVEN;
		break;
	default:
		*command = by(world, COMMAND_KIND_REDEMPTION_RESOLVE, ROLE_UDP_OFFICER);
		command->input.redemption_resolve.decision =
		    world_chance(world, 60) ? DECISION_ACCEPT : DECISION_REJECT;
	}
	command->input.booking_cancel.redemption.raw = id; /* the first field of all */
}

/* ---- Settlement ---- */

static void make_invoice(struct world *world, struct command *command)
{
	struct command_statement_match_invoice *input = &command->input.statement_match_invoice;
	*command = by(world, COMMAND_KIND_STATEMENT_MATCH_INVOICE, ROLE_FINANCE);
	input->statement.raw = any_statement(world, STATEMENT_STATE_ATTESTED);
	const struct statement *statement =
	    state_statement(&world->fixture.state, input->statement);
	FIXTURE_TEXT(input->invoice_number, "FPA-1");
	input->invoice_date.number = today(world);
	FIXTURE_TEXT(input->cig, world_chance(world, 3) ? "B0A1C2D3E5" : "B0A1C2D3E4");
	input->split_payment = !world_chance(world, 6);
	if (statement == NULL)
		return;
	input->net_cents = statement->net_cents;
	input->vat_cents = statement->vat_cents;
	if (world_chance(world, 5))
		input->net_cents.raw++; /* raw: spoilt by a cent */
	if (world_chance(world, 5) && input->vat_cents.raw > 0) /* raw: the same */
		input->vat_cents.raw--;				 /* raw: the same */
}

static void make_attestation(struct world *world, struct command *command)
{
	struct command_statement_attest *input = &command->input.statement_attest;
	const struct reference *ref = world->ref;
	uint32_t id = any_statement(world, STATEMENT_STATE_PROVIDER_CONFIRMED);
	/* most often another manager than the one who approves */
	*command = fixture_command(
	    COMMAND_KIND_STATEMENT_ATTEST,
	    who_of(world, ROLE_UDP_MANAGER, world_chance(world, 85) ? 0 : 1, 0, 0));
	ACT(input->act);
	if (world_chance(world, 4))
		input->act[0] = '\0';
	if (world_chance(world, 50)) { /* a comune with a line in it, more often than not */
		uint32_t comune = 1 + world_below(world, 5);
		for (uint32_t i = 1; i <= ref->lines && !world_chance(world, 1); i++)
			if (ref->line[i].statement == id)
				comune = ref->voucher[ref->cell[ref->line[i].cell].voucher].comune;
		command->principal = who_of(world, ROLE_COMUNE_SOCIAL, 1, comune, 0);
		if (world_chance(world, 50))
			input->comune.raw = comune;
	} else if (world_chance(world, 15)) {
		input->comune.raw = 1 + world_below(world, 5);
	}
	input->statement.raw = id;
}

static void make_statement_act(struct world *world, uint8_t kind, struct command *command)
{
	switch (kind) {
	case COMMAND_KIND_STATEMENT_FREEZE:
		*command = by(world, COMMAND_KIND_STATEMENT_FREEZE, ROLE_UDP_OFFICER);
		command->input.statement_freeze.statement.raw =
		    any_statement(world, STATEMENT_STATE_OPEN);
		break;
	case COMMAND_KIND_STATEMENT_CONFIRM: {
		uint32_t id = any_statement(world, STATEMENT_STATE_FROZEN);
		*command = fixture_command(
		    COMMAND_KIND_STATEMENT_CONFIRM,
		    who_of(world, ROLE_PROVIDER, 1, 0, world->ref->statement[id].provider));
		command->input.statement_confirm.statement.raw = id;
		break;
	}
	case COMMAND_KIND_STATEMENT_ATTEST:
		make_attestation(world, command);
		break;
	case COMMAND_KIND_STATEMENT_MATCH_INVOICE:
		make_invoice(world, command);
		break;
	case COMMAND_KIND_STATEMENT_APPROVE:
		*command = by(world, COMMAND_KIND_STATEMENT_APPROVE, ROLE_UDP_MANAGER);
		command->input.statement_approve.statement.raw =
		    any_statement(world, STATEMENT_STATE_INVOICED);
		command->input.statement_approve.durc_valid_to.number =
		    today(world) + (int32_t)world_below(world, 40) - 3;
		ACT(command->input.statement_approve.act);
		break;
	case COMMAND_KIND_STATEMENT_EXPORT: {
		uint32_t state = world_chance(world, 80) ? STATEMENT_STATE_APPROVED
							 : STATEMENT_STATE_EXPORTED;
		*command = by(world, COMMAND_KIND_STATEMENT_EXPORT, ROLE_FINANCE);
		command->input.statement_export.statement.raw = any_statement(world, state);
		command->input.statement_export.manifest_hash[0] = world_chance(world, 70);
		break;
	}
	case COMMAND_KIND_STATEMENT_ORDER:
		*command = by(world, COMMAND_KIND_STATEMENT_ORDER, ROLE_FINANCE);
		command->input.statement_order.statement.raw =
		    any_statement(world, STATEMENT_STATE_EXPORTED);
		FIXTURE_TEXT(command->input.statement_order.order_number, "7");
		command->input.statement_order.order_date.number = today(world);
		break;
	default:
		*command = by(world, COMMAND_KIND_STATEMENT_PAY,
			      world_chance(world, 50) ? ROLE_FINANCE : ROLE_TREASURER);
		command->input.statement_pay.statement.raw =
		    any_statement(world, STATEMENT_STATE_ORDERED);
		FIXTURE_TEXT(command->input.statement_pay.receipt_number, "Q-7");
		command->input.statement_pay.paid_on.number = today(world);
	}
}

/* ---- Spoiling and keys ---- */

/* A field drawn among those of one sort; NULL when the command has none. */
/* References that the reference model has no records for: tested elsewhere. */
static bool is_known(const struct field *field)
{
	static const char *const unknown[] = {"call", "tariff", "performer", "issuer", "measure"};
	for (uint32_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		if (strcmp(field->name, unknown[i]) == 0)
			return false;
	return true;
}

static const struct field *any_field(struct world *world, const struct command *command,
				     bool is_reference)
{
	const struct field_set *set = &command_info(command->kind)->set;
	const struct field *found = NULL;
	uint32_t seen = 0;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];
		bool is_required = (field->flags & (FIELD_REQ | FIELD_PATH)) != 0;
		bool is_fact = strcmp(field->name, "performer") == 0 ||
			       strcmp(field->name, "tariff") == 0 ||
			       strcmp(field->name, "issuer") == 0; /* not modelled */
		bool fits = is_reference
				? field->type == FIELD_ID && !is_fact && is_known(field) &&
				      field->kind <= RECORD_KIND_RECEIPT /* those it knows */
				: is_required && field->type != FIELD_CENTS &&
				      field->type != FIELD_BYTES && field->type != FIELD_U16;
		if (fits && world_below(world, ++seen) == 0)
			found = field;
	}
	return found;
}

static void make_amount_negative(struct command *command)
{
	const struct field_set *set = &command_info(command->kind)->set;
	int64_t negative = -1;
	for (uint32_t i = 0; i < set->count; i++)
		if (set->fields[i].type == FIELD_CENTS)
			memcpy((unsigned char *)&command->input + set->fields[i].offset, &negative,
			       sizeof(negative));
}

static void spoil(struct world *world, struct command *command)
{
	const struct reference *ref = world->ref;
	unsigned char *input = (unsigned char *)&command->input;
	/* Rare commands are spoilt more often, so that each of their refusals is met. */
	uint32_t sort = world_below(world, world->pull[command->kind] < 30 ? 600 : 1000);
	if (sort < 28) {
		command->principal.raw = 1 + world_below(world, ref->principals);
	} else if (sort < 56) { /* the same office, elsewhere */
		uint32_t role = ref->principal[command->principal.raw].role;
		for (uint32_t i = 0; i < 200; i++) {
			uint32_t other = 1 + world_below(world, ref->principals);
			if (ref->principal[other].role != role)
				continue;
			command->principal.raw = other;
			if (ref->principal[other].ambito == 2)
				break;
		}
	} else if (sort < 84) {
		const struct field *field = any_field(world, command, false);
		if (field != NULL)
			memset(input + field->offset, 0, field->size);
	} else if (sort < 112) {
		const struct field *field = any_field(world, command, true);
		bool is_far = world_chance(world, 80) ||
			      command->kind == COMMAND_KIND_REDEMPTION_REVERSE;
		uint32_t id = is_far ? 900000 : 6;
		if (field != NULL)
			memcpy(input + field->offset, &id, sizeof(id));
	} else if (sort < 132) {
		make_amount_negative(command);
	}
}

static void set_key(struct world *world, struct command *command)
{
	uint32_t sort = world_below(world, 100);
	if (sort >= 40)
		return;
	command->has_key = 1;
	test_random_bytes(&world->random, command->key_hash, sizeof(command->key_hash));
	test_random_bytes(&world->random, command->request_hash, sizeof(command->request_hash));
	uint32_t reused = world->pull[command->kind] < 30 ? 6 : 3;
	if (sort < reused && world->recent_count > 0) /* another request under a used key */
		memcpy(command->key_hash,
		       world->recent[world_below(world, world->recent_count)].key_hash,
		       sizeof(command->key_hash));
	else if (world->recent_count < 32)
		world->recent[world->recent_count++] = *command;
	else
		world->recent[world_below(world, 32)] = *command;
}

static void make(struct world *world, uint8_t kind, struct command *command)
{
	if (kind == COMMAND_KIND_CLOCK_ADVANCE)
		make_advance(world, command);
	else if (kind == COMMAND_KIND_TARIFF_CREATE || kind == COMMAND_KIND_BENEFICIARY_CREATE)
		make_master(world, kind, command);
	else if (kind < COMMAND_KIND_CEILING_SET)
		make_fund_act(world, kind, command);
	else if (kind < COMMAND_KIND_PROVIDER_CREATE)
		make_ceiling_act(world, kind, command);
	else if (kind < COMMAND_KIND_COMMITMENT_CREATE)
		make_accreditation_act(world, kind, command);
	else if (kind == COMMAND_KIND_COMMITMENT_CREATE)
		make_commitment(world, command);
	else if (kind < COMMAND_KIND_REDEMPTION_SUBMIT)
		make_title_act(world, kind, command);
	else if (kind == COMMAND_KIND_REDEMPTION_SUBMIT)
		make_submission(world, command);
	else if (kind == COMMAND_KIND_REDEMPTION_BOOK)
		make_booking(world, command);
	else if (kind < COMMAND_KIND_STATEMENT_FREEZE)
		make_record_act(world, kind, command);
	else
		make_statement_act(world, kind, command);
}

static void note_edges(struct world *world, const struct command *command,
		       const struct outcome *outcome)
{
	const struct reference *ref = world->ref;
	if (command->kind != COMMAND_KIND_REDEMPTION_SUBMIT || outcome->replayed ||
	    !result_is_success(outcome->result))
		return;
	const struct ref_record *record = &ref->record[outcome->object];
	int64_t end = record->start + record->minutes * REF_US_PER_MINUTE;
	int32_t day = ref_day(record->start);
	world->hits->splits += record->sibling != 0 ? 1 : 0;
	world->hits->midnights += end > ref_midnight(day + 1) ? 1 : 0;
	world->hits->changeovers +=
	    ref_midnight(day + 1) - ref_midnight(day) != DAY_US ? 1 : 0;
}

/* ---- Amounts that fit to the cent ---- */

/* Notes what an issue lacked, so that the next acts may give exactly that and ask again. */
static void note_shortage(struct world *world, const struct command *command,
			  const struct outcome *outcome)
{
	const struct reference *ref = world->ref;
	if (command->kind != COMMAND_KIND_VOUCHER_ISSUE || outcome->replayed ||
	    (outcome->result != RESULT_WAITLISTED && outcome->result != RESULT_COMMITMENT_EXCEEDED))
		return;
	const struct ref_voucher *voucher =
	    &ref->voucher[command->input.voucher_issue.voucher.raw];
	uint32_t asked = command->input.voucher_issue.fund.raw;
	world->hint = (struct hint){
	    .cause = outcome->result == RESULT_WAITLISTED ? outcome->cause : outcome->result,
	    .voucher = command->input.voucher_issue.voucher,
	    .fund = {asked != 0 ? asked : voucher->fund},
	    .year = (uint16_t)(voucher->first_month / 12),
	    .ceiling = outcome->ceiling.raw,
	    .missing = outcome->short_by.raw,			      /* raw: plain numbers */
	    .needed = outcome->short_by.raw + outcome->limit.raw}; /* raw: plain numbers */
}

static void make_exact(struct world *world, struct command *command)
{
	struct hint *hint = &world->hint;
	struct command_commitment_create *commit = &command->input.commitment_create;
	if (hint->is_met) {
		*command = by(world, COMMAND_KIND_VOUCHER_ISSUE, ROLE_UDP_OFFICER);
		command->input.voucher_issue.voucher = hint->voucher;
		command->input.voucher_issue.fund = hint->fund;
		command->input.voucher_issue.code_hash = world->next_code++;
		hint->cause = RESULT_OK;
		return;
	}
	hint->is_met = true;
	if (hint->cause == RESULT_CEILING_EXCEEDED) {
		*command = by(world, COMMAND_KIND_CEILING_RAISE, ROLE_UDP_MANAGER);
		command->input.ceiling_raise.ceiling.raw = hint->ceiling;
		command->input.ceiling_raise.amount_cents = cents_from(hint->missing);
		ACT(command->input.ceiling_raise.act);
	} else if (hint->cause == RESULT_FUND_EXHAUSTED) {
		*command = by(world, COMMAND_KIND_FUND_YEAR_VARY, ROLE_FINANCE);
		command->input.fund_year_vary.fund = hint->fund;
		command->input.fund_year_vary.year = hint->year;
		command->input.fund_year_vary.increase_cents = cents_from(hint->missing);
		ACT(command->input.fund_year_vary.act);
	} else {
		*command = by(world, COMMAND_KIND_COMMITMENT_CREATE, ROLE_FINANCE);
		commit->fund = hint->fund;
		commit->year = hint->year;
		(void)snprintf(commit->number, sizeof(commit->number), "E%u",
			       world->ref->commitments);
		FIXTURE_TEXT(commit->chapter, "1200");
		ACT(commit->act);
		commit->amount_cents = cents_from(hint->needed);
	}
}

static uint8_t any_kind(struct world *world)
{
	uint32_t sum = 0;
	uint8_t kind = 0;
	for (uint32_t i = 0; i <= COMMAND_KIND_MAX; i++)
		sum += world->pull[i];
	uint32_t place = world_below(world, sum);
	while (place >= world->pull[kind])
		place -= world->pull[kind++];
	return kind;
}

void world_step(struct world *world)
{
	struct command command;
	if (world->recent_count > 0 && world_chance(world, 2)) {
		command = world->recent[world_below(world, world->recent_count)];
		(void)world_do(world, &command);
		return;
	}
	bool is_exact = world->hint.cause != RESULT_OK && world_chance(world, 60);
	memset(&command, 0, sizeof(command));
	if (is_exact)
		make_exact(world, &command);
	for (uint32_t attempt = 0; attempt < 8 && !is_exact; attempt++) {
		memset(&command, 0, sizeof(command));
		world->is_vain = false;
		make(world, any_kind(world), &command);
		if (!world->is_vain || world_chance(world, 4))
			break;
	}
	spoil(world, &command);
	set_key(world, &command);
	struct outcome outcome = world_do(world, &command);
	note_edges(world, &command, &outcome);
	note_shortage(world, &command, &outcome);
}
