"""From the words of ``evac serve`` to a server that runs: the registry opened, tokens and reads beside it, keys, pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evac.api.app import create_app
from evac.api.buckets import Limits
from evac.api.committing import Committer, Mending
from evac.api.serving import address_to_open, log_to, require_proxies, require_safe, run, settings
from evac.errors import ConflictError
from evac.event_key import read_vault
from evac.group_commit import GroupCommit
from evac.key_files import KeyFolder
from evac.keys_of_event import require_event
from evac.registry import Registry
from evac.situation.office_records import OfficeRecords
from evac.store.counting import on_list
from evac.store.opening import Opened, PublicKeys, is_address, key_folder, open_for_server
from evac.store.sealed import KEY_MARK
from evac.vault import Vault
from riskmap.errors import ConfigError

if TYPE_CHECKING:  # a server without a log of the field loads none of it
    from evac.field.desk import FieldDesk

PAGES: Final = ("web", "page")
"""Where the phone page lies in the package."""
_NEW: Final = (
    "新建的空登记库,若应已有数据请核对路径 a new, empty registry: check the path if people should be on it"
)
_NOT_BEGUN: Final = (
    "名册为空,第一个入册的人将用此密钥封存 nobody is on the list yet, so this key cannot be checked: names will be sealed by {vault} "
    "(mark {mark}); every other office of the event must name the same"
)


def serve_registry(
    registry: str,
    *,
    vault: Path | None,
    host: str,
    port: int,
    cert: Path | None,
    key: Path | None,
    keys: Path | None,
    plain_http: bool,
    proxies: Sequence[str],
    access: bool,
    tell: Callable[[str], None],
    limits: Limits | None = None,
    office: OfficeRecords | None = None,
    field: FieldDesk | None = None,
    allocation: Path | None = None,
) -> None:
    """Serve a registry until the process is told to stop; see ``evac serve --help``.

    Raises
    ------
    ConfigError
        Only one of certificate and key, plain HTTP beyond this machine, or a proxy that is no address.
    SourceError
        The registry, the vault's file or the keys cannot be read.
    """
    if (cert is None) != (key is None):
        raise ConfigError(
            "a certificate and its key go together",
            where="--cert, --key",
            expected="both or none",
            found="one of them",
        )
    require_safe(host, tls=cert is not None, plain_http=plain_http)
    require_proxies(proxies)
    os.umask(0o077)  # registry, tokens and reads are their owner's alone
    public: Callable[[], PublicKeys] | None = None if keys is None else key_folder(keys)
    with ExitStack() as open_now:
        secret = None if vault is None else read_vault(vault)
        _say_if_new(registry, tell)
        opened = open_for_server(registry, vault=secret)
        open_now.callback(opened.close)
        begun = KEY_MARK in opened.store.labels() or bool(on_list(opened.store))
        if secret is not None and not begun:
            _require_own_key(registry, secret)
        if keys is not None:
            require_event(opened.store.labels(), KeyFolder(keys).ring(), where=registry)
        app = create_app(
            opened.store,
            tokens=opened.tokens,
            access=opened.access,
            open_reader=opened.open_reader,
            open_office=opened.open_office,
            committer=_writer(registry, opened),
            public_keys=public,
            limits=limits,
            pages=Path(str(files("evac").joinpath(*PAGES))),
            office=office,
            field=field,
            allocation=allocation,
        )
        log_to(access=access)
        for line in _hints(opened.tokens.tokens() != [], vault, host, port, tls=cert is not None):
            tell(line)
        if secret is not None and not begun:
            tell(_NOT_BEGUN.format(vault=vault, mark=secret.mark))
        run(settings(app, host=host, port=port, cert=cert, key=key, proxies=proxies, limits=limits))


def _say_if_new(registry: str, tell: Callable[[str], None]) -> None:
    """A registry may begin here, and a mistyped path looks the same."""
    if not is_address(registry) and not Path(registry).exists():
        tell(f"{registry}: {_NEW}")


def _require_own_key(registry: str, secret: Vault) -> None:
    """Refuse a key that is not the one of the file beside a registry in which nothing is sealed yet: no name could tell it.

    Raises
    ------
    ConflictError
        It is another one.
    """
    beside = Path(registry).with_suffix(".key")
    if is_address(registry) or not beside.is_file():
        return
    found = read_vault(beside)
    if found.mark != secret.mark:
        raise ConflictError(
            "nobody is on the list yet, and the key is not the one beside the registry", where=registry,
            expected=f"the key of {beside} (mark {found.mark})", found=f"mark {secret.mark}",
            remedy=f"--vault {beside}; or move that file away if it belongs to nothing here",
        )  # fmt: skip


def _writer(registry: str, opened: Opened) -> Committer:
    if is_address(registry):
        return Mending(opened.open_office, lambda store: GroupCommit(Registry(store)))
    return GroupCommit(Registry(opened.store))


def _hints(tokens: bool, vault: Path | None, host: str, port: int, *, tls: bool) -> list[str]:
    scheme = "https" if tls else "http"
    own = address_to_open(host)
    name = f"[{own}]" if ":" in own else own
    hints = [f"{scheme}://{name}:{port}/kiosk/ · document: {scheme}://{name}:{port}/v1/openapi.json"]
    if not tokens:
        hints.append("no token yet 尚无设备令牌: evac token new --help")
    if vault is None:
        hints.append(
            "without --vault names stay sealed, and only invented people can be added 未给密钥,姓名不可读"
        )
    return hints
