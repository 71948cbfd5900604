"""Faults of meaning: each changes one entry so that it agrees with itself in every sum and only the
amount, tariff, VAT, ceiling, balance or total is wrong. A function takes a Journal, changes it, and
returns the sequence of the entry and the code under which titoli-audit must find it there."""


class NotHere(Exception):
    """The journal has no entry of the kind that this fault needs."""


def put(batch, place, entry):
    batch.entries[place] = entry.bytes()
    return entry.sequence


def find(journal, accepts):
    for batch, place, entry in journal.entries():
        if accepts(entry):
            return batch, place, entry
    raise NotHere


def account(entry, kind, number, change):
    """Moves a balance that the entry writes."""
    for name, found, fields in entry.records:
        if name == kind and found == number:
            fields["balance_cents"] += change
            return
    raise NotHere


def fund(entry, posting, from_to, change):
    account(entry, "fund_account", posting["fund_year"] * 32 + posting[from_to], change)


def ceiling(entry, posting, from_to, change):
    account(entry, "ceiling_account", posting["ceiling"] * 8 + posting[from_to], change)


def is_delivery(entry):
    return (entry.command == "redemption_submit" and len(entry.of_kind("redemption")) == 1 and
            len(entry.postings) == 2 and entry.of_kind("redemption")[0]["state"] == 3 and
            entry.of_kind("redemption")[0]["units"] > 0)


def change_delivery(entry, net, gross):
    """The whole entry as it would be, had the delivery cost so much more."""
    redemption, = entry.of_kind("redemption")
    cell, = entry.of_kind("cell")
    line, = entry.of_kind("statement_line")
    statement, = entry.of_kind("statement")
    posting = next(one for one in entry.postings if one["book"] == 1)
    for fields in (redemption, line, statement):
        fields["net_cents"] += net
        fields["gross_cents"] += gross
    statement["vat_cents"] += gross - net
    cell["used_net_cents"] += net
    cell["committed_cents"] -= gross
    posting["amount"] += gross
    fund(entry, posting, "from", -gross)
    fund(entry, posting, "to", gross)


def delivery_of_other_tariff(journal):
    batch, place, entry = find(journal, is_delivery)
    units = entry.of_kind("redemption")[0]["units"]
    change_delivery(entry, -units, -units)
    return put(batch, place, entry), "amount"


