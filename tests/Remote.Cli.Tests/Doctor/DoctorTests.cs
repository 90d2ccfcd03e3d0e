using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Proto.Remote;
using Remote.EndToEnd.Tests;
using Remote.Tests;

namespace Remote.Cli.Tests.Doctor;

/// <summary>What the doctor finds at real addresses.</summary>
[Trait("Behaviour", "O-04")]
public sealed class DoctorTests
{
    /// <summary>One that ends the stream of a client, and, as it takes its time, one that only never answers.</summary>
    public static TheoryData<bool, string> GoServers => TestScale.IsLong ? new() { { true, "60" }, { false, "10" } } : new() { { true, "60" } };

    [Fact]
    public async Task Doctor_HealthyNode_FindsNothing()
    {
        await using var node = await LiveNode.StartAsync();
        await using var other = await LiveNode.StartAsync();
        await node.GreetAsync(other);

        var text = (await ToolRun.RunAsync("doctor", node.Address)).Expect(ExitCode.Ok);
        var json = (await ToolRun.RunAsync("doctor", node.Address, "--json")).Expect(ExitCode.Ok).Json;

        Assert.Contains("0 problems, 0 warnings", text.Out, StringComparison.Ordinal);
        Assert.Equal("address findings healthy", ToolResult.Names(json));
        Assert.True(json.GetProperty("healthy").GetBoolean());
        Assert.Equal(
            ["name", "port", "protocol", "service", "handshake", "advertised", "clock", "peers"],
            json.GetProperty("findings").EnumerateArray().Select(static finding => finding.GetProperty("check").GetString()));
        Assert.Contains("1, none of which", json.GetProperty("findings").EnumerateArray().Last().GetProperty("what").GetString(), StringComparison.Ordinal);
        Assert.All(json.GetProperty("findings").EnumerateArray(), static finding => Assert.Equal("advice check level what", ToolResult.Names(finding)));
    }

    [Fact]
    public Task Doctor_NameWithoutAddress_FindsIt() => ExpectAsync("problem", "name", "has no address", "no-such-node.invalid:5070");

    [Fact]
    public async Task Doctor_ClosedPort_FindsIt() => await ExpectAsync("problem", "port", "no connection is accepted", ClosedAddress());

    [Fact]
    public Task Doctor_SocketThatIsNotThere_FindsIt() => ExpectAsync("problem", "name", "there is no socket", "unix:///nowhere/node.sock");

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 only")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "'SSH-2.0-OpenSSH_9.2'")]
    [InlineData("", "closes them without a word")]
    public async Task Doctor_AnotherServer_FindsIt(string answer, string said)
    {
        await using var server = new OtherServer(answer);

        await ExpectAsync("problem", "protocol", said, server.Address);
    }

    [Fact]
    public async Task Doctor_ServerThatSaysNothing_FindsIt()
    {
        await using var server = new OtherServer(answer: null);

        await ExpectAsync("problem", "protocol", "says nothing", server.Address, "--timeout", "1");
    }

    [Fact]
    public async Task Doctor_TlsAgainstPlaintext_FindsBothWays()
    {
        using var files = new TlsFiles();
        await using var secure = await files.NodeAsync();
        await using var plain = await LiveNode.StartAsync();

        await ExpectAsync("problem", "protocol", "speaks TLS, and was dialled without", secure.Address);
        await ExpectAsync("problem", "protocol", "speaks without TLS, and was dialled with it", plain.Address, "--ca", files.Roots);
        await ExpectAsync("ok", "certificate", "CN=node", secure.Address, "--ca", files.Roots);
    }

