#!/usr/bin/python3
"""Every operation of the OpenAPI document, with every status it documents, produced by a running
daemon and held against the document: a title's whole life for the successes, and for each operation
in turn the refusals that it shares with all.

suite: seconds 900"""
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from daemon import PATIENCE_S, Answer, Daemon, Report
from titoli_client import Broken, Contract

report = Report()
AMBIGUOUS = "2027-10-31T02:30:00"
HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


class World:
    """Principals of all roles over one ambito; the codes are those of the document's examples."""

    def __init__(self, daemon, contract):
        self.daemon = daemon
        self.contract = contract
        self.admin = contract.watch(daemon.admin)
        self.people = {}
        self.ids = {}

    def person(self, role, code=None, **scopes):
        code = code or role
        self.admin.made("/v1/principals", {"code": code, "role": role, **scopes})
        made = self.admin.made("/v1/credentials", {"principal": code})
        self.ids.setdefault("credential", made["credential"])
        client = self.contract.watch(self.daemon.client(made["token"]))
        self.people[code] = client
        return client

    def __getattr__(self, role):
        return self.people[role]

    def clock(self, instant):
        self.admin.made("/v1/clock:advance", {"to": instant})


def masters(world):
    world.admin.made("/v1/ambiti", {"code": "CREMA", "name": "Ambito di Crema"})
    for role in ("UDP_OFFICER", "UDP_MANAGER", "ASSEMBLY", "FINANCE", "CAPOFILA", "ACCREDITOR",
                 "SOCIAL_WORKER", "TREASURER", "AUDITOR", "COURIER"):
        world.person(role, ambito="CREMA")
    manager = world.UDP_MANAGER
    manager.made("/v1/sub-ambiti", {"ambito": "CREMA", "code": "SUB1", "name": "Nord"})
    manager.made("/v1/comuni", {
        "istat_code": "019067", "cadastral_code": "G306", "name": "Pandino", "sub_ambito": "SUB1",
        "population": 8852, "potential_users": 100, "actual_users": 20})
    world.person("COMUNE_SOCIAL", comune="019067")
    manager.made("/v1/services", {
        "ambito": "CREMA", "code": "SAD_OSS", "name": "Assistenza domiciliare", "unit": "MINUTE",
        "vat_social_coop_bp": 500, "vat_non_commercial_ets_bp": 0, "vat_other_bp": 2200})
    manager.made("/v1/tariffs", {"service": "SAD_OSS", "valid_from": "2026-01-01",
                                 "net_cents": 2260, "act": "DEL-1"})
    manager.made("/v1/funds", {"ambito": "CREMA", "code": "FNPS", "name": "Fondo nazionale"})
    year = "/v1/funds/FNPS/years/2026"
    manager.made(year + ":propose", {"stated_cents": 500000, "act": "DEL-2"})
    world.ASSEMBLY.made(year + ":approve", {"ascertained_cents": 500000, "act": "DEL-3"})
    world.FINANCE.made(year + ":open", {"act": "DET-1"})
    world.FINANCE.made(year + ":vary", {"increase_cents": 100, "act": "DET-2"})
    world.FINANCE.made("/v1/commitments", {
        "fund": "FNPS", "year": 2026, "number": "100", "chapter": "12", "amount_cents": 500000,
        "act": "DET-3"})
    ceiling = manager.made("/v1/ceilings", {
        "ambito": "CREMA", "fund": "FNPS", "year": 2026, "comune": "019067", "amount_cents": 300000,
        "act": "DEL-4"})["ceiling"]
    world.ids["ceiling"] = ceiling
    manager.made(f"/v1/ceilings/{ceiling}:raise", {"amount_cents": 1000, "act": "DEL-5"})
    manager.made(f"/v1/ceilings/{ceiling}:lower", {"amount_cents": 500, "act": "DEL-6"})
    manager.made("/v1/funds", {"ambito": "CREMA", "code": "FSR", "name": "Fondo regionale"})
    year = "/v1/funds/FSR/years/2026"
    manager.made(year + ":propose", {"stated_cents": 500000, "act": "DEL-7"})
    world.ASSEMBLY.made(year + ":approve", {"ascertained_cents": 500000, "act": "DEL-8"})
    world.FINANCE.made(year + ":open", {"act": "DET-4"})
    manager.made("/v1/ceilings:allocate", {
        "fund": "FSR", "year": 2026, "amount_cents": 25125, "population_bp": 10000,
        "potential_users_bp": 0, "actual_users_bp": 0, "act": "DEL-9"})


def providers(world):
    world.UDP_MANAGER.made("/v1/providers", {
        "ambito": "CREMA", "code": "ALFA", "legal_name": "ALFA cooperativa sociale",
        "kind": "SOCIAL_COOP", "vat_number": "12345678903", "iban": "IT60X0542811101000000123456"})
    world.person("PROVIDER", code="ALFA-UFFICIO", provider="ALFA")
    accreditor = world.ACCREDITOR
    for turn in range(2):
        made = accreditor.made("/v1/accreditations", {
            "provider": "ALFA", "services": ["SAD_OSS"], "sub_ambiti": ["SUB1"],
            "capacity_units": 100000})
        path = f"/v1/accreditations/{made['accreditation']}"
        accreditor.made(path + ":approve", {"act": "DET-5", "durc_valid_to": "2099-12-31"})
        world.CAPOFILA.made(path + ":activate", {
            "valid_from": "2026-01-01", "valid_to": "2028-12-31", "cig": f"Z12345678{turn}",
            "act": "PATTO-1"})
        world.ids.setdefault("accreditation", made["accreditation"])
        if turn == 1:
            accreditor.made(path + ":suspend", {"effective_from": "2026-01-10", "act": "DET-6"})
            accreditor.made(path + ":reinstate", {"effective_from": "2026-01-20", "act": "DET-7"})
            accreditor.made(path + ":revoke", {"effective_from": "2026-01-21", "act": "DET-8"})


def apply_for(world, provider, **more):
    return world.ACCREDITOR.made("/v1/accreditations", {
        "provider": provider, "services": ["SAD_OSS"], "sub_ambiti": ["SUB1"], **more})["accreditation"]


def pact(world, provider, cig):
    accreditation = apply_for(world, provider)
    path = f"/v1/accreditations/{accreditation}"
    world.ACCREDITOR.made(path + ":approve", {"act": "DET-60", "durc_valid_to": "2060-12-31"})
    world.CAPOFILA.made(path + ":activate", {"valid_from": "2026-01-01", "valid_to": "2028-12-31",
                                             "cig": cig, "act": "PATTO-9"})
    return accreditation


def register(world):
    """The machine of accreditation beyond the ordinary way, and the dated masters."""
    accreditor, manager, finance = world.ACCREDITOR, world.UDP_MANAGER, world.FINANCE
    for code, vat in (("DELTA", "12345678903"), ("EPSILON", "01234567897")):
        manager.made("/v1/providers", {
            "ambito": "CREMA", "code": code, "legal_name": f"{code} cooperativa",
            "kind": "SOCIAL_COOP", "vat_number": vat, "iban": "IT60X0542811101000000123456"})
    world.person("PROVIDER", code="DELTA-UFFICIO", provider="DELTA")
    first = apply_for(world, "DELTA")
    path = f"/v1/accreditations/{first}"
    accreditor.made(path + ":request-integration", {"missing": ["INSURANCE"], "act": "DET-61"})
    document = accreditor.made("/v1/accreditation-documents", {
        "accreditation": first, "kind": "INSURANCE", "reference": "PROT-1"})["document"]
    world.ids["document"] = document
    accreditor.made(path + ":integrate")
    accreditor.made(f"/v1/accreditation-documents/{document}:check", {"state": "GOOD"})
    accreditor.made(path + ":reject", {"reason": "OFFICE_CHECK", "act": "DET-62"})
    delta, epsilon = pact(world, "DELTA", "Z222222222"), pact(world, "EPSILON", "Z333333333")
    accreditor.made(f"/v1/accreditations/{epsilon}:extend", {
        "effective_from": "2026-01-01", "capacity_units": 60000, "act": "DET-63"})
    accreditor.made(f"/v1/accreditations/{epsilon}:renew", {"valid_to": "2029-12-31", "act": "DET-64"})
    world.people["DELTA-UFFICIO"].made(f"/v1/accreditations/{pact(world, 'DELTA', 'Z444444444')}:withdraw")
    manager.made("/v1/providers/DELTA:join", {"consortium": "ALFA", "from": "2026-01-01", "act": "ST"})
    manager.made("/v1/providers/DELTA:leave", {"from": "2026-01-02", "act": "ST"})
    world.ids["credit_assignment"] = finance.made("/v1/credit-assignments", {
        "provider": "DELTA", "payee": "EPSILON", "from": "2026-01-01", "act": "DET-65"})["credit_assignment"]
    finance.made(f"/v1/credit-assignments/{world.ids['credit_assignment']}:end",
                 {"to": "2026-01-02", "act": "DET-66"})
    accreditor.made(f"/v1/accreditations/{delta}:succeed", {
        "successor": epsilon, "effective_from": "2027-01-01", "act": "FUSIONE"})
    for istat, name in (("098010", "Camairago"), ("098062", "Castelgerundo")):
        manager.made("/v1/comuni", {"istat_code": istat, "cadastral_code": "M393", "name": name,
                                    "sub_ambito": "SUB1", "population": 700})
    world.person("COMUNE_ADMIN", code="castelgerundo", comune="098062")
    person = world.SOCIAL_WORKER.made("/v1/beneficiaries", {"comune": "098010"})["beneficiary"]
    for verb in ("refuse", "accept"):
        move = world.SOCIAL_WORKER.made(f"/v1/beneficiaries/{person}:move", {
            "comune": "098062", "from": "2026-06-01"})["residence"]
        world.people["castelgerundo"].made(f"/v1/residences/{move}:{verb}", {"act": "DET-67"})
        world.ids["residence"] = move
    manager.made("/v1/comuni/098010:merge", {"into": "098062", "from": "2027-01-01", "act": "LR"})
    manager.made("/v1/measures", {"ambito": "CREMA", "code": "GRADUALE", "name": "Per adesione",
                                  "kind": "VOUCHER", "act": "DEL-60"})
    membership = manager.made("/v1/measures/GRADUALE:join", {
        "comune": "019067", "from": "2026-01-01", "share_bp": 5000, "act": "DEL-61"})["measure_membership"]
    world.ids["measure_membership"] = membership
    world.ids["measure"] = "GRADUALE"
    manager.made(f"/v1/measure-memberships/{membership}:leave", {"to": "2026-12-31", "act": "DEL-62"})
    world.ids["accreditation_call"] = accreditor.made("/v1/accreditation-calls", {
        "ambito": "CREMA", "code": "AVV-1", "services": ["SAD_OSS"], "documents": ["INSURANCE"],
        "opens": "2026-01-01", "act": "DET-68"})["accreditation_call"]
    accreditor.made(f"/v1/accreditation-calls/{world.ids['accreditation_call']}:close",
                    {"closes": "2030-12-31", "act": "DET-69"})


