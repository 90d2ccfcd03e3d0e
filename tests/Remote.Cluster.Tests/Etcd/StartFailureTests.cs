using System.Net;
using System.Net.Sockets;
using Remote.Cluster.Etcd;
using Remote.Cluster.Tests.Servers;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>Why a start fails is said with the endpoint, what was tried, and the option that helps; and it is said in time.</summary>
[Trait("Behaviour", "K-06")]
public sealed class StartFailureTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task NothingListens_FailsWithinTheStartTimeoutAndNamesEveryEndpoint()
    {
        string[] endpoints = [$"http://127.0.0.1:{FreePorts.Next()}", $"http://127.0.0.1:{FreePorts.Next()}"];

        var exception = await FailAsync(endpoints, options => options.StartTimeout = TimeSpan.FromMilliseconds(500));

        Assert.Equal(EtcdFailure.Unreachable, exception.Failure);
        Assert.All([.. endpoints, "EtcdClusterOptions.Endpoints", "StartTimeout", "refused", "'cluster'"], text =>
            Assert.Contains(text, exception.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(" 1 round", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NameThatIsUnknown_SaysSo()
    {
        var exception = await FailAsync(["http://no-such-host.invalid:2379"], options => options.StartTimeout = TimeSpan.FromMilliseconds(500));

        Assert.Contains("http://no-such-host.invalid:2379", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SomethingListensAndSaysNothing_IsNoAnswer()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        var exception = await FailAsync(
            [$"http://{silent.LocalEndpoint}"],
            options => (options.StartTimeout, options.CallTimeout) = (TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(200)));

        Assert.Equal(EtcdFailure.NoAnswer, exception.Failure);
        Assert.Contains("no answer within 0.2 s", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartTimeout_InTheFirstRound_NamesTheEndpointsToo()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        var exception = await FailAsync([$"http://{silent.LocalEndpoint}"], options => options.StartTimeout = TimeSpan.FromMilliseconds(100));

        Assert.Contains(silent.LocalEndpoint.ToString()!, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StopMeanwhile_EndsTheStart()
    {
        await using var member = new TestMember("cluster", "a", [$"http://127.0.0.1:{FreePorts.Next()}"]);
        var starting = member.StartAsync();
        await member.Log.NextAsync("EtcdRoundFailed");

        await member.StopAsync().WaitAsync(Ceiling);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.WaitAsync(Ceiling));
    }

    [Fact]
    [Trait("Needs", "Servers")]
    public async Task NothingListensAtTheFirst_TheSecondIsTaken()
    {
        await using var etcd = await EtcdServer.StartAsync();
        await using var member = new TestMember("cluster", "a", [$"http://127.0.0.1:{FreePorts.Next()}", etcd.Endpoint]);

        await member.StartAsync();

        Assert.Equal(new Uri(etcd.Endpoint), member.Endpoint);
    }

    private static async Task<EtcdClusterException> FailAsync(string[] endpoints, Action<EtcdClusterOptions> change)
    {
        await using var member = new TestMember("cluster", "a", endpoints, change);
        return await Assert.ThrowsAsync<EtcdClusterException>(() => member.StartAsync().WaitAsync(Ceiling));
    }
}
