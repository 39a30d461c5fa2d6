// All rooms of this process, made when somebody first asks for them and closed when the last one has left.
import crypto from 'node:crypto';
import mediasoup from 'mediasoup';
import { listing } from './listing.mjs';
import { Participant, Room } from './room.mjs';
import { portRange } from './settings.mjs';

const mediaCodecs = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90000 },
  { kind: 'video', mimeType: 'video/VP9', clockRate: 90000, parameters: { 'profile-id': 0 } },
  {
    kind: 'video',
    mimeType: 'video/H264',
    clockRate: 90000,
    parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
  },
];
const rooms = new Map(); // id -> promise of a Room
const open = new Map(); // id -> Room
const worker = await mediasoup.createWorker({ logLevel: 'warn', logTags: ['ice', 'dtls'] });
// Its calls are gone with it; the Swarm starts a clean task.
worker.on('died', () => process.exit(1));

/** A link may carry the room's name in base64; such a name has an underscore in it. */
export function decoded(roomId) {
  const text = Buffer.from(roomId, 'base64').toString('utf8');
  return text.includes('_') ? text : roomId;
}

export function freshId() {
  return crypto.randomUUID();
}

/** The room, made if there is none; two who come at once get the same. */
export function roomOf(id) {
  if (!rooms.has(id)) {
    rooms.set(id, worker.createRouter({ mediaCodecs }).then((router) => {
      const room = new Room(id, router);
      open.set(id, room);
      return room;
    }));
  }
  return rooms.get(id);
}

export async function enter(roomId, participantId, name) {
  const room = await roomOf(roomId);
  const participant = new Participant(participantId, name, room);
  room.participants.set(participantId, participant);
  listing.set(roomId, room.participants.size);
  return participant;
}

export function depart(participant) {
  const { room } = participant;
  participant.close();
  room.participants.delete(participant.id);
  listing.set(room.id, room.participants.size);
  if (room.participants.size > 0) return;
  rooms.delete(room.id);
  open.delete(room.id);
  room.router.close();
}

/** Who holds the ports, for whoever looks inside the container. */
export function stats() {
  return {
    rooms: Object.fromEntries([...open].map(([id, room]) => [id, room.counts()])),
    ports: { ...portRange, in_use: [...open.values()].flatMap((room) => room.ports()) },
  };
}