def propose(world, minutes, first="2026-01", last="2026-02", **more):
    worker = world.SOCIAL_WORKER
    person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
    world.ids["beneficiary"] = person
    body = {"beneficiary": person, "fund": "FNPS", "first_month": first, "last_month": last,
            "lines": [{"service": "SAD_OSS", "units_per_month": minutes}], **more}
    return worker.made("/v1/vouchers", {name: value for name, value in body.items()
                                        if value is not None})["voucher"]


def titles(world):
    officer = world.UDP_OFFICER
    voucher = propose(world, 600)
    world.ids["voucher"] = voucher
    report.equal("check of an issue", officer.post(f"/v1/vouchers/{voucher}:check-issue").status, 200)
    issued = officer.made(f"/v1/vouchers/{voucher}:issue")
    report.equal("check of an issue, again",
                 officer.post(f"/v1/vouchers/{voucher}:check-issue").status, 409)
    world.people["ALFA-UFFICIO"].made(f"/v1/vouchers/{voucher}:choose-provider", {
        "provider": "ALFA", "voucher_code": issued["voucher_code"]})
    large = propose(world, 40000)
    report.equal("check of an issue beyond the ceiling",
                 officer.post(f"/v1/vouchers/{large}:check-issue").status, 202)
    report.equal("issue beyond the ceiling", officer.post(f"/v1/vouchers/{large}:issue").status, 202)
    officer.made(f"/v1/vouchers/{large}:cancel", {"reason": "BENEFICIARY_REQUEST"})
    other = propose(world, 60)
    officer.made(f"/v1/vouchers/{other}:issue")
    officer.made(f"/v1/vouchers/{other}:revoke", {
        "effective_from": "2026-02-01", "reason": "RESIDENCE_TRANSFER"})
    return voucher


def ceilings(world):
    """Every act on a ceiling, what it asks of two persons, reservations, urgency, lent roles."""
    manager, finance, worker = world.UDP_MANAGER, world.FINANCE, world.SOCIAL_WORKER
    admin = world.person("COMUNE_ADMIN", comune="019067")
    world.person("CONSORTIUM", ambito="CREMA")
    act = {"act": "DEL-20"}
    made = [manager.made("/v1/ceilings", {
        "ambito": "CREMA", "comune": "019067", "year": year, "amount_cents": 100000,
        "mode": "HARD_WITH_OVERRIDE", "valid_to": "2028-12-31", **act})["ceiling"]
        for year in (2027, 2028)]
    path = f"/v1/ceilings/{made[0]}"
    world.ids.setdefault("ceiling", made[0])
    manager.made(path + ":raise", {"amount_cents": 1000, **act})
    manager.made(path + ":lower", {"amount_cents": 1000, **act})
    admin.made(path + ":consent", {"amount_cents": 500, **act})
    manager.made(path + ":transfer", {"to": made[1], "amount_cents": 500, **act})
    admin.made(path + ":freeze", {"reason": "OFFICE_CHECK"})
    admin.made(path + ":unfreeze")
    granted(world, admin.post(path + ":authorise-override", {
        "amount_cents": 5000, "expires_on": "2026-12-31", **act}), "FINANCE")
    manager.made("/v1/parameters", {"ambito": "CREMA", "name": "CEILING_LOWER_BELOW_USED",
                                    "value": "OVERRUN", "valid_from": "2026-01-01", **act})
    granted(world, finance.post(path + ":lower-below-used", {"amount_cents": 99501, **act}),
          "COMUNE_ADMIN")
    manager.made(path + ":cover-overrun", {"amount_cents": 1, **act})
    world.ids["ceiling_override"] = admin.get(
        "/v1/ceiling-overrides", Min_Ledger_Seq=str(last_sequence(world))).json["items"][0]["id"]
    held = propose(world, 60)
    worker.made(f"/v1/vouchers/{held}:reserve")
    large = propose(world, 40000)
    report.equal("reserve beyond the ceiling", worker.post(f"/v1/vouchers/{large}:reserve").status,
                 202)
    world.UDP_OFFICER.made(f"/v1/vouchers/{large}:cancel", {"reason": "BENEFICIARY_REQUEST"})
    world.ids["title_term"] = worker.get(
        "/v1/title-terms", Min_Ledger_Seq=str(last_sequence(world))).json["items"][0]["id"]
    world.UDP_OFFICER.made(f"/v1/vouchers/{held}:cancel", {"reason": "BENEFICIARY_REQUEST"})
    urgent = propose(world, 60)
    world.UDP_OFFICER.made(f"/v1/vouchers/{urgent}:issue", {
        "priority": "URGENT", "priority_act": "DIM-1"})
    manager.made(f"/v1/vouchers/{urgent}:validate", act)
    lent = manager.made("/v1/delegations", {
        "comune": "019067", "role": "COMUNE_ADMIN", "to_consortium": True,
        "valid_from": "2026-01-01", "valid_to": "2026-12-31", **act})
    world.ids["delegation"] = lent["delegation"]
    world.CONSORTIUM.made(path + ":freeze", {"reason": "OFFICE_CHECK"})
    world.CONSORTIUM.made(path + ":unfreeze")
    manager.made(f"/v1/delegations/{lent['delegation']}:end", {"valid_to": "2026-11-30", **act})


def visits(world, voucher):
    alfa = world.people["ALFA-UFFICIO"]
    booking = alfa.made("/v1/bookings", {"voucher": voucher, "start": "2026-02-20T09:00:00",
                                         "minutes": 60})["redemption"]
    alfa.made(f"/v1/bookings/{booking}:cancel")
    world.clock("2026-02-01T08:00:00+01:00")
    made = []
    for day in range(10, 16):
        visit = {"voucher": voucher, "start": f"2026-01-{day}T09:00:00", "minutes": 60,
                 "operator": "OP-11"}
        report.equal("check of a visit", alfa.post("/v1/redemptions:check", visit).status, 201)
        made.append(alfa.made("/v1/redemptions", visit)["redemption"])
    report.equal("check of a duplicate", alfa.post("/v1/redemptions:check", visit).status, 409)
    world.ids["redemption"] = made[0]
    overlap = {"voucher": voucher, "start": "2026-01-15T09:30:00", "minutes": 60,
               "operator": "OP-11"}
    report.equal("check of an overlap", alfa.post("/v1/redemptions:check", overlap).status, 202)
    disputed = alfa.post("/v1/redemptions", overlap)
    report.equal("overlap", disputed.status, 202)
    officer = world.UDP_OFFICER
    officer.made(f"/v1/redemptions/{disputed.json['redemption']}:resolve", {"decision": "REJECT"})
    officer.made(f"/v1/redemptions/{made[4]}:dispute", {"reason": "QUALITY"})
    officer.made(f"/v1/redemptions/{made[4]}:resolve", {"decision": "ACCEPT"})
    world.UDP_MANAGER.made(f"/v1/redemptions/{made[5]}:reverse", {"reason": "TYPING_ERROR"})
    lines = "id,voucher,start,minutes,operator\n" \
            f"1,{voucher},2026-01-20T09:00,30,OP-12\n2,{voucher},2026-01-20T09:00,30,OP-12\n" \
            "3,0000001X,2026-01-20,x,\n"
    answer = alfa.batch("/v1/redemptions:batch", lines.encode(), media="text/csv")
    report.equal("lines of a batch", [line["status"] for line in answer.lines], [201, 409, 400])


