using Google.Protobuf;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A peer that only dials, and says what the test tells it to.</summary>
internal sealed class PlayedDialler : IAsyncDisposable
{
    private readonly PeerChannel _client;

    private PlayedDialler(PeerChannel client, DialledCall call)
    {
        _client = client;
        Call = call;
    }

    public DialledCall Call { get; }

    public static async Task<PlayedDialler> DialAsync(InMemoryNetwork network, string address)
    {
        var client = PlayedCalls.Channel(address, network.ConnectAsync);
        return new PlayedDialler(client, client.Receive());
    }

    /// <summary>A ConnectRequest of a node with a listener.</summary>
    public static Wire.RemoteMessage Request(string systemId, string address, params string[] blockList) => new()
    {
        ConnectRequest = new Wire.ConnectRequest { ServerConnection = new Wire.ServerConnection { MemberId = systemId, Address = address, BlockList = { blockList } } },
    };

    /// <summary>A batch with one message.</summary>
    public static Wire.RemoteMessage Batch(string target, IMessage message) => new()
    {
        MessageBatch = new Wire.MessageBatch
        {
            TypeNames = { message.Descriptor.FullName },
            Targets = { ByteString.CopyFromUtf8(target) },
            Envelopes = { new Wire.MessageEnvelope { MessageData = message.ToByteString() } },
        },
    };

    /// <summary>Writes messages one after the other.</summary>
    public async Task SendAsync(params Wire.RemoteMessage[] messages)
    {
        foreach (var message in messages)
        {
            await Call.WriteMessageAsync(message).AsTask().Within("a write");
        }
    }

    /// <summary>The next message from the node; <see langword="null"/> at the end of the stream.</summary>
    public async Task<Wire.RemoteMessage?> ReadAsync() =>
        await Call.Reader.ReadAsync().AsTask().Within("a message from the node") ? Wire.RemoteMessage.Parser.ParseFrom(Call.Reader.Message.ToArray()) : null;

    public async ValueTask DisposeAsync()
    {
        Call.Abort();
        await _client.DisposeAsync();
    }
}
