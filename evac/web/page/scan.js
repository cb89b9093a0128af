/* The camera, frame by frame into the decoder's worker; torch, and one scan where the same code is held up for seconds. */

const AGAIN = 4000; // the same code within so many milliseconds is one scan
const PAUSE = 60;
const RETRY = 1000; // after a decoder that did not load

let stream = null;
let worker = null;
let waiting = null; // gets what the decoder says of the frame it has
let running = false;
let lastText = '';
let lastAt = 0;
let detector = null;

function workerReady() {
  if (worker) return worker;
  worker = new Worker('decoder.js');
  worker.onmessage = (event) => answer(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    letGo(RETRY);
  };
  return worker;
}

function answer(found) {
  const done = waiting;
  waiting = null;
  if (done) done(found);
}

/* The next frame makes another decoder. */
function letGo(pause) {
  if (worker) worker.terminate();
  worker = null;
  const done = waiting; // its own frame: the next one has a decoder of its own by then
  waiting = null;
  if (done) setTimeout(() => done({ text: '', by: 'none' }), pause);
}

// one that was begun before the page was kept on the phone finds its other half no more once the network is away
if (navigator.serviceWorker) navigator.serviceWorker.addEventListener('controllerchange', () => letGo(0));

async function native() {
  if (detector !== null) return detector;
  detector = false;
  if ('BarcodeDetector' in self) {
    try {
      const formats = await self.BarcodeDetector.getSupportedFormats();
      if (formats.indexOf('qr_code') >= 0) detector = new self.BarcodeDetector({ formats: ['qr_code'] });
    } catch (error) {
      detector = false;
    }
  }
  return detector;
}

function decode(picture, turn) {
  return new Promise((done) => {
    waiting = done;
    workerReady().postMessage({ data: picture.data, width: picture.width, height: picture.height, turn }, [picture.data.buffer]);
  });
}

/* Starts the camera and calls `heard(text)` for each new code. Throws where there is no camera or no leave to use it. */
export async function start(video, heard) {
  stop();
  stream = await navigator.mediaDevices.getUserMedia({
    audio: false, video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  video.srcObject = stream;
  await video.play();
  running = true;
  look(video, heard, stream);
}

async function look(video, heard, mine) {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  let turn = 0;
  while (running && stream === mine) {
    const text = await read(video, canvas, pen, turn);
    turn += 1;
    if (text && running && stream === mine) report(text, heard);
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}

async function read(video, canvas, pen, turn) {
  const width = video.videoWidth;
  const height = video.videoHeight;
  if (!width || document.hidden) return '';
  const quick = await native();
  if (quick && turn % 2 === 0) {
    try {
      const found = await quick.detect(video);
      if (found.length) return found[0].rawValue;
    } catch (error) {
      detector = false;
    }
  }
  canvas.width = width;
  canvas.height = height;
  pen.drawImage(video, 0, 0);
  return (await decode(pen.getImageData(0, 0, width, height), turn)).text;
}

function report(text, heard) {
  const now = performance.now();
  const same = text === lastText && now - lastAt < AGAIN;
  lastText = text;
  lastAt = now;
  if (!same) heard(text);
}

export function stop() {
  running = false;
  if (stream) stream.getTracks().forEach((track) => track.stop());
  stream = null;
}

/* Whether the lamp is on now; null where the phone has none that a page may use. */
export async function torch(on) {
  const track = stream && stream.getVideoTracks()[0];
  const can = track && track.getCapabilities ? track.getCapabilities() : {};
  if (!can.torch) return null;
  await track.applyConstraints({ advanced: [{ torch: on }] });
  return on;
}
