/* Journal entries: see entry.h for the bytes. */
#include "engine/ledger/entry.h"

#include "engine/base/limits.h"
#include "engine/domain/apply.h"
#include "engine/ledger/batch.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/layout.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "headers lie in memory as in the bytes");

/* The header of an entry, and of one of its writes: member by member as entry.h has them. */
struct header {
	uint64_t sequence;
	int64_t instant_us;
	uint32_t principal;
	uint8_t command;
	uint8_t input_version;
	uint8_t has_key;
	uint8_t posting_version;
	uint8_t key_hash[16];
	uint8_t request_hash[16];
	uint16_t result;
	uint16_t cause;
	uint32_t zone_version;
	uint16_t rules_version;
	uint16_t reserved;
	uint32_t input_size;
	uint32_t write_count;
	uint32_t writes_size;
	uint32_t posting_count;
};

struct write_header {
	uint8_t kind;
	uint8_t version;
	uint16_t size;
	uint32_t id;
};

static_assert(offsetof(struct header, posting_count) + 4 == ENTRY_HEADER_SIZE, "without gaps");
static_assert(sizeof(struct write_header) == ENTRY_WRITE_HEADER_SIZE, "without gaps");

static_assert(ENTRY_HEADER_SIZE + COMMAND_INPUT_SIZE_MAX +
		      EFFECT_WRITES_MAX * (ENTRY_WRITE_HEADER_SIZE + LAYOUT_SIZE_MAX) +
		      EFFECT_POSTINGS_MAX * LAYOUT_POSTING_SIZE <=
		  BATCH_PLAIN_SIZE_MAX,
    "every entry fits an empty batch before it is packed");

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

static uint32_t put_writes(const struct effects *effects, uint8_t *out)
{
	uint8_t *place = out;
	for (uint32_t i = 0; i < effects->write_count; i++) {
		const struct effect_write *write = &effects->writes[i];
		enum record_kind kind = (enum record_kind)write->kind;
		uint32_t size =
		    layout_encode(kind, write->record, place + ENTRY_WRITE_HEADER_SIZE);
		const struct write_header header = {
		    .kind = write->kind,
		    .version = layout_version(kind),
		    .size = (uint16_t)size,
		    .id = write->id,
		};
		memcpy(place, &header, ENTRY_WRITE_HEADER_SIZE);
		place += ENTRY_WRITE_HEADER_SIZE + size;
	}
	return (uint32_t)(place - out);
}

static void put_head(const struct entry_head *head, const struct command *command,
    struct header *header)
{
	ASSERT(head->sequence >= 1);
	header->sequence = head->sequence;
	header->instant_us = head->at.us;
	header->principal = command->principal.raw; /* raw: as it is encoded */
	header->command = command->kind;
	header->has_key = command->has_key != 0;
	if (command->has_key != 0) {
		memcpy(header->key_hash, command->key_hash, sizeof(command->key_hash));
		memcpy(header->request_hash, command->request_hash,
		    sizeof(command->request_hash));
	}
	header->result = head->result;
	header->cause = head->cause;
	header->zone_version = head->zone_version;
	header->rules_version = head->rules_version;
}

uint32_t entry_encode(const struct entry_head *head, const struct command *command,
    const struct effects *effects, uint8_t *out)
{
	ASSERT(head != NULL && command != NULL);
	ASSERT(effects != NULL && out != NULL);
	const struct command_info *info = command_info(command->kind);
	ASSERT(info != NULL);
	struct header header = {
	    .input_version = info->set.version,
	    .posting_version = layout_posting_version(),
	    .write_count = effects->write_count,
	    .posting_count = effects->posting_count,
	};
	put_head(head, command, &header);
	uint8_t *place = out + ENTRY_HEADER_SIZE;
	header.input_size = command_encode(command, place);
	place += header.input_size;
	header.writes_size = put_writes(effects, place);
	place += header.writes_size;
	for (uint32_t i = 0; i < effects->posting_count; i++) {
		layout_posting_encode(&effects->postings[i], place);
		place += LAYOUT_POSTING_SIZE;
	}
	memcpy(out, &header, ENTRY_HEADER_SIZE);
	return (uint32_t)(place - out);
}

static bool read_head(const uint8_t *bytes, struct entry *entry)
{
	struct header header;
	memcpy(&header, bytes, ENTRY_HEADER_SIZE);
	struct entry_head *head = &entry->head;
	head->sequence = header.sequence;
	head->at.us = header.instant_us;
	head->principal.raw = header.principal; /* raw: as it is encoded */
	head->command = header.command;
	head->has_key = header.has_key;
	memcpy(head->key_hash, header.key_hash, sizeof(head->key_hash));
	memcpy(head->request_hash, header.request_hash, sizeof(head->request_hash));
	head->result = header.result;
	head->cause = header.cause;
	head->zone_version = header.zone_version;
	head->rules_version = header.rules_version;
	entry->input_version = header.input_version;
	entry->posting_version = header.posting_version;
	entry->input_size = header.input_size;
	entry->write_count = header.write_count;
	entry->writes_size = header.writes_size;
	entry->posting_count = header.posting_count;
	return header.has_key <= 1 && header.reserved == 0;
}

/* Do the writes fill their bytes exactly, with known kinds? */
static bool writes_fit(const struct entry *entry)
{
	uint32_t offset = 0;
	for (uint32_t i = 0; i < entry->write_count; i++) {
		uint32_t left = entry->writes_size - offset;
		if (left < ENTRY_WRITE_HEADER_SIZE)
			return false;
		struct write_header write;
		memcpy(&write, entry->writes + offset, ENTRY_WRITE_HEADER_SIZE);
		if (write.size > left - ENTRY_WRITE_HEADER_SIZE ||
		    !layout_kind_is_known(write.kind))
			return false;
		offset += ENTRY_WRITE_HEADER_SIZE + write.size;
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
	const uint8_t *place = entry->writes + entry->next_write;
	uint32_t left = entry->writes_size - entry->next_write;
	ASSERT(left >= ENTRY_WRITE_HEADER_SIZE);
	struct write_header write;
	memcpy(&write, place, ENTRY_WRITE_HEADER_SIZE);
	ASSERT(write.size <= left - ENTRY_WRITE_HEADER_SIZE);
	*ret_write = (struct entry_write){
	    .kind = write.kind,
	    .version = write.version,
	    .size = write.size,
	    .id = write.id,
	    .bytes = place + ENTRY_WRITE_HEADER_SIZE,
	};
	entry->next_write += ENTRY_WRITE_HEADER_SIZE + write.size;
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
	if (!command_decode(entry->input, entry->input_size, &command))
		return false;
	*ret_command = command;
	return true;
}
