// The events of the signaling service, as promises.
import { io } from 'socket.io-client';
import { CallError, serverRefusal } from './errors.js';

const ANSWER_MS = 10_000; // above the server's own limit of 4 s for mediasoup, so that its reason arrives

// A lost connection is most often one replica that went away, and the next one answers at once: people in a call hear
// each second of waiting. Spread by half, and doubled with each try up to Socket.IO's 5 s.
const RECONNECT_MS = 200;

export function connect(url) {
  // Websocket first: it needs no sticky cookie. Polling is the way through networks that break websockets.
  return io(url, {
    transports: ['websocket', 'polling'], tryAllTransports: true, withCredentials: true, reconnectionDelay: RECONNECT_MS,
  });
}

export async function request(socket, event, data) {
  let answer;
  try {
    answer = await socket.timeout(ANSWER_MS).emitWithAck(event, data);
  } catch {
    throw new CallError('The server did not answer in time. Try again in a moment.');
  }
  if (answer?.error) throw serverRefusal(answer.error);
  return answer;
}

export async function joinRoom(socket, roomId, name) {
  if (!socket.connected) throw new CallError('There is no connection to the server yet. Try again in a moment.');
  return request(socket, 'join_room', { roomId, name });
}
