using System.Diagnostics;

namespace Remote.EndToEnd.Tests;

/// <summary>What the other tests here rely on: no process outlives its test, and a test that fails shows what the process said.</summary>
public sealed class PeerProcessTests
{
    private const int Killed = 128 + 9;

    [Fact]
    public async Task Peer_Fails_TheMessageHoldsWhatItSaid()
    {
        await using var peer = await PeerProcess.StartAsync(PeerPlace.Next());
        await peer.TellAsync("dance");

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => peer.NextAsync("dancing"));

        Assert.Contains("saying that 'dancing'", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"pid {peer.ProcessId}, exit code {TestNode.Node.NodeFailed}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("\"event\":\"listening\"", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'dance' is no command of this node.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TestDies_PeerEndsWithItsInput()
    {
        await using var peer = await PeerProcess.StartAsync(PeerPlace.Next());

        peer.CloseInput();

        Assert.Equal(TestNode.Node.InputEnded, (await peer.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task TestDies_PausedPeerIsKilled()
    {
        await using var peer = await PeerProcess.StartAsync(PeerPlace.Next());
        await using var paused = await PausedProcess.PauseAsync(peer.ProcessId);

        await paused.LoseTestAsync();

        Assert.Equal(Killed, (await peer.WaitForExitAsync()).ExitCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TestFails_DisposingEndsThePeer(bool isPaused)
    {
        var peer = await PeerProcess.StartAsync(PeerPlace.Next());
        var id = peer.ProcessId;
        if (isPaused)
        {
            await peer.PauseAsync();
        }

        await peer.DisposeAsync();

        Assert.Throws<ArgumentException>(() => Process.GetProcessById(id));
    }
}
