/* What the providers' own programs do: an e-invoice for each statement, as a FatturaPA file. One
 * line for each title, its number in CodiceValore. SYNTHETIC. */
#include "cli/demo/steps.h"
#include "connectors/delivery/folder.h"
#include "connectors/intake/invoice.h"
#include "connectors/xml/xml.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE  "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"
#define ARENA_SIZE (4u << 20)

static const char *const dates[DEMO_MONTHS] = {"2026-11-12", "2026-12-12"};

/* What one invoice is made of. */
struct invoicing {
	struct demo *demo;
	enum demo_month month;
	const struct demo_provider *provider;
	const json_t *statement;
	json_t *titles; /* net cents by title, in the order of lines */
	int64_t net;
	int64_t vat;
	char number[24];
};

const struct demo_provider *invoices_issuer(const struct demo *demo, const json_t *statement)
{
	uint32_t i = 0;
	const char *code = call_text(statement, "provider");
	while (i < DEMO_PROVIDERS && strcmp(demo->world->providers[i].code, code) != 0)
		i++;
	ASSERT(i < DEMO_PROVIDERS);
	return &demo->world->providers[i];
}

static void rate(struct tree *tree, int64_t vat_bp)
{
	tree_cents(tree, "AliquotaIVA", cents_from(vat_bp)); /* 500 is 5.00 */
	if (vat_bp == 0)
		tree_string(tree, "Natura", "N4");
}

static void vat_number(struct tree *tree, const char *name, const char *number)
{
	tree_open(tree, name);
	tree_string(tree, "IdPaese", "IT");
	tree_string(tree, "IdCodice", number);
	tree_close(tree);
}

static void seat(struct tree *tree)
{
	tree_open(tree, "Sede");
	tree_string(tree, "Indirizzo", "Via sintetica 1");
	tree_string(tree, "CAP", "26013");
	tree_string(tree, "Comune", "Crema");
	tree_string(tree, "Provincia", "CR");
	tree_string(tree, "Nazione", "IT");
	tree_close(tree);
}

static void header(struct tree *tree, const struct invoicing *invoicing)
{
	const struct demo_provider *provider = invoicing->provider;
	tree_open(tree, "FatturaElettronicaHeader");
	tree_open(tree, "DatiTrasmissione");
	vat_number(tree, "IdTrasmittente", provider->vat_number);
	tree_string(tree, "ProgressivoInvio", call_text(invoicing->statement, "id") + 4);
	tree_string(tree, "FormatoTrasmissione", "FPA12");
	tree_string(tree, "CodiceDestinatario", "UFDEMO");
	tree_close(tree);
	tree_open(tree, "CedentePrestatore");
	tree_open(tree, "DatiAnagrafici");
	vat_number(tree, "IdFiscaleIVA", provider->vat_number);
	tree_open(tree, "Anagrafica");
	tree_string(tree, "Denominazione", provider->name);
	tree_close(tree);
	tree_string(tree, "RegimeFiscale", "RF01");
	tree_close(tree);
	seat(tree);
	tree_close(tree);
	tree_open(tree, "CessionarioCommittente");
	tree_open(tree, "DatiAnagrafici");
	tree_string(tree, "CodiceFiscale",
		    call_text(invoicing->statement, "payer")[0] == '\0' ? DEMO_LEAD_TAX_CODE
									: DEMO_OWN_TAX_CODE);
	tree_open(tree, "Anagrafica");
	tree_string(tree, "Denominazione", "Ente pagatore (sintetico)");
	tree_close(tree);
	tree_close(tree);
	seat(tree);
	tree_close(tree);
	tree_close(tree);
}

static void general(struct tree *tree, const struct invoicing *invoicing)
{
	tree_open(tree, "DatiGenerali");
	tree_open(tree, "DatiGeneraliDocumento");
	tree_string(tree, "TipoDocumento", "TD01");
	tree_string(tree, "Divisa", "EUR");
	tree_string(tree, "Data", dates[invoicing->month]);
	tree_string(tree, "Numero", invoicing->number);
	tree_cents(tree, "ImportoTotaleDocumento", cents_from(invoicing->net + invoicing->vat));
	tree_close(tree);
	tree_open(tree, "DatiConvenzione");
	tree_string(tree, "IdDocumento", call_text(invoicing->statement, "accreditation"));
	tree_string(tree, "CodiceCIG", invoicing->provider->cig);
	tree_close(tree);
	tree_close(tree);
}

