/* What the tests of HTTP/2 and TLS share: a network thread's world without the thread, and a handler
 * that does as the target says.
 *
 *   /wait      is answered by rig_answer
 *   /stream/N  N chunks of RIG_CHUNK bytes, then the end, Ledger-Seq 42 in its trailer
 *   /head      is answered before its body is read, 401
 *   others     "target:body"
 */
#ifndef TESTS_UNIT_HTTP_RIG_H
#define TESTS_UNIT_HTTP_RIG_H

#include "engine/http/network.h"

#define RIG_SLOTS   8u
#define RIG_STREAMS 6u
#define RIG_CHUNK   60000u
#define RIG_WAITERS 64u

struct rig {
	struct network network;
	struct exchange *waiting[RIG_WAITERS]; /* in the order in which they came */
	uint32_t waiting_count;
	uint32_t heads;
	uint32_t bodies;
	uint32_t released;
	atomic_bool draining;
};

extern struct rig rig;

/* cmocka's setup and teardown. */
int rig_open(void **state);
int rig_close(void **state);

/* Our end of a new connection, non-blocking. */
int rig_connect(struct tls *tls);
void rig_turn(void);
/* Answers one that waits. */
void rig_answer(uint32_t index, const char *text);
/* As at the tick, `ms` from now, for all sessions. */
void rig_tick_later(uint64_t ms);

#endif
