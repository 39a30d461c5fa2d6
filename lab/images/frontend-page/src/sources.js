// What a person sends: camera and microphone, or a picture and a tone that need neither.
import { CallError } from './errors.js';

const FRAME_MS = 1000 / 20;
const TONES_HZ = [262, 294, 330, 392, 440, 523]; // a pentatonic scale: several in one call do not hurt

export async function openSource(kind, name) {
  return kind === 'test' ? testSource(name) : cameraSource();
}

async function cameraSource() {
  if (!navigator.mediaDevices) {
    throw new CallError('The browser gives the camera to secure pages only. Open this page by https, '
      + 'or send the test picture.');
  }
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: true,
    video: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24, max: 30 } },
  });
  return { stream, close: () => stopTracks(stream) };
}

async function testSource(name) {
  const picture = testPicture(name);
  const tone = await testTone();
  const stream = new MediaStream([...picture.stream.getVideoTracks(), ...tone.stream.getAudioTracks()]);
  return {
    stream,
    close() {
      stopTracks(stream);
      picture.close();
      tone.close();
    },
  };
}

function testPicture(name) {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
  const paint = canvas.getContext('2d');
  const hue = Math.floor(Math.random() * 360);
  let frame = 0;
  const draw = () => drawFrame(paint, canvas, { hue, name, frame: frame++ });
  draw();
  const timer = setInterval(draw, FRAME_MS);
  return { stream: canvas.captureStream(1000 / FRAME_MS), close: () => clearInterval(timer) };
}

function drawFrame(paint, { width, height }, { hue, name, frame }) {
  for (let bar = 0; bar < 8; bar += 1) {
    paint.fillStyle = `hsl(${hue + bar * 18} 55% ${28 + bar * 4}%)`;
    paint.fillRect((bar * width) / 8, 0, width / 8 + 1, height);
  }
  const angle = (frame / 60) * 2 * Math.PI;
  paint.fillStyle = '#fff';
  paint.beginPath();
  paint.arc(width / 2 + 130 * Math.cos(angle), height / 2 + 90 * Math.sin(angle), 16, 0, 2 * Math.PI);
  paint.fill();
  paint.textAlign = 'center';
  paint.font = '600 40px system-ui, sans-serif';
  paint.fillText(name, width / 2, height / 2 - 4, width - 80);
  paint.font = '28px ui-monospace, monospace';
  paint.fillText(`${new Date().toISOString().slice(11, 21)}  #${frame}`, width / 2, height / 2 + 40);
}

async function testTone() {
  const context = new AudioContext();
  await context.resume();
  const oscillator = new OscillatorNode(context, { frequency: TONES_HZ[Math.floor(Math.random() * TONES_HZ.length)] });
  const gain = new GainNode(context, { gain: 0.08 });
  const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  oscillator.connect(gain).connect(out);
  oscillator.start();
  return { stream: out.stream, close: () => context.close() };
}

function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}
