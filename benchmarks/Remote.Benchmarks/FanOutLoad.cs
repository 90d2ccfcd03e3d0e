using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Benchmarks;

/// <summary>One message to 64 peers: 64 encoders, a batch of one each, as endpoints do it.</summary>
internal sealed class FanOutLoad : IDisposable
{
    internal const int Peers = 64;

    private static readonly SerializerRegistry Registry = CodecLoad.MakeRegistry(StructReflection.Descriptor);

    private readonly Struct _message = new();
    private readonly (BatchEncoder Encoder, OutboundTranslation Translation, PID Target)[] _peers;

    /// <param name="fields">Fields of the message; each takes about 25 bytes.</param>
    internal FanOutLoad(int fields)
    {
        for (var i = 0; i < fields; i++)
        {
            _message.Fields.Add($"field-{i}", Value.ForString("some text"));
        }

        _peers = [.. Enumerable.Range(0, Peers).Select(number => $"127.0.0.1:{42000 + number}").Select(address => (
            new BatchEncoder(Registry, new EncodeLimits(1, 4 << 20)),
            OutboundTranslation.FromServer("127.0.0.1:41000", address, pidTargets: false),
            new PID(address, "subscriber")))];
    }

    /// <summary>As <c>Send(target, message)</c> for each.</summary>
    internal int Each() => Encode(_message);

    /// <summary>As <c>SendToAll(targets, message)</c>.</summary>
    internal int Shared() => Encode(new SharedMessage(_message));

    public void Dispose()
    {
        foreach (var (encoder, _, _) in _peers)
        {
            encoder.Dispose();
        }
    }

    private int Encode(object message)
    {
        foreach (var (encoder, translation, target) in _peers)
        {
            encoder.Begin(translation);
            if (encoder.TryAdd(new RemoteDelivery(target, message)).Status != EncodeStatus.Added)
            {
                throw new InvalidOperationException("The message was to fit.");
            }

            encoder.Finish().Release();
        }

        return Peers;
    }
}
