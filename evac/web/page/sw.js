/* Service worker: the page's own files, kept whole under one version; never anything of /v1/, so nothing about people. */

const VERSION = '011d78f02172';
const FILES = [
  './',
  'account.js',
  'app.js',
  'clock.js',
  'codes.js',
  'counts.js',
  'database.js',
  'decoder.js',
  'door.js',
  'events.js',
  'field.js',
  'icon-192.png',
  'icon-512.png',
  'lists.js',
  'manifest.webmanifest',
  'onward.js',
  'outbox.js',
  'roster.js',
  'scan.js',
  'sealing.js',
  'session.js',
  'styles.css',
  'sync.js',
  'tabs.js',
  'transfer.js',
  'ui.js',
  'vault.js',
  'vendor/jsqr/jsQR.js',
  'vendor/qrcode/qrcode.js',
  'vendor/tweetnacl/nacl-fast.min.js',
  'vendor/zxing/reader.js',
  'vendor/zxing/zxing_reader.wasm.gz',
  'words.js'
];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open('evac-' + VERSION).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })))));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== 'evac-' + VERSION).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener('message', (event) => {
  if (event.data === 'renew') self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin || url.pathname.indexOf('/v1/') >= 0) return;
  event.respondWith(caches.open('evac-' + VERSION)
    .then((cache) => cache.match(event.request, { ignoreSearch: true }))
    .then((kept) => kept || fetch(event.request)));
});
