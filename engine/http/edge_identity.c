/* Who asks: by the bearer token of the request, or by the client certificate of the connection.
 * What was shown last on the connection is remembered; whether it still opens is asked of the table
 * with each request.
 *
 *	token			its principal, if it is bound to no certificate or to the one shown
 *	certificate alone	its principal
 *	certificate_roles	a token of such a role opens beside its principal's certificate
 */
#include "engine/base/text.h"
#include "engine/http/edge.h"
#include "engine/http/tls_client.h"

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

/* What the connection's certificate opens now; credential 0: nothing. */
static struct access_grant edge_peer(struct edge *edge, struct session *session)
{
	static const struct access_grant none;
	struct session_peer *peer = &session->peer;
	const SSL *ssl = session->wire.ssl;
	struct instant now = hub_now(edge->hub);
	struct slice issuer;

	if (ssl == NULL)
		return none;
	if (!peer->is_looked_at) {
		peer->is_looked_at = true;
		peer->generation = tls_generation(ssl);
		peer->is_shown = tls_client_shown(ssl, &peer->certificate);
	}
	if (!peer->is_shown || !tls_still_vouches(ssl, &peer->generation))
		return none;
	if (peer->grant.credential.raw != 0 && access_still(edge->hub->access, peer->grant, now))
		return peer->grant;
	issuer = slice_from_text(peer->certificate.issuer);
	if (access_find_certificate(edge->hub->access, peer->certificate.fingerprint, issuer, now,
				    &peer->grant) != RESULT_OK)
		peer->grant = none;
	return peer->grant;
}

static enum result edge_try_token(struct edge *edge, struct session *session, struct slice text,
				  struct access_grant *ret_grant)
{
	enum result result = RESULT_OK;

	if (text.size != session->token_size || !token_text_equals(text.data, session->token))
		result = edge_find_token(edge, session, text);
	else if (!access_still(edge->hub->access, session->grant, hub_now(edge->hub)))
		result = RESULT_UNAUTHENTICATED;
	*ret_grant = session->grant;
	return result;
}

/* Does the connection show what this token, or its principal's role, asks for besides? */
static bool edge_is_accompanied(struct edge *edge, struct session *session,
				const struct access_grant *grant, uint8_t role)
{
	bool is_bound = grant->certificate.raw != 0;
	bool is_asked = (edge->hub->certificate_roles >> role & 1u) != 0;
	struct access_grant peer;

	if (!is_bound && !is_asked)
		return true;
	peer = edge_peer(edge, session);
	if (is_bound && peer.credential.raw != grant->certificate.raw)
		return false;
	return peer.credential.raw != 0 && peer.principal.raw == grant->principal.raw;
}

enum result edge_authenticate(struct edge *edge, struct exchange *exchange)
{
	struct session *session = exchange->session;
	bool has_word = exchange->head->headers[PARSER_AUTHORIZATION].data != NULL;
	struct slice text = edge_bearer(exchange);
	const struct principal *principal;
	struct access_grant grant;

	if (!has_word) {
		grant = edge_peer(edge, session);
		if (grant.credential.raw == 0)
			return RESULT_UNAUTHENTICATED;
	} else if (text.size == 0 ||
		   edge_try_token(edge, session, text, &grant) != RESULT_OK) {
		return RESULT_UNAUTHENTICATED;
	}
	principal = access_principal(edge->hub->access, grant.principal);
	ASSERT(principal != NULL);
	if (has_word && !edge_is_accompanied(edge, session, &grant, principal->role))
		return RESULT_UNAUTHENTICATED;
	exchange->grant = grant;
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
