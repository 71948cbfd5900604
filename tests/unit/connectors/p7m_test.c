/* Signed files: a small authority is made here, signs, is trusted, or is not. */
#include "connectors/intake/p7m.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTENT "<?xml version=\"1.0\"?><a>fattura</a>"

struct pair {
	X509 *certificate;
	EVP_PKEY *key;
};

static struct pair authority;
static struct pair signer;
static struct pair stranger;
static char trusted[] = "/tmp/p7m-trusted-XXXXXX";
static char untrusted[] = "/tmp/p7m-untrusted-XXXXXX";
static char fault[P7M_FAULT_SIZE];

/* A certificate for a key of its own, from `issuer` or from itself; its days from now. */
static struct pair make_pair(const char *name, const struct pair *issuer, long from, long to)
{
	struct pair pair = {X509_new(), EVP_EC_gen("P-256")};
	assert_non_null(pair.certificate);
	assert_non_null(pair.key);
	X509 *made = pair.certificate;
	X509_set_version(made, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(made), (long)strlen(name));
	X509_gmtime_adj(X509_getm_notBefore(made), from * 86400);
	X509_gmtime_adj(X509_getm_notAfter(made), to * 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(made, X509_get_subject_name(issuer == NULL ? made
									: issuer->certificate));
	X509_set_pubkey(made, pair.key);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(
	    NULL, NULL, issuer == NULL ? NID_basic_constraints : NID_key_usage,
	    issuer == NULL ? "critical,CA:TRUE" : "critical,nonRepudiation");
	assert_non_null(extension);
	X509_add_ext(made, extension, -1);
	X509_EXTENSION_free(extension);
	assert_true(X509_sign(made, issuer == NULL ? pair.key : issuer->key, EVP_sha256()) > 0);
	return pair;
}

static void free_pair(struct pair *pair)
{
	X509_free(pair->certificate);
	EVP_PKEY_free(pair->key);
}

static void write_certificate(char *path, X509 *certificate)
{
	int descriptor = mkstemp(path);
	FILE *file = fdopen(descriptor, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, certificate), 1);
	fclose(file);
}

static void write_pem(BIO *sink, CMS_ContentInfo *made)
{
	unsigned char *der = NULL;
	int size = i2d_CMS_ContentInfo(made, &der);
	assert_true(size > 0);
	assert_true(PEM_write_bio(sink, "CMS", "", der, size) > 0);
	OPENSSL_free(der);
}

/* A signed file over some content; "der", "pem" or "base64". The bytes are to be freed. */
static struct slice sign(const struct pair *by, struct slice content, const char *form)
{
	BIO *source = BIO_new_mem_buf(content.data, (int)content.size);
	BIO *sink = BIO_new(BIO_s_mem());
	CMS_ContentInfo *made =
	    CMS_sign(by->certificate, by->key, NULL, source, CMS_BINARY | CMS_NOSMIMECAP);
	assert_non_null(made);
	if (strcmp(form, "der") == 0) {
		assert_int_equal(i2d_CMS_bio(sink, made), 1);
	} else if (strcmp(form, "pem") == 0) {
		write_pem(sink, made);
	} else {
		BIO *base64 = BIO_push(BIO_new(BIO_f_base64()), sink);
		assert_int_equal(i2d_CMS_bio(base64, made), 1);
		(void)BIO_flush(base64);
		BIO_pop(base64);
		BIO_free(base64);
	}
	char *data;
	long size = BIO_get_mem_data(sink, &data);
	char *copy = malloc((size_t)size);
	assert_non_null(copy);
	memcpy(copy, data, (size_t)size);
	CMS_ContentInfo_free(made);
	BIO_free(sink);
	BIO_free(source);
	return (struct slice){copy, (uint32_t)size};
}

static void release(struct slice bytes)
{
	free((char *)(uintptr_t)bytes.data);
}

static void expect(struct slice file, const char *authorities, enum result wanted, uint32_t layers)
{
	struct p7m content;
	enum result result = p7m_open(file, authorities, &content, fault);
	if (result != wanted)
		fail_msg("%d instead of %d: %s", (int)result, (int)wanted, fault);
	if (wanted == RESULT_OK) {
		assert_int_equal(content.layers, layers);
		assert_int_equal(content.size, strlen(CONTENT));
		assert_string_equal(content.bytes, CONTENT);
	} else {
		assert_true(fault[0] != '\0');
	}
	p7m_free(&content);
}

static void each_form(void **state)
{
	(void)state;
	static const char *const forms[] = {"der", "pem", "base64"};
	for (int i = 0; i < 3; i++) {
		struct slice file = sign(&signer, slice_from_text(CONTENT), forms[i]);
		assert_true(p7m_is_signed(file));
		expect(file, NULL, RESULT_OK, 1);
		expect(file, trusted, RESULT_OK, 1);
		expect(file, untrusted, RESULT_CHECK_FAILED, 0);
		expect(file, "/nowhere/authorities.pem", RESULT_NOT_FOUND, 0);
		release(file);
	}
	expect(slice_from_text(CONTENT), NULL, RESULT_OK, 0);
	expect(slice_from_text(CONTENT), trusted, RESULT_CHECK_FAILED, 0);
}

