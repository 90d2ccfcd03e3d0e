using Wire = Remote.Protocol;

namespace Remote.Tests.Fuzz;

/// <summary>A peer that is dialled: its handshake is good, or nearly, and then it answers what it gets with anything.</summary>
internal sealed class HostileAcceptor : IAsyncDisposable
{
    private const int FramesPerStream = 20;

    private readonly FuzzSource _source;
    private readonly FrameGenerator _generator;
    private NodeListener _listener = null!;
    private long _written;

    private HostileAcceptor(ulong seed)
    {
        _source = new FuzzSource(seed);
        _generator = new FrameGenerator(_source);
    }

    public string Address => _listener.Address;

    /// <summary>How many frames it has written.</summary>
    public long Written => Interlocked.Read(ref _written);

    public static async Task<HostileAcceptor> StartAsync(ulong seed)
    {
        var peer = new HostileAcceptor(seed);
        peer._listener = await PlayedCalls.ListenAsync(peer.ServeAsync);
        return peer;
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(AcceptedCall call)
    {
        if (!await call.Reader.ReadAsync())
        {
            return;
        }

        // Several streams at once share the source of chance: only their order is not the same each time.
        var request = Wire.RemoteMessage.Parser.ParseFrom(call.Reader.Message.ToArray()).ConnectRequest;
        byte[][] frames;
        lock (_source)
        {
            frames = [Answer(request), .. Enumerable.Range(0, _source.Below(FramesPerStream)).Select(_ => _generator.Answer())];
        }

        foreach (var frame in frames)
        {
            await call.WriteAsync(frame);
            Interlocked.Increment(ref _written);
        }

        using var ceiling = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        try
        {
            while (await call.Reader.ReadAsync(ceiling.Token))
            {
                // What the node had to say.
            }
        }
        catch (OperationCanceledException)
        {
            // It has said enough.
        }
    }

    private byte[] Answer(Wire.ConnectRequest request)
    {
        var offer = LinkHandshake.Read(request.ServerConnection);
        var next = offer?.Established == true ? (ulong)_source.Below(4) : 1;
        var answer = new LinkAnswer(
            _source.Of(LinkStatus.New, LinkStatus.Resumed, LinkStatus.Resumed, LinkStatus.Unknown), next, new LinkCredit(1000, 1_000_000), LinkLimits.None);
        var peer = new PeerIdentity("x", "x", IsClient: false) { HasCapabilities = true, Offer = offer };
        return _source.Once(10) ? _generator.Frame() : Handshake.Response("abcdefabcdefabcdefabcdefabcdefab", peer, CapabilityNames.All, answer);
    }
}
