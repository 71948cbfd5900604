/* Preservation packages as trees: see preservation.h. */
#include "connectors/format/preservation.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <string.h>

#define DOCUMENTS "documenti/"
#define METADATA  "metadati/"

static bool ends_with(struct slice text, const char *end)
{
	uint32_t size = (uint32_t)strlen(end);
	return text.size >= size && memcmp(text.data + text.size - size, end, size) == 0;
}

enum preservation_role preservation_role_of(struct slice name)
{
	static const char *const signatures[] = {".p7m", ".p7s", ".sig", ".tsr"};
	for (uint32_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
		if (ends_with(name, signatures[i]))
			return PRESERVATION_SIGNATURE;
	if (ends_with(name, ".manifest.csv") || ends_with(name, "manifest.json") ||
	    ends_with(name, "manifest.csv"))
		return PRESERVATION_MANIFEST;
	return PRESERVATION_DOCUMENT;
}

const char *preservation_media_of(struct slice name)
{
	static const char *const media[][2] = {
	    {".pdf", "application/pdf"},
	    {".xml", "application/xml"},
	    {".csv", "text/csv"},
	    {".json", "application/json"},
	    {".txt", "text/plain"},
	    {".p7m", "application/pkcs7-mime"},
	    {".p7s", "application/pkcs7-signature"},
	    {".tsr", "application/timestamp-reply"},
	};
	for (uint32_t i = 0; i < sizeof(media) / sizeof(media[0]); i++)
		if (ends_with(name, media[i][0]))
			return media[i][1];
	return "application/octet-stream";
}

bool preservation_name_is_good(struct slice name)
{
	if (name.size == 0 || name.size >= PRESERVATION_NAME_SIZE - 4 || name.data[0] == '.')
		return false;
	for (uint32_t i = 0; i < name.size; i++) {
		char one = name.data[i];
		bool is_good = (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') ||
			       (one >= '0' && one <= '9') || one == '.' || one == '-' || one == '_';
		if (!is_good)
			return false;
	}
	return true;
}

static void fact(struct tree *tree, const char *name, const char *text)
{
	tree_text_if(tree, name, slice_from_text(text));
}

static void day_if(struct tree *tree, const char *name, struct day day)
{
	if (day.number != 0)
		tree_day(tree, name, day);
}

static const char *role_name(enum preservation_role role)
{
	switch (role) {
	case PRESERVATION_DOCUMENT:
		break;
	case PRESERVATION_MANIFEST:
		return "manifesto";
	case PRESERVATION_SIGNATURE:
		return "firma";
	}
	return "documento";
}

/* ---- The index ---- */

static void join(const char *folder, const char *name, char path[PRESERVATION_NAME_SIZE + 16])
{
	size_t folder_size = strlen(folder);
	size_t name_size = strlen(name);
	memcpy(path, folder, folder_size);
	memcpy(path + folder_size, name, name_size + 1);
}

static void add_file(struct tree *tree, const char *folder, const struct preservation_file *file)
{
	char path[PRESERVATION_NAME_SIZE + 16];
	join(folder, file->name, path);
	tree_open(tree, "File");
	tree_attribute(tree, "format", preservation_media_of(slice_from_text(file->name)));
	tree_string(tree, "ID", file->name);
	tree_string(tree, "Path", path);
	tree_string(tree, "Hash", file->sha256);
	tree_attribute(tree, "hashFunction", "SHA-256");
	tree_number(tree, "Size", file->size);
	tree_close(tree);
}

static void add_group(struct tree *tree, const char *label, const char *folder,
		      const struct preservation_file *files, uint32_t count)
{
	tree_open(tree, "FileGroup");
	tree_string(tree, "Label", label);
	for (uint32_t i = 0; i < count; i++)
		add_file(tree, folder, &files[i]);
	tree_close(tree);
}

static void add_producer(struct tree *tree, const struct preservation_facts *facts)
{
	fact(tree, "Denominazione", facts->producer);
	fact(tree, "CodiceIPA", facts->ipa_code);
	fact(tree, "CodiceFiscale", facts->tax_code);
}

void preservation_index(struct tree *tree, const struct preservation_facts *facts,
			const struct preservation_list *list)
{
	ASSERT(tree != NULL && facts != NULL && list != NULL);
	tree_open(tree, "PIndex");
	tree_attribute(tree, "language", "it");
	tree_open(tree, "SelfDescription");
	tree_string(tree, "ID", facts->identifier);
	tree_open(tree, "CreatingApplication");
	tree_string(tree, "Name", "Titoli");
	tree_close(tree);
	tree_close(tree);
	tree_open(tree, "PVolume");
	tree_string(tree, "ID", facts->identifier);
	fact(tree, "Label", facts->subject);
	fact(tree, "Description", facts->kind);
	fact(tree, "Act", facts->act);
	fact(tree, "Protocol", facts->protocol);
	day_if(tree, "ProtocolDate", facts->protocol_date);
	tree_close(tree);
	add_group(tree, "documenti", DOCUMENTS, list->files, list->count);
	add_group(tree, "metadati", METADATA, list->metadata, list->count);
	tree_open(tree, "Process");
	tree_open(tree, "Holder");
	add_producer(tree, facts);
	tree_close(tree);
	tree_open(tree, "TimeReference");
	tree_string(tree, "TimeInfo", facts->closed_at);
	tree_attribute(tree, "attachedTimeStamp", "false");
	tree_close(tree);
	tree_close(tree);
	tree_close(tree);
}

bool preservation_read_entry(const struct tree_node *node, struct preservation_entry *ret_entry)
{
	ASSERT(node != NULL && ret_entry != NULL);
	struct preservation_entry entry = {.size = 0};
	struct slice path = tree_text_at(node, "Path");
	struct slice hash = tree_text_at(node, "Hash");
	struct slice size = tree_text_at(node, "Size");
	uint8_t bytes[(PRESERVATION_HEX_SIZE - 1) / 2];
	uint32_t folder = 0;
	if (path.size > sizeof(DOCUMENTS) - 1 &&
	    memcmp(path.data, DOCUMENTS, sizeof(DOCUMENTS) - 1) == 0)
		folder = sizeof(DOCUMENTS) - 1;
	else if (path.size > sizeof(METADATA) - 1 &&
		 memcmp(path.data, METADATA, sizeof(METADATA) - 1) == 0)
		folder = sizeof(METADATA) - 1;
	if (folder == 0 || path.size >= sizeof(entry.path) ||
	    !preservation_name_is_good((struct slice){path.data + folder, path.size - folder}) ||
	    !text_hex_decode(hash, bytes, sizeof(bytes)) ||
	    !text_parse_u64(size, INT64_MAX, &entry.size))
		return false;
	memcpy(entry.path, path.data, path.size);
	memcpy(entry.sha256, hash.data, hash.size);
	*ret_entry = entry;
	return true;
}

/* ---- Metadata ---- */

static void add_registration(struct tree *tree, const struct preservation_facts *facts)
{
	if (facts->protocol[0] == '\0' && facts->act[0] == '\0')
		return;
	tree_open(tree, "DatiDiRegistrazione");
	tree_string(tree, "TipologiaDiFlusso", "U");
	if (facts->protocol[0] != '\0') {
		tree_open(tree, "ProtocolloOrdinario");
		day_if(tree, "DataRegistrazioneDocumento", facts->protocol_date);
		tree_string(tree, "NumeroRegistrazioneDocumento", facts->protocol);
		tree_close(tree);
	}
	fact(tree, "Atto", facts->act);
	tree_close(tree);
}

static void add_annexes(struct tree *tree, const struct preservation_list *list, uint32_t which)
{
	tree_open(tree, "Allegati");
	tree_number(tree, "NumeroAllegati", list->count - 1);
	for (uint32_t i = 0; i < list->count; i++)
		if (i != which)
			tree_string(tree, "IdDocAllegato", list->files[i].name);
	tree_close(tree);
}

void preservation_metadata(struct tree *tree, const struct preservation_facts *facts,
			   const struct preservation_list *list, uint32_t which)
{
	ASSERT(tree != NULL && facts != NULL && list != NULL && which < list->count);
	const struct preservation_file *file = &list->files[which];
	tree_open(tree, "DocumentoAmministrativoInformatico");
	tree_open(tree, "IdDoc");
	tree_open(tree, "ImprontaCrittograficaDelDocumento");
	tree_string(tree, "Impronta", file->sha256);
	tree_string(tree, "Algoritmo", "SHA-256");
	tree_close(tree);
	tree_string(tree, "Identificativo", file->name);
	tree_close(tree);
	tree_string(tree, "ModalitaDiFormazione",
		    "generazione o raggruppamento anche in via automatica di un insieme di dati");
	fact(tree, "TipologiaDocumentale", facts->kind);
	add_registration(tree, facts);
	tree_open(tree, "Soggetti");
	tree_open(tree, "Produttore");
	add_producer(tree, facts);
	tree_close(tree);
	tree_close(tree);
	tree_open(tree, "ChiaveDescrittiva");
	fact(tree, "Oggetto", facts->subject);
	tree_close(tree);
	add_annexes(tree, list, which);
	tree_string(tree, "Riservato", "false");
	tree_open(tree, "IdentificativoDelFormato");
	tree_string(tree, "Formato", preservation_media_of(slice_from_text(file->name)));
	tree_close(tree);
	tree_open(tree, "Verifica");
	tree_string(tree, "FirmatoDigitalmente",
		    file->role == PRESERVATION_SIGNATURE ? "true" : "false");
	tree_close(tree);
	tree_string(tree, "Ruolo", role_name(file->role));
	tree_string(tree, "IdentificativoAggregazione", facts->identifier);
	day_if(tree, "DataChiusura", facts->closed_on);
	tree_number(tree, "Dimensione", file->size);
	tree_close(tree);
}
