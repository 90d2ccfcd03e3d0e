using Proto;
using Proto.Remote;
using Remote.Tests.Messages;

namespace Remote.Tests.Messages
{
    /// <content>Serialized once per process.</content>
    public sealed partial class CachedText : ICachedSerialization;

    /// <content>Goes ahead of others, like gossip and heartbeats of a cluster.</content>
    public sealed partial class Urgent : IRemotePriorityMessage;

    /// <content>Travels in place of <see cref="Serialization.OpenText"/>.</content>
    public sealed partial class SealedText : IRootSerialized
    {
        public IRootSerializable Deserialize(ActorSystem system) =>
            Text == "unreadable" ? throw new InvalidOperationException(Text) : new Serialization.OpenText(Text);
    }
}

namespace Remote.Tests.Serialization
{
    internal sealed record CachedNumber(int Number) : ICachedSerialization;

    public sealed record OpenText(string Text) : IRootSerializable
    {
        public IRootSerialized Serialize(ActorSystem system) =>
            Text == "unwritable" ? throw new InvalidOperationException(Text) : new SealedText { Text = Text };
    }

    internal sealed record OpenNumber(int Number) : IRootSerializable
    {
        public IRootSerialized Serialize(ActorSystem system) => new SealedNumber(Number);
    }

    internal sealed record SealedNumber(int Number) : IRootSerialized
    {
        public IRootSerializable Deserialize(ActorSystem system) => new OpenNumber(Number);
    }
}
