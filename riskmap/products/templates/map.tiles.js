// Gridded tiers from a PMTiles archive (version 3) that stands in the page as base64: nothing is ever asked for.
// The inverse of riskmap.products.pmtiles: directories and tiles are not compressed again, so that no inflating is needed.
const TILE_HEADER = 127;

function openTiles(text) {
  // only the piece that is wanted is decoded: four characters are three bytes
  const bytes = (from, length) => atob(text.slice(Math.floor(from / 3) * 4, Math.ceil((from + length) / 3) * 4)).substr(from % 3, length);
  const header = bytes(0, TILE_HEADER);
  const number = (at, width) => { // little-endian
    let value = 0;
    for (let n = width - 1; n >= 0; n--) value = value * 256 + header.charCodeAt(at + n);
    return value;
  };
  const directories = {};
  const directory = (from, length) => directories[from] || (directories[from] = readDirectory(bytes(from, length)));
  const leaves = number(40, 8);
  const tiles = number(56, 8);

  function find(wanted, from, length) {
    const entry = entryOf(directory(from, length), wanted);
    if (!entry) return null;
    return entry.repeats ? entry : find(wanted, leaves + entry.offset, entry.length);
  }

  return {
    zooms: [number(100, 1), number(101, 1)],
    // address of a tile's picture; empty where there is no tile
    tile: (zoom, x, y) => {
      const entry = find(tileNumber(zoom, x, y), number(8, 8), number(16, 8));
      return entry ? "data:image/png;base64," + btoa(bytes(tiles + entry.offset, entry.length)) : "";
    },
  };
}

// Columns of variable-length integers: steps of the numbers, repeats, lengths, offsets (0 = right behind the last).
function readDirectory(content) {
  let at = 0;
  const next = () => {
    let value = 0;
    let weight = 1;
    let byte = 128;
    while (byte > 127) {
      byte = content.charCodeAt(at++);
      value += (byte & 127) * weight;
      weight *= 128;
    }
    return value;
  };
  const count = next();
  const column = () => Array.from({ length: count }, next);
  const numbers = column();
  for (let n = 1; n < count; n++) numbers[n] += numbers[n - 1];
  const repeats = column();
  const lengths = column();
  const offsets = column();
  for (let n = 0; n < count; n++) offsets[n] = offsets[n] ? offsets[n] - 1 : offsets[n - 1] + lengths[n - 1];
  return { numbers: numbers, repeats: repeats, lengths: lengths, offsets: offsets };
}

// The last entry at or before a number, if it reaches that far; a leaf directory (no repeats) reaches to the next entry.
function entryOf(directory, wanted) {
  let low = 0;
  let high = directory.numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (directory.numbers[middle] <= wanted) low = middle;
    else high = middle - 1;
  }
  const repeats = directory.repeats[low];
  const past = wanted - directory.numbers[low];
  if (past < 0 || (repeats && past >= repeats)) return null;
  return { offset: directory.offsets[low], length: directory.lengths[low], repeats: repeats };
}

// Number of a tile: all tiles of lower zooms, then its place on the Hilbert curve.
function tileNumber(zoom, x, y) {
  let along = 0;
  for (let half = Math.pow(2, zoom - 1); half >= 1; half /= 2) {
    const right = x & half ? 1 : 0;
    const low = y & half ? 1 : 0;
    along += half * half * ((3 * right) ^ low);
    x &= half - 1;
    y &= half - 1;
    if (!low) {
      const [column, row] = right ? [half - 1 - x, half - 1 - y] : [x, y];
      x = row;
      y = column;
    }
  }
  return (Math.pow(4, zoom) - 1) / 3 + along;
}

