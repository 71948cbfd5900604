/* Schemas, compiled once each: see xml.h. */
#include "connectors/xml/xml.h"

#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMAS_MAX 32u
#define PATH_SIZE   1024u

struct xml_schemas {
	char folder[PATH_SIZE / 2];
	struct {
		char name[PATH_SIZE / 2];
		xmlSchemaPtr schema;
	} known[SCHEMAS_MAX];
	uint32_t count;
};

/* Keeps the first message. */
static void note(void *context, xmlErrorPtr error)
{
	char *fault = context;
	if (fault[0] != '\0' || error->level < XML_ERR_ERROR)
		return;
	snprintf(fault, XML_FAULT_SIZE, "line %d: %.160s", error->line,
		 error->message == NULL ? "fault" : error->message);
	fault[strcspn(fault, "\n")] = '\0';
}

/* Nothing outside the folder's files is opened: a schema's includes are files beside it. */
static xmlParserInputPtr load_file(const char *url, const char *id, xmlParserCtxtPtr parser)
{
	(void)id;
	if (url == NULL || strstr(url, "://") != NULL)
		return NULL;
	return xmlNewInputFromFile(parser, url);
}

enum result xml_schemas_open(const char *folder, struct xml_schemas **ret_schemas)
{
	ASSERT(folder != NULL && ret_schemas != NULL);
	struct xml_schemas *schemas = calloc(1, sizeof(*schemas));
	if (schemas == NULL)
		return RESULT_OUT_OF_MEMORY;
	if (strlen(folder) >= sizeof(schemas->folder) || access(folder, R_OK | X_OK) != 0) {
		free(schemas);
		return RESULT_NOT_FOUND;
	}
	snprintf(schemas->folder, sizeof(schemas->folder), "%s", folder);
	xmlSetExternalEntityLoader(load_file);
	*ret_schemas = schemas;
	return RESULT_OK;
}

void xml_schemas_close(struct xml_schemas *schemas)
{
	if (schemas == NULL)
		return;
	for (uint32_t i = 0; i < schemas->count; i++)
		xmlSchemaFree(schemas->known[i].schema);
	free(schemas);
}

/* The schema of a name, compiled now or before. */
static enum result find(struct xml_schemas *schemas, const char *name, xmlSchemaPtr *ret_schema,
			char *fault)
{
	char path[PATH_SIZE];
	for (uint32_t i = 0; i < schemas->count; i++) {
		*ret_schema = schemas->known[i].schema;
		if (strcmp(schemas->known[i].name, name) == 0)
			return RESULT_OK;
	}
	ASSERT(schemas->count < SCHEMAS_MAX && strlen(name) < sizeof(schemas->known[0].name));
	snprintf(path, sizeof(path), "%s/%s", schemas->folder, name);
	if (access(path, R_OK) != 0) {
		snprintf(fault, XML_FAULT_SIZE, "no schema %.150s in schemas_dir", name);
		return RESULT_NOT_FOUND;
	}
	xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(path);
	if (parser == NULL)
		return RESULT_OUT_OF_MEMORY;
	xmlSchemaSetParserStructuredErrors(parser, note, fault);
	*ret_schema = xmlSchemaParse(parser);
	xmlSchemaFreeParserCtxt(parser);
	if (*ret_schema == NULL)
		return RESULT_CHECK_FAILED;
	snprintf(schemas->known[schemas->count].name, sizeof(schemas->known[0].name), "%s", name);
	schemas->known[schemas->count++].schema = *ret_schema;
	return RESULT_OK;
}

enum result xml_validate(struct xml_schemas *schemas, const char *schema, struct slice bytes,
			 char ret_fault[XML_FAULT_SIZE])
{
	ASSERT(schemas != NULL && schema != NULL && ret_fault != NULL);
	xmlSchemaPtr compiled = NULL;
	ret_fault[0] = '\0';
	enum result result = find(schemas, schema, &compiled, ret_fault);
	if (result != RESULT_OK)
		return result;
	int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
	xmlDocPtr document = xmlReadMemory(bytes.data, (int)bytes.size, NULL, NULL, options);
	xmlSchemaValidCtxtPtr validator =
	    document == NULL ? NULL : xmlSchemaNewValidCtxt(compiled);
	result = RESULT_CHECK_FAILED;
	if (validator != NULL) {
		xmlSchemaSetValidStructuredErrors(validator, note, ret_fault);
		if (xmlSchemaValidateDoc(validator, document) == 0)
			result = RESULT_OK;
	}
	if (result != RESULT_OK && ret_fault[0] == '\0')
		snprintf(ret_fault, XML_FAULT_SIZE, "not a well-formed XML file");
	xmlSchemaFreeValidCtxt(validator);
	xmlFreeDoc(document);
	return result;
}
