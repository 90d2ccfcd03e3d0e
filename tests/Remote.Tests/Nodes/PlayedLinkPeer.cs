using Grpc.Core;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A peer that keeps a link as a node of ours would, but may refuse batches, and keeps what it accepts.</summary>
internal sealed class PlayedLinkPeer : IAsyncDisposable
{
    private readonly Func<Wire.MessageBatch, bool> _refuses;
    private readonly int _endsAfter;
    private readonly LinkCredit _credit;
    private readonly string[] _capabilities;
    private NodeListener _server = null!;
    private ulong _next = 1;

    private PlayedLinkPeer(Func<Wire.MessageBatch, bool> refuses, LinkCredit credit, int endsAfter, string[] capabilities) =>
        (_refuses, _credit, _endsAfter, _capabilities) = (refuses, credit, endsAfter, capabilities);

    /// <summary>What it says that it takes in one piece.</summary>
    public LinkLimits Limits { get; set; } = LinkLimits.None;

    /// <summary>Batches, and heartbeats.</summary>
    public EventProbe Accepted { get; } = new();

    public string Address => _server.Address;

    /// <param name="refuses">Which batches it ends the stream over.</param>
    /// <param name="credit">What it takes in all; plenty if left out.</param>
    /// <param name="endsAfter">How many batches it acknowledges on a stream before it ends that for no reason; 0: none, it only answers the handshake.</param>
    /// <param name="capabilities">What it says that it can do; everything if left out.</param>
    public static async Task<PlayedLinkPeer> StartAsync(
        Func<Wire.MessageBatch, bool> refuses, LinkCredit? credit = null, int endsAfter = int.MaxValue, string[]? capabilities = null)
    {
        var peer = new PlayedLinkPeer(refuses, credit ?? new LinkCredit(1_000_000, 1_000_000_000), endsAfter, capabilities ?? CapabilityNames.All);
        peer._server = await PlayedCalls.ListenAsync(peer.ServeAsync);
        return peer;
    }

    public PID Pid(string id) => new(Address, id);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().AsTask().Within("stopping a played peer");
        Accepted.Dispose();
    }

    private async Task ServeAsync(AcceptedCall stream)
    {
        Assert.True(await stream.Reader.ReadAsync(), "The stream ended without a ConnectRequest.");
        var dialler = Handshake.ReadRequest(Parse(stream), _capabilities);
        var answer = new LinkAnswer(dialler.Offer!.Established ? LinkStatus.Resumed : LinkStatus.New, _next, _credit, Limits, null);
        await stream.WriteAsync(Handshake.Response("0123456789abcdef0123456789abcdef", dialler, _capabilities, answer));
        var frame = new byte[LinkFrames.MaxAckBytes];
        var left = EndIfDue(_endsAfter);
        while (await stream.Reader.ReadAsync())
        {
            var message = Parse(stream);
            if (message.Heartbeat is { } heartbeat)
            {
                Accepted.Record(heartbeat);
            }

            if (message.MessageBatch is not { } batch || batch.Sequence < _next)
            {
                continue;
            }

            Assert.Equal(_next, batch.Sequence);
            if (_refuses(batch))
            {
                throw CallFailure.Of(StatusCode.InvalidArgument, "This batch is not for me.");
            }

            _next++;
            Accepted.Record(batch);
            await stream.WriteAsync(frame.AsMemory(0, LinkFrames.WriteAck(frame, new LinkAck(batch.Sequence, _credit))));
            left = EndIfDue(left - 1);
        }
    }

    private static int EndIfDue(int left) => left > 0 ? left : throw CallFailure.Of(StatusCode.Unavailable, "That was enough for one stream.");

    private static Wire.RemoteMessage Parse(AcceptedCall stream) => Wire.RemoteMessage.Parser.ParseFrom(stream.Reader.Message.ToArray());
}
