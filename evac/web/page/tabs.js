/* What one tab tells the others of this phone: {gone: true} where all was wiped or the login is another, {ended: why} where the roster is gone. */

const channel = 'BroadcastChannel' in self ? new BroadcastChannel('evac-kiosk') : null;

export function tell(what) {
  if (channel) channel.postMessage(what);
}

export function onTold(heard) {
  if (channel) channel.onmessage = (event) => heard(event.data);
}
