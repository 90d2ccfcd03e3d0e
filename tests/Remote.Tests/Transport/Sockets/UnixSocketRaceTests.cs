using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Remote.Tests;

/// <summary>Twenty processes that want to listen at one path: 100 rounds, 3 in the default mode.</summary>
[Trait("Behaviour", "O-08")]
public sealed class UnixSocketRaceTests : IDisposable
{
    private const int Racers = 20;

    private readonly string _directory = Directory.CreateTempSubdirectory("remote-").FullName;

    private string Path => System.IO.Path.Combine(_directory, "node.sock");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task TwentyProcesses_RaceForOnePath_ExactlyOneWinsEachRound()
    {
        StarvedProcess[] racers =
            [.. Enumerable.Range(0, Racers).Select(racer => StarvedProcess.Start(RaceProgram.Name, racer.ToString(CultureInfo.InvariantCulture)))];
        try
        {
            await AllAsync(racers, "ready");
            for (var round = 0; round < (TestScale.IsLong ? 100 : 3); round++)
            {
                if (round % 2 == 1)
                {
                    LeaveStaleSocket();
                }

                await RaceAsync(racers);
            }

            Assert.All(await Task.WhenAll(racers.Select(racer => racer.EndAsync())), code => Assert.Equal(0, code));
        }
        finally
        {
            foreach (var racer in racers)
            {
                await racer.DisposeAsync();
            }
        }
    }

    private async Task RaceAsync(StarvedProcess[] racers)
    {
        Array.ForEach(racers, racer => racer.Order(Path));
        var said = await AllAsync(racers, "");
        var winner = Assert.Single(Enumerable.Range(0, Racers), racer => said[racer] == "won");
        Assert.All(said.Where((_, racer) => racer != winner), line => Assert.Matches("^lost .*is in use", line));

        Assert.Equal(winner.ToString(CultureInfo.InvariantCulture), await WhoAnswersAsync());
        Array.ForEach(racers, racer => racer.Order("leave"));
        await AllAsync(racers, "left");
        Assert.Equal([Path + ".lock"], Directory.GetFileSystemEntries(_directory));
    }

    private static Task<string[]> AllAsync(StarvedProcess[] racers, string prefix) => Task.WhenAll(racers.Select(racer => racer.ReadAsync(prefix)));

    private async Task<string> WhoAnswersAsync()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path)).Within("a connection to the winner");
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.ASCII);
        return await reader.ReadToEndAsync().Within("the winner's answer");
    }

    /// <summary>What a killed process leaves.</summary>
    private void LeaveStaleSocket()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path + ".bound"));
        File.Move(Path + ".bound", Path);
    }
}
