using Google.Protobuf.Reflection;

namespace Remote;

/// <summary>
/// The messages of remote spawn, which every node reads. Their descriptors are made at the first request: they bring those of the whole
/// protocol with them, which would take longer than all the work of a command-line tool that spawns nothing.
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
