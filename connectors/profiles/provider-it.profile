# A provider's own list of its visits or titles, as an Italian spreadsheet saves it. Columns are found
# by any of their headings, in any order; others are passed over. With a day the list is compared visit
# by visit, without one title by title; `ore` (1,25) stands in the place of `minuti` where those lack.
[file]
title = Elenco del fornitore, Excel italiano
records = provider_row
suffix = fornitore.csv
mark = yes
separator = semicolon
header = named
amount = comma
day = dd/mm/yyyy
month = mm/yyyy
guard_formulas = yes
guard_lookalikes = yes

[columns]
titolo|buono|voucher|numero titolo|codice titolo = voucher required
servizio|prestazione = service
giorno|data|data servizio = day
ora|ora inizio|inizio = time
mese|periodo = month
minuti|unità|unita|quantità|quantita = units
ore = hours
imponibile|importo|netto = net_cents required
iva|imposta = vat_cents
