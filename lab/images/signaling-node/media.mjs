// The mediasoup service, over HTTP. A refusal is an Error with its words.
import { mediasoupUrl } from './config.mjs';

const ANSWER_MS = 4000;

export async function ask(method, path, body) {
  const answer = await fetch(mediasoupUrl + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error ?? `mediasoup answered ${answer.status}`);
  return said;
}

export const post = (path, body) => ask('POST', path, body);
