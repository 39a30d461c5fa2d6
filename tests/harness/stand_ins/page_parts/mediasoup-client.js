// An SFU that lives in the page: what is sent over one connection comes back over another.
class Loop {
  #came = { audio: Promise.withResolvers(), video: Promise.withResolvers() };

  constructor() {
    [this.out, this.back] = [new RTCPeerConnection(), new RTCPeerConnection()];
    this.out.onicecandidate = ({ candidate }) => this.back.addIceCandidate(candidate);
    this.back.onicecandidate = ({ candidate }) => this.out.addIceCandidate(candidate);
    this.back.ontrack = ({ track }) => this.#came[track.kind].resolve(track);
  }

  async add(track) {
    this.out.addTrack(track);
    await this.out.setLocalDescription();
    await this.back.setRemoteDescription(this.out.localDescription);
    await this.back.setLocalDescription();
    await this.out.setRemoteDescription(this.back.localDescription);
  }

  came(kind) {
    return this.#came[kind].promise;
  }
}

class Transport {
  closed = false;
  #connection;

  constructor(loop, connection, id) {
    Object.assign(this, { loop, id });
    this.#connection = connection;
  }

  get connectionState() {
    return this.#connection.connectionState;
  }

  on() {
    return this;
  }

  getStats() {
    return this.#connection.getStats();
  }

  produce({ track }) {
    return this.loop.add(track);
  }

  async consume({ id, producerId, kind }) {
    return { id, producerId, track: await this.loop.came(kind), close() {} };
  }

  close() {
    this.closed = true;
    this.#connection.close();
  }
}

export class Device {
  recvRtpCapabilities = {};
  #loop = new Loop();

  static async factory() {
    return new Device();
  }

  async load() {}

  canProduce() {
    return true;
  }

  createSendTransport({ id }) {
    return new Transport(this.#loop, this.#loop.out, id);
  }

  createRecvTransport({ id }) {
    return new Transport(this.#loop, this.#loop.back, id);
  }
}
