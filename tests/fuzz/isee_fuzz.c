/* Files of answers about means indicators under any bytes: whatever they hold, a tax code never
 * goes to the ledger or into the report. */
#include "connectors/intake/isee.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TAX_CODE "RSSMRA80A01H501U"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY);
	if (text == NULL || strstr(text, TAX_CODE) != NULL)
		abort();
	free(text);
}

static json_t *get(void *context, const char *path)
{
	(void)context;
	(void)path;
	return json_pack("{s:[]}", "items");
}

static enum result post(void *context, const char *path, const json_t *body, json_t **ret_answer)
{
	(void)context;
	if (strncmp(path, "/v1/isee", 8) != 0)
		abort();
	hold(body);
	*ret_answer = json_pack("{s:s}", "isee", "ise_1");
	return RESULT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] =
	    "beneficiary;tax_code;surname;name\nben_1;" TAX_CODE ";Rossi;Mario\n";
	static _Alignas(16) unsigned char memory[65536];
	static struct persons persons;
	struct intake intake = {.get = get, .post = post};
	json_t *report = NULL;
	struct arena arena;
	if (size > 65536)
		return 0;
	if (persons.rows == NULL) {
		arena_init(&arena, memory, sizeof(memory));
		if (!persons_read(&persons, &arena, slice_from_text(text)))
			abort();
	}
	(void)intake_isee_file(&intake, (struct slice){(const char *)data, (uint32_t)size},
			       &persons, size % 2 == 1, &report);
	if (report != NULL)
		hold(report);
	json_decref(report);
	intake_free(&intake);
	return 0;
}
