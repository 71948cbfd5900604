/* JSON bodies: what is accepted becomes exactly this command; what is not gets exactly this code
 * and names exactly this field. */
#include "engine/api/read_json.h"

#include "engine/base/codec.h"
#include "engine/base/limits.h"
#include "tests/support/edge_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bad {
	const char *target;
	const char *body;
	enum result result;
	const char *field;   /* NULL: none is named */
	const char *pointer; /* NULL: "/field" */
};

#define RDM   "/v1/redemptions"
#define VOU   "/v1/vouchers"
#define ACC   "/v1/accreditations"
#define PRV   "/v1/providers"
#define PRI   "/v1/principals"
#define FUN   "/v1/funds"
#define TRF   "/v1/tariffs"
#define CEI   "/v1/ceilings"
#define CRD   "/v1/credentials"
#define COM   "/v1/comuni"
#define SRV   "/v1/services"
#define STM   "/v1/statements/stm_1"
#define START "\"start\":\"2026-03-05T09:00:00+01:00\""
#define NUM   "\"voucher\":\"0000001W\""
#define OPE   "\"operator\":\"OP-11\""
#define MIN   "\"minutes\":60"
#define INVOICE(net, vat, split)                                                                   \
	"{\"invoice_number\":\"FPA12\",\"invoice_date\":\"2026-02-20\",\"net_cents\":" net         \
	",\"vat_cents\":" vat ",\"cig\":\"A0123456789\"" split "}"
#define TEXT_32 "12345678901234567890123456789012"
#define TEXT_64 TEXT_32 TEXT_32

