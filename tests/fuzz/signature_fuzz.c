/* Signatures that others wrote, under any bytes: nothing but the key's own signature holds. */
#include "connectors/delivery/signature.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BYTES slice_from_text("file,righe\n")

static char folder[] = "/tmp/signature-fuzz-XXXXXX";
static char secret[64];
static char open_key[64];

static void forget(void)
{
	(void)unlink(secret);
	(void)unlink(open_key);
	(void)rmdir(folder);
}

static void make_keys(void)
{
	if (mkdtemp(folder) == NULL)
		abort();
	(void)snprintf(secret, sizeof(secret), "%s/a.key", folder);
	(void)snprintf(open_key, sizeof(open_key), "%s/a.pub", folder);
	if (signature_make_keys(secret, open_key) != RESULT_OK || atexit(forget) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char own[SIGNATURE_TEXT_SIZE];
	if (size > 4096)
		return 0;
	if (own[0] == '\0') {
		make_keys();
		if (signature_sign(secret, BYTES, own) != RESULT_OK)
			abort();
	}
	struct slice text = {(const char *)data, (uint32_t)size};
	if (signature_verify(open_key, BYTES, text) == RESULT_OK)
		abort(); /* nobody guesses a signature */
	/* One letter of the right one spoilt, by the input's word. */
	char spoilt[SIGNATURE_TEXT_SIZE];
	memcpy(spoilt, own, sizeof(spoilt));
	if (size >= 2) {
		size_t at = data[0] % SIGNATURE_TEXT_SIZE;
		spoilt[at] = (char)data[1];
		bool is_same = memcmp(spoilt, own, sizeof(own)) == 0;
		struct slice whole = {spoilt, sizeof(spoilt)};
		if ((signature_verify(open_key, BYTES, whole) == RESULT_OK) != is_same)
			abort();
	}
	return 0;
}
