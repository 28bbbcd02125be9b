"""A server in a process of its own, for workloads that wait: it answers each byte with a byte, after a while."""
import asyncio
import atexit
import contextlib
import socket
import subprocess
import sys


def start_server(delay_s: float) -> int:
    """Its port of 127.0.0.1. It ends with this process."""
    command = [sys.executable, __file__, str(delay_s)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None and server.stdout is not None
    atexit.register(server.wait)
    atexit.register(server.stdin.close)
    return int(server.stdout.readline())


def ask(port: int, byte: int) -> int:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(bytes([byte]))
        return connection.recv(1)[0]


async def serve(delay_s: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while byte := await reader.read(1):
                if delay_s:
                    await asyncio.sleep(delay_s)
                writer.write(byte)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
