using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Remote.Testing;

namespace Remote.Tests;

[Trait("Behaviour", "T-15")]
public sealed class ConnectionGateTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ConnectionGate _gate;

    public ConnectionGateTests() =>
        _gate = new ConnectionGate(new TransportOptions { MaxConnections = 1 }, new Refusals(), _clock, NullLogger.Instance);

    [Fact]
    public async Task Connection_ThatIsClosed_HoldsItsPlaceUntilItsHandlingEnds()
    {
        using var closed = new CancellationTokenSource();
        var handled = new TaskCompletionSource();
        var handling = _gate.OnConnectionAsync(ConnectionUntil(closed.Token), _ => handled.Task);

        await closed.CancelAsync();
        Assert.Equal(1, _gate.Open);
        handled.SetResult();
        await handling.Within("the end of the handling");

        Assert.Equal(0, _gate.Open);
        Assert.Empty(_clock.ArmedTimers);
    }

    /// <summary>The web server has been seen to lose connections: their handling never ends.</summary>
    [Fact]
    public async Task Connection_ThatIsClosedAndNeverEnds_LosesItsPlaceAllTheSame_AndOnlyOnce()
    {
        using var closed = new CancellationTokenSource();
        var handled = new TaskCompletionSource();
        var handling = _gate.OnConnectionAsync(ConnectionUntil(closed.Token), _ => handled.Task);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, _gate.Open);

        await closed.CancelAsync();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, _gate.Open);
        var next = _gate.OnConnectionAsync(ConnectionUntil(CancellationToken.None), _ => new TaskCompletionSource().Task);
        handled.SetResult();
        await handling.Within("the end of the handling");

        Assert.Equal(1, _gate.Open);
        Assert.False(next.IsCompleted);
    }

    private static DefaultConnectionContext ConnectionUntil(CancellationToken closed) => new() { ConnectionClosed = closed };
}
