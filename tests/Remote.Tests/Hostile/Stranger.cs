using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A peer that has shaken hands, and from then on says whatever the test wants it to.</summary>
internal sealed class Stranger : IAsyncDisposable
{
    private readonly PeerChannel _channel;
    private readonly DialledCall _call;

    private Stranger(PeerChannel channel) => (_channel, _call) = (channel, channel.Receive());

    /// <param name="node">Whom it dials.</param>
    /// <param name="systemId">Who it says it is.</param>
    /// <param name="address">Where it says it lives.</param>
    /// <param name="connect">Instead of sockets.</param>
    public static async Task<Stranger> ConnectAsync(
        string node, string systemId = "stranger", string address = "stranger:1",
        Func<System.Net.EndPoint, CancellationToken, ValueTask<Stream>>? connect = null)
    {
        var stranger = new Stranger(PlayedCalls.Channel(node, connect));
        await stranger.SendAsync(PlayedDialler.Request(systemId, address));
        Assert.True(await stranger._call.Reader.ReadAsync().AsTask().Within("the answer to a stranger"));
        return stranger;
    }

    public Task SendAsync(Wire.RemoteMessage message) => _call.WriteMessageAsync(message).AsTask().Within("a write");

    /// <summary>One message.</summary>
    /// <param name="target">The actor, or whatever it is.</param>
    /// <param name="message">The message.</param>
    /// <param name="sender">Who is to be answered.</param>
    /// <param name="targetRequest">The number of the request that this says it answers.</param>
    public Task SendAsync(string target, IMessage message, Wire.PID? sender = null, uint targetRequest = 0)
    {
        var batch = PlayedDialler.Batch(target, message);
        var envelope = batch.MessageBatch.Envelopes[0];
        envelope.TargetRequestId = targetRequest;
        if (sender is not null)
        {
            batch.MessageBatch.Senders.Add(new Wire.PID { Address = sender.Address, Id = sender.Id });
            (envelope.Sender, envelope.SenderRequestId) = (1, sender.RequestId);
        }

        return SendAsync(batch);
    }

    public async ValueTask DisposeAsync()
    {
        _call.Abort();
        await _channel.DisposeAsync();
    }
}
