/* Any command in words: see acts_any.h. */
#include "tests/unit/domain/acts_any.h"

#include "tests/unit/domain/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACT_SIZE 512u

static uint64_t number(const char *text)
{
	char *end = NULL;
	unsigned long long value = strtoull(text, &end, 10); /* banned: a test */
	if (end == text || *end != '\0')
		fail_msg("not a number: %s", text);
	return value;
}

static uint32_t id_of(const struct acts *acts, enum record_kind kind, const char *text)
{
	if (text[0] >= '0' && text[0] <= '9')
		return (uint32_t)number(text);
	char upper[33] = {0};
	for (uint32_t i = 0; i < 32 && text[i] != '\0'; i++)
		upper[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i]);
	uint32_t id = state_find_code(&acts->fixture->state, kind, slice_from_text(upper));
	if (id == 0)
		fail_msg("no %s %s", record_info(kind)->name, upper);
	return id;
}

static void store(void *place, uint64_t value, size_t size)
{
	memcpy(place, &value, size); /* little-endian, as every machine that tests */
}

/* SAD_OSS:600,PASTI:20:5 */
static void set_lines(const struct acts *acts, const struct field *field, unsigned char *input,
		      const char *text)
{
	assert_string_equal(field->items->name, "line_input");
	uint32_t *count = (void *)(input + field->offset);
	struct line_input *items = (void *)(input + field->offset + field->size);
	char list[128];
	(void)snprintf(list, sizeof(list), "%s", text);
	char *rest = NULL;
	for (char *item = strtok_r(list, ",", &rest); item != NULL; /* banned: a test */
	     item = strtok_r(NULL, ",", &rest)) {                   /* banned: a test */
		char *units = strchr(item, ':');
		assert_non_null(units);
		*units++ = '\0';
		char *more = strchr(units, ':');
		if (more != NULL)
			*more++ = '\0';
		struct line_input *line = &items[(*count)++];
		line->service.raw = id_of(acts, RECORD_KIND_SERVICE, item);
		line->units_per_month = (uint32_t)number(units);
		line->supplement_units = more == NULL ? 0 : (uint32_t)number(more);
	}
}

static void set_field(const struct acts *acts, const struct field *field, unsigned char *input,
		      const char *text)
{
	void *place = input + field->offset;
	switch (field->type) {
	case FIELD_FLAG:
	case FIELD_U8:
		store(place, number(text), 1);
		return;
	case FIELD_U16:
		store(place, number(text), 2);
		return;
	case FIELD_U32:
		store(place, number(text), 4);
		return;
	case FIELD_U64:
	case FIELD_CENTS:
	case FIELD_KEYED:
		store(place, number(text), 8);
		return;
	case FIELD_DAY:
		*(struct day *)place = fixture_day(text);
		return;
	case FIELD_MONTH:
		*(struct month *)place = fixture_month(text);
		return;
	case FIELD_INSTANT:
		*(struct instant *)place = fixture_instant(text);
		return;
	case FIELD_ENUM:
		*(uint8_t *)place = enum_number(field->enumeration, slice_from_text(text));
		if (*(uint8_t *)place == 0)
			fail_msg("no %s %s", field->enumeration->name, text);
		return;
	case FIELD_ID:
		store(place, id_of(acts, (enum record_kind)field->kind, text), 4);
		return;
	case FIELD_TEXT:
		fixture_text(place, field->size, text);
		return;
	case FIELD_BYTES: /* a hash that begins so */
		store(place, number(text), 8);
		return;
	case FIELD_LIST:
		set_lines(acts, field, input, text);
		return;
	default:
		fail_msg("%s cannot be said in words", field->name);
	}
}

static struct principal_id caller(const struct acts *acts, const char *name)
{
	static const char *const names[] = {"officer",	 "manager",    "worker", "finance",
					    "treasurer", "consortium", "courier"};
	static const enum role roles[] = {ROLE_UDP_OFFICER, ROLE_UDP_MANAGER, ROLE_SOCIAL_WORKER,
					  ROLE_FINANCE,	    ROLE_TREASURER,   ROLE_CONSORTIUM,
					  ROLE_COURIER};
	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return acts->fixture->role[roles[i]];
	if (strcmp(name, "alfa") == 0)
		return acts->fixture->alfa_principal;
	assert_string_equal(name, "beta");
	return acts->fixture->beta_principal;
}

static uint8_t kind_named(const char *name)
{
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		if (info != NULL && strcmp(info->name, name) == 0)
			return (uint8_t)kind;
	}
	fail_msg("no command %s", name);
	return 0;
}

static void set_title(const struct acts *acts, const struct command_info *info,
		      struct command *command)
{
	const struct field *field = field_find(&info->set, slice_from_text("voucher"));
	if (field != NULL)
		store((unsigned char *)&command->input + field->offset, acts->voucher.raw, 4);
}

enum result acts_any(struct acts *acts, const char *act)
{
	char text[ACT_SIZE];
	(void)snprintf(text, sizeof(text), "%s", act);
	char *rest = NULL;
	assert_string_equal(strtok_r(text, " \t\n", &rest), "do"); /* banned: a test */
	uint8_t kind = kind_named(strtok_r(NULL, " \t\n", &rest)); /* banned: a test */
	const struct command_info *info = command_info(kind);
	struct command command = fixture_command((enum command_kind)kind,
						 acts->fixture->role[ROLE_UDP_OFFICER]);
	bool is_keyed = false;
	set_title(acts, info, &command);
	for (char *word = strtok_r(NULL, " \t\n", &rest); word != NULL; /* banned: a test */
	     word = strtok_r(NULL, " \t\n", &rest)) {                   /* banned: a test */
		char *value = strchr(word, '=');
		assert_non_null(value);
		*value++ = '\0';
		if (strcmp(word, "by") == 0) {
			command.principal = caller(acts, value);
		} else if (strcmp(word, "key") == 0) {
			is_keyed = true;
		} else {
			const struct field *field = field_find(&info->set, slice_from_text(word));
			if (field == NULL)
				fail_msg("no field %s: %s", word, act);
			set_field(acts, field, (unsigned char *)&command.input, value);
		}
	}
	return is_keyed ? fixture_do_keyed(acts->fixture, &command).result
			: fixture_result(acts->fixture, &command);
}
