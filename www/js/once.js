// What is done once for each key, and done again only if it failed.

/**
 * @template T
 * @param {Map<string, Promise<T>>} done what was begun so far
 * @param {string} key
 * @param {() => Promise<T>} work
 */
export function once(done, key, work) {
  if (!done.has(key)) {
    const promise = work();
    promise.catch(() => done.delete(key));
    done.set(key, promise);
  }
  return done.get(key);
}
