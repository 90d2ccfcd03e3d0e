using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Proto;
using Proto.Remote;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Interop.Tests;

/// <summary>A node calls gRPC libraries of other languages. What they answer is in node/server.js and python/server.py.</summary>
[Trait("Needs", "Peers")]
[Trait("Behaviour", "T-11")]
public sealed class ForeignAcceptorTests : DisposedAfterTest
{
    private const string Special = "100% with whitespace\r\n\tand Unicode BMP \u263A and non-BMP \U0001F608";

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly EventProbe _events = new();
    private ActorSystem? _system;
    private PeerProcess? _peer;

    public override async ValueTask DisposeAsync()
    {
        if (_system is not null)
        {
            await _system.Remote().ShutdownAsync().WaitAsync(Ceiling);
            await _system.ShutdownAsync().WaitAsync(Ceiling);
        }

        if (_peer is not null)
        {
            await _peer.DisposeAsync();
        }

        _events.Dispose();
    }

    [Theory]
    [InlineData(Library.Node)]
    [InlineData(Library.Python)]
    public async Task Stream_OneWay_EverythingArrivesInOrder(Library library)
    {
        const int Count = 5000;
        var address = await ListenAsync(library, "echo");
        var system = await StartAsync();
        for (var i = 0; i < Count; i++)
        {
            system.Root.Send(new PID(address, "sink"), new StringValue { Value = $"{i} {new string('ü', i % 700)}" });
        }

        system.Root.Send(new PID(address, "sink"), new StringValue { Value = "last" });

        Assert.Equal(Count.ToString(System.Globalization.CultureInfo.InvariantCulture), await _peer!.ReadAfterAsync("received "));
        Assert.DoesNotContain("disorder", _peer.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Library.Node)]
    [InlineData(Library.Python)]
    public async Task Stream_BothWays_EachIsAnswered(Library library)
    {
        var address = await ListenAsync(library, "echo");
        var system = await StartClientAsync();
        foreach (var size in new[] { 27182, 8, 1828, 45904, 0, 1 << 20 })
        {
            var sent = new StringValue { Value = new string('x', size) };
            Assert.Equal(sent, await system.Root.RequestAsync<StringValue>(new PID(address, "anybody"), sent, Ceiling));
        }
    }

    [Theory]
    [InlineData(Library.Node)]
    [InlineData(Library.Python)]
    public async Task Metadata_OfCallOptions_ArrivesWithEveryStream(Library library)
    {
        var address = await ListenAsync(library, "echo");
        var headers = new Metadata { { "x-purpose", "test value" }, { "x-purpose-bin", [0xAB, 0xAB, 0xAB, 0x00, 0xFF] } };
        var system = await StartAsync(config => config.WithCallOptions(new CallOptions(headers)));

        await system.ReliableRemote().WaitForConnectionAsync(address).WaitAsync(Ceiling);

        Assert.Equal("""{"x-purpose":"test value","x-purpose-bin":"q6urAP8="}""", Sorted(await _peer!.ReadAfterAsync("metadata ")));
    }

    [Theory]
    [InlineData(Library.Node, StatusCode.PermissionDenied, EndpointTerminatedReason.Refused)]
    [InlineData(Library.Python, StatusCode.PermissionDenied, EndpointTerminatedReason.Refused)]
    [InlineData(Library.Node, StatusCode.ResourceExhausted, null)]
    [InlineData(Library.Python, StatusCode.Unavailable, null)]
    public async Task Status_OfAStream_IsToldAsItIs(Library library, StatusCode code, EndpointTerminatedReason? expected)
    {
        var address = await ListenAsync(library, "status", ((int)code).ToString(System.Globalization.CultureInfo.InvariantCulture), Special);
        var system = await StartAsync();

        system.Root.Send(new PID(address, "anybody"), new StringValue());

        if (expected is { } reason)
        {
            Assert.Equal(reason, (await _events.NextAsync<EndpointTerminated>()).Reason);
        }
        else
        {
            Assert.Equal(code, Assert.IsType<RpcException>(Innermost((await _events.NextAsync<EndpointReconnecting>()).Error)).StatusCode);
        }

        Assert.Contains(Special, system.ReliableRemote().GetEndpointStatistics(address)!.LastError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Library.Node, "no-methods")]
    [InlineData(Library.Node, "no-service")]
    [InlineData(Library.Python, "no-service")]
    public async Task Unimplemented_IsRefusedForGood(Library library, string mode)
    {
        var address = await ListenAsync(library, mode);
        var system = await StartAsync();

        system.Root.Send(new PID(address, "anybody"), new StringValue());

        Assert.Equal(EndpointTerminatedReason.Refused, (await _events.NextAsync<EndpointTerminated>()).Reason);
    }