    [Fact]
    public async Task Doctor_Certificate_IsRefusedWithTheReason()
    {
        using var files = new TlsFiles();
        await using var good = await files.NodeAsync();
        await using var expired = await files.NodeAsync(new CertificateWish { Until = TestAuthority.Begin.AddDays(1) });
        await using var misnamed = await files.NodeAsync(new CertificateWish { Hosts = ["elsewhere"], Addresses = [] });
        await using var ending = await files.NodeAsync(new CertificateWish { Until = DateTimeOffset.UtcNow.AddDays(3) });

        await ExpectAsync("problem", "certificate", "an authority that is not trusted", good.Address, "--ca", files.RootsOfAnother);
        await ExpectAsync("problem", "certificate", "has expired", expired.Address, "--ca", files.Roots);
        await ExpectAsync("problem", "certificate", "is not for '127.0.0.1'", misnamed.Address, "--ca", files.Roots);
        await ExpectAsync("ok", "certificate", "CN=node", misnamed.Address, "--ca", files.Roots, "--tls-name", "elsewhere");
        await ExpectAsync("warning", "certificate", "only", ending.Address, "--ca", files.Roots);
        var insecure = await ExpectAsync("warning", "certificate", "--insecure believes it", expired.Address, "--insecure");
        Assert.Contains("Warning: --insecure", insecure.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_NodeThatWantsACertificate_SaysWhatToShow()
    {
        using var files = new TlsFiles();
        await using var node = await files.NodeAsync(wantsCertificate: true);
        var (certificate, key) = files.Tool();

        await ExpectAsync("problem", "service", "turned this caller away", node.Address, "--ca", files.Roots);
        await ExpectAsync("ok", "handshake", node.System.Id, node.Address, "--ca", files.Roots, "--cert", certificate, "--key", key);
    }

    [Fact]
    public async Task Doctor_AdvertisedAddress_MustLeadToTheNode()
    {
        await using var other = await LiveNode.StartAsync();
        var (here, there) = (ClosedAddress(), ClosedAddress());
        await using var lost = await AdvertisingAsync(here, ClosedAddress());
        await using var wrong = await AdvertisingAsync(there, other.Address);

        await ExpectAsync("problem", "advertised", "nobody reaches it", here);
        var found = await ExpectAsync("problem", "advertised", "another node lives", there);
        Assert.Contains(other.System.Id, found.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_ClockSkew_FindsIt()
    {
        await using var early = await LiveNode.StartAsync(options => options.Hooks.TimeProvider = new ShiftedTime(TimeSpan.FromSeconds(-630)));
        await using var late = await LiveNode.StartAsync(options => options.Hooks.TimeProvider = new ShiftedTime(TimeSpan.FromSeconds(10)));

        await ExpectAsync("problem", "clock", "its clock is 10 min ", early.Address);
        await ExpectAsync("warning", "clock", "ahead", late.Address);
    }

    [Fact]
    public async Task Doctor_PeersThatAreNotReached_FindsThem()
    {
        await using var node = await LiveNode.StartAsync(options => options.Reconnect.MaxAttempts = 0);
        await using var blocker = await LiveNode.StartAsync();
        blocker.Remote.PeerBlockList.BlockSystem(node.System.Id, "test");
        var gone = ClosedAddress();
        await node.EndedAsync<EndpointReconnecting>(gone, lost => lost.Address == gone);
        await node.EndedAsync<EndpointTerminated>(blocker.Address, ended => ended.Address == blocker.Address);
        node.Remote.PeerBlockList.BlockAddress("node9:5070", "test");

        await ExpectAsync("problem", "peers", $"it does not reach {gone}", node.Address);
        await ExpectAsync("problem", "peers", $"it has given {blocker.Address} up (Blocked)", node.Address);
        await ExpectAsync("note", "blocked", "it blocks 1: node9:5070", node.Address);
    }

    [Fact]
    public async Task Doctor_MorePeersThanAPage_LooksAtAllOfThem()
    {
        const int Peers = 1_005, Named = 20;
        await using var node = await LiveNode.StartAsync(options =>
            options.Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(1), MaxAttempts = 0 });
        using var lost = new CountdownEvent(Peers);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.System.EventStream.Subscribe<EndpointReconnecting>(reconnecting => _ = lost.Signal() && all.TrySetResult());
        for (var i = 0; i < Peers; i++)
        {
            // A closed port of each address of loopback.
            node.System.Root.Send(Proto.PID.FromAddress($"127.0.{i / 250}.{1 + (i % 250)}:1", "nobody"), new Proto.Touch());
        }

        await all.Task.WaitAsync(TimeSpan.FromSeconds(60));

        await ExpectAsync("note", "peers", $"{Peers - Named} more of these", node.Address);
    }

    [Fact]
    public async Task Doctor_NodeWithoutSecret_SaysWhatIsMissing()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "0123456789abcdef0123\n");
        await using var node = await LiveNode.StartAsync(options => options.Access = AccessOptions.SharedSecret(file));

        var found = await ExpectAsync("problem", "service", "no shared secret", node.Address);
        Assert.Contains("--secret-file", found.Out, StringComparison.Ordinal);
        await ExpectAsync("ok", "handshake", node.System.Id, node.Address, "--secret-file", file);
        File.Delete(file);
    }

    [Fact]
    public async Task Doctor_AdministrationOff_IsANote()
    {
        await using var node = await LiveNode.StartAsync(options => options.Administration.Enabled = false);

        await ExpectAsync("note", "service", "does not answer this caller", node.Address);
        await ExpectAsync("ok", "handshake", node.System.Id, node.Address);
    }

    /// <summary>A Go node dies of a call of ListProcesses.</summary>
    [Theory]
    [MemberData(nameof(GoServers))]
    public async Task Commands_PeerThatMayBeGo_AreNeverAskedForProcesses(bool endsHandshake, string timeout)
    {
        await using var server = await ForeignServer.StartAsync(endsHandshake);

        var found = await ExpectAsync("note", "service", "not on .NET", server.Address, "--timeout", timeout);
        var ps = (await ToolRun.RunAsync("ps", server.Address)).Expect(ExitCode.Unsupported);
        (await ToolRun.RunAsync("inspect", server.Address, "a")).Expect(ExitCode.Unsupported);
        (await ToolRun.RunAsync("endpoints", server.Address)).Expect(ExitCode.Unsupported);

        Assert.Equal(ExitCode.Ok, found.ExitCode);
        Assert.Contains("Go", ps.Errors, StringComparison.Ordinal);
        Assert.NotEmpty(server.Calls);
        Assert.DoesNotContain(server.Calls, static call => call.Contains("Process", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Commands_NodeOfProtoRemote_PingAndPsWork()
    {
        await using var peer = NodeProcess.Start("Remote.ProtoPeer", "server");
        var address = await peer.ReadAfterAsync("listening on ");

        await ExpectAsync("note", "service", "Proto.Remote on .NET", address);
        var ping = (await ToolRun.RunAsync("ping", address, "--json")).Expect(ExitCode.Ok).Json;
        (await ToolRun.RunAsync("endpoints", address)).Expect(ExitCode.Unsupported);

        Assert.Equal("dotnet", ping.GetProperty("kind").GetString());
        Assert.NotEqual("", ping.GetProperty("systemId").GetString());
    }

    private static async Task<ToolResult> ExpectAsync(string level, string check, string said, params string[] arguments)
    {
        var result = await ToolRun.RunAsync(["doctor", .. arguments, "--json"]);

        var findings = result.Json.GetProperty("findings").EnumerateArray().ToArray();
        Assert.True(
            Array.Exists(findings, finding => (Text(finding, "level"), Text(finding, "check")) == (level, check) && Text(finding, "what").Contains(said, StringComparison.Ordinal)),
            $"No {level} of {check} with '{said}':\n{string.Join('\n', findings.Select(static finding => finding.ToString()))}\n{result.Errors}");
        Assert.All(findings, static finding => Assert.True(Text(finding, "level") is not ("problem" or "warning") || Text(finding, "advice").Length > 0, finding.ToString()));
        return result.Expect(Array.Exists(findings, static finding => Text(finding, "level") == "problem") ? ExitCode.Unhealthy : ExitCode.Ok);
    }

    private static string Text(JsonElement finding, string name) => finding.GetProperty(name).GetString()!;

    private static string ClosedAddress()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        return taken.LocalEndpoint.ToString()!;
    }

    private static Task<LiveNode> AdvertisingAsync(string bound, string advertised) => LiveNode.StartAsync(
        RemoteConfig.BindToLocalhost(PortOf(bound)).WithAdvertisedHost("127.0.0.1").WithAdvertisedPort(PortOf(advertised)));

    private static int PortOf(string address) => IPEndPoint.Parse(address).Port;

    /// <summary>A clock that is wrong and runs at the right pace.</summary>
    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
