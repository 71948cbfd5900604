/* Who is asked: the value of Host and of :authority, and the authority of an absolute target.
 * SOURCE RFC 3986, 3.2.2; RFC 9110, 7.2. */
#ifndef ENGINE_HTTP_AUTHORITY_H
#define ENGINE_HTTP_AUTHORITY_H

#include "engine/base/slice.h"

#include <stdbool.h>

/* A host, and perhaps a port: a name of at most 255 bytes, an address, or an IPv6 address in
 * brackets. No user stands before it. */
bool authority_is_valid(struct slice authority);

#endif
