using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Google.Protobuf.WellKnownTypes;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Peers that speak no TLS where TLS is spoken, or TLS where none is, or an old one, or only the beginning of it.</summary>
[Trait("Behaviour", "O-07")]
public sealed class TlsWireTests : IDisposable
{
    // A hello of TLS 1.1 without extensions.
    private static readonly byte[] OldHello =
    [
        22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2, .. Enumerable.Repeat((byte)7, 32), 0, 0, 2, 0, 0x2F, 1, 0,
    ];

    private static readonly byte[] OldAnswer = [22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2, .. Enumerable.Repeat((byte)7, 32), 0, 0, 0x2F, 0];

    private readonly TlsWorld _world = new();

    public void Dispose() => _world.Dispose();

    public static TheoryData<string, byte[], string, string> BadClients => new()
    {
        { "TLS 1.1", OldHello, "it offers TLS 1.1 at the most", "Only TLS 1.2 and 1.3" },
        { "HTTP/1.1", "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), "it speaks without TLS, and this port speaks TLS only", "set RemoteOptions.Tls there too" },
        { "a hello that stops", [22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3, 7, 7, 7], "it ended the connection in the middle of the TLS handshake", "does not accept the certificate of this one ('CN=node'" },
        { "half a header", [22, 3], "it ended the connection in the middle of the TLS handshake", "it does not accept the certificate" },
        { "garbage that begins like TLS", [22, 3, 3, 0, 4, 1, 2, 3, 4], "its TLS handshake failed", "If that is an alert" },
    };

    public static TheoryData<string, byte[], string, string> BadServers => new()
    {
        { "TLS 1.1", OldAnswer, "it offers TLS 1.1 at the most", "Only TLS 1.2 and 1.3" },
        { "an alert about the version", [21, 3, 2, 0, 2, 2, 70], "alert protocol_version", "Only TLS 1.2 and 1.3" },
        { "another alert", [21, 3, 3, 0, 2, 2, 40], "alert handshake_failure", "Cipher suites" },
        { "HTTP/1.1", "HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), "something else than TLS", "set RemoteOptions.Tls there too" },
        { "nothing", [], "it ended the connection in the middle of the TLS handshake", "Does a node listen there, with TLS?" },
    };

    [Theory]
    [MemberData(nameof(BadClients))]
    public async Task Client_ThatSpeaksOtherwise_IsTurnedAwayAndLogged(string what, byte[] bytes, string reason, string wayOut)
    {
        await using var host = await HostAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, host.Port);
        await socket.SendAsync(bytes);
        socket.Shutdown(SocketShutdown.Send);

        await ReadToEndAsync(socket).Within($"the end of a connection with {what}");

        var line = await host.Log.NextAsync("TlsClientRefused");
        Assert.Contains($"from {socket.LocalEndPoint} was turned away: {reason}", line.Text, StringComparison.Ordinal);
        Assert.Contains(wayOut, line.Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BadServers))]
    public async Task Server_ThatSpeaksOtherwise_IsLeftAndLogged(string what, byte[] answer, string reason, string wayOut)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = listener.LocalEndpoint.ToString()!;
        var serving = ServeAsync(listener, answer);
        await using var dialler = await TestNode.StartClientAsync(Dialling);

        dialler.Root.Send(new Proto.PID(address, "x"), new Empty());
        await dialler.Events.NextAsync<EndpointReconnecting>();

