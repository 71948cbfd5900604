/* What is wrong with a request, exactly enough to say it in any language later: the result, the
 * field, the place, what was expected. Values that the caller sent are never kept here (they may be
 * secret or personal); names of fields are. */
#ifndef ENGINE_API_PROBLEM_H
#define ENGINE_API_PROBLEM_H

#include "engine/base/field.h"
#include "engine/base/result.h"
#include "engine/base/slice.h"

#include <stdint.h>

#define PROBLEM_POINTER_SIZE_MAX 96u /* bytes with the NUL; longer names are cut */

/* What would have been right. EXPECT(NAME, "italiano", "english") in problem.c. */
enum problem_expectation {
	PROBLEM_EXPECTS_NOTHING = 0,
	PROBLEM_EXPECTS_OBJECT,	 /* one JSON object */
	PROBLEM_EXPECTS_TEXT,	 /* a JSON text */
	PROBLEM_EXPECTS_INTEGER, /* a whole number, no fraction, no exponent, no quotes */
	PROBLEM_EXPECTS_BOOLEAN,
	PROBLEM_EXPECTS_ARRAY,
	PROBLEM_EXPECTS_DAY,
	PROBLEM_EXPECTS_MONTH,
	PROBLEM_EXPECTS_INSTANT,
	PROBLEM_EXPECTS_ENUM,	    /* one of the field's names */
	PROBLEM_EXPECTS_IDENTIFIER, /* prefix_number */
	PROBLEM_EXPECTS_NUMBER,	    /* voucher number with its check character */
	PROBLEM_EXPECTS_CODE,	    /* the code of a registered item */
	PROBLEM_EXPECTS_HEXADECIMAL,
	PROBLEM_EXPECTS_VOUCHER_CODE,
	PROBLEM_EXPECTS_PRINTABLE, /* text without control characters, not empty */
	PROBLEM_EXPECTS_TOKEN,	   /* A-Z a-z 0-9 . _ : - */
	PROBLEM_EXPECTS_UTF8,	   /* a text in UTF-8 */
	PROBLEM_EXPECTS_PRESENT,   /* leave the field out instead of null */
	PROBLEM_EXPECTS_BYTES_MAX, /* at most `maximum` bytes */
	PROBLEM_EXPECTS_ITEMS,	   /* `minimum` to `maximum` items */
	PROBLEM_EXPECTS_RANGE,	   /* `minimum` to `maximum` */
	PROBLEM_EXPECTS_YEARS,	   /* a date between the years `minimum` and `maximum` */
	PROBLEM_EXPECTS_DEPTH,	   /* less nesting */
	PROBLEM_EXPECTS_END,	   /* nothing after the value */
	PROBLEM_EXPECTS_LINE_ID,   /* an `id` in each line, different from all others */
	PROBLEM_EXPECTS_HEADER,	   /* CSV: a first row of field names */
	PROBLEM_EXPECTS_COLUMNS,   /* CSV: as many columns as the header has (`maximum`) */
	PROBLEM_EXPECTS_QUOTES,	   /* CSV: balanced quotes */
	PROBLEM_EXPECTS_CURSOR,	   /* the next_cursor of an earlier answer */
	PROBLEM_EXPECTS_FILTERS,   /* a narrower report */
	PROBLEM_EXPECTS_SORT,	   /* id or -id */
	PROBLEM_EXPECTS_MODE,	   /* per_line, strict_rank or all_or_nothing */
	PROBLEM_EXPECTATIONS,
};

struct api_problem {
	enum result result;
	enum problem_expectation expected;
	const struct field *field; /* where a described field is at fault; else NULL */
	int64_t minimum;	   /* of PROBLEM_EXPECTS_RANGE and kin */
	int64_t maximum;
	uint32_t line;	 /* from 1; 0: does not apply */
	uint32_t column; /* from 1, bytes; 0: does not apply */
	/* JSON pointer of the value ("/lines/0/service"), column of a CSV, query parameter or
	 * header. NUL-terminated, valid UTF-8, may be cut. Empty: the whole. */
	char pointer[PROBLEM_POINTER_SIZE_MAX];
};

/* A problem of the whole request: no field, no place. RESULT_OK: none yet. */
struct api_problem problem_of(enum result result);

/* A problem of a named parameter or column. The name is copied, cut and cleaned. */
struct api_problem problem_of_name(enum result result, enum problem_expectation expected,
				   struct slice name);

/* Goes one level down in the pointer: to a name, or to an item of a list (from 0). */
void problem_point(struct api_problem *problem, struct slice name);
void problem_point_index(struct api_problem *problem, uint32_t index);

/* The name at fault: the last part of the pointer; NULL when there is none. */
const char *problem_field_name(const struct api_problem *problem);

/* Writes the sentence that says what was expected, at most `size` bytes, no NUL; returns the bytes
 * written (0 when there is nothing to say beyond the title). */
uint32_t problem_detail(const struct api_problem *problem, enum result_language language,
			char *ret_text, uint32_t size);

#endif
