"""A second set of books for the scenarios: the rules of the domain written again from its text, in
another language, sharing no code and no table with the engine.

It takes the same steps as the daemon (who posts what, and when) and keeps plain dictionaries. What it
knows it answers: the result's code and the amounts; and the balances of books F, C, U and R in the
form of the golden data. Money is whole cents; time is zoneinfo's. Jobs run at each local midnight.

SOURCE DOMAIN sections 6 to 9, SCENARIOS, parameters.csv."""
import calendar
import copy
import datetime
import zoneinfo
from collections import defaultdict

ROME = zoneinfo.ZoneInfo("Europe/Rome")
UTC = datetime.timezone.utc

NAMES = {"F100": "APPROPRIATION", "F110": "AVAILABLE", "F120": "RESERVED", "F140": "COMMITTED",
         "F150": "REDEEMED", "F155": "DISPUTED", "F160": "SETTLED", "F165": "VAT_PAYABLE",
         "F168": "WITHHELD", "F170": "PAID", "F175": "VAT_PAID", "F180": "LAPSED",
         "F185": "CARRIED_FORWARD", "F187": "RETURNED", "F190": "RECOVERABLE",
         "F195": "WRITTEN_OFF", "C100": "CEILING_GRANTED", "C120": "CEILING_FREE",
         "C130": "CEILING_RESERVED", "C140": "CEILING_USED", "C150": "CEILING_OVERRIDE"}


class Refused(Exception):
    """What the ledger answers instead of doing it; figures such as short_cents."""

    def __init__(self, code, **figures):
        super().__init__(code)
        self.code = code
        self.figures = figures


class Unknown(Exception):
    """A step that these books do not know: the scenario has no second opinion."""


def half_up(numerator, denominator):
    """numerator / denominator, rounded half up; numerator >= 0."""
    return (2 * numerator + denominator) // (2 * denominator)


