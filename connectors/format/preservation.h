/* The preservation package of an act or an export, as trees: the index (after UNI 11386, SInCRO:
 * what files there are, with their hashes) and the metadata of one file (after AgID, guidelines on
 * electronic documents, annex 5: identifier, subject, registration, producer, format, hash). Pure.
 *
 * Everything comes from the ledger and the files: the same package is made twice alike. */
#ifndef CONNECTORS_FORMAT_PRESERVATION_H
#define CONNECTORS_FORMAT_PRESERVATION_H

#include "connectors/format/tree.h"

#define PRESERVATION_NAME_SIZE 128u /* of a file, with the NUL */
#define PRESERVATION_TEXT_SIZE 200u /* of a fact, with the NUL */
#define PRESERVATION_HEX_SIZE  65u
#define PRESERVATION_FILES_MAX 2000u

/* What a file is in the package. */
enum preservation_role {
	PRESERVATION_DOCUMENT,
	PRESERVATION_MANIFEST,
	PRESERVATION_SIGNATURE,
};

struct preservation_file {
	char name[PRESERVATION_NAME_SIZE];
	char sha256[PRESERVATION_HEX_SIZE];
	uint64_t size; /* bytes */
	enum preservation_role role;
};

/* Texts are NUL-terminated; empty: not known. */
struct preservation_facts {
	char identifier[PRESERVATION_TEXT_SIZE]; /* of the act or export: "exp_3" */
	char kind[PRESERVATION_TEXT_SIZE];	 /* "esportazione di pagamenti" */
	char subject[PRESERVATION_TEXT_SIZE];
	char act[PRESERVATION_TEXT_SIZE];
	char protocol[PRESERVATION_TEXT_SIZE];
	char producer[PRESERVATION_TEXT_SIZE]; /* the public body */
	char ipa_code[PRESERVATION_TEXT_SIZE];
	char tax_code[PRESERVATION_TEXT_SIZE];
	struct day protocol_date;
	struct day closed_on;			/* legal day on which it was closed */
	char closed_at[PRESERVATION_TEXT_SIZE]; /* the same as an instant, RFC 3339 */
};

/* Role and media type by the name's end. */
enum preservation_role preservation_role_of(struct slice name);
const char *preservation_media_of(struct slice name);

/* Letters, digits, dot, dash and underline; not beginning with a dot; short enough. */
bool preservation_name_is_good(struct slice name);

/* The index over documents and their metadata: `files` are the documents, `metadata` the files of
 * metadata in the same order. */
struct preservation_list {
	const struct preservation_file *files;
	const struct preservation_file *metadata;
	uint32_t count;
};
void preservation_index(struct tree *tree, const struct preservation_facts *facts,
			const struct preservation_list *list);

/* The metadata of one document among the package's. */
void preservation_metadata(struct tree *tree, const struct preservation_facts *facts,
			   const struct preservation_list *list, uint32_t which);

/* One file as the index tells it. */
struct preservation_entry {
	char path[PRESERVATION_NAME_SIZE + 16]; /* "documenti/a.pdf" */
	char sha256[PRESERVATION_HEX_SIZE];
	uint64_t size;
};
/* Reads an index: the entry of a File node. False: it lacks something, or names a strange path. */
MUST_CHECK bool preservation_read_entry(const struct tree_node *node,
					struct preservation_entry *ret_entry);

#endif
