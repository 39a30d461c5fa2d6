// Errors whose text is meant for the person in front of the screen.
export class CallError extends Error {}

const media = {
  NotAllowedError: 'The browser was not allowed to use the camera and microphone. Allow it next to the address, '
    + 'or send the test picture.',
  NotFoundError: 'No camera or microphone was found. Plug one in, or send the test picture.',
  NotReadableError: 'The camera or microphone is used by another program. Close that, or send the test picture.',
  OverconstrainedError: 'The camera cannot deliver a picture of this size. Send the test picture instead.',
};

export function plainWords(error) {
  if (error instanceof CallError) return error.message;
  if (media[error.name]) return media[error.name];
  return `Something went wrong: ${error.message}`;
}
