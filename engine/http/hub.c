/* See hub.h. */
#include "engine/http/hub.h"

#include "engine/api/directory.h"
#include "engine/system/clock.h"

#include <string.h>

struct instant hub_now(const struct hub *hub)
{
	if (!hub->clock_is_manual)
		return clock_now();
	return (struct instant){atomic_load_explicit(&hub->last_instant_us, memory_order_relaxed)};
}

void hub_saw(struct hub *hub, struct instant at)
{
	int64_t last = atomic_load_explicit(&hub->last_instant_us, memory_order_relaxed);

	while (at.us > last &&
	       !atomic_compare_exchange_weak_explicit(&hub->last_instant_us, &last, at.us,
						      memory_order_relaxed, memory_order_relaxed))
		continue;
}

void hub_learn_credential(struct hub *hub, const struct command *command,
			  const struct outcome *outcome, const struct principal *principal)
{
	const struct command_credential_create *input = &command->input.credential_create;
	struct credential credential = {
	    .expires_at = input->expires_at,
	    .principal = input->principal,
	};

	ASSERT(command->kind == COMMAND_KIND_CREDENTIAL_CREATE && !outcome->replayed);
	access_put_principal(hub->access, input->principal, principal);
	memcpy(credential.token_hash, input->token_hash, sizeof(credential.token_hash));
	access_put_credential(hub->access, (struct credential_id){outcome->object}, &credential);
}

bool hub_learns(uint8_t command)
{
	return directory_learns(command) || command == COMMAND_KIND_CREDENTIAL_CREATE ||
	       command == COMMAND_KIND_CREDENTIAL_REVOKE ||
	       command == COMMAND_KIND_CLOCK_ADVANCE;
}

void hub_learn(struct hub *hub, const struct command *command, const struct outcome *outcome)
{
	if (!result_is_success(outcome->result))
		return;
	directory_learn(hub->directory, command, outcome);
	if (command->kind == COMMAND_KIND_CREDENTIAL_REVOKE)
		access_revoke(hub->access, command->input.credential_revoke.credential);
}
