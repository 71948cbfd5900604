/* The only source of randomness: OpenSSL's generator, seeded by the kernel. */
#ifndef ENGINE_SYSTEM_RANDOM_H
#define ENGINE_SYSTEM_RANDOM_H

#include "engine/base/assert.h"

#include <stddef.h>
#include <stdint.h>

/* Fills `size` bytes with secret random bits. A machine that has none ends the process (a daemon
 * that cannot draw secrets must not draw weak ones). Any thread. */
void random_bytes(uint8_t *ret_bytes, size_t size);

#endif
