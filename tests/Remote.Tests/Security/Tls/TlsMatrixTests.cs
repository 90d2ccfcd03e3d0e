using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Whose certificates are turned away, on either side, and what both sides log of it.</summary>
[Trait("Behaviour", "O-07")]
public sealed partial class TlsMatrixTests
{
    private static readonly DateTimeOffset LongAgo = new(2021, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset FarOff = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, TlsCase> Common = new TlsCase[]
    {
        new("self-signed", _ => TestAuthority.SelfSigned(), "'CN=node' (issued by 'CN=node'", "Have it signed by an authority"),
        new("wrong authority", world => world.Other.Issue(), "comes from an authority that is not trusted", "Add the certificate of 'CN=other'"),
        new("authority with the same name", world => world.Impostor.Issue(), "comes from an authority that is not trusted", "another key has signed"),
        new("intermediate left out", world => new TestAuthority("between", world.Ours).Issue(), "comes from an authority that is not trusted", "Add the certificate of 'CN=between'"),
        new("expired", world => world.Ours.Issue(new CertificateWish { Until = LongAgo }), "has expired at 2021-01-01 00:00:00Z", "Renew it"),
        new("not yet valid", world => world.Ours.Issue(new CertificateWish { From = FarOff }), "is not valid before 2100-01-01 00:00:00Z", "Set the clock"),
        new("key may not sign", world => world.Ours.Issue(new CertificateWish { KeyUsages = X509KeyUsageFlags.NonRepudiation }), "may not be used for this", "Make it anew"),
        new("right authority but not allowed", world => world.Ours.Issue(), "has none of the names that peers may have; its names are: DNS:localhost, IP:127.0.0.1", "without its DNS:, IP: or URI:, to RemoteOptions.Tls.PeerNames here (which has spiffe://shop.example/node/*)")
        {
            Judge = (options, _) => options.PeerNames.Add("spiffe://shop.example/node/*"),
        },
        new("revoked", world => world.Ours.Issue(), "was revoked", "give it a new certificate"),
        new("list of another authority", world => world.Ours.Issue(), "there is no list of its issuer", "revoked.crl (RemoteOptions.Tls.RevocationListPath)")
        {
            Judge = (options, world) => world.Revoke(options, world.Other, FarOff),
        },
        new("list that the authority has not signed", world => world.Ours.Issue(), "there is no list of its issuer", "revoked.crl (RemoteOptions.Tls.RevocationListPath)")
        {
            Judge = (options, world) => world.Revoke(options, world.Impostor, FarOff),
        },
        new("list out of date", world => world.Ours.Issue(), "the list of its issuer was to be replaced until 2021-01-01", "Put the present list into the file /")
        {
            Judge = (options, world) => world.Revoke(options, world.Ours, LongAgo),
        },
    }.ToDictionary(one => one.Name);

    private static readonly Dictionary<string, TlsCase> OfServers = new TlsCase[]
    {
        new("wrong name", world => world.Ours.Issue(new CertificateWish { Addresses = [] }), "is not for '127.0.0.1', which was dialled; its names are: DNS:localhost", "subjectAltName = IP:127.0.0.1,"),
        new("no names", world => world.Ours.Issue(new CertificateWish { Name = "127.0.0.1", Hosts = [], Addresses = [] }), "has no subject alternative name", "subjectAltName = IP:127.0.0.1"),
        new("only for clients", world => world.Ours.Issue(new CertificateWish { Usages = [KeyUsage.Client] }), "extended key usage serverAuth", "extendedKeyUsage = serverAuth, clientAuth"),
    }.ToDictionary(one => one.Name);

    private static readonly Dictionary<string, TlsCase> OfClients = new TlsCase[]
    {
        new("no certificate", _ => null, "it showed no certificate", "RemoteOptions.Tls.RequireClientCertificate = false here"),
        new("only for servers", world => world.Ours.Issue(new CertificateWish { Usages = [KeyUsage.Server] }), "extended key usage clientAuth", "extendedKeyUsage = serverAuth, clientAuth"),
    }.ToDictionary(one => one.Name);

    public static TheoryData<string> ServerCases => [.. Common.Keys, .. OfServers.Keys];

    public static TheoryData<string> ClientCases => [.. Common.Keys, .. OfClients.Keys];

    [Theory]
    [MemberData(nameof(ServerCases))]
    public async Task DialledNode_WithABadCertificate_IsTurnedAwayAndBothSidesSayWhy(string name)
    {
        using var world = new TlsWorld();
        var one = Common.GetValueOrDefault(name) ?? OfServers[name];
        var bad = one.Make(world)!;
        await using var host = await TestNode.StartAsync(options => options.UseTls(bad, world.Ours.Roots));
        await using var dialler = await TestNode.StartClientAsync(options => Judging(options, one, world, bad));

        var error = await FailAsync(dialler, host);

        Assert.StartsWith($"No TLS connection to {host.Address}: ", error, StringComparison.Ordinal);
        Assert.Contains(one.Reason, error, StringComparison.Ordinal);
        Assert.Contains(one.WayOut, error, StringComparison.Ordinal);
        var here = await dialler.Log.NextAsync("TlsDialFailed");
        Assert.Equal(WithoutTimes(error), WithoutTimes(here.Text));
        var there = await host.Log.NextAsync("TlsRefusedByClient");
        Assert.StartsWith("A node that dials from 127.0.0.1:", there.Text, StringComparison.Ordinal);
        Assert.Contains("(the port is its outgoing one, not that of its listener)", there.Text, StringComparison.Ordinal);
        Assert.Contains(one.Reason, there.Text, StringComparison.Ordinal);
        Assert.Contains($". {WayOutOf(name)}", there.Text, StringComparison.Ordinal);
        AssertNotConnected(dialler, host);
    }

    [Theory]
    [MemberData(nameof(ClientCases))]
    public async Task DiallingNode_WithABadCertificate_IsTurnedAwayAndBothSidesSayWhy(string name)
    {
        using var world = new TlsWorld();
        var one = Common.GetValueOrDefault(name) ?? OfClients[name];
        var bad = one.Make(world);
        await using var host = await TestNode.StartAsync(options => Judging(options, one, world, bad));
        await using var dialler = await TestNode.StartClientAsync(options =>
        {
            TestPeers.GiveUpQuickly(options);
            options.UseTls(() => new TlsIdentity(bad, world.Ours.Roots));
        });

        var error = await FailAsync(dialler, host);

        Assert.StartsWith($"No TLS connection to {host.Address}: it turned this node away and says: ", error, StringComparison.Ordinal);
        Assert.Contains(one.Reason, error, StringComparison.Ordinal);
        Assert.Equal(WithoutTimes(error), WithoutTimes((await dialler.Log.NextAsync("TlsDialFailed")).Text));
        Assert.Contains($". {WayOutOf(name)}", error, StringComparison.Ordinal);
        var there = await host.Log.NextAsync("TlsClientRefused");
        Assert.StartsWith("A connection from 127.0.0.1:", there.Text, StringComparison.Ordinal);
        Assert.Contains(one.Reason, there.Text, StringComparison.Ordinal);
        Assert.Contains(one.WayOut, there.Text, StringComparison.Ordinal);

        // A stranger is told the reason and nothing about this machine.
        Assert.DoesNotContain("RemoteOptions.Tls.TrustedRootsPath", error, StringComparison.Ordinal);
        AssertNotConnected(dialler, host);
    }

    /// <summary>The one clock is wrong, and neither node can know which: both times are in the entry of the node that is turned away.</summary>
    [Fact]
    public async Task ClockOfTheOtherSide_IsToldApartFromACertificateThatIsOver()
    {
        using var world = new TlsWorld();
        var later = new ManualTimeProvider(new DateTimeOffset(2130, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var host = await TestNode.StartAsync(options => options.UseTls(world.Ours.Issue(), world.Ours.Roots), time: later);
        await using var dialler = await TestNode.StartClientAsync(options =>
        {
            TestPeers.GiveUpQuickly(options);
            options.UseTls(world.Ours.Issue(), world.Ours.Roots);
        });

        var error = await FailAsync(dialler, host);

        Assert.Contains("has expired at 2120-01-01 00:00:00Z, and it is 2130-01-01 00:00:00Z by the clock of the node that looked at it. The certificate of", error, StringComparison.Ordinal);
        Assert.Contains("is valid by the clock of this machine, where it is 20", error, StringComparison.Ordinal);
        Assert.EndsWith(": set the clock right that is wrong, or renew a certificate above this one.", error, StringComparison.Ordinal);
    }

    /// <summary>The entry about the next attempt is short: what can be done is in the one before.</summary>
    [Fact]
    public async Task Retry_HasTheReasonAndNotTheWayOut()
    {
        using var world = new TlsWorld();
        await using var host = await TestNode.StartAsync(options => options.UseTls(world.Other.Issue(), world.Ours.Roots));
        await using var dialler = await TestNode.StartClientAsync(options => Judging(options, Common["wrong authority"], world, bad: null));

        await FailAsync(dialler, host);

        var retry = (await dialler.Log.NextAsync("Reconnecting")).Text;
        Assert.StartsWith($"No connection to {host.Address} (the certificate 'CN=node'", retry, StringComparison.Ordinal);
        Assert.Contains("comes from an authority that is not trusted; log id 2302 says what to do); retry 1 in ", retry, StringComparison.Ordinal);
        Assert.DoesNotContain("Add the certificate", retry, StringComparison.Ordinal);
    }

    /// <summary>What the node is told that is turned away: the file or the option, and what to do.</summary>
    private static string WayOutOf(string name) => name switch
    {
        "expired" => "The certificate of this node, 'CN=node' (issued by 'CN=ours', valid from 2020-01-01 00:00:00Z until 2021-01-01 00:00:00Z), from "
            + "RemoteOptions.Hooks.TlsIdentity (options.UseTls), has expired at 2021-01-01 00:00:00Z, and it is ",
        "not yet valid" => "The certificate of this node, 'CN=node' (issued by 'CN=ours', valid from 2100-01-01 00:00:00Z until 2120-01-01 00:00:00Z), from "
            + "RemoteOptions.Hooks.TlsIdentity (options.UseTls), is not valid before 2100-01-01 00:00:00Z, and it is ",
        "no certificate" => "This node shows no certificate: set RemoteOptions.Tls.CertificatePath and RemoteOptions.Tls.KeyPath here.",
        _ => "The certificate of this node, 'CN=",
    };

    /// <summary>With TLS 1.3 the dialling side has shaken hands before its own certificate is looked at: that is no connection yet.</summary>
    private static void AssertNotConnected(TestNode dialler, TestNode host)
    {
        Assert.Empty(host.Remote.GetEndpoints());
        Assert.DoesNotContain(dialler.Log.Lines, line => line.Event.Name == "Connected");
        Assert.DoesNotContain(host.Log.Lines, line => line.Event.Name is "Accepted" or "ClientConnected");
    }

    // The first attempt is logged and the last one is in the statistics: what time it is here may have changed between them.
    private static string WithoutTimes(string text) => Moment().Replace(text, "then");

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ")]
    private static partial Regex Moment();

    private static void Judging(RemoteOptions options, TlsCase one, TlsWorld world, X509Certificate2? bad)
    {
        TestPeers.GiveUpQuickly(options);
        options.UseTls(world.Ours.Issue(), world.Ours.Roots);
        if (one.Name == "revoked")
        {
            world.Revoke(options.Tls, world.Ours, FarOff, bad!);
        }

        one.Judge(options.Tls, world);
    }

    /// <summary>Dials, and returns what the statistics say of it.</summary>
    internal static async Task<string> FailAsync(TestNode dialler, TestNode host)
    {
        dialler.Root.Send(host.Pid("nobody"), new Empty());
        await dialler.Events.NextAsync<EndpointTerminated>();
        return dialler.Remote.GetEndpointStatistics(host.Address)!.LastError!;
    }
}
