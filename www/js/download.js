// Fetching with progress. What fails is thrown as a Failure, which whoever called puts into words.

/**
 * A file of the page's; if it cannot be had, `code` is that of the failure, and `what` names the file in its sentence.
 * @typedef {{ url: string, code: string, what?: 'file' | 'module' | 'model', bytes?: number, priority?: 'low' }} Served
 * @typedef {{ signal?: AbortSignal, progress?: (done: number, total: number) => void }} Options
 */

/**
 * A file as a response, whose body reports its progress where that is asked for.
 *
 * @param {Served} file
 * @param {Options} options
 * @returns {Promise<Response>}
 * @throws {import('./error.js').Failure}
 */
export async function download({ url, code, what = 'file', bytes, priority }, { signal, progress } = {}) {
  const response = await fetch(url, { signal, priority }).catch((error) => unreachable(error, { url, code, what }, signal));
  if (!response.ok) throw { code, key: `missing.${what}`, values: { url, status: response.status } };
  return progress ? new Response(counted(response.body, bytes ?? announced(response), progress)) : response;
}

/**
 * What is in a file.
 *
 * @param {Served} file
 * @param {'blob' | 'json'} as
 * @param {Options} options
 * @throws {import('./error.js').Failure}
 */
export async function read(file, as, options = {}) {
  const response = await download(file, options);
  return response[as]().catch((error) => unreachable(error, file, options.signal));
}

function unreachable(error, { url, code, what = 'file' }, signal) {
  signal?.throwIfAborted();
  throw { code, key: `unreachable.${what}`, values: { url, reason: error.message } };
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
