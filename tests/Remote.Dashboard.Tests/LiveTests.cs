using System.Net;
using Google.Protobuf.WellKnownTypes;
using Proto.Remote;
using Remote.Protocol;
using PID = Proto.PID;

namespace Remote.Dashboard.Tests;

/// <summary>The stream of a page: peers and what becomes of them, as it happens.</summary>
public sealed class LiveTests(StandardHost standard) : IClassFixture<StandardHost>
{
    [Fact]
    public async Task Stream_CarriesAPeerAndItsChange()
    {
        await using var host = await DashboardHost.StartAsync();
        await using var live = await LiveReader.OpenAsync(host);
        Assert.Empty((await live.StatisticsAsync()).Endpoints);

        var peer = await DashboardHost.StartNodeAsync();
        var address = peer.Address;
        host.System.Root.Send(PID.FromAddress(address, "nobody"), new StringValue { Value = "marked-content" });

        var connected = await live.EventAsync(update => update.Type == "EndpointConnected");
        Assert.Equal((address, peer.Id), (connected.Address, connected.Fields["system_id"]));
        var seen = await live.PeerAsync(one => one.State == ConnectionState.Connected && one.Outgoing.Acknowledged == 1);
        Assert.Equal((address, PressureLevel.Normal), (seen.Address, seen.Level));
        Assert.Equal(host.Remote.GetEndpointStatistics(address)!.QueueCapacity, seen.UserLane.Capacity);

        await peer.Remote().ShutdownAsync(false);
        Assert.Equal(address, (await live.EventAsync(update => update.Type is "EndpointReconnecting" or "EndpointTerminated")).Address);
        Assert.Equal(address, (await live.PeerAsync(one => one.State != ConnectionState.Connected)).Address);
    }

    /// <summary>How long a browser waits before it comes back is its own affair otherwise.</summary>
    [Fact]
    public async Task Stream_SaysFirstWhenToComeBack()
    {
        using var live = await standard.Host.GetAsync("/remote/live");
        using var reader = new StreamReader(await live.Content.ReadAsStreamAsync());

        Assert.Equal("retry: 2000", await reader.ReadLineAsync().WaitAsync(DashboardHost.Ceiling));
        Assert.StartsWith("event: ", await reader.ReadLineAsync().WaitAsync(DashboardHost.Ceiling), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeadLetter_IsToldWithItsReasonAndWithoutItsContent()
    {
        var host = standard.Host;
        await using var live = await LiveReader.OpenAsync(host);
        await live.StatisticsAsync();
        host.Remote.PeerBlockList.BlockAddress("gone:1");

        host.System.Root.Send(PID.FromAddress("gone:1", "someone"), new StringValue { Value = "marked-content" });

        var letter = await live.EventAsync(update => update.Type == "RemoteDeadLetterEvent");
        Assert.Equal(("gone:1", "someone", "Blocked"), (letter.Address, letter.Fields["target"], letter.Fields["reason"]));
        Assert.DoesNotContain("marked-content", letter.ToString(), StringComparison.Ordinal);
        host.Remote.PeerBlockList.UnblockAddress("gone:1");
    }

    [Fact]
    public async Task RequestOfAnotherSite_IsNotAnswered()
    {
        var host = standard.Host;

        using var live = await host.GetAsync("/remote/live", ("Sec-Fetch-Site", "cross-site"));
        using var blocked = await host.GetAsync("/remote/blocked", ("Origin", "https://elsewhere.example"));

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (live.StatusCode, blocked.StatusCode));
    }

    [Fact]
    public async Task MoreWatchersThanThereMayBe_AreToldSoAndGiveTheirPlacesBack()
    {
        await using var host = await DashboardHost.StartAsync(options => options.Administration.MaxWatchers = 2);
        var first = await LiveReader.OpenAsync(host);
        await first.StatisticsAsync();

        using (var second = await host.GetAsync("/remote/live"))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        }

        Assert.Equal(2, (await first.StatisticsAsync()).Node.Watchers);
        await first.DisposeAsync();
        HttpResponseMessage third;
        do
        {
            // The places are given back when the server has noticed.
            third = await host.GetAsync("/remote/live");
        }
        while (third.StatusCode == HttpStatusCode.TooManyRequests);

        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
        third.Dispose();
    }

    /// <summary>A page that goes on looking holds up neither the end of the node nor that of the application.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_EndsWithTheNodeAndWithTheApplication(bool node)
    {
        await using var host = await DashboardHost.StartAsync();
        await using var live = await LiveReader.OpenAsync(host);
        await live.StatisticsAsync();

        var stopped = node ? host.System.Remote().ShutdownAsync() : host.App.StopAsync();

        await live.EndAsync().WaitAsync(DashboardHost.Ceiling);
        await stopped.WaitAsync(TimeSpan.FromSeconds(20));
        if (node)
        {
            using var after = await host.GetAsync("/remote/live");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, after.StatusCode);
        }
    }
}
