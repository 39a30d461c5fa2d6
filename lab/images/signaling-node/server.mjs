// Socket.IO's own server with the events of the calls; rooms are Socket.IO's, and reach as far as its adapter does.
import http from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { adapter, origins, port, redisUrl } from './config.mjs';
import { ask, post } from './media.mjs';

const server = http.createServer((request, response) => {
  const isHealth = request.url.split('?')[0] === '/health';
  const [status, body] = !isHealth ? [404, { error: 'not found' }]
    : request.method !== 'GET' ? [405, { error: 'only GET' }]
      : [200, { status: 'healthy', service: 'signaling', adapter, clients: io.engine.clientsCount }];
  response.writeHead(status, { 'content-type': 'application/json', ...(status === 405 && { allow: 'GET' }) });
  response.end(JSON.stringify(body));
});

const io = new Server(server, {
  cors: { origin: origins, credentials: true },
  // CORS only keeps a page from reading an answer; a websocket it does not keep at all.
  allowRequest: (request, decide) => {
    const { origin } = request.headers;
    const allowed = !origin || origins.includes('*') || origins.includes(origin);
    decide(allowed ? null : `origin ${origin} is not allowed`, allowed);
  },
});

if (adapter === 'redis') {
  const pub = createClient({ url: redisUrl });
  const sub = pub.duplicate();
  for (const client of [pub, sub]) client.on('error', (error) => console.error(`redis: ${error.message}`));
  await Promise.all([pub.connect(), sub.connect()]);
  io.adapter(createAdapter(pub, sub));
}

/** Everybody in a room, on whatever replica, but one socket. */
async function others(roomId, but) {
  const sockets = await io.in(roomId).fetchSockets();
  return sockets.filter(({ id }) => id !== but);
}

const asUser = ({ id, data }) => ({
  user_id: id, socket_id: id, username: data.name, joined_at: data.joinedAt, producers: data.producers,
});

async function join(socket, { roomId, name }) {
  if (socket.data.roomId) throw new Error(`already in room ${socket.data.roomId}`);
  const { rtpCapabilities } = await ask('GET', `/router/${encodeURIComponent(roomId)}/capabilities`);
  Object.assign(socket.data, { roomId, name, joinedAt: Date.now() / 1000, producers: [], transports: [] });
  await socket.join(roomId);
  const users = (await others(roomId, socket.id)).map(asUser);
  socket.emit('room-joined', { roomId, userId: socket.id, rtpCapabilities, users });
  socket.to(roomId).emit('user-joined', { userId: socket.id, name, timestamp: Date.now() / 1000 });
}

async function leave(socket) {
  const { roomId, transports } = socket.data;
  if (!roomId) return;
  io.to(roomId).emit('user-left', { user_id: socket.id, timestamp: Date.now() / 1000 });
  // One that mediasoup has closed by itself is not there any more.
  await Promise.allSettled(transports.map((transportId) => post('/transport/close', { roomId, transportId })));
  if ((await others(roomId, socket.id)).length === 0) await ask('DELETE', `/room/${encodeURIComponent(roomId)}`);
}

/** The requests of somebody who is in a room; each is answered through the acknowledgement. */
const requests = {
  getRouterRtpCapabilities: (socket, { roomId }) => ask('GET', `/router/${encodeURIComponent(roomId)}/capabilities`),
  async createWebRtcTransport(socket, data) {
    const offer = await post('/transport/create', data);
    socket.data.transports.push(offer.id);
    return offer;
  },
  connectWebRtcTransport: (socket, data) => post('/transport/connect', data),
  async produce(socket, data) {
    const { id } = await post('/producer/create', data);
    socket.data.producers.push(id);
    socket.to(data.roomId).emit('new-producer', { producerId: id, producerSocketId: socket.id, kind: data.kind });
    return { id };
  },
  consume: (socket, data) => post('/consumer/create', data),
  resume_consumer: (socket, { roomId, consumerId }) => post(`/consumer/${encodeURIComponent(consumerId)}/resume`, { roomId }),
  producer_closed(socket, { roomId, producerId }) {
    socket.data.producers = socket.data.producers.filter((id) => id !== producerId);
    socket.to(roomId).emit('producer-closed', { userId: socket.id, producerId });
    return { success: true };
  },
};

io.on('connection', (socket) => {
  socket.emit('connected', { socket_id: socket.id });
  const failed = (event, error) => console.error(`${socket.id} ${event}: ${error.message}`);
  socket.on('join_room', (data) => join(socket, data ?? {}).catch((error) => {
    failed('join_room', error);
    socket.emit('error', { message: error.message });
  }));
  for (const [event, handle] of Object.entries(requests)) {
    socket.on(event, async (data, answer = () => {}) => {
      try {
        if (!socket.data.roomId || data?.roomId !== socket.data.roomId) throw new Error('not in this room');
        answer(await handle(socket, data));
      } catch (error) {
        failed(event, error);
        answer({ error: error.message });
      }
    });
  }
  socket.on('disconnect', () => leave(socket).catch((error) => failed('leave', error)));
});

server.listen(port, () => console.log(`listening on ${port}, adapter ${adapter}, origins ${origins.join(', ')}`));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => io.close(() => process.exit(0)));
