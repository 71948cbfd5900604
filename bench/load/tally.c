/* See tally.h. */
#include "bench/load/tally.h"

#include "engine/base/result.h"
#include "schemas/redemptions.def"

#include <string.h>

enum {
#define B(offset, width, form, member, text) ANSWER_##member = offset,
	BINARY_ANSWER(B)
#undef B
	ANSWER_RESULT = ANSWER_result,
};

/* The word in a line, or in what has come of it: it stands there once or not at all. Where it stood in
 * the last line it is looked for first. */
static bool is_in(struct tally *tally, const char *line, size_t size)
{
	const char *found;
	if (tally->hint + TALLY_WORD_SIZE <= size &&
	    memcmp(line + tally->hint, TALLY_WORD, TALLY_WORD_SIZE) == 0)
		return true;
	found = memmem(line, size, TALLY_WORD, TALLY_WORD_SIZE);
	if (found != NULL)
		tally->hint = (uint32_t)(found - line);
	return found != NULL;
}

static uint32_t count(struct tally *tally, const char *data, size_t size)
{
	uint32_t found = 0;
	const char *end = data + size;
	while (data < end) {
		const char *stop = memchr(data, '\n', (size_t)(end - data));
		if (stop == NULL)
			stop = end;
		found += is_in(tally, data, (size_t)(stop - data));
		data = stop + 1;
	}
	return found;
}

void tally_init(struct tally *tally, bool is_binary)
{
	tally->hint = 0;
	tally_begin(tally, is_binary);
}

void tally_begin(struct tally *tally, bool is_binary)
{
	tally->is_binary = is_binary;
	tally->place = 0;
	tally->accepted = 0;
	tally->tail_size = 0;
}

/* The result of a record: its two bytes may come in two pieces. The first record is the header. */
static void feed_binary(struct tally *tally, const char *data, size_t size)
{
	size_t at = 0;
	while (at < size) {
		uint64_t record = (tally->place + at) / BINARY_RECORD_SIZE;
		uint32_t offset = (uint32_t)((tally->place + at) % BINARY_RECORD_SIZE);
		if (record == 0 && offset < BINARY_MAGIC_SIZE &&
		    data[at] != BINARY_MAGIC_ANSWER[offset])
			tally->is_binary = false; /* a problem in text */
		if (!tally->is_binary)
			return;
		if (offset == ANSWER_RESULT) {
			tally->tail[0] = data[at];
		} else if (offset == ANSWER_RESULT + 1 && record > 0) {
			uint32_t result = (uint32_t)(unsigned char)tally->tail[0] |
					  (uint32_t)(unsigned char)data[at] << 8;
			tally->accepted += result == RESULT_ACCEPTED;
		}
		/* On to the next byte that matters. */
		at += record == 0 && offset < BINARY_MAGIC_SIZE ? 1
		      : offset < ANSWER_RESULT			? ANSWER_RESULT - offset
		      : offset == ANSWER_RESULT			? 1
								: BINARY_RECORD_SIZE - offset;
	}
	tally->place += size;
}

static void feed_text(struct tally *tally, const char *data, size_t size)
{
	char seam[2 * (TALLY_WORD_SIZE - 1)];
	size_t most = sizeof(tally->tail);
	size_t head = size < most ? size : most;
	/* A word over the seam has at least one byte on each side. */
	memcpy(seam, tally->tail, tally->tail_size);
	memcpy(seam + tally->tail_size, data, head);
	size_t seam_size = tally->tail_size + head;
	if (tally->tail_size > 0)
		tally->accepted += count(tally, seam, seam_size);
	if (size >= most) {
		tally->accepted += count(tally, data, size);
		memcpy(tally->tail, data + size - most, most);
		tally->tail_size = (uint32_t)most;
	} else {
		size_t keep = seam_size < most ? seam_size : most;
		memcpy(tally->tail, seam + seam_size - keep, keep);
		tally->tail_size = (uint32_t)keep;
	}
}

void tally_feed(struct tally *tally, const char *data, size_t size)
{
	if (tally->is_binary)
		feed_binary(tally, data, size);
	else
		feed_text(tally, data, size);
}