def decided_visits(world, voucher):
    """Visits that are proven in part, corrected, missed."""
    alfa = world.people["ALFA-UFFICIO"]

    def visit(start, minutes, **more):
        return alfa.made("/v1/redemptions", {"voucher": voucher, "start": f"2026-01-{start}",
                                             "minutes": minutes, "operator": "OP-13", **more})

    partial = visit("21T09:00:00", 40, confirmed_minutes=20)
    report.equal("proven in part", partial["result"], "accepted_partial")
    world.ids["visit_detail"] = world.AUDITOR.get(
        "/v1/visit-details", Min_Ledger_Seq=str(last_sequence(world))).json["items"][0]["id"]
    alfa.made(f"/v1/redemptions/{partial['redemption']}:prove", {
        "proof": "PAPER", "proof_at": "2026-01-21T09:40:00", "edit_reason": "DEVICE_FAULT"})
    alfa.made("/v1/missed-accesses", {"voucher": voucher, "start": "2026-01-22T09:00:00",
                                      "operator": "OP-13"})
    wrong = visit("23T09:00:00", 20)["redemption"]
    right = alfa.made(f"/v1/redemptions/{wrong}:correct", {"minutes": 15})["redemption"]
    answer = alfa.post(f"/v1/redemptions/{right}:correct", {"start": "2026-01-21T09:10:00"})
    report.equal("corrected into another visit", (answer.status, answer.json["cause"]),
                 (202, "operator_overlap"))


def late_visits(world, voucher):
    """Visits sent after the deadline, and each decision about them."""
    alfa, officer = world.people["ALFA-UFFICIO"], world.UDP_OFFICER
    late = []
    for start in ("24T09:00", "24T09:10", "25T09:00", "25T09:05", "26T09:00"):
        answer = alfa.post("/v1/redemptions", {
            "voucher": voucher, "start": f"2026-01-{start}:00", "minutes": 20,
            "operator": "OP-14"})
        report.equal("late visit", (answer.status, answer.json["result"]),
                     (202, "late_submission"))
        late.append(f"/v1/redemptions/{answer.json['redemption']}")
    act = {"act": "AUT-1"}
    officer.made(late[0] + ":authorise-late", act)
    report.equal("late and overlapping", officer.post(late[1] + ":authorise-late", act).status, 202)
    officer.made(late[2] + ":accept-partial", {"units": 10, **act})
    answer = officer.post(late[3] + ":accept-partial", {"units": 10, **act})
    report.equal("late, in part and overlapping", answer.status, 202)
    officer.made(late[4] + ":reject", {"reason": "NOT_PROVEN"})


def neighbours(world):
    """Two titles of another comune, with a visit each, for the same statement."""
    world.UDP_MANAGER.made("/v1/comuni", {
        "istat_code": "019054", "cadastral_code": "E382", "name": "Izano", "sub_ambito": "SUB1",
        "population": 2000})
    world.UDP_MANAGER.made("/v1/parameters", {
        "ambito": "CREMA", "name": "COMUNE_SHARE_BP", "value": "2000", "valid_from": "2026-01-01",
        "act": "DEL-20"})
    for operator in ("OP-21", "OP-22"):
        person = world.SOCIAL_WORKER.made("/v1/beneficiaries", {"comune": "019054"})["beneficiary"]
        voucher = world.SOCIAL_WORKER.made("/v1/vouchers", {
            "beneficiary": person, "fund": "FNPS", "first_month": "2026-01",
            "last_month": "2026-01",
            "lines": [{"service": "SAD_OSS", "units_per_month": 60}]})["voucher"]
        world.UDP_OFFICER.made(f"/v1/vouchers/{voucher}:issue")
        world.SOCIAL_WORKER.made(f"/v1/vouchers/{voucher}:choose-provider", {"provider": "ALFA"})
        world.people["ALFA-UFFICIO"].made("/v1/redemptions", {
            "voucher": voucher, "start": "2026-01-12T15:00:00", "minutes": 30,
            "operator": operator})


def unsettle(world, statement):
    """Cancelled, contested, frozen again, split: the statement that is left to be settled."""
    path = f"/v1/statements/{statement}"
    world.UDP_OFFICER.made(path + ":freeze")
    statement = world.UDP_MANAGER.made(path + ":cancel", {"act": "DET-21"})["statement"]
    path = f"/v1/statements/{statement}"
    world.UDP_OFFICER.made(path + ":freeze")
    lines = world.AUDITOR.get(path + "/lines", Min_Ledger_Seq=str(last_sequence(world)))
    theirs = [line["id"] for line in lines.json["items"] if line["comune"] == "019054"]
    report.equal("lines of the other comune", len(theirs), 2)
    alfa = world.people["ALFA-UFFICIO"]
    alfa.made(path + ":contest", {"lines": [{"line": theirs[0], "reason": "TYPING_ERROR"}]})
    world.UDP_OFFICER.made(path + ":refreeze")
    alfa.made(path + ":confirm")
    world.COMUNE_SOCIAL.made("/v1/statements:attest-month", {"month": "2026-01"})
    world.COMUNE_SOCIAL.made(path + ":attest")
    world.clock("2026-02-25T08:00:00+01:00")
    world.UDP_OFFICER.made(path + ":split")
    return statement


def take_invoices(world, statement, amounts):
    """Invoices as they come in: one that differs and is refused, one that a person looks at."""
    paper = {"provider": "ALFA", "invoice_number": "FPA11", "invoice_date": "2026-02-13",
             "received_on": "2026-02-14", "document": "TD01", "net_cents": amounts["net_cents"],
             "vat_cents": amounts["vat_cents"] + 1, "vat_regime": "SPLIT", "cig": "Z123456780",
             "file_hash": HASH}
    wrong = world.FINANCE.made("/v1/invoices", paper)["invoice"]
    world.FINANCE.made(f"/v1/invoices/{wrong}:match", {"statement": statement})
    found = world.FINANCE.get(f"/v1/invoices/{wrong}", Min_Ledger_Seq=str(last_sequence(world)))
    report.equal("an invoice that differs", (found.json["state"], found.json["difference"]),
                 ("MISMATCHED", "TOTAL"))
    world.FINANCE.made(f"/v1/invoices/{wrong}:refuse", {})
    other = {**paper, "invoice_number": "FPA10", "net_cents": 1}
    world.ids["invoice"] = world.FINANCE.made("/v1/invoices", other)["invoice"]
    world.FINANCE.made(f"/v1/invoices/{world.ids['invoice']}:set-aside",
                       {"difference": "SEVERAL_STATEMENTS"})


def take_back(world):
    """A visit that was paid is reversed by two persons, and its credit note comes."""
    redemption = world.ids["redemption"]
    granted(world, world.UDP_MANAGER.post(f"/v1/redemptions/{redemption}:reverse",
                                          {"reason": "HOSPITAL_STAY"}), "FINANCE")
    found = world.FINANCE.get("/v1/recoveries", Min_Ledger_Seq=str(last_sequence(world)))
    recovery = next(item for item in found.json["items"] if item.get("redemption") == redemption)
    world.ids["credit_note"] = world.FINANCE.made("/v1/credit-notes", {
        "recovery": recovery["id"], "number": "TD04-1", "date": "2026-02-25",
        "net_cents": recovery["net_cents"], "vat_cents": recovery["vat_cents"]})["credit_note"]


def charge(world):
    """What the lead body asks of a comune."""
    found = world.FINANCE.get("/v1/payer-charges", Min_Ledger_Seq=str(last_sequence(world)))
    world.ids["payer_charge"] = found.json["items"][0]["id"]
    path = f"/v1/payer-charges/{world.ids['payer_charge']}"
    world.FINANCE.made(path + ":bill", {"bill_number": "AMB-1", "billed_on": "2026-02-25"})
    world.FINANCE.made(path + ":pay", {"receipt_number": "R-1", "paid_on": "2026-02-25"})


