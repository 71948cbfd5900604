/* Who asks: the bearer token of the request. What was shown last on the connection is remembered;
 * whether it still opens is asked of the table with each request. */
#include "engine/base/text.h"
#include "engine/http/edge.h"

#include <string.h>

#define BEARER	    "Bearer "
#define BEARER_SIZE 7u

/* The text after "Bearer "; size 0: there is none. */
static struct slice edge_bearer(const struct exchange *exchange)
{
	struct slice given = exchange->head->headers[PARSER_AUTHORIZATION];

	if (given.data == NULL || given.size <= BEARER_SIZE ||
	    !text_equals_ignoring_case((struct slice){given.data, BEARER_SIZE},
				       (struct slice){BEARER, BEARER_SIZE}))
		return (struct slice){NULL, 0};
	return text_trim((struct slice){given.data + BEARER_SIZE, given.size - BEARER_SIZE});
}

/* Looks the token up and remembers it on the connection. */
static enum result edge_find_token(struct edge *edge, struct session *session, struct slice text)
{
	uint8_t hash[TOKEN_HASH_SIZE];
	struct token token;
	enum result result;

	session->token_size = 0;
	if (!token_parse(text, &token))
		return RESULT_UNAUTHENTICATED;
	token_hash(&token, hash);
	result = access_find(edge->hub->access, hash, hub_now(edge->hub), &session->grant);
	if (result != RESULT_OK)
		return result;
	ASSERT(text.size == TOKEN_TEXT_SIZE);
	memcpy(session->token, text.data, text.size);
	session->token_size = text.size;
	return RESULT_OK;
}

enum result edge_authenticate(struct edge *edge, struct exchange *exchange)
{
	struct session *session = exchange->session;
	struct slice text = edge_bearer(exchange);
	const struct principal *principal;
	enum result result = RESULT_OK;

	if (text.size == 0)
		return RESULT_UNAUTHENTICATED;
	if (text.size != session->token_size || !token_text_equals(text.data, session->token))
		result = edge_find_token(edge, session, text);
	else if (!access_still(edge->hub->access, session->grant, hub_now(edge->hub)))
		result = RESULT_UNAUTHENTICATED;
	if (result != RESULT_OK)
		return result;
	if (session->grant.certificate.raw != 0)
		return RESULT_UNAUTHENTICATED;
	exchange->grant = session->grant;
	principal = access_principal(edge->hub->access, exchange->grant.principal);
	ASSERT(principal != NULL);
	exchange->request.caller = exchange->grant.principal;
	exchange->request.principal = *principal;
	return RESULT_OK;
}

bool edge_is_in_scope(const struct exchange *exchange)
{
	const struct route_row *row = exchange->route.row;

	if (exchange->grant.scopes == SCOPES_ALL)
		return true;
	switch ((enum route_kind)row->kind) {
	case ROUTE_COMMAND:
	case ROUTE_CHECK:
	case ROUTE_BATCH:
		return (exchange->grant.scopes &
			scope_of_kind((enum record_kind)command_info(row->command)->object)) != 0;
	case ROUTE_BACKUP:
		return (exchange->grant.scopes & SCOPE_ACCESS) != 0;
	case ROUTE_PERSON:
		if (row->query == ROUTE_PERSON_WRITE || row->query == ROUTE_PERSON_ERASE)
			return (exchange->grant.scopes & SCOPE_TITLES) != 0;
		if (row->query == ROUTE_PERSON_ROTATE)
			return (exchange->grant.scopes & SCOPE_ACCESS) != 0;
		break;
	case ROUTE_QUERY:
	case ROUTE_OPENAPI:
	case ROUTE_STATUS:
	case ROUTE_LIVEZ:
	case ROUTE_READYZ:
		break;
	}
	return (exchange->grant.scopes & SCOPE_READ) != 0;
}