        var error = dialler.Remote.GetEndpointStatistics(address)!.LastError!;
        Assert.StartsWith($"No TLS connection to {address}: ", error, StringComparison.Ordinal);
        Assert.True(error.Contains(reason, StringComparison.Ordinal) && error.Contains(wayOut, StringComparison.Ordinal), $"{what}: {error}");
        Assert.Equal(error, (await dialler.Log.NextAsync("TlsDialFailed")).Text);
        listener.Stop();
        await serving.Within("the end of the server");
    }

    [Fact]
    public async Task NodeWithoutTls_AtAPortWithTls_IsToldSo()
    {
        await using var host = await HostAsync();
        await using var dialler = await TestNode.StartClientAsync(TestPeers.GiveUpQuickly);

        var error = await TlsMatrixTests.FailAsync(dialler, host);

        Assert.Equal(
            $"No TLS connection to {host.Address}: it turned this node away and says: it speaks without TLS, and this port speaks TLS only. "
            + "Set RemoteOptions.Tls of this node (options.UseTls).",
            error);
        Assert.Contains("it speaks without TLS", (await host.Log.NextAsync("TlsClientRefused")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeWithTls_AtAPortWithout_IsToldSo()
    {
        await using var host = await TestNode.StartAsync();
        await using var dialler = await TestNode.StartClientAsync(Dialling);

        var error = await TlsMatrixTests.FailAsync(dialler, host);

        Assert.Contains("it answered the TLS handshake with something else than TLS. A node there listens without TLS", error, StringComparison.Ordinal);
        Assert.Contains("it speaks TLS, and this node listens without", (await host.Log.NextAsync("TlsToPlainPort")).Text, StringComparison.Ordinal);
    }

    /// <summary>A probe, or a port scan.</summary>
    [Fact]
    public async Task ConnectionThatSaysNothing_IsNotLogged()
    {
        await using var host = await HostAsync();
        for (var i = 0; i < 3; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, host.Port);
            socket.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(socket).Within("the end of a connection that says nothing");
        }

        Assert.DoesNotContain(host.Log.Lines, line => line.Event.Name == "TlsClientRefused");
    }

    /// <summary>The clock stands still: whoever waited for these connections would wait until the shutdown timeout, which never comes.</summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 5)]
    [InlineData(false, 0)]
    public async Task ConnectionThatSaysNothing_DoesNotHoldUpTheShutdown(bool secure, int bytes)
    {
        await using var host = await TestNode.StartAsync(
            options =>
            {
                if (secure)
                {
                    options.UseTls(_world.Ours.Issue(), _world.Ours.Roots);
                }
            },
            time: new ManualTimeProvider());
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, host.Port);
        await socket.SendAsync(OldHello[..bytes]);

        var ending = ReadToEndAsync(socket);
        await host.Remote.ShutdownAsync().Within("the shutdown beside a silent connection");

        await ending.Within("the end of the connection");
    }

    [Fact]
    public async Task ClientWithoutHttp2_IsTurnedAway()
    {
        await using var host = await HostAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, host.Port);
        await using var secure = new SslStream(socket.GetStream());
        await secure.AuthenticateAsClientAsync(Options(SslProtocols.Tls13)).Within("the handshake");

        Assert.Contains("it does not ask for HTTP/2 (ALPN h2)", (await host.Log.NextAsync("TlsClientRefused")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task BothVersions_AreSpoken(SslProtocols version)
    {
        await using var host = await HostAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, host.Port);
        await using var secure = new SslStream(socket.GetStream());
        var options = Options(version);
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];
        await secure.AuthenticateAsClientAsync(options).Within("the handshake");

        // The settings of the web server come when it has ours.
        byte[] first = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];
        await secure.WriteAsync(first);
        var answer = new byte[4];
        await secure.ReadExactlyAsync(answer).AsTask().Within("the settings of the server");

        Assert.Equal((version, 4), (secure.SslProtocol, (int)answer[3]));
        Assert.DoesNotContain(host.Log.Lines, line => line.Event.Name == "TlsClientRefused");
    }

    /// <summary>Handshakes that end anywhere leave no connection and no endpoint behind, and harm nobody.</summary>
    [Fact]
    public async Task HandshakesCutAtRandomBytes_LeaveNothingBehind()
    {
        const int Full = 1000;
        var connections = new CountingListener();
        await using var host = await TestNode.StartAsync(options =>
        {
            options.UseTls(_world.Ours.Issue(), _world.Ours.Roots);
            options.Hooks.ListenerFactory = connections;
        });
        host.SpawnEcho();
        await using var neighbour = await TestNode.StartClientAsync(Dialling);
        Assert.Equal("re:before", await neighbour.AskAsync(host.Pid("echo"), "before"));
        var random = new Random(20_261_130);
        var cut = 0;
        for (var i = 0; i < TestScale.Count(Full); i++)
        {
            cut += await CutAsync(host.Port, random.Next(1, 2000), random.Next(0, 4000)) ? 1 : 0;
        }

        Assert.Equal("re:after", await neighbour.AskAsync(host.Pid("echo"), "after"));
        await connections.WhenOpenAsync(1).Within("the end of all connections but the neighbour's");
        Assert.InRange(cut, TestScale.Count(Full) / 2, TestScale.Count(Full));
        Assert.Equal(TestScale.Count(Full) + 1, connections.Accepted);
        Assert.Equal([neighbour.Address], host.Remote.GetEndpoints().Select(endpoint => endpoint.Address));
        Assert.Equal(0, neighbour.Remote.GetEndpointStatistics(host.Address)!.Reconnects);

        // However many there were, the log stays short.
        Assert.InRange(host.Log.Lines.Count(line => line.Event.Name == "TlsClientRefused"), 1, LogValve.DefaultCount * 4);
    }

    /// <summary>The same from the side that dials: it comes through at last, and the other side has one connection and one endpoint.</summary>
    [Fact]
    public async Task DialsCutAtRandomBytes_ComeThroughAtLast()
    {
        const int Full = 1000;
        var connections = new CountingListener();
        await using var host = await TestNode.StartAsync(options =>
        {
            options.UseTls(_world.Ours.Issue(), _world.Ours.Roots);
            options.Hooks.ListenerFactory = connections;
        });
        host.SpawnEcho();
        await using var proxy = FaultProxy.Start(host.Address);
        var random = new Random(20_261_201);
        var total = 0L;
        proxy.CutAfter(NetworkDirection.ToClient, Enumerable.Range(0, TestScale.Count(Full)).Select(_ => total += random.Next(1, 2000)).ToArray());
        await using var dialler = await TestNode.StartClientAsync(options =>
        {
            Dialling(options);
            (options.Reconnect.InitialDelay, options.Reconnect.MaxDelay, options.Reconnect.MaxAttempts) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1), 0);
        });
        var echo = new Proto.PID(proxy.Address, "echo");

        // Requests until all cuts are made: a connection that came through carries too little by itself to meet the next one.
        for (var i = 0; proxy.BytesCarried(NetworkDirection.ToClient) < total; i++)
        {
            Assert.Equal($"re:{i}", await dialler.AskAsync(echo, $"{i}"));
        }

        Assert.Equal("re:through", await dialler.AskAsync(echo, "through"));
        await connections.WhenOpenAsync(1).Within("the end of all connections but the last");
        Assert.Equal([dialler.Address], host.Remote.GetEndpoints().Select(endpoint => endpoint.Address));
        Assert.Equal([proxy.Address], dialler.Remote.GetEndpoints().Select(endpoint => endpoint.Address));

        // Two cuts may fall into what the proxy carries at once.
        Assert.InRange(connections.Accepted, TestScale.Count(Full) / 2, TestScale.Count(Full) + 1);
    }

    /// <summary>Shakes hands until so many bytes went out, or came in.</summary>
    /// <returns>Whether it was cut before its end.</returns>
    private async Task<bool> CutAsync(int port, int outgoing, int incoming)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = new CutStream(socket.GetStream(), outgoing, incoming);
        await using var secure = new SslStream(stream);
        var options = Options(SslProtocols.Tls13);
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];
        try
        {
            await secure.AuthenticateAsClientAsync(options).Within("a handshake");
            return false;
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or ObjectDisposedException)
        {
            return true;
        }
    }

    private Task<TestNode> HostAsync() => TestNode.StartAsync(options => options.UseTls(_world.Ours.Issue(), _world.Ours.Roots));

    private void Dialling(RemoteOptions options)
    {
        TestPeers.GiveUpQuickly(options);
        options.UseTls(_world.Ours.Issue(), _world.Ours.Roots);
    }

    private SslClientAuthenticationOptions Options(SslProtocols version) => new()
    {
        TargetHost = "localhost",
        EnabledSslProtocols = version,
        ClientCertificateContext = SslStreamCertificateContext.Create(_world.Ours.Issue(), null, offline: true),
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
    };

    private static async Task ServeAsync(TcpListener listener, byte[] answer)
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync();
                await socket.ReceiveAsync(new byte[4096]);
                await socket.SendAsync(answer);
                socket.Shutdown(SocketShutdown.Send);
                await ReadToEndAsync(socket);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private static async Task ReadToEndAsync(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset: it is over, too.
        }
    }
}
