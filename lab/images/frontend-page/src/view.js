// The page's elements, and nothing about calls.
export const $ = (id) => document.getElementById(id);

const tiles = new Map();

export function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

export function serverState(text, tone) {
  Object.assign($('server'), { textContent: text });
  $('server').dataset.tone = tone;
}

export function showCall(inCall) {
  document.body.dataset.state = inCall ? 'call' : 'lobby';
  $('lobby').hidden = inCall;
  $('call').hidden = !inCall;
}

export function addTile(id, name, { own = false } = {}) {
  if (tiles.has(id)) return;
  const tile = $('tile').content.firstElementChild.cloneNode(true);
  const video = tile.querySelector('video');
  tile.dataset.user = own ? 'me' : id;
  tile.querySelector('.who').textContent = own ? `${name} (you)` : name;
  video.muted = own;
  video.setAttribute('aria-label', own ? 'Your own picture' : `Picture of ${name}`);
  video.srcObject = new MediaStream();
  tiles.set(id, { tile, video, shown: 0 });
  $('tiles').append(tile);
  countOthers();
}

export function removeTile(id) {
  tiles.get(id)?.tile.remove();
  tiles.delete(id);
  countOthers();
}

export function clearTiles() {
  for (const id of [...tiles.keys()]) removeTile(id);
}

export function addTrack(id, track) {
  const { video } = tiles.get(id) ?? {};
  if (!video) return;
  video.srcObject.addTrack(track);
  video.play().catch(() => notice('The browser holds the sound back: click into the page once.'));
}

export function removeTrack(id, track) {
  tiles.get(id)?.video.srcObject.removeTrack(track);
}

export function resumeVideos() {
  for (const { video } of tiles.values()) if (video.paused) video.play().catch(() => {});
}

/** Size and rate of what is really shown, once per `seconds`. */
export function countFrames(seconds) {
  for (const entry of tiles.values()) {
    const { totalVideoFrames } = entry.video.getVideoPlaybackQuality();
    const rate = Math.round((totalVideoFrames - entry.shown) / seconds);
    entry.shown = totalVideoFrames;
    const { videoWidth, videoHeight } = entry.video;
    entry.tile.querySelector('.what').textContent = videoWidth ? `${videoWidth}×${videoHeight}, ${rate}/s` : 'no picture yet';
    entry.tile.dataset.frames = totalVideoFrames;
  }
}

export function showFacts(facts) {
  $('facts').replaceChildren(...facts.flatMap(([label, value]) => [
    Object.assign(document.createElement('dt'), { textContent: label }),
    Object.assign(document.createElement('dd'), { textContent: value }),
  ]));
}

function countOthers() {
  $('alone').hidden = tiles.size !== 1;
}
