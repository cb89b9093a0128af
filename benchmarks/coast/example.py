"""``python -m benchmarks.coast.example``: writes the invented tables (示例) of ``data/sea_walls``.

Nothing in them is a real wall, station or tide: places are near real shores so that a demo has letters to write.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from benchmarks.harness import ROOT
from riskmap.hazard.surge.tide import Harmonics, predict_tide

FOLDER = ROOT / "data" / "sea_walls"
MARK = "# 示例:海塘、潮位站与潮位均为虚构,仅供演示,不得用于防汛 (invented for demonstration; not for use)"

STATIONS = {
    # code: name, lat, lon, M2 and S2 amplitude and lag [m, degrees on Beijing's clock], blue level [cm above 1985]
    "SL01": ("示例站·镇海", 29.98, 121.73, (0.85, 320.0), (0.36, 10.0), 230),
    "SL02": ("示例站·定海", 30.00, 122.08, (0.95, 285.0), (0.42, 330.0), 225),
    "SL03": ("示例站·澉浦", 30.38, 120.91, (2.50, 20.0), (0.95, 75.0), 480),
    "SL04": ("示例站·乍浦", 30.60, 121.09, (2.10, 345.0), (0.80, 35.0), 410),
    "SL05": ("示例站·海门", 28.68, 121.45, (1.75, 295.0), (0.65, 335.0), 340),
    "SL06": ("示例站·坎门", 28.08, 121.28, (1.85, 265.0), (0.70, 305.0), 330),
    "SL07": ("示例站·温州", 27.97, 120.80, (2.00, 285.0), (0.75, 325.0), 370),
}
DIURNAL = (("K1", 0.30, 200.0), ("O1", 0.20, 160.0))
MEAN_LEVEL = 0.20

COLUMNS = (
    "code,name,region,crest_m,height_datum,toe_m,wall,cot_slope,roughness,berm_width_m,berm_level_m,design_tide_m,"
    "return_period_years,allowed_q_l_s_m,lowest_opening_m,opening_share,dry_gates,gaps,sluices,under_construction,"
    "owner,station,lon,lat,facing_deg,length_m,note"
)
SECTIONS = (
    "HT01,示例海塘·镇海01,330211,6.60,1985,0.50,slope,3.0,0.90,4.0,3.50,4.60,100,50,,,2,0,3,0,示例镇海海塘管理所,SL01,121.700,29.990,20,3200,",
    "HT02,示例海塘·慈溪02,330282,7.30,1985,1.00,slope,3.5,0.95,5.0,4.50,5.60,100,50,,,0,0,6,0,示例慈溪海塘管理所,SL01,121.350,30.330,10,8600,",
    "HT03,示例海塘·海盐03,330424,9.40,1985,0.50,slope,2.5,0.85,4.0,5.50,6.30,100,50,,,1,0,2,0,示例海盐海塘管理所,SL03,120.960,30.500,120,5100,",
    "HT04,示例海塘·平湖04,330482,8.90,1985,0.00,vertical,,,,,5.90,100,20,,,0,0,1,1,示例平湖海塘管理所,SL04,121.100,30.590,150,2400,在建段一处",
    "HT05,示例海塘·定海05,330902,4.60,1985,-0.50,slope,2.5,1.00,0,,3.30,50,20,3.60,0.01,4,1,2,0,示例定海海塘管理所,SL02,122.060,30.005,180,1800,缺口底高3.60米",
    "HT06,示例海塘·普陀06,330903,5.20,1985,-1.00,slope,2.0,0.80,0,,3.20,50,20,,,2,0,1,0,示例普陀海塘管理所,SL02,122.320,29.950,90,1300,",
    "HT07,示例海塘·岱山07,330921,5.60,1985,-0.50,slope,3.0,0.90,3.0,3.00,3.40,50,20,,,1,0,2,0,示例岱山海塘管理所,SL02,122.200,30.260,45,2100,",
    "HT08,示例海塘·象山08,330225,6.90,1985,0.00,slope,3.0,0.90,0,,4.70,50,,,,0,0,2,0,示例象山海塘管理所,SL05,121.960,29.200,90,2700,允许越浪量未知",
    "HT09,示例海塘·椒江09,331002,7.60,1985,0.50,slope,3.0,0.90,5.0,4.50,5.20,50,20,,,3,0,2,0,示例椒江海塘管理所,SL05,121.560,28.650,100,4800,",
    "HT10,示例海塘·温岭10,331081,7.90,1985,0.00,slope,2.5,0.85,4.0,4.50,5.30,50,20,,,0,0,3,0,示例温岭海塘管理所,SL06,121.640,28.400,95,3600,",
    "HT11,示例海塘·玉环11,331083,7.20,1985,-0.50,vertical,,,,,5.10,50,10,,,1,0,0,0,示例玉环海塘管理所,SL06,121.280,28.100,130,900,",
    "HT12,示例海塘·龙湾12,330303,8.10,1985,0.50,slope,3.0,0.90,5.0,5.00,5.80,100,50,,,0,0,4,0,示例龙湾海塘管理所,SL07,120.870,27.930,110,6200,",
)


def tide_rows() -> list[str]:
    """Hourly tide of In-Fa's days, Beijing time."""
    times = np.datetime64("2021-07-22T16", "s") + np.arange(121) * np.timedelta64(3600, "s")
    found = []
    for code, (_, lat, _, m2, s2, _) in STATIONS.items():
        parts = (("M2", *m2), ("S2", *s2), *DIURNAL)
        names, amplitudes, lags = zip(*parts, strict=True)
        levels = predict_tide(Harmonics(lat, names, amplitudes, lags, 8.0, MEAN_LEVEL, "1985"), times)
        found += [
            f"{code},{time + np.timedelta64(8, 'h')!s}+08:00,{100.0 * level:.0f}"
            for time, level in zip(times, levels, strict=True)
        ]
    return found


def harmonic_rows() -> list[str]:
    """Their invented constants."""
    parts = [("M2", 3), ("S2", 4), ("K1", None), ("O1", None)]
    found = []
    for (code, station), (name, place) in product(STATIONS.items(), parts):
        values = {n: (a, g) for n, a, g in DIURNAL}
        amplitude, lag = values[name] if place is None else station[place]  # type: ignore[misc]
        found.append(
            f"{code},{station[1]},{name},{100 * amplitude:.0f},{lag:.0f},+08:00,{100 * MEAN_LEVEL:.0f},1985"
        )
    return found


def main() -> None:
    """Write the four files."""
    levels = [
        f"{name}(虚构),{code},{lon},{lat},{blue},{blue + 30},{blue + 60},{blue + 110}"
        for code, (name, lat, lon, _, _, blue) in STATIONS.items()
    ]
    files = {
        "sea_walls_example.csv": [MARK, COLUMNS, *SECTIONS],
        "tide_stations_example.csv": ["name,code,lon,lat,blue_cm,yellow_cm,orange_cm,red_cm", *levels],
        "tide_example.csv": ["code,time,level_cm", *tide_rows()],
        "harmonics_example.csv": [
            "station,lat,constituent,amplitude_cm,phase_deg,phase_clock,mean_level_cm,datum",
            *harmonic_rows(),
        ],
    }
    for name, rows in files.items():
        (FOLDER / name).write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
