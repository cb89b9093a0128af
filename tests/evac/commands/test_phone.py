"""What the county's side does for phones: a login code to scan, and codes shown by a phone put together again."""

from __future__ import annotations

import hashlib
import io
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from typer.testing import CliRunner

from evac.cli import app
from evac.store.opening import open_tokens
from evac.store.sqlite import SQLiteStore
from evac.tokens import opened
from evac.web.login import Login, read_login
from riskmap.errors import DataError, SourceError
from riskmap.products.qr import qr_png, qr_svg

RUN = CliRunner()


def make(folder: Path, *more: str) -> list[str]:
    SQLiteStore(folder / "county.sqlite").close()
    return [
        "token", "new", "--registry", str(folder / "county.sqlite"), "--device", "phone-07", "--role", "clerk", "--scope",
        "330902001", *more,
    ]  # fmt: skip


def test_the_login_code_holds_a_token_that_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links: list[str] = []
    monkeypatch.setattr("riskmap.products.qr.qr_svg", lambda text: links.append(text) or qr_svg(text))
    file = tmp_path / "phone-07.svg"
    asked = [
        "--qr",
        str(file),
        "--server",
        "https://evac.county.lan:8443",
        "--actor",
        "王村长",
        "--place",
        "S330902-001",
    ]
    done = RUN.invoke(app, make(tmp_path, *asked))
    assert done.exit_code == 0
    login = read_login(links[0])
    assert (login.server, login.device, login.prefix) == (
        "https://evac.county.lan:8443",
        "phone-07",
        "330902001",
    )
    assert (login.actor, login.place) == ("王村长", "S330902-001")
    assert login.token not in done.output  # on the code alone
    tokens = open_tokens(str(tmp_path / "county.sqlite"))
    assert opened(login.token, tokens.token, now=datetime.now(UTC)) is not None
    tokens.close()
    assert file.stat().st_mode & 0o777 == 0o600
    picture = Image.open(io.BytesIO(qr_png(links[0]))).convert("L")
    assert zxingcpp.read_barcodes(picture)[0].text == links[0]


@pytest.mark.parametrize(
    ("server", "scope", "why"),
    [("http://evac.county.lan", "330902001", "https only"), ("https://a.example", "33", "larger roster")],
)
def test_no_token_is_made_for_a_code_that_no_phone_could_use(
    tmp_path: Path, server: str, scope: str, why: str
) -> None:
    asked = make(tmp_path, "--qr", str(tmp_path / "x.svg"), "--server", server)
    asked[asked.index("330902001")] = scope
    done = RUN.invoke(app, asked)
    assert isinstance(done.exception, DataError)
    assert why in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["county.sqlite"]


def test_a_login_is_a_code_that_a_phone_reads() -> None:
    url = Login(
        "https://evac.county.lan:8443",
        "evt_" + "a" * 12 + "_" + "b" * 43,
        "phone-07",
        "330902001",
        "王村长",
        "S330902-001",
    ).url()
    assert len(url) < 260


def test_scanned_codes_become_the_phones_file(tmp_path: Path) -> None:
    data = b'{"evac":"events","version":1,"device":"P7","count":0}\n'
    name = hashlib.sha256(data).hexdigest()[:8]
    codes = [f"EVX1:{name}:{n}/2:{b64encode(part).decode()}" for n, part in ((2, data[20:]), (1, data[:20]))]
    scans = tmp_path / "scans.txt"
    scans.write_text("\ufeff" + "\r\n".join(codes), encoding="utf-8")
    done = RUN.invoke(app, ["phone", "join", str(scans), "--out", str(tmp_path / "p7.jsonl")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "p7.jsonl").read_bytes() == data


def test_a_token_for_a_registry_that_is_not_there_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    done = RUN.invoke(
        app,
        [
            "token",
            "new",
            "--registry",
            str(tmp_path / "countty.sqlite"),
            "--device",
            "phone-07",
            "--role",
            "clerk",
            "--scope",
            "330902001",
        ],
    )
    assert isinstance(done.exception, SourceError)
    assert "no registry under that name" in str(done.exception)
    assert list(tmp_path.iterdir()) == []