static const struct bad bad_bodies[] = {
    /* Not JSON, or not one object. */
    {RDM, "{", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{]", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{\"voucher\"}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{\"voucher\":}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{" NUM ",}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{" NUM " " OPE "}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{" NUM "," OPE "," START "," MIN "} x", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{" NUM "," OPE "," START "," MIN "}{}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{" NUM "," OPE "," START "," MIN "},", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{" NUM "," OPE "," START "," MIN "}]", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{" NUM "," OPE "," START "," MIN "}null", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{voucher:1}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{'voucher':'x'}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{\"voucher\":\"0000001W", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{\"voucher\":\"a\nb\"}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{\"voucher\":\"\\x\"}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{\"operator\":\"\xff\"}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{\"operator\":\"\xc0\xaf\"}", RESULT_FIELD_INVALID, "operator", NULL},
    {RDM, "{\"a\xc0\xaf\":1}", RESULT_UNKNOWN_FIELD, "?", NULL},
    {RDM, "{\"operator\":\"\xed\xa0\x80\"}", RESULT_FIELD_INVALID, "operator", NULL},
    {RDM, "{\"minutes\":01}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{\"minutes\":+1}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{\"minutes\":1.}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{\"minutes\":0x10}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{\"minutes\":NaN}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "{/* c */}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "\xef\xbb\xbf{}", RESULT_MALFORMED_JSON, NULL, NULL},
    {RDM, "[]", RESULT_FIELD_INVALID, NULL, NULL},
    {RDM, "[{}]", RESULT_FIELD_INVALID, NULL, NULL},
    {RDM, "null", RESULT_FIELD_INVALID, NULL, NULL},
    {RDM, "\"text\"", RESULT_FIELD_INVALID, NULL, NULL},
    {RDM, "12", RESULT_FIELD_INVALID, NULL, NULL},
    {RDM, "true", RESULT_FIELD_INVALID, NULL, NULL},
    {RDM, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", RESULT_FIELD_INVALID, NULL, NULL},
    {RDM, "{\"voucher\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", RESULT_FIELD_INVALID, "voucher", NULL},
    {RDM, "{\"voucher\":{\"voucher\":{\"voucher\":{}}}}", RESULT_FIELD_INVALID, "voucher", NULL},
    /* Fields that do not exist, twice, or not at all. */
    {RDM, "", RESULT_FIELD_MISSING, "voucher", NULL},
    {RDM, "   \r\n", RESULT_FIELD_MISSING, "voucher", NULL},
    {RDM, "{}", RESULT_FIELD_MISSING, "voucher", NULL},
    {RDM, "{" NUM "}", RESULT_FIELD_MISSING, "start", NULL},
    {RDM, "{" NUM "," START "}", RESULT_FIELD_MISSING, "operator", NULL},
    {RDM, "{" START "," OPE "," MIN "}", RESULT_FIELD_MISSING, "voucher", NULL},
    {RDM, "{" NUM "," OPE "," START "," MIN ",\"note\":\"\"}", RESULT_UNKNOWN_FIELD, "note", NULL},
    {RDM, "{\"Voucher\":\"0000001W\"}", RESULT_UNKNOWN_FIELD, "Voucher", NULL},
    {RDM, "{\"\":1}", RESULT_UNKNOWN_FIELD, NULL, "/"},
    {RDM, "{\"vouche\":1}", RESULT_UNKNOWN_FIELD, "vouche", NULL},
    {RDM, "{\"vouchers\":1}", RESULT_UNKNOWN_FIELD, "vouchers", NULL},
    {RDM, "{\"voucher\\u0000\":1}", RESULT_UNKNOWN_FIELD, "voucher", "*"},
    {RDM, "{\"a/b~c\":1}", RESULT_UNKNOWN_FIELD, "a~1b~0c", "/a~1b~0c"},
    {RDM, "{\"perch\xc3\xa9\":1}", RESULT_UNKNOWN_FIELD, "perch\xc3\xa9", NULL},
    {RDM, "{\"id\":\"x\"}", RESULT_UNKNOWN_FIELD, "id", NULL},
    {RDM, "{\"cell\":\"cel_1\"}", RESULT_UNKNOWN_FIELD, "cell", NULL},
    {RDM, "{" NUM "," NUM "}", RESULT_DUPLICATE_FIELD, "voucher", NULL},
    {RDM, "{" MIN "," START "," MIN "}", RESULT_DUPLICATE_FIELD, "minutes", NULL},
    {RDM, "{" NUM ",\"v\\u006fucher\":\"0000001W\"}", RESULT_DUPLICATE_FIELD, "voucher", NULL},
    {VOU "/0000001W:issue", "{\"code_hash\":\"x\"}", RESULT_UNKNOWN_FIELD, "code_hash", NULL},
    {VOU "/0000001W:issue", "{\"code_cipher\":\"00\"}", RESULT_UNKNOWN_FIELD, "code_cipher", NULL},
    {VOU "/0000001W:issue", "{\"voucher\":\"0000001W\"}", RESULT_UNKNOWN_FIELD, "voucher", NULL},
    {CRD, "{\"principal\":\"ALFA-UFFICIO\",\"token_hash\":\"00\"}", RESULT_UNKNOWN_FIELD,
     "token_hash", NULL},
    {FUN "/FNPS/years/2026:open", "{\"year\":2026}", RESULT_UNKNOWN_FIELD, "year", NULL},
    /* null is not a value. */
    {RDM, "{\"voucher\":null}", RESULT_FIELD_INVALID, "voucher", NULL},
    {RDM, "{" NUM ",\"minutes\":null}", RESULT_FIELD_INVALID, "minutes", NULL},
    {VOU, "{\"lines\":null}", RESULT_FIELD_INVALID, "lines", NULL},
    /* Voucher numbers. */
    {RDM, "{\"voucher\":13}", RESULT_FIELD_INVALID, "voucher", NULL},
    {RDM, "{\"voucher\":true}", RESULT_FIELD_INVALID, "voucher", NULL},
    {RDM, "{\"voucher\":\"\"}", RESULT_FIELD_INVALID, "voucher", NULL},
    {RDM, "{\"voucher\":\"00000014\"}", RESULT_FIELD_INVALID, "voucher", NULL},
    {RDM, "{\"voucher\":\"vou_1\"}", RESULT_FIELD_INVALID, "voucher", NULL},
    {RDM, "{\"voucher\":\" 0000001W\"}", RESULT_FIELD_INVALID, "voucher", NULL},
    {RDM, "{\"voucher\":\"99999999999\"}", RESULT_FIELD_INVALID, "voucher", NULL},
    {RDM, "{\"voucher\":\"00000000\"}", RESULT_FIELD_INVALID, "voucher", NULL},
    /* Instants. */
    {RDM, "{\"start\":\"2026-03-05\"}", RESULT_FIELD_INVALID, "start", NULL},
    {RDM, "{\"start\":\"2026-02-29T09:00:00+01:00\"}", RESULT_FIELD_INVALID, "start", NULL},
    {RDM, "{\"start\":\"2026-03-05T24:00:00+01:00\"}", RESULT_FIELD_INVALID, "start", NULL},
    {RDM, "{\"start\":\"2026-03-05T09:60:00+01:00\"}", RESULT_FIELD_INVALID, "start", NULL},
    {RDM, "{\"start\":\"2026-03-05T09:00:60Z\"}", RESULT_FIELD_INVALID, "start", NULL},
    {RDM, "{\"start\":\"05/03/2026 09:00\"}", RESULT_FIELD_INVALID, "start", NULL},
    {RDM, "{\"start\":\"2026-03-05T09:00:00+1:00\"}", RESULT_FIELD_INVALID, "start", NULL},
    {RDM, "{\"start\":\"2026-03-05T09:00:00 +01:00\"}", RESULT_FIELD_INVALID, "start", NULL},
    {RDM, "{\"start\":1772697600}", RESULT_FIELD_INVALID, "start", NULL},
    {RDM, "{\"start\":\"\"}", RESULT_FIELD_INVALID, "start", NULL},
    {RDM, "{\"start\":\"2027-10-31T02:30:00\"}", RESULT_AMBIGUOUS_LOCAL_TIME, "start", NULL},
    {RDM, "{\"start\":\"2024-03-31T02:30:00\"}", RESULT_NONEXISTENT_LOCAL_TIME, "start", NULL},
    {RDM, "{\"end\":\"2027-10-31T02:00\"}", RESULT_AMBIGUOUS_LOCAL_TIME, "end", NULL},
    {RDM, "{\"start\":\"1999-12-31T12:00:00Z\"}", RESULT_FIELD_OUT_OF_RANGE, "start", NULL},
    {RDM, "{\"start\":\"2101-01-01T12:00:00Z\"}", RESULT_FIELD_OUT_OF_RANGE, "start", NULL},
    {RDM, "{\"start\":\"1970-01-01T00:00:00Z\"}", RESULT_FIELD_OUT_OF_RANGE, "start", NULL},
    {RDM, "{\"start\":\"0001-01-01T00:00:00Z\"}", RESULT_FIELD_OUT_OF_RANGE, "start", NULL},
    {RDM, "{\"start\":\"9999-12-31T23:59:59-14:00\"}", RESULT_FIELD_OUT_OF_RANGE, "start", NULL},
    {RDM, "{\"start\":\"2100-12-31T23:30:00-01:00\"}", RESULT_FIELD_OUT_OF_RANGE, "start", NULL},
    {"/v1/clock:advance", "{\"to\":\"domani\"}", RESULT_FIELD_INVALID, "to", NULL},
    {"/v1/clock:advance", "{}", RESULT_FIELD_MISSING, "to", NULL},
    /* Whole numbers. */
    {RDM, "{\"minutes\":\"60\"}", RESULT_FIELD_INVALID, "minutes", NULL},
    {RDM, "{\"minutes\":60.0}", RESULT_FIELD_INVALID, "minutes", NULL},
    {RDM, "{\"minutes\":6e1}", RESULT_FIELD_INVALID, "minutes", NULL},
    {RDM, "{\"minutes\":-1}", RESULT_FIELD_OUT_OF_RANGE, "minutes", NULL},
    {RDM, "{\"minutes\":-0}", RESULT_FIELD_OUT_OF_RANGE, "minutes", NULL},
    {RDM, "{\"minutes\":4294967296}", RESULT_FIELD_OUT_OF_RANGE, "minutes", NULL},
    {RDM, "{\"minutes\":99999999999999999999999999}", RESULT_FIELD_OUT_OF_RANGE, "minutes", NULL},
    {RDM, "{\"minutes\":true}", RESULT_FIELD_INVALID, "minutes", NULL},
    {RDM, "{\"units\":[60]}", RESULT_FIELD_INVALID, "units", NULL},
    {RDM, "{\"units\":{}}", RESULT_FIELD_INVALID, "units", NULL},
    {SRV, "{\"vat_other_bp\":65536}", RESULT_FIELD_OUT_OF_RANGE, "vat_other_bp", NULL},
    {CEI, "{\"year\":-2026}", RESULT_FIELD_OUT_OF_RANGE, "year", NULL},
    {CEI, "{\"year\":\"2026\"}", RESULT_FIELD_INVALID, "year", NULL},
    /* Amounts. */
    {TRF, "{\"net_cents\":22.60}", RESULT_FIELD_INVALID, "net_cents", NULL},
    {TRF, "{\"net_cents\":\"22,60\"}", RESULT_FIELD_INVALID, "net_cents", NULL},
    {TRF, "{\"net_cents\":-2260}", RESULT_FIELD_OUT_OF_RANGE, "net_cents", NULL},
    {TRF, "{\"net_cents\":9007199254740992}", RESULT_FIELD_OUT_OF_RANGE, "net_cents", NULL},
    {TRF, "{\"net_cents\":1e3}", RESULT_FIELD_INVALID, "net_cents", NULL},
    {STM ":match-invoice", INVOICE("26555.0", "1328", ""), RESULT_FIELD_INVALID, "net_cents", NULL},
    {STM ":match-invoice", INVOICE("26555", "-1", ""), RESULT_FIELD_OUT_OF_RANGE, "vat_cents",
     NULL},
    {STM ":match-invoice", INVOICE("26555", "1328", ",\"split_payment\":1"), RESULT_FIELD_INVALID,
     "split_payment", NULL},
    {STM ":match-invoice", INVOICE("26555", "1328", ",\"split_payment\":\"true\""),
     RESULT_FIELD_INVALID, "split_payment", NULL},
    /* Days and months. */
    {TRF, "{\"valid_from\":\"2026-13-01\"}", RESULT_FIELD_INVALID, "valid_from", NULL},
    {TRF, "{\"valid_from\":\"2026-04-31\"}", RESULT_FIELD_INVALID, "valid_from", NULL},
    {TRF, "{\"valid_from\":\"01-04-2026\"}", RESULT_FIELD_INVALID, "valid_from", NULL},
    {TRF, "{\"valid_from\":\"2026-4-1\"}", RESULT_FIELD_INVALID, "valid_from", NULL},
    {TRF, "{\"valid_from\":20260401}", RESULT_FIELD_INVALID, "valid_from", NULL},
    {TRF, "{\"valid_from\":\"1970-01-01\"}", RESULT_FIELD_OUT_OF_RANGE, "valid_from", NULL},
    {TRF, "{\"valid_from\":\"2101-01-01\"}", RESULT_FIELD_OUT_OF_RANGE, "valid_from", NULL},
    {VOU, "{\"first_month\":\"2026-00\"}", RESULT_FIELD_INVALID, "first_month", NULL},
    {VOU, "{\"first_month\":\"2026-1\"}", RESULT_FIELD_INVALID, "first_month", NULL},
    {VOU, "{\"first_month\":\"2026-01-01\"}", RESULT_FIELD_INVALID, "first_month", NULL},
    {VOU, "{\"first_month\":\"1999-12\"}", RESULT_FIELD_OUT_OF_RANGE, "first_month", NULL},
    {VOU, "{\"last_month\":202601}", RESULT_FIELD_INVALID, "last_month", NULL},
    /* Enumerations. */
    {PRV, "{\"kind\":\"COOP\"}", RESULT_FIELD_INVALID, "kind", NULL},
    {PRV, "{\"kind\":\"social_coop\"}", RESULT_FIELD_INVALID, "kind", NULL},
    {PRV, "{\"kind\":1}", RESULT_FIELD_INVALID, "kind", NULL},
    {PRV, "{\"kind\":\"\"}", RESULT_FIELD_INVALID, "kind", NULL},
    {PRI, "{\"code\":\"X\",\"role\":\"ROOT\"}", RESULT_FIELD_INVALID, "role", NULL},
    {RDM "/rdm_1:reverse", "{\"reason\":\"BOH\"}", RESULT_FIELD_INVALID, "reason", NULL},
    {RDM "/rdm_1:reverse", "{}", RESULT_FIELD_MISSING, "reason", NULL},
    {RDM "/rdm_1:resolve", "{\"decision\":\"MAYBE\"}", RESULT_FIELD_INVALID, "decision", NULL},
    {RDM, "{\"proof\":\"VIDEO\"}", RESULT_FIELD_INVALID, "proof", NULL},
    /* Identifiers and codes. */
    {RDM, "{\"service\":\"SAD_XXX\"}", RESULT_UNKNOWN_REFERENCE, "service", NULL},
    {RDM, "{\"service\":\"sad_oss\"}", RESULT_UNKNOWN_REFERENCE, "service", NULL},
    {RDM, "{\"service\":\"SAD OSS\"}", RESULT_FIELD_INVALID, "service", NULL},
    {RDM, "{\"service\":\"\"}", RESULT_FIELD_INVALID, "service", NULL},
    {RDM, "{\"service\":1}", RESULT_FIELD_INVALID, "service", NULL},
    {RDM, "{\"booking\":\"17\"}", RESULT_FIELD_INVALID, "booking", NULL},
    {RDM, "{\"booking\":\"rdm_0\"}", RESULT_FIELD_INVALID, "booking", NULL},
    {RDM, "{\"booking\":\"rdm_017\"}", RESULT_FIELD_INVALID, "booking", NULL},
    {RDM, "{\"booking\":\"rdm_-1\"}", RESULT_FIELD_INVALID, "booking", NULL},
    {RDM, "{\"booking\":\"rdm_4294967296\"}", RESULT_FIELD_INVALID, "booking", NULL},
    {RDM, "{\"booking\":\"stm_1\"}", RESULT_FIELD_INVALID, "booking", NULL},
    {RDM, "{\"booking\":\"rdm_\"}", RESULT_FIELD_INVALID, "booking", NULL},
    {RDM, "{\"booking\":\"rdm\"}", RESULT_FIELD_INVALID, "booking", NULL},
    {CEI, "{\"ambito\":\"LODI\"}", RESULT_UNKNOWN_REFERENCE, "ambito", NULL},
    {CEI, "{\"comune\":\"098001\"}", RESULT_UNKNOWN_REFERENCE, "comune", NULL},
    {CEI, "{\"comune\":\"Pandino\"}", RESULT_UNKNOWN_REFERENCE, "comune", NULL},
    {CRD, "{\"principal\":\"NESSUNO\"}", RESULT_UNKNOWN_REFERENCE, "principal", NULL},
    {VOU, "{\"beneficiary\":\"B-7F3A\"}", RESULT_FIELD_INVALID, "beneficiary", NULL},
    /* Texts. */
    {PRV, "{\"code\":\"\"}", RESULT_FIELD_INVALID, "code", NULL},
    {PRV, "{\"code\":\"AL FA\"}", RESULT_FIELD_INVALID, "code", NULL},
    {PRV, "{\"code\":\"ALF\xc3\x80\"}", RESULT_FIELD_INVALID, "code", NULL},
    {PRV, "{\"code\":\"A|B\"}", RESULT_FIELD_INVALID, "code", NULL},
    {PRV, "{\"code\":\"12345678901234567\"}", RESULT_FIELD_OUT_OF_RANGE, "code", NULL},
    {PRV, "{\"code\":7}", RESULT_FIELD_INVALID, "code", NULL},
    {PRV, "{\"legal_name\":\"a\\u0000b\"}", RESULT_FIELD_INVALID, "legal_name", NULL},
    {PRV, "{\"legal_name\":\"a\\tb\"}", RESULT_FIELD_INVALID, "legal_name", NULL},
    {PRV, "{\"legal_name\":\"a\\u0085b\"}", RESULT_FIELD_INVALID, "legal_name", NULL},
    {PRV, "{\"legal_name\":\"" TEXT_64 TEXT_32 "x\"}", RESULT_FIELD_OUT_OF_RANGE, "legal_name",
     NULL},
    {PRV, "{\"legal_name\":[\"a\"]}", RESULT_FIELD_INVALID, "legal_name", NULL},
    {COM, "{\"istat_code\":\"019 67\"}", RESULT_FIELD_INVALID, "istat_code", NULL},
    {RDM, "{\"operator\":\"\"}", RESULT_FIELD_INVALID, "operator", NULL},
    {RDM, "{\"operator\":\"a\\nb\"}", RESULT_FIELD_INVALID, "operator", NULL},
    {RDM, "{\"operator\":\"" TEXT_64 "x\"}", RESULT_FIELD_OUT_OF_RANGE, "operator", NULL},
    {RDM, "{\"operator\":11}", RESULT_FIELD_INVALID, "operator", NULL},
    /* Bytes. */
    {STM ":export", "{}", RESULT_FIELD_MISSING, "manifest_hash", NULL},
    {STM ":export", "{\"manifest_hash\":\"" TEXT_64 "00\"}", RESULT_FIELD_INVALID, "manifest_hash",
     NULL},
    {STM ":export", "{\"manifest_hash\":\"" TEXT_32 "\"}", RESULT_FIELD_INVALID, "manifest_hash",
     NULL},
    {STM ":export", "{\"manifest_hash\":\"g" TEXT_32 "1234567890123456789012345678901\"}",
     RESULT_FIELD_INVALID, "manifest_hash", NULL},
    {STM ":export", "{\"manifest_hash\":0}", RESULT_FIELD_INVALID, "manifest_hash", NULL},
    /* Secret codes: one answer for all. */
    {VOU "/0000001W:choose-provider", "{\"provider\":\"ALFA\",\"voucher_code\":\"X\"}",
     RESULT_VOUCHER_CODE_UNKNOWN, "voucher_code", NULL},
    {VOU "/0000001W:choose-provider",
     "{\"provider\":\"ALFA\",\"voucher_code\":\"0000-0000-0000-0000-01\"}",
     RESULT_VOUCHER_CODE_UNKNOWN, "voucher_code", NULL},
    {VOU "/0000001W:choose-provider", "{\"provider\":\"ALFA\",\"voucher_code\":1}",
     RESULT_FIELD_INVALID, "voucher_code", NULL},
    /* Lists. */
    {VOU, "{\"lines\":[]}", RESULT_FIELD_OUT_OF_RANGE, "lines", NULL},
    {VOU, "{\"lines\":{}}", RESULT_FIELD_INVALID, "lines", NULL},
    {VOU, "{\"lines\":\"SAD_OSS\"}", RESULT_FIELD_INVALID, "lines", NULL},
    {VOU, "{\"lines\":[1]}", RESULT_FIELD_INVALID, "lines", "/lines/0"},
    {VOU, "{\"lines\":[\"SAD_OSS\"]}", RESULT_FIELD_INVALID, "lines", "/lines/0"},
    {VOU, "{\"lines\":[[]]}", RESULT_FIELD_INVALID, "lines", "/lines/0"},
    {VOU, "{\"lines\":[{}]}", RESULT_FIELD_MISSING, "service", "/lines/0/service"},
    {VOU, "{\"lines\":[{\"service\":\"SAD_OSS\"}]}", RESULT_FIELD_MISSING, "units_per_month",
     "/lines/0/units_per_month"},
    {VOU, "{\"lines\":[{\"service\":\"SAD_OSS\",\"units_per_month\":720},{\"service\":\"X\"}]}",
     RESULT_UNKNOWN_REFERENCE, "service", "/lines/1/service"},
    {VOU, "{\"lines\":[{\"service\":\"SAD_OSS\",\"units_per_month\":\"720\"}]}",
     RESULT_FIELD_INVALID, "units_per_month", "/lines/0/units_per_month"},
    {VOU, "{\"lines\":[{\"service\":\"SAD_OSS\",\"service\":\"SAD_OSS\"}]}", RESULT_DUPLICATE_FIELD,
     "service", "/lines/0/service"},
    {VOU, "{\"lines\":[{\"service\":\"SAD_OSS\",\"units\":1}]}", RESULT_UNKNOWN_FIELD, "units",
     "/lines/0/units"},
    {VOU, "{\"lines\":[{\"service\":{}}]}", RESULT_FIELD_INVALID, "service", "/lines/0/service"},
    {VOU, "{\"lines\":[{\"service\":[]}]}", RESULT_FIELD_INVALID, "service", "/lines/0/service"},
    {VOU,
     "{\"lines\":[{\"service\":\"SAD_OSS\",\"units_per_month\":1},"
     "{\"service\":\"SAD_OSS\",\"units_per_month\":1},{\"service\":\"SAD_OSS\",\"units_per_month\":"
     "1},"
     "{\"service\":\"SAD_OSS\",\"units_per_month\":1},{\"service\":\"SAD_OSS\",\"units_per_month\":"
     "1},"
     "{\"service\":\"SAD_OSS\",\"units_per_month\":1},{\"service\":\"SAD_OSS\",\"units_per_month\":"
     "1},"
     "{\"service\":\"SAD_OSS\",\"units_per_month\":1},{}]}",
     RESULT_FIELD_OUT_OF_RANGE, "lines", NULL},
    {ACC, "{\"provider\":\"ALFA\",\"services\":[]}", RESULT_FIELD_OUT_OF_RANGE, "services", NULL},
    {ACC, "{\"provider\":\"ALFA\",\"services\":[\"X\"]}", RESULT_UNKNOWN_REFERENCE, "service",
     "/services/0"},
    {ACC, "{\"provider\":\"ALFA\",\"services\":[\"SAD_OSS\",1]}", RESULT_FIELD_INVALID, "service",
     "/services/1"},
    {ACC, "{\"provider\":\"ALFA\",\"services\":[{\"service\":\"SAD_OSS\"}]}", RESULT_FIELD_INVALID,
     "service", "/services/0"},
    {ACC, "{\"provider\":\"ALFA\",\"services\":[[\"SAD_OSS\"]]}", RESULT_FIELD_INVALID, "service",
     "/services/0"},
    {ACC, "{\"provider\":\"ALFA\",\"services\":[null]}", RESULT_FIELD_INVALID, "service",
     "/services/0"},
    {ACC, "{\"provider\":\"ALFA\",\"services\":[\"SAD_OSS\"]}", RESULT_FIELD_MISSING, "sub_ambiti",
     NULL},
    {ACC, "{\"provider\":\"ALFA\",\"services\":[\"SAD_OSS\"],\"sub_ambiti\":[\"SUB9\"]}",
     RESULT_UNKNOWN_REFERENCE, "sub_ambito", "/sub_ambiti/0"},
    /* Paths. */
    {VOU "/00000014:issue", "{}", RESULT_NOT_FOUND, "voucher", NULL},
    {VOU "/vou_1:issue", "{}", RESULT_NOT_FOUND, "voucher", NULL},
    {RDM "/17:reverse", "{\"reason\":\"QUALITY\"}", RESULT_NOT_FOUND, "redemption", NULL},
    {RDM "/rdm_0:reverse", "{\"reason\":\"QUALITY\"}", RESULT_NOT_FOUND, "redemption", NULL},
    {FUN "/FNA/years/2026:open", "{}", RESULT_NOT_FOUND, "fund", NULL},
    {FUN "/FNPS/years/duemila:open", "{}", RESULT_NOT_FOUND, "year", NULL},
    {FUN "/FNPS/years/99999:open", "{}", RESULT_NOT_FOUND, "year", NULL},
    {"/v1/statements/rdm_1:freeze", "{}", RESULT_NOT_FOUND, "statement", NULL},
    {CRD "/crd_x:revoke", "{}", RESULT_NOT_FOUND, "credential", NULL},
};

static void refuses_with_code_and_field(void **state)
{
	struct fixture *fixture = *state;
	uint32_t count = sizeof(bad_bodies) / sizeof(bad_bodies[0]);
	assert_true(count >= 150);
	for (uint32_t i = 0; i < count; i++) {
		const struct bad *bad = &bad_bodies[i];
		struct command command;
		struct api_problem problem = {.result = RESULT_OK};
		size_t mark = arena_mark(&fixture->arena);
		struct route route = fixture_route(fixture, "POST", bad->target);
		enum result result = read_json_command(
		    &fixture->request, &route, slice_from_text(bad->body), &command, &problem);
		if (result != bad->result || problem.result != bad->result)
			fail_msg("row %u: %s %s: %s, not %s", i, bad->target, bad->body,
				 result_code(result), result_code(bad->result));
		const char *field = problem_field_name(&problem);
		if ((field == NULL) != (bad->field == NULL) ||
		    (field != NULL && strncmp(field, bad->field, strlen(bad->field)) != 0))
			fail_msg("row %u: %s: names %s, not %s", i, bad->body,
				 field == NULL ? "nothing" : field,
				 bad->field == NULL ? "nothing" : bad->field);
		char pointer[128] = "";
		if (bad->pointer != NULL)
			(void)snprintf(pointer, sizeof(pointer), "%s", bad->pointer);
		else if (bad->field != NULL)
			(void)snprintf(pointer, sizeof(pointer), "/%s", bad->field);
		if (strcmp(pointer, "*") != 0 && strcmp(problem.pointer, pointer) != 0)
			fail_msg("row %u: %s: points at %s, not %s", i, bad->body, problem.pointer,
				 pointer);
		for (int language = 0; language < RESULT_LANGUAGES; language++) {
			char text[1024];
			uint32_t size = problem_detail(&problem, (enum result_language)language,
						       text, sizeof(text));
			if (size == 0 && result != RESULT_MALFORMED_JSON)
				fail_msg("row %u: %s: nothing to say", i, bad->body);
			if (size > 0)
				assert_int_equal(text[size - 1], '.');
		}
		arena_rewind(&fixture->arena, mark);
	}
	print_message("%u bad bodies\n", count);
}

static struct command read_good(struct fixture *fixture, const char *target, const char *body)
{
	struct command command;
	struct api_problem problem = {.result = RESULT_OK};
	struct route route = fixture_route(fixture, "POST", target);
	enum result result =
	    read_json_command(&fixture->request, &route, slice_from_text(body), &command, &problem);
	if (result != RESULT_OK)
		fail_msg("%s: %s %s", body, result_code(result), problem.pointer);
	assert_int_equal(command.principal.raw, FIXTURE_PRINCIPAL);
	return command;
}

/* What yajl takes and JSON does not have: each is cut where the fault stands. */
struct loose {
	const char *before;
	const char *after;
};

#define WHOLE	"{" NUM "," OPE "," START "," MIN "}"
#define ESCAPED "{" NUM ",\"operator\":\"OP\\u002d11\"," START "," MIN "}"

static const struct loose loose_bodies[] = {
    /* Behind the end: what begins a text, and blanks that are none. */
    {WHOLE, "\""},
    {WHOLE, "\"}"},
    {WHOLE " \t\r\n", "\"a"},
    {WHOLE, "\"\\"},
    {WHOLE, "\"\"" WHOLE},
    {WHOLE, "\v"},
    {WHOLE " ", "\f"},
    {WHOLE, "\f" WHOLE},
    {WHOLE, "x"},
    {WHOLE "\n", "{}"},
    {ESCAPED, "\""},
    {ESCAPED, "\"}"},
    {ESCAPED, "\v"},
    {ESCAPED "\n ", "\f"},
    {ESCAPED, "1"},
    {ESCAPED, "\xef\xbb\xbf"},
    /* Blanks that are none, anywhere. */
    {"", "\v" WHOLE},
    {" ", "\f" ESCAPED},
    {"{", "\f" NUM "," OPE "," START "," MIN "}"},
    {"{" NUM, "\v," OPE "," START "," MIN "}"},
    {"{" NUM ",", "\v" OPE "," START "," MIN "}"},
    {"{" NUM "," START "," MIN ",\"operator\"", "\f:\"OP\"}"},
    {"{" NUM "," START "," MIN ",\"operator\":", "\v\"OP\"}"},
    {"{" NUM ",\n" OPE "," START "," MIN, "\f}"},
    {"{" NUM "," START ",\"operator\":\"a\\\\\"", "\v," MIN "}"},
    /* Half of a pair, escaped. */
    {"{" NUM "," START ",\"operator\":\"", "\\ud800\"," MIN "}"},
    {"{" NUM "," START ",\"operator\":\"a", "\\uDC00\"," MIN "}"},
    {"{" NUM "," START ",\"operator\":\"a", "\\udbff\\u0041\"," MIN "}"},
    {"{" NUM "," START ",\"operator\":\"a", "\\ud800\\ud800\\udc00\"," MIN "}"},
    {"{" NUM "," START ",\"operator\":\"", "\\udc00\\ud800\"," MIN "}"},
    {"{" NUM "," START ",\"operator\":\"\\ud834\\udd1e", "\\ud834\"," MIN "}"},
    {"{" NUM "," START ",\"operator\":\"\\\\", "\\ud800\"," MIN "}"},
    {"{" NUM "," START ",\"operator\":\"", "\\ud800\\n\\udc00\"," MIN "}"},
    {"{\"", "\\ud800\":1}"},
    {"{\"voucher\":\"", "\\ud800\"}"},
};

/* The row as a body, or as a batch's line with its id before all else, is refused at its place. */
static void must_be_refused_there(struct fixture *fixture, const struct loose *row, bool in_line)
{
	char text[512];
	struct command command;
	struct api_problem problem = {.result = RESULT_OK};
	struct slice id;
	struct route route = fixture_route(fixture, "POST", RDM);
	const char *insert = in_line ? "\"id\":\"l\"," : "";
	(void)snprintf(text, sizeof(text), "%s%s", row->before, row->after);
	uint32_t fault = (uint32_t)strlen(row->before);
	uint32_t object = (uint32_t)strcspn(text, "{") + 1;
	(void)snprintf(text + object, sizeof(text) - object, "%s%s%s", insert,
		       object > fault ? "" : row->before + object,
		       object > fault ? row->after + (object - fault) : row->after);
	fault += object > fault ? 0 : (uint32_t)strlen(insert);
	uint32_t column = 1;
	for (uint32_t at = 0; at < fault; at++)
		column = text[at] == '\n' ? 1 : column + 1;
	enum result result = in_line
				 ? read_json_line(&fixture->request, COMMAND_KIND_REDEMPTION_SUBMIT,
						  slice_from_text(text), 1, &id, &command, &problem)
				 : read_json_command(&fixture->request, &route,
						     slice_from_text(text), &command, &problem);
	if (result != RESULT_MALFORMED_JSON || problem.result != result)
		fail_msg("%s: %s", text, result_code(result));
	if (problem.column != column)
		fail_msg("%s: column %u, not %u", text, problem.column, column);
	assert_string_equal(problem.pointer, "");
	assert_int_equal(problem.expected, strchr(row->before, '}') != NULL
					       ? PROBLEM_EXPECTS_END
					       : PROBLEM_EXPECTS_NOTHING);
}

static void refuses_what_yajl_takes(void **state)
{
	for (uint32_t i = 0; i < sizeof(loose_bodies) / sizeof(loose_bodies[0]); i++) {
		must_be_refused_there(*state, &loose_bodies[i], false);
		must_be_refused_there(*state, &loose_bodies[i], true);
	}
}

/* What stands beside it is JSON, and stays good. */
static void takes_what_looks_like_it(void **state)
{
	struct fixture *fixture = *state;
	static const char *const bodies[] = {
	    WHOLE " \t\r\n",
	    ESCAPED " \t\r\n",
	    " \n" ESCAPED,
	    "{" NUM "," START ",\"operator\":\"}\\\"\\\\\"," MIN "}",
	    "{" NUM "," START ",\"operator\":\"\\ud834\\uDD1E\"," MIN "}",
	    "{" NUM "," START ",\"operator\":\"\\\\ud800\"," MIN "}",
	    "{" NUM "," START ",\"operator\":\"\\ud7ff\\ue000\"," MIN "}",
	    "{" NUM "," START ",\"operator\":\"ud800\"," MIN "}",
	};
	for (uint32_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(read_good(fixture, RDM, bodies[i]).input.redemption_submit.minutes,
				 60);
}

static void reads_a_redemption(void **state)
{
	struct fixture *fixture = *state;
	struct command command =
	    read_good(fixture, RDM,
		      "{\"voucher\":\"0000001W\",\"start\":\"2026-03-05T09:00:00+01:00\","
		      "\"minutes\":60,\"operator\":\"OP-11\",\"service\":\"SAD_ASA\","
		      "\"proof\":\"QR\",\"booking\":\"rdm_9\"}");
	const struct command_redemption_submit *input = &command.input.redemption_submit;
	assert_int_equal(command.kind, COMMAND_KIND_REDEMPTION_SUBMIT);
	assert_int_equal(input->voucher.raw, 1);
	assert_int_equal(input->service.raw, FIXTURE_SERVICE_ASA);
	assert_int_equal(input->booking.raw, 9);
	assert_int_equal(input->minutes, 60);
	assert_int_equal(input->units, 0);
	assert_int_equal(input->proof, PROOF_QR);
	assert_int_equal(input->start.us, INT64_C(1772697600000000));
	assert_int_equal(input->end.us, 0);
	assert_true(input->operator!= 0);
	assert_int_equal(command.has_key, 1);
}

static void resolves_local_time(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *text;
		int64_t us;
	} rows[] = {
	    {"2026-03-05T09:00:00", INT64_C(1772697600000000)}, /* winter: +01:00 */
	    {"2026-03-05T09:00", INT64_C(1772697600000000)},
	    {"2026-07-05T09:00:00", INT64_C(1783234800000000)}, /* summer: +02:00 */
	    {"2027-10-31T02:30:00+02:00", INT64_C(1824942600000000)},
	    {"2027-10-31T02:30:00+01:00", INT64_C(1824946200000000)},
	    {"2026-03-05T08:00:00Z", INT64_C(1772697600000000)},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char body[256];
		(void)snprintf(body, sizeof(body),
			       "{\"voucher\":\"0000001W\",\"operator\":\"O\",\"start\":\"%s\"}",
			       rows[i].text);
		struct command command = read_good(fixture, RDM, body);
		assert_int_equal(command.input.redemption_submit.start.us, rows[i].us);
	}
}

static void reads_lists_and_paths(void **state)
{
	struct fixture *fixture = *state;
	struct command command = read_good(
	    fixture, VOU,
	    "{\"beneficiary\":\"ben_3\",\"fund\":\"FNPS\",\"lines\":[{\"service\":\"SAD_OSS\","
	    "\"units_per_month\":720},{\"units_per_month\":5,\"service\":\"SAD_ASA\"}],"
	    "\"first_month\":\"2026-01\",\"last_month\":\"2026-06\"}");
	const struct command_voucher_propose *propose = &command.input.voucher_propose;
	assert_int_equal(propose->lines.count, 2);
	assert_int_equal(propose->lines.items[0].service.raw, FIXTURE_SERVICE);
	assert_int_equal(propose->lines.items[0].units_per_month, 720);
	assert_int_equal(propose->lines.items[1].service.raw, FIXTURE_SERVICE_ASA);
	assert_int_equal(propose->first_month.number, 2026 * 12);
	assert_int_equal(propose->last_month.number, 2026 * 12 + 5);

	command = read_good(fixture, ACC,
			    "{\"provider\":\"ALFA\",\"services\":[\"SAD_OSS\",\"SAD_ASA\"],"
			    "\"sub_ambiti\":[\"SUB1\"],\"capacity_units\":54000}");
	const struct command_accreditation_apply *apply = &command.input.accreditation_apply;
	assert_int_equal(apply->services.count, 2);
	assert_int_equal(apply->services.items[1].service.raw, FIXTURE_SERVICE_ASA);
	assert_int_equal(apply->sub_ambiti.count, 1);

	command = read_good(fixture, FUN "/FNPS/years/2027:propose",
			    "{\"stated_cents\":14035000,\"act\":\"DGR 1\"}");
	assert_int_equal(command.input.fund_year_propose.fund.raw, FIXTURE_FUND);
	assert_int_equal(command.input.fund_year_propose.year, 2027);
	assert_int_equal(command.input.fund_year_propose.stated_cents.raw, 14035000);

	command = read_good(fixture, VOU "/0000001%57:issue", "");
	assert_int_equal(command.input.voucher_issue.voucher.raw, 1);

	char hash[128] = "{\"manifest_hash\":\"";
	(void)snprintf(hash, sizeof(hash), "{\"manifest_hash\":\"%s%s\"}",
		       "00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeeff");
	command = read_good(fixture, STM ":export", hash);
	assert_int_equal(command.input.statement_export.manifest_hash[31], 0xff);

	command = read_good(fixture, STM ":match-invoice",
			    INVOICE("26555", "1328", ",\"split_payment\":true"));
	assert_int_equal(command.input.statement_match_invoice.split_payment, 1);
}

static void a_code_is_read_as_typed(void **state)
{
	struct fixture *fixture = *state;
	struct check_code code = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
	char text[CHECK_CODE_TEXT_SIZE + 1] = "";
	check_code_format(&code, text);
	char body[256];
	(void)snprintf(body, sizeof(body), "{\"provider\":\"ALFA\",\"voucher_code\":\"%s\"}", text);
	struct command first = read_good(fixture, VOU "/0000001W:choose-provider", body);
	for (char *at = strstr(body, text); *at != '"'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	struct command second = read_good(fixture, VOU "/0000001W:choose-provider", body);
	assert_true(first.input.voucher_choose_provider.voucher_code != 0);
	assert_int_equal(first.input.voucher_choose_provider.voucher_code,
			 second.input.voucher_choose_provider.voucher_code);
}

/* What one field more says is another request, wherever it stands in the encoding, and whatever
 * zeros stand at its end. */
static void identity_sees_every_field(void **state)
{
	static const char *const more[] = {
	    "",
	    ",\"service\":\"SAD_OSS\"",
	    ",\"end\":\"2026-03-05T10:00:00+01:00\"",
	    ",\"units\":1",
	    ",\"booking\":\"rdm_1\"",
	    ",\"booking\":\"rdm_256\"",
	    ",\"booking\":\"rdm_16777216\"",
	    ",\"proof_at\":\"2026-03-05T10:00:00+01:00\"",
	    ",\"evv_start\":\"2026-03-05T10:00:00+01:00\"",
	    ",\"evv_end\":\"2026-03-05T10:00:00+01:00\"",
	    ",\"confirmed_minutes\":1",
	    ",\"located\":true",
	    ",\"indirect\":true",
	    ",\"performer\":\"ALFA\"",
	    ",\"tariff\":\"trf_1\"",
	    ",\"tariff\":\"trf_16777216\"",
	};
	enum { COUNT = sizeof(more) / sizeof(more[0]) };
	struct fixture *fixture = *state;
	uint8_t hashes[COUNT][16];
	for (uint32_t i = 0; i < COUNT; i++) {
		char body[512];
		(void)snprintf(body, sizeof(body), "{" NUM "," START "," MIN "," OPE "%s}",
			       more[i]);
		struct command command = read_good(fixture, RDM, body);
		memcpy(hashes[i], command.request_hash, sizeof(hashes[i]));
		for (uint32_t other = 0; other < i; other++)
			assert_memory_not_equal(hashes[other], hashes[i], sizeof(hashes[i]));
	}
}

/* The masks of what a command must have say what its rows say. */
static void what_must_be_given_is_in_the_masks(void **state)
{
	(void)state;
	for (uint32_t kind = 0; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		uint32_t required = 0;
		uint32_t in_path = 0;
		for (uint32_t i = 0; info != NULL && i < info->set.count; i++) {
			uint8_t flags = info->set.fields[i].flags;
			required |= (flags & FIELD_REQ) != 0 ? 1u << i : 0u;
			in_path |= (flags & FIELD_PATH) != 0 ? 1u << i : 0u;
		}
		if (info == NULL)
			continue;
		assert_int_equal(info->required, required);
		assert_int_equal(info->in_path, in_path);
	}
}

/* The identity of a request is what it asks, not how it is spelt. */
static void identity_ignores_spelling(void **state)
{
	struct fixture *fixture = *state;
	struct command first = read_good(fixture, RDM, "{" NUM "," START "," MIN "," OPE "}");
	struct command same =
	    read_good(fixture, RDM,
		      "{ " OPE ", \"minutes\" : 60 ,\n" NUM ",\"start\":\"2026-03-05T08:00:00Z\"}");
	struct command other =
	    read_good(fixture, RDM, "{" NUM "," START ",\"minutes\":75," OPE "}");
	struct command zero =
	    read_good(fixture, RDM, "{" NUM "," START "," MIN "," OPE ",\"units\":0}");
	assert_memory_equal(first.request_hash, zero.request_hash, 16);
	assert_memory_equal(first.request_hash, same.request_hash, 16);
	assert_memory_equal(first.key_hash, same.key_hash, 16);
	assert_memory_equal(first.key_hash, other.key_hash, 16);
	assert_true(memcmp(first.request_hash, other.request_hash, 16) != 0);
	fixture->request.caller.raw = 2;
	struct route route = fixture_route(fixture, "POST", RDM);
	struct api_problem problem;
	struct command foreign;
	assert_int_equal(read_json_command(&fixture->request, &route,
					   slice_from_text("{" NUM "," START "," MIN "," OPE "}"),
					   &foreign, &problem),
			 RESULT_OK);
	assert_true(memcmp(first.key_hash, foreign.key_hash, 16) != 0);
	fixture->request.caller.raw = FIXTURE_PRINCIPAL;
	fixture->request.key.size = 0;
	struct command keyless = read_good(fixture, RDM, "{" NUM "," START "," MIN "," OPE "}");
	assert_int_equal(keyless.has_key, 0);
	fixture->request.key.size = 3;
}

static void tells_line_and_column(void **state)
{
	struct fixture *fixture = *state;
	struct command command;
	struct api_problem problem;
	struct route route = fixture_route(fixture, "POST", RDM);
	assert_int_equal(
	    read_json_command(&fixture->request, &route,
			      slice_from_text("{\n  \"voucher\": \"0000001W\",\n  ]\n}"), &command,
			      &problem),
	    RESULT_MALFORMED_JSON);
	assert_int_equal(problem.line, 3);
	assert_in_range(problem.column, 3, 5);
}

static void bounds_body_and_arena(void **state)
{
	struct fixture *fixture = *state;
	struct command command;
	struct api_problem problem;
	struct route route = fixture_route(fixture, "POST", RDM);
	char *body = malloc(BODY_SIZE_MAX);
	memset(body, ' ', BODY_SIZE_MAX);
	body[0] = '{';
	body[BATCH_LINE_SIZE_MAX] = '}';
	assert_int_equal(read_json_command(&fixture->request, &route,
					   (struct slice){body, BATCH_LINE_SIZE_MAX + 1}, &command,
					   &problem),
			 RESULT_BODY_TOO_LARGE);
	/* The longest text, with escapes all along and cut at its end: the most that yajl keeps. */
	memset(body, '\\', BATCH_LINE_SIZE_MAX);
	memcpy(body, "{\"operator\":\"", 13);
	size_t used = arena_mark(&fixture->arena);
	assert_int_equal(read_json_command(&fixture->request, &route,
					   (struct slice){body, BATCH_LINE_SIZE_MAX}, &command,
					   &problem),
			 RESULT_MALFORMED_JSON);
	body[BATCH_LINE_SIZE_MAX - 2] = '"';
	body[BATCH_LINE_SIZE_MAX - 1] = '}';
	enum result result =
	    read_json_command(&fixture->request, &route, (struct slice){body, BATCH_LINE_SIZE_MAX},
			      &command, &problem);
	assert_true(result == RESULT_FIELD_OUT_OF_RANGE || result == RESULT_MALFORMED_JSON);
	assert_int_equal(arena_mark(&fixture->arena), used);
	struct arena small;
	_Alignas(16) unsigned char memory[1024];
	arena_init(&small, memory, sizeof(memory));
	struct api_request request = fixture->request;
	request.arena = &small;
	assert_int_equal(
	    read_json_command(&request, &route, slice_from_text("{" NUM "}"), &command, &problem),
	    RESULT_OVERLOADED);
	free(body);
}

/* Every command can be given by a body made from its own table. */
static const char *sample(const struct field *field)
{
	switch (field->type) {
	case FIELD_FLAG:
		return "true";
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_CENTS:
		return "7";
	case FIELD_DAY:
		return "\"2026-03-05\"";
	case FIELD_MONTH:
		return "\"2026-03\"";
	case FIELD_INSTANT:
		return "\"2026-03-05T09:00:00+01:00\"";
	case FIELD_TEXT:
	case FIELD_KEYED:
		return "\"X1\"";
	case FIELD_BYTES:
		return "\"" TEXT_64 "\"";
	case FIELD_CODE:
	case FIELD_ENUM:
	case FIELD_ID:
	case FIELD_LIST:
		break;
	}
	return NULL;
}

static const char *sample_id(uint8_t kind)
{
	switch (kind) {
	case RECORD_KIND_AMBITO:
		return "CREMA";
	case RECORD_KIND_SUB_AMBITO:
		return "SUB1";
	case RECORD_KIND_COMUNE:
		return "019067";
	case RECORD_KIND_SERVICE:
		return "SAD_OSS";
	case RECORD_KIND_FUND:
		return "FNPS";
	case RECORD_KIND_MEASURE:
		return "B2";
	case RECORD_KIND_PAYING_BODY:
		return "CREMA-CAPO";
	case RECORD_KIND_DESTINATION:
		return "TESORERIA";
	case RECORD_KIND_PROVIDER:
		return "ALFA";
	case RECORD_KIND_PRINCIPAL:
		return "ALFA-UFFICIO";
	case RECORD_KIND_VOUCHER:
		return "0000001W";
	default:
		return NULL;
	}
}

/* A value of a single field. */
static void write_scalar(char *text, size_t size, const struct field *field)
{
	char code[CHECK_CODE_TEXT_SIZE + 1] = "";
	struct check_code bits = {{9}};
	const char *id = sample_id(field->kind);
	switch (field->type) {
	case FIELD_CODE:
		check_code_format(&bits, code);
		(void)snprintf(text, size, "\"%s\"", code);
		return;
	case FIELD_ENUM:
		(void)snprintf(text, size, "\"%s\"", field->enumeration->values[0].name);
		return;
	case FIELD_ID:
		if (id != NULL)
			(void)snprintf(text, size, "\"%s\"", id);
		else
			(void)snprintf(text, size, "\"%s_1\"",
				       record_info((enum record_kind)field->kind)->prefix);
		return;
	default:
		(void)snprintf(text, size, "%s", sample(field));
		return;
	}
}

/* A list has one item, with all its fields; an item of one field is its plain value. */
static void write_sample(char *text, size_t size, const struct field *field)
{
	if (field->type != FIELD_LIST) {
		write_scalar(text, size, field);
		return;
	}
	const struct field_set *items = field->items;
	bool is_plain = items->count == 1;
	(void)snprintf(text, size, is_plain ? "[" : "[{");
	for (uint32_t i = 0; i < items->count; i++) {
		char value[128];
		write_scalar(value, sizeof(value), &items->fields[i]);
		size_t used = strlen(text);
		if (is_plain)
			(void)snprintf(text + used, size - used, "%s", value);
		else
			(void)snprintf(text + used, size - used, "%s\"%s\":%s", i > 0 ? "," : "",
				       items->fields[i].name, value);
	}
	size_t used = strlen(text);
	(void)snprintf(text + used, size - used, is_plain ? "]" : "}]");
}

static void every_command_can_be_read(void **state)
{
	struct fixture *fixture = *state;
	uint32_t read = 0;
	for (uint32_t kind = 1; kind <= COMMAND_KIND_MAX; kind++) {
		const struct command_info *info = command_info((uint8_t)kind);
		if (info == NULL || info->path[0] == '\0')
			continue;
		char body[4096] = "{\"id\":\"l1\"";
		for (uint32_t i = 0; i < info->set.count; i++) {
			char value[512];
			if (info->set.fields[i].flags & FIELD_EDGE)
				continue;
			write_sample(value, sizeof(value), &info->set.fields[i]);
			size_t used = strlen(body);
			(void)snprintf(body + used, sizeof(body) - used, ",\"%s\":%s",
				       info->set.fields[i].name, value);
		}
		size_t used = strlen(body);
		(void)snprintf(body + used, sizeof(body) - used, "}");
		struct command command;
		struct command decoded;
		struct api_problem problem;
		struct slice id;
		enum result result =
		    read_json_line(&fixture->request, (uint8_t)kind, slice_from_text(body), 1, &id,
				   &command, &problem);
		if (result != RESULT_OK)
			fail_msg("%s: %s: %s %s", info->name, body, result_code(result),
				 problem.pointer);
		assert_true(slice_equals_text(id, "l1"));
		/* What the edge read, the journal keeps. */
		uint8_t bytes[COMMAND_INPUT_SIZE_MAX];
		assert_true(codec_size_max(&info->set) <= sizeof(bytes));
		uint32_t size = codec_encode(&info->set, &command.input, bytes);
		memset(&decoded, 0, sizeof(decoded));
		assert_true(codec_decode(&info->set, bytes, size, &decoded.input));
		assert_memory_equal(&decoded.input, &command.input, info->set.struct_size);
		read++;
	}
	assert_true(read >= 45);
}

static int make(void **state)
{
	*state = fixture_make();
	return 0;
}

static int unmake(void **state)
{
	fixture_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(refuses_with_code_and_field, make, unmake),
	    cmocka_unit_test_setup_teardown(refuses_what_yajl_takes, make, unmake),
	    cmocka_unit_test_setup_teardown(takes_what_looks_like_it, make, unmake),
	    cmocka_unit_test_setup_teardown(reads_a_redemption, make, unmake),
	    cmocka_unit_test_setup_teardown(resolves_local_time, make, unmake),
	    cmocka_unit_test_setup_teardown(reads_lists_and_paths, make, unmake),
	    cmocka_unit_test_setup_teardown(a_code_is_read_as_typed, make, unmake),
	    cmocka_unit_test_setup_teardown(identity_ignores_spelling, make, unmake),
	    cmocka_unit_test_setup_teardown(identity_sees_every_field, make, unmake),
	    cmocka_unit_test(what_must_be_given_is_in_the_masks),
	    cmocka_unit_test_setup_teardown(tells_line_and_column, make, unmake),
	    cmocka_unit_test_setup_teardown(bounds_body_and_arena, make, unmake),
	    cmocka_unit_test_setup_teardown(every_command_can_be_read, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
