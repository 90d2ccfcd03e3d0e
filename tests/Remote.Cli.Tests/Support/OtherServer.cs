using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Remote.Cli.Tests;

/// <summary>Something that listens and is no node: answers what it is told to, and closes; or says nothing at all.</summary>
internal sealed class OtherServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;

    /// <param name="answer">Empty closes at once; <see langword="null"/> keeps the connection and is silent.</param>
    public OtherServer(string? answer)
    {
        _listener.Start();
        Address = _listener.LocalEndpoint.ToString()!;
        _serving = ServeAsync(answer);
    }

    public string Address { get; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _serving;
        _listener.Dispose();
    }

    private async Task ServeAsync(string? answer)
    {
        List<TcpClient> silent = [];
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                silent.Add(client);
                if (answer is not null)
                {
                    // Read first: a connection that is closed with bytes unread is reset, and the answer lost.
                    await client.GetStream().ReadAtLeastAsync(new byte[24], 1, throwOnEndOfStream: false, _end.Token);
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), _end.Token);
                    client.Client.Shutdown(SocketShutdown.Send);
                }
            }
        }
        catch (OperationCanceledException)
        {
            silent.ForEach(static client => client.Dispose());
        }
    }
}
