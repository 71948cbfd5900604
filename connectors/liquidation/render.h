/* From a batch to the files that leave: one table of formats, and what every file goes through.
 *
 *   struct render render = {.schemas = "…", .profiles = "…", .persons = NULL};
 *   render_batch(&render, &batch)    the format's function, ties, manifest: render.files
 *   render_free(&render)
 *
 * A render function makes named files of a batch, each by render_add(): what it makes is a function
 * of the batch alone (no clock, no counter, nothing of this machine), and passed its schema
 * (render.schemas) and the semantic checks of its format before it was added. render_batch() then
 * checks that the files' totals are the ledger's to the cent, and makes the manifest, whose SHA-256
 * the seal of an export carries. */
#ifndef CONNECTORS_LIQUIDATION_RENDER_H
#define CONNECTORS_LIQUIDATION_RENDER_H

#include "connectors/format/persons.h"
#include "connectors/liquidation/liquidation.h"

#define RENDER_FILES_MAX 8u

struct render_file {
	char name[LIQUIDATION_NAME_SIZE]; /* the id, a point, the suffix */
	char *data;			  /* from malloc */
	uint32_t size;
	struct liquidation_manifest manifest; /* its row of the manifest */
};

struct render {
	/* Given. */
	const char *schemas;  /* folder of XML schemas; NULL or empty: none is configured */
	const char *profiles; /* folder of profiles; NULL: where the program finds them */
	const struct persons *persons; /* of buoni; NULL: no file was given */
	/* Made. The manifest is the last file. */
	struct render_file files[RENDER_FILES_MAX + 1];
	uint32_t count;
	char manifest_hash[65];
	char fault[320]; /* one English sentence after a failure */
	char told[320];	 /* what a table cut, or wrote with other letters; empty: nothing */
};

/* RESULT_OK; RESULT_FIELD_INVALID: a row cannot be written so; RESULT_CHECK_FAILED: the schema or a
 * semantic check of the format says no; RESULT_NOT_FOUND: a profile or schema is not there;
 * RESULT_OUT_OF_MEMORY. */
typedef enum result render_function(struct render *render, const struct liquidation_batch *batch);

struct render_format {
	const char *name; /* enum export_format, or a format that is a copy only */
	render_function *function;
};

/* The format of this name; NULL: there is none. */
const struct render_format *render_find(const char *name);

/* Adds a file of a batch: the bytes become the render's, whatever is answered. `rows` are the
 * payments in it, `encoding` and `separator` what the manifest says of it ("XML" where there is no
 * separator). RESULT_OK, RESULT_FIELD_INVALID (too many files), RESULT_OUT_OF_MEMORY (no bytes). */
struct render_content {
	const char *suffix; /* "opi.xml" */
	char *data;	    /* malloc; NULL: there was no memory */
	uint32_t size;
	uint32_t rows;
	const char *encoding;
	const char *separator;
	struct liquidation_totals totals; /* of what stands in the file */
};
MUST_CHECK enum result render_add(struct render *render, const struct liquidation_batch *batch,
				  const struct render_content *content);

/* Says why a function failed; returns the result. */
MUST_CHECK enum result render_fail(struct render *render, enum result result, const char *text,
				   const char *about);

/* Renders a batch in its own format, or (format not NULL) a copy in another. RESULT_OK; what the
 * format's function answers; RESULT_EXPORT_TOTALS_DIFFER: a file is not the batch's total;
 * RESULT_FIELD_INVALID: no such format. */
MUST_CHECK enum result render_batch(struct render *render, const struct liquidation_batch *batch,
				    const char *format);

void render_free(struct render *render);

/* Is what a format needs configured? To be asked before a draft is opened. RESULT_OK;
 * RESULT_CONFIG_INVALID: its settings (of OPI, PROFILE.conf; empty: opi.conf) are not there or
 * wrong; RESULT_IO_FAILED, RESULT_OUT_OF_MEMORY: they cannot be read. The fault says which. */
MUST_CHECK enum result render_settings(struct render *render, const char *format,
				       const char *profile);

/* Names, tax codes and accounts of persons into the rows of buoni. False: the fault names the first
 * person that is not in the file. */
MUST_CHECK bool render_name_persons(struct liquidation_batch *batch, const struct persons *persons,
				    char ret_fault[320]);

/* ---- Formats: their functions, one file each ---- */

render_function render_table;
render_function render_opi;
render_function render_pain001_03;
render_function render_pain001_09;

#endif
