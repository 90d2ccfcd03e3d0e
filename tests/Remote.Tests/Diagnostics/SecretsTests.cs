using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Proto;
using Proto.Diagnostics;
using JsonSerializer = System.Text.Json.JsonSerializer;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Whatever happens to them, what messages hold, tokens of calls and the ids of links come up in nothing that people or tools read.</summary>
[Trait("Behaviour", "Z-02")]
[Trait("Behaviour", "D-02")]
public sealed class SecretsTests : IAsyncLifetime
{
    private const string Mark = "s3cr3t";
    private const string Token = Mark + "-token", Content = Mark + "-content", Header = Mark + "-header", LinkText = Mark + "-link-0001";

    private readonly EveryLog _log = new();
    private readonly List<string> _shown = [];
    private readonly List<byte[]> _links = [Encoding.ASCII.GetBytes(LinkText)];
    private TestNode _here = null!;
    private TestNode _there = null!;

    public async Task InitializeAsync()
    {
        _there = await StartAsync();
        _here = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
    }

    [Fact]
    public async Task MarkedSecrets_OfAWholeLoad_ComeUpInNoOutput()
    {
        _there.SpawnEcho("sink");
        _there.Spawn("failing", context =>
        {
            if (context.Message is StringValue text)
            {
                throw new InvalidOperationException($"I cannot do '{text}'.");
            }
        });
        await MessagesAsync();
        await UnreadableAsync();
        await HandshakesAsync();
        await DialledAsync();
        await AskAsync();

        foreach (var node in new[] { _here, _there })
        {
            await node.PublishedAsync<object>();
            _shown.AddRange(node.Events.Of<object>().Where(fact => fact is not Receipt and not IMessage).Select(fact => $"event {fact}"));
            _shown.AddRange(node.Remote.Parts.Table.Snapshot().Select(statistics => $"statistics {statistics} {JsonSerializer.Serialize(statistics)}"));
        }

        // The load was what it should be.
        string[] expected = ["EnvelopeRefused", "MessageNotSent", "ProtocolViolation", "Accepted"];
        Assert.All(expected, name => Assert.Contains(_log.Lines, line => line.Contains($" {name}: ", StringComparison.Ordinal)));
        Assert.Contains(_shown, line => line.Contains("NotSerializable", StringComparison.Ordinal));
        Assert.Contains(_shown, line => line.Contains("lastFailure\":{", StringComparison.Ordinal));

        var secrets = new[] { Mark, Convert.ToBase64String(Encoding.UTF8.GetBytes(Mark))[..7] }
            .Concat(_links.SelectMany(id => new[] { Convert.ToHexString(id), Convert.ToHexStringLower(id), Convert.ToBase64String(id) })).ToList();
        Assert.All(_log.Lines.Concat(_shown), line => Assert.DoesNotContain(secrets, secret => line.Contains(secret, StringComparison.Ordinal)));
    }

    private Task<TestNode> StartAsync() => TestNode.StartAsync(
        options => options.Hooks.LoggerFactory = _log,
        setup => setup.AddMessages(Messages.MessagesReflection.Descriptor)
            .AddSerializer(QuotingSerializer.Id, priority: 100, new QuotingSerializer())
            .Change(config => config with
            {
                CallOptions = new CallOptions(new Metadata { { "authorization", $"Bearer {Token}" } }),
                ChannelOptions = new GrpcChannelOptions { LoggerFactory = _log },
            }));

    /// <summary>Messages that arrive, that have no way, and that cannot be written.</summary>
    private async Task MessagesAsync()
    {
        var headers = new MessageHeader(new Dictionary<string, string> { ["header"] = Header });
        new RootContext(_here.ActorSystem, headers).Send(_there.Pid("sink"), new StringValue { Value = Content });
        Assert.Equal("re:" + Content, await _here.AskAsync(_there.Pid("sink"), Content));
        _here.Root.Send(_there.Pid("failing"), new StringValue { Value = Content });
        _here.Root.Send(_there.Pid("nobody"), new StringValue { Value = Content });
        await ThrowsAsync(() => _here.AskAsync(_there.Pid("nobody"), Content));
        await ThrowsAsync(() => _here.AskAsync(new PID("no address", "x"), Content));
        foreach (var message in new object[]
        {
            new QuotingSerializer.Quoted(Content), new Serialization.Broken { Text = Content }, new Loop(Content),
            new StringValue { Value = new string('x', 5_000_000) + Content },
        })
        {
            _shown.Add($"{await _here.RefusedAsync(_there.Pid("sink"), message)}");
        }
    }

