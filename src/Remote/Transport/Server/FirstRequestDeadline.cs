using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// Closes connections that have carried no request by the deadline, counted from accept: whoever connects and stays silent, stops in the
/// middle of the TLS handshake or of HTTP/2's, or opens calls and says nothing, or drips bytes, holds its memory no longer than that.
/// </summary>
internal sealed class FirstRequestDeadline(ConnectionDelegate next, TimeSpan timeout, TimeProvider time, ILogger logger)
{
    /// <summary>
    /// The connection of this request has carried one that is worth keeping it for. Idempotent, and without effect on the application's own web
    /// server.
    /// </summary>
    public static void Confirm(HttpContext http) => http.Features.Get<Guard>()?.Confirm();

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        using var guard = new Guard(connection, timeout, time, logger);
        connection.Features.Set(guard);
        await next(connection).ConfigureAwait(false);
    }

    /// <summary>The deadline of one connection.</summary>
    internal sealed class Guard : IDisposable
    {
        private readonly ConnectionContext _connection;
        private readonly ILogger _logger;
        private readonly ITimer _timer;
        private int _settled;

        public Guard(ConnectionContext connection, TimeSpan timeout, TimeProvider time, ILogger logger)
        {
            _connection = connection;
            _logger = logger;
            _timer = time.CreateTimer(static state => ((Guard)state!).Expire(), this, timeout, Timeout.InfiniteTimeSpan);
        }

        /// <summary>The connection has carried a request. Idempotent.</summary>
        public void Confirm()
        {
            if (Interlocked.Exchange(ref _settled, 1) == 0)
            {
                _timer.Dispose();
            }
        }

        public void Dispose() => Confirm();

        private void Expire()
        {
            if (Interlocked.Exchange(ref _settled, 1) == 0)
            {
                RemoteLog.SilentConnectionClosed(_logger, _connection.RemoteEndPoint);
                _connection.Abort(new ConnectionAbortedException("The connection carried no request in time."));
                _timer.Dispose();
            }
        }
    }
}
