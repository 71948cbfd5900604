/* See json_strict.h. */
#include "engine/api/json_strict.h"

#include "engine/base/assert.h"

/* The code of an escape "\uXXXX" at a place; 0: none stands there. */
static uint32_t escape_at(struct slice body, uint32_t at)
{
	uint32_t code = 0;

	if (at > body.size || body.size - at < 6 || body.data[at] != '\\' ||
	    body.data[at + 1] != 'u')
		return 0;
	for (uint32_t i = 2; i < 6; i++) {
		char digit = body.data[at + i];
		uint32_t value = 0;

		if (digit >= '0' && digit <= '9')
			value = (uint32_t)(digit - '0');
		else if ((digit | 32) >= 'a' && (digit | 32) <= 'f')
			value = (uint32_t)((digit | 32) - 'a') + 10;
		else
			return 0;
		code = code << 4 | value;
	}
	return code;
}

/* How many bytes the escape takes that begins with this backslash; 0: half a surrogate pair. */
static uint32_t escape_size(struct slice text, uint32_t at)
{
	enum { PLAIN = 2, CODE = 6 };
	uint32_t code = escape_at(text, at);

	if (code < 0xd800 || code >= 0xe000)
		return PLAIN; /* the digits of a code are no fault */
	if (code >= 0xdc00)
		return 0;
	code = escape_at(text, at + CODE);
	return code >= 0xdc00 && code < 0xe000 ? 2 * CODE : 0;
}

uint32_t json_strict_fault(struct slice taken)
{
	for (uint32_t at = 0; at < taken.size;) {
		uint32_t size = 1;

		if (taken.data[at] == '\v' || taken.data[at] == '\f')
			return at;
		if (taken.data[at] == '\\')
			size = escape_size(taken, at);
		if (size == 0)
			return at;
		at += size;
	}
	return taken.size;
}

uint32_t json_strict_blanks(struct slice text, uint32_t at)
{
	ASSERT(at <= text.size);
	while (at < text.size && (text.data[at] == ' ' || text.data[at] == '\t' ||
				  text.data[at] == '\n' || text.data[at] == '\r'))
		at++;
	return at;
}
