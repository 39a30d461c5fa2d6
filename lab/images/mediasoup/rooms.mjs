// All rooms, spread over the workers, and the answer to "who holds the ports?".
import mediasoup from 'mediasoup';
import { mediaCodecs } from './codecs.mjs';
import { notFound } from './errors.mjs';
import { log } from './log.mjs';
import { Room } from './room.mjs';

const SWEEP_INTERVAL_MS = 1000;

export class Rooms {
  #workers = [];
  #rooms = new Map();
  #opening = new Map();

  constructor(config) {
    this.config = config;
  }

  /** `onDeath` is called when a worker ends by itself: its rooms are gone then, and so is the use of this process. */
  async start(onDeath) {
    for (let n = 0; n < this.config.workerCount; n += 1) {
      const worker = await mediasoup.createWorker({ logLevel: 'warn', logTags: ['ice', 'dtls'] });
      worker.on('died', onDeath);
      this.#workers.push(worker);
    }
    setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
  }

  stop() {
    for (const worker of this.#workers) worker.close();
  }

  get(roomId) {
    const room = this.#rooms.get(roomId);
    if (!room) throw notFound('room', roomId);
    return room;
  }

  /** The room, made if it is new. Two first requests at once get the same one. */
  async open(roomId) {
    if (this.#rooms.has(roomId)) return this.#rooms.get(roomId);
    if (!this.#opening.has(roomId)) {
      this.#opening.set(roomId, this.#create(roomId).finally(() => this.#opening.delete(roomId)));
    }
    return this.#opening.get(roomId);
  }

  async #create(roomId) {
    const worker = this.#workers[this.#rooms.size % this.#workers.length];
    const room = new Room(roomId, await worker.createRouter({ mediaCodecs }), this.config);
    this.#rooms.set(roomId, room);
    log('room opened', { room: roomId });
    return room;
  }

  close(roomId, reason) {
    const room = this.get(roomId);
    this.#rooms.delete(roomId);
    room.router.close();
    log('room closed', { room: roomId, reason: JSON.stringify(reason) });
  }

  #sweep() {
    const now = Date.now();
    for (const [id, room] of this.#rooms) {
      if (room.sweep(now)) this.close(id, 'no transport for long');
    }
  }

  stats() {
    const rooms = Object.fromEntries([...this.#rooms].map(([id, room]) => [id, room.counts()]));
    const total = (what) => Object.values(rooms).reduce((sum, counts) => sum + counts[what], 0);
    return {
      workers: this.#workers.length,
      rooms,
      totals: {
        rooms: this.#rooms.size,
        transports: total('transports'),
        producers: total('producers'),
        consumers: total('consumers'),
      },
      ports: { ...this.config.ports, in_use: this.#portsInUse() },
    };
  }

  #portsInUse() {
    const held = [...this.#rooms].flatMap(([roomId, room]) =>
      [...room.transports].map(([transportId, { port, created, type, transport }]) => ({
        port, roomId, transportId, created, type, ice: transport.iceState, dtls: transport.dtlsState,
      })));
    return held.sort((a, b) => a.port - b.port);
  }
}
