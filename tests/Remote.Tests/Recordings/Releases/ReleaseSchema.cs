using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Remote.Tests;

/// <summary>
/// The protocol as one release defined it, kept beside its recordings. Recorded and present bytes are both read by it: what that release would not
/// have understood is not understood here either, whatever the present definition calls it.
/// </summary>
internal sealed class ReleaseSchema
{
    private readonly Dictionary<string, MessageDescriptor> _messages;

    private ReleaseSchema(IEnumerable<ByteString> files) =>
        _messages = FileDescriptor.BuildFromByteStrings(files).SelectMany(file => file.MessageTypes).ToDictionary(message => message.FullName);

    /// <summary>One message of a stream.</summary>
    public MessageDescriptor Frame => _messages["remote.RemoteMessage"];

    public IEnumerable<MessageDescriptor> Messages => _messages.Values;

    public static ReleaseSchema Parse(byte[] bytes) => new(FileDescriptorSet.Parser.ParseFrom(bytes).File.Select(file => file.ToByteString()));

    /// <summary>The protocol as it is now.</summary>
    public static byte[] Present() => new FileDescriptorSet
    {
        File = { Protocol.ActorReflection.Descriptor.ToProto(), Protocol.RemoteReflection.Descriptor.ToProto() },
    }.ToByteArray();

    /// <summary>The type of a payload, if it is one of the protocol's own.</summary>
    public MessageDescriptor? FindPayload(string typeName) => _messages.GetValueOrDefault(typeName);

    public WireMessage Read(byte[] frame) => WireMessage.Parse(this, Frame, frame);
}
