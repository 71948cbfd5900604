/* One look over the bytes of an XML file before the parser sees them, so that nothing hostile is
 * parsed at all: no document type, no entity but the five of XML and characters by number, no more
 * of anything than the limits allow. The work is linear in the bytes, whatever they are: a parser
 * compares each attribute of an element with the others, and follows what a document type says. */
#ifndef CONNECTORS_XML_XML_SCAN_H
#define CONNECTORS_XML_XML_SCAN_H

#include "connectors/xml/xml.h"

#include <stdbool.h>

#define XML_ATTRIBUTES_MAX 256u /* of one element, namespaces among them */

/* The bytes as UTF-8: as they are where they are that, else new ones (*ret_is_new: the caller frees
 * them with free()). Encodings, as declared: UTF-8, ISO-8859-1, Windows-1252, no other.
 * RESULT_OK; RESULT_BAD_REQUEST: another encoding, or bytes that are none of it. */
MUST_CHECK enum result xml_scan_decode(struct slice bytes, struct slice *ret_text, bool *ret_is_new,
				       char ret_fault[XML_FAULT_SIZE]);

/* RESULT_OK; RESULT_BODY_TOO_LARGE: beyond the limits; RESULT_BAD_REQUEST: a document type, an
 * entity, or the file ends in the middle of something. `text` is UTF-8. */
MUST_CHECK enum result xml_scan(struct slice text, const struct xml_limits *limits,
				char ret_fault[XML_FAULT_SIZE]);

#endif
