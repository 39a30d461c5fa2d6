// The page's course: lobby, call, lost connection, back again.
import { Call } from './call.js';
import { apiUrl, iceServers } from './config.js';
import { plainWords } from './errors.js';
import { connectionFacts } from './facts.js';
import { connect } from './signaling.js';
import { openSource } from './sources.js';
import * as view from './view.js';

const { $ } = view;
const FACTS_S = 1;
const RESUME_MS = 3000;

const socket = connect(apiUrl);
let stay = null; // { room, name, source, call }

function roomFromAddress() {
  try {
    return decodeURIComponent(window.location.hash.slice(1));
  } catch {
    return ''; // a link that was cut or mistyped
  }
}

function freshRoom() {
  const letters = crypto.getRandomValues(new Uint8Array(9));
  const text = [...letters].map((value) => 'abcdefghijkmnpqrstuvwxyz'[value % 24]).join('');
  return text.replace(/(...)(...)(...)/, '$1-$2-$3');
}

function prepareLobby() {
  const invited = roomFromAddress();
  $('room').value = invited || freshRoom();
  $('lobby-title').textContent = invited ? 'Join the call' : 'Start a call';
  $('room-hint').textContent = invited ? 'The room of the link you opened.'
    : 'A fresh room is suggested. Everybody who opens its link is in the same call.';
  $('join').textContent = invited ? 'Join room' : 'Create room';
}

async function enter(event) {
  event.preventDefault();
  view.notice('');
  $('join').disabled = true;
  const [room, name] = [$('room').value.trim(), $('name').value.trim() || 'guest'];
  const kind = new FormData($('lobby')).get('source') ?? document.querySelector('[name=source]:checked').value;
  try {
    const source = await openSource(kind, name);
    stay = { room, name, source, call: null };
    await startCall();
    showRoom();
  } catch (error) {
    leave();
    view.notice(plainWords(error));
  } finally {
    $('join').disabled = false;
  }
}

async function startCall() {
  const { room, name, source } = stay;
  view.clearTiles();
  view.addTile('me', name, { own: true });
  for (const track of source.stream.getTracks()) view.addTrack('me', track);
  const call = new Call(socket, {
    user: (user) => view.addTile(user.id, user.name),
    left: view.removeTile,
    track: view.addTrack,
    trackEnded: view.removeTrack,
    trouble: (error) => view.notice(plainWords(error)),
  });
  stay.call = call;
  await call.start(room, name, source.stream, iceServers);
}

function showRoom() {
  window.history.replaceState(null, '', `#${encodeURIComponent(stay.room)}`);
  $('room-name').textContent = stay.room;
  $('link').value = window.location.href;
  view.showCall(true);
  $('call-title').tabIndex = -1;
  $('call-title').focus();
}

function leave() {
  const wasInRoom = stay?.call?.userId !== undefined;
  stay?.call?.close();
  stay?.source.close();
  stay = null;
  view.clearTiles();
  view.showCall(false);
  for (const id of ['mute', 'hide']) $(id).setAttribute('aria-pressed', 'false');
  prepareLobby();
  // The protocol knows no leave: the room is left with the connection.
  if (wasInRoom) socket.disconnect().connect();
}

function toggle(kind, button) {
  const off = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', String(off));
  for (const track of stay.source.stream.getTracks()) if (track.kind === kind) track.enabled = !off;
}

async function copyLink() {
  $('link').select();
  try {
    await navigator.clipboard.writeText($('link').value);
    $('copy').textContent = 'Copied';
    setTimeout(() => { $('copy').textContent = 'Copy link'; }, 2000);
  } catch {
    view.notice('The browser does not let this page copy. The link is selected: copy it by hand.');
  }
}

/** After a lost connection: enter the same room again, until it works or the person leaves. */
async function resume() {
  const mine = stay;
  try {
    await startCall();
    view.notice('');
  } catch (error) {
    if (stay !== mine) return;
    view.notice(plainWords(error));
    setTimeout(() => { if (stay === mine) socket.disconnect().connect(); }, RESUME_MS);
  }
}

socket.on('connect', () => {
  view.serverState('connected', 'good');
  if (stay && !stay.call) resume();
});

socket.on('disconnect', (reason) => {
  view.serverState('connection lost, trying again', 'wait');
  if (reason === 'io server disconnect') socket.connect();
  if (!stay?.call) return;
  stay.call.close();
  stay.call = null;
  view.notice('The connection to the server was lost. The call goes on as soon as it is back.');
});

socket.on('connect_error', () => view.serverState('server not reachable, trying again', 'bad'));

$('lobby').addEventListener('submit', enter);
$('leave').addEventListener('click', leave);
$('copy').addEventListener('click', copyLink);
$('mute').addEventListener('click', () => toggle('audio', $('mute')));
$('hide').addEventListener('click', () => toggle('video', $('hide')));
document.addEventListener('click', view.resumeVideos);
window.addEventListener('hashchange', () => { if (!stay) prepareLobby(); });
window.addEventListener('pagehide', () => socket.disconnect());

setInterval(async () => {
  view.countFrames(FACTS_S);
  if (stay) view.showFacts(await connectionFacts(socket, stay.call));
}, FACTS_S * 1000);

prepareLobby();
