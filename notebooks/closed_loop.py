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
# # 闭环 · The closed loop
#
# Letters of a run are signed and sent; one county answers and works, one answers late, one says nothing. What follows is written
# by the clock: 催办, 电话提醒, 督办单 and further up, until somebody answers. About a quarter of a minute. 演练 SYNTHETIC: the
# offices' behaviour is invented, the clock is not a real one.

# %%
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

from IPython.display import HTML

import riskmap
from evac import Desk, MemoryDocumentLog, TaskDesk, replay
from evac.errors import ConflictError
from evac.exercise.letters import read_drafts
from evac.exercise.offices import invented_offices
from evac.exercise.timeline import Timeline
from evac.orders.deadlines import next_at
from evac.orders.events import Received, Sent, parse
from evac.orders.indicators import WORDS, by_county
from evac.orders.supervision import completed
from evac.orders.task_events import Accepted, Closed, Reported, Started, Verified
from evac.orders.tasks import Stage
from evac.signing import write_papers

folder = Path(mkdtemp())
ISSUER = "浙江省防汛防台抗旱指挥部办公室(演练)"
scenario = f"""
[event]
number = "2106"
name = "In-Fa"
chinese = "烟花"
[run]
issued_at = 2021-07-24T12:30:00+08:00
hours = 24
seed = 12
replay = true
[grid]
west = 121.9
south = 29.7
east = 122.6
north = 30.3
step = 0.05
[track]
file = "{riskmap.bundled("tracks/jma_bst_zhejiang_2015_2021.txt")}"
format = "jma"
storm = "2106"
forecast = "simulated"
[wind]
radii = "fit"
profile = "holland_1980"
[regions]
file = "{riskmap.bundled("admin/zhejiang_district_simple.geojson")}"
population = "{riskmap.bundled("census/zhejiang_pop2020_on_2021_boundaries.csv")}"
[products]
letters = true
phone_pictures = 0
issuer = "{ISSUER}"
"""
(folder / "small.toml").write_text(scenario, encoding="utf-8")
run = riskmap.run(folder / "small.toml", folder / "run").folder
assessment = riskmap.read_assessment(run)
drafts = read_drafts(run)

# %% [markdown]
# ## 签发与发送 · Signed and sent
#
# A named person signs; the number, the text and its times stand in one chained log. 每个收文单位一项任务: every receiver has a task.

# %%
START = datetime.fromisoformat("2021-07-24T05:00+00:00")  # 13:00 in Beijing
log = MemoryDocumentLog()
ladder = invented_offices(assessment.regions, ISSUER)
desk, tasks = Desk(log), TaskDesk(log, ladder=ladder)
clock = Timeline(START)
DUTY, REVIEWER = "演练值班员", "演练核查员"
COUNTIES = {"330902": "定海区", "330903": "普陀区", "330921": "岱山县"}


def minute(n: float) -> datetime:
    """An instant of the exercise."""
    return START + timedelta(minutes=n)


def issue(letter, signer, message=b""):
    """Sign, print and send a document to all its receivers."""
    signed = desk.sign(letter, signer=signer, at=clock.now, message=message)
    write_papers(desk, signed, source=folder, by=DUTY, at=clock.now)
    for receiver in signed.signed.receivers:
        desk.sent(signed.number, receiver=receiver, way="政务平台(演练)", by=DUTY, at=clock.now)
    return signed


letters = {}
for code in COUNTIES:
    letters[code] = issue(drafts[code].letter, "演练签发人", drafts[code].message)
office = {code: letters[code].signed.receivers[0] for code in COUNTIES}
terms = tasks.find(letters["330902"].number)[0].terms
print(f"应答 answer {terms.answer}, 首次反馈 first report {terms.feedback}, 续报 then every {terms.repeat}")

# %% [markdown]
# ## 谁说了什么 · Who says what, and when
#
# 定海 answers in time, works and reports; 普陀 answers after two reminders; 岱山 says nothing until somebody stands at the door with
# the 工作督办单. Facts are always kept; 未经核实不得销号, and nobody verifies his own report.


# %%
def say(n, number, receiver, kind, **said):
    """At a minute an office says something."""

    def act():
        tasks.note(number, kind, receiver=receiver, by=DUTY, at=clock.now, person="演练责任人", **said)

    clock.at(minute(n), act)


def decide(n, number, receiver, kind, **said):
    """At a minute the issuer decides something."""
    clock.at(
        minute(n), lambda: tasks.decide(number, kind, receiver=receiver, by=REVIEWER, at=clock.now, **said)
    )


