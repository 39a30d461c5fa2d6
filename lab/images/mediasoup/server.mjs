// The SFU of the stack: mediasoup behind a small REST service, for the signaling replicas alone.
import { readConfig } from './config.mjs';
import { createServer } from './http.mjs';
import { log } from './log.mjs';
import { Rooms } from './rooms.mjs';
import { routes } from './routes.mjs';

const config = readConfig();
const rooms = new Rooms(config);

// A dead worker takes its calls with it; ending here lets the Swarm start a clean task.
await rooms.start((error) => {
  log('worker died', { error: JSON.stringify(error.message) });
  process.exit(1);
});

const server = createServer(routes(rooms));
server.listen(config.port, () => {
  const range = `${config.ports.min}-${config.ports.max}`;
  log('listening', { port: config.port, workers: config.workerCount, rtc: range, announced: config.announcedAddress });
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    log('stopping', { signal });
    rooms.stop();
    process.exit(0);
  });
}
