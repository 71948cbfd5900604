/* A small ledger with invented rules: see synthetic_ledger.h. */
#include "tests/support/synthetic_ledger.h"

#include "engine/base/assert.h"
#include "engine/ledger/entry.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/shared_log.h"
#include "engine/ledger/state_hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define DAY_US (INT64_C(86400) * 1000000)

void synthetic_ledger_make(struct synthetic_ledger *ledger, uint32_t records)
{
	struct state_limits limits = state_limits_for(1000, 1000);
	limits.capacity[RECORD_KIND_BENEFICIARY] = records;
	limits.capacity[RECORD_KIND_PROVIDER] = records;
	limits.capacity[RECORD_KIND_RECEIPT] = records * 2;
	ledger->size = state_size_bytes(&limits);
	ledger->memory = mmap(NULL, ledger->size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ledger->memory == MAP_FAILED)
		abort();
	state_init(&ledger->state, &limits, ledger->memory);
}

void synthetic_ledger_free(struct synthetic_ledger *ledger)
{
	(void)munmap(ledger->memory, ledger->size);
	ledger->memory = NULL;
}

static void put_number(char *text, size_t size, const char *word, uint64_t number)
{
	(void)snprintf(text, size, "%s%llu", word, (unsigned long long)number);
}

static enum result decide_genesis(struct effects *effects, const struct command *command)
{
	struct ledger_id ledger_id;
	struct schedule_id schedule_id;
	struct ambito_id ambito_id;
	struct fund_id fund_id;
	struct fund_year_id fund_year_id;
	struct ledger *ledger = effects_create_ledger(effects, &ledger_id);
	memset(ledger->ledger_id, SYNTHETIC_ID_BYTE, sizeof(ledger->ledger_id));
	ledger->clock_mode = command->input.genesis.clock_mode;
	ledger->clock = command->input.genesis.clock;
	struct schedule *schedule = effects_create_schedule(effects, &schedule_id);
	schedule->next_day.number = (int32_t)(ledger->clock.us / DAY_US) + 1;
	struct ambito *ambito = effects_create_ambito(effects, &ambito_id);
	put_number(ambito->code, sizeof(ambito->code), "A", 1);
	struct comune_id comune_id;
	effects_create_comune(effects, &comune_id)->ambito = ambito_id;
	struct fund *fund = effects_create_fund(effects, &fund_id);
	put_number(fund->code, sizeof(fund->code), "F", 1);
	fund->ambito = ambito_id;
	struct fund_year *fund_year = effects_create_fund_year(effects, &fund_year_id);
	fund_year->fund = fund_id;
	fund_year->year = 2026;
	return RESULT_OK;
}

static enum result decide_vary(struct effects *effects, const struct command *command)
{
	const struct command_fund_year_vary *input = &command->input.fund_year_vary;
	if (input->increase_cents.raw == 0) /* raw: invented rule */
		return RESULT_FUND_EXHAUSTED;
	for (int64_t i = 0; i <= input->decrease_cents.raw; i++) { /* raw: invented rule */
		struct posting posting = {
		    .amount = input->increase_cents.raw, /* raw: posted */
		    .fund_year = {1},
		    .book = BOOK_FUND,
		    .kind = POSTING_KIND_VARY,
		    .from = FUND_APPROPRIATION,
		    .to = FUND_AVAILABLE,
		};
		effects_post(effects, &posting);
	}
	return RESULT_OK;
}

static enum result decide_kind(struct effects *effects, const struct command *command,
    struct outcome *outcome)
{
	if (command->kind == COMMAND_KIND_GENESIS)
		return decide_genesis(effects, command);
	if (command->kind == COMMAND_KIND_FUND_YEAR_VARY)
		return decide_vary(effects, command);
	if (command->kind == COMMAND_KIND_CLOCK_ADVANCE) {
		effects_edit_ledger(effects, (struct ledger_id){1})->clock =
		    command->input.clock_advance.to;
		return RESULT_OK;
	}
	if (command->kind == COMMAND_KIND_TICK) {
		effects_edit_schedule(effects, (struct schedule_id){1})->next_day.number =
		    command->input.tick.day.number + 1;
		return RESULT_OK;
	}
	if (command->kind == COMMAND_KIND_BENEFICIARY_CREATE) {
		struct beneficiary_id id;
		struct beneficiary *beneficiary = effects_create_beneficiary(effects, &id);
		beneficiary->ambito.raw = 1;
		beneficiary->comune.raw = id.raw % 48 + 1;
		effects_edit_comune(effects, (struct comune_id){1})->actual_users++;
		outcome->object = id.raw;
		return RESULT_OK;
	}
	ASSERT(command->kind == COMMAND_KIND_PROVIDER_CREATE);
	struct provider_id id;
	struct provider *provider = effects_create_provider(effects, &id);
	put_number(provider->code, sizeof(provider->code), "P", id.raw);
	put_number(provider->legal_name, sizeof(provider->legal_name), "Provider number ", id.raw);
	provider->ambito.raw = 1;
	outcome->object = id.raw;
	return RESULT_OK;
}

