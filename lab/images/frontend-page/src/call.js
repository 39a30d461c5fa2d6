// One stay in one room: two transports to the SFU, what is sent, and what is received from the others.
// Tells what happens through `on`: user(user), left(id), track(id, track), trackEnded(id, track), trouble(error).
import { Device } from 'mediasoup-client';
import { CallError } from './errors.js';
import { joinRoom, request } from './signaling.js';

export class Call {
  #socket;
  #on;
  #handlers = [];
  #consumers = new Map(); // by producer id
  #queue = Promise.resolve();
  #early = [];
  closed = false;

  constructor(socket, on) {
    this.#socket = socket;
    this.#on = on;
  }

  async start(roomId, name, stream, iceServers) {
    this.roomId = roomId;
    // Listening before joining: whoever produces meanwhile is in the list, announced, or both.
    this.#listen();
    const { userId, rtpCapabilities, users } = await joinRoom(this.#socket, roomId, name);
    this.userId = userId;
    this.device = await Device.factory();
    await this.device.load({ routerRtpCapabilities: rtpCapabilities });
    // Each is kept as soon as it is made, so that close() finds it although the other failed.
    await Promise.all(['send', 'recv'].map(async (type) => { this[type] = await this.#transport(type, iceServers); }));
    for (const user of users) {
      this.#on.user({ id: user.user_id, name: user.username });
      for (const producerId of user.producers) this.#consume(user.user_id, producerId);
    }
    for (const event of this.#early.splice(0)) this.#consume(event.producerSocketId, event.producerId);
    this.#early = null;
    for (const track of stream.getTracks()) await this.#produce(track);
  }

  close() {
    this.closed = true;
    for (const [event, handler] of this.#handlers) this.#socket.off(event, handler);
    this.send?.close();
    this.recv?.close();
  }

  #listen() {
    this.#hear('user-joined', ({ userId, name }) => this.#on.user({ id: userId, name }));
    this.#hear('user-left', ({ user_id: id }) => {
      for (const { userId, consumer } of [...this.#consumers.values()]) {
        if (userId === id) this.#drop(consumer.producerId);
      }
      this.#on.left(id);
    });
    this.#hear('new-producer', (event) => {
      if (this.#early) this.#early.push(event);
      else this.#consume(event.producerSocketId, event.producerId);
    });
    this.#hear('producer-closed', ({ producerId }) => this.#drop(producerId));
  }

  #hear(event, handler) {
    this.#handlers.push([event, handler]);
    this.#socket.on(event, handler);
  }

  #ask(event, data = {}) {
    return request(this.#socket, event, { roomId: this.roomId, ...data });
  }

  async #transport(type, iceServers) {
    const offer = await this.#ask('createWebRtcTransport', { type });
    const make = type === 'send' ? 'createSendTransport' : 'createRecvTransport';
    const transport = this.device[make]({ ...offer, iceServers });
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      this.#ask('connectWebRtcTransport', { transportId: transport.id, dtlsParameters }).then(done, failed);
    });
    transport.on('produce', ({ kind, rtpParameters }, done, failed) => {
      this.#ask('produce', { transportId: transport.id, kind, rtpParameters }).then(done, failed);
    });
    transport.on('connectionstatechange', (state) => {
      if (state !== 'failed' || this.closed) return;
      const where = offer.iceCandidates.map(({ address, ip, port }) => `${address ?? ip}:${port}`).join(', ');
      this.#on.trouble(new CallError(`Sound and picture cannot get through to the media server (UDP ${where}). `
        + 'A firewall between here and there may block it.'));
    });
    return transport;
  }

  async #produce(track) {
    if (!this.device.canProduce(track.kind)) {
      throw new CallError(`This browser shares no ${track.kind} format with the server.`);
    }
    const encodings = track.kind === 'video' ? [{ maxBitrate: 800_000 }] : undefined;
    // The source closes its tracks itself: a second call after a lost connection sends them again.
    await this.send.produce({ track, encodings, stopTracks: false });
  }

  /** One after the other: two consumes at once would race for the receiving transport's negotiation. */
  #consume(userId, producerId) {
    this.#queue = this.#queue.then(() => this.#consumeNow(userId, producerId)).catch((error) => {
      if (!this.closed) this.#on.trouble(error);
    });
  }

  async #consumeNow(userId, producerId) {
    if (this.closed || this.#consumers.has(producerId)) return;
    const offer = await this.#ask('consume', {
      transportId: this.recv.id, producerId, rtpCapabilities: this.device.recvRtpCapabilities,
    });
    const consumer = await this.recv.consume(offer);
    this.#consumers.set(producerId, { userId, consumer });
    this.#on.track(userId, consumer.track);
    await this.#ask('resume_consumer', { consumerId: consumer.id });
  }

  #drop(producerId) {
    const entry = this.#consumers.get(producerId);
    if (!entry) return;
    this.#consumers.delete(producerId);
    entry.consumer.close();
    this.#on.trackEnded(entry.userId, entry.consumer.track);
  }
}
