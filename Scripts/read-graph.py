#!/usr/bin/env python3
"""Reads a .graph file by Documentation/FileFormat.md alone and prints its facts.

    Scripts/read-graph.py NAME.graph

The log is not read: close the store first. Every checksum is compared.
"""
import struct
import sys

M = (1 << 64) - 1
P1, P2, P3, P4, P5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
                      0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)


def rotate(x, r):
    return ((x << r) | (x >> (64 - r))) & M


def round_(acc, lane):
    return rotate((acc + lane * P2) & M, 31) * P1 & M


def xxh64(data, seed=0):
    n, at = len(data), 0
    if n >= 32:
        acc = [(seed + P1 + P2) & M, (seed + P2) & M, seed, (seed - P1) & M]
        while at + 32 <= n:
            for i, lane in enumerate(struct.unpack_from("<4Q", data, at)):
                acc[i] = round_(acc[i], lane)
            at += 32
        h = sum(rotate(a, r) for a, r in zip(acc, (1, 7, 12, 18))) & M
        for a in acc:
            h = ((h ^ round_(0, a)) * P1 + P4) & M
    else:
        h = (seed + P5) & M
    h = (h + n) & M
    while at + 8 <= n:
        h = (rotate(h ^ round_(0, struct.unpack_from("<Q", data, at)[0]), 27) * P1 + P4) & M
        at += 8
    if at + 4 <= n:
        h = (rotate(h ^ struct.unpack_from("<I", data, at)[0] * P1 & M, 23) * P2 + P3) & M
        at += 4
    for byte in data[at:]:
        h = rotate(h ^ byte * P5 & M, 11) * P1 & M
    h = (h ^ h >> 33) * P2 & M
    h = (h ^ h >> 29) * P3 & M
    return h ^ h >> 32


