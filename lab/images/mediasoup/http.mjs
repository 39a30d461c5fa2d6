// JSON over plain node:http: finds the route, reads the body, turns errors into {"error": text}.
import http from 'node:http';
import { badRequest, ServiceError } from './errors.mjs';
import { log } from './log.mjs';

// RTP capabilities of a browser are some 10 kB.
const MAX_BODY_BYTES = 1 << 20;

export function createServer(routes) {
  const table = routes.map(([method, path, handle]) => ({ method, pattern: compile(path), handle }));
  return http.createServer(async (request, response) => {
    try {
      send(response, 200, await dispatch(table, request));
    } catch (error) {
      const status = error instanceof ServiceError ? error.status : 500;
      log('request refused', { method: request.method, path: request.url, status, error: JSON.stringify(error.message) });
      if (status === 500) console.error(error);
      send(response, status, { error: error.message });
    }
  });
}

function compile(path) {
  return new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
}

async function dispatch(table, request) {
  const path = request.url.split('?', 1)[0];
  const matches = table.filter(({ pattern }) => pattern.test(path));
  if (matches.length === 0) throw new ServiceError(404, `no such path: ${path}`);
  const route = matches.find(({ method }) => method === request.method);
  if (!route) throw new ServiceError(405, `${path} takes ${matches.map(({ method }) => method).join(', ')}`);
  const body = request.method === 'POST' ? await readJson(request) : undefined;
  return route.handle({ params: parameters(route.pattern, path), body });
}

function parameters(pattern, path) {
  const found = Object.entries(pattern.exec(path).groups ?? {});
  try {
    return Object.fromEntries(found.map(([key, value]) => [key, decodeURIComponent(value)]));
  } catch (error) {
    if (error instanceof URIError) throw badRequest(`${path} is not a valid path`);
    throw error;
  }
}

async function readJson(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new ServiceError(413, `body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest(`body is not JSON: ${error.message}`);
    throw error;
  }
}

function send(response, status, content) {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(content));
}
