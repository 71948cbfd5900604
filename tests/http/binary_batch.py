"""Binary batches of redemptions, written and read by the rows of schemas/redemptions.def."""
import datetime
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MEDIA = "application/vnd.titoli.redemptions"
RECORD = 64
OFFSETS = {"end": 1, "proof_at": 2, "evv_start": 4, "evv_end": 8}


def definition(text, macro):
    """{member: (offset, width, form)} of one record."""
    part = text.split(f"#define {macro}(B)")[1].split("#define")[0]
    return {match[4]: (int(match[1]), int(match[2]), match[3]) for match in
            re.finditer(r"B\((\d+), (\d+), (\w+), (\w+),", part)}


_text = (ROOT / "schemas/redemptions.def").read_text()
HEADER, LINE, ANSWER = (definition(_text, f"BINARY_{name}") for name in
                        ("HEADER", "LINE", "ANSWER"))


def numbers(file, name):
    """{name: number} of an enumeration, or of the results."""
    text = (ROOT / "schemas" / file).read_text()
    if name is None:
        return {match[1].lower(): int(match[2])
                for match in re.finditer(r"^RESULT\((\w+), (\d+),", text, re.M)}
    part = text.split(f"#define ENUM_{name}(V)")[1].split("#define")[0]
    return {match[1]: int(match[2]) for match in re.finditer(r"V\(\w+, (\w+), (\d+)\)", part)}


RESULTS = {number: name for name, number in numbers("results.def", None).items()}
ENUMS = {"proof": numbers("enums.def", "PROOF"),
         "qualification": numbers("enums.def", "QUALIFICATION"),
         "edit_reason": numbers("enums.def", "REASON")}

_table = []
for _byte in range(256):
    for _ in range(8):
        _byte = _byte >> 1 ^ (0x82F63B78 if _byte & 1 else 0)
    _table.append(_byte)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _table[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def record(rows, **members):
    made = bytearray(RECORD)
    for name, value in members.items():
        offset, width, form = rows[name]
        made[offset:offset + width] = value.ljust(width, b"\0") if form == "TEXT" else \
            value.to_bytes(width, "little", signed=form[0] == "I")
    return bytes(made)


def microseconds(text):
    """Of an RFC 3339 instant with offset."""
    moment = datetime.datetime.fromisoformat(text)
    return round((moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc))
                 / datetime.timedelta(microseconds=1))


def encode_line(line, names):
    """One line, given as for JSON; what it says by name is added to `names`."""
    members = {"id": int(line["id"]), "voucher": int(line["voucher"][:-1]),
               "start": microseconds(line["start"]), "flags": 0, "given": 0}
    for name, value in line.items():
        if name in members:
            continue
        if name in ("operator", "service", "performer", "tariff"):
            members[name] = names.setdefault(value, len(names) + 1)
        elif name in OFFSETS:
            members[name] = (microseconds(value) - members["start"]) // 1000000
            members["given"] |= OFFSETS[name]
        elif name in ("located", "indirect"):
            members["flags"] |= {"located": 1, "indirect": 2}[name] if value else 0
        elif name == "booking":
            members[name] = int(value.split("_")[1])
        else:
            members[name] = ENUMS[name][value] if name in ENUMS else value
    return record(LINE, **members)


def seal(head, rest):
    head = bytearray(head)
    head[60:64] = crc32c(head[:60] + rest).to_bytes(4, "little")
    return bytes(head) + rest


def encode(lines):
    names = {}
    records = b"".join(encode_line(line, names) for line in lines)
    texts = b"".join(name.encode().ljust(RECORD, b"\0") for name in names)
    head = record(HEADER, magic=b"TITOLIRQ", version=1, record_size=RECORD,
                  line_count=len(lines), name_count=len(names))
    return seal(head, texts + records)


def fields(rows, data):
    found = {}
    for name, (offset, width, form) in rows.items():
        part = data[offset:offset + width]
        found[name] = part if form in ("TEXT", "ZERO") else \
            int.from_bytes(part, "little", signed=form[0] == "I")
    return found


def decode(body):
    """(header, [answer of each line]); checks everything that can be checked."""
    head = fields(HEADER, body[:RECORD])
    assert head["magic"] == b"TITOLIRA" and head["version"] == 1, head
    assert head["record_size"] == RECORD and head["name_count"] == 0, head
    assert len(body) == (1 + head["line_count"]) * RECORD, (len(body), head)
    assert seal(body[:RECORD], body[RECORD:]) == body, "checksum"
    answers = [fields(ANSWER, body[at:at + RECORD]) for at in range(RECORD, len(body), RECORD)]
    for answer in answers:
        assert not any(answer["reserved"]), answer
        answer["result"] = RESULTS[answer["result"]]
        answer["cause"] = RESULTS[answer["cause"]] if answer["cause"] else None
    return head, answers
