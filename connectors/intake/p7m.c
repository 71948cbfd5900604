/* Signed files: see p7m.h. */
#include "connectors/intake/p7m.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum result fail(char *fault, enum result result, const char *text)
{
	snprintf(fault, P7M_FAULT_SIZE, "%s", text);
	ERR_clear_error();
	return result;
}

/* The same, with the first reason that the library gives. */
static enum result fail_because(char *fault, enum result result, const char *text)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	snprintf(fault, P7M_FAULT_SIZE, "%s (%.120s)", text, reason == NULL ? "unknown" : reason);
	ERR_clear_error();
	return result;
}

static bool begins_with(struct slice file, const char *prefix)
{
	size_t size = strlen(prefix);
	return file.size >= size && memcmp(file.data, prefix, size) == 0;
}

/* A SEQUENCE, its length, and the identifier of signedData (1.2.840.113549.1.7.2). */
static bool is_der(struct slice file)
{
	static const char oid[] = "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
	size_t window = file.size < 24 ? file.size : 24;
	return file.size > 2 && file.data[0] == 0x30 &&
	       memmem(file.data, window, oid, sizeof(oid) - 1) != NULL;
}

static bool is_armoured(struct slice file)
{
	return begins_with(file, "-----BEGIN PKCS7-----") ||
	       begins_with(file, "-----BEGIN CMS-----");
}

/* Base64 of a SEQUENCE: its first symbol is M, its second between A and f. */
static bool is_base64(struct slice file)
{
	return begins_with(file, "MI") || begins_with(file, "MA");
}

bool p7m_is_signed(struct slice file)
{
	return is_der(file) || is_armoured(file) || is_base64(file);
}

/* ---- Base64 ---- */

static int value_of(char symbol)
{
	if (symbol >= 'A' && symbol <= 'Z')
		return symbol - 'A';
	if (symbol >= 'a' && symbol <= 'z')
		return symbol - 'a' + 26;
	if (symbol >= '0' && symbol <= '9')
		return symbol - '0' + 52;
	if (symbol == '+')
		return 62;
	return symbol == '/' ? 63 : -1;
}

/* Lines of any length; what stands between lines of dashes, where there are some. */
static struct slice unarmour(struct slice file)
{
	const char *end = file.data + file.size;
	if (!is_armoured(file))
		return file;
	const char *line = memchr(file.data, '\n', file.size);
	const char *from = line == NULL ? end : line + 1;
	const char *to = memmem(from, (size_t)(end - from), "-----END", 8);
	return (struct slice){from, (uint32_t)((to == NULL ? end : to) - from)};
}

static enum result decode(struct slice text, char **ret_bytes, uint32_t *ret_size, char *fault)
{
	char *bytes = malloc((size_t)text.size / 4 * 3 + 4);
	uint32_t size = 0;
	uint32_t bits = 0;
	uint32_t held = 0;
	if (bytes == NULL)
		return fail(fault, RESULT_OUT_OF_MEMORY, "no memory");
	for (uint32_t i = 0; i < text.size && text.data[i] != '='; i++) {
		int value = value_of(text.data[i]);
		if (value < 0 && strchr(" \t\r\n", text.data[i]) != NULL && text.data[i] != '\0')
			continue;
		if (value < 0) {
			free(bytes);
			return fail(fault, RESULT_BAD_REQUEST, "not the base64 of a signed file");
		}
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		bytes[size++] = (char)(unsigned char)(bits >> held & 0xFF);
	}
	*ret_bytes = bytes;
	*ret_size = size;
	return RESULT_OK;
}

/* ---- Signatures ---- */

static enum result load_authorities(const char *path, X509_STORE **ret_store, char *fault)
{
	X509_STORE *store = X509_STORE_new();
	if (store == NULL)
		return fail(fault, RESULT_OUT_OF_MEMORY, "no memory");
	/* a trust list names issuers, not always their roots; certificates to sign with say no
	 * purpose of mail */
	(void)X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	(void)X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
	if (X509_STORE_load_file(store, path) != 1) {
		X509_STORE_free(store);
		return fail_because(fault, RESULT_NOT_FOUND, "no certificates of authorities");
	}
	*ret_store = store;
	return RESULT_OK;
}

