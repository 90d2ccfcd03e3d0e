using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Certificates that are exchanged while a node runs.</summary>
[Trait("Behaviour", "O-07")]
public sealed class TlsRotationTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly TestAuthority _old = new("old");
    private readonly TestAuthority _new = new("new");
    private readonly CertificateFiles _files = new();
    private readonly CertificateFiles _others = new();

    public void Dispose()
    {
        _files.Dispose();
        _others.Dispose();
    }

    /// <summary>
    /// The old authority is replaced by a new one in three steps, on two nodes that send each other messages all the time: every step replaces every
    /// connection, and no message is lost, doubled or overtaken.
    /// </summary>
    [Fact]
    public async Task AuthorityIsReplacedUnderLoad_NothingIsLost()
    {
        _files.Write(_old.Issue(), _old.Certificate);
        _others.Write(_old.Issue(), _old.Certificate);
        await using var one = await TestNode.StartAsync(options => Use(options, _files, TimeSpan.FromSeconds(1)));
        await using var two = await TestNode.StartAsync(options => Use(options, _others, TimeSpan.FromSeconds(1)));
        using var stop = new CancellationTokenSource();
        var counters = (Here: new Counter(), There: new Counter());
        one.Root.SpawnNamed(counters.Here.Props, "counter");
        two.Root.SpawnNamed(counters.There.Props, "counter");
        var sending = (Out: SendAsync(one, two.Pid("counter"), stop.Token), Back: SendAsync(two, one.Pid("counter"), stop.Token));

        await one.Events.NextAsync<EndpointConnected>();
        await two.Events.NextAsync<EndpointConnected>();

        // 1. Both authorities are believed. 2. New certificates. 3. The old authority is not believed any more.
        await RenewAsync(() => _files.WriteRoots(_old.Certificate, _new.Certificate), () => _others.WriteRoots(_old.Certificate, _new.Certificate), one, two);
        await RenewAsync(() => _files.Write(_new.Issue()), () => _others.Write(_new.Issue()), one, two);
        await RenewAsync(() => _files.WriteRoots(_new.Certificate), () => _others.WriteRoots(_new.Certificate), one, two);
        await stop.CancelAsync();
        var sent = (await sending.Out, await sending.Back);

        await counters.There.WhenAsync(sent.Item1).Within($"all {sent.Item1} messages to the one");
        await counters.Here.WhenAsync(sent.Item2).Within($"all {sent.Item2} messages to the other");
        Assert.Equal((null, null), (counters.Here.Fault, counters.There.Fault));
        Assert.Empty(await one.PublishedAsync<RemoteDeadLetterEvent>());
        Assert.Empty(await two.PublishedAsync<RemoteDeadLetterEvent>());
        Assert.InRange(one.Remote.GetEndpointStatistics(two.Address)!.Reconnects, 3, int.MaxValue);
        Assert.InRange(two.Remote.GetEndpointStatistics(one.Address)!.Reconnects, 3, int.MaxValue);
        Assert.Equal("CN=new", await IssuerAsync(one.Port));

        static async Task RenewAsync(Func<CertificateFiles> first, Func<CertificateFiles> second, TestNode one, TestNode two)
        {
            first();
            second();
            foreach (var node in new[] { one, two })
            {
                await node.Log.NextAsync("TlsRenewed");
                await node.Log.NextAsync("TlsConnectionsReplaced");
            }
        }
    }

    [Fact]
    public async Task FilesThatChange_AreTakenUpAtTheNextHandshake()
    {
        _files.Write(_old.Issue(), _old.Certificate);
        await using var node = await TestNode.StartAsync(options => Use(options, _files, Timeout.InfiniteTimeSpan));
        Assert.Equal("CN=old", await IssuerAsync(node.Port));

        _files.Write(_new.Issue());

        Assert.Equal("CN=new", await IssuerAsync(node.Port));
        Assert.Contains("issued by 'CN=new'", (await node.Log.NextAsync("TlsRenewed")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BrokenFiles_KeepTheFormerCertificateAndAreNamedOnce()
    {
        var time = new ManualTimeProvider();
        _files.Write(_old.Issue(), _old.Certificate);
        await using var node = await TestNode.StartAsync(options => Use(options, _files, Interval), time: time);
        node.Log.Expect("TlsRenewalFailed");
        var good = File.ReadAllText(_files.Key);

        // The key of another certificate: so it is for a moment whenever two files are written one after the other.
        CertificateFiles.Write(_files.Key, TestAuthority.KeyOf(_old.Issue()));
        time.Advance(Interval);
        Assert.DoesNotContain(node.Log.Lines, line => line.Event.Name == "TlsRenewalFailed");
        time.Advance(Interval);

        var error = await node.Log.NextAsync("TlsRenewalFailed");
        Assert.Contains($"The file {_files.Key} (RemoteOptions.Tls.KeyPath) cannot be used: the private key does not belong to the certificate", error.Text, StringComparison.Ordinal);
        Assert.Contains("the former certificates stay in use ('CN=node' (issued by 'CN=old'", error.Text, StringComparison.Ordinal);
        Assert.Equal("CN=old", await IssuerAsync(node.Port));
        time.Advance(Interval * 3);
        Assert.Single(node.Log.Lines, line => line.Event.Name == "TlsRenewalFailed");

        CertificateFiles.Write(_files.Key, good);
        _files.Write(_new.Issue());
        time.Advance(Interval);
        Assert.Contains("issued by 'CN=new'", (await node.Log.NextAsync("TlsRenewed")).Text, StringComparison.Ordinal);
    }

    /// <summary>Peers that do not have the certificate in between do not believe the one of the node without it.</summary>
    [Fact]
    public async Task CertificateInBetween_AddedBehindTheSameOne_IsTakenUp()
    {
        var time = new ManualTimeProvider();
        var between = new TestAuthority("between", _old);
        using var own = between.Issue();
        _files.Write(own, _old.Certificate);
        await using var node = await TestNode.StartAsync(options => Use(options, _files, Interval), time: time);

        CertificateFiles.Write(_files.Certificate, $"{own.ExportCertificatePem()}\n{between.Certificate.ExportCertificatePem()}");
        time.Advance(Interval);

        await node.Log.NextAsync("TlsRenewed");

        // The same once more is nothing new.
        CertificateFiles.Write(_files.Certificate, $"{own.ExportCertificatePem()}\n{between.Certificate.ExportCertificatePem()}");
        time.Advance(Interval);
        Assert.Single(node.Log.Lines, line => line.Event.Name == "TlsRenewed");
    }

    /// <summary>The application's own objects: it has given another one, and is done with the former.</summary>
    [Fact]
    public async Task FormerCertificate_DisposedOfByTheApplication_MakesRoomForTheNewOne()
    {
        var time = new ManualTimeProvider();
        var present = new TlsIdentity(_old.Issue(), _old.Roots);
        await using var node = await TestNode.StartAsync(
            options =>
            {
                options.UseTls(() => present);
                options.Tls.ReloadInterval = Interval;
            },
            time: time);

        present.Certificate!.Dispose();
        present = new TlsIdentity(_new.Issue(), _new.Roots);
        time.Advance(Interval);

        Assert.Contains("issued by 'CN=new'", (await node.Log.NextAsync("TlsRenewed")).Text, StringComparison.Ordinal);
        Assert.Equal("CN=new", await IssuerAsync(node.Port));
    }

    /// <summary>An exception of a timer would end the process.</summary>
    [Fact]
    public async Task Look_ThatFailsInAnUnforeseenWay_IsLoggedOnce()
    {
        var time = new ManualTimeProvider();
        _files.Write(_old.Issue(), _old.Certificate);
        RemoteOptions? given = null;
        await using var node = await TestNode.StartAsync(
            options =>
            {
                Use(options, _files, Interval);
                given = options;
            },
            time: time);
        node.Log.Expect("TlsRenewalFailed");

        given!.Tls.RevocationListPath = "no\0path";
        time.Advance(Interval);
        time.Advance(Interval);

        Assert.Single(node.Log.Lines, line => line.Event.Name == "TlsRenewalFailed");
        given.Tls.RevocationListPath = null;
        _files.Write(_new.Issue());
        time.Advance(Interval);
        Assert.Contains("issued by 'CN=new'", (await node.Log.NextAsync("TlsRenewed")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertificateThatIsNotValidYet_WaitsUntilItIs()
    {
        var time = new ManualTimeProvider();
        _files.Write(_old.Issue(), _old.Certificate);
        await using var node = await TestNode.StartAsync(options => Use(options, _files, Interval), time: time);
        node.Log.Expect("TlsRenewalFailed");

        _files.Write(_new.Issue(new CertificateWish { From = time.GetUtcNow() + TimeSpan.FromMinutes(1) }));
        time.Advance(Interval * 2);

        Assert.Contains("is not valid before 20", (await node.Log.NextAsync("TlsRenewalFailed")).Text, StringComparison.Ordinal);
        Assert.Equal("CN=old", await IssuerAsync(node.Port));
        time.Advance(TimeSpan.FromMinutes(1));
        await node.Log.NextAsync("TlsRenewed");
        Assert.Equal("CN=new", await IssuerAsync(node.Port));
    }

    [Fact]
    public async Task CertificateNearItsEnd_IsWarnedOfOnce()
    {
        var time = new ManualTimeProvider();
        var begin = time.GetUtcNow();
        _files.Write(_old.Issue(new CertificateWish { From = begin, Until = begin + TimeSpan.FromDays(100) }), _old.Certificate);
        await using var node = await TestNode.StartAsync(options => Use(options, _files, TimeSpan.FromDays(1)), time: time);

        time.Advance(TimeSpan.FromDays(89));
        Assert.DoesNotContain(node.Log.Lines, line => line.Event.Name == "TlsCertificateExpires");
        time.Advance(TimeSpan.FromDays(4));

        Assert.Contains(_files.Certificate, (await node.Log.NextAsync("TlsCertificateExpires")).Text, StringComparison.Ordinal);
        Assert.Single(node.Log.Lines, line => line.Event.Name == "TlsCertificateExpires");
    }

    /// <summary>A new certificate that the peers do not like costs one connection and not all of them, and that only until there is a better one.</summary>
    [Fact]
    public async Task CertificateThatPeersDoNotBelieve_CostsOneConnection()
    {
        _files.Write(_old.Issue(), _old.Certificate);
        await using var host = await TestNode.StartAsync(options =>
        {
            Use(options, _files, TimeSpan.FromDays(1));
            options.ConnectTimeout = options.HandshakeTimeout = TimeSpan.FromMilliseconds(300);
        });
        host.SpawnEcho();
        var identity = new TlsIdentity(_old.Issue(), _old.Roots);
        await using var one = await TestNode.StartClientAsync(options => Patiently(options, identity));
        await using var two = await TestNode.StartClientAsync(options => Patiently(options, identity));
        await Task.WhenAll(one.AskAsync(host.Pid("echo"), "one"), two.AskAsync(host.Pid("echo"), "two"));

        _files.Write(_new.Issue());
        Assert.Equal("CN=new", await IssuerAsync(host.Port));

        Assert.Contains("did not come back with the new certificates", (await host.Log.NextAsync("TlsReplacementHeld")).Text, StringComparison.Ordinal);
        var lost = new[] { one, two }.Single(node => node.Remote.GetEndpointState(host.Address) != EndpointState.Connected);
        var kept = lost == one ? two : one;
        Assert.Equal("re:still here", await kept.AskAsync(host.Pid("echo"), "still here"));

        // What was sent meanwhile waits for a certificate that is believed.
        var waiting = lost.AskAsync(host.Pid("echo"), "waits");
        _files.Write(_old.Issue());
        Assert.Equal("re:waits", await waiting);
    }

    /// <summary>What is under way on a connection without a link would be lost with it.</summary>
    [Fact]
    public async Task ConnectionWithoutALink_StaysUntilItEnds()
    {
        var time = new ManualTimeProvider();
        _files.Write(_old.Issue(), _old.Certificate);
        await using var host = await TestNode.StartAsync(options => Use(options, _files, Interval), time: time);
        host.SpawnEcho();
        await using var dialler = await TestNode.StartClientAsync(options =>
        {
            options.UseTls(_old.Issue(), _old.Roots);
            options.Link.Resume = false;
        });
        Assert.Equal("re:before", await dialler.AskAsync(host.Pid("echo"), "before"));

        _files.Write(_old.Issue());
        time.Advance(Interval);

        Assert.StartsWith("0 open connections", (await host.Log.NextAsync("TlsConnectionsReplaced")).Text, StringComparison.Ordinal);
        Assert.Equal("re:after", await dialler.AskAsync(host.Pid("echo"), "after"));
        Assert.Equal(0, dialler.Remote.GetEndpointStatistics(host.Address)!.Reconnects);
    }

    /// <summary>A certificate that is revoked costs its holder the connection that it has; that of another is replaced and goes on.</summary>
    [Fact]
    public async Task CertificateThatIsRevoked_LosesItsOpenConnection()
    {
        _files.Write(_old.Issue(), _old.Certificate);
        CertificateFiles.Write(_files.Revoked, _old.Revoke(TestAuthority.End));
        await using var host = await TestNode.StartAsync(options =>
        {
            Use(options, _files, TimeSpan.FromSeconds(1));
            options.Tls.RevocationListPath = _files.Revoked;
            options.ConnectTimeout = options.HandshakeTimeout = TimeSpan.FromMilliseconds(300);
        });
        host.SpawnEcho();
        var (bad, good) = (new TlsIdentity(_old.Issue(), _old.Roots), new TlsIdentity(_old.Issue(), _old.Roots));
        await using var one = await TestNode.StartClientAsync(options => Patiently(options, bad));
        await using var two = await TestNode.StartClientAsync(options => Patiently(options, good));
        await Task.WhenAll(one.AskAsync(host.Pid("echo"), "one"), two.AskAsync(host.Pid("echo"), "two"));

        CertificateFiles.Write(_files.Revoked, _old.Revoke(TestAuthority.End, bad.Certificate!));
        await host.Log.NextAsync("TlsConnectionsReplaced");

        await one.Log.NextAsync("TlsDialFailed");
        Assert.Contains("was revoked", one.Remote.GetEndpointStatistics(host.Address)!.LastError, StringComparison.Ordinal);
        Assert.NotEqual(EndpointState.Connected, one.Remote.GetEndpointState(host.Address));
        Assert.Equal("re:two", await two.AskAsync(host.Pid("echo"), "two"));
        Assert.Equal(1, two.Remote.GetEndpointStatistics(host.Address)!.Reconnects);
    }

    [Fact]
    public async Task Callback_ThatGivesAnother_IsTakenUp()
    {
        var time = new ManualTimeProvider();
        var identity = new TlsIdentity(_old.Issue(), _old.Roots);
        await using var node = await TestNode.StartAsync(options => options.UseTls(() => Volatile.Read(ref identity)), time: time);

        Volatile.Write(ref identity, new TlsIdentity(_new.Issue(), _new.Roots));
        time.Advance(Interval);

        Assert.Contains("from RemoteOptions.Hooks.TlsIdentity (options.UseTls), and believes 1 authority, from the roots of RemoteOptions.Hooks.TlsIdentity", (await node.Log.NextAsync("TlsRenewed")).Text, StringComparison.Ordinal);
        Assert.Equal("CN=new", await IssuerAsync(node.Port));
    }

    [Fact]
    public async Task Callback_ThatFailsLater_KeepsWhatThereWas()
    {
        var time = new ManualTimeProvider();
        var identity = new TlsIdentity(_old.Issue(), _old.Roots);
        var fails = false;
        await using var node = await TestNode.StartAsync(
            options => options.UseTls(() => Volatile.Read(ref fails) ? throw new InvalidOperationException("The vault is closed.") : identity), time: time);
        node.Log.Expect("TlsRenewalFailed");

        Volatile.Write(ref fails, true);
        time.Advance(Interval * 2);

        Assert.Contains("RemoteOptions.Hooks.TlsIdentity failed: The vault is closed.", (await node.Log.NextAsync("TlsRenewalFailed")).Text, StringComparison.Ordinal);
        Assert.Equal("CN=old", await IssuerAsync(node.Port));
    }

    [Fact]
    public async Task Store_GivesTheNewestCertificateOfASubject()
    {
        var time = new ManualTimeProvider();
        var subject = $"remote-test-{Guid.NewGuid():N}";
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser, OpenFlags.ReadWrite);
        var first = Stored(_old.Issue(new CertificateWish { Name = subject }));
        var second = Stored(_new.Issue(new CertificateWish { Name = subject, From = TestAuthority.Begin.AddYears(1) }));
        store.Add(first);
        try
        {
            await using var node = await TestNode.StartAsync(
                options => options.UseTls(StoreName.My, StoreLocation.CurrentUser, subject, _files.WriteRoots(_old.Certificate).Roots), time: time);
            Assert.Equal("CN=old", await IssuerAsync(node.Port));

            store.Add(second);
            time.Advance(Interval);

            await node.Log.NextAsync("TlsRenewed");
            Assert.Equal("CN=new", await IssuerAsync(node.Port));
        }
        finally
        {
            store.Remove(first);
            store.Remove(second);
        }

        static X509Certificate2 Stored(X509Certificate2 certificate) =>
            X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.PersistKeySet | X509KeyStorageFlags.Exportable);
    }

    private static void Use(RemoteOptions options, CertificateFiles files, TimeSpan interval) =>
        options.UseTls(files.Certificate, files.Key, files.Roots).ReloadInterval = interval;

    private static void Patiently(RemoteOptions options, TlsIdentity identity)
    {
        options.UseTls(() => identity);
        (options.Reconnect.InitialDelay, options.Reconnect.MaxDelay, options.Reconnect.MaxAttempts) = (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(50), 0);
    }

    /// <summary>Who has issued the certificate that a node shows now.</summary>
    private async Task<string> IssuerAsync(int port)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await using var secure = new SslStream(socket.GetStream());
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            ClientCertificateContext = SslStreamCertificateContext.Create(_old.Issue(), null, offline: true),
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        }).Within("a handshake");
        return secure.RemoteCertificate!.Issuer;
    }

    private static async Task<int> SendAsync(TestNode from, PID to, CancellationToken stop)
    {
        var count = 0;
        while (!stop.IsCancellationRequested)
        {
            for (var i = 0; i < 20; i++)
            {
                from.Root.Send(to, new Int32Value { Value = ++count });
            }

            await Task.Delay(1, CancellationToken.None);
        }

        return count;
    }

    /// <summary>Receives numbers, and notices when one is missing, twice there, or out of its turn.</summary>
    private sealed class Counter
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lock _gate = new();
        private int _last;
        private int _awaited = int.MaxValue;

        public string? Fault { get; private set; }

        public Props Props => Props.FromFunc(context =>
        {
            if (context.Message is Int32Value number)
            {
                Received(number.Value);
            }

            return Task.CompletedTask;
        });

        public Task WhenAsync(int count)
        {
            lock (_gate)
            {
                _awaited = count;
                Settle();
                return _reached.Task;
            }
        }

        private void Received(int number)
        {
            lock (_gate)
            {
                Fault ??= number == _last + 1 ? null : $"{number} came after {_last}";
                _last = number;
                Settle();
            }
        }

        private void Settle()
        {
            if (_last >= _awaited)
            {
                _reached.TrySetResult();
            }
        }
    }
}
