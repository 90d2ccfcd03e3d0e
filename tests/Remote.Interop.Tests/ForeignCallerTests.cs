using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;

namespace Remote.Interop.Tests;

/// <summary>gRPC libraries of other languages call a node. What each scenario does and asserts is in node/client.js and python/client.py.</summary>
[Trait("Needs", "Peers")]
[Trait("Behaviour", "T-11")]
[Trait("Behaviour", "D-03")]
public sealed class ForeignCallerTests(CalledNode node) : IClassFixture<CalledNode>
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    public static TheoryData<Library, string> Scenarios
    {
        get
        {
            string[] scenarios =
            [
                "unary", "unary_status", "stream", "empty_stream", "deadline", "cancel_after_begin", "metadata", "unimplemented_method",
                "unimplemented_service", "compressed_request",
            ];
            var data = new TheoryData<Library, string>();
            foreach (var library in System.Enum.GetValues<Library>())
            {
                foreach (var scenario in scenarios)
                {
                    data.Add(library, scenario);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public Task ForeignCaller_CallsANode(Library library, string scenario) => PlayAsync(library, scenario, node.Address);

    [Theory]
    [InlineData(Library.Node, "grpc-js")]
    [InlineData(Library.Python, "grpcio")]
    public async Task ForeignCaller_CancelsItsStream_TheNodeNoticesTheEndOfItsClient(Library library, string name)
    {
        await PlayAsync(library, "cancel_after_answer", node.Address);

        var ended = await node.Events.NextAsync<EndpointTerminated>(ended => ended.Address == $"$client/{name}-cancel_after_answer");
        Assert.Equal(EndpointTerminatedReason.ClientLost, ended.Reason);
    }

    [Fact]
    public async Task ForeignCaller_MetadataIsNoAscii_TheCallIsServed()
    {
        await PlayAsync(Library.Node, "non_ascii_metadata", node.Address);

        Assert.Equal("Jürgen", node.Seen("x-echo-name"));
    }

    /// <summary>As grpcurl and its like do.</summary>
    [Fact]
    [Trait("Behaviour", "T-17")]
    public Task ForeignCaller_ListsServices_OursIsAmongThem() => PlayAsync(Library.Node, "reflection", node.Address);

    [Theory]
    [InlineData(Library.Node)]
    [InlineData(Library.Python)]
    public async Task ForeignCaller_CallsAListenerOfTheNodesOwn(Library library)
    {
        var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor));
        system.Root.SpawnNamed(Props.FromFunc(static context => Answer(context)), "echo");
        await system.Remote().StartAsync().WaitAsync(Ceiling);
        try
        {
            await PlayAsync(library, "unary", system.Address);
            await PlayAsync(library, "stream", system.Address);
            await PlayAsync(library, "unimplemented_service", system.Address);
        }
        finally
        {
            await system.Remote().ShutdownAsync().WaitAsync(Ceiling);
            await system.ShutdownAsync().WaitAsync(Ceiling);
        }
    }

    /// <summary>As the probes of cluster managers and proxies do, which know nothing of us.</summary>
    [Theory]
    [InlineData(Library.Node)]
    [InlineData(Library.Python)]
    [Trait("Behaviour", "O-02")]
    public async Task ForeignCaller_AsksAListenerOfTheNodesOwnForItsHealth_UntilItShutsDown(Library library)
    {
        var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
        await system.Remote().StartAsync().WaitAsync(Ceiling);
        await using var probe = PeerProcess.Start(library, "client", system.Address, "health");
        Assert.Equal("SERVING", await probe.ReadAfterAsync("watching "));

        await system.Remote().ShutdownAsync().WaitAsync(Ceiling);

        var (exitCode, output) = await probe.EndAsync();
        Assert.True(exitCode == 0, output);
        Assert.Contains("health: ok", output, StringComparison.Ordinal);
        await system.ShutdownAsync().WaitAsync(Ceiling);
    }

    private static Task Answer(IContext context)
    {
        if (context.Message is StringValue text)
        {
            context.Respond(text);
        }

        return Task.CompletedTask;
    }

    private static async Task PlayAsync(Library library, string scenario, string address)
    {
        var (exitCode, output) = await PeerProcess.RunAsync(library, "client", address, scenario);

        Assert.True(exitCode == 0, output);
        Assert.Contains($"{scenario}: ok", output, StringComparison.Ordinal);
    }
}
