using System.Net;
using System.Net.Sockets;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Which of the addresses of an application's web server peers are told.</summary>
[Trait("Behaviour", "I-10")]
public sealed class BoundAddressesTests
{
    // What is looked at of an answer. After that the asker hangs up, and sending more would fail.
    private static readonly byte[] Settings = [0, 0, 0, 4];

    [Fact]
    public async Task Server_ThatIsLateWithItsAnswer_IsTakenWhenNoOtherSaysMore()
    {
        var time = new ManualTimeProvider();
        using var silent = Listen();
        var choosing = BoundAddresses.ChooseAsync([Url(silent)], RemoteConfig.BindToLocalhost(), time);
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(2));

        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(silent.LocalEndpoint.ToString(), await choosing.Within("the choice"));
    }

    [Fact]
    public async Task Server_ThatAnswersInPieces_IsTaken()
    {
        using var slow = Listen();
        var choosing = BoundAddresses.ChooseAsync([Url(slow)], RemoteConfig.BindToLocalhost(), TimeProvider.System);
        using var connection = await slow.AcceptSocketAsync().Within("the question");
        connection.NoDelay = true;
        foreach (var piece in Settings)
        {
            await connection.SendAsync(new[] { piece });
        }

        Assert.Equal(slow.LocalEndpoint.ToString(), await choosing.Within("the choice"));
    }

    [Fact]
    public async Task Server_ThatHangsUp_IsNotTaken()
    {
        using var other = Listen();
        var choosing = BoundAddresses.ChooseAsync([Url(other)], RemoteConfig.BindToLocalhost(), TimeProvider.System);
        (await other.AcceptSocketAsync().Within("the question")).Dispose();

        var failure = await Assert.ThrowsAsync<RemoteException>(() => choosing.Within("the choice"));

        Assert.Equal(RemoteError.BindFailed, failure.Error);
    }

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static string Url(TcpListener listener) => $"http://{listener.LocalEndpoint}";
}
