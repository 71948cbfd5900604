/* Bytes as a field tree: see xml.h. Encoding and bounds are looked at before (xml_scan.h); then the
 * parser's events build the tree; the first thing that is not wanted stops it. */
#include "connectors/xml/xml.h"

#include "connectors/xml/xml_scan.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct xml_limits xml_limits_default = {
    .size = 16u << 20, .depth = 64, .nodes = 1u << 20, .text = 1u << 20};

#define PORTION 65536u /* bytes given to the parser at once */

struct reading {
	const struct xml_limits *limits;
	struct tree tree;
	xmlParserCtxtPtr parser;
	char *fault;
	enum result result;
	uint32_t depth;
	uint32_t nodes;
	char *text; /* of what is open, gathered: the parser gives it in pieces */
	size_t text_size;
	size_t text_room;
};

/* Keeps the first fault, and stops. */
static void stop(struct reading *reading, enum result result, const char *text)
{
	if (reading->result != RESULT_OK)
		return;
	reading->result = result;
	snprintf(reading->fault, XML_FAULT_SIZE, "line %d: %s",
		 xmlSAX2GetLineNumber(reading->parser), text);
	xmlStopParser(reading->parser);
}

static struct slice slice_of(const xmlChar *text)
{
	return text == NULL ? (struct slice){NULL, 0} : slice_from_text((const char *)text);
}

static void count(struct reading *reading)
{
	if (++reading->nodes > reading->limits->nodes)
		stop(reading, RESULT_BODY_TOO_LARGE, "too many elements and attributes");
}

/* The parser hands over each & of an attribute as "&#38;" (it leaves entities in place, of which a
 * file has none but the five of XML). In place: the value is our copy. */
static void unescape(struct slice *value)
{
	static const char amp[] = "&#38;";
	char *to = (char *)(uintptr_t)value->data;
	uint32_t size = 0;
	for (uint32_t i = 0; i < value->size; i++) {
		uint32_t rest = value->size - i;
		to[size++] = value->data[i];
		if (rest >= sizeof(amp) - 1 && memcmp(value->data + i, amp, sizeof(amp) - 1) == 0)
			i += (uint32_t)sizeof(amp) - 2;
	}
	value->size = size;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int namespace_count, const xmlChar **namespaces, int attribute_count,
		     int defaulted, const xmlChar **attributes)
{
	struct reading *reading = context;
	(void)prefix;
	(void)uri;
	(void)namespace_count;
	(void)namespaces;
	(void)defaulted;
	if (reading->result != RESULT_OK)
		return;
	reading->text_size = 0;
	count(reading);
	if (++reading->depth > reading->limits->depth)
		stop(reading, RESULT_BODY_TOO_LARGE, "elements are nested too deeply");
	if (reading->result != RESULT_OK)
		return;
	tree_open_copy(&reading->tree, slice_of(name),
		       (uint32_t)xmlSAX2GetLineNumber(reading->parser));
	for (int i = 0; i < attribute_count && reading->result == RESULT_OK; i++) {
		const xmlChar **attribute = attributes + 5 * i; /* name prefix uri begin end */
		size_t size = (size_t)(attribute[4] - attribute[3]);
		count(reading);
		if (size > reading->limits->text) {
			stop(reading, RESULT_BODY_TOO_LARGE, "an attribute is too long");
			return;
		}
		tree_attribute_copy(&reading->tree, slice_of(attribute[0]),
				    (struct slice){(const char *)attribute[3], (uint32_t)size});
		if (!reading->tree.overflow)
			unescape(&reading->tree.last->last_attribute->value);
	}
	if (reading->tree.overflow)
		stop(reading, RESULT_BODY_TOO_LARGE, "the file holds too much");
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct reading *reading = context;
	(void)name;
	(void)prefix;
	(void)uri;
	if (reading->result != RESULT_OK)
		return;
	if (reading->tree.at->first_child == NULL) /* else: blanks between children */
		tree_append(&reading->tree,
			    (struct slice){reading->text, (uint32_t)reading->text_size});
	if (reading->tree.overflow)
		stop(reading, RESULT_BODY_TOO_LARGE, "the file holds too much");
	else
		tree_close(&reading->tree);
	reading->text_size = 0;
	reading->depth--;
}

