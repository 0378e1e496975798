"""Arrays and one JSON document in one file, checked whole before anything is made of them.

The file is in the safetensors format; its metadata hold one value, "format checksum document". Every size that the file claims is
compared with the file's own before memory is taken, and a SHA-256 covers all that is read.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.errors import DataError, ModelFileError, SpecTypeError
from wellfit.plurals import counted

__all__ = ["FORMAT", "pack", "read_file", "unpack"]

Arrays = Mapping[str, NDArray[Any]]

# 1: the first. 2: temperature and threshold, encodings by the target, single networks. 3: weights of the networks in the average,
# which a reader of format 2 would pass over. 4: training ranges of the columns.
FORMAT = 4
# The one key of the file's metadata: several keys would be written in an order left to chance.
_KEY = "wellfit"
# What safetensors itself reads at most.
_LARGEST_HEADER = 100_000_000
# What training writes is nested some six levels deep.
_DEEPEST = 64


def pack(document: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Return the content of a file: a JSON document without nan and infinities, and C-contiguous arrays; equal input gives equal bytes.

    Raise `SpecTypeError` for what is not JSON, `DataError` for text that is not Unicode, or too much of it.
    """
    from safetensors.numpy import save

    try:
        text = json.dumps(document, allow_nan=False, ensure_ascii=False)
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise DataError(
            f"the model holds invalid Unicode text ({error.object[error.start : error.end]!r}), in a column's name, a category "
            "or a class, and cannot be saved; rename it."
        ) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise SpecTypeError(f"the model holds something that JSON cannot hold, and cannot be saved: {error}.") from error
    # The document is escaped once more inside the header, at most twice as long for what training writes.
    if 2 * size > _LARGEST_HEADER:
        raise DataError(
            f"the model's columns and categories take {counted(size, 'byte')}, and a file holds {_LARGEST_HEADER // 2:,} at most."
        )
    return save(dict(arrays), {_KEY: f"{FORMAT} {_checksum(text, arrays)} {text}"})


def read_file(path: str | os.PathLike[str], shown: str) -> bytes:
    """Return the content of a model's file, called `shown` in messages; of any other file no more than its header is read.

    The content is read, not mapped: if another process overwrote the file in place, a map would crash this one.
    """
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            raise ModelFileError(f"{shown} is {'a folder' if stat.S_ISDIR(mode) else 'not a regular file'}; name a model file.")
        with open(path, "rb") as handle:
            size = os.fstat(handle.fileno()).st_size
            _opened(handle.read(_header_size(handle.read(8), size, shown)), shown)
            handle.seek(0)
            return handle.read(size)
    except FileNotFoundError as error:
        raise ModelFileError(f"there is no model file {shown}; name the file that 'wellfit fit' wrote.") from error
    except ValueError as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{shown} is not a file name: {error}.") from error
    except OSError as error:
        raise ModelFileError(f"{shown} cannot be read: {(error.strerror or str(error)).lower()}.") from error


def unpack(content: bytes, shown: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the document and the arrays of a file; raise `ModelFileError` if it is foreign, damaged, or of a newer format.

    Sizes and checksum are checked; the document's numbers are finite, and its texts are Unicode.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    checksum, text = _opened(content[8 : 8 + _header_size(content[:8], len(content), shown)], shown)
    try:
        arrays = load(content)
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise _broken(shown) from error
    if checksum != _checksum(text, arrays):
        raise ModelFileError(f"{shown} is damaged: its content does not match its checksum; take another copy.")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{shown} is damaged: its document is not JSON.") from error
    if not isinstance(document, dict):
        raise ModelFileError(f"{shown} is damaged: its document is not a JSON object.")
    _check_values(document, shown)
    return document, arrays


def _header_size(start: bytes, size: int, shown: str) -> int:
    """Return how long the header is that the first eight bytes announce."""
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > min(size - 8, _LARGEST_HEADER):
        raise _broken(shown)
    return length


def _opened(header: bytes, shown: str) -> tuple[str, str]:
    """Return checksum and document of a header, if it is a model's, of a format that is known."""
    try:
        # Decoded here: of bytes, `json` would let the file choose another encoding.
        metadata = json.loads(header.decode()).get("__metadata__")
        value = metadata.get(_KEY, "") if isinstance(metadata, dict) else ""
        mark, checksum, text = (value.split(" ", 2) + ["", ""])[:3]
    except (ValueError, AttributeError, RecursionError) as error:
        raise _broken(shown) from error
    if not (mark.isascii() and mark.isdecimal() and len(mark) < 10 and int(mark) > 0):
        raise ModelFileError(f"{shown} is a safetensors file, but not a wellfit model; name the file that 'wellfit fit' wrote.")
    if int(mark) > FORMAT:
        raise ModelFileError(
            f"{shown} has model format {int(mark)}, and wellfit {wellfit.__version__} reads up to {FORMAT}; upgrade wellfit."
        )
    return checksum, text


def _broken(shown: str) -> ModelFileError:
    return ModelFileError(f"{shown} is not a wellfit model, or is damaged: it is not a complete safetensors file.")


def _checksum(document: str, arrays: Arrays) -> str:
    """SHA-256 over the document and every array's name, type, shape and content."""
    digest = hashlib.sha256(document.encode(errors="surrogatepass"))
    for name in sorted(arrays):
        values = arrays[name]
        digest.update(f"\0{name}\0{values.dtype.str}\0{values.shape}\0".encode(errors="surrogatepass"))
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _check_values(document: dict[str, Any], shown: str) -> None:
    """Raise if a document holds what `pack` would not write: what JSON can spell and others cannot cope with."""
    level: list[Any] = [document]
    for _ in range(_DEEPEST):
        for value in level:
            if isinstance(value, float) and not math.isfinite(value):
                raise ModelFileError(f"{shown} is damaged: its document holds a number that is not finite.")
            texts = [value] if isinstance(value, str) else value if isinstance(value, dict) else ()
            if not all(_is_unicode(text) for text in texts):
                raise ModelFileError(f"{shown} is damaged: its document holds invalid Unicode text.")
        level = [
            part for value in level for part in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        ]
        if not level:
            return
    raise ModelFileError(f"{shown} is damaged: its document is nested too deeply.")


def _is_unicode(text: str) -> bool:
    """Tell lone surrogates, which JSON can spell, from text that can be written and printed."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text) if not text.isascii() else True
