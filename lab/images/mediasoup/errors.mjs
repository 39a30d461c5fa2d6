// Errors that a client of the service is meant to read, each with its HTTP status.
export class ServiceError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const badRequest = (message) => new ServiceError(400, message);
export const notFound = (what, id) => new ServiceError(404, `no such ${what}: ${id}`);
export const unavailable = (message) => new ServiceError(503, message);
