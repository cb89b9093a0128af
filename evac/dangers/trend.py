"""Do reports come faster than before? An exact test of two Poisson rates, on independent reports alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evac.dangers.danger import independent
from evac.dangers.reports import Report
from evac.dangers.rules import Kind, kinds, rules


def rate_excess(count: int, time: float, before: int, time_before: float, *, ratio: float = 1.0) -> float:
    """Chance of so many events, or more, if the rate were ``ratio`` times the earlier one: the smaller, the surer the rise.

    Given the sum of both counts, the later one is binomial with share r t / (r t + t0), whatever the rate was.

    Parameters
    ----------
    count, before : int
        Events now, and earlier.
    time, time_before : float
        Over how long, in one unit.
    ratio : float
        A rise up to this is no alarm.

    References
    ----------
    Przyborowski and Wilenski (1940), Biometrika 31, 313. The example is the first of Gu, Ng, Tang and Schucany (2008), Biometrical
    Journal 50, 283, whose exact one-sided p for a ratio of 1.2 R's ``exactci::poisson.exact`` gives as 0.0066518.

    Examples
    --------
    >>> round(rate_excess(60, 51477.5, 30, 54308.7, ratio=1.2), 7)
    0.0066518
    """
    trials = count + before
    share = ratio * time / (ratio * time + time_before)
    if count <= 0:
        return 1.0
    logs = (
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(share) + (trials - k) * math.log1p(-share)
        for k in range(count, trials + 1)
    )  # fmt: skip
    return min(1.0, math.fsum(math.exp(log) for log in logs))


@dataclass(frozen=True)
class Trend:
    """Reports of a kind, or of all, in the window and before it.

    Attributes
    ----------
    kind : Kind or None
        None for all together.
    now, before : int
        Independent reports in the window, and in the baseline.
    expected : float
        What the baseline makes of the window's length.
    chance : float
        ``rate_excess`` against the rule's ratio.
    alarm : bool
        Enough of them, and too many for chance (thresholds: own proposal, D).
    """

    kind: Kind | None
    now: int
    before: int
    expected: float
    chance: float
    alarm: bool

    @property
    def words(self) -> str:
        """In one line."""
        what = self.kind.chinese if self.kind else "全部险情"
        window = rules()["trend"]["window_minutes"]
        return f"{what}:近 {window:g} 分钟 {self.now} 起,基线折算 {self.expected:.1f} 起,偶然概率 {self.chance:.1g}"


def trends(reports: Iterable[Report], *, now: datetime) -> tuple[Trend, ...]:
    """The trend of all reports, then of each kind that was told of in the window; see ``rules.toml`` for the numbers (D).

    One person counts once a window, whatever he or she sends, and one photo once, whoever sends it on. Nothing before the baseline
    is asked for: where there is none, ``least`` alone is, and the ratio to nothing is sure.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import Clerk, trends
    >>> from evac.dangers.intake import Seen, danger_seen
    >>> from evac.dangers.reports import report_of
    >>> noon = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> clerks = [Clerk(who, "330902001001", who, noon - timedelta(minutes=n)) for n, who in enumerate("甲乙丙丁戊己")]
    >>> reports = [report_of(danger_seen(Seen("滑坡", "后山竹林", "330902001001"), clerk, None)) for clerk in clerks]
    >>> for trend in trends(reports, now=noon):
    ...     print(trend.words, trend.alarm)
    全部险情:近 60 分钟 6 起,基线折算 0.0 起,偶然概率 0.0002 True
    山体滑坡/裂缝:近 60 分钟 6 起,基线折算 0.0 起,偶然概率 0.0002 True
    """
    rule = rules()["trend"]
    window, baseline = timedelta(minutes=rule["window_minutes"]), timedelta(hours=rule["baseline_hours"])
    known = [r for r in reports if now - window - baseline < r.at <= now]
    late = [r for r in known if r.at > now - window]
    told = {report.kind.id for report in late}
    of_kinds = (
        _trend(kind, [r for r in known if r.kind.id == kind.id], now, window, baseline)
        for kind in kinds().values()
        if kind.id in told
    )
    return (_trend(None, known, now, window, baseline), *of_kinds)


def _trend(
    kind: Kind | None, known: Sequence[Report], now: datetime, window: timedelta, baseline: timedelta
) -> Trend:
    rule = rules()["trend"]
    count = independent([r for r in known if r.at > now - window])
    # each part as long as the window, so that who reports again an hour later counts as often as in the window
    before = sum(
        independent([r for r in known if end - window < r.at <= end])
        for end in (now - window * n for n in range(1, int(baseline / window) + 1))
    )
    chance = rate_excess(count, window / window, before, baseline / window, ratio=rule["ratio"])
    alarm = count >= rule["least"] and chance < rule["alpha"]
    return Trend(kind, count, before, before * (window / baseline), chance, alarm)
