/* See vault_world.h. */
#include "tests/unit/vault/vault_world.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void vault_world_make(struct vault_world *world, const char *name)
{
	char copies[TEST_FOLDER_SIZE];

	memset(world, 0, sizeof(*world));
	test_folder_make(name, world->folder);
	(void)snprintf(copies, sizeof(copies), "%s_copies", name);
	test_folder_make(copies, world->copies);
	for (uint32_t i = 0; i < CIPHER_KEY_SIZE; i++) {
		world->master.bytes[i] = (uint8_t)(i + 1);
		world->former.bytes[i] = (uint8_t)(i + 101);
	}
}

enum result vault_world_open(struct vault_world *world)
{
	const struct vault_config config = {
	    .folder = world->folder,
	    .copies_folder = world->copies,
	    .master = &world->master,
	    .former = world->has_former ? &world->former : NULL,
	    .map_size = UINT64_C(64) << 20,
	    .unsafe_filesystem = true,
	};

	ASSERT(world->vault == NULL);
	return vault_open(&config, &world->vault);
}

void vault_world_close(struct vault_world *world)
{
	vault_close(world->vault);
	world->vault = NULL;
}

struct vault_access vault_world_access(uint32_t person)
{
	return (struct vault_access){.person = person,
				     .principal = 7,
				     .purpose = VAULT_PURPOSE_CASE_WORK,
				     .at = {1000}};
}

enum result vault_world_write(struct vault_world *world, uint32_t person, uint8_t field,
			      const char *text)
{
	struct vault_access access = vault_world_access(person);
	char memory[VAULT_VALUE_SIZE_MAX];
	struct vault_value value = {.field = field, .text = {memory, 0}};

	ASSERT(person_field_normalise(person_field(field), slice_from_text(text), memory,
				      &value.text.size));
	return vault_write(world->vault, &access, &value, 1);
}

bool vault_world_has(struct vault_world *world, uint32_t person, uint8_t field, const char *text)
{
	struct vault_access access = vault_world_access(person);
	struct vault_values values;

	if (vault_read(world->vault, &access, VAULT_ACT_READ, VAULT_FIELD_BIT(field), &values) !=
	    RESULT_OK)
		return false;
	if (values.count == 0)
		return text[0] == '\0';
	return values.values[0].field == field &&
	       slice_equals_text(values.values[0].text, text);
}

enum result vault_world_read(struct vault_world *world, uint32_t person)
{
	struct vault_access access = vault_world_access(person);
	struct vault_values values;

	return vault_read(world->vault, &access, VAULT_ACT_READ, VAULT_FIELDS_ALL, &values);
}

uint32_t vault_world_find(struct vault_world *world, uint8_t field, const char *text)
{
	struct vault_access access = vault_world_access(0);
	const struct vault_value value = {field, slice_from_text(text)};
	struct vault_found found;

	ASSERT(vault_search(world->vault, &access, &value, &found) == RESULT_OK);
	ASSERT(found.count <= 1 && !found.more);
	return found.count == 0 ? 0 : found.persons[0];
}

static bool file_holds(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "rb");
	char *content = NULL;
	bool found;
	long length;

	ASSERT(file != NULL && fseek(file, 0, SEEK_END) == 0);
	length = ftell(file);
	ASSERT(length >= 0 && fseek(file, 0, SEEK_SET) == 0);
	content = malloc((size_t)length + 1);
	ASSERT(content != NULL && fread(content, 1, (size_t)length, file) == (size_t)length);
	found = memmem(content, (size_t)length, bytes, size) != NULL;
	free(content);
	(void)fclose(file);
	return found;
}

bool vault_world_grep(const char *folder, const void *bytes, size_t size)
{
	DIR *stream = opendir(folder);
	bool found = false;

	ASSERT(stream != NULL);
	for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
		char path[2048];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		found = found || file_holds(path, bytes, size);
	}
	(void)closedir(stream);
	return found;
}
