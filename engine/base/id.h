/* Identifiers: one distinct struct per record kind, so that a fund is never taken for a comune.
 *
 * `raw` is a dense number from 1, allocated in decide, never reused; 0 means "none". Outside the
 * engine identifiers are opaque text (engine/api/name.h). */
#ifndef ENGINE_BASE_ID_H
#define ENGINE_BASE_ID_H

#include "schemas/records.def"

#include <stdint.h>

enum record_kind {
	RECORD_KIND_NONE = 0,
#define R(name, NAME, number, version, prefix, what) RECORD_KIND_##NAME = number,
	RECORDS(R)
#undef R
};

#define RECORD_KIND_MAX 95u /* asserted in engine/domain/model.c */

#define R(name, NAME, number, version, prefix, what)                                               \
	struct name##_id {                                                                         \
		uint32_t raw;                                                                      \
	};
RECORDS(R)
#undef R

#endif