function tierTiles(raster) {
  const archive = openTiles(raster.tiles);
  const [west, south, east, north] = raster.bounds;
  const Layer = L.GridLayer.extend({
    createTile: function (at) {
      const address = archive.tile(at.z, at.x, at.y);
      const tile = document.createElement(address ? "img" : "div");
      if (address) {
        tile.alt = "";
        tile.src = address;
      }
      return tile;
    },
    // tiles are only ever enlarged: to shrink one would drop pixels, and with them the worst
    _setView: function (centre, zoom, noPrune, noUpdate) {
      this._whole = Math.floor(zoom + 1e-6);
      L.GridLayer.prototype._setView.call(this, centre, zoom, noPrune, noUpdate);
    },
    _clampZoom: function (zoom) {
      return L.GridLayer.prototype._clampZoom.call(this, zoom === Math.round(zoom) ? this._whole : zoom);
    },
    // Tiles are laid edge to edge on whole pixels: a level that is scaled as one shows seams in colours of no legend.
    // While a zoom is under way it is scaled as one all the same.
    _setZoomTransform: function (level, centre, zoom) {
      const scale = this._map.getZoomScale(zoom, level.zoom);
      const corner = level.origin.multiplyBy(scale).subtract(this._map._getNewPixelOrigin(centre, zoom)).round();
      if (!this._map._animatingZoom) {
        level.laid = scale;
        Object.keys(this._tiles).forEach((key) => this._lay(this._tiles[key]));
      }
      L.DomUtil.setTransform(level.el, corner, scale / (level.laid || 1));
    },
    _addTile: function (at, container) {
      L.GridLayer.prototype._addTile.call(this, at, container);
      this._lay(this._tiles[this._tileCoordsToKey(at)]);
    },
    _lay: function (tile) {
      const level = this._levels[tile.coords.z];
      if (!level) return;
      level.laid = level.laid || this._map.getZoomScale(this._map.getZoom(), level.zoom);
      const from = this._getTilePos(tile.coords);
      const [left, top] = [from.x, from.y].map((edge) => Math.round(edge * level.laid));
      const [right, bottom] = [from.x, from.y].map((edge) => Math.round((edge + this.getTileSize().x) * level.laid));
      // not by a transform: an image with a layer of its own gets soft edges from the compositor
      Object.assign(tile.el.style, {
        transform: "none", left: left + "px", top: top + "px", width: right - left + "px", height: bottom - top + "px",
      });
    },
  });
  return new Layer({
    pane: "raster", className: "raster tier-tiles", bounds: [[south, west], [north, east]], keepBuffer: 1,
    minNativeZoom: archive.zooms[0], maxNativeZoom: archive.zooms[1],
  });
}

// Shows the tiles of a raster, or takes those that are shown away; true where the raster has tiles.
function showTiles(map, layers, raster) {
  const wanted = raster && raster.tiles ? raster : null;
  if (layers.tiles && layers.tiles.raster !== wanted) {
    layers.tiles.remove();
    layers.tiles = null;
  }
  if (wanted && !layers.tiles) {
    layers.tiles = tierTiles(wanted).addTo(map);
    layers.tiles.raster = wanted;
  }
  return wanted !== null;
}

// Layers of the window's worst tier: the counties' numbers are those of the window too, at whatever hour.
function windowChoices(data, level) {
  return Object.keys(data.windows).map((id) => {
    const hazard = level.hazards.find((entry) => entry.id === id);
    const tiers = windowWorst(hazard ? hazard.tier : level.combined, level.count);
    return { id: "window:" + id, kind: "raster", raster: data.windows[id], tiers: tiers, words: data.windows[id].words, rain: hazard && hazard.rain, hazard: hazard };
  });
}

function windowWorst(tiers, count) {
  const worst = tiers.slice(0, count);
  const grey = new Uint8Array(count);
  tiers.forEach((code, n) => {
    if (code > worst[n % count]) worst[n % count] = code;
    if (code === NO_DATA) grey[n % count] = 1;
  });
  return tiers.map((_, n) => (worst[n % count] <= 0 && grey[n % count] ? NO_DATA : worst[n % count]));
}
