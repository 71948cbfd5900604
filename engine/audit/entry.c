/* Entries taken apart: see entry.h. */
#include "engine/audit/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POSTING_BYTES	 40u
#define WRITES_MAX	 100000u
#define POSTINGS_MAX	 100000u
#define POSTINGS_VERSION 1u

/* Makes room for one item more. */
static bool has_room(void **items, uint32_t *room, uint32_t count, size_t size)
{
	if (count < *room)
		return true;
	uint32_t grown = *room == 0 ? 64 : *room * 2;
	void *moved = realloc(*items, grown * size);
	if (moved == NULL)
		return false;
	*items = moved;
	*room = grown;
	return true;
}

static const char *take_write(struct entry *entry, struct reader *reader, char ret_detail[128])
{
	if (!has_room((void **)&entry->writes, &entry->write_room, entry->write_count,
		      sizeof(struct write)))
		return "out of memory";
	struct write *write = &entry->writes[entry->write_count];
	write->kind = bytes_u8(reader);
	uint32_t version = bytes_u8(reader);
	size_t size = bytes_u16(reader);
	write->id = bytes_u32(reader);
	const uint8_t *bytes = bytes_take(reader, size);
	if (bytes == NULL)
		return "its writes end too early";
	snprintf(ret_detail, 128, "record %s %u: ", layout_kind_name(write->kind), write->id);
	if (layout_field_count(write->kind) == 0 || version != layout_known_version(write->kind))
		return "there is no such kind or version";
	write->bytes = bytes;
	const char *wrong = layout_read_record(write->kind, bytes, size, write->after);
	if (wrong != NULL)
		return wrong;
	for (uint32_t i = 0; i < entry->write_count; i++)
		if (entry->writes[i].kind == write->kind && entry->writes[i].id == write->id)
			return "it is written twice in one entry";
	ret_detail[0] = '\0';
	entry->write_count++;
	return NULL;
}

static const char *take_writes(struct entry *entry, struct ledger *ledger, struct reader *reader,
			       uint32_t count, char ret_detail[128])
{
	const char *wrong = NULL;
	entry->write_count = 0;
	for (uint32_t i = 0; i < count && wrong == NULL; i++)
		wrong = take_write(entry, reader, ret_detail);
	if (wrong == NULL && reader->left != 0)
		wrong = "its writes are longer than they are";
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < entry->write_count && wrong == NULL; i++) {
			struct write *write = &entry->writes[i];
			if (ledger_is_fixed(write->kind) != (pass == 1))
				continue;
			wrong =
			    ledger_put(ledger, write->kind, write->id, write->after, write->before);
			if (wrong != NULL)
				snprintf(ret_detail, 128,
					 "record %s %u: ", layout_kind_name(write->kind),
					 write->id);
		}
	}
	return wrong;
}

static const char *take_postings(struct entry *entry, struct reader *reader, uint32_t count)
{
	entry->posting_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!has_room((void **)&entry->postings, &entry->posting_room, i,
			      sizeof(struct posting)))
			return "out of memory";
		struct posting *posting = &entry->postings[i];
		posting->amount = bytes_i64(reader);
		posting->fund_year = bytes_u32(reader);
		posting->ceiling = bytes_u32(reader);
		posting->cell = bytes_u32(reader);
		posting->comune = bytes_u32(reader);
		posting->voucher = bytes_u32(reader);
		posting->provider = bytes_u32(reader);
		posting->statement = bytes_u32(reader);
		posting->book = bytes_u8(reader);
		posting->kind = bytes_u8(reader);
		posting->from = bytes_u8(reader);
		posting->to = bytes_u8(reader);
		entry->posting_count++;
	}
	return NULL;
}

const char *entry_take(struct entry *entry, struct ledger *ledger, const uint8_t *bytes,
		       uint32_t size, char ret_detail[128])
{
	struct reader reader = bytes_reader(bytes, size);
	ret_detail[0] = '\0';
	entry->sequence = bytes_u64(&reader);
	entry->instant = bytes_i64(&reader);
	entry->principal = bytes_u32(&reader);
	entry->command = bytes_u8(&reader);
	bytes_u8(&reader); /* version of the input */
	uint8_t has_key = bytes_u8(&reader);
	uint8_t postings_version = bytes_u8(&reader);
	const uint8_t *hashes = bytes_take(&reader, 32);
	entry->result = bytes_u16(&reader);
	entry->cause = bytes_u16(&reader);
	bytes_take(&reader, 6); /* versions of time zones and rules */
	uint16_t zero = bytes_u16(&reader);
	uint32_t input_size = bytes_u32(&reader);
	uint32_t write_count = bytes_u32(&reader);
	uint32_t writes_size = bytes_u32(&reader);
	uint32_t posting_count = bytes_u32(&reader);
	if (reader.failed)
		return "it is shorter than its head";
	if (zero != 0 || has_key > 1 || (has_key == 0 && !bytes_are_zero(hashes, 32)) ||
	    postings_version != POSTINGS_VERSION || write_count > WRITES_MAX ||
	    posting_count > POSTINGS_MAX)
		return "its head holds what cannot be";
	const uint8_t *input = bytes_take(&reader, input_size);
	const uint8_t *writes = bytes_take(&reader, writes_size);
	if (reader.failed || reader.left != (size_t)posting_count * POSTING_BYTES)
		return "its parts do not fill it exactly";
	entry->input_bytes = input;
	entry->input_size = input_size;
	const char *wrong =
	    layout_read_input(entry->command, input, input_size, entry->input, &entry->has_input);
	if (wrong != NULL)
		return wrong;
	wrong = take_postings(entry, &reader, posting_count);
	if (wrong != NULL)
		return wrong;
	struct reader of_writes = bytes_reader(writes, writes_size);
	return take_writes(entry, ledger, &of_writes, write_count, ret_detail);
}

void entry_free(struct entry *entry)
{
	free(entry->writes);
	free(entry->postings);
	*entry = (struct entry){0};
}

const struct write *entry_write(const struct entry *entry, uint32_t kind, int64_t id)
{
	for (uint32_t i = 0; i < entry->write_count; i++)
		if (entry->writes[i].kind == kind && entry->writes[i].id == id)
			return &entry->writes[i];
	return NULL;
}
