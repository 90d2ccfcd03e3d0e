using Google.Protobuf;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A node with a listener that dials, and says of its link what the test tells it to. Nobody can dial it.</summary>
internal sealed class PlayedServer(LinkId link, string systemId = "0123456789abcdef0123456789abcdef", string address = "played:1") : IAsyncDisposable
{
    private PlayedDialler? _dialler;

    /// <summary>What it says that it can do: everything, or what an older node could.</summary>
    public string[] Capabilities { get; set; } = CapabilityNames.All;

    private PlayedDialler Dialler => _dialler ?? throw new InvalidOperationException("It has not dialled.");

    /// <summary>Dials once more; the answer is the next message. The stream before stays as it is.</summary>
    public async Task DialAsync(InMemoryNetwork network, string to, ulong attempt, bool established, string? expected = null)
    {
        var dialler = await PlayedDialler.DialAsync(network, to);
        var offer = new LinkOffer(link, attempt, established, expected, LinkLimits.None);
        await dialler.Call.WriteAsync(Handshake.Request(systemId, address, Capabilities, offer)).AsTask().Within("a handshake");
        Former = _dialler;
        _dialler = dialler;
    }

    /// <summary>The stream before the present one.</summary>
    public PlayedDialler? Former { get; private set; }

    /// <summary>Dials and reads the answer.</summary>
    public async Task<Wire.ConnectResponse> ConnectAsync(InMemoryNetwork network, string to, ulong attempt = 1, bool established = false, string? expected = null)
    {
        await DialAsync(network, to, attempt, established, expected);
        return await AnswerAsync();
    }

    public async Task<Wire.ConnectResponse> AnswerAsync() => (await Dialler.ReadAsync())!.ConnectResponse;

    /// <summary>A batch with one message for each number.</summary>
    public Task SendAsync(ulong sequence, string target, params IMessage[] messages) => SendAsync(sequence, target, isPriority: false, messages);

    /// <summary>The same, and whether it says that priority credit pays for it.</summary>
    public Task SendAsync(ulong sequence, string target, bool isPriority, params IMessage[] messages)
    {
        var batch = new Wire.MessageBatch { Sequence = sequence, Targets = { ByteString.CopyFromUtf8(target) }, Priority = isPriority };
        foreach (var message in messages)
        {
            batch.TypeNames.Add(message.Descriptor.FullName);
            batch.Envelopes.Add(new Wire.MessageEnvelope { TypeId = batch.TypeNames.Count - 1, MessageData = message.ToByteString() });
        }

        return SendAsync(new Wire.RemoteMessage { MessageBatch = batch });
    }

    public Task SendAsync(params Wire.RemoteMessage[] messages) => Dialler.SendAsync(messages);

    /// <summary>Reads to an acknowledgement of the batch.</summary>
    public Task<Wire.Acknowledgement> AcknowledgedAsync(ulong sequence) => AcknowledgedAsync(acknowledgement => acknowledgement.Accepted >= sequence);

    /// <summary>Reads to an acknowledgement that grants so many messages.</summary>
    public Task<Wire.Acknowledgement> CreditedAsync(int messages) => AcknowledgedAsync(acknowledgement => acknowledgement.CreditMessages >= (ulong)messages);

    private async Task<Wire.Acknowledgement> AcknowledgedAsync(Func<Wire.Acknowledgement, bool> isWanted)
    {
        while (true)
        {
            var message = await Dialler.ReadAsync() ?? throw new InvalidOperationException("The stream has ended.");
            if (message.Acknowledgement is { } acknowledgement && isWanted(acknowledgement))
            {
                return acknowledgement;
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

    /// <summary>Says goodbye; the node has forgotten the link when this completes.</summary>
    public async Task LeaveAsync(ulong finalSequence)
    {
        await SendAsync(new Wire.RemoteMessage { Leave = new Wire.Leave { FinalSequence = finalSequence } });
        await Dialler.Call.CompleteAsync().AsTask().Within("a half-close");
        await ReadToEndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var dialler in new[] { Former, _dialler })
        {
            if (dialler is not null)
            {
                await dialler.DisposeAsync();
            }
        }
    }
}
