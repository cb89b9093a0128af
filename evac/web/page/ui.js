/* Small words for the page: find, make, show, and what the hand and the ear feel. */

export function $(id) {
  return document.getElementById(id);
}

/* make('p', {class: 'x'}, 'text', node, ...): texts are texts, never markup. */
export function make(tag, attributes, ...inside) {
  const node = document.createElement(tag);
  Object.keys(attributes || {}).forEach((name) => {
    if (name === 'onclick') node.addEventListener('click', attributes[name]);
    else node.setAttribute(name, attributes[name]);
  });
  inside.forEach((part) => node.append(part));
  return node;
}

export function fill(node, ...inside) {
  node.textContent = '';
  inside.filter((part) => part !== null && part !== '').forEach((part) => node.append(part));
}

export function option(value, text) {
  return make('option', { value }, text);
}

export function pairs(list, rows, large) {
  list.classList.toggle('large', large);
  fill(list, ...rows.reduce((nodes, [name, value]) => nodes.concat(make('dt', {}, name), make('dd', {}, String(value))), []));
}

export function hour(milliseconds) {
  const at = new Date(milliseconds);
  const two = (n) => String(n).padStart(2, '0');
  return two(at.getMonth() + 1) + '-' + two(at.getDate()) + ' ' + two(at.getHours()) + ':' + two(at.getMinutes());
}

let sound = null;

/* Browsers allow sound after the first touch only. */
export function wakeSound() {
  const Sound = self.AudioContext || self.webkitAudioContext;
  if (!sound && Sound) sound = new Sound();
  if (sound && sound.state === 'suspended') sound.resume().catch(() => {});
}

function tone(frequency, from, length) {
  if (!sound || sound.state !== 'running') return;
  const voice = sound.createOscillator();
  const loud = sound.createGain();
  voice.frequency.value = frequency;
  loud.gain.value = 0.25;
  voice.connect(loud);
  loud.connect(sound.destination);
  voice.start(sound.currentTime + from);
  voice.stop(sound.currentTime + from + length);
}

/* 'done', 'again' or 'stop': told by ear and hand, since eyes are on the person. */
export function feel(what) {
  if (what === 'done') tone(1320, 0, 0.12);
  else if (what === 'again') tone(660, 0, 0.08);
  else [0, 0.22].forEach((from) => tone(220, from, 0.16));
  const hands = navigator.userActivation && !navigator.userActivation.hasBeenActive;
  if (navigator.vibrate && !hands) navigator.vibrate(what === 'done' ? 80 : what === 'again' ? 30 : [200, 90, 200]);
}