static void goods(struct tree *tree, const struct invoicing *invoicing)
{
	int64_t vat_bp = call_number(invoicing->statement, "vat_bp");
	uint32_t line = 0;
	const char *title;
	json_t *net;
	tree_open(tree, "DatiBeniServizi");
	json_object_foreach(invoicing->titles, title, net)
	{
		tree_open(tree, "DettaglioLinee");
		tree_number(tree, "NumeroLinea", ++line);
		tree_open(tree, "CodiceArticolo");
		tree_string(tree, "CodiceTipo", INTAKE_INVOICE_TAG);
		tree_string(tree, "CodiceValore", title);
		tree_close(tree);
		tree_string(tree, "Descrizione", "Prestazioni con voucher sociale");
		tree_cents(tree, "PrezzoUnitario", cents_from(json_integer_value(net)));
		tree_cents(tree, "PrezzoTotale", cents_from(json_integer_value(net)));
		rate(tree, vat_bp);
		tree_close(tree);
	}
	tree_open(tree, "DatiRiepilogo");
	rate(tree, vat_bp);
	tree_cents(tree, "ImponibileImporto", cents_from(invoicing->net));
	tree_cents(tree, "Imposta", cents_from(invoicing->vat));
	if (vat_bp > 0)
		tree_string(tree, "EsigibilitaIVA", "S");
	tree_string(tree, "RiferimentoNormativo",
		    vat_bp > 0 ? "Scissione dei pagamenti art. 17-ter DPR 633/72"
			       : "Esente art. 10 n. 27-ter DPR 633/72");
	tree_close(tree);
	tree_close(tree);
}

static void payment(struct tree *tree, const struct invoicing *invoicing)
{
	tree_open(tree, "DatiPagamento");
	tree_string(tree, "CondizioniPagamento", "TP02");
	tree_open(tree, "DettaglioPagamento");
	tree_string(tree, "ModalitaPagamento", "MP05");
	tree_cents(tree, "ImportoPagamento", cents_from(invoicing->net));
	tree_string(tree, "IBAN", invoicing->provider->iban);
	tree_close(tree);
	tree_close(tree);
}

static void build(struct tree *tree, const struct invoicing *invoicing)
{
	tree_open(tree, "p:FatturaElettronica");
	tree_attribute(tree, "xmlns:p", NAMESPACE);
	tree_attribute(tree, "versione", "FPA12");
	header(tree, invoicing);
	tree_open(tree, "FatturaElettronicaBody");
	general(tree, invoicing);
	goods(tree, invoicing);
	payment(tree, invoicing);
	tree_close(tree);
	tree_close(tree);
}

/* Nets by title, from the statement's lines. */
static void read_titles(struct invoicing *invoicing)
{
	char path[128];
	size_t at;
	json_t *line;
	snprintf(path, sizeof(path), "/v1/statements/%s/lines",
		 call_text(invoicing->statement, "id"));
	json_t *lines = call_list(invoicing->demo, path);
	invoicing->titles = json_object();
	json_array_foreach(lines, at, line)
	{
		const char *title = call_text(line, "voucher");
		json_int_t sum = json_integer_value(json_object_get(invoicing->titles, title));
		json_object_set_new(invoicing->titles, title,
				    json_integer(sum + call_number(line, "net_cents")));
	}
	json_decref(lines);
}

/* A cent more on the first line, and in the sums. */
static void spoil(struct invoicing *invoicing)
{
	void *first = json_object_iter(invoicing->titles);
	json_int_t net = json_integer_value(json_object_iter_value(first));
	json_object_iter_set_new(invoicing->titles, first, json_integer(net + 1));
	invoicing->net++;
}

static bool write_file(struct invoicing *invoicing, char ret_path[SETTING_SIZE_MAX])
{
	struct arena arena;
	struct tree tree;
	struct slice bytes = {NULL, 0};
	char folder[SETTING_SIZE_MAX];
	char name[64];
	void *memory = memory_get(ARENA_SIZE);
	arena_init(&arena, memory, ARENA_SIZE);
	tree_init(&tree, &arena);
	build(&tree, invoicing);
	snprintf(folder, sizeof(folder), "%.800s/invoices", invoicing->demo->folder);
	snprintf(name, sizeof(name), "IT%s_%.10s.xml", invoicing->provider->vat_number,
		 invoicing->number + strlen("2026/"));
	bool good = !tree.overflow && xml_write(tree.root, &bytes) == RESULT_OK &&
		    folder_make(folder) == RESULT_OK &&
		    folder_deliver(folder, name, bytes) == RESULT_OK;
	snprintf(ret_path, SETTING_SIZE_MAX, "%.700s/%s", folder, name);
	xml_free(&bytes);
	free(memory);
	return call_expect(invoicing->demo, good, "cannot write %s", ret_path);
}

bool invoices_write(struct demo *demo, const json_t *statement, bool is_spoiled,
		    char ret_path[SETTING_SIZE_MAX])
{
	const char *month = call_text(statement, "month");
	struct invoicing invoicing = {
	    .demo = demo,
	    .month = strcmp(month, demo_months[DEMO_OCTOBER]) == 0 ? DEMO_OCTOBER : DEMO_NOVEMBER,
	    .provider = invoices_issuer(demo, statement),
	    .statement = statement,
	    .net = call_number(statement, "net_cents"),
	    .vat = call_number(statement, "vat_cents"),
	};
	snprintf(invoicing.number, sizeof(invoicing.number), "2026/%s%.10s",
		 is_spoiled ? "E" : "", call_text(statement, "id") + strlen("stm_"));
	call_as(demo, invoicing.provider->token);
	read_titles(&invoicing);
	if (is_spoiled)
		spoil(&invoicing);
	bool good = write_file(&invoicing, ret_path);
	json_decref(invoicing.titles);
	return good;
}
