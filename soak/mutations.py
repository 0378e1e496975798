"""Broken and forged model files, each a pure function of a number.

Half of them are damaged as disks and networks damage files. The others have a right checksum, so that the damage reaches what reads
the document and the arrays behind it.
"""

import copy
import json
import struct
from typing import NamedTuple

import numpy as np
from safetensors.numpy import load, save

from wellfit.store.container import _KEY, FORMAT, _checksum

WHOLE = [-1, 0, 1, 2, 3, 127, 255, 2**15, 2**31 - 1, 2**31, 2**32, 2**53, 2**60, 2**63 - 1, 2**63, 2**64, 2**200, -(2**60)]
FLOATS = [0.0, -0.0, 1.0, 0.5, -1.5, 1e-300, 5e-324, 1e38, 3.5e38, 1.7e308, -1.7e308]
TEXTS = [
    "",
    " ",
    "a",
    "float64",
    "float16",
    "adam",
    "lbfgs",
    "table",
    "network",
    "category",
    "number",
    "date",
    "\0",
    "\n\x1b[2J",
    "ü",
    "🎈",
]
PLAIN = [*WHOLE, *FLOATS, *TEXTS, None, True, False, [], {}, [[]], [None], {"": 0}, ["a", "a"], [1.5, 2.5]]
# As JSON text, for what `json.dumps` would not write.
RAW = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    '"\\ud800"',
    "9" * 5000,
    "[" * 90 + "]" * 90,
    "[" * 3000,
    '{"a":' * 2000,
    "1e-400",
]
SIZES = [0, 1, 7, 8, 9, 2**16, 2**31, 2**32, 2**53, 2**60, 2**63 - 1, 2**63, 2**64 - 1]
DTYPES = ["F64", "F32", "F16", "BF16", "F8_E4M3", "I64", "I32", "U8", "I8", "BOOL", "C64", "F4", "", "f32", "V0", "O"]
ARRAY_TYPES = ["float16", "float32", "float64", "int8", "int64", "uint64", "bool", "complex64"]
POKES = [np.nan, np.inf, -np.inf, 0.0, -1.0, 1e-45, 3.4e38, -3.4e38, 1e20]


class Mutation(NamedTuple):
    """One broken file.

    Attributes
    ----------
    name : str
        What was done.
    content : bytes
        The file.
    forged : bool
        Whether the checksum was computed anew. If not, a file that still loads must predict what the original did.
    origin : int
        Which of the originals it was.
    """

    name: str
    content: bytes
    forged: bool
    origin: int


def mutated(originals, number, seed=0):
    """Return the broken file that has this number."""
    draw = np.random.default_rng([seed, number])
    origin = int(draw.integers(len(originals)))
    content = originals[origin]
    if draw.random() < 0.35:
        return Mutation(*_damaged(content, originals, draw), False, origin)
    if draw.random() < 0.25:
        return Mutation(*_odd_header(content, draw), False, origin)
    return Mutation(*_forged(content, draw), True, origin)


# === Damage: bytes ===


def _damaged(content, originals, draw):
    name = str(draw.choice(list(DAMAGES)))
    broken = bytes(DAMAGES[name](content, originals, draw))
    # Most of the file is numbers; what is done to the header alone goes deeper.
    return (name, broken) if broken != content else ("a byte more", content + b"\0")


def _flip(content, originals, draw):
    broken = bytearray(content)
    end = len(broken) if draw.random() < 0.5 else min(len(broken), 300)
    for place in draw.integers(0, end, int(draw.integers(1, 9))):
        broken[place] ^= 1 << int(draw.integers(8))
    return broken


def _overwrite(content, originals, draw):
    broken, (start, stop) = bytearray(content), _span(content, draw)
    broken[start:stop] = draw.bytes(stop - start) if draw.random() < 0.5 else bytes(stop - start)
    return broken


def _cut_out(content, originals, draw):
    start, stop = _span(content, draw)
    return content[:start] + content[stop:]


