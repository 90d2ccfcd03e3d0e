using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Recording;
using Remote.Tests.Messaging;
using Wire = Remote.Protocol;

namespace Remote.Tests.Recordings;

/// <summary>Batches that real Proto.Actor nodes wrote are read as their recorder says, and written again the same.</summary>
[Trait("Behaviour", "Z-01")]
public class RecordedBatchTests
{
    private const string Damaged = "17b-bad-envelopes";

    // The address of a third node, for which nothing is local.
    private const string Nowhere = "nowhere:1";

    private static readonly SerializerRegistry Registry = NodeKit.SettingsOf(
        new ActorSystem(), new RemoteOptions { RegisteredJsonTypes = { typeof(string), typeof(int) } }).Serializers;

    public static TheoryData<string> Scenarios() =>
        [.. Directory.GetFiles(Recording.Folder, "*.jsonl").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Decode_RecordedBatches_SayWhatTheRecorderSays(string scenario)
    {
        foreach (var recorded in Recording.Batches(scenario))
        {
            var sink = Decode(recorded);
            var envelopes = recorded.Batch.GetProperty("envelopes").EnumerateArray().ToArray();
            Assert.Equal(envelopes.Length, sink.Messages.Count + sink.Refused.Count);
            if (scenario == Damaged)
            {
                continue;
            }

            Assert.Empty(sink.Refused);
            Assert.Equal(envelopes.Length == 0 ? TargetDialect.Unknown : TargetDialect.Strings, sink.Batches[0].Dialect);
            for (var index = 0; index < envelopes.Length; index++)
            {
                AssertSame(recorded, envelopes[index], recorded.Payloads[index], sink.Messages[index]);
            }
        }
    }

    /// <summary>The real node ends the stream at a bad index; with us each of these costs its own envelope only.</summary>
    [Fact]
    [Trait("Behaviour", "Z-02")]
    public void Decode_RecordedBadEnvelopes_CostThemselves()
    {
        var sinks = Recording.Batches(Damaged).Select(Decode).ToArray();
        Assert.Equal(
            [EnvelopeFault.UnknownType, EnvelopeFault.UnknownType, EnvelopeFault.Malformed, EnvelopeFault.Malformed, EnvelopeFault.Malformed],
            sinks.SelectMany(sink => sink.Refused).Select(refused => refused.Fault));
        Assert.Equal(6, sinks.Sum(sink => sink.Messages.Count));

        // Whoever sent an unknown type or serializer can be told.
        Assert.All(sinks.SelectMany(sink => sink.Refused).Take(2), refused => Assert.Equal("me", refused.Sender!.Id));

        // A client's sender without an address is the client itself, however its id is written.
        Assert.Equal(new PID("$client/probe6", "me"), sinks[^1].Messages[0].Sender);
    }

    /// <summary>Server to server: only the sender's address differs, which we always write in full.</summary>
    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Encode_WhatWasRecorded_IsTheRecordedBatch(string scenario)
    {
        foreach (var recorded in Recording.Batches(scenario).Where(recorded =>
            scenario != Damaged && !ClientAddress.IsClient(recorded.From) && !ClientAddress.IsClient(recorded.To)))
        {
            using var encoder = new BatchEncoder(Registry, new EncodeLimits());
            encoder.Begin(OutboundTranslation.FromServer(recorded.From, recorded.To, pidTargets: false));
            foreach (var message in DecodeUntranslated(recorded).Messages)
            {
                // The proxied id of a client stands in the recorded table in one piece.
                var target = message.Target.Address == Nowhere ? message.Target.Id : $"{message.Target.Address}/{message.Target.Id}";
                var pid = new PID(recorded.To, target).WithRequestId(message.Target.RequestId);
                var added = encoder.TryAdd(new RemoteDelivery(pid, message.Message, message.Sender, message.Headers));
                Assert.Equal(EncodeStatus.Added, added.Status);
            }

            var batch = encoder.Finish();
            Assert.Equal(Normalize(recorded.Bytes, recorded.From), Normalize(batch.Memory.ToArray(), recorded.From));
        }
    }

    [Fact]
    [Trait("Behaviour", "H-02")]
    public void Decode_ClientConversation_EachSideSeesPidsItCanUse()
    {
        var sinks = Recording.Batches("11-client").ToDictionary(recorded => recorded.Number, Decode);
        var client = Recording.Batches("11-client").First().From;
        const string server = "127.0.0.1:21002";

        // At the server: requests of the client, its watch, its Terminated, its answer to a spawn.
        AssertPid(client, "$1", 5000, sinks[9].Messages[0].Sender!);
        AssertPid(client, "cactor", 0, sinks[13].Messages[0].Sender!);
        AssertPid(server, "$1", 5000, sinks[19].Messages[0].Target);
        PID spawned = ((ActorPidResponse)sinks[25].Messages[0].Message).Pid;
        AssertPid(client, "cspawn", 0, spawned);

        // At the client: answers to a proxied and to a plain id of its own, and the server's own actors.
        AssertPid(client, "$1", 5000, sinks[11].Messages[0].Target);
        AssertPid(client, "cactor", 0, sinks[18].Messages[0].Target);
        AssertPid(server, "$1", 5000, sinks[18].Messages[0].Sender!);
        AssertPid(client, "cactor", 0, sinks[21].Messages[0].Target);

        var messages = sinks.Values.SelectMany(sink => sink.Messages).Select(message => message.Message).ToArray();
        Assert.Contains(new PID(client, "cactor"), messages.OfType<Watch>().Select(watch => watch.Watcher));
        Assert.Contains(new PID(server, "swatcher"), messages.OfType<Watch>().Select(watch => watch.Watcher));
        Assert.Contains(new PID(client, "cspawn"), messages.OfType<Terminated>().Select(terminated => terminated.Who));
        Assert.Contains(new PID(server, "sw"), messages.OfType<Terminated>().Select(terminated => terminated.Who));
    }

    private static RecordingSink Decode(RecordedBatch recorded) => Decode(recorded, Inbound(recorded));

    /// <summary>As a third node would read it, for which nothing is local.</summary>
    private static RecordingSink DecodeUntranslated(RecordedBatch recorded) =>
        Decode(recorded, new InboundTranslation(recorded.From, Nowhere, isClient: false, _ => false));

    private static RecordingSink Decode(RecordedBatch recorded, InboundTranslation translation)
    {
        var sink = new RecordingSink();
        new BatchDecoder(Registry, translation).Decode(Ours(recorded.Bytes), sink);
        return sink;
    }

    /// <summary>With the types of JSON messages where they are now.</summary>
    private static byte[] Ours(byte[] recorded)
    {
        var message = Wire.RemoteMessage.Parser.ParseFrom(recorded);
        var names = message.MessageBatch.TypeNames.Select(ReplayNames.TypeOf).ToArray();
        message.MessageBatch.TypeNames.Clear();
        message.MessageBatch.TypeNames.Add(names);
        return message.ToByteArray();
    }

    private static InboundTranslation Inbound(RecordedBatch recorded) =>
        new(recorded.From, recorded.To, ClientAddress.IsClient(recorded.To), address => address == recorded.To);

    private static void AssertSame(
        RecordedBatch recorded, JsonElement envelope, JsonElement payload, RecordingSink.Received message)
    {
        var target = recorded.Batch.GetProperty("targets")[envelope.GetProperty("target").GetInt32()].GetString()!;
        Assert.EndsWith(message.Target.Id, target, StringComparison.Ordinal);
        Assert.Equal(envelope.GetProperty("targetRequestId").GetUInt32(), message.Target.RequestId);
        AssertSameSender(recorded, envelope, message.Sender);
        if (envelope.TryGetProperty("messageHeader", out var header))
        {
            Assert.Equal(
                header.GetProperty("headerData").EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!),
                message.Headers!.ToDictionary());
        }

        AssertSamePayload(payload, message.Message);
    }

