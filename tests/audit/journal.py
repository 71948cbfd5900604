"""A journal as a stranger reads and writes it, from schemas/ledger.md and schemas/layouts.md alone: for
planting faults. Nothing of the engine or of titoli-audit is used.

Batches are taken apart to entries, entries to their parts, records to fields; whatever is changed is
put together again with right check sums and hashes, so that only its meaning is wrong."""
import hashlib
import pathlib
import struct

import definitions

SECTOR = 512
HEADER = 104
PAGE = definitions.of_page()
RECORDS = {name: (number, fields) for number, (name, _, fields) in PAGE.records.items()}
NAMES = {number: name for number, (name, _, _) in PAGE.records.items()}
COMMANDS = {number: name for number, (name, _) in PAGE.commands.items()}
WIDTHS = {"FLAG": "<B", "U8": "<B", "ENUM": "<B", "U16": "<H", "U32": "<I", "ID": "<I", "DAY": "<i",
          "MONTH": "<i", "U64": "<Q", "KEYED": "<Q", "CODE": "<Q", "CENTS": "<q", "INSTANT": "<q"}


def _crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82f63b78 if value & 1 else 0)
        table.append(value)
    return table


CRC = _crc_table()


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = (crc >> 8) ^ CRC[(crc ^ byte) & 255]
    return crc ^ 0xffffffff


def unpacked(content, slots):
    told, = struct.unpack_from("<I", content)
    size, slot = told & 0xffffff, told >> 24
    at, out, words = 4, bytearray(), (size + 7) // 8
    for word in range(words):
        if word % 8 == 0:
            groups = content[at]
            at += 1
        piece = bytearray(8)
        if groups >> (word % 8) & 1:
            present = content[at]
            at += 1
            for byte in range(8):
                if present >> byte & 1:
                    piece[byte] = content[at]
                    at += 1
        out += piece
    entry = bytes(out[:size])
    if slot != 255:
        before = slots.get(slot, b"")
        if len(before) == size:
            entry = bytes(a ^ b for a, b in zip(entry, before))
        slots[slot] = entry
    return entry


def packed(entry):
    """As it is, in slot 0: every packed batch begins anew, and this one's entries differ in nothing."""
    words = [entry[i:i + 8].ljust(8, b"\0") for i in range(0, len(entry), 8)]
    out = bytearray()
    for i in range(0, len(words), 8):
        out.append(sum(1 << k for k, word in enumerate(words[i:i + 8]) if any(word)))
        for word in words[i:i + 8]:
            if any(word):
                out.append(sum(1 << k for k in range(8) if word[k]))
                out += bytes(byte for byte in word if byte)
    return out


class Packer:
    def __init__(self):
        self.slots = {}

    def content(self, entry):
        told = entry
        slot = 255
        if len(entry) <= 2048:
            slot = 0
            before = self.slots.get(0, b"")
            if len(before) == len(entry):
                told = bytes(a ^ b for a, b in zip(entry, before))
            self.slots[0] = entry
        return struct.pack("<I", len(entry) | slot << 24) + packed(told)


def read_fields(fields, data):
    values, at = {}, 0
    for kind, name, argument in fields:
        if kind == "TEXT":
            values[name] = data[at + 1:at + 1 + data[at]]
            at += 1 + data[at]
        elif kind == "BYTES":
            values[name] = data[at:at + int(argument)]
            at += int(argument)
        else:
            values[name], = struct.unpack_from(WIDTHS[kind], data, at)
            at += struct.calcsize(WIDTHS[kind])
    assert at == len(data), (fields, at, len(data))
    return values


def write_fields(fields, values):
    out = b""
    for kind, name, _ in fields:
        value = values[name]
        if kind == "TEXT":
            out += bytes([len(value)]) + value
        elif kind == "BYTES":
            out += value
        else:
            out += struct.pack(WIDTHS[kind], value)
    return out


POSTING = ("amount", "fund_year", "ceiling", "cell", "comune", "voucher", "provider", "statement",
           "book", "kind", "from", "to")


