// What a client is told: a code for programs and a message for people.
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const NO_PORT = /no more available ports/;

/** Any error as `{ code, message }`. */
export function told(error) {
  if (error instanceof Refusal) return { code: error.code, message: error.message };
  if (NO_PORT.test(error.message)) return { code: 'NO_PORT', message: `no free RTC port: ${error.message}` };
  return { code: 'INTERNAL_ERROR', message: error.message };
}
