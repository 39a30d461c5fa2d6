// What the browser knows about its connections, in words a person can use in a report.
export async function connectionFacts(socket, call) {
  const facts = [['Server', socket.connected ? `connected by ${socket.io.engine.transport.name}` : 'not connected']];
  if (!call) return facts;
  for (const [label, transport] of [['Sending', call.send], ['Receiving', call.recv]]) {
    if (!transport) continue;
    facts.push([label, transport.connectionState], [`${label} over`, await selectedPair(transport)]);
  }
  return facts;
}

async function selectedPair(transport) {
  if (transport.closed) return '–';
  const stats = await transport.getStats();
  const all = [...stats.values()];
  const chosen = all.find(({ type, selectedCandidatePairId }) => type === 'transport' && selectedCandidatePairId);
  const pair = chosen ? stats.get(chosen.selectedCandidatePairId)
    : all.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
  if (!pair) return 'no path yet';
  const [local, remote] = [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)];
  const round = pair.currentRoundTripTime === undefined ? '' : `, ${Math.round(pair.currentRoundTripTime * 1000)} ms`;
  return `${local.candidateType} → ${remote.address ?? remote.ip}:${remote.port} ${remote.protocol}${round}`;
}