static void store_receipt(struct effects *effects, const struct command *command,
    const struct outcome *outcome)
{
	struct receipt_id id;
	struct receipt *receipt = effects_create_receipt(effects, &id);
	receipt->sequence = outcome->sequence;
	receipt->at = outcome->at;
	memcpy(receipt->key_hash, command->key_hash, sizeof(receipt->key_hash));
	memcpy(receipt->request_hash, command->request_hash, sizeof(receipt->request_hash));
	receipt->object = outcome->object;
	receipt->principal = command->principal;
	receipt->result = (uint16_t)outcome->result;
	receipt->command = command->kind;
}

void synthetic_decide(struct effects *effects, const struct command *command, struct instant now,
    uint64_t sequence, struct outcome *ret_outcome)
{
	effects_reset(effects);
	struct outcome outcome = {.command = command->kind, .at = now, .sequence = sequence};
	struct receipt_id seen = {0};
	if (command->has_key)
		seen = state_find_receipt(effects->state, command->key_hash);
	if (seen.raw != 0) {
		const struct receipt *receipt = state_receipt(effects->state, seen);
		outcome.replayed = true;
		outcome.result = (enum result)receipt->result;
		outcome.object = receipt->object;
		outcome.sequence = receipt->sequence;
		outcome.at = receipt->at;
		*ret_outcome = outcome;
		return;
	}
	outcome.result = decide_kind(effects, command, &outcome);
	if (outcome.result == RESULT_OK && effects_result(effects) != RESULT_OK) {
		outcome.result = effects_result(effects);
		effects_reset(effects);
	}
	if (!result_is_success(outcome.result))
		effects_reset(effects);
	if (command->has_key && result_info(outcome.result)->kind != RESULT_KIND_FAULT)
		store_receipt(effects, command, &outcome);
	if (effects_result(effects) != RESULT_OK) { /* no room for the receipt */
		outcome.result = effects_result(effects);
		effects_reset(effects);
	}
	if (effects->write_count == 0)
		outcome.sequence = 0;
	*ret_outcome = outcome;
}

bool synthetic_tick_due(const struct state *state, struct instant now, struct command *ret_command,
    struct instant *ret_due)
{
	const struct schedule *schedule = state_schedule(state, (struct schedule_id){1});
	if (schedule == NULL || now.us < (int64_t)schedule->next_day.number * DAY_US)
		return false;
	memset(ret_command, 0, sizeof(*ret_command));
	ret_command->kind = COMMAND_KIND_TICK;
	ret_command->input.tick.day = schedule->next_day;
	ret_due->us = (int64_t)schedule->next_day.number * DAY_US;
	return true;
}

static struct command make(enum command_kind kind, uint64_t key)
{
	struct command command;
	memset(&command, 0, sizeof(command));
	command.kind = (uint8_t)kind;
	command.principal.raw = 1;
	command.has_key = key != 0;
	uint64_t spread = key * UINT64_C(0x9E3779B97F4A7C15);
	if (key != 0) {
		memcpy(command.key_hash, &key, sizeof(key));
		memcpy(command.key_hash + 8, &spread, sizeof(spread));
		memcpy(command.request_hash, &spread, sizeof(spread));
	}
	return command;
}

struct command synthetic_genesis(enum clock_mode mode, struct instant clock)
{
	struct command command = make(COMMAND_KIND_GENESIS, 0);
	command.principal.raw = 0;
	memset(command.input.genesis.ledger_id, SYNTHETIC_ID_BYTE, 16);
	command.input.genesis.clock_mode = (uint8_t)mode;
	command.input.genesis.clock = clock;
	return command;
}

struct command synthetic_beneficiary(uint64_t key)
{
	struct command command = make(COMMAND_KIND_BENEFICIARY_CREATE, key);
	command.input.beneficiary_create.comune.raw = 1;
	return command;
}

struct command synthetic_provider(uint64_t key)
{
	struct command command = make(COMMAND_KIND_PROVIDER_CREATE, key);
	put_number(command.input.provider_create.code, sizeof(command.input.provider_create.code),
	    "P", key);
	return command;
}

struct command synthetic_vary(uint64_t key, int64_t increase_cents, int64_t more_postings)
{
	struct command command = make(COMMAND_KIND_FUND_YEAR_VARY, key);
	command.input.fund_year_vary.fund.raw = 1;
	command.input.fund_year_vary.year = 2026;
	command.input.fund_year_vary.increase_cents = cents_from(increase_cents);
	command.input.fund_year_vary.decrease_cents = cents_from(more_postings);
	return command;
}

struct command synthetic_command(uint64_t number)
{
	uint64_t mixed = (number + 1) * UINT64_C(0xD6E8FEB86659FD93);
	mixed ^= mixed >> 32;
	uint64_t key = number % 3 == 0 ? 0 : number + 1;
	switch (mixed % 8) {
	case 0:
		return synthetic_vary(key, (int64_t)(mixed >> 40), 0);
	case 1:
		return synthetic_vary(key, 0, 0);
	case 2:
	case 3:
		return synthetic_provider(key);
	case 4:
		if (mixed >> 8 & 1)
			return synthetic_vary(key, 1, (int64_t)(mixed >> 12 & 1023));
		return synthetic_beneficiary(key);
	default:
		return synthetic_beneficiary(key);
	}
}

