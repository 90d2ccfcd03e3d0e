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

    /// <content>Reads what it carries as the batches of Proto.Cluster do.</content>
    public sealed partial class BatchTransport : IRootSerialized
    {
        public IRootSerializable Deserialize(ActorSystem system) => new Serialization.UnfoldedBatch(Read(system)) { Names = [.. Envelopes.Select(one => TypeNames[one.TypeId])] };

        internal object[] Read(ActorSystem system)
        {
            var serialization = system.Serialization();
            return [.. Envelopes.Select(one => serialization.Deserialize(TypeNames[one.TypeId], one.MessageData, one.SerializerId))];
        }
    }

    /// <content>The same, for a message that is no batch itself.</content>
    public sealed partial class CrateTransport : IRootSerialized
    {
        public IRootSerializable Deserialize(ActorSystem system) =>
            new Serialization.Crate([.. (Batch ?? Inner.Batch).Read(system)]);
    }

    /// <content>A batch that makes its contents.</content>
    public sealed partial class NamedBatch : IMessageBatch
    {
        public IReadOnlyCollection<object> GetMessages() => [.. Names.Select(Serialization.NamedContent.Make)];
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

    /// <summary>Answers by itself, as that of Proto.Cluster.</summary>
    public sealed record UnfoldedBatch(IReadOnlyList<object> Contents) : IRootSerializable, IMessageBatch, IAutoRespond
    {
        /// <summary>The names under which its contents were read.</summary>
        internal IReadOnlyList<string> Names { get; init; } = [];

        public IReadOnlyCollection<object> GetMessages() => Contents;

        public object GetAutoResponse(IContext context) => new Messages.Nothing();

        public IRootSerialized Serialize(ActorSystem system) => Pack(system, Contents);

        internal static BatchTransport Pack(ActorSystem system, IEnumerable<object> contents)
        {
            var transport = new BatchTransport();
            foreach (var content in contents)
            {
                var (bytes, name, serializerId) = system.Serialization().Serialize(content);
                transport.TypeNames.Add(name);
                transport.Envelopes.Add(new PackedEnvelope { TypeId = transport.TypeNames.Count - 1, MessageData = bytes, SerializerId = serializerId });
            }

            return transport;
        }
    }

    public sealed record Crate(IReadOnlyList<object> Contents) : IRootSerializable
    {
        public IRootSerialized Serialize(ActorSystem system) => new CrateTransport { Batch = UnfoldedBatch.Pack(system, Contents) };
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
