/* Every role's rights, cell by cell: a change here is a change of who sees whom. */
#include "engine/vault/rights.h"

#include "engine/base/field.h"
#include "engine/vault/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A row per role; a column per field in the order of schemas/vault.def: r read, w read and write,
 * - nothing; then search, export, erase, log, rotate. */
static const struct {
	uint8_t role;
	const char *fields;
	const char *acts;
} matrix[] = {
    {ROLE_ADMINISTRATOR, "---------------------", "----R"},
    {ROLE_ASSEMBLY, "---------------------", "-----"},
    {ROLE_POLITICAL_BOARD, "---------------------", "-----"},
    {ROLE_CAPOFILA, "---------------------", "-----"},
    {ROLE_CONSORTIUM, "---------------------", "-----"},
    {ROLE_UDP_OFFICER, "wwwwwwwwwwwwwwwwwwwww", "S----"},
    {ROLE_UDP_MANAGER, "rrrrrrrrrrrrrrrrrrrrr", "SXELR"},
    {ROLE_SOCIAL_WORKER, "wwwwwwwwwwwwwwwwwwwww", "SX---"},
    {ROLE_SUBAMBITO_COORD, "-rr----rr------------", "-----"},
    {ROLE_COMUNE_ADMIN, "rrrrrrrrrrrrr--------", "-----"},
    {ROLE_COMUNE_SOCIAL, "rrrrrrrrrrrrr-rrrrrrr", "S----"},
    {ROLE_FINANCE, "---------------------", "-----"},
    {ROLE_PROVIDER, "-rr------rrrr--rrr---", "-----"},
    {ROLE_OPERATOR, "---------------------", "-----"},
    {ROLE_BENEFICIARY, "rrrrrrrrrrrrrrrrrrrrr", "-X-L-"},
    {ROLE_ACCREDITOR, "---------------------", "-----"},
    {ROLE_AUDITOR, "---------------------", "---L-"},
    {ROLE_REGION_ATS, "---------------------", "-----"},
    {ROLE_SYSTEM, "---------------------", "-----"},
    {ROLE_TREASURER, "---------------------", "-----"},
    {ROLE_COURIER, "---------------------", "-----"},
};

static void every_cell(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < sizeof(matrix) / sizeof(matrix[0]); i++) {
		struct rights rights = rights_of(matrix[i].role);
		const char *acts = matrix[i].acts;

		assert_int_equal(strlen(matrix[i].fields), VAULT_FIELD_END - 1);
		assert_int_equal((rights.read | rights.write) & ~VAULT_FIELDS_ALL, 0);
		for (uint32_t field = 1; field < VAULT_FIELD_END; field++) {
			char cell = matrix[i].fields[field - 1];
			bool reads = (rights.read & VAULT_FIELD_BIT(field)) != 0;
			bool writes = (rights.write & VAULT_FIELD_BIT(field)) != 0;

			if (reads != (cell != '-') || writes != (cell == 'w'))
				fail_msg("role %u, field %s", matrix[i].role,
					 person_field(field)->name);
		}
		assert_int_equal(rights.may_search, acts[0] == 'S');
		assert_int_equal(rights.may_export, acts[1] == 'X');
		assert_int_equal(rights.may_erase, acts[2] == 'E');
		assert_int_equal(rights.may_read_log, acts[3] == 'L');
		assert_int_equal(rights.may_rotate, acts[4] == 'R');
	}
}

/* A new role has no right until it stands in the matrix. */
static void nobody_is_left_out(void **state)
{
	static const struct rights none;
	bool known[256] = {false};

	(void)state;
	for (uint32_t i = 0; i < sizeof(matrix) / sizeof(matrix[0]); i++)
		known[matrix[i].role] = true;
	for (uint32_t role = 0; role < 256; role++) {
		struct rights rights = rights_of((uint8_t)role);

		assert_int_equal(known[role], enum_name(&enum_role, (uint8_t)role) != NULL);
		if (!known[role])
			assert_true(rights.read == none.read && rights.write == none.write &&
				    !rights.may_search && !rights.may_export &&
				    !rights.may_erase && !rights.may_read_log &&
				    !rights.may_rotate);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_cell),
	    cmocka_unit_test(nobody_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
