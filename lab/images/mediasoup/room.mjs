// One room: a mediasoup router and what hangs on it. mediasoup closes downwards (a transport closes its producers
// and consumers, a producer its consumers); the observers here keep the maps in step with that.
import { badRequest, notFound, ServiceError, unavailable } from './errors.mjs';
import { noteState, reasonToClose } from './lifetimes.mjs';
import { log } from './log.mjs';

export class Room {
  transports = new Map();
  producers = new Map();
  consumers = new Map();
  emptySince = Date.now();

  constructor(id, router, config) {
    this.id = id;
    this.router = router;
    this.config = config;
  }

  async createTransport(type) {
    const { ports, announcedAddress, iceConsentTimeoutS } = this.config;
    // UDP alone: the stack publishes no TCP port for media, so a TCP candidate could only cost a peer its time.
    const transport = await refusals(() =>
      this.router.createWebRtcTransport({
        listenInfos: [{ protocol: 'udp', ip: '0.0.0.0', announcedAddress, portRange: ports }],
        enableTcp: false,
        iceConsentTimeout: iceConsentTimeoutS,
        initialAvailableOutgoingBitrate: 1_000_000,
      }));
    this.#watch(transport, type);
    const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
    return { id, iceParameters, iceCandidates, dtlsParameters };
  }

  #watch(transport, type) {
    const now = Date.now();
    const port = transport.iceCandidates[0].port;
    const entry = { transport, type, port, created: new Date(now).toISOString(), notUpSince: now, wasUp: false };
    const tell = (event, more) => log(event, { room: this.id, transport: transport.id, type, port, ...more });
    this.transports.set(transport.id, entry);
    tell('transport created');
    transport.on('icestatechange', (state) => {
      noteState(entry, Date.now());
      tell(`ice ${state}`, { tuple: tupleText(transport.iceSelectedTuple) });
    });
    transport.on('dtlsstatechange', (state) => {
      noteState(entry, Date.now());
      tell(`dtls ${state}`);
    });
    transport.observer.on('close', () => {
      this.transports.delete(transport.id);
      if (this.transports.size === 0) this.emptySince = Date.now();
      tell('transport closed', { reason: JSON.stringify(entry.reason ?? 'room closed') });
    });
  }

  async connectTransport(transportId, dtlsParameters) {
    const { transport } = this.#entry(transportId);
    await refusals(() => transport.connect({ dtlsParameters }));
  }

  closeTransport(transportId, reason) {
    const entry = this.#entry(transportId);
    entry.reason = reason;
    entry.transport.close();
  }

  async produce(transportId, kind, rtpParameters) {
    const { transport } = this.#entry(transportId);
    const producer = await refusals(() => transport.produce({ kind, rtpParameters }));
    this.#track('producer', this.producers, producer, { kind, transport: transportId });
    return { id: producer.id };
  }

  async consume(transportId, producerId, rtpCapabilities) {
    const { transport } = this.#entry(transportId);
    if (!this.producers.has(producerId)) throw notFound('producer', producerId);
    if (!(await refusals(() => this.router.canConsume({ producerId, rtpCapabilities })))) {
      throw badRequest(`rtpCapabilities hold no codec of producer ${producerId}`);
    }
    // Paused until the peer says that it is ready: the first key frame would otherwise be lost.
    const consumer = await refusals(() => transport.consume({ producerId, rtpCapabilities, paused: true }));
    this.#track('consumer', this.consumers, consumer, { kind: consumer.kind, transport: transportId });
    return { id: consumer.id, producerId, kind: consumer.kind, rtpParameters: consumer.rtpParameters };
  }

  async resumeConsumer(consumerId) {
    const consumer = this.consumers.get(consumerId);
    if (!consumer) throw notFound('consumer', consumerId);
    await refusals(() => consumer.resume());
    log('consumer resumed', { room: this.id, consumer: consumerId });
  }

  #track(what, map, item, fields) {
    map.set(item.id, item);
    log(`${what} created`, { room: this.id, [what]: item.id, ...fields });
    item.observer.on('close', () => {
      map.delete(item.id);
      log(`${what} closed`, { room: this.id, [what]: item.id, ...fields });
    });
  }

  #entry(transportId) {
    const entry = this.transports.get(transportId);
    if (!entry) throw notFound('transport', transportId);
    return entry;
  }

  /** Closes what nobody uses any more; true when the room itself has been empty for long. */
  sweep(now) {
    for (const [id, entry] of this.transports) {
      const reason = reasonToClose(entry, this.config.limits, now);
      if (reason) this.closeTransport(id, reason);
    }
    return this.transports.size === 0 && now - this.emptySince >= this.config.limits.emptyRoomMs;
  }

  counts() {
    return { transports: this.transports.size, producers: this.producers.size, consumers: this.consumers.size };
  }
}

/** Runs a call into mediasoup and gives what it refuses an HTTP status. */
async function refusals(call) {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    if (/no more available ports/.test(error.message)) throw unavailable(`no free RTC port, GET /stats tells who holds them: ${error.message}`);
    if (error.name === 'InvalidStateError') throw new ServiceError(404, error.message);
    // TypeError: parameters of the wrong shape. Error: the worker says no, for example to a second connect.
    if (['TypeError', 'UnsupportedError', 'Error'].includes(error.name)) throw badRequest(error.message);
    throw error;
  }
}

function tupleText(tuple) {
  return tuple ? `${tuple.remoteIp}:${tuple.remotePort}` : '-';
}
