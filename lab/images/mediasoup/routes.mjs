// The service's paths. A handler gets ({ params, body }) and returns what is sent as JSON.
import { badRequest } from './errors.mjs';

export function routes(rooms) {
  return [
    ['GET', '/health', () => ({ status: 'healthy', service: 'mediasoup', workers: rooms.stats().workers })],
    ['GET', '/stats', () => rooms.stats()],
    ['GET', '/router/:roomId/capabilities', async ({ params }) => ({
      rtpCapabilities: (await rooms.open(params.roomId)).router.rtpCapabilities,
    })],
    ['POST', '/transport/create', async ({ body }) => {
      const type = oneOf(body, 'type', ['send', 'recv']);
      return (await rooms.open(text(body, 'roomId'))).createTransport(type);
    }],
    ['POST', '/transport/connect', async ({ body }) => {
      await room(rooms, body).connectTransport(text(body, 'transportId'), object(body, 'dtlsParameters'));
      return { success: true };
    }],
    ['POST', '/transport/close', ({ body }) => {
      room(rooms, body).closeTransport(text(body, 'transportId'), 'asked for');
      return { success: true };
    }],
    ['POST', '/producer/create', ({ body }) => {
      const kind = oneOf(body, 'kind', ['audio', 'video']);
      return room(rooms, body).produce(text(body, 'transportId'), kind, object(body, 'rtpParameters'));
    }],
    ['POST', '/consumer/create', ({ body }) => {
      const [transportId, producerId] = [text(body, 'transportId'), text(body, 'producerId')];
      return room(rooms, body).consume(transportId, producerId, object(body, 'rtpCapabilities'));
    }],
    ['POST', '/consumer/:consumerId/resume', async ({ params, body }) => {
      await room(rooms, body).resumeConsumer(params.consumerId);
      return { success: true };
    }],
    ['DELETE', '/room/:roomId', ({ params }) => {
      rooms.close(params.roomId, 'asked for');
      return { success: true };
    }],
  ];
}

const room = (rooms, body) => rooms.get(text(body, 'roomId'));

function text(body, key) {
  const value = body?.[key];
  if (typeof value !== 'string' || value === '') throw badRequest(`${key}: want a text`);
  return value;
}

function object(body, key) {
  const value = body?.[key];
  if (typeof value !== 'object' || value === null) throw badRequest(`${key}: want an object`);
  return value;
}

function oneOf(body, key, allowed) {
  const value = text(body, key);
  if (!allowed.includes(value)) throw badRequest(`${key}: want one of ${allowed.join(', ')}`);
  return value;
}
