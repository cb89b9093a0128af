/* IndexedDB in a few words. Writes that hold facts wait for the disk (durability strict). */

const NAME = 'evac-kiosk';
let opened = null;

function wait(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

export function open() {
  if (!opened) {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('meta');
      request.result.createObjectStore('outbox', { keyPath: 'id' });
    };
    opened = wait(request);
    opened.then((db) => {
      db.onversionchange = () => db.close();
    });
    opened.catch(() => {
      opened = null;
    });
  }
  return opened;
}

/* Runs `work(store)` on both stores in one transaction and waits until it is on disk. */
export async function write(work) {
  const db = await open();
  const change = db.transaction(['meta', 'outbox'], 'readwrite', { durability: 'strict' });
  const finished = new Promise((done, failed) => {
    change.oncomplete = () => done();
    change.onerror = () => failed(change.error);
    change.onabort = () => failed(change.error || new Error('aborted'));
  });
  finished.catch(() => {}); // told below; an abort inside `work` is told there
  const told = await work(change.objectStore('meta'), change.objectStore('outbox'), wait);
  await finished;
  return told;
}

export async function get(key) {
  const db = await open();
  return wait(db.transaction('meta').objectStore('meta').get(key));
}

export function put(key, value) {
  return write((meta) => {
    meta.put(value, key);
  });
}

export function remove(...keys) {
  return write((meta) => {
    keys.forEach((key) => meta.delete(key));
  });
}

export async function outbox() {
  const db = await open();
  return wait(db.transaction('outbox').objectStore('outbox').getAll());
}

/* Everything on this phone, gone; but nothing where more of the outbox than `agreed` rows is still `needed`, since another tab may have written.
   Answers how many rows were needed. */
export async function destroy(needed, agreed) {
  const left = await write(async (meta, box, wait) => {
    const count = (await wait(box.getAll())).filter(needed).length;
    if (count <= agreed) {
      meta.clear();
      box.clear();
    }
    return count;
  });
  if (left > agreed) return left;
  const db = await open();
  db.close();
  opened = null;
  await new Promise((done, failed) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = () => done();
    request.onerror = () => failed(request.error);
    request.onblocked = () => done(); // another tab holds it open; it is empty already
  });
  return left;
}
