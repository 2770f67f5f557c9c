import sys

from client import Client, RemoteError

client = Client(sys.argv[1].removeprefix("unix:"), sys.argv[2].encode())
desk = client.call(0, "create", "Desk")["id"]
print(client.call(desk, "greet", "Zoë", {"times": 2, "loud": True}))
print(client.call_with(desk, "ask", lambda text: f"{text}, thank you"))
try:
    client.call(desk, "fail", "no")
except RemoteError as error:
    print(error)
