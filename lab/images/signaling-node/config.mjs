// What the environment decides, read once at start.
//   PORT                   8001
//   MEDIASOUP_SERVICE_URL  http://mediasoup:4000
//   CORS_ORIGIN            the origins that a browser may come from, separated by commas; * lets every one in
//   SOCKET_ADAPTER         redis: rooms and events over all replicas; memory: each replica has its own
//   REDIS_URL              redis://redis:6379
const env = process.env;
const ADAPTERS = ['redis', 'memory'];

export const port = Number(env.PORT || 8001);
export const mediasoupUrl = (env.MEDIASOUP_SERVICE_URL || 'http://mediasoup:4000').replace(/\/+$/, '');
export const redisUrl = env.REDIS_URL || 'redis://redis:6379';
export const adapter = env.SOCKET_ADAPTER || 'redis';
export const origins = (env.CORS_ORIGIN || 'https://jbcalling.site,https://www.jbcalling.site')
  .split(',').map((origin) => origin.trim()).filter(Boolean);

if (!ADAPTERS.includes(adapter)) throw new Error(`SOCKET_ADAPTER=${adapter}: it can be ${ADAPTERS.join(' or ')}`);
