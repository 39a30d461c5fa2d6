// What /env-config.js says; the container writes it at its start.
const env = window.ENV_CONFIG ?? {};

export const apiUrl = env.API_URL || window.location.origin;
export const iceServers = env.ICE_SERVERS ?? [];