def delivery_of_other_vat(journal):
    batch, place, entry = find(journal, is_delivery)
    change_delivery(entry, 0, -entry.of_kind("redemption")[0]["gross_cents"] // 40)
    return put(batch, place, entry), "amount"


def delivery_of_a_cent(journal):
    batch, place, entry = find(journal, is_delivery)
    change_delivery(entry, -1, -1)
    return put(batch, place, entry), "amount"


def delivery_longer_than_asked(journal):
    batch, place, entry = find(journal, is_delivery)
    redemption, = entry.of_kind("redemption")
    redemption["minutes"] += 15
    return put(batch, place, entry), "act"


def tariff_of_other_act(journal):
    batch, place, entry = find(journal, lambda one: one.command == "tariff_create")
    entry.of_kind("tariff")[0]["net_cents"] += 100
    return put(batch, place, entry), "tariff"


def tariff_not_in_force(journal):
    batch, place, entry = find(journal, lambda one: one.command == "voucher_issue" and any(
        cell["tariff"] for cell in one.of_kind("cell")))
    next(cell for cell in entry.of_kind("cell") if cell["tariff"])["tariff"] += 1
    return put(batch, place, entry), "tariff"


def is_issue(entry):
    return (entry.command == "voucher_issue" and entry.of_kind("ceiling_account") and
            any(one["book"] == 2 and one["from"] == 1 for one in entry.postings))


def promise_too_small(journal):
    batch, place, entry = find(journal, is_issue)
    of_fund = next(one for one in entry.postings if one["book"] == 1 and one["to"] == 4)
    cell = next(fields for name, number, fields in entry.records
                if name == "cell" and number == of_fund["cell"])
    cell["committed_cents"] -= 100
    cell["held_cents"] -= 100
    of_fund["amount"] -= 100
    fund(entry, of_fund, "from", 100)
    fund(entry, of_fund, "to", -100)
    for one in entry.postings:
        if one["book"] == 2 and one["cell"] == of_fund["cell"]:
            one["amount"] -= 100
            ceiling(entry, one, "from", 100)
            ceiling(entry, one, "to", -100)
    return put(batch, place, entry), "amount"


def ceiling_not_charged(journal):
    batch, place, entry = find(journal, is_issue)
    one = next(one for one in entry.postings if one["book"] == 2 and one["from"] == 1)
    ceiling(entry, one, "from", one["amount"])
    ceiling(entry, one, "to", -one["amount"])
    entry.postings.remove(one)
    return put(batch, place, entry), "ceiling"


def ceiling_charged_less(journal):
    batch, place, entry = find(journal, is_issue)
    one = next(one for one in entry.postings if one["book"] == 2 and one["from"] == 1)
    one["amount"] -= 1
    ceiling(entry, one, "from", 1)
    ceiling(entry, one, "to", -1)
    return put(batch, place, entry), "ceiling"


def ceiling_exceeded(journal):
    """The promise is taken out of nothing: C100 grows by it."""
    batch, place, entry = find(journal, is_issue)
    one = next(one for one in entry.postings if one["book"] == 2 and one["from"] == 1)
    ceiling(entry, one, "from", one["amount"])
    entry.records.append(["ceiling_account", one["ceiling"] * 8, {"balance_cents": 0}])
    granted = sum(other["amount"] for _, _, earlier in journal.entries()
                  if earlier.sequence < entry.sequence for other in earlier.postings
                  if other["book"] == 2 and other["ceiling"] == one["ceiling"] and other["from"] == 0)
    account(entry, "ceiling_account", one["ceiling"] * 8, granted + one["amount"])
    one["from"] = 0
    return put(batch, place, entry), "ceiling"


def ceiling_of_other_act(journal):
    batch, place, entry = find(journal, lambda one: one.command == "ceiling_set" and
                               len(one.postings) == 1)
    one, = entry.postings
    one["amount"] += 100000
    ceiling(entry, one, "from", 100000)
    ceiling(entry, one, "to", 100000)
    return put(batch, place, entry), "act"


def appropriation_of_other_act(journal):
    batch, place, entry = find(journal, lambda one: one.command == "fund_year_approve" and
                               len(one.postings) == 1)
    one, = entry.postings
    one["amount"] += 100000
    fund(entry, one, "from", 100000)
    fund(entry, one, "to", 100000)
    return put(batch, place, entry), "act"


def freeze_of(journal, lines=1):
    return find(journal, lambda one: one.command == "statement_freeze" and
                len(one.of_kind("statement_line")) >= lines)


def statement_total(journal):
    batch, place, entry = freeze_of(journal)
    statement, = entry.of_kind("statement")
    for name in ("net_cents", "gross_cents", "payable_net_cents"):
        statement[name] += 100
    return put(batch, place, entry), "statement"


def statement_vat(journal):
    """A cent of VAT more, with everything that follows from it in this entry."""
    batch, place, entry = freeze_of(journal)
    statement, = entry.of_kind("statement")
    line = entry.of_kind("statement_line")[0]
    posting = next((one for one in entry.postings if one["book"] == 1 and one["from"] == 4 and
                    one["to"] == 5 and one["cell"] == line["cell"]), None)
    if posting is None:
        raise NotHere
    cell = next(fields for name, number, fields in entry.records
                if name == "cell" and number == line["cell"])
    if cell["committed_cents"] == 0:
        raise NotHere
    for name in ("vat_cents", "gross_cents", "payable_vat_cents"):
        statement[name] += 1
    line["vat_cents"] += 1
    line["gross_cents"] += 1
    cell["committed_cents"] -= 1
    posting["amount"] += 1
    fund(entry, posting, "from", -1)
    fund(entry, posting, "to", 1)
    return put(batch, place, entry), "statement"


def statement_allotment(journal):
    """The left-over cent goes to the other line."""
    batch, place, entry = freeze_of(journal, 2)
    first, second = entry.of_kind("statement_line")[:2]
    sign = 1 if first["vat_cents"] <= second["vat_cents"] else -1
    for name in ("vat_cents", "gross_cents"):
        first[name] += sign
        second[name] -= sign
    return put(batch, place, entry), "statement"


def settlement_of_other_parts(journal):
    batch, place, entry = find(journal, lambda one: one.command == "statement_approve" and
                               {12, 13} <= {posting["kind"] for posting in one.postings})
    net = next(one for one in entry.postings if one["kind"] == 12)
    vat = next(one for one in entry.postings if one["kind"] == 13)
    net["amount"] += 5
    vat["amount"] -= 5
    fund(entry, net, "to", 5)
    fund(entry, vat, "to", -5)
    return put(batch, place, entry), "statement"


def balance_of_a_fund(journal):
    batch, place, entry = find(journal, is_delivery)
    entry.of_kind("fund_account")[0]["balance_cents"] += 1
    return put(batch, place, entry), "balance"


def balance_of_a_ceiling(journal):
    batch, place, entry = find(journal, is_issue)
    entry.of_kind("ceiling_account")[0]["balance_cents"] -= 1
    return put(batch, place, entry), "balance"


def units_of_a_month(journal):
    batch, place, entry = find(journal, is_delivery)
    entry.of_kind("cell")[0]["free_units"] += 60
    return put(batch, place, entry), "balance"


def posting_between_funds(journal):
    batch, place, entry = find(journal, is_delivery)
    next(one for one in entry.postings if one["book"] == 1)["to"] = 10
    return put(batch, place, entry), "balance"


def accepted_record_edited(journal):
    """A later entry rewrites an accepted delivery."""
    _, _, delivery = find(journal, is_delivery)
    name, number, fields = next(one for one in delivery.records if one[0] == "redemption")
    batch, place, entry = find(journal, lambda one: one.sequence > delivery.sequence and
                               one.command == "redemption_submit" and is_delivery(one))
    entry.records.append([name, number, dict(fields, start=fields["start"] + 86400000000)])
    return put(batch, place, entry), "amount"


def principal_of(entry, number):
    """Makes another principal the one who gave this entry's command."""
    entry.head[20 - 4:20] = number.to_bytes(4, "little")


def is_granted(entry):
    return entry.command == "approval_grant" and len(entry.of_kind("approval")) == 1


def granted_by_who_asked(journal):
    batch, place, entry = find(journal, is_granted)
    approval, = entry.of_kind("approval")
    approval["second"] = approval["first"]
    principal_of(entry, approval["first"])
    return put(batch, place, entry), "approval"


def granted_by_another_role(journal):
    """A third person, whose role is none of those that the act takes."""
    batch, place, entry = find(journal, is_granted)
    approval, = entry.of_kind("approval")
    third = next(number for _, _, earlier in journal.entries() if earlier.sequence < entry.sequence
                 for name, number, fields in earlier.records if name == "principal" and
                 number != approval["first"] and
                 not approval["second_roles"] >> fields["role"] & 1)
    approval["second"] = third
    principal_of(entry, third)
    return put(batch, place, entry), "approval"


def granted_after_its_last_day(journal):
    """Both entries agree on a last day that had passed when it was granted."""
    batch, place, entry = find(journal, is_granted)
    approval, = entry.of_kind("approval")
    number = next(number for name, number, _ in entry.records if name == "approval")
    asked_in, asked_at, asked = find(journal, lambda one: any(
        name == "approval" and found == number for name, found, _ in one.records))
    for fields in (approval, asked.of_kind("approval")[0]):
        fields["expires"] = approval["decided_at"] // 86400000000 - 1
    put(asked_in, asked_at, asked)
    return put(batch, place, entry), "approval"


def granted_other_act(journal):
    """What waited is changed in the moment in which it is granted."""
    batch, place, entry = find(journal, is_granted)
    approval, = entry.of_kind("approval")
    size = approval["input_size"]
    changed = approval["input"][size - 1] ^ 1
    approval["input"] = (approval["input"][:size - 1] + bytes([changed]) +
                         approval["input"][size:])
    return put(batch, place, entry), "approval"


def asked_other_act(journal):
    """What waits is not the act that the first person asked."""
    batch, place, entry = find(journal, lambda one: len(one.of_kind("approval")) == 1 and
                               one.of_kind("approval")[0]["state"] == 1)
    approval, = entry.of_kind("approval")
    size = approval["input_size"]
    changed = approval["input"][size - 1] ^ 1
    approval["input"] = (approval["input"][:size - 1] + bytes([changed]) +
                         approval["input"][size:])
    return put(batch, place, entry), "approval"


def act_of_two_by_one(journal):
    """The act as its first person's alone, and no word of the one that waits."""
    batch, place, entry = find(journal, lambda one: is_granted(one) and one.postings)
    approval, = entry.of_kind("approval")
    entry.head[20] = approval["command"]
    entry.input = approval["input"][:approval["input_size"]]
    entry.records = [one for one in entry.records if one[0] != "approval"]
    return put(batch, place, entry), "approval"


def still_waits(journal):
    """The act was done by grant, and the approval still stands as asked."""
    batch, place, entry = find(journal, lambda one: is_granted(one) and one.postings)
    entry.records = [one for one in entry.records if one[0] != "approval"]
    return put(batch, place, entry), "approval"


def close_carries_more(journal):
    """A year's end that two persons decided, and another amount is carried forward."""
    batch, place, entry = find(journal, lambda one: is_granted(one) and any(
        posting["book"] == 1 and posting["to"] == 13 for posting in one.postings))
    posting = next(one for one in entry.postings if one["book"] == 1 and one["to"] == 13)
    posting["amount"] -= 100
    fund(entry, posting, "from", 100)
    fund(entry, posting, "to", -100)
    return put(batch, place, entry), "act"


def surplus_of_other_act(journal):
    batch, place, entry = find(journal, lambda one: one.command == "fund_year_apply_surplus" and
                               len(one.postings) == 1)
    one, = entry.postings
    one["amount"] -= 100
    fund(entry, one, "from", -100)
    fund(entry, one, "to", -100)
    return put(batch, place, entry), "act"


def expected(journal, command):
    batch, place, entry = find(journal, lambda one: one.command == command and any(
        name == "fund_account" and number % 32 == 1 for name, number, _ in one.records))
    fields = next(fields for name, number, fields in entry.records
                  if name == "fund_account" and number % 32 == 1)
    fields["balance_cents"] += 100000
    return put(batch, place, entry), "balance"


def announced_more_than_stated(journal):
    return expected(journal, "fund_year_propose")


def announced_after_approval(journal):
    return expected(journal, "fund_year_approve")


def announced_by_nobody(journal):
    """F105 grows in an entry that is about something else."""
    _, _, proposed = find(journal, lambda one: one.command == "fund_year_propose" and
                          one.of_kind("fund_account"))
    number = next(number for name, number, _ in proposed.records if name == "fund_account")
    batch, place, entry = find(journal, is_delivery)
    entry.records.append(["fund_account", number, {"balance_cents": 12345600}])
    return put(batch, place, entry), "balance"


FAULTS = (delivery_of_other_tariff, delivery_of_other_vat, delivery_of_a_cent,
          delivery_longer_than_asked, tariff_of_other_act, tariff_not_in_force, promise_too_small,
          ceiling_not_charged, ceiling_charged_less, ceiling_exceeded, ceiling_of_other_act,
          appropriation_of_other_act, statement_total, statement_vat, statement_allotment,
          settlement_of_other_parts, balance_of_a_fund, balance_of_a_ceiling,
          units_of_a_month, posting_between_funds, accepted_record_edited, granted_by_who_asked,
          granted_by_another_role, granted_after_its_last_day, granted_other_act, asked_other_act,
          act_of_two_by_one, still_waits, close_carries_more, surplus_of_other_act,
          announced_more_than_stated, announced_after_approval, announced_by_nobody)
