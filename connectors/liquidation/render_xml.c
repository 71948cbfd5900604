/* What the formats that are XML share: see render_xml.h. */
#include "connectors/liquidation/render_xml.h"

#include "connectors/profiles/profile_file.h"
#include "connectors/xml/xml.h"
#include "engine/base/assert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TREE_SIZE_MIN (64u * 1024u)
#define FILE_SIZE_MAX (1024u * 1024u)
#define CREATED_SIZE  19u

enum result render_xml_begin(struct render_xml *xml, uint32_t count, size_t size)
{
	ASSERT(xml != NULL);
	size_t whole = TREE_SIZE_MIN + count * size;
	void *memory = malloc(whole);
	if (memory == NULL)
		return RESULT_OUT_OF_MEMORY;
	arena_init(&xml->arena, memory, whole);
	tree_init(&xml->tree, &xml->arena);
	xml->findings = (struct findings){.items = xml->items, .size = RENDER_XML_FINDINGS_MAX};
	return RESULT_OK;
}

void render_xml_end(struct render_xml *xml)
{
	if (xml == NULL)
		return;
	free(xml->arena.base);
	xml->arena.base = NULL;
}

enum result render_xml_refuse(struct render *render, const struct render_xml *xml)
{
	for (uint32_t i = 0; i < xml->findings.count; i++) {
		const struct finding *finding = &xml->findings.items[i];
		if (finding_kind(finding->code) != FINDING_KIND_REFUSED)
			continue;
		snprintf(render->fault, sizeof(render->fault), "payment %u, %s: %s (%u in all)",
			 finding->at, finding->field,
			 finding_text(finding->code, RESULT_LANGUAGE_EN), xml->findings.refused);
		return RESULT_CHECK_FAILED;
	}
	return render_fail(render, RESULT_CHECK_FAILED, "the file was refused", "checks");
}

/* Schemas are compiled once for the program: those of one folder, the configured one. */
static enum result validate(struct render *render, const char *schema, struct slice bytes)
{
	static struct xml_schemas *schemas;
	static char folder[sizeof(render->fault)];
	char fault[XML_FAULT_SIZE] = "";
	if (render->schemas == NULL || render->schemas[0] == '\0')
		return RESULT_OK;
	if (schemas == NULL || strcmp(folder, render->schemas) != 0) {
		xml_schemas_close(schemas);
		schemas = NULL;
		snprintf(folder, sizeof(folder), "%s", render->schemas);
		enum result result = xml_schemas_open(folder, &schemas);
		if (result != RESULT_OK)
			return render_fail(render, result, "schemas_dir cannot be read", folder);
	}
	enum result result = xml_validate(schemas, schema, bytes, fault);
	return result == RESULT_OK ? result : render_fail(render, result, schema, fault);
}

/* What was changed on the way is for the user to know: the first change, and how many there are. */
static void tell(struct render *render, const struct findings *findings)
{
	const struct finding *first = NULL;
	uint32_t count = findings->lost;
	for (uint32_t i = 0; i < findings->count; i++) {
		if (finding_kind(findings->items[i].code) != FINDING_KIND_TOLD)
			continue;
		first = first == NULL ? &findings->items[i] : first;
		count++;
	}
	if (first == NULL || render->told[0] != '\0')
		return;
	snprintf(render->told, sizeof(render->told), "payment %u, %s: %s (%u such changes)",
		 first->at, first->field, finding_text(first->code, RESULT_LANGUAGE_EN), count);
}

enum result render_xml_add(struct render *render, const struct liquidation_batch *batch,
			   const struct render_xml *xml, const char *schema,
			   const struct render_content *content)
{
	struct slice bytes = {NULL, 0};
	enum result result = xml_write(xml->tree.root, &bytes);
	if (result != RESULT_OK)
		return render_fail(render, result, "no memory for", content->suffix);
	result = validate(render, schema, bytes);
	if (result == RESULT_OK) {
		struct render_content whole = *content;
		whole.data = malloc(bytes.size + 1);
		whole.size = bytes.size;
		if (whole.data != NULL)
			memcpy(whole.data, bytes.data, bytes.size);
		result = render_add(render, batch, &whole);
		tell(render, &xml->findings);
	}
	xml_free(&bytes);
	return result;
}

enum result render_xml_read(struct render *render, const char *name, char **ret_data,
			    uint32_t *ret_size)
{
	char folder[FILE_PATH_SIZE_MAX];
	char path[FILE_PATH_SIZE_MAX + 64];
	if (!profile_file_folder(render->profiles, folder))
		return RESULT_NOT_FOUND;
	snprintf(path, sizeof(path), "%s/%.60s", folder, name);
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO_FAILED;
	char *data = malloc(FILE_SIZE_MAX);
	size_t size = data == NULL ? 0 : fread(data, 1, FILE_SIZE_MAX, file);
	bool is_whole = ferror(file) == 0 && size < FILE_SIZE_MAX;
	fclose(file);
	if (data == NULL || !is_whole) {
		free(data);
		return data == NULL ? RESULT_OUT_OF_MEMORY : RESULT_IO_FAILED;
	}
	*ret_data = data;
	*ret_size = (uint32_t)size;
	return RESULT_OK;
}

bool render_xml_created(const struct liquidation_batch *batch, struct slice *ret_created,
			struct day *ret_day)
{
	const char *created = batch->export.created;
	if (strlen(created) < CREATED_SIZE)
		return false;
	*ret_created = (struct slice){created, CREATED_SIZE};
	return day_parse((struct slice){created, DAY_TEXT_SIZE}, ret_day);
}