/* Every signature over the content, each signer's chain up to an authority. */
static enum result verify(CMS_ContentInfo *signed_data, const char *authorities, char *fault)
{
	X509_STORE *store = NULL;
	enum result result = load_authorities(authorities, &store, fault);
	if (result != RESULT_OK)
		return result;
	BIO *sink = BIO_new(BIO_s_null());
	if (sink == NULL)
		result = fail(fault, RESULT_OUT_OF_MEMORY, "no memory");
	else if (CMS_verify(signed_data, NULL, store, NULL, sink, CMS_BINARY) != 1)
		result = fail_because(fault, RESULT_CHECK_FAILED, "the signature does not hold");
	BIO_free(sink);
	X509_STORE_free(store);
	return result;
}

static enum result copy_content(CMS_ContentInfo *signed_data, struct p7m *content, char *fault)
{
	ASN1_OCTET_STRING **held = CMS_get0_content(signed_data);
	if (held == NULL || *held == NULL || ASN1_STRING_length(*held) <= 0)
		return fail(fault, RESULT_BAD_REQUEST, "a signature without what it signs");
	uint32_t size = (uint32_t)ASN1_STRING_length(*held);
	char *bytes = malloc((size_t)size + 1);
	if (bytes == NULL)
		return fail(fault, RESULT_OUT_OF_MEMORY, "no memory");
	memcpy(bytes, ASN1_STRING_get0_data(*held), size);
	bytes[size] = '\0';
	free(content->bytes);
	content->bytes = bytes;
	content->size = size;
	content->layers++;
	return RESULT_OK;
}

static enum result open_der(struct slice der, const char *authorities, struct p7m *content,
			    char *fault)
{
	BIO *source = BIO_new_mem_buf(der.data, (int)der.size);
	CMS_ContentInfo *signed_data = source == NULL ? NULL : d2i_CMS_bio(source, NULL);
	enum result result = RESULT_OK;
	if (signed_data == NULL)
		result = fail_because(fault, RESULT_BAD_REQUEST, "not a signed file");
	else if (OBJ_obj2nid(CMS_get0_type(signed_data)) != NID_pkcs7_signed)
		result = fail(fault, RESULT_BAD_REQUEST, "a CMS file that is not signed data");
	if (result == RESULT_OK && authorities != NULL)
		result = verify(signed_data, authorities, fault);
	if (result == RESULT_OK)
		result = copy_content(signed_data, content, fault);
	CMS_ContentInfo_free(signed_data);
	BIO_free(source);
	return result;
}

/* One layer of signature, in whatever clothes. */
static enum result open_layer(struct slice file, const char *authorities, struct p7m *content,
			      char *fault)
{
	if (is_der(file))
		return open_der(file, authorities, content, fault);
	char *der = NULL;
	uint32_t size = 0;
	enum result result = decode(unarmour(file), &der, &size, fault);
	if (result == RESULT_OK)
		result = open_der((struct slice){der, size}, authorities, content, fault);
	free(der);
	return result;
}

enum result p7m_open(struct slice file, const char *authorities, struct p7m *ret_content,
		     char ret_fault[P7M_FAULT_SIZE])
{
	ASSERT(ret_content != NULL && ret_fault != NULL);
	*ret_content = (struct p7m){NULL, 0, 0};
	ret_fault[0] = '\0';
	if (file.size > P7M_SIZE_MAX)
		return fail(ret_fault, RESULT_BODY_TOO_LARGE, "the file is too large");
	struct slice layer = file;
	while (p7m_is_signed(layer)) {
		if (ret_content->layers == P7M_LAYERS_MAX)
			return fail(ret_fault, RESULT_BODY_TOO_LARGE, "signed too many times over");
		enum result result = open_layer(layer, authorities, ret_content, ret_fault);
		if (result != RESULT_OK)
			return result;
		layer = (struct slice){ret_content->bytes, ret_content->size};
	}
	if (ret_content->layers > 0)
		return RESULT_OK;
	if (authorities != NULL)
		return fail(ret_fault, RESULT_CHECK_FAILED, "the file is not signed");
	ret_content->bytes = malloc((size_t)file.size + 1);
	if (ret_content->bytes == NULL)
		return fail(ret_fault, RESULT_OUT_OF_MEMORY, "no memory");
	if (file.size > 0)
		memcpy(ret_content->bytes, file.data, file.size);
	ret_content->bytes[file.size] = '\0';
	ret_content->size = file.size;
	return RESULT_OK;
}

void p7m_free(struct p7m *content)
{
	if (content == NULL)
		return;
	free(content->bytes);
	*content = (struct p7m){NULL, 0, 0};
}
