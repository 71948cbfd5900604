# What was paid, as a pagoPA partner's report tells it: columns are found by any of their headings.
[file]
title = Pagamenti pagoPA
records = copay_payment
suffix = pagopa-payments.csv
separator = semicolon
header = named
amount = point
day = yyyy-mm-dd
guard_formulas = yes

[columns]
iuv|numero_avviso|codice_avviso = iuv required
importo|importo_pagato = amount_cents required
data_pagamento|data = paid_on required
iur|id_pagamento|identificativo_riscossione = receipt required
