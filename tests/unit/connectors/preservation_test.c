/* Preservation packages: what they say, the same again, and every way in which one can be broken. */
#include "connectors/delivery/folder.h"
#include "connectors/preservation/package.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE (TEST_FOLDER_SIZE + 160)
#define MANIFEST_HASH "f90c9a2fd6d5c9e5cb7d8e0d37a4dbf3d3f49ac62cf2a6cbd9b4b3ad0c2b6a4e"

static char base[TEST_FOLDER_SIZE];
static char from[PATH_SIZE];
static char to[PATH_SIZE];

static void write_text(const char *folder, const char *name, const char *text)
{
	char path[2 * PATH_SIZE];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static char *read_text(const char *folder, const char *name)
{
	char path[2 * PATH_SIZE];
	char *text = calloc(1, 1u << 16);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	assert_true(fread(text, 1, (1u << 16) - 1, file) > 0);
	fclose(file);
	return text;
}

static int set_up(void **state)
{
	(void)state;
	char command[2 * PATH_SIZE];
	test_folder_make("preservation_test", base);
	snprintf(from, sizeof(from), "%s/from", base);
	snprintf(to, sizeof(to), "%s/to", base);
	snprintf(command, sizeof(command), "rm -rf %s/*", base);
	assert_int_equal(system(command), 0);
	assert_int_equal(mkdir(from, 0700), 0);
	write_text(from, "prospetto.pdf", "%PDF-1.5");
	write_text(from, "liquidazioni.manifest.csv", "file;righe\r\n");
	write_text(from, "liquidazioni.manifest.csv.p7m", "signature");
	return 0;
}

static struct package a_package(void)
{
	struct package package = {.from = from, .to = to};
	struct preservation_facts *facts = &package.facts;
	snprintf(facts->identifier, PRESERVATION_TEXT_SIZE, "exp_3");
	snprintf(facts->kind, PRESERVATION_TEXT_SIZE, "esportazione di pagamenti");
	snprintf(facts->subject, PRESERVATION_TEXT_SIZE, "Voucher <sociali> & buoni");
	snprintf(facts->act, PRESERVATION_TEXT_SIZE, "DET 9/2026");
	snprintf(facts->protocol, PRESERVATION_TEXT_SIZE, "1234");
	snprintf(facts->producer, PRESERVATION_TEXT_SIZE, "Comune di Crema");
	snprintf(facts->ipa_code, PRESERVATION_TEXT_SIZE, "c_d142");
	snprintf(facts->tax_code, PRESERVATION_TEXT_SIZE, "00111540191");
	snprintf(facts->closed_at, PRESERVATION_TEXT_SIZE, "2026-02-28T10:00:00+01:00");
	assert_true(day_parse(slice_from_text("2026-03-01"), &facts->protocol_date));
	assert_true(day_parse(slice_from_text("2026-02-28"), &facts->closed_on));
	return package;
}

/* The last sentence told; all are counted in the check. */
static char told[PACKAGE_FAULT_SIZE];

static void keep(void *context, const char *sentence)
{
	(void)context;
	snprintf(told, sizeof(told), "%s", sentence);
}

static enum result verify(const char *hash, uint32_t *ret_faults)
{
	struct package_check check = {.folder = to, .index_sha256 = hash, .told = keep};
	told[0] = '\0';
	enum result result = package_verify(&check);
	*ret_faults = check.faults;
	return result;
}

static void assert_golden(const char *name, const char *golden)
{
	char *found = read_text(to, name);
	if (getenv("GOLDEN_WRITE") != NULL)
		write_text("tests/golden/preservation", golden, found);
	char *wanted = read_text("tests/golden/preservation", golden);
	assert_string_equal(found, wanted);
	free(found);
	free(wanted);
}

static void a_package_says_what_is_in_it(void **state)
{
	struct package package = a_package();
	uint32_t faults;
	(void)state;
	assert_int_equal(package_make(&package), RESULT_OK);
	assert_int_equal(package.count, 3);
	assert_golden("indice.xml", "indice.xml");
	assert_golden("metadati/liquidazioni.manifest.csv.p7m.xml", "firma.xml");
	assert_golden("metadati/prospetto.pdf.xml", "prospetto.xml");
	assert_int_equal(verify(NULL, &faults), RESULT_OK);
	assert_int_equal(faults, 0);
	assert_int_equal(verify(package.index_sha256, &faults), RESULT_OK);
}

static void the_same_files_make_the_same_package(void **state)
{
	struct package first = a_package();
	struct package second = a_package();
	(void)state;
	assert_int_equal(package_make(&first), RESULT_OK);
	char *index = read_text(to, "indice.xml");
	assert_int_equal(package_make(&second), RESULT_OK);
	char *again = read_text(to, "indice.xml");
	assert_string_equal(index, again);
	assert_string_equal(first.index_sha256, second.index_sha256);
	free(index);
	free(again);
	/* Other facts do not overwrite it. */
	snprintf(second.facts.act, PRESERVATION_TEXT_SIZE, "DET 10/2026");
	assert_int_equal(package_make(&second), RESULT_ALREADY_EXISTS);
	assert_non_null(strstr(second.fault, "another package"));
}

static void what_was_sealed_must_be_there(void **state)
{
	struct package package = a_package();
	uint8_t hash[FOLDER_HASH_SIZE];
	char text[PRESERVATION_HEX_SIZE] = "";
	struct stat status;
	(void)state;
	package.sealed = MANIFEST_HASH;
	assert_int_equal(package_make(&package), RESULT_CHECK_FAILED);
	assert_int_equal(stat(to, &status), -1); /* nothing was written */
	folder_hash(slice_from_text("file;righe\r\n"), hash);
	for (uint32_t i = 0; i < sizeof(hash); i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	package.sealed = text;
	assert_int_equal(package_make(&package), RESULT_OK);
}

static void what_cannot_be_a_package_is_refused(void **state)
{
	struct package package = a_package();
	char empty[2 * PATH_SIZE];
	(void)state;
	write_text(from, "con spazio.pdf", "x");
	assert_int_equal(package_make(&package), RESULT_FIELD_INVALID);
	assert_non_null(strstr(package.fault, "con spazio.pdf"));
	snprintf(empty, sizeof(empty), "%s/empty", base);
	assert_int_equal(mkdir(empty, 0700), 0);
	package.from = empty;
	assert_int_equal(package_make(&package), RESULT_NOT_FOUND);
	package.from = "/nowhere/at/all";
	assert_int_equal(package_make(&package), RESULT_NOT_FOUND);
	assert_false(preservation_name_is_good(slice_from_text("../a")));
	assert_false(preservation_name_is_good(slice_from_text(".hidden")));
	assert_false(preservation_name_is_good(slice_from_text("")));
	assert_true(preservation_name_is_good(slice_from_text("a-B_9.x")));
}

struct harm {
	const char *name;
	const char *text; /* NULL: removed */
	const char *sentence;
};

static void every_harm_is_found(void **state)
{
	static const struct harm harms[] = {
	    {"documenti/prospetto.pdf", "%PDF-1.6", "another hash"},
	    {"documenti/prospetto.pdf", "%PDF-1.5 ", "another size"},
	    {"documenti/prospetto.pdf", NULL, "is missing"},
	    {"metadati/prospetto.pdf.xml", "<a/>", "another size"},
	    {"documenti/foreign.pdf", "x", "is not in the index"},
	    {"metadati/foreign.xml", "x", "is not in the index"},
	    {"indice.xml", "<PIndex><File/></PIndex>", "is not in the index"},
	    {"indice.xml", "no xml", ""},
	    {"indice.xml", NULL, "no package"},
	    {"indice.xml", "<PIndex><File><Path>documenti/../../etc/passwd</Path></File></PIndex>",
	     "is not in the index"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
		struct package package = a_package();
		char path[2 * PATH_SIZE];
		uint32_t faults;
		set_up(NULL);
		assert_int_equal(package_make(&package), RESULT_OK);
		snprintf(path, sizeof(path), "%s/%s", to, harms[i].name);
		if (harms[i].text == NULL)
			assert_int_equal(unlink(path), 0);
		else
			write_text(to, harms[i].name, harms[i].text);
		enum result result = verify(NULL, &faults);
		assert_true(result == RESULT_CHECK_FAILED || result == RESULT_NOT_FOUND);
		assert_true(faults > 0);
		assert_non_null(strstr(told, harms[i].sentence));
	}
}

static void an_index_has_the_hash_that_was_kept(void **state)
{
	struct package package = a_package();
	uint32_t faults;
	(void)state;
	assert_int_equal(package_make(&package), RESULT_OK);
	assert_int_equal(verify(MANIFEST_HASH, &faults), RESULT_CHECK_FAILED);
	assert_int_equal(faults, 1);
}

static void make_keys(char private_key[2 * PATH_SIZE], char public_key[2 * PATH_SIZE])
{
	char command[8 * PATH_SIZE];
	snprintf(private_key, 2 * PATH_SIZE, "%s/key.pem", base);
	snprintf(public_key, 2 * PATH_SIZE, "%s/key.pub", base);
	snprintf(command, sizeof(command),
		 "openssl genpkey -algorithm ed25519 -out %s 2>/dev/null && "
		 "openssl pkey -in %s -pubout -out %s",
		 private_key, private_key, public_key);
	assert_int_equal(system(command), 0);
}

static uint32_t faults_with(const char *public_key)
{
	struct package_check check = {.folder = to, .public_key = public_key, .told = keep};
	told[0] = '\0';
	enum result result = package_verify(&check);
	assert_int_equal(result == RESULT_OK, check.faults == 0);
	return check.faults;
}

static void a_signed_index_is_known_by_its_key(void **state)
{
	char private_key[2 * PATH_SIZE];
	char public_key[2 * PATH_SIZE];
	char other_private[2 * PATH_SIZE];
	char other_public[2 * PATH_SIZE];
	struct package package = a_package();
	struct stat status;
	(void)state;
	make_keys(other_private, other_public);
	package.sign_key = other_public; /* not a private key */
	assert_int_equal(package_make(&package), RESULT_CONFIG_INVALID);
	package.sign_key = "/nowhere";
	assert_int_equal(package_make(&package), RESULT_NOT_FOUND);
	assert_int_equal(stat(to, &status), -1);
	package.sign_key = other_private;
	assert_int_equal(package_make(&package), RESULT_OK);
	assert_int_equal(package_make(&package), RESULT_OK); /* the same signature again */
	assert_int_equal(faults_with(other_public), 0);
	assert_int_equal(faults_with(other_private), 1);
	make_keys(private_key, public_key);
	assert_int_equal(faults_with(public_key), 1);
	assert_non_null(strstr(told, "is not the signature"));
	write_text(to, "indice.xml.sig", "x");
	assert_int_equal(faults_with(public_key), 1);
	snprintf(other_private, sizeof(other_private), "%s/indice.xml.sig", to);
	assert_int_equal(unlink(other_private), 0);
	assert_int_equal(faults_with(public_key), 1);
	assert_non_null(strstr(told, "not signed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_package_says_what_is_in_it, set_up),
	    cmocka_unit_test_setup(the_same_files_make_the_same_package, set_up),
	    cmocka_unit_test_setup(what_was_sealed_must_be_there, set_up),
	    cmocka_unit_test_setup(what_cannot_be_a_package_is_refused, set_up),
	    cmocka_unit_test_setup(every_harm_is_found, set_up),
	    cmocka_unit_test_setup(a_signed_index_is_known_by_its_key, set_up),
	    cmocka_unit_test_setup(an_index_has_the_hash_that_was_kept, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
