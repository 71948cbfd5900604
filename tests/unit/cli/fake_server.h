/* A tiny HTTP server for tests of the client: answers what its script says, one answer a request,
 * and remembers what it was asked. One connection at a time. */
#ifndef TESTS_UNIT_CLI_FAKE_SERVER_H
#define TESTS_UNIT_CLI_FAKE_SERVER_H

#include <stddef.h>
#include <stdint.h>

#define FAKE_REQUESTS_MAX 16u
#define FAKE_SIZE_MAX	  65536u

struct fake_server {
	const char *const *answers; /* whole HTTP answers; NULL in the list: hang up silently */
	uint32_t answer_count;
	uint32_t request_count;
	char requests[FAKE_REQUESTS_MAX][FAKE_SIZE_MAX];
	char url[64];
	int listener;
	unsigned long thread;
};

void fake_server_start(struct fake_server *server, const char *const *answers, uint32_t count);
void fake_server_stop(struct fake_server *server);

#endif
