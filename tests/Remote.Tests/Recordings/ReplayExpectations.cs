using System.Text.RegularExpressions;
using Google.Protobuf;
using Grpc.Core;
using Proto;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What our node is still expected to do, and whether it did. Expectations of one stream are met in their order.</summary>
internal sealed partial class ReplayExpectations(ReplayNames names, ReplayLog log)
{
    private readonly Dictionary<string, Task<ReplayStream>> _streams = [];
    private readonly Dictionary<string, Task> _last = [];
    private readonly List<Task> _payload = [];
    private readonly List<Task> _all = [];

    public IEnumerable<string> Failures => _all.Where(task => task.IsFaulted).Select(task => task.Exception!.InnerException!.Message);

    public Task<ReplayStream> StreamAsync(string name) => _streams[name];

    public void Opened(string name, ReplayStream stream) => _streams[name] = Task.FromResult(stream);

    /// <summary>All payload expected so far has come.</summary>
    public Task PayloadAsync() => Task.WhenAll(_payload);

    /// <summary>All payload, and everything of one stream, has come.</summary>
    public async Task EarlierOnAsync(string stream)
    {
        await PayloadAsync();
        await _last.GetValueOrDefault(stream, Task.CompletedTask);
    }

    /// <summary>Everything has come.</summary>
    public Task AllAsync() => Task.WhenAll(_all);

    public async Task<Observed> NextAsync(string stream, string phase)
    {
        await EarlierOnAsync(stream);
        return await (await StreamAsync(stream)).NextAsync(phase);
    }

    /// <param name="entry">What the real node did.</param>
    /// <param name="acceptor">Of an opening: who is dialled.</param>
    /// <param name="writer">The recorded address of the node that did it.</param>
    /// <param name="reader">The recorded address of the node at the other end.</param>
    public void Expect(RecordedEntry entry, ReplayPeer? acceptor, string writer, string reader)
    {
        var earlier = _last.GetValueOrDefault(entry.Stream, Task.CompletedTask);
        Task task;
        if (acceptor is not null)
        {
            task = _streams[entry.Stream] = acceptor.AcceptAsync(entry.Stream);
        }
        else
        {
            task = MeetAsync(entry, writer, reader, earlier);
        }

        _last[entry.Stream] = task;
        _all.Add(task);
        if (entry.Kind == RecordedKind.Message && !entry.IsHandshake)
        {
            _payload.Add(task);
        }
    }

    /// <summary>What a note says about one of our nodes is expected of it. Other notes are for people.</summary>
    public void Note(RecordedEntry note, IReadOnlyDictionary<string, TestNode> ours, Func<string, string> addressOf)
    {
        if (Received().Match(note.Text) is { Success: true } received && ours.TryGetValue(received.Groups["node"].Value, out var receiver))
        {
            _all.Add(MeetReceiptAsync(receiver, received));
        }
        else if (DeadLetter().Match(note.Text) is { Success: true } dead && ours.TryGetValue(dead.Groups["node"].Value, out var loser))
        {
            _all.Add(loser.Events.NextAsync<DeadLetterEvent>(
                letter => letter.Message.GetType().Name == dead.Groups["type"].Value && letter.Pid.Id == dead.Groups["id"].Value, expected: note.ToString()));
        }
        else if (Terminated().Match(note.Text) is { Success: true } ended && ours.TryGetValue(ended.Groups["node"].Value, out var left))
        {
            var address = ended.Groups["address"].Value is { Length: > 0 } given ? given : addressOf(ended.Groups["member"].Value);
            _all.Add(left.Events.NextAsync<EndpointTerminated>(terminated => terminated.Address == names.Translate(address), expected: note.ToString()));
        }
    }

