/* What comes in: see intake.h. */
#include "connectors/intake/intake.h"

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

/* Adds a page's items; its cursor, or NULL at the end. */
static const char *add_page(json_t *items, const json_t *page)
{
	json_array_extend(items, json_object_get(page, "items"));
	return json_string_value(json_object_get(page, "next_cursor"));
}

const json_t *intake_list(struct intake *intake, const char *path)
{
	ASSERT(intake != NULL && path != NULL && strchr(path, '?') != NULL);
	const json_t *found = known(intake, path);
	if (found != NULL)
		return found;
	json_t *items = json_array();
	char cursor[INTAKE_PATH_SIZE] = "";
	for (uint32_t page = 0; page < INTAKE_PAGES_MAX; page++) {
		char full[3 * INTAKE_PATH_SIZE];
		snprintf(full, sizeof(full), "%s&limit=1000%s%s", path,
			 cursor[0] == '\0' ? "" : "&cursor=", cursor);
		json_t *body = intake->get(intake->context, full);
		if (body == NULL) {
			json_decref(items);
			return NULL;
		}
		const char *next = add_page(items, body);
		bool is_last = next == NULL || strlen(next) >= sizeof(cursor);
		if (!is_last)
			snprintf(cursor, sizeof(cursor), "%s", next);
		json_decref(body);
		if (is_last)
			break;
	}
	if (json_object_set_new(intake->cache, path, items) != 0)
		return NULL;
	return items;
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
