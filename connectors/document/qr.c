/* QR codes with libqrencode: see qr.h. */
#include "connectors/document/qr.h"

#include <qrencode.h>
#include <string.h>

enum result qr_make(struct slice text, struct qr *ret_qr)
{
	ASSERT(ret_qr != NULL);
	char whole[QR_TEXT_SIZE + 1];
	if (text.size == 0 || text.size > QR_TEXT_SIZE || memchr(text.data, '\0', text.size))
		return RESULT_FIELD_INVALID;
	memcpy(whole, text.data, text.size);
	whole[text.size] = '\0';
	QRcode *code = QRcode_encodeString8bit(whole, 0, QR_ECLEVEL_M);
	if (code == NULL)
		return RESULT_OUT_OF_MEMORY;
	ASSERT(code->width > 0 && code->width <= (int)QR_MODULES_MAX);
	ret_qr->side = (uint32_t)code->width;
	for (uint32_t i = 0; i < ret_qr->side * ret_qr->side; i++)
		ret_qr->is_black[i] = code->data[i] & 1;
	QRcode_free(code);
	return RESULT_OK;
}