    /// <summary>Envelopes that no serializer can read, each with the secret where parsers quote.</summary>
    private async Task UnreadableAsync()
    {
        const string Here = "Remote.Tests.Serialization";
        await using var channel = PlayedCalls.Channel(_there.Address);
        var call = channel.Receive();
        LinkId.TryRead(_links[0], out var link);
        var offer = new LinkOffer(link, 1, Established: false, null, LinkLimits.None);
        await call.WriteAsync(Handshake.Request(new string('a', 32), "played:1", CapabilityNames.All, offer));
        (string Type, int Serializer, string Payload)[] bad =
        [
            ($"{Here}.Order, Remote.Tests", 1, $$"""{"Item":"{{Content}}","Count":"{{Content}}"}"""),
            ($"{Here}.Wrapped`1[[System.Collections.Generic.Dictionary`2[[System.String, mscorlib],[System.Int32, mscorlib]], mscorlib]], Remote.Tests", 1,
                $$"""{"Value":{"{{Content}}":"x"} }"""),
            ($"{Here}.Shape, Remote.Tests", 1, $$"""{"$type":"{{Content}}"}"""),
            ("remote.tests.Hello", 1, $$"""{"{{Content}}":1}"""),
            ("google.protobuf.Duration", 1, $"\"{Content}\""),
            ("remote.tests.Hello", 0, $"\u000a\u007f{Content}"),
            ("no.such.Type", 0, Content),
            (QuotingSerializer.TypeName, QuotingSerializer.Id, Content),
            ("whatever", 99, Content),
        ];
        var batch = new Wire.MessageBatch { Sequence = 1, Targets = { ByteString.CopyFromUtf8("sink") } };
        foreach (var (type, serializer, payload) in bad)
        {
            batch.TypeNames.Add(type);
            batch.Envelopes.Add(new Wire.MessageEnvelope
            {
                TypeId = batch.TypeNames.Count - 1,
                SerializerId = serializer,
                MessageData = ByteString.CopyFromUtf8(payload),
            });
        }

        await call.WriteMessageAsync(new Wire.RemoteMessage { MessageBatch = batch });

        // Two there are already, of messages for nobody.
        await _there.Events.WaitForCountAsync<RemoteDeadLetterEvent>(bad.Length + 2);

        // A frame that is none, and with it the end of the stream.
        await call.WriteAsync(new byte[] { 0x0A, 0x7F }.Concat(Encoding.UTF8.GetBytes(Content)).ToArray());
        await ThrowsAsync(async () =>
        {
            while (await call.Reader.ReadAsync())
            {
                // The answer and acknowledgements.
            }
        });
        call.Abort();
    }

    /// <summary>Handshakes that are refused, with a token beside them.</summary>
    private async Task HandshakesAsync()
    {
        using var channel = PlayedCalls.PlainChannel(_there.Address);
        var headers = new Metadata { { "authorization", $"Bearer {Token}" } };
        var asItIs = Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes);
        var method = new Method<byte[], byte[]>(MethodType.DuplexStreaming, "remote.Remoting", "Receive", asItIs, asItIs);
        foreach (var first in new[] { Encoding.UTF8.GetBytes(Content), [0x1A, 0x00], Handshake.Request("", "played:2", []) })
        {
            using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(method, host: null, new CallOptions(headers));
            await call.RequestStream.WriteAsync(first);
            await ThrowsAsync(() => call.ResponseStream.MoveNext());
        }
    }

    /// <summary>The link ids that this node makes, as a peer reads them.</summary>
    private async Task DialledAsync()
    {
        await using var peer = await PlayedAcceptor.StartAsync();
        _here.Root.Send(peer.Pid("x"), new StringValue { Value = Content });
        var request = await peer.AcceptAsync();
        _links.Add(request.ServerConnection.LinkId.ToByteArray());
        await peer.TakeAsync(1);
        peer.Cut();
        await _here.Events.NextAsync<EndpointReconnecting>(lost => lost.Address == peer.Address);
    }

    private async Task AskAsync()
    {
        var listed = await PlayedCalls.AskAsync(_there.Address, RemotingMethods.ListProcesses, new Wire.ListProcessesRequest());
        _shown.Add($"{listed}");
        foreach (var pid in listed.Pids)
        {
            var request = new Wire.GetProcessDiagnosticsRequest { Pid = pid };
            _shown.Add((await PlayedCalls.AskAsync(_there.Address, RemotingMethods.GetProcessDiagnostics, request)).DiagnosticsString);
        }

        foreach (var entry in await ((IDiagnosticsProvider)_there.Remote).GetDiagnostics())
        {
            _shown.Add($"{entry} {JsonSerializer.Serialize(entry)}");
        }
    }

    private async Task ThrowsAsync(Func<Task> act)
    {
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => act().Within("a failure"));
        _shown.Add($"exception {thrown}");
    }

    /// <summary>Cannot be written: it holds itself.</summary>
    private sealed class Loop(string text)
    {
        public Dictionary<string, Loop> Again => new() { [text] = this };
    }
}
