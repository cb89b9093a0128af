/* Worker: one frame in, the text of a QR code out. zxing where WebAssembly is to be had, jsQR in turn and otherwise. */
/* global importScripts, jsQR, ZXingWASM, DecompressionStream */

importScripts('vendor/jsqr/jsQR.js');
let zxing = null;
const SIZES = [0.5, 2 / 3, 0.4]; // of a frame of 1280 x 720, measured: none reads all, together they read most
const FULL = 1280;

async function loadZxing() {
  importScripts('vendor/zxing/reader.js');
  const packed = await fetch('vendor/zxing/zxing_reader.wasm.gz');
  // a server that says Content-Encoding: gzip has unpacked it already
  let bytes = new Uint8Array(await packed.arrayBuffer());
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    bytes = new Uint8Array(await new Response(plain).arrayBuffer());
  }
  await ZXingWASM.prepareZXingModule({ overrides: { wasmBinary: bytes.buffer }, fireImmediately: true });
  zxing = ZXingWASM;
}
const ready = loadZxing().catch(() => {
  zxing = null;
});

/* The mean of each block of pixels: smaller, and with less noise. */
function smaller(frame, share) {
  const width = Math.floor(frame.width * share);
  const height = Math.floor(frame.height * share);
  const out = new Uint8ClampedArray(width * height * 4);
  const step = 1 / share;
  for (let y = 0; y < height; y += 1) {
    const y0 = Math.floor(y * step);
    const y1 = Math.max(y0 + 1, Math.floor((y + 1) * step));
    for (let x = 0; x < width; x += 1) {
      const x0 = Math.floor(x * step);
      const x1 = Math.max(x0 + 1, Math.floor((x + 1) * step));
      let sum = 0;
      for (let j = y0; j < y1; j += 1) {
        for (let i = x0; i < x1; i += 1) sum += frame.data[4 * (j * frame.width + i) + 1];
      }
      const to = 4 * (y * width + x);
      out[to] = out[to + 1] = out[to + 2] = sum / ((y1 - y0) * (x1 - x0));
      out[to + 3] = 255;
    }
  }
  return { data: out, width, height };
}

async function byZxing(frame) {
  if (!zxing) return '';
  try {
    const found = await zxing.readBarcodes(frame, {
      formats: ['QRCode'], maxNumberOfSymbols: 1, tryHarder: true, tryInvert: false, tryDenoise: true,
    });
    return found.length && found[0].isValid ? found[0].text : '';
  } catch (error) {
    return '';
  }
}

self.onmessage = async (event) => {
  await ready;
  const frame = event.data; // `only` names one of the two where they are measured apart
  const first = frame.only === 'jsqr' ? '' : await byZxing(frame);
  if (first) {
    self.postMessage({ text: first, by: 'zxing' });
    return;
  }
  if (frame.only === 'zxing') {
    self.postMessage({ text: '', by: 'none' });
    return;
  }
  const share = Math.min(1, (SIZES[frame.turn % SIZES.length] * FULL) / frame.width);
  const small = smaller(frame, share);
  let second = null;
  try {
    second = jsQR(small.data, small.width, small.height, { inversionAttempts: 'dontInvert' });
  } catch (error) { /* the next frame is another one: without an answer nobody would look at it */ }
  self.postMessage({ text: second ? second.data : '', by: second ? 'jsqr' : 'none' });
};
