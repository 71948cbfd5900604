/* See credential.h. Only what the ledger keeps leaves this machine: fingerprint, issuer's name,
 * end. */
#include "cli/credential.h"

#include "cli/act.h"
#include "engine/auth/certificate.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"
#include "engine/domain/command.h"

#include <stdio.h>
#include <string.h>

/* As if it had been typed; what was typed comes first. */
static void give_flag(struct arguments *arguments, const char *name, const char *value)
{
	if (arguments_flag(arguments, name) != NULL)
		return;
	ASSERT(arguments->flag_count < ARGUMENTS_MAX);
	arguments->flags[arguments->flag_count++] = (struct argument_flag){name, value, false};
}

int credential_verb(struct session *session, const char *noun, const char *verb)
{
	struct arguments *arguments = &session->arguments;
	struct certificate certificate;
	char digits[2 * CERTIFICATE_HASH_SIZE + 1] = "";

	if (strcmp(noun, "credential") != 0 || strcmp(verb, "add") != 0)
		return -1;
	const char *path = arguments_flag(arguments, "pem");
	if (path == NULL)
		return act_run(session, COMMAND_KIND_CREDENTIAL_CREATE);
	enum result result = certificate_read(path, &certificate);
	if (result != RESULT_OK) {
		session_usage("%s: no certificate in PEM is there to be read", path);
		return result_info(result)->exit;
	}
	text_hex_encode(certificate.fingerprint, CERTIFICATE_HASH_SIZE, digits);
	give_flag(arguments, "fingerprint", digits);
	give_flag(arguments, "issuer", certificate.issuer);
	give_flag(arguments, "expires-at", certificate.ends);
	return act_run(session, COMMAND_KIND_CREDENTIAL_CERTIFY);
}
