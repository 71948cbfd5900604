/* Files of treasurers and banks: each is known by the SHA-256 of its bytes, so that the same file
 * twice is the same record and changes nothing.
 *
 *   file_in_open ──> OPEN ──payment_outcome_record, line by line──> ──file_in_close──> CLOSED
 *
 * A file is closed when what was recorded and what is not about our payments make its lines and its
 * total, where it tells one: an import that was cut off in the middle stays OPEN, and goes on with
 * the same file. */
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

#include <string.h>

static struct file_in_id find_file(const struct state *state,
				   const struct command_file_in_open *input)
{
	uint64_t key =
	    hash64(input->content_hash, sizeof(input->content_hash), RECORD_KIND_FILE_IN);
	uint32_t id = index_first(&state->files_in_by_hash, key);
	for (; id != 0; id = index_next(&state->files_in_by_hash, id)) {
		const struct file_in *file = state_file_in(state, (struct file_in_id){id});
		if (file->ambito.raw == input->ambito.raw &&
		    memcmp(file->content_hash, input->content_hash,
			   sizeof(file->content_hash)) == 0)
			break;
	}
	return (struct file_in_id){id};
}

static enum result done(struct decision *decision, enum result result, struct file_in_id id)
{
	const struct file_in *file = effects_read_file_in(decision->effects, id);
	decision->outcome->gross = file->total_cents;
	decision->outcome->net = file->recorded_cents;
	decision->outcome->units = file->recorded_count;
	return judge_object(decision, result, RECORD_KIND_FILE_IN, id.raw);
}

/* Begins an import, or names the one that was begun.
 *   RESULT_OK                   outcome: gross = its total, net and units = recorded so far
 *   RESULT_OUTCOME_DIFFERS      the same bytes were read as something else
 *   RESULT_FIELD_OUT_OF_RANGE   no line */
enum result file_in_open(struct decision *decision)
{
	const struct command_file_in_open *input = &decision->command->input.file_in_open;
	if (input->line_count == 0)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "line_count");
	struct file_in_id id = find_file(decision->state, input);
	if (id.raw != 0) {
		const struct file_in *known = effects_edit_file_in(decision->effects, id);
		bool is_same = known->kind == input->kind &&
			       known->line_count == input->line_count &&
			       cents_equal(known->total_cents, input->total_cents);
		return done(decision, is_same ? RESULT_OK : RESULT_OUTCOME_DIFFERS, id);
	}
	struct file_in *file = effects_create_file_in(decision->effects, &id);
	memcpy(file->content_hash, input->content_hash, sizeof(file->content_hash));
	JUDGE_COPY_TEXT(file->message, input->message);
	file->total_cents = input->total_cents;
	file->opened_at = decision->now;
	file->ambito = input->ambito;
	file->line_count = input->line_count;
	file->kind = input->kind;
	file->state = FILE_IN_STATE_OPEN;
	return done(decision, RESULT_OK, id);
}

/* Ends an import; ending it again changes nothing.
 *   RESULT_OK
 *   RESULT_FILE_IN_INCOMPLETE   lines recorded and others are not all: units = those told; or their
 *                               amounts are not the total: limit = total, short = what lacks */
enum result file_in_close(struct decision *decision)
{
	const struct command_file_in_close *input = &decision->command->input.file_in_close;
	struct file_in *present = effects_edit_file_in(decision->effects, input->file_in);
	if (present->state == FILE_IN_STATE_CLOSED)
		return done(decision, RESULT_OK, input->file_in);
	struct cents told;
	bool fits = cents_add(present->recorded_cents, input->other_cents, &told) &&
		    cents_delta(present->total_cents, told, &decision->outcome->short_by);
	ASSERT(fits); /* amounts are bounded by INPUT_CENTS_MAX, lines by 32 bits */
	uint64_t count = (uint64_t)present->recorded_count + input->other_count;
	bool is_told = !cents_is_zero(present->total_cents); /* a file may not tell every amount */
	if (count != present->line_count ||
	    (is_told && !cents_is_zero(decision->outcome->short_by))) {
		decision->outcome->limit = present->total_cents;
		return done(decision, RESULT_FILE_IN_INCOMPLETE, input->file_in);
	}
	decision->outcome->short_by = cents_zero();
	present->other_cents = input->other_cents;
	present->other_count = input->other_count;
	present->closed_at = decision->now;
	present->state = FILE_IN_STATE_CLOSED;
	return done(decision, RESULT_OK, input->file_in);
}
