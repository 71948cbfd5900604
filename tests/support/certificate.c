/* See certificate.h. */
#include "tests/support/certificate.h"

#include "engine/base/assert.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CERTIFICATE_FILES_MAX 64u
#define CERTIFICATE_LIFE_S    86400L

static char paths[CERTIFICATE_FILES_MAX][256];
static unsigned path_count;

static void remove_files(void)
{
	for (unsigned i = 0; i < path_count; i++)
		(void)unlink(paths[i]);
}

static FILE *open_file(const char **ret_path)
{
	const char *folder = getenv("TEST_FOLDER");
	char *path = paths[path_count];
	int descriptor;
	FILE *file;

	ASSERT(path_count < CERTIFICATE_FILES_MAX);
	if (path_count++ == 0)
		ASSERT(atexit(remove_files) == 0);
	(void)snprintf(path, sizeof(paths[0]), "%s/certificate-XXXXXX",
		       folder == NULL ? "/tmp" : folder);
	descriptor = mkstemp(path); /* mode 0600 */
	ASSERT(descriptor >= 0);
	file = fdopen(descriptor, "w");
	ASSERT(file != NULL);
	*ret_path = path;
	return file;
}

static void add_extension(X509 *certificate, int kind, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);

	ASSERT(extension != NULL);
	ASSERT(X509_add_ext(certificate, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name;

	ASSERT(certificate != NULL);
	ASSERT(X509_set_version(certificate, X509_VERSION_3) == 1);
	ASSERT(ASN1_INTEGER_set(X509_get_serialNumber(certificate), (long)path_count + 1) == 1);
	ASSERT(X509_gmtime_adj(X509_getm_notBefore(certificate), -60) != NULL);
	ASSERT(X509_gmtime_adj(X509_getm_notAfter(certificate), CERTIFICATE_LIFE_S) != NULL);
	name = X509_get_subject_name(certificate);
	ASSERT(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					  (const unsigned char *)"localhost", -1, -1, 0) == 1);
	ASSERT(X509_set_issuer_name(certificate, name) == 1);
	ASSERT(X509_set_pubkey(certificate, key) == 1);
	add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth");
	add_extension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
	ASSERT(X509_sign(certificate, key, EVP_sha256()) > 0);
	return certificate;
}

void certificate_files(const char **ret_certificate, const char **ret_key)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate;
	FILE *file;

	ASSERT(key != NULL);
	certificate = make_certificate(key);
	file = open_file(ret_certificate);
	ASSERT(PEM_write_X509(file, certificate) == 1);
	ASSERT(fclose(file) == 0);
	file = open_file(ret_key);
	ASSERT(PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
	ASSERT(fclose(file) == 0);
	X509_free(certificate);
	EVP_PKEY_free(key);
}