def lives(world):
    """Titles after their issue: suspended, absent, amended, closed; rules about them."""
    officer, manager, worker = world.UDP_OFFICER, world.UDP_MANAGER, world.SOCIAL_WORKER
    world.clock("2026-02-10T08:00:00+01:00")
    for code in ("HCP", "B1"):
        manager.made("/v1/measures", {"ambito": "CREMA", "code": code, "name": code,
                                      "kind": "VOUCHER", "act": "DEL-40"})
    world.ids["compatibility"] = manager.made("/v1/compatibilities", {
        "measure_a": "HCP", "measure_b": "B1", "relation": "INCOMPATIBLE",
        "valid_from": "2026-01-01", "act": "DGR-1"})["compatibility"]
    world.ids["supplement"] = manager.made("/v1/supplements", {
        "service": "SAD_OSS", "valid_from": "2027-01-01", "days": "HOLIDAY", "rate_bp": 1500,
        "act": "DEL-41"})["supplement"]
    manager.made("/v1/parameters", {"ambito": "CREMA", "name": "SUSPEND_OUT_OF_REGION_DAYS",
                                    "value": "90", "valid_from": "2026-01-01", "act": "DEL-42"})
    manager.made("/v1/parameters", {"ambito": "CREMA", "measure": "HCP", "value": "B",
                                    "name": "COPAY_COLLECTION_MODEL",
                                    "valid_from": "2026-01-01", "act": "DEL-42"})
    title = propose(world, 60, "2026-02", "2026-12", measure="HCP")
    path = f"/v1/vouchers/{title}"
    report.equal("issued", officer.made(path + ":issue").get("result"), "ok")
    officer.made(path + ":amend", {"from_month": "2026-03", "act": "PAI-2",
                                   "lines": [{"service": "SAD_OSS", "units_per_month": 54}]})
    absence = worker.made(path + ":absence", {"from": "2026-02-05", "reason": "OUT_OF_REGION"})
    world.ids["voucher_change"] = absence["voucher_change"]
    sequence = str(last_sequence(world))
    terms = world.AUDITOR.get(f"/v1/voucher-deadlines?voucher={title}", Min_Ledger_Seq=sequence)
    world.ids["voucher_deadline"] = terms.json["items"][0]["id"]
    report.equal("ninety days of absence", terms.json["items"][0]["day"], "2026-05-06")
    worker.made(f"/v1/voucher-changes/{world.ids['voucher_change']}:end", {"to": "2026-02-08"})
    officer.made(path + ":suspend", {"effective_from": "2026-02-08", "reason": "HOSPITAL_STAY"})
    left = world.AUDITOR.get(path + "/balance").json
    report.equal("suspended today", (left["state"], left["is_suspended"]), ("SUSPENDED", True))
    lost = officer.made(path + ":resume", {"returned_on": "2026-02-10", "act": "D-1"})
    left = world.AUDITOR.get(path + "/balance").json["months"][0]
    report.equal("two of 28 days are lost", left["free_units"], 60 - 60 * 2 // 28)
    report.equal("and their money", lost["gross_cents"] > 0, True)
    manager.made("/v1/tariffs", {"service": "SAD_OSS", "valid_from": "2026-12-01",
                                 "net_cents": 2300, "act": "DEL-43"})
    asked = {"from_month": "2026-12", "act": "DET-44"}
    foreseen = officer.post("/v1/services/SAD_OSS:check-apply-tariff", asked)
    applied = officer.made("/v1/services/SAD_OSS:apply-tariff", asked)
    report.equal("what a tariff would do is what it does",
                 (foreseen.status, foreseen.json["gross_cents"]), (200, applied["gross_cents"]))
    report.equal("one title runs until December", applied["gross_cents"] > 0, True)
    officer.made(path + ":revoke", {"effective_from": "2026-02-10", "reason": "DEATH"})
    answer = officer.post(path + ":close", {})
    report.equal("not before its services are in", (answer.status, answer.json["code"]),
                 (409, "voucher_has_open_services"))


def exports(world, statement):
    """The statement leaves in an export, which is replaced by another before anybody pays it."""
    finance = world.FINANCE
    body = finance.made("/v1/paying-bodies", {
        "ambito": "CREMA", "code": "CREMA-CAPO", "name": "Comune di Crema", "format": "OPI",
        "tax_code": "00111540191", "iban": "IT60X0542811101000000123456", "act": "DET-8"})
    report.equal("who pays is named by its code", body["paying_body"], "CREMA-CAPO")
    finance.made("/v1/paying-bodies/CREMA-CAPO:update", {"act": "DET-8", "bic": "BAPPIT22"})

    def sealed(export):
        found = finance.get(f"/v1/exports/{export}").json
        finance.made(f"/v1/exports/{export}:seal", {
            "content_hash": HASH, "item_count": found["item_count"],
            "net_cents": found["net_cents"], "vat_cents": found["vat_cents"]})
        return found

    opened = {"paying_body": "CREMA-CAPO", "month": "2026-01"}
    first = finance.made("/v1/exports", opened)["export"]
    report.equal("opened once", finance.made("/v1/exports", opened)["export"], first)
    item = finance.made("/v1/export-items", {"export": first, "statement": statement})["export_item"]
    finance.made(f"/v1/export-items/{item}:withdraw", {"act": "NOTA-1"})
    answer = finance.batch("/v1/export-items:batch", [
        {"id": str(i), "export": first, "statement": statement} for i in range(2)])
    lines = [json.loads(line) for line in answer.body.splitlines()]
    report.equal("the same payment twice in a batch", [line["status"] for line in lines[:2]],
                 [200, 200])
    found = sealed(first)
    report.equal("what it pays", (found["item_count"], found["payer_bic"]), (1, "BAPPIT22"))
    finance.made(f"/v1/exports/{first}:protocol", {"protocol_number": "1/2026",
                                                   "protocol_date": "2026-02-13"})
    second = finance.made(f"/v1/exports/{first}:replace", {"operation": "REPLACE",
                                                           "act": "DET-10"})["export"]
    item = finance.made("/v1/export-items", {"export": second,
                                             "statement": statement})["export_item"]
    sealed(second)
    counter = finance.made(f"/v1/exports/{second}:cancel", {"act": "DET-11"})["export"]
    finance.made(f"/v1/exports/{counter}:cancel", {"act": "DET-12"})
    world.TREASURER.made(f"/v1/export-items/{item}:result", {"state": "ACCEPTED",
                                                            "reference": "BT-1"})
    world.ids.update(export=second, export_item=item)


def outcomes(world, statement):
    """What the treasurer's file says of the order: two lines that a person looks at."""
    amount = world.AUDITOR.get(f"/v1/statements/{statement}").json["net_cents"]
    file = world.TREASURER.made("/v1/files-in", {
        "ambito": "CREMA", "kind": "OPI_OUTCOME", "content_hash": HASH, "line_count": 3,
        "total_cents": 3 * amount, "message": "BT1"})["file_in"]
    world.ids["file_in"] = file
    lines = [world.TREASURER.made("/v1/payment-outcomes", {
        "file_in": file, "line": line, "kind": "ORDERED", "day": "2026-02-13",
        "amount_cents": amount, "end_to_end": f"VCH-202601-S99999-00{line}"})["payment_outcome"]
        for line in (1, 2)]
    world.ids["payment_outcome"] = lines[0]
    world.FINANCE.made(f"/v1/payment-outcomes/{lines[0]}:confirm", {"statement": statement})
    world.FINANCE.made(f"/v1/payment-outcomes/{lines[1]}:discard")
    world.TREASURER.made(f"/v1/files-in/{file}:close", {"other_count": 1, "other_cents": amount})


def settle(world):
    world.clock("2026-02-13T08:00:00+01:00")
    page = world.AUDITOR.get("/v1/statements?provider=ALFA&month=2026-01",
                             Min_Ledger_Seq=str(last_sequence(world)))
    statement = unsettle(world, page.json["items"][0]["id"])
    world.ids["statement"] = statement
    path = f"/v1/statements/{statement}"
    amounts = world.AUDITOR.get(path).json
    invoice = {"invoice_number": "FPA12", "invoice_date": "2026-02-13",
               "net_cents": amounts["net_cents"], "vat_cents": amounts["vat_cents"],
               "cig": "Z123456780", "split_payment": True}
    world.FINANCE.made(path + ":refuse-invoice", {
        **invoice, "vat_cents": amounts["vat_cents"] + 1, "received_on": "2026-02-14"})
    take_invoices(world, statement, amounts)
    world.FINANCE.made(path + ":match-invoice", invoice)
    world.UDP_MANAGER.made(path + ":approve", {"act": "DET-9", "durc_valid_to": "2026-06-30"})
    world.FINANCE.made(path + ":block", {"cause": "SEIZURE", "act": "PIGN-1"})
    world.FINANCE.made(path + ":unblock", {"act": "SBLO-1"})
    exports(world, statement)
    world.FINANCE.made(path + ":export", {"manifest_hash": HASH})
    world.FINANCE.made(path + ":order", {"order_number": "1047", "order_date": "2026-02-13"})
    outcomes(world, statement)
    world.TREASURER.made(path + ":pay", {"receipt_number": "Q-1", "paid_on": "2026-02-13"})
    take_back(world)
    charge(world)
    late_visits(world, world.ids["voucher"])
    cash_grants(world)
    deliveries(world)
    world.admin.made(f"/v1/credentials/{world.ids['credential']}:rotate", {"overlap_s": 60})
    world.admin.made("/v1/credentials:certify", {
        "principal": "ALFA-UFFICIO", "fingerprint": "ab" * 32, "issuer": "CN=Prova",
        "expires_at": "2027-01-01T00:00:00+01:00"})
    world.admin.made(f"/v1/credentials/{world.ids['credential']}:revoke")


def granted(world, answer, second="UDP_MANAGER"):
    """The second person's pass of an act that waits."""
    report.equal("waits for a second person", answer.status, 202)
    approval = answer.json["approval"]
    world.ids.setdefault("approval", approval)
    return world.people[second].made(f"/v1/approvals/{approval}:grant")


def budgets(world):
    """A fund year from its budget to its end, reopened, with its surplus applied."""
    manager, finance, assembly = world.UDP_MANAGER, world.FINANCE, world.ASSEMBLY
    manager.made("/v1/funds", {"ambito": "CREMA", "code": "FDN", "name": "Dopo di noi",
                               "restricted": True, "provisional_exempt": True})
    year = "/v1/funds/FDN/years/2025"
    manager.made(year + ":propose", {"stated_cents": 100000, "act": "DGR-1"})
    line = {"fund": "FDN", "year": 2025, "code": "VOUCHER", "name": "Voucher", "amount_cents": 90000}
    world.ids["budget_line"] = manager.made("/v1/budget-lines", line)["budget_line"]
    assembly.made(year + ":decide-difference", {"decision": "KEEP_TOTAL", "act": "DEL-20"})
    assembly.made(year + ":approve", {"ascertained_cents": 90000, "act": "DEL-21"})
    finance.made(year + ":open", {"provisional": True, "act": "DET-20"})
    finance.made(year + ":ascertain", {"amount_cents": 10000, "act": "DET-21"})
    finance.made(year + ":end-provisional", {"act": "DET-22"})
    finance.made(year + ":suspend", {"act": "DET-23"})
    finance.made(year + ":resume", {"act": "DET-24"})
    commitment = finance.made("/v1/commitments", {
        "fund": "FDN", "year": 2025, "number": "25", "chapter": "12", "amount_cents": 100000,
        "act": "DET-25"})["commitment"]
    finance.made(f"/v1/commitments/{commitment}:vary", {"decrease_cents": 100, "act": "DET-26"})
    finance.made(f"/v1/commitments/{commitment}:close", {"act": "DET-27"})
    restriction = manager.made("/v1/fund-restrictions", {
        "fund": "FDN", "service": "SAD_OSS", "act": "DGR-2"})["fund_restriction"]
    world.ids["fund_restriction"] = restriction
    assembly.made(f"/v1/fund-restrictions/{restriction}:lift", {"act": "DEL-22"})
    openings(world)
    finance.made(year + ":start-closing", {"act": "DET-29"})
    close = {"residuals_cents": 0, "carried_cents": 500, "returned_cents": 0, "act": "DET-30"}
    granted(world, finance.post(year + ":close", close))
    reopened = finance.post(year + ":reopen-for-correction",
                            {"reason": "OFFICE_CHECK", "act": "DET-31"})
    granted(world, reopened)
    granted(world, finance.post(year + ":close", {**close, "carried_cents": 600}))
    later = "/v1/funds/FDN/years/2026"
    manager.made(later + ":propose", {"stated_cents": 100000, "act": "DGR-3"})
    assembly.made(later + ":approve", {"ascertained_cents": 100000, "act": "DEL-23"})
    assembly.made(later + ":apply-surplus", {"from_year": 2025, "amount_cents": 600, "act": "DEL-24"})
    denied = finance.post(year + ":reopen-for-correction",
                          {"reason": "OFFICE_CHECK", "act": "DET-32"})
    manager.made(f"/v1/approvals/{denied.json['approval']}:deny", {"reason": "OFFICE_CHECK"})


def openings(world):
    """Opening balances of the fund, and what becomes of their residuals."""
    finance = world.FINANCE
    draft = finance.made("/v1/opening-balances", {"fund": "FDN", "act": "DEL-30"})["opening"]
    finance.made(f"/v1/opening-balances/{draft}:cancel", {"act": "DEL-31"})
    opening = finance.made("/v1/opening-balances", {
        "fund": "FDN", "stated_redeemed_cents": 105, "stated_recoverable_cents": 50,
        "act": "DEL-32"})["opening"]
    world.ids["opening"] = opening
    path = f"/v1/opening-balances/{opening}"
    row = finance.made(path + "/rows", {"year": 2025, "account": "REDEEMED", "amount_cents": 105,
                                        "comune": "019067"})["opening_row"]
    world.ids["opening_row"] = row
    finance.made(path + "/rows", {"year": 2025, "account": "RECOVERABLE", "amount_cents": 50,
                                  "vat_cents": 2})
    granted(world, finance.post(path + ":post", {"act": "DEL-33"}))
    world.UDP_MANAGER.made(f"/v1/opening-rows/{row}:settle", {
        "net_cents": 100, "vat_cents": 5, "act": "DET-33"})
    world.TREASURER.made(f"/v1/opening-rows/{row}:pay", {"act": "Q-33"})
    recovery = "rcv_1"
    world.ids["recovery"] = recovery
    finance.made(f"/v1/recoveries/{recovery}:refund", {"amount_cents": 30, "act": "REV-1"})
    granted(world, finance.post(f"/v1/recoveries/{recovery}:write-off",
                                {"amount_cents": 20, "act": "DEL-34"}))


def copay(world):
    """Schemes, ISEE, bills, and a title under model A whose public share rises."""
    manager, worker, finance = world.UDP_MANAGER, world.SOCIAL_WORKER, world.FINANCE
    linear = {"kind": "LINEAR", "isee_from_cents": 300000, "isee_to_cents": 3000000,
              "tariff_min_cents": 0, "tariff_max_cents": 1868}
    scheme = manager.made("/v1/copay-schemes", {"ambito": "CREMA", "code": "VERDELLO",
                                                "rules": [linear], "act": "DEL-10"})
    world.ids["copay_scheme"] = scheme["copay_scheme"]
    world.ids["copay_adoption"] = manager.made("/v1/copay-adoptions", {
        "ambito": "CREMA", "scheme": scheme["copay_scheme"], "valid_from": "2026-01-01",
        "act": "DEL-11"})["copay_adoption"]
    bill = {"voucher": world.ids["voucher"], "month": "2026-01"}
    made = finance.made("/v1/receivables", bill)
    report.equal("a bill without an ISEE", made["gross_cents"] > 0, True)
    world.ids["receivable"] = made["receivable"]
    report.equal("billed twice", "receivable" in finance.made("/v1/receivables", bill), False)
    finance.made("/v1/receivables:bill-comune", {"comune": "019067", "month": "2026-01"})
    path = f"/v1/receivables/{made['receivable']}"
    finance.made(path + ":collect", {"amount_cents": 100, "receipt_number": "IUV-1",
                                     "collected_on": "2026-02-12"})
    manager.made(path + ":waive", {"amount_cents": made["gross_cents"] - 100,
                                   "reason": "OFFICE_CHECK", "act": "DET-10"})
    person = world.AUDITOR.get(f"/v1/vouchers/{world.ids['voucher']}").json["beneficiary"]
    isee = {"beneficiary": person, "type": "ORDINARIO", "amount_cents": 0,
            "valid_from": "2026-01-01"}
    world.ids["isee"] = worker.made("/v1/isee", isee)["isee"]
    report.equal("nothing is owed", finance.made("/v1/receivables", bill)["net_cents"], 0)
    finance.made(path + ":refund", {"amount_cents": 100, "act": "DET-11"})
    worker.made(f"/v1/isee/{world.ids['isee']}:annul", {"reason": "TYPING_ERROR"})
    manager.made("/v1/parameters", {"ambito": "CREMA", "name": "COPAY_COLLECTION_MODEL",
                                    "value": "A", "valid_from": "2026-01-01", "act": "DEL-12"})
    title = propose(world, 7200, "2026-03", "2026-03")
    person = world.ids["beneficiary"]
    worker.made("/v1/isee", {**isee, "beneficiary": person, "amount_cents": 1240000})
    world.UDP_OFFICER.made(f"/v1/vouchers/{title}:issue")
    worker.made("/v1/isee", {**isee, "beneficiary": person, "type": "CORRENTE",
                             "valid_from": "2026-03-01"})
    apply = {"effective_from": "2026-03-01", "remaining_units": 60}
    path = f"/v1/vouchers/{title}:apply-copay"
    check = path.replace(":apply", ":check-apply")
    report.equal("the same, foreseen",
                 world.UDP_OFFICER.post(check, apply).json["gross_cents"], 650)
    report.equal("what would not be funded",
                 world.UDP_OFFICER.post(check, {"effective_from": "2026-03-01"}).status, 202)
    unissued = propose(world, 60, "2026-03", "2026-03")
    report.equal("a title that was not issued", world.UDP_OFFICER.post(
        f"/v1/vouchers/{unissued}:check-apply-copay", apply).status, 409)
    report.equal("an hour more of the public share",
                 world.UDP_OFFICER.made(path, apply)["gross_cents"], 650)
    answer = world.UDP_OFFICER.post(path, {"effective_from": "2026-03-01"})
    report.equal("not funded", (answer.status, answer.json["cause"]),
                 (202, "copay_change_unfunded"))
    rate = worker.get(f"/v1/vouchers/{title}/copay").json
    report.equal("the rate of today", (rate["copay_model"], rate["lines"][0]["tariff_cents"]),
                 ("A", 650))
    own = world.people["ALFA-UFFICIO"].get(f"/v1/vouchers/{world.ids['voucher']}/copay")
    report.equal("a provider that does not collect sees no rate", own.status, 404)


def cash_grant(world, **more):
    """A buono of four months, issued: its path."""
    person = world.SOCIAL_WORKER.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
    made = world.SOCIAL_WORKER.made("/v1/cash-grants", {
        "beneficiary": person, "measure": "B2", "fund": "FNPS", "monthly_cents": 200,
        "first_month": "2026-01", "last_month": "2026-04", **more})["cash_grant"]
    world.ids["cash_grant"] = made
    world.UDP_OFFICER.made(f"/v1/cash-grants/{made}:issue", {"act": "DET-40"})
    return f"/v1/cash-grants/{made}"


def payment_of(world, path, month):
    found = world.AUDITOR.get(f"/v1/cash-grant-payments?month={month}",
                              Min_Ledger_Seq=str(last_sequence(world))).json["items"]
    made = next(item["id"] for item in found if path.endswith("/" + item["cash_grant"])
                and item["state"] != "CANCELLED")
    world.ids["cash_grant_payment"] = made
    return f"/v1/cash-grant-payments/{made}"


def cash_grants(world):
    """Every act on buoni and their payments, after January's and before February's list."""
    manager, officer = world.UDP_MANAGER, world.UDP_OFFICER
    finance, treasurer = world.FINANCE, world.TREASURER
    manager.made("/v1/measures", {"ambito": "CREMA", "code": "B2", "name": "Misura B2",
                                  "kind": "BUONO", "act": "DGR-40"})
    manager.made("/v1/providers", {"ambito": "CREMA", "code": "ASSISTENTE-9",
                                   "legal_name": "ASSISTENTE-9",
                                   "kind": "INDIVIDUAL_ASSISTANT"})
    activate = {"account_reference": "vault/1"}
    first, second = cash_grant(world), cash_grant(world)
    for path in (first, second):
        officer.made(path + ":activate", activate)
    one, other = payment_of(world, first, "2026-01"), payment_of(world, second, "2026-01")
    officer.made(one + ":hold", {"reason": "HOSPITAL_STAY"})
    officer.made(one + ":release")
    officer.made(other + ":cancel", {"reason": "REQUIREMENTS_LOST"})
    officer.made(second + ":schedule", {"month": "2026-01"})
    other = payment_of(world, second, "2026-01")
    listed = manager.made("/v1/cash-grant-payments:approve", {"measure": "B2", "month": "2026-01",
                                                              "act": "DET-41"})
    report.equal("the list of January", listed["gross_cents"], 400)
    paid = {"receipt_number": "Q-40", "paid_on": "2026-02-25"}
    for path in (one, other):
        treasurer.made(path + ":pay", paid)
    treasurer.made(one + ":bounce", {"returned_on": "2026-02-25"})
    treasurer.made(one + ":pay", paid)
    for path in (one, other):
        officer.made(path + ":recover", {"reason": "FALSE_DECLARATION"})
    finance.made(one + ":recovered", {"receipt_number": "IUV-40"})
    granted(world, finance.post(other + ":write-off", {"act": "DET-42"}))
    officer.made(second + ":revoke", {"effective_from": "2026-02-01", "reason": "DEATH"})
    third = cash_grant(world, assistant="ASSISTENTE-9", profile="ASSISTANT_ALONE")
    officer.made(third + ":activate", activate)
    officer.made(third + ":payslip", {"month": "2026-01", "cost_cents": 150,
                                      "receipt_number": "BP-1"})
    officer.made(cash_grant(world) + ":cancel", {"reason": "BENEFICIARY_REQUEST"})
    person = world.SOCIAL_WORKER.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
    dear = world.SOCIAL_WORKER.made("/v1/cash-grants", {
        "beneficiary": person, "measure": "B2", "fund": "FNPS", "monthly_cents": 90000000,
        "first_month": "2026-03", "last_month": "2026-03"})["cash_grant"]
    answer = officer.post(f"/v1/cash-grants/{dear}:issue", {"act": "DET-43"})
    report.equal("more than there is", (answer.status, answer.json["result"]),
                 (202, "waitlisted"))
    split = propose(world, 600, "2026-03", "2026-03", fund=None, funds=[
        {"fund": "FNPS", "share_bp": 6000}, {"fund": "FDN", "share_bp": 4000}])
    funds = world.AUDITOR.get(f"/v1/vouchers/{split}",
                              Min_Ledger_Seq=str(last_sequence(world))).json["funds"]
    report.equal("a title of two funds", [item["share_bp"] for item in funds], [6000, 4000])


def deliveries(world):
    """Every act on destinations and deliveries: one that arrives, one given up, one cancelled, and
    a webhook that takes an event."""
    manager, finance, courier = world.UDP_MANAGER, world.FINANCE, world.COURIER
    manager.made("/v1/destinations", {"ambito": "CREMA", "code": "TESORERIA", "kind": "SFTP",
                                      "address": "sftp://bank.example/in/", "attempts_max": 1})
    manager.made("/v1/destinations", {"ambito": "CREMA", "code": "AVVISI", "kind": "WEBHOOK",
                                      "address": "https://hooks.example/titoli",
                                      "event_kinds": ["DELIVERY_DEAD"]})
    made = []
    for number in range(3):
        body = {"destination": "TESORERIA", "file_name": f"flusso-{number}.opi.xml",
                "file_hash": f"{number + 1:02x}" * 32, "size": 4096}
        made.append(finance.made("/v1/deliveries", body)["delivery"])
    again = finance.made("/v1/deliveries", {**body, "file_name": "other.xml"})
    report.equal("queued twice is one delivery", again["delivery"], made[2])
    world.ids["delivery"] = made[0]
    for delivery, outcome in ((made[0], {"outcome": "SENT", "status": 201, "reference": "65f-1a"}),
                              (made[1], {"outcome": "TRY_AGAIN", "cause": "UNREACHABLE"})):
        courier.made(f"/v1/deliveries/{delivery}:attempt", {"holder": "courier-1"})
        courier.made(f"/v1/deliveries/{delivery}:report", {"attempt": 1, **outcome})
    finance.made(f"/v1/deliveries/{made[2]}:cancel")
    dead = world.AUDITOR.get(f"/v1/deliveries/{made[1]}").json
    report.equal("given up", (dead["state"], dead["cause"]), ("DEAD", "UNREACHABLE"))
    task = world.AUDITOR.get(f"/v1/events/{dead['task']}").json
    report.equal("a task for a person", (task["kind"], task["task"], task["delivery"],
                                         task["destination"]),
                 ("DELIVERY_DEAD", True, made[1], "TESORERIA"))
    finance.made(f"/v1/deliveries/{made[1]}:retry")
    finance.made(f"/v1/deliveries/{made[1]}:cancel")
    courier.made("/v1/destinations/AVVISI:acknowledge", {"event": dead["task"]})
    manager.made("/v1/destinations/AVVISI:change", {"every_event": True})
    manager.made("/v1/destinations/AVVISI:close")
    world.ids["destination"] = "TESORERIA"


def last_sequence(world):
    return world.admin.get("/status").json["ledger_seq"]


# ---- Refusals that operations share ----

def first_of(world, path):
    """The first record of the collection that a path begins with."""
    collection = path.split("/{")[0]
    for reader in (world.AUDITOR, world.UDP_MANAGER, world.admin):
        page = reader.client.get(collection) if hasattr(reader, "client") else reader.get(collection)
        if page.status == 200 and page.json["items"]:
            return page.json["items"][0]["id"]
    report.check(f"a record of {collection}", False)
    return "none_1"


def path_of(operation, world, right=True):
    """The path with identifiers that exist, or with one that cannot."""
    path = operation.path
    samples = {"fund": "FNPS", "year": "2026", "ambito": "CREMA", "sub_ambito": "SUB1",
               "comune": "019067", "service": "SAD_OSS", "provider": "ALFA",
               "principal": "ALFA-UFFICIO", "tariff": "trf_1", "commitment": "imp_1", **world.ids}
    for name in operation.parameters:
        if right and name not in samples:
            samples[name] = world.ids[name] = first_of(world, operation.path)
        path = path.replace("{" + name + "}", samples[name] if right else "nope")
    return path


def example_of(operation):
    content = operation.body["requestBody"]["content"]["application/json"]
    return content.get("example", {})


def schema_of(world, operation):
    schema = operation.body["requestBody"]["content"]["application/json"]["schema"]
    name = schema["$ref"].rsplit("/", 1)[1]
    return world.contract.document["components"]["schemas"][name]


# Operations that name nothing by a code: who may give them, and a reference to nothing.
UNKNOWN = {"document_add": ("ACCREDITOR", "accreditation", "acc_999999"),
           "accreditation_activate": ("CAPOFILA", "tariff", "trf_999999"),
           "accreditation_succeed": ("ACCREDITOR", "successor", "acc_999999"),
           "accreditation_extend": ("ACCREDITOR", "sub_ambiti", ["NOPE"]),
           "destination_acknowledge": ("COURIER", "event", "evt_999999"),
           "isee_register": ("SOCIAL_WORKER", "beneficiary", "ben_999999"),
           "receivable_bill": ("FINANCE", "voucher", "unknown"),
           "export_add": ("FINANCE", "export", "exp_999999"),
           "credit_note_record": ("FINANCE", "recovery", "rcv_999999"),
           "payment_outcome_record": ("FINANCE", "file_in", "fin_999999"),
           "payment_outcome_confirm": ("FINANCE", "statement", "stm_999999"),
           "invoice_match": ("FINANCE", "statement", "stm_999999"),
           "invoice_set_aside": ("FINANCE", "statement", "stm_999999"),
           "tariff_apply": ("UFFICIO-2", "after", "unknown"),
           "tariff_apply_check": ("UFFICIO-2", "after", "unknown"),
           "statement_contest": ("ALFA-UFFICIO", "lines",
                                 [{"line": "stl_999999", "reason": "QUALITY"}]),
           "ceiling_transfer": ("UDP_MANAGER", "to", "cei_999999"),
           "voucher_amend": ("UFFICIO-2", "lines",
                             [{"service": "NOPE", "units_per_month": 60}]),
           "fund_year_decide_difference": ("ASSEMBLY", "line", "bln_999999")}


# What only a late window's end could bring about here; unit tests judge it (suspension, titles).
UNIT_TESTED = [("voucher_close", "200"), ("tariff_apply_check", "409")]


def unknown_voucher(world):
    """A number that no title has: the one check character that the edge takes."""
    for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
        number = "0009999" + letter
        answer = world.FINANCE.post("/v1/receivables", {"voucher": number, "month": "2026-01"})
        if answer.status != 400:
            return number
    raise AssertionError("no check character is right")


def refuse_unknown(world, operation):
    """422 of an operation, by somebody who may give it where the edge cannot tell."""
    path = path_of(operation, world)
    if operation.id not in UNKNOWN:
        return world.AUDITOR.post(path, unprocessable(world, operation))
    role, name, value = UNKNOWN[operation.id]
    if value == "unknown":
        value = unknown_voucher(world)
    return world.people[role].post(path, {**example_of(operation), name: value})


def unprocessable(world, operation):
    """The example with one code that nobody has, or a local time that occurs twice."""
    body = dict(example_of(operation))
    for name, schema in schema_of(world, operation)["properties"].items():
        if "T[0-9]{2}" in schema.get("pattern", ""):
            return {**body, name: AMBIGUOUS}
        if schema.get("pattern") == "^[A-Za-z0-9._:-]{1,40}$":
            return {**body, name: "NOPE"}
        if schema.get("type") == "array":
            item = example_of(operation).get(name, [None])[0]
            if item is None or "enum" in schema["items"] or (isinstance(item, dict)
                                                             and "service" not in item):
                continue
            return {**body, name: [{**item, "service": "NOPE"} if isinstance(item, dict) else "NOPE"]}
    return None  # opaque identifiers alone: what they name is looked up for those who may act


def announce(client, path, size, media):
    """A body that is announced as too large and never sent."""
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=30)
    connection.putrequest("POST", path)
    for name, value in (("Authorization", f"Bearer {client.token}"), ("Content-Type", media),
                        ("Idempotency-Key", "large"), ("Content-Length", str(size))):
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    answer = Answer(response.status, response.getheaders(), response.read())
    connection.close()
    return answer


