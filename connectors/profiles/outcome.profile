# Outcomes of payments, for programs: comma, decimal point, ISO dates.
[file]
title = Payment outcomes (CSV)
records = outcome_row
suffix = outcome.csv
separator = comma
quotes = needed
header = named
amount = point
day = yyyy-mm-dd

[columns]
kind = kind required
amount = amount required
day|date = day required
end_to_end_id|reference = end_to_end_id
order_number = order_number
order_date = order_date
receipt_number = receipt_number
reason_code = reason_code
