using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Remote.Tests;

/// <summary>A process that listens at the path that it is told, if it may, until it is told to leave; then at the next one.</summary>
internal static class RaceProgram
{
    public const string Name = "socket-race";

    public static async Task<int> RunAsync(string self)
    {
        var factory = new SocketListenerFactory(TimeProvider.System);
        Console.Out.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is { } path)
        {
            try
            {
                await using var listener = await factory.BindAsync(new UnixDomainSocketEndPoint(path));
                Console.Out.WriteLine("won");
                await AnswerAsync(listener, self);
            }
            catch (Exception exception) when (exception is IOException or AddressInUseException)
            {
                Console.Out.WriteLine($"lost {exception.Message}");
                await Console.In.ReadLineAsync();
            }

            Console.Out.WriteLine("left");
        }

        return 0;
    }

    /// <summary>Tells everybody who connects which process this is.</summary>
    private static async Task AnswerAsync(IConnectionListener listener, string self)
    {
        using var stop = new CancellationTokenSource();
        var answering = Task.Run(async () =>
        {
            while (await listener.AcceptAsync(stop.Token) is { } connection)
            {
                await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(self));
                await connection.DisposeAsync();
            }
        });
        await Console.In.ReadLineAsync();
        await stop.CancelAsync();
        await answering.ContinueWith(static _ => { }, TaskScheduler.Default);
    }
}
