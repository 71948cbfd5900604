/* Segments: see segment.h for the layout. Pure functions over bytes; files are log_file.c's. */
#include "engine/ledger/segment.h"

#include "engine/base/crc32c.h"
#include "engine/ledger/wire.h"

#include <string.h>

/* Offsets in the header sector. */
#define AT_VERSION        8u
#define AT_FLAGS          10u
#define AT_EPOCH          12u
#define AT_LEDGER_ID      16u
#define AT_FIRST_SEQUENCE 32u
#define AT_SIZE           40u
#define AT_INSTANT        48u
#define AT_HASH           56u
#define AT_ZERO           88u
#define AT_CHECKSUM       508u

#define TAG_BASE   0xC0u
#define TAG_MASK   0x3Fu

static const uint8_t magic[8] = {'T', 'I', 'T', 'O', 'L', 'I', 'J', 'S'};
static const char name_prefix[] = "journal-";
static const char name_suffix[] = ".seg";

static_assert(AT_CHECKSUM + 4 == SEGMENT_SECTOR_SIZE, "the checksum ends the sector");
static_assert(SEGMENT_SECTOR_CONTENT + 1 == SEGMENT_SECTOR_SIZE, "one byte is the tag");
static_assert(BATCH_HEADER_SIZE <= SEGMENT_SECTOR_CONTENT, "a batch's header is in one sector");
static_assert(sizeof(name_prefix) - 1 + 16 + sizeof(name_suffix) == SEGMENT_NAME_SIZE,
    "names have one length");
static_assert(JOURNAL_SEGMENT_SIZE_MIN % SEGMENT_SECTOR_SIZE == 0, "whole sectors");
static_assert(JOURNAL_SEGMENT_SIZE_DEFAULT >
	(SEGMENT_BATCH_SECTORS_MAX + 1 + SEGMENT_CONTROL_SECTORS) * SEGMENT_SECTOR_SIZE,
    "the largest batch fits a segment of the usual size");

struct segment_chain segment_chain_genesis(void)
{
	return (struct segment_chain){.next_sequence = 1, .instant_us = INT64_MIN};
}

const char *segment_chain_objection(
    const struct segment_chain *chain, const struct batch *batch)
{
	ASSERT(chain != NULL && batch != NULL);
	ASSERT(chain->next_sequence >= 1);
	const struct batch_head *head = &batch->head;
	if (head->first_sequence != chain->next_sequence)
		return "the batch's sequence is not the next one";
	if (memcmp(batch->previous_hash, chain->hash, BATCH_HASH_SIZE) != 0)
		return "the batch does not carry the hash of the one before it";
	if (head->instant_us < chain->instant_us)
		return "the batch's instant lies before that of the one before it";
	if (head->flags == BATCH_FLAG_START) {
		if (chain->epoch == UINT32_MAX || head->epoch != chain->epoch + 1)
			return "a start does not raise the epoch by one";
		return NULL;
	}
	if (chain->flags == BATCH_FLAG_STOP)
		return "a batch that is no start follows a clean stop";
	if (head->epoch != chain->epoch)
		return "the batch's epoch is not the one that was started";
	return NULL;
}

void segment_chain_advance(struct segment_chain *chain, const struct batch *batch)
{
	ASSERT(chain != NULL && batch != NULL);
	ASSERT(segment_chain_objection(chain, batch) == NULL);
	chain->next_sequence += batch->count;
	chain->instant_us = batch->head.instant_us;
	chain->epoch = batch->head.epoch;
	chain->flags = batch->head.flags;
	memcpy(chain->hash, batch->hash, BATCH_HASH_SIZE);
	ASSERT(chain->next_sequence >= batch->head.first_sequence);
}

