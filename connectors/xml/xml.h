/* XML by libxml2: field trees to bytes and back, and schemas. Nothing here fetches anything: no
 * network, no entities, no document types (RELIABILITY, threat model; formats/README).
 *
 * xml_write() is deterministic: the same tree gives the same bytes. */
#ifndef CONNECTORS_XML_XML_H
#define CONNECTORS_XML_XML_H

#include "connectors/format/tree.h"
#include "engine/base/result.h"

#define XML_FAULT_SIZE 200u

/* What reading accepts; beyond it the file is refused. */
struct xml_limits {
	uint32_t size;	/* bytes of the file */
	uint32_t depth; /* nodes inside nodes */
	uint32_t nodes; /* and attributes */
	uint32_t text;	/* bytes of one text or attribute */
};

extern const struct xml_limits xml_limits_default;

/* Writes a tree as UTF-8 with declaration and line breaks. RESULT_OK, RESULT_OUT_OF_MEMORY. The
 * bytes are the caller's: xml_free(). */
MUST_CHECK enum result xml_write(const struct tree_node *root, struct slice *ret_bytes);
void xml_free(struct slice *bytes);

/* Reads bytes into a tree in the arena. RESULT_OK; RESULT_BODY_TOO_LARGE: beyond the limits or the
 * arena; RESULT_BAD_REQUEST: not well-formed, a document type or an entity. `ret_fault` tells it in
 * English, with the line. */
MUST_CHECK enum result xml_read(struct slice bytes, const struct xml_limits *limits,
				struct arena *arena, const struct tree_node **ret_root,
				char ret_fault[XML_FAULT_SIZE]);

/* A folder of schemas (configuration `schemas_dir`), each compiled on first use. */
struct xml_schemas;
MUST_CHECK enum result xml_schemas_open(const char *folder, struct xml_schemas **ret_schemas);
void xml_schemas_close(struct xml_schemas *schemas);

/* Validates bytes against a schema of the folder, by its path inside it. RESULT_OK;
 * RESULT_NOT_FOUND: the schema is not there; RESULT_CHECK_FAILED: it is there and is no schema, or
 * the bytes do not conform: `ret_fault` tells the first fault, with the line. */
MUST_CHECK enum result xml_validate(struct xml_schemas *schemas, const char *schema,
				    struct slice bytes, char ret_fault[XML_FAULT_SIZE]);

#endif
