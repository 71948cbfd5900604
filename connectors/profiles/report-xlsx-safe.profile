# Any report as CSV for a spreadsheet: decimal comma, dates as written here, and nothing that it would
# take for a formula, a number or a date that it is not.
[file]
title = Report, CSV sicuro per XLSX
records = any
suffix = xlsx-safe.csv
mark = yes
separator = semicolon
amount = comma
day = dd/mm/yyyy
month = mm/yyyy
guard_formulas = yes
guard_lookalikes = yes
