/* Who tells SIUSS, and codes of benefits: see siuss.h. */
#include "connectors/format/siuss.h"

#include "connectors/format/lines.h"
#include "engine/base/identifier.h"
#include "engine/base/text.h"

#define PARTS_MAX     6u
#define CODE_SIZE_MIN 5u
#define CODE_SIZE_MAX 10u
#define NAME_SIZE_MIN 10u
#define NAME_SIZE_MAX 200u

struct reading {
	struct siuss_rules *rules;
	struct siuss_rules_fault *fault;
	uint32_t line;
	uint32_t size; /* rules that fit */
};

static bool fail(struct reading *reading, const char *text)
{
	*reading->fault = (struct siuss_rules_fault){reading->line, text};
	return false;
}

static bool read_digit(struct slice text, uint32_t least, uint32_t most, uint8_t *ret_digit)
{
	uint32_t digit = 0;
	if (!text_parse_u32(text, most, &digit) || digit < least)
		return false;
	*ret_digit = (uint8_t)digit;
	return true;
}

static bool read_rule(struct reading *reading, struct slice service, struct slice value)
{
	struct slice parts[PARTS_MAX];
	struct siuss_rule rule = {.service = service, .threshold = cents_zero()};
	for (uint32_t i = 0; i < PARTS_MAX; i++)
		parts[i] = lines_cut(&value, ';');
	rule.code = parts[0];
	rule.name = parts[1];
	if (service.size == 0 || siuss_rule_of(reading->rules, service) != NULL)
		return fail(reading, "a service without a code, or one that stands twice");
	if (rule.code.size < CODE_SIZE_MIN || rule.code.size > CODE_SIZE_MAX)
		return fail(reading, "a code of a benefit has 5 to 10 signs");
	if (rule.name.size < NAME_SIZE_MIN || rule.name.size > NAME_SIZE_MAX)
		return fail(reading, "the name of a benefit has 10 to 200 letters");
	if (!read_digit(parts[2], 1, 4, &rule.means))
		return fail(reading, "PresenzaProvaMezzi is 1, 2, 3 or 4");
	if (!read_digit(parts[3], 0, 3, &rule.area))
		return fail(reading, "AreaUtenza is 1, 2 or 3, or 0 for none");
	if (!read_digit(parts[4], 1, 2, &rule.charge) || (rule.charge == 1 && rule.area == 0))
		return fail(reading, "PresaCarico is 1 (with an area) or 2");
	if (parts[5].size > 0 &&
	    (!text_parse_cents(parts[5], &rule.threshold) || cents_is_negative(rule.threshold)))
		return fail(reading, "the threshold is an amount: 20000.00");
	if (reading->rules->count == reading->size)
		return fail(reading, "too many benefits");
	reading->rules->rules[reading->rules->count++] = rule;
	return true;
}

static bool read_key(struct reading *reading, struct slice key, struct slice value)
{
	static const char benefit[] = "prestazione ";
	struct siuss_rules *rules = reading->rules;
	struct slice *member = NULL;
	if (slice_equals_text(key, "ente"))
		member = &rules->body;
	if (slice_equals_text(key, "denominazione"))
		member = &rules->body_name;
	if (slice_equals_text(key, "comune"))
		member = &rules->body_place;
	if (slice_equals_text(key, "operatore"))
		member = &rules->operator_code;
	if (slice_equals_text(key, "regione"))
		member = &rules->region;
	if (member != NULL) {
		if (member->size > 0 || value.size == 0)
			return fail(reading, "a key without value, or one that stands twice");
		*member = value;
		return true;
	}
	if (key.size > sizeof(benefit) - 1 &&
	    slice_equals_text((struct slice){key.data, sizeof(benefit) - 1}, benefit))
		return read_rule(
		    reading,
		    text_trim((struct slice){key.data + sizeof(benefit) - 1,
					     key.size - (uint32_t)sizeof(benefit) + 1}),
		    value);
	return fail(reading, "no such key");
}

static bool check_whole(struct reading *reading)
{
	const struct siuss_rules *rules = reading->rules;
	struct identifier_person person;
	reading->line = 0;
	if (rules->body.size == 0 || rules->body.size > 32)
		return fail(reading, "`ente` is missing, or has more than 32 signs");
	if (rules->body_name.size == 0 || rules->body_name.size > 100)
		return fail(reading, "`denominazione` is missing, or has more than 100 letters");
	if (!identifier_place_is_shaped(rules->body_place))
		return fail(reading, "`comune` is the Belfiore code of the seat: A794");
	if (!identifier_person_parse(rules->operator_code, &person) ||
	    (person.omocodia & (IDENTIFIER_OMOCODIA_YEAR | IDENTIFIER_OMOCODIA_DAY)) != 0)
		return fail(reading, "`operatore` is the codice fiscale of who sends");
	if (rules->region.size != 0 && rules->region.size != 2)
		return fail(reading, "`regione` has two digits");
	if (rules->count == 0)
		return fail(reading, "no `prestazione` at all");
	return true;
}

bool siuss_rules_read(struct siuss_rules *rules, struct arena *arena, struct slice bytes,
		      struct siuss_rules_fault *ret_fault)
{
	ASSERT(rules != NULL && arena != NULL && ret_fault != NULL);
	struct reading reading = {.rules = rules, .fault = ret_fault};
	*rules = (struct siuss_rules){.count = 0};
	*ret_fault = (struct siuss_rules_fault){0, NULL};
	for (uint32_t i = 0; i < bytes.size; i++)
		reading.size += bytes.data[i] == '=' ? 1 : 0;
	rules->rules = arena_alloc_zeroed(arena, reading.size, sizeof(rules->rules[0]));
	if (rules->rules == NULL)
		return fail(&reading, "too large");
	if (!text_is_utf8(bytes))
		return fail(&reading, "not UTF-8");
	struct slice key;
	struct slice value;
	while (lines_next(&bytes, &reading.line, &key, &value))
		if (!read_key(&reading, key, value))
			return false;
	return check_whole(&reading);
}

const struct siuss_rule *siuss_rule_of(const struct siuss_rules *rules, struct slice service)
{
	ASSERT(rules != NULL);
	for (uint32_t i = 0; i < rules->count; i++)
		if (slice_equals(rules->rules[i].service, service))
			return &rules->rules[i];
	return NULL;
}