def work(number, receiver, answer, report):
    """An office answers, works and reports; somebody else looks, and strikes the task off."""
    proof = {"action": "措施已落实", "evidence": ("演练:现场记录表",)}
    say(answer, number, receiver, Received)
    say(answer + 1, number, receiver, Accepted)
    say(answer + 2, number, receiver, Started)
    say(report, number, receiver, Reported, done=1.0, **proof)
    decide(report + 15, number, receiver, Verified, result="抽查属实(演练)")
    decide(report + 20, number, receiver, Closed, words="销号")


for code, answer, report in (("330902", 6, 50), ("330903", 36, 66)):
    work(letters[code].number, office[code], answer, report)
for letter in letters.values():
    for copy in letter.signed.receivers[1:]:  # 抄送 is answered, and no more
        say(5, letter.number, copy, Received)

refused = []


def too_soon():
    """Somebody tries to strike off what nobody verified."""
    try:
        number, receiver = letters["330902"].number, office["330902"]
        tasks.decide(number, Closed, receiver=receiver, by=REVIEWER, at=clock.now, words="销号")
    except ConflictError as error:
        refused.append(error)


clock.at(minute(55), too_soon)

# %% [markdown]
# ## 时钟做了什么 · What the clock does
#
# The watch writes each step when it is due, once. The 工作督办单 drafts itself from the log; a named person signs it, 25 minutes later
# here, and ten minutes after that 岱山 answers.


# %%
class Watch:
    """What ``evac worker`` does every two seconds."""

    def next_at(self, until):
        """When the next step falls due."""
        due = [at for task in tasks.book().unfinished() if (at := next_at(task, tasks.rules)) and at < until]
        return min(due, default=None)

    def tick(self, now):
        """Write what is due; hand a draft to whoever signs."""
        for step in tasks.escalate(now):
            steps.append(step)
            if step.content:
                clock.at(now + timedelta(minutes=25), lambda step=step: supervise(step))


def supervise(step):
    """A named person signs the draft and brings it to the door."""
    order = issue(completed(step.content, {}), "演练督办人")
    orders.append((order, step))
    now = (clock.now - START) / timedelta(minutes=1)
    letter = next(letter for letter in letters.values() if letter.signed.draft == step.draft)
    for receiver in order.signed.receivers:
        if receiver == step.receiver:
            work(order.number, receiver, now + 10, now + 40)
            work(letter.number, receiver, now + 10, now + 40)
        else:
            say(now + 10, order.number, receiver, Received)


steps, orders = [], []
clock.run(minute(240), Watch())


# %% [markdown]
# ## 升级阶梯 · The ladder
#
# Each row is who is told. A line of its own colour for each office that was late; the star is its answer.

# %%
END = 150  # min
COLOURS = {office["330903"]: "#D98E04", office["330921"]: "#B2182B", office["330902"]: "#1F5A99"}
told = [office["330902"], office["330903"], office["330921"], *ladder.above(office["330921"])]
row_of = {name: 262 - 56 * n for n, name in enumerate(told)}


def across(at):
    """Pixels of an instant."""
    return round(240 + 4.2 * (at - START) / timedelta(minutes=1), 1)


def word(x, y, said, extra=""):
    """A word in the picture."""
    return f'<text x="{x}" y="{y}" {extra}>{said}</text>'


def ladder_picture(taken, answered):
    """Steps about the letters' answers, and when the offices answered."""
    drawn = []
    for name, y in row_of.items():
        drawn.append(word(0, y + 4, name.removesuffix("(演练)")))
        drawn.append(f'<line x1="240" x2="{across(minute(END))}" y1="{y}" y2="{y}" stroke="#DDD"/>')
    drawn += [word(across(minute(n)) - 8, 297, n) for n in range(0, END + 1, 15)]
    for late, colour in COLOURS.items():
        chain = [
            (across(s.at), row_of[s.told], s.measure) for s in taken if (s.clock, s.late) == ("answer", late)
        ]
        start = [(across(START), row_of[late], "发送")]
        path = " ".join(f"{x},{y}" for x, y, _ in start + chain)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y, said in start + chain:
            drawn.append(f'<circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>')
            drawn.append(
                word(x - 8, y - 9 if y == row_of[late] or late == office["330921"] else y + 18, said)
            )
        if late in answered:
            drawn.append(
                word(across(answered[late]) - 8, row_of[late] + 7, "★", f'font-size="22" fill="{colour}"')
            )
            drawn.append(word(across(answered[late]) + 14, row_of[late] + 5, "应答"))
    return HTML(
        f'<svg width="900" height="325" font-size="13">{"".join(drawn)}{word(240, 317, "签发后分钟 minutes after the signature")}</svg>'
    )


