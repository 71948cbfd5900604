/* See hub.h. */
#include "engine/http/hub.h"

#include "engine/api/directory.h"
#include "engine/domain/state.h"
#include "engine/system/clock.h"

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

bool hub_has_news(const struct command *command, const struct outcome *outcome)
{
	bool is_new = command->kind == COMMAND_KIND_CREDENTIAL_CREATE ||
		      command->kind == COMMAND_KIND_CREDENTIAL_CERTIFY ||
		      command->kind == COMMAND_KIND_CREDENTIAL_ROTATE;

	return is_new && !outcome->replayed && result_is_success(outcome->result);
}

void hub_read_news(const struct state *state, struct credential_id id, struct hub_news *ret_news)
{
	const struct credential *credential = state_credential(state, id);
	const struct credential *former;

	ASSERT(credential != NULL);
	former = state_credential(state, credential->predecessor);
	*ret_news = (struct hub_news){.id = id, .credential = *credential};
	ret_news->principal = *state_principal(state, credential->principal);
	if (former != NULL)
		ret_news->former = *former;
}

void hub_learn_credential(struct hub *hub, const struct hub_news *news)
{
	struct credential_id former = news->credential.predecessor;

	access_put_principal(hub->access, news->credential.principal, &news->principal);
	access_put_credential(hub->access, news->id, &news->credential);
	if (former.raw != 0)
		access_put_credential(hub->access, former, &news->former);
}

bool hub_learns(uint8_t command)
{
	return directory_learns(command) || command == COMMAND_KIND_CREDENTIAL_CREATE ||
	       command == COMMAND_KIND_CREDENTIAL_CERTIFY ||
	       command == COMMAND_KIND_CREDENTIAL_ROTATE ||
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
