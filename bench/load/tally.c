/* See tally.h. */
#include "bench/load/tally.h"

#include <string.h>

static uint32_t count(const char *data, size_t size)
{
	uint32_t found = 0;
	const char *end = data + size;
	while ((data = memmem(data, (size_t)(end - data), TALLY_WORD, TALLY_WORD_SIZE)) != NULL) {
		found++;
		data += TALLY_WORD_SIZE;
	}
	return found;
}

void tally_init(struct tally *tally)
{
	tally->accepted = 0;
	tally->tail_size = 0;
}

void tally_feed(struct tally *tally, const char *data, size_t size)
{
	char seam[2 * (TALLY_WORD_SIZE - 1)];
	size_t most = sizeof(tally->tail);
	size_t head = size < most ? size : most;
	/* A word over the seam has at least one byte on each side. */
	memcpy(seam, tally->tail, tally->tail_size);
	memcpy(seam + tally->tail_size, data, head);
	size_t seam_size = tally->tail_size + head;
	if (tally->tail_size > 0)
		tally->accepted += count(seam, seam_size);
	if (size >= most) {
		tally->accepted += count(data, size);
		memcpy(tally->tail, data + size - most, most);
		tally->tail_size = (uint32_t)most;
	} else {
		size_t keep = seam_size < most ? seam_size : most;
		memcpy(tally->tail, seam + seam_size - keep, keep);
		tally->tail_size = (uint32_t)keep;
	}
}
