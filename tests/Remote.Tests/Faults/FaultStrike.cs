using Remote.Testing;

namespace Remote.Tests;

/// <summary>Does one thing to a peer and makes it good again.</summary>
/// <param name="network">Where.</param>
/// <param name="here">Who sends.</param>
/// <param name="time">Of all nodes.</param>
/// <param name="peer">To whom.</param>
/// <param name="release">Lets what is held back flow: nobody can leave in good order without.</param>
internal sealed class FaultStrike(InMemoryNetwork network, TestNode here, SwiftTimeProvider time, FaultPeer peer, Action release)
{
    public Task StrikeAsync(FaultPhase phase, FaultProgress progress) => phase.Kind switch
    {
        FaultKind.Cut => Done(() => network.Cut(peer.Address)),
        FaultKind.CutAfter => Done(() => CutAfter(phase)),
        FaultKind.Stall => StallAsync(phase, progress),
        FaultKind.BlackHoleHealed or FaultKind.BlackHoleFound => BlackHoleAsync(phase, progress),
        FaultKind.Refuse => RefuseAsync(phase, progress),
        FaultKind.Disconnect => ReleasedAsync(here.Remote.DisconnectAsync(peer.Address)),
        FaultKind.Reconnect => ReconnectAsync(),
        FaultKind.PeerRestarted => RestartAsync(),
        FaultKind.PeerKilled => KillAsync(),
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase.Kind, null),
    };

    private static Task Done(Action act)
    {
        act();
        return Task.CompletedTask;
    }

    private IEnumerable<InMemoryConnection> Connections() =>
        network.Connections.Where(connection => connection.Address == peer.Address && !connection.Closed.IsCompleted);

    private void CutAfter(FaultPhase phase)
    {
        foreach (var connection in Connections())
        {
            connection.CutAfter(phase.Direction, connection.BytesCarried(phase.Direction) + phase.Bytes);
        }
    }

    private async Task StallAsync(FaultPhase phase, FaultProgress progress)
    {
        InMemoryConnection[] stalled = [.. Connections()];
        Array.ForEach(stalled, connection => connection.Stall(phase.Direction));
        await progress.WaitAsync(progress.Offered + phase.For);
        Array.ForEach(stalled, connection => connection.Resume(phase.Direction));
    }

    private async Task BlackHoleAsync(FaultPhase phase, FaultProgress progress)
    {
        network.BlackHole(peer.Address);
        await progress.WaitAsync(progress.Offered + phase.For);
        if (phase.Kind == FaultKind.BlackHoleFound)
        {
            // Whoever is silent for timeout and interval is found by then; the step is that of the heartbeat's own timer.
            for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(20); passed += TimeSpan.FromSeconds(1.25))
            {
                time.Advance(TimeSpan.FromSeconds(1.25));
            }
        }

        network.Heal(peer.Address);
    }

    private async Task RefuseAsync(FaultPhase phase, FaultProgress progress)
    {
        network.Refuse(peer.Address);
        network.Cut(peer.Address);
        await progress.WaitAsync(progress.Offered + phase.For);
        network.Heal(peer.Address);
    }

    private async Task ReconnectAsync()
    {
        try
        {
            await ReleasedAsync(here.Remote.ReconnectAsync(peer.Address));
        }
        catch (RemoteException exception) when (exception.Error == RemoteError.Unreachable)
        {
            // Its attempts were used up at that moment.
        }
    }

    private async Task ReleasedAsync(Task act)
    {
        release();
        await act;
    }

    private async Task RestartAsync()
    {
        await ReleasedAsync(peer.StopAsync());
        await peer.StartAsync();
    }

    private async Task KillAsync()
    {
        network.Refuse(peer.Address);
        network.Cut(peer.Address);
        await peer.StopAsync();
        await peer.StartAsync();
        network.Heal(peer.Address);
    }
}
