/* See openapi_person.h. */
#include "engine/api/openapi_person.h"

#include "engine/base/assert.h"
#include "schemas/vault.def"

static const struct {
	const char *id;
	const char *summary;
	const char *description;
} words[] = {
    [ROUTE_PERSON_READ] = {"person_read", "Personal data of a beneficiary",
			   "Fields that the role may read, of a person whom it may see; noted with "
			   "who, why and when. Roles: SOCIAL_WORKER, UDP_OFFICER, UDP_MANAGER, "
			   "COMUNE_SOCIAL, COMUNE_ADMIN, SUBAMBITO_COORD, PROVIDER, BENEFICIARY"},
    [ROUTE_PERSON_WRITE] = {"person_write", "Sets personal data of a beneficiary",
			    "All fields given or none; null takes a field away. The same request "
			    "again has the same effect. Roles: SOCIAL_WORKER, UDP_OFFICER"},
    [ROUTE_PERSON_EXPORT] = {"person_export", "All that is kept of a person",
			     "For a request by article 15 of the GDPR. Roles: SOCIAL_WORKER, "
			     "UDP_MANAGER, BENEFICIARY"},
    [ROUTE_PERSON_LOG] = {"person_reads", "Who looked at a person's data, and why",
			  "The latest first. Roles: UDP_MANAGER, AUDITOR, BENEFICIARY"},
    [ROUTE_PERSON_ERASE] = {"person_erase", "Destroys the key of a person's data",
			    "For good, in all copies; the accounts stay, under the number alone. "
			    "Roles: UDP_MANAGER"},
    [ROUTE_PERSON_SEARCH] = {"person_search", "Finds a person by an identifier",
			     "One of tax_code, iban, email, phone, exactly. Roles: SOCIAL_WORKER, "
			     "UDP_OFFICER, UDP_MANAGER, COMUNE_SOCIAL"},
    [ROUTE_PERSON_VAULT] = {"vault_status", "How the vault of personal data stands",
			    "Numbers alone. Roles: ADMINISTRATOR, UDP_MANAGER"},
    [ROUTE_PERSON_ROTATE] = {"vault_rotate", "Gives every person a new key",
			     "While the vault is in use; goes on after a restart. Roles: "
			     "ADMINISTRATOR, UDP_MANAGER"},
};

void openapi_person_words(struct json *json, enum route_person verb)
{
	ASSERT(words[verb].id != NULL);
	json_text_field(json, "operationId", words[verb].id);
	json_text_field(json, "summary", words[verb].summary);
	json_text_field(json, "description", words[verb].description);
}

const char *const *openapi_person_refusals(enum route_person verb)
{
	static const char *const read[] = {"400", "401", "403", "404", "409", NULL};
	static const char *const write[] = {"400", "401", "403", "404", "409", "413", "415", NULL};
	static const char *const reads[] = {"400", "401", "403", "404", NULL};
	static const char *const erase[] = {"400", "401", "403", "404", "413", "415", NULL};
	static const char *const search[] = {"400", "401", "403", "413", "415", NULL};
	static const char *const vault[] = {"400", "401", "403", NULL};
	static const char *const rotate[] = {"400", "401", "403", "413", "415", NULL};
	static const char *const *const lists[] = {
	    [ROUTE_PERSON_READ] = read,	    [ROUTE_PERSON_WRITE] = write,
	    [ROUTE_PERSON_EXPORT] = read,   [ROUTE_PERSON_LOG] = reads,
	    [ROUTE_PERSON_ERASE] = erase,   [ROUTE_PERSON_SEARCH] = search,
	    [ROUTE_PERSON_VAULT] = vault,   [ROUTE_PERSON_ROTATE] = rotate,
	};

	ASSERT(lists[verb] != NULL);
	return lists[verb];
}

/* ---- Schemas ---- */

static void begin(struct json *json, const char *name, const char *type)
{
	json_name(json, name);
	json_object_begin(json);
	json_text_field(json, "type", type);
}

static void simple(struct json *json, const char *name, const char *type)
{
	begin(json, name, type);
	json_object_end(json);
}

static void write_field(struct json *json, const char *name, uint32_t size, const char *meaning,
			bool is_body)
{
	json_name(json, name);
	json_object_begin(json);
	if (is_body) {
		json_name(json, "type");
		json_array_begin(json);
		json_text(json, "string");
		json_text(json, "null");
		json_array_end(json);
	} else {
		json_text_field(json, "type", "string");
	}
	json_unsigned_field(json, "maxLength", size);
	json_text_field(json, "description", meaning);
	json_object_end(json);
}

static void write_purpose_schema(struct json *json)
{
	json_text_field(json, "type", "string");
	json_text_field(json, "description", "why; noted with who and when");
	json_name(json, "enum");
	json_array_begin(json);
#define V(NAME, number, meaning) json_text(json, #NAME);
	VAULT_PURPOSES(V)
#undef V
	json_array_end(json);
}

