"""Signaling of the calling service: Socket.IO events in, mediasoup requests out, rooms shared by replicas."""
