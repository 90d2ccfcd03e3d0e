using Google.Protobuf.Reflection;

namespace Remote;

/// <summary>
/// The messages of remote spawn, which every node reads. Their descriptors are made at the first request: that makes those of the whole
/// protocol, and a command-line tool that spawns nothing has its answer sooner than they would be done.
/// </summary>
internal static class SpawnMessages
{
    internal static MessageDescriptor? Find(string name) => name switch
    {
        "remote.ActorPidRequest" => Protocol.ActorPidRequest.Descriptor,
        "remote.ActorPidResponse" => Protocol.ActorPidResponse.Descriptor,
        _ => null,
    };
}
