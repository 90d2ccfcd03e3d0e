using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Remote.Tests;

[Trait("Behaviour", "T-14")]
public sealed class RawTargetTests
{
    private const string Exact = "/remote.Remoting/Receive";

    public static TheoryData<string> Tricks =>
    [
        "/remote.Remoting/receive",
        "/REMOTE.REMOTING/RECEIVE",
        "/remote.Remoting/%52eceive",
        "/remote.Remoting/Receive/",
        "/remote.Remoting/x/../Receive",
        "/x/../remote.Remoting/Receive",
        "/./remote.Remoting/Receive",
        "/remote.Remoting/Receive?query",
        "/remote.Remoting/Receive?",
        "//remote.Remoting/Receive",
        "/remote.Remoting//Receive",
        "/remote.Remoting%2FReceive",
        "/remote%2ERemoting/Receive",
        "/remote.Remoting/Receive%20",
        "/remote.Remoting",
        "/",
    ];

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task OwnListener_TargetSpeltOtherwise_NeverReachesTheHandler(string target)
    {
        var calls = new Calls();
        await using var loopback = await Loopback.StartAsync(calls.ServeAsync);

        await AssertOnlyTheExactTargetAsync(loopback.Listener.Address, target, calls);
    }

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task WebServerOfTheApplication_TargetSpeltOtherwise_NeverReachesTheHandler(string target)
    {
        var calls = new Calls();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton<IRemotingHandler>(new PlayedCalls.PlayedHandler(calls.ServeAsync));
        builder.Services.AddRemotingService(_ => 4 * 1024 * 1024);
        await using var app = builder.Build();
        app.MapRemotingService();
        await app.StartAsync().Within("the start of the application");

        await AssertOnlyTheExactTargetAsync(new Uri(app.Urls.First()).Authority, target, calls);
    }

    /// <summary>A missing slash cannot be written by a client that knows addresses.</summary>
    [Fact]
    public async Task TargetWithoutASlash_NeverReachesTheHandler()
    {
        var calls = new Calls();
        await using var loopback = await Loopback.StartAsync(calls.ServeAsync);
        using var client = await Http2Wire.ConnectAsync(loopback.Listener.Address);

        await client.OpenAsync(Exact[1..]);

        await client.ReadUntilAsync(Http2Wire.Reset);
        Assert.Equal(0, calls.Count);
    }

    private static async Task AssertOnlyTheExactTargetAsync(string address, string target, Calls calls)
    {
        using var http = new RawHttp2(address);
        using var refused = await http.PostAsync(target, []);
        Assert.Equal(0, calls.Count);
        Assert.True(refused.StatusCode != HttpStatusCode.OK || LimitTests.StatusOf(refused) == "12", $"HTTP {refused.StatusCode}");

        using var exact = await http.PostAsync(Exact, []);
        Assert.Equal(1, calls.Count);
        Assert.Equal("0", LimitTests.StatusOf(exact));
    }

    private sealed class Calls
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public Task ServeAsync(AcceptedCall call)
        {
            Interlocked.Increment(ref _count);
            return Task.CompletedTask;
        }
    }
}
