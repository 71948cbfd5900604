/* A vault in a folder of the test, and short ways to use it. */
#ifndef TESTS_UNIT_VAULT_VAULT_WORLD_H
#define TESTS_UNIT_VAULT_VAULT_WORLD_H

#include "engine/vault/vault.h"
#include "tests/support/test_folder.h"

#include <stdbool.h>
#include <stddef.h>

struct vault_world {
	char folder[TEST_FOLDER_SIZE];
	char copies[TEST_FOLDER_SIZE];
	struct cipher_key master;
	struct cipher_key former;
	bool has_former;
	struct vault *vault;
};

/* Empty folders of these names, a fixed master key, no vault yet. */
void vault_world_make(struct vault_world *world, const char *name);
enum result vault_world_open(struct vault_world *world);
void vault_world_close(struct vault_world *world);

/* Who is 7, why CASE_WORK, when 1,000. */
struct vault_access vault_world_access(uint32_t person);

/* Writes one field, normalised; asserts that it is one. */
enum result vault_world_write(struct vault_world *world, uint32_t person, uint8_t field,
			      const char *text);
/* Is this what stands in the field? "" for nothing. */
bool vault_world_has(struct vault_world *world, uint32_t person, uint8_t field, const char *text);
enum result vault_world_read(struct vault_world *world, uint32_t person);
/* The one person who is found; 0: nobody. */
uint32_t vault_world_find(struct vault_world *world, uint8_t field, const char *text);

/* Does any file of a folder hold these bytes? */
bool vault_world_grep(const char *folder, const void *bytes, size_t size);

#endif
