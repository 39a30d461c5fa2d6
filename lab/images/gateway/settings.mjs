// What the environment decides, read once at start.
//   PORT                   3000, behind the edge
//   STATS_PORT             4000, on the loopback alone: who holds the UDP ports
//   CORS_ORIGIN            the origins that a browser may come from, separated by commas; * lets every one in
//   ANNOUNCED_IP           the IPv4 address that callers send their media to
//   ANNOUNCED_IPV6         the same for IPv6; without it no IPv6 candidate is offered
//   RTC_MIN_PORT RTC_MAX_PORT   40000 to 40019
//   REDIS_HOST             where the rooms are listed for other services; without it they are not listed
import dgram from 'node:dgram';
import { once } from 'node:events';
import os from 'node:os';

const env = process.env;
const number = (name, fallback) => {
  const value = Number(env[name] || fallback);
  if (!Number.isInteger(value) || value < 1 || value > 65535) throw new Error(`${name}=${env[name]}: it must be a port`);
  return value;
};
const ownAddress = () => Object.values(os.networkInterfaces()).flat()
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

export const port = number('PORT', 3000);
export const statsPort = number('STATS_PORT', 4000);
export const portRange = { min: number('RTC_MIN_PORT', 40000), max: number('RTC_MAX_PORT', 40019) };
export const origins = (env.CORS_ORIGIN || '').split(',').map((origin) => origin.trim()).filter(Boolean);
export const redisHost = env.REDIS_HOST || '';
export const announced = { v4: env.ANNOUNCED_IP || ownAddress(), v6: env.ANNOUNCED_IPV6 || '' };

/** Whether this container can listen on IPv6 at all: where it cannot, mediasoup would offer nothing. */
async function hasIpv6() {
  const socket = dgram.createSocket({ type: 'udp6', ipv6Only: true });
  try {
    socket.bind(0, '::');
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

/** Where mediasoup listens: one entry for each family that is announced. */
export async function listenInfos() {
  const entry = (ip, announcedAddress, more = {}) => ({ protocol: 'udp', ip, announcedAddress, portRange, ...more });
  const infos = [entry('0.0.0.0', announced.v4)];
  if (announced.v6 && await hasIpv6()) infos.push(entry('::', announced.v6, { flags: { ipv6Only: true } }));
  else if (announced.v6) console.warn(`ANNOUNCED_IPV6=${announced.v6} is not offered: this container has no IPv6`);
  return infos;
}
