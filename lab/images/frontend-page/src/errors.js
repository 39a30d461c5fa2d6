// Errors whose text is meant for the person in front of the screen.
export class CallError extends Error {}

const media = {
  NotAllowedError: 'The browser was not allowed to use the camera and microphone. Allow it next to the address, '
    + 'or send the test picture.',
  NotFoundError: 'No camera or microphone was found. Plug one in, or send the test picture.',
  NotReadableError: 'The camera or microphone is used by another program. Close that, or send the test picture.',
  OverconstrainedError: 'The camera cannot deliver a picture of this size. Send the test picture instead.',
};

const server = [
  [/mediasoup did not answer/, 'The media server does not answer right now. Try again in a moment.'],
  [/no free RTC port/, 'The media server has no room for another person right now.'],
  [/Redis/, 'The server cannot open rooms right now. Try again in a moment.'],
];

export function serverRefusal(reason) {
  const known = server.find(([pattern]) => pattern.test(reason));
  return new CallError(known ? known[1] : `The server could not do that: ${reason}`);
}

export function plainWords(error) {
  if (error instanceof CallError) return error.message;
  if (media[error.name]) return media[error.name];
  return `Something went wrong: ${error.message}`;
}
