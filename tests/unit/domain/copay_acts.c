/* The acts of the co-pay: see copay_acts.h. */
#include "tests/unit/domain/copay_acts.h"

#include "engine/domain/receivable.h"
#include "tests/unit/domain/expect.h"

struct copay_rule_input *copay_acts_rule(struct command *command, enum copay_rule_kind kind,
					 int64_t from, int64_t to, int64_t low, int64_t high)
{
	struct command_copay_scheme_create *input = &command->input.copay_scheme_create;
	struct copay_rule_input *rule = &input->rules.items[input->rules.count++];
	*rule = (struct copay_rule_input){.kind = (uint8_t)kind,
					  .isee_from_cents = cents_from(from),
					  .isee_to_cents = cents_from(to),
					  .tariff_min_cents = cents_from(low),
					  .tariff_max_cents = cents_from(high)};
	return rule;
}

struct command copay_acts_scheme(const struct fixture *fixture, const char *code)
{
	struct command command =
	    fixture_command(COMMAND_KIND_COPAY_SCHEME_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	command.input.copay_scheme_create.ambito = fixture->ambito;
	FIXTURE_TEXT(command.input.copay_scheme_create.code, code);
	FIXTURE_TEXT(command.input.copay_scheme_create.act, "SYNTHETIC 10");
	return command;
}

struct command copay_acts_adoption(const struct fixture *fixture, struct copay_scheme_id scheme,
				   struct comune_id comune, const char *from)
{
	struct command command =
	    fixture_command(COMMAND_KIND_COPAY_ADOPTION_CREATE, fixture->role[ROLE_UDP_MANAGER]);
	struct command_copay_adoption_create *input = &command.input.copay_adoption_create;
	input->ambito = fixture->ambito;
	input->comune = comune;
	input->scheme = scheme;
	input->valid_from = fixture_day(from);
	FIXTURE_TEXT(input->act, "SYNTHETIC 11");
	return command;
}

struct copay_scheme_id copay_acts_verdello(struct fixture *fixture)
{
	struct command scheme = copay_acts_scheme(fixture, "VERDELLO");
	copay_acts_rule(&scheme, COPAY_RULE_LINEAR, 300000, 3000000, 0, 1868);
	struct copay_scheme_id id = {fixture_must(fixture, &scheme)};
	struct command adoption =
	    copay_acts_adoption(fixture, id, (struct comune_id){0}, "2026-01-01");
	(void)fixture_must(fixture, &adoption);
	return id;
}

void copay_acts_parameter(struct fixture *fixture, enum parameter_name name, const char *value)
{
	struct command command =
	    fixture_command(COMMAND_KIND_PARAMETER_SET, fixture->role[ROLE_UDP_MANAGER]);
	struct command_parameter_set *input = &command.input.parameter_set;
	input->ambito = fixture->ambito;
	input->name = (uint8_t)name;
	FIXTURE_TEXT(input->value, value);
	input->valid_from = fixture_day("2026-01-01");
	FIXTURE_TEXT(input->act, "SYNTHETIC 12");
	(void)fixture_must(fixture, &command);
}

struct command copay_acts_isee(const struct fixture *fixture, struct beneficiary_id person,
			       int64_t cents, const char *from, const char *to)
{
	struct command command =
	    fixture_command(COMMAND_KIND_ISEE_REGISTER, fixture->role[ROLE_SOCIAL_WORKER]);
	struct command_isee_register *input = &command.input.isee_register;
	input->beneficiary = person;
	input->type = to == NULL ? ISEE_TYPE_ORDINARIO : ISEE_TYPE_CORRENTE;
	input->amount_cents = cents_from(cents);
	input->valid_from = fixture_day(from);
	if (to != NULL)
		input->valid_to = fixture_day(to);
	return command;
}

struct isee_id copay_acts_must_isee(struct fixture *fixture, struct beneficiary_id person,
				    int64_t cents, const char *from, const char *to)
{
	struct command command = copay_acts_isee(fixture, person, cents, from, to);
	return (struct isee_id){fixture_must(fixture, &command)};
}

struct command copay_acts_bill(const struct fixture *fixture, struct voucher_id voucher,
			       const char *month)
{
	struct command command =
	    fixture_command(COMMAND_KIND_RECEIVABLE_BILL, fixture->role[ROLE_FINANCE]);
	command.input.receivable_bill.voucher = voucher;
	command.input.receivable_bill.month = fixture_month(month);
	return command;
}

struct command copay_acts_apply(const struct fixture *fixture, struct voucher_id voucher,
				const char *from, uint32_t units)
{
	struct command command =
	    fixture_command(COMMAND_KIND_VOUCHER_APPLY_COPAY, fixture->role[ROLE_UDP_OFFICER]);
	command.input.voucher_apply_copay.voucher = voucher;
	command.input.voucher_apply_copay.effective_from = fixture_day(from);
	command.input.voucher_apply_copay.remaining_units = units;
	return command;
}

int64_t copay_acts_balance(const struct fixture *fixture, enum receivable_account_slot slot)
{
	int64_t sum = 0;
	for (uint32_t id = 1; id <= state_count(&fixture->state, RECORD_KIND_RECEIVABLE); id++)
		sum += receivable_balance(
			   state_receivable(&fixture->state, (struct receivable_id){id}), slot)
			   .raw; /* raw: a sum of figures under test */
	return sum;
}

uint32_t copay_acts_tasks(const struct fixture *fixture, enum event_kind kind)
{
	uint32_t count = 0;
	for (uint32_t id = 1; id <= state_count(&fixture->state, RECORD_KIND_EVENT); id++) {
		const struct event *event = state_event(&fixture->state, (struct event_id){id});
		count += event->kind == kind && event->task != 0 && event->closed == 0 ? 1 : 0;
	}
	return count;
}