static void on_text(void *context, const xmlChar *text, int size)
{
	struct reading *reading = context;
	if (reading->result != RESULT_OK || reading->tree.at == NULL)
		return;
	size_t wanted = reading->text_size + (size_t)size;
	if (wanted > reading->limits->text) {
		stop(reading, RESULT_BODY_TOO_LARGE, "a text is too long");
		return;
	}
	if (wanted > reading->text_room) {
		size_t room = wanted * 2;
		char *moved = realloc(reading->text, room);
		if (moved == NULL) {
			stop(reading, RESULT_OUT_OF_MEMORY, "no memory for a text");
			return;
		}
		reading->text = moved;
		reading->text_room = room;
	}
	memcpy(reading->text + reading->text_size, text, (size_t)size);
	reading->text_size = wanted;
}

static void on_subset(void *context, const xmlChar *name, const xmlChar *public_id,
		      const xmlChar *system_id)
{
	(void)name;
	(void)public_id;
	(void)system_id;
	stop(context, RESULT_BAD_REQUEST, "a document type is not accepted");
}

static void on_reference(void *context, const xmlChar *name)
{
	(void)name;
	stop(context, RESULT_BAD_REQUEST, "an entity is not accepted");
}

static void on_error(void *context, xmlErrorPtr error)
{
	struct reading *reading = context;
	if (error->level < XML_ERR_ERROR)
		return;
	char text[XML_FAULT_SIZE / 2];
	snprintf(text, sizeof(text), "%.90s", error->message == NULL ? "fault" : error->message);
	text[strcspn(text, "\n")] = '\0';
	stop(reading, RESULT_BAD_REQUEST, text);
}

static const xmlSAXHandler handler = {
    .initialized = XML_SAX2_MAGIC,
    .startElementNs = on_start,
    .endElementNs = on_end,
    .characters = on_text,
    .cdataBlock = on_text,
    .internalSubset = on_subset,
    .reference = on_reference,
    .serror = on_error,
};

static void parse(struct reading *reading, struct slice bytes)
{
	for (uint32_t at = 0; at < bytes.size && reading->result == RESULT_OK; at += PORTION) {
		uint32_t size = bytes.size - at < PORTION ? bytes.size - at : PORTION;
		(void)xmlParseChunk(reading->parser, bytes.data + at, (int)size, 0);
	}
	if (reading->result == RESULT_OK)
		(void)xmlParseChunk(reading->parser, NULL, 0, 1);
	if (reading->result == RESULT_OK &&
	    (reading->parser->wellFormed == 0 || reading->tree.root == NULL))
		stop(reading, RESULT_BAD_REQUEST, "not an XML file");
}

static enum result read_text(struct reading *reading, struct slice text)
{
	xmlSAXHandler events = handler;
	reading->parser = xmlCreatePushParserCtxt(&events, reading, NULL, 0, NULL);
	if (reading->parser == NULL)
		return RESULT_OUT_OF_MEMORY;
	int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
		      XML_PARSE_IGNORE_ENC | XML_PARSE_HUGE; /* our limits were looked at */
	(void)xmlCtxtUseOptions(reading->parser, options);
	parse(reading, text);
	xmlFreeDoc(reading->parser->myDoc);
	xmlFreeParserCtxt(reading->parser);
	free(reading->text);
	return reading->result;
}

enum result xml_read(struct slice bytes, const struct xml_limits *limits, struct arena *arena,
		     const struct tree_node **ret_root, char ret_fault[XML_FAULT_SIZE])
{
	ASSERT(limits != NULL && arena != NULL && ret_root != NULL && ret_fault != NULL);
	struct reading reading = {.limits = limits, .fault = ret_fault, .result = RESULT_OK};
	ret_fault[0] = '\0';
	*ret_root = NULL;
	if (bytes.size > limits->size) {
		snprintf(ret_fault, XML_FAULT_SIZE, "the file is larger than %u bytes",
			 limits->size);
		return RESULT_BODY_TOO_LARGE;
	}
	struct slice text;
	bool is_new = false;
	enum result result = xml_scan_decode(bytes, &text, &is_new, ret_fault);
	if (result == RESULT_OK)
		result = xml_scan(text, limits, ret_fault);
	if (result == RESULT_OK) {
		tree_init(&reading.tree, arena);
		result = read_text(&reading, text);
	}
	if (is_new)
		free((char *)(uintptr_t)text.data); /* allocated by xml_scan_decode */
	if (result == RESULT_OK)
		*ret_root = reading.tree.root;
	return result;
}
