/* Accept-Language: which of the two languages the client would rather read. */
#ifndef ENGINE_HTTP_LANGUAGE_H
#define ENGINE_HTTP_LANGUAGE_H

#include "engine/base/result.h"

/* Italian unless English has the higher weight (q), or stands first with the same. */
enum result_language language_of(struct slice header);

#endif
