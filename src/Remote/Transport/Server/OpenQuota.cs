using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// How many calls one connection may still open within this second. A node opens one in its life; who opens hundreds and drops them makes work
/// and has none (HTTP/2 calls that a rapid reset).
/// </summary>
internal sealed class OpenQuota(int perSecond, TimeProvider time, ConnectionContext connection)
{
    // How many times the limit a connection may be refused in all before it is closed.
    private const int Patience = 10;

    private readonly Lock _gate = new();
    private long _since = time.GetTimestamp();
    private int _opened;
    private long _refused;

    /// <summary>Lets a call of the connection in, or answers it with RESOURCE_EXHAUSTED. Calls of other web servers pass.</summary>
    public static Task ServeAsync(HttpContext http, RequestDelegate next, Refusals refusals, ILogger log)
    {
        if (http.Features.Get<OpenQuota>() is not { } quota || quota.TryTake())
        {
            return next(http);
        }

        refusals.Count(Limit.OpensPerSecond, log, quota.Source);
        quota.Refuse(http);
        return Task.CompletedTask;
    }

    private object? Source => connection.RemoteEndPoint;

    private bool TryTake()
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_since) >= TimeSpan.FromSeconds(1))
            {
                (_since, _opened) = (time.GetTimestamp(), 0);
            }

            return ++_opened <= perSecond;
        }
    }

    /// <summary>A response of nothing but headers, which gRPC reads as the status of the call.</summary>
    private void Refuse(HttpContext http)
    {
        if (Interlocked.Increment(ref _refused) > (long)Patience * perSecond)
        {
            connection.Abort(new ConnectionAbortedException("The connection went on opening calls."));
            return;
        }

        http.Response.ContentType = "application/grpc";
        http.Response.Headers["grpc-status"] = ((int)StatusCode.ResourceExhausted).ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["grpc-message"] = "More calls on one connection than Transport.MaxOpensPerSecond allows.";
    }
}
