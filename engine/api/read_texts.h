/* A flat JSON object of texts: what personal data comes as. Strict as read_json.h is: one object,
 * UTF-8, no name twice, nothing after it; null is told apart from a text. */
#ifndef ENGINE_API_READ_TEXTS_H
#define ENGINE_API_READ_TEXTS_H

#include "engine/api/problem.h"
#include "engine/base/arena.h"

#define READ_TEXTS_MAX	    64u		  /* members */
#define READ_TEXTS_BODY_MAX (16u * 1024u) /* bytes of a body */
#define READ_TEXTS_MEMORY   (96u * 1024u) /* arena bytes that must be free */

struct read_text {
	struct slice name;
	struct slice text; /* empty for null */
};

struct read_texts {
	uint32_t count;
	struct read_text texts[READ_TEXTS_MAX];
};

/* Names and texts are copied to the arena, which the caller wipes. RESULT_OK;
 * RESULT_MALFORMED_JSON; RESULT_FIELD_INVALID: a value is neither text nor null;
 * RESULT_DUPLICATE_FIELD; RESULT_BODY_TOO_LARGE; RESULT_OVERLOADED: no room. The problem names the
 * member, never its value. */
MUST_CHECK enum result read_texts(struct arena *arena, struct slice body,
				  struct read_texts *ret_texts, struct api_problem *ret_problem);

/* The text of a member; NULL: it was not given. */
const struct slice *read_texts_find(const struct read_texts *texts, const char *name);

#endif
