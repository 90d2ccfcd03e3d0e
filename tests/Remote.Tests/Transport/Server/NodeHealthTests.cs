using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Http;
using Remote.Testing;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Remote.Tests;

/// <summary>What a cluster manager's probe asks of a node that listens by itself.</summary>
[Trait("Behaviour", "T-17")]
public sealed class NodeHealthTests
{
    [Theory]
    [InlineData("")]
    [InlineData("remote.Remoting")]
    public async Task Check_OfANodeThatRuns_IsServing(string service)
    {
        await using var node = await TestNode.StartAsync();
        using var channel = PlayedCalls.PlainChannel(node.Address);

        var answer = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = service }).ResponseAsync.Within("the check");

        Assert.Equal(ServingStatus.Serving, answer.Status);
    }

    [Fact]
    public async Task Check_OfAServiceThatThereIsNot_IsNotFound()
    {
        await using var node = await TestNode.StartAsync();
        using var channel = PlayedCalls.PlainChannel(node.Address);

        var failure = await Assert.ThrowsAsync<RpcException>(
            () => new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = "x" }).ResponseAsync.Within("the check"));

        Assert.Equal(StatusCode.NotFound, failure.StatusCode);
    }

    [Fact]
    public async Task Check_WhileTheListenerStops_IsNotServing_AndWatchesAreLetGo()
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        var call = await loopback.ConverseAsync();
        using var channel = PlayedCalls.PlainChannel(loopback.Listener.Address);
        var client = new Health.HealthClient(channel);
        using var watch = client.Watch(new HealthCheckRequest());
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None).Within("the first status"));
        Assert.Equal(ServingStatus.Serving, watch.ResponseStream.Current.Status);

        var stop = loopback.Listener.StopAsync();

        await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await watch.ResponseStream.MoveNext(CancellationToken.None).Within("the end of the watch"))
            {
                Assert.Equal(ServingStatus.NotServing, watch.ResponseStream.Current.Status);
            }
        });
        Assert.False(stop.IsCompleted);
        call.Abort();
        await stop.Within("the stop");
        await Assert.ThrowsAsync<RpcException>(() => client.CheckAsync(new HealthCheckRequest()).ResponseAsync.Within("the check of what is gone"));
    }

    [Fact]
    public async Task Connection_OfAProbe_IsKept()
    {
        var time = new ManualTimeProvider();
        await using var loopback = await Loopback.StartAsync(
            LoopbackCalls.EchoAsync, listen: settings => settings with { Time = time, FirstRequestTimeout = TimeSpan.FromSeconds(5) });
        using var channel = PlayedCalls.PlainChannel(loopback.Listener.Address);

        await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest()).ResponseAsync.Within("the check");

        Assert.Empty(time.ArmedTimers);
    }

    /// <summary>Everybody is answered. Whoever would not be let in otherwise holds no connection by asking.</summary>
    [Theory]
    [Trait("Behaviour", "H-01")]
    [InlineData(AccessPolicy.AllowAll, false, false, true)]
    [InlineData(AccessPolicy.LoopbackOnly, false, false, true)]
    [InlineData(AccessPolicy.SharedSecret, true, false, true)]
    [InlineData(AccessPolicy.SharedSecret, false, false, false)]
    [InlineData(AccessPolicy.MutualTls, false, false, false)]
    [InlineData(AccessPolicy.AllowAll, false, true, false)]
    public async Task Connection_OfACaller_IsKeptIfItWouldBeLetIn(AccessPolicy policy, bool sendsSecret, bool hasHook, bool isKept)
    {
        const string Secret = "the-secret-0123456789";
        var folder = Directory.CreateTempSubdirectory("remote-health-");
        await using var system = new Proto.ActorSystem();
        await using var network = new InMemoryNetwork();
        try
        {
            var file = Path.Combine(folder.FullName, "secret");
            await File.WriteAllTextAsync(file, Secret);
            var options = new RemoteOptions { Access = new AccessOptions { Policy = policy, SecretFile = file, AllowedNames = ["node"] } };
            options.Hooks.AuthorizePeer = hasHook ? (_, _) => ValueTask.FromResult(RemotePermission.Allow) : null;
            var gate = NodeKit.SettingsOf(system, options).Gate;
            var time = new ManualTimeProvider();
            await using var loopback = await Loopback.StartAsync(
                LoopbackCalls.EchoAsync, network, settings => settings with { Time = time, FirstRequestTimeout = TimeSpan.FromSeconds(5), Gate = gate });
            using var channel = PlayedCalls.PlainChannel(loopback.Listener.Address, network.ConnectAsync);
            var client = new Health.HealthClient(channel);
            var headers = new Metadata();
            if (sendsSecret)
            {
                headers.Add(SharedSecretFile.Header, Secret);
            }

            var answer = await client.CheckAsync(new HealthCheckRequest(), headers).ResponseAsync.Within("the check");
            using var watch = client.Watch(new HealthCheckRequest(), headers);
            Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None).Within("the first status"));

            Assert.Equal(ServingStatus.Serving, answer.Status);
            Assert.Equal(ServingStatus.Serving, watch.ResponseStream.Current.Status);
            Assert.Equal(isKept, time.ArmedTimers.Count == 0);
            Assert.Equal(0, gate.Counters.Snapshot().DeniedPeers);
            if (!isKept)
            {
                time.Advance(TimeSpan.FromSeconds(5));
                await network.Connections[0].Closed.Within("the end of the connection");
                await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(CancellationToken.None).Within("the end of the watch"));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Watch_WhoseWriteTheWebServerHasLost_EndsWithItsCall()
    {
        using var gone = new CancellationTokenSource();
        var context = new PlayedRequest.Context(gone.Token) { UserState = { ["__HttpContext"] = new DefaultHttpContext() } };
        var writer = new NeverWritten();
        var health = new NodeHealth();
        var watch = health.Watch(new HealthCheckRequest(), writer, context);
        await writer.Begun.Task.Within("the first write");

        Assert.False(watch.IsCompleted);
        await gone.CancelAsync();

        await LoopbackCalls.FailsAsync(() => watch.Within("the end of the watch"), StatusCode.Cancelled);
    }

    private sealed class NeverWritten : IServerStreamWriter<HealthCheckResponse>
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(HealthCheckResponse message)
        {
            Begun.TrySetResult();
            return new TaskCompletionSource().Task;
        }
    }
}