def refuse_post(world, operation):
    """Every shared refusal that this operation documents."""
    contract, auditor, admin = world.contract, world.AUDITOR, world.admin
    path = path_of(operation, world)
    is_batch = operation.id.endswith("_batch")
    is_check = operation.id.endswith("_check") and operation.id != "document_check"
    example = [] if is_batch else example_of(operation)
    stranger = contract.watch(world.daemon.client())
    report.equal(f"401 {operation.id}", stranger.post(path, example).status, 401)
    broken = auditor.ask("POST", path, b"{\"nope\":1}", {"Content-Type": "application/json",
                                                         **({} if is_batch else
                                                            {"Idempotency-Key": "bad"})})
    report.equal(f"400 {operation.id}", broken.status, 400)
    plain = auditor.ask("POST", path, b"x", {"Content-Type": "text/plain", "Idempotency-Key": "p"})
    report.equal(f"415 {operation.id}", plain.status, 415)
    large = announce(auditor, path, 9_000_000 if is_batch else 70_000, "application/json")
    contract.judge("POST", path, large.status, large.headers, large.body)
    report.equal(f"413 {operation.id}", large.status, 413)
    stranger.close()
    if is_batch:
        answer = auditor.batch(path, [{"id": "1"}])
        report.equal(f"200 {operation.id}", answer.status, 200)
        return
    report.equal(f"403 {operation.id}", auditor.post(path, example).status, 403)
    if "404" in operation.responses:
        report.equal(f"404 {operation.id}",
                     auditor.post(path_of(operation, world, False), example).status, 404)
    if not is_check:
        report.equal(f"409 {operation.id}", admin.post(path, example, key="used-once").status, 409)
    if "422" in operation.responses and (operation.id in UNKNOWN or
                                         unprocessable(world, operation) is not None):
        report.equal(f"422 {operation.id}",
                     refuse_unknown(world, operation).status, 422)


