using Microsoft.AspNetCore.Http;

namespace Remote.Tests;

/// <summary>Counts requests, and tells when there were enough.</summary>
internal sealed class ScrapeCounter
{
    private readonly Lock _gate = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private int _count;

    public Task CountAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Path == "/metrics")
        {
            lock (_gate)
            {
                _count++;
                _waiting.FindAll(one => one.Count <= _count).ForEach(static one => one.Reached.TrySetResult());
            }
        }

        return next(http);
    }

    public Task WhenReachedAsync(int count)
    {
        lock (_gate)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_count >= count)
            {
                reached.SetResult();
            }

            _waiting.Add((count, reached));
            return reached.Task;
        }
    }
}
