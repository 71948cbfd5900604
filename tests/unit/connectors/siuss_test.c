/* Benefits to SIUSS: golden files, the schema, facts there and back, who is left out, each check
 * violated alone, and the configuration line by line. */
#include "connectors/format/siuss.h"

#include "engine/base/text.h"
#include "tests/unit/connectors/payment_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FINDINGS_MAX 64u
#define RULES                                                                                      \
	"# who tells\nente = A794\ndenominazione = COMUNE DI ESEMPIO\ncomune = A794\n"             \
	"operatore = BNCLRA85T50F205A\nregione = 03\n"
#define SAD	   "prestazione SAD_OSS = A1.99; Assistenza domiciliare à; 1; 2; 1; 20000.00\n"
#define BUONO_RULE "prestazione BUONO = A1.98; Buono sociale di cura; 4; 0; 2;\n"

static _Alignas(16) unsigned char memory[1 << 18];
static _Alignas(16) unsigned char config[4096];
static _Alignas(16) unsigned char other[1 << 18];
static struct arena arena;
static struct siuss_rules rules;
static struct finding items[FINDINGS_MAX];
static struct findings findings;

static struct day day_of(const char *text)
{
	struct day day;
	assert_true(day_parse(slice_from_text(text), &day));
	return day;
}

static void read_rules(void)
{
	struct siuss_rules_fault fault;
	struct arena list;
	arena_init(&list, config, sizeof(config));
	if (!siuss_rules_read(&rules, &list, slice_from_text(RULES SAD BUONO_RULE), &fault))
		fail_msg("line %u: %s", fault.line, fault.text);
}

static struct person person_of(void)
{
	struct person person = {.line = 2};
	CASES_SET(person.beneficiary, "ben_1");
	CASES_SET(person.tax_code, "RSSMRA80A01H501U");
	CASES_SET(person.surname, "ROSSI <DELL'È>");
	CASES_SET(person.name, "MARIO");
	CASES_SET(person.region, "03");
	CASES_SET(person.comune, "016024");
	CASES_SET(person.dsu_protocol, "INPS-ISEE-2026-00000000A-00");
	person.dsu_date = day_of("2026-01-20");
	return person;
}

static struct siuss_case case_of(const struct person *person, const char *service)
{
	struct siuss_case given = {.person = person,
				   .service = slice_from_text(service),
				   .title = slice_from_text("0000012K"),
				   .begin = day_of("2026-03-01"),
				   .end = day_of("2026-03-31"),
				   .body_share = cents_from(70030),
				   .user_share = cents_from(5000),
				   .character = SIUSS_PERIODIC,
				   .at = 1,
				   .sequence = 1,
				   .sent_on = day_of("2026-04-08")};
	if (strcmp(service, SIUSS_BUONO) == 0) {
		given.character = SIUSS_OCCASIONAL;
		given.user_share = cents_zero();
		given.sequence = 1234567;
	}
	return given;
}

static bool make_facts(const struct siuss_case *given, struct siuss_benefit *benefit)
{
	findings = (struct findings){.items = items, .size = FINDINGS_MAX};
	return siuss_facts(&rules, given, benefit, &findings);
}

static const struct tree_node *make_tree(const struct siuss_benefit *benefit)
{
	struct tree tree;
	arena_init(&arena, memory, sizeof(memory));
	tree_init(&tree, &arena);
	siuss_write(benefit, &tree);
	assert_false(tree.overflow);
	assert_null(tree.at);
	return tree.root;
}

static const struct tree_node *sample(const char *service)
{
	struct siuss_benefit benefit;
	struct person person = person_of();
	struct siuss_case given = case_of(&person, service);
	read_rules();
	assert_true(make_facts(&given, &benefit));
	assert_int_equal(findings.count, 0);
	return make_tree(&benefit);
}

static void check(const struct tree_node *root)
{
	findings = (struct findings){.items = items, .size = FINDINGS_MAX};
	siuss_check(root, &findings);
}

static void golden_files_of_both_characters(void **state)
{
	(void)state;
	const struct tree_node *root = sample("SAD_OSS");
	cases_compare_golden(root, "tests/golden/siuss/periodic.siuss.xml");
	cases_validate(root, SIUSS_SCHEMA);
	check(root);
	assert_int_equal(findings.count, 0);
	root = sample(SIUSS_BUONO);
	cases_compare_golden(root, "tests/golden/siuss/occasional.siuss.xml");
	cases_validate(root, SIUSS_SCHEMA);
	check(root);
	assert_int_equal(findings.count, 0);
}

