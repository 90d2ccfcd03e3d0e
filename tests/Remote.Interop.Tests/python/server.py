"""server.py MODE [ARGUMENTS]: what node/server.js does, on grpcio."""
import sys
import threading
from base64 import b64encode
from concurrent import futures

from peer import SERVICE, UNARY, RemoteMessage, grpc, say, unpack

MODE, *ARGUMENTS = sys.argv[1:]


def end_so(context):
    code = next(one for one in grpc.StatusCode if one.value[0] == int(ARGUMENTS[0]))
    context.abort(code, ARGUMENTS[1])


def say_metadata(context):
    values = {key: value for key, value in context.invocation_metadata() if key.startswith('x-')}
    say('metadata', {key: b64encode(value).decode() if isinstance(value, bytes) else value for key, value in values.items()})


def echo(batch):
    """Back to the sender, by the place of its PID in the table."""
    return RemoteMessage(message_batch={
        'type_names': batch.type_names,
        'targets': [pid.Id.encode() for pid in batch.senders],
        'envelopes': [
            {
                'type_id': envelope.type_id,
                'message_data': envelope.message_data,
                'target': envelope.sender - 1,
                'target_request_id': envelope.sender_request_id,
                'serializer_id': envelope.serializer_id,
            }
            for envelope in batch.envelopes
        ],
    })


def accept(requests, context):
    count = 0
    say_metadata(context)
    for request in requests:
        if request.HasField('connect_request'):
            yield RemoteMessage(connect_response={'member_id': 'grpcio'})
        elif request.message_batch.senders:
            yield echo(request.message_batch)
        else:
            for envelope in request.message_batch.envelopes:
                text = unpack(envelope.message_data)
                if text == 'last':
                    say('received', count)
                elif text.startswith(f'{count} '):
                    count += 1
                else:
                    say('disorder', [count, text])
    say('half-closed')


def serve(requests, context):
    ended = threading.Event()
    terminated = threading.Event()

    # A generator that is waiting for its caller when the call is cancelled is not told, or is told that the caller has half-closed.
    def on_termination():
        if not ended.is_set():
            say('cancelled')
        terminated.set()

    if not context.add_callback(on_termination):
        on_termination()
    try:
        if MODE in ('echo', 'hold'):
            yield from accept(requests, context)
            if MODE == 'hold':
                terminated.wait()
        elif MODE == 'status':
            ended.set()
            end_so(context)
        else:
            for _ in requests:
                pass
        ended.set()
    except grpc.RpcError:
        pass


def list_processes(request, context):
    say_metadata(context)
    if MODE == 'status':
        end_so(context)
    if MODE == 'silent':
        ended = threading.Event()
        if context.add_callback(ended.set):
            ended.wait()
    return UNARY['ListProcesses'][1](pids=[{'Address': '10.0.0.9:4000', 'Id': request.pattern}])


class Handlers(grpc.GenericRpcHandler):
    def service(self, details):
        if MODE in ('no-methods', 'no-service'):
            return None
        request, response = UNARY['ListProcesses']
        return {
            SERVICE + 'Receive': grpc.stream_stream_rpc_method_handler(
                serve, request_deserializer=RemoteMessage.FromString, response_serializer=RemoteMessage.SerializeToString),
            SERVICE + 'ListProcesses': grpc.unary_unary_rpc_method_handler(
                list_processes, request_deserializer=request.FromString, response_serializer=response.SerializeToString),
        }.get(details.method)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
server.add_generic_rpc_handlers((Handlers(),))
port = server.add_insecure_port('127.0.0.1:0')
server.start()
print(f'listening on 127.0.0.1:{port}', flush=True)
sys.stdin.read()
server.stop(grace=None).wait()