void synthetic_writer_make(struct synthetic_writer *writer, struct synthetic_ledger *ledger,
    struct shared_log *log, uint64_t sequence)
{
	*writer = (struct synthetic_writer){
	    .ledger = ledger,
	    .log = log,
	    .next_sequence = sequence + 1,
	    .next_number = sequence * 3,
	    .postings_max = INT64_MAX,
	    .now_us = 1000000 + (int64_t)sequence * 10,
	};
	writer->buffer = malloc(BATCH_SIZE_MAX);
	writer->effects_memory = aligned_alloc(64, EFFECTS_MEMORY_SIZE);
	if (writer->buffer == NULL || writer->effects_memory == NULL ||
	    entry_pack_open(&writer->pack) != RESULT_OK ||
	    batch_hasher_open(&writer->hasher) != RESULT_OK)
		abort();
	memset(writer->effects_memory, 0, EFFECTS_MEMORY_SIZE);
	effects_init(&writer->effects, &ledger->state, writer->effects_memory);
}

void synthetic_writer_free(struct synthetic_writer *writer)
{
	free(writer->buffer);
	free(writer->effects_memory);
	batch_hasher_close(writer->hasher);
	entry_pack_close(writer->pack);
}

static enum result append(struct synthetic_writer *writer, struct batch_builder *builder)
{
	uint8_t previous[BATCH_HASH_SIZE];
	uint8_t hash[BATCH_HASH_SIZE];
	shared_log_tail_hash(writer->log, previous);
	enum result result = batch_seal(builder, writer->hasher, previous, hash);
	struct shared_log_batch batch = {
	    .bytes = builder->buffer,
	    .size = builder->size,
	    .count = builder->count,
	    .first_sequence = builder->head.first_sequence,
	    .epoch = builder->head.epoch,
	};
	return result == RESULT_OK ? shared_log_append(writer->log, &batch) : result;
}

static void begin(struct synthetic_writer *writer, struct batch_builder *builder)
{
	struct batch_head head = {
	    .first_sequence = writer->next_sequence,
	    .instant_us = writer->now_us,
	    .epoch = shared_log_epoch(writer->log),
	};
	batch_begin(builder, writer->buffer, shared_log_batch_size_max(writer->log), &head);
	entry_pack_begin(writer->pack);
}

/* Puts an entry into a batch. False: it is full. One in sixteen is as older journals have them. */
static bool put_entry(struct synthetic_writer *writer, struct batch_builder *builder,
    const struct command *command, const struct entry_head *head)
{
	uint8_t *room = entry_pack_room(writer->pack);
	uint32_t size = entry_encode(head, command, &writer->effects, room);
	struct entry_packed packed;
	if (head->sequence % 16 == 5)
		return batch_append_entry(builder,
		    (struct batch_entry_type){ENTRY_VERSION_PLAIN, ENTRY_KIND}, room, size);
	if (!entry_pack_write(writer->pack, size, &packed) ||
	    !batch_append_entry(builder, (struct batch_entry_type){ENTRY_VERSION, ENTRY_KIND},
		packed.bytes, packed.size))
		return false;
	entry_pack_keep(writer->pack);
	return true;
}

enum result synthetic_write(struct synthetic_writer *writer, uint32_t count)
{
	struct batch_builder builder;
	enum result result = RESULT_OK;
	begin(writer, &builder);
	for (uint32_t i = 0; i < count && result == RESULT_OK; i++) {
		struct outcome outcome;
		struct command command =
		    writer->next_sequence == 1
			? synthetic_genesis(CLOCK_MODE_SYSTEM, (struct instant){writer->now_us})
			: synthetic_command(writer->next_number++);
		if (command.kind == COMMAND_KIND_FUND_YEAR_VARY &&
		    command.input.fund_year_vary.decrease_cents.raw > /* raw: a count */
			writer->postings_max)
			continue;
		struct instant now = {++writer->now_us};
		synthetic_decide(&writer->effects, &command, now, writer->next_sequence, &outcome);
		if (writer->effects.write_count == 0)
			continue;
		struct entry_head head = {
		    .sequence = writer->next_sequence,
		    .at = now,
		    .result = (uint16_t)outcome.result,
		};
		if (!put_entry(writer, &builder, &command, &head)) {
			result = append(writer, &builder);
			begin(writer, &builder);
			bool fits = put_entry(writer, &builder, &command, &head);
			ASSERT(fits);
		}
		apply_effects(&writer->ledger->state, &writer->effects);
		writer->next_sequence++;
	}
	if (result == RESULT_OK && builder.count > 0)
		result = append(writer, &builder);
	return result;
}

void synthetic_hash(const struct synthetic_ledger *ledger, char ret_text[65])
{
	uint8_t hash[STATE_HASH_SIZE];
	if (state_hash(&ledger->state, hash) != RESULT_OK)
		abort();
	for (uint32_t i = 0; i < STATE_HASH_SIZE; i++)
		(void)snprintf(ret_text + 2 * i, 3, "%02x", hash[i]);
}
