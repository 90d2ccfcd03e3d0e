using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-04")]
public sealed class RawTargetTests
{
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
    ];

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task OwnServer_TargetSpeltOtherwise_NeverReachesTheHandler(string target)
    {
        int calls = 0;
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/remote.Remoting/Receive", Count));
        using var http = new RawHttp2(loopback.Server.Addresses[0]);

        await AssertOnlyTheExactTargetAsync(http, target, () => calls);

        Task Count(GrpcServerStream stream)
        {
            Interlocked.Increment(ref calls);
            return Task.CompletedTask;
        }
    }

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task SharedHost_TargetSpeltOtherwise_NeverReachesTheHandler(string target)
    {
        int calls = 0;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using WebApplication app = builder.Build();
        app.MapGrpc(new GrpcMethods().Add("/remote.Remoting/Receive", _ =>
        {
            Interlocked.Increment(ref calls);
            return Task.CompletedTask;
        }));
        await app.StartAsync().Within("the host to start");
        using var http = new RawHttp2(new Uri(app.Urls.First()).Authority);

        await AssertOnlyTheExactTargetAsync(http, target, () => calls);
    }

    private static async Task AssertOnlyTheExactTargetAsync(RawHttp2 http, string target, Func<int> calls)
    {
        using HttpResponseMessage refused = await http.PostAsync(target, []).Within("the refusal");
        Assert.Equal(0, calls());
        Assert.True((int)refused.StatusCode != 200 || refused.Headers.GetValues("grpc-status").Single() == "12", $"HTTP {(int)refused.StatusCode}");

        using HttpResponseMessage exact = await http.PostAsync("/remote.Remoting/Receive", []).Within("the answer");
        Assert.Equal(1, calls());
        Assert.Equal("0", exact.Headers.GetValues("grpc-status").Single());
    }
}
