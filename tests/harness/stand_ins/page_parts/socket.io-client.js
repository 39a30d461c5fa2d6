// A signaling server that lives in the page: one other person is in every room, and sends back what one sends.
const OTHER = { user_id: 'echo', username: 'Echo', producers: ['audio', 'video'] };
const answers = {
  join_room: () => ({ userId: 'me', rtpCapabilities: {}, users: [OTHER] }),
  createWebRtcTransport: ({ type }) => ({ id: type, iceCandidates: [] }),
  consume: ({ producerId }) => ({ id: `of-${producerId}`, producerId, kind: producerId }),
};

class Socket {
  #heard = new Map();
  connected = false;
  io = { engine: { transport: { name: 'websocket' } } };

  on(event, handler) {
    this.#heard.set(event, [...(this.#heard.get(event) ?? []), handler]);
    return this;
  }

  off(event, handler) {
    this.#heard.set(event, (this.#heard.get(event) ?? []).filter((each) => each !== handler));
    return this;
  }

  timeout() {
    return { emitWithAck: async (event, data) => (answers[event] ?? (() => ({})))(data) };
  }

  connect() {
    queueMicrotask(() => {
      this.connected = true;
      for (const each of this.#heard.get('connect') ?? []) each();
    });
    return this;
  }

  disconnect() {
    this.connected = false;
    for (const each of this.#heard.get('disconnect') ?? []) each('io client disconnect');
    return this;
  }
}

export const io = () => new Socket().connect();
