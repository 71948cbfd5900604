/* Commands of any kind with plausible, odd and wild inputs, for tests that must survive them. */
#ifndef TESTS_SUPPORT_RANDOM_COMMAND_H
#define TESTS_SUPPORT_RANDOM_COMMAND_H

#include "tests/support/domain_fixture.h"
#include "tests/support/random.h"

/* A command that a client could send, by a principal that may mostly send it. */
struct command random_command(struct test_random *random, const struct fixture *fixture);

#endif