def shares(total, weights, order):
    """Largest remainder; ties by `order` (a sortable key per weight)."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    ranked = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), order[i]))
    for i in ranked[:left]:
        parts[i] += 1
    return parts


def month_of(day):
    return day.strftime("%Y-%m")


def months_between(first, last):
    year, month = map(int, first.split("-"))
    found = []
    while f"{year:04d}-{month:02d}" <= last:
        found.append(f"{year:04d}-{month:02d}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def month_end(month):
    year, number = map(int, month.split("-"))
    return datetime.date(year, number, calendar.monthrange(year, number)[1])


def instant(text):
    """With an offset, or Rome's wall clock; hours that occur twice or never are refused."""
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    early, late = (moment.replace(tzinfo=ROME, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return early
    back = early.astimezone(ROME).replace(tzinfo=None)
    raise Refused("ambiguous_local_time" if back == moment else "nonexistent_local_time")


class Ceiling:
    def __init__(self, dimensions, granted):
        self.dimensions = dimensions
        self.granted = self.free = granted
        self.used = 0

    def matches(self, scope):
        return all(scope.get(key) == value for key, value in self.dimensions.items())


class Cell:
    """One service of a title in one month."""

    def __init__(self, title, service, month, units):
        self.title, self.service, self.month = title, service, month
        self.granted = self.free = units
        self.booked = self.used = self.expired = 0
        self.committed = self.disputed = self.net_used = 0
        self.promised = 0  # ever, and not given back
        self.released = False
        self.held_back = 0  # units that wait for a service of the months before
        self.held_on = None
        self.fund, self.cap = title.fund, None
        self.shares = [self]  # the money of each fund that pays it; the units are on the first

    @property
    def year(self):
        return int(self.month[:4])

    @property
    def fund_year(self):
        return f"{self.fund}-{self.year}"

    def split(self, entries):
        """One more cell for each further fund of a list."""
        self.shares += [Cell(self.title, self.service, self.month, 0) for _ in entries[1:]]
        for share, entry in zip(self.shares, entries):
            share.fund, share.cap = entry["fund"], entry.get("cap_cents")
            share.weight = entry.get("share_bp", 0 if share.cap else 10000)

    @property
    def money(self):
        """What all its funds still promise."""
        return sum(share.committed for share in self.shares)


class Title:
    def __init__(self, number, body, comune, at):
        self.number, self.comune, self.at = number, comune, at
        self.funds = body.get("funds", [])
        self.beneficiary = body["beneficiary"]
        self.fund = self.funds[0]["fund"] if self.funds else body["fund"]
        self.months = months_between(body["first_month"], body["last_month"])
        self.lines = {line["service"]: line["units_per_month"] for line in body["lines"]}
        self.valid_from = datetime.date.fromisoformat(
            body.get("valid_from", self.months[0] + "-01"))
        self.valid_to = datetime.date.fromisoformat(
            body.get("valid_to", month_end(self.months[-1]).isoformat()))
        self.rank = body.get("rank", 0)
        self.measure = body.get("measure")
        self.state = "PROPOSED"
        self.provider = None
        self.vat = 0
        self.cells = []

    def cell(self, service, month):
        return next((c for c in self.cells if c.service == service and c.month == month), None)


class Record:
    """One accepted or disputed service."""

    def __init__(self, **members):
        self.__dict__.update(members)


class Statement:
    def __init__(self, key):
        self.key = key
        self.provider, self.month, self.vat_bp, self.payer = key
        self.records = []
        self.state = "OPEN"
        self.attested = set()
        self.net = self.vat = self.gross = 0
        self.lines = {}


class Reference:
    def __init__(self, now):
        self.now = instant(now)
        self.services, self.tariffs, self.providers = {}, defaultdict(list), {}
        self.accreditations, self.comuni, self.persons = {}, {}, {}
        self.years, self.ceilings, self.commitments = {}, {}, defaultdict(int)
        self.titles, self.records, self.statements = {}, {}, {}
        self.fund_detail = defaultdict(int)
        self.keys = {}
        self.postings = []
        self.parameters = {}
        self.documents, self.grants, self.payments, self.recoverable = {}, {}, {}, []
        self.restricted, self.waiting, self.openings = {}, {}, {}
        self.schemes, self.adoptions, self.isee = {}, [], defaultdict(list)
        self.fund_comune, self.charges = {}, {}
        self.merged, self.successions = {}, []
        self.bills = defaultdict(int)  # charged by person and month

    # ---- time ----

    @property
    def today(self):
        return self.now.astimezone(ROME).date()

    def advance(self, text):
        to = instant(text)
        day = self.today + datetime.timedelta(1)
        while datetime.datetime(day.year, day.month, day.day, tzinfo=ROME) <= to:
            self.now = datetime.datetime(day.year, day.month, day.day, tzinfo=ROME).astimezone(UTC)
            self.midnight(day)
            day += datetime.timedelta(1)
        self.now = to

    def late_window(self, month):
        return month_end(month) + datetime.timedelta(31)

    def kept_until(self, cell):
        """The last month in which the cell's units may be used: its own, or under ALL the title's
        last one of the same fiscal year."""
        if self.rule(cell.title) == "NONE":
            return cell.month
        return max(month for month in cell.title.months if month[:4] == cell.month[:4])

    def midnight(self, day):
        for succession in [one for one in self.successions if one[0] == day]:
            self.successions.remove(succession)
            self.carry_out(*succession)
        for fund_year, year in self.years.items():
            if year["state"] == "OPEN" and int(fund_year[-4:]) < day.year:
                year["state"] = "CLOSING"
        self.schedule_grants(day)
        for title in self.titles.values():
            if title.state in ("ISSUED", "ACTIVE", "EXHAUSTED", "SUSPENDED") and \
                    title.valid_to < day:
                title.state = "EXPIRED"
        for title in self.titles.values():
            for cell in list(title.cells):
                if day.day == 1 and month_end(cell.month) + datetime.timedelta(1) == day:
                    self.hold_back(cell, day)
                if self.late_window(cell.month) + datetime.timedelta(1) == day:
                    self.close_month(cell)

    # ---- carry-over: engine/domain/carry_over.h ----

    def rule(self, title, name="CARRY_OVER_POLICY", default="NONE"):
        """Of the title's measure, else of the ambito."""
        return self.parameters.get((name, title.measure), self.parameters.get(name, default))

    @staticmethod
    def line_of(cell, until=None):
        """The cells of the same service and year, up to a month."""
        return [other for other in cell.title.cells
                if other.service == cell.service and other.year == cell.year
                and (until is None or other.month <= until)]

    def lent(self, cell):
        """Units that services of later months hold."""
        return sum(record.units for record in self.records.values()
                   if record.cell is cell and record.state in ("ACCEPTED", "MISSED", "DISPUTED")
                   and month_of(record.start.astimezone(ROME)) > cell.month)

    def draws(self, cell, start, units):
        """The (cell, start, units) that a service takes: its own month's first, then the oldest."""
        wanted = [(cell, cell.free)]
        policy = self.rule(cell.title)
        for other in self.line_of(cell) if policy != "NONE" else []:
            if other.month < cell.month and not other.released and other.held_on is None:
                cap = int(self.rule(cell.title, "CARRY_OVER_CAP_UNITS", 0))
                wanted.append((other, other.free if policy != "CAP" else
                               min(other.free, max(0, cap - self.lent(other)))))
        found = []
        for other, most in wanted:
            part = min(most, units)
            if part or not units:
                found.append((other, start, part))
                start, units = start + datetime.timedelta(minutes=part), units - part
                if not units:
                    return found
        raise Refused("exceeds_monthly_allotment")

    def unused(self, cell):
        """Had the last N months, this cell's the last of them, no accepted service?"""
        title = cell.title
        months = int(self.rule(title, "CARRY_OVER_LOOKBACK_MONTHS", 3))
        past = [month for month in title.months if month <= cell.month][-months:]
        return len(past) == months and not any(
            record.state == "ACCEPTED" and record.cell.title is title
            and record.cell.service == cell.service
            and month_of(record.start.astimezone(ROME)) in past
            for record in self.records.values())

    def hold_back(self, cell, day):
        """The first day after N months without a service."""
        title = cell.title
        runs = title.state in ("ISSUED", "ACTIVE", "EXHAUSTED", "SUSPENDED")
        if self.rule(title) != "IF_USED_LAST_N" or not runs or title.valid_to < day or \
                day.month == 1 or not self.unused(cell):
            return
        for other in self.line_of(cell, cell.month):
            if not other.released and other.held_on is None and other.free:
                other.held_back, other.held_on, other.free = other.free, day, 0
                other.expired += other.held_back

    def units_back(self, title, service):
        for cell in title.cells:
            if cell.service == service and cell.held_on is not None:
                cell.expired -= cell.held_back
                cell.free += cell.held_back
                cell.held_back, cell.held_on = 0, None

    def carried_use(self, record):
        """A service of the N months was accepted after all."""
        title = record.cell.title
        held = next((cell.held_on for cell in title.cells if cell.service == record.cell.service
                     and cell.held_on is not None), None)
        if held is None:
            return
        months = int(self.rule(title, "CARRY_OVER_LOOKBACK_MONTHS", 3))
        past = [month for month in title.months if month < month_of(held)][-months:]
        if month_of(record.start.astimezone(ROME)) in past:
            self.units_back(title, record.cell.service)

    def close_month(self, cell):
        """The late window is over: what no later month may use is released."""
        policy = self.rule(cell.title)
        if policy == "IF_USED_LAST_N" and self.kept_until(cell) != cell.month:
            if self.unused(cell):
                policy = "NONE"
            elif cell.held_on is not None:
                self.units_back(cell.title, cell.service)
        if policy == "NONE" or self.kept_until(cell) == cell.month:
            for other in self.line_of(cell, cell.month):
                if not other.released:
                    other.held_back, other.held_on = 0, None
                    self.release(other)
            return
        if cell.released:
            return
        self.end_waiting(cell)
        if policy == "CAP":
            cap = int(self.rule(cell.title, "CARRY_OVER_CAP_UNITS", 0))
            lost = cell.free - min(cell.free, max(0, cap - self.lent(cell)))
            cell.free -= lost
            cell.expired += lost
            worth = self.gross(cell, cell.free, cell.vat_bp)
            if lost and cell.committed > worth:
                self.give_back(cell, cell.committed - worth)

    # ---- several funds, and who pays: share.h, payer.h, decisions 0009 and 0019 ----

    @staticmethod
    def divide(cell, amount, limits):
        """Caps take all until they are full; the rest by largest remainder. What one may not take
        goes to the next that may."""
        rest, parts = amount, []
        for share, limit in zip(cell.shares, limits):
            parts.append(min(rest, limit) if share.cap else 0)
            rest -= parts[-1]
        weights = [0 if share.cap else getattr(share, "weight", 10000) for share in cell.shares]
        parts = list(map(sum, zip(parts, shares(rest, weights, range(len(weights))))))
        over = sum(max(0, part - limit) for part, limit in zip(parts, limits))
        parts = list(map(min, parts, limits))
        for place, limit in enumerate(limits):
            more = min(over, limit - parts[place])
            parts[place] += more
            over -= more
        assert over == 0, (amount, limits)
        return parts

    def demand(self, cell, amount, demands):
        """The part of each fund in a month to be promised, after the demands before it."""
        limits = [share.cap - sum(asked for other, asked in demands if other.fund == share.fund)
                  if share.cap else amount for share in cell.shares]
        return list(zip(cell.shares, self.divide(cell, amount, limits)))

    def slips(self, record):
        """The parts of a record by fund: the record itself where there is only one."""
        cell = record.cell
        if len(cell.shares) == 1:
            return [record]
        grosses = self.divide(cell, record.gross, [share.committed for share in cell.shares])
        if cell.shares[0].cap:
            nets = shares(record.net, grosses, range(len(grosses)))
        else:
            nets = self.divide(cell, record.net, grosses)
        return [Record(cell=share, net=net, gross=gross, provider=record.provider,
                       start=record.start, vat_bp=record.vat_bp, statement=None)
                for share, net, gross in zip(cell.shares, nets, grosses) if gross]

    def cap_room(self, cell):
        """What the cap of a cell's fund leaves over the whole title."""
        if not cell.cap:
            return 10 ** 12
        place = next(n for n, share in enumerate(cell.title.cells[0].shares)
                     if share.fund == cell.fund)
        return cell.cap - sum(other.shares[place].promised for other in cell.title.cells)

    def payer(self, cell):
        """None: the lead body."""
        model = self.parameters.get("PAYMENT_MODEL", "P1")
        own = self.fund_comune.get(cell.fund)
        return {"P1": None, "P2": cell.title.comune, "P3": own}[model]

    def charge_comuni(self, name, statement):
        """P1: what the comuni's own funds bear; of the rest their part."""
        if self.parameters.get("PAYMENT_MODEL", "P1") != "P1":
            return
        due = defaultdict(int)
        for cell, amounts in statement.lines.items():
            own, whole = self.fund_comune.get(cell.fund), sum(amounts)
            part = int(self.parameters.get("COMUNE_SHARE_BP", 0))
            due[own or cell.title.comune] += whole if own else half_up(whole * part, 10000)
        for comune, amount in due.items():
            if amount:
                self.charges[f"charge-{len(self.charges) + 1}"] = Record(
                    statement=name, comune=comune, due=amount, state="DUE")

    def move_charge(self, name, before, after):
        charge = self.charges[name]
        if charge.state != before:
            raise Refused("illegal_transition")
        charge.state = after
        return {"gross_cents": charge.due}

    def do_payer_charges_bill(self, who, name, body):
        return self.move_charge(name, "DUE", "BILLED")

    def do_payer_charges_pay(self, who, name, body):
        return self.move_charge(name, "BILLED", "PAID")

    # ---- mergers: succession.h, SCENARIOS S11 ----

    def payee(self, provider):
        """Who stands in the provider's place now."""
        while provider in self.merged:
            provider = self.merged[provider]
        return provider

    def do_accreditations_succeed(self, who, name, body):
        old, new = self.accreditations[name], self.accreditations[body["successor"]]
        if self.payee(new["provider"]) == old["provider"]:
            raise Refused("field_invalid")
        day = datetime.date.fromisoformat(body["effective_from"])
        if day > self.today:
            self.successions.append((day, old, new))
        else:
            self.carry_out(day, old, new)

    def carry_out(self, day, old, new):
        """Titles and open amounts follow; what was delivered and paid stays where it is."""
        before, after = old["provider"], new["provider"]
        if any(record.state in ("BOOKED", "SUBMITTED") and record.provider == before
               for record in self.records.values()):
            raise Unknown("a merger with visits that wait")
        old["state"], old["revoked"] = "SUCCEEDED", day
        self.merged[before] = after
        for account, amount in list(self.fund_detail.items()):
            *where, last = account.split("|")
            if last == before and account[:4] in ("F150", "F155", "F160", "F168", "F190"):
                self.post("PAYEE_SUCCESSION", account, "|".join([*where, after]), amount)
        for title in self.titles.values():
            if title.provider == before:
                title.provider = after

    def do_accreditations_extend(self, who, name, body):
        """From a day on; what it covered before stays covered."""
        if set(body) - {"effective_from", "sub_ambiti", "act"}:
            raise Unknown("an extension of more than the territory")
        self.accreditations[name].setdefault("extensions", []).append(
            (datetime.date.fromisoformat(body["effective_from"]), body["sub_ambiti"]))

    @staticmethod
    def territory(accreditation, day):
        more = [places for start, places in accreditation.get("extensions", []) if start <= day]
        return sum(more, list(accreditation["sub_ambiti"]))

    # ---- books ----

    def post(self, kind, source, target, amount):
        """Moves cents between two accounts of book F, told with their dimensions."""
        assert amount >= 0, (kind, source, target, amount)
        if amount == 0:
            return
        self.fund_detail[source] -= amount
        self.fund_detail[target] += amount
        self.postings.append((kind, source, target, amount))

    def account(self, code, cell, provider=None):
        name = f"{code}_{NAMES[code]}"
        if code in ("F100", "F110", "F180", "F185", "F187"):
            return f"{name}|{cell.fund_year}"
        parts = [name, cell.fund_year, cell.title.comune]
        if code in ("F120", "F140", "F150", "F155"):
            parts.append(cell.title.number)
        if code in ("F150", "F155", "F160", "F168", "F170", "F190"):
            parts.append(self.payee(provider))
        return "|".join(parts)

    def available(self, fund_year):
        return self.fund_detail[f"F110_AVAILABLE|{fund_year}"]

    def scope(self, cell, provider=None):
        return {"fund": cell.fund, "year": cell.year, "comune": cell.title.comune,
                "service": cell.service, "beneficiary": cell.title.beneficiary,
                "provider": provider, "month": cell.month,
                "sub_ambito": self.comuni[cell.title.comune]}

    def matching(self, cell, provider=None):
        scope = self.scope(cell, provider)
        return [ceiling for _, ceiling in sorted(self.ceilings.items())
                if ceiling.matches(scope)]

    def check(self, demands):
        """May these cells take these cents? Fund first, then ceilings, by rising id."""
        by_year = defaultdict(int)
        for cell, amount in demands:
            by_year[cell.fund_year] += amount
        for fund_year, amount in by_year.items():
            if self.available(fund_year) < amount:
                raise Refused("fund_exhausted", account=fund_year,
                              short_cents=amount - self.available(fund_year))
        by_ceiling = defaultdict(int)
        for cell, amount in demands:
            for ceiling in self.matching(cell, cell.title.provider):
                by_ceiling[ceiling] += amount
        for _, ceiling in sorted(self.ceilings.items()):
            if by_ceiling[ceiling] > ceiling.free:
                raise Refused("ceiling_exceeded", account=ceiling,
                              short_cents=by_ceiling[ceiling] - ceiling.free)

    def use(self, cell, amount):
        for ceiling in self.matching(cell, cell.title.provider):
            ceiling.free -= amount
            ceiling.used += amount

    def promise(self, cell, amount, kind="COMMIT"):
        self.post(kind, self.account("F110", cell), self.account("F140", cell), amount)
        cell.committed += amount
        cell.promised += amount
        self.use(cell, amount)

    def is_ending(self, fund_year):
        return self.years[fund_year]["state"] in ("CLOSING", "CLOSED")

    def give_back(self, cell, amount, kind="RELEASE"):
        ends = self.is_ending(cell.fund_year)
        self.post("YEAR_END_LAPSE" if ends and kind == "RELEASE" else kind,
                  self.account("F140", cell), self.account("F180" if ends else "F110", cell), amount)
        cell.committed -= amount
        cell.promised -= amount
        self.use(cell, -amount)

    def release(self, cell):
        self.end_waiting(cell)
        cell.released = True
        for share in cell.shares:
            self.give_back(share, share.committed)
        cell.expired += cell.free
        cell.free = 0

    def end_waiting(self, cell):
        """Bookings end, and late records that nobody decided."""
        for record in self.records.values():
            if record.cell is cell and record.state == "BOOKED":
                record.state = "CANCELLED"
                cell.booked -= record.units
                cell.free += record.units
        for record in self.records.values():
            if record.cell is cell and record.state == "SUBMITTED":
                self.end_of_window(record)

    # ---- prices ----

    def tariff(self, service, day):
        rates = [rate for start, rate in sorted(self.tariffs[service]) if start <= day]
        if not rates:
            raise Refused("no_tariff_in_force")
        return rates[-1]

    def net(self, cell, units):
        service = self.services[cell.service]
        rate = self.tariff(cell.service, datetime.date.fromisoformat(cell.month + "-01"))
        return half_up(units * rate, 60) if service["unit"] == "MINUTE" else units * rate

    def gross(self, cell, units, vat_bp):
        net = self.net(cell, units)
        return net + half_up(net * vat_bp, 10000)

    def vat_of(self, provider, service):
        member = {"SOCIAL_COOP": "vat_social_coop_bp",
                  "NON_COMMERCIAL_ETS": "vat_non_commercial_ets_bp"}
        kind = self.providers[provider]
        return self.services[service][member.get(kind, "vat_other_bp")]

    # ---- accreditation ----

    def accredited(self, provider, service, comune, day):
        """None, or why not; HELD where a late notice holds the service."""
        why = "not_accredited_at_service_date"
        for accreditation in self.accreditations.values():
            if accreditation["provider"] != provider or accreditation["state"] == "SUBMITTED":
                continue
            if not accreditation.get("from") or not accreditation["from"] <= day <= \
                    accreditation["to"]:
                continue
            if service not in accreditation["services"]:
                why = "service_not_covered"
                continue
            if self.comuni[comune] not in self.territory(accreditation, day):
                why = "territory_not_covered"
                continue
            if accreditation.get("revoked") and accreditation["revoked"] <= day:
                continue
            held = self.suspension(accreditation, day)
            if held is None:
                return None
            why = held
        return why

    @staticmethod
    def suspension(accreditation, day):
        for start, end, notified, safety in accreditation["suspensions"]:
            if start <= day and (end is None or day < end):
                late = day < notified and not safety
                return "held" if late else "not_accredited_at_service_date"
        return None

    # ---- the door ----

    def step(self, who, path, body):
        """What the daemon should answer to this request: (code or None, figures)."""
        try:
            return None, self.route(who, path, body) or {}
        except Refused as refusal:
            return refusal.code, refusal.figures

    def route(self, who, path, body):
        path, _, verb = path.partition(":")
        parts = path.split("/")[2:]
        if len(parts) == 4 and parts[2] == "years":
            return getattr(self, "year_" + verb.replace("-", "_"), self.unknown)(f"{parts[1]}-{parts[3]}", body)
        name = "do_" + "_".join(filter(None, [parts[0], verb])).replace("-", "_")
        handler = getattr(self, name, self.unknown)
        if handler == self.unknown:
            raise Unknown(name)
        return handler(who, *parts[1:], body)

    def unknown(self, *where):
        raise Unknown(str(where))

    # ---- masters ----

    def nothing(self, who, body):
        """Records that no amount depends on."""

    do_measures = do_ambiti = do_sub_ambiti = do_principals = do_credentials = nothing

    def do_comuni(self, who, body):
        self.comuni[body["istat_code"]] = body["sub_ambito"]

    def do_services(self, who, body):
        self.services[body["code"]] = body

    def do_tariffs(self, who, body):
        self.tariffs[body["service"]].append(
            (datetime.date.fromisoformat(body["valid_from"]), body["net_cents"]))

    def do_providers(self, who, body):
        self.providers[body["code"]] = body["kind"]

    def do_beneficiaries(self, who, body):
        name = f"person-{len(self.persons) + 1}"
        self.persons[name] = body["comune"]
        return {"beneficiary": name}

    # ---- money of the year ----

    def year_propose(self, fund_year, body):
        self.years[fund_year] = {"state": "DRAFT"}

    def year_approve(self, fund_year, body):
        self.years[fund_year]["state"] = "APPROVED"
        self.post("APPROPRIATE", f"F100_APPROPRIATION|{fund_year}",
                  f"F110_AVAILABLE|{fund_year}", body["ascertained_cents"])

    def year_open(self, fund_year, body):
        self.years[fund_year]["state"] = "OPEN"

    def do_funds(self, who, body):
        self.restricted[body["code"]] = body.get("restricted", False)
        self.fund_comune[body["code"]] = body.get("comune")

    def wait(self, who, act):
        """An act of two persons: it is done when the second one grants it."""
        name = f"approval-{len(self.waiting) + 1}"
        self.waiting[name] = (who, act)
        return {"result": "approval_pending", "approval": name}

    def do_approvals_grant(self, who, name, body):
        first, act = self.waiting[name]
        if first == who:
            raise Refused("four_eyes_required")
        return act()

    # ---- the end of a year ----

    def of_year(self, fund_year, *codes):
        return sum(amount for account, amount in self.fund_detail.items()
                   if account.split("|")[1] == fund_year and account[:4] in codes)

    def residuals(self, fund_year):
        return self.of_year(fund_year, "F150", "F155", "F160", "F165", "F168")

    def leftover(self, fund_year):
        return self.of_year(fund_year, "F110", "F180", "F185", "F187")

    def year_close(self, fund_year, body):
        if self.years[fund_year]["state"] != "CLOSING":
            raise Refused("illegal_transition")
        promised = self.of_year(fund_year, "F120", "F140")
        if promised:
            raise Refused("fund_year_has_promises", short_cents=promised)
        if body["residuals_cents"] != self.residuals(fund_year):
            raise Refused("residuals_differ",
                          short_cents=self.residuals(fund_year) - body["residuals_cents"])
        wanted = body["carried_cents"] + body["returned_cents"]
        if wanted > self.leftover(fund_year):
            raise Refused("amount_exceeded", short_cents=wanted - self.leftover(fund_year))
        if body["carried_cents"] and not self.restricted[fund_year[:-5]]:
            raise Refused("surplus_not_restricted")
        return self.wait("finance", lambda: self.close(fund_year, body))

    def close(self, fund_year, body):
        lapsed = f"F180_LAPSED|{fund_year}"
        self.post("YEAR_END_LAPSE", f"F110_AVAILABLE|{fund_year}", lapsed, self.available(fund_year))
        self.post("CARRY_FORWARD", lapsed, f"F185_CARRIED_FORWARD|{fund_year}",
                  body["carried_cents"])
        self.post("RETURN", lapsed, f"F187_RETURNED|{fund_year}", body["returned_cents"])
        self.years[fund_year]["state"] = "CLOSED"
        return {"gross_cents": self.leftover(fund_year)}

    def year_apply_surplus(self, fund_year, body):
        source = f"{fund_year[:-5]}-{body['from_year']}"
        left = self.of_year(source, "F185") - self.years[source].get("applied", 0)
        if self.years[source]["state"] != "CLOSED":
            raise Refused("illegal_transition")
        if body["amount_cents"] > left:
            raise Refused("amount_exceeded", short_cents=body["amount_cents"] - left)
        self.years[source]["applied"] = self.years[source].get("applied", 0) + body["amount_cents"]
        self.post("APPROPRIATE", f"F100_APPROPRIATION|{fund_year}", f"F110_AVAILABLE|{fund_year}",
                  body["amount_cents"])

    # ---- opening balances ----

    OPENED = {"PAID": ("F170_PAID", 2), "SETTLED": ("F160_SETTLED", 2),
              "REDEEMED": ("F150_REDEEMED", 3)}

    def do_opening_balances(self, who, *rest):
        *where, body = rest
        if not where:
            name = f"opening-{len(self.openings) + 1}"
            self.openings[name] = {"body": body, "rows": [], "state": "DRAFT"}
            return {"opening": name}
        row = {**body, "fund_year": f"{self.openings[where[0]]['body']['fund']}-{body['year']}"}
        told = {"year", "account", "amount_cents"}
        if body["account"] == "RECOVERABLE":
            told |= {"vat_cents", "comune", "provider"}
        if set(body) - told or body["account"] not in (*self.OPENED, "RECOVERABLE"):
            raise Unknown("a row that is not an aggregate")
        self.openings[where[0]]["rows"].append(row)
        return {"gross_cents": body["amount_cents"]}

    def do_opening_balances_post(self, who, name, body):
        opening = self.openings[name]
        if opening["state"] != "DRAFT":
            raise Refused("illegal_transition")
        for account in ("REDEEMED", "SETTLED", "PAID", "RECOVERABLE"):
            loaded = sum(row["amount_cents"] for row in opening["rows"] if row["account"] == account)
            stated = opening["body"].get(f"stated_{account.lower()}_cents", 0)
            if loaded != stated:
                raise Refused("opening_totals_differ", short_cents=stated - loaded)
        for fund_year in {row["fund_year"] for row in opening["rows"]}:
            asked = sum(row["amount_cents"] for row in opening["rows"]
                        if row["fund_year"] == fund_year)
            if asked > self.available(fund_year):
                raise Refused("fund_exhausted", short_cents=asked - self.available(fund_year))
        return self.wait(who, lambda: self.open_rows(opening))

    def open_rows(self, opening):
        for row in opening["rows"]:
            if row["account"] == "RECOVERABLE":
                self.open_credit(row)
                continue
            code, dimensions = self.OPENED[row["account"]]
            self.post("OPENING", f"F110_AVAILABLE|{row['fund_year']}",
                      "|".join([code, row["fund_year"], *["*"] * dimensions]), row["amount_cents"])
        opening["state"] = "POSTED"
        return {}

    def open_credit(self, row):
        """What a provider owed before: on the fund, and on the ceilings of its dimensions."""
        title = Title("*", {"fund": row["fund_year"][:-5], "beneficiary": None, "lines": [],
                            "first_month": f"{row['year']}-01", "last_month": f"{row['year']}-12"},
                      row["comune"], self.now)
        title.provider = row["provider"]
        cell = Cell(title, None, f"{row['year']}-01", 0)
        if any(ceiling.free < row["amount_cents"] or "month" in ceiling.dimensions
               for ceiling in self.matching(cell, title.provider)):
            raise Unknown("a ceiling short of what is opened")
        self.post("OPENING", self.account("F110", cell),
                  self.account("F190", cell, title.provider), row["amount_cents"])
        self.use(cell, row["amount_cents"])
        self.recoverable.append(Record(
            cell=cell, provider=title.provider, net=row["amount_cents"] - row["vat_cents"],
            vat=row["vat_cents"], month=cell.month))

    def year_vary(self, fund_year, body):
        contra, free = f"F100_APPROPRIATION|{fund_year}", f"F110_AVAILABLE|{fund_year}"
        if "increase_cents" in body:
            return self.post("VARY", contra, free, body["increase_cents"])
        if body["decrease_cents"] > self.available(fund_year):
            raise Refused("fund_exhausted",
                          short_cents=body["decrease_cents"] - self.available(fund_year))
        return self.post("VARY", free, contra, body["decrease_cents"])

    def do_commitments(self, who, body):
        if self.is_ending(f"{body['fund']}-{body['year']}"):
            raise Refused("year_closed")
        self.commitments[f"{body['fund']}-{body['year']}"] += body["amount_cents"]

    def do_ceilings(self, who, body):
        dimensions = {key: body[key] for key in ("fund", "year", "comune", "sub_ambito", "service",
                                                 "provider", "beneficiary", "month") if key in body}
        name = f"ceiling-{len(self.ceilings) + 1:04d}"
        ceiling = self.ceilings[name] = Ceiling(dimensions, body["amount_cents"])
        for cell in (cell for title in self.titles.values() for cell in title.cells):
            if ceiling in self.matching(cell, cell.title.provider):
                raise Unknown
        return {"ceiling": name}

    def do_ceilings_raise(self, who, name, body):
        self.ceilings[name].granted += body["amount_cents"]
        self.ceilings[name].free += body["amount_cents"]

    # ---- accreditation ----

    def do_accreditations(self, who, body):
        name = f"accreditation-{len(self.accreditations) + 1}"
        self.accreditations[name] = {"provider": body["provider"], "state": "SUBMITTED",
                                     "services": body["services"],
                                     "sub_ambiti": body["sub_ambiti"], "suspensions": []}
        return {"accreditation": name}

    def do_accreditation_documents(self, who, body):
        name = f"document-{len(self.documents) + 1}"
        self.documents[name] = {**body, "good": False}
        return {"document": name}

    def do_accreditation_documents_check(self, who, name, body):
        self.documents[name]["good"] = body["state"] == "GOOD"

    def do_accreditations_approve(self, who, name, body):
        if "durc_valid_to" not in body and not any(
                document["accreditation"] == name and document["good"]
                for document in self.documents.values()):
            raise Refused("durc_invalid")
        self.accreditations[name]["state"] = "APPROVED"

    def do_accreditations_activate(self, who, name, body):
        found = self.accreditations[name]
        found["state"], found["cig"] = "ACTIVE", body.get("cig")
        found["from"] = datetime.date.fromisoformat(body["valid_from"])
        start = found["from"]
        third = datetime.date(start.year + 3, start.month, start.day) - datetime.timedelta(1)
        found["to"] = datetime.date.fromisoformat(body.get("valid_to", third.isoformat()))

    def do_accreditations_suspend(self, who, name, body):
        found = self.accreditations[name]
        found["state"] = "SUSPENDED"
        found["suspensions"].append([datetime.date.fromisoformat(body["effective_from"]), None,
                                     self.today, body.get("safety", False)])
        start = datetime.date.fromisoformat(body["effective_from"])
        for record in self.records.values():
            if record.state == "BOOKED" and record.provider == found["provider"] and \
                    record.start >= self.now and \
                    record.start.astimezone(ROME).date() >= start:
                self.end_booking(record, "CANCELLED")

    # ---- titles ----

    def do_vouchers(self, who, body):
        number = f"title-{len(self.titles) + 1}"
        self.titles[number] = Title(number, body, self.persons[body["beneficiary"]], self.now)
        return {"voucher": number}

    def highest_vat(self, title, service):
        """The highest rate among the providers that could be chosen."""
        rates = [self.vat_of(name, service) for name in self.providers
                 if any(self.accredited(name, service, title.comune, day) in (None, "held")
                        for day in (max(self.today, title.valid_from), title.valid_to))]
        if not rates:
            raise Refused("no_provider_for_service")
        return max(rates)

    def check_rank(self, title, demands, strict):
        """Nobody overtakes a better rank that waits on the same money."""
        policy = self.parameters.get("WAITLIST_POLICY", "STRICT_RANK")
        if (policy != "STRICT_RANK" and not strict) or not title.rank:
            return
        accounts = {cell.fund_year for cell, _ in demands}
        accounts |= {ceiling for cell, _ in demands for ceiling in self.matching(cell, None)}
        for other in self.titles.values():
            if other.state == "WAITLISTED" and 0 < other.rank < title.rank and \
                    other.waits_on in accounts:
                raise Refused("ranked_before", account=other.waits_on)

    def issue_many(self, numbers, mode):
        """The outcomes of a batch, line by line; of all or nothing, the first line that fails."""
        if mode.startswith("simulate_"):  # the same answers, and nothing stands
            saved = copy.deepcopy(self.__dict__)
            if mode == "simulate_first_fit":
                self.parameters["WAITLIST_POLICY"] = "FIRST_FIT"
            found = self.issue_many(numbers, mode.removeprefix("simulate_"))
            self.__dict__ = saved
            return found
        if mode != "all_or_nothing":
            ranked = sorted(numbers, key=lambda number: self.titles[number].rank)
            order = ranked if mode == "strict_rank" else numbers
            done = {number: self.step("udp-officer", f"/v1/vouchers/{number}:issue",
                                      {"strict": mode == "strict_rank"}) for number in order}
            return [done[number] for number in numbers]
        saved = copy.deepcopy(self.__dict__)
        done = []
        for line, number in enumerate(numbers):
            code, figures = self.step("udp-officer", f"/v1/vouchers/{number}:issue", {})
            if code or figures.get("result") == "waitlisted":
                self.__dict__ = saved
                figures.pop("result", None)
                return [(code or figures.pop("cause"), {**figures, "line": line + 1})]
            done.append((code, figures))
        return done

    def do_ceilings_transfer(self, who, name, body):
        source, target = self.ceilings[name], self.ceilings[body["to"]]
        amount = body["amount_cents"]
        if amount > source.free:
            raise Refused("ceiling_exceeded", short_cents=amount - source.free)
        source.granted -= amount
        source.free -= amount
        target.granted += amount
        target.free += amount

    def do_vouchers_issue(self, who, number, body):
        strict = body.get("strict", False)
        title = self.titles[number]
        if title.state not in ("PROPOSED", "WAITLISTED"):
            raise Refused("illegal_transition")
        demands, cells = [], []
        for service, units in title.lines.items():
            for month in title.months:
                cell = Cell(title, service, month, units)
                cell.vat_bp = self.highest_vat(title, service)
                first = datetime.date.fromisoformat(month + "-01")
                gross = self.public(cell, units, first) if self.is_model_a() else \
                    self.gross(cell, units, cell.vat_bp)
                if title.funds:
                    cell.split(title.funds)
                cells.append(cell)
                demands += self.demand(cell, gross, demands)
        try:
            self.check(demands)
            self.check_rank(title, demands, strict)
        except Refused as refusal:
            title.state = "WAITLISTED"
            title.waits_on = refusal.figures.pop("account")
            return {"result": "waitlisted", "cause": refusal.code, **refusal.figures}
        title.state = "ISSUED"
        title.cells = cells
        for cell, amount in demands:
            self.promise(cell, amount)
        return {"gross_cents": sum(amount for _, amount in demands)}

    def do_vouchers_choose_provider(self, who, number, body):
        title, provider = self.titles[number], body["provider"]
        if title.state not in ("ISSUED", "ACTIVE"):
            raise Refused("illegal_transition")
        day = min(max(self.today, title.valid_from), title.valid_to)
        for service in title.lines:
            why = self.accredited(provider, service, title.comune, day)
            if why is not None:
                raise Refused("accreditation_not_active" if why in (
                    "held", "not_accredited_at_service_date") else why)
        for record in self.records.values():
            if record.cell.title is title and record.state == "BOOKED" and \
                    record.start >= self.now:
                record.state = "CANCELLED"
                record.cell.booked -= record.units
                record.cell.free += record.units
        released = 0
        for cell in (cell for cell in title.cells if not cell.released):
            vat_bp = self.vat_of(provider, cell.service)
            before = self.gross(cell, cell.free, cell.vat_bp)
            after = self.gross(cell, cell.free, vat_bp)
            if after > before:
                raise Unknown
            cell.vat_bp = vat_bp
            had = [share.committed for share in cell.shares]
            left = self.divide(cell, sum(had) - (before - after), had)
            for share, was, now in zip(cell.shares, had, left):
                self.give_back(share, was - now)
            released += before - after
        title.provider, title.state = provider, "ACTIVE"
        return {"gross_cents": released}

    def do_vouchers_amend(self, who, number, body):
        """Other units from a month on, before a provider is chosen or a service given."""
        title = self.titles[number]
        if "remaining_units" in body or title.provider or len(body["lines"]) != 1:
            raise Unknown("an amendment of a title in use")
        line = body["lines"][0]
        more, less = [], []
        for cell in title.cells:
            if cell.service != line["service"] or cell.month < body["from_month"]:
                continue
            before = self.gross(cell, cell.granted, cell.vat_bp)
            after = self.gross(cell, line["units_per_month"], cell.vat_bp)
            (more if after > before else less).append((cell, after - before))
        self.check(more)
        for cell, amount in more:
            self.promise(cell, amount, "COMMIT")
        for cell, amount in less:
            self.give_back(cell, -amount)
        for cell, _ in more + less:
            change = line["units_per_month"] - cell.granted
            if change >= 0:
                cell.granted += change
            else:
                cell.expired -= change
            cell.free += change

    # ---- grants of money ----

    def do_cash_grants(self, who, body):
        name = f"grant-{len(self.grants) + 1}"
        title = Title(f"title-{len(self.titles) + 1}",
                      {**body, "lines": []}, self.persons[body["beneficiary"]], self.now)
        title.monthly, title.measure, title.grant_state = body["monthly_cents"], \
            body["measure"], "PROPOSED"
        self.titles[title.number] = title
        self.grants[name] = title
        return {"cash_grant": name}

    def do_cash_grants_issue(self, who, name, body):
        title = self.grants[name]
        most = int(self.parameters.get(("BUONO_B2_CAREGIVER_MAX_CENTS", title.measure), 0))
        if most and title.monthly > most:
            raise Refused("cash_grant_above_maximum")
        cells = [Cell(title, None, month, 0) for month in title.months]
        try:
            self.check([(cell, title.monthly) for cell in cells])
        except Refused as refusal:
            title.grant_state = "WAITLISTED"
            title.waits_on = refusal.figures.pop("account")
            return {"result": "waitlisted", "cause": refusal.code, **refusal.figures}
        title.cells, title.grant_state = cells, "ISSUED"
        for cell in cells:
            self.promise(cell, title.monthly)
        return {"gross_cents": title.monthly * len(cells)}

    def do_cash_grants_cancel(self, who, name, body):
        self.grants[name].grant_state = "CANCELLED"

    def do_cash_grants_activate(self, who, name, body):
        if self.grants[name].grant_state != "ISSUED":
            raise Refused("illegal_transition")
        self.grants[name].grant_state = "ACTIVE"

    def schedule_grants(self, day):
        """On the 27th what is active is due for its month."""
        if day.day != 27:
            return
        for title in self.grants.values():
            cell = next((c for c in title.cells if c.month == month_of(day)), None)
            if title.grant_state != "ACTIVE" or cell is None:
                continue
            self.payments[f"payment-{len(self.payments) + 1}"] = payment = Record(
                cell=cell, amount=title.monthly, state="SCHEDULED")
            self.move_payment(payment, "SCHEDULED", "F140", "F150", "SCHEDULE")
            cell.committed -= payment.amount

    def move_payment(self, payment, state, source, target, kind):
        self.post(kind, self.grant_account(source, payment.cell),
                  self.grant_account(target, payment.cell), payment.amount)
        payment.state = state

    def grant_account(self, code, cell):
        """Money to a person names nobody: F170 by comune, F190 with `*`."""
        name = self.account(code, cell, "*")
        return name.removesuffix("|*") if code in ("F150", "F155", "F160", "F170") else name

    def expect_payment(self, name, *states):
        if self.payments[name].state not in states:
            raise Refused("illegal_transition")
        return self.payments[name]

    def do_cash_grant_payments_approve(self, who, body):
        due = [payment for payment in self.payments.values() if payment.state == "SCHEDULED" and
               payment.cell.month == body["month"]]
        if not due:
            raise Refused("not_found")
        for payment in due:
            self.move_payment(payment, "APPROVED", "F150", "F160", "SETTLE")
        return {"gross_cents": sum(payment.amount for payment in due)}

    def do_cash_grant_payments_pay(self, who, name, body):
        self.move_payment(self.expect_payment(name, "APPROVED"), "PAID", "F160", "F170", "PAY")

    def do_cash_grant_payments_bounce(self, who, name, body):
        self.move_payment(self.expect_payment(name, "PAID"), "APPROVED", "F170", "F160", "BOUNCE")

    def do_cash_grant_payments_hold(self, who, name, body):
        self.move_payment(self.expect_payment(name, "SCHEDULED"), "HELD", "F150", "F155", "HOLD")

    def do_cash_grant_payments_cancel(self, who, name, body):
        payment = self.expect_payment(name, "HELD", "SCHEDULED")
        source = "F155" if payment.state == "HELD" else "F150"
        self.move_payment(payment, "CANCELLED", source, "F140", "RELEASE")
        payment.cell.committed += payment.amount
        if body.get("month_lost"):
            self.give_back(payment.cell, payment.amount)

    def do_cash_grant_payments_recover(self, who, name, body):
        payment = self.expect_payment(name, "PAID")
        self.move_payment(payment, "RECOVERING", "F170", "F190", "REVERSE_PAID")

    def do_cash_grant_payments_recovered(self, who, name, body):
        payment = self.expect_payment(name, "RECOVERING")
        self.move_payment(payment, "RECOVERED", "F190", "F110", "RECOVERED")
        self.use(payment.cell, -payment.amount)

    # ---- services ----

    def parts(self, title, service, start, minutes):
        """The records that one visit becomes: New Year's midnight splits it."""
        local = start.astimezone(ROME)
        turn = datetime.datetime(local.year + 1, 1, 1, tzinfo=ROME).astimezone(UTC)
        before = int((turn - start).total_seconds() // 60)
        if before >= minutes:
            return [(start, minutes)]
        return [(at, part) for at, part in ((start, before), (turn, minutes - before)) if part]

    def clash(self, title, operator, start, minutes, provider):
        """The same visit again, or one that overlaps another."""
        end = start + datetime.timedelta(minutes=minutes)
        found = None
        for record in self.records.values():
            if record.state in ("CANCELLED", "REVERSED", "REJECTED", "SUPERSEDED"):
                continue
            if record.operator == operator and record.start == start and \
                    record.cell.title is title and record.state != "BOOKED":
                raise Refused("duplicate_service")
            overlaps = record.start < end and start < record.end
            if not overlaps or record.state in ("BOOKED", "SUBMITTED", "MISSED"):
                continue
            if record.operator == operator and record.provider == provider:
                found = "operator_overlap"
            elif record.cell.title.beneficiary == title.beneficiary:
                found = found or "beneficiary_overlap"
        return found

    def do_bookings(self, who, body):
        """Holds units of its month; the money stays where it is."""
        title = self.titles[body["voucher"]]
        start = instant(body["start"])
        day = start.astimezone(ROME).date()
        if title.state not in ("ACTIVE", "EXHAUSTED", "EXPIRED", "SUSPENDED"):
            raise Refused("voucher_not_active")
        if title.provider != who:
            raise Refused("provider_not_chosen")
        service = next(iter(title.lines))
        why = self.accredited(who, service, title.comune, day)
        if why is not None:
            raise Refused("not_accredited_at_service_date" if why == "held" else why)
        cell = title.cell(service, month_of(day))
        units = body["minutes"]
        if units > cell.free:
            raise Refused("exceeds_monthly_allotment")
        cell.free -= units
        cell.booked += units
        net = self.net(cell, units)
        vat_bp = self.vat_of(who, service)
        name = f"record-{len(self.records) + 1}"
        self.records[name] = Record(
            cell=cell, start=start, end=start + datetime.timedelta(minutes=units), units=units,
            net=net, gross=net + half_up(net * vat_bp, 10000), provider=who,
            operator=body["operator"], vat_bp=vat_bp, state="BOOKED", statement=None)
        return {"redemption": name}

    def end_booking(self, record, state):
        record.state = state
        record.cell.booked -= record.units
        record.cell.free += record.units

    def booking_of(self, title, provider, start):
        return next((record for record in self.records.values() if record.state == "BOOKED" and
                     record.cell.title is title and record.provider == provider and
                     record.start == start), None)

    def do_redemptions(self, who, body):
        title = self.titles[body["voucher"]]
        service = body.get("service", next(iter(title.lines)))
        start = instant(body["start"])
        minutes = body.get("minutes")
        if minutes is None:
            minutes = int((instant(body["end"]) - start).total_seconds() // 60)
        if start + datetime.timedelta(minutes=minutes) > self.now:
            raise Refused("future_service")
        parts = self.parts(title, service, start, minutes)
        proven = self.proven(start, minutes, body)
        days = [at.astimezone(ROME).date() for at, _ in parts]
        if title.state not in ("ACTIVE", "EXHAUSTED", "EXPIRED", "SUSPENDED"):
            raise Refused("voucher_not_active")
        for day in days:
            if not title.valid_from <= day <= title.valid_to:
                raise Refused("out_of_validity")
        booking = self.booking_of(title, who, start)
        if title.provider != self.payee(who) and booking is None:
            why = self.accredited(who, service, title.comune, days[0])
            raise Refused("provider_not_chosen" if why in (None, "held") else why)
        cause = None
        for day, (_, part) in zip(days, parts):
            why = self.accredited(who, service, title.comune, day)
            if why not in (None, "held"):
                raise Refused(why)
            cause = "not_accredited_at_service_date" if why == "held" else cause
            late = self.window(title, service, day, part, who)
            if late:
                return self.late(title, service, start, minutes, body, who)
        cause = cause or self.clash(title, body["operator"], start, minutes, who)
        if proven < minutes and cause is None:
            if len(parts) > 1:
                raise Unknown("a visit of two months that is not proven")
            return self.take_proven(title, service, start, minutes, proven, body, who)
        if booking is not None and (minutes != booking.units or len(parts) > 1):
            raise Unknown("another length than was booked")
        if booking is not None:
            self.end_booking(booking, "SUPERSEDED")
        return self.take(title, service, parts, body, who, cause)

    @staticmethod
    def proven(start, minutes, body):
        """Minutes that the device's times confirm; all where it is near enough."""
        if "evv_start" not in body:
            return minutes
        first = max(start, instant(body["evv_start"]))
        last = min(start + datetime.timedelta(minutes=minutes), instant(body["evv_end"]))
        seen = max(0, int((last - first).total_seconds() // 60))
        return minutes if minutes - seen <= 10 else seen

    def take_proven(self, title, service, start, minutes, proven, body, who):
        """What is proven is accepted, the rest held; together they cost what the whole does."""
        cell = title.cell(service, month_of(start.astimezone(ROME).date()))
        if minutes > cell.free:
            raise Refused("exceeds_monthly_allotment")
        vat_bp = self.vat_of(who, service)
        left = max(0, self.net(cell, cell.granted) - cell.net_used)
        whole = min(self.net(cell, minutes), left)
        whole_gross = min(whole + half_up(whole * vat_bp, 10000), cell.committed)
        if proven == 0:
            return self.take(title, service, [(start, minutes)], body, who, "visit_not_proven")
        figures = self.take(title, service, [(start, proven)], body, who, None)
        rest = minutes - proven
        record = Record(cell=cell, start=start + datetime.timedelta(minutes=proven),
                        end=start + datetime.timedelta(minutes=minutes), units=rest,
                        net=whole - figures["net_cents"],
                        gross=whole_gross - figures["gross_cents"], provider=who,
                        operator=body["operator"], vat_bp=vat_bp, state="DISPUTED",
                        statement=None)
        record.visit = figures["redemption"]
        self.records[f"record-{len(self.records) + 1}"] = record
        self.hold(record)
        figures.update(result="accepted_partial", cause="visit_not_proven")
        return figures

    def hold(self, record):
        cell = record.cell
        if len(cell.shares) > 1:
            raise Unknown("a visit of several funds is held")
        cell.net_used += record.net
        cell.free -= record.units
        cell.booked += record.units
        cell.committed -= record.gross
        self.post("HOLD", self.account("F140", cell),
                  self.account("F155", cell, record.provider), record.gross)

    def do_missed_accesses(self, who, body):
        """Pays the minutes that the service sets, twice a month at most."""
        title = self.titles[body["voucher"]]
        service = body.get("service", next(iter(title.lines)))
        start = instant(body["start"])
        day = start.astimezone(ROME).date()
        if start > self.now:
            raise Refused("future_service")
        if not title.valid_from <= day <= title.valid_to:
            raise Refused("out_of_validity")
        if title.provider != who:
            raise Refused("provider_not_chosen")
        if self.window(title, service, day):
            raise Refused("submission_window_closed")
        self.clash(title, body["operator"], start, 0, who)
        cell = title.cell(service, month_of(day))
        units = int(self.parameters.get("MISSED_ACCESS_PAYABLE_MINUTES", 0))
        if sum(r.cell is cell and r.state == "MISSED" for r in self.records.values()) >= 2:
            units = 0
        figures = self.take(title, service, [(start, units)], body, who, None)
        record = self.records[figures["redemption"]]
        record.state, record.end = "MISSED", record.start
        return figures

    def do_parameters(self, who, body):
        if "measure" in body:
            self.parameters[body["name"], body["measure"]] = body["value"]
        else:
            self.parameters[body["name"]] = body["value"]

    def window(self, title, service, day, minutes=0, who=None):
        """True: late, but inside the late window."""
        month = month_of(day)
        if self.late_window(month) < self.today and day.year < self.today.year:
            cell = title.cell(service, month)
            raise Refused("late_prior_year",
                          short_cents=self.gross(cell, minutes, self.vat_of(who, service)))
        if self.late_window(month) < self.today or title.cell(service, month).released:
            raise Refused("submission_window_closed")
        return month_end(month) + datetime.timedelta(10) < self.today

    def late(self, title, service, start, minutes, body, who):
        """Kept, and nothing moves: neither money nor units."""
        parts = self.parts(title, service, start, minutes)
        if len(parts) > 1:
            raise Unknown("a late visit of two months")
        self.clash(title, body["operator"], start, minutes, who)
        cell = title.cell(service, month_of(start.astimezone(ROME).date()))
        if minutes > cell.free:
            raise Refused("exceeds_monthly_allotment")
        vat_bp = self.vat_of(who, service)
        net, gross = self.worth_now(cell, minutes, vat_bp)
        record = Record(cell=cell, start=start, end=start + datetime.timedelta(minutes=minutes),
                        units=minutes, net=net, gross=gross, provider=who,
                        operator=body["operator"], vat_bp=vat_bp, state="SUBMITTED",
                        statement=None)
        name = f"record-{len(self.records) + 1}"
        self.records[name] = record
        return {"redemption": name, "result": "late_submission", "net_cents": net,
                "gross_cents": gross}

    def worth_now(self, cell, units, vat_bp):
        if len(cell.shares) > 1:
            raise Unknown("a late visit of several funds")
        net = min(self.net(cell, units), max(0, self.net(cell, cell.granted) - cell.net_used))
        return net, min(net + half_up(net * vat_bp, 10000), cell.committed)

    def do_redemptions_authorise_late(self, who, name, body):
        record = self.records[name]
        if record.state != "SUBMITTED":
            raise Refused("illegal_transition")
        cell = record.cell
        if record.units > cell.free:
            raise Refused("exceeds_monthly_allotment")
        record.state = "ACCEPTED"
        record.net, record.gross = self.worth_now(cell, record.units, record.vat_bp)
        cell.net_used += record.net
        cell.free -= record.units
        cell.used += record.units
        cell.committed -= record.gross
        self.post("REDEEM", self.account("F140", cell),
                  self.account("F150", cell, record.provider), record.gross)
        self.enter(record)
        return {"redemption": name, "result": "accepted", "net_cents": record.net,
                "gross_cents": record.gross}

    def end_of_window(self, record):
        """What still waits is held for the plan office, where there is enough for it."""
        cell = record.cell
        if record.units > cell.free or cell.title.provider != record.provider:
            record.state = "REJECTED"
            return
        record.state = "DISPUTED"
        left = max(0, self.net(cell, cell.granted) - cell.net_used)
        record.net, record.gross = min(record.net, left), min(record.gross, cell.committed)
        self.hold(record)

    def do_redemptions_reverse(self, who, name, body):
        if who != "udp-manager":
            raise Refused("forbidden")
        record = self.records[name]
        if record.state != "ACCEPTED":
            raise Refused("illegal_transition")
        if record.statement.state == "PAID":
            return self.wait(who, lambda: self.reverse_paid(record))
        if record.statement.state != "OPEN":
            raise Unknown("reverse what is frozen")
        cell = record.cell
        record.state = "REVERSED"
        for slip in getattr(record, "slips", [record]):
            slip.statement.records.remove(slip)
            self.post("REVERSE", self.account("F150", slip.cell, record.provider),
                      self.account("F140", slip.cell), slip.gross)
            slip.cell.committed += slip.gross
        cell.net_used -= record.net
        cell.used -= record.units
        cell.free += record.units
        return {"net_cents": record.net, "gross_cents": record.gross}

    def reverse_paid(self, record):
        """What was paid becomes a credit; the paid statement stays as it is."""
        if len(record.cell.shares) > 1 or record.provider in self.merged:
            raise Unknown("a paid visit of several funds, or of who was merged, is reversed")
        cell, vat = record.cell, record.gross - record.net
        record.state = "REVERSED"
        credit = self.account("F190", cell, record.provider)
        self.post("REVERSE_PAID", self.account("F170", cell, record.provider), credit, record.net)
        self.post("REVERSE_PAID", self.account("F175", cell), credit, vat)
        cell.used -= record.units
        cell.expired += record.units
        self.recoverable.append(Record(cell=cell, provider=record.provider, net=record.net,
                                       vat=vat, month=cell.month))
        return {"net_cents": record.net, "gross_cents": record.gross}

    def set_off(self, statement):
        """Credits against what is due: net against net, VAT against VAT."""
        provider = statement.provider
        statement.offset = defaultdict(lambda: [0, 0])
        for credit in self.recoverable:
            if self.payee(credit.provider) != self.payee(provider):
                continue
            for place, (part, source, target) in enumerate((("net", "F160", "F170"),
                                                           ("vat", "F165", "F175"))):
                for cell, amounts in statement.lines.items():
                    left = amounts[place] - statement.offset[cell][place]
                    amount = min(left, getattr(credit, part))
                    statement.offset[cell][place] += amount
                    setattr(credit, part, getattr(credit, part) - amount)
                    self.post("COMPENSATE", self.account(source, cell, provider),
                              self.account(target, cell, provider), amount)
                    self.post("RECOVERED", self.account("F190", credit.cell, provider),
                              self.account("F110", credit.cell), amount)
                    self.use(credit.cell, -amount)

    def do_redemptions_correct(self, who, name, body):
        if self.records[name].state != "ACCEPTED":
            raise Refused("illegal_transition")
        raise Unknown("correct")

    @staticmethod
    def priced(drawn):
        """Parts of one period are priced together: each is worth what the whole so far has more."""
        for period in drawn:
            before, price = 0, {"net": 0, "gross": 0}
            for cell, at, units in period:
                yield cell, at, units, before, price
                before += units

    def take(self, title, service, parts, body, who, cause):
        if self.is_model_a():
            raise Unknown("deliveries under model A")
        drawn = [self.draws(title.cell(service, month_of(at.astimezone(ROME).date())), at, units)
                 for at, units in parts]
        name, net_sum, gross_sum = None, 0, 0
        vat_bp = self.vat_of(who, service)
        for cell, at, units, before, price in self.priced(drawn):
            net = min(max(0, self.net(cell, before + units) - price["net"]),
                      max(0, self.net(cell, cell.granted) - cell.net_used))
            price["net"] += net
            gross = max(0, price["net"] + half_up(price["net"] * vat_bp, 10000) - price["gross"])
            gross = min(gross, cell.money)
            price["gross"] += gross
            record = Record(cell=cell, start=at, end=at + datetime.timedelta(minutes=units),
                            units=units, net=net, gross=gross, provider=who,
                            operator=body["operator"], vat_bp=vat_bp,
                            state="DISPUTED" if cause else "ACCEPTED", statement=None)
            record_name = f"record-{len(self.records) + 1}"
            self.records[record_name] = record
            name = name or record_name
            net_sum, gross_sum = net_sum + net, gross_sum + gross
            record.slips = self.slips(record)
            cell.net_used += net
            cell.free -= units
            for slip in record.slips:
                slip.cell.committed -= slip.gross
                self.post("HOLD" if cause else "REDEEM", self.account("F140", slip.cell),
                          self.account("F155" if cause else "F150", slip.cell, who), slip.gross)
            if cause:
                cell.booked += units
            else:
                cell.used += units
                self.enter(record)
        figures = {"redemption": name, "net_cents": net_sum, "gross_cents": gross_sum}
        if cause:
            figures.update(result="disputed", cause=cause)
        return figures

    def do_redemptions_resolve(self, who, name, body):
        record = self.records[name]
        if record.state != "DISPUTED":
            raise Refused("illegal_transition")
        cell = record.cell
        if len(cell.shares) > 1:
            raise Unknown("a dispute about several funds")
        if body["decision"] == "PARTIAL":
            self.resolve_partial(record, body["units"])
            return {"net_cents": record.net, "gross_cents": record.gross}
        if body["decision"] == "ACCEPT":
            record.state = "ACCEPTED"
            cell.booked -= record.units
            cell.used += record.units
            self.post("ACCEPT_AFTER_DISPUTE", self.account("F155", cell, record.provider),
                      self.account("F150", cell, record.provider), record.gross)
            return self.enter(record)
        record.state = "REJECTED"
        cell.booked -= record.units
        cell.free += record.units
        cell.committed += record.gross
        cell.net_used -= record.net
        return self.post("DISPUTE_REJECTED", self.account("F155", cell, record.provider),
                         self.account("F140", cell), record.gross)

    def resolve_partial(self, record, units):
        """The first units are accepted, the rest goes back by subtraction."""
        if not 0 < units < record.units:
            raise Refused("field_out_of_range")
        cell = record.cell
        net = min(self.net(cell, units), record.net)
        gross = min(net + half_up(net * record.vat_bp, 10000), record.gross)
        held = self.account("F155", cell, record.provider)
        self.post("DISPUTE_REJECTED", held, self.account("F140", cell), record.gross - gross)
        self.post("ACCEPT_AFTER_DISPUTE", held, self.account("F150", cell, record.provider), gross)
        cell.net_used -= record.net - net
        cell.committed += record.gross - gross
        cell.booked -= record.units
        cell.free += record.units - units
        cell.used += units
        record.state, record.units, record.net, record.gross = "ACCEPTED", units, net, gross
        self.enter(record)

    # ---- the co-pay ----

    def do_copay_schemes(self, who, body):
        if any(rule["kind"] != "LINEAR" for rule in body["rules"]) or len(body["rules"]) != 1:
            raise Unknown("schemes other than one line")
        name = f"scheme-{len(self.schemes) + 1}"
        self.schemes[name] = body["rules"][0]
        return {"copay_scheme": name}

    def do_copay_adoptions(self, who, body):
        if set(body) & {"comune", "measure", "service", "isee_type"}:
            raise Unknown("an adoption by less than the ambito")
        self.adoptions.append((datetime.date.fromisoformat(body["valid_from"]), body["scheme"]))
        return {"copay_adoption": f"adoption-{len(self.adoptions)}"}

    def do_isee(self, who, body):
        start = datetime.date.fromisoformat(body["valid_from"])
        end = datetime.date.fromisoformat(body.get("valid_to", f"{start.year}-12-31"))
        self.isee[body["beneficiary"]].append((start, end, body["amount_cents"]))
        return {"isee": f"isee-{sum(map(len, self.isee.values()))}"}

    def hourly_share(self, person, day):
        """What an hour costs the person: the ISEE of the day, or of its month's first one."""
        schemes = [name for start, name in sorted(self.adoptions) if start <= day]
        if not schemes:
            return 0
        rule = self.schemes[schemes[-1]]
        if self.parameters.get("ISEE_CHANGE_POLICY", "NEXT_MONTH") == "NEXT_MONTH":
            day = day.replace(day=1)
        rows = [row for row in self.isee[person] if row[0] <= day]
        valid = [row for row in rows if day <= row[1]]
        late = [row for row in rows
                if row[1] < day <= datetime.date(row[1].year + 1, 3, 31)]
        if valid:
            amount = max(valid)[2]
        elif late:
            amount = max(late, key=lambda row: row[1])[2]
        else:
            return rule["tariff_max_cents"]
        low, high = rule["isee_from_cents"], rule["isee_to_cents"]
        amount = min(max(amount, low), high)
        return half_up(rule["tariff_max_cents"] * (amount - low), high - low)

    def share(self, title, day, units, gross):
        return min(half_up(units * self.hourly_share(title.beneficiary, day), 60), gross)

    def is_model_a(self):
        return self.parameters.get("COPAY_COLLECTION_MODEL", "B") == "A"

    def owed(self, title, month):
        """Each visit by itself; a disputed one counts until it is decided."""
        visits = defaultdict(list)
        for name, record in self.records.items():
            counts = record.state in ("ACCEPTED", "DISPUTED") or \
                (record.state == "MISSED" and record.gross > 0)
            day = record.start.astimezone(ROME).date()
            if record.cell.title is title and counts and month_of(day) == month:
                visits[getattr(record, "visit", name)].append(record)
        return sum(self.share(title, records[0].start.astimezone(ROME).date(),
                              sum(record.units for record in records),
                              sum(record.gross for record in records))
                   for records in visits.values())

    def bill(self, title, month):
        """Posts the difference; what is owed and what was charged."""
        owed = self.owed(title, month)
        charged = max(0, owed - self.bills[title.beneficiary, month])
        self.bills[title.beneficiary, month] = owed
        return owed, charged

    def do_receivables(self, who, body):
        title = self.titles[body["voucher"]]
        if not title.cells:
            raise Refused("illegal_transition")
        if self.is_model_a():
            raise Refused("copay_collected_by_provider")
        owed, charged = self.bill(title, body["month"])
        return {"gross_cents": charged, **({"net_cents": owed} if owed else {})}

    def do_receivables_bill_comune(self, who, body):
        charged = sum(self.bill(title, body["month"])[1] for title in self.titles.values()
                      if title.comune == body["comune"] and title.cells and
                      body["month"] in title.months)
        return {"gross_cents": charged} if charged else {}

    def do_vouchers_apply_copay(self, who, number, body):
        """Model A: the last units left, at the new public share; the others at that of the day
        before."""
        title, left = self.titles[number], body.get("remaining_units", 10 ** 9)
        if title.state not in ("ISSUED", "ACTIVE", "EXHAUSTED", "SUSPENDED"):
            raise Refused("illegal_transition")
        start = datetime.date.fromisoformat(body["effective_from"])
        changes = []
        for cell in reversed(title.cells):
            first = datetime.date.fromisoformat(cell.month + "-01")
            if cell.released or month_end(cell.month) < start or not cell.free:
                continue
            if first < start and self.parameters.get("ISEE_CHANGE_POLICY") != "BY_DATE":
                continue
            reached = min(left, cell.free)
            left -= reached
            if reached:
                before = start - datetime.timedelta(1)
                needed = self.public(cell, reached, max(first, start)) + \
                    self.public(cell, cell.free - reached, before)
                changes.append((cell, needed - cell.committed))
        increases = [(cell, amount) for cell, amount in changes if amount > 0]
        total = sum(amount for _, amount in increases)
        try:
            self.check(increases)
        except Refused as refusal:
            return {"result": "copay_unfunded", "cause": "copay_change_unfunded",
                    "gross_cents": total, **refusal.figures}
        for cell, amount in changes:
            if amount > 0:
                self.promise(cell, amount)
            else:
                self.give_back(cell, -amount)
        return {"gross_cents": total}

    def public(self, cell, units, day):
        """What the ambito pays for units under model A."""
        gross = self.gross(cell, units, cell.vat_bp)
        return gross - self.share(cell.title, day, units, gross)

    # ---- statements ----

    def enter(self, record):
        self.carried_use(record)
        for slip in getattr(record, "slips", [record]):
            self.enter_slip(slip)
        record.statement = getattr(record, "slips", [record])[0].statement

    def enter_slip(self, record):
        """In the open statement of the provider, the month, the VAT rate and the payer."""
        key = (record.provider, month_of(record.start.astimezone(ROME)), record.vat_bp,
               self.payer(record.cell))
        statement = next((s for s in self.statements.values()
                          if s.key == key and s.state == "OPEN"), None)
        if statement is None:
            statement = Statement(key)
            self.statements[f"statement-{len(self.statements) + 1}"] = statement
        statement.records.append(record)
        record.statement = statement

    def find_statement(self, provider, month, state=None, payer=()):
        found = [name for name, statement in self.statements.items()
                 if statement.provider == provider and statement.month == month
                 and statement.records and state in (None, statement.state)
                 and payer in ((), statement.payer)]
        return found

    def do_statements_freeze(self, who, name, body):
        statement = self.statements[name]
        if statement.state != "OPEN":
            raise Refused("statement_not_open")
        by_cell = defaultdict(list)
        for record in statement.records:
            by_cell[record.cell].append(record)
        cells = sorted(by_cell, key=lambda c: (c.title.comune, list(self.fund_comune).index(c.fund),
                                               int(c.title.number.split("-")[1]), c.month))
        nets = [sum(record.net for record in by_cell[cell]) for cell in cells]
        statement.net = sum(nets)
        statement.vat = half_up(statement.net * statement.vat_bp, 10000)
        statement.gross = statement.net + statement.vat
        vats = shares(statement.vat, nets, list(range(len(cells))))
        borne = 0  # the cent that the cap of the line before leaves no room for
        for cell, net, vat in zip(cells, nets, vats):
            had = sum(record.gross for record in by_cell[cell])
            vat, borne = vat + borne, 0
            lacks = net + vat - had - cell.committed - self.cap_room(cell)
            if lacks > 0:
                vat, borne = vat - lacks, lacks
            self.adjust(statement, cell, net + vat - had)
            statement.lines[cell] = (net, vat)
        statement.state = "FROZEN"
        return {"net_cents": statement.net, "gross_cents": statement.gross}

    def adjust(self, statement, cell, difference):
        """ROUNDING_ADJ: F140 <-> F150; what F140 lacks is promised first."""
        redeemed = self.account("F150", cell, statement.provider)
        if difference > cell.committed:
            self.promise(cell, difference - cell.committed, "ROUNDING_ADJ")
        if difference > 0:
            self.post("ROUNDING_ADJ", self.account("F140", cell), redeemed, difference)
        else:
            self.post("ROUNDING_ADJ", redeemed, self.account("F140", cell), -difference)
        cell.committed -= difference

    def expect_state(self, name, state):
        if self.statements[name].state != state:
            raise Refused("statement_not_open")
        return self.statements[name]

    def do_statements_confirm(self, who, name, body):
        self.expect_state(name, "FROZEN").state = "PROVIDER_CONFIRMED"

    def do_statements_attest(self, who, name, body):
        statement = self.expect_state(name, "PROVIDER_CONFIRMED")
        comune = body.get("comune", who.removeprefix("comune-"))
        if comune not in {cell.title.comune for cell in statement.lines}:
            raise Refused("statement_empty")
        statement.attested.add(comune)
        if {cell.title.comune for cell in statement.lines} <= statement.attested:
            statement.state = "ATTESTED"

    def do_statements_match_invoice(self, who, name, body):
        statement = self.expect_state(name, "ATTESTED")
        payee = self.payee(statement.provider)
        cigs = [found.get("cig") for found in self.accreditations.values()
                if found["provider"] == payee]
        if (body["net_cents"], body["vat_cents"]) != (statement.net, statement.vat) or \
                body.get("issuer", payee) != payee or body["cig"] not in cigs:
            raise Refused("invoice_mismatch")
        statement.state = "INVOICED"

    def settle(self, statement, kind, net_from, net_to, vat_to, vat_from=None):
        for cell, (net, vat) in statement.lines.items():
            provider = statement.provider
            if kind == "PAY":
                done = statement.offset[cell]
                net, vat = net - done[0], vat - done[1]
            self.post(kind, self.account(net_from, cell, provider),
                      self.account(net_to, cell, provider), net)
            self.post(kind + "_VAT", self.account(vat_from or net_from, cell, provider),
                      self.account(vat_to, cell, provider), vat)

    def do_statements_approve(self, who, name, body):
        statement = self.expect_state(name, "INVOICED")
        self.settle(statement, "SETTLE", "F150", "F160", "F165")
        statement.state = "APPROVED"
        self.set_off(statement)
        self.charge_comuni(name, statement)

    def do_statements_export(self, who, name, body):
        self.expect_state(name, "APPROVED").state = "EXPORTED"

    def do_statements_order(self, who, name, body):
        self.expect_state(name, "EXPORTED").state = "ORDERED"

    def do_statements_pay(self, who, name, body):
        statement = self.expect_state(name, "ORDERED")
        self.settle(statement, "PAY", "F160", "F170", "F175", "F165")
        statement.state = "PAID"

    # ---- what stands ----

    def ceiling_names(self, ceiling):
        """As the golden data write it: place, then fund and year."""
        place = ceiling.dimensions.get("comune", "*")
        return f"{place}|{ceiling.dimensions.get('fund')}-{ceiling.dimensions.get('year')}"

    def balances(self):
        found = defaultdict(int)
        for account, amount in self.fund_detail.items():
            if not account.startswith("F100"):
                found[account] += amount
        for ceiling in self.ceilings.values():
            found[f"C120_CEILING_FREE|{self.ceiling_names(ceiling)}"] += ceiling.free
            found[f"C140_CEILING_USED|{self.ceiling_names(ceiling)}"] += ceiling.used
        return {account: amount for account, amount in found.items() if amount}

    def units(self):
        return {(cell.title.number, cell.month):
                (cell.granted, cell.free, cell.booked, cell.used, cell.expired)
                for title in self.titles.values() for cell in title.cells if cell.service}
