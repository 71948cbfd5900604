/* Small configuration texts: see lines.h. */
#include "connectors/format/lines.h"

#include "engine/base/text.h"

#include <stddef.h>

struct slice lines_cut(struct slice *rest, char sign)
{
	ASSERT(rest != NULL);
	uint32_t size = 0;
	while (size < rest->size && rest->data[size] != sign)
		size++;
	struct slice before = {rest->data, size};
	uint32_t step = size < rest->size ? size + 1 : size;
	*rest = (struct slice){rest->data + step, rest->size - step};
	return text_trim(before);
}

bool lines_next(struct slice *rest, uint32_t *line, struct slice *ret_key, struct slice *ret_value)
{
	ASSERT(rest != NULL && line != NULL && ret_key != NULL && ret_value != NULL);
	while (rest->size > 0) {
		struct slice text = lines_cut(rest, '\n');
		(*line)++;
		if (text.size == 0 || text.data[0] == '#')
			continue;
		*ret_key = lines_cut(&text, '=');
		*ret_value = text_trim(text);
		return true;
	}
	return false;
}
