// Socket.IO and the SFU in one process: the room is known by the socket, and everything is acknowledged.
import http from 'node:http';
import { Server } from 'socket.io';
import { listing } from './listing.mjs';
import { Refusal, told } from './refusal.mjs';
import { decoded, depart, enter, freshId, roomOf, stats } from './rooms.mjs';
import { announced, listenInfos, origins, port, portRange, statsPort } from './settings.mjs';

const infos = await listenInfos();

function answer(pages) {
  return (request, response) => {
    const page = pages[request.url.split('?')[0]];
    const isRead = ['GET', 'HEAD'].includes(request.method);
    const [status, body] = !page ? [404, { error: 'not found' }] : isRead ? [200, page()] : [405, { error: 'only GET' }];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
  };
}

const server = http.createServer(answer({
  '/health': () => ({ status: 'healthy', service: 'gateway', clients: io.engine.clientsCount, listed: listing.isReady }),
}));
http.createServer(answer({ '/stats': stats })).listen(statsPort, '127.0.0.1');

const isAllowed = (origin) => !origin || origins.includes('*') || origins.includes(origin);
const io = new Server(server, {
  cors: { origin: origins, credentials: true },
  // CORS only keeps a page from reading an answer; a websocket it does not keep at all.
  allowRequest: ({ headers: { origin } }, decide) => {
    decide(isAllowed(origin) ? null : `origin ${origin} is not allowed`, isAllowed(origin));
  },
});

/** Who this socket is in its room; refused where it has joined none. */
function self(socket) {
  if (!socket.participant) throw new Refusal('NOT_IN_ROOM', 'join a room first');
  return socket.participant;
}

const toOthers = (socket, event, data) => socket.to(self(socket).room.id).emit(event, data);

function leave(socket) {
  if (!socket.participant) return;
  toOthers(socket, 'participant-left', { participantId: socket.id });
  socket.leave(socket.participant.room.id);
  depart(socket.participant);
  socket.participant = null;
}

/** What a client may ask; what comes back is the acknowledgement. */
const requests = {
  'create-room': async () => {
    const roomId = freshId();
    await roomOf(roomId);
    return { roomId };
  },
  'join-room': async (socket, { roomId, name }) => {
    if (typeof roomId !== 'string' || !roomId) throw new Refusal('INVALID_ROOM', 'roomId: wanted a text');
    if (socket.participant) throw new Refusal('ALREADY_IN_ROOM', `already in room ${socket.participant.room.id}`);
    const participant = await enter(decoded(roomId), socket.id, name);
    const { room } = participant;
    socket.participant = participant;
    await socket.join(room.id);
    if (socket.disconnected) {
      leave(socket);
      throw new Refusal('DISCONNECTED', 'the socket has gone');
    }
    const { producers, ...shown } = participant.shown;
    toOthers(socket, 'participant-joined', { ...shown, producers: [] });
    const others = [...room.participants.values()].filter((each) => each !== participant);
    return {
      success: true, roomId: room.id, participantId: participant.id, participants: others.map((each) => each.shown),
      rtpCapabilities: room.router.rtpCapabilities,
    };
  },
  'get-router-rtp-capabilities': (socket) => self(socket).room.router.rtpCapabilities,
  'create-webrtc-transport': (socket, data) => self(socket).createTransport(data, infos),
  'connect-webrtc-transport': (socket, data) => self(socket).connectTransport(data),
  produce: async (socket, data) => {
    const { id, kind } = await self(socket).produce(data);
    toOthers(socket, 'new-producer', { producerId: id, participantId: socket.id, kind });
    return { producerId: id };
  },
  consume: (socket, data) => self(socket).consume(data),
  'resume-consumer': (socket, data) => self(socket).consumer(data).resume(),
  'pause-consumer': (socket, data) => self(socket).consumer(data).pause(),
  'close-producer': (socket, data) => self(socket).closeProducer(data),
  'leave-room': (socket) => leave(socket),
};
/** How a refusal looks where it is not `{ error: { code, message } }`. */
const refusals = {
  'join-room': (error) => ({ success: false, error: told(error) }),
  'connect-webrtc-transport': (error) => ({ error: told(error).message }),
};

io.on('connection', (socket) => {
  socket.emit('connected', { socketId: socket.id });
  for (const [event, handle] of Object.entries(requests)) {
    socket.on(event, async (...said) => {
      const acknowledge = typeof said.at(-1) === 'function' ? said.pop() : () => {};
      try {
        const answered = await handle(socket, said[0] ?? {});
        acknowledge(...(answered === undefined ? [] : [answered]));
      } catch (error) {
        console.error(`${socket.id} ${event}: ${error.message}`);
        acknowledge((refusals[event] ?? ((why) => ({ error: told(why) })))(error));
      }
    });
  }
  socket.on('disconnect', () => leave(socket));
});

server.listen(port, () => {
  const addresses = infos.map(({ announcedAddress }) => announcedAddress).join(', ');
  console.log(`listening on ${port}; media at ${addresses || announced.v4}, UDP ${portRange.min}-${portRange.max}`);
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
