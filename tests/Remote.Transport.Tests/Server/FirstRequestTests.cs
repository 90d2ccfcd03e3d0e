using Google.Protobuf.WellKnownTypes;
using Remote.Testing;

namespace Remote.Transport.Tests;

/// <summary>Connections that say nothing, not enough, or not the right thing until the deadline.</summary>
[Trait("Behaviour", "H-01")]
public sealed class FirstRequestTests : IAsyncDisposable, IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8];
    private static readonly byte[] EmptySettings = [0, 0, 0, 4, 0, 0, 0, 0, 0];

    private readonly InMemoryNetwork _network = new();
    private readonly ManualTimeProvider _time = new();
    private readonly EventProbe _calls = new();
    private Loopback _loopback = null!;

    public static TheoryData<string, byte[]> Beginnings => new()
    {
        { "nothing", [] },
        { "half of the preface", Preface[..10] },
        { "the preface", Preface },
        { "the preface and settings", [.. Preface, .. EmptySettings] },
        { "half of a frame", [.. Preface, .. EmptySettings, 0, 0, 100, 1] },
    };

    public async Task InitializeAsync() => _loopback = await Loopback.StartAsync(
        methods => methods
            .AddUnary("/t.S/Unary", StringValue.Parser, (request, _) => Task.FromResult(request))
            .AddDuplex("/t.S/Duplex", StringValue.Parser, (requests, _) => requests)
            .Add("/t.S/Raw", async stream =>
            {
                await stream.StartAsync();
                _calls.Record(stream);
                while (await stream.Reader.ReadAsync())
                {
                    if (stream.Reader.Text() == "confirm")
                    {
                        stream.ConfirmConnection();
                    }

                    await stream.WriteMessageAsync(stream.Reader.Message);
                }
            }),
        server =>
        {
            server.ListenerFactory = _network;
            server.TimeProvider = _time;
            server.FirstRequestTimeout = Timeout;
        },
        client => client.ConnectCallback = _network.ConnectAsync);

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await _loopback.DisposeAsync();
        await _network.DisposeAsync();
        _calls.Dispose();
    }

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task Connection_ThatStopsThere_IsClosedAtTheDeadline(string beginning, byte[] bytes)
    {
        await using Stream stream = await _network.ConnectAsync(_loopback.Server.Addresses[0], CancellationToken.None);
        await stream.WriteAsync(bytes);
        await _time.WaitForTimerAsync(Timeout);

        await AssertClosedAtTheDeadlineAsync(beginning);
    }

    [Fact]
    public async Task Connection_ThatDripsBytes_GainsNoTimeByIt()
    {
        await using Stream stream = await _network.ConnectAsync(_loopback.Server.Addresses[0], CancellationToken.None);
        await _time.WaitForTimerAsync(Timeout);
        for (int i = 0; i < 4; i++)
        {
            await stream.WriteAsync(Preface.AsMemory(i, 1));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.False(_network.Connections[0].Closed.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        await _network.Connections[0].Closed.Within("the end of the connection that drips");
    }

    [Fact]
    public async Task Connection_WithCallsThatSayNothing_IsClosedAtTheDeadline()
    {
        await using GrpcDuplexCall raw = await OpenAsync("/t.S/Raw");
        await using GrpcDuplexCall duplex = await OpenAsync("/t.S/Duplex");
        await _calls.NextAsync<GrpcServerStream>();

        await AssertClosedAtTheDeadlineAsync("two open calls");
        await Frames.FailsAsync(() => raw.Reader.ReadAsync().Within("the end of the call"), GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task Connection_WithHalfAMessage_IsClosedAtTheDeadline()
    {
        using var http = new RawHttp2(_loopback.Server.Addresses[0], _network.ConnectAsync);
        using var content = new GrpcRequestContent();
        Task<HttpResponseMessage> response = http.PostAsync("/t.S/Duplex", content);
        Stream body = await content.Opened.Within("the call to open");
        await body.WriteAsync(Frames.Frame("0123456789").AsMemory(0, 9)).Within("half a message");
        await body.FlushAsync().Within("half a message");
        using HttpResponseMessage head = await response.Within("the headers");

        await AssertClosedAtTheDeadlineAsync("half a message");
    }

    [Fact]
    public async Task Connection_WhoseHandlerDoesNotConfirmIt_IsClosedAtTheDeadline()
    {
        await using GrpcDuplexCall call = await OpenAsync("/t.S/Raw");
        await ExchangeAsync(call, "something else");

        await AssertClosedAtTheDeadlineAsync("a message that was not good enough");
    }

    [Fact]
    public async Task Connection_ThatWasConfirmed_Lives()
    {
        await using GrpcDuplexCall call = await OpenAsync("/t.S/Raw");
        await ExchangeAsync(call, "confirm");
        Assert.Empty(_time.ArmedTimers);

        _time.Advance(Timeout * 10);

        await ExchangeAsync(call, "still here");
        Assert.Equal(1, _network.Dials);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connection_WithARequestOnMessages_Lives(bool isDuplex)
    {
        if (isDuplex)
        {
            await using GrpcDuplexCall call = await OpenAsync("/t.S/Duplex");
            await call.WriteMessageAsync(new StringValue()).AsTask().Within("a message");
            Assert.True(await call.Reader.ReadAsync().Within("its answer"));
            Assert.Empty(_time.ArmedTimers);
        }
        else
        {
            await _loopback.Client.UnaryAsync("/t.S/Unary", new StringValue(), StringValue.Parser).Within("the answer");
        }

        _time.Advance(Timeout * 10);

        await _loopback.Client.UnaryAsync("/t.S/Unary", new StringValue(), StringValue.Parser).Within("another answer");
        Assert.Equal(1, _network.Dials);
    }

    [Fact]
    public async Task TlsHandshake_ThatStops_IsClosedAtTheDeadline()
    {
        using var certificates = new TestCertificates();
        await using Loopback loopback = await Loopback.StartAsync(_ => { }, server =>
        {
            server.ListenerFactory = _network;
            server.TimeProvider = _time;
            server.FirstRequestTimeout = Timeout;
            server.Tls = new() { ServerCertificate = certificates.Issue("server") };
        });
        await using Stream stream = await _network.ConnectAsync(loopback.Server.Addresses[0], CancellationToken.None);
        await stream.WriteAsync(new byte[] { 22, 3, 1 });
        await _time.WaitForTimerAsync(Timeout);

        await AssertClosedAtTheDeadlineAsync("three bytes of a TLS record");
    }

    private async Task<GrpcDuplexCall> OpenAsync(string method) => await _loopback.Client.DuplexAsync(method).Within("the call to open");

    private static async Task ExchangeAsync(GrpcDuplexCall call, string text)
    {
        await call.WriteAsync(Frames.Message(text)).Within("the message");
        Assert.True(await call.Reader.ReadAsync().Within("its echo"));
        Assert.Equal(text, call.Reader.Text());
    }

    private async Task AssertClosedAtTheDeadlineAsync(string what)
    {
        _time.Advance(Timeout - TimeSpan.FromTicks(1));
        Assert.False(_network.Connections[0].Closed.IsCompleted, $"Closed too early: {what}.");

        _time.Advance(TimeSpan.FromTicks(1));
        await _network.Connections[0].Closed.Within($"the end of a connection with {what}");
    }
}