    private async Task MeetReceiptAsync(TestNode receiver, Match note)
    {
        string actor = note.Groups["actor"].Value, type = note.Groups["type"].Value, sender = names.Translate(note.Groups["sender"].Value);
        var receipt = await receiver.Events.NextAsync<Receipt>(
            receipt => receipt.Actor == actor && receipt.Message.GetType().Name == type, expected: note.Value);
        Assert.Equal(sender.Length > 0, receipt.Sender is not null);
        Assert.True(
            receipt.Message is not Google.Protobuf.WellKnownTypes.StringValue text || note.Groups["value"].Value == $"\"{text.Value}\"",
            $"Expected {note.Value}, and received {receipt}.");
    }

    private async Task MeetAsync(RecordedEntry entry, string writer, string reader, Task earlier)
    {
        await earlier;
        var stream = await _streams[entry.Stream];
        if (entry.Kind is RecordedKind.Message)
        {
            await MeetMessageAsync(stream, entry, Wire.RemoteMessage.Parser.ParseFrom(entry.Bytes), writer, reader);
            return;
        }

        var end = await stream.NextAsync($"{entry}") as Observed.End;
        var expected = entry.Kind == RecordedKind.ResponseEnd ? Enum.Parse<StatusCode>(entry.Status) : StatusCode.OK;
        if (end is null || (end.Status.StatusCode != expected && entry.Kind != RecordedKind.CallDisposed))
        {
            throw Differs(entry, expected, end);
        }
    }

    private async Task MeetMessageAsync(ReplayStream stream, RecordedEntry entry, Wire.RemoteMessage recorded, string writer, string reader)
    {
        if (recorded.MessageBatch is not { } batch)
        {
            var seen = await stream.NextAsync($"{entry}");
            if (!Same(recorded, seen))
            {
                throw Differs(entry, recorded, seen);
            }

            return;
        }

        foreach (var view in batch.Envelopes.Select(envelope => EnvelopeView.Of(batch, envelope, writer)))
        {
            var seen = await stream.NextAsync($"{entry}, {view}");
            var difference = seen is Observed.Envelope envelope ? names.Compare(view, envelope.View, reader) : "not an envelope";
            if (difference is not null)
            {
                throw new ReplayException($"{entry}: {difference}.\n  recorded {view}\n  ours     {seen}");
            }
        }
    }

    private bool Same(Wire.RemoteMessage recorded, Observed seen)
    {
        if (recorded.DisconnectRequest is not null)
        {
            return seen is Observed.Disconnect;
        }

        if (seen is not Observed.Handshake { Message: var message })
        {
            return false;
        }

        // What we add to the handshake is numbered from 100 and no part of the recorded protocol.
        var expected = Wire.RemoteMessage.Parser.ParseFrom(names.Rewrite(recorded.ToByteArray()));
        return (expected.ConnectRequest?.ServerConnection, message.ConnectRequest?.ServerConnection) is ({ } server, { } ourServer)
                ? server.MemberId == ourServer.MemberId && server.Address == ourServer.Address && server.BlockList.SequenceEqual(ourServer.BlockList)
            : (expected.ConnectRequest?.ClientConnection, message.ConnectRequest?.ClientConnection) is ({ } client, { } ourClient)
                ? client.MemberId == ourClient.MemberId
            : (expected.ConnectResponse, message.ConnectResponse) is ({ } response, { } ourResponse)
                && response.MemberId == ourResponse.MemberId && response.Blocked == ourResponse.Blocked;
    }

    private ReplayException Differs(RecordedEntry entry, object expected, object? seen) =>
        new($"{entry}: expected '{expected}', seen '{seen ?? "something else"}'. So far:{log}");

    [GeneratedRegex("""^(?<node>\w+)/(?<actor>\w+) received (?<type>\w+) (?<value>.*?) ?sender=(?<sender>\S*)( headers=.*)?$""")]
    private static partial Regex Received();

    [GeneratedRegex(@"^(?<node>\w+): DeadLetterEvent (?<type>\w+) to \S+/(?<id>[^/]+)$")]
    private static partial Regex DeadLetter();

    [GeneratedRegex(@"^(?<node>\w+): EndpointTerminatedEvent address=(?<address>\S*) member=(?<member>\w*) ")]
    private static partial Regex Terminated();
}
