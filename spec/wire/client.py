"""A client in Python's standard library, written from docs/protocol.md alone: logs in, calls, is called back, hears of errors.
The server's signature needs Ed25519, and only tells servers apart: it is left out."""
import base64, hmac, json, os, socket, struct


class RemoteError(Exception): ...


def text64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def varint(number):
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def write(value):
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int) and -(2**31) <= value < 2**31:
        return b"\xc4" + struct.pack("<i", value)
    if isinstance(value, (int, float)):
        return b"\xc5" + struct.pack("<d", value)
    if isinstance(value, str):
        return b"\xc7" + varint(len(value.encode("utf-16-le")) // 2) + value.encode("utf-16-le")
    if isinstance(value, (list, tuple)):
        return b"\xd2" + varint(len(value)) + b"".join(map(write, value))
    if isinstance(value, dict):
        names = b"".join(map(write, value))
        return b"\xd0" + varint(0) + write("") + varint(len(value)) + names + b"".join(map(write, value.values()))
    raise TypeError(f"this client doesn't send {value!r}")


class Reader:
    def __init__(self, data, references=()):
        self.data, self.at, self.references, self.shapes = data, 0, iter(references), []

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self):
        number = shift = 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7

    def shape(self):
        number = self.varint()
        if number == 0:
            self.value()  # its class
            self.shapes.append([self.value() for _ in range(self.varint())])
        return self.shapes[number - 1]

    def value(self):
        tag = self.take(1)[0]
        if tag < 128:
            return tag
        if tag < 160:
            return self.take(tag - 128).decode("latin-1")
        if tag in (0xC0, 0xC1, 0xC2, 0xC3):
            return (None, None, False, True)[tag - 0xC0]
        if tag in (0xC4, 0xC5):
            return struct.unpack("<i", self.take(4))[0] if tag == 0xC4 else struct.unpack("<d", self.take(8))[0]
        if tag in (0xC6, 0xC7):
            size, coding = (1, "latin-1") if tag == 0xC6 else (2, "utf-16-le")
            return self.take(size * self.varint()).decode(coding)
        if tag in (0xD0, 0xD1):
            return {name: self.value() for name in self.shape()}
        if tag == 0xD2:
            return [self.value() for _ in range(self.varint())]
        if tag == 0xD9:
            base, _, _ = self.value(), self.value(), self.varint()
            return {"error": base, **{name: self.value() for name in self.shape()}}
        if tag == 0xDD:
            return next(self.references)
        raise ValueError(f"this client doesn't read the tag {tag:#x}")


def read_body(data):
    if not data:
        return None
    end = 5 + struct.unpack_from("<I", data, 1)[0] if data[0] == 0xE1 else 0
    return Reader(data[5:end], json.loads(data[end:])).value() if end else Reader(data).value()


class Client:
    def __init__(self, path, authkey):
        self.socket, self.buffer, self.last, self.functions = socket.socket(socket.AF_UNIX), b"", 0, {}
        self.socket.connect(path)
        self.input = self.socket.makefile("rb")
        hello = json.loads(self.receive())
        nonce = text64(os.urandom(32))
        proof = lambda role: text64(hmac.digest(authkey, f"referent:{role}:{nonce}:{hello['nonce']}".encode(), "sha256"))
        login = {"kind": "login", "version": 2, "nonce": nonce, "pid": os.getpid(), "credential": "authkey", "id": 0}
        self.send(json.dumps({**login, "proof": proof("client")}).encode())
        welcome = json.loads(self.receive())
        if welcome["kind"] != "welcome" or not hmac.compare_digest(welcome["proof"], proof("server")):
            raise RemoteError(welcome.get("message", "the server doesn't know the authkey"))

    def send(self, message):
        message = varint(len(message)) + message
        self.socket.sendall(struct.pack("<II", 4 + len(message), len(message)) + message)

    def receive(self):
        while not self.buffer:
            self.buffer = self.input.read(struct.unpack("<II", self.input.read(8))[1])
        reader = Reader(self.buffer)
        message = reader.take(reader.varint())
        self.buffer = self.buffer[reader.at :]
        return message

    def call(self, to, method, *args, body=None):
        self.last += 1
        self.send(b"\x01\x00" + varint(self.last) + varint(to) + write(method) + (body or write(args)))
        while True:
            reader = Reader(self.receive())
            kind = reader.take(1)[0]
            if kind == 16:
                self.send(b"\x11")
            elif kind == 1:
                self.answer(reader)
            elif kind in (5, 6):
                confirms, number = reader.take(1) == b"\x01", reader.varint()
                value = read_body(reader.data[reader.at :])
                if kind == 6:
                    raise RemoteError(f"{value['error']}: {value['message']}")
                if confirms:
                    self.send(b"\x08\x01" + varint(number))
                return value

    def answer(self, reader):
        flags, number, to, _ = reader.take(1)[0], reader.varint(), reader.varint(), reader.value()
        for flag in (1, 2, 4, 8, 16, 32):
            if flags & flag:
                reader.value() if flag in (4, 16, 32) else reader.varint()
        result = self.functions[to](*read_body(reader.data[reader.at :]))
        self.send(b"\x05\x00" + varint(number) + write(result))

    def call_with(self, to, method, function):
        number = len(self.functions) + 1
        self.functions[number] = function
        shape = {"kind": "function", "typeid": "Function", "members": [["", "method"]]}
        described = [{"kind": "referent", "id": number, "type": 1, "secret": "", "shape": shape}]
        body = b"\xd2\x01\xdd"
        return self.call(to, method, body=b"\xe1" + struct.pack("<I", len(body)) + body + json.dumps(described).encode())