def backups(world):
    """The one POST that is no command."""
    stranger = world.contract.watch(world.daemon.client())
    report.equal("201 backup", world.admin.ask("POST", "/v1/backups/one").status, 201)
    report.equal("400 backup", world.admin.ask("POST", "/v1/backups/.one").status, 400)
    report.equal("401 backup", stranger.ask("POST", "/v1/backups/two").status, 401)
    report.equal("403 backup", world.AUDITOR.ask("POST", "/v1/backups/two").status, 403)
    report.equal("409 backup", world.admin.ask("POST", "/v1/backups/one").status, 409)
    stranger.close()


def persons(world):
    """Personal data: every operation with every status, and an erased person at the end."""
    worker, manager, auditor = world.SOCIAL_WORKER, world.UDP_MANAGER, world.AUDITOR
    stranger = world.contract.watch(world.daemon.client())
    person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
    path, why = f"/v1/persons/{person}", "?purpose=CASE_WORK"
    told = {"purpose": "CASE_WORK", "tax_code": "RSSMRA80A01H501U", "surname": "Rossi"}

    def refused(target, ask, caller, other, bad, unknown):
        report.equal(f"401 {target}", ask(stranger, target).status, 401)
        report.equal(f"403 {target}", ask(other, target).status, 403)
        report.equal(f"400 {target}", ask(caller, bad).status, 400)
        if unknown:
            report.equal(f"404 {target}",
                         ask(caller, target.replace(person, "nope")).status, 404)

    posts = ((path, told, worker, auditor), (f"{path}:erase", told, manager, worker),
             ("/v1/persons:search", {"purpose": "CASE_WORK", "iban": "X"}, worker, auditor),
             ("/v1/vault:rotate", {}, manager, worker))
    for target, body, caller, other in posts:
        body = {"purpose": "ERASURE_REQUEST"} if target.endswith(":erase") else body
        refused(target, lambda client, path, body=body: client.post(path, body), caller, other,
                target + "?nope=1", person in target)
        plain = caller.ask("POST", target, b"x", {"Content-Type": "text/plain"})
        report.equal(f"415 {target}", plain.status, 415)
        large = announce(caller, target, 70_000, "application/json")
        world.contract.judge("POST", target, large.status, large.headers, large.body)
        report.equal(f"413 {target}", large.status, 413)
    report.equal("200 person_write", worker.post(path, told).status, 200)
    found = worker.post("/v1/persons:search", {"purpose": "CASE_WORK",
                                               "tax_code": "RSSMRA80A01H501U"})
    report.equal("200 person_search", found.json["items"], [{"person": person}])
    for target, caller, other in ((path, worker, world.ACCREDITOR), (path + "/reads", manager, worker),
                                  (path + "/export", worker, world.ACCREDITOR)):
        refused(target + why, lambda client, path: client.get(path), caller, other, target, True)
        report.equal(f"200 {target}", caller.get(target + why).status, 200)
    refused("/v1/vault", lambda client, path: client.get(path), manager, worker, "/v1/vault?nope=1",
            False)
    report.equal("200 vault_rotate", manager.post("/v1/vault:rotate").status, 200)
    report.equal("200 vault_status", manager.get("/v1/vault").status, 200)
    report.equal("200 person_erase",
                 manager.post(f"{path}:erase", {"purpose": "ERASURE_REQUEST"}).status, 200)
    report.equal("409 person_write", worker.post(path, told).status, 409)
    for target in (path, path + "/export"):
        report.equal(f"409 {target}", worker.get(target + why).status, 409)
    stranger.close()


