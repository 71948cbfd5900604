# Profile C, Contabilia (SIAC): "predocumento di spesa". TAB, no headings, 23 fields in each row or
# the whole file is turned away, amounts in cents. What the ente's own tables decide is constant here:
# copy this file under another name and put in your codes.
[file]
title = Contabilia, predocumenti di spesa
records = liquidation_row
suffix = contabilia.txt
charset = ISO-8859-1
separator = tab
quotes = never
line_end = lf
header = no
fields = 23
amount = cents
day = dd/mm/yyyy
month = last-day

[rows]
skip_zero = importo_da_pagare

[columns]
tipo_causale = "VCH"
causale = tipo_debito map:COMMERCIALE:VCH-02,NON_COMMERCIALE:VCH-01 required
libero_3 = "      "
conto = "0000100"
data_documento = fattura_data else:data_scadenza required unread
data_competenza = periodo last-day required
ragione_sociale = beneficiario width:150 cut required
nome = ""
data_nascita = ""
luogo_nascita = ""
codice_fiscale = codice_fiscale else:partita_iva width:16 unread
comune = ""
indirizzo = ""
cap = ""
importo = importo_da_pagare cents required
descrizione = causale width:500 required
libero_17 = ""
anno_provvedimento = atto_anno
numero_provvedimento = atto_numero
struttura = "A11000"
tipo_provvedimento = atto_tipo map:*:AD unread
libero_22 = ""
iban = iban required
