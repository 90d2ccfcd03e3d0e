using Grpc.Core;
using Microsoft.AspNetCore.Hosting;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Connections that say nothing, not enough, or not the right thing until the deadline.</summary>
[Trait("Behaviour", "H-01")]
public sealed class FirstRequestDeadlineTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);
    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8];
    private static readonly byte[] EmptySettings = [0, 0, 0, 4, 0, 0, 0, 0, 0];

    private readonly InMemoryNetwork _network = new();
    private readonly ManualTimeProvider _time = new();
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
        async call =>
        {
            while (await call.Reader.ReadAsync())
            {
                if (call.Reader.Text() == "confirm")
                {
                    call.ConfirmConnection();
                }

                await call.WriteAsync(call.Reader.Message);
            }
        },
        _network,
        settings => settings with { Time = _time, FirstRequestTimeout = Deadline });

    public async Task DisposeAsync()
    {
        await _loopback.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task Connection_ThatStopsThere_IsClosedAtTheDeadline(string beginning, byte[] bytes)
    {
        await using var stream = await _network.ConnectAsync(_loopback.Listener.Address, CancellationToken.None);
        await stream.WriteAsync(bytes);
        await _time.WaitForTimerAsync(Deadline);

        await AssertClosedAtTheDeadlineAsync(beginning);
    }

    [Fact]
    public async Task Connection_ThatDripsBytes_GainsNoTimeByIt()
    {
        await using var stream = await _network.ConnectAsync(_loopback.Listener.Address, CancellationToken.None);
        await _time.WaitForTimerAsync(Deadline);
        for (var i = 0; i < 4; i++)
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
    public async Task Connection_WhoseHandlerDoesNotConfirmIt_IsClosedAtTheDeadline()
    {
        var call = await _loopback.ConverseAsync("not good enough");

        await AssertClosedAtTheDeadlineAsync("a message that was not good enough");
        await call.ReadFailsAsync(StatusCode.Unavailable);
    }

    [Fact]
    public async Task Connection_ThatWasConfirmed_Lives()
    {
        var call = await _loopback.ConverseAsync("confirm");
        Assert.Empty(_time.ArmedTimers);

        _time.Advance(Deadline * 10);

        await call.AssertEchoAsync("still here");
        Assert.Equal(1, _network.Dials);
    }

    [Fact]
    public async Task TlsHandshake_ThatStops_IsClosedAtTheDeadline()
    {
        using var certificates = new TestCertificates();
        await using var loopback = await Loopback.StartAsync(
            LoopbackCalls.EchoAsync, _network,
            settings => settings with { Time = _time, FirstRequestTimeout = Deadline, Configure = listen => listen.UseHttps(certificates.Issue("server")) });
        await using var stream = await _network.ConnectAsync(loopback.Listener.Address, CancellationToken.None);
        await stream.WriteAsync(new byte[] { 22, 3, 1 });
        await _time.WaitForTimerAsync(Deadline);

        await AssertClosedAtTheDeadlineAsync("three bytes of a TLS record");
    }

    private async Task AssertClosedAtTheDeadlineAsync(string what)
    {
        _time.Advance(Deadline - TimeSpan.FromTicks(1));
        Assert.False(_network.Connections[0].Closed.IsCompleted, $"Closed too early: {what}.");

        _time.Advance(TimeSpan.FromTicks(1));
        await _network.Connections[0].Closed.Within($"the end of a connection with {what}");
    }
}
