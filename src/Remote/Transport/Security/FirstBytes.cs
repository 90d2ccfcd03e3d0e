using System.IO.Pipelines;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Remote;

/// <summary>Looks at what an accepted connection begins with, takes nothing of it, and drains a connection that was told its last words.</summary>
internal static class FirstBytes
{
    private const int MaxDrained = 64 * 1024;

    /// <summary>A client that was turned away closes as soon as it has read why. One that does not is closed.</summary>
    private static readonly TimeSpan DrainAtMost = TimeSpan.FromSeconds(1);

    /// <summary>Waits for the first bytes.</summary>
    /// <param name="input">Of the connection, or of TLS on it.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="count">How many are wanted; fewer come when the first read had no more.</param>
    /// <returns>None when the connection ended, or is to end, before there were any.</returns>
    public static async Task<byte[]> PeekAsync(PipeReader input, ConnectionContext connection, int count)
    {
        // A web server that stops asks its connections to close, and waits for those that do not hear it.
        using var registration = ClosingOf(connection).UnsafeRegister(static input => ((PipeReader)input!).CancelPendingRead(), input);
        try
        {
            var result = await input.ReadAsync().ConfigureAwait(false);
            var buffer = result.Buffer;
            byte[] first = result.IsCanceled ? [] : System.Buffers.BuffersExtensions.ToArray(buffer.Slice(0, Math.Min(count, buffer.Length)));
            input.AdvanceTo(buffer.Start);
            return first;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or AuthenticationException or InvalidOperationException)
        {
            // The connection was reset, was silent for too long, or what came over TLS was not whole.
            return [];
        }
    }

    /// <summary>Cancelled when the web server wants the connection to end.</summary>
    public static CancellationToken ClosingOf(ConnectionContext connection) =>
        connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;

    /// <summary>
    /// Reads on until the client closes: a connection that is closed with bytes unread is reset, and the client may never see the last words.
    /// </summary>
    public static async Task DrainAsync(ConnectionContext connection, TimeProvider time)
    {
        using var late = new CancellationTokenSource(DrainAtMost, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ClosingOf(connection));
        var drained = 0L;
        try
        {
            while (drained < MaxDrained)
            {
                var result = await connection.Transport.Input.ReadAsync(end.Token).ConfigureAwait(false);
                drained += result.Buffer.Length;
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted || result.IsCanceled)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // It is over, one way or the other.
        }
    }
}
