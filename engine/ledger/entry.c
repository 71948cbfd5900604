/* Journal entries: see entry.h for the bytes. */
#include "engine/ledger/entry.h"

#include "engine/base/codec.h"
#include "engine/base/limits.h"
#include "engine/domain/apply.h"
#include "engine/ledger/batch.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/layout.h"
#include "engine/ledger/wire.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum {
	AT_SEQUENCE = 0,
	AT_INSTANT = 8,
	AT_PRINCIPAL = 16,
	AT_COMMAND = 20,
	AT_INPUT_VERSION = 21,
	AT_HAS_KEY = 22,
	AT_POSTING_VERSION = 23,
	AT_KEY_HASH = 24,
	AT_REQUEST_HASH = 40,
	AT_RESULT = 56,
	AT_CAUSE = 58,
	AT_ZONE_VERSION = 60,
	AT_RULES_VERSION = 64,
	AT_RESERVED = 66,
	AT_INPUT_SIZE = 68,
	AT_WRITE_COUNT = 72,
	AT_WRITES_SIZE = 76,
	AT_POSTING_COUNT = 80,
};

static_assert(ENTRY_HEADER_SIZE + COMMAND_INPUT_SIZE_MAX +
		      EFFECT_WRITES_MAX * (ENTRY_WRITE_HEADER_SIZE + LAYOUT_SIZE_MAX) +
		      EFFECT_POSTINGS_MAX * LAYOUT_POSTING_SIZE <=
		  BATCH_PLAIN_SIZE_MAX,
    "every entry fits an empty batch before it is packed");
static_assert(AT_POSTING_COUNT + 4 == ENTRY_HEADER_SIZE, "the header ends with its last field");

/* The inputs lie in a union: every member starts where the union does. */
static_assert(offsetof(struct command, input) == offsetof(struct command, input.genesis), "union");

uint32_t entry_size_max(const struct command *command, const struct effects *effects)
{
	ASSERT(command != NULL && effects != NULL);
	const struct command_info *info = command_info(command->kind);
	ASSERT(info != NULL);
	uint32_t size = ENTRY_HEADER_SIZE + info->input_size_max;
	for (uint32_t i = 0; i < effects->write_count; i++)
		size += ENTRY_WRITE_HEADER_SIZE +
			layout_size_max((enum record_kind)effects->writes[i].kind);
	return size + effects->posting_count * LAYOUT_POSTING_SIZE;
}

static void put_head(const struct entry_head *head, const struct command *command, uint8_t *out)
{
	ASSERT(head->sequence >= 1);
	memset(out, 0, ENTRY_HEADER_SIZE);
	wire_put_u64(out + AT_SEQUENCE, head->sequence);
	wire_put_i64(out + AT_INSTANT, head->at.us);
	wire_put_u32(out + AT_PRINCIPAL, command->principal.raw); /* raw: as it is encoded */
	out[AT_COMMAND] = command->kind;
	out[AT_HAS_KEY] = command->has_key != 0;
	out[AT_POSTING_VERSION] = layout_posting_version();
	if (command->has_key != 0) {
		memcpy(out + AT_KEY_HASH, command->key_hash, sizeof(command->key_hash));
		memcpy(out + AT_REQUEST_HASH, command->request_hash,
		    sizeof(command->request_hash));
	}
	wire_put_u16(out + AT_RESULT, head->result);
	wire_put_u16(out + AT_CAUSE, head->cause);
	wire_put_u32(out + AT_ZONE_VERSION, head->zone_version);
	wire_put_u16(out + AT_RULES_VERSION, head->rules_version);
}

static uint32_t put_writes(const struct effects *effects, uint8_t *out)
{
	uint32_t used = 0;
	for (uint32_t i = 0; i < effects->write_count; i++) {
		const struct effect_write *write = &effects->writes[i];
		enum record_kind kind = (enum record_kind)write->kind;
		uint8_t *place = out + used;
		uint32_t size =
		    layout_encode(kind, write->record, place + ENTRY_WRITE_HEADER_SIZE);
		place[0] = write->kind;
		place[1] = layout_version(kind);
		wire_put_u16(place + 2, (uint16_t)size);
		wire_put_u32(place + 4, write->id);
		used += ENTRY_WRITE_HEADER_SIZE + size;
	}
	return used;
}

uint32_t entry_encode(const struct entry_head *head, const struct command *command,
    const struct effects *effects, uint8_t *out)
{
	ASSERT(head != NULL && command != NULL);
	ASSERT(effects != NULL && out != NULL);
	const struct command_info *info = command_info(command->kind);
	ASSERT(info != NULL);
	put_head(head, command, out);
	out[AT_INPUT_VERSION] = info->set.version;
	uint32_t size = ENTRY_HEADER_SIZE;
	uint32_t input_size = codec_encode(&info->set, &command->input, out + size);
	size += input_size;
	uint32_t writes_size = put_writes(effects, out + size);
	size += writes_size;
	for (uint32_t i = 0; i < effects->posting_count; i++) {
		layout_posting_encode(&effects->postings[i], out + size);
		size += LAYOUT_POSTING_SIZE;
	}
	wire_put_u32(out + AT_INPUT_SIZE, input_size);
	wire_put_u32(out + AT_WRITE_COUNT, effects->write_count);
	wire_put_u32(out + AT_WRITES_SIZE, writes_size);
	wire_put_u32(out + AT_POSTING_COUNT, effects->posting_count);
	ASSERT(size <= entry_size_max(command, effects));
	return size;
}

