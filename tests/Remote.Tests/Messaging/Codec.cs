using Remote.Tests.Messages;
using Remote.Tests.Serialization;

namespace Remote.Tests.Messaging;

/// <summary>Encoders and decoders as the tests need them.</summary>
internal static class Codec
{
    internal static SerializerRegistry Registry { get; } = TestRegistry.Of(MessagesReflection.Descriptor);

    internal static OutboundTranslation ToPeer { get; } =
        OutboundTranslation.FromServer(ModelEncoder.Own, ModelEncoder.Peer, pidTargets: false);

    internal static OutboundTranslation ToOldPeer { get; } =
        OutboundTranslation.FromServer(ModelEncoder.Own, ModelEncoder.Peer, pidTargets: true);

    /// <summary>The other end of <see cref="ToPeer"/>.</summary>
    internal static InboundTranslation FromPeer { get; } =
        new(ModelEncoder.Own, ModelEncoder.Peer, isClient: false, address => address == ModelEncoder.Peer);

    internal static BatchEncoder Encoder(EncodeLimits? limits = null, BatchPool? pool = null) =>
        new(Registry, limits ?? new EncodeLimits(), pool);

    /// <summary>Takes headers of any size.</summary>
    internal static BatchDecoder Decoder() => new(Registry, FromPeer, InboundLimits.Default with { HeaderBytes = int.MaxValue });

    /// <summary>Everything in one batch.</summary>
    internal static byte[] Encode(
        IEnumerable<RemoteDelivery> deliveries, OutboundTranslation? translation = null, ulong sequence = 0)
    {
        using var encoder = Encoder(new EncodeLimits(int.MaxValue, 1 << 26, 1 << 26));
        encoder.Begin(translation ?? ToPeer);
        foreach (var delivery in deliveries)
        {
            var result = encoder.TryAdd(delivery);
            Assert.True(result.Status == EncodeStatus.Added, $"{result.Status}: {result.Error}");
        }

        return encoder.Finish(sequence).Memory.ToArray();
    }

    internal static RecordingSink Decode(ReadOnlyMemory<byte> message, BatchDecoder? decoder = null)
    {
        var sink = new RecordingSink();
        (decoder ?? Decoder()).Decode(message.Span, sink);
        return sink;
    }
}
