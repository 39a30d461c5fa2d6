// The rooms and how many are in them, in Redis, for other services to read. A call needs none of it: what Redis does
// not take is said in the log, and the call goes on.
import { createClient } from 'redis';
import { redisHost } from './settings.mjs';

const KEY = 'gateway:rooms';
const client = redisHost ? createClient({ socket: { host: redisHost } }) : null;
let said = '';

function tell(error) {
  if (error.message !== said) console.warn(`rooms are not listed in Redis at ${redisHost}: ${error.message}`);
  said = error.message;
}

client?.on('error', tell);
client?.connect().catch(tell);

export const listing = {
  get isReady() {
    return client?.isReady ?? null;
  },
  set(roomId, count) {
    if (!client?.isReady) return;
    const done = count > 0 ? client.hSet(KEY, roomId, count) : client.hDel(KEY, roomId);
    done.catch(tell);
  },
};
