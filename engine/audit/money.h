/* The auditor's own arithmetic: whole cents, products 128 bits wide. Shared with nobody. */
#ifndef ENGINE_AUDIT_MONEY_H
#define ENGINE_AUDIT_MONEY_H

#include <stdint.h>

/* number × times / by, rounded half-up; by > 0, neither factor negative. */
int64_t money_part(int64_t number, int64_t times, int64_t by);

/* The parts of `total` by weight, largest remainder, ties by place. Parts add up to the total when
 * a weight is not zero. `weights` and `ret_parts` hold `count`. */
void money_divide(int64_t total, const int64_t *weights, uint32_t count, int64_t *ret_parts);

/* Euro and cents of an amount, for messages: "-12,34". */
struct money_text {
	char text[32];
};
struct money_text money_text(int64_t cents);

#endif
