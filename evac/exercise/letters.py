"""The documents of the exercise: the run's own drafts, transfer orders that state the plan, and supervision orders that drafted themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from evac.exercise.chancery import Chancery, Signing
from evac.exercise.offices import town_of
from evac.exercise.recipients import Recipients
from evac.exercise.timeline import Timeline
from evac.grain import COUNTY_DIGITS
from evac.orders.register import Document
from evac.orders.supervision import completed
from evac.orders.task_events import Escalated
from evac.orders.tasks import ENDED
from evac.plan.assumptions import Assumptions
from evac.signing import drafts_of, picture_of
from riskmap.errors import DataError
from riskmap.io.published_outlook import PublishedOutlook
from riskmap.io.toml_file import read_text
from riskmap.outlook import BEIJING, beijing
from riskmap.products.documents.types import bundled_types
from riskmap.products.draft_json import parse_draft
from riskmap.products.letter import draft_letter
from riskmap.products.letter_facts import EXERCISE, as_document
from riskmap.products.letter_fields import Letter, full_number

PROVINCE_SIGNER: Final = f"{EXERCISE}签发人·省"
COUNTY_SIGNER: Final = f"{EXERCISE}签发人·县"
_ORDER: Final = 1
"""Number of a county's transfer order: the first of its series in the exercise; its release is the next."""
INSPECTOR: Final = f"{EXERCISE}检查员"


@dataclass(frozen=True)
class Draft:
    """A 风险告知函 of the run, its CAP message, and its map as the draft's DOCX shows it."""

    letter: Letter
    message: bytes
    picture: bytes = b""


def read_drafts(source: Path) -> dict[str, Draft]:
    """Code of each county and city -> its 风险告知函.

    Raises
    ------
    SourceError, DataError
        The run has none, or one is damaged.
    """
    found = {}
    for path in drafts_of(source):
        cap = path.with_name("cap.xml")
        letter = parse_draft(read_text(path), where=str(path))
        found[letter.code] = Draft(letter, cap.read_bytes() if cap.is_file() else b"", picture_of(path))
    return found


class Letters:
    """Signs and sends; what escalates to a 工作督办单 is signed by a named person and brought to the door.

    Parameters
    ----------
    drafts : mapping
        From ``read_drafts``.
    """

    def __init__(
        self, drafts: Mapping[str, Draft], chancery: Chancery, recipients: Recipients, line: Timeline, numbers: Assumptions
    ) -> None:  # fmt: skip
        self.drafts, self.chancery, self.recipients = drafts, chancery, recipients
        self.line, self.numbers = line, numbers
        self.notices: list[Document] = []
        self.orders: dict[str, Document] = {}
        self.releases: dict[str, Document] = {}
        self.supervisions: list[tuple[Document, Escalated]] = []
        self.let_be: list[Escalated] = []
        chancery.on_step = self._escalated

    def foresee_notices(self, at: datetime) -> None:
        """Begin to print every draft of the run, as it will be signed."""
        for number, draft in enumerate(self.drafts.values(), 1):
            self.chancery.foresee(
                draft.letter, signer=PROVINCE_SIGNER, at=at, number=number, picture=draft.picture
            )

    def sign_notices(self) -> None:
        """Every draft of the run."""
        waiting = [Signing(d.letter, PROVINCE_SIGNER, d.message) for d in self.drafts.values()]
        self.notices = self.chancery.sign(waiting)
        for document in self.notices:
            self.recipients.receive(document)

    def foresee_order(
        self, code: str, at: datetime, *, shelters: int, people: int, finish_at: datetime
    ) -> Letter:
        """A county's transfer order to its town, as it will be given; printing begins."""
        letter = self.drafts[code].letter.without_map()
        entries = {
            "towns": town_of(letter.name),
            "range": f"转移方案所列橙色、红色危险区人员{people}人(演练,人员均为虚构)",
            "place": f"避灾安置点{shelters}处(名单附后,演练),或投亲靠友登记确认",
            "manner": "按村组织,车辆接送;路线见转移路线图(示例路网)",
            "finish_at": beijing(finish_at),
            "commander": f"{EXERCISE}指挥{code} (演练,无此号码)",
        }
        made = as_document(letter, bundled_types()["transfer_order"], entries=entries, organ=organ_of(letter))
        self.chancery.foresee(made, signer=COUNTY_SIGNER, at=at, number=_ORDER)
        return made

    def foresee_release(self, code: str, at: datetime, number: str, later: PublishedOutlook) -> Letter | None:
        """A county's 解除转移 of a transfer order, drafted from the later run; None where that run does not say that it is over."""
        letter = self.drafts[code].letter
        entries = {
            "towns": town_of(letter.name),
            "order": number,
            "range": "转移指令所列人员;靠山房屋暂缓,逐户检查后返回(演练)",
            "inspected": f"{INSPECTOR},{beijing(at)}前,进村道路、村镇供电安全",
            "return_from": beijing(at),
        }
        try:
            made = draft_letter(
                later.outlook, code, issuer=later.issuer, document=bundled_types()["transfer_release"], entries=entries,
                organ=organ_of(letter), with_map=False,
            )  # fmt: skip
        except DataError:  # not over in the last hour, or not known to be: a named person must answer for it
            return None
        self.chancery.foresee(made, signer=COUNTY_SIGNER, at=at, number=_ORDER + 1)
        return made

    def order(self, code: str, letter: Letter) -> None:
        """Sign a county's transfer order, and send it."""
        self.orders[code] = self._send(letter)

    def release(self, code: str, letter: Letter) -> Document:
        """Sign a county's 解除转移, and send it."""
        self.releases[code] = self._send(letter)
        return self.releases[code]

    def _send(self, letter: Letter) -> Document:
        (document,) = self.chancery.sign([Signing(letter, COUNTY_SIGNER)])
        self.recipients.receive(document)
        return document

    def _escalated(self, step: Escalated) -> None:
        if step.content:
            wait = timedelta(minutes=self.numbers.whole("supervise_minutes"))
            self.line.at(self.line.now + wait, lambda: self._supervise(step))

    def _supervise(self, step: Escalated) -> None:
        """A named person signs the draft, unless the office has answered or finished meanwhile, or one for it is out."""
        (task,) = self.chancery.tasks.find(step.draft, step.receiver)
        open_for_it = [
            document
            for document, before in self.supervisions
            if before.receiver == step.receiver
            and any(t.stage not in ENDED for t in self.chancery.tasks_of(document))
        ]
        answered = step.clock == "answer" and task.received_at is not None
        if task.stage in ENDED or answered or open_for_it or not task.acting:
            self.let_be.append(step)
            return
        (document,) = self.chancery.sign([Signing(completed(step.content, {}), PROVINCE_SIGNER)])
        self.supervisions.append((document, step))
        self.recipients.reach(step.receiver, document)


def organ_of(letter: Letter) -> str:
    """机关代字 of a county in the exercise."""
    return f"{letter.name}防指"


def order_number(letter: Letter, at: datetime) -> str:
    """The number that a county's first transfer order of the year takes.

    The people's events name it, and are written before it is signed; ``Letters.order`` is held against it at the end.
    """
    made = as_document(letter, bundled_types()["transfer_order"], organ=organ_of(letter))
    return full_number(made.series, at.astimezone(BEIJING).year, _ORDER)


def is_county(code: str) -> bool:
    """Whether a code is a county's."""
    return len(code) == COUNTY_DIGITS
