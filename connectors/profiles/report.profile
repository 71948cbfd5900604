# Any report as CSV for programs: its own columns, decimal point, ISO dates.
[file]
title = Report, CSV
records = any
suffix = csv
separator = comma
amount = point
guard_formulas = yes
