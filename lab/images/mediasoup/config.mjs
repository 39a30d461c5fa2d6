// Everything that the environment decides, read and checked once, at start.
import os from 'node:os';

function integer(name, fallback, min, max) {
  const text = process.env[name] || String(fallback);
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`${name}=${text}: want a whole number from ${min} to ${max}`);
  }
  return value;
}

function ownAddress() {
  const addresses = Object.values(os.networkInterfaces()).flat();
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

export function readConfig() {
  const ports = { min: integer('RTC_MIN_PORT', 40000, 1, 65535), max: integer('RTC_MAX_PORT', 40009, 1, 65535) };
  if (ports.min > ports.max) throw new Error(`RTC_MIN_PORT=${ports.min} is above RTC_MAX_PORT=${ports.max}`);
  return {
    port: integer('PORT', 4000, 1, 65535),
    workerCount: integer('WORKER_COUNT', 1, 1, 64),
    ports,
    // What peers are told to send to: an address or a host name. Without it, the address a neighbour can reach.
    announcedAddress: process.env.ANNOUNCED_IP || ownAddress(),
    // A peer sends an ICE consent check about every 5 s (RFC 7675): after three lost ones it is taken for gone.
    iceConsentTimeoutS: integer('ICE_CONSENT_TIMEOUT_S', 15, 0, 600),
    limits: {
      // From creation to ICE and DTLS up. Measured under 2 s in a call; the rest is for slow links.
      connectMs: 1000 * integer('TRANSPORT_CONNECT_TIMEOUT_S', 30, 1, 3600),
      // A lost peer may still come back, from a new address when it changed networks.
      lostMs: 1000 * integer('TRANSPORT_LOST_TIMEOUT_S', 15, 1, 3600),
      emptyRoomMs: 1000 * integer('EMPTY_ROOM_TIMEOUT_S', 60, 1, 86400),
    },
  };
}