static bool read_head(const uint8_t *bytes, struct entry *entry)
{
	struct entry_head *head = &entry->head;
	head->sequence = wire_get_u64(bytes + AT_SEQUENCE);
	head->at.us = wire_get_i64(bytes + AT_INSTANT);
	head->principal.raw = wire_get_u32(bytes + AT_PRINCIPAL); /* raw: as it is encoded */
	head->command = bytes[AT_COMMAND];
	head->has_key = bytes[AT_HAS_KEY];
	memcpy(head->key_hash, bytes + AT_KEY_HASH, sizeof(head->key_hash));
	memcpy(head->request_hash, bytes + AT_REQUEST_HASH, sizeof(head->request_hash));
	head->result = wire_get_u16(bytes + AT_RESULT);
	head->cause = wire_get_u16(bytes + AT_CAUSE);
	head->zone_version = wire_get_u32(bytes + AT_ZONE_VERSION);
	head->rules_version = wire_get_u16(bytes + AT_RULES_VERSION);
	entry->input_version = bytes[AT_INPUT_VERSION];
	entry->posting_version = bytes[AT_POSTING_VERSION];
	entry->input_size = wire_get_u32(bytes + AT_INPUT_SIZE);
	entry->write_count = wire_get_u32(bytes + AT_WRITE_COUNT);
	entry->writes_size = wire_get_u32(bytes + AT_WRITES_SIZE);
	entry->posting_count = wire_get_u32(bytes + AT_POSTING_COUNT);
	return head->has_key <= 1 && wire_get_u16(bytes + AT_RESERVED) == 0;
}

/* Do the writes fill their bytes exactly, with known kinds? */
static bool writes_fit(const struct entry *entry)
{
	uint32_t offset = 0;
	for (uint32_t i = 0; i < entry->write_count; i++) {
		uint32_t left = entry->writes_size - offset;
		if (left < ENTRY_WRITE_HEADER_SIZE)
			return false;
		const uint8_t *write = entry->writes + offset;
		uint32_t size = wire_get_u16(write + 2);
		if (size > left - ENTRY_WRITE_HEADER_SIZE || !layout_kind_is_known(write[0]))
			return false;
		offset += ENTRY_WRITE_HEADER_SIZE + size;
	}
	return offset == entry->writes_size;
}

/* The plain bytes of a batch's entry. */
static bool open_plain(struct entry_pack *pack, const struct batch_entry *given,
    struct entry_packed *ret_plain)
{
	const struct entry_packed content = {given->bytes, given->size};
	if (given->type.kind != ENTRY_KIND)
		return false;
	if (given->type.version == ENTRY_VERSION)
		return entry_pack_read(pack, content, ret_plain);
	*ret_plain = content;
	return given->type.version == ENTRY_VERSION_PLAIN;
}

bool entry_open(
    struct entry_pack *pack, const struct batch_entry *given, struct entry *ret_entry)
{
	ASSERT(pack != NULL && given != NULL && ret_entry != NULL);
	struct entry_packed plain;
	if (!open_plain(pack, given, &plain) || plain.size < ENTRY_HEADER_SIZE)
		return false;
	struct entry entry = {0};
	if (!read_head(plain.bytes, &entry) || entry.head.sequence != given->sequence)
		return false;
	uint64_t left = plain.size - ENTRY_HEADER_SIZE;
	uint64_t postings_size = (uint64_t)entry.posting_count * LAYOUT_POSTING_SIZE;
	if (left != entry.input_size + (uint64_t)entry.writes_size + postings_size)
		return false;
	entry.input = plain.bytes + ENTRY_HEADER_SIZE;
	entry.writes = entry.input + entry.input_size;
	entry.postings = entry.writes + entry.writes_size;
	if (!writes_fit(&entry))
		return false;
	*ret_entry = entry;
	return true;
}

bool entry_next_write(struct entry *entry, struct entry_write *ret_write)
{
	ASSERT(entry != NULL && ret_write != NULL);
	if (entry->next_write == entry->writes_size)
		return false;
	const uint8_t *write = entry->writes + entry->next_write;
	uint32_t left = entry->writes_size - entry->next_write;
	ASSERT(left >= ENTRY_WRITE_HEADER_SIZE);
	uint32_t size = wire_get_u16(write + 2);
	ASSERT(size <= left - ENTRY_WRITE_HEADER_SIZE);
	*ret_write = (struct entry_write){
	    .kind = write[0],
	    .version = write[1],
	    .size = size,
	    .id = wire_get_u32(write + 4),
	    .bytes = write + ENTRY_WRITE_HEADER_SIZE,
	};
	entry->next_write += ENTRY_WRITE_HEADER_SIZE + size;
	return true;
}

bool entry_posting(const struct entry *entry, uint32_t index, struct posting *ret_posting)
{
	ASSERT(entry != NULL && ret_posting != NULL);
	ASSERT(index < entry->posting_count);
	return layout_posting_decode(entry->posting_version,
	    entry->postings + (size_t)index * LAYOUT_POSTING_SIZE, ret_posting);
}

bool entry_command(const struct entry *entry, struct command *ret_command)
{
	ASSERT(entry != NULL && ret_command != NULL);
	const struct command_info *info = command_info(entry->head.command);
	if (info == NULL || info->set.version != entry->input_version)
		return false;
	struct command command;
	memset(&command, 0, sizeof(command));
	command.principal = entry->head.principal;
	command.kind = entry->head.command;
	command.has_key = entry->head.has_key;
	memcpy(command.key_hash, entry->head.key_hash, sizeof(command.key_hash));
	memcpy(command.request_hash, entry->head.request_hash, sizeof(command.request_hash));
	if (!codec_decode(&info->set, entry->input, entry->input_size, &command.input))
		return false;
	*ret_command = command;
	return true;
}