    [Theory]
    [InlineData(Library.Node)]
    [InlineData(Library.Python)]
    public async Task Silence_AfterTheHandshake_IsGivenUpAndThePeerSeesIt(Library library)
    {
        var address = await ListenAsync(library, "silent");
        var system = await StartAsync(options: options => options.HandshakeTimeout = TimeSpan.FromSeconds(1));

        system.Root.Send(new PID(address, "anybody"), new StringValue());

        var error = (await _events.NextAsync<EndpointReconnecting>()).Error;
        Assert.Contains("did not answer the handshake", error.Message, StringComparison.Ordinal);
        await _peer!.ReadAfterAsync("cancelled");
    }

    [Theory]
    [InlineData(Library.Node)]
    [InlineData(Library.Python)]
    public async Task Cancellation_OfAStream_ReachesThePeer(Library library)
    {
        var address = await ListenAsync(library, "hold");
        var system = await StartAsync();
        await system.ReliableRemote().WaitForConnectionAsync(address).WaitAsync(Ceiling);

        system.ReliableRemote().PeerBlockList.BlockAddress(address);

        await _peer!.ReadAfterAsync("cancelled");
    }

    [Theory]
    [InlineData(Library.Node)]
    [InlineData(Library.Python)]
    public async Task HalfClose_IsSeen_WhenTheNodeLeaves(Library library)
    {
        var address = await ListenAsync(library, "echo");
        var system = await StartAsync();
        await system.ReliableRemote().WaitForConnectionAsync(address).WaitAsync(Ceiling);

        await system.Remote().ShutdownAsync().WaitAsync(Ceiling);

        await _peer!.ReadAfterAsync("half-closed");
    }

    [Theory]
    [InlineData(Library.Node)]
    [InlineData(Library.Python)]
    public async Task Unary_WithOurMarshallers_IsAnswered(Library library)
    {
        var answer = await ListAsync(await ListenAsync(library, "echo"), new CallOptions(new Metadata { { "x-purpose", "test" } }));

        Assert.Equal(new Wire.PID { Address = "10.0.0.9:4000", Id = "Jürgen" }, Assert.Single(answer.Pids));
        Assert.Equal("""{"x-purpose":"test"}""", await _peer!.ReadAfterAsync("metadata "));
    }

    [Theory]
    [InlineData(Library.Node, "status", StatusCode.Unknown)]
    [InlineData(Library.Python, "status", StatusCode.Unknown)]
    [InlineData(Library.Node, "silent", StatusCode.DeadlineExceeded)]
    [InlineData(Library.Python, "silent", StatusCode.DeadlineExceeded)]
    [InlineData(Library.Node, "no-service", StatusCode.Unimplemented)]
    [InlineData(Library.Python, "no-service", StatusCode.Unimplemented)]
    public async Task Unary_ThatFails_HasTheStatus(Library library, string mode, StatusCode expected)
    {
        var address = await ListenAsync(library, mode, "2", Special);
        var options = mode == "silent" ? new CallOptions(deadline: DateTime.UtcNow.AddSeconds(1)) : default;

        var failure = await Assert.ThrowsAsync<RpcException>(() => ListAsync(address, options));

        Assert.Equal(expected, failure.StatusCode);
        Assert.True(mode != "status" || failure.Status.Detail == Special, failure.Status.Detail);
    }

    private static async Task<Wire.ListProcessesResponse> ListAsync(string address, CallOptions options)
    {
        using var channel = GrpcChannel.ForAddress($"http://{address}");
        var request = new Wire.ListProcessesRequest { Pattern = "Jürgen" };
        return await channel.CreateCallInvoker().AsyncUnaryCall(RemotingMethods.ListProcesses, host: null, options, request).ResponseAsync.WaitAsync(Ceiling);
    }

    private static string Sorted(string json) => new System.Text.Json.Nodes.JsonObject(
        System.Text.Json.Nodes.JsonNode.Parse(json)!.AsObject().OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))).ToJsonString();

    private static Exception Innermost(Exception exception) => exception is RemoteException { InnerException: { } inner } ? inner : exception;

    private async Task<string> ListenAsync(Library library, string mode, params string[] arguments)
    {
        (_peer, var address) = await PeerProcess.StartAsync(library, "server", [mode, .. arguments]);
        return address;
    }

    private Task<ActorSystem> StartAsync(Func<RemoteConfig, RemoteConfig>? config = null, Action<RemoteOptions>? options = null) =>
        StartAsync(new ActorSystem().WithRemote(config?.Invoke(Config()) ?? Config(), options ?? (static _ => { })));

    private Task<ActorSystem> StartClientAsync() => StartAsync(new ActorSystem().WithClientRemote(Config()));

    private async Task<ActorSystem> StartAsync(ActorSystem system)
    {
        _system = system;
        system.EventStream.Subscribe<object>(_events.Record);
        await system.Remote().StartAsync().WaitAsync(Ceiling);
        return system;
    }

    private static RemoteConfig Config() => RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor);
}
