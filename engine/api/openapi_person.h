/* The routes of personal data in the OpenAPI document, from schemas/vault.def. */
#ifndef ENGINE_API_OPENAPI_PERSON_H
#define ENGINE_API_OPENAPI_PERSON_H

#include "engine/api/json.h"
#include "engine/api/route.h"

/* operationId, summary and description, as members of an object that is open. */
void openapi_person_words(struct json *json, enum route_person verb);
/* Query parameters, as items of an array that is open. */
void openapi_person_parameters(struct json *json, enum route_person verb);
/* The body, as the member requestBody; nothing where there is none. */
void openapi_person_body(struct json *json, enum route_person verb);
/* The statuses of its refusals, ended by NULL; what else may come is `default`. */
const char *const *openapi_person_refusals(enum route_person verb);
/* The schema of the answer, as a whole object. */
void openapi_person_answer(struct json *json, enum route_person verb);

#endif
