"""`evac people add|blanks|doubles|part`: the door, and pendants that are nobody's yet."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evac.commands.people_desk import (
    Actor,
    AskNumber,
    CodeOf,
    Place,
    Region,
    RegistryFile,
    VaultFile,
    clerk_of,
    code_of,
    opened,
    setting_of,
)


def add(
    registry: RegistryFile, vault: VaultFile, actor: Actor, place: Place, region: Region,
    code: Annotated[str, typer.Option("--code", help="Short or whole code of a blank pendant; a new code without a pendant if not given.")] = "",
    name: Annotated[str, typer.Option(help="May be left out and asked later.")] = "",
    phone: Annotated[str, typer.Option(help="Telephone (手机).")] = "",
    category: Annotated[str, typer.Option(help="Category (类别), e.g. 外来务工.")] = "",
    vulnerability: Annotated[str, typer.Option(help="Vulnerability (脆弱性), e.g. 独居老人、残疾.")] = "",
    ask_number: AskNumber = False,
    not_arrived: Annotated[bool, typer.Option("--not-arrived", help="Put on the list alone, without an arrival at --place.")] = False,
) -> None:  # fmt: skip
    """Let in somebody who is not on the list: registered and arrived at --place in one step (现场登记).

    Nothing keeps anybody out: name and number may be missing or wrong, and are asked for later. A blank pendant that is
    somebody else's already is a conflict, since one of the two would be in no count.

    Example: evac people add --code 3K7QPX2M9AB --name 王五 --place S12 --region 330921001 --registry county.sqlite --vault 2106.key --actor 李四
    """
    from evac.codes import mint, short_code
    from evac.people import door

    told: dict[str, Any] = {
        "name": name,
        "phone": phone,
        "category": category,
        "vulnerability": vulnerability,
    }
    if ask_number:
        told["identity"] = typer.prompt(
            "证件号 identity number", hide_input=True, default="", show_default=False
        )
    with opened(registry, vault) as (desk, key):
        chosen = code_of(desk, code) if code else mint()
        added = door.add(
            desk, chosen, told, setting=setting_of(desk, key, region, None), vault=key,
            clerk=clerk_of(desk, actor, place), arrived=not not_arrived,
        )  # fmt: skip
    typer.echo(f"{short_code(chosen)} 已登记 added" + ("" if added.receipt else " (早已登记 was there)"))
    for finding in added.findings:
        typer.echo(f"  {finding.what}。{finding.do}", err=True)


def blanks(
    registry: RegistryFile, vault: VaultFile,
    county: Annotated[str, typer.Option(help="6 digits; the pendants are good there.", show_default=False)],
    number: Annotated[int, typer.Option(min=1, help="Pendants; a quarter of those who came were on no list.")] = 100,
    batch: Annotated[str, typer.Option(help="Name of the batch; asking for it again gives the same codes.")] = "1",
) -> None:  # fmt: skip
    """Mint codes of blank pendants (空白吊牌) for people who are on no list, and keep them in stock; one code a line.

    Example: evac people blanks --county 330921 --number 500 --batch 0725 --registry county.sqlite --vault 2106.key > blanks.txt
    """
    from evac.people.door import stock

    with opened(registry, vault, new=True) as (desk, _):
        for code in stock(desk.store, county, number, batch=batch):
            typer.echo(code)


def doubles(registry: RegistryFile, vault: VaultFile, region: Region = "") -> None:
    """List blank pendants that two doors gave to two persons (一牌两人): one of the two is in no count until parted.

    Example: evac people doubles --registry county.sqlite --vault 2106.key
    """
    from evac.codes import short_code
    from evac.people.door import double_claims
    from evac.privacy import mask_name

    with opened(registry, vault) as (desk, key):
        found = double_claims(desk.store, key, region[:6])
    for code, claims in found.items():
        told = "; ".join(
            f"{n} {mask_name(str(c.details.get('name', '')))} {c.place}" for n, c in enumerate(claims, 1)
        )
        typer.echo(f"{short_code(code)}: {told}")
    typer.echo(f"{len(found)} 个吊牌 pendants; give the second person another one with `evac people part`")


def part(
    code: CodeOf,
    blank: Annotated[str, typer.Argument(help="Short or whole code of the new blank pendant.", show_default=False)],
    registry: RegistryFile, vault: VaultFile, actor: Actor, place: Place = "office",
    which: Annotated[int, typer.Option(min=2, help="Which of the persons that `doubles` lists gets the new pendant.")] = 2,
) -> None:  # fmt: skip
    """Give the second person of a double pendant one of their own; what their door wrote goes with them (分开).

    Example: evac people part 3K7QPX2M9AB 7ZZ4M1Q8T2C --registry county.sqlite --vault 2106.key --actor 李四
    """
    from evac.errors import ConflictError
    from evac.people.door import double_claims, part_claims

    with opened(registry, vault) as (desk, key):
        old = code_of(desk, code)
        claims = double_claims(desk.store, key).get(old, ())
        if len(claims) < which:
            raise ConflictError(
                "this pendant has not so many persons",
                where=f"pendant {code}",
                found=f"{len(claims)}",
                remedy="see `evac people doubles`",
            )
        part_claims(
            desk, claims[which - 1], code_of(desk, blank), vault=key, clerk=clerk_of(desk, actor, place)
        )
    typer.echo("已分开 parted")


def add_door_to(app: typer.Typer) -> None:
    """Put the commands of the door into ``evac people``."""
    for command in (add, blanks, doubles, part):
        app.command()(command)
