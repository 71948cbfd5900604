/* What the tests of the edge share: a small ledger of the Cremasco, a caller, and an arena. */
#ifndef TESTS_SUPPORT_EDGE_FIXTURE_H
#define TESTS_SUPPORT_EDGE_FIXTURE_H

#include "engine/api/context.h"
#include "engine/api/directory.h"
#include "engine/api/key.h"
#include "engine/api/route.h"
#include "engine/domain/state.h"

#define FIXTURE_ARENA (512u * 1024u)

/* Ids of what the ledger holds. */
enum {
	FIXTURE_AMBITO = 1,	  /* CREMA */
	FIXTURE_SUB_AMBITO = 1,	  /* SUB1 */
	FIXTURE_COMUNE = 1,	  /* 019067 Pandino */
	FIXTURE_COMUNE_CREMA = 2, /* 019035 */
	FIXTURE_SERVICE = 1,	  /* SAD_OSS */
	FIXTURE_SERVICE_ASA = 2,  /* SAD_ASA */
	FIXTURE_FUND = 1,	  /* FNPS */
	FIXTURE_FUND_YEAR = 1,	  /* FNPS-2026 */
	FIXTURE_PROVIDER = 1,	  /* ALFA */
	FIXTURE_PRINCIPAL = 1,	  /* ALFA-UFFICIO, role PROVIDER */
};

struct fixture {
	struct state state;
	struct directory directory;
	struct route_table routes;
	struct arena arena;
	struct api_context context;
	struct api_request request;
	struct key_scope scope;
	void *state_memory;
	void *directory_memory;
	void *arena_memory;
};

struct fixture *fixture_make(void);
void fixture_free(struct fixture *fixture);

/* The route of a method and target; fails the program when there is none. */
struct route fixture_route(struct fixture *fixture, const char *method, const char *target);

/* Writes the first byte of a JSON line's first name as an escape, which only the parser reads, into
 * `text`, that is so much larger. Returns the place of that byte; the line's size: there is none
 * that can be written so. */
#define FIXTURE_ESCAPE_SIZE 5u
uint32_t fixture_escape(struct slice line, char *text);

/* A buffer over `size` fresh bytes; free its data. */
struct api_buffer fixture_buffer(uint32_t size);

#endif
