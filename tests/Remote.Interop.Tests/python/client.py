"""client.py ADDRESS SCENARIO: what node/client.js does, on grpcio. Exit code 0 when it went as it must."""
import queue
import sys
import traceback

from peer import PID, SERVICE, UNARY, RemoteMessage, grpc, pack, receive, unary, unpack

ADDRESS, SCENARIO = sys.argv[1:3]
CLIENT = f'grpcio-{SCENARIO}'
CEILING = 50
CHANNEL = grpc.insecure_channel(ADDRESS)
BINARY = b'\xab\xab\xab\x00\xff'
PAYLOADS = ['ü' * (size // 2) for size in (27182, 8, 1828, 45904, 0, 1 << 20)]
Code = grpc.StatusCode
List, Diagnose = (UNARY[name][0] for name in ('ListProcesses', 'GetProcessDiagnostics'))


def ask(name, request, **options):
    return unary(CHANNEL, name).with_call(request, timeout=CEILING, **options)


def fails(call, code, details=''):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code and details in error.details(), error
    else:
        raise AssertionError(f'expected {code}, got an answer')


class Stream:
    """A stream as a node without a listener has it: payload flows both ways."""

    def __init__(self, timeout=CEILING, metadata=None):
        self._requests = queue.Queue()
        self.call = receive(CHANNEL)(iter(self._requests.get, None), timeout=timeout, metadata=metadata)

    def write(self, **message):
        self._requests.put(RemoteMessage(**message))

    def end(self):
        self._requests.put(None)

    def connect(self):
        self.write(connect_request={'client_connection': {'member_id': CLIENT}})
        assert next(self.call).connect_response.member_id
        return self

    def ask(self, *texts):
        self.write(message_batch={
            'type_names': ['google.protobuf.StringValue'],
            'targets': [b'echo'],
            'senders': [PID(Address=f'$client/{CLIENT}', Id='asker')],
            'envelopes': [{'message_data': pack(text), 'sender': 1} for text in texts],
        })

    def answers(self, count):
        texts = []
        while len(texts) < count:
            texts += [unpack(envelope.message_data) for envelope in next(self.call).message_batch.envelopes]
        return texts


def list_and_diagnose():
    answer, _ = ask('ListProcesses', List(pattern='echo', type='MatchExactString'))
    assert [(pid.Address, pid.Id) for pid in answer.pids] == [(ADDRESS, 'echo')], answer
    about, _ = ask('GetProcessDiagnostics', Diagnose(pid=PID(Address=ADDRESS, Id='echo')))
    assert about.diagnostics_string


def unary_status():
    pattern = '100% ☺ \U0001F608 ['
    fails(lambda: ask('ListProcesses', List(pattern=pattern, type='MatchRegex')), Code.INVALID_ARGUMENT, pattern)
    fails(lambda: ask('GetProcessDiagnostics', Diagnose(pid=PID(Address=ADDRESS, Id='Jürgen'))), Code.NOT_FOUND, 'Jürgen')
    fails(lambda: ask('ListProcesses', List(pattern='x' * 271828)), Code.INVALID_ARGUMENT, '271828')


def stream():
    opened = Stream().connect()
    for payload in PAYLOADS:
        opened.ask(payload)
        assert opened.answers(1) == [payload]
    texts = [f'number {i}' for i in range(1000)]
    for i in range(0, len(texts), 100):
        opened.ask(*texts[i:i + 100])
    assert opened.answers(len(texts)) == texts
    opened.end()
    assert opened.call.code() == Code.OK, opened.call.code()


def empty_stream():
    opened = Stream()
    opened.end()
    assert opened.call.code() == Code.FAILED_PRECONDITION, opened.call.code()


def deadline():
    opened = Stream(timeout=0.5)
    opened.write(connect_request={'client_connection': {'member_id': CLIENT}})
    assert opened.call.code() == Code.DEADLINE_EXCEEDED, opened.call.code()
    opened.end()


def cancel_after_begin():
    opened = Stream()
    opened.call.cancel()
    assert opened.call.code() == Code.CANCELLED, opened.call.code()
    opened.end()


def cancel_after_answer():
    opened = Stream().connect()
    opened.call.cancel()
    assert opened.call.code() == Code.CANCELLED, opened.call.code()
    opened.end()


def metadata():
    sent = (('x-echo', 'test value'), ('x-echo-bin', BINARY))
    _, call = ask('ListProcesses', List(pattern='echo'), metadata=sent)
    assert ('x-echo', 'test value') in call.initial_metadata(), call.initial_metadata()
    assert ('x-echo-bin', BINARY) in call.trailing_metadata(), call.trailing_metadata()

    opened = Stream(metadata=sent).connect()
    assert ('x-echo', 'test value') in opened.call.initial_metadata(), opened.call.initial_metadata()
    opened.end()
    assert ('x-echo-bin', BINARY) in opened.call.trailing_metadata(), opened.call.trailing_metadata()


def unimplemented_method():
    fails(lambda: unary(CHANNEL, 'ListProcesses', SERVICE + 'Missing')(List(), timeout=CEILING), Code.UNIMPLEMENTED)


def unimplemented_service():
    fails(lambda: unary(CHANNEL, 'ListProcesses', '/remote.Absent/ListProcesses')(List(), timeout=CEILING), Code.UNIMPLEMENTED)


def compressed_request():
    squeezed = List(pattern='x' * 1000)
    fails(lambda: ask('ListProcesses', squeezed, compression=grpc.Compression.Gzip), Code.UNIMPLEMENTED)


def health():
    """As a probe, without generated code: an empty request asks for the whole server, and field 1 of the answer is 1 for SERVING and 2 for NOT_SERVING."""
    check = CHANNEL.unary_unary('/grpc.health.v1.Health/Check')
    watch = CHANNEL.unary_stream('/grpc.health.v1.Health/Watch')(b'')
    assert check(b'', timeout=CEILING) == b'\x08\x01'
    assert next(watch) == b'\x08\x01'
    print('watching SERVING', flush=True)
    try:
        assert list(watch) == [b'\x08\x02']
    except grpc.RpcError:
        pass
    assert watch.code() != Code.OK
    try:
        assert check(b'', timeout=CEILING) == b'\x08\x02'
    except grpc.RpcError as error:
        assert error.code() == Code.UNAVAILABLE, error


SCENARIOS = {
    'unary': list_and_diagnose,
    **{one.__name__: one for one in (
        unary_status, stream, empty_stream, deadline, cancel_after_begin, cancel_after_answer, metadata, unimplemented_method,
        unimplemented_service, compressed_request, health)},
}

try:
    SCENARIOS[SCENARIO]()
    print(f'{SCENARIO}: ok', flush=True)
except Exception:
    traceback.print_exc()
    sys.exit(1)
finally:
    CHANNEL.close()