/* One byte of the content, and of the signature, changed. */
static void altered(void **state)
{
	(void)state;
	struct slice file = sign(&signer, slice_from_text(CONTENT), "der");
	char *bytes = (char *)(uintptr_t)file.data;
	char *at = memmem(bytes, file.size, "fattura", 7);
	assert_non_null(at);
	*at = 'F';
	expect(file, trusted, RESULT_CHECK_FAILED, 0);
	*at = 'f';
	expect(file, trusted, RESULT_OK, 1);
	bytes[file.size - 1] = (char)(bytes[file.size - 1] ^ 1);
	expect(file, trusted, RESULT_CHECK_FAILED, 0);
	release(file);
}

static void layers(void **state)
{
	(void)state;
	struct slice one = sign(&signer, slice_from_text(CONTENT), "der");
	struct slice two = sign(&signer, one, "base64");
	struct slice three = sign(&signer, two, "der");
	struct slice four = sign(&signer, three, "pem");
	struct slice mixed = sign(&stranger, two, "der");
	expect(two, trusted, RESULT_OK, 2);
	expect(three, trusted, RESULT_OK, 3);
	expect(four, NULL, RESULT_BODY_TOO_LARGE, 0);
	expect(mixed, trusted, RESULT_CHECK_FAILED, 0); /* every layer must hold */
	expect(mixed, NULL, RESULT_OK, 3);
	release(one);
	release(two);
	release(three);
	release(four);
	release(mixed);
}

static void a_certificate_that_ended(void **state)
{
	(void)state;
	struct pair old = make_pair("expired", &authority, -20, -10);
	struct slice file = sign(&old, slice_from_text(CONTENT), "der");
	expect(file, trusted, RESULT_CHECK_FAILED, 0);
	assert_non_null(strstr(fault, "verify"));
	expect(file, NULL, RESULT_OK, 1);
	release(file);
	free_pair(&old);
}

/* Cut anywhere, or other bytes: refused, and nothing is leaked. */
static void broken(void **state)
{
	(void)state;
	struct slice file = sign(&signer, slice_from_text(CONTENT), "der");
	for (uint32_t size = 24; size < file.size; size += 7)
		expect((struct slice){file.data, size}, NULL, RESULT_BAD_REQUEST, 0);
	release(file);
	expect(slice_from_text("MIIE not base64 !!"), NULL, RESULT_BAD_REQUEST, 0);
	expect(slice_from_text("-----BEGIN PKCS7-----\nAAAA\n"), NULL, RESULT_BAD_REQUEST, 0);
	/* data that is encrypted, digested or plain is no signed data: by its identifier */
	BIO *sink = BIO_new(BIO_s_mem());
	BIO *source = BIO_new_mem_buf(CONTENT, -1);
	CMS_ContentInfo *plain = CMS_data_create(source, CMS_BINARY);
	write_pem(sink, plain);
	char *data;
	long size = BIO_get_mem_data(sink, &data);
	expect((struct slice){data, (uint32_t)size}, NULL, RESULT_BAD_REQUEST, 0);
	CMS_ContentInfo_free(plain);
	BIO_free(source);
	BIO_free(sink);
	/* a signature apart from what it signs */
	source = BIO_new_mem_buf(CONTENT, -1);
	sink = BIO_new(BIO_s_mem());
	CMS_ContentInfo *apart =
	    CMS_sign(signer.certificate, signer.key, NULL, source, CMS_BINARY | CMS_DETACHED);
	assert_int_equal(i2d_CMS_bio(sink, apart), 1);
	size = BIO_get_mem_data(sink, &data);
	expect((struct slice){data, (uint32_t)size}, NULL, RESULT_BAD_REQUEST, 0);
	CMS_ContentInfo_free(apart);
	BIO_free(source);
	BIO_free(sink);
}

static int setup(void **state)
{
	(void)state;
	authority = make_pair("authority", NULL, -30, 30);
	signer = make_pair("signer", &authority, -1, 10);
	struct pair other = make_pair("other authority", NULL, -30, 30);
	stranger = make_pair("stranger", &other, -1, 10);
	write_certificate(trusted, authority.certificate);
	write_certificate(untrusted, other.certificate);
	free_pair(&other);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free_pair(&authority);
	free_pair(&signer);
	free_pair(&stranger);
	unlink(trusted);
	unlink(untrusted);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_form), cmocka_unit_test(altered),
	    cmocka_unit_test(layers),	 cmocka_unit_test(a_certificate_that_ended),
	    cmocka_unit_test(broken),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
