/* Persons, titles and their first visits: see maker.h. */
#include "bench/maker/maker.h"

#include "bench/load/visits.h"

#include <string.h>

#define VISIT_MINUTES   30u
#define MINUTES_A_TITLE 360u
#define OFFSET_MINUTES  120 /* summer time, until 25 October */

static uint32_t person_of(uint32_t voucher)
{
	return (voucher - 1) / MAKER_TITLES_A_PERSON + 1;
}

static void fill_person(struct maker *maker, uint64_t number, struct command *ret_command)
{
	ret_command->kind = COMMAND_KIND_BENEFICIARY_CREATE;
	ret_command->principal = maker->who[ROLE_SOCIAL_WORKER];
	ret_command->input.beneficiary_create.comune.raw =
	    maker_comune_of(maker, (uint32_t)number + 1);
}

static void fill_propose(struct maker *maker, uint64_t number, struct command *ret_command)
{
	struct command_voucher_propose *input = &ret_command->input.voucher_propose;
	uint32_t person = person_of((uint32_t)number + 1);
	ret_command->kind = COMMAND_KIND_VOUCHER_PROPOSE;
	ret_command->principal = maker->who[ROLE_SOCIAL_WORKER];
	input->beneficiary.raw = person;
	input->fund.raw = maker_fund_of(maker, person);
	input->lines.count = 1;
	input->lines.items[0].service.raw = 1;
	input->lines.items[0].units_per_month = VISIT_MINUTES * (uint32_t)maker->plan.visits;
	input->first_month.number = (int32_t)MAKER_YEAR * 12 + 9;
	input->last_month.number = (int32_t)MAKER_YEAR * 12 + 9;
}

static void fill_issue(struct maker *maker, uint64_t number, struct command *ret_command)
{
	uint32_t voucher = (uint32_t)number + 1;
	ret_command->kind = COMMAND_KIND_VOUCHER_ISSUE;
	ret_command->principal = maker->who[ROLE_UDP_OFFICER];
	ret_command->input.voucher_issue.voucher.raw = voucher;
	ret_command->input.voucher_issue.code_hash = voucher * UINT64_C(0x9E3779B97F4A7C15);
}

static void fill_choose(struct maker *maker, uint64_t number, struct command *ret_command)
{
	struct command_voucher_choose_provider *input =
	    &ret_command->input.voucher_choose_provider;
	ret_command->kind = COMMAND_KIND_VOUCHER_CHOOSE_PROVIDER;
	ret_command->principal = maker->who[ROLE_UDP_OFFICER];
	input->voucher.raw = (uint32_t)number + 1;
	input->provider.raw = (uint32_t)number % (uint32_t)maker->plan.providers + 1;
}

void maker_titles(struct maker *maker)
{
	uint64_t vouchers = maker->plan.vouchers;
	uint64_t persons = (vouchers + MAKER_TITLES_A_PERSON - 1) / MAKER_TITLES_A_PERSON;
	maker_do(maker, fill_person, persons);
	maker_do(maker, fill_propose, vouchers);
	maker_do(maker, fill_issue, vouchers);
	maker_do(maker, fill_choose, vouchers);
}

/* The visit that bench/load/visits.h gives the same round of the same title. */
static void fill_redeem(struct maker *maker, uint64_t number, struct command *ret_command)
{
	struct command_redemption_submit *input = &ret_command->input.redemption_submit;
	uint32_t round = (uint32_t)(number / maker->plan.vouchers);
	uint32_t voucher = (uint32_t)(number % maker->plan.vouchers) + 1;
	uint64_t key[2] = {number + 1, number * UINT64_C(0x9E3779B97F4A7C15) + 1};
	int32_t first = month_first_day((struct month){(int32_t)MAKER_YEAR * 12 + 9}).number;
	int64_t day = first + (int64_t)(round % VISITS_ROUNDS_A_DAY);
	int64_t minute = (voucher - 1) % MAKER_TITLES_A_PERSON * MINUTES_A_TITLE +
			 round / VISITS_ROUNDS_A_DAY * VISIT_MINUTES;
	ret_command->kind = COMMAND_KIND_REDEMPTION_SUBMIT;
	ret_command->principal =
	    maker->providers[(voucher - 1) % (uint32_t)maker->plan.providers + 1];
	ret_command->has_key = 1;
	memcpy(ret_command->key_hash, key, sizeof(key));
	memcpy(ret_command->request_hash, key, sizeof(key));
	input->voucher.raw = voucher;
	input->start.us =
	    day * TIME_US_PER_DAY + (minute - OFFSET_MINUTES) * 60 * TIME_US_PER_SECOND;
	input->minutes = VISIT_MINUTES;
	input->operator = voucher * UINT64_C(0xD1B54A32D192ED03) | 1;
}

void maker_history(struct maker *maker)
{
	maker_do(maker, fill_redeem, maker->plan.vouchers * maker->plan.history);
}