class Entry:
    """Parts of an entry; `records`: [name, id, fields]; `postings`: dictionaries."""

    def __init__(self, data):
        self.head = bytearray(data[:68])
        sizes = struct.unpack_from("<IIII", data, 68)
        at = 84
        self.input = data[at:at + sizes[0]]
        at += sizes[0]
        self.records = []
        for _ in range(sizes[1]):
            kind, self.version, size, number = struct.unpack_from("<BBHI", data, at)
            fields = RECORDS[NAMES[kind]][1]
            self.records.append([NAMES[kind], number, read_fields(fields, data[at + 8:at + 8 + size])])
            at += 8 + size
        self.postings = []
        for _ in range(sizes[3]):
            self.postings.append(dict(zip(POSTING, struct.unpack_from("<QIIIIIIIBBBB", data, at))))
            at += 40
        assert at == len(data)

    sequence = property(lambda self: struct.unpack_from("<Q", self.head, 0)[0],
                        lambda self, to: struct.pack_into("<Q", self.head, 0, to))

    @property
    def command(self):
        return COMMANDS[self.head[20]]

    def of_kind(self, name):
        return [fields for kind, _, fields in self.records if kind == name]

    def bytes(self):
        writes = b""
        for name, number, fields in self.records:
            body = write_fields(RECORDS[name][1], fields)
            writes += struct.pack("<BBHI", RECORDS[name][0], 1, len(body), number) + body
        postings = b"".join(struct.pack("<QIIIIIIIBBBB", *(one[key] for key in POSTING))
                            for one in self.postings)
        return (bytes(self.head) + struct.pack("<IIII", len(self.input), len(self.records),
                                               len(writes), len(self.postings)) +
                self.input + writes + postings)


class Batch:
    """flags, instant, epoch and the entries' bytes; where it lay."""

    def __init__(self, flags, instant, epoch, entries, raw, place):
        self.flags, self.instant, self.epoch = flags, instant, epoch
        self.entries, self.raw = entries, raw
        self.segment, self.offset, self.sectors = place


class Journal:
    def __init__(self, folder):
        self.paths = sorted(pathlib.Path(folder).glob("journal-*.seg"))
        self.ledger_id = None
        self.batches = []
        for number, path in enumerate(self.paths):
            self._read(number, path.read_bytes())

    def _read(self, number, data):
        assert data[:8] == b"TITOLIJS"
        self.ledger_id, self.size = data[16:32], len(data)
        at = SECTOR
        while at < len(data) and data[at]:
            size = HEADER + struct.unpack_from("<I", data, at + 1 + 20)[0]
            sectors = -(-size // 511)
            body = b"".join(data[at + i * SECTOR + 1:at + (i + 1) * SECTOR] for i in range(sectors))
            flags, = struct.unpack_from("<H", body, 6)
            count, _, instant, epoch = struct.unpack_from("<IIqI", body, 16)
            place, slots, entries = HEADER, {}, []
            for _ in range(count):
                length, _, version, _ = struct.unpack_from("<IIHH", body, place)
                content = body[place + 12:place + 12 + length]
                entries.append(unpacked(content, slots) if version == 2 else content)
                place += 12 + length
            self.batches.append(Batch(flags, instant, epoch, entries, body[:size],
                                      (number, at, sectors)))
            at += sectors * SECTOR

    def last_of_entries(self):
        """The hash of the batch that holds the last entry."""
        return [batch for batch in self.batches if batch.entries][-1].raw[72:104].hex()

    def entries(self):
        for batch in self.batches:
            for place, data in enumerate(batch.entries):
                yield batch, place, Entry(data)

    def write(self, folder, rehash=True):
        """Into one segment of an empty folder: every sequence, check sum and hash made right for the
        new places; without `rehash` the batches' own bytes, in sectors as they must be."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("journal-*.seg"):
            old.unlink()
        body, before, sequence = bytearray(), bytes(32), 1
        for number, batch in enumerate(self.batches):
            packer, contents = Packer(), b""
            for entry in batch.entries:
                entry = struct.pack("<Q", sequence) + entry[8:]
                content = packer.content(entry)
                head = struct.pack("<I", len(content))
                tail = struct.pack("<HH", 2, 1) + content
                contents += head + struct.pack("<I", crc32c(head + tail)) + tail
                sequence += 1
            made = bytearray(struct.pack("<4sHHQIIqI", b"TJB1", 1, batch.flags,
                                         sequence - len(batch.entries), len(batch.entries),
                                         len(contents), batch.instant, batch.epoch))
            made += bytes(4) + before + bytes(32) + contents
            struct.pack_into("<I", made, 36, crc32c(bytes(made[:36] + made[40:72])))
            before = hashlib.sha256(made).digest()
            made[72:104] = before
            made = made if rehash else batch.raw
            for at in range(0, len(made), 511):
                body += bytes([0xc0 + number % 64]) + bytes(made[at:at + 511]).ljust(511, b"\0")
        self.last = (sequence - 1, before.hex())
        size = max(16384, -(-(SECTOR + len(body)) // 4096) * 4096)
        header = struct.pack("<8sHHI16sQQq32s", b"TITOLIJS", 1, 0, 0, self.ledger_id, 1, size,
                             -2 ** 63, bytes(32)).ljust(508, b"\0")
        header += struct.pack("<I", crc32c(header))
        (folder / "journal-0000000000000001.seg").write_bytes((header + body).ljust(size, b"\0"))
