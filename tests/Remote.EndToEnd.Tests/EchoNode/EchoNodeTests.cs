using System.Net.Sockets;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Proto;
using Proto.Remote;

namespace Remote.EndToEnd.Tests;

/// <summary>An echo node in a process of its own, and a node of ours that talks to it.</summary>
public sealed class EchoNodeTests : IDisposable
{
    private static readonly Method<ListProcessesRequest, ListProcessesResponse> ListProcesses = new(
        MethodType.Unary,
        "remote.Remoting",
        "ListProcesses",
        Marshallers.Create(MessageExtensions.ToByteArray, ListProcessesRequest.Parser.ParseFrom),
        Marshallers.Create(MessageExtensions.ToByteArray, ListProcessesResponse.Parser.ParseFrom));

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Listeners => ["tcp", "unix"];

    [Theory]
    [MemberData(nameof(Listeners))]
    [Trait("Behaviour", "E-01")]
    public async Task Requests_ToTheNamedActorAndASpawnedOne_ComeBackAsTheyWere(string listener)
    {
        await using var node = Start(listener);
        var address = await node.ReadAfterAsync("listening on ");
        Assert.StartsWith(listener == "unix" ? "unix://" + _folder.Of("echo.sock") : "127.0.0.1:", address, StringComparison.Ordinal);
        await using var system = Peer();
        await using var remote = system.ReliableRemote();
        await remote.StartAsync().WaitAsync(Ceiling);
        var spawned = await remote.SpawnAsync(address, "echo").WaitAsync(Ceiling);

        foreach (var target in new[] { new PID(address, "echo"), spawned })
        {
            IMessage[] messages = [new StringValue { Value = "ä 🐢" }, new BytesValue { Value = ByteString.CopyFrom(0, 255) }, new Empty()];
            foreach (var message in messages)
            {
                Assert.Equal(message, await system.Root.RequestAsync<IMessage>(target, message, Ceiling));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Listeners))]
    [Trait("Behaviour", "D-03")]
    public async Task ListProcesses_FromABareGrpcClient_FindsTheEchoActor(string listener)
    {
        await using var node = Start(listener);
        var address = await node.ReadAfterAsync("listening on ");
        using var channel = Channel(address);

        var request = new ListProcessesRequest { Pattern = "echo", Type = ListProcessesMatchType.MatchExactString };
        var answer = await channel.CreateCallInvoker().AsyncUnaryCall(ListProcesses, host: null, default, request).ResponseAsync.WaitAsync(Ceiling);

        var pid = Assert.Single(answer.Pids);
        Assert.Equal((address, "echo"), (pid.Address, pid.Id));
    }

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task SigTerm_WithAConnectedPeer_EndsWithExitCodeZeroAndThePeerHearsOfIt(string listener)
    {
        await using var node = Start(listener);
        var address = await node.ReadAfterAsync("listening on ");
        await using var system = Peer();
        await using var remote = system.ReliableRemote();
        await remote.StartAsync().WaitAsync(Ceiling);
        var terminated = new TaskCompletionSource<EndpointTerminated>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.EventStream.Subscribe<EndpointTerminated>(terminated.SetResult);
        await system.Root.RequestAsync<Empty>(new PID(address, "echo"), new Empty(), Ceiling);

        await node.SendTermAsync();

        var (exitCode, output, errors) = await node.WaitForExitAsync();
        Assert.Equal((0, "", ""), (exitCode, output, errors));
        Assert.Equal(address, (await terminated.Task.WaitAsync(Ceiling)).Address);
    }

    [Fact]
    public async Task Port_InUse_IsSaidAndTheExitCodeIsOne()
    {
        await using var first = NodeProcess.Start("EchoNode");
        var address = await first.ReadAfterAsync("listening on ");
        await using var second = NodeProcess.Start("EchoNode", "--port", address[(address.LastIndexOf(':') + 1)..]);

        var (exitCode, _, errors) = await second.WaitForExitAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains(address, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port", "70000")]
    [InlineData("--port", "many")]
    [InlineData("--colour", "red")]
    public async Task Arguments_ThatMakeNoSense_AreRefusedWithExitCodeTwo(params string[] arguments)
    {
        await using var node = NodeProcess.Start("EchoNode", arguments);

        var (exitCode, output, errors) = await node.WaitForExitAsync();

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(arguments[1], errors, StringComparison.Ordinal);
    }

    private NodeProcess Start(string listener) =>
        listener == "unix" ? NodeProcess.Start("EchoNode", "--unix", _folder.Of("echo.sock")) : NodeProcess.Start("EchoNode", "--port", "0");

    /// <summary>A channel as any client has it; to a Unix socket gRPC wants to be told the way.</summary>
    private static GrpcChannel Channel(string address)
    {
        if (!address.StartsWith("unix://", StringComparison.Ordinal))
        {
            return GrpcChannel.ForAddress($"http://{address}");
        }

        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(address["unix://".Length..]), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    private static ActorSystem Peer() => new ActorSystem().WithRemote(
        RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor, EmptyReflection.Descriptor));
}
