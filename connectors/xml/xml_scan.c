/* The look before the parser: see xml_scan.h. */
#include "connectors/xml/xml_scan.h"

#include "connectors/format/charset.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECLARATION_MAX 1024u /* bytes in which "<?xml ... ?>" must end */
#define ENTITY_MAX	12u   /* "&#x10FFFF;" */

/* ---- Encodings ---- */

static enum result refuse(char *fault, const char *text)
{
	snprintf(fault, XML_FAULT_SIZE, "line 1: %s", text);
	return RESULT_BAD_REQUEST;
}

static bool begins_with(struct slice text, const char *prefix)
{
	size_t size = strlen(prefix);
	return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

/* The name in encoding="..." of the declaration; empty: there is none. False: it does not end. */
static bool declared(struct slice bytes, struct slice *ret_name)
{
	*ret_name = (struct slice){NULL, 0};
	if (!begins_with(bytes, "<?xml"))
		return true;
	size_t window = bytes.size < DECLARATION_MAX ? bytes.size : DECLARATION_MAX;
	const char *end = memmem(bytes.data, window, "?>", 2);
	if (end == NULL)
		return false;
	const char *at = memmem(bytes.data, (size_t)(end - bytes.data), "encoding", 8);
	if (at == NULL)
		return true;
	at += 8;
	while (at < end && *at != '"' && *at != '\'')
		at++;
	const char *close = at < end ? memchr(at + 1, *at, (size_t)(end - at - 1)) : NULL;
	if (close == NULL)
		return false;
	*ret_name = (struct slice){at + 1, (uint32_t)(close - at - 1)};
	return true;
}

static enum result recode(struct slice bytes, enum charset set, struct slice *ret_text, char *fault)
{
	char *text = malloc((size_t)bytes.size * 3 + 1); /* no character takes more in UTF-8 */
	if (text == NULL)
		return RESULT_OUT_OF_MEMORY;
	uint32_t size = 0;
	for (struct slice rest = bytes; rest.size > 0;) {
		uint32_t point;
		uint32_t taken;
		char put[CHARSET_BYTES_MAX];
		bool is_other = false;
		if (!charset_get(set, rest, &point, &taken)) {
			free(text);
			return refuse(fault, "a byte that its encoding does not have");
		}
		uint32_t written = charset_put(CHARSET_UTF_8, point, put, &is_other);
		ASSERT(written <= 3);
		memcpy(text + size, put, written);
		size += written;
		rest = (struct slice){rest.data + taken, rest.size - taken};
	}
	*ret_text = (struct slice){text, size};
	return RESULT_OK;
}

enum result xml_scan_decode(struct slice bytes, struct slice *ret_text, bool *ret_is_new,
			    char ret_fault[XML_FAULT_SIZE])
{
	struct slice name;
	*ret_is_new = false;
	if (begins_with(bytes, "\xEF\xBB\xBF"))
		bytes = (struct slice){bytes.data + 3, bytes.size - 3};
	if (bytes.size == 0)
		return refuse(ret_fault, "not an XML file: it is empty");
	if (memchr(bytes.data, '\0', bytes.size) != NULL)
		return refuse(ret_fault, "a zero byte, or an encoding that is not accepted");
	if (!declared(bytes, &name))
		return refuse(ret_fault, "its declaration does not end");
	uint8_t set = name.size == 0 ? CHARSET_UTF_8 : charset_of_name(name);
	if (set == CHARSET_ISO_8859_1 || set == CHARSET_WINDOWS_1252) {
		enum result result = recode(bytes, (enum charset)set, ret_text, ret_fault);
		*ret_is_new = result == RESULT_OK;
		return result;
	}
	if (set != CHARSET_UTF_8 && set != CHARSET_ASCII)
		return refuse(ret_fault, "an encoding that is not accepted: UTF-8, ISO-8859-1 or "
					 "Windows-1252");
	if (!text_is_utf8(bytes))
		return refuse(ret_fault, "its bytes are not UTF-8");
	*ret_text = bytes;
	return RESULT_OK;
}

/* ---- Bounds ---- */

struct scan {
	const char *begin;
	const char *at;
	const char *end;
	const struct xml_limits *limits;
	char *fault;
	enum result result;
	uint32_t depth;
	uint32_t nodes;
	uint64_t text; /* bytes of the text at hand */
};

static void stop(struct scan *scan, enum result result, const char *text)
{
	uint32_t line = 1;
	for (const char *at = scan->begin; at < scan->at && at < scan->end; at++)
		line += *at == '\n' ? 1 : 0;
	snprintf(scan->fault, XML_FAULT_SIZE, "line %u: %s", line, text);
	scan->result = result;
}

static bool is_at(const struct scan *scan, const char *what)
{
	size_t size = strlen(what);
	return (size_t)(scan->end - scan->at) >= size && memcmp(scan->at, what, size) == 0;
}

/* Goes behind the next `what`; the bytes before it are returned. */
static uint64_t pass(struct scan *scan, const char *what)
{
	const char *from = scan->at;
	while (scan->at < scan->end && !is_at(scan, what)) {
		const char *next = memchr(scan->at + 1, *what, (size_t)(scan->end - scan->at - 1));
		scan->at = next == NULL ? scan->end : next;
	}
	uint64_t before = (uint64_t)(scan->at - from);
	if (scan->at == scan->end)
		stop(scan, RESULT_BAD_REQUEST, "the file ends in the middle");
	else
		scan->at += strlen(what);
	return before;
}

static void add_text(struct scan *scan, uint64_t size)
{
	scan->text += size;
	if (scan->result == RESULT_OK && scan->text > scan->limits->text)
		stop(scan, RESULT_BODY_TOO_LARGE, "a text is too long");
}

static void count(struct scan *scan)
{
	if (++scan->nodes > scan->limits->nodes)
		stop(scan, RESULT_BODY_TOO_LARGE, "too many elements and attributes");
}

/* "&amp;" and its like, or "&#8364;". */
static void check_reference(struct scan *scan, const char *at)
{
	static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
	size_t left = (size_t)(scan->end - at);
	for (uint32_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (left >= strlen(known[i]) && memcmp(at, known[i], strlen(known[i])) == 0)
			return;
	size_t window = left < ENTITY_MAX ? left : ENTITY_MAX;
	if (left > 2 && at[1] == '#' && memchr(at, ';', window) != NULL)
		return;
	stop(scan, RESULT_BAD_REQUEST, "an entity is not accepted");
}

static void check_references(struct scan *scan, const char *from, const char *to)
{
	const char *at = memchr(from, '&', (size_t)(to - from));
	while (at != NULL && scan->result == RESULT_OK) {
		check_reference(scan, at);
		at = memchr(at + 1, '&', (size_t)(to - at - 1));
	}
}

/* One attribute's value, from its quote to the next one. */
static void pass_value(struct scan *scan, uint32_t *attributes)
{
	const char *from = scan->at + 1;
	const char *to = memchr(from, *scan->at, (size_t)(scan->end - from));
	if (to == NULL) {
		stop(scan, RESULT_BAD_REQUEST, "the file ends in the middle");
		return;
	}
	count(scan);
	if (++*attributes > XML_ATTRIBUTES_MAX)
		stop(scan, RESULT_BODY_TOO_LARGE, "an element has too many attributes");
	else if ((uint64_t)(to - from) > scan->limits->text)
		stop(scan, RESULT_BODY_TOO_LARGE, "an attribute is too long");
	else
		check_references(scan, from, to);
	scan->at = to + 1;
}

static void pass_start(struct scan *scan)
{
	uint32_t attributes = 0;
	count(scan);
	while (scan->result == RESULT_OK && scan->at < scan->end && *scan->at != '>') {
		if (*scan->at == '"' || *scan->at == '\'')
			pass_value(scan, &attributes);
		else
			scan->at++;
	}
	if (scan->result != RESULT_OK)
		return;
	if (scan->at == scan->end) {
		stop(scan, RESULT_BAD_REQUEST, "the file ends in the middle");
		return;
	}
	if (scan->at[-1] != '/' && ++scan->depth > scan->limits->depth)
		stop(scan, RESULT_BODY_TOO_LARGE, "elements are nested too deeply");
	scan->at++;
}

/* What begins with '<'. */
static void pass_markup(struct scan *scan)
{
	if (is_at(scan, "<!--")) {
		scan->at += 4;
		(void)pass(scan, "-->");
	} else if (is_at(scan, "<![CDATA[")) {
		scan->at += 9;
		add_text(scan, pass(scan, "]]>"));
	} else if (is_at(scan, "<?")) {
		(void)pass(scan, "?>");
	} else if (is_at(scan, "<!")) {
		stop(scan, RESULT_BAD_REQUEST, "a document type is not accepted");
	} else if (is_at(scan, "</")) {
		scan->text = 0;
		scan->depth -= scan->depth > 0 ? 1 : 0;
		(void)pass(scan, ">");
	} else {
		scan->text = 0;
		pass_start(scan);
	}
}

enum result xml_scan(struct slice text, const struct xml_limits *limits,
		     char ret_fault[XML_FAULT_SIZE])
{
	ASSERT(limits != NULL && ret_fault != NULL && text.size > 0);
	struct scan scan = {.begin = text.data,
			    .at = text.data,
			    .end = text.data + text.size,
			    .limits = limits,
			    .fault = ret_fault,
			    .result = RESULT_OK};
	while (scan.at < scan.end && scan.result == RESULT_OK) {
		const char *next = memchr(scan.at, '<', (size_t)(scan.end - scan.at));
		next = next == NULL ? scan.end : next;
		add_text(&scan, (uint64_t)(next - scan.at));
		if (scan.result == RESULT_OK)
			check_references(&scan, scan.at, next);
		scan.at = scan.result == RESULT_OK ? next : scan.at;
		if (scan.result == RESULT_OK && scan.at < scan.end)
			pass_markup(&scan);
	}
	return scan.result;
}
