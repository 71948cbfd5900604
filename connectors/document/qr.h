/* QR codes: a text as black and white modules. Level M, bytes as they are; the quiet zone belongs
 * to who draws. */
#ifndef CONNECTORS_DOCUMENT_QR_H
#define CONNECTORS_DOCUMENT_QR_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/base/slice.h"

#define QR_MODULES_MAX 177u /* a side of the largest code */
#define QR_QUIET       4u   /* modules of white around a code, as its standard asks */
#define QR_TEXT_SIZE   512u /* bytes that we put into one: beyond, it is hard to read on paper */

struct qr {
	uint32_t side;					   /* modules, the quiet zone not counted */
	uint8_t is_black[QR_MODULES_MAX * QR_MODULES_MAX]; /* row by row */
};

/* RESULT_OK; RESULT_FIELD_INVALID: empty, too long, or it holds a NUL; RESULT_OUT_OF_MEMORY. */
MUST_CHECK enum result qr_make(struct slice text, struct qr *ret_qr);

#endif
