/* Field trees as bytes: see xml.h. */
#include "connectors/xml/xml.h"

#include <libxml/xmlwriter.h>
#include <string.h>

/* A text of the tree as libxml2 takes it: NUL-terminated, freed by the caller; NULL: no memory. */
static xmlChar *text_of(struct slice text)
{
	return xmlStrndup((const xmlChar *)(text.data == NULL ? "" : text.data), (int)text.size);
}

static bool write_attribute(xmlTextWriterPtr writer, const struct tree_attribute *attribute)
{
	xmlChar *name = text_of(attribute->name);
	xmlChar *value = text_of(attribute->value);
	bool good = name != NULL && value != NULL &&
		    xmlTextWriterWriteAttribute(writer, name, value) >= 0;
	xmlFree(name);
	xmlFree(value);
	return good;
}

static bool begin(xmlTextWriterPtr writer, const struct tree_node *node)
{
	xmlChar *name = text_of(node->name);
	xmlChar *text = text_of(node->text);
	bool good =
	    name != NULL && text != NULL && xmlTextWriterStartElement(writer, name) >= 0;
	const struct tree_attribute *attribute = node->first_attribute;
	for (; good && attribute != NULL; attribute = attribute->next)
		good = write_attribute(writer, attribute);
	if (good && node->text.size > 0)
		good = xmlTextWriterWriteString(writer, text) >= 0;
	xmlFree(name);
	xmlFree(text);
	return good;
}

static bool write_nodes(xmlTextWriterPtr writer, const struct tree_node *root)
{
	const struct tree_node *node = root;
	while (node != NULL) {
		if (!begin(writer, node))
			return false;
		if (node->first_child != NULL) {
			node = node->first_child;
			continue;
		}
		while (xmlTextWriterEndElement(writer) >= 0 && node != root && node->next == NULL)
			node = node->parent;
		node = node == root ? NULL : node->next;
	}
	return true;
}

enum result xml_write(const struct tree_node *root, struct slice *ret_bytes)
{
	ASSERT(root != NULL && ret_bytes != NULL);
	xmlBufferPtr buffer = xmlBufferCreate();
	xmlTextWriterPtr writer = buffer == NULL ? NULL : xmlNewTextWriterMemory(buffer, 0);
	bool good = writer != NULL && xmlTextWriterSetIndent(writer, 1) >= 0 &&
		    xmlTextWriterSetIndentString(writer, (const xmlChar *)"  ") >= 0 &&
		    xmlTextWriterStartDocument(writer, "1.0", "UTF-8", NULL) >= 0 &&
		    write_nodes(writer, root) && xmlTextWriterEndDocument(writer) >= 0;
	xmlFreeTextWriter(writer);
	*ret_bytes = (struct slice){NULL, 0};
	if (good) {
		ret_bytes->size = (uint32_t)xmlBufferLength(buffer);
		ret_bytes->data = (const char *)xmlBufferDetach(buffer);
	}
	xmlBufferFree(buffer);
	return ret_bytes->data == NULL ? RESULT_OUT_OF_MEMORY : RESULT_OK;
}

void xml_free(struct slice *bytes)
{
	if (bytes == NULL)
		return;
	xmlFree((void *)(uintptr_t)bytes->data);
	*bytes = (struct slice){NULL, 0};
}
