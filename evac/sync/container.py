"""The file that travels: a header in clear, lines in sealed chunks, a digest and a signature over all of it.

::

    "EVACBNDL" · version (2 bytes) · length (4) · header, JSON
    chunk*     · length (4) · zlib, ChaCha20-Poly1305 (RFC 8439), key = HKDF-SHA256 (RFC 5869) of the event's key for bundles and a salt
    0 (4)      · BLAKE2b-256 of everything before · Ed25519 (RFC 8032) of the node over that digest

A chunk's nonce is its number, since each file has a key of its own; its associated data are the digest of the header. Chunks hold
whole lines and at most a mebibyte of them, so a log of any length is written and read in little memory. A reader goes over the
file twice: once for its digest and signature, before a line of it is believed, and once for the lines.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from evac.errors import BundleError, Fault

MAGIC: Final = b"EVACBNDL"
_CONTAINER_VERSION: Final = 1
_PURPOSE: Final = b"evac bundle 1"
_CHUNK: Final = 1 << 20  # bytes of lines
_SEALED_MOST: Final = _CHUNK + (1 << 14)  # what does not compress, and its tag
_HEADER_MOST: Final = 1 << 20
_LENGTH: Final = struct.Struct(">I")
_FAST: Final = 3  # zlib level: random ids are half of an event, a higher one gains 3 % and halves the speed


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: lines, bytes, and the digest that names the file."""

    lines: int
    size: int
    digest: bytes


def file_key(bundle_key: bytes, salt: bytes) -> bytes:
    """Key of one file, 32 bytes, from the event's key for bundles: it dies with it.

    References
    ----------
    RFC 5869, HKDF.
    """
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=_PURPOSE).derive(bundle_key)


