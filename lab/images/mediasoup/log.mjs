// One line per event: time, event, key=value. Operators grep these lines for "ice", "dtls" and "transport".
export function log(event, fields = {}) {
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
  console.log([new Date().toISOString(), event, ...pairs].join(' '));
}
