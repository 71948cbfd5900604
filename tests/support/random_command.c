/* Commands with plausible, odd and wild inputs: see random_command.h. */
#include "tests/support/random_command.h"

#include <stdio.h>
#include <string.h>

static uint32_t below(struct test_random *random, uint32_t bound)
{
	return (uint32_t)test_random_below(random, bound);
}

/* Mostly an id that exists, sometimes none or one too many. */
static uint32_t random_id(struct test_random *random, const struct fixture *fixture, uint8_t kind)
{
	uint32_t count = state_count(&fixture->state, (enum record_kind)kind);
	if (below(random, 20) == 0)
		return below(random, 2) == 0 ? 0 : count + 1 + below(random, 3);
	return count == 0 ? 0 : 1 + below(random, count);
}

static int64_t random_cents(struct test_random *random)
{
	switch (below(random, 12)) {
	case 0:
		return -(int64_t)below(random, 1000);
	case 1:
		return (int64_t)test_random_sized(random);
	case 2:
		return 0;
	default:
		return (int64_t)below(random, 400000);
	}
}

static int32_t random_day(struct test_random *random)
{
	if (below(random, 40) == 0)
		return (int32_t)test_random_u64(random);
	return fixture_day("2025-11-01").number + (int32_t)below(random, 500);
}

static int32_t random_month(struct test_random *random)
{
	if (below(random, 40) == 0)
		return (int32_t)test_random_u64(random);
	return 2026 * 12 + (int32_t)below(random, 14) - 1;
}

static int64_t random_instant(struct test_random *random, const struct fixture *fixture)
{
	if (below(random, 40) == 0)
		return (int64_t)test_random_u64(random);
	int64_t hours = (int64_t)below(random, 24 * 45) - 24 * 40;
	return fixture->now.us + hours * 3600 * TIME_US_PER_SECOND;
}

/* Texts that the rules want, and others. */
static void random_text(struct test_random *random, const struct field *field, char *text)
{
	static const char *const words[] = {"DEL-1",	   "CREMA",	  "019035",
					    "D142",	   "01234567897", "B0A1C2D3E4",
					    "two words",   "\x01",	  "IT60X0542811101000000123456"};
	static const char *const places[] = {"/srv/titoli/out", "https://127.0.0.1/dav/",
					     "sftp://bank.example/in/", "https://hooks.example/e"};
	char own[24];
	const char *word = words[below(random, sizeof(words) / sizeof(words[0]))];
	if (below(random, 3) == 0) {
		(void)snprintf(own, sizeof(own), "N%u", below(random, 100000));
		word = own;
	}
	if (strcmp(field->name, "address") == 0)
		word = places[below(random, sizeof(places) / sizeof(places[0]))];
	size_t length = strlen(word);
	if (below(random, 30) != 0)
		memcpy(text, word, length < field->size ? length : field->size);
}

/* Mostly one of the enumeration's values. */
static unsigned char random_choice(struct test_random *random, const struct enum_info *enumeration)
{
	if (below(random, 8) == 0)
		return (unsigned char)below(random, 8);
	return enumeration->values[below(random, enumeration->count)].number;
}

static void fill_field(struct test_random *random, const struct fixture *fixture,
		       const struct field *field, unsigned char *bytes);

static void fill_list(struct test_random *random, const struct fixture *fixture,
		      const struct field *field, unsigned char *bytes)
{
	uint32_t count = below(random, 4);
	count = count > field->items_max ? field->items_max : count;
	memcpy(bytes, &count, sizeof(count));
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < field->items->count; j++)
			fill_field(random, fixture, &field->items->fields[j],
				   bytes + field->size + i * field->items->struct_size +
				       field->items->fields[j].offset);
}

static void fill_number(struct test_random *random, const struct field *field,
			unsigned char *bytes)
{
	uint64_t number = below(random, 10) == 0 ? test_random_sized(random) : below(random, 800);
	if (strcmp(field->name, "year") == 0 && below(random, 10) != 0)
		number = 2026 + below(random, 2);
	memcpy(bytes, &number, field->size); /* little-endian: the low bytes */
}

static void fill_field(struct test_random *random, const struct fixture *fixture,
		       const struct field *field, unsigned char *bytes)
{
	uint32_t id = 0;
	int32_t when = 0;
	int64_t wide = 0;
	if ((field->flags & FIELD_OPT) != 0 && below(random, 2) == 0)
		return;
	switch (field->type) {
	case FIELD_ID:
		id = random_id(random, fixture, field->kind);
		memcpy(bytes, &id, sizeof(id));
		break;
	case FIELD_CENTS:
		wide = random_cents(random);
		memcpy(bytes, &wide, sizeof(wide));
		break;
	case FIELD_DAY:
	case FIELD_MONTH:
		when = field->type == FIELD_DAY ? random_day(random) : random_month(random);
		memcpy(bytes, &when, sizeof(when));
		break;
	case FIELD_INSTANT:
		wide = random_instant(random, fixture);
		memcpy(bytes, &wide, sizeof(wide));
		break;
	case FIELD_TEXT:
		random_text(random, field, (char *)bytes);
		break;
	case FIELD_LIST:
		fill_list(random, fixture, field, bytes);
		break;
	case FIELD_FLAG:
		bytes[0] = (unsigned char)below(random, below(random, 8) == 0 ? 8 : 2);
		break;
	case FIELD_ENUM:
		bytes[0] = random_choice(random, field->enumeration);
		break;
	case FIELD_BYTES:
		bytes[0] = (unsigned char)below(random, 256);
		break;
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_KEYED:
	case FIELD_CODE:
		fill_number(random, field, bytes);
		break;
	}
}

struct command random_command(struct test_random *random, const struct fixture *fixture)
{
	const struct command_info *info = NULL;
	uint32_t kind = 0;
	while (info == NULL || info->roles == ROLES_NONE || kind == COMMAND_KIND_CLOCK_ADVANCE) {
		kind = 1 + below(random, COMMAND_KIND_MAX);
		info = command_info((uint8_t)kind);
	}
	struct command command =
	    fixture_command((enum command_kind)kind, (struct principal_id){0});
	uint32_t role = below(random, FIXTURE_ROLES);
	while (below(random, 30) != 0 &&
	       ((info->roles >> role & 1) == 0 || fixture->role[role].raw == 0))
		role = below(random, FIXTURE_ROLES);
	command.principal = fixture->role[role];
	if (role == ROLE_PROVIDER && below(random, 2) == 0)
		command.principal = fixture->beta_principal;
	for (uint32_t i = 0; i < info->set.count; i++)
		fill_field(random, fixture, &info->set.fields[i],
			   (unsigned char *)&command.input + info->set.fields[i].offset);
	return command;
}
