/* The order of elements of a FatturaPA: see fatturapa.h.
 *
 * One row for each element that has children: their names in order, '?' may be missing, '*' may be
 * missing and may be several, '+' one or several. Elements of one name have one row, the union of
 * what they hold in different places. SOURCE Schema_VFPR12 1.2.3. */
#include "connectors/format/fatturapa.h"

#define CHILDREN_MAX 32u

static const struct {
	const char *name;
	const char *children;
} rows[] = {
    {"FatturaElettronica", "FatturaElettronicaHeader FatturaElettronicaBody+ Signature?"},
    {"FatturaElettronicaHeader",
     "DatiTrasmissione CedentePrestatore RappresentanteFiscale? CessionarioCommittente "
     "TerzoIntermediarioOSoggettoEmittente? SoggettoEmittente?"},
    {"FatturaElettronicaBody",
     "DatiGenerali DatiBeniServizi DatiVeicoli? DatiPagamento* Allegati*"},
    {"DatiTrasmissione",
     "IdTrasmittente ProgressivoInvio FormatoTrasmissione CodiceDestinatario "
     "ContattiTrasmittente? PECDestinatario?"},
    {"IdTrasmittente", "IdPaese IdCodice"},
    {"IdFiscaleIVA", "IdPaese IdCodice"},
    {"ContattiTrasmittente", "Telefono? Email?"},
    {"CedentePrestatore",
     "DatiAnagrafici Sede StabileOrganizzazione? IscrizioneREA? Contatti? "
     "RiferimentoAmministrazione?"},
    {"CessionarioCommittente",
     "DatiAnagrafici Sede StabileOrganizzazione? RappresentanteFiscale?"},
    {"TerzoIntermediarioOSoggettoEmittente", "DatiAnagrafici"},
    {"RappresentanteFiscale", "DatiAnagrafici? IdFiscaleIVA? Denominazione? Nome? Cognome?"},
    {"DatiAnagrafici",
     "IdFiscaleIVA? CodiceFiscale? Anagrafica AlboProfessionale? ProvinciaAlbo? "
     "NumeroIscrizioneAlbo? DataIscrizioneAlbo? RegimeFiscale? NumeroLicenzaGuida?"},
    {"DatiAnagraficiVettore", "IdFiscaleIVA CodiceFiscale? Anagrafica NumeroLicenzaGuida?"},
    {"Anagrafica", "Denominazione? Nome? Cognome? Titolo? CodEORI?"},
    {"Sede", "Indirizzo NumeroCivico? CAP Comune Provincia? Nazione"},
    {"StabileOrganizzazione", "Indirizzo NumeroCivico? CAP Comune Provincia? Nazione"},
    {"IndirizzoResa", "Indirizzo NumeroCivico? CAP Comune Provincia? Nazione"},
    {"IscrizioneREA", "Ufficio NumeroREA CapitaleSociale? SocioUnico? StatoLiquidazione"},
    {"Contatti", "Telefono? Fax? Email?"},
    {"DatiGenerali",
     "DatiGeneraliDocumento DatiOrdineAcquisto* DatiContratto* DatiConvenzione* DatiRicezione* "
     "DatiFattureCollegate* DatiSAL* DatiDDT* DatiTrasporto? FatturaPrincipale?"},
    {"DatiGeneraliDocumento",
     "TipoDocumento Divisa Data Numero DatiRitenuta* DatiBollo? DatiCassaPrevidenziale* "
     "ScontoMaggiorazione* ImportoTotaleDocumento? Arrotondamento? Causale* Art73?"},
    {"DatiRitenuta", "TipoRitenuta ImportoRitenuta AliquotaRitenuta CausalePagamento"},
    {"DatiBollo", "BolloVirtuale ImportoBollo?"},
    {"DatiCassaPrevidenziale",
     "TipoCassa AlCassa ImportoContributoCassa ImponibileCassa? AliquotaIVA Ritenuta? Natura? "
     "RiferimentoAmministrazione?"},
    {"ScontoMaggiorazione", "Tipo Percentuale? Importo?"},
    {"DatiSAL", "RiferimentoFase"},
    {"DatiOrdineAcquisto",
     "RiferimentoNumeroLinea* IdDocumento Data? NumItem? CodiceCommessaConvenzione? CodiceCUP? "
     "CodiceCIG?"},
    {"DatiContratto",
     "RiferimentoNumeroLinea* IdDocumento Data? NumItem? CodiceCommessaConvenzione? CodiceCUP? "
     "CodiceCIG?"},
    {"DatiConvenzione",
     "RiferimentoNumeroLinea* IdDocumento Data? NumItem? CodiceCommessaConvenzione? CodiceCUP? "
     "CodiceCIG?"},
    {"DatiRicezione",
     "RiferimentoNumeroLinea* IdDocumento Data? NumItem? CodiceCommessaConvenzione? CodiceCUP? "
     "CodiceCIG?"},
    {"DatiFattureCollegate",
     "RiferimentoNumeroLinea* IdDocumento Data? NumItem? CodiceCommessaConvenzione? CodiceCUP? "
     "CodiceCIG?"},
    {"DatiDDT", "NumeroDDT DataDDT RiferimentoNumeroLinea*"},
    {"DatiTrasporto",
     "DatiAnagraficiVettore? MezzoTrasporto? CausaleTrasporto? NumeroColli? Descrizione? "
     "UnitaMisuraPeso? PesoLordo? PesoNetto? DataOraRitiro? DataInizioTrasporto? TipoResa? "
     "IndirizzoResa? DataOraConsegna?"},
    {"FatturaPrincipale", "NumeroFatturaPrincipale DataFatturaPrincipale"},
    {"DatiBeniServizi", "DettaglioLinee+ DatiRiepilogo+"},
    {"DettaglioLinee",
     "NumeroLinea TipoCessionePrestazione? CodiceArticolo* Descrizione Quantita? UnitaMisura? "
     "DataInizioPeriodo? DataFinePeriodo? PrezzoUnitario ScontoMaggiorazione* PrezzoTotale "
     "AliquotaIVA Ritenuta? Natura? RiferimentoAmministrazione? AltriDatiGestionali*"},
    {"CodiceArticolo", "CodiceTipo CodiceValore"},
    {"AltriDatiGestionali", "TipoDato RiferimentoTesto? RiferimentoNumero? RiferimentoData?"},
    {"DatiRiepilogo",
     "AliquotaIVA Natura? SpeseAccessorie? Arrotondamento? ImponibileImporto Imposta "
     "EsigibilitaIVA? RiferimentoNormativo?"},
    {"DatiVeicoli", "Data TotalePercorso"},
    {"DatiPagamento", "CondizioniPagamento DettaglioPagamento+"},
    {"DettaglioPagamento",
     "Beneficiario? ModalitaPagamento DataRiferimentoTerminiPagamento? GiorniTerminiPagamento? "
     "DataScadenzaPagamento? ImportoPagamento CodUfficioPostale? CognomeQuietanzante? "
     "NomeQuietanzante? CFQuietanzante? TitoloQuietanzante? IstitutoFinanziario? IBAN? ABI? CAB? "
     "BIC? ScontoPagamentoAnticipato? DataLimitePagamentoAnticipato? "
     "PenalitaPagamentiRitardati? DataDecorrenzaPenale? CodicePagamento?"},
    {"Allegati",
     "NomeAttachment AlgoritmoCompressione? FormatoAttachment? DescrizioneAttachment? Attachment"},
};

