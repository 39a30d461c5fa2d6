"""The images that run as root, each with the reason; every other runs as a user without rights."""

AS_ROOT = {
    "base": "a stage: it is built on and never run",
    "frontend-page": "a stage: it holds the page for frontend",
    "mediasoup-package": "a stage: it holds npm's package for mediasoup and mediasoup-worker",
    "mediasoup-worker": "a stage: it holds the worker for mediasoup",
    "node": "dockerd must be root",
    "traefik": "it reads the engine's socket, which belongs to root and to a group whose number differs by node",
}
