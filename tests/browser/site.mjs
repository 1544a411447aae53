// The built page on a server that counts what it sends, can be changed, and can be stopped.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { file } from './harness.mjs';

const TYPES = { '': 'text/plain', '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg', '.md': 'text/markdown', '.webmanifest': 'application/manifest+json' };

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The built page on a server of its own. */
export class Site {
  /** What is served in place of the file of dist/; null breaks the connection off, and undefined is not there. @type {Map<string, Buffer | null | undefined>} */
  changed = new Map();
  /** What was sent: a browser that has a file already is told so, and that does not count. */
  sent = [];
  /** All that was asked, method and address; connections that want to be something else are among it. */
  asked = [];
  #server = null;
  #port = 0;

  /** @param {{ base?: string, headers?: Record<string, string> }} options `headers` come with every file */
  constructor({ base = '/', headers = {} } = {}) {
    this.base = base;
    this.headers = headers;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}${this.base}`;
  }

  async start() {
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('upgrade', ({ url, headers: { upgrade } }, socket) => {
      this.asked.push(`${upgrade} ${url}`);
      socket.destroy();
    });
    await new Promise((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = this.#server.address().port;
    return this;
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A file as it is served; undefined if there is none. */
  async read(path) {
    return this.changed.has(path) ? this.changed.get(path) : file(`dist/${path}`).catch(() => undefined);
  }

  /** What the build wrote into the service worker. */
  async list() {
    const [list] = String(await this.read('sw.js')).match(/\{"version":.*?\}\}/s);
    return JSON.parse(list);
  }

  /** Publishes a new version, as the build writes it. @param {Record<string, Buffer | undefined>} files undefined for one that is no longer there */
  async publish(files) {
    const former = await this.list();
    const list = structuredClone(former);
    for (const [path, bytes] of Object.entries(files)) {
      this.changed.set(path, bytes);
      if (bytes) list.files[path] = sha256(bytes);
      else delete list.files[path];
    }
    list.version = sha256(JSON.stringify(list.files)).slice(0, 16);
    const worker = String(await this.read('sw.js')).replace(JSON.stringify(former), JSON.stringify(list));
    this.changed.set('sw.js', Buffer.from(worker));
    this.sent = [];
    return list;
  }

  async #answer({ method, url, headers }, response) {
    this.asked.push(`${method} ${url}`);
    const { pathname } = new URL(url, this.url);
    const path = pathname === this.base ? 'index.html' : pathname.slice(this.base.length);
    const bytes = pathname.startsWith(this.base) ? await this.read(path) : undefined;
    if (bytes === null) return response.destroy();
    if (!bytes) return response.writeHead(404).end();
    const etag = `"${sha256(bytes)}"`;
    const about = { ...this.headers, etag, 'cache-control': 'no-cache', 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' };
    if (headers['if-none-match'] === etag) return response.writeHead(304, about).end();
    this.sent.push(path);
    return response.writeHead(200, { ...about, 'content-length': bytes.length }).end(bytes);
  }
}
