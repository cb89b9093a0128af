"""E-mail by SMTP with TLS; the same key has the same Message-ID, by which a mailbox knows a repeat."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from mimetypes import guess_type
from types import MappingProxyType
from typing import Literal

from evac.channels.base import Reply
from evac.channels.papers import Papers
from evac.channels.secret import Secret, struck_out
from evac.orders.outbox import Outcome, Outgoing, Purpose
from riskmap.errors import SourceError

Security = Literal["tls", "starttls", "plain"]
_LATER = 500
"""SMTP codes below are transient (RFC 5321, 4.2.1): 4yz is worth another try, 5yz is not."""


@dataclass(frozen=True)
class MailChannel:
    """One SMTP server.

    Attributes
    ----------
    security : str
        ``tls`` from the first byte (port 465), ``starttls`` (587), or ``plain``, for a relay on this machine.
    sender : str
        Address that the mail comes from; its domain stands in the Message-ID.
    user, secret
        Of the login; None where the server asks for none.
    certificates : str or None
        File of the office's own authority; the system's if None.
    papers : Papers or None
        What is attached to a document; None = the text alone.
    """

    name: str
    host: str
    port: int
    sender: str
    security: Security = "starttls"
    user: str = ""
    secret: Secret | None = None
    certificates: str | None = None
    papers: Papers | None = None
    way: str = "邮件"
    limit: timedelta = timedelta(seconds=30)

    def attempt(self, outgoing: Outgoing, to: str, *, at: datetime) -> Reply:
        """Hand the mail to the server. Its 250 means that it took the mail, not that anybody read it."""
        del at  # the date of a mail is when it became due: the same at every attempt
        secrets = () if self.secret is None else (self.secret,)
        attached: Mapping[str, bytes] = {}
        try:
            if self.papers is not None and outgoing.purpose is Purpose.DOCUMENT:
                attached = self.papers.of(outgoing.draft)
            return self._send(letter(outgoing, sender=self.sender, to=to, attached=attached), to)
        except SourceError as error:  # before OSError, which it is as well: the words are ours
            return Reply(Outcome.FAILED, str(error)[:300])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            return _answered(code, words)
        except smtplib.SMTPSenderRefused as error:
            return _answered(error.smtp_code, error.smtp_error)
        except smtplib.SMTPAuthenticationError as error:
            # a wrong password is the office's to mend and no fault of the receiver: it is tried again
            return Reply(Outcome.FAILED, f"登录被拒 · login refused: {error.smtp_code}")
        except smtplib.SMTPResponseException as error:
            return _answered(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return Reply(Outcome.FAILED, struck_out(f"{type(error).__name__}: {error}", secrets)[:300])

    def _send(self, mail: EmailMessage, to: str) -> Reply:
        seconds = self.limit.total_seconds()
        trust = ssl.create_default_context(cafile=self.certificates)
        server: smtplib.SMTP
        if self.security == "tls":
            server = smtplib.SMTP_SSL(self.host, self.port, timeout=seconds, context=trust)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=seconds)
        try:
            if self.security == "starttls":
                server.starttls(context=trust)
            if self.secret is not None:
                server.login(self.user, self.secret.reveal())
            server.send_message(mail, self.sender, [to])
        finally:
            server.close()  # no QUIT: its answer would only cost time, and the mail is with the server
        return Reply(Outcome.HANDED, "250", reference=str(mail["Message-ID"]))


def _answered(code: int, words: bytes | str) -> Reply:
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    outcome = Outcome.FAILED if code < _LATER else Outcome.REFUSED
    return Reply(outcome, f"{code} {said}"[:300])


def letter(
    outgoing: Outgoing, *, sender: str, to: str, attached: Mapping[str, bytes] = MappingProxyType({})
) -> EmailMessage:
    """The mail of a record: the same bytes at every attempt.

    Parameters
    ----------
    attached : mapping
        File name -> content.
    """
    mail = EmailMessage()
    domain = sender.rpartition("@")[2] or "localhost"
    mark = sha256(outgoing.key.encode()).hexdigest()[:40]
    mail["Message-ID"] = f"<evac.{mark}@{domain}>"
    mail["Date"] = format_datetime(outgoing.made_at)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = " ".join(outgoing.subject.split())
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers
    mail["Importance"] = "high" if outgoing.urgency else "normal"
    mail.set_content(outgoing.text)
    for name, content in attached.items():
        kind = guess_type(name)[0] or "application/octet-stream"
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    if attached:
        mail.set_boundary(f"=_{mark}")
    return mail
