"""`evac orders ...`: what receivers say and what the issuer decides, entered by a person at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evac.commands import orders_seen

if TYPE_CHECKING:
    from evac.orders.task_desk import TaskDesk
    from evac.orders.tasks import Task

app = typer.Typer(
    no_args_is_help=True,
    help="The closed loop (闭环): who was written to, who answered, what was done, verified and closed (销号).\n\n"
    "Example: evac orders due --store documents.sqlite",
)

Number = Annotated[str, typer.Argument(help="发文字号, or the digest that the QR code states.")]
Store = Annotated[
    str,
    typer.Option(
        help="The office's log of documents: the file that `evac sign` writes, or postgresql://...",
        show_default=False,
    ),
]
Receiver = Annotated[
    str, typer.Option(help="The office whose task it is, as it is addressed.", show_default=False)
]
By = Annotated[str, typer.Option(help="Who enters or decides it, by name.", show_default=False)]
Person = Annotated[str, typer.Option(help="Who says so at the receiver, by name.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why; it is kept and read.", show_default=False)]
At = Annotated[str, typer.Option(help="When it happened, Beijing time: 2021-07-24T13:05. Now if not given.")]
Offices = Annotated[
    Path | None,
    typer.Option(help="CSV of offices: name,code,superior,person,phone. Who stands above whom."),
]
Rules = Annotated[
    Path | None, typer.Option(help="A bureau's own deadlines and rungs, after evac/orders/rules.toml.")
]


def moment(words: str) -> datetime:
    """The instant of a time in Beijing as people write it; now where nothing is said.

    Raises
    ------
    ConfigError
        It is none.
    """
    from riskmap.errors import ConfigError
    from riskmap.outlook import BEIJING

    if not words:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(words)
    except ValueError as error:
        raise ConfigError(
            "not a time", where="--at", expected="Beijing time such as 2021-07-24T13:05", found=repr(words),
            remedy="write it so, or leave it out for now",
        ) from error  # fmt: skip
    return found if found.tzinfo else found.replace(tzinfo=BEIJING)


@contextmanager
def tasks_of(
    store: str, offices: Path | None = None, rules: Path | None = None, *, new: bool = False
) -> Iterator[TaskDesk]:
    """The desk of a log of documents, closed again at the end.

    Raises
    ------
    SourceError, DataError, ConfigError
        There is no log, or the list of offices or the rules are wrong.
    """
    from evac.orders.task_desk import TaskDesk
    from evac.store.opening_documents import ladder_of, open_document_log, rules_of

    ladder, own = ladder_of(offices), rules_of(rules)
    log = open_document_log(store, new=new)
    try:
        yield TaskDesk(log, rules=own, ladder=ladder)
    finally:
        log.close()


def _tell(task: Task, answer: str = "") -> None:
    mark = "演练 " if task.terms.signed.exercise else ""
    typer.echo(f"{mark}{task.terms.number}  {task.receiver}  {task.stage.chinese} {task.stage.english}")
    if answer:
        typer.echo(answer)


def _noted(happened: datetime) -> datetime:
    """The clock now; the machine that a minute is read from may be a minute ahead."""
    now = datetime.now(UTC)
    return max(now, happened) if happened - now < timedelta(minutes=1) else now


def _note(store: str, number: str, kind: type, receiver: str, by: str, at: str, **words: Any) -> None:
    with tasks_of(store) as desk:
        happened = moment(at)
        noted = desk.note(
            number, kind, receiver=receiver, by=by, at=happened, noted_at=_noted(happened), **words
        )
        _tell(noted.task, noted.answer)


def _decide(store: str, number: str, kind: type, receiver: str, by: str, at: str, **words: Any) -> None:
    with tasks_of(store) as desk:
        _tell(desk.decide(number, kind, receiver=receiver, by=by, at=moment(at), **words))


@app.command()
def sent(
    number: Number, store: Store, receiver: Receiver, by: By,
    way: Annotated[str, typer.Option(help="传真, 浙政钉, 短信, 专人 ...", show_default=False)],
    offices: Offices = None, at: At = "",
) -> None:  # fmt: skip
    """Note that a document went to a receiver, or was passed on to one below (已发送).

    With --offices a receiver that is not on the list is refused, and the nearest name is shown.

    Example: evac orders sent 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 岑港街道办事处 --way 传真 --by 值班员
    """
    from evac.orders.desk import Desk

    with tasks_of(store, offices) as desk:
        desk.ladder.require(receiver)
        happened = moment(at)
        Desk(desk.log).sent(number, receiver=receiver, way=way, by=by, at=happened, noted_at=_noted(happened))
        _tell(desk.find(number, receiver)[0])


@app.command()
def received(number: Number, store: Store, receiver: Receiver, person: Person, by: By, at: At = "") -> None:
    """Note that a named person answered for a receiver (叫应); always kept.

    Example: evac orders received 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部 --person 李四 --by 值班员
    """
    from evac.orders.events import Received

    _note(store, number, Received, receiver, by, at, person=person)


@app.command()
def accept(number: Number, store: Store, receiver: Receiver, person: Person, by: By, at: At = "") -> None:
    """Note that a named person took the task on (受理).

    Example: evac orders accept 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部 --person 李四 --by 值班员
    """
    from evac.orders.task_events import Accepted

    _note(store, number, Accepted, receiver, by, at, person=person)


@app.command()
def start(number: Number, store: Store, receiver: Receiver, person: Person, by: By, at: At = "") -> None:
    """Note that work has begun (办理中).

    Example: evac orders start 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部 --person 李四 --by 值班员
    """
    from evac.orders.task_events import Started

    _note(store, number, Started, receiver, by, at, person=person)


@app.command()
def report(
    number: Number, store: Store, receiver: Receiver, person: Person, by: By,
    action: Annotated[str, typer.Option(help="已采取措施.", show_default=False)],
    done: Annotated[float, typer.Option(min=0, max=100, help="完成率, percent; 100 claims it is finished.", show_default=False)],
    evidence: Annotated[list[str] | None, typer.Option(help="A photo's hash, a list's number; may be repeated.")] = None,
    at: At = "",
) -> None:  # fmt: skip
    """Note what a receiver reports (反馈), with its evidence; kept and answered even when the task is closed.

    Example: evac orders report 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部 --person 李四
    --action 转移完毕 --done 100 --evidence 照片3f2a --by 值班员
    """
    from evac.orders.task_events import Reported

    given = {"person": person, "action": action, "evidence": tuple(evidence or ()), "done": done / 100}
    _note(store, number, Reported, receiver, by, at, **given)


@app.command()
def decline(
    number: Number, store: Store, receiver: Receiver, person: Person, reason: Reason, by: By, at: At = ""
) -> None:
    """Note that a receiver refuses the task (退件); the issuer must decide: send-back or withdraw.

    Example: evac orders decline 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部 --person 李四
    --reason 不属本区 --by 值班员
    """
    from evac.orders.task_events import Declined

    _note(store, number, Declined, receiver, by, at, person=person, reason=reason)


Until = Annotated[str, typer.Option(help="New time, Beijing: 2021-07-25T08:00.", show_default=False)]


@app.command()
def ask(
    number: Number, store: Store, receiver: Receiver, person: Person, until: Until, reason: Reason, by: By,
    at: At = "",
) -> None:  # fmt: skip
    """Note that a receiver asks for more time (申请延期); it counts if it comes before the time is up.

    Example: evac orders ask 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部 --person 李四
    --until 2021-07-25T08:00 --reason 道路中断 --by 值班员
    """
    from evac.orders.task_events import ExtensionAsked

    _note(store, number, ExtensionAsked, receiver, by, at, person=person, reason=reason, until=moment(until))


@app.command()
def extend(
    number: Number, store: Store, receiver: Receiver, until: Until, reason: Reason, by: By, at: At = ""
) -> None:
    """Grant what was asked for, or less of it (批准延期).

    Example: evac orders extend 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部
    --until 2021-07-25T06:00 --reason 同意 --by 张三
    """
    from evac.orders.task_events import Extended

    _decide(store, number, Extended, receiver, by, at, until=moment(until), reason=reason)


@app.command("refuse-extension")
def refuse_extension(
    number: Number, store: Store, receiver: Receiver, reason: Reason, by: By, at: At = ""
) -> None:
    """Grant no more time (不予延期).

    Example: evac orders refuse-extension 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部
    --reason 高潮前必须完成 --by 张三
    """
    from evac.orders.task_events import ExtensionRefused

    _decide(store, number, ExtensionRefused, receiver, by, at, reason=reason)


@app.command()
def verify(
    number: Number, store: Store, receiver: Receiver, by: By,
    result: Annotated[str, typer.Option(help="核查结论.", show_default=False)], at: At = "",
) -> None:  # fmt: skip
    """Verify a finished task by its evidence (核查); not by the one who reported it.

    Example: evac orders verify 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部 --result 属实 --by 张三
    """
    from evac.orders.task_events import Verified

    _decide(store, number, Verified, receiver, by, at, result=result)


@app.command("send-back")
def send_back(number: Number, store: Store, receiver: Receiver, reason: Reason, by: By, at: At = "") -> None:
    """Send a report or a refusal back to be done again (退回重办).

    Example: evac orders send-back 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部
    --reason 照片不清 --by 张三
    """
    from evac.orders.task_events import SentBack

    _decide(store, number, SentBack, receiver, by, at, reason=reason)


@app.command()
def close(
    number: Number, store: Store, receiver: Receiver, by: By,
    words: Annotated[str, typer.Option(help="What is written beside it.")] = "销号", at: At = "",
) -> None:  # fmt: skip
    """Close a verified task (销号); what nobody verified is not closed.

    Example: evac orders close 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部 --by 张三
    """
    from evac.orders.task_events import Closed

    _decide(store, number, Closed, receiver, by, at, words=words)


@app.command()
def withdraw(number: Number, store: Store, receiver: Receiver, reason: Reason, by: By, at: At = "") -> None:
    """Let a receiver off a task (撤销), with the reason.

    Example: evac orders withdraw 演练防指办函〔2021〕1号 --store documents.sqlite --receiver 定海区防汛防台抗旱指挥部
    --reason 改由乡镇承担 --by 张三
    """
    from evac.orders.task_events import Withdrawn

    _decide(store, number, Withdrawn, receiver, by, at, reason=reason)


def add_to(main: typer.Typer) -> None:
    """Put the group into the command line."""
    orders_seen.add_to(app)
    main.add_typer(app, name="orders")
