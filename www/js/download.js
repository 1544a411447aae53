// Fetching with progress, checked against what was announced, and kept for the next visit.

const CACHE = 'negah-models';

/**
 * A same-origin file as a response whose body reports its progress.
 *
 * @param {{ url: string, bytes?: number, sha256?: string, code: string, what: string }} file
 *   `bytes` and `sha256` are checked where given, and a file with a `sha256` is kept in the browser's cache
 *   under it; `what` names the file in messages, and `code` is that of the failure if it is not there.
 * @param {{ signal?: AbortSignal, progress?: (done: number, total: number) => void }} options
 * @returns {Promise<Response>}
 * @throws {{ code: string, message: string }}
 */
export async function download(file, { signal, progress = () => {} }) {
  const cache = file.sha256 ? await openCache() : null;
  const key = `${file.url}?sha256=${file.sha256}`;
  const kept = await cache?.match(key);
  if (kept) {
    const bytes = await kept.arrayBuffer();
    if (await isIntact(bytes, file)) {
      progress(bytes.byteLength, bytes.byteLength);
      return new Response(bytes);
    }
    await cache.delete(key);
  }

  const response = await get(file, signal);
  const total = file.bytes ?? announced(response);
  if (!file.sha256) return new Response(counted(response.body, total, progress), { headers: { 'content-type': 'application/wasm' } });

  let bytes;
  try {
    bytes = await new Response(counted(response.body, total, progress)).arrayBuffer();
  } catch (error) {
    signal?.throwIfAborted();
    throw damaged(file, `the transfer broke off (${error.message})`);
  }
  if (bytes.byteLength !== file.bytes) throw damaged(file, `it should have ${file.bytes} bytes, but ${bytes.byteLength} came`);
  if (!(await isIntact(bytes, file))) throw damaged(file, 'its checksum is not the one announced');
  await keep(cache, key, file, bytes);
  return new Response(bytes);
}

async function get(file, signal) {
  let response;
  try {
    response = await fetch(file.url, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw { code: file.code, message: `${file.what} cannot be fetched from ${file.url} (${error.message}). Check the connection and try again.` };
  }
  if (response.ok) return response;
  throw { code: file.code, message: `${file.what} is missing: the server answered ${response.status} for ${file.url}. Whoever runs this page has to put it there.` };
}

function damaged(file, reason) {
  return { code: 'model-damaged', message: `${file.what} is damaged: ${reason}. Try again; if it stays so, the file on the server has to be replaced.` };
}

/** The length in the header, which means nothing where the body is compressed; 0 is unknown. */
function announced(response) {
  return response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
}

function counted(body, total, progress) {
  let done = 0;
  progress(done, total);
  return body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        done += chunk.byteLength;
        progress(done, total);
        controller.enqueue(chunk);
      },
    }),
  );
}

async function isIntact(bytes, file) {
  if (bytes.byteLength !== file.bytes) return false;
  // Only secure contexts have a digest; the length and every tensor in the file are checked all the same.
  if (!globalThis.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === file.sha256;
}

/** The browser's cache; null where there is none (an insecure context) or it is not allowed. */
async function openCache() {
  try {
    return await caches.open(CACHE);
  } catch {
    return null;
  }
}

/** Keeps the file in place of its older versions. That the disk is full is no reason to fail. */
async function keep(cache, key, file, bytes) {
  if (!cache) return;
  try {
    for (const request of await cache.keys()) {
      if (request.url.split('?')[0] === file.url) await cache.delete(request);
    }
    await cache.put(key, new Response(bytes));
  } catch {
    await cache.delete(key).catch(() => {});
  }
}
