# Outcomes of payments from an accounting package: semicolon, cents, yyyymmdd.
[file]
title = Esiti dei pagamenti (centesimi)
records = outcome_row
suffix = esiti-centesimi.csv
separator = semicolon
quotes = needed
header = named
amount = cents
day = yyyymmdd

[columns]
esito = kind required
importo_centesimi = amount required
data = day required
riferimento|end_to_end_id = end_to_end_id
numero_mandato|mandato = order_number
data_mandato = order_date
quietanza = receipt_number
codice_motivo = reason_code
