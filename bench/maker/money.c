/* Funds, their money, and the ceilings on the path of a title: see maker.h.
 *
 * A ceiling counts what matches all the dimensions that it names. Each set of dimensions below is
 * one more ceiling on the path of every title; the first is what a municipality has. What titles
 * commit is counted when they are issued; what redemptions deliver is counted by each of them. */
#include "bench/maker/maker.h"

#include <string.h>

#define CEILINGS_MAX 65000u

enum {
	BY_FUND = 1,
	BY_COMUNE = 2,
	BY_SERVICE = 4,
	BY_YEAR = 8,
	BY_SUB_AMBITO = 16,
};

static const uint8_t shapes[] = {
    BY_FUND | BY_COMUNE | BY_YEAR,
    BY_FUND | BY_YEAR,
    BY_COMUNE | BY_YEAR,
    BY_SERVICE | BY_YEAR,
    BY_FUND,
    BY_COMUNE,
    BY_SERVICE,
    BY_YEAR,
    BY_SUB_AMBITO,
    BY_FUND | BY_SERVICE,
    BY_FUND | BY_SERVICE | BY_YEAR,
    BY_COMUNE | BY_SERVICE,
    BY_SUB_AMBITO | BY_YEAR,
    BY_SUB_AMBITO | BY_SERVICE,
    BY_SUB_AMBITO | BY_SERVICE | BY_YEAR,
    BY_FUND | BY_SUB_AMBITO | BY_YEAR,
};

static struct cents plenty(void)
{
	return cents_from(INT64_C(90000000000000));
}

static void fill_fund(struct maker *maker, uint64_t number, struct command *ret_command)
{
	struct command_fund_create *input = &ret_command->input.fund_create;
	char code[16];
	snprintf(code, sizeof(code), "F%u", (unsigned)number);
	ret_command->kind = COMMAND_KIND_FUND_CREATE;
	ret_command->principal = maker->who[ROLE_UDP_MANAGER];
	input->ambito.raw = 1;
	MAKER_TEXT(input->code, number == 0 ? "FNPS" : code);
	MAKER_TEXT(input->name, "Fondo (synthetic)");
}

/* The four acts of a fund year, one after another. */
static void fill_year(struct maker *maker, uint64_t number, struct command *ret_command)
{
	uint32_t fund = (uint32_t)(number / 4) + 1;
	enum role role = ROLE_FINANCE;
	if (number % 4 == 0) {
		struct command_fund_year_propose *input = &ret_command->input.fund_year_propose;
		ret_command->kind = COMMAND_KIND_FUND_YEAR_PROPOSE;
		input->fund.raw = fund;
		input->year = MAKER_YEAR;
		input->stated_cents = plenty();
		MAKER_TEXT(input->act, "SYNTHETIC");
		role = ROLE_UDP_MANAGER;
	} else if (number % 4 == 1) {
		struct command_fund_year_approve *input = &ret_command->input.fund_year_approve;
		ret_command->kind = COMMAND_KIND_FUND_YEAR_APPROVE;
		input->fund.raw = fund;
		input->year = MAKER_YEAR;
		input->ascertained_cents = plenty();
		MAKER_TEXT(input->act, "SYNTHETIC");
		role = ROLE_ASSEMBLY;
	} else if (number % 4 == 2) {
		ret_command->kind = COMMAND_KIND_FUND_YEAR_OPEN;
		ret_command->input.fund_year_open.fund.raw = fund;
		ret_command->input.fund_year_open.year = MAKER_YEAR;
	} else {
		struct command_commitment_create *input = &ret_command->input.commitment_create;
		char name[16];
		snprintf(name, sizeof(name), "%u", (unsigned)fund);
		ret_command->kind = COMMAND_KIND_COMMITMENT_CREATE;
		input->fund.raw = fund;
		input->year = MAKER_YEAR;
		input->amount_cents = plenty();
		MAKER_TEXT(input->number, name);
		MAKER_TEXT(input->chapter, "1");
		MAKER_TEXT(input->act, "SYNTHETIC");
	}
	ret_command->principal = maker->who[role];
}

static uint64_t common(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* How many ceilings a shape needs: one for each fund, comune, or pair of them that titles have. */
static uint64_t shape_count(const struct maker *maker, uint8_t shape)
{
	uint64_t funds = maker->plan.funds;
	uint64_t comuni = maker->plan.comuni;
	if ((shape & BY_FUND) != 0 && (shape & BY_COMUNE) != 0)
		return funds / common(funds, comuni) * comuni;
	if ((shape & BY_FUND) != 0)
		return funds;
	return (shape & BY_COMUNE) != 0 ? comuni : 1;
}

static void fill_ceiling(struct maker *maker, uint64_t number, struct command *ret_command)
{
	struct command_ceiling_set *input = &ret_command->input.ceiling_set;
	uint32_t place = 0;
	while (number >= shape_count(maker, shapes[place]))
		number -= shape_count(maker, shapes[place++]);
	uint8_t shape = shapes[place];
	/* The n-th person of those whose pair differs. */
	uint32_t person = (uint32_t)number + 1;
	ret_command->kind = COMMAND_KIND_CEILING_SET;
	ret_command->principal = maker->who[ROLE_UDP_MANAGER];
	input->ambito.raw = 1;
	if ((shape & BY_FUND) != 0)
		input->fund.raw = maker_fund_of(maker, person);
	if ((shape & BY_COMUNE) != 0)
		input->comune.raw = maker_comune_of(maker, person);
	if ((shape & BY_SERVICE) != 0)
		input->service.raw = 1;
	if ((shape & BY_YEAR) != 0)
		input->year = MAKER_YEAR;
	if ((shape & BY_SUB_AMBITO) != 0)
		input->sub_ambito.raw = 1;
	if (maker->plan.basis != 0) {
		input->basis = CEILING_BASIS_REDEEMED_GROSS;
		input->mode = CEILING_MODE_SOFT; /* the only one that goes with it */
	}
	input->amount_cents = plenty();
	MAKER_TEXT(input->act, "SYNTHETIC");
}

void maker_money(struct maker *maker)
{
	uint64_t ceilings = 0;
	for (uint32_t i = 0; i < maker->plan.ceilings; i++)
		ceilings += shape_count(maker, shapes[i]);
	if (ceilings > CEILINGS_MAX)
		maker_die("funds and comuni make too many ceilings", RESULT_FIELD_INVALID);
	maker_do(maker, fill_fund, maker->plan.funds);
	maker_do(maker, fill_year, maker->plan.funds * 4);
	maker_do(maker, fill_ceiling, ceilings);
}