order, drafted = orders[0]
done = {code: tasks.find(letter.number, office[code])[0] for code, letter in letters.items()}
ladder_picture(steps, {office[code]: task.received_at for code, task in done.items()})

# %% [markdown]
# ## 督办单 · The supervision order that drafted itself
#
# Problem, evidence, person, deadline: all out of the log.

# %%
fields = dict(completed(drafted.content, {}).entries)
rows = "".join(
    f"<tr><th>{entry.chinese}</th><td style='text-align:left'>{fields[entry.id]}</td></tr>"
    for entry in completed(drafted.content, {}).document.entries
    if entry.id in ("unit", "problem", "evidence", "person", "result", "due_at")
)
HTML(f"<p><b>{order.number}</b></p><table>{rows}</table>")

# %% [markdown]
# ## 指标 · The figures
#
# By county, in the order of the codes: they describe offices and ways, and never rank people. The index (闭环指数) is our own
# proposal (D). What is not known is 未知, and never good.

# %%
figures = by_county(tasks.book().tasks.values(), tasks.rules, ladder, clock.now)


def bar(value, colour="#1F5A99"):
    """A share as a bar; unknown has none."""
    if value is None:
        return "<td>未知</td>"
    return (
        f"<td><div style='background:{colour};width:{100 * value:.0f}px;height:10px'></div>{value:.0%}</td>"
    )


def minutes(spans):
    """Each time in minutes."""
    return "、".join(f"{span / timedelta(minutes=1):.0f}" for span in spans)


rows = "".join(
    f"<tr><th>{COUNTIES[code]}</th><td>{minutes(found.answer)}</td>{''.join(bar(s.value) for s in found.shares.values())}"
    f"{bar(found.index / 100, '#555')}</tr>"
    for code, found in figures.items()
    if code in COUNTIES
)
heads = "".join(f"<th>{WORDS[name]}</th>" for name in figures["330902"].shares)
HTML(f"<table><tr><th></th><th>应答用时(分钟,逐件)</th>{heads}<th>闭环指数</th></tr>{rows}</table>")

# %% [markdown]
# ## 如果没人上门 · What if nobody had gone to the door
#
# The same log again under a fake clock, without the 督办单 and all that 岱山 said: the chain climbs to 通报, which is repeated until a
# person decides.

# %%
records = [(parse(entry.body), entry.received_at) for entry in log.after(0)]
again = replay(records, rules=tasks.rules, ladder=ladder, until=clock.now)
silent = office["330921"]
heard = [
    (record, at)
    for record, at in records
    if record.draft != order.signed.draft
    and (isinstance(record, Sent) or getattr(record, "receiver", "") != silent)
]
alone = replay(heard, rules=tasks.rules, ladder=ladder, until=minute(END))
ladder_picture(alone.steps, {office[c]: done[c].received_at for c in ("330902", "330903")})

# %% [markdown]
# ## 没有说错 · Nothing was made up
#
# These hold for this log: it is whole, a replay gives the same steps, each step was taken once and never before it was due, nothing was struck
# off unverified, and everybody who had to act is done.

# %%
desk.verify()
assert [step.key for step in again.steps] == [step.key for step in steps]
assert len({step.key for step in steps}) == len(steps)
assert all(step.at >= step.due_at for step in steps)
assert not [step for step in steps if step.late == office["330902"]]
climbed = [step.measure for step in steps if (step.clock, step.late) == ("answer", office["330921"])]
assert climbed == [rung.chinese for rung in tasks.rules.rungs[: len(climbed)]]
assert "督办单" in climbed
assert len(orders) == 1
assert order.signed.at - drafted.at == timedelta(minutes=25)
assert len(refused) == 1
assert "未经核实不得销号" in str(refused[0])
for task in tasks.book().tasks.values():
    assert not task.open
    assert task.stage is (Stage.CLOSED if task.acting else Stage.RECEIVED)
    assert not task.acting or task.verified_at <= task.ended_at
assert figures["330902"].index == 100
assert figures["330921"].index < figures["330903"].index < 100
unheard = [step.measure for step in alone.steps if step.late == silent]
assert unheard == [rung.chinese for rung in tasks.rules.rungs]
