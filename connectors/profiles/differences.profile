# The control of a provider's file, a row for each difference, for a spreadsheet. Amounts of theirs and
# ours stand again in each row of a pair; the three last amounts add up.
[file]
title = Differenze con il file del fornitore
records = difference_row
suffix = differenze.csv
mark = yes
separator = semicolon
amount = comma
day = dd/mm/yyyy
guard_formulas = yes
guard_lookalikes = yes

[columns]
causa = cause required
titolo = voucher
servizio = service
giorno = day
ora = time
riga del file = file_line
nostra registrazione = ours
unità nostre = our_units
unità loro = their_units
imponibile nostro = our_net_cents
imponibile loro = their_net_cents
IVA nostra = our_vat_cents
IVA loro = their_vat_cents
differenza imponibile = net_difference_cents
differenza IVA = vat_difference_cents
differenza = difference_cents
spiegazione = explanation
