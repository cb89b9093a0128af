# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 清点 · The head-count
#
# An invented county of 600 people moves for a typhoon: who is where at any hour, who is still to be looked for, whether the
# shelters hold, and forms that fill themselves from the one log. 演练 SYNTHETIC: nobody here exists.

# %%
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from IPython.display import HTML, Image

from evac import Category, MemoryStore, Person, Registry, Shelter, head_count, mint, read_roll
from evac.counts.shelters import shelter_counts
from evac.counts.tasks import open_tasks
from evac.counts.terms import WORDS
from evac.counts.unaccounted import unaccounted_houses
from evac.events import COMMANDS, KINDS, NO_ONE
from evac.forms.declared import declared_forms
from evac.forms.figures import Figures
from evac.forms.fill import fill, require_forms_agree
from evac.forms.pdf import form_pictures
from evac.forms.sharing import shared
from evac.forms.sheet import Head, words
from evac.model import Destination, Stay, Vulnerability

START = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
COUNTY = "330902"
rng = random.Random(7)
counter = iter(range(1, 10**6))


def event(kind, minute, code=NO_ONE, place="330902001001", **said):
    """One event, as a device would write it."""
    n, at = next(counter), START + timedelta(minutes=minute)
    return KINDS[kind](
        event_id=f"{rng.getrandbits(128):032x}", code=code, place=place, actor="演练干部", device="D1", counter=n,
        device_at=at, trusted_at=at, **said,
    )  # fmt: skip


# %% [markdown]
# ## 名单与日志 · A list and a log
#
# Households of three in twelve villages; most are told and move, some refuse, some are never reached. A check-in is a fact
# and is always stored; only orders and their like can be refused.

