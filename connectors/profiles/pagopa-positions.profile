# Co-pay bills as payment positions for a pagoPA partner: the sheet that their upload takes; copy it and
# put in your partner's headings, and the taxonomy code of your service.
[file]
title = Posizioni debitorie pagoPA
records = copay_position
suffix = pagopa-positions.csv
charset = UTF-8
separator = semicolon
quotes = needed
line_end = crlf
header = yes
amount = point
day = yyyy-mm-dd
month = yyyy-mm
guard_formulas = yes

[rows]
skip_zero = amount_cents

[columns]
id_pendenza = receivable required
iuv = iuv required
numero_avviso = notice_number required
codice_fiscale_ente = creditor_tax_code required
tipo_debitore = debtor_kind required
codice_fiscale_debitore = debtor_tax_code required
cognome = debtor_surname required
nome = debtor_name required
indirizzo = address
cap = postal_code
localita = city
provincia = province
email = email
importo = amount_cents required
data_scadenza = due_on required
periodo = month
codice_istat_comune = comune
tassonomia = ""
causale = reason width:140 cut required
