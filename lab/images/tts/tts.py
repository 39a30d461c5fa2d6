"""Speech over HTTP: POST /synthesize {"text", "voice"?} answers audio/wav, spoken by espeak-ng."""

import json
import os
import re
import signal
import subprocess
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# About a minute of speech: more than one caption of a call needs, and little work for a replica.
MAX_TEXT_CHARS = 1000
# A body holding that text, each character escaped as \uXXXX twice (a surrogate pair), and the other keys.
MAX_BODY_BYTES = MAX_TEXT_CHARS * 12 + 1024
# espeak-ng speaks several hundred times faster than real time; ten seconds mean that it hangs.
SYNTHESIS_TIMEOUT_S = 10
DEFAULT_VOICE = "en"
VOICE_NAME = re.compile(r"[A-Za-z]{2,8}(?:[-+][A-Za-z0-9]{1,12}){0,3}")


class BadRequestError(Exception):
    """The request cannot be served as it is; the text goes to the client."""


def parse_request(body: bytes) -> tuple[str, str]:
    """The text and the voice asked for. Raises BadRequestError."""
    try:
        request = json.loads(body)
    except ValueError as error:
        raise BadRequestError(f"body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise BadRequestError('body must be an object: {"text": ..., "voice": ...}')
    text, voice = request.get("text"), request.get("voice", DEFAULT_VOICE)
    if not isinstance(text, str) or not text.strip():
        raise BadRequestError("text is missing or empty")
    if len(text) > MAX_TEXT_CHARS:
        raise BadRequestError(f"text has {len(text)} characters, at most {MAX_TEXT_CHARS} are spoken")
    if not isinstance(voice, str) or not VOICE_NAME.fullmatch(voice):
        raise BadRequestError("voice must be a name of `espeak-ng --voices`, for example en, vi or en-us")
    return text, voice


def synthesize(text: str, voice: str) -> bytes:
    """A whole WAV file. Raises BadRequestError for an unknown voice, TimeoutExpired when espeak-ng hangs."""
    # The text goes in over stdin: as an argument, text with a leading dash would be read as an option.
    done = subprocess.run(
        ["espeak-ng", "--stdin", "--stdout", "-v", voice],
        input=text.encode(),
        capture_output=True,
        timeout=SYNTHESIS_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0 or not done.stdout.startswith(b"RIFF"):
        raise BadRequestError(f"espeak-ng cannot speak this: {done.stderr.decode(errors='replace').strip()}")
    return fill_lengths(done.stdout)


def fill_lengths(wav: bytes) -> bytes:
    """Sets the lengths in the header, which espeak-ng cannot know when it starts to write to a pipe."""
    riff, data = len(wav) - 8, len(wav) - 44
    return wav[:4] + riff.to_bytes(4, "little") + wav[8:40] + data.to_bytes(4, "little") + wav[44:]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/health":
            self.reply_json(HTTPStatus.OK, {"status": "healthy", "service": "tts"})
        else:
            self.reply_json(HTTPStatus.NOT_FOUND, {"error": "no such path"})

    def do_POST(self) -> None:
        if self.path != "/synthesize":
            self.reply_json(HTTPStatus.NOT_FOUND, {"error": "no such path"})
            return
        try:
            audio = synthesize(*parse_request(self.read_body()))
        except BadRequestError as error:
            # The body may be unread, so the connection cannot carry another request.
            self.close_connection = True
            self.reply_json(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        except subprocess.TimeoutExpired:
            error_text = f"no speech within {SYNTHESIS_TIMEOUT_S} s"
            self.reply_json(HTTPStatus.SERVICE_UNAVAILABLE, {"error": error_text})
        else:
            self.reply(HTTPStatus.OK, "audio/wav", audio)

    def read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            raise BadRequestError("Content-Length is missing")
        if int(length) > MAX_BODY_BYTES:
            raise BadRequestError(f"body of {length} bytes, at most {MAX_BODY_BYTES} are read")
        return self.rfile.read(int(length))

    def reply_json(self, status: HTTPStatus, content: dict[str, str]) -> None:
        self.reply(status, "application/json", json.dumps(content).encode())

    def reply(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        # A health check every few seconds would bury what matters.
        if self.path != "/health":
            super().log_request(code, size)


def main() -> None:
    # Process 1 has no default action for SIGTERM: without this the container would stop only when killed.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    ThreadingHTTPServer(("", int(os.environ.get("PORT", "8004"))), Handler).serve_forever()


if __name__ == "__main__":
    main()
