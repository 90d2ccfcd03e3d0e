using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Proto;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Each policy, each kind of caller, each thing that it may want: what comes of it, over real sockets.</summary>
[Trait("Behaviour", "H-04")]
public sealed class AccessTableTests : IDisposable
{
    private static readonly string[] Callers = ["here", "elsewhere", "certificate", "other certificate", "secret", "other secret"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remote-access-");
    private readonly TestCertificates _authority = new();

    public static TheoryData<AccessPolicy, bool?, string> Table => new()
    {
        { AccessPolicy.AllowAll, null, "here: all; elsewhere: peer; certificate: peer; other certificate: peer; secret: peer; other secret: peer" },
        { AccessPolicy.AllowAll, true, "here: all; elsewhere: all; certificate: all; other certificate: all; secret: all; other secret: all" },
        { AccessPolicy.AllowAll, false, "here: peer; elsewhere: peer; certificate: peer; other certificate: peer; secret: peer; other secret: peer" },
        { AccessPolicy.LoopbackOnly, null, "here: all; elsewhere: none; certificate: none; other certificate: none; secret: none; other secret: none" },
        { AccessPolicy.LoopbackOnly, true, "here: all; elsewhere: none; certificate: none; other certificate: none; secret: none; other secret: none" },
        { AccessPolicy.MutualTls, null, "here: none; elsewhere: none; certificate: peer; other certificate: none; secret: none; other secret: none" },
        { AccessPolicy.MutualTls, true, "here: none; elsewhere: none; certificate: all; other certificate: none; secret: none; other secret: none" },
        { AccessPolicy.SharedSecret, null, "here: none; elsewhere: none; certificate: none; other certificate: none; secret: peer; other secret: none" },
        { AccessPolicy.SharedSecret, true, "here: none; elsewhere: none; certificate: none; other certificate: none; secret: all; other secret: none" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    [Trait("Behaviour", "D-02")]
    public async Task Caller_ByPolicy_MayDoWhatTheTableSays(AccessPolicy policy, bool? remoteCalls, string expected)
    {
        using var member = _authority.Issue("node1.shop.example", "node1.shop.example");
        using var stranger = _authority.Issue("node1.other.example", "node1.other.example");
        var certificates = new Dictionary<string, X509Certificate2> { ["certificate"] = member, ["other certificate"] = stranger };
        await using var host = await GuardedHost.StartAsync(
            options =>
            {
                options.Access = new AccessOptions { Policy = policy, AllowedNames = ["*.shop.example"], SecretFile = WriteSecret() };
                options.Diagnostics.Enabled = options.Administration.Enabled = remoteCalls;
            },
            certificates);

        List<string> rows = [];
        foreach (var caller in Callers)
        {
            rows.Add($"{caller}: {await MayAsync(host, caller)}");
        }

        Assert.Equal(expected, string.Join("; ", rows));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<string> MayAsync(GuardedHost host, string caller)
    {
        var connects = await ConnectsAsync(host, caller);
        var lists = await CallAsync(host, caller, (invoker, options) => invoker.AsyncUnaryCall(
            RemotingMethods.ListProcesses, host: null, options, new Wire.ListProcessesRequest()).ResponseAsync);
        var describes = await CallAsync(host, caller, (invoker, options) => invoker.AsyncUnaryCall(
            RemotingMethods.GetProcessDiagnostics, host: null, options, new Wire.GetProcessDiagnosticsRequest { Pid = new Wire.PID { Id = "echo" } }).ResponseAsync);
        var administers = await CallAsync(host, caller, (invoker, options) => new Wire.Admin.AdminClient(invoker).GetEndpointsAsync(
            new Wire.GetEndpointsRequest(), options).ResponseAsync);
        var blocks = await CallAsync(host, caller, (invoker, options) => new Wire.Admin.AdminClient(invoker).UnblockAsync(
            new Wire.UnblockRequest { Address = "nobody:1" }, options).ResponseAsync);
        return (connects, lists, describes, administers, blocks) switch
        {
            (true, true, true, true, true) => "all",
            (true, false, false, false, false) => "peer",
            (false, false, false, false, false) => "none",
            var mixed => mixed.ToString(),
        };
    }

    /// <summary>Connects, spawns, watches and stops; or nothing of that, and both sides say so.</summary>
    private async Task<bool> ConnectsAsync(GuardedHost host, string caller)
    {
        await using var peer = await GuardedHost.StartPeerAsync(HeadersOf(caller));
        var turnedAway = host.Remote.GetAccessStatistics().DeniedPeers;
        try
        {
            await peer.Remote.WaitForConnectionAsync(host.Address).Within($"{caller} connects");
        }
        catch (RemoteException exception)
        {
            Assert.Contains("Not allowed", exception.Message, StringComparison.Ordinal);

            // Turned away once and for good: it does not try again by itself.
            Assert.Equal(EndpointTerminatedReason.Refused, (await peer.Events.NextAsync<EndpointTerminated>()).Reason);
            Assert.Equal(1, peer.Remote.GetEndpointStatistics(host.Address)!.DeniedByPeer);
            Assert.Equal(turnedAway + 1, host.Remote.GetAccessStatistics().DeniedPeers);
            return false;
        }

        var spawned = await peer.Remote.SpawnAsync(host.Address, "kind").Within("a spawn");
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        peer.Spawn("watcher", context =>
        {
            switch (context.Message)
            {
                case Started:
                    context.Watch(spawned);
                    break;
                case Terminated:
                    ended.TrySetResult();
                    break;
            }
        });
        peer.Root.Poison(spawned);
        await ended.Task.Within("the end of the actor");
        return true;
    }

    private async Task<bool> CallAsync<T>(GuardedHost host, string caller, Func<CallInvoker, CallOptions, Task<T>> call)
    {
        using var channel = PlayedCalls.PlainChannel(host.Address);
        try
        {
            await call(channel.CreateCallInvoker(), new CallOptions(HeadersOf(caller))).Within("a call");
            return true;
        }
        catch (RpcException refusal)
        {
            Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
            Assert.StartsWith("Not allowed", refusal.Status.Detail, StringComparison.Ordinal);
            return false;
        }
    }

    private static Metadata HeadersOf(string caller) =>
        GuardedHost.HeadersOf(caller, caller.EndsWith("secret", StringComparison.Ordinal) ? SecretOf(caller) : null);

    private static string SecretOf(string caller) => $"this-is-the-{caller.Replace(' ', '-')}-of-the-test";

    private string WriteSecret()
    {
        var path = Path.Combine(_folder.FullName, "secret");
        File.WriteAllText(path, SecretOf("secret"));
        return path;
    }
}
