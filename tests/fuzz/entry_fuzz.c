/* Journal entries from any bytes: opening, walking and decoding them ends, reads nothing outside them,
 * and what decodes encodes to the same bytes again. */
#include "engine/ledger/entry.h"

#include "engine/base/codec.h"
#include "engine/ledger/batch.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/layout.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk_writes(struct entry *entry)
{
	struct entry_write write;
	while (entry_next_write(entry, &write)) {
		union layout_record record;
		uint8_t again[LAYOUT_SIZE_MAX];
		struct layout_source source = {
		    .bytes = write.bytes,
		    .size = write.size,
		    .kind = write.kind,
		    .version = write.version,
		};
		if (!layout_decode(&source, &record))
			continue;
		uint32_t length = layout_encode((enum record_kind)write.kind, &record, again);
		if (length != write.size || memcmp(again, write.bytes, length) != 0)
			abort();
	}
}

static void walk_postings(const struct entry *entry)
{
	for (uint32_t i = 0; i < entry->posting_count; i++) {
		struct posting posting;
		uint8_t again[LAYOUT_POSTING_SIZE];
		if (!entry_posting(entry, i, &posting))
			continue;
		layout_posting_encode(&posting, again);
		if (memcmp(again, entry->postings + (size_t)i * LAYOUT_POSTING_SIZE,
			sizeof(again)) != 0)
			abort();
	}
}

static void walk_command(const struct entry *entry)
{
	struct command command;
	if (!entry_command(entry, &command))
		return;
	const struct command_info *info = command_info(command.kind);
	uint8_t *again = malloc(codec_size_max(&info->set));
	if (again == NULL)
		return;
	uint32_t length = codec_encode(&info->set, &command.input, again);
	if (length != entry->input_size || memcmp(again, entry->input, length) != 0)
		abort();
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct entry_pack *pack;
	if (pack == NULL && entry_pack_open(&pack) != RESULT_OK)
		return 0;
	if (size < sizeof(uint64_t) || size > BATCH_SIZE_MAX)
		return 0;
	struct batch_entry given = {
	    .type = {.version = ENTRY_VERSION_PLAIN, .kind = ENTRY_KIND},
	    .bytes = data,
	    .size = (uint32_t)size,
	};
	memcpy(&given.sequence, data, sizeof(given.sequence)); /* the entry's own */
	struct entry entry;
	if (!entry_open(pack, &given, &entry))
		return 0;
	walk_writes(&entry);
	walk_postings(&entry);
	walk_command(&entry);
	return 0;
}
