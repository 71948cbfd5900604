/* What comes in: see intake.h. */
#include "connectors/intake/intake.h"

#include "connectors/pages/pages.h"
#include "engine/base/assert.h"

#include <stdio.h>
#include <string.h>

void intake_free(struct intake *intake)
{
	if (intake == NULL)
		return;
	json_decref(intake->cache);
	intake->cache = NULL;
}

static const json_t *known(struct intake *intake, const char *path)
{
	if (intake->cache == NULL)
		intake->cache = json_object();
	return json_object_get(intake->cache, path);
}

const json_t *intake_get(struct intake *intake, const char *path)
{
	ASSERT(intake != NULL && path != NULL);
	const json_t *found = known(intake, path);
	if (found != NULL)
		return found;
	json_t *record = intake->get(intake->context, path);
	if (record == NULL || json_object_set_new(intake->cache, path, record) != 0)
		return NULL;
	return record;
}

const json_t *intake_list(struct intake *intake, const char *path)
{
	ASSERT(intake != NULL && path != NULL && strchr(path, '?') != NULL);
	const json_t *found = known(intake, path);
	if (found != NULL)
		return found;
	struct pages pages = {.fetch = intake->get, .context = intake->context, .list = path};
	const json_t *item;
	json_t *items = json_array();
	while (json_array_size(items) < INTAKE_ITEMS_MAX && (item = pages_next(&pages)) != NULL)
		json_array_append(items, (json_t *)(uintptr_t)item);
	if (!pages_close(&pages)) {
		json_decref(items);
		return NULL;
	}
	return json_object_set_new(intake->cache, path, items) == 0 ? items : NULL;
}

enum result intake_post(struct intake *intake, const char *path, const json_t *body,
			json_t **ret_answer)
{
	ASSERT(intake != NULL && ret_answer != NULL);
	*ret_answer = NULL;
	if (intake->is_dry)
		return RESULT_OK;
	intake_free(intake);
	return intake->post(intake->context, path, body, ret_answer);
}

const char *intake_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

int64_t intake_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

struct cents intake_cents(const json_t *object, const char *name)
{
	return cents_from(intake_number(object, name));
}

json_t *intake_json_slice(struct slice text)
{
	return json_stringn(text.size == 0 ? "" : text.data, text.size);
}

json_t *intake_json_cents(struct cents amount)
{
	return json_integer(amount.raw); /* raw: JSON carries whole cents */
}