def _repeat(content, originals, draw):
    start, stop = _span(content, draw)
    return content[:stop] + content[start:]


def _splice(content, originals, draw):
    other = originals[int(draw.integers(len(originals)))]
    return content[: int(draw.integers(len(content)))] + other[int(draw.integers(len(other))) :]


def _digits(content, originals, draw):
    """Put other digits into the header: sizes, offsets, numbers of the document."""
    broken = bytearray(content)
    places = [place for place in range(8, _header_end(content)) if 48 <= content[place] <= 57]
    for place in draw.choice(places, min(len(places), int(draw.integers(1, 5))), replace=False):
        broken[place] = 48 + int(draw.integers(10))
    return broken


def _announce(content, originals, draw):
    return struct.pack("<Q", SIZES[int(draw.integers(len(SIZES)))]) + content[8:]


def _span(content, draw):
    start = int(draw.integers(len(content)))
    return start, min(len(content), start + int(2 ** draw.uniform(0, 10)))


DAMAGES = {
    "cut off": lambda content, originals, draw: content[: int(draw.integers(len(content)))],
    "longer": lambda content, originals, draw: content + draw.bytes(int(draw.integers(1, 100))),
    "bits flipped": _flip,
    "overwritten": _overwrite,
    "cut out": _cut_out,
    "repeated": _repeat,
    "spliced": _splice,
    "digits": _digits,
    "header size": _announce,
}


# === Damage: a header that says other things ===


def _odd_header(content, draw):
    end = _header_end(content)
    header, data = json.loads(content[8:end]), content[end:]
    names = [name for name in header if name != "__metadata__"]
    name = names[int(draw.integers(len(names)))]
    entry, what = header[name], str(draw.choice(["dtype", "shape", "offsets", "name", "twice", "metadata", "entry", "mark"]))
    if what == "dtype":
        entry["dtype"] = DTYPES[int(draw.integers(len(DTYPES)))]
    elif what == "shape":
        entry["shape"] = [SIZES[int(draw.integers(len(SIZES)))] for _ in range(int(draw.integers(0, 5)))]
    elif what == "offsets":
        entry["data_offsets"][int(draw.integers(2))] = SIZES[int(draw.integers(len(SIZES)))]
    elif what == "name":
        header[names[int(draw.integers(len(names)))] + str(draw.choice(["", "x", "\0", "ü"]))] = header.pop(name)
    elif what == "twice":
        header[name + "'"] = entry
    elif what == "metadata":
        header["__metadata__"] = _pick(draw, PLAIN)
    elif what == "mark":
        mark, rest = header["__metadata__"][_KEY].split(" ", 1)
        header["__metadata__"][_KEY] = str(_pick(draw, ["", "0", str(FORMAT + 1), "x", "-1", "1" * 400, "²", mark + mark])) + " " + rest
    else:
        header[name] = _pick(draw, PLAIN)
    text = json.dumps(header)
    if draw.random() < 0.1:
        text = text.replace(f'"{name}"', f'"{name}": {_pick(draw, RAW)}, "{name}"', 1)
    packed = text.encode(errors="surrogatepass")
    return f"header: {what}", struct.pack("<Q", len(packed)) + packed + data


def _header_end(content):
    return 8 + int.from_bytes(content[:8], "little")


# === Forgery: the checksum is right ===


def _forged(content, draw):
    header = json.loads(content[8 : _header_end(content)])
    mark, _, text = header["__metadata__"][_KEY].split(" ", 2)
    arrays, done = load(content), []
    document = json.loads(text)
    raw = None
    for _ in range(1 + int(draw.random() < 0.3)):
        if draw.random() < 0.6:
            if draw.random() < 0.15:
                raw = _pick(draw, RAW)
                document, step = _changed(document, lambda _: "@raw@", draw)
            else:
                document, step = _changed(document, lambda value: _other(value, content, draw), draw)
            done.append(step)
        else:
            done.append(_poke_arrays(arrays, draw))
    if draw.random() < 0.03:
        mark = str(draw.integers(1, FORMAT + 1))
    text = json.dumps(document)
    if raw is not None:
        text = text.replace('"@raw@"', raw)
    return "; ".join(done), save(arrays, {_KEY: f"{mark} {_checksum(text, arrays)} {text}"})


