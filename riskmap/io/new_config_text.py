"""The words of a new configuration: comments in Chinese and English, places for what its files say."""

from __future__ import annotations

from typing import Final

SCENARIO: Final = """# 每期研判的情景 · What each cycle of {stem}.toml runs. Paths count from this file.
# 完整说明 · every key: docs/reference/scenario.md. A misspelt key is an error that names its line.

[event]                  # 每个台风一份,换台风时改这里和 [track] storm · one storm: change both for the next one
{event}

[run]                    # 起报时由定时研判填写 · issued_at is filled in by the cycle
# 过去的台风,算一次 · one past storm, without a timer: with these lines, and file and forecast of [track], `riskmap run` takes this file too
# issued_at = 2021-07-24T12:00:00+08:00
# replay = true
hours = 48               # 研判时段(小时)· valid hours, 1 to 240

[grid]                   # 全部县外扩0.1度 · the counties with 0.1 degree around
{grid}

[track]                  # file 由 {stem}.toml 的 [[input]] 提供 · file comes from an [[input]]
# file = "..."           # 只算一次时 · for one storm alone
# forecast = "simulated" # 只有实况、没有预报的路径 · of a track that was observed and holds no forecast
{track}

[rain]
{rain}

{ensemble}
{terrain}

{flash_flood}
{inundation}
{assets}{gauges}{tide}{risk}
# 没有给出的名录,对应灾种为灰色,绝不为绿色 · a register that is not given leaves its hazard grey, never green:
# [assets]  sea_walls + sea_wall_tide + sea_wall_datum | reservoirs | river_stations | hazard_zones | key_villages | people, datum
# [gauges]  stations + readings      [tide]  warning_levels + astronomical + datum

{regions}
[products]
letters = true           # 函件为草稿,签发另有命令 · letters are drafts: `evac sign` signs them
# issuer = "某省防汛防台抗旱指挥部办公室"   # 发文机关
# approval_number = "..."  # 审图号:对外展示的地图需要 · maps shown to others need one
"""

HINTS: Final = {
    "terrain.relief": '# relief = "..."           # 缺则小流域山洪为灰色 · without it flash flood is grey',
    "terrain.dem": '# dem = "..."              # ≤90米,缺则淹没、地质灾害为灰色 · of 90 m or finer: without it inundation and landslide are grey',
    "terrain.bathymetry": '# bathymetry = "..."       # 缺则风暴潮、海塘、近岸浪为灰色 · without it surge, sea walls and waves are grey',
    "terrain.coastline": '# coastline = "..."        # 同上 · the same',
}
"""What the section of relief and sea says of a file that was not given."""

CYCLE: Final = """# 定时研判 · Scheduled cycles: riskmap cycle --config {stem}.toml
# 先查资料 · look at every input first: riskmap check {stem}.toml
# 由这些文件生成 · made from:
{files}

[cycle]
scenario = "{stem}-scenario.toml"
root = "cycles"          # runs/, latest, inputs/, status.json
every_minutes = 60       # 起报间隔(分钟),自北京时零点起算 · issue times, from midnight in Beijing
keep = 168               # 保留的期数 · published runs that stay
resume = true            # 断电后接着算 · after a kill, go on behind the last whole step

# ---- 每期更新的资料 · inputs that come anew each cycle ----

{inputs}
# ---- 资料目录(数据归集):每层的责任单位、许可、共享方式 · the input catalogue ----
# owner、licence 未填的,riskmap check 会逐层提示 · fill in owner and licence; as_of = 2024-05-01 and max_age_days = 400 where data grow old

{layers}"""

INPUT: Final = """[[input]]
key = "{key}"
watch = {watch}
{names}      # 文件名中的时间(北京时)· the time in a name, Beijing
max_age_hours = {hours:g}        # 更旧则照常出图,标注"资料过期",退出码4 · older: published, marked, exit code 4
required = {required}         # true:没有就不出图,退出码3 · true: none at all, no cycle, exit code 3
"""

LAYER: Final = """[[layer]]
key = "{key}"
owner = "{owner}"
licence = "{licence}"
interface = "{interface}"
format = "{format}"
"""

TRACK_README: Final = """台风路径放在这里,文件名写明起报时(北京时),例如 track_202107240800.geojson。
Put each track here, its issue time (Beijing) in its name: track_202107240800.geojson.
先写成 .part 结尾,写完再改名 · write it under a name that ends in .part, then rename it.

riskmap bulletins best_track.txt --storm 2106 --from 2021-07-24T08:00+08:00 --to 2021-07-24T20:00+08:00 --out incoming/track
"""
