/* What titoli-signer is asked, what titolid is answered, and the file of roots, from any bytes: decoding
 * ends, and what was decoded encodes to the same bytes. A proof of any hashes is judged without a crash. */
#include "engine/proof/root.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const struct root_request *request)
{
	static struct merkle *merkle;
	struct merkle_tree from = {.size = request->from};
	if (merkle == NULL && merkle_open(&merkle) != RESULT_OK)
		return;
	from.root = request->tree.root;
	(void)!merkle_extends(merkle, &from, &request->tree, &request->proof);
	(void)!merkle_includes(merkle, &request->tree, request->from, &request->tree.root,
	    &request->proof);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t bytes[ROOT_REQUEST_SIZE] = {0};
	uint8_t again[ROOT_REQUEST_SIZE];
	struct root_request request;
	struct root_answer answer;
	struct root root;
	memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
	if (root_request_decode(bytes, &request)) {
		root_request_encode(&request, again);
		if (memcmp(bytes, again, ROOT_REQUEST_SIZE) != 0)
			abort();
		judge(&request);
	}
	if (root_answer_decode(bytes, &answer)) {
		root_answer_encode(&answer, again);
		if (memcmp(bytes, again, ROOT_ANSWER_SIZE) != 0)
			abort();
	}
	if (root_decode(bytes, &root)) {
		root_encode(&root, again);
		if (memcmp(bytes, again, ROOT_SIZE) != 0)
			abort();
		(void)!root_is_signed(&root);
	}
	return 0;
}
