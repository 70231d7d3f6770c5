#!/usr/bin/env python3
"""Verifies a bundle that `docket export --format bundle` wrote, with nothing but Python 3.

usage: verify_bundle.py DIR [VKEY]

DIR is the bundle; VKEY the log's public key, as printed by `docket keygen --show`. Without it the key in the bundle is used,
which shows that the bundle is whole, but not whose it is.

It is written from the format documents alone (docs/formats.md; RFC 6962, RFC 8032, RFC 8785; c2sp.org/tlog-tiles,
tlog-checkpoint, signed-note) and shares no code with docket. Exit code: 0 all is well, 1 something is wrong, 2 usage.
"""

import base64
import hashlib
import json
import os
import re
import sys

# Ed25519 verification, RFC 8032 section 5.1.7. Slow and plain.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def point_add(a, b):
    """Adds two points in extended coordinates (X, Y, Z, T)."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    x, y, z, t = f - e, d - c, d + c, f + e
    return x * y % P, z * t % P, y * z % P, x * t % P


def point_mul(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = point_add(total, point)
        point = point_add(point, point)
        scalar >>= 1
    return total


def point_equal(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def recover_x(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def point_decode(data):
    y = int.from_bytes(data, "little")
    x = recover_x(y & (1 << 255) - 1, y >> 255)
    y &= (1 << 255) - 1
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def ed25519_verifies(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = point_decode(public), point_decode(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    return point_equal(point_mul(scalar, BASE), point_add(commitment, point_mul(challenge, key)))


# The tree, RFC 6962 section 2.1.


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def levels_of(leaves):
    """The tile levels of a tree: the leaves, then the roots of each 256 of them that are complete, and so on."""
    levels = [leaves]
    while len(levels[-1]) >= 256:
        below = levels[-1]
        levels.append([root_of(below[at : at + 256]) for at in range(0, len(below) - 255, 256)])
    return levels


def root_of(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    while len(hashes) > 1:
        paired = [node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes) - 1, 2)]
        # A last hash without a partner moves up unchanged.
        hashes = paired + hashes[len(paired) * 2 :]
    return hashes[0]


def tile_path(kind, index, width):
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    partial = "" if width == 256 else f".p/{width}"
    return f"tile/{kind}/{'/'.join(groups)}{partial}"


def tiles_of(count):
    """Index and width of each tile in a row of this many items."""
    return [(at // 256, min(256, count - at)) for at in range(0, count, 256)]


# Canonical JSON, RFC 8785, of values without fractions.


def object_without_repeats(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a name is repeated")
    if any(not name.isascii() for name in names):
        raise ValueError("a name is not ASCII")
    return dict(pairs)


def no_fraction(text):
    raise ValueError(f"{text} is not an integer")


def canonical_json(data, what):
    """The value of canonical JSON bytes; other spellings of it are refused."""
    value = json.loads(
        data.decode("utf-8"),
        object_pairs_hook=object_without_repeats,
        parse_float=no_fraction,
        parse_constant=no_fraction,
    )
    again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if again.encode("utf-8") != data:
        raise ValueError(f"{what} is not canonical JSON")
    return value


def strict_base64(text):
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError(f"{text!r} is not canonical base64")
    return data


def sealed_texts(value):
    """Every sealed text in a value, in canonical order: (digest, length)."""
    if isinstance(value, dict):
        if set(value) == {"bytes", "sealed"}:
            return [(strict_base64(value["sealed"]), value["bytes"])]
        return [text for name in sorted(value) for text in sealed_texts(value[name])]
    if isinstance(value, list):
        return [text for item in value for text in sealed_texts(item)]
    return []


class Bundle:
    """A bundle, with what was found wrong in it."""

    def __init__(self, directory):
        self.directory = directory
        self.problems = []

    def wrong(self, message):
        self.problems.append(message)

    def read(self, name):
        try:
            with open(os.path.join(self.directory, *name.split("/")), "rb") as file:
                return file.read()
        except OSError as error:
            self.wrong(f"{name}: {error.strerror}")
            return None

    def check(self, vkey):
        origin, size, root = self.check_checkpoint(vkey)
        entries = self.read_entries(size)
        self.check_tree(entries, root)
        events = self.check_entries(entries, origin)
        self.check_openings(events)
        self.check_sources(events)

    def check_checkpoint(self, vkey):
        """Reads the signed note and checks the signature; returns what it states."""
        note = (self.read("checkpoint") or b"").decode("utf-8")
        text, separator, signatures = note.rpartition("\n\n")
        text += "\n"
        lines = text.split("\n")
        if not separator or len(lines) != 4 or not re.fullmatch(r"0|[1-9][0-9]*", lines[1]):
            raise ValueError("checkpoint: this is not a signed checkpoint")
        origin, size, root = lines[0], int(lines[1]), strict_base64(lines[2])
        name, key_id, encoded = vkey.split("+", 2)
        key = strict_base64(encoded)
        expected_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
        if key[:1] != b"\1" or key_id != expected_id.hex():
            raise ValueError("the public key does not have the id that it states")
        if name != origin:
            self.wrong(f"checkpoint: of the log {origin}, but the key is of {name}")
        good = 0
        for line in signatures.removesuffix("\n").split("\n"):
            mark, signer, blob = line.split(" ")
            blob = strict_base64(blob)
            if mark != "\N{EM DASH}":
                raise ValueError("checkpoint: a signature line does not begin with a dash")
            if signer == name and blob[:4] == expected_id:
                if not ed25519_verifies(key[1:], text.encode("utf-8"), blob[4:]):
                    raise ValueError("checkpoint: the signature is wrong")
                good += 1
        if not good:
            raise ValueError("checkpoint: it is not signed by the key")
        print(f"checkpoint: {origin}, {size} entries, root {lines[2]}, signature good")
        return origin, size, root

    def read_entries(self, size):
        entries = []
        for index, width in tiles_of(size):
            name = tile_path("entries", index, width)
            data = self.read(name) or b""
            for _ in range(width):
                length = int.from_bytes(data[:2], "big")
                if len(data) < 2 + length:
                    raise ValueError(f"{name}: it ends too early")
                entries.append(data[2 : 2 + length])
                data = data[2 + length :]
            if data:
                self.wrong(f"{name}: bytes follow the last entry")
        return entries

    def check_tree(self, entries, root):
        count = 0
        levels = levels_of([leaf_hash(entry) for entry in entries])
        for level, hashes in enumerate(levels):
            for index, width in tiles_of(len(hashes)):
                name = tile_path(level, index, width)
                count += 1
                if self.read(name) != b"".join(hashes[index * 256 : index * 256 + width]):
                    self.wrong(f"{name}: it does not follow from the entries")
        if root_of(levels[0]) != root:
            self.wrong("checkpoint: the entries have another root")
        print(f"tree: {len(entries)} leaf hashes, {count} tiles and the root recomputed")

    def check_entries(self, entries, origin):
        """Canonical form, and what must hold from one entry to the next."""
        events, heads, ids, last_time = [], {}, set(), ""
        for index, data in enumerate(entries):
            event = canonical_json(data, f"entry {index}")
            version, previous = heads.get(event["subject"], (0, None))
            last_id = event["id"]
            for holds, what in [
                (event["sequence"] == f"{index:020}", "its sequence is not its place"),
                (event["time"] > last_time, "its time is not after that of the entry before it"),
                (event["subjectversion"] == version + 1, "its version does not continue its subject's"),
                (event.get("subjectprev") == previous, "it does not name its subject's previous entry"),
                (last_id not in ids, "its id is repeated"),
            ]:
                if not holds:
                    self.wrong(f"entry {index}: {what}")
            last_time = event["time"]
            ids.add(last_id)
            heads[event["subject"]] = (event["subjectversion"], leaf_hash(data).hex())
            events.append(event)
        if events and events[-1]["source"] != origin:
            self.wrong(f"checkpoint: of the log {origin}, but the entries are of {events[-1]['source']}")
        print(f"entries: {len(events)} canonical, {len(heads)} subjects in sequence")
        return events

    def check_openings(self, events):
        redacted = {
            (event["data"]["target"], event["data"]["field"])
            for event in events
            if event["type"] == "docket.text.redacted.v1"
        }
        lines = {}
        for number, line in enumerate((self.read("openings.jsonl") or b"").split(b"\n")[:-1], 1):
            value = canonical_json(line, f"openings.jsonl line {number}")
            if value["index"] in lines:
                self.wrong(f"openings.jsonl line {number}: entry {value['index']} is repeated")
            lines[value["index"]] = value["openings"]
        good = closed = 0
        for index, event in enumerate(events):
            texts = sealed_texts(event["data"])
            openings = lines.pop(index, [])
            if len(openings) != len(texts):
                self.wrong(f"entry {index}: {len(texts)} texts, but {len(openings)} openings")
                continue
            for ordinal, ((digest, length), opening) in enumerate(zip(texts, openings)):
                if opening is None:
                    closed += 1
                    if (event["id"], ordinal) not in redacted:
                        self.wrong(f"entry {index}: text {ordinal} is left out, and no redaction names it")
                    continue
                text = opening["text"].encode("utf-8")
                seal = b"docket/sealed/v1\0" + strict_base64(opening["salt"]) + text
                if hashlib.sha256(seal).digest() != digest or len(text) != length:
                    self.wrong(f"entry {index}: text {ordinal} does not match its digest")
                good += 1
        for index in lines:
            self.wrong(f"openings.jsonl: there is no entry {index} with texts")
        print(f"texts: {good} match their digests, {closed} redacted")

    def check_sources(self, events):
        redacted = {
            event["data"]["blob"] for event in events if event["type"] == "docket.text.redacted.v1"
        }
        good = 0
        sources = {}
        for event in events:
            if event["type"] in ("docket.source.received.v1", "docket.evidence.attached.v1"):
                sources.setdefault(event["data"]["sha256"], event["data"]["size"])
        for digest, size in sources.items():
            path = os.path.join(self.directory, "sources", str(digest))
            if digest is None or (digest in redacted and not os.path.exists(path)):
                continue
            data = self.read(f"sources/{digest}")
            if data is None:
                continue
            if hashlib.sha256(data).hexdigest() != digest or size not in (None, len(data)):
                self.wrong(f"sources/{digest}: not the bytes that were recorded")
            good += 1
        print(f"documents: {good} hashed")


def main(arguments):
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    bundle = Bundle(arguments[0])
    try:
        if len(arguments) == 2:
            vkey, whose = arguments[1], "given"
        else:
            vkey, whose = (bundle.read("log.vkey") or b"").decode("utf-8").removesuffix("\n"), "in the bundle"
        print(f"key: the one {whose}, {vkey}")
        bundle.check(vkey)
    except (ValueError, KeyError, TypeError) as error:
        bundle.wrong(str(error) or type(error).__name__)
    for problem in bundle.problems:
        print(f"WRONG: {problem}", file=sys.stderr)
    print("not verified" if bundle.problems else "verified")
    return 1 if bundle.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
