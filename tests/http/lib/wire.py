"""Many raw conversations at once with a server on the loopback, by one event loop.

    talks = [Talk(b"GET / HTTP/1.1\r\n…"), Talk(second, first=b"GET /healthz …")]
    converse(port, talks, seconds=4)
    talks[0].statuses, talks[0].closed, talks[0].seconds
"""
import re, selectors, socket, time

STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d\d\d)[ \r]")


class Talk:
    """What is sent on a fresh connection, and what came of it. first: a request whose reply is awaited before."""

    def __init__(self, data, name="", first=b"", half_close=False, quiet=0.0):
        self.name, self.first, self.data, self.half_close, self.quiet = name, first, data, half_close, quiet
        self.out = b""          # bytes that came after `first` was answered
        self.prelude = b""      # the reply to `first`
        self.closed = False     # by the server
        self.reset = False      # by a RST
        self.seconds = None     # from the last byte sent to the end; None: still open when the time was over
        self.answered = None    # from the last byte sent to the first byte back
        self.refused = False    # no connection

    @property
    def statuses(self):
        """Final statuses in the order they came; what stands in bodies does not count."""
        return [r[0] for r in replies(self.out) if r[0] >= 200]


def replies(text):
    """[(status, headers, body)] at the front of the bytes; interim ones too. A cut one at the end has body None."""
    found, at = [], 0
    while True:
        m = STATUS_LINE.match(text, at)
        if not m:
            return found
        end = text.find(b"\r\n\r\n", at)
        status = int(m.group(1))
        if end < 0:
            return found + [(status, {}, None)]
        headers = {}
        for line in text[at:end].split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            headers[name.strip().lower().decode("latin-1")] = value.strip().decode("latin-1")
        start = end + 4
        if status < 200 or status in (204, 304):
            length = 0
        elif "content-length" in headers:
            length = int(headers["content-length"])
        else:
            length = len(text) - start
        if STATUS_LINE.match(text, start):  # an answer to HEAD, or a header block sent twice
            length = 0
        if len(text) < start + length:
            return found + [(status, headers, None)]
        found.append((status, headers, text[start:start + length]))
        at = start + length


class Wire:
    """One socket's state in the loop."""

    def __init__(self, talk, port):
        self.talk = talk
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(("127.0.0.1", port))
        self.waits_first = bool(talk.first)
        self.to_send = memoryview(talk.first or talk.data)
        self.sent_at = None

    def write(self):
        try:
            n = self.socket.send(self.to_send[:1 << 20])
        except BlockingIOError:
            return
        self.to_send = self.to_send[n:]
        if not self.to_send and not self.waits_first:
            self.sent_at = time.monotonic()
            if self.talk.half_close:
                self.socket.shutdown(socket.SHUT_WR)

    def read(self):
        """False: it is over."""
        try:
            piece = self.socket.recv(1 << 18)
        except BlockingIOError:
            return True
        except OSError:
            piece, self.talk.reset = b"", True
        talk = self.talk
        if self.waits_first:
            talk.prelude += piece
            whole = [r for r in replies(talk.prelude) if r[0] >= 200 and r[2] is not None]
            if whole or not piece:
                self.waits_first = False
                self.to_send = memoryview(talk.data)
        else:
            if talk.answered is None and self.sent_at is not None:
                talk.answered = time.monotonic() - self.sent_at
            talk.out += piece
        if not piece:
            talk.closed = True
        return bool(piece)

    def wanted(self):
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self.to_send else 0)


def converse(port, talks, seconds, at_once=256):
    """Each talk ends when the server closes, or `seconds` after its last byte was sent (or could not be)."""
    selector = selectors.DefaultSelector()
    waiting, open_wires = list(reversed(talks)), {}

    def end(wire):
        now = time.monotonic()
        if wire.talk.closed:
            wire.talk.seconds = now - (wire.sent_at or wire.began)
        selector.unregister(wire.socket)
        wire.socket.close()
        del open_wires[id(wire)]

    while waiting or open_wires:
        while waiting and len(open_wires) < at_once:
            wire = Wire(waiting.pop(), port)
            wire.began = time.monotonic()
            open_wires[id(wire)] = wire
            selector.register(wire.socket, wire.wanted(), wire)
        for key, mask in selector.select(0.05):
            wire = key.data
            try:
                if mask & selectors.EVENT_WRITE and wire.to_send:
                    wire.write()
                alive = wire.read() if mask & selectors.EVENT_READ else True
            except ConnectionRefusedError:
                wire.talk.refused, alive = True, False
            except OSError:  # the server closed while we were sending: what it said may still be read
                wire.to_send = memoryview(b"")
                wire.sent_at = time.monotonic()
                alive = True
            if alive:
                selector.modify(wire.socket, wire.wanted(), wire)
            else:
                end(wire)
        now = time.monotonic()
        for wire in [w for w in open_wires.values() if now - (w.sent_at or w.began) > (
                w.talk.quiet if w.talk.quiet and w.talk.out else seconds if w.sent_at else seconds * 2)]:
            end(wire)
    selector.close()
    return talks
