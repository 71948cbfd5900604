/* Going back: see undo.h. Notes lie one after another, each with the place of the one before. */
#include "engine/domain/undo.h"

#include "engine/base/assert.h"
#include "engine/domain/apply.h"

#include <string.h>

#define NOTE_ALIGNMENT 16u

struct note {
	uint32_t before_place; /* of the note before + 1 */
	uint32_t id;
	uint16_t size; /* bytes of the record that follow; 0: it was new */
	uint8_t kind;
};

void undo_init(struct undo *undo, void *memory)
{
	ASSERT(undo != NULL && memory != NULL);
	*undo = (struct undo){.memory = memory};
}

void undo_begin(struct undo *undo, struct state *state)
{
	ASSERT(undo != NULL && state != NULL);
	undo->state = state;
	undo->used = 0;
	undo->last = 0;
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++)
		undo->counts[kind] = state->tables[kind].count;
}

static uint32_t rounded(size_t size)
{
	return (uint32_t)((size + NOTE_ALIGNMENT - 1) / NOTE_ALIGNMENT * NOTE_ALIGNMENT);
}

/* One write; false when the memory is full. */
static bool note_write(struct undo *undo, const struct effect_write *write)
{
	enum record_kind kind = (enum record_kind)write->kind;
	uint32_t record_size = undo->state->tables[kind].record_size;
	uint32_t size = write->created ? 0 : record_size;
	uint32_t needed = rounded(sizeof(struct note)) + rounded(size);
	if (needed > UNDO_MEMORY_SIZE - undo->used)
		return false;
	struct note note = {.before_place = undo->last,
			    .id = write->id,
			    .size = (uint16_t)size,
			    .kind = write->kind};
	unsigned char *place = undo->memory + undo->used;
	memcpy(place, &note, sizeof(note));
	const void *present = state_record(undo->state, kind, write->id);
	if (size > 0 && present != NULL)
		memcpy(place + rounded(sizeof(struct note)), present, size);
	else if (size > 0) /* a slot that was never written */
		memset(place + rounded(sizeof(struct note)), 0, size);
	undo->last = undo->used + 1;
	undo->used += needed;
	return true;
}

bool undo_note(struct undo *undo, const struct effects *effects)
{
	ASSERT(undo != NULL && undo->state == effects->state);
	uint32_t used = undo->used;
	uint32_t last = undo->last;
	for (uint32_t i = 0; i < effects->write_count; i++)
		if (!note_write(undo, &effects->writes[i])) {
			undo->used = used;
			undo->last = last;
			return false;
		}
	return true;
}

void undo_all(struct undo *undo)
{
	ASSERT(undo != NULL && undo->state != NULL);
	while (undo->last != 0) {
		unsigned char *place = undo->memory + undo->last - 1;
		struct note note;
		memcpy(&note, place, sizeof(note));
		apply_undo_record(undo->state, (enum record_kind)note.kind, note.id,
				  note.size == 0 ? NULL : place + rounded(sizeof(struct note)));
		undo->last = note.before_place;
	}
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++)
		undo->state->tables[kind].count = undo->counts[kind];
	undo->used = 0;
}
