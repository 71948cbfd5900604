/* Random structs of any field set, as the codec takes them. */
#ifndef TESTS_SUPPORT_RANDOM_FIELDS_H
#define TESTS_SUPPORT_RANDOM_FIELDS_H

#include "engine/base/field.h"
#include "tests/support/random.h"

/* Fills a struct of set->struct_size bytes: numbers of any value, enumerations that exist or 0, flags
 * of 0 or 1, texts without bytes after their end, lists of any length. */
void random_fields(struct test_random *random, const struct field_set *set, void *ret_record);

#endif
