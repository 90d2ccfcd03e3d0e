namespace Remote.Tests;

/// <summary>Gives credit and waits for it to come back.</summary>
internal sealed class CountingOrigin : IMessageOrigin
{
    private readonly Lock _lock = new();
    private readonly List<(int Messages, TaskCompletionSource Done)> _awaited = [];
    private int _messages;
    private long _bytes;
    private int _calls;

    /// <summary>All that came back: messages, bytes, calls.</summary>
    public (int Messages, long Bytes, int Calls) Returned
    {
        get
        {
            lock (_lock)
            {
                return (_messages, _bytes, _calls);
            }
        }
    }

    public void Taken(int messages, long bytes)
    {
        lock (_lock)
        {
            _messages += messages;
            _bytes += bytes;
            _calls++;
            foreach (var (_, done) in _awaited.Where(wait => wait.Messages <= _messages))
            {
                done.TrySetResult();
            }
        }
    }

    public Task WhenReturnedAsync(int messages)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _awaited.Add((messages, done));
            if (_messages >= messages)
            {
                done.SetResult();
            }
        }

        return done.Task.Within($"credit of {messages} messages back");
    }
}
