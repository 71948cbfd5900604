/* What every duty says in the same words: refusals that name a field, a shortage or an object. */
#ifndef ENGINE_DOMAIN_JUDGE_H
#define ENGINE_DOMAIN_JUDGE_H

#include "engine/domain/decide.h"

/* Returns `result` after naming the input field at fault, which the command must have
 * (asserted). */
MUST_CHECK enum result judge_field(struct decision *decision, enum result result,
				   const char *name);

/* Returns `result` after stating a shortage: what there is, and what is missing to the amount
 * needed (needed > there, asserted). */
MUST_CHECK enum result judge_short(struct decision *decision, enum result result,
				   struct cents needed, struct cents there);

/* Returns `result` after naming the record that was made, touched, or stands in the way. */
MUST_CHECK enum result judge_object(struct decision *decision, enum result result,
				    enum record_kind kind, uint32_t id);

/* The text of a TEXT member: NUL-padded, `size` bytes long at the most. Borrowed. */
struct slice judge_text(const char *text, uint32_t size);
#define JUDGE_TEXT(member) judge_text((member), (uint32_t)sizeof(member))

/* Copies a TEXT member of an input to one of a record; the sizes are those of the definitions, and
 * the record's is not smaller (asserted). */
void judge_copy_text(char *record, uint32_t record_size, const char *input, uint32_t input_size);
#define JUDGE_COPY_TEXT(record, input)                                                             \
	judge_copy_text((record), (uint32_t)sizeof(record), (input), (uint32_t)sizeof(input))

/* Whether a duty may name this day: years 2000 to 2100, as calendars and inputs do. */
bool judge_day_in_range(struct day day);
bool judge_month_in_range(struct month month);
bool judge_year_in_range(uint32_t year);

#endif
