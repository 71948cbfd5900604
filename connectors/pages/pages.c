/* Lists of the API, page after page: see pages.h. */
#include "connectors/pages/pages.h"

#include <stdio.h>
#include <string.h>

#define LIMIT "1000" /* items of a page, the most that the API gives */

/* The path of the next page. False: it is too long. */
static bool make_path(const struct pages *pages, char ret_path[PAGES_PATH_SIZE])
{
	int size = snprintf(ret_path, PAGES_PATH_SIZE, "%s%climit=" LIMIT "%s%s", pages->list,
			    strchr(pages->list, '?') == NULL ? '?' : '&',
			    pages->cursor[0] == '\0' ? "" : "&cursor=", pages->cursor);
	return size > 0 && (unsigned)size < PAGES_PATH_SIZE;
}

/* False: there is no next page, or it could not be read. */
static bool turn(struct pages *pages)
{
	char path[PAGES_PATH_SIZE];
	json_decref(pages->page);
	pages->page = NULL;
	pages->at = 0;
	if (pages->is_last || pages->is_broken)
		return false;
	if (make_path(pages, path))
		pages->page = pages->fetch(pages->context, path);
	const char *cursor = json_string_value(json_object_get(pages->page, "next_cursor"));
	pages->is_last = cursor == NULL || cursor[0] == '\0';
	pages->is_broken = !json_is_array(json_object_get(pages->page, "items")) ||
			   (cursor != NULL && strlen(cursor) >= sizeof(pages->cursor));
	if (pages->is_broken)
		return false;
	snprintf(pages->cursor, sizeof(pages->cursor), "%s", cursor == NULL ? "" : cursor);
	return true;
}

const json_t *pages_next(struct pages *pages)
{
	ASSERT(pages != NULL && pages->fetch != NULL);
	ASSERT(pages->list != NULL);
	const json_t *items = json_object_get(pages->page, "items");
	while (pages->at >= json_array_size(items)) {
		if (!turn(pages))
			return NULL;
		items = json_object_get(pages->page, "items");
	}
	return json_array_get(items, pages->at++);
}

bool pages_close(struct pages *pages)
{
	ASSERT(pages != NULL);
	json_decref(pages->page);
	pages->page = NULL;
	pages->is_last = true;
	return !pages->is_broken;
}
