using Microsoft.AspNetCore.Http;

namespace Remote;

/// <summary>
/// The requests that a listener is serving. Kestrel's shutdown does not wait for those of connections that it has cut off, and does not keep queued ones
/// from beginning after it: they would find the services gone, and say so in the log as errors. Thread-safe.
/// </summary>
internal sealed class OpenRequests(TimeProvider time)
{
    /// <summary>How long the end of those that have been cut off is waited for; it takes milliseconds.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private bool _isClosed;
    private int _count;

    /// <summary>Serves a request, unless the listener is closed: nobody is there any more who could be told.</summary>
    public Task ServeAsync(HttpContext http, RequestDelegate next) => TryEnter() ? ServeCoreAsync(http, next) : Task.CompletedTask;

    /// <summary>Lets no request begin any more, and waits for those that have, but not for ever. Idempotent.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (_count == 0)
            {
                _ended.TrySetResult();
            }
        }

        return _ended.Task.WaitAsync(Grace, time);
    }

    private async Task ServeCoreAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    private bool TryEnter()
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _count++;
            }

            return !_isClosed;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_count == 0 && _isClosed)
            {
                _ended.TrySetResult();
            }
        }
    }
}