def ask_query(world, operation):
    auditor = world.AUDITOR
    path = path_of(operation, world)
    reader = world.admin if operation.path.startswith("/v1/credentials") else auditor
    report.equal(f"200 {operation.id}", reader.get(path).status, 200)
    if operation.body.get("security") == []:
        return
    stranger = world.contract.watch(world.daemon.client())
    report.equal(f"401 {operation.id}", stranger.get(path).status, 401)
    stranger.close()
    if "400" in operation.responses:
        report.equal(f"400 {operation.id}", auditor.get(path + "?nope=1").status, 400)
    if "403" in operation.responses:
        report.equal(f"403 {operation.id}", world.ACCREDITOR.get(path).status, 403)
    if "404" in operation.responses:
        report.equal(f"404 {operation.id}",
                     auditor.get(path_of(operation, world, False)).status, 404)
    if "422" in operation.responses:
        coded = next(parameter["name"] for parameter in operation.body["parameters"]
                     if parameter.get("schema", {}).get("pattern") == "^[A-Za-z0-9._:-]{1,40}$"
                     and parameter["in"] == "query")
        report.equal(f"422 {operation.id}", auditor.get(f"{path}?{coded}=NOPE").status, 422)


def pages(world):
    """A list in pages of one holds the same as the list at once, both ways round."""
    reader = world.AUDITOR
    whole = [item["id"] for item in reader.get("/v1/redemptions?limit=1000").json["items"]]
    for sort, wanted in (("id", whole), ("-id", whole[::-1])):
        found, cursor = [], ""
        while cursor is not None:
            page = reader.get(f"/v1/redemptions?limit=1&sort={sort}{cursor}").json
            found += [item["id"] for item in page["items"]]
            cursor = f"&cursor={page['next_cursor']}" if "next_cursor" in page else None
        report.equal(f"pages sorted by {sort}", found, wanted)
    accepted = reader.get("/v1/redemptions?state=REVERSED").json["items"]
    report.equal("filter by state", {item["state"] for item in accepted}, {"REVERSED"})
    paid = reader.get(f"/v1/statements/{world.ids['statement']}/redemptions?state=PAID").json["items"]
    report.check("a statement's redemptions show its state", len(paid) >= 5, len(paid))
    journal = reader.get("/v1/journal?from=1&limit=1000").json["items"]
    report.check("the journal has postings", any(item["postings"] for item in journal))
    report.equal("the journal is in order", [item["sequence"] for item in journal],
                 list(range(1, len(journal) + 1)))


