// One room: a mediasoup router, and the participants with their transports, producers and consumers.
import { Refusal } from './refusal.mjs';

const offerOf = ({ id, iceParameters, iceCandidates, dtlsParameters }) => ({ id, iceParameters, iceCandidates, dtlsParameters });

export class Participant {
  transports = new Map(); // id -> { transport, consuming }
  producers = new Map();
  consumers = new Map();
  joinedAt = new Date().toISOString();

  constructor(id, name, room) {
    Object.assign(this, { id, name, room });
  }

  /** As others are told of it. */
  get shown() {
    const producers = [...this.producers.values()].map(({ id, kind }) => ({ id, kind }));
    return { id: this.id, name: this.name, joinedAt: this.joinedAt, producers };
  }

  async createTransport({ consuming }, listenInfos) {
    const transport = await this.room.router.createWebRtcTransport({
      listenInfos, enableUdp: true, enableTcp: false, initialAvailableOutgoingBitrate: 1_000_000,
    });
    this.transports.set(transport.id, { transport, consuming: Boolean(consuming), created: new Date().toISOString() });
    return offerOf(transport);
  }

  #transport(id) {
    const found = this.transports.get(id);
    if (!found) throw new Refusal('TRANSPORT_NOT_FOUND', `no transport ${id}`);
    return found.transport;
  }

  async connectTransport({ transportId, dtlsParameters }) {
    await this.#transport(transportId).connect({ dtlsParameters });
    return {};
  }

  async produce({ transportId, kind, rtpParameters }) {
    const producer = await this.#transport(transportId).produce({ kind, rtpParameters });
    this.producers.set(producer.id, producer);
    return producer;
  }

  /** Through the participant's own receiving transport. Paused, so that the first key frame is not lost. */
  async consume({ producerId, rtpCapabilities }) {
    const receiving = [...this.transports.values()].find(({ consuming }) => consuming);
    if (!receiving) throw new Refusal('NO_RECV_TRANSPORT', 'create a transport with consuming: true first');
    if (!this.room.router.canConsume({ producerId, rtpCapabilities })) {
      throw new Refusal('CANNOT_CONSUME', `no producer ${producerId} in a codec of these capabilities`);
    }
    const consumer = await receiving.transport.consume({ producerId, rtpCapabilities, paused: true });
    this.consumers.set(consumer.id, consumer);
    const { id, kind, rtpParameters } = consumer;
    return { id, producerId, kind, rtpParameters };
  }

  consumer({ consumerId }) {
    const found = this.consumers.get(consumerId);
    if (!found) throw new Refusal('CONSUMER_NOT_FOUND', `no consumer ${consumerId}`);
    return found;
  }

  closeProducer({ producerId }) {
    this.producers.get(producerId)?.close();
    this.producers.delete(producerId);
  }

  close() {
    for (const { transport } of this.transports.values()) transport.close();
  }
}

export class Room {
  participants = new Map();

  constructor(id, router) {
    Object.assign(this, { id, router });
  }

  counts() {
    const sum = (what) => [...this.participants.values()].reduce((total, each) => total + each[what].size, 0);
    return { transports: sum('transports'), producers: sum('producers'), consumers: sum('consumers') };
  }

  ports() {
    return [...this.participants.values()].flatMap((each) => [...each.transports].flatMap(([transportId, entry]) =>
      entry.transport.iceCandidates.map(({ port }) => ({
        port, roomId: this.id, transportId, created: entry.created, ice: entry.transport.iceState,
      }))));
  }
}