void segment_header_encode(
    const struct segment_header *header, uint8_t ret_sector[SEGMENT_SECTOR_SIZE])
{
	ASSERT(header != NULL && ret_sector != NULL);
	ASSERT(header->chain.next_sequence >= 1);
	uint8_t *sector = ret_sector;
	memset(sector, 0, SEGMENT_SECTOR_SIZE);
	memcpy(sector, magic, sizeof(magic));
	wire_put_u16(sector + AT_VERSION, SEGMENT_FORMAT_VERSION);
	wire_put_u16(sector + AT_FLAGS, header->chain.flags);
	wire_put_u32(sector + AT_EPOCH, header->chain.epoch);
	memcpy(sector + AT_LEDGER_ID, header->ledger_id, SEGMENT_LEDGER_ID_SIZE);
	wire_put_u64(sector + AT_FIRST_SEQUENCE, header->chain.next_sequence);
	wire_put_u64(sector + AT_SIZE, header->size);
	wire_put_i64(sector + AT_INSTANT, header->chain.instant_us);
	memcpy(sector + AT_HASH, header->chain.hash, BATCH_HASH_SIZE);
	wire_put_u32(sector + AT_CHECKSUM, crc32c(sector, AT_CHECKSUM));
}

const char *segment_header_decode(
    const uint8_t sector[SEGMENT_SECTOR_SIZE], struct segment_header *ret_header)
{
	ASSERT(sector != NULL && ret_header != NULL);
	if (memcmp(sector, magic, sizeof(magic)) != 0)
		return "the file does not begin as a journal segment";
	if (wire_get_u32(sector + AT_CHECKSUM) != crc32c(sector, AT_CHECKSUM))
		return "the segment header's checksum is wrong";
	if (wire_get_u16(sector + AT_VERSION) != SEGMENT_FORMAT_VERSION)
		return "the segment's format version is unknown";
	struct segment_header header = {
		.size = wire_get_u64(sector + AT_SIZE),
		.chain = {
			.next_sequence = wire_get_u64(sector + AT_FIRST_SEQUENCE),
			.instant_us = wire_get_i64(sector + AT_INSTANT),
			.epoch = wire_get_u32(sector + AT_EPOCH),
			.flags = wire_get_u16(sector + AT_FLAGS),
		},
	};
	if (header.chain.next_sequence == 0 || header.chain.flags > BATCH_FLAG_STOP)
		return "the segment header's fields do not fit each other";
	if (header.size < JOURNAL_SEGMENT_SIZE_MIN || header.size > JOURNAL_SEGMENT_SIZE_MAX ||
	    header.size % SEGMENT_SECTOR_SIZE != 0)
		return "the segment header's size is out of bounds";
	if (!segment_bytes_are_zero(sector + AT_ZERO, AT_CHECKSUM - AT_ZERO))
		return "the segment header's unused bytes are not zero";
	memcpy(header.ledger_id, sector + AT_LEDGER_ID, SEGMENT_LEDGER_ID_SIZE);
	memcpy(header.chain.hash, sector + AT_HASH, BATCH_HASH_SIZE);
	*ret_header = header;
	return NULL;
}

