// Fetching with progress, checked against what was announced.

/**
 * A same-origin file as a response whose body reports its progress.
 *
 * @param {{ url: string, bytes?: number, code: string, what: string }} file
 *   `what` names the file in messages, and `code` is that of the failure if it is not there.
 * @param {{ signal?: AbortSignal, progress?: (done: number, total: number) => void }} options
 * @returns {Promise<Response>}
 * @throws {{ code: string, message: string }}
 */
export async function download(file, { signal, progress = () => {} } = {}) {
  let response;
  try {
    response = await fetch(file.url, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw { code: file.code, message: `${file.what} cannot be fetched from ${file.url} (${error.message}). Check the connection and try again.` };
  }
  if (!response.ok) {
    throw { code: file.code, message: `${file.what} is missing: the server answered ${response.status} for ${file.url}. Whoever runs this page has to put it there.` };
  }
  return new Response(counted(response.body, file.bytes ?? announced(response), progress));
}

/**
 * A file of which the length and the SHA-256 are known, outside of the page's own memory.
 *
 * @param {{ url: string, bytes: number, sha256: string, code: string, what: string }} file
 * @param {{ signal?: AbortSignal, progress?: (done: number, total: number) => void, digest: (blob: Blob) => string }} options
 * @returns {Promise<Blob>}
 * @throws {{ code: string, message: string }} also `model-damaged`, for a file that is not the one announced
 */
export async function downloadWhole(file, { signal, progress, digest }) {
  const damaged = (reason) => ({ code: 'model-damaged', message: `${file.what} is damaged: ${reason}. Try again; if it stays so, the file on the server has to be replaced.` });
  const response = await download(file, { signal, progress });
  let blob;
  try {
    blob = await response.blob();
  } catch (error) {
    signal?.throwIfAborted();
    throw damaged(`the transfer broke off (${error.message})`);
  }
  if (blob.size !== file.bytes) throw damaged(`it should have ${file.bytes} bytes, but ${blob.size} came`);
  if (digest(blob) !== file.sha256) throw damaged('its checksum is not the one announced');
  return blob;
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
