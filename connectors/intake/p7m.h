/* Signed files (.p7m): the content of a CMS SignedData, with its signature verified or only
 * unwrapped. DER, PEM, or the bare base64 that mail makes of it; a signed file inside a signed one,
 * some layers deep. What is signed is only read: who signed is not kept. */
#ifndef CONNECTORS_INTAKE_P7M_H
#define CONNECTORS_INTAKE_P7M_H

#include "engine/base/result.h"

#include <stdbool.h>

#define P7M_LAYERS_MAX 3u
#define P7M_SIZE_MAX   (16u << 20) /* bytes of a file and of its content */
#define P7M_FAULT_SIZE 200u

struct p7m {
	char *bytes; /* the content, NUL after it */
	uint32_t size;
	uint32_t layers; /* 0: the file was not signed */
};

/* Does the file look signed? By its first bytes; a name proves nothing. */
bool p7m_is_signed(struct slice file);

/* Takes a file as it is, or out of its signatures. `authorities`: PEM file of certificates that are
 * trusted, to which each signature and chain is verified; NULL: unwrapped only. RESULT_OK;
 * RESULT_BAD_REQUEST: not a signed file, or one without content; RESULT_CHECK_FAILED: a signature
 * or chain does not hold; RESULT_NOT_FOUND: no authorities; RESULT_BODY_TOO_LARGE: too large, or
 * too many layers; RESULT_OUT_OF_MEMORY. The content must be freed, in every case. */
MUST_CHECK enum result p7m_open(struct slice file, const char *authorities, struct p7m *ret_content,
				char ret_fault[P7M_FAULT_SIZE]);
void p7m_free(struct p7m *content);

#endif