def _changed(document, change, draw):
    """Change one value of a document, leave it out, double it, or put another in its place; return the document and what was done."""
    places = list(_places(document))
    if not places:
        return change(document), "document"
    holder, key, path = places[int(draw.integers(len(places)))]
    how = draw.random()
    if how < 0.12:
        del holder[key]
        return document, f"{path} left out"
    if how < 0.2 and isinstance(holder, list):
        holder[key:key] = [copy.deepcopy(holder[key]) for _ in range(int(2 ** draw.uniform(0, 8)))]
        return document, f"{path} repeated"
    if how < 0.3:
        other, place, where = places[int(draw.integers(len(places)))]
        value = copy.deepcopy(other[place])
        holder[key] = value
        return document, f"{path} from {where}"
    if how < 0.36 and isinstance(holder, dict):
        holder[str(_pick(draw, [*TEXTS, "more", "x" * 100_000]))] = holder.pop(key)
        return document, f"{path} renamed"
    holder[key] = change(holder[key])
    return document, f"{path} = {str(holder[key])[:30]!r}"


def _places(value, path=""):
    """Yield every holder and key in a document."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key, f"{path}/{key}"
        yield from _places(value[key], f"{path}/{key}")


def _other(value, content, draw):
    """Return a value of the same kind, or of any, or far too much of it."""
    how = draw.random()
    if how < 0.01:
        return _pick(draw, [[1] * 20_000, ["a"] * 2000, [f"level {number}" for number in range(20_000)], "x" * 300_000, [[1] * 500] * 20])
    if how < 0.5 and isinstance(value, bool):
        return not value
    if how < 0.4 and isinstance(value, int):
        return value + int(draw.integers(-2, 3))
    if how < 0.6 and isinstance(value, int | float):
        return _pick(draw, [*WHOLE, *FLOATS])
    if how < 0.4 and isinstance(value, str):
        return _pick(draw, [*TEXTS, value + " ", value.upper()])
    return _pick(draw, PLAIN)


def _poke_arrays(arrays, draw):
    """Change one array, and say how."""
    name = _pick(draw, sorted(arrays))
    values, how = (
        arrays[name],
        str(draw.choice(["type", "shape", "flat", "cut", "longer", "value", "fill", "gone", "renamed", "more", "turned"])),
    )
    if how == "type":
        with np.errstate(all="ignore"):
            # What was made complex a moment ago has no warning to give when it is made real again.
            arrays[name] = values.real.astype(_pick(draw, ARRAY_TYPES))
    elif how == "shape":
        arrays[name] = values.reshape(*[1] * int(draw.integers(1, 4)), *values.shape)
    elif how == "flat":
        arrays[name] = values.reshape(-1)
    elif how == "cut":
        arrays[name] = values[: int(draw.integers(len(values) + 1))].copy()
    elif how == "longer":
        arrays[name] = np.concatenate([values, values])
    elif how == "value" and values.size:
        changed = values.copy()
        with np.errstate(all="ignore"):
            changed.flat[int(draw.integers(values.size))] = np.array(_pick(draw, POKES)).astype(values.dtype)
        arrays[name] = changed
    elif how == "fill":
        with np.errstate(all="ignore"):
            arrays[name] = np.full_like(values, _pick(draw, POKES))
    elif how == "gone":
        del arrays[name]
    elif how == "renamed":
        arrays[_pick(draw, [*TEXTS, _pick(draw, sorted(arrays))])] = arrays.pop(name)
    elif how == "more":
        arrays[f"preparation.{_pick(draw, TEXTS)}"] = values
    else:
        arrays[name] = np.ascontiguousarray(values.T)
    return f"array {name}: {how}"


def _pick(draw, values):
    return values[int(draw.integers(len(values)))]