def others_see_less(world):
    """What may not be seen does not exist."""
    world.UDP_MANAGER.made("/v1/providers", {
        "ambito": "CREMA", "code": "BETA", "legal_name": "BETA cooperativa sociale",
        "kind": "SOCIAL_COOP", "vat_number": "12345678903", "iban": "IT60X0542811101000000123456"})
    beta = world.person("PROVIDER", code="BETA-UFFICIO", provider="BETA")
    sequence = str(last_sequence(world))
    for path in ("vouchers", "redemptions", "statements"):
        page = beta.get(f"/v1/{path}", Min_Ledger_Seq=sequence)
        report.equal(f"BETA sees no {path}", page.json.get("items"), [])
        item = beta.get(f"/v1/{path}/{world.ids[path[:-1]]}")
        report.equal(f"BETA finds no {path[:-1]}", item.status, 404)
        page = world.people["ALFA-UFFICIO"].get(f"/v1/{path}", Min_Ledger_Seq=sequence)
        report.check(f"ALFA sees its {path}", len(page.json.get("items", [])) > 0)
    report.equal("BETA sees no units", beta.get("/v1/reports/units").json["items"], [])


def contract_catches(world):
    """The judge must be able to say no."""
    contract = world.contract
    path = f"/v1/vouchers/{world.ids['voucher']}"
    good = world.AUDITOR.get(path)
    body = good.json

    def refused(name, status=200, headers=None, **changes):
        changed = json.dumps({**body, **changes}).encode()
        try:
            contract.judge("GET", path, status, headers or good.headers, changed)
        except Broken:
            report.passed += 1
            return
        report.check(f"the contract accepts {name}", False)

    before = dict(contract.produced)
    refused("a property that nobody documented", surprise=1)
    refused("an amount as text", line_count="1")
    refused("an enumeration's foreign name", state="BROKEN")
    refused("a success body under a refusal's status", status=404)
    refused("another media type", headers={**good.headers, "content-type": "text/html"})
    refused("no Request-Id", headers={"content-type": "application/json"})
    refused("a cell without its month", cells=[{"id": "cel_1"}])
    contract.produced = before


def close_a_task(world):
    events = world.AUDITOR.get("/v1/events?limit=1000",
                               Min_Ledger_Seq=str(last_sequence(world))).json["items"]
    task = next(event for event in events if event["task"] and not event["closed"])
    world.UDP_MANAGER.made(f"/v1/events/{task['id']}:close", {})


class Signer:
    """titoli-signer, whose signatures receipts need; its socket's name is short."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="signer-"))
        self.socket = self.folder / "socket"
        program = str(pathlib.Path(os.environ.get("BUILD", "build/release")) / "titoli-signer")
        subprocess.run([program, "init", "--folder", str(self.folder)], check=True,
                       stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen([program, "serve", "--folder", str(self.folder), "--socket",
                                         str(self.socket)], stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, kind, value, trace):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)


def receipts(world):
    """Roots are signed when it comes to it: the first receipt is waited for."""
    path = f"/v1/redemptions/{world.ids['redemption']}/receipt"
    end = time.monotonic() + PATIENCE_S
    while world.AUDITOR.get(path).status == 503 and time.monotonic() < end:
        time.sleep(0.1)
    report.check("roots are listed", len(world.AUDITOR.get("/v1/audit/roots").json["items"]) > 0)


def main():
    with Signer() as signer, Daemon(clock="manual=2026-01-02T08:00:00+01:00", root_interval_s=1,
                                    signer_socket=signer.socket).with_vault() as daemon:
        contract = Contract(daemon.admin.get("/v1/openapi.json").json)
        world = World(daemon, contract)
        masters(world)
        budgets(world)
        providers(world)
        voucher = titles(world)
        ceilings(world)
        visits(world, voucher)
        decided_visits(world, voucher)
        neighbours(world)
        copay(world)
        lives(world)
        settle(world)
        register(world)
        close_a_task(world)
        world.person("UDP_OFFICER", code="UFFICIO-2")
        world.admin.made("/v1/ambiti", {"code": "LODI", "name": "Ambito di Lodi"}, key="used-once")
        sequence = str(last_sequence(world))
        world.AUDITOR.get("/v1/ambiti", Min_Ledger_Seq=sequence)
        backups(world)
        persons(world)
        receipts(world)
        for operation in contract.operations:
            if operation.id == "backup_create" or operation.id.startswith(("person_", "vault_")):
                continue
            if operation.method == "post":
                refuse_post(world, operation)
            else:
                ask_query(world, operation)
        pages(world)
        others_see_less(world)
        contract_catches(world)
        missing = [pair for pair in contract.never_produced() if pair not in UNIT_TESTED]
        report.equal("documented operation x status never produced", missing, [])
        print(f"{len(contract.documented())} documented operation x status, "
              f"{contract.judged} answers judged")
        contract.save(daemon.base.parent / "openapi_coverage.json")
    return report.end()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Broken as broken:
        print(f"FAILED: {broken}")
        print(f"{report.passed} passed, {report.failed + 1} failed")
        sys.exit(1)
