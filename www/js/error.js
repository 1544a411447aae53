// What every failure is, as those who call hear of it.

/** A failure with a `code` for programs and a `message` that can be shown to people as it is. */
export class NegahError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'NegahError';
    this.code = code;
  }
}
