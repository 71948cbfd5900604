/* What an attempt came to: see verdict.h. */
#include "connectors/delivery/verdict.h"

#include "engine/base/assert.h"

struct verdict verdict_make(enum delivery_outcome outcome, uint8_t cause, uint16_t status)
{
	return (struct verdict){
	    .outcome = (uint8_t)outcome, .cause = cause, .status = status, .retry_after = 0};
}

/* Answers that say what must change before the same request can succeed. */
static uint8_t cause_of_refusal(uint16_t status)
{
	if (status >= 300 && status < 400)
		return DELIVERY_CAUSE_REDIRECTED;
	if (status == 401 || status == 403 || status == 407)
		return DELIVERY_CAUSE_NOT_AUTHORISED;
	return status == 413 ? DELIVERY_CAUSE_FILE_TOO_LARGE : DELIVERY_CAUSE_REFUSED;
}

struct verdict verdict_of_status(uint16_t status)
{
	if (status >= 200 && status < 300)
		return verdict_make(DELIVERY_OUTCOME_SENT, 0, status);
	switch (status) {
	case 408: /* request timeout */
	case 425: /* too early */
	case 429: /* too many */
	case 503: /* unavailable: it was not taken */
		return verdict_make(DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_SERVER_ERROR,
				    status);
	case 507:
		return verdict_make(DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_NO_SPACE, status);
	case 501:
	case 505:
		return verdict_make(DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_REFUSED, status);
	default:
		break;
	}
	if (status >= 300 && status < 500)
		return verdict_make(DELIVERY_OUTCOME_NEVER, cause_of_refusal(status), status);
	/* It failed over it, perhaps after it was stored. */
	return verdict_make(DELIVERY_OUTCOME_UNKNOWN, DELIVERY_CAUSE_SERVER_ERROR, status);
}

struct verdict verdict_of_end(enum verdict_end end, bool may_have_arrived)
{
	enum delivery_outcome open =
	    may_have_arrived ? DELIVERY_OUTCOME_UNKNOWN : DELIVERY_OUTCOME_TRY_AGAIN;
	switch (end) {
	case VERDICT_END_UNREACHABLE:
		return verdict_make(DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_UNREACHABLE, 0);
	case VERDICT_END_INTERRUPTED:
		return verdict_make(open, DELIVERY_CAUSE_INTERRUPTED, 0);
	case VERDICT_END_TOO_SLOW:
		return verdict_make(open, DELIVERY_CAUSE_TOO_SLOW, 0);
	case VERDICT_END_NO_SPACE:
		return verdict_make(DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_NO_SPACE, 0);
	case VERDICT_END_REFUSED:
		return verdict_make(open, DELIVERY_CAUSE_REFUSED, 0);
	case VERDICT_END_ANSWER_TOO_LARGE:
		return verdict_make(open, DELIVERY_CAUSE_ANSWER_TOO_LARGE, 0);
	case VERDICT_END_CERTIFICATE:
		return verdict_make(DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_CERTIFICATE, 0);
	case VERDICT_END_HOST_KEY:
		return verdict_make(DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_HOST_KEY, 0);
	case VERDICT_END_NOT_AUTHORISED:
		return verdict_make(DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_NOT_AUTHORISED, 0);
	case VERDICT_END_NOT_FOUND:
		return verdict_make(DELIVERY_OUTCOME_NEVER, DELIVERY_CAUSE_REFUSED, 0);
	case VERDICT_END_SETUP:
		return verdict_make(DELIVERY_OUTCOME_TRY_AGAIN, DELIVERY_CAUSE_NOT_CONFIGURED, 0);
	case VERDICT_END_ANSWERED:
		break;
	}
	ASSERT(false);
	return verdict_make(DELIVERY_OUTCOME_UNKNOWN, DELIVERY_CAUSE_INTERRUPTED, 0);
}

/* splitmix64: a well spread number of a seed. */
static uint64_t mix(uint64_t seed)
{
	seed += UINT64_C(0x9e3779b97f4a7c15);
	seed = (seed ^ seed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	seed = (seed ^ seed >> 27) * UINT64_C(0x94d049bb133111eb);
	return seed ^ seed >> 31;
}

uint32_t verdict_wait_s(uint32_t failures, uint64_t seed, uint32_t base_s, uint32_t most_s,
			uint32_t retry_after_s)
{
	ASSERT(base_s > 0 && most_s >= base_s);
	uint64_t wait = base_s;
	for (uint32_t i = 0; i < failures && wait < most_s; i++)
		wait *= 2;
	wait = wait > most_s ? most_s : wait;
	uint64_t half = wait / 2;
	wait = half + mix(seed ^ failures) % (wait - half + 1);
	uint64_t asked = retry_after_s > VERDICT_RETRY_AFTER_MAX_S ? VERDICT_RETRY_AFTER_MAX_S
								   : retry_after_s;
	wait = asked > wait ? asked : wait;
	return wait == 0 ? 1 : (uint32_t)wait;
}
