"""The configuration: whole or refused with file, line and key; secrets from elsewhere, and never shown."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from evac.channels.cap_feed import CapFeedChannel
from evac.channels.config import read_channels
from evac.channels.mail import MailChannel
from evac.channels.switchboard import Route
from evac.channels.web import GatewayChannel, RobotChannel
from riskmap.errors import ConfigError, SourceError

WHOLE = """
also = ["feed"]

[retries]
first_seconds = 10
by_hand_after = 2
seed = 7

[[channel]]
name = "mail"
kind = "mail"
host = "mail.county.invalid"
port = 465
security = "tls"
sender = "fxb@county.invalid"
user = "fxb"
secret = "env:MAIL"
timeout_seconds = 15
papers = ["out/*/signed"]
attach = ["document.pdf"]

[[channel]]
name = "group"
kind = "robot"
url = "file:robot.url"
secret = "env:ROBOT"
per_minute = 10
way = "浙政钉群"

[[channel]]
name = "sms"
kind = "gateway"
url = "https://sms.invalid/send"
form = { mobile = "{to}", content = "{text}", sign = "{account}" }
secrets = { account = "env:SMS" }
taken_path = "code"
taken = ["0"]
refused = ["1404"]

[[channel]]
name = "feed"
kind = "cap_feed"
folder = "feed"

[[channel]]
name = "exchange"
kind = "folder"
folder = "out"

[[channel]]
name = "screen"
kind = "stdout"

[[receiver]]
name = "甲县防指"
telephone = "0571-1234567"
route = [{ channel = "mail", to = "duty@a.invalid" }, { channel = "sms", to = "13800000000" }]

[[receiver]]
name = "乙县防指"
telephone = "0571-7654321"
"""
SECRETS = {"MAIL": "correct-horse", "ROBOT": "SEC-battery-staple", "SMS": "acc-0123456"}


def write(folder: Path, text: str = WHOLE, mode: int = 0o600) -> Path:
    url = folder / "robot.url"
    url.write_text("https://robot.invalid/send?access_token=token-0123456\n", encoding="utf-8")
    url.chmod(mode)
    path = folder / "channels.toml"
    path.write_text(text.replace("file:robot.url", f"file:{url}"), encoding="utf-8")
    return path


def test_a_whole_configuration(tmp_path: Path) -> None:
    plan = read_channels(write(tmp_path), environment=SECRETS)
    mail, group, sms, feed, *_ = plan.channels
    assert isinstance(mail, MailChannel)
    assert (mail.limit, mail.secret.reveal() if mail.secret else "") == (
        timedelta(seconds=15),
        "correct-horse",
    )
    assert mail.papers is not None
    assert mail.papers.names == ("document.pdf",)
    assert isinstance(group, RobotChannel)
    assert (group.way, group.pace.most, group.url.reveal()[-7:]) == ("浙政钉群", 10, "0123456")
    assert isinstance(sms, GatewayChannel)
    assert (sms.taken, sms.secrets["account"].reveal()) == (("0",), "acc-0123456")
    assert isinstance(feed, CapFeedChannel)
    assert feed.folder == tmp_path / "feed"
    assert plan.routes == {
        "甲县防指": (Route("mail", "duty@a.invalid"), Route("sms", "13800000000")),
        "乙县防指": (),
    }
    assert plan.telephones["乙县防指"] == "0571-7654321"
    assert plan.also == ("feed",)
    assert (plan.retries.first, plan.retries.by_hand_after, plan.retries.seed) == (
        timedelta(seconds=10),
        2,
        7,
    )
    shown = f"{plan!r} {plan}"
    assert not any(secret in shown for secret in (*SECRETS.values(), "token-0123456"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "mail"', 'kind = "maill"', "did you mean 'mail'"),
        ("port = 465", "port = 70000", "65535"),
        ('attach = ["document.pdf"]', "", "not whole"),
        ('attach = ["document.pdf"]', 'attach = "document.pdf"', "not whole"),
        ('papers = ["out/*/signed"]', 'papers = ["../*/signed"]', "leaves the folder"),
        ("port = 465", "prot = 465", "'port' is missing"),
        ("timeout_seconds = 15", "timeout_second = 15", "did you mean 'timeout_seconds'"),
        ("timeout_seconds = 15", "timeout_seconds = 3600", "300"),
        ('secret = "env:MAIL"', 'secret = "correct-horse"', "a secret is not written here"),
        ('secret = "env:MAIL"', 'secret = "env:MALI"', "not set"),
        ('secret = "env:MAIL"', 'secret = "file:/no/such"', "cannot be read"),
        ('secret = "env:MAIL"', "", "a login is a user and a secret"),
        ('security = "tls"', 'security = "plain"', "a password over an open line"),
        ('url = "https://sms', 'url = "http://sms', "without TLS"),
        ('url = "https://sms.invalid/send"', 'url = "sms"', "not an address"),
        ('taken = ["0"]', "", "never good"),
        ('channel = "sms", to', 'channel = "fax", to', "unknown word"),
        ('name = "sms"', 'name = "mail"', "one name"),
        ('name = "乙县防指"', 'name = "甲县防指"', "stands twice"),
        ("first_seconds = 10", "first_seconds = 0", "not a number"),
        ('folder = "feed"', "", "'folder' is missing"),
        ('host = "mail.county.invalid"', 'host = " "', "line 12.*an empty entry"),
        ("[retries]", "[retires]", "unknown key"),
        ('also = ["feed"]', 'also = ["food"]', "line 2, also: an unknown word"),
        ("per_minute = 10", 'per_minute = 10\ncertificates = "none.pem"', "certificates is not there"),
        ('taken_path = "code"', "body = { a = 1 }", "a form and a JSON body"),
        ("seed = 7", "seed = ", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_with_it(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in WHOLE
    with pytest.raises(ConfigError, match=said) as caught:
        read_channels(write(tmp_path, WHOLE.replace(old, new, 1)), environment=SECRETS)
    text = str(caught.value)
    assert "channels.toml" in text
    assert not any(secret in text for secret in (*SECRETS.values(), "token-0123456"))


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="chmod 600"):
        read_channels(write(tmp_path, mode=0o640), environment=SECRETS)


def test_an_empty_secret_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not set"):
        read_channels(write(tmp_path), environment={**SECRETS, "SMS": "  "})
    with pytest.raises(SourceError):
        read_channels(tmp_path / "none.toml", environment=SECRETS)
