/* The state machines as data: see transitions.h. */
#include "tests/support/transitions.h"

#include "engine/domain/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The machines, and where their state stands. */
struct machine {
	const char *name;
	uint8_t kind;
	const struct enum_info *states;
	size_t offset;
};

#define MACHINE(NAME, KIND, record, states_)                                                       \
	{NAME, RECORD_KIND_##KIND, &enum_##states_, offsetof(struct record, state)}
static const struct machine machines[] = {
    MACHINE("FUND_YEAR", FUND_YEAR, fund_year, fund_year_state),
    MACHINE("CEILING", CEILING, ceiling, ceiling_state),
    MACHINE("ACCREDITATION", ACCREDITATION, accreditation, accreditation_state),
    MACHINE("VOUCHER", VOUCHER, voucher, voucher_state),
    MACHINE("REDEMPTION", REDEMPTION, redemption, redemption_state),
    MACHINE("STATEMENT", STATEMENT, statement, statement_state),
    MACHINE("BUONO_PAYMENT", CASH_GRANT_PAYMENT, cash_grant_payment, cash_grant_payment_state),
    MACHINE("EXPORT", EXPORT, export, export_state),
    MACHINE("EXPORT_ITEM", EXPORT_ITEM, export_item, export_item_state),
    MACHINE("APPROVAL", APPROVAL, approval, approval_state),
    MACHINE("DESTINATION", DESTINATION, destination, destination_state),
    MACHINE("DELIVERY", DELIVERY, delivery, delivery_state),
};
#define MACHINES (sizeof(machines) / sizeof(machines[0]))

static const struct machine *machine_named(const char *name)
{
	for (size_t i = 0; i < MACHINES; i++)
		if (strcmp(machines[i].name, name) == 0)
			return &machines[i];
	return NULL;
}

/* The bits of "ISSUED|ACTIVE"; 0: a name that is none. */
static uint16_t state_bits(const struct machine *machine, const char *names)
{
	uint16_t bits = 0;
	while (*names != '\0') {
		struct slice name = {names, (uint32_t)strcspn(names, "|")};
		uint8_t number = enum_number(machine->states, name);
		if (number == 0 && !slice_equals_text(name, "-"))
			return 0;
		bits = (uint16_t)((uint32_t)bits | 1u << number);
		names += name.size;
		names += *names == '|' ? 1 : 0;
	}
	return bits;
}

/* machine,event,from,to,how,note */
static bool read_row(struct transitions *transitions, char *line)
{
	char *fields[6];
	for (int i = 0; i < 6; i++)
		fields[i] = strsep(&line, ",");
	struct transition *row = &transitions->rows[transitions->count];
	const struct machine *machine = fields[4] == NULL ? NULL : machine_named(fields[0]);
	if (machine == NULL) /* a machine whose states stand elsewhere: see its own tests */
		return fields[4] != NULL;
	snprintf(row->machine, sizeof(row->machine), "%s", fields[0]);
	snprintf(row->event, sizeof(row->event), "%s", fields[1]);
	snprintf(row->how, sizeof(row->how), "%s", fields[4]);
	row->kind = machine->kind;
	row->from = state_bits(machine, fields[2]);
	row->to = (uint8_t)enum_number(machine->states, slice_from_text(fields[3]));
	bool is_unchanged = strcmp(fields[3], "(unchanged)") == 0;
	if (row->from == 0 || (row->to == 0 && !is_unchanged))
		return false;
	transitions->count++;
	return true;
}

bool transitions_load(struct transitions *transitions, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512];
	uint32_t number = 0;
	memset(transitions, 0, sizeof(*transitions));
	if (file == NULL) {
		snprintf(transitions->fault, sizeof(transitions->fault), "%s is missing", path);
		return false;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (number == 1 || line[0] == '\0')
			continue;
		if (transitions->count == TRANSITIONS_MAX || !read_row(transitions, line)) {
			snprintf(transitions->fault, sizeof(transitions->fault),
				 "%s, line %u: not a transition", path, number);
			break;
		}
	}
	(void)fclose(file);
	return transitions->fault[0] == '\0';
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = list; (at = strstr(at, word)) != NULL; at += length)
		if ((at == list || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
			return true;
	return false;
}

/* One change of state: is it listed for this command? A grant carries out another act. */
static bool is_listed(struct transitions *transitions, uint8_t kind, uint8_t from, uint8_t to,
		      const struct command *command)
{
	bool is_grant = command->kind == COMMAND_KIND_APPROVAL_GRANT;
	bool found = false;
	for (uint32_t i = 0; i < transitions->count; i++) {
		struct transition *row = &transitions->rows[i];
		if (row->kind != kind || row->to != to || ((uint32_t)row->from >> from & 1u) == 0)
			continue;
		if (!is_grant && !has_word(row->how, command_info(command->kind)->name))
			continue;
		row->hits++;
		found = true;
	}
	return found;
}

const char *transitions_check(struct transitions *transitions, const struct effects *effects,
			      const struct command *command)
{
	static char told[200];
	for (uint32_t i = 0; i < effects->write_count; i++) {
		const struct effect_write *write = &effects->writes[i];
		for (size_t m = 0; m < MACHINES; m++) {
			if (machines[m].kind != write->kind)
				continue;
			const unsigned char *before =
			    state_record(effects->state, (enum record_kind)write->kind, write->id);
			uint8_t from = before == NULL ? 0 : before[machines[m].offset];
			uint8_t to = ((const unsigned char *)write->record)[machines[m].offset];
			if (from == to || is_listed(transitions, write->kind, from, to, command))
				continue;
			const char *names[] = {enum_name(machines[m].states, from),
					       enum_name(machines[m].states, to)};
			snprintf(told, sizeof(told), "%s %u: %s -> %s by %s", machines[m].name,
				 write->id, names[0] == NULL ? "-" : names[0],
				 names[1] == NULL ? "-" : names[1],
				 command_info(command->kind)->name);
			return told;
		}
	}
	return NULL;
}
