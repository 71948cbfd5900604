/* Batches as credit transfers: see render.h. The transfers are to be executed on the first working
 * day from the one the export was opened on; a pain.001 takes nothing back, so what was sent is
 * cancelled with the bank, and what replaces it is an export of its own. */
#include "connectors/format/pain001.h"
#include "connectors/liquidation/render_xml.h"
#include "engine/base/calendar_it.h"

#include <stdlib.h>
#include <string.h>

#define TREE_OF_TRANSFER 6144u /* bytes of a transfer in the tree and its checks */

static const char *const schemas[] = {
    [PAIN001_03] = "iso20022/pain.001.001.03.xsd",
    [PAIN001_09] = "iso20022/EPC132-08_2025_V1.0_pain.001.001.09.xsd",
};

static enum result make_file(struct render *render, const struct liquidation_batch *batch,
			     struct pain001_file *file, struct findings *findings)
{
	struct pain001_order order = {.payer = &batch->payer,
				      .rows = batch->rows,
				      .count = batch->row_count,
				      .id = slice_from_text(batch->id)};
	struct day opened;
	struct patron_day nobody = {0};
	if (!render_xml_created(batch, &order.created, &opened) ||
	    (!calendar_it_is_working_day(opened, nobody) &&
	     !calendar_it_add_working_days(opened, 1, nobody, &opened)))
		return render_fail(render, RESULT_FIELD_INVALID,
				   "transfers are of an export, and this was never opened",
				   batch->id);
	order.execution = opened;
	if (strcmp(batch->export.operation, "INSERT") != 0)
		return render_fail(render, RESULT_FIELD_INVALID,
				   "a pain.001 only orders: cancel with the bank",
				   batch->export.operation);
	if (!pain001_facts(&order, file, findings))
		return render_fail(render, RESULT_CHECK_FAILED, "amounts beyond 64 bits",
				   batch->id);
	if (file->count == 0)
		return render_fail(render, RESULT_CHECK_FAILED, "nothing is to be paid", batch->id);
	return RESULT_OK;
}

static enum result write_file(struct render *render, const struct liquidation_batch *batch,
			      enum pain001_version version, struct render_xml *xml,
			      struct pain001_file *file)
{
	enum result result = make_file(render, batch, file, &xml->findings);
	if (result != RESULT_OK)
		return result;
	pain001_write(version, file, &xml->tree);
	if (xml->tree.overflow || !pain001_check(xml->tree.root, &xml->arena, &xml->findings))
		return render_fail(render, RESULT_OUT_OF_MEMORY, "no memory for", batch->id);
	if (xml->findings.refused > 0)
		return render_xml_refuse(render, xml);
	struct render_content content = {.suffix = version == PAIN001_03 ? "pain001.03.xml"
									 : "pain001.09.xml",
					 .rows = file->count,
					 .encoding = "UTF-8",
					 .separator = "XML",
					 .totals = batch->totals};
	content.totals.payable = file->total;
	return render_xml_add(render, batch, xml, schemas[version], &content);
}

static enum result render_version(struct render *render, const struct liquidation_batch *batch,
				  enum pain001_version version)
{
	struct render_xml *xml = calloc(1, sizeof(*xml));
	struct pain001_file file = {.size = batch->row_count};
	file.transfers = calloc(batch->row_count + 1, sizeof(file.transfers[0]));
	enum result result = xml == NULL || file.transfers == NULL
				 ? RESULT_OUT_OF_MEMORY
				 : render_xml_begin(xml, batch->row_count, TREE_OF_TRANSFER);
	if (result == RESULT_OK)
		result = write_file(render, batch, version, xml, &file);
	else
		result = render_fail(render, result, "no memory for", batch->id);
	render_xml_end(xml);
	free(xml);
	free(file.transfers);
	return result;
}

enum result render_pain001_03(struct render *render, const struct liquidation_batch *batch)
{
	return render_version(render, batch, PAIN001_03);
}

enum result render_pain001_09(struct render *render, const struct liquidation_batch *batch)
{
	return render_version(render, batch, PAIN001_09);
}