static void expect_apart(const struct siuss_case *given, enum finding_code code)
{
	struct siuss_benefit benefit;
	assert_false(make_facts(given, &benefit));
	assert_int_equal(findings.count, 1);
	assert_int_equal(items[0].code, code);
	assert_int_equal(items[0].at, given->at);
}

static void who_is_left_out_is_told(void **state)
{
	/* Letters for digits: in the year, in the day, in the place alone. */
	struct siuss_benefit benefit;
	struct person person = person_of();
	struct siuss_case given = case_of(&person, "SAD_OSS");
	(void)state;
	read_rules();
	given.at = 7;
	CASES_SET(person.tax_code, "RSSMRAULALMHRLMD");
	expect_apart(&given, FINDING_OMOCODIA);
	assert_int_equal(finding_kind(items[0].code), FINDING_KIND_APART);
	CASES_SET(person.tax_code, "RSSMRA80A01H5LMX");
	assert_true(make_facts(&given, &benefit));
	cases_validate(make_tree(&benefit), SIUSS_SCHEMA);
	CASES_SET(person.tax_code, "RSSMRA80A01H501V");
	expect_apart(&given, FINDING_TAX_CODE);
	given.person = NULL;
	expect_apart(&given, FINDING_PERSON_MISSING);
	person = person_of();
	given.person = &person;
	given.service = slice_from_text("PASTI");
	expect_apart(&given, FINDING_BENEFIT);
	given.service = slice_from_text("SAD_OSS");
	given.user_share = cents_from(INT64_MAX);
	expect_apart(&given, FINDING_AMOUNT);
}

static void what_the_persons_file_does_not_say(void **state)
{
	struct siuss_benefit benefit;
	struct person person = person_of();
	struct siuss_case given = case_of(&person, "SAD_OSS");
	(void)state;
	read_rules();
	memset(person.region, 0, sizeof(person.region));
	memset(person.comune, 0, sizeof(person.comune));
	given.comune = slice_from_text("019035");
	memset(person.surname, 'x', sizeof(person.surname));
	assert_true(make_facts(&given, &benefit));
	assert_memory_equal(benefit.region, "03", 2);
	assert_memory_equal(benefit.comune, "019035", 6);
	assert_int_equal(benefit.birth_year, 1980);
	assert_int_equal(SLICE_OF(benefit.surname).size, 36);
	assert_int_equal(findings.count, 1);
	assert_int_equal(items[0].code, FINDING_TEXT_CUT);
	person = person_of();
	person.birth_date = day_of("1980-01-01");
	assert_true(make_facts(&given, &benefit));
	assert_int_equal(benefit.birth_year, 1980);
	given.comune = slice_from_text("");
	memset(person.comune, 0, sizeof(person.comune));
	assert_true(make_facts(&given, &benefit));
	check(make_tree(&benefit));
	cases_expect_one(&findings, FINDING_RESIDENCE, 1, "Indirizzo");
}

/* ---- Each check, violated alone ---- */

struct violation {
	const char *path;
	const char *name;
	const char *value; /* NULL: taken out */
	enum finding_code code;
	const char *field;
};

#define BENEFIT "Beneficiario/PrestazioniSociali"

