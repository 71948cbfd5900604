/* Records and inputs as numbers: every field of a record is one int64_t, by its place in the
 * layout.
 *
 * Numbers wider than that (U64, KEYED) keep their bits. Of TEXT and BYTES the first eight bytes
 * stand, the first one highest, zero behind the end: enough to order ISTAT codes, and nothing else
 * is asked. */
#ifndef ENGINE_AUDIT_LAYOUT_H
#define ENGINE_AUDIT_LAYOUT_H

#include "engine/audit/bytes.h"
#include "engine/audit/layout_tables.h"

#define KIND_MAX   128u
#define FIELDS_MAX 64u

/* KIND_CELL = 23 … and COMMAND_TARIFF_CREATE = 14 … */
#define KIND_NUMBER(name, number, version) KIND_##name = number,
enum kind { KINDS(KIND_NUMBER) };
#undef KIND_NUMBER
#define COMMAND_NUMBER(name, number) COMMAND_##name = number,
enum command { INPUTS(COMMAND_NUMBER) };
#undef COMMAND_NUMBER

/* The places of fields: CELL_COMMITTED_CENTS …; of inputs: IN_TARIFF_CREATE_NET_CENTS … */
#include "engine/audit/layout_fields.h"

/* The name of a kind, "?" where there is none; of a field of it. */
const char *layout_kind_name(uint32_t kind);
const char *layout_field_name(uint32_t kind, uint32_t field);

/* How many fields records of this kind have; 0: there is no such kind. */
uint32_t layout_field_count(uint32_t kind);

/* The version of a kind's layout. */
uint32_t layout_known_version(uint32_t kind);

/* Reads a record's bytes into values. Returns NULL, or in words what is wrong with them. */
const char *layout_read_record(uint32_t kind, const uint8_t *bytes, size_t size,
			       int64_t values[FIELDS_MAX]);

/* The same for a command's input. `ret_known` false: the command is not judged again. */
const char *layout_read_input(uint32_t command, const uint8_t *bytes, size_t size,
			      int64_t values[FIELDS_MAX], bool *ret_known);

#endif
