using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Proto;
using Proto.Diagnostics;
using Remote.Testing;
using JsonSerializer = System.Text.Json.JsonSerializer;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Whatever happens to them, what messages hold, tokens of calls, the ids of links, and keys with their password come up in nothing that people or tools read.</summary>
[Trait("Behaviour", "Z-02")]
[Trait("Behaviour", "D-02")]
public sealed class SecretsTests : IAsyncLifetime
{
    private const string Mark = "s3cr3t";
    private const string Token = Mark + "-token", Content = Mark + "-content", Header = Mark + "-header", LinkText = Mark + "-link-0001", Password = Mark + "-password";

    private readonly EveryLog _log = new();
    private readonly List<string> _shown = [];
    private readonly List<byte[]> _links = [Encoding.ASCII.GetBytes(LinkText)];
    private readonly List<string> _keys = [];
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
        await CertificatesAsync();
        await AskAsync();
        await ShowAsync(_here);
        await ShowAsync(_there);

        // The load was what it should be.
        string[] expected =
            ["EnvelopeRefused", "MessageNotSent", "ProtocolViolation", "Accepted", "TlsOn", "TlsRenewed", "TlsRenewalFailed", "TlsClientRefused", "TlsDialFailed"];
        Assert.All(expected, name => Assert.Contains(_log.Lines, line => line.Contains($" {name}: ", StringComparison.Ordinal)));
        Assert.Contains(_shown, line => line.Contains("NotSerializable", StringComparison.Ordinal));
        Assert.Contains(_shown, line => line.Contains("lastFailure\":{", StringComparison.Ordinal));

        var secrets = new[] { Mark, Convert.ToBase64String(Encoding.UTF8.GetBytes(Mark))[..7] }
            .Concat(_keys)
            .Concat(_links.SelectMany(id => new[] { Convert.ToHexString(id), Convert.ToHexStringLower(id), Convert.ToBase64String(id) })).ToList();
        Assert.All(_log.Lines.Concat(_shown), line => Assert.DoesNotContain(secrets, secret => line.Contains(secret, StringComparison.Ordinal)));
    }

    private Task<TestNode> StartAsync(Action<RemoteOptions>? change = null, TimeProvider? time = null) => TestNode.StartAsync(
        options =>
        {
            options.Hooks.LoggerFactory = _log;
            change?.Invoke(options);
        },
        setup => setup.AddMessages(Messages.MessagesReflection.Descriptor)
            .AddSerializer(QuotingSerializer.Id, priority: 100, new QuotingSerializer())
            .Change(config => config with
            {
                CallOptions = new CallOptions(new Metadata { { "authorization", $"Bearer {Token}" } }),
                ChannelOptions = new GrpcChannelOptions { LoggerFactory = _log },
            }),
        time: time);

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

    /// <summary>A key under a password that is used, exchanged and spoilt, that of a node which is not believed, and a password that is wrong.</summary>
    private async Task CertificatesAsync()
    {
        using var world = new TlsWorld();
        var time = new ManualTimeProvider();
        Write(world.Ours.Issue());
        world.Files.WriteRoots(world.Ours.Certificate);
        await using var node = await StartAsync(options => Use(options, Password), time);
        node.SpawnEcho();
        await using (var friend = await StartAsync(options => options.UseTls(Marked(world.Ours.Issue()), world.Ours.Roots)))
        {
            Assert.Equal("re:" + Content, await friend.AskAsync(node.Pid("echo"), Content));
            await ShowAsync(friend);
        }

        await using (var stranger = await StartAsync(options => options.UseTls(Marked(world.Other.Issue()), world.Ours.Roots)))
        {
            stranger.Root.Send(node.Pid("echo"), new StringValue { Value = Content });
            await LoggedAsync("TlsClientRefused");
            await LoggedAsync("TlsDialFailed");
            await ShowAsync(stranger);
        }

        Write(world.Ours.Issue());
        time.Advance(TimeSpan.FromSeconds(10));
        await LoggedAsync("TlsRenewed");

        // Cut off in the middle; then the key where the certificate should be, and a password that does not open it.
        var key = File.ReadAllText(world.Files.Key);
        CertificateFiles.Write(world.Files.Key, key.Remove(key.Length / 2, 40));
        time.Advance(TimeSpan.FromSeconds(10));
        time.Advance(TimeSpan.FromSeconds(10));
        await LoggedAsync("TlsRenewalFailed");
        await ThrowsAsync(() => StartAsync(options => Use(options, Password)));
        CertificateFiles.Write(world.Files.Key, key);
        await ThrowsAsync(() => StartAsync(options => Use(options, "another " + Password)));
        await ThrowsAsync(() => StartAsync(options => options.UseTls(world.Files.Key, world.Files.Key, world.Files.Roots).KeyPassword = Password));
        await ShowAsync(node);

        void Use(RemoteOptions options, string password) =>
            options.UseTls(world.Files.Certificate, world.Files.Key, world.Files.Roots).KeyPassword = password;

        void Write(X509Certificate2 certificate)
        {
            using var own = Marked(certificate).GetECDsaPrivateKey()!;
            var encrypted = own.ExportEncryptedPkcs8PrivateKeyPem(Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
            _keys.AddRange(Pieces(encrypted));
            world.Files.Write(certificate);
            CertificateFiles.Write(world.Files.Key, encrypted);
        }
    }

    /// <summary>A certificate, its private key among the secrets: as the file has it, and as a number.</summary>
    private X509Certificate2 Marked(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        var number = key.ExportParameters(includePrivateParameters: true).D!;
        _keys.AddRange([.. Pieces(key.ExportPkcs8PrivateKeyPem()), Convert.ToHexString(number), Convert.ToHexStringLower(number)]);
        return certificate;
    }

    /// <summary>What is between the two lines that say what it is; parts of it are secret too.</summary>
    private static IEnumerable<string> Pieces(string pem) =>
        pem.Split('\n').Where(line => !line.StartsWith('-')).SelectMany(line => line.Chunk(16)).Where(piece => piece.Length == 16).Select(piece => new string(piece));

    private async Task LoggedAsync(string name)
    {
        await UntilAsync().Within(name);

        async Task UntilAsync()
        {
            while (!_log.Lines.Any(line => line.Contains($" {name}: ", StringComparison.Ordinal)))
            {
                await Task.Delay(1);
            }
        }
    }

    /// <summary>What a node has said by events, and says of itself.</summary>
    private async Task ShowAsync(TestNode node)
    {
        await node.PublishedAsync<object>();
        _shown.AddRange(node.Events.Of<object>().Where(fact => fact is not Receipt and not IMessage).Select(fact => $"event {fact}"));
        _shown.AddRange(node.Remote.Parts.Table.Snapshot().Select(statistics => $"statistics {statistics} {JsonSerializer.Serialize(statistics)}"));
        foreach (var entry in await ((IDiagnosticsProvider)node.Remote).GetDiagnostics())
        {
            _shown.Add($"{entry} {JsonSerializer.Serialize(entry)}");
        }
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
