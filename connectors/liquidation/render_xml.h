/* What the formats that are XML share: memory for a tree, the words of a finding, bytes that were
 * validated, files beside the profiles. */
#ifndef CONNECTORS_LIQUIDATION_RENDER_XML_H
#define CONNECTORS_LIQUIDATION_RENDER_XML_H

#include "connectors/format/finding.h"
#include "connectors/format/tree.h"
#include "connectors/liquidation/render.h"

#define RENDER_XML_FINDINGS_MAX 256u

/* Memory of one rendering; zero at first. */
struct render_xml {
	struct arena arena; /* of the tree, then of its checks */
	struct tree tree;
	struct finding items[RENDER_XML_FINDINGS_MAX];
	struct findings findings;
};

/* Memory for `count` payments of `size` bytes. RESULT_OK, RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result render_xml_begin(struct render_xml *xml, uint32_t count, size_t size);
void render_xml_end(struct render_xml *xml);

/* The first finding that refuses, as the render's fault: which payment, which element, why. */
MUST_CHECK enum result render_xml_refuse(struct render *render, const struct render_xml *xml);

/* Writes the tree, validates it where schemas are configured, adds it as a file. */
MUST_CHECK enum result render_xml_add(struct render *render, const struct liquidation_batch *batch,
				      const struct render_xml *xml, const char *schema,
				      const struct render_content *content);

/* A file of the folder of profiles, whole; free() it. RESULT_OK, RESULT_NOT_FOUND (no fault is
 * told), RESULT_IO_FAILED, RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result render_xml_read(struct render *render, const char *name, char **ret_data,
				       uint32_t *ret_size);

/* "2026-04-08T10:15:00" and its day, of when the export was opened. False: it is none. */
MUST_CHECK bool render_xml_created(const struct liquidation_batch *batch, struct slice *ret_created,
				   struct day *ret_day);

#endif