    private static void AssertSameSender(RecordedBatch recorded, JsonElement envelope, PID? sender)
    {
        var index = envelope.GetProperty("sender").GetInt32();
        Assert.Equal(index == 0, sender is null);
        if (index > 0)
        {
            var expected = recorded.Batch.GetProperty("senders")[index - 1];
            Assert.EndsWith(sender!.Id, Recording.Text(expected, "Id"), StringComparison.Ordinal);
            Assert.Equal(envelope.GetProperty("senderRequestId").GetUInt32(), sender.RequestId);

            // In 17a the recorder names each hand-made client by the beginning of its id.
            Assert.StartsWith(recorded.From, sender.Address, StringComparison.Ordinal);
        }
    }

    private static void AssertSamePayload(JsonElement expected, object message)
    {
        switch (message)
        {
            case StringValue text:
                Assert.Equal(Recording.Text(expected, "payload"), text.Value);
                break;
            case JsonGreeting greeting:
                Assert.Equal(("bob äö€", 42), (greeting.Text, greeting.Number));
                Assert.Equal(["x", "y"], greeting.Tags);
                break;
            case JsonAnswer answer:
                Assert.Equal("hi bob äö€", answer.Text);
                break;
            case string or int:
                Assert.Equal(Recording.Text(expected, "payload_utf8"), System.Text.Json.JsonSerializer.Serialize(message));
                break;
            case IMessage and not ActorPidResponse:
                var parsed = JsonParser.Default.Parse(expected.GetProperty("payload").GetRawText(), ((IMessage)message).Descriptor);
                Assert.Equal(parsed, message);
                break;
            default:
                Assert.EndsWith(message.GetType().Name, Recording.Text(expected, "type"), StringComparison.Ordinal);
                break;
        }
    }

    private static Wire.RemoteMessage Normalize(byte[] bytes, string sender)
    {
        var message = Wire.RemoteMessage.Parser.ParseFrom(bytes);
        foreach (var pid in message.MessageBatch.Senders.Where(pid => pid.Address.Length == 0))
        {
            pid.Address = sender;
        }

        var names = message.MessageBatch.TypeNames.Select(ReplayNames.TypeOf).Select(AssemblyQualifiedName.WithoutVersions).ToArray();
        message.MessageBatch.TypeNames.Clear();
        message.MessageBatch.TypeNames.Add(names);
        return message;
    }

    private static void AssertPid(string address, string id, uint requestId, PID pid) =>
        Assert.Equal((address, id, requestId), (pid.Address, pid.Id, pid.RequestId));
}
