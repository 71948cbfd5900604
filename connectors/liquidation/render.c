/* Files of a batch: see render.h. */
#include "connectors/liquidation/render.h"

#include "connectors/delivery/folder.h"
#include "connectors/format/table_write.h"
#include "connectors/profiles/profile_file.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct render_format formats[] = {
    {"TABLE", render_table},
    {"OPI", render_opi},
    {"PAIN001_03", render_pain001_03},
    {"PAIN001_09", render_pain001_09},
};

const struct render_format *render_find(const char *name)
{
	ASSERT(name != NULL);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

enum result render_fail(struct render *render, enum result result, const char *text,
			const char *about)
{
	snprintf(render->fault, sizeof(render->fault), "%s: %.200s", text, about);
	return result;
}

/* Into a member padded with NUL; false: it does not fit. */
static bool set_text(char *member, size_t size, const char *text)
{
	size_t length = strlen(text);
	if (length > size)
		return false;
	memset(member, 0, size);
	memcpy(member, text, length);
	return true;
}
#define SET(member, text) set_text(member, sizeof(member), text)

enum result render_add(struct render *render, const struct liquidation_batch *batch,
		       const struct render_content *content)
{
	ASSERT(render != NULL && batch != NULL && content != NULL);
	uint8_t hash[FOLDER_HASH_SIZE];
	if (content->data == NULL)
		return render_fail(render, RESULT_OUT_OF_MEMORY, "no memory for", content->suffix);
	if (render->count == RENDER_FILES_MAX) {
		free(content->data);
		return render_fail(render, RESULT_FIELD_INVALID, "too many files", content->suffix);
	}
	struct render_file *file = &render->files[render->count++];
	*file = (struct render_file){.data = content->data, .size = content->size};
	snprintf(file->name, sizeof(file->name), "%s.%s", batch->id, content->suffix);
	folder_hash((struct slice){file->data, file->size}, hash);
	struct liquidation_manifest *manifest = &file->manifest;
	manifest->righe = content->rows;
	/* raw: totals of a manifest are numbers of cents, never negative (liquidation_add_up) */
	const struct liquidation_totals *totals = &content->totals;
	manifest->totale_da_pagare_centesimi = (uint64_t)totals->payable.raw; /* raw: same */
	manifest->imponibile_centesimi = (uint64_t)totals->net.raw;	      /* raw: same */
	manifest->iva_centesimi = (uint64_t)totals->vat.raw;		      /* raw: same */
	text_hex_encode(hash, sizeof(hash), manifest->sha256);
	if (!SET(manifest->file, file->name) || !SET(manifest->encoding, content->encoding) ||
	    !SET(manifest->separatore, content->separator))
		return render_fail(render, RESULT_FIELD_INVALID, "not a file's name", file->name);
	return RESULT_OK;
}

void render_free(struct render *render)
{
	if (render == NULL)
		return;
	for (uint32_t i = 0; i < render->count; i++)
		free(render->files[i].data);
	render->count = 0;
}

/* ---- Tables ---- */

/* One table while it is written. */
struct desk {
	struct profile profile;
	struct table_write table;
	char folder[FILE_PATH_SIZE_MAX];
};

static enum result refuse_row(struct render *render, const struct desk *desk)
{
	const struct table_write *table = &desk->table;
	snprintf(render->fault, sizeof(render->fault), "profile %.40s, row %u, %.40s: %s",
		 desk->profile.name, table->fault_at.row,
		 desk->profile.columns[table->fault_at.column].heading,
		 table_fault_text(table->fault));
	return RESULT_FIELD_INVALID;
}

static enum result load(struct render *render, struct desk *desk, const char *name,
			const struct field_set *set)
{
	struct profile_file_fault fault;
	if (!profile_file_folder(render->profiles, desk->folder))
		return render_fail(render, RESULT_NOT_FOUND, "there is no folder of profiles",
				   render->profiles == NULL ? "" : render->profiles);
	enum result result = profile_file_load(desk->folder, name, set, &desk->profile, &fault);
	return result == RESULT_OK ? result : render_fail(render, result, "profile", fault.text);
}

static const char *separator_word(char separator)
{
	switch (separator) {
	case ';':
		return "PUNTO_E_VIRGOLA";
	case ',':
		return "VIRGOLA";
	case '\t':
		return "TAB";
	default:
		return "BARRA_VERTICALE";
	}
}

/* Rows that the profile takes, and what those come to. */
static enum result write_rows(struct render *render, struct desk *desk,
			      const struct liquidation_batch *batch, struct render_content *content)
{
	uint32_t size = (batch->row_count + 2) * LIQUIDATION_ROW_SIZE_MAX;
	content->data = malloc(size);
	if (content->data == NULL)
		return render_fail(render, RESULT_OUT_OF_MEMORY, "no memory for", batch->id);
	if (!table_write_begin(&desk->table, &desk->profile, content->data, size))
		return refuse_row(render, desk);
	for (uint32_t i = 0; i < batch->row_count; i++) {
		const struct liquidation_row *row = &batch->rows[i];
		if (!profile_takes(&desk->profile, row))
			continue;
		if (!table_write_row(&desk->table, row))
			return refuse_row(render, desk);
		struct liquidation_totals one;
		if (!liquidation_add_up(row, 1, &one) ||
		    !cents_add(content->totals.net, one.net, &content->totals.net) ||
		    !cents_add(content->totals.vat, one.vat, &content->totals.vat) ||
		    !cents_add(content->totals.payable, one.payable, &content->totals.payable))
			return render_fail(render, RESULT_CHECK_FAILED, "not an amount", batch->id);
	}
	content->size = desk->table.used;
	content->rows = desk->table.rows;
	return RESULT_OK;
}

/* A file that lost letters says so; the first one that does is told. */
static void tell_changes(struct render *render, const struct desk *desk)
{
	const struct table_write *table = &desk->table;
	bool is_cut = table->cut_count > 0;
	struct table_place first = is_cut ? table->first_cut : table->first_other;
	if ((!is_cut && table->other_count == 0) || render->told[0] != '\0')
		return;
	snprintf(render->told, sizeof(render->told),
		 "profile %.40s: %u cells cut, %u letters written otherwise; first row %u, %.60s",
		 desk->profile.name, table->cut_count, table->other_count, first.row,
		 desk->profile.columns[first.column].heading);
}

static enum result render_profile(struct render *render, const struct liquidation_batch *batch,
				  const char *name)
{
	struct desk *desk = calloc(1, sizeof(*desk));
	if (desk == NULL)
		return render_fail(render, RESULT_OUT_OF_MEMORY, "no memory for", name);
	struct render_content content = {.data = NULL};
	enum result result = load(render, desk, name, &liquidation_row_set);
	if (result == RESULT_OK)
		result = write_rows(render, desk, batch, &content);
	if (result == RESULT_OK) {
		content.suffix = desk->profile.suffix;
		content.encoding =
		    desk->profile.has_mark ? "UTF-8-BOM" : charset_name(desk->profile.charset);
		content.separator = separator_word(desk->profile.separator);
		tell_changes(render, desk);
		result = render_add(render, batch, &content);
	} else {
		free(content.data);
	}
	free(desk);
	return result;
}

enum result render_table(struct render *render, const struct liquidation_batch *batch)
{
	if (batch->export.profile[0] != '\0')
		return render_profile(render, batch, batch->export.profile);
	enum result result = render_profile(render, batch, "excel-it");
	return result == RESULT_OK ? render_profile(render, batch, "rfc4180") : result;
}

/* ---- The whole ---- */

static enum result add_manifest(struct render *render, const struct liquidation_batch *batch,
				struct desk *desk)
{
	uint8_t hash[FOLDER_HASH_SIZE];
	enum result result = load(render, desk, "manifest", &liquidation_manifest_set);
	if (result != RESULT_OK)
		return result;
	uint32_t size = (render->count + 2) * LIQUIDATION_ROW_SIZE_MAX;
	struct render_file *file = &render->files[render->count];
	*file = (struct render_file){.data = malloc(size)};
	if (file->data == NULL)
		return render_fail(render, RESULT_OUT_OF_MEMORY, "no memory for", batch->id);
	uint32_t count = render->count++;
	if (!table_write_begin(&desk->table, &desk->profile, file->data, size))
		return refuse_row(render, desk);
	for (uint32_t i = 0; i < count; i++)
		if (!table_write_row(&desk->table, &render->files[i].manifest))
			return refuse_row(render, desk);
	file->size = desk->table.used;
	snprintf(file->name, sizeof(file->name), "%s.%s", batch->id, desk->profile.suffix);
	folder_hash((struct slice){file->data, file->size}, hash);
	text_hex_encode(hash, sizeof(hash), render->manifest_hash);
	render->manifest_hash[2 * sizeof(hash)] = '\0';
	return RESULT_OK;
}

/* What every file pays is what the ledger says, to the cent. */
static enum result check_ties(struct render *render, const struct liquidation_batch *batch)
{
	uint64_t payable = (uint64_t)batch->totals.payable.raw; /* raw: as a manifest has it */
	for (uint32_t i = 0; i < render->count; i++)
		if (render->files[i].manifest.totale_da_pagare_centesimi != payable)
			return render_fail(render, RESULT_EXPORT_TOTALS_DIFFER,
					   "the file does not pay what the ledger says",
					   render->files[i].name);
	return RESULT_OK;
}

enum result render_batch(struct render *render, const struct liquidation_batch *batch,
			 const char *format)
{
	ASSERT(render != NULL && batch != NULL);
	const char *name = format == NULL ? batch->export.format : format;
	const struct render_format *found = render_find(name);
	render->count = 0;
	render->fault[0] = '\0';
	render->told[0] = '\0';
	if (found == NULL)
		return render_fail(render, RESULT_FIELD_INVALID, "no such format", name);
	struct desk *desk = calloc(1, sizeof(*desk));
	if (desk == NULL)
		return render_fail(render, RESULT_OUT_OF_MEMORY, "no memory for", name);
	enum result result = found->function(render, batch);
	if (result == RESULT_OK)
		result = check_ties(render, batch);
	if (result == RESULT_OK)
		result = add_manifest(render, batch, desk);
	free(desk);
	if (result != RESULT_OK)
		render_free(render);
	return result;
}

/* ---- Persons ---- */

bool render_name_persons(struct liquidation_batch *batch, const struct persons *persons,
			 char ret_fault[320])
{
	ASSERT(batch != NULL && persons != NULL);
	for (uint32_t i = 0; i < batch->row_count; i++) {
		struct liquidation_row *row = &batch->rows[i];
		char name[sizeof(row->beneficiario) + 1] = "";
		memcpy(name, row->beneficiario, sizeof(row->beneficiario));
		const struct person *person = persons_find(persons, slice_from_text(name));
		if (person == NULL || person->iban[0] == '\0') {
			snprintf(ret_fault, 320, "%s is not in the persons file, or has no account",
				 name);
			return false;
		}
		struct slice surname = PERSONS_TEXT_OF(person->surname);
		struct slice given = PERSONS_TEXT_OF(person->name);
		memset(row->beneficiario, 0, sizeof(row->beneficiario));
		snprintf(name, sizeof(name), "%.*s %.*s", (int)surname.size, surname.data,
			 (int)given.size, given.data);
		memcpy(row->beneficiario, name, strlen(name));
		struct slice tax_code = PERSONS_TEXT_OF(person->tax_code);
		struct slice iban = PERSONS_TEXT_OF(person->iban);
		ASSERT(tax_code.size <= sizeof(row->codice_fiscale));
		ASSERT(iban.size <= sizeof(row->iban));
		memcpy(row->codice_fiscale, tax_code.data, tax_code.size);
		memcpy(row->iban, iban.data, iban.size);
	}
	return true;
}
