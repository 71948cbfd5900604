/* Lists of the API, page after page: paths, order, pages of nothing, what cannot be read. */
#include "connectors/pages/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

struct ledger {
	const char
	    *pages[4]; /* bodies, in the order in which they are asked for; NULL: no answer */
	const char *paths[4]; /* what must be asked */
	size_t asked;
};

static json_t *fetch(void *context, const char *path)
{
	struct ledger *ledger = context;
	json_error_t error;
	assert_true(ledger->asked < 4);
	assert_non_null(ledger->paths[ledger->asked]);
	assert_string_equal(path, ledger->paths[ledger->asked]);
	const char *body = ledger->pages[ledger->asked++];
	return body == NULL ? NULL : json_loads(body, 0, &error);
}

/* The sum of what is read, at most so many items. */
static bool add_up(struct ledger *ledger, const char *list, size_t most, json_int_t *ret_sum)
{
	struct pages pages = {.fetch = fetch, .context = ledger, .list = list};
	const json_t *item;
	*ret_sum = 0;
	for (size_t i = 0; i < most && (item = pages_next(&pages)) != NULL; i++)
		*ret_sum = *ret_sum * 10 + json_integer_value(item);
	return pages_close(&pages);
}

static void pages_in_their_order(void **state)
{
	struct ledger ledger = {.pages = {"{\"items\":[1,2],\"next_cursor\":\"c2\"}",
					  "{\"items\":[],\"next_cursor\":\"c9\"}",
					  "{\"items\":[3]}"},
				.paths = {"/v1/x?a=b&limit=1000", "/v1/x?a=b&limit=1000&cursor=c2",
					  "/v1/x?a=b&limit=1000&cursor=c9"}};
	json_int_t sum;
	(void)state;
	assert_true(add_up(&ledger, "/v1/x?a=b", 9, &sum));
	assert_int_equal(sum, 123);
	assert_int_equal(ledger.asked, 3);
}

static void a_list_without_filters_and_of_nothing(void **state)
{
	struct ledger ledger = {.pages = {"{\"items\":[],\"next_cursor\":\"\"}"},
				.paths = {"/v1/x?limit=1000"}};
	json_int_t sum;
	(void)state;
	assert_true(add_up(&ledger, "/v1/x", 9, &sum));
	assert_int_equal(sum, 0);
}

static void a_walk_that_is_left(void **state)
{
	struct ledger ledger = {.pages = {"{\"items\":[4,5],\"next_cursor\":\"c2\"}"},
				.paths = {"/v1/x?limit=1000"}};
	json_int_t sum;
	(void)state;
	assert_true(add_up(&ledger, "/v1/x", 2, &sum));
	assert_int_equal(sum, 45);
	assert_int_equal(ledger.asked, 1); /* the next page is nobody's wish */
}

static void what_cannot_be_read(void **state)
{
	static const char head[] = "{\"items\":[1],\"next_cursor\":\"";
	static const char tail[] = "\"}";
	static char cursor[PAGES_CURSOR_SIZE + 64];
	static char list[PAGES_PATH_SIZE + 8];
	memset(cursor, 'c', sizeof(cursor) - 1);
	memcpy(cursor, head, sizeof(head) - 1);
	memcpy(cursor + sizeof(cursor) - sizeof(tail), tail, sizeof(tail));
	memset(list, 'x', sizeof(list) - 1);
	const char *const bodies[] = {NULL, "{}", "[1]", "{\"items\":3}", cursor};
	json_int_t sum;
	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct ledger ledger = {.pages = {bodies[i]}, .paths = {"/v1/x?limit=1000"}};
		assert_false(add_up(&ledger, "/v1/x", 9, &sum));
		assert_int_equal(ledger.asked, 1);
	}
	struct ledger second = {.pages = {"{\"items\":[7],\"next_cursor\":\"c7\"}", NULL},
				.paths = {"/v1/x?limit=1000", "/v1/x?limit=1000&cursor=c7"}};
	assert_false(add_up(&second, "/v1/x", 9, &sum));
	assert_int_equal(sum, 7);
	struct ledger none = {.asked = 0};
	assert_false(add_up(&none, list, 9, &sum)); /* too long to be asked */
	assert_int_equal(none.asked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pages_in_their_order),
	    cmocka_unit_test(a_list_without_filters_and_of_nothing),
	    cmocka_unit_test(a_walk_that_is_left),
	    cmocka_unit_test(what_cannot_be_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
