"""`evac channels` as it is typed: from an outbox to a feed, a gateway, a call list, and the answers into the log."""

from __future__ import annotations

import csv
import email
import io
import signal
from datetime import UTC, datetime
from email import policy
from pathlib import Path

import pytest

from evac.cli import main
from evac.orders.desk import Desk
from evac.orders.outbox import Purpose, outgoing_json
from evac.orders.task_desk import TaskDesk
from evac.orders.tasks import Stage
from evac.signing import write_papers
from evac.store.sqlite_documents import SQLiteDocumentLog
from tests.evac.channels.servers import Post, http_server, in_turn, mail_server, outgoing, says
from tests.evac.orders.office import SIGNED_AT, draft, message

CONFIG = """
[[channel]]
name = "sms"
kind = "gateway"
url = "{url}"
plain = true
body = {{ phone = "{{to}}", text = "{{text}}" }}

[[channel]]
name = "feed"
kind = "cap_feed"
folder = "feed"

[[receiver]]
name = "甲县防指"
telephone = "0571-1"
route = [{{ channel = "sms", to = "138" }}]

[[receiver]]
name = "乙县防指"
telephone = "0571-2"

[[receiver]]
name = "公众信息流"
route = [{{ channel = "feed" }}]
"""


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    """Exit code, and what a command prints on both."""
    code = 0
    try:
        main([str(word) for word in words])
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr()
    return code, said.out + said.err


def test_from_the_outbox_to_the_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = tmp_path / "documents.sqlite"
    desk = Desk(SQLiteDocumentLog(documents))
    signed = desk.sign(draft(), signer="张三", at=SIGNED_AT, message=message())
    desk.published(signed.signed.draft, [("document.pdf", "0" * 64)], by="张三", at=SIGNED_AT)
    desk.log.close()
    given = {"draft": signed.signed.draft, "number": signed.number, "purpose": Purpose.DOCUMENT}
    outbox = tmp_path / "out.jsonl"
    records = [
        outgoing(key=r, receiver=r, **given) for r in ("甲县防指", "乙县防指", "公众信息流", "丙县防指")
    ]
    outbox.write_text("\n".join(map(outgoing_json, records)), encoding="utf-8")
    with http_server(in_turn(says(200), says(500))) as server:
        config = tmp_path / "channels.toml"
        config.write_text(CONFIG.format(url=server.url), encoding="utf-8")
        code, told = run(capsys, "channels", "check", config)
        assert (code, "乙县防指: 无数字渠道  电话 ✓" in told) == (0, True)
        office = ("--outbox", outbox, "--config", config, "--ledger", tmp_path / "deliveries.sqlite")
        code, told = run(capsys, "channels", "send", *office, "--store", documents)
        assert code == 5  # two cannot be reached this way
        assert [line.split()[0] for line in told.splitlines()] == [
            "handed",
            "refused",
            "delivered",
            "refused",
        ]
        assert len(list((tmp_path / "feed/messages").iterdir())) == 1
        run(capsys, "channels", "send", *office, "--store", documents)
        assert len(server.asked) == 1
    code, told = run(capsys, "channels", "calls", *office, "--out", tmp_path / "calls")
    assert (code, "2 项待电话叫应" in told) == (0, True)
    assert "0571-2" in (tmp_path / "calls/calls.html").read_text(encoding="utf-8")
    sheet = tmp_path / "calls/calls.csv"
    rows = list(csv.reader(io.StringIO(sheet.read_text(encoding="utf-8-sig"), newline="")))
    for row in rows[1:]:
        if row[1] == "乙县防指":
            row[3:] = ["王五", "2021-07-24 12:40", "赵六"]
    wrong = [*rows[1][:1], "丙县防指", "", "钱七", "2021-07-24 12:41", "赵六"]
    wrong[0] = "没有的号"
    out = io.StringIO()
    csv.writer(out).writerows([*rows, wrong])
    sheet.write_text(out.getvalue(), encoding="utf-8")
    code, told = run(capsys, "channels", "answers", sheet, "--store", documents, "--by", "孙八")
    assert (code, "1 条叫应已录入" in told, "no such document" in told) == (5, True, True)
    code, told = run(capsys, "channels", "answers", sheet, "--store", documents, "--by", "孙八")
    assert "0 条叫应已录入,1 条此前已有" in told
    log = SQLiteDocumentLog(documents)
    (held,) = Desk(log).register().documents.values()
    assert [(r.receiver, r.person, r.by) for r in held.received] == [
        ("乙县防指", "王五", "赵六(呼叫),孙八(录入)")
    ]
    log.close()


def test_one_try_is_marked_as_a_drill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with http_server(says(200)) as server:
        config = tmp_path / "channels.toml"
        config.write_text(CONFIG.format(url=server.url), encoding="utf-8")
        code, told = run(
            capsys, "channels", "try", "--config", config, "--receiver", "甲县防指", "--by", "张三"
        )
        assert (code, "handed" in told) == (0, True)
        assert server.asked[0].json["text"].startswith("演练")
        code, told = run(
            capsys, "channels", "try", "--config", config, "--receiver", "乙县防指", "--by", "张三"
        )
        assert (code, "电话" in told) == (1, True)
        code, told = run(capsys, "channels", "try", "--config", config, "--receiver", "无", "--by", "张三")
        assert (code, "no such receiver" in told) == (2, True)


