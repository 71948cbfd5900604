/* The OpenAPI document: complete for the routes, and the file that is checked in says the same.
 *
 * `openapi_test --write schemas/openapi.yaml` writes that file (make openapi). */
#include "engine/api/openapi.h"

#include "tests/unit/api/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DOCUMENT "schemas/openapi.yaml"

static struct route_table routes;

static struct api_buffer buffer_of(uint32_t size)
{
	char *data = malloc(size);
	if (data == NULL)
		abort();
	return (struct api_buffer){.data = data, .size = size};
}

static struct api_buffer document_json(void)
{
	struct api_buffer buffer = buffer_of(OPENAPI_SIZE_MAX);
	route_table_init(&routes);
	openapi_write(&buffer, &routes);
	return buffer;
}

static struct api_buffer document_yaml(void)
{
	struct api_buffer json = document_json();
	struct api_buffer yaml = buffer_of(OPENAPI_SIZE_MAX);
	if (!yaml_from_json((struct slice){json.data, json.used}, &yaml))
		abort();
	free(json.data);
	return yaml;
}

static void every_route_is_in_it(void **state)
{
	(void)state;
	struct api_buffer json = document_json();
	json.data[json.used] = '\0';
	print_message("%u bytes of JSON, %u routes\n", json.used, routes.count);
	for (uint32_t i = 0; i < routes.count; i++) {
		char name[ROUTE_TEMPLATE_SIZE_MAX + 8];
		(void)snprintf(name, sizeof(name), "\"%s\":{", routes.rows[i].path);
		if (strstr(json.data, name) == NULL)
			fail_msg("%s is not in the document", routes.rows[i].path);
	}
	free(json.data);
}

static void the_file_is_current(void **state)
{
	(void)state;
	struct api_buffer yaml = document_yaml();
	struct api_buffer stored = buffer_of(OPENAPI_SIZE_MAX);
	FILE *file = fopen(DOCUMENT, "rb");
	if (file == NULL)
		fail_msg("no " DOCUMENT ": run from the top of the tree, or `make openapi`");
	stored.used = (uint32_t)fread(stored.data, 1, stored.size, file);
	(void)fclose(file);
	if (stored.used != yaml.used || memcmp(stored.data, yaml.data, yaml.used) != 0)
		fail_msg(DOCUMENT " is out of date: run `make openapi` and commit it");
	free(yaml.data);
	free(stored.data);
}

static int write_file(const char *path)
{
	struct api_buffer yaml = document_yaml();
	FILE *file = fopen(path, "wb");
	if (file == NULL || fwrite(yaml.data, 1, yaml.used, file) != yaml.used ||
	    fclose(file) != 0) {
		perror(path);
		return 1;
	}
	printf("%s: %u bytes\n", path, yaml.used);
	free(yaml.data);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_file(argv[2]);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_route_is_in_it),
	    cmocka_unit_test(the_file_is_current),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