void segment_name(uint64_t first_sequence, char ret_name[SEGMENT_NAME_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	ASSERT(first_sequence >= 1);
	ASSERT(ret_name != NULL);
	char *next = ret_name;
	memcpy(next, name_prefix, sizeof(name_prefix) - 1);
	next += sizeof(name_prefix) - 1;
	for (uint32_t digit = 0; digit < 16; digit++)
		*next++ = digits[(first_sequence >> (60 - 4 * digit)) & 0xF];
	memcpy(next, name_suffix, sizeof(name_suffix));
}

bool segment_name_parse(const char *name, uint64_t *ret_first_sequence)
{
	ASSERT(name != NULL && ret_first_sequence != NULL);
	if (strlen(name) != SEGMENT_NAME_SIZE - 1)
		return false;
	uint64_t sequence = 0;
	for (uint32_t digit = 0; digit < 16; digit++) {
		char c = name[sizeof(name_prefix) - 1 + digit];
		uint64_t value = 0;
		if (c >= '0' && c <= '9')
			value = (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = (uint64_t)(c - 'a') + 10;
		else
			return false;
		sequence = sequence << 4 | value;
	}
	char expected[SEGMENT_NAME_SIZE];
	if (sequence == 0)
		return false;
	segment_name(sequence, expected);
	if (strcmp(name, expected) != 0)
		return false;
	*ret_first_sequence = sequence;
	return true;
}

uint32_t segment_batch_size_max(uint64_t segment_size)
{
	ASSERT(segment_size >= JOURNAL_SEGMENT_SIZE_MIN);
	ASSERT(segment_size % SEGMENT_SECTOR_SIZE == 0);
	uint64_t sectors = segment_size / SEGMENT_SECTOR_SIZE - 1 - SEGMENT_CONTROL_SECTORS;
	if (sectors >= SEGMENT_BATCH_SECTORS_MAX)
		return BATCH_SIZE_MAX;
	return (uint32_t)(sectors * SEGMENT_SECTOR_CONTENT);
}

uint8_t segment_tag(uint32_t index)
{
	return (uint8_t)(TAG_BASE | (index & TAG_MASK));
}

uint32_t segment_sectors(uint32_t size)
{
	ASSERT(size >= BATCH_HEADER_SIZE);
	ASSERT(size <= BATCH_SIZE_MAX);
	return (size + SEGMENT_SECTOR_CONTENT - 1) / SEGMENT_SECTOR_CONTENT;
}

void segment_spread(const uint8_t *bytes, uint32_t size, uint8_t tag, uint8_t *ret_sectors)
{
	ASSERT(tag >= TAG_BASE);
	ASSERT(bytes != NULL && ret_sectors != NULL);
	uint8_t *sector = ret_sectors;
	uint32_t left = size;
	while (left >= SEGMENT_SECTOR_CONTENT) {
		sector[0] = tag;
		memcpy(sector + 1, bytes, SEGMENT_SECTOR_CONTENT);
		bytes += SEGMENT_SECTOR_CONTENT;
		left -= SEGMENT_SECTOR_CONTENT;
		sector += SEGMENT_SECTOR_SIZE;
	}
	if (left > 0) {
		sector[0] = tag;
		memcpy(sector + 1, bytes, left);
		memset(sector + 1 + left, 0, SEGMENT_SECTOR_CONTENT - left);
	}
}

void segment_gather(const uint8_t *sectors, uint32_t size, uint8_t *ret_bytes)
{
	ASSERT(sectors != NULL && ret_bytes != NULL);
	ASSERT(size <= BATCH_SIZE_MAX);
	uint32_t left = size;
	while (left >= SEGMENT_SECTOR_CONTENT) {
		memcpy(ret_bytes, sectors + 1, SEGMENT_SECTOR_CONTENT);
		ret_bytes += SEGMENT_SECTOR_CONTENT;
		sectors += SEGMENT_SECTOR_SIZE;
		left -= SEGMENT_SECTOR_CONTENT;
	}
	if (left > 0)
		memcpy(ret_bytes, sectors + 1, left);
}

bool segment_bytes_are_zero(const uint8_t *bytes, uint64_t size)
{
	ASSERT(bytes != NULL || size == 0);
	if (size == 0)
		return true;
	/* The first byte is zero and each equals its neighbour. */
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, (size_t)(size - 1)) == 0;
}

enum segment_sector_state segment_sector_state(
    const uint8_t sector[SEGMENT_SECTOR_SIZE], uint8_t tag)
{
	ASSERT(sector != NULL);
	ASSERT(tag >= TAG_BASE);
	if (sector[0] == tag)
		return SEGMENT_SECTOR_WRITTEN;
	if (segment_bytes_are_zero(sector, SEGMENT_SECTOR_SIZE))
		return SEGMENT_SECTOR_ZERO;
	return SEGMENT_SECTOR_DAMAGED;
}

bool segment_slack_is_zero(const uint8_t *sectors, uint32_t size)
{
	uint32_t used = size % SEGMENT_SECTOR_CONTENT;
	ASSERT(size >= BATCH_HEADER_SIZE);
	if (used == 0)
		return true;
	const uint8_t *last = sectors + (segment_sectors(size) - 1) * SEGMENT_SECTOR_SIZE;
	ASSERT(last >= sectors);
	return segment_bytes_are_zero(last + 1 + used, SEGMENT_SECTOR_CONTENT - used);
}