def bits(data, start, place, width):
    if width == 0:
        return 0
    bit = place * width
    word = int.from_bytes(data[start + bit // 8:start + (bit + width + 7) // 8], "little")
    return word >> bit % 8 & (1 << width) - 1


def lanes(data, start, width):
    """128 numbers of which every fourth is in the same lane of words of 32 bits."""
    words = struct.unpack_from(f"<{width * 4}I", data, start)
    rows = [sum(word << 32 * i for i, word in enumerate(words[lane::4])) for lane in range(4)]
    return [rows[i % 4] >> i // 4 * width & (1 << width) - 1 for i in range(128)]


def column(data, at):
    """The values of the packed column at an offset, and where it ends."""
    count, kind, w, v, strict, length = struct.unpack_from("<IBBBBQ", data, at)
    if kind == 1:
        first, step = struct.unpack_from("<QQ", data, at + 16)
        return [first + i * step for i in range(count)], at + length
    blocks = (count + 127) // 128
    groups = at + 16
    relative = groups + (blocks + 31) // 32 * 8
    firsts = relative + blocks * 2
    result = []
    for block in range(blocks):
        size = min(128, count - block * 128)
        start = at + struct.unpack_from("<Q", data, groups + block // 32 * 8)[0]
        start += struct.unpack_from("<H", data, relative + block * 2)[0]
        first = bits(data, firsts, block, w)
        width, mode = data[start], data[start + 1]
        end = start + 2 + (size * width + 7) // 8
        if size == 128:
            numbers = lanes(data, start + 2, min(width, 32))
            if width > 32:
                high = lanes(data, start + 2 + 32 * 16, width - 32)
                numbers = [low | high[i] << 32 for i, low in enumerate(numbers)]
        else:
            numbers = [bits(data, start + 2, i, width) for i in range(size)]
        exceptions = mode & 127
        if exceptions:
            high = data[end]
            places, limit = data[end + 1:end + 1 + exceptions], (size + 7) // 8
            if exceptions > limit:
                places = [i for i in range(size) if bits(data, end + 1, i, 1)]
            for i, place in enumerate(places):
                numbers[place] |= bits(data, end + 1 + min(exceptions, limit), i, high) << width
        if mode >= 128:
            value = first - strict
            for number in numbers:
                value = (value + number + strict) & (1 << v) - 1
                result.append(value)
        else:
            result += [first + number for number in numbers]
    return result, at + length


class Reader:
    """Columns and fields of a section, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def column(self):
        values, self.at = column(self.data, self.at)
        self.at = (self.at + 7) & ~7
        return values

    def take(self, form):
        value = struct.unpack_from("<" + form, self.data, self.at)[0]
        self.at += struct.calcsize("<" + form)
        return value

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take("B")
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def text(self):
        size = self.varint()
        self.at += size
        return self.data[self.at - size:self.at].decode()

    def words(self, kind, texts):
        form, scale = self.take("B"), self.take("B")
        self.at += 6
        values = self.column()
        if form in (1, 2):
            values = [v - (1 << 63) for v in values]
        if form == 2:
            values = [v / 10 ** scale for v in values]
        if form == 3:
            values = [struct.unpack("<d", struct.pack("<Q", v))[0] for v in values]
        if kind == 0:
            values = [texts[v] for v in values]
        return [bool(v) for v in values] if kind == 4 else values


def dictionary(data):
    reader = Reader(data)
    count, _, _ = reader.take("I"), reader.take("I"), reader.take("Q")
    unit, _ = reader.take("B"), reader.take("B")
    symbols = []
    for _ in range(reader.take("B")):
        size = reader.take("B")
        symbols.append(data[reader.at:reader.at + size])
        reader.at += size
    reader.at = (reader.at + 7) & ~7
    starts, payload = column(data, reader.at)
    texts = []
    for start in starts:
        reader.at, text = payload + start, b""
        for _ in range(min(16, count - len(texts))):
            head = reader.take("B")
            shared, codes = head >> 4, head & 15
            shared += reader.varint() if shared == 15 else 0
            codes += reader.varint() if codes == 15 else 0
            text, end = text[:shared * unit], reader.at + codes
            while reader.at < end:
                code = reader.take("B")
                text += bytes([reader.take("B")]) if code == 255 else symbols[code]
            texts.append(text.decode())
    return texts


def read(path):
    data = open(path, "rb").read()
    assert data[:8] == b"graphsh\x1a" and struct.unpack_from("<I", data, 8)[0] == 3
    assert xxh64(data[:24]) == struct.unpack_from("<Q", data, 24)[0]
    copies = [data[at:at + 128] for at in (4096, 6144, 8192, 10240)]
    valid = [c for c in copies if xxh64(c[:120]) == struct.unpack_from("<Q", c, 120)[0]]
    header = max(valid, key=lambda c: struct.unpack_from("<Q", c)[0])
    _, root, size, check, _, salt = struct.unpack_from("<6Q", header)
    assert struct.unpack_from("<I", header, 64)[0] & ~1 == 0, "the file uses unknown features"
    assert salt == 0, "the file has a log; close the store first"
    assert xxh64(data[root:root + size]) == check
    sections = []
    for i in range(struct.unpack_from("<Q", data, root)[0]):
        kind, codec, first, second, removed, offset, length, count, check = struct.unpack_from(
            "<HHIIIQQQQ", data, root + 8 + 48 * i)
        body = data[offset:offset + length]
        if length <= 65536:
            assert xxh64(body) == check
        else:
            at, blocks = (offset + length + 7) & ~7, (length + 65535) // 65536
            sums = data[at:at + 8 * blocks]
            assert xxh64(sums) == check
            for block in range(blocks):
                assert xxh64(body[block << 16:block + 1 << 16]) == struct.unpack_from(
                    "<Q", sums, block * 8)[0]
        sections.append((kind, codec, first, second, count, body, removed))
    return sections


def added_texts(data):
    """Texts in the order of their arrival."""
    reader = Reader(data)
    places, _ = reader.column(), reader.column()
    ordered = dictionary(data[reader.at:])
    return [ordered[place] for place in places]


def grams(text):
    """Pairs of characters, and threes within ASCII, as the numbers that the index of texts has."""
    characters = [int.from_bytes(c.encode(), "big") for c in text]
    for i in range(1, len(characters)):
        last, this = characters[i - 1], characters[i]
        if last >= 128 or this >= 128:
            yield last << 32 | this
        elif i > 1 and characters[i - 2] < 128:
            yield 1 << 63 | characters[i - 2] << 16 | last << 8 | this


def check_text_index(bits, size, count, body, texts):
    """Compares the index of texts with the texts."""
    groups = (size + 15) // 16
    expected = {((gram * 0x9E3779B97F4A7C15 & M) >> 64 - bits) * groups + term // 16
                for term in range(size) for gram in grams(texts[term])}
    values, _ = column(body, 0)
    assert len(values) == count and values == sorted(expected), "the index of texts is wrong"


def citations(reader):
    return list(zip(reader.column(), reader.column(), reader.column()))


class Changes:
    """What a section of changes says of a table with `total` rows."""

    def __init__(self, kind, total, count, removed, body, texts):
        reader = Reader(body)
        self.dead = set(reader.column())
        self.nodes = reader.column()
        assert len(self.dead) == removed and len(self.nodes) == count
        self.targets = reader.column() if kind == 17 else []
        self.values = []
        for _ in range(reader.take("Q") if kind in (17, 18) else 0):
            key, codec, _ = reader.take("I"), reader.take("H"), reader.take("H")
            places = reader.column()
            self.values.append((key, codec, [total + place for place in places],
                                reader.words(codec & 255, texts)))
        self.citations = citations(reader) if kind in (16, 17) else []
        assert reader.at == len(body)


def facts(sections):
    texts = next((dictionary(s[5]) for s in sections if s[0] == 1), [])
    for section in sections:
        if section[0] == 2:
            texts = texts + added_texts(section[5])
    totals = {(s[0], s[2]): s[4] for s in sections}
    # A section of changes belongs to the section of the table's rows.
    owner = {15: 3, 16: 4, 17: 6, 18: 9}
    changes = {(owner[s[0]], s[2]): Changes(s[0], totals[owner[s[0]], s[2]], s[4], s[6], s[5], texts)
               for s in sections if s[0] in owner}

    def rows_of(kind, first, base, later):
        """The rows of a table by their places: those of the base that are left, and later ones."""
        known = changes.get((kind, first))
        dead = known.dead if known else ()
        rows = {place: row for place, row in enumerate(base) if place not in dead}
        rows.update((len(base) + i, row) for i, row in enumerate(later(known) if known else []))
        return rows

    def values_of(kind, first, second, codec, pairs):
        """Property values by place; those of later rows come from the changes."""
        known = changes.get((kind, first))
        for key, form, places, words in known.values if known else []:
            if key == second:
                assert form & 255 == codec & 255
                pairs = pairs + list(zip(places, words))
        return pairs

    edges = {}
    keys = set()
    for kind, codec, first, second, count, body, _ in sections:
        reader = Reader(body)
        if kind == 4:
            for node in rows_of(4, first, reader.column(), lambda c: c.nodes).values():
                yield f"label {texts[first]} {texts[node]}"
        elif kind == 6:
            number = reader.take("Q")
            sources, offsets, ranks = reader.column(), reader.column(), reader.column()
            targets, into, back = reader.column(), reader.column(), reader.column()
            owners = [s for i, s in enumerate(sources) for _ in range(offsets[i + 1] - offsets[i])]
            base = list(zip(owners, [targets[r] for r in ranks]))
            turned = [(sources[back[j]], t) for i, t in enumerate(targets)
                      for j in range(into[i], into[i + 1])]
            assert number == count == len(base) and sorted(turned) == sorted(base)
            edges[first] = rows_of(6, first, base, lambda c: zip(c.nodes, c.targets))
            for source, target in edges[first].values():
                yield f"edge {texts[first]} {texts[source]} {texts[target]}"
        elif kind == 7:
            keys.add((first, second))
            places = reader.column()
            pairs = list(zip(places, reader.words(codec & 255, texts)))
            for place, value in values_of(6, first, second, codec, pairs):
                if place in edges[first]:
                    source, target = edges[first][place]
                    yield (f"edge property {texts[first]} {texts[source]} {texts[target]} "
                           f"{texts[second]} {value}")
        elif kind == 9:
            nodes = reader.column()
            words = dict(enumerate(reader.words(codec & 255, texts)))
            words.update(values_of(9, first, first, codec, []))
            for place, node in rows_of(9, first, nodes, lambda c: c.nodes).items():
                yield f"node property {texts[node]} {texts[first]} {words[place]}"
        elif kind == 20:
            check_text_index(codec, second, count, body, texts)
        elif kind == 10:
            for alias, node in zip(reader.column(), reader.column()):
                yield f"alias {texts[alias]} {texts[node]}"
        elif kind == 12:
            for _ in range(reader.varint()):
                yield f"document {reader.text()} {reader.text()!r}"
    # Properties that only later edges have.
    for (kind, first), known in changes.items():
        for key, codec, places, words in known.values if kind == 6 else []:
            for place, value in zip(places, words) if (first, key) not in keys else []:
                source, target = edges[first][place]
                yield (f"edge property {texts[first]} {texts[source]} {texts[target]} "
                       f"{texts[key]} {value}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print("\n".join(sorted(facts(read(sys.argv[1])))))
