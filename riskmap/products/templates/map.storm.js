// The typhoon: track, position at the hour, wind circles. Ink only: no tier colour outside the tiers.
const STORM_INK = "#33214d";
const CIRCLE_STYLES = [
  { weight: 1.4, dashArray: "2 5" },
  { weight: 1.8, dashArray: "8 5" },
  { weight: 2.2, dashArray: null },
];
const STORM_ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 -16 32 32" width="36" height="36">' +
  '<path d="M0-7.2C4-7.6 9-9.6 11.5-14 4-13-7.2-11.2-7.2 0M0 7.2C-4 7.6-9 9.6-11.5 14-4 13 7.2 11.2 7.2 0" ' +
  'fill="#33214d" stroke="#fff" stroke-width="1.2"/>' +
  '<circle r="7" fill="#33214d" stroke="#fff" stroke-width="1.2"/><circle r="2.7" fill="#fff"/></svg>';

function buildStorm(map, data, fixText) {
  const track = data.track;
  const fixes = track.time.map((time, n) => ({
    time: time, at: [track.latitude[n], track.longitude[n]], wind: track.wind[n], pressure: track.pressure[n], forecast: track.forecast[n] === 1,
  }));
  // the line passes through the hourly positions too, so that the centre never leaves it
  const hourly = data.times.map((time, hour) => ({ time: time, at: [track.at.latitude[hour], track.at.longitude[hour]] })).filter((point) => point.at[0] !== null);
  const path = fixes.concat(hourly).sort((a, b) => a.time - b.time);
  const first = fixes.find((fix) => fix.forecast);
  const last = first ? fixes[Math.max(0, fixes.indexOf(first) - 1)].time : Infinity;
  const past = path.filter((point) => point.time <= last);
  const ahead = path.filter((point) => point.time >= last);
  const line = (part, dash) => {
    const at = part.map((point) => point.at);
    L.polyline(at, { pane: "storm", interactive: false, weight: 5, color: "#fff", opacity: 0.85 }).addTo(map);
    L.polyline(at, { pane: "storm", interactive: false, weight: 2.4, color: STORM_INK, dashArray: dash, className: dash ? "track-ahead" : "track-past" }).addTo(map);
  };
  if (past.length > 1) line(past, null);
  if (ahead.length > 1) line(ahead, "7 6");
  fixes.forEach((fix) => {
    L.circleMarker(fix.at, { pane: "storm", radius: 3.6, weight: 1.6, color: STORM_INK, fillColor: fix.forecast ? "#fff" : STORM_INK, fillOpacity: 1 })
      .bindTooltip(() => fixText(fix))
      .addTo(map);
  });
  const icon = L.divIcon({ className: "storm-icon", html: STORM_ICON, iconSize: [36, 36] });
  const marker = L.marker([0, 0], { icon: icon, pane: "centre", keyboard: false });
  return { marker: marker, circles: L.layerGroup().addTo(map), fixes: fixes };
}

function showStorm(map, data, storm, hour, words, fixText, taken) {
  const at = data.track.at;
  const centre = [at.latitude[hour], at.longitude[hour]];
  storm.circles.clearLayers();
  if (centre[0] === null) {
    storm.marker.remove();
    return;
  }
  storm.marker.setLatLng(centre).addTo(map);
  storm.marker.unbindTooltip();
  storm.marker.bindTooltip(() => fixText({ time: data.times[hour], at: centre, wind: at.wind[hour], pressure: at.pressure[hour], now: true }));
  if (!data.circles) return;
  const forces = data.circles.force.length;
  data.circles.force.forEach((force, f) => {
    const start = (hour * forces + f) * 4;
    const radii = data.circles.radius.slice(start, start + 4);
    if (radii.every((radius) => radius === null || radius === 0)) return;
    const style = CIRCLE_STYLES[Math.min(f, CIRCLE_STYLES.length - 1)];
    L.polygon(quadrantArcs(centre, radii), Object.assign({ pane: "storm", interactive: false, fill: false, color: STORM_INK, className: "wind-circle" }, style)).addTo(storm.circles);
    const seen = labelPlace(map, centre, radii, taken);
    if (!seen) return;
    const label = textMarker(seen, "circle-label", "number");
    label.options.icon.options.html.textContent = words.force ? force + words.force : "F" + force;
    label.addTo(storm.circles);
  });
}

// Where a circle's name can be read: the first direction that lies within the window and on no other label.
function labelPlace(map, centre, radii, taken) {
  const size = map.getSize();
  return [350, 10, 280, 260, 190, 170, 80, 100, 315, 225, 45, 135]
    .map((bearing) => pointAt(centre, bearing, radii[Math.floor(bearing / 90)] || 0))
    .find((at) => {
      const p = map.latLngToContainerPoint(at);
      const box = [p.x - 18, p.y - 9, p.x + 18, p.y + 9];
      return !taken.some((other) => overlaps(box, other)) && p.x > 60 && p.x < size.x - 20 && p.y > 14 && p.y < size.y - 40;
    });
}

function quadrantArcs(centre, radii) {
  // NE, SE, SW, NW: each a quarter circle of its own radius, joined by straight steps
  const points = [];
  radii.forEach((radius, quadrant) => {
    for (let step = 0; step <= 18; step++) {
      points.push(pointAt(centre, quadrant * 90 + step * 5, radius || 0));
    }
  });
  return points;
}

function pointAt(centre, bearing, distance) {
  const angle = (bearing * Math.PI) / 180;
  const latitude = centre[0] + (distance * Math.cos(angle)) / EARTH_DEGREE;
  // the parallel half way, which keeps the circle round to 0.1 % at 300 km
  const scale = Math.cos(((centre[0] + latitude) / 2 * Math.PI) / 180);
  return [latitude, centre[1] + (distance * Math.sin(angle)) / (EARTH_DEGREE * scale)];
}
