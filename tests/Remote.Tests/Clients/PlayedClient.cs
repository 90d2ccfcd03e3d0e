using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A node without a listener that says of its link what the test tells it to.</summary>
internal sealed class PlayedClient(LinkId link) : IAsyncDisposable
{
    public const string SystemId = "0123456789abcdef0123456789abcdef";
    public const string Address = "$client/" + SystemId;

    private PlayedDialler? _dialler;
    private ulong _attempt;
    private bool _established;

    private PlayedDialler Dialler => _dialler ?? throw new InvalidOperationException("It has not dialled.");

    /// <summary>Dials; the answer is the next message.</summary>
    public async Task DialAsync(InMemoryNetwork network, string address, ulong nextExpected = 1)
    {
        await LoseAsync();
        _dialler = await PlayedDialler.DialAsync(network, address);
        var offer = new LinkOffer(link, ++_attempt, _established, null, LinkLimits.None) { Credit = new LinkCredit(1000, 1_000_000), NextExpected = nextExpected };
        await _dialler.Call.WriteAsync(Handshake.Request(SystemId, null, CapabilityNames.All, offer)).AsTask().Within("a handshake");
    }

    /// <summary>Dials and reads the answer.</summary>
    public async Task<Wire.ConnectResponse> ConnectAsync(InMemoryNetwork network, string address, ulong nextExpected = 1)
    {
        await DialAsync(network, address, nextExpected);
        var response = (await Dialler.ReadAsync())!.ConnectResponse;
        _established = true;
        return response;
    }

    /// <summary>The next batch; what is said beside is left out.</summary>
    public async Task<Wire.MessageBatch> NextBatchAsync()
    {
        while (true)
        {
            var message = await Dialler.ReadAsync() ?? throw new InvalidOperationException("The stream has ended.");
            if (message.MessageBatch is { } batch)
            {
                return batch;
            }
        }
    }

    /// <summary>Reads on to the end of the stream.</summary>
    public async Task ReadToEndAsync()
    {
        while (await Dialler.ReadAsync() is not null)
        {
            // Whatever it was.
        }
    }

    public Task SendAsync(params Wire.RemoteMessage[] messages) => Dialler.SendAsync(messages);

    public Task AcknowledgeAsync(ulong batch) =>
        SendAsync(new Wire.RemoteMessage { Acknowledgement = new Wire.Acknowledgement { Accepted = batch, CreditMessages = 1000, CreditBytes = 1_000_000 } });

    public Task HalfCloseAsync() => Dialler.Call.CompleteAsync().AsTask().Within("a half-close");

    /// <summary>Loses its connection.</summary>
    public async Task LoseAsync()
    {
        if (_dialler is { } dialler)
        {
            _dialler = null;
            await dialler.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await LoseAsync();
}