# %%
shelters = [
    Shelter("S1", "演练学校", COUNTY, 120, True, "county", "330902001", 90.0),
    Shelter("S2", "演练文化礼堂", COUNTY, 40, True, "village", "330902002", 60.0),
]
people, log = [], []
for n in range(600):
    village = f"{COUNTY}00{1 + n // 3 % 3}00{1 + n // 9 % 4}"
    crew = n // 3 % 10 == 0
    weak = tuple(kind for kind in Vulnerability if rng.random() < 0.04)
    people.append(
        Person(
            code=mint(rng),
            name=f"演练{n:04d}",
            household=f"{COUNTY}-{n // 3:03d}",
            county=COUNTY,
            village=village,
            village_name=f"演练村{village[8]}-{village[-1]}",
            vulnerability=weak,
            helper="演练干部" if weak else None,
            category=Category.FISHING_CREW if crew else list(Category)[n // 3 % 6],
            vessel=f"演练渔{n // 30}" if crew else "",
            destination=Destination(Stay.ASHORE if crew else Stay.SHELTER, "演练渔港" if crew else "S1"),
            synthetic=True,
        )
    )
homes = {}
for person in people:
    homes.setdefault(person.household, []).append(person)
for members in homes.values():
    told, fate, place = rng.randrange(20, 400), rng.random(), rng.choice(("S1", "S2", "S1"))
    for p in members:
        log.append(event("registered", 0, p.code, county=COUNTY, category=p.category.value))
        log.append(event("ordered", 5, p.code, order="演练令1"))
        if fate < 0.05:
            continue  # nobody was there
        log.append(event("notified", told, p.code, place=p.village))
        if fate < 0.10:
            log.append(event("refused", told + 5, p.code, place=p.village))
        elif fate < 0.14:
            log.append(event("exempted", told + 9, p.code, evidence="外出,电话核实"))
        elif p.vessel:
            log.append(event("arrived_ashore", told + 90, p.code, place="演练渔港"))
        elif fate < 0.55:
            log.append(event("arrived_relatives", told + 60, p.code, place="亲友家"))
        else:
            log.append(event("departed", told + 20, p.code, place=p.village))
            log.append(event("arrived_shelter", told + 60, p.code, place=place))
log += [event("vessel_checked", 300, place="330902001", vessel="演练渔0", crew=3, ashore=3)]
log += [event("head_counted", 470, place="S2", count=70), event("head_counted", 590, place="S2", count=71)]
log += [event("relief_drawn", 500 + m, people[3].code, place="S1", item="盒饭/1", quantity=1) for m in (0, 9)]
store = MemoryStore()
store.put_people(people)
store.put_shelters(shelters)
store.put_labels({"label": "SYNTHETIC", "event": "2106 烟花(演练)"})
registry = Registry(store)
commands = sorted((e for e in log if e.kind in COMMANDS), key=lambda e: e.key)
facts = [e for e in log if e.kind not in COMMANDS]
for batch in (rng.sample(facts, len(facts)), commands):  # facts come in any order
    registry.check_ins(batch, received_at=START + timedelta(hours=12)).require_all()
len(log)

# %% [markdown]
# ## 任一时刻 · Any hour
#
# 应转移 = 已转移 + 已返回 + 途中 + 未转移 + 擅自离开 + 失联 + 遇难, at every hour and in every village; the count itself raises
# where it does not hold.

# %%
hours = [START + timedelta(minutes=30 * n) for n in range(21)]
parts = ("sheltered", "dispersed", "ashore", "in_transit", "refused", "notified", "not_notified")
colours = ("#1F5A99", "#5B94C9", "#A9CBE8", "#D9C46C", "#C0504D", "#E0A19F", "#8C8C8C")
counts = [head_count(store, COUNTY, at=hour).total() for hour in hours]
bars = "".join(
    f'<rect x="{60 + 26 * n}" y="{220 - 200 * (sum(c[q] for q in parts[: k + 1])) / 600:.1f}" width="24" '
    f'height="{200 * c[part] / 600:.1f}" fill="{colours[k]}"><title>{WORDS[part]} {c[part]}</title></rect>'
    for n, c in enumerate(counts)
    for k, part in enumerate(parts)
)
legend = "".join(
    f'<tspan x="620" dy="18" fill="{colour}">■</tspan><tspan fill="#222"> {WORDS[part]} {counts[-1][part]}</tspan>'
    for part, colour in zip(parts, colours, strict=True)
)
HTML(
    f'<svg width="760" height="250" font-size="13"><text x="60" y="14">应转移人员去向,每 30 分钟</text>{bars}'
    f'<text x="60" y="240">0 h</text><text x="570" y="240">10 h</text><text y="30">{legend}</text></svg>'
)

# %% [markdown]
# ## 两张表 · Two tables
#
# People count twice: where they are at risk, and where they stay. Both come to the same number of people moved.

# %%
at = START + timedelta(hours=10)
roll = read_roll(store, COUNTY, at=at)
count = roll.count
figures = Figures(roll, {"330902": "定海区"})


def table(rows, columns):
    """A small table."""
    head = "".join(f"<th>{WORDS[c]}</th>" for c in columns)
    body = "".join(
        f"<tr><td>{name}</td>{''.join(f'<td>{row[c]}</td>' for c in columns)}</tr>"
        for name, row in rows.items()
    )
    return f"<table><tr><th></th>{head}</tr>{body}</table>"


risk = {figures.name(code): row for code, row in count.by_risk(9).items()}
stay = {figures.name(code): row for code, row in count.by_stay(9, roll.shelters).items()}
HTML(
    table(risk, ("due", "moved", "unaccounted", "exempt"))
    + "<br>"
    + table(stay, ("moved", "sheltered", "dispersed", "ashore"))
)

# %% [markdown]
# ## 还要找谁 · Who is still to be looked for
#
# House by house, the weak first. 未联系上 is not 失联: only a suspected missing person is, and starts the reporting clock.

# %%
houses = unaccounted_houses(roll.lives)
for house in houses[:5]:
    print(house.address, "·", "、".join(f"{x.person.name} {x.state.state.chinese}" for x in house.wanted))
print(f"{len(houses)} 户 {sum(len(house.wanted) for house in houses)} 人")

# %% [markdown]
# ## 住得下吗 · Do the shelters hold?
#
# An independent head-count stands beside the scans of its own instant; a difference is a task for a person.

# %%
for shelter in shelter_counts(roll):
    counted = shelter.last_count
    beside = f",清点 {counted.count} 扫码 {counted.scanned}" if counted else ""
    print(
        f"{shelter.shelter.name}: {shelter.present}/{shelter.shelter.capacity} {shelter.room.chinese}{beside}"
    )
for task in open_tasks(roll):
    print(task.kind.chinese, "·", task.words)

# %% [markdown]
# ## 一表通 · Forms that fill themselves

# %%
filled = [fill(form, figures) for form in declared_forms().values()]
agreed = require_forms_agree(filled)
head = Head(at, "2106 烟花(演练)", synthetic=True)
categories = next(one for one in filled if one.form.form_id == "county-categories")
Image(form_pictures(categories, head, ppi=80)[0])

# %%
rescue = next(one for one in filled if one.form.form_id == "rescue-list")
Image(form_pictures(rescue, head, ppi=80)[0])

# %% [markdown]
# ## 转出本级 · Handed on beyond the level
#
# Counts of 1 to 9 persons are hidden, and as many more as keep the sums from giving them away.

# %%
for row in shared([categories])[0][0].sections[0].rows[:4]:
    print(" ".join(words(cell, counts=True) for cell in row.cells))

# %% [markdown]
# ## 没有漏一个 · Nobody was lost

# %%
total = count.total()
assert total["listed"] == len(people)
assert total["due"] == sum(total[part] for part in parts)
assert (
    sum(row["moved"] for row in risk.values()) == sum(row["moved"] for row in stay.values()) == total["moved"]
)
assert sum(len(house.wanted) for house in houses) == total["unaccounted"] == agreed["unaccounted"]
assert total["due"] + total["exempt"] == len(people)
assert all(a["moved"] <= b["moved"] for a, b in pairwise(counts))
assert {task.kind.value for task in open_tasks(roll)} == {"double_draw", "head_count"}
assert len(filled) == len(declared_forms())
