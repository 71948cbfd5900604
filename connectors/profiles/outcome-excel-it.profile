# Outcomes of payments from an Italian spreadsheet: semicolon, decimal comma, dd/MM/yyyy.
[file]
title = Esiti dei pagamenti (Excel italiano)
records = outcome_row
suffix = esiti.csv
mark = yes
separator = semicolon
quotes = needed
header = named
amount = comma
day = dd/mm/yyyy

[columns]
esito = kind required map:ORDERED:ordinato,PAID:pagato,REJECTED:respinto,RETURNED:reso,COLLECTED:incassato
importo = amount required
data = day required
riferimento|end_to_end_id = end_to_end_id
numero_mandato|mandato = order_number
data_mandato = order_date
quietanza = receipt_number
codice_motivo = reason_code
