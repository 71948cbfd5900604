/* Listening sockets: TCP on loopback only, and Unix sockets. */
#ifndef ENGINE_HTTP_ADDRESS_H
#define ENGINE_HTTP_ADDRESS_H

#include "engine/base/result.h"

#include <stdint.h>

/* "127.0.0.1:8910" or "[::1]:8910". Plain HTTP leaves no machine: any other address is refused.
 * RESULT_OK; RESULT_CONFIG_INVALID: not an address of loopback with a port, or it cannot be bound
 * (*ret_reason says which, static). The socket listens, non-blocking, and is the caller's. */
MUST_CHECK enum result address_listen_tcp(const char *text, int *ret_descriptor, uint16_t *ret_port,
					  const char **ret_reason);

/* A Unix socket, mode 0660. A socket file that nobody answers on is replaced. Results as above. */
MUST_CHECK enum result address_listen_unix(const char *path, int *ret_descriptor,
					   const char **ret_reason);

#endif
