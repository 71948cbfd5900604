/* See exchange.h. */
#include "engine/http/exchange.h"

#include <stdlib.h>
#include <string.h>

enum result exchange_pool_open(struct exchange_pool *pool, uint32_t count)
{
	ASSERT(count > 0);
	*pool = (struct exchange_pool){.count = count};
	/* Zero pages that cost nothing until they are used. */
	pool->all = calloc(count, sizeof(pool->all[0]));
	if (pool->all == NULL)
		return RESULT_OUT_OF_MEMORY;
	for (uint32_t i = count; i > 0; i--) {
		pool->all[i - 1].next_free = pool->free;
		pool->free = &pool->all[i - 1];
	}
	return RESULT_OK;
}

void exchange_pool_close(struct exchange_pool *pool)
{
	ASSERT(pool->in_use == 0);
	free(pool->all);
	*pool = (struct exchange_pool){.count = 0};
}

void exchange_answer_reset(struct exchange *exchange)
{
	exchange->answer = (struct api_buffer){
	    .data = exchange->answer_memory + EXCHANGE_HEAD_SIZE_MAX,
	    .size = EXCHANGE_ANSWER_SIZE_MAX,
	};
}

struct exchange *exchange_take(struct exchange_pool *pool)
{
	struct exchange *exchange = pool->free;

	if (exchange == NULL)
		return NULL;
	pool->free = exchange->next_free;
	pool->in_use++;
	/* The members up to the edge's larger structs; those are filled before they are read. */
	memset(exchange, 0, offsetof(struct exchange, work));
	exchange->batch = NULL;
	exchange->job = NULL;
	exchange->body = exchange->body_memory;
	arena_init(&exchange->arena, exchange->arena_memory, sizeof(exchange->arena_memory));
	exchange_answer_reset(exchange);
	return exchange;
}

void exchange_give(struct exchange_pool *pool, struct exchange *exchange)
{
	ASSERT(exchange >= pool->all && exchange < pool->all + pool->count);
	ASSERT(pool->in_use > 0);
	exchange->session = NULL;
	exchange->next_free = pool->free;
	pool->free = exchange;
	pool->in_use--;
}
