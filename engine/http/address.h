/* Listening sockets: TCP, where it is plain on loopback only, and Unix sockets. */
#ifndef ENGINE_HTTP_ADDRESS_H
#define ENGINE_HTTP_ADDRESS_H

#include "engine/base/result.h"

#include <stdint.h>

struct address_bound {
	int descriptor; /* listens, non-blocking; the caller's */
	uint16_t port;
};

/* "127.0.0.1:8910" or "[::1]:8910". Plain HTTP leaves no machine: any other address is refused,
 * unless the listener is not `plain`. RESULT_OK; RESULT_CONFIG_INVALID: not such an address with a
 * port, or it cannot be bound (*ret_reason says which, static). */
MUST_CHECK enum result address_listen_tcp(const char *text, bool plain,
					  struct address_bound *ret_bound, const char **ret_reason);

/* A Unix socket, mode 0660. A socket file that nobody answers on is replaced. Results as above. */
MUST_CHECK enum result address_listen_unix(const char *path, int *ret_descriptor,
					   const char **ret_reason);

#endif
