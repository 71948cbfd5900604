# A provider's own list of its visits or titles, as a program writes it: commas, decimal points, ISO
# dates, headings of the API. See provider-it.
[file]
title = Elenco del fornitore, RFC 4180
records = provider_row
suffix = provider.csv
separator = comma
header = named
amount = point

[columns]
voucher|title = voucher required
service = service
day|date = day
time|start = time
month = month
units|minutes = units
hours = hours
net|net_amount|amount = net_cents required
vat|vat_amount = vat_cents
