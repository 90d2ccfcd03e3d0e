"""The service remote.Remoting as grpcio sees it: the messages of protos/remote.proto, compiled by protoc when a script starts."""
import json
import os
import subprocess
import threading

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2

_PROTOS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'protos')


def _load():
    text = subprocess.run(
        ['protoc', '-I', _PROTOS, '--include_imports', '--descriptor_set_out=/dev/stdout', 'remote.proto'], check=True, stdout=subprocess.PIPE).stdout
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(text).file:
        pool.Add(file)
    return pool


_POOL = _load()


def message(name):
    descriptor = _POOL.FindMessageTypeByName(name)
    if hasattr(message_factory, 'GetMessageClass'):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(_POOL).GetPrototype(descriptor)


RemoteMessage = message('remote.RemoteMessage')
PID = message('actor.PID')
SERVICE = '/remote.Remoting/'
UNARY = {
    name: (message(f'remote.{name}Request'), message(f'remote.{name}Response')) for name in ('ListProcesses', 'GetProcessDiagnostics')
}


def unary(channel, name, path=None):
    request, response = UNARY[name]
    return channel.unary_unary(path or SERVICE + name, request_serializer=request.SerializeToString, response_deserializer=response.FromString)


def receive(channel):
    return channel.stream_stream(
        SERVICE + 'Receive', request_serializer=RemoteMessage.SerializeToString, response_deserializer=RemoteMessage.FromString)


def pack(text):
    return wrappers_pb2.StringValue(value=text).SerializeToString()


def unpack(data):
    return wrappers_pb2.StringValue.FromString(data).value


SAYING = threading.Lock()


def say(what, *value):
    # Calls run on several threads, and print writes a line and its end apart.
    with SAYING:
        print(what, *(json.dumps(one, separators=(',', ':')) for one in value), flush=True)


__all__ = ['grpc', 'RemoteMessage', 'PID', 'SERVICE', 'UNARY', 'unary', 'receive', 'pack', 'unpack', 'say']
