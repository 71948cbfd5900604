# Maggioli, "liste di incassi e pagamenti": each row needs a name and an amount, rows of nothing stay
# out; with reason, way of payment, IBAN and kind of entry it makes documents.
[file]
title = Maggioli, liste di pagamenti
records = liquidation_row
suffix = maggioli.csv
charset = WINDOWS-1252
separator = semicolon
quotes = needed
line_end = crlf
header = yes
amount = comma
day = dd/mm/yyyy
month = mm/yyyy
guard_formulas = yes

[rows]
skip_zero = importo_da_pagare

[columns]
Nominativo = beneficiario width:60 cut required
Codice fiscale = codice_fiscale
Partita IVA = partita_iva
Imponibile = imponibile required
IVA = iva
Importo = importo_da_pagare required
Causale = causale width:140 cut required
Forma di pagamento = "BONIFICO"
IBAN = iban required
Tipo voce = tipo_debito map:COMMERCIALE:FATTURA,NON_COMMERCIALE:CONTRIBUTO required
Anno impegno = anno_impegno
Numero impegno = numero_impegno
Sub impegno = sub_impegno
Capitolo = capitolo
Articolo = articolo
CIG = cig
CUP = cup
Numero documento = fattura_numero
Data documento = fattura_data
Data scadenza = data_scadenza
Codice SIOPE = codice_siope
Periodo = periodo mm/yyyy
Riferimento = end_to_end_id required
