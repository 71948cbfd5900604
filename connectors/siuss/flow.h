/* One case as the bytes of one file: facts, tree, checks, XML, schema. */
#ifndef CONNECTORS_SIUSS_FLOW_H
#define CONNECTORS_SIUSS_FLOW_H

#include "connectors/format/siuss.h"
#include "connectors/xml/xml.h"

#define FLOW_FINDINGS_MAX 16u

struct flow {
	struct slice bytes; /* xml_free() */
	struct siuss_benefit benefit;
	struct finding items[FLOW_FINDINGS_MAX];
	struct findings findings;
	char fault[XML_FAULT_SIZE]; /* of the schema */
};

/* RESULT_OK; RESULT_FIELD_INVALID: the case is left out, the findings say why; RESULT_CHECK_FAILED:
 * a check or the schema (the fault) says no; RESULT_NOT_FOUND: the schema is not there;
 * RESULT_OUT_OF_MEMORY. `schemas` NULL: not validated. Only RESULT_OK leaves bytes. */
MUST_CHECK enum result flow_make(const struct siuss_rules *rules, const struct siuss_case *given,
				 struct xml_schemas *schemas, struct flow *ret_flow);

#endif
