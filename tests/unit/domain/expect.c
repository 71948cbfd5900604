/* One world for each test. */
#include "tests/unit/domain/expect.h"

#include <stdlib.h>

int expect_setup(void **state)
{
	struct fixture *fixture = malloc(sizeof(*fixture));
	if (fixture == NULL)
		return -1;
	fixture_init(fixture);
	*state = fixture;
	return 0;
}

int expect_teardown(void **state)
{
	fixture_deinit(*state);
	free(*state);
	return 0;
}
