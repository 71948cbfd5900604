/* What principals come in with: bearer tokens, of which only the hash is here, and client
 * certificates, of which the fingerprint and the issuer's name are. Each is one record; a principal
 * may have several of both, so that a new one works before the old one ends. Nothing comes back: a
 * revoked credential stays so, and a certificate is registered once (decision 0078). */
#include "engine/base/text.h"
#include "engine/domain/duties.h"
#include "engine/domain/judge.h"

#include <string.h>

#define CREDENTIAL_OVERLAP_MAX_S (90u * 24 * 3600)
#define CREDENTIAL_US_PER_S	 1000000

static_assert(sizeof(((struct credential *)0)->fingerprint) * 2 ==
		  sizeof(((struct command_credential_certify *)0)->fingerprint),
	      "two hexadecimal digits a byte");

static bool is_certificate(const struct credential *credential)
{
	return credential->issuer[0] != '\0';
}

/* Does it open now, to whom it belongs? */
static bool is_good(const struct credential *credential, struct instant now)
{
	bool has_ended =
	    credential->expires_at.us != 0 && !instant_less(now, credential->expires_at);
	return credential->revoked == 0 && !has_ended;
}

/* A validity that has ended before it begins is a mistake. None is as good as any. */
static bool is_to_come(const struct decision *decision, struct instant expires_at)
{
	return expires_at.us == 0 || instant_less(decision->now, expires_at);
}

/* A token is bound to a good certificate of the same principal, or to none. */
static bool may_bind(const struct decision *decision, struct credential_id certificate,
		     struct principal_id principal)
{
	const struct credential *bond = state_credential(decision->state, certificate);
	if (certificate.raw == 0)
		return true;
	return is_certificate(bond) && bond->principal.raw == principal.raw &&
	       is_good(bond, decision->now);
}

static void take_scopes(struct credential *credential,
			const struct command_credential_create *input)
{
	credential->scope_read = input->scope_read;
	credential->scope_visits = input->scope_visits;
	credential->scope_titles = input->scope_titles;
	credential->scope_accounts = input->scope_accounts;
	credential->scope_plan = input->scope_plan;
	credential->scope_register = input->scope_register;
	credential->scope_couriers = input->scope_couriers;
	credential->scope_access = input->scope_access;
}

enum result credential_create(struct decision *decision)
{
	const struct command_credential_create *input =
	    &decision->command->input.credential_create;
	if (!is_to_come(decision, input->expires_at))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "expires_at");
	if (!may_bind(decision, input->certificate, input->principal))
		return judge_field(decision, RESULT_FIELD_INVALID, "certificate");
	struct credential_id id;
	struct credential *credential = effects_create_credential(decision->effects, &id);
	credential->expires_at = input->expires_at;
	credential->principal = input->principal;
	credential->certificate = input->certificate;
	take_scopes(credential, input);
	memcpy(credential->token_hash, input->token_hash, sizeof(credential->token_hash));
	return judge_object(decision, RESULT_OK, RECORD_KIND_CREDENTIAL, id.raw);
}

/* Whoever registered the certificate; none: nobody. A walk: they are few, and registered rarely. */
static struct credential_id find_certificate(const struct state *state, const uint8_t *fingerprint)
{
	uint32_t count = state_count(state, RECORD_KIND_CREDENTIAL);
	for (uint32_t raw = 1; raw <= count; raw++) {
		struct credential_id id = {raw};
		const struct credential *credential = state_credential(state, id);
		if (is_certificate(credential) &&
		    memcmp(credential->fingerprint, fingerprint, sizeof(credential->fingerprint)) ==
			0)
			return id;
	}
	return (struct credential_id){0};
}

enum result credential_certify(struct decision *decision)
{
	const struct command_credential_certify *input =
	    &decision->command->input.credential_certify;
	uint8_t fingerprint[sizeof(((struct credential *)0)->fingerprint)];
	if (!text_hex_decode(JUDGE_TEXT(input->fingerprint), fingerprint, sizeof(fingerprint)))
		return judge_field(decision, RESULT_FIELD_INVALID, "fingerprint");
	if (!is_to_come(decision, input->expires_at))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "expires_at");
	struct credential_id twin = find_certificate(decision->state, fingerprint);
	if (twin.raw != 0)
		return judge_object(decision, RESULT_ALREADY_EXISTS, RECORD_KIND_CREDENTIAL,
				    twin.raw);
	struct credential_id id;
	struct credential *credential = effects_create_credential(decision->effects, &id);
	credential->expires_at = input->expires_at;
	credential->principal = input->principal;
	JUDGE_COPY_TEXT(credential->issuer, input->issuer);
	memcpy(credential->fingerprint, fingerprint, sizeof(fingerprint));
	return judge_object(decision, RESULT_OK, RECORD_KIND_CREDENTIAL, id.raw);
}

/* The old one ends after the overlap, or when it would have ended anyway. */
static void end_after(struct credential *credential, struct instant now, uint32_t overlap_s)
{
	struct instant end = {now.us + (int64_t)overlap_s * CREDENTIAL_US_PER_S};
	if (credential->expires_at.us == 0 || instant_less(end, credential->expires_at))
		credential->expires_at = end;
}

enum result credential_rotate(struct decision *decision)
{
	const struct command_credential_rotate *input =
	    &decision->command->input.credential_rotate;
	const struct credential *former = state_credential(decision->state, input->credential);
	if (is_certificate(former))
		return judge_field(decision, RESULT_FIELD_INVALID, "credential");
	if (!is_good(former, decision->now))
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_CREDENTIAL,
				    input->credential.raw);
	if (input->overlap_s > CREDENTIAL_OVERLAP_MAX_S)
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "overlap_s");
	if (!is_to_come(decision, input->expires_at))
		return judge_field(decision, RESULT_FIELD_OUT_OF_RANGE, "expires_at");
	if (!may_bind(decision, input->certificate, former->principal))
		return judge_field(decision, RESULT_FIELD_INVALID, "certificate");
	struct credential_id id;
	struct credential *credential = effects_create_credential(decision->effects, &id);
	*credential = *former;
	if (input->certificate.raw != 0)
		credential->certificate = input->certificate;
	credential->expires_at = input->expires_at;
	credential->predecessor = input->credential;
	memcpy(credential->token_hash, input->token_hash, sizeof(credential->token_hash));
	end_after(effects_edit_credential(decision->effects, input->credential), decision->now,
		  input->overlap_s);
	return judge_object(decision, RESULT_OK, RECORD_KIND_CREDENTIAL, id.raw);
}

enum result credential_revoke(struct decision *decision)
{
	struct credential_id id = decision->command->input.credential_revoke.credential;
	struct credential *credential = effects_edit_credential(decision->effects, id);
	if (credential->revoked != 0)
		return judge_object(decision, RESULT_ILLEGAL_TRANSITION, RECORD_KIND_CREDENTIAL,
				    id.raw);
	credential->revoked = 1;
	return judge_object(decision, RESULT_OK, RECORD_KIND_CREDENTIAL, id.raw);
}
