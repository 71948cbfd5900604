/* Preservation packages as folders: indice.xml (and indice.xml.sig, its
 * Ed25519 signature, where a key is given), documenti/, metadati/. Made whole or told why not;
 * verified against their index. What they say is connectors/format/preservation.h's.
 *
 * A package is a function of the files and the facts: making it again writes the same bytes, and a
 * folder that holds another is left alone. */
#ifndef CONNECTORS_PRESERVATION_PACKAGE_H
#define CONNECTORS_PRESERVATION_PACKAGE_H

#include "connectors/format/preservation.h"
#include "engine/base/result.h"

#define PACKAGE_FILE_MAX   (256u << 20) /* bytes of one file */
#define PACKAGE_FAULT_SIZE 256u

struct package {
	struct preservation_facts facts;
	const char *from;     /* folder whose files go into it */
	const char *to;	      /* folder of the package */
	const char *sign_key; /* PEM file of an Ed25519 private key; NULL: not signed */
	/* SHA-256 that one of the files must have, in hexadecimal: what the ledger sealed; NULL:
	 * none. */
	const char *sealed;
	/* Results. */
	uint32_t count;				  /* of documents */
	char index_sha256[PRESERVATION_HEX_SIZE]; /* of indice.xml */
	char fault[PACKAGE_FAULT_SIZE];
};

/* Makes a package. RESULT_OK; RESULT_NOT_FOUND: no file there; RESULT_FIELD_INVALID: a file's name
 * cannot stand in a package; RESULT_CHECK_FAILED: no file has the sealed hash;
 * RESULT_CONFIG_INVALID: the key is none;
 * RESULT_ALREADY_EXISTS: the folder holds another package; RESULT_BODY_TOO_LARGE,
 * RESULT_OUT_OF_MEMORY, and the results of folder_deliver(). */
MUST_CHECK enum result package_make(struct package *package);

/* Looks at every file. `told` is called with one sentence for each fault. RESULT_OK;
 * RESULT_NOT_FOUND: no index; RESULT_CHECK_FAILED: there are faults (changed, missing and foreign
 * files, an index that cannot be read, or that has not the hash asked for); RESULT_IO_FAILED,
 * RESULT_OUT_OF_MEMORY. */
struct package_check {
	const char *folder;
	const char *index_sha256; /* that the index must have; NULL: any */
	const char *public_key;	  /* PEM file: whose signature the index must have; NULL: any */
	void (*told)(void *context, const char *sentence);
	void *context;
	uint32_t files; /* looked at */
	uint32_t faults;
};
MUST_CHECK enum result package_verify(struct package_check *check);

#endif
