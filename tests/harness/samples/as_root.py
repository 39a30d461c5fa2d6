"""The images that run as root, each with the reason; every other runs as a user without rights."""

AS_ROOT = {
    "base": "a stage: it is built on and never run",
    "frontend-page": "a stage: it holds the page for frontend",
    "mediasoup-package": "a stage: it holds npm's package for mediasoup and mediasoup-worker",
    "mediasoup-worker": "a stage: it holds the worker for mediasoup",
    "node": "dockerd must be root",
    "traefik": "it reads the engine's socket, which belongs to root and to a group whose number differs by node",
    "guest-kernel": "what a guest is made of: it owns its disk's files, which are root's",
    "guest-system": "never runs as a container: its files become the guest's disk",
    "guest": "makes the guest's disk, whose files are root's, and saves images from the engine's socket",
    "guest-stock": "as guest; QEMU hands root's files on to it",
}