/* For a search the indexed ones alone. */
static void write_fields(struct json *json, bool is_body, bool is_search)
{
#define V(NAME, number, name, size, CHECK, index, meaning)                                         \
	if (!is_search || (index) != 0)                                                            \
		write_field(json, #name, size, meaning, is_body);
	VAULT_FIELDS(V)
#undef V
}

void openapi_person_body(struct json *json, enum route_person verb)
{
	if (verb != ROUTE_PERSON_WRITE && verb != ROUTE_PERSON_SEARCH && verb != ROUTE_PERSON_ERASE)
		return;
	json_name(json, "requestBody");
	json_object_begin(json);
	json_boolean_field(json, "required", true);
	json_name(json, "content");
	json_object_begin(json);
	json_name(json, "application/json");
	json_object_begin(json);
	begin(json, "schema", "object");
	json_boolean_field(json, "additionalProperties", false);
	json_name(json, "required");
	json_array_begin(json);
	json_text(json, "purpose");
	json_array_end(json);
	json_name(json, "properties");
	json_object_begin(json);
	json_name(json, "purpose");
	json_object_begin(json);
	write_purpose_schema(json);
	json_object_end(json);
	if (verb != ROUTE_PERSON_ERASE)
		write_fields(json, true, verb == ROUTE_PERSON_SEARCH);
	for (uint32_t i = 0; i < 5; i++)
		json_object_end(json);
}

static void write_parameter(struct json *json, const char *name, bool is_required)
{
	json_object_begin(json);
	json_text_field(json, "name", name);
	json_text_field(json, "in", "query");
	json_boolean_field(json, "required", is_required);
	json_name(json, "schema");
	json_object_begin(json);
}

static void end_parameter(struct json *json)
{
	json_object_end(json);
	json_object_end(json);
}

void openapi_person_parameters(struct json *json, enum route_person verb)
{
	if (verb != ROUTE_PERSON_READ && verb != ROUTE_PERSON_EXPORT && verb != ROUTE_PERSON_LOG)
		return;
	write_parameter(json, "purpose", true);
	write_purpose_schema(json);
	end_parameter(json);
	if (verb == ROUTE_PERSON_READ) {
		write_parameter(json, "fields", false);
		json_text_field(json, "type", "string");
		json_text_field(json, "description", "names with commas between; all by default");
		end_parameter(json);
	}
	if (verb == ROUTE_PERSON_LOG) {
		write_parameter(json, "cursor", false);
		json_text_field(json, "type", "string");
		end_parameter(json);
		write_parameter(json, "limit", false);
		json_text_field(json, "type", "integer");
		json_unsigned_field(json, "minimum", 1);
		json_unsigned_field(json, "maximum", 1000);
		json_unsigned_field(json, "default", 100);
		end_parameter(json);
	}
}

/* An array of objects, of which the properties follow; three ends close it. */
static void begin_items(struct json *json)
{
	begin(json, "items", "array");
	begin(json, "items", "object");
	json_name(json, "properties");
	json_object_begin(json);
}

static void end_items(struct json *json)
{
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

static void write_log(struct json *json)
{
	static const char *const texts[] = {"at", "act", "purpose", "principal", "person"};

	begin_items(json);
	for (uint32_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		simple(json, texts[i], "string");
	begin(json, "fields", "array");
	simple(json, "items", "string");
	json_object_end(json);
	end_items(json);
	simple(json, "limit", "integer");
	simple(json, "next_cursor", "string");
}

static void write_status(struct json *json)
{
	static const char *const numbers[] = {"persons",  "erased",  "former_keys",
					      "log_rows", "rotated", "to_rotate"};

	for (uint32_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		simple(json, numbers[i], "integer");
	simple(json, "vault", "string");
	simple(json, "log_link", "string");
	simple(json, "is_rotating", "boolean");
	simple(json, "rotation_at", "string");
	simple(json, "key_copy_on", "string");
}

void openapi_person_answer(struct json *json, enum route_person verb)
{
	json_object_begin(json);
	json_text_field(json, "type", "object");
	json_name(json, "properties");
	json_object_begin(json);
	switch (verb) {
	case ROUTE_PERSON_READ:
	case ROUTE_PERSON_EXPORT:
		write_fields(json, false, false);
		simple(json, "person", "string");
		break;
	case ROUTE_PERSON_WRITE:
	case ROUTE_PERSON_ERASE:
		simple(json, "person", "string");
		break;
	case ROUTE_PERSON_LOG:
		write_log(json);
		simple(json, "person", "string");
		break;
	case ROUTE_PERSON_SEARCH:
		begin_items(json);
		simple(json, "person", "string");
		end_items(json);
		simple(json, "more", "boolean");
		break;
	case ROUTE_PERSON_VAULT:
	case ROUTE_PERSON_ROTATE:
		write_status(json);
		break;
	}
	json_object_end(json);
	json_object_end(json);
}
