// Weight files kept for the next visit, in the browser's private file system: one file a model, in a folder of the model's id.
// Where there is no such file system (an insecure context, some private windows) nothing is kept, and nothing fails. Other tabs write
// and remove here as well: what cannot be read is not kept.

const FOLDER = 'models';

/** What Chromium calls a file that is being written, which it does not hide. */
const UNFINISHED = '.crswap';

/** How many bytes are written between two reports. */
const CHUNK = 16 << 20;

/**
 * What is kept.
 * @returns {Promise<Array<{ id: string, file: File }>>}
 */
export async function list() {
  const kept = [];
  for (const own of await inside(await folder(), 'directory')) {
    for (const entry of await inside(own, 'file')) {
      if (entry.name.endsWith(UNFINISHED)) continue;
      const file = await entry.getFile().catch(() => null);
      // An empty one has been begun and not ended.
      if (file?.size > 0) kept.push({ id: own.name, file });
    }
  }
  return kept;
}

/** The file kept for a model; null if there is none. @returns {Promise<File | null>} */
export async function find(id) {
  return (await list()).find((kept) => kept.id === id)?.file ?? null;
}

/**
 * Keeps a file in place of whatever was kept for the model. It is there when it is whole, or not at all.
 *
 * @param {string} id
 * @param {string} name
 * @param {Blob} blob
 * @param {{ signal?: AbortSignal, progress?: (done: number, total: number) => void }} options
 * @throws {Error | import('./error.js').Failure} if the browser has no room, or keeps nothing at all
 */
export async function put(id, name, blob, { signal, progress = () => {} } = {}) {
  const all = await folder(true);
  if (!all) throw { code: 'not-kept', key: 'keeps-nothing' };
  const { quota, usage } = await navigator.storage.estimate();
  if (blob.size > quota - usage) throw { code: 'not-kept', key: 'no-room', values: { megabytes: Math.floor((quota - usage) / 1e6) } };
  const own = await all.getDirectoryHandle(id, { create: true });
  const handle = await own.getFileHandle(name, { create: true });
  // What is written comes into sight when it is closed.
  const writable = await handle.createWritable();
  try {
    for (let done = 0; done < blob.size; done += CHUNK) {
      signal?.throwIfAborted();
      progress(done, blob.size);
      await writable.write(blob.slice(done, done + CHUNK));
    }
    await writable.close();
  } catch (error) {
    await writable.abort().catch(() => {});
    if ((await handle.getFile()).size === 0) await own.removeEntry(name);
    throw error;
  }
  progress(blob.size, blob.size);
  for await (const other of own.keys()) {
    if (other !== name) await own.removeEntry(other);
  }
}

/** Lets go of what is kept for a model. */
export async function remove(id) {
  await (await folder())?.removeEntry(id, { recursive: true }).catch((error) => {
    // Another tab may have let go of it.
    if (error.name !== 'NotFoundError') throw error;
  });
}

/** What of a kind is in a folder, as far as it can be read. @returns {Promise<FileSystemHandle[]>} */
async function inside(folder, kind) {
  const found = [];
  try {
    for await (const entry of folder?.values() ?? []) if (entry.kind === kind) found.push(entry);
  } catch {
    // Another tab has removed it meanwhile.
  }
  return found;
}

async function folder(create = false) {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(FOLDER, { create });
  } catch {
    return null;
  }
}