struct child {
	struct slice name;
	char mark; /* '?' '*' '+', or 0: exactly one */
};

static uint32_t children_of(struct slice name, struct child children[CHILDREN_MAX])
{
	const char *at = NULL;
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (slice_equals_text(name, rows[i].name))
			at = rows[i].children;
	uint32_t count = 0;
	while (at != NULL && *at != '\0') {
		ASSERT(count < CHILDREN_MAX);
		uint32_t size = 0;
		while (at[size] != '\0' && at[size] != ' ')
			size++;
		char last = at[size - 1];
		char mark = last == '?' || last == '*' || last == '+' ? last : '\0';
		children[count].name = (struct slice){at, mark != '\0' ? size - 1 : size};
		children[count++].mark = mark;
		at += at[size] == '\0' ? size : size + 1;
	}
	return count;
}

static void find(struct fatturapa_findings *findings, const struct tree_node *node,
		 struct slice about)
{
	if (findings->count < FATTURAPA_FINDINGS_MAX)
		findings->items[findings->count++] =
		    (struct fatturapa_finding){.code = 200, .line = node->line, .about = about};
}

/* The children of one element, against its row. */
static void check_node(const struct tree_node *node, struct fatturapa_findings *findings)
{
	struct child children[CHILDREN_MAX];
	uint32_t count = children_of(node->name, children);
	const struct tree_node *child = node->first_child;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t seen = 0;
		while (child != NULL && slice_equals(child->name, children[i].name)) {
			child = child->next;
			seen++;
		}
		bool may_miss = children[i].mark == '?' || children[i].mark == '*';
		bool may_repeat = children[i].mark == '*' || children[i].mark == '+';
		if (seen == 0 && !may_miss)
			find(findings, child != NULL ? child : node, children[i].name);
		else if (seen > 1 && !may_repeat)
			find(findings, node, children[i].name);
	}
	if (child != NULL) /* of another name, or out of its place */
		find(findings, child, child->name);
}

void fatturapa_check_order(const struct tree_node *root, struct fatturapa_findings *findings)
{
	ASSERT(root != NULL && findings != NULL);
	const struct tree_node *node = root;
	while (node != NULL && findings->count < FATTURAPA_FINDINGS_MAX) {
		if (slice_equals_text(node->name, "Signature"))
			break; /* the last of the file, and none of ours */
		check_node(node, findings);
		node = tree_walk(node, root);
	}
}
