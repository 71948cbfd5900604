/* What the tests of payment files share: a body that pays, rows as the ledger makes them, trees
 * with one thing changed, golden files, schemas. */
#ifndef TESTS_UNIT_CONNECTORS_PAYMENT_CASES_H
#define TESTS_UNIT_CONNECTORS_PAYMENT_CASES_H

#include "connectors/format/finding.h"
#include "connectors/format/liquidation.h"
#include "connectors/format/payer.h"
#include "connectors/format/tree.h"
#include "tests/support/random.h"

#define CASES_ROWS		4u
#define CASES_SET(member, text) cases_set(member, sizeof(member), text)

void cases_set(char *member, size_t size, const char *text);

/* A comune with a treasurer and an ordinary account; synthetic. */
struct payer cases_payer(void);

/* An invoice with split payment, one without VAT, a buono, and a second buono of the same impegno.
 * Names and reasons hold accents and signs. */
void cases_rows(struct liquidation_row rows[CASES_ROWS]);

/* Any row that the ledger could make. */
struct liquidation_row cases_random_row(struct test_random *random, uint32_t number);

/* The node of a path below the root: "a/b[2]/c" (the second b); fails where there is none. */
struct tree_node *cases_node(const struct tree_node *root, const char *path);
void cases_set_text(const struct tree_node *root, const char *path, const char *text);
void cases_set_attribute(const struct tree_node *root, const char *path, const char *name,
			 const char *value);
/* Takes the node, or the attribute, out of the tree. */
void cases_drop(const struct tree_node *root, const char *path);
void cases_drop_attribute(const struct tree_node *root, const char *path, const char *name);

/* The tree's bytes are those of the golden file (GOLDEN_WRITE=1 writes it instead). */
void cases_compare_golden(const struct tree_node *root, const char *path);

/* Validates against a schema of the publishers; where the folder is absent, says so and passes. */
void cases_validate(const struct tree_node *root, const char *schema);
/* The same bytes, read back into the arena. */
const struct tree_node *cases_through_bytes(const struct tree_node *root, struct arena *arena);

/* Exactly one finding refuses, and it is this one. */
void cases_expect_one(const struct findings *findings, enum finding_code code, uint32_t at,
		      const char *field);
void cases_expect_none_refused(const struct findings *findings);

#endif
