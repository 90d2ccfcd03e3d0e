using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Proto.Remote;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Who may ask for diagnostics when nothing is said: callers on this machine, judged by their connection.</summary>
[Trait("Behaviour", "D-01")]
public sealed class LocalCallerTests
{
    private const string Elsewhere = "203.0.113.7";

    [Fact]
    public async Task NodeWithAnotherHostName_CalledOverLoopback_Answers()
    {
        await using var node = await TestNode.StartAsync(setup: setup => setup.AdvertisedHost = "node1.example.com");

        Assert.Equal(StatusCode.OK, await CallAsync($"127.0.0.1:{node.Port}"));
    }

    [Fact]
    public async Task NodeOnAllAddresses_CalledOverLoopback_Answers()
    {
        await using var node = await TestNode.StartAsync(setup: setup => setup.AdvertisedHost = "node1.example.com", at: "[::]:0");

        Assert.Equal(StatusCode.OK, await CallAsync($"127.0.0.1:{node.Port}"));
        Assert.Equal(StatusCode.OK, await CallAsync($"[::1]:{node.Port}"));
    }

    [Theory]
    [InlineData(Elsewhere, null, false, StatusCode.PermissionDenied)]
    [InlineData("2001:db8::7", null, false, StatusCode.PermissionDenied)]
    [InlineData("127.0.0.1", null, false, StatusCode.OK)]
    [InlineData("::1", null, false, StatusCode.OK)]
    [InlineData("::ffff:127.0.0.1", null, false, StatusCode.OK)]
    [InlineData("::ffff:203.0.113.7", null, false, StatusCode.PermissionDenied)]
    [InlineData(null, null, false, StatusCode.OK)]
    [InlineData("127.0.0.1", false, false, StatusCode.PermissionDenied)]
    [InlineData("127.0.0.1", false, true, StatusCode.PermissionDenied)]
    [InlineData(Elsewhere, true, false, StatusCode.OK)]
    [InlineData(Elsewhere, null, true, StatusCode.OK)]
    public async Task Caller_ByItsConnection(string? from, bool? enabled, bool remoteDiagnostics, StatusCode expected)
    {
        await using var app = await StartAsync(from, enabled, remoteDiagnostics);

        Assert.Equal(expected, await CallAsync(app.Services.GetRequiredService<ReliableRemote>().Address));

        await app.StopAsync().Within("the stop");
    }

    /// <summary>A node on a web server whose callers seem to come from there.</summary>
    private static async Task<WebApplication> StartAsync(string? from, bool? enabled, bool remoteDiagnostics)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRemote(
            RemoteConfig.BindToLocalhost().WithRemoteDiagnostics(remoteDiagnostics), options => options.Diagnostics.Enabled = enabled);
        var app = builder.Build();
        app.Use((context, next) =>
        {
            context.Connection.RemoteIpAddress = from is null ? null : IPAddress.Parse(from);
            return next(context);
        });
        app.UseRouting();
        app.MapRemote();
        await app.StartAsync().Within("the start");
        return app;
    }

    [Theory]
    [InlineData(Elsewhere, "203.0.113.7:4000", StatusCode.PermissionDenied)]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7:4000", StatusCode.PermissionDenied)]
    [InlineData("2001:db8::7", "[2001:db8::7]:4000", StatusCode.PermissionDenied)]
    [InlineData("203.0.113.8", "203.0.113.7:4000", StatusCode.OK)]
    [InlineData("127.0.0.1", "127.0.0.1:4000", StatusCode.OK)]
    [InlineData(null, "unix:///run/peer.sock", StatusCode.OK)]
    [Trait("Behaviour", "D-02")]
    public async Task Caller_OnAMachineOfABlockedPeer_IsRefused(string? from, string blocked, StatusCode expected)
    {
        await using var app = await StartAsync(from, enabled: true, remoteDiagnostics: false);
        var remote = app.Services.GetRequiredService<ReliableRemote>();

        Assert.Equal(StatusCode.OK, await CallAsync(remote.Address));
        remote.PeerBlockList.BlockAddress(blocked);
        Assert.Equal(expected, await CallAsync(remote.Address));
        remote.PeerBlockList.UnblockAddress(blocked);
        Assert.Equal(StatusCode.OK, await CallAsync(remote.Address));

        await app.StopAsync().Within("the stop");
    }

    /// <summary>Whoever is on the block list could take itself out.</summary>
    [Fact]
    [Trait("Behaviour", "H-04")]
    public async Task Administrator_OnAMachineOfABlockedPeer_IsRefused()
    {
        await using var host = await GuardedHost.StartAsync(options => options.Administration.Enabled = true);
        using var admin = new AdminKit(host.Address);
        var request = new Wire.UnblockRequest { Address = $"{GuardedHost.Elsewhere}:4000" };
        host.Remote.PeerBlockList.BlockAddress(request.Address);

        var refusal = await AdminKit.FailsAsync(admin.Admin.UnblockAsync(request, GuardedHost.HeadersOf("elsewhere")).ResponseAsync);

        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
        Assert.Single(host.Remote.PeerBlockList.Entries);
        await admin.Admin.UnblockAsync(request, GuardedHost.HeadersOf("here")).ResponseAsync.Within("the call from here");
        Assert.Empty(host.Remote.PeerBlockList.Entries);
        await admin.Admin.GetEndpointsAsync(new Wire.GetEndpointsRequest(), GuardedHost.HeadersOf("elsewhere")).ResponseAsync.Within("the call from elsewhere");
    }

    /// <summary>Both calls, which are judged alike.</summary>
    private static async Task<StatusCode> CallAsync(string address)
    {
        var listed = await StatusAsync(PlayedCalls.AskAsync(address, RemotingMethods.ListProcesses, new Wire.ListProcessesRequest()));
        var activator = new Wire.GetProcessDiagnosticsRequest { Pid = new Wire.PID { Id = "$activator" } };
        var described = await StatusAsync(PlayedCalls.AskAsync(address, RemotingMethods.GetProcessDiagnostics, activator));
        Assert.Equal(listed, described);
        return listed;
    }

    private static async Task<StatusCode> StatusAsync(Task call)
    {
        try
        {
            await call.Within("a call");
            return StatusCode.OK;
        }
        catch (RpcException refusal)
        {
            return refusal.StatusCode;
        }
    }
}
