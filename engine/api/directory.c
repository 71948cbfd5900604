/* Codes and ids: see directory.h. */
#include "engine/api/directory.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <string.h>

#define CODE_HASH_SEED                                                                             \
	UINT64_C(0x7469746f6c695f31) /* no secret: codes are chosen by the office                  \
				      */

static const uint8_t coded_kinds[DIRECTORY_KINDS] = {
    RECORD_KIND_AMBITO, RECORD_KIND_SUB_AMBITO, RECORD_KIND_COMUNE,    RECORD_KIND_SERVICE,
    RECORD_KIND_FUND,	RECORD_KIND_PROVIDER,	RECORD_KIND_PRINCIPAL, RECORD_KIND_FUND_YEAR,
    RECORD_KIND_MEASURE, RECORD_KIND_DESTINATION, RECORD_KIND_PAYING_BODY,
};

/* Which command makes a record of which coded kind, and where its code stands. */
struct maker {
	uint8_t command;
	uint8_t kind;
	uint16_t offset; /* of the code in the input */
	uint16_t size;
};

#define MAKER(NAME, KIND, name, member)                                                            \
	{                                                                                          \
		COMMAND_KIND_##NAME, RECORD_KIND_##KIND,                                           \
		    (uint16_t)offsetof(struct command_##name, member),                             \
		    (uint16_t)sizeof(((struct command_##name *)0)->member)                         \
	}
static const struct maker makers[] = {
    MAKER(AMBITO_CREATE, AMBITO, ambito_create, code),
    MAKER(SUB_AMBITO_CREATE, SUB_AMBITO, sub_ambito_create, code),
    MAKER(COMUNE_CREATE, COMUNE, comune_create, istat_code),
    MAKER(SERVICE_CREATE, SERVICE, service_create, code),
    MAKER(FUND_CREATE, FUND, fund_create, code),
    MAKER(PROVIDER_CREATE, PROVIDER, provider_create, code),
    MAKER(PRINCIPAL_CREATE, PRINCIPAL, principal_create, code),
    MAKER(MEASURE_CREATE, MEASURE, measure_create, code),
    MAKER(DESTINATION_ADD, DESTINATION, destination_add, code),
    MAKER(PAYING_BODY_CREATE, PAYING_BODY, paying_body_create, code),
};

bool directory_has_kind(enum record_kind kind)
{
	static const bool coded[RECORD_KIND_MAX + 1] = {
	    [RECORD_KIND_AMBITO] = true,    [RECORD_KIND_SUB_AMBITO] = true,
	    [RECORD_KIND_COMUNE] = true,    [RECORD_KIND_SERVICE] = true,
	    [RECORD_KIND_FUND] = true,	    [RECORD_KIND_PROVIDER] = true,
	    [RECORD_KIND_PRINCIPAL] = true, [RECORD_KIND_FUND_YEAR] = true,
	    [RECORD_KIND_MEASURE] = true,   [RECORD_KIND_DESTINATION] = true,
	    [RECORD_KIND_PAYING_BODY] = true};
	return kind <= RECORD_KIND_MAX && coded[kind];
}

static uint32_t entries_total(const struct state_limits *limits)
{
	uint32_t total = 0;
	for (uint32_t i = 0; i < DIRECTORY_KINDS; i++)
		total += limits->capacity[coded_kinds[i]] + STATE_HEADROOM;
	return total;
}

static size_t entries_size(uint32_t total)
{
	size_t size = (size_t)total * sizeof(struct directory_entry);
	return (size + 63) / 64 * 64;
}

size_t directory_size_bytes(const struct state_limits *limits)
{
	ASSERT(limits != NULL);
	uint32_t total = entries_total(limits);
	return entries_size(total) + index_size_bytes(total);
}

static struct slice entry_code(const struct directory_entry *entry)
{
	return (struct slice){entry->text, entry->size};
}

static uint64_t code_hash(enum record_kind kind, struct slice code)
{
	return hash64(code.data, code.size, CODE_HASH_SEED + (uint64_t)kind);
}

static uint32_t find(const struct directory *directory, enum record_kind kind, struct slice code)
{
	uint64_t hash = code_hash(kind, code);
	for (uint32_t at = index_first(&directory->by_code, hash); at != 0;
	     at = index_next(&directory->by_code, at)) {
		const struct directory_entry *entry = &directory->entries[at - 1];
		if (entry->kind == kind && slice_equals(entry_code(entry), code))
			return entry->id;
	}
	return 0;
}

/* Enters a code; does nothing when the id has one already. */
static void enter(struct directory *directory, enum record_kind kind, uint32_t id,
		  struct slice code)
{
	ASSERT(id > 0 && id <= directory->capacity[kind]);
	ASSERT(code.size > 0 && code.size <= DIRECTORY_CODE_SIZE_MAX);
	uint32_t at = directory->first[kind] + id - 1;
	struct directory_entry *entry = &directory->entries[at];
	if (entry->size > 0)
		return;
	entry->id = id;
	entry->kind = (uint8_t)kind;
	memcpy(entry->text, code.data, code.size);
	entry->size = (uint8_t)code.size;
	index_insert(&directory->by_code, code_hash(kind, code), at + 1);
}

/* A sub-ambito's code is unique in its ambito only: a later twin in another ambito is written
 * AMBITO:CODE. Records are entered in the order of their ids, always, so this never changes. */
static struct slice distinct_code(const struct directory *directory, struct ambito_id ambito,
				  struct slice code, char ret_text[DIRECTORY_CODE_SIZE_MAX])
{
	static_assert(DIRECTORY_CODE_SIZE_MAX >= 16 + 1 + 16, "ambito, colon, code");
	if (find(directory, RECORD_KIND_SUB_AMBITO, code) == 0)
		return code;
	ASSERT(ambito.raw > 0 && ambito.raw <= directory->capacity[RECORD_KIND_AMBITO]);
	uint32_t at = directory->first[RECORD_KIND_AMBITO] + ambito.raw - 1;
	struct slice owner = entry_code(&directory->entries[at]);
	ASSERT(owner.size + 1 + code.size <= DIRECTORY_CODE_SIZE_MAX);
	memcpy(ret_text, owner.data, owner.size);
	ret_text[owner.size] = ':';
	memcpy(ret_text + owner.size + 1, code.data, code.size);
	return (struct slice){ret_text, owner.size + 1 + code.size};
}

/* "FNPS-2026"; empty when the fund has no code. */
static struct slice fund_year_code(struct slice fund, uint16_t year,
				   char ret_text[DIRECTORY_CODE_SIZE_MAX])
{
	static_assert(DIRECTORY_CODE_SIZE_MAX >= 16 + 1 + TEXT_U64_SIZE_MAX, "code, dash, year");
	ASSERT(fund.size <= 16);
	if (fund.size == 0)
		return fund;
	memcpy(ret_text, fund.data, fund.size);
	ret_text[fund.size] = '-';
	uint32_t digits = text_format_u64(year, ret_text + fund.size + 1);
	return (struct slice){ret_text, fund.size + 1 + digits};
}

static void enter_all(struct directory *directory, const struct state *state, enum record_kind kind)
{
	for (uint32_t id = 1; id <= state_count(state, kind); id++) {
		const void *record = state_record(state, kind, id);
		ASSERT(record != NULL);
		char text[DIRECTORY_CODE_SIZE_MAX];
		struct slice code;
		if (kind == RECORD_KIND_FUND_YEAR) {
			const struct fund_year *fund_year = record;
			const struct fund *fund = state_fund(state, fund_year->fund);
			ASSERT(fund != NULL);
			code = fund_year_code(record_code(RECORD_KIND_FUND, fund), fund_year->year,
					      text);
		} else {
			code = record_code(kind, record);
		}
		if (kind == RECORD_KIND_SUB_AMBITO)
			code = distinct_code(directory, ((const struct sub_ambito *)record)->ambito,
					     code, text);
		if (code.size > 0)
			enter(directory, kind, id, code);
	}
}

bool directory_init(struct directory *directory, const struct state_limits *limits,
		    const struct state *state, void *memory)
{
	ASSERT(directory != NULL && limits != NULL);
	ASSERT(state != NULL && memory != NULL);
	memset(directory, 0, sizeof(*directory));
	uint32_t total = 0;
	for (uint32_t i = 0; i < DIRECTORY_KINDS; i++) {
		uint8_t kind = coded_kinds[i];
		ASSERT(directory_has_kind((enum record_kind)kind));
		directory->first[kind] = total;
		directory->capacity[kind] = limits->capacity[kind] + STATE_HEADROOM;
		total += directory->capacity[kind];
	}
	directory->capacity_total = total;
	directory->entries = memory;
	index_init(&directory->by_code, (unsigned char *)memory + entries_size(total), total);
	if (pthread_rwlock_init(&directory->lock, NULL) != 0)
		return false;
	for (uint32_t i = 0; i < DIRECTORY_KINDS; i++)
		enter_all(directory, state, (enum record_kind)coded_kinds[i]);
	return true;
}

void directory_deinit(struct directory *directory)
{
	if (directory == NULL || directory->entries == NULL)
		return;
	int destroyed = pthread_rwlock_destroy(&directory->lock);
	ASSERT(destroyed == 0);
	directory->entries = NULL;
}

static void lock_shared(struct directory *directory)
{
	int locked = pthread_rwlock_rdlock(&directory->lock);
	ASSERT(locked == 0);
}

static void unlock(struct directory *directory)
{
	int unlocked = pthread_rwlock_unlock(&directory->lock);
	ASSERT(unlocked == 0);
}

/* The code that a command gave to what it made; empty when it makes nothing coded. */
static struct slice made_code(const struct directory *directory, const struct command *command,
			      char ret_text[DIRECTORY_CODE_SIZE_MAX], uint8_t *ret_kind)
{
	if (command->kind == COMMAND_KIND_FUND_YEAR_PROPOSE) {
		const struct command_fund_year_propose *input = &command->input.fund_year_propose;
		if (input->fund.raw == 0 || input->fund.raw > directory->capacity[RECORD_KIND_FUND])
			return (struct slice){NULL, 0};
		uint32_t at = directory->first[RECORD_KIND_FUND] + input->fund.raw - 1;
		*ret_kind = RECORD_KIND_FUND_YEAR;
		return fund_year_code(entry_code(&directory->entries[at]), input->year, ret_text);
	}
	for (uint32_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		if (makers[i].command != command->kind)
			continue;
		*ret_kind = makers[i].kind;
		const char *code = (const char *)&command->input + makers[i].offset;
		return (struct slice){code, (uint32_t)strnlen(code, makers[i].size)};
	}
	return (struct slice){NULL, 0};
}

bool directory_learns(uint8_t command)
{
	bool found = command == COMMAND_KIND_FUND_YEAR_PROPOSE;
	for (uint32_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
		found |= makers[i].command == command;
	return found;
}

void directory_learn(struct directory *directory, const struct command *command,
		     const struct outcome *outcome)
{
	ASSERT(directory != NULL);
	ASSERT(command != NULL && outcome != NULL);
	if (!result_is_success(outcome->result) || outcome->object == 0)
		return;
	char text[DIRECTORY_CODE_SIZE_MAX];
	uint8_t kind = RECORD_KIND_NONE;
	if (!directory_learns(command->kind))
		return; /* the hot path makes nothing coded, and takes no lock */
	int locked = pthread_rwlock_wrlock(&directory->lock);
	ASSERT(locked == 0);
	struct slice code = made_code(directory, command, text, &kind);
	if (code.size == 0 || outcome->object_kind != kind) {
		unlock(directory);
		return;
	}
	uint32_t at = directory->first[kind] + outcome->object - 1;
	bool known = directory->entries[at].size > 0;
	if (kind == RECORD_KIND_SUB_AMBITO && !known)
		code =
		    distinct_code(directory, command->input.sub_ambito_create.ambito, code, text);
	if (!known)
		enter(directory, (enum record_kind)kind, outcome->object, code);
	unlock(directory);
}

uint32_t directory_find(struct directory *directory, enum record_kind kind, struct slice code)
{
	ASSERT(directory != NULL);
	ASSERT(directory_has_kind(kind));
	if (code.size == 0 || code.size > DIRECTORY_CODE_SIZE_MAX)
		return 0;
	lock_shared(directory);
	uint32_t id = find(directory, kind, code);
	unlock(directory);
	return id;
}

uint32_t directory_code(struct directory *directory, enum record_kind kind, uint32_t id,
			char *ret_text)
{
	ASSERT(directory != NULL && ret_text != NULL);
	ASSERT(directory_has_kind(kind));
	if (id == 0 || id > directory->capacity[kind])
		return 0;
	lock_shared(directory);
	const struct directory_entry *entry = &directory->entries[directory->first[kind] + id - 1];
	uint32_t size = entry->size;
	memcpy(ret_text, entry->text, size);
	unlock(directory);
	ASSERT(size <= DIRECTORY_CODE_SIZE_MAX);
	return size;
}