static const struct violation violations[] = {
    {BENEFIT, "CaratterePrestazione", NULL, FINDING_CHARACTER, "CaratterePrestazione"},
    {BENEFIT, "CaratterePrestazione", "3", FINDING_CHARACTER, "CaratterePrestazione"},
    {BENEFIT, "DataInizioPrestazione", NULL, FINDING_PERIODIC, "CaratterePrestazione"},
    {BENEFIT, "ImportoMensile", NULL, FINDING_PERIODIC, "CaratterePrestazione"},
    {BENEFIT, "CaratterePrestazione", "2", FINDING_OCCASIONAL, "CaratterePrestazione"},
    {BENEFIT, "ImportoQuotaUtente", "49.99", FINDING_SHARES_SUM, "ImportoQuotaEnte"},
    {BENEFIT, "ImportoQuotaUtente", NULL, FINDING_SHARES_SUM, "ImportoQuotaEnte"},
    {BENEFIT, "ImportoQuotaUtente", "-1.00", FINDING_AMOUNT, "ImportoQuotaUtente"},
    {BENEFIT, "ImportoMensile", "x", FINDING_AMOUNT, "ImportoMensile"},
    {BENEFIT, "DataFinePrestazione", "2027-01-01", FINDING_END_YEAR, "DataFinePrestazione"},
    {BENEFIT, "DataFinePrestazione", "2026-02-28", FINDING_END_YEAR, "DataFinePrestazione"},
    {BENEFIT, "NumeroProtocolloDSU", NULL, FINDING_DSU, "NumeroProtocolloDSU"},
    {BENEFIT, "AnnoProtocolloDSU", NULL, FINDING_DSU, "NumeroProtocolloDSU"},
    {BENEFIT, "DataDSU", NULL, FINDING_DSU, "NumeroProtocolloDSU"},
    {BENEFIT, "AreaUtenza", NULL, FINDING_AREA, "AreaUtenza"},
    {"Beneficiario/Indirizzo", "CodiceRegione", NULL, FINDING_RESIDENCE, "Indirizzo"},
    {"Beneficiario/Indirizzo", "CodiceComune", NULL, FINDING_RESIDENCE, "Indirizzo"},
    {"Beneficiario/Anagrafica", "AnnoNascita", "1981", FINDING_BIRTH, "Anagrafica"},
    {"Beneficiario/Anagrafica", "LuogoNascita", "F205", FINDING_BIRTH, "Anagrafica"},
    {"Beneficiario/Anagrafica", "Genere", "2", FINDING_BIRTH, "Anagrafica"},
    {"Beneficiario", "CodiceFiscale", "RSSMRA80A01H501V", FINDING_TAX_CODE, "CodiceFiscale"},
};

static void each_check_violated_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(violations) / sizeof(violations[0]); i++) {
		const struct violation *violation = &violations[i];
		const struct tree_node *root = sample("SAD_OSS");
		if (violation->value == NULL)
			cases_drop_attribute(root, violation->path, violation->name);
		else
			cases_set_attribute(root, violation->path, violation->name,
					    violation->value);
		check(root);
		cases_expect_one(&findings, violation->code, 1, violation->field);
	}
	const struct tree_node *root = sample(SIUSS_BUONO);
	cases_drop_attribute(root, BENEFIT, "DataErogazionePrestazione");
	check(root);
	cases_expect_one(&findings, FINDING_OCCASIONAL, 1, "CaratterePrestazione");
	root = sample(SIUSS_BUONO);
	cases_drop_attribute(root, BENEFIT, "ImportoPrestazione");
	check(root);
	cases_expect_one(&findings, FINDING_OCCASIONAL, 1, "CaratterePrestazione");
	root = sample("SAD_OSS");
	cases_set_attribute(root, "Beneficiario", "CodiceFiscale", "RSSMRAULALMHRLMD");
	check(root);
	assert_int_equal(findings.refused, 0);
	assert_int_equal(items[0].code, FINDING_OMOCODIA);
}

static void one_person_and_one_benefit(void **state)
{
	const struct tree_node *root = sample("SAD_OSS");
	(void)state;
	struct tree tree = {.arena = &arena, .root = cases_node(root, "")};
	tree.at = cases_node(root, "Beneficiario");
	tree_string(&tree, "PrestazioniSociali", "");
	check(root);
	cases_expect_one(&findings, FINDING_ONE_ONLY, 0, "Beneficiario");
	root = sample("SAD_OSS");
	tree = (struct tree){.arena = &arena, .root = cases_node(root, "")};
	tree.at = tree.root;
	tree_string(&tree, "Beneficiario", "");
	check(root);
	cases_expect_one(&findings, FINDING_ONE_ONLY, 0, "Beneficiario");
	root = sample("SAD_OSS");
	cases_drop(root, "Beneficiario");
	check(root);
	cases_expect_one(&findings, FINDING_STRUCTURE, 0, "Beneficiario");
}