def write_container(
    file: BinaryIO,
    header: Mapping[str, Any],
    lines: Iterable[bytes],
    *,
    key: bytes,
    signer: Ed25519PrivateKey,
) -> Written:
    """Write a file chunk by chunk.

    Parameters
    ----------
    header : mapping
        JSON; read by anybody.
    lines : iterable of bytes
        Without line ends; each shorter than a mebibyte.
    key : bytes
        32 bytes, never used for another file; see ``file_key``.
    signer : Ed25519PrivateKey
        Of the node.
    """
    told = json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    running = hashlib.blake2b(digest_size=32)
    size = 0

    def put(part: bytes) -> None:
        nonlocal size
        running.update(part)
        size += len(part)
        file.write(part)

    put(MAGIC + _CONTAINER_VERSION.to_bytes(2, "big") + _LENGTH.pack(len(told)) + told)
    about, cipher, count = hashlib.blake2b(told, digest_size=32).digest(), ChaCha20Poly1305(key), 0
    for number, (chunk, n) in enumerate(_chunks(lines)):
        sealed = cipher.encrypt(_nonce(number), zlib.compress(chunk, _FAST), about)
        put(_LENGTH.pack(len(sealed)) + sealed)
        count += n
    put(_LENGTH.pack(0))
    digest = running.digest()
    file.write(digest + signer.sign(_PURPOSE + digest))
    return Written(count, size + 96, digest)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _chunks(lines: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    held: list[bytes] = []
    size = 0
    for line in lines:
        if held and size + len(line) + 1 > _CHUNK:
            yield b"\n".join(held), len(held)
            held, size = [], 0
        held.append(line)
        size += len(line) + 1
    if held:
        yield b"\n".join(held), len(held)


class Container:
    """A file to be read; nothing of its lines is given out before ``check``.

    Parameters
    ----------
    file : BinaryIO
        Open and seekable.
    where : str
        Its name, for errors.

    Attributes
    ----------
    header : dict
        Not believed before ``check``.

    Raises
    ------
    BundleError
        Not such a file, of a newer version, or cut short within its header.
    """

    def __init__(self, file: BinaryIO, where: str) -> None:
        self._file = file
        self.where = where
        self.digest = b""
        self._marks: list[tuple[int, int, bytes]] = []  # offset, length and digest of each chunk
        file.seek(0)
        start = file.read(len(MAGIC) + 2)
        if start[: len(MAGIC)] != MAGIC[: len(start)] or not start:
            raise self.error(
                Fault.NO_BUNDLE, "choose the file that `evac bundle export` wrote", found=repr(start[:8])
            )
        if (
            len(start) == len(MAGIC) + 2
            and (version := int.from_bytes(start[len(MAGIC) :], "big")) != _CONTAINER_VERSION
        ):
            raise self.error(
                Fault.NEWER,
                "install the newer version here first",
                f"version {_CONTAINER_VERSION}",
                f"version {version}",
            )
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > _HEADER_MOST:
            raise self._damaged(f"a header of {length} bytes")
        self._told = self._exactly(length)
        self._body = file.tell()
        try:
            self.header: dict[str, Any] = json.loads(self._told)
        except (ValueError, RecursionError) as error:
            raise self._damaged("a header that is no JSON") from error
        if not isinstance(self.header, dict):
            raise self._damaged("a header that is no object")

    def error(
        self, fault: Fault, remedy: str, expected: str | None = None, found: str | None = None
    ) -> BundleError:
        """An error about this file."""
        return BundleError(fault, where=self.where, expected=expected, found=found, remedy=remedy)

    def _damaged(self, found: str) -> BundleError:
        return self.error(Fault.BAD_DIGEST, "export it again, to another stick", found=found)

    def _exactly(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) != length:
            raise self.error(
                Fault.TRUNCATED, "copy or export the file again, and wait until the stick may be taken out"
            )
        return data

    def check(self, public: Ed25519PublicKey) -> None:
        """Read the whole file once: complete, undamaged, and signed by this key.

        Raises
        ------
        BundleError
            Each way of failing by its own ``fault``.
        """
        self._file.seek(0)
        running = hashlib.blake2b(self._exactly(self._body), digest_size=32)
        marks = []
        while True:
            head = self._exactly(_LENGTH.size)
            running.update(head)
            (length,) = _LENGTH.unpack(head)
            if not length:
                break
            if length > _SEALED_MOST:
                raise self._damaged(f"a chunk of {length} bytes")
            offset, sealed = self._file.tell(), self._exactly(length)
            running.update(sealed)
            marks.append((offset, length, hashlib.blake2b(sealed, digest_size=16).digest()))
        digest, signature = self._exactly(32), self._exactly(64)
        if self._file.read(1):
            raise self._damaged("more after its end")
        if digest != running.digest():
            raise self._damaged("another digest than the one at its end")
        try:
            public.verify(signature, _PURPOSE + digest)
        except InvalidSignature as error:
            raise self.error(
                Fault.BAD_SIGNATURE, "ask the sender; do not take it in. Somebody else may have written it"
            ) from error
        self.digest, self._marks = digest, marks

    def lines(self, key: bytes) -> Iterator[bytes]:
        """The lines of a file that was checked.

        Parameters
        ----------
        key : bytes
            See ``file_key``.

        Raises
        ------
        BundleError
            The key does not fit, or the file was changed since it was checked.
        """
        about, cipher = hashlib.blake2b(self._told, digest_size=32).digest(), ChaCha20Poly1305(key)
        for number, (offset, length, digest) in enumerate(self._marks):
            self._file.seek(offset)
            sealed = self._exactly(length)
            if hashlib.blake2b(sealed, digest_size=16).digest() != digest:
                raise self._damaged("another content than a moment ago")
            try:
                packed = cipher.decrypt(_nonce(number), sealed, about)
            except InvalidTag as error:
                raise self.error(Fault.WRONG_KEY, "give the key of this event: --key") from error
            yield from self._unpacked(packed).split(b"\n")

    def _unpacked(self, packed: bytes) -> bytes:
        """A chunk, never more than it may hold, whatever it says."""
        tool = zlib.decompressobj()
        try:
            chunk = tool.decompress(packed, _CHUNK + 1)
        except zlib.error as error:
            raise self._damaged("a chunk that cannot be unpacked") from error
        if len(chunk) > _CHUNK or not tool.eof:
            raise self._damaged("a chunk larger than any may be")
        return chunk
