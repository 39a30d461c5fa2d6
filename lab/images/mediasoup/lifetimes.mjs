// When a transport has outlived its use. With ten UDP ports, ten forgotten transports stop every call.

function isUp({ iceState, dtlsState }) {
  return dtlsState === 'connected' && (iceState === 'connected' || iceState === 'completed');
}

/** Notes a change of state: since when the transport is not usable, and whether it ever was. `now` in ms. */
export function noteState(entry, now) {
  if (isUp(entry.transport)) {
    entry.wasUp = true;
    entry.notUpSince = null;
  } else {
    entry.notUpSince ??= now;
  }
}

/** Why this transport should be closed now, or null while it may live. `now` in ms. */
export function reasonToClose(entry, limits, now) {
  const { iceState, dtlsState } = entry.transport;
  // Final by itself: the peer said goodbye, or the keys could not be agreed on.
  if (dtlsState === 'closed' || dtlsState === 'failed') return `dtls ${dtlsState}`;
  if (entry.notUpSince === null) return null;
  const limit = entry.wasUp ? limits.lostMs : limits.connectMs;
  if (now - entry.notUpSince < limit) return null;
  const what = entry.wasUp ? 'lost' : 'never connected';
  return `${what} for ${limit / 1000} s (ice ${iceState}, dtls ${dtlsState})`;
}
