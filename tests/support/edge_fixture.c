/* A small ledger of the Cremasco: see edge_fixture.h. */
#include "tests/support/edge_fixture.h"

#include "engine/base/index.h"
#include "engine/domain/apply.h"
#include "tests/support/rome_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *memory_of(size_t size)
{
	size_t rounded = (size + 63) / 64 * 64;
	void *memory = aligned_alloc(64, rounded);
	if (memory == NULL)
		abort();
	memset(memory, 0, rounded);
	return memory;
}

static uint64_t reference_hash(void *self, struct provider_id provider, struct slice text)
{
	(void)self;
	return hash64(text.data, text.size, provider.raw);
}

static uint64_t code_hash(void *self, const struct check_code *code)
{
	(void)self;
	return hash64(code->bytes, sizeof(code->bytes), 7);
}

static void digest(void *self, struct slice input, uint8_t ret_digest[API_DIGEST_SIZE])
{
	(void)self;
	uint64_t low = hash64(input.data, input.size, 11);
	uint64_t high = hash64(input.data, input.size, 13);
	memcpy(ret_digest, &low, 8);
	memcpy(ret_digest + 8, &high, 8);
}

static void put(struct fixture *fixture, enum record_kind kind, uint32_t id, const void *record)
{
	if (!apply_record(&fixture->state, kind, id, record))
		abort();
}

static void fill(struct fixture *fixture)
{
	put(fixture, RECORD_KIND_LEDGER, 1,
	    &(struct ledger){.clock = {INT64_C(1772700000000000)}}); /* 5 March 2026 */
	put(fixture, RECORD_KIND_AMBITO, 1, &(struct ambito){.code = "CREMA", .name = "Crema"});
	put(fixture, RECORD_KIND_SUB_AMBITO, 1,
	    &(struct sub_ambito){.code = "SUB1", .name = "Pandino", .ambito = {1}, .ordinal = 1});
	put(fixture, RECORD_KIND_COMUNE, 1,
	    &(struct comune){.istat_code = "019067",
			     .cadastral_code = "G306",
			     .name = "Pandino",
			     .ambito = {1},
			     .sub_ambito = {1}});
	put(fixture, RECORD_KIND_COMUNE, 2,
	    &(struct comune){.istat_code = "019035",
			     .cadastral_code = "D142",
			     .name = "Crema",
			     .ambito = {1},
			     .sub_ambito = {1}});
	put(fixture, RECORD_KIND_SERVICE, 1,
	    &(struct service){
		.code = "SAD_OSS", .name = "Home help", .ambito = {1}, .unit = UNIT_MINUTE});
	put(fixture, RECORD_KIND_SERVICE, 2,
	    &(struct service){
		.code = "SAD_ASA", .name = "Home help", .ambito = {1}, .unit = UNIT_MINUTE});
	put(fixture, RECORD_KIND_FUND, 1,
	    &(struct fund){.code = "FNPS", .name = "Fondo nazionale", .ambito = {1}});
	put(fixture, RECORD_KIND_PAYING_BODY, 1,
	    &(struct paying_body){.code = "CREMA-CAPO", .ambito = {1}});
	put(fixture, RECORD_KIND_DESTINATION, 1,
	    &(struct destination){.code = "TESORERIA", .ambito = {1}});
	put(fixture, RECORD_KIND_MEASURE, 1,
	    &(struct measure){.code = "B2",
			      .name = "Misura B2",
			      .ambito = {1},
			      .kind = TITLE_KIND_VOUCHER});
	put(fixture, RECORD_KIND_FUND_YEAR, 1,
	    &(struct fund_year){
		.fund = {1}, .ambito = {1}, .year = 2026, .state = FUND_YEAR_STATE_OPEN});
	put(fixture, RECORD_KIND_PROVIDER, 1,
	    &(struct provider){.code = "ALFA",
			       .legal_name = "ALFA cooperativa sociale",
			       .ambito = {1},
			       .kind = PROVIDER_KIND_SOCIAL_COOP});
	put(fixture, RECORD_KIND_PRINCIPAL, 1,
	    &(struct principal){
		.code = "ALFA-UFFICIO", .provider = {1}, .role = ROLE_PROVIDER, .active = 1});
}

struct fixture *fixture_make(void)
{
	struct fixture *fixture = memory_of(sizeof(*fixture));
	struct state_limits limits = state_limits_for(16, 16);
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++)
		if (limits.capacity[kind] > 256)
			limits.capacity[kind] = 256;
	fixture->state_memory = memory_of(state_size_bytes(&limits));
	state_init(&fixture->state, &limits, fixture->state_memory);
	fill(fixture);
	fixture->directory_memory = memory_of(directory_size_bytes(&limits));
	if (!directory_init(&fixture->directory, &limits, &fixture->state,
			    fixture->directory_memory))
		abort();
	route_table_init(&fixture->routes);
	fixture->arena_memory = memory_of(FIXTURE_ARENA);
	arena_init(&fixture->arena, fixture->arena_memory, FIXTURE_ARENA);
	fixture->context = (struct api_context){
	    .directory = &fixture->directory,
	    .zone = rome_zone(),
	    .routes = &fixture->routes,
	    .secret = {NULL, reference_hash, code_hash, digest},
	};
	fixture->request = (struct api_request){
	    .context = &fixture->context,
	    .arena = &fixture->arena,
	    .caller = {FIXTURE_PRINCIPAL},
	    .principal =
		*state_principal(&fixture->state, (struct principal_id){FIXTURE_PRINCIPAL}),
	    .key = slice_from_text("k-1"),
	    .instance = slice_from_text("urn:uuid:0"),
	    .language = RESULT_LANGUAGE_EN,
	};
	fixture->scope = key_scope_of(&fixture->request);
	fixture->request.scope = &fixture->scope; /* single lines are read as if of one batch */
	return fixture;
}

void fixture_free(struct fixture *fixture)
{
	directory_deinit(&fixture->directory);
	free(fixture->state_memory);
	free(fixture->directory_memory);
	free(fixture->arena_memory);
	free(fixture);
}

struct route fixture_route(struct fixture *fixture, const char *method, const char *target)
{
	struct route route;
	enum result result = route_find(&fixture->routes, slice_from_text(method),
					slice_from_text(target), &fixture->arena, &route);
	if (result != RESULT_OK) {
		(void)fprintf(stderr, "%s %s: %s\n", method, target, result_code(result));
		abort();
	}
	return route;
}

struct api_buffer fixture_buffer(uint32_t size)
{
	char *data = malloc(size);
	if (data == NULL)
		abort();
	return (struct api_buffer){.data = data, .size = size};
}

uint32_t fixture_escape(struct slice line, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const char *quote = line.size == 0 ? NULL : memchr(line.data, '"', line.size);
	uint32_t at = quote == NULL ? line.size : (uint32_t)(quote + 1 - line.data);
	if (at == line.size)
		return line.size;
	unsigned char byte = (unsigned char)line.data[at];
	if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
		return line.size;
	const char escape[] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
	memcpy(text, line.data, at);
	memcpy(text + at, escape, sizeof(escape));
	memcpy(text + at + sizeof(escape), line.data + at + 1, line.size - at - 1);
	return at;
}
static_assert(FIXTURE_ESCAPE_SIZE == sizeof("\\u0000") - 2, "one byte becomes six");
