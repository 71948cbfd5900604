# What lies beside the files: their rows, totals in cents and SHA-256. Read by programs and people.
[file]
title = Manifest
records = liquidation_manifest
suffix = manifest.csv
separator = semicolon
quotes = needed
line_end = crlf
header = yes
amount = cents
guard_formulas = yes

[columns]
file = file
righe = righe
totale_da_pagare_centesimi = totale_da_pagare_centesimi
imponibile_centesimi = imponibile_centesimi
iva_centesimi = iva_centesimi
encoding = encoding
separatore = separatore
sha256 = sha256
