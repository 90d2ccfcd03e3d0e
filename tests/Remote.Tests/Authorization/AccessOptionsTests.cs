using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Proto.Remote;

namespace Remote.Tests;

/// <summary>How it is said who may connect, and the warning when nobody has said it.</summary>
[Trait("Behaviour", "H-04")]
public sealed class AccessOptionsTests : IDisposable
{
    private readonly TestCertificates _authority = new();

    [Theory]
    [InlineData("*", true)]
    [InlineData("*.EXAMPLE.com", true)]
    [InlineData("node1.example.com", true)]
    [InlineData("example.com", false)]
    [InlineData("spiffe://example.com/shop/*", true)]
    [InlineData("spiffe://example.com/Shop/*", false)]
    [InlineData("spiffe://example.com/shop", false)]
    public void NamesThatAreAllowed_AreComparedAsTheDocumentsSay(string allowed, bool expected)
    {
        using var certificate = _authority.Issue("node1", "node1.example.com", "spiffe://example.com/shop/order");
        var check = AccessCheck.Of(AccessOptions.MutualTls(allowed), secret: null)!;

        var answer = check(new RemotePeer { Certificate = certificate });

        Assert.Equal(expected, answer.IsAllowed);
        Assert.Equal(expected, !answer.Reason.Contains("node1.example.com", StringComparison.Ordinal));
    }

    [Fact]
    public void Faults_AreAllReported()
    {
        var options = new RemoteOptions { Access = AccessOptions.MutualTls(), LocalOnly = [""] };
        options.Administration.MaxWatchers = -1;
        options.Administration.EventBuffer = 0;

        var faults = string.Join("\n", RemoteOptionsValidator.Validate(options));

        Assert.All(
            ["RemoteOptions.Access.AllowedNames is empty", "RemoteOptions.LocalOnly has an entry that is empty", "Administration.MaxWatchers is -1", "Administration.EventBuffer is 0"],
            fault => Assert.Contains(fault, faults, StringComparison.Ordinal));
        Assert.Contains(
            "RemoteOptions.Access.SecretFile is empty",
            string.Join("\n", RemoteOptionsValidator.Validate(new RemoteOptions { Access = new AccessOptions { Policy = AccessPolicy.SharedSecret } })),
            StringComparison.Ordinal);
        Assert.Contains(
            "RemoteOptions.Access.Policy is 77",
            string.Join("\n", RemoteOptionsValidator.Validate(new RemoteOptions { Access = new AccessOptions { Policy = (AccessPolicy)77 } })),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Options_AreBoundFromConfiguration()
    {
        var section = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Access:Policy"] = "MutualTls",
            ["Access:AllowedNames:0"] = "*.example.com",
            ["LocalOnly:0"] = "admin*",
            ["Administration:Enabled"] = "true",
        }).Build();
        var options = new RemoteOptions();
        section.Bind(options);

        Assert.Equal((AccessPolicy.MutualTls, "*.example.com"), (options.Access.Policy, Assert.Single(options.Access.AllowedNames)));
        Assert.Equal(("admin*", true), (Assert.Single(options.LocalOnly), options.Administration.Enabled));
    }

    [Theory]
    [InlineData("0.0.0.0:0", AccessPolicy.AllowAll, false, 1)]
    [InlineData("127.0.0.1:0", AccessPolicy.AllowAll, false, 0)]
    [InlineData("0.0.0.0:0", AccessPolicy.LoopbackOnly, false, 0)]
    [InlineData("0.0.0.0:0", AccessPolicy.AllowAll, true, 0)]
    public async Task Listener_ThatEverybodyReaches_WarnsOnce(string at, AccessPolicy policy, bool hasHook, int expected)
    {
        await using var node = await TestNode.StartAsync(
            options =>
            {
                options.Access.Policy = policy;
                options.Hooks.AuthorizePeer = hasHook ? (_, _) => ValueTask.FromResult(RemotePermission.Allow) : null;
            },
            setup => setup.AdvertisedHost = "127.0.0.1",
            at: at);

        Assert.Equal(expected, node.Log.Lines.Count(line => line.Event.Name == "OpenToAll"));
    }

    [Theory]
    [InlineData("nothing", 1)]
    [InlineData("policy", 0)]
    [InlineData("fallback", 0)]
    public async Task WebServer_ThatEverybodyReaches_WarnsUnlessItAuthorizes(string guard, int expected)
    {
        var log = new TestLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerFactory>(log);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Any, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddAuthentication();
        builder.Services.AddAuthorization(options =>
            options.FallbackPolicy = guard == "fallback" ? new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build() : null);
        builder.Services.AddRemote(RemoteConfig.BindToAllInterfaces("127.0.0.1"));
        await using var app = builder.Build();
        app.UseAuthorization();
        var mapped = app.MapRemote();
        _ = guard == "policy" ? mapped.RequireAuthorization() : mapped;

        await app.StartAsync().Within("the start");
        await app.StopAsync().Within("the stop");

        Assert.Equal(expected, log.Lines.Count(line => line.Event.Name == "OpenToAll"));
    }

    public void Dispose() => _authority.Dispose();
}
