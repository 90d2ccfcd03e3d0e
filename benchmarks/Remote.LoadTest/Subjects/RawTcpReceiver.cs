using System.Net;
using System.Net.Sockets;

namespace Remote.LoadTest;

/// <summary>
/// A bare socket that counts bytes, or sends them back. Blocking calls on one thread: nothing in .NET is faster between two
/// processes, and a baseline should be hard to reach.
/// </summary>
internal sealed class RawTcpReceiver(RunPlan plan) : IReceiver
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly long _runBytes = (long)(plan.Messages / plan.MessagesPerFlush) * PrebuiltFrame.Of(plan).Length;
    private Thread? _thread;
    private Socket? _connection;

    public long DeadLetters => 0;

    public Task<string> StartAsync()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _thread = new Thread(Serve) { IsBackground = true, Name = "raw tcp" };
        _thread.Start();
        return Task.FromResult(((IPEndPoint)_listener.LocalEndPoint!).ToString());
    }

    public ValueTask DisposeAsync()
    {
        // The driver ends first and its end ends the thread; disposing covers a driver that never came.
        _listener.Dispose();
        _connection?.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Serve()
    {
        try
        {
            _connection = _listener.Accept();
            _connection.NoDelay = true;
            if (Scenarios.Answers(plan.Scenario))
            {
                Echo(_connection);
            }
            else
            {
                Count(_connection);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The coordinator learns of it from the driver, whose end of the connection breaks too.
            Console.Error.WriteLine($"raw TCP receiver: {exception.Message}");
        }
    }

    private static void Echo(Socket connection)
    {
        var buffer = new byte[RawTcpDriver.ChunkBytes];
        for (int read; (read = connection.Receive(buffer)) > 0;)
        {
            RawTcpDriver.SendAll(connection, buffer.AsSpan(0, read));
        }
    }

    private void Count(Socket connection)
    {
        var buffer = new byte[RawTcpDriver.ChunkBytes];
        long received = 0;
        for (int read; (read = connection.Receive(buffer)) > 0;)
        {
            received += read;
            if (received == _runBytes)
            {
                received = 0;
                RawTcpDriver.SendAll(connection, buffer.AsSpan(0, 1));
            }
        }
    }
}