def test_a_receiver_without_any_way_is_an_alarm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "channels.toml"
    config.write_text(
        CONFIG.format(url="http://127.0.0.1:1").replace('telephone = "0571-2"', ""), encoding="utf-8"
    )
    code, told = run(capsys, "channels", "check", config)
    assert (code, "no way at all: 乙县防指" in told) == (1, True)


def test_everybody_is_on_the_list_where_no_network_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, outbox = tmp_path / "channels.toml", tmp_path / "out.jsonl"
    config.write_text(CONFIG.format(url="http://127.0.0.1:1"), encoding="utf-8")
    outbox.write_text(outgoing_json(outgoing()) + "\n", encoding="utf-8")
    office = (
        "--outbox",
        outbox,
        "--config",
        config,
        "--ledger",
        tmp_path / "d.sqlite",
        "--out",
        tmp_path / "c",
    )
    assert "0 项" in run(capsys, "channels", "calls", *office)[1]
    assert "1 项" in run(capsys, "channels", "calls", *office, "--everybody")[1]
    assert (tmp_path / "c/calls.html").stat().st_mode & 0o077 == 0


def test_the_log_itself_says_whom_to_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents, config = tmp_path / "documents.sqlite", tmp_path / "channels.toml"
    config.write_text(CONFIG.format(url="http://127.0.0.1:1"), encoding="utf-8")
    desk = Desk(SQLiteDocumentLog(documents))
    signed = desk.sign(draft(), signer="张三", at=SIGNED_AT, message=message())
    receivers = len(signed.receivers)
    call = ("channels", "calls", "--store", documents, "--config", config, "--out", tmp_path / "c")
    assert "0 项" in run(capsys, *call)[1]  # a number without its papers is not out
    desk.published(signed.signed.draft, [], by="张三", at=SIGNED_AT)
    assert f"{receivers} 项" in run(capsys, *call)[1]
    one, *rest = signed.receivers
    desk.sent(signed.number, receiver=one, way="传真", by="张三", at=SIGNED_AT)
    assert f"{len(rest)} 项" in run(capsys, *call)[1]
    assert f"{receivers} 项" in run(capsys, *call, "--everybody")[1]
    rows = list(
        csv.reader(io.StringIO((tmp_path / "c/calls.csv").read_text(encoding="utf-8-sig"), newline=""))
    )
    for row in rows[1:]:
        row[3:] = ["王五", "2021-07-24 20:40", "赵六"]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    (tmp_path / "c/calls.csv").write_text(out.getvalue(), encoding="utf-8")
    answered = run(
        capsys, "channels", "answers", tmp_path / "c/calls.csv", "--store", documents, "--by", "孙八"
    )
    assert f"{receivers} 条叫应已录入" in answered[1]
    assert "0 项" in run(capsys, *call, "--everybody")[1]
    desk.log.close()
    code, told = run(capsys, "channels", "calls", "--config", config, "--out", tmp_path / "c")
    assert (code, "--store or --outbox" in told) == (2, True)


OFFICE = """
also = ["feed"]

[[channel]]
name = "sms"
kind = "gateway"
url = "{url}"
plain = true
body = {{ text = "{{text}}" }}

[[channel]]
name = "mail"
kind = "mail"
host = "127.0.0.1"
port = {port}
security = "plain"
sender = "fxb@province.invalid"
papers = ["out/*/signed"]
attach = ["document.pdf"]

[[channel]]
name = "feed"
kind = "cap_feed"
folder = "feed"

[[receiver]]
name = "{county}"
route = [{{ channel = "mail", to = "duty@county.invalid" }}]

[[receiver]]
name = "*"
route = [{{ channel = "sms", to = "138" }}]
"""


def test_the_worker_delivers_each_letter_once_with_its_paper(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents, config, post = tmp_path / "documents.sqlite", tmp_path / "channels.toml", Post()
    desk = Desk(SQLiteDocumentLog(documents))
    now = datetime.now(UTC)
    signed = desk.sign(draft(), signer="张三", at=now, message=message())
    folder = write_papers(desk, signed, source=tmp_path / "out/run", by="张三", at=now)
    county, *others = signed.receivers
    with http_server(says(200)) as gateway, mail_server(post) as mail:
        config.write_text(OFFICE.format(url=gateway.url, port=mail.port, county=county), encoding="utf-8")
        work = (
            "worker",
            "--store",
            documents,
            "--channels",
            config,
            "--ledger",
            tmp_path / "l.sqlite",
            "--once",
        )
        held = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
        try:
            (tmp_path / "feed").write_text("no folder")  # the feed's disk is away while the letters go out
            assert run(capsys, *work)[0] == 0
            (tmp_path / "feed").unlink()
            assert run(capsys, *work)[0] == 0
        finally:
            for name, handler in held.items():
                signal.signal(name, handler)
    assert (len(gateway.asked), len(post.taken)) == (len(others), 1)
    (paper,) = email.message_from_bytes(
        bytes(post.taken[0].content or b""), policy=policy.default
    ).iter_attachments()
    assert paper.get_content() == (folder / "document.pdf").read_bytes()
    assert len(list((tmp_path / "feed/messages").iterdir())) == 1
    assert {t.stage for t in TaskDesk(desk.log).book().tasks.values()} == {Stage.SENT}
    desk.log.close()