/* Any case renders, validates, ties, and reads back through its bytes to the same facts. */
static void any_benefit_there_and_back(void **state)
{
	static const char *const codes[] = {"RSSMRA80A01H501U", "BNCLRA85T50F205A",
					    "RSSMRA80A01Z404R", "RSSMRA80A01H50MM"};
	struct test_random random = test_random_make("siuss");
	(void)state;
	read_rules();
	for (uint32_t round = 0; round < 300; round++) {
		struct person person = person_of();
		struct liquidation_row names = cases_random_row(&random, round);
		struct siuss_case given =
		    case_of(&person, test_random_below(&random, 2) == 0 ? "SAD_OSS" : SIUSS_BUONO);
		struct siuss_benefit benefit;
		struct siuss_benefit back;
		struct arena reading;
		const char *fault = NULL;
		CASES_SET(person.tax_code, codes[test_random_below(&random, 4)]);
		memcpy(person.surname, names.beneficiario, 40);
		person.surname[39] = '\0'; /* perhaps inside a letter: cut to whole ones below */
		while (!text_is_utf8(SLICE_OF(person.surname)))
			person.surname[SLICE_OF(person.surname).size - 1] = '\0';
		if (test_random_below(&random, 2) == 0) {
			memset(person.dsu_protocol, 0, sizeof(person.dsu_protocol));
			person.dsu_date = (struct day){0};
		}
		given.body_share = cents_from((int64_t)test_random_below(&random, 1000000));
		given.user_share = cents_from((int64_t)test_random_below(&random, 3) * 1234);
		given.sequence = (uint32_t)test_random_below(&random, 10000000);
		given.cancels = test_random_below(&random, 2) == 1;
		assert_true(make_facts(&given, &benefit));
		const struct tree_node *root = make_tree(&benefit);
		check(root);
		cases_expect_none_refused(&findings);
		cases_validate(root, SIUSS_SCHEMA);
		arena_init(&reading, other, sizeof(other));
		if (!siuss_read(cases_through_bytes(root, &reading), &back, &fault))
			fail_msg("%s", fault);
		assert_memory_equal(&back, &benefit, sizeof(back));
	}
}

/* ---- Configuration ---- */

struct bad {
	const char *text;
	uint32_t line;
	const char *words;
};

static void the_configuration_is_checked(void **state)
{
	static const struct bad all[] = {
	    {"", 0, "`ente`"},
	    {RULES, 0, "no `prestazione`"},
	    {RULES SAD SAD, 8, "twice"},
	    {RULES SAD "ente = A1\n", 8, "twice"},
	    {RULES SAD "colore = blu\n", 8, "no such key"},
	    {RULES "prestazione S = A1; Assistenza; 1; 2; 1;\n", 7, "5 to 10"},
	    {RULES "prestazione S = A1.99; corto; 1; 2; 1;\n", 7, "10 to 200"},
	    {RULES "prestazione S = A1.99; Assistenza domiciliare; 5; 2; 1;\n", 7, "Mezzi"},
	    {RULES "prestazione S = A1.99; Assistenza domiciliare; 1; 4; 1;\n", 7, "AreaUtenza"},
	    {RULES "prestazione S = A1.99; Assistenza domiciliare; 1; 0; 1;\n", 7, "PresaCarico"},
	    {RULES "prestazione S = A1.99; Assistenza domiciliare; 1; 2; 1; x\n", 7, "threshold"},
	    {"ente = A794\ndenominazione = X\ncomune = 794\n", 0, "Belfiore"},
	    {"ente = A794\ndenominazione = X\ncomune = A794\noperatore = X\n", 0, "codice fiscale"},
	    {"ente =\n", 1, "without value"},
	    {"ente = \xff\n", 0, "UTF-8"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct siuss_rules read;
		struct siuss_rules_fault fault;
		struct arena list;
		arena_init(&list, config, sizeof(config));
		assert_false(siuss_rules_read(&read, &list, slice_from_text(all[i].text), &fault));
		if (fault.line != all[i].line || strstr(fault.text, all[i].words) == NULL)
			fail_msg("line %u: %s: %s", fault.line, fault.text, all[i].text);
	}
	read_rules();
	assert_int_equal(rules.count, 2);
	assert_true(cents_is_zero(siuss_rule_of(&rules, slice_from_text("BUONO"))->threshold));
	assert_null(siuss_rule_of(&rules, slice_from_text("SAD")));
}

static void the_example_is_a_configuration(void **state)
{
	static char text[4096];
	struct siuss_rules_fault fault;
	struct arena list;
	(void)state;
	FILE *file = fopen("connectors/profiles/siuss.conf.example", "rb");
	assert_non_null(file);
	size_t size = fread(text, 1, sizeof(text), file);
	fclose(file);
	arena_init(&list, config, sizeof(config));
	if (!siuss_rules_read(&rules, &list, (struct slice){text, (uint32_t)size}, &fault))
		fail_msg("line %u: %s", fault.line, fault.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(golden_files_of_both_characters),
	    cmocka_unit_test(who_is_left_out_is_told),
	    cmocka_unit_test(what_the_persons_file_does_not_say),
	    cmocka_unit_test(each_check_violated_alone),
	    cmocka_unit_test(one_person_and_one_benefit),
	    cmocka_unit_test(any_benefit_there_and_back),
	    cmocka_unit_test(the_configuration_is_checked),
	    cmocka_unit_test(the_example_is_a_configuration),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
